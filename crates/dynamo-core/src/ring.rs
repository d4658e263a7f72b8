//! Which nodes keep a key: the ring, its partitions and the walk (paper 4.2, 4.3, 6.2).
//!
//! A ring is two things: where its ranges end, and marks, each the place of a node. The walk of a
//! key begins at the end of its range and goes clockwise from mark to mark. The three strategies
//! of 6.2 differ in nothing else:
//!
//! | strategy | ranges end at | marks |
//! |---|---|---|
//! | 1 | the tokens | T tokens for a node |
//! | 2 | Q equal steps | T tokens for a node |
//! | 3 | Q equal steps | one at every end, shared out among the nodes |
//!
//! A range is (previous end, end], so a key that lies exactly on a token belongs to it.

mod copy;
mod position;
mod preference;
mod shares;
mod strategy;

use alloc::collections::BinaryHeap;
use alloc::vec;
use alloc::vec::Vec;

pub use copy::RingCopy;
pub use position::{Partition, Position, Range};
pub use preference::{PreferenceList, Replica, Role};
pub use strategy::{BadRing, MAX_RANGES, Member, Strategy};

use crate::collections::Map;
use crate::id::{Key, NodeId, Zone};
use crate::wire::{self, Hash};

/// The place of a node on the ring: a token, or the end of a partition that it owns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Mark {
    at: Position,
    /// Index into the members.
    member: u16,
}

/// Who keeps what. Immutable and shared; a change of the members makes the next one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ring {
    epoch: u32,
    strategy: Strategy,
    /// In the order of their names.
    members: Vec<Member>,
    /// For every member, the number of its zone, in the order in which members name them.
    zones: Vec<u16>,
    // Invariant: ascending, no two equal: the ranges between them tile the ring (INV-P1).
    ends: Vec<Position>,
    // Invariant: ascending; of two on one place the one of the smaller name comes first.
    marks: Vec<Mark>,
    /// N, once a change has said it; before, everybody goes by what it started with.
    replicas: Option<u8>,
}

impl Ring {
    /// The first ring of these members, at epoch 0. The same members give the same ring, in
    /// whatever order they are named (INV-P2); of two with one name the later counts.
    pub fn new(members: &[Member], strategy: Strategy) -> Result<Self, BadRing> {
        let mut ring = Ring::without_marks(members, strategy, 0)?;
        let owners = match strategy {
            Strategy::EqualShares { partitions } => {
                let (weights, order) = (ring.weights(), ring.by_turns());
                shares::deal(&weights, &order, partitions.into())
            }
            _ => Vec::new(),
        };
        ring.place(&owners);
        Ok(ring)
    }

    /// The next ring, with one member more; if the node is a member already, with its new weight
    /// and zone.
    ///
    /// Strategies 1 and 2: no key gains a node but the joiner, and it loses at most one
    /// (INV-P3). Strategy 3: the joiner takes its share from those who have the most.
    pub fn with_member(&self, member: Member) -> Result<Self, BadRing> {
        let mut members = self.members.clone();
        members.retain(|other| other.node != member.node);
        members.push(member);
        self.next(&members)
    }

    /// The next ring, without this member.
    ///
    /// Strategies 1 and 2: no key loses a node but the leaver (INV-P3). Strategy 3: what it owned
    /// goes to those who have the least.
    pub fn without_member(&self, node: NodeId) -> Result<Self, BadRing> {
        if self.member(node).is_none() {
            return Err(BadRing::NoMember(node));
        }
        let mut members = self.members.clone();
        members.retain(|other| other.node != node);
        self.next(&members)
    }

    /// The next ring: the same members share it in another way.
    pub fn with_strategy(&self, strategy: Strategy) -> Result<Self, BadRing> {
        let next = Ring::new(&self.members, strategy)?;
        let epoch = self.epoch.saturating_add(1);
        Ok(Ring { epoch, replicas: self.replicas, ..next })
    }

    /// The next ring: it is as it was, but this many nodes keep every key.
    pub fn with_replicas(&self, n: u8) -> Self {
        let epoch = self.epoch.saturating_add(1);
        Ring { epoch, replicas: Some(n), ..self.clone() }
    }

