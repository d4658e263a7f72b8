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
    /// As sloppy, and so many of those that count must be of the first N: Riak's PR and PW.
    Primaries(u8),
}

impl fmt::Display for Strictness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Strictness::Sloppy => f.write_str("sloppy"),
            Strictness::Strict => f.write_str("strict"),
            Strictness::Primaries(count) => write!(f, "primaries-{count}"),
        }
    }
}

impl Strictness {
    /// Places that must be filled by their own primaries, where this many are needed at all.
    pub fn primaries(self, needed: u8) -> u8 {
        match self {
            Strictness::Sloppy => 0,
            Strictness::Strict => needed,
            Strictness::Primaries(count) => count,
        }
    }
}

/// What a read makes of a replica that has nothing. The paper does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum NotFound {
    /// It counts toward R: Riak's `notfound_ok`.
    #[default]
    Counts,
    /// It does not count. The key is not there if so many have nothing that R can no longer have
    /// something.
    Waits,
    /// It does not count. The key is not there if a majority of N has nothing: Riak's
    /// `basic_quorum`.
    Majority,
}

impl NotFound {
    /// Every choice.
    pub const ALL: [NotFound; 3] = [NotFound::Counts, NotFound::Waits, NotFound::Majority];
}

impl fmt::Display for NotFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NotFound::Counts => "counts",
            NotFound::Waits => "waits",
            NotFound::Majority => "majority",
        })
    }
}

/// What a request needs to succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demand {
    /// R or W.
    pub needed: u8,
    /// Whose answers count.
    pub strictness: Strictness,
    /// What an answer without anything in it means.
    pub not_found: NotFound,
}

/// Where a count stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Too few answers yet.
    Waiting,
    /// Enough distinct places of the preference list answered.
    Met,
    /// So many places have nothing that nothing is there.
    Nothing,
    /// Whatever the places that have not answered have, it is not enough.
    Impossible,
}

/// The answers of one request. Each is counted for a place of the preference list, named by the
/// primary to whom the place belongs, so that a repeated answer, or a primary and its own
/// substitute, count once.
#[derive(Clone, Debug)]
pub struct Tally {
    demand: Demand,
    /// N.
    all: u8,
    places: Set<NodeId>,
    /// The places that were filled by their own primaries.
    primaries: Set<NodeId>,
    /// The places of which an answer that does not count said that nothing is there.
    empty: Set<NodeId>,
    /// Primaries that said so.
    empty_primaries: u8,
}

impl Tally {
    /// A count for this demand over so many places.
    pub fn new(demand: Demand, all: u8) -> Self {
        let none = Set::new;
        Tally { demand, all, places: none(), primaries: none(), empty: none(), empty_primaries: 0 }
    }

    /// Counts an answer for the place of this primary.
    pub fn count(&mut self, place: NodeId, by: NodeId) -> Standing {
        self.places.insert(place);
        self.empty.remove(&place);
        if by == place {
            self.primaries.insert(place);
        }
        self.standing()
    }

    /// Takes an answer for the place of this primary that says: nothing is here.
    pub fn count_nothing(&mut self, place: NodeId, by: NodeId) -> Standing {
        if self.demand.not_found == NotFound::Counts {
            return self.count(place, by);
        }
        if !self.places.contains(&place) {
            self.empty.insert(place);
            self.empty_primaries += u8::from(by == place);
        }
        self.standing()
    }

    /// Where the count stands now.
    pub fn standing(&self) -> Standing {
        let Demand { needed, strictness, not_found } = self.demand;
        let (full, empty) = (self.counted(), self.empty.len() as u8);
        let (primaries, own) = (self.primaries.len() as u8, strictness.primaries(needed));
        // Beyond it fewer than R places can still have something.
        let most_empty = self.all.saturating_sub(needed) + 1;
        let enough = if not_found == NotFound::Majority { self.all / 2 + 1 } else { most_empty };
        if full >= needed && primaries >= own {
            Standing::Met
        } else if full == 0 && empty >= enough.max(needed) && self.empty_primaries >= own {
            Standing::Nothing
        } else if full > 0 && empty >= most_empty {
            Standing::Impossible
        } else {
            Standing::Waiting
        }
    }

    /// Places that answered with something, or whose answer counts all the same.
    pub fn counted(&self) -> u8 {
        self.places.len() as u8
    }

    /// Places of which an answer that does not count said that nothing is there.
    pub fn empty(&self) -> u8 {
        self.empty.len() as u8
    }

    /// What is not reached yet: how many of how many.
    pub fn shortfall(&self) -> (u8, u8) {
        let Demand { needed, strictness, .. } = self.demand;
        if self.counted() < needed {
            return (self.counted(), needed);
        }
        (self.primaries.len() as u8, strictness.primaries(needed))
    }

