//! **repair** (K11): a read writes only to whoever was behind, and nothing that it was not told.
//!
//! Always: what the coordinator of a get writes goes to a node that has answered this get and that
//! this answer shows to be behind, and holds nothing that some answer did not hold. If nobody is
//! behind, nothing is written. It merges and mints nothing, so nobody's counters move. Judged when
//! the write leaves, or the coordinator's own disk is asked. Cost: the answers to the get.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use dynamo_core::collections::Map;

use dynamo_core::node::not_mine::NotMine;
use dynamo_core::node::put::Write;
use dynamo_core::{
    Endpoint, Message, MessageName, NodeId, Operation, Outcome, RequestId, Shared, Subject, Timer,
    Versions,
};
use dynamo_sim::{EventId, Finding, Record, Status, Time, TraceEvent};

use crate::judges::Check;
use crate::known::Known;
use crate::law::Breaches;

/// The name in texts and links.
pub const NAME: &str = "repair";

/// One read at whoever coordinates it.
type Reading = (RequestId, Endpoint);

/// What each node has said.
type Answers = Map<NodeId, Vec<Versions>>;

/// A message about a read on its way: an answer, or one on which a coordinator may turn to its own
/// disk.
#[derive(Clone, Debug)]
struct Flight {
    request: RequestId,
    answer: Option<(Endpoint, Endpoint, Versions)>,
}

/// The check.
#[derive(Clone, Debug, Default)]
pub struct Repair {
    flights: Map<EventId, Flight>,
    /// What a coordinator has heard, and of whom.
    answers: Map<Reading, Shared<Answers>>,
    /// Inputs on which a coordinator may read or mend its own copy.
    inputs: Map<EventId, RequestId>,
    own_reads: Map<EventId, RequestId>,
    breaches: Breaches,
}

impl Repair {
    fn heard(&mut self, reading: Reading, who: NodeId, versions: Versions) {
        let answers = Shared::make_mut(self.answers.entry(reading).or_default());
        answers.entry(who).or_default().push(versions);
    }

    fn judge(
        &mut self,
        id: EventId,
        reading: Reading,
        to: NodeId,
        written: &Versions,
        known: &Known,
    ) {
        let answers = self.answers.get(&reading);
        let of_target = answers.and_then(|answers| answers.get(&to));
        let was_behind =
            of_target.is_some_and(|said| said.iter().any(|versions| !versions.includes(written)));
        let mut all = Versions::default();
        for versions in answers.into_iter().flat_map(|answers| answers.values()).flatten() {
            all.merge(versions);
        }
        if !was_behind || !all.includes(written) {
            let breach = Finding {
                guilty: vec![id],
                request: Some(reading.0),
                key: known.ghost.key_of_get(reading.0).cloned(),
                node: Some(to),
                ..Finding::plain(NAME, Status::Violated)
            };
            self.breaches.add(&known.law, None, breach);
        }
    }

    fn sent(&mut self, id: EventId, name: &MessageName, message: &Message, known: &Known) {
        let flight = match message {
            Message::Get(get) | Message::GetAgain(get) => (get.request, None),
            Message::NotMine(NotMine { subject: Subject::Request(request), .. }) => {
                (*request, None)
            }
            Message::ReadReply(reply) => {
                (reply.request, Some((name.from, name.to, reply.versions.clone())))
            }
            Message::Write(Write { subject: Subject::Request(request), versions, .. }) => {
                if let Endpoint::Node(node) = name.to
                    && known.ghost.key_of_get(*request).is_some()
                {
                    self.judge(id, (*request, name.from), node, versions, known);
                }
                return;
            }
            _ => return,
        };
        self.flights.insert(id, Flight { request: flight.0, answer: flight.1 });
    }

    fn arrived(&mut self, id: EventId, sent: EventId) {
        let Some(Flight { request, answer }) = self.flights.remove(&sent) else { return };
        self.inputs.insert(id, request);
        if let Some((Endpoint::Node(from), to, versions)) = answer {
            self.heard((request, to), from, versions);
        }
    }

    /// A node turns to its own disk because of an input that concerns a read.
    fn asked(
        &mut self,
        id: EventId,
        node: NodeId,
        request: RequestId,
        operation: &Operation,
        known: &Known,
    ) {
        match operation {
            Operation::Read { .. } => {
                self.own_reads.insert(id, request);
            }
            Operation::Merge { versions, .. } if known.ghost.key_of_get(request).is_some() => {
                self.judge(id, (request, node.into()), node, versions, known);
            }
            _ => {}
        }
    }
}

impl Check for Repair {
    fn see(&mut self, id: EventId, record: &Record, known: &Known) {
        match &record.event {
            TraceEvent::MessageSent { name, message, .. } => {
                self.sent(id, name, message, known);
            }
            TraceEvent::MessageCopied { original, .. } => {
                if let Some(flight) = self.flights.get(original).cloned() {
                    self.flights.insert(id, flight);
                }
            }
            TraceEvent::MessageArrived { sent } => self.arrived(id, *sent),
            TraceEvent::MessageLost { sent, .. } => {
                self.flights.remove(sent);
            }
            TraceEvent::TimerFired {
                timer: Timer::Silence(request) | Timer::Stragglers(request),
                ..
            } => {
                self.inputs.insert(id, *request);
            }
            TraceEvent::DiskAsked { node, operation, .. } => {
                let input = record.cause.and_then(|cause| self.inputs.get(&cause).copied());
                if let Some(request) = input {
                    self.asked(id, *node, request, operation, known);
                }
            }
            TraceEvent::DiskCompleted { asked, node, outcome } => {
                let Some(request) = self.own_reads.remove(asked) else { return };
                if let Outcome::Read(versions) = outcome {
                    self.heard((request, (*node).into()), *node, versions.clone());
                }
                self.own_reads.insert(id, request);
            }
            TraceEvent::DiskAnswered { completed, .. } => {
                if let Some(request) = self.own_reads.remove(completed) {
                    self.inputs.insert(id, request);
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
