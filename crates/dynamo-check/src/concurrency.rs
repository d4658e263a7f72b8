//! **concurrency** (K4b): what stands side by side is in conflict.
//!
//! Always: of two siblings on a disk or in an answer neither had seen the other. Judged at every
//! change of a disk and every answer. Cost: the square of the siblings.
//!
//! A put that its client sent again may have a dot from each of two coordinators. Whoever replaces
//! one of them need not have seen the other, so of such a put each dot is judged by itself: no
//! sibling beside it was written with a context that covers it.

use alloc::boxed::Box;
use alloc::vec;
use dynamo_core::collections::Set;

use dynamo_core::RequestId;
use dynamo_sim::trace::Ended;
use dynamo_sim::{EventId, Finding, Record, Setup, Status, Time, TraceEvent, Watch};

use crate::ghost::{Change, Ghost};
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
        let once = siblings.iter().filter(|put| !self.ghost.is_doubled(**put));
        let outdated = once.copied().find(|put: &RequestId| {
            let others = siblings.iter().filter(|other| *other != put).copied().collect();
            self.ghost.is_covered(*put, &others)
        });
        self.blame(id, outdated);
    }

    /// Looks for a dot of a doubled put beside a sibling whose writer had seen it.
    fn judge_doubled(&mut self, id: EventId, change: &Change) {
        let Some(held) = self.ghost.at(&change.key, &change.place) else { return };
        let mut doubled = held.siblings().filter(|(_, it)| self.ghost.is_doubled(it.request));
        let outdated = doubled.find(|(dot, _)| self.ghost.has_seen(held, dot));
        let outdated = outdated.map(|(_, it)| it.request);
        self.blame(id, outdated);
    }

    fn blame(&mut self, id: EventId, outdated: Option<RequestId>) {
        let Some(put) = outdated else { return };
        let breach = Finding {
            guilty: vec![id],
            request: Some(put),
            key: self.ghost.key_of(put).cloned(),
            ..Finding::plain(NAME, Status::Violated)
        };
        self.breaches.add(None, breach);
    }
}

impl Watch for Concurrency {
    fn name(&self) -> &'static str {
        NAME
    }

    fn see(&mut self, id: EventId, record: &Record) {
        self.breaches.see(record);
        for change in self.ghost.see(id, record) {
            self.judge(id, &change.held);
            self.judge_doubled(id, &change);
        }
        if let TraceEvent::OperationEnded { ended: Ended::Found { siblings }, .. } = &record.event {
            let siblings = siblings.iter().map(|sibling| sibling.request).collect();
            self.judge(id, &siblings);
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
