//! **identity** (K16): a name is given once.
//!
//! Always: a node names a write under the name of its own process, and the counters of one actor on
//! one key only grow; so no dot is minted twice. A put that is stored already keeps its dot. Judged
//! at every write that mints. Cost: one look-up.
//!
//! Plain clocks and stamps know nodes instead of processes. There a node that lost its disk counts
//! again from the beginning, which [`crate::law`] has counted.

use alloc::boxed::Box;
use alloc::vec;
use dynamo_core::collections::{Map, Set};

use dynamo_core::{Actor, Boot, Dot, Key, NodeId, Operation, Outcome, RequestId};
use dynamo_sim::disk::DiskFault;
use dynamo_sim::{EventId, Finding, Record, Status, Time, TraceEvent};

use crate::judges::Check;
use crate::known::Known;
use crate::law::Breaches;

/// The name in texts and links.
pub const NAME: &str = "identity";

/// The check.
#[derive(Clone, Debug, Default)]
pub struct Identity {
    asked: Map<EventId, (Key, RequestId)>,
    processes: Map<NodeId, Boot>,
    /// The last counter of every actor on a key.
    issued: Map<(Key, Actor), u64>,
    /// What every put is called.
    named: Set<(RequestId, Dot)>,
    breaches: Breaches,
}

impl Identity {
    fn is_own(&self, node: NodeId, actor: &Actor) -> bool {
        let process = self.processes.get(&node);
        *actor == Actor::named(node) || process.is_some_and(|process| *process == actor.boot)
    }

    /// A dot was given to a put; answers whether it is a new one of its actor.
    fn issue(&mut self, key: &Key, dot: Dot) -> bool {
        let last = self.issued.entry((key.clone(), dot.actor)).or_default();
        let is_new = dot.counter > *last;
        *last = dot.counter.max(*last);
        is_new
    }

    fn minted(
        &mut self,
        id: EventId,
        node: NodeId,
        (key, put): (Key, RequestId),
        dot: Dot,
        known: &Known,
    ) {
        if !self.named.insert((put, dot)) {
            return;
        }
        if !self.issue(&key, dot) || !self.is_own(node, &dot.actor) {
            let breach = Finding {
                guilty: vec![id],
                request: Some(put),
                key: Some(key),
                node: Some(node),
                ..Finding::plain(NAME, Status::Violated)
            };
            self.breaches.add(&known.law, None, breach);
        }
    }
}

impl Check for Identity {
    fn see(&mut self, id: EventId, record: &Record, known: &Known) {
        match &record.event {
            TraceEvent::NodeStarted { boot } => {
                self.processes.insert(boot.node, *boot);
            }
            TraceEvent::DiskAsked {
                operation: Operation::Update { slot, request, .. }, ..
            } => {
                self.asked.insert(id, (slot.key.clone(), *request));
            }
            TraceEvent::DiskCompleted { asked, node, outcome } => {
                let write = self.asked.remove(asked);
                if let (Some(write), Outcome::Updated { dot, .. }) = (write, outcome) {
                    self.minted(id, *node, write, *dot, known);
                }
            }
            // The write that a crash came too late for was named, though nobody was told.
            TraceEvent::DiskChanged { fault: DiskFault::Finished, slots, .. } => {
                for (slot, versions) in slots {
                    for (dot, sibling) in versions.iter().flat_map(|it| it.siblings()) {
                        self.named.insert((sibling.request, *dot));
                        self.issue(&slot.key, *dot);
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
