//! **domination** (K4a): nothing is dropped but what a later put had seen.
//!
//! Always: a disk that holds or is offered a put p and does not hold it afterwards holds a put
//! that had seen p. Judged at every change of a disk; a hint that is forgotten as a whole is
//! durability's affair. Cost: the square of the siblings.

use alloc::boxed::Box;
use alloc::vec;

use dynamo_sim::{EventId, Finding, Record, Status, Time, Watch};

use crate::ghost::{By, Ghost};

/// The name in texts and links.
pub const NAME: &str = "domination";

/// The check.
#[derive(Clone, Debug, Default)]
pub struct Domination {
    ghost: Ghost,
    violation: Option<Finding>,
}

impl Watch for Domination {
    fn name(&self) -> &'static str {
        NAME
    }

    fn see(&mut self, id: EventId, record: &Record) {
        for change in self.ghost.see(id, record) {
            if self.violation.is_some() || change.by != By::Write {
                continue;
            }
            let dropped = change.offered.difference(&change.held);
            let wrongly = dropped.copied().find(|put| !self.ghost.is_covered(*put, &change.held));
            if let Some(put) = wrongly {
                self.violation = Some(Finding {
                    guilty: vec![id],
                    request: Some(put),
                    key: Some(change.key),
                    node: Some(change.place.0),
                    ..Finding::plain(NAME, Status::Violated)
                });
            }
        }
    }

    fn finding(&self, _now: Time) -> Finding {
        self.violation.clone().unwrap_or_else(|| Finding::plain(NAME, Status::Holds))
    }

    fn clone_box(&self) -> Box<dyn Watch> {
        Box::new(self.clone())
    }
}
