//! **durability** (K1): no acknowledged write is lost.
//!
//! Always: for every put p that its client saw succeed, some disk holds p or a put that had seen
//! p. Judged at every change of a disk. Cost: acknowledged puts of the key, at changes that drop
//! a value.

use alloc::boxed::Box;
use alloc::vec;
use dynamo_core::collections::Set;

use dynamo_core::Key;
use dynamo_sim::{EventId, Finding, Record, Status, Time, TraceEvent, Watch};

use crate::ghost::{Ghost, requests};

/// The name in texts and links.
pub const NAME: &str = "durability";

/// The check.
#[derive(Clone, Debug, Default)]
pub struct Durability {
    ghost: Ghost,
    violation: Option<Finding>,
}

impl Durability {
    /// Looks for an acknowledged put of this key that no disk covers.
    fn judge(&mut self, id: EventId, key: &Key) {
        let mut live = Set::new();
        for (_, versions) in self.ghost.places(key) {
            live.extend(requests(versions));
        }
        let lost = self.ghost.acknowledged.iter().find(|(put, _)| {
            self.ghost.key_of(**put) == Some(key) && !self.ghost.is_covered(**put, &live)
        });
        if let Some((put, acknowledged)) = lost {
            self.violation = Some(Finding {
                guilty: vec![id, *acknowledged],
                request: Some(*put),
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
        } else if let TraceEvent::OperationEnded { request, .. } = &record.event
            && self.ghost.acknowledged.contains_key(request)
            && let Some(key) = self.ghost.key_of(*request).cloned()
        {
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
