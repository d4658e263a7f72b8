//! Moving ranges to their new owners (paper 4.9).
//!
//! ```text
//! n2 -> n6   range-offer    n2 loses ranges to n6: shall I?
//! n6 -> n2   range-confirm  yes: each (range, giver, taker) once
//! n2  ?      disk: scan     n2 copies while it goes on serving
//! n2 -> n6   write          key by key, merged like any other write
//! n6 -> n2   write-ack      stored
//! n2  ?      disk: scan     now n2 answers for these ranges no more, and copies the rest
//! n2  !      has given      told by gossip; when all have given, the change is in effect
//! ```
//!
//! The new owner takes the place of the old one: it has all that the old one ever acknowledged,
//! and the old one stops before the new one counts. So R + W > N holds whatever ring a coordinator
//! believes in: an old owner that is asked answers that the key is not its own.

use serde::{Deserialize, Serialize};

use crate::collections::{Map, Set};
use crate::effect::{Effects, Fact, Timer};
use crate::id::{Endpoint, Key, NodeId, Subject, Task, TaskKind};
use crate::membership::{Pending, Stage, Stamp};
use crate::message::Message;
use crate::node::admission::Work;
use crate::node::buffer::Promise;
use crate::node::put::Write;
use crate::node::{Node, Waiting};
use crate::storage::{Operation, Outcome, Slot, Store};
use crate::wire::Hash;

/// To a new owner: shall I give you these ranges? And its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RangeOffer {
    /// Names the exchange.
    pub task: Task,
    /// The change by which it owns them.
    pub change: Stamp,
    /// How many ranges.
    pub ranges: u32,
}

/// What a node gives and takes for the change under way.
#[derive(Clone, Debug, Default)]
pub struct Transfer {
    giving: Option<Giving>,
    /// Counts offers, keys and passes of this boot, so that no two share a name.
    count: u32,
    /// Givers whose ranges this node has said it wants.
    confirmed: Set<(Stamp, NodeId)>,
}

impl Transfer {
    /// Whether ranges are being given.
    pub(super) fn is_giving(&self) -> bool {
        self.giving.is_some()
    }
}

#[derive(Clone, Debug)]
struct Giving {
    change: Stamp,
    step: Step,
    /// Takers that have not confirmed.
    unconfirmed: Set<NodeId>,
    /// What the takers have stored.
    has: Map<(NodeId, Key), Hash>,
    /// What was sent and is not acknowledged.
    open: Map<(NodeId, Key), (u32, Hash)>,
    /// Names the pass over the disk; an answer to an earlier one says nothing.
    pass: u32,
    /// Where the pass goes on; nothing if it is at its end.
    rest: Option<Slot>,
    scanning: bool,
    /// Whether anything was heard since the last tick.
    moved: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// The takers are asked.
    Asking,
    /// All is copied once, while this node serves.
    Copying,
    /// The rest is copied; this node serves these ranges no more.
    Last,
    /// All is given; that is being stored.
    Done,
}

impl Giving {
    fn new(change: Stamp, takers: Set<NodeId>) -> Self {
        Giving {
            change,
            step: Step::Asking,
            unconfirmed: takers,
            has: Map::new(),
            open: Map::new(),
            pass: 0,
            rest: None,
            scanning: false,
            moved: false,
        }
    }

    /// Whether the first copy goes on once background work may.
    fn waits_for_slice(&self) -> bool {
        let is_idle = !self.scanning && self.open.is_empty();
        self.step == Step::Copying && is_idle && self.rest.is_some()
    }
}

/// To whom a node gives ranges.
fn takers(pending: &Pending, source: NodeId) -> Set<NodeId> {
    pending.moves.keys().filter(|(from, _)| *from == source).map(|(_, taker)| *taker).collect()
}