    /// What is needed.
    pub fn demand(&self) -> Demand {
        self.demand
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::vec::Vec;
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;

    #[test]
    fn r_and_w_run_from_1_to_n() {
        assert!(Quorum::new(3, 3, 1).is_ok());
        for (n, r, w, which) in [(3, 0, 2, "r"), (3, 2, 4, "w"), (0, 1, 1, "n"), (1, 2, 1, "r")] {
            assert_eq!(Quorum::new(n, r, w).unwrap_err().which, which);
        }
        let most = Quorum::new(4, 3, 2).unwrap();
        assert_eq!((most.n(), most.r(), most.w()), (4, 3, 2));
        assert_eq!(Quorum::try_from(<(u8, u8, u8)>::from(most)), Ok(most));
        let refused = Quorum::new(3, 4, 2).unwrap_err();
        assert_eq!(format!("{refused}"), "r is 4, expected a number from 1 to 3");
    }

    #[test]
    fn p38_a_repeated_answer_counts_once() {
        let mut tally = tally(2, Strictness::Sloppy, NotFound::Counts);
        assert_eq!(tally.count(NodeId(1), NodeId(1)), Standing::Waiting);
        assert_eq!(tally.count(NodeId(1), NodeId(1)), Standing::Waiting);
        assert_eq!(tally.count(NodeId(2), NodeId(2)), Standing::Met);
    }

    fn tally(needed: u8, strictness: Strictness, not_found: NotFound) -> Tally {
        Tally::new(Demand { needed, strictness, not_found }, 3)
    }

    proptest! {
        #[test]
        fn a_count_stands_where_the_answers_for_its_places_say(
            all in 3u8..6, needed in 1u8..4, own in 0u8..3,
            not_found in select(&NotFound::ALL[..]),
            steps in vec((1u16..6, any::<bool>(), any::<bool>()), 0..14),
        ) {
            let demand = Demand { needed, strictness: Strictness::Primaries(own), not_found };
            let mut tally = Tally::new(demand, all);
            let mut answers: Vec<(u16, bool, bool)> = Vec::new();
            for (place, is_own, has_something) in steps {
                let is_repeated = answers.iter().any(|it| (it.0, it.1) == (place, is_own));
                if is_repeated || place > all.into() {
                    continue;
                }
                let by = NodeId(if is_own { place } else { place + 10 });
                let standing = match has_something {
                    true => tally.count(NodeId(place), by),
                    false => tally.count_nothing(NodeId(place), by),
                };
                answers.push((place, is_own, has_something || not_found == NotFound::Counts));
                let places = |with: &dyn Fn(&(u16, bool, bool)) -> bool| {
                    let of = |place: &u16| answers.iter().any(|it| it.0 == *place && with(it));
                    (1..=all.into()).filter(of).count() as u8
                };
                let full = places(&|it| it.2);
                let own_full = places(&|it| it.1 && it.2);
                let own_empty = places(&|it| it.1 && !it.2);
                let empty = places(&|_| true) - full;
                let believed = match not_found {
                    NotFound::Majority => [2, 3, 3][usize::from(all) - 3],
                    NotFound::Waits | NotFound::Counts => all - needed + 1,
                };
                let expected = if full >= needed && own_full >= own {
                    Standing::Met
                } else if full == 0 && empty >= believed && empty >= needed && own_empty >= own {
                    Standing::Nothing
                } else if full > 0 && all - empty < needed {
                    Standing::Impossible
                } else {
                    Standing::Waiting
                };
                prop_assert_eq!(standing, expected, "{:?}", answers);
                prop_assert_eq!((tally.counted(), tally.empty()), (full, empty));
                let short = if full < needed { (full, needed) } else { (own_full, own) };
                prop_assert_eq!(tally.shortfall(), short);
            }
        }
    }

    #[test]
    fn a_substitute_fills_a_place_and_is_no_primary() {
        let mut tally = tally(2, Strictness::Primaries(2), NotFound::Counts);
        tally.count(NodeId(1), NodeId(1));
        assert_eq!(tally.count(NodeId(2), NodeId(4)), Standing::Waiting);
        assert_eq!(tally.shortfall(), (1, 2));
        assert_eq!(tally.count(NodeId(2), NodeId(2)), Standing::Met);
    }

    #[test]
    fn p19_nothing_counts_or_waits_or_is_believed_of_a_majority() {
        let after = |not_found, needed: u8, empty: u16| {
            let mut tally = tally(needed, Strictness::Sloppy, not_found);
            let each = (1..=empty).map(|node| tally.count_nothing(NodeId(node), NodeId(node)));
            each.last().unwrap()
        };
        assert_eq!(after(NotFound::Counts, 1, 1), Standing::Met);
        assert_eq!(after(NotFound::Waits, 1, 2), Standing::Waiting);
        assert_eq!(after(NotFound::Waits, 1, 3), Standing::Nothing);
        assert_eq!(after(NotFound::Majority, 1, 1), Standing::Waiting);
        assert_eq!(after(NotFound::Majority, 1, 2), Standing::Nothing);
        assert_eq!(after(NotFound::Majority, 3, 2), Standing::Waiting);
    }

    #[test]
    fn a_read_that_can_no_longer_find_enough_is_known_at_once() {
        let mut tally = tally(2, Strictness::Sloppy, NotFound::Waits);
        tally.count_nothing(NodeId(1), NodeId(1));
        tally.count(NodeId(2), NodeId(2));
        assert_eq!(tally.count_nothing(NodeId(3), NodeId(3)), Standing::Impossible);
        assert_eq!(tally.count(NodeId(3), NodeId(4)), Standing::Met);
    }
}
