//! **liveness** (K14): every operation ends.
//!
//! Eventually: an operation ends (ok, certainly failed or unknown) within its client's patience.
//! Cost: open operations.

use alloc::boxed::Box;
use alloc::vec;
use dynamo_core::collections::Map;

use dynamo_core::RequestId;
use dynamo_sim::{EventId, Finding, Record, Status, Time, TraceEvent};

use crate::judges::Check;
use crate::known::Known;

/// The name in texts and links.
pub const NAME: &str = "liveness";

/// The check.
#[derive(Clone, Debug, Default)]
pub struct Liveness {
    /// Operations that have not ended: when each must, and the event that began it.
    open: Map<RequestId, (Time, EventId)>,
    late: Option<Finding>,
}

fn overdue(request: RequestId, began: EventId) -> Finding {
    Finding {
        guilty: vec![began],
        request: Some(request),
        ..Finding::plain(NAME, Status::Violated)
    }
}

impl Check for Liveness {
    fn see(&mut self, id: EventId, record: &Record, _: &Known) {
        match &record.event {
            TraceEvent::OperationStarted(started) => {
                let due = record.moment.time + started.patience;
                self.open.insert(started.request, (due, id));
            }
            TraceEvent::OperationEnded { request, .. } => {
                if let Some((due, began)) = self.open.remove(request)
                    && record.moment.time > due
                {
                    self.late.get_or_insert(overdue(*request, began));
                }
            }
            _ => {}
        }
    }

    fn finding(&self, now: Time, _: &Known) -> Finding {
        let open = self.open.iter().find(|(_, (due, _))| *due < now);
        let open = open.map(|(request, (_, began))| overdue(*request, *began));
        self.late.clone().or(open).unwrap_or_else(|| Finding::plain(NAME, Status::Holds))
    }

    fn is_violated(&self) -> bool {
        self.late.is_some()
    }

    fn clone_box(&self) -> Box<dyn Check> {
        Box::new(self.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judges::Judges;
    use dynamo_core::{ClientId, Duration, Key, NodeId, NotFound, Strictness};
    use dynamo_sim::trace::{Access, Started};
    use dynamo_sim::{Moment, Setup};

    #[test]
    fn an_operation_that_does_not_end_in_time_is_noticed() {
        // No world leaves an operation open, so the event is made by hand.
        let started = Started {
            request: RequestId { client: ClientId(1), operation: 1 },
            key: Key::new("basket").unwrap(),
            access: Access::Get { not_found: NotFound::Counts },
            via: Some(NodeId(1)),
            needed: 2,
            strictness: Strictness::Sloppy,
            patience: Duration::millis(250),
        };
        let event = TraceEvent::OperationStarted(started);
        let check: Box<dyn Check> = Box::new(Liveness::default());
        let mut judges = Judges::of(&Setup::default(), vec![check]);
        judges.see(EventId(0), &Record { moment: Moment::default(), cause: None, event });
        assert_eq!(judges.findings(Time(250_000))[0].status, Status::Holds);
        assert_eq!(judges.findings(Time(250_001))[0].status, Status::Violated);
    }
}
