//! What a state is made of: machines, packets, clients; and all that can happen to one machine.
//!
//! A state is compared and hashed by the texts of its parts, so nothing in the core has to know
//! that it is explored. A part is shared by all states that have it, and its text is read once.

use std::collections::{BTreeSet, VecDeque};
use std::fmt::{self, Debug, Write};
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

use dynamo_core::{
    Boot, Config, ContextToken, Effect, Effects, Endpoint, Engine, Input, Key, LocalTime, Message,
    NodeId, Operation, Outcome, Ring, Slot, Store, Ticket, Timer, Versions,
};
use dynamo_sim::Actor;
use twox_hash::XxHash64;

use crate::ghost::Events;

/// What every machine is started with.
#[derive(Clone)]
pub struct Setup {
    pub config: Arc<Config>,
    pub ring: Arc<Ring>,
}

/// There is no clock: every time is the same, and timers run out whenever they like.
const NOW: LocalTime = LocalTime(0);

/// A part of states, and the hash of its text.
pub struct Shared<T> {
    part: Arc<T>,
    hash: u64,
}

impl<T: Debug> Shared<T> {
    pub fn new(part: T) -> Self {
        let hash = hash_of(&part);
        Shared { part: Arc::new(part), hash }
    }
}

impl<T> Shared<T> {
    pub fn digest(&self) -> u64 {
        self.hash
    }
}

/// The hash of the text of anything.
pub fn hash_of(part: &impl Debug) -> u64 {
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
        Shared { part: self.part.clone(), hash: self.hash }
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
        self.hash == other.hash
    }
}

impl<T> Hash for Shared<T> {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        hasher.write_u64(self.hash);
    }
}

impl<T: Debug> Debug for Shared<T> {
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

/// What a client has done and knows.
#[derive(Clone, Debug)]
pub struct Client {
    /// How many of its calls have begun.
    pub begun: u32,
    /// Whether the last of them has not ended.
    pub waits: bool,
    /// For every key what its last answer left.
    pub held: Vec<Held>,
}

/// What an answer left with a client: the context, and what it stands for.
#[derive(Clone, Debug, Default)]
pub struct Held {
    pub token: ContextToken,
    pub seen: Events,
}

/// One node: the process, if it is up, and the disk under it.
#[derive(Clone, Debug)]
pub struct Machine<A> {
    pub id: NodeId,
    pub process: Option<A>,
    pub disk: Engine,
    /// What the disk was asked and has not done; it does one after the other.
    pub asked: VecDeque<(Ticket, Operation)>,
    pub timers: BTreeSet<Timer>,
    pub boots: u64,
}

/// What can happen to a machine.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A message arrives; if nobody is there, it is gone.
    Arrives(Shared<Packet>),
    /// The disk does what it was asked first, and the process hears of it.
    DiskDone,
    Fires(Timer),
    Dies,
    Starts,
}

/// What an event made of a machine.
pub struct Step<A> {
    pub machine: Shared<Machine<A>>,
    pub sent: Vec<Shared<Packet>>,
    pub stored: Option<(Operation, Outcome)>,
}

impl<A: Actor + Clone + Debug> Machine<A> {
    pub fn new(id: NodeId, setup: &Setup) -> Self {
        let disk = Engine::new(&setup.config, Boot { node: id, nonce: 0 });
        let (asked, timers) = (VecDeque::new(), BTreeSet::new());
        let mut machine = Machine { id, process: None, disk, asked, timers, boots: 0 };
        machine.start(setup);
        machine
    }

    pub fn boot(&self) -> Boot {
        Boot { node: self.id, nonce: self.boots }
    }

    /// What the disk holds of a key.
    pub fn holds(&self, key: &Key) -> Versions {
        self.disk.whole(&Slot { store: Store::Main, key: key.clone() }).unwrap_or_default()
    }

    /// What becomes of this machine. If it dies, it does so after so many of its messages are
    /// sent: what it still wanted to do is not done. Nobody can see it between two effects of one
    /// step, so a step that is cut short is all there is to a crash between two effects.
    pub fn after(&self, event: &Event, dies_after: Option<usize>, setup: &Setup) -> Step<A> {
        let mut machine = self.clone();
        let mut stored = None;
        let mut sent = match event {
            Event::Arrives(packet) => {
                let (from, message) = (packet.from, packet.message.clone());
                machine.step(Input::Received { from, message })
            }
            Event::DiskDone => match machine.asked.pop_front() {
                Some((ticket, operation)) => {
                    let outcome = machine.disk.apply(NOW, operation.clone());
                    stored = Some((operation, outcome.clone()));
                    machine.step(Input::Done { ticket, outcome })
                }
                None => Vec::new(),
            },
            Event::Fires(timer) => {
                machine.timers.remove(timer);
                machine.step(Input::Fired { timer: *timer, chance: 0 })
            }
            Event::Dies => {
                machine.die();
                Vec::new()
            }
            Event::Starts => machine.start(setup),
        };
        if let Some(sends) = dies_after {
            sent.truncate(sends);
            machine.die();
        }
        Step { machine: Shared::new(machine), sent, stored }
    }

    fn start(&mut self, setup: &Setup) -> Vec<Shared<Packet>> {
        self.boots += 1;
        let boot = self.boot();
        self.process = Some(A::boot(boot, setup.config.clone(), setup.ring.clone()));
        self.disk = self.disk.clone().reopen(boot).0;
        self.step(Input::Started { kept: None })
    }

    fn die(&mut self) {
        self.process = None;
        self.disk.crash();
        self.asked.clear();
        self.timers.clear();
    }

    fn step(&mut self, input: Input) -> Vec<Shared<Packet>> {
        let Some(process) = &mut self.process else { return Vec::new() };
        let mut effects = Effects::default();
        process.step(NOW, input, &mut effects);
        let mut sent = Vec::new();
        for effect in effects.drain() {
            match effect {
                Effect::Send { to, message } => {
                    sent.push(Shared::new(Packet { from: self.id.into(), to, message }));
                }
                Effect::Disk { ticket, operation } => self.asked.push_back((ticket, operation)),
                // Where all nodes own all keys, nobody has a hint to look for.
                Effect::Arm { timer: Timer::HintScan, .. } | Effect::Note(_) => {}
                Effect::Arm { timer, .. } => {
                    self.timers.insert(timer);
                }
                Effect::Disarm { timer } => {
                    self.timers.remove(&timer);
                }
            }
        }
        sent
    }
}
