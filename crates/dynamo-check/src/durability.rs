//! **durability** (K1): no acknowledged write is lost.
//!
//! Always: for every put p that its client saw succeed, some disk holds p or a put that had seen
//! p. Judged at every change of a disk that drops a value. Cost: what the disks hold of the key, and
//! a bit for each of its puts.
//!
//! Where a fault destroyed the last copy, [`crate::law`] says whether the loss is counted or
//! excused.

use alloc::boxed::Box;
use dynamo_core::collections::{Map, Set};

use dynamo_core::{Key, RequestId};
use dynamo_sim::disk::DiskFault;
use dynamo_sim::trace::Ended;
use dynamo_sim::{EventId, Finding, Record, Status, Time, TraceEvent};

use crate::ghost::{By, Change, Ghost};
use crate::judges::Check;
use crate::known::Known;
use crate::law::{Blow, Breaches};

/// The name in texts and links.
pub const NAME: &str = "durability";

/// The check.
#[derive(Clone, Debug, Default)]
pub struct Durability {
    /// Puts that their clients saw succeed, with the event.
    acknowledged: Map<RequestId, EventId>,
    /// Puts, acknowledged or not, whose last copy a fault took.
    destroyed: Map<RequestId, DiskFault>,
    lost: Set<RequestId>,
    breaches: Breaches,
}

impl Durability {
    /// Remembers the puts whose last copy this change took, and forgets those that are back.
    fn follow(&mut self, change: &Change, ghost: &Ghost) {
        if self.destroyed.is_empty() && !matches!(change.by, By::Fault(_)) {
            return;
        }
        let live = ghost.live(&change.key);
        self.destroyed.retain(|put, _| !ghost.is_covered(*put, &live));
        let By::Fault(fault) = change.by else { return };
        for put in ghost.puts_of(&change.key) {
            let was_there = ghost.is_covered(put, &change.offered);
            if was_there && !ghost.is_covered(put, &live) {
                self.destroyed.insert(put, fault);
            }
        }
    }

    /// Looks for acknowledged puts of this key that no disk covers.
    fn judge(&mut self, id: EventId, key: &Key, known: &Known) {
        let live = known.ghost.live(key);
        for put in known.ghost.lost(key, &live) {
            if !self.lost.insert(put) {
                continue;
            }
            let acknowledged = self.acknowledged.get(&put).copied();
            let breach = Finding {
                guilty: [Some(id), acknowledged].into_iter().flatten().collect(),
                request: Some(put),
                key: Some(key.clone()),
                ..Finding::plain(NAME, Status::Violated)
            };
            let blow = self.destroyed.get(&put).copied().map(Blow::Disk);
            self.breaches.add(&known.law, blow, breach);
        }
    }
}

impl Check for Durability {
    fn see(&mut self, id: EventId, record: &Record, known: &Known) {
        for change in &known.changes {
            self.follow(change, &known.ghost);
            if change.offered.difference(&change.held).next().is_some() {
                self.judge(id, &change.key, known);
            }
        }
        if let TraceEvent::OperationEnded { request, ended: Ended::Stored } = &record.event
            && let Some(key) = known.ghost.key_of(*request)
        {
            self.acknowledged.insert(*request, id);
            self.judge(id, key, known);
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
