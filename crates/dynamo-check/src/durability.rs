//! **durability** (K1): no acknowledged write is lost.
//!
//! Always: for every put p that its client saw succeed, some disk holds p or a put that had seen
//! p. Judged at every change of a disk that drops a value. Cost: what the disks hold of the key, and
//! a bit for each of its puts.

use alloc::boxed::Box;
use dynamo_core::collections::{Map, Set};

use dynamo_core::{Key, RequestId};
use dynamo_sim::trace::Ended;
use dynamo_sim::{EventId, Finding, Record, Status, Time, TraceEvent, Watch};

use crate::ghost::{Ghost, requests};

/// The name in texts and links.
pub const NAME: &str = "durability";

/// The check.
#[derive(Clone, Debug, Default)]
pub struct Durability {
    ghost: Ghost,
    /// Puts that their clients saw succeed, with the event.
    acknowledged: Map<RequestId, EventId>,
    violation: Option<Finding>,
}

impl Durability {
    /// Looks for an acknowledged put of this key that no disk covers.
    fn judge(&mut self, id: EventId, key: &Key) {
        let mut live = Set::new();
        for (_, versions) in self.ghost.places(key) {
            live.extend(requests(versions));
        }
        if let Some(put) = self.ghost.lost(key, &live) {
            let acknowledged = self.acknowledged.get(&put).copied();
            self.violation = Some(Finding {
                guilty: [Some(id), acknowledged].into_iter().flatten().collect(),
                request: Some(put),
                key: Some(key.clone()),
                ..Finding::plain(NAME, Status::Violated)
            });
        }
    }
}

impl Watch for Durability {
    fn name(&self) -> &'static str {
        NAME
    }

    fn see(&mut self, id: EventId, record: &Record) {
        let change = self.ghost.see(id, record);
        if self.violation.is_some() {
            return;
        }
        if let Some(change) = change {
            if change.offered.difference(&change.held).next().is_some() {
                self.judge(id, &change.key);
            }
        } else if let TraceEvent::OperationEnded { request, ended: Ended::Stored } = &record.event
            && let Some(key) = self.ghost.key_of(*request).cloned()
        {
            self.acknowledged.insert(*request, id);
            self.judge(id, &key);
        }
    }

    fn finding(&self, _now: Time) -> Finding {
        self.violation.clone().unwrap_or_else(|| Finding::plain(NAME, Status::Holds))
    }

    fn clone_box(&self) -> Box<dyn Watch> {
        Box::new(self.clone())
    }
}
