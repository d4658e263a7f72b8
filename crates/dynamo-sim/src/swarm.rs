//! A seed becomes a run: the configuration is drawn first, then what happens in it, then peace.
//!
//! Every seed draws which faults it knows at all and how often, so that rare mixtures come up.

mod dare;
mod faults;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use dynamo_core::collections::Set;
use dynamo_core::{
    Change, ClientId, CoordinatorChoice, Detector, Duration, Endpoint, EngineKind, Key, Member,
    MessageKind, NodeId, NotFound, Quorum, RequestId, Strategy, Strictness, Value, Versioning,
    Zone,
};

use crate::chance::Seed;
use crate::latency::{Latency, Model};
use crate::script::{
    Command, ContextChoice, Cut, Driven, Expectation, FateChange, Line, MessageRef,
    OperationCommand, OperationKind, Rate, Rule, Script, Setting, Setup, Trigger, Workload,
};
use crate::time::{Moment, Time};
pub use dare::{Habits, Trouble, dared};
use faults::{ail, aim, break_disks, fail_links, lie, set_back};

/// The quiet time at the end of every drawn run.
const PEACE: Duration = Duration::seconds(20);

/// Draws one number after the other for one seed and purpose.
struct Draw {
    seed: Seed,
    purpose: &'static str,
    count: u32,
}

impl Draw {
    fn below(&mut self, bound: u64) -> u64 {
        self.count += 1;
        self.seed.draw(self.purpose, &self.count).below(bound)
    }

    fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }
}

/// How often each kind of act is drawn in one run; 0 for the kinds that it does not know.
struct Mixture {
    crashes: u64,
    cuts: u64,
    fates: u64,
    loose_puts: u64,
    settings: u64,
    /// In a hundred puts.
    deletes: u64,
}

/// The run of a seed.
pub fn script(seed: u64) -> Script {
    let mut draw = Draw { seed: Seed(seed), purpose: "swarm", count: 0 };
    let mut setup = setup(&mut draw, seed);
    // Disks and places are drawn from numbers of their own, so that all else stays what it was.
    let mut disks = Draw { seed: Seed(seed), purpose: "swarm-disks", count: 0 };
    choose_disks(&mut disks, &mut setup);
    let mut places = Draw { seed: Seed(seed), purpose: "placement", count: 0 };
    place(&mut places, &mut setup);
    let mut ways = Draw { seed: Seed(seed), purpose: "execution", count: 0 };
    choose_ways(&mut ways, &mut setup);
    let mut deletions = Draw { seed: Seed(seed), purpose: "swarm-deletes", count: 0 };
    // Longer than the longest delay that a command causes.
    let life = setup.shortest_tombstone_life().as_micros() + MOST_LATER * 1_000;
    let more = deletions.pick(&[0, 1_000_000, 5_000_000]);
    setup.config.tombstone_life = Duration::micros(life + more);
    let mut trees = Draw { seed: Seed(seed), purpose: "exchanges", count: 0 };
    let periods = [None, Some(Duration::seconds(1)), Some(Duration::seconds(2))];
    setup.config.exchange_every =
        trees.pick(&[periods[0], periods[1], periods[2], setup.config.exchange_every]);
    let mixture = Mixture {
        crashes: draw.pick(&[0, 10, 25]),
        cuts: draw.pick(&[0, 5, 15]),
        fates: draw.pick(&[0, 10]),
        loose_puts: draw.pick(&[0, 5, 30]),
        settings: draw.pick(&[0, 3]),
        deletes: deletions.pick(&[0, 20, 50]),
    };
    let clients = draw.between(1, 4) as u16;
    let keys: Vec<Key> =
        (1..=draw.between(1, 3)).filter_map(|number| Key::new(format!("k{number}")).ok()).collect();
    let mut script = Script::new(setup);
    script.about.push(format!("# Drawn from seed {seed}."));
    let mut time = Time::ZERO;
    for _ in 0..draw.between(5, 60) {
        let after = if draw.percent(30) { draw.below(5) as u32 } else { 0 };
        let longest = draw.pick_pause();
        time = time + Duration::micros(draw.between(0, longest));
        if let Some(command) = act(&mut draw, &script, &mixture, clients, &keys) {
            let command = widened(&mut places, &script.setup, command);
            let command = varied(&mut ways, &script.setup, command);
            push(&mut script, Moment { time, after }, command);
        }
    }
    let victims = match mixture.settings {
        0 => break_disks(&mut disks, &mut script, time, &keys),
        _ => Vec::new(),
    };
    let mut backups = Draw { seed: Seed(seed), purpose: "backups", count: 0 };
    set_back(&mut backups, &mut script, time, &victims);
    let mut links = Draw { seed: Seed(seed), purpose: "links", count: 0 };
    fail_links(&mut links, &mut script, time);
    let mut machines = Draw { seed: Seed(seed), purpose: "machines", count: 0 };
    ail(&mut machines, &mut script, time);
    let mut members = Draw { seed: Seed(seed), purpose: "membership", count: 0 };
    let mut aims = Draw { seed: Seed(seed), purpose: "aimed-crashes", count: 0 };
    aim(&mut aims, &mut script, time);
    let mut lies = Draw { seed: Seed(seed), purpose: "lies", count: 0 };
    lie(&mut lies, &mut script);
    let mut loads = Draw { seed: Seed(seed), purpose: "workloads", count: 0 };
    if loads.percent(5) {
        let at = Moment::at(Time(loads.below(time.as_micros() + 1)));
        let (rate, skew) = (loads.pick(&[20, 100]), loads.pick(&[0, 1]));
        let (clients, keys) = (loads.between(1, 5) as u16, loads.pick(&[1, 3, 20]));
        let length = Duration::millis(loads.pick(&[100, 1_000]));
        let load = Workload { clients, rate, keys, skew, length, ..Workload::default() };
        script.insert(at, Command::Workload(load));
    }
    let joined = change_members(&mut members, &mut script, time);
    let mut turns = Draw { seed: Seed(seed), purpose: "turns", count: 0 };
    turn_ring(&mut turns, &mut script, time);
    make_peace(&mut script, time + Duration::millis(100), joined);
    script
}

