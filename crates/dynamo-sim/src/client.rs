//! Simulated clients: what they intend, what they hold, how long they wait.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use dynamo_core::collections::Map;

use dynamo_core::node::get::GetOutcome;
use dynamo_core::node::put::PutOutcome;
use dynamo_core::{
    ClientId, ContextToken, Dot, Duration, Hash, Key, Message, NodeId, RequestId, Shared, wire,
};
use smallvec::SmallVec;

use crate::agenda::Entry;
use crate::script::{ContextChoice, OperationKind};
use crate::table::Table;
use crate::trace::{Access, Doubt, Ended, Refused, Started};

/// Puts that a client saw. Every operation of a run keeps its own, mostly one, so it lies in place.
pub type Seen = SmallVec<[RequestId; 2]>;

/// What an answer left with a client: the context, opaque to it, and for the checks the puts
/// that it stands for.
#[derive(Clone, Debug, Default)]
pub struct Held {
    /// Sent along with the next put of the key.
    pub token: ContextToken,
    /// The puts that the client saw last, in order.
    pub seen: Seen,
}

/// An operation that waits for its end.
#[derive(Clone, Debug)]
pub struct Open {
    /// As it began.
    pub started: Started,
    /// Its time-out.
    pub timeout: Entry,
    /// What is sent again.
    pub message: Shared<Message>,
    /// The node that was asked last; none if the client's own library sees to it.
    pub asked: Option<NodeId>,
    /// How often it has been sent.
    pub attempt: u32,
    /// How often it may be sent, as was set when it began.
    pub attempts: u32,
    /// How long an answer is waited for each time, as was set then.
    pub wait: Duration,
}

/// All clients of a world.
#[derive(Clone, Debug, Default)]
pub struct Clients {
    each: Table<ClientId, Client>,
    /// Every key that was asked for or put, numbered in the order of coming. There can be a million.
    keys: BTreeMap<Hashed, u32>,
    /// How often each was put, by its number.
    puts: Vec<u32>,
}

/// A key in an order in which two are told apart without reading them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Hashed(Hash, Key);

impl Hashed {
    fn new(key: &Key) -> Self {
        Hashed(wire::hash(key), key.clone())
    }
}

/// An operation that was begun.
#[derive(Clone, Debug)]
struct Begun {
    operation: u32,
    /// The number of its key.
    key: u32,
    /// What its answer left.
    left: Option<Shared<Held>>,
}

/// What one client knows; its operations go by their numbers, which usually grow.
#[derive(Clone, Debug, Default)]
struct Client {
    /// By the number of the key.
    held: Vec<Option<Shared<Held>>>,
    /// Every operation that was begun, by its number.
    begun: Vec<Begun>,
    open: Map<u32, Open>,
}

impl Client {
    /// Where an operation is among those that were begun, or would be. Numbers mostly follow one
    /// another without a gap, so it is mostly found without a search.
    fn place(&self, operation: u32) -> Result<usize, usize> {
        let Some(last) = self.begun.last() else { return Err(0) };
        let Some(behind) = last.operation.checked_sub(operation) else {
            return Err(self.begun.len());
        };
        let likely = self.begun.len().checked_sub(behind as usize + 1);
        match likely.filter(|place| self.begun[*place].operation == operation) {
            Some(place) => Ok(place),
            None => self.begun.binary_search_by_key(&operation, |it| it.operation),
        }
    }
}

/// The most puts of one key in a run, so that what a check remembers stays bounded.
pub const MAX_PUTS_PER_KEY: u32 = 2_000;

impl Clients {
    /// Notes that this operation begins, unless it may not; what its client sends along if it is a
    /// put.
    pub fn admit(
        &mut self,
        request: RequestId,
        key: &Key,
        kind: &OperationKind,
    ) -> Result<Shared<Held>, Refused> {
        let number = *self.keys.entry(Hashed::new(key)).or_insert_with(|| {
            self.puts.push(0);
            (self.puts.len() - 1) as u32
        });
        let held = match kind {
            OperationKind::Get { .. } => Shared::default(),
            OperationKind::Put { value, context, .. } => {
                let held = self.context(request.client, key, number, *context)?;
                if value.is_none() && held.seen.is_empty() {
                    return Err(Refused::NothingSeen);
                }
                held
            }
        };
        let client = self.each.get_or_default(request.client);
        let Err(place) = client.place(request.operation) else {
            return Err(Refused::NumberTaken(request));
        };
        if let OperationKind::Put { .. } = kind
            && let Some(puts) = self.puts.get_mut(number as usize)
        {
            if *puts == MAX_PUTS_PER_KEY {
                return Err(Refused::TooManyPuts);
            }
            *puts += 1;
        }
        client.begun.insert(place, Begun { operation: request.operation, key: number, left: None });
        Ok(held)
    }

