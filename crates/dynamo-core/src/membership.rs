//! Who is a member and how the ring is shared out: the history of changes, and the rings that
//! follow from it (paper 4.8.1, 4.9, 6.2).
//!
//! A node knows the founding ring and a [`History`]: every change that it heard of, with its issue
//! time. Two histories are reconciled change by change, so that order, repetition and loss of
//! messages do not matter (INV-G1), and equal histories make equal rings.
//!
//! A change goes through three stages, and never back:
//!
//! | stage | what it waits for | why |
//! |---|---|---|
//! | announced | every member has seen it | whoever has seen it issues only later stamps, so the order is fixed (P32) |
//! | agreed | whoever loses ranges has given them | an old owner stops before a new one counts (INV-T2, P36) |
//! | in effect | | it makes the next ring |
//!
//! Changes take effect in the order of their stamps, one after the other.

mod moves;

use crate::shared::Shared;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::collections::{Map, Set};
use crate::id::{Key, NodeId};
use crate::ring::{BadRing, Member, Position, Ring, Strategy};
use crate::time::LocalTime;
use crate::wire::{self, Hash};

use self::moves::{moves, moves_at};

/// When and by whom a change was issued; in this order changes take effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Stamp {
    /// The clock of the node that was told, or later: behind every stamp that it knew.
    pub time: u64,
    /// The node that was told.
    pub by: NodeId,
}

/// What an administrator orders (4.8.1: "an explicit mechanism").
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Change {
    /// A node becomes a member.
    Join(Member),
    /// A member leaves and takes its time to give what it has.
    Leave(NodeId),
    /// A member is gone for good: nobody waits for it any more.
    Remove(NodeId),
    /// The ring is cut and shared out in another way (6.2).
    Strategy(Strategy),
    /// Another N: so many nodes keep every key (4.3).
    Replicas(u8),
}

impl Change {
    /// Whom it is about, if it is about a node.
    pub fn node(&self) -> Option<NodeId> {
        match self {
            Change::Join(member) => Some(member.node),
            Change::Leave(node) | Change::Remove(node) => Some(*node),
            Change::Strategy(_) | Change::Replicas(_) => None,
        }
    }

    /// The word for it in scripts.
    pub fn word(&self) -> &'static str {
        match self {
            Change::Join(_) => "join",
            Change::Leave(_) => "leave",
            Change::Remove(_) => "remove",
            Change::Strategy(_) => "strategy",
            Change::Replicas(_) => "replicas",
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Change::Join(Member { node, .. }) | Change::Leave(node) | Change::Remove(node) => {
                write!(f, "{} {node}", self.word())
            }
            Change::Strategy(strategy) => write!(f, "strategy {strategy}"),
            Change::Replicas(n) => write!(f, "replicas {n}"),
        }
    }
}

/// How far a change has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// These have seen it.
    Announced(Set<NodeId>),
    /// All members have seen it. These have given what they lose by it, knowing of so many
    /// removals.
    Agreed(#[serde(deserialize_with = "crate::collections::read_map")] Map<NodeId, u16>),
    /// It is part of the ring.
    InEffect,
}

impl Stage {
    fn absorb(&mut self, other: &Stage) {
        match (&mut *self, other) {
            (Stage::InEffect, _) | (Stage::Agreed(_), Stage::Announced(_)) => {}
            (Stage::Announced(mine), Stage::Announced(theirs)) => {
                mine.extend(theirs.iter().copied());
            }
            (Stage::Agreed(mine), Stage::Agreed(theirs)) => {
                for (node, removals) in theirs {
                    let known = mine.entry(*node).or_default();
                    *known = (*known).max(*removals);
                }
            }
            (Stage::Announced(_) | Stage::Agreed(_), _) => *self = other.clone(),
        }
    }
}

/// A change and how far it has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// What was ordered.
    pub change: Change,
    /// How far it has come.
    pub stage: Stage,
}

/// Every change that a node has heard of. Reconciling is a union, stage by stage: any order,
/// repetition or loss leads to one history (INV-G1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct History(#[serde(deserialize_with = "crate::collections::read_map")] Map<Stamp, Entry>);

impl History {
    /// Takes in all that another history knows.
    pub fn merge(&mut self, other: &History) {
        for (stamp, entry) in &other.0 {
            match self.0.get_mut(stamp) {
                Some(mine) => mine.stage.absorb(&entry.stage),
                None => {
                    self.0.insert(*stamp, entry.clone());
                }
            }
        }
    }

