//! How many replicas must answer: N, R and W, and the count of one request (paper 4.5).

use crate::collections::Set;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::id::NodeId;

/// N replicas of every key, R answers to a read, W stored copies to a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "(u8, u8, u8)", into = "(u8, u8, u8)")]
pub struct Quorum {
    // Invariant: 1 <= r <= n and 1 <= w <= n.
    n: u8,
    r: u8,
    w: u8,
}

/// R or W that is not between 1 and N.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadQuorum {
    /// Which number: `n`, `r` or `w`.
    pub which: &'static str,
    /// What it was.
    pub given: u8,
    /// The largest that is accepted.
    pub most: u8,
}

impl fmt::Display for BadQuorum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let BadQuorum { which, given, most } = self;
        write!(f, "{which} is {given}, expected a number from 1 to {most}")
    }
}

impl Quorum {
    /// The paper's usual choice (6): 3, 2, 2.
    pub const USUAL: Quorum = Quorum { n: 3, r: 2, w: 2 };

    /// Accepts the three numbers if R and W are from 1 to N.
    pub fn new(n: u8, r: u8, w: u8) -> Result<Self, BadQuorum> {
        for (which, given, most) in [("n", n, u8::MAX), ("r", r, n), ("w", w, n)] {
            if given == 0 || given > most {
                return Err(BadQuorum { which, given, most });
            }
        }
        Ok(Quorum { n, r, w })
    }

    /// Replicas of every key.
    pub fn n(self) -> u8 {
        self.n
    }

    /// Answers that a read waits for.
    pub fn r(self) -> u8 {
        self.r
    }

    /// Stored copies that a write waits for.
    pub fn w(self) -> u8 {
        self.w
    }
}

impl TryFrom<(u8, u8, u8)> for Quorum {
    type Error = BadQuorum;
    fn try_from((n, r, w): (u8, u8, u8)) -> Result<Self, BadQuorum> {
        Quorum::new(n, r, w)
    }
}

impl From<Quorum> for (u8, u8, u8) {
    fn from(quorum: Quorum) -> Self {
        (quorum.n, quorum.r, quorum.w)
    }
}

/// Whether the N replicas of a request are the key's own, or whoever is healthy (4.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Strictness {
    /// The first N healthy nodes: a fallback's copy counts.
    Sloppy,
    /// Only the first N nodes of the list count, healthy or not.
    Strict,
}

impl fmt::Display for Strictness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Strictness::Sloppy => "sloppy",
            Strictness::Strict => "strict",
        })
    }
}

/// Where a count stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Too few answers yet.
    Waiting,
    /// Enough distinct places of the preference list answered.
    Met,
}

/// The answers of one request. Each is counted for a place of the preference list, named by the
/// primary to whom the place belongs, so that a repeated answer, or a primary and its own
/// substitute, count once.
#[derive(Clone, Debug)]
pub struct Tally {
    needed: u8,
    places: Set<NodeId>,
}

impl Tally {
    /// A count that waits for this many places.
    pub fn new(needed: u8) -> Self {
        Tally { needed, places: Set::new() }
    }

    /// Counts an answer for the place of this primary.
    pub fn count(&mut self, place: NodeId) -> Standing {
        self.places.insert(place);
        self.standing()
    }

    /// Where the count stands now.
    pub fn standing(&self) -> Standing {
        if self.counted() >= self.needed { Standing::Met } else { Standing::Waiting }
    }

    /// Places that answered.
    pub fn counted(&self) -> u8 {
        self.places.len() as u8
    }

    /// Places that must answer.
    pub fn needed(&self) -> u8 {
        self.needed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r_and_w_run_from_1_to_n() {
        assert!(Quorum::new(3, 3, 1).is_ok());
        for (n, r, w, which) in [(3, 0, 2, "r"), (3, 2, 4, "w"), (0, 1, 1, "n"), (1, 2, 1, "r")] {
            assert_eq!(Quorum::new(n, r, w).unwrap_err().which, which);
        }
    }

    #[test]
    fn p38_a_repeated_answer_counts_once() {
        let mut tally = Tally::new(2);
        assert_eq!(tally.count(NodeId(1)), Standing::Waiting);
        assert_eq!(tally.count(NodeId(1)), Standing::Waiting);
        assert_eq!(tally.count(NodeId(2)), Standing::Met);
    }
}