    /// N: what a change has said, or else what everybody started with.
    pub fn replicas(&self, usual: u8) -> u8 {
        self.replicas.unwrap_or(usual)
    }

    fn next(&self, members: &[Member]) -> Result<Self, BadRing> {
        let epoch = self.epoch.saturating_add(1);
        let mut ring = Ring::without_marks(members, self.strategy, epoch)?;
        ring.replicas = self.replicas;
        let owners = match self.strategy {
            Strategy::EqualShares { .. } => {
                let still = |mark: &Mark| {
                    ring.index(self.members[usize::from(mark.member)].node).map(|it| it as u16)
                };
                shares::rebalance(self.marks.iter().map(still).collect(), &ring.weights())
            }
            _ => Vec::new(),
        };
        ring.place(&owners);
        Ok(ring)
    }

    fn without_marks(given: &[Member], strategy: Strategy, epoch: u32) -> Result<Self, BadRing> {
        let mut by_name: Map<NodeId, Member> = Map::new();
        for member in given {
            by_name.insert(member.node, member.clone());
        }
        let members: Vec<Member> = by_name.into_iter().map(|(_, member)| member).collect();
        if members.is_empty() {
            return Err(BadRing::Nobody);
        }
        if let Some(member) = members.iter().find(|member| member.weight == 0) {
            return Err(BadRing::Weightless(member.node));
        }
        strategy.judge(members.iter().map(|member| u32::from(member.weight)).sum())?;
        let mut names: Vec<&Zone> = Vec::new();
        let zones = members
            .iter()
            .map(|member| {
                let known = names.iter().position(|name| **name == member.zone);
                known.unwrap_or_else(|| {
                    names.push(&member.zone);
                    names.len() - 1
                }) as u16
            })
            .collect();
        Ok(Ring {
            epoch,
            strategy,
            members,
            zones,
            ends: Vec::new(),
            marks: Vec::new(),
            replicas: None,
        })
    }

    /// Sets ends and marks. The owners are those of strategy 3.
    fn place(&mut self, owners: &[u16]) {
        if let Strategy::RandomOwners { partitions, .. } | Strategy::EqualShares { partitions } =
            self.strategy
        {
            // 2^128 itself does not fit, Q is a power of two: halve both.
            let step = (1u128 << 127) / (u128::from(partitions) / 2);
            let end = |index: u16| Position(step.wrapping_mul(index.into()));
            self.ends = (0..partitions).map(end).collect();
        }
        match self.strategy {
            Strategy::RandomRanges { tokens } => {
                self.marks = self.tokens(tokens);
                self.ends = self.marks.iter().map(|mark| mark.at).collect();
                // Two tokens on one place: nothing lies between them.
                self.ends.dedup();
            }
            Strategy::RandomOwners { tokens, .. } => self.marks = self.tokens(tokens),
            Strategy::EqualShares { .. } => {
                let owned = self.ends.iter().zip(owners);
                self.marks = owned.map(|(at, member)| Mark { at: *at, member: *member }).collect();
            }
        }
    }

    /// Every member's tokens: MD5 of its name and a number, as many as T and its weight say.
    fn tokens(&self, each: u16) -> Vec<Mark> {
        let mut marks = Vec::new();
        for (index, member) in self.members.iter().enumerate() {
            for number in 0..u32::from(each) * u32::from(member.weight) {
                let at = Position::of_token(member.node, number);
                marks.push(Mark { at, member: index as u16 });
            }
        }
        // A heap sorts with a fraction of the code of a slice.
        BinaryHeap::from(marks).into_sorted_vec()
    }

    fn weights(&self) -> Vec<u8> {
        self.members.iter().map(|member| member.weight).collect()
    }

