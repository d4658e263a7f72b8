//! **metadata** (K9): what is kept beside values is bounded by who wrote, not by who asked.
//!
//! Always: a set on a disk knows of no write that was never named: every actor in its context is a
//! process that coordinated a put of this key, with no counter beyond its last. So a context is as
//! long as there were such processes, however many clients came, and there are no more siblings than
//! writes. With plain clocks no clock has more pairs than `clock-pairs` (4.4). Judged at every
//! change of a disk. Cost: the actors of the context.

use alloc::boxed::Box;
use alloc::vec;
use dynamo_core::collections::Map;

use dynamo_core::versions::Mark;
use dynamo_core::{Key, Operation, Outcome, VectorClock, Versions};
use dynamo_sim::disk::DiskFault;
use dynamo_sim::{EventId, Finding, Record, Setup, Status, Time, TraceEvent};

use crate::judges::Check;
use crate::known::Known;
use crate::law::Breaches;

/// The name in texts and links.
pub const NAME: &str = "metadata";

/// The check.
#[derive(Clone, Debug)]
pub struct Metadata {
    most_pairs: usize,
    /// Keys of the writes that were asked for, and of what was to be taken in.
    asked: Map<EventId, Key>,
    /// For every key the last counter of every actor.
    named: Map<Key, VectorClock>,
    breaches: Breaches,
}

impl Metadata {
    /// The check for runs with this setup.
    pub fn new(setup: &Setup) -> Self {
        Metadata {
            most_pairs: setup.config.clock_pairs.into(),
            asked: Map::new(),
            named: Map::new(),
            breaches: Breaches::default(),
        }
    }

    fn judge(&mut self, id: EventId, key: &Key, held: &Versions, known: &Known) {
        let named = self.named.entry(key.clone()).or_default();
        let context = held.context();
        let is_known = |actor| context.highest(actor) <= named.counter(actor);
        let is_short = |mark| match mark {
            Mark::Clock(clock) => VectorClock::len(clock) <= self.most_pairs,
            Mark::Dot(_) | Mark::Stamp(_) => true,
        };
        let are_known = context.actors().iter().all(is_known);
        if !are_known || !held.siblings().all(|(dot, _)| is_short(held.mark(dot))) {
            let breach = Finding {
                guilty: vec![id],
                key: Some(key.clone()),
                ..Finding::plain(NAME, Status::Violated)
            };
            self.breaches.add(&known.law, None, breach);
        }
    }

    fn name_all(&mut self, key: &Key, versions: &Versions) {
        let named = self.named.entry(key.clone()).or_default();
        for (dot, _) in versions.siblings() {
            named.raise(dot.actor, dot.counter);
        }
    }
}

impl Check for Metadata {
    fn see(&mut self, id: EventId, record: &Record, known: &Known) {
        match &record.event {
            TraceEvent::DiskAsked {
                operation: Operation::Update { slot, .. } | Operation::Merge { slot, .. },
                ..
            } => {
                self.asked.insert(id, slot.key.clone());
            }
            TraceEvent::DiskCompleted { asked, outcome, .. } => {
                let Some(key) = self.asked.remove(asked) else { return };
                match outcome {
                    Outcome::Updated { dot, versions } => {
                        let named = self.named.entry(key.clone()).or_default();
                        named.raise(dot.actor, dot.counter);
                        self.judge(id, &key, versions, known);
                    }
                    Outcome::Merged { versions, .. } => {
                        self.judge(id, &key, versions, known);
                    }
                    _ => {}
                }
            }
            TraceEvent::DiskChanged { fault, slots, .. } => {
                for (slot, versions) in slots {
                    let Some(versions) = versions else { continue };
                    if *fault == DiskFault::Finished {
                        self.name_all(&slot.key, versions);
                    }
                    self.judge(id, &slot.key, versions, known);
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
