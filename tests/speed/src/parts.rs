//! Q8 on the parts of the engine alone: agenda, network, chance and clients, under nodes and
//! messages of its own. What a world adds (effects carried out one by one, records, commands) is
//! left out; [`crate::toy`] has it.

use dynamo_core::node::get::{Get, GetOutcome, GetReply};
use dynamo_core::node::put::{Hop, Put, PutOutcome, PutReply};
use dynamo_core::{
    ClientId, ContextToken, Duration, Endpoint, Key, Message, MessageKind, MessageName, NodeId,
    NotFound, RequestId, Shared, Sibling, Strictness, Subject, Value,
};
use dynamo_sim::Time;
use dynamo_sim::agenda::{Agenda, Entry};
use dynamo_sim::chance::Chance;
use dynamo_sim::client::{Clients, Open};
use dynamo_sim::network::{End, Network};
use dynamo_sim::script::{ContextChoice, OperationKind, Setup};
use dynamo_sim::trace::{Access, Started};
use dynamo_sim::view::Settings;
use rustc_hash::FxHashMap;

use crate::toy::{EXPIRY, QUORUM, REPLICAS};

/// What travels.
enum Said {
    /// Between a client and its node, as in a world.
    Outside(Shared<Message>),
    Store {
        request: RequestId,
        key: u32,
        version: Option<u64>,
    },
    Reply {
        request: RequestId,
        version: u64,
    },
}

enum Happening {
    Arrival { from: Endpoint, to: Endpoint, said: Said },
    Expiry { node: NodeId, operation: u32 },
    Patience,
}

struct Pending {
    is_put: bool,
    key: u32,
    replies: u8,
    newest: u64,
    timer: Entry,
}

#[derive(Default)]
struct Node {
    pending: FxHashMap<u32, Pending>,
    stored: FxHashMap<u32, u64>,
}

/// All of it.
pub struct Parts {
    setup: Setup,
    settings: Settings,
    now: Time,
    agenda: Agenda<Happening>,
    network: Network,
    clients: Clients,
    nodes: Vec<Node>,
    keys: Vec<Key>,
    value: Option<Value>,
    chance: Chance,
    begun: Vec<u32>,
    operations: u32,
    version: u64,
    pub delivered: u64,
    pub timers: u64,
}

impl Parts {
    pub fn new(setup: Setup, operations: u32, keys: Vec<Key>) -> Self {
        let nodes = usize::from(setup.nodes);
        Parts {
            settings: Settings::of(&setup),
            chance: setup.seed.draw("load", &()),
            now: Time::ZERO,
            agenda: Agenda::default(),
            network: Network::default(),
            clients: Clients::default(),
            nodes: (0..nodes).map(|_| Node::default()).collect(),
            keys,
            value: Value::new("twenty-four bytes of it.").ok(),
            begun: vec![0; nodes],
            operations,
            version: 0,
            delivered: 0,
            timers: 0,
            setup,
        }
    }

    /// Until every client has ended its operations and nothing travels any more; when that is.
    pub fn play(&mut self) -> Time {
        for client in 1..=self.setup.nodes {
            self.begin(ClientId(client));
        }
        while let Some((time, happening)) = self.agenda.take_next() {
            self.now = time;
            match happening {
                Happening::Arrival { from, to, said } => self.arrive(from, to, said),
                Happening::Expiry { node, operation } => {
                    self.nodes[usize::from(node.0) - 1].pending.remove(&operation);
                }
                Happening::Patience => {}
            }
        }
        self.now
    }

    fn draw(&mut self, bound: u64) -> u64 {
        self.chance = self.chance.next();
        self.chance.below(bound)
    }

    fn send(&mut self, from: Endpoint, to: Endpoint, request: RequestId, said: Said) {
        let kind = match &said {
            Said::Outside(message) => message.kind(),
            Said::Store { .. } => MessageKind::Write,
            Said::Reply { .. } => MessageKind::ReadReply,
        };
        let name = MessageName { subject: Subject::Request(request), kind, from, to };
        let attempt = self.clients.attempt(request);
        let (setup, settings) = (&self.setup, &self.settings);
        let (fate, _) = self.network.decide(setup, self.now, settings, &name, attempt, 1);
        if fate.end == End::Arrives {
            self.agenda.enter(fate.due, Happening::Arrival { from, to, said });
        }
    }

