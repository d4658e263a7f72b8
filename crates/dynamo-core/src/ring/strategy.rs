//! What a ring is made from: its members, and how it is cut and shared out (paper 6.2).

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{NodeId, Zone};

/// A node as the ring sees it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Member {
    /// Its name.
    pub node: NodeId,
    /// Its share: a node of weight 2 takes twice what a node of weight 1 takes (4.2, 6.2: "the
    /// heterogeneity in the physical infrastructure"). At least 1.
    pub weight: u8,
    /// Where it stands (4.6).
    pub zone: Zone,
}

impl From<NodeId> for Member {
    /// Of weight 1, in the default zone.
    fn from(node: NodeId) -> Self {
        Member { node, weight: 1, zone: Zone::default() }
    }
}

/// How the ring is cut and shared out (6.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Strategy {
    /// Strategy 1: T random tokens per node; they cut the ring.
    RandomRanges {
        /// T, for a unit of weight.
        tokens: u16,
    },
    /// Strategy 2: Q equal partitions; T random tokens per node say only who keeps them.
    RandomOwners {
        /// T, for a unit of weight.
        tokens: u16,
        /// Q.
        partitions: u16,
    },
    /// Strategy 3: Q equal partitions, Q/S of them for each node.
    EqualShares {
        /// Q.
        partitions: u16,
    },
}

/// The most ranges, and the most tokens of all nodes together.
pub const MAX_RANGES: u32 = 32_768;

/// A ring that cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadRing {
    /// Q is not a power of two from 2 to [`MAX_RANGES`].
    Partitions(u16),
    /// There is no member.
    Nobody,
    /// This member has no weight.
    Weightless(NodeId),
    /// This node is no member.
    NoMember(NodeId),
    /// There are no tokens, or more than [`MAX_RANGES`] of all nodes together.
    Tokens(u32),
    /// Strategy 3 has fewer partitions than the nodes weigh together.
    TooFewPartitions {
        /// Q.
        partitions: u16,
        /// The sum of the weights.
        weights: u32,
    },
}

impl fmt::Display for BadRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BadRing::Partitions(q) => {
                write!(f, "{q} partitions, expected a power of two from 2 to {MAX_RANGES}")
            }
            BadRing::Nobody => f.write_str("no node, expected at least one"),
            BadRing::Weightless(node) => write!(f, "{node} has weight 0, expected at least 1"),
            BadRing::NoMember(node) => write!(f, "{node} is no member of the ring"),
            BadRing::Tokens(all) => {
                write!(f, "{all} tokens of all nodes together, expected from 1 to {MAX_RANGES}")
            }
            BadRing::TooFewPartitions { partitions, weights } => {
                write!(
                    f,
                    "{partitions} partitions, expected at least the sum of weights, {weights}"
                )
            }
        }
    }
}

impl fmt::Display for Strategy {
    /// As in a script: `2 tokens=16 partitions=64`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Strategy::RandomRanges { tokens } => write!(f, "1 tokens={tokens}"),
            Strategy::RandomOwners { tokens, partitions } => {
                write!(f, "2 tokens={tokens} partitions={partitions}")
            }
            Strategy::EqualShares { partitions } => write!(f, "3 partitions={partitions}"),
        }
    }
}

impl Strategy {
    /// Whether nodes that weigh this much together can share a ring in this way.
    pub fn judge(self, weights: u32) -> Result<(), BadRing> {
        let is_count = |q: u16| q.is_power_of_two() && q >= 2;
        match self {
            Strategy::RandomOwners { partitions, .. } | Strategy::EqualShares { partitions }
                if !is_count(partitions) =>
            {
                return Err(BadRing::Partitions(partitions));
            }
            _ => {}
        }
        match self {
            Strategy::RandomRanges { tokens } | Strategy::RandomOwners { tokens, .. } => {
                let all = weights.saturating_mul(tokens.into());
                if (1..=MAX_RANGES).contains(&all) { Ok(()) } else { Err(BadRing::Tokens(all)) }
            }
            Strategy::EqualShares { partitions } if weights > partitions.into() => {
                Err(BadRing::TooFewPartitions { partitions, weights })
            }
            Strategy::EqualShares { .. } => Ok(()),
        }
    }
}
