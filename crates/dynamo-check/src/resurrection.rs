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
use dynamo_sim::{EventId, Finding, Record, Status, Time, TraceEvent};

use crate::ghost::{By, Ghost};
use crate::judges::Check;
use crate::known::Known;
use crate::law::{Blow, Breaches};

/// The name in texts and links.
pub const NAME: &str = "resurrection";

/// The check.
#[derive(Clone, Debug, Default)]
pub struct Resurrection {
    /// Writes on their way: when they left, and of which key.
    writes: Map<EventId, (Time, Key)>,
    /// What keys have suffered that brings back what was erased.
    blows: Map<Key, Blow>,
    breaches: Breaches,
}

impl Resurrection {
    fn judge(&mut self, id: EventId, risen: Option<RequestId>, known: &Known) {
        let Some(put) = risen else { return };
        let key = known.ghost.key_of(put).cloned();
        let blow = key.as_ref().and_then(|key| self.blows.get(key)).copied();
        let breach = Finding {
            guilty: vec![id],
            request: Some(put),
            key,
            ..Finding::plain(NAME, Status::Violated)
        };
        self.breaches.add(&known.law, blow, breach);
    }

    /// Looks for writes that are older than a tombstone lives.
    fn follow(&mut self, id: EventId, record: &Record, life: Duration) {
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
                Some((then, key)) if now.since(then) > life => {
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
}

fn is_risen(ghost: &Ghost, dot: &Dot, sibling: &Sibling) -> bool {
    sibling.value.is_some() && ghost.is_dot_buried(sibling.request, dot)
}

/// An answer does not tell dots: of puts with two, disks are judged alone.
fn is_answer_risen(ghost: &Ghost, sibling: &Sibling) -> bool {
    let put = sibling.request;
    sibling.value.is_some() && ghost.is_buried(put) && !ghost.is_doubled(put)
}

impl Check for Resurrection {
    fn see(&mut self, id: EventId, record: &Record, known: &Known) {
        self.follow(id, record, known.law.tombstone_life());
        for change in &known.changes {
            if let By::Fault(fault) = change.by
                && fault.brings_back()
            {
                self.blows.insert(change.key.clone(), Blow::Disk(fault));
            }
            let held = known.ghost.at(&change.key, &change.place).cloned().unwrap_or_default();
            let mut risen =
                held.siblings().filter(|(dot, sibling)| is_risen(&known.ghost, dot, sibling));
            let risen = risen.next().map(|(_, sibling)| sibling.request);
            self.judge(id, risen, known);
        }
        if let TraceEvent::OperationEnded { ended: Ended::Found { siblings }, .. } = &record.event {
            let risen = siblings.iter().find(|sibling| is_answer_risen(&known.ghost, sibling));
            self.judge(id, risen.map(|sibling| sibling.request), known);
        }
    }

    fn finding(&self, _: Time, _: &Known) -> Finding {
        self.breaches.or_holds(NAME)
    }

    fn is_violated(&self) -> bool {
        self.breaches.is_violated()
    }

    fn clone_box(&self) -> Box<dyn Check> {
        Box::new(self.clone())
    }
}