/// How requests are carried out where the paper leaves a choice; half of the runs as ever.
fn choose_ways(draw: &mut Draw, setup: &mut Setup) {
    if draw.percent(50) {
        return;
    }
    setup.not_found = draw.pick(&NotFound::ALL);
    setup.config.detector = draw.pick(&[Detector::Timeouts, Detector::Timeouts, Detector::Phi]);
    setup.retries = draw.pick(&[0, 1, 3]);
    setup.driven = draw.pick(&Driven::ALL);
    setup.config.coordinator = draw.pick(&CoordinatorChoice::ALL);
    if draw.percent(30) {
        setup.strictness = Strictness::Primaries(draw.between(1, setup.quorum.n().into()) as u8);
    }
}

/// Now and then an operation asks for other ways than its run.
fn varied(draw: &mut Draw, setup: &Setup, mut command: Command) -> Command {
    if let Command::Operation(operation) = &mut command {
        if draw.percent(10) {
            let primaries = draw.between(1, setup.quorum.n().into()) as u8;
            operation.strictness = Some(Strictness::Primaries(primaries));
        }
        if let OperationKind::Get { not_found } = &mut operation.kind
            && draw.percent(10)
        {
            *not_found = Some(draw.pick(&NotFound::ALL));
        }
    }
    command
}

/// Which engine keeps the slots, and how versions are told apart. Most runs have dots: only there
/// every loss is a violation.
fn choose_disks(draw: &mut Draw, setup: &mut Setup) {
    let engines = [EngineKind::Memory, EngineKind::Buffered, EngineKind::Log, EngineKind::Log];
    setup.config.engine = draw.pick(&engines);
    if draw.percent(25) {
        setup.config.versions = draw.pick(&Versioning::ALL[1..]);
        setup.config.clock_pairs = draw.pick(&[1, 2, 10]);
    }
}

