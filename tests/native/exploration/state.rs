//! What a state is made of.
//!
//! A state is compared and hashed by the texts of its parts, so nothing in the core has to know
//! that it is explored. A part is shared by all states that have it, and its text is read once.

use std::fmt::{self, Debug, Write};
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

use dynamo_core::{ClientId, ContextToken, Endpoint, Message, RequestId, Subject};
use twox_hash::XxHash64;

use crate::ghost::{Events, Ghost};
use crate::machine::{Event, Machine};

pub const NODES: usize = 3;

/// A part of states, and the hash of its text.
pub struct Shared<T> {
    part: Arc<T>,
    digest: u64,
}

impl<T: Debug> Shared<T> {
    pub fn new(part: T) -> Self {
        let digest = digest_of(&part);
        Shared { part: Arc::new(part), digest }
    }
}

impl<T> Shared<T> {
    pub fn digest(&self) -> u64 {
        self.digest
    }
}

/// The hash of the text of anything.
pub fn digest_of(part: &impl Debug) -> u64 {
    struct Text(XxHash64);
    impl Write for Text {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.0.write(text.as_bytes());
            Ok(())
        }
    }
    let mut text = Text(XxHash64::default());
    write!(text, "{part:?}").expect("a text can be hashed");
    text.0.finish()
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Shared { part: self.part.clone(), digest: self.digest }
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.part
    }
}

impl<T> PartialEq for Shared<T> {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

impl<T> Hash for Shared<T> {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        hasher.write_u64(self.digest);
    }
}

impl<T: Debug> Debug for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Debug::fmt(&self.part, f)
    }
}

impl<T: fmt::Display> fmt::Display for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.part.fmt(f)
    }
}

/// A message on its way.
pub struct Packet {
    pub from: Endpoint,
    pub to: Endpoint,
    pub message: Message,
}

impl Debug for Packet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} -> {} {:?}", self.from, self.to, self.message)
    }
}

impl fmt::Display for Packet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Packet { from, to, message } = self;
        write!(f, "{from} -> {to} {} {}", message.kind(), message.subject())
    }
}

/// What a client has done and knows.
#[derive(Clone, Debug)]
pub struct Client {
    pub id: ClientId,
    /// How many of its calls have begun.
    pub begun: u32,
    /// Whether the last of them has not ended.
    pub waits: bool,
    /// For every key what its last answer left.
    pub held: Vec<Held>,
}

impl Client {
    /// The last call that has begun.
    pub fn newest(&self) -> RequestId {
        RequestId { client: self.id, operation: self.begun }
    }
}

/// What an answer left with a client: the context, and what it stands for.
#[derive(Clone, Debug, Default)]
pub struct Held {
    pub token: ContextToken,
    pub seen: Events,
}

/// How often the world may be unkind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Hash)]
pub struct Faults {
    pub crashes: u8,
    pub losses: u8,
    pub copies: u8,
    /// Timers that run out, of nodes and of clients, too early or too late or in between. All
    /// others run out after everything else has happened.
    pub timers: u8,
}

/// What happens next.
#[derive(Clone, PartialEq)]
pub enum Action {
    /// Something happens to a node; if a number stands behind it, the node dies after so many of
    /// the messages that it sends.
    Step(usize, Event, Option<usize>),
    /// An answer reaches its client.
    Answer(Shared<Packet>),
    Lose(Shared<Packet>),
    Copy(Shared<Packet>),
    /// A client waits no longer.
    GiveUp(usize),
}

impl Debug for Action {
    /// As it stands in a counterexample.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Action::Step(node, event, dies) => {
                write!(f, "n{}  {event}", node + 1)?;
                dies.map_or(Ok(()), |sends| write!(f, ", and it dies after {sends} messages"))
            }
            Action::Answer(packet) => write!(f, "{packet}"),
            Action::Lose(packet) => write!(f, "{packet} is lost"),
            Action::Copy(packet) => write!(f, "{packet} is doubled"),
            Action::GiveUp(client) => write!(f, "c{}  waits no longer", client + 1),
        }
    }
}

/// All that there is at one moment.
pub struct State<A> {
    pub machines: [Shared<Machine<A>>; NODES],
    pub clients: Vec<Shared<Client>>,
    /// In the order of their digests.
    pub flying: Vec<Shared<Packet>>,
    pub ghost: Shared<Ghost>,
    pub left: Faults,
}

impl<A> State<A> {
    /// Puts a message on its way, unless it is an answer that nobody waits for.
    pub fn send(&mut self, packet: Shared<Packet>) {
        if self.is_of_use(&packet) {
            let place = self.flying.partition_point(|other| other.digest() < packet.digest());
            self.flying.insert(place, packet);
        }
    }

    /// Takes a message from its way.
    pub fn take(&mut self, packet: &Shared<Packet>) {
        if let Some(place) = self.flying.iter().position(|other| other == packet) {
            self.flying.remove(place);
        }
    }

    /// Whether its client waits for the end of a request.
    pub fn awaits(&self, request: RequestId) -> bool {
        let client = &self.clients[usize::from(request.client.0) - 1];
        client.waits && client.newest() == request
    }

    fn is_of_use(&self, packet: &Packet) -> bool {
        match packet.message.subject() {
            Subject::Request(request) if packet.to == request.client.into() => self.awaits(request),
            _ => true,
        }
    }

    /// A client has done something; answers that it waits for no more are as good as gone.
    pub fn set_client(&mut self, number: usize, client: Client) {
        self.clients[number] = Shared::new(client);
        let flying = std::mem::take(&mut self.flying);
        self.flying = flying.into_iter().filter(|packet| self.is_of_use(packet)).collect();
    }

    /// The ghost takes note of something.
    pub fn note(&mut self, change: impl FnOnce(&mut Ghost)) {
        let mut ghost = Ghost::clone(&self.ghost);
        change(&mut ghost);
        if ghost != *self.ghost {
            self.ghost = Shared::new(ghost);
        }
    }
}

impl<A> Clone for State<A> {
    fn clone(&self) -> Self {
        State {
            machines: self.machines.clone(),
            clients: self.clients.clone(),
            flying: self.flying.clone(),
            ghost: self.ghost.clone(),
            left: self.left,
        }
    }
}

impl<A> PartialEq for State<A> {
    fn eq(&self, other: &Self) -> bool {
        self.machines == other.machines
            && self.clients == other.clients
            && self.flying == other.flying
            && self.ghost == other.ghost
            && self.left == other.left
    }
}

impl<A> Hash for State<A> {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.machines.hash(hasher);
        self.clients.hash(hasher);
        self.flying.hash(hasher);
        self.ghost.hash(hasher);
        self.left.hash(hasher);
    }
}

impl<A> Debug for State<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let State { flying, ghost, left, .. } = self;
        write!(f, "{flying:?} {ghost:?} {left:?}")
    }
}