    /// Adds a new change, behind all that is known.
    pub fn announce(&mut self, now: LocalTime, by: NodeId, change: Change) -> Stamp {
        let last = self.0.iter().next_back().map_or(0, |(stamp, _)| stamp.time);
        let stamp = Stamp { time: now.0.max(last.saturating_add(1)), by };
        let stage = Stage::Announced(Set::from([by]));
        self.0.insert(stamp, Entry { change, stage });
        stamp
    }

    /// This node has seen all that is announced.
    pub fn see(&mut self, node: NodeId) {
        for (_, entry) in self.0.iter_mut() {
            if let Stage::Announced(seen) = &mut entry.stage {
                seen.insert(node);
            }
        }
    }

    /// This node has given what it loses by a change, knowing of so many removals.
    pub fn give(&mut self, stamp: Stamp, node: NodeId, removals: u16) {
        if let Some(Entry { stage: Stage::Agreed(given), .. }) = self.0.get_mut(&stamp) {
            given.insert(node, removals);
        }
    }

    /// Every change in the order of stamps.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&Stamp, &Entry)> {
        self.0.iter()
    }

    /// One change.
    pub fn get(&self, stamp: &Stamp) -> Option<&Entry> {
        self.0.get(stamp)
    }

    /// How many changes there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing has changed since the founding.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What two histories are compared by.
    pub fn hash(&self) -> Hash {
        wire::hash(self)
    }

    /// Nodes that are removed and did not join since: nobody waits for them.
    fn gone(&self) -> Set<NodeId> {
        let mut gone = Set::new();
        for entry in self.0.values() {
            match &entry.change {
                Change::Remove(node) => gone.insert(*node),
                Change::Join(member) => gone.remove(&member.node),
                Change::Leave(_) | Change::Strategy(_) | Change::Replicas(_) => false,
            };
        }
        gone
    }

    fn removals(&self) -> u16 {
        let removal = |entry: &&Entry| matches!(entry.change, Change::Remove(_));
        self.0.values().filter(removal).count() as u16
    }

    /// The first change that is not in effect. A join whose node was removed since is void.
    fn first_open(&self, gone: &Set<NodeId>) -> Option<(Stamp, &Entry)> {
        let is_void = |entry: &Entry| matches!(&entry.change, Change::Join(member) if gone.contains(&member.node));
        let is_open = |entry: &Entry| entry.stage != Stage::InEffect && !is_void(entry);
        self.0.iter().find(|(_, entry)| is_open(entry)).map(|(stamp, entry)| (*stamp, entry))
    }
}

/// A change that cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum BadChange {
    /// The node is a member or about to become one.
    Member(NodeId),
    /// The node is no member, or about to leave.
    NoMember(NodeId),
    /// Fewer than N members would be left.
    TooFewLeft(u8),
    /// No ring can be made of these members.
    NoRing,
    /// The ring is, or is about to be, cut and shared out in this way.
    Same,
}

impl fmt::Display for BadChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BadChange::Member(node) => write!(f, "{node} is a member or about to be"),
            BadChange::NoMember(node) => write!(f, "{node} is no member or about to leave"),
            BadChange::TooFewLeft(n) => write!(f, "fewer than n={n} members would be left"),
            BadChange::NoRing => f.write_str("the ring has no room for it"),
            BadChange::Same => f.write_str("the ring is so or about to be"),
        }
    }
}

/// The change that is under way: the first that is not in effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Which one.
    pub stamp: Stamp,
    /// What it is.
    pub change: Change,
    /// Whether all members have seen it; only then data moves.
    pub is_agreed: bool,
    /// The ring that it makes, once it is agreed; before, the ring that is.
    pub next: Shared<Ring>,
    /// How many ranges each old owner gives to each new one; none until it is agreed.
    pub moves: Map<(NodeId, NodeId), u32>,
    /// Who has given.
    pub given: Set<NodeId>,
    gone: Set<NodeId>,
    /// Removals known: what a giver signs for.
    pub removals: u16,
}

/// A history and all that follows from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    founders: Shared<Ring>,
    n: u8,
    /// What is known.
    pub history: Shared<History>,
    /// The ring in effect.
    pub ring: Shared<Ring>,
    in_effect: Vec<Stamp>,
    /// The change under way.
    pub pending: Option<Shared<Pending>>,
}

impl Membership {
    /// Nothing has changed since the founding. `n` is N.
    pub fn founding(founders: Shared<Ring>, n: u8) -> Self {
        Membership {
            ring: founders.clone(),
            founders,
            n,
            history: Shared::default(),
            in_effect: Vec::new(),
            pending: None,
        }
    }