// The giver.
impl Node {
    /// What this node is to give changes with the ring.
    pub(super) fn follow_transfer(&mut self, effects: &mut Effects) {
        effects.disarm(Timer::Transfer);
        self.transfer.giving = None;
        let me = self.id();
        let Some(pending) = self.membership.agreed().cloned() else { return };
        let takers = takers(&pending, me);
        if takers.is_empty() || pending.given.contains(&me) {
            return;
        }
        for to in &takers {
            let ranges = pending.moves.get(&(me, *to)).copied().unwrap_or_default();
            effects.note(Fact::RangesOffered { to: *to, ranges });
        }
        self.transfer.giving = Some(Giving::new(pending.stamp, takers));
        self.offer_ranges(effects);
        effects.arm(Timer::Transfer, self.config.transfer_retry);
    }

    fn offer_ranges(&mut self, effects: &mut Effects) {
        let me = self.id();
        let Some(pending) = self.membership.agreed().cloned() else { return };
        let Some(giving) = &self.transfer.giving else { return };
        for to in giving.unconfirmed.iter() {
            self.transfer.count += 1;
            let kind = TaskKind::Ranges(*to);
            let task = Task { boot: self.boot, kind, firing: self.transfer.count };
            let ranges = pending.moves.get(&(me, *to)).copied().unwrap_or_default();
            let offer = RangeOffer { task, change: pending.stamp, ranges };
            effects.send(*to, Message::RangeOffer(offer));
        }
    }

    pub(super) fn take_range_confirm(
        &mut self,
        from: Endpoint,
        offer: RangeOffer,
        effects: &mut Effects,
    ) {
        let (Endpoint::Node(from), Some(giving)) = (from, &mut self.transfer.giving) else {
            return;
        };
        if offer.task.boot != self.boot || offer.change != giving.change {
            return;
        }
        giving.moved = true;
        if giving.unconfirmed.remove(&from)
            && giving.unconfirmed.is_empty()
            && giving.step == Step::Asking
        {
            giving.step = Step::Copying;
            self.begin_pass(effects);
        }
    }

    fn begin_pass(&mut self, effects: &mut Effects) {
        self.transfer.count += 1;
        let Some(giving) = &mut self.transfer.giving else { return };
        giving.pass = self.transfer.count;
        self.continue_pass(None, effects);
    }

    fn continue_pass(&mut self, after: Option<Slot>, effects: &mut Effects) {
        let limit = self.config.hint_batch;
        let Some(giving) = &mut self.transfer.giving else { return };
        giving.scanning = true;
        let waiting = Waiting::TransferScan(giving.pass);
        self.ask_disk(Operation::ScanAll { after, limit }, waiting, effects);
    }

    /// Sends what the takers do not have as it is now.
    pub(super) fn keys_to_give(&mut self, pass: u32, outcome: Outcome, effects: &mut Effects) {
        let Outcome::Hints { found, more } = outcome else { return };
        if self.transfer.giving.as_ref().is_none_or(|giving| giving.pass != pass) {
            return;
        }
        let last = found.last().map(|(slot, _)| slot.clone());
        let rest = last.filter(|slot| more && slot.store == Store::Main);
        let me = self.id();
        for (slot, versions) in found {
            if slot.store != Store::Main {
                break;
            }
            let content = versions.fingerprint();
            for to in self.membership.takers(me, &slot.key) {
                let Some(giving) = &mut self.transfer.giving else { return };
                let at = (to, slot.key.clone());
                if giving.has.get(&at) == Some(&content) {
                    continue;
                }
                self.transfer.count += 1;
                giving.open.insert(at, (self.transfer.count, content));
                let kind = TaskKind::Transfer { to, key: slot.key.clone() };
                let task = Task { boot: self.boot, kind, firing: self.transfer.count };
                let subject = Subject::Task(task);
                let write = Write { subject, slot: slot.clone(), versions: versions.clone() };
                effects.send(to, self.write_message(Promise::Stored, write));
            }
        }
        if let Some(giving) = &mut self.transfer.giving {
            (giving.rest, giving.scanning, giving.moved) = (rest, false, true);
        }
        self.go_on_giving(effects);
    }

