//! What records weigh: sums of written-down sizes, the same on every machine.

use dynamo_core::merkle::Below;
use dynamo_core::node::get::{GetOutcome, GetReply};
use dynamo_core::node::put::{PutOutcome, PutReply};
use dynamo_core::node::sync::{Compare, Found, Hashes, Places};
use dynamo_core::{Fact, Message, Operation, Outcome, Versions};

use super::{Access, Ended, Record, TraceEvent};

impl Record {
    /// About how many bytes it takes: a fixed part and what it alone refers to. Keys and values
    /// are shared with the script, a message shares the versions that a disk made, and a put the
    /// context that an earlier answer brought.
    pub(super) fn weight(&self) -> usize {
        const FIXED: usize = 176;
        FIXED
            + match &self.event {
                TraceEvent::DiskAsked { operation: Operation::Keep { history }, .. } => {
                    history.len() * size::CHANGE
                }
                TraceEvent::DiskCompleted { outcome, .. } => outcome_weight(outcome),
                TraceEvent::DiskChanged { slots, .. } => slots.len() * size::SLOT,
                TraceEvent::MessageSent { message, .. }
                | TraceEvent::MessageAltered { message, .. } => message_weight(message),
                TraceEvent::OperationStarted(started) => match &started.access {
                    Access::Put { replaces, .. } => replaces.len() * size::REQUEST,
                    Access::Get { .. } => 0,
                },
                TraceEvent::OperationEnded { ended: Ended::Found { siblings }, .. } => {
                    siblings.len() * size::SIBLING
                }
                TraceEvent::Noted { fact: Fact::Coordinates { replicas, .. }, .. }
                | TraceEvent::ClientNoted { fact: Fact::Coordinates { replicas, .. }, .. } => {
                    replicas.len() * size::REPLICA
                }
                _ => 0,
            }
    }
}

/// Bytes of what records refer to, as they are where an address has 64 bits. Written down, since
/// a run must end at the same record everywhere.
mod size {
    pub const REQUEST: usize = 8;
    pub const CHANGE: usize = 128;
    pub const REPLICA: usize = 6;
    pub const SIBLING: usize = 24;
    pub const DOT: usize = 32;
    pub const VERSIONS: usize = 88;
    pub const SLOT: usize = 32;
    pub const RING: usize = 64;
    pub const MEMBER: usize = 24;
    pub const KEY_HASH: usize = 24;
    pub const HASH: usize = 8;
    pub const ROOT: usize = 16;
    pub const BELOW: usize = 48;
}

fn outcome_weight(outcome: &Outcome) -> usize {
    match outcome {
        Outcome::Updated { versions, .. }
        | Outcome::Merged { versions, changed: true }
        | Outcome::Read(versions) => versions_weight(versions),
        Outcome::Hints { found, .. } => found.len() * size::SLOT,
        Outcome::Keys { found, .. } => found.len() * size::KEY_HASH,
        Outcome::Damaged { .. } => size::SLOT,
        Outcome::Kept
        | Outcome::Merged { changed: false, .. }
        | Outcome::Rejected(_)
        | Outcome::Examined { .. }
        | Outcome::Removal(_)
        | Outcome::Synced { .. }
        | Outcome::NoRoom => 0,
    }
}

fn versions_weight(versions: &Versions) -> usize {
    let context = versions.context();
    let dots = context.vector().len() + context.loose().count();
    size::VERSIONS + dots * size::DOT + versions.siblings().len() * (size::DOT + size::SIBLING)
}

fn message_weight(message: &Message) -> usize {
    match message {
        Message::PutReply(PutReply { outcome: PutOutcome::Stored(token), .. }) => {
            token.as_bytes().len()
        }
        Message::GetReply(GetReply {
            outcome: GetOutcome::Found { siblings, context }, ..
        }) => siblings.len() * size::SIBLING + context.as_bytes().len(),
        Message::RingReply(reply) => {
            let ring = &reply.ring;
            size::RING + ring.members.len() * size::MEMBER + ring.owners.len() * 2
        }
        Message::Compare(Compare { at: Places::Roots(places), .. }) => places.len() * size::ROOT,
        Message::Compare(Compare { at: Places::Inner(places), .. }) => places.len() * size::ROOT,
        Message::Hashes(Hashes { found: Found::Below(places), .. }) => {
            let below = places.iter().map(|(_, _, below)| match below {
                Below::Branches(hashes) => size::BELOW + hashes.len() * size::HASH,
                Below::Keys(keys) => size::BELOW + keys.len() * size::KEY_HASH,
            });
            below.sum()
        }
        _ => 0,
    }
}