/// In a quarter of the runs up to three nodes join, leave or are removed: whenever it may be, and
/// told to whomever. Answers the names of those who may have joined.
fn change_members(draw: &mut Draw, script: &mut Script, end: Time) -> Vec<NodeId> {
    let mut joined = Vec::new();
    if !draw.percent(25) {
        return joined;
    }
    script.setup.config.gossip_every = Duration::millis(draw.pick(&[100, 300, 1_000]));
    let nodes = script.setup.nodes;
    for number in 1..=draw.between(1, 3) as u16 {
        let any = |draw: &mut Draw| NodeId(draw.between(1, nodes.into()) as u16);
        let change = match draw.below(10) {
            0..=5 => {
                let node = NodeId(nodes + number);
                joined.push(node);
                let weight = draw.pick(&[1, 1, 2]);
                let zones: Vec<Zone> = script.setup.zones.values().cloned().collect();
                let zone = zones.get(draw.below(zones.len().max(1) as u64) as usize).cloned();
                Change::Join(Member { node, weight, zone: zone.unwrap_or_default() })
            }
            6..=8 => Change::Leave(any(draw)),
            _ => Change::Remove(any(draw)),
        };
        let own = matches!(change, Change::Join(_)) && draw.percent(15);
        let via = if own { change.node() } else { draw.percent(50).then(|| any(draw)) };
        let at = Time(draw.below(end.as_micros() + 1));
        let order = Command::Membership { change, via };
        if draw.percent(10) {
            // Told twice, before the first is stored.
            script.insert(Moment::at(at + Duration::micros(100)), order.clone());
        }
        script.insert(Moment::at(at), order);
    }
    joined
}

/// In a few runs N or the strategy changes, once or twice.
fn turn_ring(draw: &mut Draw, script: &mut Script, end: Time) {
    if !draw.percent(5) {
        return;
    }
    script.setup.config.gossip_every = Duration::millis(draw.pick(&[100, 300]));
    let nodes = u64::from(script.setup.nodes);
    for _ in 0..draw.between(1, 2) {
        let strategy = match draw.between(1, 3) {
            1 => Strategy::RandomRanges { tokens: draw.pick(&[1, 4, 16]) },
            2 => Strategy::RandomOwners { tokens: draw.pick(&[1, 4]), partitions: 64 },
            _ => Strategy::EqualShares { partitions: draw.pick(&[32, 256]) },
        };
        let change = match draw.percent(50) {
            true => Change::Strategy(strategy),
            false => Change::Replicas(draw.between(1, nodes.min(5)) as u8),
        };
        let via = draw.percent(50).then(|| NodeId(draw.between(1, nodes) as u16));
        let at = Moment::at(Time(draw.below(end.as_micros() + 1)));
        script.insert(at, Command::Membership { change, via });
    }
}

impl Draw {
    /// Bursts and lulls: the longest pause before the next act, microseconds.
    fn pick_pause(&mut self) -> u64 {
        self.pick(&[2_000, 40_000, 300_000, 3_000_000])
    }
}

fn setup(draw: &mut Draw, seed: u64) -> Setup {
    let nodes = draw.between(1, 9);
    let n = draw.between(1, nodes.min(5)) as u8;
    let (r, w) = (draw.between(1, n.into()) as u8, draw.between(1, n.into()) as u8);
    let quorum = Quorum::new(n, r, w).unwrap_or(Quorum::USUAL);
    let latencies = [
        Model::Constant(Duration::millis(3)),
        Model::Uniform(Duration::millis(1), Duration::millis(30)),
        Model::Lognormal { median: Duration::millis(4), p99: Duration::millis(15) },
    ];
    let rates = ["0", "0.02", "0.1", "0.25"].map(|text| Rate::parse(text).unwrap_or_default());
    let mut setup = Setup {
        nodes: nodes as u16,
        quorum,
        strictness: draw.pick(&[Strictness::Sloppy, Strictness::Sloppy, Strictness::Strict]),
        seed: Seed(seed),
        latency: draw.pick(&latencies).into(),
        loss: draw.pick(&rates),
        copies: draw.pick(&rates),
        ..Setup::default()
    };
    setup.config.replicas = n;
    setup
}

