//! Which nodes keep a key: the ring, its partitions and preference lists (paper 4.2, 4.3, 6.2).
//!
//! Placement is strategy 3: the ring is cut into Q equal partitions, its virtual nodes, and
//! every node owns floor(Q/S) or ceil(Q/S) of them. A partition is the range
//! (previous token, token], so a key that lies exactly on a token belongs to it.

use alloc::vec::Vec;
use core::fmt;

use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};

use crate::collections::Set;
use crate::id::{Key, NodeId};
use crate::quorum::Strictness;

/// A place on the ring: 128 bits, wrapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Position(pub u128);

impl Position {
    /// Where a key lies: MD5 of its bytes, most significant byte first (4.2).
    pub fn of(key: &Key) -> Self {
        Position(u128::from_be_bytes(Md5::digest(key.as_str().as_bytes()).into()))
    }
}

impl fmt::Display for Position {
    /// The first 32 of the 128 bits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", (self.0 >> 96) as u32)
    }
}

/// One of the Q equal ranges, numbered clockwise; 0 ends at position 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Partition(pub u16);

/// Who owns which partition. Immutable and shared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ring {
    // Invariant: the length is a power of two, at least 2, so that partitions tile 2^128.
    owners: Vec<NodeId>,
    nodes: Vec<NodeId>,
}

/// A ring that cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadRing {
    /// Q is not a power of two from 2 to 32,768.
    Partitions(u16),
    /// There are no nodes, or more nodes than partitions.
    Nodes(usize),
}

impl fmt::Display for BadRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BadRing::Partitions(q) => {
                write!(f, "{q} partitions, expected a power of two from 2 to 32768")
            }
            BadRing::Nodes(count) => {
                write!(f, "{count} nodes, expected from 1 to the number of partitions")
            }
        }
    }
}

impl Ring {
    /// Shares `partitions` equal ranges among the nodes (strategy 3 of 6.2).
    ///
    /// Owners follow each other in rounds. Where the count of nodes does not divide Q, some
    /// rounds leave one node out, each time another: that keeps the counts within one of each
    /// other and neighbouring owners distinct, also across position 0.
    pub fn new(nodes: &[NodeId], partitions: u16) -> Result<Self, BadRing> {
        if !partitions.is_power_of_two() || partitions < 2 {
            return Err(BadRing::Partitions(partitions));
        }
        let nodes: Vec<NodeId> = nodes.iter().copied().collect::<Set<_>>().into();
        let (q, s) = (partitions as usize, nodes.len());
        if s == 0 || s > q {
            return Err(BadRing::Nodes(s));
        }
        let rounds = q.div_ceil(s);
        let short = rounds * s - q;
        let left_out = |round: usize, index: usize| {
            let turn = s - 1 - index;
            turn < short && turn % rounds == round
        };
        let owners = (0..rounds)
            .flat_map(|round| (0..s).map(move |index| (round, index)))
            .filter(|(round, index)| !left_out(*round, *index))
            .map(|(_, index)| nodes[index])
            .collect();
        Ok(Ring { owners, nodes })
    }

    /// Every member, in order.
    pub fn nodes(&self) -> &[NodeId] {
        &self.nodes
    }

    /// Every partition with its owner, clockwise.
    pub fn partitions(&self) -> impl ExactSizeIterator<Item = (Partition, NodeId)> {
        self.owners.iter().enumerate().map(|(index, owner)| (Partition(index as u16), *owner))
    }

    fn width(&self) -> u128 {
        // 2^128 itself does not fit, Q is a power of two: halve both.
        (1u128 << 127) / (self.owners.len() as u128 / 2)
    }

    /// The position at which a partition ends, itself included.
    pub fn token(&self, partition: Partition) -> Position {
        Position(self.width().wrapping_mul(u128::from(partition.0)))
    }

    /// The partition that a position lies in: (previous token, token] (A1).
    pub fn partition_of(&self, position: Position) -> Partition {
        let index = position.0.div_ceil(self.width()) as usize;
        Partition((index % self.owners.len()) as u16)
    }

    /// The distinct nodes met on the walk clockwise from a key (4.3), told apart as its N
    /// primaries and those that follow. Whoever is up or down plays no part (INV-L2).
    pub fn preference(&self, key: &Key, n: u8) -> PreferenceList {
        let start = self.partition_of(Position::of(key)).0 as usize;
        let mut nodes: Vec<NodeId> = Vec::with_capacity(self.nodes.len());
        for step in 0..self.owners.len() {
            let owner = self.owners[(start + step) % self.owners.len()];
            if !nodes.contains(&owner) {
                nodes.push(owner);
                if nodes.len() == self.nodes.len() {
                    break;
                }
            }
        }
        let primaries = nodes.len().min(n as usize);
        PreferenceList { nodes, primaries }
    }
}

/// What a node is to a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Role {
    /// One of the key's first N nodes.
    Primary,
    /// Stands in for one missing primary and keeps a hint for it (4.6).
    Fallback {
        /// The primary whose place it takes.
        missing: NodeId,
    },
}

/// A node together with what it is to a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Replica {
    /// Who.
    pub node: NodeId,
    /// As what.
    pub role: Role,
}

impl Replica {
    /// The primary to whom this place of the list belongs.
    pub fn place(&self) -> NodeId {
        match self.role {
            Role::Primary => self.node,
            Role::Fallback { missing } => missing,
        }
    }

    /// The owner of the hint that this replica keeps, if it keeps one.
    pub fn hint(&self) -> Option<NodeId> {
        match self.role {
            Role::Primary => None,
            Role::Fallback { missing } => Some(missing),
        }
    }
}

