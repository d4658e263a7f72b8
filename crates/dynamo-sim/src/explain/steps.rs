//! Which decision of a node stands behind what it does: those of the same step, and where it took a
//! request in hand.

use dynamo_core::{Endpoint, Fact, Message, Operation, RequestId, Subject};

use super::Chain;
use crate::trace::{EventId, Record, TraceEvent};

impl Chain<'_> {
    /// The decision of the same step that made a node send this or ask its disk for it.
    pub(super) fn reason(&self, id: EventId, record: &Record) -> Option<EventId> {
        let cause = record.cause?;
        let fits = |fact: &Fact| match &record.event {
            TraceEvent::MessageSent { name, message, .. } => {
                speaks_of(fact, name.to, &name.subject, message)
            }
            TraceEvent::DiskAsked { operation: Operation::Remove { slot, .. }, .. } => {
                matches!(fact, Fact::HintDelivered { key, .. } | Fact::HintRerouted { key, .. }
                    if *key == slot.key)
            }
            _ => false,
        };
        let step = self.before(id).take_while(|(other, _)| *other > cause);
        let mut noted = step.filter(|(_, other)| other.cause == Some(cause));
        let found = noted.find(|(_, other)| match &other.event {
            TraceEvent::Noted { fact, .. } | TraceEvent::ClientNoted { fact, .. } => fits(fact),
            _ => false,
        });
        found.map(|(id, _)| id).or_else(|| self.coordination(id, record))
    }

    /// A message to a replica goes back to the decision whom to ask.
    fn coordination(&self, id: EventId, record: &Record) -> Option<EventId> {
        let TraceEvent::MessageSent { name, message, .. } = &record.event else { return None };
        let Subject::Request(request) = &name.subject else { return None };
        let asks = message.as_write().is_some() || matches!(**message, Message::Read(_));
        if !asks {
            return None;
        }
        self.coordinates(id, name.from, *request)
    }

    /// Where an endpoint took a request in hand, before an event.
    pub(super) fn coordinates(
        &self,
        id: EventId,
        by: Endpoint,
        request: RequestId,
    ) -> Option<EventId> {
        let has_begun = |record: &Record| matches!(&record.event, TraceEvent::OperationStarted(it) if it.request == request);
        let since = self.before(id).take_while(|(_, record)| !has_begun(record));
        let found = { since }.find(|(_, record)| {
            let (from, fact) = match &record.event {
                TraceEvent::Noted { node, fact } => (Endpoint::Node(*node), fact),
                TraceEvent::ClientNoted { client, fact } => (Endpoint::Client(*client), fact),
                _ => return false,
            };
            from == by && matches!(fact, Fact::Coordinates { request: it, .. } if *it == request)
        });
        found.map(|(id, _)| id)
    }

    /// What a disk was asked for, by its answer.
    pub(super) fn asked_before(&self, answer: Option<EventId>) -> Option<EventId> {
        let TraceEvent::DiskAnswered { completed, .. } = &self.record(answer?)?.event else {
            return None;
        };
        match &self.record(*completed)?.event {
            TraceEvent::DiskCompleted { asked, .. } => Some(*asked),
            _ => None,
        }
    }
}

/// Whether a message is a step of a comparison or a transfer: no decision stands behind it.
pub(super) fn compares(message: &Message) -> bool {
    matches!(
        message,
        Message::Mend(_) | Message::Hashes(_) | Message::History(_) | Message::RangeOffer(_)
    )
}

/// Whether a decision is why its node sends this.
fn speaks_of(fact: &Fact, to: Endpoint, subject: &Subject, message: &Message) -> bool {
    let Subject::Request(about) = subject else {
        return match fact {
            Fact::HintOffered { owner, key } => {
                to == Endpoint::Node(*owner) && message.key() == Some(key)
            }
            _ => false,
        };
    };
    let is_reply = matches!(message, Message::PutReply(_) | Message::GetReply(_));
    match fact {
        Fact::QuorumMet { request, .. }
        | Fact::QuorumMissed { request, .. }
        | Fact::OutOfReach { request, .. }
        | Fact::NothingThere { request, .. }
        | Fact::AnswersAgain { request }
        | Fact::Refuses { request, .. }
        | Fact::Conflict { request, .. } => is_reply && request == about,
        Fact::StandsIn { request, fallback, .. } => {
            request == about && to == Endpoint::Node(*fallback)
        }
        Fact::ReadRepair { request, node, .. } => request == about && to == Endpoint::Node(*node),
        Fact::HandsOn { request, to: other } | Fact::Chooses { request, to: other, .. } => {
            request == about && to == Endpoint::Node(*other)
        }
        _ => false,
    }
}
