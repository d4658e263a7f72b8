//! What befalls a drawn run beside what its acts do: disks, links, machines, aimed crashes, lies.

use alloc::vec::Vec;

use dynamo_core::{Duration, Endpoint, EngineKind, Key, NodeId, Operation, Outcome};

use super::Draw;
use crate::latency::Model;
use crate::machine::{Ailment, Drift, MAX_SKEW};
use crate::script::{
    Command, ContextChoice, Cut, LinkCommand, OperationKind, Rate, Script, Setting,
};
use crate::time::{Moment, Time};
use crate::trace::{EventId, Record, Recorder, TraceEvent};
use crate::world::{Progress, World};

/// Disks that are lost or go bad, but never the last copy of an acknowledged write: it lies on W
/// nodes, each for another place of the list, so fewer than W nodes may ever be hit. A crash loses
/// write buffers on any number of nodes, so nobody is hit beside them.
/// Answers the nodes that may be hit.
pub(super) fn break_disks(
    draw: &mut Draw,
    script: &mut Script,
    end: Time,
    keys: &[Key],
) -> Vec<NodeId> {
    let (engine, w) = (script.setup.config.engine, script.setup.quorum.w());
    if engine == EngineKind::Buffered || draw.percent(40) {
        return Vec::new();
    }
    let victims = neighbours(draw, script.setup.nodes, u64::from(w - 1));
    hit(draw, script, end, keys, &victims);
    victims
}

/// So many nodes in a row, beginning anywhere.
pub(super) fn neighbours(draw: &mut Draw, nodes: u16, count: u64) -> Vec<NodeId> {
    let nodes = u64::from(nodes);
    let first = draw.below(nodes);
    (0..count).map(|it| NodeId(((first + it) % nodes) as u16 + 1)).collect()
}

/// The disks of these nodes are lost or go bad, each up to twice.
pub(super) fn hit(
    draw: &mut Draw,
    script: &mut Script,
    end: Time,
    keys: &[Key],
    victims: &[NodeId],
) {
    let engine = script.setup.config.engine;
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
}

/// Nodes that are set back to an old backup, among those that may lose their disks.
pub(super) fn set_back(draw: &mut Draw, script: &mut Script, end: Time, victims: &[NodeId]) {
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
pub(super) fn fail_links(draw: &mut Draw, script: &mut Script, end: Time) {
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
pub(super) fn aim(draw: &mut Draw, script: &mut Script, end: Time) {
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
pub(super) fn lie(draw: &mut Draw, script: &mut Script) {
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
pub(super) fn ail(draw: &mut Draw, script: &mut Script, end: Time) {
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
