//! The state machine of one request: who is asked, who stands in for whom, who answered
//! (paper 4.5, 4.6, 5). Reads and writes share it; it sends nothing itself.

use crate::collections::{self, Map, Set};
use alloc::vec::Vec;

use crate::effect::Refusal;
use crate::id::NodeId;
use crate::quorum::{Demand, Standing, Strictness, Tally};
use crate::ring::{PreferenceList, Replica, Role};

/// What an answer meant to its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Counted; this is where the count stands now.
    Counted(Standing),
    /// Of no use: from a node that was not asked, or that had answered.
    Ignored,
}

/// The replicas of one request and their answers.
#[derive(Clone, Debug)]
pub struct Round {
    list: PreferenceList,
    asked: Map<NodeId, Replica>,
    answered: Set<NodeId>,
    /// Who said that the key is not its own: of no use to this request.
    declined: Set<NodeId>,
    tally: Tally,
}

impl Round {
    /// Chooses the replicas, or refuses at once if success is impossible (P46).
    pub fn plan(
        list: PreferenceList,
        demand: Demand,
        seems_down: impl Fn(NodeId) -> bool,
    ) -> Result<Round, Refusal> {
        let Demand { needed, strictness, .. } = demand;
        let replicas = list.replicas(strictness, seems_down);
        let reachable = replicas.len() as u8;
        if reachable < needed {
            return Err(Refusal::TooFewReachable { reachable, needed });
        }
        let primaries = replicas.iter().filter(|replica| replica.role == Role::Primary);
        let (reachable, needed) = (primaries.count() as u8, strictness.primaries(needed));
        if reachable < needed {
            return Err(Refusal::TooFewPrimaries { reachable, needed });
        }
        let asked = collections::map(replicas.into_iter().map(|replica| (replica.node, replica)));
        let tally = Tally::new(demand, list.primaries().len() as u8);
        let (answered, declined) = (Set::new(), Set::new());
        Ok(Round { list, asked, answered, declined, tally })
    }

    /// Everybody asked so far, in the order of the preference list.
    pub fn replicas(&self) -> Vec<Replica> {
        let of_place = |place: &NodeId| {
            let place = *place;
            let asked = self.asked.values().copied();
            let own = asked.clone().filter(move |replica| replica.node == place);
            own.chain(asked.filter(move |replica| replica.hint() == Some(place)))
        };
        self.list.primaries().iter().flat_map(of_place).collect()
    }

    /// What this node is to the request, if it is asked.
    pub fn replica(&self, node: NodeId) -> Option<Replica> {
        self.asked.get(&node).copied()
    }

    /// The key's own nodes.
    pub fn primaries(&self) -> &[NodeId] {
        self.list.primaries()
    }

    /// Counts an answer once, for the place of the list that the node fills.
    pub fn answer(&mut self, node: NodeId) -> Answer {
        match self.asked.get(&node) {
            Some(replica) if self.answered.insert(node) => {
                Answer::Counted(self.tally.count(replica.place(), node))
            }
            _ => Answer::Ignored,
        }
    }

    /// Takes the answer of a node that has nothing, once.
    pub fn answer_nothing(&mut self, node: NodeId) -> Answer {
        match self.asked.get(&node) {
            Some(replica) if self.answered.insert(node) => {
                Answer::Counted(self.tally.count_nothing(replica.place(), node))
            }
            _ => Answer::Ignored,
        }
    }

    /// Who was asked and has not answered.
    pub fn silent(&self) -> Vec<Replica> {
        let silent = |replica: &&Replica| {
            !self.answered.contains(&replica.node) && !self.declined.contains(&replica.node)
        };
        self.asked.values().filter(silent).copied().collect()
    }

    /// Who was asked and said that the key is not its own.
    pub fn declined(&self) -> Vec<Replica> {
        self.asked.values().filter(|it| self.declined.contains(&it.node)).copied().collect()
    }

    /// A node that was asked says that the key is not its own; what it was asked as.
    pub fn decline(&mut self, node: NodeId) -> Option<Replica> {
        let replica = *self.asked.get(&node)?;
        let is_new = !self.answered.contains(&node) && self.declined.insert(node);
        is_new.then_some(replica)
    }