    /// What follows from this history. Stages that are due are reached on the way.
    pub fn with(&self, mut history: History) -> Self {
        let (mut ring, mut in_effect) = (self.ring.clone(), self.in_effect.clone());
        let gone = history.gone();
        let removals = history.removals();
        loop {
            let effective = history.iter().filter(|(_, entry)| entry.stage == Stage::InEffect);
            let now: Vec<Stamp> = effective.map(|(stamp, _)| *stamp).collect();
            if !now.starts_with(&in_effect) {
                (ring, in_effect) = (self.founders.clone(), Vec::new());
            }
            for stamp in &now[in_effect.len()..] {
                if let Some(entry) = history.get(stamp) {
                    ring = self.ring_behind(&ring, *stamp, &entry.change);
                }
            }
            in_effect = now;
            let Some((stamp, entry)) = history.first_open(&gone) else {
                let history = Shared::new(history);
                return Membership { history, ring, in_effect, pending: None, ..self.clone() };
            };
            let pending = self.pending(&ring, stamp, entry, &gone, removals);
            let reached = match &entry.stage {
                Stage::Announced(seen) => {
                    let must = |node: &NodeId| !gone.contains(node);
                    let mut members = ring.members().iter().map(|member| member.node).filter(must);
                    members.all(|node| seen.contains(&node)).then(|| Stage::Agreed(Map::new()))
                }
                Stage::Agreed(_) => {
                    let mut sources = pending.moves.keys().map(|(source, _)| source);
                    sources.all(|it| pending.given.contains(it)).then_some(Stage::InEffect)
                }
                Stage::InEffect => None,
            };
            match (reached, history.0.get_mut(&stamp)) {
                (Some(stage), Some(entry)) => entry.stage = stage,
                _ => {
                    let (history, pending) = (Shared::new(history), Some(Shared::new(pending)));
                    return Membership { history, ring, in_effect, pending, ..self.clone() };
                }
            }
        }
    }

    /// The ring behind a change; where this one waited for it, the ring is known.
    fn ring_behind(&self, ring: &Shared<Ring>, stamp: Stamp, change: &Change) -> Shared<Ring> {
        match self.agreed().filter(|pending| pending.stamp == stamp && *ring == self.ring) {
            Some(pending) => pending.next.clone(),
            None => self.after(ring, change),
        }
    }

    /// The ring behind a change; the same ring if the change cannot be any more.
    fn after(&self, ring: &Shared<Ring>, change: &Change) -> Shared<Ring> {
        let next = match change {
            Change::Join(member) => ring.with_member(member.clone()),
            Change::Leave(_) | Change::Remove(_) if self.has_no_more_than_n(ring) => {
                return ring.clone();
            }
            Change::Replicas(n) if usize::from(*n) > ring.members().len() => return ring.clone(),
            Change::Replicas(n) => Ok(ring.with_replicas(*n)),
            Change::Leave(node) | Change::Remove(node) => ring.without_member(*node),
            Change::Strategy(strategy) => ring.with_strategy(*strategy),
        };
        next.map_or_else(|_| ring.clone(), Shared::new)
    }

    fn has_no_more_than_n(&self, ring: &Ring) -> bool {
        ring.members().len() <= ring.replicas(self.n).into()
    }

    /// N of the founding ring; a ring that a change has made may say another.
    pub fn n(&self) -> u8 {
        self.n
    }

    fn pending(
        &self,
        ring: &Shared<Ring>,
        stamp: Stamp,
        entry: &Entry,
        gone: &Set<NodeId>,
        removals: u16,
    ) -> Pending {
        let (is_agreed, given) = match &entry.stage {
            Stage::Announced(_) | Stage::InEffect => (false, Set::new()),
            Stage::Agreed(given) => {
                let knowing = given.iter().filter(|(_, known)| **known == removals);
                (true, knowing.map(|(node, _)| *node).collect())
            }
        };
        let before = self.agreed().filter(|it| it.stamp == stamp && it.gone == *gone);
        let (next, moves) = match before.filter(|_| *ring == self.ring) {
            Some(before) => (before.next.clone(), before.moves.clone()),
            None if is_agreed => {
                let next = self.after(ring, &entry.change);
                let moves = moves(ring, &next, gone, self.n);
                (next, moves)
            }
            None => (ring.clone(), Map::new()),
        };
        let (change, gone) = (entry.change.clone(), gone.clone());
        Pending { stamp, change, is_agreed, next, moves, given, gone, removals }
    }