/// Draws strategy, weights, zones and further latencies; half of the runs have none of them.
fn place(draw: &mut Draw, setup: &mut Setup) {
    if draw.percent(50) {
        return;
    }
    setup.strategy = draw.pick(&[1, 2, 3]);
    setup.tokens = draw.pick(&[1, 4, 16]);
    setup.partitions = draw.pick(&[32, 64, 256]);
    let zones = draw.pick(&[1, 1, 2, 3]);
    for number in 1..=setup.nodes {
        let (node, weight) = (NodeId(number), draw.pick(&[1, 1, 1, 2, 3]));
        if weight > 1 {
            setup.weights.insert(node, weight);
        }
        let name = draw.pick(&["east", "west", "north"][..zones]);
        if let (2.., Ok(zone)) = (zones, Zone::new(name)) {
            setup.zones.insert(node, zone);
        }
    }
    let far = Model::Uniform(Duration::millis(20), Duration::millis(60));
    let tail = Some((50_000, Model::Exponential(Duration::millis(20))));
    let heavy = Model::Pareto { least: Duration::millis(1), shape: 1_500 };
    setup.zone_latency = draw.pick(&[None, Some(far.into())]);
    setup.latency = draw.pick(&[setup.latency, Latency { body: heavy, tail }]);
    let rule = Rule { kind: Some(MessageKind::WriteAck), link: None, latency: far.into() };
    setup.latencies.extend(draw.percent(20).then_some(rule));
}

/// Now and then what was to happen to one node happens to its whole zone.
fn widened(draw: &mut Draw, setup: &Setup, command: Command) -> Command {
    let zone = |node: NodeId| setup.zone(node).cloned();
    let wide = match &command {
        Command::Crash(node) => zone(*node).map(Command::CrashZone),
        Command::Restart(node) => zone(*node).map(Command::RestartZone),
        Command::Cut(_) => {
            let zones: Set<Zone> = setup.zones.values().cloned().collect();
            (zones.len() > 1).then(|| Command::Cut(Cut::Zones(zones.into())))
        }
        _ => None,
    };
    wide.filter(|_| draw.percent(30)).unwrap_or(command)
}

fn push(script: &mut Script, at: Moment, command: Command) {
    script.lines.push(Line { comments: Vec::new(), trigger: Trigger::At(at), command });
}

fn act(
    draw: &mut Draw,
    script: &Script,
    mixture: &Mixture,
    clients: u16,
    keys: &[Key],
) -> Option<Command> {
    let nodes = u64::from(script.setup.nodes);
    let node = NodeId(draw.between(1, nodes) as u16);
    let kinds =
        [30, 30, mixture.crashes, mixture.crashes, mixture.cuts, mixture.fates, mixture.settings];
    let mut at = draw.below(kinds.iter().sum());
    let kind = kinds.iter().position(|weight| {
        let here = at < *weight;
        at = at.saturating_sub(*weight);
        here
    });
    match kind? {
        0 => {
            let get = OperationKind::Get { not_found: None };
            Some(operation(draw, script, clients, keys, get))
        }
        1 => {
            let text: String = format!("v{}", script.lines.len());
            let context = if draw.percent(mixture.loose_puts) {
                ContextChoice::None
            } else {
                ContextChoice::Held
            };
            let number = script.lines.len() as u64;
            let chance = script.setup.seed.draw("delete", &number);
            let value = Value::new(text).ok().filter(|_| chance.below(100) >= mixture.deletes);
            let put = OperationKind::Put { value, context };
            Some(operation(draw, script, clients, keys, put))
        }
        2 => Some(Command::Crash(node)),
        3 => Some(Command::Restart(node)),
        4 => cut(draw, nodes),
        5 => fate(draw, script, clients, nodes),
        _ => Some(setting(draw, script.setup.quorum.n())),
    }
}

fn operation(
    draw: &mut Draw,
    script: &Script,
    clients: u16,
    keys: &[Key],
    kind: OperationKind,
) -> Command {
    let client = ClientId(draw.between(1, clients.into()) as u16);
    let request = RequestId { client, operation: script.next_operation(client) };
    let key = keys[draw.below(keys.len() as u64) as usize].clone();
    let node = NodeId(draw.between(1, script.setup.nodes.into()) as u16);
    let via = draw.percent(50).then_some(node);
    let strictness = draw.percent(10).then_some(Strictness::Strict);
    Command::Operation(OperationCommand { request, kind, key, via, needed: None, strictness })
}

