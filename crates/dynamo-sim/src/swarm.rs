//! A seed becomes a run: the configuration is drawn first, then what happens in it, then peace.
//!
//! Every seed draws which faults it knows at all and how often, so that rare mixtures come up.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use dynamo_core::collections::Set;
use dynamo_core::{
    Change, ClientId, CoordinatorChoice, Detector, Duration, Endpoint, EngineKind, Key, Member,
    MessageKind, NodeId, NotFound, Operation, Outcome, Quorum, RequestId, Strictness, Value,
    Versioning, Zone,
};

use crate::chance::Seed;
use crate::latency::{Latency, Model};
use crate::machine::{Ailment, Drift, MAX_SKEW};
use crate::script::{
    Command, ContextChoice, Cut, Driven, Expectation, FateChange, Line, LinkCommand, MessageRef,
    OperationCommand, OperationKind, Rate, Rule, Script, Setting, Setup, Trigger,
};
use crate::time::{Moment, Time};
use crate::trace::{EventId, Record, Recorder, TraceEvent};
use crate::world::{Progress, World};

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
    let joined = change_members(&mut members, &mut script, time);
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

/// Disks that are lost or go bad, but never the last copy of an acknowledged write: it lies on W
/// nodes, each for another place of the list, so fewer than W nodes may ever be hit. A crash loses
/// write buffers on any number of nodes, so nobody is hit beside them.
/// Answers the nodes that may be hit.
fn break_disks(draw: &mut Draw, script: &mut Script, end: Time, keys: &[Key]) -> Vec<NodeId> {
    let (engine, w) = (script.setup.config.engine, script.setup.quorum.w());
    if engine == EngineKind::Buffered || draw.percent(40) {
        return Vec::new();
    }
    let nodes = u64::from(script.setup.nodes);
    let first = draw.below(nodes);
    let victims = (0..u64::from(w - 1)).map(|it| NodeId(((first + it) % nodes) as u16 + 1));
    let victims: Vec<NodeId> = victims.collect();
    for node in victims.iter().copied() {
        for _ in 0..draw.between(0, 2) {
            let at = Moment::at(Time(draw.below(end.as_micros() + 1)));
            let key = keys[draw.below(keys.len() as u64) as usize].clone();
            let on_log = engine == EngineKind::Log;
            let command = match draw.below(10) {
                0..=4 if on_log => Command::Rot(node, key),
                5 | 6 if on_log => {
                    let over = keys[draw.below(keys.len() as u64) as usize].clone();
                    let over = Some(over).filter(|over| *over != key && draw.percent(50));
                    Command::Misplace(node, key, over)
                }
                _ => Command::Wipe(node),
            };
            let is_down = !matches!(command, Command::Rot(..));
            script.insert(at, command);
            if is_down && draw.percent(70) {
                let later = at.time + Duration::micros(draw.below(2_000_000));
                script.insert(Moment::at(later.min(end)), Command::Restart(node));
            }
        }
    }
    victims
}

/// Nodes that are set back to an old backup, among those that may lose their disks.
fn set_back(draw: &mut Draw, script: &mut Script, end: Time, victims: &[NodeId]) {
    for node in victims.iter().copied() {
        if draw.percent(50) {
            continue;
        }
        let then = draw.below(end.as_micros() + 1);
        let now = draw.between(then, end.as_micros());
        script.insert(Moment::at(Time(then)), Command::Machine(node, Ailment::Snapshot));
        script.insert(Moment::at(Time(now)), Command::Machine(node, Ailment::Restore));
        if draw.percent(70) {
            let later = Time(now) + Duration::micros(draw.below(2_000_000));
            script.insert(Moment::at(later.min(end)), Command::Restart(node));
        }
    }
}

/// In half of the runs some links hold back what they carry, are worse than others, turn bits or
/// carry few messages, and copies come late; each for a while. Of what is cut some is healed early.
fn fail_links(draw: &mut Draw, script: &mut Script, end: Time) {
    if draw.percent(50) {
        return;
    }
    let nodes = script.setup.nodes;
    let any = |draw: &mut Draw| Endpoint::Node(NodeId(draw.between(1, nodes.into()) as u16));
    for _ in 0..draw.between(1, 4) {
        let from = draw.below(end.as_micros() + 1);
        let to = from + draw.pick(&[100_000, 1_000_000, 5_000_000]);
        let (a, b) = (any(draw), any(draw));
        let rate = |draw: &mut Draw| Rate::parse(draw.pick(&["0.05", "0.3", "0.6"])).ok();
        let link = Cut::OneWay(Vec::from([a]), Vec::from([b]));
        let (command, over) = match draw.below(6) {
            0 if a != b => (Command::Clog(link.clone()), Command::HealLinks(link)),
            0 | 1 if a != b => (Command::Cut(link.clone()), Command::HealLinks(link)),
            2 => {
                let latency =
                    draw.percent(50).then(|| Model::Constant(Duration::millis(80)).into());
                let (loss, copies) = (rate(draw), rate(draw));
                let usual = LinkCommand::usual(a, b);
                let worse = LinkCommand { latency, loss, copies, ..usual };
                (Command::Link(worse), Command::Link(usual))
            }
            3 => {
                let rate = rate(draw).unwrap_or_default();
                let calm = Setting::Corruption(Rate::NEVER);
                (Command::Set(Setting::Corruption(rate)), Command::Set(calm))
            }
            4 => {
                let most = draw.pick(&[1, 2, 20]);
                (Command::Set(Setting::Capacity(most)), Command::Set(Setting::Capacity(0)))
            }
            _ => {
                let late = Duration::millis(draw.pick(&[100, 1_000, 10_000]));
                let calm = Setting::Late(Duration::micros(0));
                (Command::Set(Setting::Late(late)), Command::Set(calm))
            }
        };
        script.insert(Moment::at(Time(from)), command);
        script.insert(Moment::at(Time(to.min(end.as_micros()))), over);
    }
}