    /// Whether a change can be ordered, as far as is known here.
    pub fn judge(&self, change: &Change) -> Result<(), BadChange> {
        let open = self.history.iter().filter(|(_, entry)| entry.stage != Stage::InEffect);
        let mut ring = self.ring.clone();
        for (_, entry) in open {
            ring = self.after(&ring, &entry.change);
        }
        let is_member = |node: NodeId| ring.member(node).is_some();
        let no_ring = |_: BadRing| BadChange::NoRing;
        match change {
            Change::Join(member) if is_member(member.node) => Err(BadChange::Member(member.node)),
            Change::Join(member) => ring.with_member(member.clone()).map(drop).map_err(no_ring),
            Change::Leave(node) | Change::Remove(node) if !is_member(*node) => {
                Err(BadChange::NoMember(*node))
            }
            Change::Leave(_) | Change::Remove(_) if self.has_no_more_than_n(&ring) => {
                Err(BadChange::TooFewLeft(ring.replicas(self.n)))
            }
            Change::Replicas(n) if ring.replicas(self.n) == *n => Err(BadChange::Same),
            Change::Replicas(n) if *n == 0 || usize::from(*n) > ring.members().len() => {
                Err(BadChange::TooFewLeft(*n))
            }
            Change::Replicas(_) => Ok(()),
            Change::Leave(_) | Change::Remove(_) => Ok(()),
            Change::Strategy(strategy) if ring.strategy() == *strategy => Err(BadChange::Same),
            Change::Strategy(strategy) => ring.with_strategy(*strategy).map(drop).map_err(no_ring),
        }
    }

    /// Whether a node was a member and is none any more.
    pub fn has_left(&self, node: NodeId) -> bool {
        let gone = |entry: &Entry| {
            entry.stage == Stage::InEffect
                && matches!(entry.change, Change::Leave(it) | Change::Remove(it) if it == node)
        };
        self.ring.member(node).is_none() && self.history.iter().any(|(_, entry)| gone(entry))
    }

    /// How many changes are in effect.
    pub fn age(&self) -> usize {
        self.in_effect.len()
    }

    /// The change that all have seen and that waits for its data, if there is one.
    pub fn agreed(&self) -> Option<&Shared<Pending>> {
        self.pending.as_ref().filter(|pending| pending.is_agreed)
    }

    /// Everybody who takes part: the members, and those who are about to join.
    pub fn participants(&self) -> Set<NodeId> {
        let gone = self.history.gone();
        let mut all: Set<NodeId> = self.ring.members().iter().map(|member| member.node).collect();
        for (_, entry) in self.history.iter() {
            if let Change::Join(Member { node, .. }) = &entry.change
                && entry.stage != Stage::InEffect
                && !gone.contains(node)
            {
                all.insert(*node);
            }
        }
        all
    }

    /// Everybody who ever was a member, as far as this node knows: what is deleted may still lie
    /// there.
    pub fn everybody(&self) -> Set<NodeId> {
        let mut all: Set<NodeId> = self.ring.members().iter().map(|member| member.node).collect();
        all.extend(self.history.iter().filter_map(|(_, entry)| entry.change.node()));
        all
    }

    /// Everybody who is to know: those who take part, and those who were removed, should they come
    /// back (P33).
    pub fn audience(&self) -> Set<NodeId> {
        let mut all = self.participants();
        all.extend(self.history.gone());
        all
    }

    /// The key's own N nodes by the ring in effect.
    pub fn owners(&self, key: &Key) -> Vec<NodeId> {
        self.ring.preference(key, self.n).primaries().to_vec()
    }

    /// Whether a node keeps a key as its own: by the ring in effect, or by the agreed next one.
    /// Nobody forgets such a key, and nobody else takes it in (see `node/handoff.rs`).
    pub fn keeps(&self, node: NodeId, key: &Key) -> bool {
        let by = |ring: &Ring| ring.preference(key, self.n).primaries().contains(&node);
        by(&self.ring) || self.agreed().is_some_and(|pending| by(&pending.next))
    }

    /// Whether a node loses a key by the agreed change.
    pub fn loses(&self, node: NodeId, key: &Key) -> bool {
        let by = |ring: &Ring| ring.preference(key, self.n).primaries().contains(&node);
        self.agreed().is_some_and(|pending| by(&self.ring) && !by(&pending.next))
    }

    /// To whom a node gives a key by the agreed change.
    pub fn takers(&self, source: NodeId, key: &Key) -> Vec<NodeId> {
        let Some(pending) = self.agreed() else { return Vec::new() };
        let at = Position::of(key);
        let all = moves_at(&self.ring, &pending.next, &pending.gone, self.n, at);
        all.into_iter().filter(|(from, _)| *from == source).map(|(_, to)| to).collect()
    }
}

#[cfg(test)]
mod tests;
