//! The state machine of one request: who is asked, who stands in for whom, who answered
//! (paper 4.5, 4.6, 5). Reads and writes share it; it sends nothing itself.

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
    /// In the order of the list, substitutes behind those whose place they take.
    // Invariant: not empty, since R and W are not 0.
    asked: Vec<Asked>,
    tally: Tally,
}

/// One who was asked.
#[derive(Clone, Copy, Debug)]
struct Asked {
    replica: Replica,
    said: Said,
}

/// What one who was asked has said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    Nothing,
    /// What counts.
    Answer,
    /// That the key is not its own: of no use to this request.
    NotMine,
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
        let asked = replicas.into_iter().map(|replica| Asked { replica, said: Said::Nothing });
        let tally = Tally::new(demand, list.primaries().len() as u8);
        Ok(Round { asked: asked.collect(), list, tally })
    }

    /// Everybody asked so far, in the order of the preference list.
    pub fn replicas(&self) -> impl Iterator<Item = Replica> {
        self.asked.iter().map(|it| it.replica)
    }

    /// The first of them.
    pub fn first(&self) -> NodeId {
        self.asked[0].replica.node
    }

    fn who_said(&self, said: Said) -> impl Iterator<Item = Replica> {
        self.asked.iter().filter(move |it| it.said == said).map(|it| it.replica)
    }

    /// What this node is to the request, if it is asked.
    pub fn replica(&self, node: NodeId) -> Option<Replica> {
        self.replicas().find(|replica| replica.node == node)
    }

    /// The key's own nodes.
    pub fn primaries(&self) -> &[NodeId] {
        self.list.primaries()
    }

    /// Counts an answer once, for the place of the list that the node fills.
    pub fn answer(&mut self, node: NodeId) -> Answer {
        match self.first_answer(node) {
            Some(place) => Answer::Counted(self.tally.count(place, node)),
            None => Answer::Ignored,
        }
    }

    /// Takes the answer of a node that has nothing, once.
    pub fn answer_nothing(&mut self, node: NodeId) -> Answer {
        match self.first_answer(node) {
            Some(place) => Answer::Counted(self.tally.count_nothing(place, node)),
            None => Answer::Ignored,
        }
    }

    /// The place that the node fills, if it was asked and had not answered.
    fn first_answer(&mut self, node: NodeId) -> Option<NodeId> {
        let asked = self.asked.iter_mut().find(|it| it.replica.node == node)?;
        let is_first = asked.said != Said::Answer;
        asked.said = Said::Answer;
        is_first.then_some(asked.replica.place())
    }

    /// Who was asked and has not answered.
    pub fn silent(&self) -> impl Iterator<Item = Replica> {
        self.who_said(Said::Nothing)
    }

    /// Who was asked and said that the key is not its own.
    pub fn declined(&self) -> impl Iterator<Item = Replica> {
        self.who_said(Said::NotMine)
    }

    /// A node that was asked says that the key is not its own; what it was asked as.
    pub fn decline(&mut self, node: NodeId) -> Option<Replica> {
        let asked = self.asked.iter_mut().find(|it| it.replica.node == node)?;
        let is_new = asked.said == Said::Nothing;
        if is_new {
            asked.said = Said::NotMine;
        }
        is_new.then_some(asked.replica)
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
        let is_held = |it: &Asked| match it.said {
            Said::Answer => true,
            Said::Nothing => !seems_down(it.replica.node),
            Said::NotMine => false,
        };
        let of_place = |it: &Asked| it.replica.place() == missing;
        if self.asked.iter().any(|it| of_place(it) && is_held(it)) {
            return None;
        }
        let free = |node: &&NodeId| self.replica(**node).is_none() && !seems_down(**node);
        let node = *self.list.others().iter().find(free)?;
        let replica = Replica { node, role: Role::Fallback { missing } };
        let behind = self.asked.iter().rposition(of_place).map_or(self.asked.len(), |it| it + 1);
        self.asked.insert(behind, Asked { replica, said: Said::Nothing });
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
            |place: &NodeId| self.who_said(Said::Answer).any(|replica| replica.place() == *place);
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
        assert_eq!(plan(Strictness::Strict).unwrap().replicas().count(), 2);
        assert!(plan(Strictness::Primaries(2)).is_ok());
        assert!(plan(Strictness::Primaries(3)).is_err());
    }

    #[test]
    fn all_who_are_asked_are_told_in_the_order_of_the_list_substitutes_behind_their_primaries() {
        let (mut round, primaries) = round();
        let names = |round: &Round| -> Vec<NodeId> {
            round.replicas().map(|replica| replica.node).collect()
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
        let silent = |round: &Round| round.silent().map(|it| it.node).collect::<Vec<_>>();
        round.answer(primaries[0]);
        assert_eq!(round.decline(primaries[0]), None, "it has answered");
        assert_eq!(round.decline(NodeId(99)), None, "it was not asked");
        let declined = round.decline(primaries[1]).unwrap();
        assert_eq!(declined.node, primaries[1]);
        assert_eq!(round.decline(primaries[1]), None, "it has said so");
        assert_eq!(silent(&round), [primaries[2]]);
        assert_eq!(round.declined().collect::<Vec<_>>(), [declined]);
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
        let silent = round.silent().next().unwrap();
        assert_eq!(round.substitute(silent, |node| node == silent.node), None);
    }
}