    /// The members so that those of every zone are spread evenly.
    fn by_turns(&self) -> Vec<usize> {
        let count = usize::from(self.zones.iter().copied().max().unwrap_or(0)) + 1;
        let zone = |zone: usize| {
            let here = move |it: &usize| usize::from(self.zones[*it]) == zone;
            (0..self.members.len()).filter(here).collect::<Vec<usize>>()
        };
        let zones: Vec<Vec<usize>> = (0..count).map(zone).collect();
        let mut taken = vec![0; count];
        let mut order = Vec::with_capacity(self.members.len());
        while order.len() < self.members.len() {
            let mut next = 0;
            for it in 1..count {
                if taken[it] * zones[next].len() < taken[next] * zones[it].len() {
                    next = it;
                }
            }
            order.push(zones[next][taken[next]]);
            taken[next] += 1;
        }
        order
    }

    fn index(&self, node: NodeId) -> Option<usize> {
        self.members.binary_search_by_key(&node, |member| member.node).ok()
    }

    /// Counts the changes of the members since the first ring. Trees, hints and transfers name
    /// the epoch that they were made in.
    pub fn epoch(&self) -> u32 {
        self.epoch
    }

    /// A hash of all that decides who keeps what: rings of one hash give every key the same nodes.
    pub fn fingerprint(&self) -> Hash {
        let owners = self.marks.iter().map(|mark| mark.member);
        let owners: Vec<u16> = owners.collect();
        match self.replicas {
            None => wire::hash(&(self.strategy, &self.members, owners)),
            Some(n) => wire::hash(&(self.strategy, &self.members, owners, n)),
        }
    }

    /// How it is cut and shared out.
    pub fn strategy(&self) -> Strategy {
        self.strategy
    }

    /// Every member, in the order of their names.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// The member of this name.
    pub fn member(&self, node: NodeId) -> Option<&Member> {
        self.index(node).map(|index| &self.members[index])
    }

    /// Every partition with the first node of its walk, its owner, clockwise.
    pub fn partitions(&self) -> impl ExactSizeIterator<Item = (Partition, NodeId)> {
        (0..self.ends.len()).map(|index| {
            let partition = Partition(index as u16);
            let owner = self.marks[self.first_mark(partition)].member;
            (partition, self.members[usize::from(owner)].node)
        })
    }

    /// Every partition that a node is one of the first N for: what it holds replicas of.
    pub fn held_by(&self, node: NodeId, n: u8) -> Vec<Partition> {
        let holds = |it: &Partition| self.preference_of(*it, n).primaries().contains(&node);
        self.partitions().map(|(partition, _)| partition).filter(holds).collect()
    }

    /// The marks of a node: its tokens, or the partitions that it owns.
    pub fn marks_of(&self, node: NodeId) -> impl Iterator<Item = Position> {
        let index = self.index(node);
        let own = move |mark: &&Mark| index == Some(mark.member.into());
        self.marks.iter().filter(own).map(|mark| mark.at)
    }

    /// The part of all positions that a node owns, in millionths.
    pub fn share(&self, node: NodeId) -> u32 {
        let owned = self.partitions().filter(|(_, owner)| *owner == node);
        let half: u128 = owned.map(|(partition, _)| self.range(partition).half()).sum();
        (((half >> 64) * 1_000_000) >> 63) as u32
    }

    /// The position at which a partition ends, itself included.
    pub fn token(&self, partition: Partition) -> Position {
        self.ends[usize::from(partition.0)]
    }

    /// The positions of a partition.
    pub fn range(&self, partition: Partition) -> Range {
        let index = usize::from(partition.0);
        let before = index.checked_sub(1).unwrap_or(self.ends.len() - 1);
        Range { start: self.ends[before], end: self.ends[index] }
    }

    /// The partition that a position lies in: (previous token, token] (A1).
    pub fn partition_of(&self, position: Position) -> Partition {
        let index = self.ends.partition_point(|end| *end < position);
        Partition((index % self.ends.len()) as u16)
    }

    fn first_mark(&self, partition: Partition) -> usize {
        let end = self.token(partition);
        self.marks.partition_point(|mark| mark.at < end) % self.marks.len()
    }

    /// Every member once, at the mark where the walk meets it first: clockwise from the end of
    /// the partition.
    fn walk(&self, partition: Partition) -> Vec<Mark> {
        let first = self.first_mark(partition);
        let mut is_met = vec![false; self.members.len()];
        let mut met = Vec::with_capacity(self.members.len());
        for mark in self.marks[first..].iter().chain(&self.marks[..first]) {
            if !core::mem::replace(&mut is_met[usize::from(mark.member)], true) {
                met.push(*mark);
                if met.len() == self.members.len() {
                    break;
                }
            }
        }
        met
    }