impl fmt::Display for Replica {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.role {
            Role::Primary => self.node.fmt(f),
            Role::Fallback { missing } => write!(f, "{}(for {missing})", self.node),
        }
    }
}

/// All nodes in the order in which a key meets them; the first N are its primaries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreferenceList {
    nodes: Vec<NodeId>,
    primaries: usize,
}

impl PreferenceList {
    /// The key's own N nodes, whether up or down.
    pub fn primaries(&self) -> &[NodeId] {
        &self.nodes[..self.primaries]
    }

    /// The nodes that can stand in, in the order in which they are asked.
    pub fn others(&self) -> &[NodeId] {
        &self.nodes[self.primaries..]
    }

    /// The N replicas of a request: the first N healthy nodes if sloppy, the primaries that do
    /// not seem down if strict. Each substitute is bound to one missing primary (INV-L3).
    pub fn replicas(
        &self,
        strictness: Strictness,
        seems_down: impl Fn(NodeId) -> bool,
    ) -> Vec<Replica> {
        let mut substitutes = self.others().iter().filter(|node| !seems_down(**node));
        let mut replicas = Vec::with_capacity(self.primaries);
        for primary in self.primaries() {
            if !seems_down(*primary) {
                replicas.push(Replica { node: *primary, role: Role::Primary });
            } else if strictness == Strictness::Sloppy
                && let Some(node) = substitutes.next()
            {
                replicas.push(Replica { node: *node, role: Role::Fallback { missing: *primary } });
            }
        }
        replicas
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn nodes(count: u16) -> Vec<NodeId> {
        (1..=count).map(NodeId).collect()
    }

    fn ring(count: u16, partitions: u16) -> Ring {
        Ring::new(&nodes(count), partitions).unwrap()
    }

    fn key(text: &str) -> Key {
        Key::new(text).unwrap()
    }

    #[test]
    fn a_key_lies_at_the_md5_of_its_bytes() {
        assert_eq!(Position::of(&key("")).0, 0xd41d8cd98f00b204e9800998ecf8427e);
    }

    #[test]
    fn a_position_on_a_token_belongs_to_it_and_the_top_wraps_to_partition_0() {
        let ring = ring(5, 64);
        let token = ring.token(Partition(9));
        assert_eq!(ring.partition_of(token), Partition(9));
        assert_eq!(ring.partition_of(Position(token.0 + 1)), Partition(10));
        assert_eq!(ring.partition_of(Position(0)), Partition(0));
        assert_eq!(ring.partition_of(Position(1)), Partition(1));
        assert_eq!(ring.partition_of(Position(u128::MAX)), Partition(0));
    }

    #[test]
    fn counts_differ_by_at_most_one_and_four_neighbours_are_distinct() {
        for partitions in [16, 64, 256] {
            for count in 1..=partitions {
                let ring = ring(count, partitions);
                let owners = &ring.owners;
                assert_eq!(owners.len(), partitions as usize);
                let owned = |node| owners.iter().filter(|owner| **owner == node).count();
                let counts: Vec<usize> = ring.nodes().iter().map(|node| owned(*node)).collect();
                assert!(counts.iter().max().unwrap() - counts.iter().min().unwrap() <= 1);
                // With exactly four nodes that divide Q, or with more, four in a row can differ.
                if count > 4 || (count == 4 && partitions % 4 == 0) {
                    for start in 0..owners.len() {
                        let mut window: Vec<NodeId> =
                            (0..4).map(|i| owners[(start + i) % owners.len()]).collect();
                        window.sort();
                        window.dedup();
                        assert_eq!(window.len(), 4, "{count} nodes, {partitions} partitions");
                    }
                }
            }
        }
    }

    #[test]
    fn a_substitute_is_bound_to_one_missing_primary_and_primaries_keep_their_places() {
        let list = PreferenceList { nodes: nodes(5), primaries: 3 };
        let down = |node| node == NodeId(1) || node == NodeId(3);
        let shown: Vec<_> = list
            .replicas(Strictness::Sloppy, down)
            .iter()
            .map(|replica| alloc::format!("{replica}"))
            .collect();
        assert_eq!(shown, ["n4(for n1)", "n2", "n5(for n3)"]);
        assert_eq!(list.replicas(Strictness::Strict, down).len(), 1);
    }

    proptest! {
        #[test]
        fn a_preference_list_names_no_node_twice(
            count in 1u16..20, n in 1u8..6, text in "[a-z]{1,8}", down in any::<u32>(),
        ) {
            let list = ring(count, 64).preference(&key(&text), n);
            let mut all = list.nodes.clone();
            all.sort();
            prop_assert_eq!(all, nodes(count));
            prop_assert_eq!(list.primaries().len(), (n as usize).min(count as usize));
            let seems_down = |node: NodeId| down >> node.0 & 1 == 1;
            let replicas = list.replicas(Strictness::Sloppy, seems_down);
            let mut places: Vec<NodeId> = replicas.iter().map(Replica::place).collect();
            let mut who: Vec<NodeId> = replicas.iter().map(|replica| replica.node).collect();
            prop_assert!(who.iter().all(|node| !seems_down(*node)));
            places.sort(); places.dedup(); who.sort(); who.dedup();
            prop_assert_eq!(places.len(), replicas.len());
            prop_assert_eq!(who.len(), replicas.len());
            let up = (1..=count).filter(|node| !seems_down(NodeId(*node))).count();
            prop_assert_eq!(replicas.len(), up.min(list.primaries().len()));
        }
    }
}
