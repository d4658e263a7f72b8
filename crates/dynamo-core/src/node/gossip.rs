//! Gossip: every node reconciles its history of the membership with a random peer, now and then
//! with a seed (paper 4.8.1, 4.8.2).
//!
//! ```text
//! n1  !      hears: join n6      an administrator told it
//! n1  ?      disk: keep          what is said must survive a crash: stored first, then told
//! n1 -> n4   gossip              every `gossip_every`, sooner with news: "is your history this?"
//! n4 -> n1   history             "no, this"
//! n1 -> n4   history             what n4 lacked
//! ```
//!
//! A node gossips from the first change that it knows of: before, there is nothing to tell. Who is
//! no member knows only the seeds, and reconciles with them.

use crate::shared::Shared;
use alloc::boxed::Box;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::collections::Map;
use crate::effect::{Effects, Fact, Timer};
use crate::id::{Endpoint, NodeId, Task, TaskKind};
use crate::membership::{Change, History, Membership, Stage};
use crate::message::Message;
use crate::node::{Node, Waiting};
use crate::storage::Operation;
use crate::time::{Duration, LocalTime};
use crate::wire::Hash;

/// Rounds without a seed, after which the next round is with a seed.
const ROUNDS_WITHOUT_SEED: u32 = 4;
/// News travels in this part of the period.
const HURRY: u64 = 10;

/// To a peer: is your history this one?
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    /// Names the exchange.
    pub task: Task,
    /// The hash of the sender's history.
    pub history: Hash,
}

/// A whole history, in answer to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct News {
    /// Names the exchange.
    pub task: Task,
    /// All that the sender knows.
    pub history: Shared<History>,
}

/// Where a node stands in its exchanges.
#[derive(Clone, Debug, Default)]
pub struct Gossip {
    /// What is to be believed as soon as it is stored.
    wanted: Option<Membership>,
    storing: bool,
    rounds: u32,
    since_seed: u32,
    hurried: bool,
    /// The peer of the next round, if somebody has named it.
    named: Option<NodeId>,
    /// Who waits for an answer that has to be stored first, and what they know.
    asking: Map<NodeId, (Task, Hash)>,
}

impl Node {
    /// What this process finds when it starts.
    pub(super) fn remember(&mut self, kept: Option<Shared<History>>, effects: &mut Effects) {
        let Some(kept) = kept.filter(|kept| !kept.is_empty()) else { return };
        self.membership = self.membership.with((*kept).clone());
        self.schedule_gossip(effects);
        self.follow_ring(effects);
    }

    /// Arms the next round, at a chance moment of the period, if there is anything to tell.
    pub(super) fn schedule_gossip(&mut self, effects: &mut Effects) {
        if !self.membership.history.is_empty() {
            let period = self.config.gossip_every.as_micros().max(1);
            effects.arm(Timer::Gossip, Duration::micros(1 + self.boot.nonce % period));
        }
    }

    /// An administrator orders a change.
    pub(super) fn told(&mut self, now: LocalTime, change: Change, effects: &mut Effects) {
        let me = self.id();
        let latest = self.gossip.wanted.as_ref().unwrap_or(&self.membership);
        match latest.judge(&change) {
            Err(why) => effects.note(Fact::ChangeRefused { change, why }),
            Ok(()) => {
                let mut history = (*latest.history).clone();
                history.announce(now, me, change);
                self.want(history, effects);
            }
        }
    }

    /// The newest history here, stored or about to be.
    pub(super) fn latest_history(&self) -> History {
        let latest = self.gossip.wanted.as_ref().unwrap_or(&self.membership);
        (*latest.history).clone()
    }

    /// Stores a history that holds more than the one before; once stored, it is believed and told.
    pub(super) fn want(&mut self, mut history: History, effects: &mut Effects) {
        history.see(self.id());
        let latest = self.gossip.wanted.as_ref().unwrap_or(&self.membership);
        let next = latest.with(history);
        if next.history != latest.history {
            self.gossip.wanted = Some(next);
            if !self.gossip.storing {
                self.keep_history(effects);
            }
        }
    }

    fn keep_history(&mut self, effects: &mut Effects) {
        let Some(wanted) = self.gossip.wanted.clone() else { return };
        self.gossip.storing = true;
        let history = wanted.history.clone();
        self.ask_disk(Operation::Keep { history }, Waiting::Kept(Box::new(wanted)), effects);
    }

    /// What is stored is believed from here on.
    pub(super) fn history_kept(&mut self, kept: Membership, effects: &mut Effects) {
        self.gossip.storing = false;
        let before = core::mem::replace(&mut self.membership, kept);
        if self.gossip.wanted.as_ref().is_some_and(|it| it.history != self.membership.history) {
            self.keep_history(effects);
        } else {
            self.gossip.wanted = None;
        }
        self.note_changes(&before, effects);
        if !core::mem::replace(&mut self.gossip.hurried, true) {
            let soon = Duration::micros(1 + self.config.gossip_every.as_micros() / HURRY);
            effects.arm(Timer::Gossip, soon);
        }
        if before.ring != self.membership.ring || !same_work(&before, &self.membership) {
            self.follow_ring(effects);
        }
        for (peer, (task, known)) in core::mem::take(&mut self.gossip.asking) {
            if self.membership.history.hash() != known {
                self.send_history(peer, task, effects);
            }
        }
    }