/// Where a crash may be aimed at: a disk has stored a write and its node has not heard of it, or is
/// about to store it.
#[derive(Default)]
struct Sights(Vec<(Moment, NodeId)>);

impl Recorder for Sights {
    fn record(&mut self, _: EventId, record: Record) {
        let Moment { time, after } = record.moment;
        match record.event {
            TraceEvent::DiskCompleted {
                node,
                outcome: Outcome::Updated { .. } | Outcome::Merged { changed: true, .. },
                ..
            } => self.0.push((Moment { time, after }, node)),
            TraceEvent::DiskAsked {
                node,
                operation: Operation::Update { .. } | Operation::Merge { .. },
                due,
                ..
            } => self.0.push((Moment::at(Time(due.as_micros() - 1)), node)),
            _ => {}
        }
    }
}

/// In one run of five a node dies just before or just after its disk has stored a write. Chance
/// alone would hardly ever meet these moments, so the run is played to find them.
fn aim(draw: &mut Draw, script: &mut Script, end: Time) {
    if draw.percent(80) {
        return;
    }
    let mut sights = Sights::default();
    let mut world = World::new(script, &mut sights);
    while world.step(end, &mut sights) == Progress::Stepped {}
    if sights.0.is_empty() {
        return;
    }
    let (at, node) = sights.0[draw.below(sights.0.len() as u64) as usize];
    script.insert(at, Command::Crash(node));
    if draw.percent(70) {
        let later = at.time + Duration::micros(draw.below(2_000_000));
        script.insert(Moment::at(later.min(end)), Command::Restart(node));
    }
}

/// In one run of twenty clients claim now and then to have seen what nobody has written.
fn lie(draw: &mut Draw, script: &mut Script) {
    if draw.percent(95) {
        return;
    }
    for line in &mut script.lines {
        if let Command::Operation(operation) = &mut line.command
            && let OperationKind::Put { context, value: Some(_) } = &mut operation.kind
            && draw.percent(20)
        {
            *context = ContextChoice::Forged;
        }
    }
}

/// In half of the runs machines stand still, are slow, go by wrong clocks or have no room; each for
/// a while, but for clocks, which stay wrong.
fn ail(draw: &mut Draw, script: &mut Script, end: Time) {
    if draw.percent(50) {
        return;
    }
    let nodes = script.setup.nodes;
    for _ in 0..draw.between(1, 4) {
        let node = NodeId(draw.between(1, nodes.into()) as u16);
        let from = draw.below(end.as_micros() + 1);
        let to = from + draw.pick(&[100_000, 1_000_000, 5_000_000, 30_000_000]);
        let (ailment, over) = match draw.below(4) {
            0 => (Ailment::Pause, Some(Ailment::Resume)),
            1 => (Ailment::Slow(draw.pick(&[10, 30, 100])), Some(Ailment::Slow(1))),
            2 => (Ailment::Fill, Some(Ailment::Free)),
            _ => {
                let most = draw.pick(&[1_000, 1_000_000, 60_000_000, MAX_SKEW]);
                let ahead = draw.below(2 * most as u64 + 1) as i64 - most;
                let gains = draw.pick(&[0, 0, 200, -200]);
                (Ailment::Clock(Drift { ahead, gains }), None)
            }
        };
        script.insert(Moment::at(Time(from)), Command::Machine(node, ailment));
        if let Some(over) = over {
            let to = Time(to.min(end.as_micros()));
            script.insert(Moment::at(to), Command::Machine(node, over));
        }
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
        let via = if own { Some(change.node()) } else { draw.percent(50).then(|| any(draw)) };
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
    let is_change = |line: &Line| matches!(line.command, Command::Membership { .. });
    let changes = script.lines.iter().filter(|line| is_change(line)).count() as u64;
    let news = Duration::micros(changes * 60 * script.setup.config.gossip_every.as_micros());
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
