//! **provenance** (K3): nothing is invented.
//!
//! Always: every value that a disk stores or a client is given is the value of a put that began
//! earlier, of that key; one dot names one put; and one process names a put once, however often its
//! client sends it (P37). Judged at every change of a disk and every answer. Cost: siblings.

use alloc::boxed::Box;
use alloc::vec;
use dynamo_core::collections::Map;

use dynamo_core::{Boot, Dot, Key, Outcome, RequestId, Sibling, Value};
use dynamo_sim::trace::{Access, Ended};
use dynamo_sim::{EventId, Finding, Record, Setup, Status, Time, TraceEvent, Watch};

use crate::ghost::Ghost;
use crate::law::Breaches;

/// The name in texts and links.
pub const NAME: &str = "provenance";

/// The check.
#[derive(Clone, Debug)]
pub struct Provenance {
    ghost: Ghost,
    written: Map<RequestId, (Key, Option<Value>)>,
    read: Map<RequestId, Key>,
    named: Map<(Key, Dot), RequestId>,
    /// The dot that each process gave a put.
    given: Map<(RequestId, Boot), Dot>,
    breaches: Breaches,
}

impl Provenance {
    /// The check for runs with this setup.
    pub fn new(setup: &Setup) -> Self {
        Provenance {
            ghost: Ghost::default(),
            written: Map::new(),
            read: Map::new(),
            named: Map::new(),
            given: Map::new(),
            breaches: Breaches::new(NAME, setup),
        }
    }

    fn violated(&mut self, id: EventId, key: &Key, request: RequestId) {
        let breach = Finding {
            guilty: vec![id],
            request: Some(request),
            key: Some(key.clone()),
            ..Finding::plain(NAME, Status::Violated)
        };
        self.breaches.add(None, breach);
    }

    fn is_genuine(&self, key: &Key, sibling: &Sibling) -> bool {
        self.written
            .get(&sibling.request)
            .is_some_and(|(of, value)| of == key && *value == sibling.value)
    }
}

impl Watch for Provenance {
    fn name(&self) -> &'static str {
        NAME
    }

    fn see(&mut self, id: EventId, record: &Record) {
        self.breaches.see(record);
        for change in self.ghost.see(id, record) {
            let held = self.ghost.at(&change.key, &change.place).cloned().unwrap_or_default();
            for (dot, sibling) in held.siblings() {
                let name = (change.key.clone(), *dot);
                let named = *self.named.entry(name).or_insert(sibling.request);
                if named != sibling.request || !self.is_genuine(&change.key, sibling) {
                    self.violated(id, &change.key, sibling.request);
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
                if let Some(key) = self.ghost.key_of(put).cloned().filter(|_| given != *dot) {
                    self.violated(id, &key, put);
                }
            }
            TraceEvent::OperationStarted(started) => match &started.access {
                Access::Put { value, .. } => {
                    let written = (started.key.clone(), value.clone());
                    self.written.insert(started.request, written);
                }
                Access::Get { .. } => {
                    self.read.insert(started.request, started.key.clone());
                }
            },
            TraceEvent::OperationEnded { request, ended: Ended::Found { siblings } } => {
                let Some(key) = self.read.remove(request) else { return };
                for sibling in siblings {
                    if !self.is_genuine(&key, sibling) {
                        self.violated(id, &key, sibling.request);
                    }
                }
            }
            _ => {}
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

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use dynamo_core::{
        Actor, CausalContext, ClientId, Duration, NodeId, Operation, Slot, Store, Strictness,
        Ticket, Versions,
    };
    use dynamo_sim::Moment;
    use dynamo_sim::script::ContextChoice;
    use dynamo_sim::trace::Started;

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
        let mut check = Provenance::new(&Setup::default());
        let mut see = |id, event| {
            let record = Record { moment: Moment::default(), cause: None, event };
            check.see(EventId(id), &record);
            check.finding(Time(0)).status
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