    /// Asks one more node in the place of a silent one: the next healthy node of the list.
    pub fn substitute(
        &mut self,
        silent: Replica,
        seems_down: impl Fn(NodeId) -> bool,
    ) -> Option<Replica> {
        if self.tally.demand().strictness == Strictness::Strict {
            return None;
        }
        let missing = silent.place();
        let held = |replica: &Replica| {
            replica.place() == missing
                && !self.declined.contains(&replica.node)
                && (self.answered.contains(&replica.node) || !seems_down(replica.node))
        };
        if self.asked.values().any(held) {
            return None;
        }
        let free = |node: &&NodeId| !self.asked.contains_key(*node) && !seems_down(**node);
        let node = *self.list.others().iter().find(free)?;
        let replica = Replica { node, role: Role::Fallback { missing } };
        self.asked.insert(node, replica);
        Some(replica)
    }

    /// Where the count stands.
    pub fn standing(&self) -> Standing {
        self.tally.standing()
    }

    /// Places that answered.
    pub fn answers(&self) -> u8 {
        self.tally.counted()
    }

    /// Places of which it was said that nothing is there.
    pub fn empty_places(&self) -> u8 {
        self.tally.empty()
    }

    /// What is not reached yet: how many of how many.
    pub fn shortfall(&self) -> (u8, u8) {
        self.tally.shortfall()
    }

