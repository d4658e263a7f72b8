//! A client that has heard nothing asks again, under the same name (pitfall P37). The paper does
//! not speak of it.
//!
//! ```text
//! c1 -> n1   put                n1 stores it, and its reply is lost
//! c1 -> n1   put-again          n1 remembers how it ended: the same reply
//! c1 -> n2   put-again          or n2 is asked, and does not know it: a second dot, of one intent
//! ```
//!
//! One process never makes two dots for one request. Two may; then both siblings carry the name of
//! the request, and the next write of somebody who has read them replaces both.

use alloc::collections::VecDeque;

use crate::collections::Map;
use crate::effect::{Effects, Fact};
use crate::id::{ClientId, RequestId};
use crate::message::Message;
use crate::node::Node;
use crate::node::get::Get;
use crate::node::put::{Hop, Put, PutOutcome};

/// Requests of one client that a node remembers to have met, so that a copy of one is not a second
/// one.
const REQUESTS_REMEMBERED: usize = 128;

/// Which time a client asks for the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// The first.
    First,
    /// A later one: whoever has an answer gives it.
    Again,
}

impl Attempt {
    /// The message that carries this attempt.
    pub fn put(self, put: Put) -> Message {
        match self {
            Attempt::First => Message::Put(put),
            Attempt::Again => Message::PutAgain(put),
        }
    }
}

/// The last requests met of every client, and how those writes ended that this node coordinated.
#[derive(Clone, Debug, Default)]
pub(super) struct Met {
    /// In the order of their numbers, which is nearly that in which they come.
    known: Map<ClientId, VecDeque<(u32, Option<PutOutcome>)>>,
}

impl Met {
    /// Remembers a request; false if it was known.
    pub(super) fn meet(&mut self, request: RequestId) -> bool {
        let known = self.known.entry(request.client).or_default();
        let Err(place) = find(known, request) else { return false };
        known.insert(place, (request.operation, None));
        if known.len() > REQUESTS_REMEMBERED {
            known.pop_front();
        }
        true
    }

    /// Remembers how a write ended.
    pub(super) fn ended(&mut self, request: RequestId, outcome: &PutOutcome) {
        if let Some(known) = self.known.get_mut(&request.client)
            && let Ok(place) = find(known, request)
        {
            known[place].1 = Some(outcome.clone());
        }
    }

    fn outcome(&self, request: RequestId) -> Option<PutOutcome> {
        let known = self.known.get(&request.client)?;
        known[find(known, request).ok()?].1.clone()
    }
}

/// Where a request of this client lies among the others, or would lie.
fn find(known: &VecDeque<(u32, Option<PutOutcome>)>, request: RequestId) -> Result<usize, usize> {
    known.binary_search_by_key(&request.operation, |(operation, _)| *operation)
}

impl Node {
    /// A write that its client has sent before, here or elsewhere.
    pub(super) fn take_put_again(&mut self, put: Put, effects: &mut Effects) {
        let request = put.request;
        if let Hop::HandedOn { by } = put.hop {
            effects.send(by, Message::Taken(request));
        }
        if let Some(outcome) = self.met.outcome(request) {
            effects.note(Fact::AnswersAgain { request });
            return Self::reply_put(request, put.key, outcome, effects);
        }
        if self.writes.contains_key(&request) {
            return effects.note(Fact::KnowsAlready { request });
        }
        // It was handed on or refused, or is new here.
        self.met.meet(request);
        self.begin_put(put, Attempt::Again, effects);
    }

    /// A read that its client has sent before: a read can be done twice.
    pub(super) fn take_get_again(&mut self, get: Get, effects: &mut Effects) {
        let request = get.request;
        if self.reads.contains_key(&request) {
            return effects.note(Fact::KnowsAlready { request });
        }
        self.met.meet(request);
        self.begin_get(get, effects);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_requests_of_a_client_are_remembered_and_not_one_more() {
        let request = |operation| RequestId { client: ClientId(1), operation };
        let most = REQUESTS_REMEMBERED as u32;
        let mut met = Met::default();
        assert!((1..=most).all(|operation| met.meet(request(operation))));
        assert!(!met.meet(request(1)), "the first of so many is known");
        assert!(met.meet(request(most + 1)));
        assert!(!met.meet(request(2)) && met.meet(request(1)), "only the first was forgotten");
    }
}
