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
use dynamo_sim::{EventId, Finding, Record, Status, Time, TraceEvent};

use crate::ghost::Change;
use crate::judges::Check;
use crate::known::Known;
use crate::law::Breaches;

/// The name in texts and links.
pub const NAME: &str = "concurrency";

/// The check.
#[derive(Clone, Debug, Default)]
pub struct Concurrency {
    breaches: Breaches,
}

impl Concurrency {
    fn judge(&mut self, id: EventId, siblings: &Set<RequestId>, known: &Known) {
        let once = siblings.iter().filter(|put| !known.ghost.is_doubled(**put));
        let outdated = once.copied().find(|put: &RequestId| {
            let others = siblings.iter().filter(|other| *other != put).copied().collect();
            known.ghost.is_covered(*put, &others)
        });
        self.blame(id, outdated, known);
    }

    /// Looks for a dot of a doubled put beside a sibling whose writer had seen it.
    fn judge_doubled(&mut self, id: EventId, change: &Change, known: &Known) {
        let Some(held) = known.ghost.at(&change.key, &change.place) else { return };
        let mut doubled = held.siblings().filter(|(_, it)| known.ghost.is_doubled(it.request));
        let outdated = doubled.find(|(dot, _)| known.ghost.has_seen(held, dot));
        let outdated = outdated.map(|(_, it)| it.request);
        self.blame(id, outdated, known);
    }

    fn blame(&mut self, id: EventId, outdated: Option<RequestId>, known: &Known) {
        let Some(put) = outdated else { return };
        let breach = Finding {
            guilty: vec![id],
            request: Some(put),
            key: known.ghost.key_of(put).cloned(),
            ..Finding::plain(NAME, Status::Violated)
        };
        self.breaches.add(&known.law, None, breach);
    }
}

impl Check for Concurrency {
    fn see(&mut self, id: EventId, record: &Record, known: &Known) {
        for change in &known.changes {
            self.judge(id, &change.held, known);
            self.judge_doubled(id, change, known);
        }
        if let TraceEvent::OperationEnded { ended: Ended::Found { siblings }, .. } = &record.event {
            let siblings = siblings.iter().map(|sibling| sibling.request).collect();
            self.judge(id, &siblings, known);
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
