//! Anti-entropy: two nodes compare the trees of the ranges they share and mend what differs
//! (paper 4.7).
//!
//! ```text
//! n1  ?      timer          every `exchange_every`, with one peer after the other
//! n1 -> n2   compare        the roots of all ranges that both keep, and what they are trees of
//! n2 -> n1   hashes         for every range whose root differs: what stands below
//! n1 -> n2   compare        and now below these nodes ...
//! n2 -> n1   hashes         ... down to the keys
//! n1  ?      disk: read     a key that differs
//! n1 -> n2   offer          "take this in, and send back what you have beyond it"
//! n2 -> n1   write          n2 had more: the same merge, the other way
//! ```
//!
//! Who asks compares and remembers; who is asked answers about its own trees and remembers nothing.
//! Both sides merge, so writes that go on meanwhile do no harm. Trees are compared only if they are
//! trees of the same ring and N (P26, P47); whoever does not keep a key is never offered it (P29).

mod repair;
mod trees;

use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

pub use trees::{Scope, Trees};

use crate::collections::{Map, Set};
use crate::effect::{Effects, Fact, Timer};
use crate::id::{Endpoint, Key, NodeId, Task, TaskKind};
use crate::merkle::{Below, Path, Tree};
use crate::message::Message;
use crate::node::Node;
use crate::node::admission::Work;
use crate::ring::Partition;
use crate::storage::EngineKind;
use crate::time::Duration;
use crate::wire::{self, Hash};

/// Nodes of trees that are asked about in one question.
const ASKED_AT_ONCE: usize = 16;
/// Keys that are mended at one time: the rest waits, so that a long repair leaves the disk and
/// the links to clients (P48).
pub const MENDED_AT_ONCE: usize = 16;
/// A peer that says nothing for as many whole periods as fill this time ends the exchange.
pub const PATIENCE: Duration = Duration::seconds(2);

/// A question: what stands below these nodes of your trees?
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compare {
    /// The exchange, and the number of the question.
    pub task: Task,
    /// What the trees are trees of.
    pub scope: Scope,
    /// Where to look.
    pub at: Places,
}

/// The nodes of trees that a question is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Places {
    /// The roots of all ranges that both keep, with the hashes of the asker. Those that are not
    /// named are empty.
    Roots(Vec<(Partition, Hash)>),
    /// Nodes below which something differs.
    Inner(Vec<(Partition, Path)>),
}

/// An answer, from whoever was asked to compare.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hashes {
    /// Names the question.
    pub task: Task,
    /// What stands there.
    pub found: Found,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Found {
    /// What stands below the nodes asked for; of roots only those that differ.
    Below(Vec<(Partition, Path, Below)>),
    /// My trees are of another ring or another N: nothing was compared.
    OtherScope(Scope),
}

/// How an exchange ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ExchangeEnd {
    /// All that differed is mended; if nothing did, the trees were equal.
    Agreed,
    /// The peer said nothing any more.
    Silent,
    /// The peer's trees are of another ring or another N.
    OtherScope,
}

impl fmt::Display for ExchangeEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ExchangeEnd::Agreed => "agreed",
            ExchangeEnd::Silent => "silent",
            ExchangeEnd::OtherScope => "other-scope",
        })
    }
}

/// What a node knows of its trees and its exchange.
#[derive(Clone, Debug, Default)]
pub struct Sync {
    trees: Trees,
    /// With whom the last exchange was.
    last: Option<NodeId>,
    /// Exchanges that have begun since the trees were built.
    begun: usize,
    /// Counts questions and repairs over the whole boot, so that no two share a name.
    firing: u32,
    running: Option<Exchange>,
    /// An exchange is to begin as soon as the trees are built.
    is_due: bool,
    /// Questions that wait for the trees.
    waiting: Map<NodeId, Compare>,
}

/// An exchange that this node has begun.
#[derive(Clone, Debug)]
struct Exchange {
    peer: NodeId,
    /// The number of the question that is open.
    open: Option<u32>,
    /// Nodes of trees that are still to be looked below.
    to_ask: Vec<(Partition, Path)>,
    /// Keys that differ and wait for their repair.
    to_mend: Vec<Key>,
    /// Keys under repair.
    mending: Set<Key>,
    /// Ticks since the peer was heard; it begins at one.
    ticks: u64,
    sum: Sum,
}

/// What an exchange has come to.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    keys: u32,
    hashes: u32,
    bytes: u32,
}