    /// Where the walk from a key meets each node first, in the order in which it does.
    pub fn met_from(&self, key: &Key) -> impl Iterator<Item = (Position, NodeId)> {
        let walk = self.walk(self.partition_of(Position::of(key))).into_iter();
        walk.map(|mark| (mark.at, self.members[usize::from(mark.member)].node))
    }

    /// The distinct nodes met on the walk clockwise from a key (4.3), told apart as its N
    /// primaries and those that follow; `n` is what everybody started with ([`Ring::replicas`]).
    /// Whoever is up or down plays no part (INV-L2).
    pub fn preference(&self, key: &Key, n: u8) -> PreferenceList {
        self.preference_of(self.partition_of(Position::of(key)), n)
    }

    /// The preference list of all keys of a partition.
    ///
    /// The primaries spread over the zones (4.6): they are chosen in rounds, each taking from
    /// every zone the next node that the walk meets there, until N are chosen. With one zone
    /// these are the first N.
    pub fn preference_of(&self, partition: Partition, n: u8) -> PreferenceList {
        let walk = self.walk(partition);
        let primaries = walk.len().min(self.replicas(n).into());
        let mut nodes = Vec::with_capacity(walk.len());
        let name = |mark: &Mark| self.members[usize::from(mark.member)].node;
        if self.zones.iter().all(|zone| *zone == 0) {
            nodes.extend(walk.iter().map(name));
        } else {
            let is_primary = self.spread(&walk, primaries);
            for wanted in [true, false] {
                let of = walk.iter().zip(&is_primary).filter(|(_, it)| **it == wanted);
                nodes.extend(of.map(|(mark, _)| name(mark)));
            }
        }
        PreferenceList { nodes, primaries }
    }

