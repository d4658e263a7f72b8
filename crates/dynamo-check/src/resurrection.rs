//! **resurrection** (K12): what was deleted and erased never comes back.
//!
//! Always: once a node has erased a tombstone, no disk takes in and no answer returns a value that
//! the tombstone covers. The tombstone itself may spread once more from where it was not erased
//! yet. A put that was sent again to another node may come back with the second of its dots, if
//! whoever deleted it had not seen that one: such a put is judged dot by dot. Judged at every change
//! of a disk and every answer. Cost: siblings.

use alloc::boxed::Box;
use alloc::vec;

use dynamo_core::collections::Map;
use dynamo_core::{Dot, Duration, Key, RequestId, Sibling};
use dynamo_sim::trace::Ended;
use dynamo_sim::{EventId, Finding, Record, Setup, Status, Time, TraceEvent, Watch};

use crate::ghost::{By, Ghost};
use crate::law::{Blow, Breaches, tombstone_life};

/// The name in texts and links.
pub const NAME: &str = "resurrection";

/// The check.
#[derive(Clone, Debug)]
pub struct Resurrection {
    ghost: Ghost,
    life: Duration,
    /// Writes on their way: when they left, and of which key.
    writes: Map<EventId, (Time, Key)>,
    /// What keys have suffered that brings back what was erased.
    blows: Map<Key, Blow>,
    breaches: Breaches,
}

impl Resurrection {
    /// The check for runs with this setup.
    pub fn new(setup: &Setup) -> Self {
        Resurrection {
            ghost: Ghost::default(),
            life: setup.config.tombstone_life,
            writes: Map::new(),
            blows: Map::new(),
            breaches: Breaches::new(NAME, setup),
        }
    }

    fn judge(&mut self, id: EventId, risen: Option<RequestId>) {
        let Some(put) = risen else { return };
        let key = self.ghost.key_of(put).cloned();
        let blow = key.as_ref().and_then(|key| self.blows.get(key)).copied();
        let breach = Finding {
            guilty: vec![id],
            request: Some(put),
            key,
            ..Finding::plain(NAME, Status::Violated)
        };
        self.breaches.add(blow, breach);
    }

    /// Looks for writes that are older than a tombstone lives.
    fn follow(&mut self, id: EventId, record: &Record) {
        let now = record.moment.time;
        match &record.event {
            TraceEvent::MessageSent { message, .. } => {
                if let Some(write) = message.as_write() {
                    self.writes.insert(id, (now, write.slot.key.clone()));
                }
            }
            TraceEvent::MessageCopied { original, .. } => {
                if let Some(write) = self.writes.get(original).cloned() {
                    self.writes.insert(id, write);
                }
            }
            TraceEvent::MessageArrived { sent } => match self.writes.remove(sent) {
                Some((then, key)) if now.since(then) > self.life => {
                    self.blows.insert(key, Blow::OldWrite);
                }
                _ => {}
            },
            TraceEvent::MessageLost { sent, .. } => {
                self.writes.remove(sent);
            }
            _ => {}
        }
    }

    fn is_risen(&self, dot: &Dot, sibling: &Sibling) -> bool {
        sibling.value.is_some() && self.ghost.is_dot_buried(sibling.request, dot)
    }

    /// An answer does not tell dots: of puts with two, disks are judged alone.
    fn is_answer_risen(&self, sibling: &Sibling) -> bool {
        let put = sibling.request;
        sibling.value.is_some() && self.ghost.is_buried(put) && !self.ghost.is_doubled(put)
    }
}

impl Watch for Resurrection {
    fn name(&self) -> &'static str {
        NAME
    }

    fn see(&mut self, id: EventId, record: &Record) {
        self.breaches.see(record);
        // What was erased while tombstones had a shorter life stays erased.
        self.life = tombstone_life(record).map_or(self.life, |life| life.min(self.life));
        self.follow(id, record);
        for change in self.ghost.see(id, record) {
            if let By::Fault(fault) = change.by
                && fault.brings_back()
            {
                self.blows.insert(change.key.clone(), Blow::Disk(fault));
            }
            let held = self.ghost.at(&change.key, &change.place).cloned().unwrap_or_default();
            let mut risen = held.siblings().filter(|(dot, sibling)| self.is_risen(dot, sibling));
            let risen = risen.next().map(|(_, sibling)| sibling.request);
            self.judge(id, risen);
        }
        if let TraceEvent::OperationEnded { ended: Ended::Found { siblings }, .. } = &record.event {
            let risen = siblings.iter().find(|sibling| self.is_answer_risen(sibling));
            self.judge(id, risen.map(|sibling| sibling.request));
        }
    }

    fn finding(&self, _now: Time) -> Finding {
        self.breaches.or_holds()
    }

    fn is_violated(&self) -> bool {
        self.breaches.is_violated()
    }

    fn clone_box(&self) -> Box<dyn Watch> {
        Box::new(self.clone())
    }
}
