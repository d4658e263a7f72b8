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
use dynamo_sim::{EventId, Finding, Record, Setup, Status, Time, TraceEvent, Watch};

use crate::ghost::{By, Change, Ghost};
use crate::law::{Blow, Breaches};

/// The name in texts and links.
pub const NAME: &str = "durability";

/// The check.
#[derive(Clone, Debug)]
pub struct Durability {
    ghost: Ghost,
    /// Puts that their clients saw succeed, with the event.
    acknowledged: Map<RequestId, EventId>,
    /// Puts, acknowledged or not, whose last copy a fault took.
    destroyed: Map<RequestId, DiskFault>,
    lost: Set<RequestId>,
    breaches: Breaches,
}

impl Durability {
    /// The check for runs with this setup.
    pub fn new(setup: &Setup) -> Self {
        Durability {
            ghost: Ghost::default(),
            acknowledged: Map::new(),
            destroyed: Map::new(),
            lost: Set::new(),
            breaches: Breaches::new(NAME, setup),
        }
    }

    /// Remembers the puts whose last copy this change took, and forgets those that are back.
    fn follow(&mut self, change: &Change) {
        if self.destroyed.is_empty() && !matches!(change.by, By::Fault(_)) {
            return;
        }
        let live = self.ghost.live(&change.key);
        self.destroyed.retain(|put, _| !self.ghost.is_covered(*put, &live));
        let By::Fault(fault) = change.by else { return };
        for put in self.ghost.puts_of(&change.key) {
            let was_there = self.ghost.is_covered(put, &change.offered);
            if was_there && !self.ghost.is_covered(put, &live) {
                self.destroyed.insert(put, fault);
            }
        }
    }

    /// Looks for acknowledged puts of this key that no disk covers.
    fn judge(&mut self, id: EventId, key: &Key) {
        let live = self.ghost.live(key);
        for put in self.ghost.lost(key, &live) {
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
            self.breaches.add(blow, breach);
        }
    }
}

impl Watch for Durability {
    fn name(&self) -> &'static str {
        NAME
    }

    fn see(&mut self, id: EventId, record: &Record) {
        self.breaches.see(record);
        for change in self.ghost.see(id, record) {
            self.follow(&change);
            if change.offered.difference(&change.held).next().is_some() {
                self.judge(id, &change.key);
            }
        }
        if let TraceEvent::OperationEnded { request, ended: Ended::Stored } = &record.event
            && let Some(key) = self.ghost.key_of(*request).cloned()
        {
            self.acknowledged.insert(*request, id);
            self.judge(id, &key);
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
