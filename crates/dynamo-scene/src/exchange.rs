//! An exchange of two nodes as the trace has it: every question, answer and repair with what it
//! weighed (4.7).

use alloc::vec::Vec;

use dynamo_core::node::sync::{Compare, ExchangeEnd, Found, Hashes, Places};
use dynamo_core::{
    Endpoint, Fact, Message, MessageKind, MessageName, NodeId, Subject, TaskKind, wire,
};
use dynamo_sim::trace::TraceEvent;
use dynamo_sim::{EventId, Time, Trace};

/// An exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// Who began it.
    pub by: NodeId,
    /// With whom.
    pub with: NodeId,
    /// When.
    pub at: Time,
    /// What was sent, in order.
    pub sent: Vec<Sent>,
    /// How it ended, if it has.
    pub ended: Option<(Time, ExchangeEnd)>,
}

/// A message of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The event that sent it.
    pub event: EventId,
    /// When.
    pub at: Time,
    /// From whom.
    pub from: NodeId,
    /// To whom.
    pub to: NodeId,
    /// What kind.
    pub kind: MessageKind,
    /// Nodes of trees that a question is about; keys that an answer names or a repair carries.
    pub things: usize,
    /// The hashes in it.
    pub hashes: usize,
    /// Its bytes.
    pub bytes: usize,
}

impl Exchange {
    /// The last exchange of two nodes in the first `events` records, whoever began it. `begun`
    /// holds the records in which exchanges began, in order.
    pub fn last(
        trace: &Trace,
        begun: &[EventId],
        events: usize,
        nodes: [NodeId; 2],
    ) -> Option<Exchange> {
        let before = begun.iter().rev().filter(|id| (id.0 as usize) < events);
        let (first, mut exchange) = before.copied().find_map(|id| {
            let record = trace.get(id)?;
            let TraceEvent::Noted { node, fact: Fact::ExchangeBegun { with, .. } } = &record.event
            else {
                return None;
            };
            let at = record.moment.time;
            let it = Exchange { by: *node, with: *with, at, sent: Vec::new(), ended: None };
            ([*node, *with] == nodes || [*with, *node] == nodes).then_some((id, it))
        })?;
        let first = first.0 as usize;
        for (id, record) in trace.iter_from(first + 1).take(events - first - 1) {
            let at = record.moment.time;
            match &record.event {
                TraceEvent::MessageSent { name, message, .. } => {
                    exchange.sent.extend(exchange.sent_as(id, at, name, message));
                }
                TraceEvent::Noted { node, fact: Fact::ExchangeEnded { end, .. } }
                    if *node == exchange.by =>
                {
                    exchange.ended = Some((at, *end));
                    break;
                }
                // Whoever dies ends nothing.
                TraceEvent::NodeCrashed { node } if *node == exchange.by => break,
                _ => {}
            }
        }
        Some(exchange)
    }

    /// All hashes that were sent.
    pub fn hashes(&self) -> usize {
        self.sent.iter().map(|sent| sent.hashes).sum()
    }

    /// All bytes that were sent.
    pub fn bytes(&self) -> usize {
        self.sent.iter().map(|sent| sent.bytes).sum()
    }

    /// The keys that were offered or sent back.
    pub fn repairs(&self) -> usize {
        self.sent.iter().filter(|sent| sent.kind == MessageKind::Mend).count()
    }

    /// A message as part of this exchange, if it is one. Acknowledgements are not counted, as the
    /// engine does not count them either.
    fn sent_as(
        &self,
        event: EventId,
        at: Time,
        name: &MessageName,
        message: &Message,
    ) -> Option<Sent> {
        let Subject::Task(task) = &name.subject else { return None };
        let (TaskKind::Exchange(peer) | TaskKind::Repair { peer, .. }) = &task.kind else {
            return None;
        };
        if task.boot.node != self.by || *peer != self.with {
            return None;
        }
        let (Endpoint::Node(from), Endpoint::Node(to)) = (name.from, name.to) else { return None };
        let (things, hashes) = match message {
            Message::Compare(Compare { at: Places::Roots(roots), .. }) => {
                (roots.len(), roots.len())
            }
            Message::Compare(Compare { at: Places::Inner(places), .. }) => (places.len(), 0),
            Message::Hashes(Hashes { found: Found::Below(below), .. }) => {
                (below.len(), below.iter().map(|(_, _, below)| below.len()).sum())
            }
            Message::Hashes(_) => (0, 0),
            Message::Mend(_) | Message::Write(_) => (1, 0),
            _ => return None,
        };
        let bytes = wire::bytes(message).len();
        Some(Sent { event, at, from, to, kind: name.kind, things, hashes, bytes })
    }
}

#[cfg(test)]
mod tests {
    use dynamo_sim::{Moment, Run};

    use super::*;

    #[test]
    fn what_is_told_of_an_exchange_is_what_the_engine_counted() {
        let script = "dynamo 1\nsetup nodes=3 n=3 r=1 w=1 seed=7 mode=strict exchange-every=2s\n\
            at 0s crash n3\nat 100ms c1.1 put a \"1\" via n1\nat 200ms c1.2 put b \"2\" via n2\n\
            at 300ms c1.3 put c \"3\" via n1\nat 1s restart n3\nuntil 20s\n";
        let run = Run::new(script.parse().expect("a script"));
        let trace = run.trace();
        let noted = |it: &(EventId, &dynamo_sim::trace::Record)| match &it.1.event {
            TraceEvent::Noted { node, fact: Fact::ExchangeBegun { with, .. } } => {
                Some((it.0, *node, *with))
            }
            _ => None,
        };
        let all: Vec<(EventId, NodeId, NodeId)> =
            trace.iter().filter_map(|it| noted(&it)).collect();
        let begun: Vec<EventId> = all.iter().map(|(id, ..)| *id).collect();
        let mut mended = 0;
        for (id, record) in trace.iter() {
            let TraceEvent::Noted { node, fact } = &record.event else { continue };
            let Fact::ExchangeEnded { with, end, keys, hashes, bytes } = fact else { continue };
            let events = id.0 as usize + 1;
            let exchange =
                Exchange::last(trace, &begun, events, [*with, *node]).expect("it began before");
            assert_eq!(exchange.ended, Some((record.moment.time, *end)));
            assert_eq!(exchange.hashes(), *hashes as usize);
            assert_eq!(exchange.bytes(), *bytes as usize);
            assert_eq!(exchange.repairs(), *keys as usize);
            mended += keys;
        }
        assert!(mended >= 3, "{mended} keys were mended");
        let before = trace.count_until(Moment::at(Time(100_000)));
        assert_eq!(Exchange::last(trace, &begun, before, [NodeId(1), NodeId(2)]), None);
    }
}
