//! Good bytes, taken from random worlds.

use dynamo_core::node::put::Write;
use dynamo_core::{
    Boot, CausalContext, Config, ContextToken, Engine, EngineKind, Key, LocalTime, Message,
    MessageKind, NodeId, Operation, Slot, Store, Versions, wire,
};
use dynamo_sim::link::{Link, Recorded};
use dynamo_sim::{Moment, PickName, Place, Run, Saved, Seed, Sight, Time, TraceEvent, Tree, swarm};

/// Worlds that are played for what is sent and stored in them.
const WORLDS: u64 = 24;

/// What was sent and stored in some worlds.
#[derive(Default)]
struct Samples {
    messages: Vec<(MessageKind, Vec<Message>)>,
    operations: Vec<Vec<Operation>>,
    contexts: Vec<(Key, CausalContext)>,
    versions: Vec<Versions>,
}

/// Made once a thread: what they hold stays on it.
fn samples() -> &'static Samples {
    thread_local! {
        static SAMPLES: &'static Samples = Box::leak(Box::new(Samples::new()));
    }
    SAMPLES.with(|samples| *samples)
}

impl Samples {
    fn new() -> Self {
        let mut samples = Samples::default();
        for seed in 0..WORLDS {
            samples.take_in(&Run::new(swarm::script(seed)));
        }
        samples
    }

    fn take_in(&mut self, run: &Run) {
        let mut operations = Vec::new();
        for (_, record) in run.trace().iter() {
            match &record.event {
                TraceEvent::MessageSent { message, .. } => self.take_in_message(message),
                TraceEvent::DiskAsked { operation, .. } => {
                    if let Operation::Update { slot, context, .. } = operation {
                        self.contexts.push((slot.key.clone(), context.clone()));
                    }
                    operations.push(operation.clone());
                }
                _ => {}
            }
        }
        self.operations.push(operations);
    }

    fn take_in_message(&mut self, message: &Message) {
        if let Some(Write { versions, .. }) = message.as_write() {
            self.versions.push(versions.clone());
        }
        let kind = message.kind();
        match self.messages.iter_mut().find(|(of, _)| *of == kind) {
            Some((_, messages)) => messages.push(message.clone()),
            None => self.messages.push((kind, vec![message.clone()])),
        }
    }
}

fn one_of<T>(all: &[T], seed: u64) -> &T {
    &all[Seed(seed).draw("sample", "").below(all.len() as u64) as usize]
}

pub(super) fn script(seed: u64) -> Vec<u8> {
    swarm::script(seed).to_string().into_bytes()
}

fn sight(seed: u64) -> Sight {
    Sight {
        moment: Moment { time: Time(seed % 10_000_000), after: seed as u32 % 3 },
        key: keys().nth(seed as usize % 4),
        pick: PickName::new(["n1", "c1.2", ""][seed as usize % 3]),
        eyes: (seed % 5 == 1).then_some(NodeId(seed as u16 % 4)),
    }
}

/// A world with three branches: two from the trunk and one from a branch.
pub(super) fn saved(seed: u64) -> Vec<u8> {
    let acts = swarm::script(seed.wrapping_add(1)).lines.into_iter().map(|line| line.command);
    let mut tree = Tree::new(swarm::script(seed));
    let mut shown = Place::Trunk;
    for (number, command) in acts.filter(|act| act.request().is_none()).take(3).enumerate() {
        let at = Moment::at(Time(number as u64 % 2 * 1_000_000));
        let from = if number == 2 { shown } else { Place::Trunk };
        shown = tree.act(from, at, command).expect("room for one more");
    }
    Saved { tree, shown, sight: (seed % 4 == 1).then(|| sight(seed)) }.to_string().into_bytes()
}

pub(super) fn link(seed: u64) -> Vec<u8> {
    let marks = (0..8u64).map(|mark| Seed(seed).draw("mark", &mark).bits() as u16).collect();
    let recorded = Recorded { version: "0.1.0".into(), records: seed as usize % 100_000, marks };
    let link = Link {
        script: swarm::script(seed),
        sight: (seed % 4 == 1).then(|| sight(seed)),
        recorded: (seed % 2 == 1).then_some(recorded),
    };
    link.fragment().expect("short enough").into_bytes()
}

/// The keys of random worlds.
pub(super) fn keys() -> impl Iterator<Item = Key> {
    (1..=3).filter_map(|number| Key::new(format!("k{number}")).ok())
}

/// A token behind its checksum.
pub(super) fn context(seed: u64) -> Vec<u8> {
    let (key, context) = one_of(&samples().contexts, seed);
    let fastest = (seed % 2 == 1).then_some(NodeId(seed as u16));
    ContextToken::seal(key, context, fastest).as_bytes().iter().skip(8).copied().collect()
}

/// What the disks of a world were asked to write, one after the other into one log.
pub(super) fn log(seed: u64) -> Vec<u8> {
    let config = Config { engine: EngineKind::Log, ..Config::default() };
    let mut disk = Engine::new(&config, Boot { node: NodeId(1), nonce: seed });
    let operations = one_of(&samples().operations, seed);
    let most = seed as usize % operations.len().clamp(1, 40);
    for operation in operations.iter().take(most) {
        disk.apply(LocalTime(seed), operation.clone());
    }
    disk.log_bytes().to_vec()
}

pub(super) fn versions(seed: u64) -> Vec<u8> {
    wire::bytes(one_of(&samples().versions, seed))
}

/// All kinds of messages come up equally often.
pub(super) fn message(seed: u64) -> Vec<u8> {
    let kinds = &samples().messages;
    let (_, messages) = &kinds[seed as usize % kinds.len()];
    wire::bytes(one_of(messages, seed))
}

/// A slot that no world has.
pub(super) fn slot() -> Slot {
    Slot { store: Store::Hints(NodeId(u16::MAX)), key: Key::new("appended").expect("short") }
}

/// A set to be written.
pub(super) fn set() -> Versions {
    samples().versions[0].clone()
}
