//! Simulated clients: what they intend, what they hold, how long they wait.

use alloc::vec::Vec;
use dynamo_core::collections::{Map, Set};

use dynamo_core::node::get::GetOutcome;
use dynamo_core::node::put::PutOutcome;
use dynamo_core::{ClientId, ContextToken, Dot, Key, Message, NodeId, RequestId};

use crate::agenda::Entry;
use crate::script::ContextChoice;
use crate::trace::{Access, Doubt, Ended, Refused, Started};

/// What an answer left with a client: the context, opaque to it, and for the checks the puts
/// that it stands for.
#[derive(Clone, Debug, Default)]
pub struct Held {
    /// Sent along with the next put of the key.
    pub token: ContextToken,
    /// The puts that the client saw last.
    pub seen: Set<RequestId>,
}

/// An operation that waits for its end.
#[derive(Clone, Debug)]
pub struct Open {
    /// As it began.
    pub started: Started,
    /// Its time-out.
    pub timeout: Entry,
    /// What is sent again.
    pub message: Message,
    /// The node that was asked last; none if the client's own library sees to it.
    pub asked: Option<NodeId>,
    /// How often it has been sent.
    pub attempt: u32,
}

/// All clients of a world.
#[derive(Clone, Debug, Default)]
pub struct Clients {
    each: Map<ClientId, Client>,
    puts: Map<Key, u32>,
}

/// What one client knows; its operations go by their numbers, which usually grow.
#[derive(Clone, Debug, Default)]
struct Client {
    held: Map<Key, Held>,
    returned: Map<u32, Held>,
    open: Map<u32, Open>,
    begun: Set<u32>,
}

/// The most puts of one key in a run, so that what a check remembers stays bounded.
pub const MAX_PUTS_PER_KEY: u32 = 2_000;

impl Clients {
    /// Notes that this operation begins, unless it may not.
    pub fn admit(&mut self, request: RequestId, key: &Key, is_put: bool) -> Result<(), Refused> {
        let client = self.each.entry(request.client).or_default();
        if client.begun.contains(&request.operation) {
            return Err(Refused::NumberTaken(request));
        }
        if is_put {
            let puts = self.puts.entry(key.clone()).or_default();
            if *puts == MAX_PUTS_PER_KEY {
                return Err(Refused::TooManyPuts);
            }
            *puts += 1;
        }
        client.begun.insert(request.operation);
        Ok(())
    }

    /// The number behind the highest that a client has had, and not less than `first`.
    pub fn next_number(&self, client: ClientId, first: u32) -> u32 {
        let highest = self.each.get(&client).and_then(|it| it.begun.iter().next_back());
        highest.map_or(first, |number| first.max(number + 1))
    }

    /// About how many bytes a copy takes: contexts are shared with the trace.
    pub fn weight(&self) -> usize {
        let each = self.each.values().map(|client| {
            let held = client.held.values().chain(client.returned.values());
            let held: usize = held.map(|held| 56 + held.seen.len() * 8).sum();
            held + client.begun.len() * 8 + client.open.len() * 128
        });
        each.sum::<usize>() + self.puts.len() * 24
    }

    fn held(&self, client: ClientId, key: &Key) -> Held {
        self.each.get(&client).and_then(|it| it.held.get(key)).cloned().unwrap_or_default()
    }

    fn close(&mut self, request: RequestId) -> Option<Open> {
        self.each.get_mut(&request.client)?.open.remove(&request.operation)
    }

    /// The context that a put sends along.
    pub fn context(
        &self,
        client: ClientId,
        key: &Key,
        choice: ContextChoice,
    ) -> Result<Held, Refused> {
        match choice {
            ContextChoice::None => Ok(Held::default()),
            ContextChoice::Held => Ok(self.held(client, key)),
            ContextChoice::Forged => {
                let held = self.held(client, key);
                Ok(Held { token: forge(&held.token, key), ..held })
            }
            ContextChoice::Of(request) => {
                let client = self.each.get(&request.client);
                let returned = client.and_then(|it| it.returned.get(&request.operation));
                returned.cloned().ok_or(Refused::NoContext(request))
            }
        }
    }

    /// From here on the operation waits.
    pub fn open(&mut self, open: Open) {
        let RequestId { client, operation } = open.started.request;
        self.each.entry(client).or_default().open.insert(operation, open);
    }

    /// Which attempt at an operation is under way, from 1.
    pub fn attempt(&self, request: RequestId) -> u32 {
        let client = self.each.get(&request.client);
        client.and_then(|it| it.open.get(&request.operation)).map_or(1, |open| open.attempt)
    }

    /// An operation that waits for its end.
    pub fn open_of(&mut self, request: RequestId) -> Option<&mut Open> {
        self.each.get_mut(&request.client)?.open.get_mut(&request.operation)
    }

    /// The client hears how its operation ended; nothing if it no longer waits for it.
    pub fn hear(&mut self, message: &Message) -> Option<(Open, Ended)> {
        match message {
            Message::PutReply(reply) => {
                let open = self.close(reply.request)?;
                let ended = match &reply.outcome {
                    PutOutcome::Stored(token) => {
                        let seen = Set::from([reply.request]);
                        self.keep(&open, Held { token: token.clone(), seen });
                        Ended::Stored
                    }
                    PutOutcome::Failed(why) => Ended::Failed(*why),
                    PutOutcome::Unknown { answers, needed } => {
                        Ended::Unknown(Doubt::TooFewAcks { answers: *answers, needed: *needed })
                    }
                };
                Some((open, ended))
            }
            Message::GetReply(reply) => {
                let open = self.close(reply.request)?;
                let ended = match &reply.outcome {
                    GetOutcome::Found { siblings, context } => {
                        let seen = siblings.iter().map(|sibling| sibling.request).collect();
                        self.keep(&open, Held { token: context.clone(), seen });
                        Ended::Found { siblings: siblings.clone() }
                    }
                    GetOutcome::Failed(why) => Ended::Failed(*why),
                };
                Some((open, ended))
            }
            _ => None,
        }
    }

    /// The client has waited long enough; nothing if the operation has ended.
    pub fn give_up(&mut self, request: RequestId) -> Option<Ended> {
        let open = self.close(request)?;
        Some(match open.started.access {
            Access::Get { .. } => Ended::Failed(dynamo_core::Refusal::NoAnswer),
            Access::Put { .. } => Ended::Unknown(Doubt::NoAnswer),
        })
    }

    fn keep(&mut self, open: &Open, held: Held) {
        let started = &open.started;
        let client = self.each.entry(started.request.client).or_default();
        client.returned.insert(started.request.operation, held.clone());
        client.held.insert(started.key.clone(), held);
    }

    /// What the world stamps on a put for the checks: the puts that its context stands for.
    pub fn replaces(held: &Held) -> Vec<RequestId> {
        held.seen.iter().copied().collect()
    }
}

/// A context that covers, beside what this one does, the next write of every actor in it.
fn forge(token: &ContextToken, key: &Key) -> ContextToken {
    let mut seen = token.open(key).unwrap_or_default();
    for actor in &seen.actors() {
        seen.insert(Dot { actor: *actor, counter: seen.highest(actor) + 1 });
    }
    ContextToken::seal(key, &seen, None)
}
