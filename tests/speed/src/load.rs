//! Clients in a closed loop: each begins its next operation when the one before has ended.

use dynamo_core::{ClientId, Duration, Key, NodeId, RequestId, Value, wire};
use dynamo_sim::chance::Chance;
use dynamo_sim::script::{ContextChoice, OperationCommand, OperationKind};
use dynamo_sim::{
    Actor, Command, EventId, Moment, Progress, Record, Recorder, Script, Setup, Time, Trace,
    TraceEvent, World,
};

/// Keys of a usual load.
const KEYS: u32 = 1_000;
/// Behind the last operation: what still travels arrives.
const AFTER: Duration = Duration::seconds(1);

/// What is kept of the records.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    Nothing,
    /// A rolling hash over the wire bytes of every record.
    StateHash,
    Trace,
}

/// Counts what happens, and hears which clients are free again.
pub struct Ledger {
    keep: Keep,
    hash: wire::Hash,
    trace: Trace,
    free: Vec<ClientId>,
    pub delivered: u64,
    pub completed: u64,
    pub armed: u64,
    pub fired: u64,
}

impl Ledger {
    fn new(keep: Keep) -> Self {
        Ledger {
            keep,
            hash: wire::Hash::default(),
            trace: Trace::default(),
            free: Vec::new(),
            delivered: 0,
            completed: 0,
            armed: 0,
            fired: 0,
        }
    }

    pub fn trace_bytes(&self) -> usize {
        self.trace.weight()
    }
}

impl Recorder for Ledger {
    fn record(&mut self, id: EventId, record: Record) {
        match &record.event {
            TraceEvent::MessageArrived { .. } => self.delivered += 1,
            TraceEvent::DiskCompleted { .. } => self.completed += 1,
            TraceEvent::TimerArmed { .. } => self.armed += 1,
            TraceEvent::TimerFired { .. } => self.fired += 1,
            TraceEvent::OperationEnded { request, .. } => self.free.push(request.client),
            _ => {}
        }
        match self.keep {
            Keep::Nothing => {}
            Keep::StateHash => self.hash = wire::hash(&(self.hash, &record)),
            Keep::Trace => self.trace.record(id, record),
        }
    }
}

/// The keys of the usual loads, written as numbers.
pub fn keys() -> Vec<Key> {
    so_many_keys(KEYS)
}

fn so_many_keys(count: u32) -> Vec<Key> {
    (0..count).filter_map(|number| Key::new(format!("{number}")).ok()).collect()
}

/// A world, its clients and how far they are.
pub struct Load<A> {
    world: World<A>,
    ledger: Ledger,
    keys: Vec<Key>,
    value: Option<Value>,
    chance: Chance,
    /// How many operations each client has begun.
    begun: Vec<u32>,
    operations: u32,
    /// Whether each key is written once, in their order.
    fills: bool,
    lines: u32,
    /// When the last operation ended.
    ended: Time,
    crashes: Box<dyn Iterator<Item = (Time, NodeId, Time)>>,
}

impl<A: Actor> Load<A> {
    pub fn new(setup: Setup, clients: u16, operations: u32, keep: Keep) -> Self {
        let chance = setup.seed.draw("load", &());
        let mut ledger = Ledger::new(keep);
        let mut world = World::with_actors(&Script::new(setup), &mut ledger);
        world.lift_limits();
        Load {
            world,
            ledger,
            keys: keys(),
            value: Value::new("twenty-four bytes of it.").ok(),
            chance,
            begun: vec![0; clients.into()],
            operations,
            fills: false,
            lines: 0,
            ended: Time::ZERO,
            crashes: Box::new(std::iter::empty()),
        }
    }

    /// Writes every one of so many keys once, in place of operations by chance.
    pub fn fill(&mut self, keys: u32) {
        self.keys = so_many_keys(keys);
        self.operations = keys.div_ceil(self.begun.len() as u32);
        self.fills = true;
    }

    /// When nodes die and start again, in order.
    pub fn set_crashes(&mut self, crashes: impl Iterator<Item = (Time, NodeId, Time)> + 'static) {
        self.crashes = Box::new(crashes);
    }

    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    pub fn ended(&self) -> Time {
        self.ended
    }

    fn draw(&mut self, bound: u64) -> u64 {
        self.chance = self.chance.next();
        self.chance.below(bound)
    }

    fn command(&mut self, at: Moment, command: Command) {
        self.world.insert_line(self.lines, at, command);
        self.lines += 1;
    }

    fn begin(&mut self, client: ClientId) {
        let begun = &mut self.begun[usize::from(client.0) - 1];
        if *begun == self.operations {
            return;
        }
        *begun += 1;
        let request = RequestId { client, operation: *begun };
        let key = match self.fills {
            true => u64::from(self.lines),
            false => self.draw(self.keys.len() as u64),
        };
        let key = self.keys[key as usize % self.keys.len()].clone();
        let kind = match self.draw(2) {
            0 if !self.fills => OperationKind::Get { not_found: None },
            _ => OperationKind::Put { value: self.value.clone(), context: ContextChoice::Held },
        };
        let via = Some(NodeId(client.0));
        let operation =
            OperationCommand { request, kind, key, via, needed: None, strictness: None };
        self.command(self.world.moment(), Command::Operation(operation));
    }

    /// Until every client has ended its operations and nothing travels any more.
    pub fn play(&mut self) {
        let clients = self.begun.len() as u16;
        for client in 1..=clients {
            self.begin(ClientId(client));
        }
        let mut left = u64::from(self.operations) * u64::from(clients);
        let mut crash = self.crashes.next();
        while left > 0 {
            if let Some((at, node, back)) = crash
                && at <= self.world.moment().time
            {
                self.command(self.world.moment(), Command::Crash(node));
                self.command(Moment::at(back), Command::Restart(node));
                crash = self.crashes.next();
            }
            if self.world.step(Time(u64::MAX), &mut self.ledger) != Progress::Stepped {
                return;
            }
            while let Some(client) = self.ledger.free.pop() {
                left -= 1;
                self.begin(client);
            }
        }
        self.ended = self.world.moment().time;
        self.world.run_until(self.ended + AFTER, &mut self.ledger);
    }
}
