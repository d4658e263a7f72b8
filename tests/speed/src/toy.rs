//! The actor of Q8: a coordinator asks three replicas and answers at the second reply; a replica
//! takes the newer version. The engine is ours, the protocol is not.

use dynamo_core::clock::Actor as Writer;
use dynamo_core::node::get::{GetOutcome, GetReply, Read, ReadReply};
use dynamo_core::node::put::{PutOutcome, PutReply, Write};
use dynamo_core::{
    Boot, Config, ContextToken, Duration, Effects, Endpoint, Input, Key, LocalTime, Message,
    NodeId, RequestId, Ring, Shared, Sibling, Slot, Store, Subject, Timer, Value, Versions,
};
use dynamo_sim::Actor;
use rustc_hash::FxHashMap;

pub const REPLICAS: u16 = 3;
pub const QUORUM: u8 = 2;
pub const EXPIRY: Duration = Duration::seconds(1);

struct Pending {
    is_put: bool,
    replies: u8,
    newest: Versions,
}

/// A node of Q8.
pub struct Toy {
    id: NodeId,
    nodes: u16,
    /// A coordinator serves one client here: by the number of its operation.
    pending: FxHashMap<u32, Pending>,
    stored: FxHashMap<u32, Versions>,
}

impl Toy {
    /// Three nodes from the key's own on.
    fn replicas(&self, key: &Key) -> impl Iterator<Item = NodeId> + use<> {
        let (first, nodes) = (number(key), u32::from(self.nodes));
        (0..u32::from(REPLICAS)).map(move |place| NodeId(((first + place) % nodes) as u16 + 1))
    }

    fn coordinate(&mut self, request: RequestId, is_put: bool, effects: &mut Effects) {
        effects.arm(Timer::Deadline(request), EXPIRY);
        self.pending
            .insert(request.operation, Pending { is_put, replies: 0, newest: Versions::default() });
    }

    fn put(
        &mut self,
        now: LocalTime,
        request: RequestId,
        key: &Key,
        value: Option<Value>,
        effects: &mut Effects,
    ) {
        let mut versions = Versions::default();
        versions.write_stamped(Writer::named(self.id), Sibling { value, request }, now);
        let subject = Subject::Request(request);
        for node in self.replicas(key) {
            let (subject, versions) = (subject.clone(), versions.clone());
            effects.send(node, Message::Write(Write { subject, slot: slot(key), versions }));
        }
        self.coordinate(request, true, effects);
    }

    fn get(&mut self, request: RequestId, key: &Key, effects: &mut Effects) {
        for node in self.replicas(key) {
            effects.send(node, Message::Read(Read { request, slot: slot(key) }));
        }
        self.coordinate(request, false, effects);
    }

    fn reply(&mut self, from: Endpoint, request: RequestId, key: Key, effects: &mut Effects) {
        let versions = self.stored.get(&number(&key)).cloned().unwrap_or_default();
        effects.send(from, Message::ReadReply(ReadReply { request, key, versions }));
    }

    fn take_reply(&mut self, reply: ReadReply, effects: &mut Effects) {
        let ReadReply { request, key, versions } = reply;
        let Some(pending) = self.pending.get_mut(&request.operation) else { return };
        pending.replies += 1;
        if stamp(&versions) > stamp(&pending.newest) {
            pending.newest = versions;
        }
        if pending.replies < QUORUM {
            return;
        }
        let Some(pending) = self.pending.remove(&request.operation) else { return };
        effects.disarm(Timer::Deadline(request));
        let answer = if pending.is_put {
            let outcome = PutOutcome::Stored(ContextToken::none());
            Message::PutReply(PutReply { request, key, outcome })
        } else {
            let siblings = pending.newest.siblings().map(|(_, it)| it.clone()).collect();
            let outcome = GetOutcome::Found { siblings, context: ContextToken::none() };
            Message::GetReply(GetReply { request, key, outcome })
        };
        effects.send(request.client, answer);
    }
}

/// Keys are written as numbers.
pub fn number(key: &Key) -> u32 {
    key.as_str().bytes().fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'))
}

fn slot(key: &Key) -> Slot {
    Slot { store: Store::Main, key: key.clone() }
}

fn stamp(versions: &Versions) -> u64 {
    versions.siblings().next().map_or(0, |(dot, _)| dot.counter)
}

impl Actor for Toy {
    fn boot(boot: Boot, _config: Shared<Config>, ring: Shared<Ring>) -> Self {
        let nodes = ring.members().len() as u16;
        Toy { id: boot.node, nodes, pending: FxHashMap::default(), stored: FxHashMap::default() }
    }

    fn step(&mut self, now: LocalTime, input: Input, effects: &mut Effects) {
        match input {
            Input::Received { from, message } => match message {
                Message::Put(put) => self.put(now, put.request, &put.key, put.value, effects),
                Message::Get(get) => self.get(get.request, &get.key, effects),
                Message::Write(Write { subject, slot, versions }) => {
                    let Subject::Request(request) = subject else { return };
                    let stored = self.stored.entry(number(&slot.key)).or_default();
                    if stamp(&versions) > stamp(stored) {
                        *stored = versions;
                    }
                    self.reply(from, request, slot.key, effects);
                }
                Message::Read(read) => self.reply(from, read.request, read.slot.key, effects),
                Message::ReadReply(reply) => self.take_reply(reply, effects),
                _ => {}
            },
            Input::Fired { timer: Timer::Deadline(request), .. } => {
                self.pending.remove(&request.operation);
            }
            _ => {}
        }
    }
}