impl Sum {
    fn add(&mut self, message: &Message) {
        self.bytes += wire::bytes(message).len() as u32;
        self.hashes += match message {
            Message::Compare(Compare { at: Places::Roots(roots), .. }) => roots.len() as u32,
            Message::Hashes(Hashes { found: Found::Below(below), .. }) => {
                below.iter().map(|(_, _, below)| below.len() as u32).sum()
            }
            _ => 0,
        };
    }
}

// Whoever begins.
impl Node {
    /// Arms the first exchange, at a chance moment of the period.
    pub(super) fn schedule_exchange(&self, chance: u64, effects: &mut Effects) {
        if let Some(period) = self.config.exchange_every {
            let after = 1 + chance % period.as_micros().max(1);
            effects.arm(Timer::Exchange, Duration::micros(after));
        }
    }

    /// The period is over: the next exchange, unless one is still going on.
    pub(super) fn exchange(&mut self, effects: &mut Effects) {
        let Some(period) = self.config.exchange_every else { return };
        // Without a slice it is tried again in the next second (6.5).
        let second = Duration::seconds(1);
        if !self.take_slice(Work::Exchange, effects) {
            return effects.arm(Timer::Exchange, second.min(period));
        }
        effects.arm(Timer::Exchange, period);
        if let Some(running) = &mut self.sync.running {
            let whole_periods = running.ticks;
            running.ticks += 1;
            if whole_periods.saturating_mul(period.as_micros()) < PATIENCE.as_micros() {
                return;
            }
            self.end_exchange(ExchangeEnd::Silent, effects);
        }
        self.sync.is_due = true;
        let has_walked = self.sync.begun > 0 && self.sync.begun >= self.sync.trees.peers().len();
        if self.config.engine == EngineKind::Log && has_walked {
            self.sync.trees.expire();
        }
        if self.has_trees(effects) {
            self.begin_exchange(effects);
        }
    }

    /// Begins with the next peer, in the order of names, that shares a range in which something is
    /// held. Whoever holds nothing has nothing to offer; it is asked by those who do. Opinions play
    /// no part, so every pair is met within as many exchanges as there are peers.
    pub(super) fn begin_exchange(&mut self, effects: &mut Effects) {
        if !core::mem::take(&mut self.sync.is_due) {
            return;
        }
        let Some(peer) = self.next_peer() else { return };
        self.sync.last = Some(peer);
        self.sync.begun += 1;
        let roots = self.sync.trees.roots_shared_with(peer);
        effects.note(Fact::ExchangeBegun { with: peer, ranges: roots.len() as u32 });
        self.sync.running = Some(Exchange {
            peer,
            open: None,
            to_ask: Vec::new(),
            to_mend: Vec::new(),
            mending: Set::new(),
            ticks: 1,
            sum: Sum::default(),
        });
        self.ask(Places::Roots(roots), effects);
    }

    fn next_peer(&self) -> Option<NodeId> {
        let after = self.sync.last.unwrap_or(self.id());
        let peers = self.sync.trees.peers();
        let mut others = peers.iter().copied().filter(|peer| *peer != self.id());
        let first = others.next()?;
        Some(if first > after { first } else { others.find(|it| *it > after).unwrap_or(first) })
    }

    fn ask(&mut self, at: Places, effects: &mut Effects) {
        let scope = self.sync.trees.scope();
        let boot = self.boot;
        let firing = self.next_firing();
        let Some(running) = &mut self.sync.running else { return };
        running.open = Some(firing);
        let task = Task { boot, kind: TaskKind::Exchange(running.peer), firing };
        let message = Message::Compare(Compare { task, scope, at });
        running.sum.add(&message);
        effects.send(running.peer, message);
    }

    fn next_firing(&mut self) -> u32 {
        self.sync.firing += 1;
        self.sync.firing
    }