    /// Which of those that the walk meets are the primaries: as many as are wanted, in rounds.
    fn spread(&self, walk: &[Mark], wanted: usize) -> Vec<bool> {
        let mut of_zone = vec![0; self.members.len()];
        let round_of = |mark: &Mark| {
            let met = &mut of_zone[usize::from(self.zones[usize::from(mark.member)])];
            *met += 1;
            *met
        };
        let rounds: Vec<usize> = walk.iter().map(round_of).collect();
        let mut is_primary = vec![false; walk.len()];
        let mut left = wanted;
        for round in 1..=walk.len() {
            for (own_round, is_primary) in rounds.iter().zip(&mut is_primary) {
                if left > 0 && *own_round == round {
                    *is_primary = true;
                    left -= 1;
                }
            }
        }
        is_primary
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(count: u16, strategy: Strategy) -> Ring {
        let members: Vec<Member> = (1..=count).map(|node| NodeId(node).into()).collect();
        Ring::new(&members, strategy).unwrap()
    }

    #[test]
    fn a_key_lies_at_the_md5_of_its_bytes() {
        let key = Key::new("").unwrap();
        assert_eq!(Position::of(&key).0, 0xd41d8cd98f00b204e9800998ecf8427e);
    }

    #[test]
    fn a_position_on_a_token_belongs_to_it_and_the_top_wraps_to_partition_0() {
        let ring = ring(5, Strategy::EqualShares { partitions: 64 });
        let token = ring.token(Partition(9));
        assert_eq!(ring.partition_of(token), Partition(9));
        assert_eq!(ring.partition_of(Position(token.0 + 1)), Partition(10));
        assert_eq!(ring.partition_of(Position(0)), Partition(0));
        assert_eq!(ring.partition_of(Position(1)), Partition(1));
        assert_eq!(ring.partition_of(Position(u128::MAX)), Partition(0));
    }

    #[test]
    fn two_tokens_on_one_place_end_one_range_and_the_walk_meets_both_nodes() {
        let mut ring = ring(3, Strategy::RandomRanges { tokens: 1 });
        let mark = |at, member| Mark { at: Position(at), member };
        ring.marks = Vec::from([mark(10, 0), mark(20, 1), mark(20, 2), mark(30, 0)]);
        ring.ends = Vec::from([10, 20, 30].map(Position));
        let met = |at| {
            let list = ring.preference_of(ring.partition_of(Position(at)), 3);
            list.primaries().iter().map(|node| node.0).collect::<Vec<u16>>()
        };
        assert_eq!(met(10), [1, 2, 3]);
        assert_eq!(met(11), [2, 3, 1]);
        assert_eq!(met(20), [2, 3, 1]);
        // Behind the last token, across the top, the first range begins.
        assert_eq!(met(31), [1, 2, 3]);
        assert_eq!(met(0), [1, 2, 3]);
    }

    #[test]
    fn one_token_makes_one_range_of_all_positions() {
        let ring = ring(1, Strategy::RandomRanges { tokens: 1 });
        let range = ring.range(Partition(0));
        assert!(
            [0, 1, range.end.0, range.end.0 + 1, u128::MAX]
                .iter()
                .all(|at| range.contains(Position(*at)))
        );
        assert_eq!(ring.share(NodeId(1)), 1_000_000);
    }

    #[test]
    fn strategy_2_walks_from_the_end_of_the_range_not_from_the_key() {
        let mut ring = ring(2, Strategy::RandomOwners { tokens: 1, partitions: 2 });
        let half = 1 << 127;
        // n1 lies within the first half, n2 just behind its end.
        let mark = |at, member| Mark { at: Position(at), member };
        ring.marks = Vec::from([mark(half - 5, 0), mark(half + 5, 1)]);
        let key = ring.partition_of(Position(half - 9));
        assert_eq!(ring.preference_of(key, 1).primaries(), [NodeId(2)]);
        assert_eq!(
            ring.preference_of(ring.partition_of(Position(half + 1)), 1).primaries(),
            [NodeId(1)]
        );
    }

    #[test]
    fn the_marks_of_a_node_are_its_tokens_or_its_partitions() {
        let tokens = ring(3, Strategy::RandomRanges { tokens: 4 });
        let mut own = [0, 1, 2, 3].map(|number| Position::of_token(NodeId(2), number));
        own.sort();
        assert_eq!(tokens.marks_of(NodeId(2)).collect::<Vec<_>>(), own);
        assert_eq!(tokens.marks_of(NodeId(9)).count(), 0);
        let shares = ring(2, Strategy::EqualShares { partitions: 8 });
        assert_eq!(shares.marks_of(NodeId(1)).count(), 4);
    }

    #[test]
    fn another_strategy_and_another_n_are_changes_that_keep_each_other() {
        let first = ring(4, Strategy::EqualShares { partitions: 8 });
        let second = first.with_replicas(2);
        let third = second.with_strategy(Strategy::RandomRanges { tokens: 4 }).unwrap();
        assert_eq!([&first, &second, &third].map(Ring::epoch), [0, 1, 2]);
        assert_eq!([&first, &second, &third].map(|it| it.replicas(3)), [3, 2, 2]);
    }

    #[test]
    fn a_copy_that_names_an_owner_beyond_its_members_is_no_ring() {
        let mut copy = RingCopy::of(&ring(2, Strategy::EqualShares { partitions: 8 }));
        copy.owners[3] = 2;
        assert_eq!(Ring::try_from(copy), Err(BadRing::Nobody));
    }

    #[test]
    fn positions_replicas_and_bad_rings_have_words() {
        let shown = |it: &dyn core::fmt::Display| alloc::format!("{it}");
        assert_eq!(shown(&Position(0xd41d_8cd9 << 96 | 7)), "d41d8cd9");
        let fallback = Role::Fallback { missing: NodeId(1) };
        let fallback = Replica { node: NodeId(4), role: fallback };
        let primary = Replica { node: NodeId(2), role: Role::Primary };
        assert_eq!([fallback, primary].map(|it| it.hint()), [Some(NodeId(1)), None]);
        let bad = Ring::new(&[NodeId(1).into()], Strategy::EqualShares { partitions: 3 });
        let why = "3 partitions, expected a power of two from 2 to 32768";
        assert_eq!(shown(&bad.unwrap_err()), why);
    }
}