    /// Primaries whose place nobody answered for.
    pub fn open_places(&self) -> Vec<NodeId> {
        let answered =
            |place: &NodeId| self.answered.iter().any(|node| self.asked[node].place() == *place);
        self.primaries().iter().filter(|place| !answered(place)).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Key;
    use crate::quorum::NotFound;
    use crate::ring::{Member, Ring, Strategy};
    use alloc::vec;

    fn demand(strictness: Strictness) -> Demand {
        Demand { needed: 2, strictness, not_found: NotFound::Counts }
    }

    fn list() -> PreferenceList {
        let members: Vec<Member> = (1..=5).map(|node| NodeId(node).into()).collect();
        let ring = Ring::new(&members, Strategy::EqualShares { partitions: 64 }).unwrap();
        ring.preference(&Key::new("cart").unwrap(), 3)
    }

    #[test]
    fn p46_a_request_that_cannot_succeed_is_refused_before_anyone_is_told() {
        let primaries = list().primaries().to_vec();
        let refused =
            |strictness| Round::plan(list(), demand(strictness), |it| primaries[..2].contains(&it));
        let too_few = Refusal::TooFewReachable { reachable: 1, needed: 2 };
        assert_eq!(refused(Strictness::Strict).unwrap_err(), too_few);
        let too_few = Refusal::TooFewPrimaries { reachable: 1, needed: 2 };
        assert_eq!(refused(Strictness::Primaries(2)).unwrap_err(), too_few);
        assert!(refused(Strictness::Primaries(1)).is_ok());
    }

    #[test]
    fn p49_a_slow_primary_and_its_substitute_count_for_one_place() {
        let primaries = list().primaries().to_vec();
        let mut round = Round::plan(list(), demand(Strictness::Sloppy), |_| false).unwrap();
        let slow = round.replica(primaries[0]).unwrap();
        let substitute = round.substitute(slow, |node| node == slow.node).unwrap();
        assert_eq!(round.answer(substitute.node), Answer::Counted(Standing::Waiting));
        assert_eq!(round.answer(slow.node), Answer::Counted(Standing::Waiting));
        assert_eq!(round.answer(primaries[1]), Answer::Counted(Standing::Met));
        assert_eq!(round.answer(primaries[1]), Answer::Ignored);
        assert_eq!(round.open_places(), vec![primaries[2]]);
    }

    fn round() -> (Round, Vec<NodeId>) {
        let round = Round::plan(list(), demand(Strictness::Sloppy), |_| false).unwrap();
        (round, list().primaries().to_vec())
    }

    #[test]
    fn exactly_as_many_as_are_needed_are_enough() {
        let primaries = list().primaries().to_vec();
        let plan = |strictness| Round::plan(list(), demand(strictness), |it| it == primaries[0]);
        assert_eq!(plan(Strictness::Strict).unwrap().replicas().len(), 2);
        assert!(plan(Strictness::Primaries(2)).is_ok());
        assert!(plan(Strictness::Primaries(3)).is_err());
    }

    #[test]
    fn all_who_are_asked_are_told_in_the_order_of_the_list_substitutes_behind_their_primaries() {
        let (mut round, primaries) = round();
        let names = |round: &Round| -> Vec<NodeId> {
            round.replicas().iter().map(|replica| replica.node).collect()
        };
        assert_eq!(names(&round), primaries);
        let silent = round.replica(primaries[1]).unwrap();
        let stands_in = round.substitute(silent, |node| node == silent.node).unwrap();
        let all = [primaries[0], primaries[1], stands_in.node, primaries[2]];
        assert_eq!(names(&round), all);
        assert_eq!(round.primaries(), primaries);
        assert_eq!(round.replica(NodeId(99)), None);
    }

    #[test]
    fn who_declines_is_neither_silent_nor_counted() {
        let (mut round, primaries) = round();
        let silent = |round: &Round| round.silent().iter().map(|it| it.node).collect::<Vec<_>>();
        round.answer(primaries[0]);
        assert_eq!(round.decline(primaries[0]), None, "it has answered");
        assert_eq!(round.decline(NodeId(99)), None, "it was not asked");
        let declined = round.decline(primaries[1]).unwrap();
        assert_eq!(declined.node, primaries[1]);
        assert_eq!(round.decline(primaries[1]), None, "it has said so");
        assert_eq!(silent(&round), [primaries[2]]);
        assert_eq!(round.declined(), [declined]);
        assert_eq!((round.answers(), round.empty_places()), (1, 0));
        // Whoever declined holds no place, though it seems up.
        let stands_in = round.substitute(declined, |_| false).unwrap();
        assert_eq!(round.answer(stands_in.node), Answer::Counted(Standing::Met));
        assert_eq!(round.open_places(), [primaries[2]]);
    }

    #[test]
    fn a_place_that_is_answered_for_or_held_by_somebody_needs_no_substitute() {
        let (mut round, primaries) = round();
        let slow = round.replica(primaries[0]).unwrap();
        assert_eq!(round.substitute(slow, |_| false), None, "it does not seem down");
        round.answer(primaries[0]);
        assert_eq!(round.substitute(slow, |node| node == slow.node), None, "it has answered");
        let silent = round.replica(primaries[1]).unwrap();
        let first = round.substitute(silent, |node| node == silent.node).unwrap();
        let again = |round: &mut Round, down: &[NodeId]| {
            round.substitute(silent, |node| down.contains(&node)).map(|it| it.node)
        };
        assert_eq!(again(&mut round, &[silent.node]), None, "its substitute holds the place");
        let second = again(&mut round, &[silent.node, first.node]).unwrap();
        assert!(![silent.node, first.node].contains(&second));
        let all: Vec<NodeId> = (1..=5).map(NodeId).collect();
        assert_eq!(again(&mut round, &all), None, "nobody is left");
    }

    #[test]
    fn an_answer_that_nothing_is_there_is_taken_once() {
        let demand = Demand { not_found: NotFound::Waits, ..demand(Strictness::Sloppy) };
        let mut round = Round::plan(list(), demand, |_| false).unwrap();
        let primaries = round.primaries().to_vec();
        assert_eq!(round.answer_nothing(primaries[0]), Answer::Counted(Standing::Waiting));
        assert_eq!(round.answer_nothing(primaries[0]), Answer::Ignored);
        assert_eq!(round.answer_nothing(NodeId(99)), Answer::Ignored);
        assert_eq!((round.answers(), round.empty_places()), (0, 1));
        assert_eq!(round.answer_nothing(primaries[1]), Answer::Counted(Standing::Nothing));
        assert_eq!((round.standing(), round.empty_places()), (Standing::Nothing, 2));
        assert_eq!(round.shortfall(), (0, 2));
    }

    #[test]
    fn a_strict_request_has_no_substitutes() {
        let mut round = Round::plan(list(), demand(Strictness::Strict), |_| false).unwrap();
        let silent = round.silent()[0];
        assert_eq!(round.substitute(silent, |node| node == silent.node), None);
    }
}