    /// Compares the answer with the own trees: what differs is looked into, or is a key to mend.
    pub(super) fn take_hashes(&mut self, from: Endpoint, hashes: Hashes, effects: &mut Effects) {
        let Some(running) = &mut self.sync.running else { return };
        let is_answer = Endpoint::Node(running.peer) == from
            && hashes.task.boot == self.boot
            && running.open == Some(hashes.task.firing);
        if !is_answer {
            return;
        }
        running.open = None;
        running.ticks = 0;
        let message = Message::Hashes(hashes);
        running.sum.add(&message);
        let peer = running.peer;
        let Message::Hashes(Hashes { found: Found::Below(found), .. }) = message else {
            return self.end_exchange(ExchangeEnd::OtherScope, effects);
        };
        if !self.has_trees(effects) {
            return self.end_exchange(ExchangeEnd::OtherScope, effects);
        }
        for (partition, path, below) in found {
            if !self.shares(partition, peer) {
                continue;
            }
            let difference = match self.sync.trees.of(partition) {
                Some(tree) => tree.difference(path, &below),
                None => Tree::new(self.membership.ring.range(partition)).difference(path, &below),
            };
            let Some(running) = &mut self.sync.running else { return };
            running.to_ask.extend(difference.paths.into_iter().map(|path| (partition, path)));
            running.sum.keys += difference.keys.len() as u32;
            running.to_mend.extend(difference.keys);
        }
        self.go_on_exchanging(effects);
    }

    /// Mends what is known to differ, then asks on, then ends: a long list never grows longer. An
    /// exchange does not outlive its ring.
    fn go_on_exchanging(&mut self, effects: &mut Effects) {
        if !self.has_trees(effects) {
            return self.end_exchange(ExchangeEnd::OtherScope, effects);
        }
        self.mend(effects);
        let Some(running) = &mut self.sync.running else { return };
        if running.open.is_some() || !running.to_mend.is_empty() {
            return;
        }
        if !running.to_ask.is_empty() {
            let rest = running.to_ask.len().saturating_sub(ASKED_AT_ONCE);
            let places = running.to_ask.split_off(rest);
            self.ask(Places::Inner(places), effects);
        } else if running.mending.is_empty() {
            self.end_exchange(ExchangeEnd::Agreed, effects);
        }
    }

    fn end_exchange(&mut self, end: ExchangeEnd, effects: &mut Effects) {
        let Some(Exchange { peer, sum, .. }) = self.sync.running.take() else { return };
        let Sum { keys, hashes, bytes } = sum;
        effects.note(Fact::ExchangeEnded { with: peer, end, keys, hashes, bytes });
    }
}

// Whoever is asked.
impl Node {
    /// Answers a question as soon as there are trees to answer from.
    pub(super) fn take_compare(&mut self, from: Endpoint, compare: Compare, effects: &mut Effects) {
        let Endpoint::Node(from) = from else { return };
        if self.has_trees(effects) {
            self.answer_compare(from, compare, effects);
        } else {
            self.sync.waiting.insert(from, compare);
        }
    }

    pub(super) fn answer_waiting(&mut self, effects: &mut Effects) {
        for (from, compare) in core::mem::take(&mut self.sync.waiting) {
            self.answer_compare(from, compare, effects);
        }
    }

    fn answer_compare(&mut self, from: NodeId, compare: Compare, effects: &mut Effects) {
        let Compare { task, scope, at } = compare;
        let found = if scope == self.sync.trees.scope() {
            Found::Below(match at {
                Places::Roots(roots) => self.differing_roots(from, &roots),
                Places::Inner(places) => {
                    places.into_iter().filter_map(|(at, path)| self.below(from, at, path)).collect()
                }
            })
        } else {
            Found::OtherScope(self.sync.trees.scope())
        };
        effects.send(from, Message::Hashes(Hashes { task, found }));
    }

    fn differing_roots(
        &self,
        from: NodeId,
        theirs: &[(Partition, Hash)],
    ) -> Vec<(Partition, Path, Below)> {
        let mine = self.sync.trees.roots_shared_with(from);
        let of = |roots: &[(Partition, Hash)], partition: Partition| {
            roots.iter().find(|(it, _)| *it == partition).map(|(_, root)| *root)
        };
        let all: Set<Partition> = mine.iter().chain(theirs).map(|(it, _)| *it).collect();
        all.into_iter()
            .filter(|it| of(&mine, *it) != of(theirs, *it))
            .filter_map(|it| self.below(from, it, Path::ROOT))
            .collect()
    }

    /// What stands below a node of a tree that the two share; empty where nothing is held.
    fn below(
        &self,
        peer: NodeId,
        partition: Partition,
        path: Path,
    ) -> Option<(Partition, Path, Below)> {
        let nothing = || Below::Keys(Vec::new());
        let below = self.sync.trees.of(partition).map_or_else(nothing, |tree| tree.below(path));
        self.shares(partition, peer).then_some((partition, path, below))
    }
}