    fn note_changes(&self, before: &Membership, effects: &mut Effects) {
        for (stamp, entry) in self.membership.history.iter() {
            let stage = before.history.get(stamp).map(|entry| &entry.stage);
            let change = || entry.change.clone();
            if stage.is_none() {
                effects.note(Fact::ChangeHeard { change: change() });
            }
            match (stage, &entry.stage) {
                (None | Some(Stage::Announced(_)), Stage::Agreed(_)) => {
                    effects.note(Fact::ChangeAgreed { change: change() });
                }
                (None | Some(Stage::Announced(_) | Stage::Agreed(_)), Stage::InEffect) => {
                    let epoch = self.membership.ring.epoch();
                    effects.note(Fact::ChangeInEffect { change: change(), epoch });
                }
                _ => {}
            }
        }
    }

    /// The periodic round.
    pub(super) fn gossip(&mut self, chance: u64, effects: &mut Effects) {
        self.gossip.hurried = false;
        effects.arm(Timer::Gossip, self.config.gossip_every);
        if let Some(peer) = self.peer(chance) {
            self.ask_history(peer, effects);
        }
    }

    /// An administrator names the peer of the next round.
    pub(super) fn gossip_with(&mut self, peer: NodeId) {
        self.gossip.named = Some(peer);
    }

    /// The peer that was named, or a random one; a seed, if none was met for some rounds.
    fn peer(&mut self, chance: u64) -> Option<NodeId> {
        let me = self.id();
        let others = |all: &mut dyn Iterator<Item = NodeId>| -> Vec<NodeId> {
            all.filter(|node| *node != me).collect()
        };
        let seeds = others(&mut self.config.seeds.iter().copied());
        let known = if self.membership.ring.member(me).is_some() {
            others(&mut self.membership.audience().into_iter())
        } else {
            seeds.clone()
        };
        let pick = |from: &[NodeId], chance: u64| {
            let index = chance.checked_rem(from.len() as u64)?;
            from.get(index as usize).copied()
        };
        let mut peer = pick(&known, chance);
        if self.gossip.since_seed >= ROUNDS_WITHOUT_SEED {
            peer = pick(&seeds, chance >> 32).or(peer);
        }
        let peer = self.gossip.named.take().or(peer);
        let is_seed = peer.is_some_and(|peer| seeds.contains(&peer));
        self.gossip.since_seed = if is_seed { 0 } else { self.gossip.since_seed + 1 };
        peer
    }

    pub(super) fn ask_history(&mut self, peer: NodeId, effects: &mut Effects) {
        self.gossip.rounds += 1;
        let kind = TaskKind::Gossip(peer);
        let task = Task { boot: self.boot, kind, firing: self.gossip.rounds };
        let history = self.membership.history.hash();
        effects.send(peer, Message::Gossip(Digest { task, history }));
    }

    /// Whoever asks for something and is no member as far as is known here is told so (P33).
    pub(super) fn greet(&mut self, from: NodeId, effects: &mut Effects) {
        let is_known = self.membership.history.is_empty()
            || self.membership.ring.member(from).is_some()
            || self.membership.participants().contains(&from);
        if !is_known {
            self.ask_history(from, effects);
        }
    }

    fn send_history(&mut self, to: NodeId, task: Task, effects: &mut Effects) {
        let history = self.membership.history.clone();
        effects.send(to, Message::History(News { task, history }));
    }

    pub(super) fn take_digest(&mut self, from: Endpoint, digest: Digest, effects: &mut Effects) {
        let Endpoint::Node(from) = from else { return };
        if digest.history != self.membership.history.hash() {
            self.send_history(from, digest.task, effects);
        }
    }

    /// Takes in what a peer knows, and answers with what it lacks once that is stored.
    pub(super) fn take_history(&mut self, from: Endpoint, news: News, effects: &mut Effects) {
        let Endpoint::Node(from) = from else { return };
        let mut history = self.latest_history();
        history.merge(&news.history);
        self.want(history, effects);
        if news.task.boot == self.boot {
            let known = news.history.hash();
            if self.gossip.storing {
                self.gossip.asking.insert(from, (news.task, known));
            } else if self.membership.history.hash() != known {
                self.send_history(from, news.task, effects);
            }
        }
    }
}

/// Whether the change under way asks the same of everybody.
fn same_work(before: &Membership, now: &Membership) -> bool {
    let work = |it: &Membership| it.agreed().map(|it| (it.stamp, it.removals, it.moves.clone()));
    work(before) == work(now)
}