    /// The number behind the highest that a client has had, and not less than `first`.
    pub fn next_number(&self, client: ClientId, first: u32) -> u32 {
        let highest = self.each.get(client).and_then(|it| it.begun.last());
        highest.map_or(first, |last| first.max(last.operation + 1))
    }

    /// About how many bytes a copy takes, with what nodes remember of the requests that they met.
    /// What an answer left is shared between copies.
    pub fn weight(&self) -> usize {
        let each = self.each.values().map(|client| {
            client.held.len() * 8 + client.begun.len() * 64 + client.open.len() * 128
        });
        each.sum::<usize>() + self.keys.len() * 40
    }

    fn held(&self, client: ClientId, number: u32) -> Shared<Held> {
        let held = self.each.get(client).and_then(|it| it.held.get(number as usize));
        held.cloned().flatten().unwrap_or_default()
    }

    fn close(&mut self, request: RequestId) -> Option<Open> {
        self.each.get_mut(request.client)?.open.remove(&request.operation)
    }

    /// The context that a put sends along.
    fn context(
        &self,
        client: ClientId,
        key: &Key,
        number: u32,
        choice: ContextChoice,
    ) -> Result<Shared<Held>, Refused> {
        match choice {
            ContextChoice::None => Ok(Shared::default()),
            ContextChoice::Held => Ok(self.held(client, number)),
            ContextChoice::Forged => {
                let held = self.held(client, number);
                Ok(Shared::new(Held { token: forge(&held.token, key), seen: held.seen.clone() }))
            }
            ContextChoice::Of(request) => {
                let client = self.each.get(request.client);
                let returned = client.and_then(|it| {
                    let place = it.place(request.operation).ok()?;
                    it.begun.get(place)?.left.clone()
                });
                returned.ok_or(Refused::NoContext(request))
            }
        }
    }

    /// From here on the operation waits.
    pub fn open(&mut self, open: Open) {
        let RequestId { client, operation } = open.started.request;
        self.each.get_or_default(client).open.insert(operation, open);
    }

    /// Which attempt at an operation is under way, from 1.
    pub fn attempt(&self, request: RequestId) -> u32 {
        let client = self.each.get(request.client);
        client.and_then(|it| it.open.get(&request.operation)).map_or(1, |open| open.attempt)
    }

    /// Whether an operation that was not answered may be sent again.
    pub fn may_ask_again(&self, request: RequestId) -> bool {
        let client = self.each.get(request.client);
        let open = client.and_then(|it| it.open.get(&request.operation));
        open.is_some_and(|open| open.attempt < open.attempts)
    }

    /// An operation that waits for its end.
    pub fn open_of(&mut self, request: RequestId) -> Option<&mut Open> {
        self.each.get_mut(request.client)?.open.get_mut(&request.operation)
    }

    /// The client hears how its operation ended; nothing if it no longer waits for it.
    pub fn hear(&mut self, message: &Message) -> Option<(Open, Ended)> {
        match message {
            Message::PutReply(reply) => {
                let open = self.close(reply.request)?;
                let ended = match &reply.outcome {
                    PutOutcome::Stored(token) => {
                        let seen = Seen::from_iter([reply.request]);
                        self.keep(reply.request, Held { token: token.clone(), seen });
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
                        let mut seen: Seen =
                            siblings.iter().map(|sibling| sibling.request).collect();
                        seen.sort_unstable();
                        seen.dedup();
                        self.keep(reply.request, Held { token: context.clone(), seen });
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

    fn keep(&mut self, request: RequestId, held: Held) {
        let client = self.each.get_or_default(request.client);
        let Ok(place) = client.place(request.operation) else { return };
        let held = Shared::new(held);
        let begun = &mut client.begun[place];
        begun.left = Some(held.clone());
        let key = begun.key as usize;
        if key >= client.held.len() {
            client.held.resize(key + 1, None);
        }
        client.held[key] = Some(held);
    }

    /// What the world stamps on a put for the checks: the puts that its context stands for.
    pub fn replaces(held: &Held) -> Vec<RequestId> {
        held.seen.to_vec()
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
