//! The answers that a decision rests on.

use alloc::vec::Vec;

use dynamo_core::{Endpoint, Message, Operation, Outcome, RequestId, Subject};

use super::{Chain, Role};
use crate::trace::{EventId, TraceEvent};

impl Chain<'_> {
    /// Everything that had reached the coordinator of a request when it decided: what replicas
    /// answered a read with, what disks had stored of a write.
    pub(super) fn answers(&mut self, id: EventId, by: Endpoint, request: RequestId) {
        let Some(since) = self.coordinates(id, by, request) else { return };
        let begun = self.record(since).and_then(|record| record.cause);
        let mut answers: Vec<(EventId, Role, Vec<EventId>)> = Vec::new();
        for (event, record) in self.from(since).take_while(|(event, _)| *event < id) {
            match &record.event {
                TraceEvent::MessageArrived { sent } => {
                    let Some((name, message)) = self.trace.message(*sent) else { continue };
                    if name.to != by || name.subject != Subject::Request(request) {
                        continue;
                    }
                    match message {
                        Message::ReadReply(_) => {
                            answers.push((*sent, Role::Answered, self.ways_to(*sent)));
                        }
                        Message::WriteAck(_) | Message::BufferedAck(_) => {
                            let ways = self.ways_to(*sent);
                            let stored = self.stored_for(*sent).unwrap_or(*sent);
                            answers.push((stored, Role::Led, ways));
                        }
                        _ => {}
                    }
                }
                // The coordinator's own copy.
                TraceEvent::DiskCompleted { node, outcome, asked }
                    if by == Endpoint::Node(*node) =>
                {
                    let own = match (self.trace.operation(*asked), outcome) {
                        (Some(Operation::Update { request: of, .. }), Outcome::Updated { .. }) => {
                            (*of == request).then_some(Role::Led)
                        }
                        (Some(Operation::Read { .. }), Outcome::Read(_)) => {
                            let asked = self.record(*asked).and_then(|record| record.cause);
                            (asked == begun).then_some(Role::Answered)
                        }
                        _ => None,
                    };
                    answers.extend(own.map(|role| (event, role, Vec::new())));
                }
                _ => {}
            }
        }
        for (id, role, ways) in answers {
            self.add(id, role, &ways);
        }
    }

    /// The disk operation that an acknowledgement tells of.
    fn stored_for(&self, ack: EventId) -> Option<EventId> {
        let answered = self.record(ack)?.cause?;
        match &self.record(answered)?.event {
            TraceEvent::DiskAnswered { completed, .. } => Some(*completed),
            _ => None,
        }
    }

    /// The message that asked, and the one that answers.
    pub(super) fn ways_to(&self, answer: EventId) -> Vec<EventId> {
        let mut ways = alloc::vec![answer];
        let mut at = self.record(answer).and_then(|record| record.cause);
        while let Some(id) = at {
            let Some(record) = self.record(id) else { break };
            at = match &record.event {
                TraceEvent::DiskAnswered { completed, .. } => Some(*completed),
                TraceEvent::DiskCompleted { asked, .. } => Some(*asked),
                TraceEvent::DiskAsked { .. } => record.cause,
                TraceEvent::MessageArrived { sent } => {
                    ways.push(*sent);
                    None
                }
                _ => None,
            };
        }
        ways
    }
}