    fn begin(&mut self, client: ClientId) {
        let begun = &mut self.begun[usize::from(client.0) - 1];
        if *begun == self.operations {
            return;
        }
        *begun += 1;
        let request = RequestId { client, operation: *begun };
        let key = self.draw(self.keys.len() as u64) as usize;
        let key = self.keys[key].clone();
        let is_put = self.draw(2) == 1;
        let value = self.value.clone();
        let kind = match is_put {
            true => OperationKind::Put { value, context: ContextChoice::Held },
            false => OperationKind::Get { not_found: None },
        };
        let Ok(held) = self.clients.admit(request, &key, &kind) else { return };
        let (strictness, not_found) = (Strictness::Sloppy, NotFound::Counts);
        let (message, access) = if is_put {
            let replaces = Clients::replaces(&held);
            let (value, context) = (self.value.clone(), ContextChoice::Held);
            let put = Put {
                request,
                key: key.clone(),
                value: value.clone(),
                context: held.token.clone(),
                needed: QUORUM,
                strictness,
                hop: Hop::Direct,
            };
            (Message::Put(put), Access::Put { value, context, replaces })
        } else {
            let get = Get { request, key: key.clone(), needed: QUORUM, strictness, not_found };
            (Message::Get(get), Access::Get { not_found })
        };
        let via = Some(NodeId(client.0));
        let patience = Duration::seconds(1);
        let started = Started { request, key, access, via, needed: QUORUM, strictness, patience };
        let timeout = self.agenda.enter(self.now + patience, Happening::Patience);
        let message = Shared::new(message);
        let again = message.clone();
        let (asked, attempts, wait) = (via, 1, patience);
        let open = Open { started, timeout, message: again, asked, attempt: 1, attempts, wait };
        self.clients.open(open);
        self.send(client.into(), NodeId(client.0).into(), request, Said::Outside(message));
    }

    fn arrive(&mut self, from: Endpoint, to: Endpoint, said: Said) {
        self.delivered += 1;
        match (to, said) {
            (Endpoint::Client(client), Said::Outside(message)) => {
                if let Some((open, _)) = self.clients.hear(&message) {
                    self.agenda.take_back(open.timeout);
                    self.begin(client);
                }
            }
            (Endpoint::Node(node), Said::Outside(message)) => self.coordinate(node, &message),
            (Endpoint::Node(node), Said::Store { request, key, version }) => {
                let stored = &mut self.nodes[usize::from(node.0) - 1].stored;
                let version = match version {
                    Some(version) => {
                        let stored = stored.entry(key).or_default();
                        *stored = version.max(*stored);
                        *stored
                    }
                    None => stored.get(&key).copied().unwrap_or_default(),
                };
                self.send(to, from, request, Said::Reply { request, version });
            }
            (Endpoint::Node(node), Said::Reply { request, version }) => {
                self.take_reply(node, request, version);
            }
            _ => {}
        }
    }

    fn coordinate(&mut self, node: NodeId, message: &Message) {
        let (request, key, is_put) = match message {
            Message::Put(put) => (put.request, &put.key, true),
            Message::Get(get) => (get.request, &get.key, false),
            _ => return,
        };
        let key = crate::toy::number(key);
        self.version += 1;
        let version = is_put.then_some(self.version);
        for place in 0..u32::from(REPLICAS) {
            let to = NodeId(((key + place) % self.nodes.len() as u32) as u16 + 1);
            self.send(node.into(), to.into(), request, Said::Store { request, key, version });
        }
        self.timers += 1;
        let operation = request.operation;
        let timer = self.agenda.enter(self.now + EXPIRY, Happening::Expiry { node, operation });
        let pending = Pending { is_put, key, replies: 0, newest: 0, timer };
        self.nodes[usize::from(node.0) - 1].pending.insert(operation, pending);
    }

    fn take_reply(&mut self, node: NodeId, request: RequestId, version: u64) {
        let all = &mut self.nodes[usize::from(node.0) - 1].pending;
        let Some(pending) = all.get_mut(&request.operation) else { return };
        pending.replies += 1;
        pending.newest = pending.newest.max(version);
        if pending.replies < QUORUM {
            return;
        }
        let Some(pending) = all.remove(&request.operation) else { return };
        self.agenda.take_back(pending.timer);
        let key = self.keys[pending.key as usize].clone();
        let answer = if pending.is_put {
            let outcome = PutOutcome::Stored(ContextToken::none());
            Message::PutReply(PutReply { request, key, outcome })
        } else {
            let found = pending.newest > 0;
            let sibling = found.then(|| Sibling { value: self.value.clone(), request });
            let siblings = sibling.into_iter().collect();
            let outcome = GetOutcome::Found { siblings, context: ContextToken::none() };
            Message::GetReply(GetReply { request, key, outcome })
        };
        self.send(node.into(), request.client.into(), request, Said::Outside(answer.into()));
    }
}
