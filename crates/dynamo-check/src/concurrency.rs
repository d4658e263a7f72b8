//! **concurrency** (K4b): what stands side by side is in conflict.
//!
//! Always: of two siblings on a disk or in an answer neither had seen the other. Judged at every
//! change of a disk and every answer. Cost: the square of the siblings.

use alloc::boxed::Box;
use alloc::vec;
use dynamo_core::collections::Set;

use dynamo_core::RequestId;
use dynamo_sim::trace::Ended;
use dynamo_sim::{EventId, Finding, Record, Setup, Status, Time, TraceEvent, Watch};

use crate::ghost::Ghost;
use crate::law::Breaches;

/// The name in texts and links.
pub const NAME: &str = "concurrency";

/// The check.
#[derive(Clone, Debug)]
pub struct Concurrency {
    ghost: Ghost,
    breaches: Breaches,
}

impl Concurrency {
    /// The check for runs with this setup.
    pub fn new(setup: &Setup) -> Self {
        Concurrency { ghost: Ghost::default(), breaches: Breaches::new(NAME, setup) }
    }

    fn judge(&mut self, id: EventId, siblings: &Set<RequestId>) {
        let outdated = siblings.iter().find(|put| {
            let others = siblings.iter().filter(|other| other != put).copied().collect();
            self.ghost.is_covered(**put, &others)
        });
        if let Some(put) = outdated {
            let breach = Finding {
                guilty: vec![id],
                request: Some(*put),
                key: self.ghost.key_of(*put).cloned(),
                ..Finding::plain(NAME, Status::Violated)
            };
            self.breaches.add(None, breach);
        }
    }
}

impl Watch for Concurrency {
    fn name(&self) -> &'static str {
        NAME
    }

    fn see(&mut self, id: EventId, record: &Record) {
        for change in self.ghost.see(id, record) {
            self.judge(id, &change.held);
        }
        if let TraceEvent::OperationEnded { ended: Ended::Found { siblings }, .. } = &record.event {
            let siblings = siblings.iter().map(|sibling| sibling.request).collect();
            self.judge(id, &siblings);
        }
    }

    fn finding(&self, _now: Time) -> Finding {
        self.breaches.or_holds()
    }

    fn clone_box(&self) -> Box<dyn Watch> {
        Box::new(self.clone())
    }
}
