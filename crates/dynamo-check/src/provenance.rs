//! **provenance** (K3): nothing is invented.
//!
//! Always: every value that a disk stores or a client is given is the value of a put that began
//! earlier, of that key; one dot names one put; and one process names a put once, however often its
//! client sends it (P37). Judged at every change of a disk and every answer. Cost: siblings.

use alloc::boxed::Box;
use alloc::vec;
use dynamo_core::collections::Map;

use dynamo_core::{Boot, Dot, Key, Outcome, RequestId, Sibling};
use dynamo_sim::trace::{Access, Ended};
use dynamo_sim::{EventId, Finding, Record, Status, Time, TraceEvent};

use crate::ghost::Ghost;
use crate::judges::Check;
use crate::known::Known;
use crate::law::Breaches;

/// The name in texts and links.
pub const NAME: &str = "provenance";

/// The check.
#[derive(Clone, Debug, Default)]
pub struct Provenance {
    named: Map<(Key, Dot), RequestId>,
    /// The dot that each process gave a put.
    given: Map<(RequestId, Boot), Dot>,
    breaches: Breaches,
}

impl Provenance {
    fn violated(&mut self, id: EventId, key: &Key, request: RequestId, known: &Known) {
        let breach = Finding {
            guilty: vec![id],
            request: Some(request),
            key: Some(key.clone()),
            ..Finding::plain(NAME, Status::Violated)
        };
        self.breaches.add(&known.law, None, breach);
    }
}

/// Whether this is the value of a put of this key.
fn is_genuine(ghost: &Ghost, key: &Key, sibling: &Sibling) -> bool {
    ghost.operation(sibling.request).is_some_and(|put| {
        let is_written =
            matches!(&put.access, Access::Put { value, .. } if *value == sibling.value);
        is_written && put.key == *key
    })
}

impl Check for Provenance {
    fn see(&mut self, id: EventId, record: &Record, known: &Known) {
        for change in &known.changes {
            let held = known.ghost.at(&change.key, &change.place).cloned().unwrap_or_default();
            for (dot, sibling) in held.siblings() {
                let name = (change.key.clone(), *dot);
                let named = *self.named.entry(name).or_insert(sibling.request);
                if named != sibling.request || !is_genuine(&known.ghost, &change.key, sibling) {
                    self.violated(id, &change.key, sibling.request, known);
                }
            }
        }
        match &record.event {
            TraceEvent::DiskCompleted { outcome: Outcome::Updated { dot, versions }, .. } => {
                let mut siblings = versions.siblings();
                let written = siblings.find(|(it, _)| *it == dot).map(|(_, it)| it.request);
                // Clocks and stamps know nodes, not processes.
                let Some(put) = written.filter(|_| dot.actor.boot.nonce != 0) else { return };
                let given = *self.given.entry((put, dot.actor.boot)).or_insert(*dot);
                if let Some(key) = known.ghost.key_of(put).filter(|_| given != *dot) {
                    self.violated(id, key, put, known);
                }
            }
            TraceEvent::OperationEnded { request, ended: Ended::Found { siblings } } => {
                let Some(key) = known.ghost.key_of_get(*request) else { return };
                for sibling in siblings {
                    if !is_genuine(&known.ghost, key, sibling) {
                        self.violated(id, key, sibling.request, known);
                    }
                }
            }
            _ => {}
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judges::Judges;
    use alloc::vec::Vec;
    use dynamo_core::{
        Actor, CausalContext, ClientId, Duration, NodeId, Operation, Slot, Store, Strictness,
        Ticket, Value, Versions,
    };
    use dynamo_sim::script::ContextChoice;
    use dynamo_sim::trace::Started;
    use dynamo_sim::{Moment, Setup};

    #[test]
    fn a_process_that_names_one_put_twice_is_noticed() {
        // No node does so, whatever is sent to it, so the events are made by hand.
        let request = RequestId { client: ClientId(1), operation: 1 };
        let key = Key::new("basket").unwrap();
        let value = Value::new("milk").unwrap();
        let (context, replaces) = (ContextChoice::None, Vec::new());
        let access = Access::Put { value: Some(value.clone()), context, replaces };
        let started = TraceEvent::OperationStarted(Started {
            request,
            key: key.clone(),
            access,
            via: Some(NodeId(1)),
            needed: 2,
            strictness: Strictness::Sloppy,
            patience: Duration::millis(250),
        });
        let boot = Boot { node: NodeId(1), nonce: 7 };
        let actor = Actor { boot, creation: 1 };
        let check: Box<dyn Check> = Box::new(Provenance::default());
        let mut judges = Judges::of(&Setup::default(), vec![check]);
        let mut see = |id, event| {
            let record = Record { moment: Moment::default(), cause: None, event };
            judges.see(EventId(id), &record);
            judges.findings(Time(0))[0].status
        };
        see(0, started);
        let mut versions = Versions::default();
        let mut written = |id: u32| {
            let sibling = Sibling { value: Some(value.clone()), request };
            let dot = versions.write(&CausalContext::default(), actor, sibling);
            let slot = Slot { store: Store::Main, key: key.clone() };
            let (context, value) = (CausalContext::default(), value.clone());
            let operation = Operation::Update { slot, context, value: Some(value), request };
            let (node, ticket, due) = (NodeId(1), Ticket(id.into()), Time(0));
            see(id, TraceEvent::DiskAsked { node, ticket, operation, due });
            let outcome = Outcome::Updated { dot, versions: versions.clone() };
            see(id + 1, TraceEvent::DiskCompleted { asked: EventId(id), node, outcome })
        };
        assert_eq!(written(1), Status::Holds);
        assert_eq!(written(3), Status::Violated);
    }
}
