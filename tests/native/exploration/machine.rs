//! One node with its disk, and all that can happen to it.

use std::collections::{BTreeSet, VecDeque};
use std::fmt::{self, Debug};
use std::sync::Arc;

use dynamo_core::{
    Boot, Config, Effect, Effects, Engine, Input, Key, LocalTime, NodeId, Operation, Outcome, Ring,
    Slot, Ticket, Timer, Versions,
};
use dynamo_sim::Actor;

use crate::state::{NODES, Packet, Shared, digest_of};

/// There is no clock: every time is the same, and timers run out whenever they like.
const NOW: LocalTime = LocalTime(0);

/// What every machine is started with.
pub struct Setup {
    pub config: Arc<Config>,
    pub ring: Arc<Ring>,
}

/// One node: the process, if it is up, and the disk under it.
#[derive(Clone, Debug)]
pub struct Machine<A> {
    id: NodeId,
    pub process: Option<A>,
    disk: Engine,
    /// What the disk was asked and has not done; it does one after the other.
    pub asked: VecDeque<(Ticket, Operation)>,
    pub timers: BTreeSet<Timer>,
    boots: u64,
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

impl Event {
    pub fn digest(&self) -> u64 {
        match self {
            Event::Arrives(packet) => packet.digest(),
            other => digest_of(other),
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Event::Arrives(packet) => write!(f, "{packet}"),
            Event::DiskDone => f.write_str("the disk is done"),
            Event::Fires(timer) => write!(f, "{timer:?}"),
            Event::Dies => f.write_str("dies"),
            Event::Starts => f.write_str("starts"),
        }
    }
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

    /// What a slot of the disk holds.
    pub fn at(&self, slot: &Slot) -> Versions {
        self.disk.whole(slot).unwrap_or_default()
    }

    /// What the disk holds of a key: as a replica, and as hints.
    pub fn holds(&self, key: &Key) -> impl Iterator<Item = Versions> {
        let slots = self.disk.slots().into_iter().filter(move |slot| slot.key == *key);
        slots.map(|slot| self.at(&slot))
    }

    /// What becomes of this machine. If it dies, it does so after so many of its messages are
    /// sent, and what it still wanted to do is not done. Nobody sees a node between two effects of
    /// one step, so a step that is cut short is all that a crash between two effects can be.
    pub fn after(&self, event: &Event, dies_after: Option<usize>, setup: &Setup) -> Step<A> {
        let mut machine = self.clone();
        let mut stored = None;
        let mut sent = match event {
            Event::Arrives(packet) => {
                let (from, message) = (packet.from, packet.message.clone());
                machine.step(Input::Received { from, message }, setup)
            }
            Event::DiskDone => match machine.asked.pop_front() {
                Some((ticket, operation)) => {
                    let outcome = machine.disk.apply(NOW, operation.clone());
                    stored = Some((operation, outcome.clone()));
                    machine.step(Input::Done { ticket, outcome }, setup)
                }
                None => Vec::new(),
            },
            Event::Fires(timer) => {
                machine.timers.remove(timer);
                machine.step(Input::Fired { timer: *timer, chance: 0 }, setup)
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
        self.step(Input::Started { kept: None }, setup)
    }

    fn die(&mut self) {
        self.process = None;
        self.disk.crash();
        self.asked.clear();
        self.timers.clear();
    }

    fn step(&mut self, input: Input, setup: &Setup) -> Vec<Shared<Packet>> {
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
                // Where all nodes own all keys, there is no hint to look for.
                Effect::Arm { timer: Timer::HintScan, .. }
                    if usize::from(setup.config.replicas) == NODES => {}
                Effect::Arm { timer, .. } => {
                    self.timers.insert(timer);
                }
                Effect::Disarm { timer } => {
                    self.timers.remove(&timer);
                }
                Effect::Note(_) => {}
            }
        }
        sent
    }
}