fn cut(draw: &mut Draw, nodes: u64) -> Option<Command> {
    if draw.percent(40) {
        return Some(Command::Heal);
    }
    let (mut left, mut right): (Vec<Endpoint>, Vec<Endpoint>) = (Vec::new(), Vec::new());
    for node in 1..=nodes {
        let side = match draw.below(5) {
            0 | 1 => &mut left,
            2 | 3 => &mut right,
            _ => continue,
        };
        side.push(NodeId(node as u16).into());
    }
    if left.is_empty() || right.is_empty() {
        return None;
    }
    let one_way = draw.percent(30);
    Some(Command::Cut(if one_way {
        Cut::OneWay(left, right)
    } else {
        Cut::Groups(Vec::from([left, right]))
    }))
}

/// The longest that a command delays a message, in milliseconds.
const MOST_LATER: u64 = 500;

fn fate(draw: &mut Draw, script: &Script, clients: u16, nodes: u64) -> Option<Command> {
    let client = ClientId(draw.between(1, clients.into()) as u16);
    let request = RequestId { client, operation: script.next_operation(client) };
    let kind = draw.pick(&[
        MessageKind::Write,
        MessageKind::WriteAck,
        MessageKind::Read,
        MessageKind::ReadReply,
    ]);
    let (from, to) = (draw.between(1, nodes), draw.between(1, nodes));
    if from == to {
        return None;
    }
    let (from, to) = (NodeId(from as u16).into(), NodeId(to as u16).into());
    let later = Duration::millis(draw.between(1, MOST_LATER));
    let change = draw.pick(&[FateChange::Lose, FateChange::Delay(later), FateChange::Copy(later)]);
    Some(Command::Fate(MessageRef { kind, request, from, to }, change))
}

fn setting(draw: &mut Draw, n: u8) -> Command {
    let number = draw.between(1, n.into()) as u8;
    let mode = draw.pick(&[Strictness::Sloppy, Strictness::Strict]);
    Command::Set(draw.pick(&[Setting::R(number), Setting::W(number), Setting::Mode(mode)]))
}

/// Everything is mended, then nobody does anything.
fn make_peace(script: &mut Script, time: Time, joined: Vec<NodeId>) {
    let at = Moment::at(time);
    push(script, at, Command::Heal);
    push(script, at, Command::Set(Setting::Loss(Rate::NEVER)));
    push(script, at, Command::Set(Setting::Copies(Rate::NEVER)));
    for node in (1..=script.setup.nodes).map(NodeId).chain(joined) {
        push(script, at, Command::Restart(node));
    }
    // Long enough for every two nodes to compare their trees twice (4.7): logs are read anew only
    // after a walk.
    let nodes = u64::from(script.setup.nodes);
    let exchanges = script.setup.config.exchange_every.map_or(0, |it| it.as_micros());
    let exchanges = Duration::micros(3 * nodes * exchanges);
    let rounds = |line: &Line| match &line.command {
        // What moves for them waits for what moves for another.
        Command::Membership { change: Change::Strategy(_) | Change::Replicas(_), .. } => 180,
        Command::Membership { .. } => 60,
        _ => 0,
    };
    let rounds: u64 = script.lines.iter().map(rounds).sum();
    let news = Duration::micros(rounds * script.setup.config.gossip_every.as_micros());
    script.until = Some(time + PEACE + exchanges + news);
    let expect = |check: &str| Expectation { check: check.into(), status: "ok".into() };
    script.expect = Vec::from([expect("durability")]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn a_drawn_run_is_a_script_that_can_be_written_and_read_back() {
        for seed in 0..200 {
            let drawn = script(seed);
            assert_eq!(drawn.to_string().parse::<Script>().as_ref(), Ok(&drawn));
            assert_eq!(script(seed), drawn);
        }
    }
}
