//! **register** (K17): does the store look like one copy?
//!
//! Always, and only counted, once for a key: Dynamo does not promise it, not even with strict
//! quorums and R + W > N. A key that never answers with siblings could be a register. It looks like
//! one copy (it is linearizable) if and only if there are no two values such that something of each had ended
//! before something of the other began; what belongs to a value are its put and the gets that
//! returned it (Gibbons and Korach, "Testing Shared Memories", for values that differ). Judged when
//! an operation ends. Cost: the puts of the key.
//!
//! A put whose end is unknown belongs to the run if somebody has read it. A key that was deleted may
//! answer with nothing; such answers are left out.

use alloc::boxed::Box;
use alloc::vec;
use dynamo_core::collections::{Map, Set};

use dynamo_core::{Key, RequestId};
use dynamo_sim::trace::{Access, Ended, Started};
use dynamo_sim::{EventId, Finding, Record, Status, Time, TraceEvent};

use crate::judges::Check;
use crate::known::Known;
use crate::law::Breaches;

/// The name in texts and links.
pub const NAME: &str = "register";

/// What belongs to one value, in the order of the trace.
#[derive(Clone, Copy, Debug, Default)]
struct Span {
    /// The first end of a put or get of it; none so far.
    first_end: Option<EventId>,
    /// The last beginning; the value that was there at first began before everything.
    last_begin: Option<EventId>,
}

impl Span {
    fn had_ended_before(&self, other: &Span) -> bool {
        self.first_end.is_some_and(|end| other.last_begin.is_some_and(|begin| end < begin))
    }
}

/// The values of one key; nothing stands for the one that was there at first.
type Spans = Map<Option<RequestId>, Span>;

/// The check.
#[derive(Clone, Debug, Default)]
pub struct Register {
    /// Operations under way, with the event that began each.
    open: Map<RequestId, EventId>,
    keys: Map<Key, Spans>,
    /// Keys that have answered with siblings, or are known to be no register already.
    left_out: Set<Key>,
    deleted: Set<Key>,
    breaches: Breaches,
}

impl Register {
    fn began(&mut self, id: EventId, started: &Started) {
        if let Access::Put { value, .. } = &started.access {
            if value.is_none() {
                self.deleted.insert(started.key.clone());
            }
            let span = Span { first_end: None, last_begin: Some(id) };
            let spans = self.keys.entry(started.key.clone()).or_default();
            spans.insert(Some(started.request), span);
        }
        self.open.insert(started.request, id);
    }

    fn ended(&mut self, id: EventId, request: RequestId, ended: &Ended, known: &Known) {
        let Some(began) = self.open.remove(&request) else { return };
        let Some(Started { key, .. }) = known.ghost.operation(request) else { return };
        let value = match ended {
            Ended::Stored => Some(request),
            Ended::Found { siblings } => match &siblings[..] {
                [] if self.deleted.contains(key) => return,
                [] => None,
                [sibling] => Some(sibling.request),
                _ => {
                    self.left_out.insert(key.clone());
                    return;
                }
            },
            Ended::Failed(_) | Ended::Unknown(_) => return,
        };
        let spans = self.keys.entry(key.clone()).or_default();
        let span =
            spans.entry(value).or_insert(Span { first_end: Some(EventId(0)), ..Span::default() });
        span.first_end.get_or_insert(id);
        span.last_begin = span.last_begin.max(Some(began));
        let span = *span;
        let mut others = spans.iter().filter(|(other, _)| **other != value);
        let clashes = |other: &Span| span.had_ended_before(other) && other.had_ended_before(&span);
        let is_judged = !self.left_out.contains(key);
        if is_judged && others.any(|(_, other)| clashes(other)) {
            self.left_out.insert(key.clone());
            let breach = Finding {
                guilty: vec![id],
                request: Some(request),
                key: Some(key.clone()),
                ..Finding::plain(NAME, Status::Violated)
            };
            self.breaches.add(&known.law, None, breach);
        }
    }
}

impl Check for Register {
    fn see(&mut self, id: EventId, record: &Record, known: &Known) {
        match &record.event {
            TraceEvent::OperationStarted(started) => self.began(id, started),
            TraceEvent::OperationEnded { request, ended } => {
                self.ended(id, *request, ended, known);
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
