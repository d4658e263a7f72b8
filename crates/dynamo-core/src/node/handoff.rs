//! Hints: scanning, offering, forgetting (paper 4.6). Keeping one is a write like any other,
//! see [`super::put`].
//!
//! ```text
//! n4  ?      disk: scan     every `hint_scan_every`, and when an owner answers again
//! n4 -> n3   write          the hint travels home, to be merged
//! n3 -> n4   write-ack      n3 has stored it
//! n4  ?      disk: remove   only now, and only if the hint did not grow meanwhile
//! ```

use crate::collections::Map;

use crate::effect::{Effects, Fact, Timer};
use crate::id::{Key, NodeId, Subject, Task, TaskKind};
use crate::node::admission::Work;
use crate::node::buffer::Promise;
use crate::node::put::Write;
use crate::node::{Node, Waiting};
use crate::storage::{Operation, Outcome, Removal, Slot, Store};
use crate::time::{Duration, LocalTime};
use crate::wire::Hash;

/// The hints on their way home.
#[derive(Clone, Debug, Default)]
pub struct Handoff {
    scans: u32,
    scanning: bool,
    /// Whether the scan under way looks at replicas too, and whether it found anything.
    everything: bool,
    anything: bool,
    offers: Map<(NodeId, Key), Offer>,
}

#[derive(Clone, Debug)]
struct Offer {
    /// The scan that made it; an answer to an earlier offer says nothing about this one.
    firing: u32,
    /// What exactly was offered.
    content: Hash,
}

impl Handoff {
    pub(super) fn forget_offers(&mut self) {
        self.offers.clear();
    }

    pub(super) fn forget_offer(&mut self, owner: NodeId, key: &Key) {
        self.offers.remove(&(owner, key.clone()));
    }
}

impl Node {
    /// Arms the next scan; the first comes at a chance moment of the period, so that nodes that
    /// started together do not scan together.
    pub(super) fn schedule_hint_scan(&mut self, chance: u64, effects: &mut Effects) {
        let period = self.config.hint_scan_every.as_micros().max(1);
        effects.arm(Timer::HintScan, Duration::micros(1 + chance % period));
    }

    /// The periodic scan. An offer of the last scan that is still open means silence.
    pub(super) fn scan_hints(&mut self, now: LocalTime, effects: &mut Effects) {
        let open = core::mem::take(&mut self.handoff.offers);
        for ((owner, key), offer) in open {
            let kind = TaskKind::Handoff { owner, key };
            let task = Task { boot: self.boot, kind, firing: offer.firing };
            self.suspect(now, owner, Subject::Task(task), effects);
        }
        for (slot, open) in core::mem::take(&mut self.strays.returns) {
            for node in open.left {
                let kind = TaskKind::Return { to: node, slot: slot.clone() };
                let task = Task { boot: self.boot, kind, firing: self.handoff.scans };
                self.suspect(now, node, Subject::Task(task), effects);
            }
        }
        self.start_hint_scan(effects);
        effects.arm(Timer::HintScan, self.config.hint_scan_every);
    }

    pub(super) fn start_hint_scan(&mut self, effects: &mut Effects) {
        if !self.handoff.scanning {
            self.handoff.scanning = true;
            self.handoff.scans += 1;
            self.handoff.anything = false;
            self.handoff.everything = self.expects_strays();
            self.continue_hint_scan(None, effects);
        }
    }

    fn continue_hint_scan(&mut self, after: Option<Slot>, effects: &mut Effects) {
        let limit = self.config.hint_batch;
        let operation = match self.handoff.everything {
            true => Operation::ScanAll { after, limit },
            false => Operation::ScanHints { after, limit },
        };
        self.ask_disk(operation, Waiting::HintScan, effects);
    }

    /// Offers every hint whose owner does not seem down and has not been offered it just now, as
    /// far as there are slices (6.5); the next scan goes on.
    pub(super) fn hints_found(&mut self, outcome: Outcome, effects: &mut Effects) {
        let Outcome::Hints { found, more } = outcome else { return };
        let last = found.last().map(|(slot, _)| slot.clone());
        self.handoff.anything |= !found.is_empty();
        for (slot, versions) in found {
            let firing = self.handoff.scans;
            let Store::Hints(owner) = slot.store else {
                self.consider_replica(firing, slot, versions, effects);
                continue;
            };
            if self.reroute_hint(firing, owner, &slot, &versions, effects) {
                continue;
            }
            if self.opinions.seems_down(owner) {
                continue;
            }
            let key = slot.key;
            let content = versions.fingerprint();
            let open = self.handoff.offers.get(&(owner, key.clone()));
            if open.is_some_and(|offer| offer.content == content) {
                continue;
            }
            if !self.take_slice(Work::Hints, effects) {
                self.handoff.scanning = false;
                return;
            }
            effects.note(Fact::HintOffered { owner, key: key.clone() });
            self.handoff.offers.insert((owner, key.clone()), Offer { firing, content });
            let kind = TaskKind::Handoff { owner, key: key.clone() };
            let subject = Subject::Task(Task { boot: self.boot, kind, firing });
            let slot = Slot { store: Store::Main, key };
            let write = Write { subject, slot, versions };
            effects.send(owner, self.write_message(Promise::Stored, write));
        }
        if more {
            self.continue_hint_scan(last, effects);
        } else {
            self.handoff.scanning = false;
            if self.handoff.everything {
                self.strays_scanned(self.handoff.anything, effects);
            }
        }
    }

    /// The owner has stored the hint: it may be forgotten, and not before (INV-H1).
    pub(super) fn hint_acknowledged(&mut self, task: Task, effects: &mut Effects) {
        let TaskKind::Handoff { owner, key } = task.kind else { return };
        let at = (owner, key);
        let current = |offer: &Offer| task.boot == self.boot && offer.firing == task.firing;
        if !self.handoff.offers.get(&at).is_some_and(current) {
            return;
        }
        let Some(offer) = self.handoff.offers.remove(&at) else { return };
        let (owner, key) = at;
        effects.note(Fact::HintDelivered { owner, key: key.clone() });
        let slot = Slot { store: Store::Hints(owner), key: key.clone() };
        let operation = Operation::Remove { slot, expected: offer.content, for_good: false };
        self.ask_disk(operation, Waiting::HintRemoval { owner, key }, effects);
    }

    pub(super) fn hint_removed(
        &mut self,
        owner: NodeId,
        key: Key,
        outcome: Outcome,
        effects: &mut Effects,
    ) {
        match outcome {
            Outcome::Removal(Removal::Removed) => effects.note(Fact::HintForgotten { owner, key }),
            Outcome::Removal(Removal::Changed) => effects.note(Fact::HintGrew { owner, key }),
            _ => {}
        }
    }
}