    /// A taker has stored a key.
    pub(super) fn key_taken(&mut self, task: Task, effects: &mut Effects) {
        let TaskKind::Transfer { to, key } = task.kind else { return };
        let Some(giving) = &mut self.transfer.giving else { return };
        let at = (to, key);
        let Some((firing, content)) = giving.open.get(&at).copied() else { return };
        if task.boot == self.boot && task.firing == firing {
            giving.open.remove(&at);
            giving.has.insert(at, content);
            giving.moved = true;
            self.go_on_giving(effects);
        }
    }

    fn go_on_giving(&mut self, effects: &mut Effects) {
        let me = self.id();
        let Some(giving) = &mut self.transfer.giving else { return };
        if giving.scanning || !giving.open.is_empty() {
            return;
        }
        if giving.rest.is_some() {
            // Nobody waits for the first copy: without a slice (6.5) a later tick goes on.
            if giving.step == Step::Copying && !self.take_slice(Work::Transfer, effects) {
                return;
            }
            let rest = self.transfer.giving.as_mut().and_then(|giving| giving.rest.take());
            return self.continue_pass(rest, effects);
        }
        match giving.step {
            Step::Asking | Step::Done => {}
            Step::Copying => {
                giving.step = Step::Last;
                self.begin_pass(effects);
            }
            Step::Last => {
                giving.step = Step::Done;
                let (change, keys) = (giving.change, giving.has.len() as u32);
                effects.note(Fact::RangesGiven { keys });
                let removals = self.membership.agreed().map_or(0, |pending| pending.removals);
                let mut history = self.latest_history();
                history.give(change, me, removals);
                self.want(history, effects);
            }
        }
    }

    /// Whoever waits for a slice goes on. Where nothing was heard, all takers are asked again; meanwhile this node serves. What they
    /// have said that they have is not sent again.
    pub(super) fn transfer_tick(&mut self, effects: &mut Effects) {
        let me = self.id();
        let Some(giving) = &mut self.transfer.giving else { return };
        effects.arm(Timer::Transfer, self.config.transfer_retry);
        let moved = core::mem::take(&mut giving.moved);
        if giving.waits_for_slice() {
            return self.go_on_giving(effects);
        }
        if giving.step == Step::Done || (moved && giving.step != Step::Asking) {
            return;
        }
        if giving.step != Step::Asking {
            let pending = self.membership.agreed();
            let all = pending.map(|it| takers(it, me)).unwrap_or_default();
            let (change, has) = (giving.change, core::mem::take(&mut giving.has));
            *giving = Giving { has, ..Giving::new(change, all) };
        }
        self.offer_ranges(effects);
    }

    /// Whether this node has stopped to answer for a key that it gives away.
    pub(super) fn is_giving_up(&self, key: &Key) -> bool {
        let me = self.id();
        let Some(pending) = self.membership.agreed() else { return false };
        let last = |giving: &Giving| matches!(giving.step, Step::Last | Step::Done);
        let entry = self.membership.history.get(&pending.stamp);
        let given = entry.is_some_and(|entry| match &entry.stage {
            Stage::Agreed(given) => given.contains_key(&me),
            Stage::Announced(_) | Stage::InEffect => false,
        });
        (given || self.transfer.giving.as_ref().is_some_and(last)) && self.membership.loses(me, key)
    }
}

// The taker.
impl Node {
    /// Confirms once that it wants the ranges; an offer that comes again gets the same answer.
    /// Whoever has not heard that the change is agreed asks what the giver knows; the offer comes
    /// again.
    pub(super) fn take_range_offer(
        &mut self,
        from: Endpoint,
        offer: RangeOffer,
        effects: &mut Effects,
    ) {
        let Endpoint::Node(giver) = from else { return };
        let me = self.id();
        let pending = self.membership.agreed().filter(|it| it.stamp == offer.change);
        let Some(pending) = pending else { return self.ask_history(giver, effects) };
        let Some(ranges) = pending.moves.get(&(giver, me)).copied() else { return };
        if self.transfer.confirmed.insert((offer.change, giver)) {
            effects.note(Fact::RangesConfirmed { from: giver, ranges });
        }
        effects.send(giver, Message::RangeConfirm(offer));
    }
}
