//! **convergence** (K2): left in peace, all replicas of a key become equal.
//!
//! Eventually: once all nodes are up, all links whole and nothing is lost by chance, and after
//! the bound B without disturbance, the N primaries of every key hold the same versions and
//! nobody keeps a hint. B is computed from the setup, see [`bound`].
//!
//! A put that ended without filling every place of its list, or whose coordinator died, may
//! leave a replica behind until the key is read: only anti-entropy (4.7) would mend it. Such keys
//! are counted.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec;
use alloc::vec::Vec;

use dynamo_core::{
    Duration, Fact, Key, Message, NodeId, RequestId, Ring, Store, Subject, Versions,
};
use dynamo_sim::network::Cuts;
use dynamo_sim::script::OperationKind;
use dynamo_sim::trace::{Access, Ended};
use dynamo_sim::view::Settings;
use dynamo_sim::{
    Command, EventId, Finding, Latency, Record, Setup, Status, Time, TraceEvent, Wait, Watch,
};

use crate::ghost::Ghost;

/// The name in texts and links.
pub const NAME: &str = "convergence";

/// The check.
#[derive(Clone, Debug)]
pub struct Convergence {
    ghost: Ghost,
    ring: Option<Ring>,
    setup: Setup,
    settings: Settings,
    down: BTreeSet<NodeId>,
    cuts: Cuts,
    /// Writes of requests on their way.
    writes: BTreeSet<EventId>,
    left_behind: BTreeSet<Key>,
    puts: BTreeMap<RequestId, Key>,
    /// The last writes of every coordinator, and when it began them.
    coordinated: BTreeMap<NodeId, Vec<(Time, Key)>>,
    disturbed: Time,
    changed: BTreeMap<Key, EventId>,
}

/// The quiet time after which replicas must be equal: a suspect is asked again, answers, hints
/// are scanned twice (an offer may be lost once to an old suspicion), travel and are stored.
pub fn bound(setup: &Setup, latency: Latency) -> Duration {
    let slowest = match latency {
        Latency::Constant(delay) => delay.as_micros(),
        Latency::Uniform(_, high) => high.as_micros(),
        // Beyond eight times the 99th percentile no draw of a 64-bit chance goes.
        Latency::Lognormal { p99, .. } => p99.as_micros().saturating_mul(8),
    };
    let config = &setup.config;
    let waits = [
        config.deadline,
        config.stragglers,
        config.probe_every,
        config.hint_scan_every,
        config.hint_scan_every,
    ];
    let waits: u64 = waits.iter().map(|wait| wait.as_micros()).sum();
    let disks = 8 * (setup.disk_read.as_micros() + setup.disk_write.as_micros());
    Duration::micros(waits + disks + slowest.saturating_mul(6))
}

/// A read disturbs only by its repairs, which are writes.
fn is_get(command: &Command) -> bool {
    matches!(command, Command::Operation(operation) if operation.kind == OperationKind::Get)
}

impl Convergence {
    /// The check for runs with this setup.
    pub fn new(setup: &Setup) -> Self {
        let nodes: Vec<NodeId> = (1..=setup.nodes).map(NodeId).collect();
        Convergence {
            ghost: Ghost::default(),
            ring: Ring::new(&nodes, setup.partitions).ok(),
            setup: setup.clone(),
            settings: Settings::of(setup),
            down: BTreeSet::new(),
            cuts: Cuts::default(),
            writes: BTreeSet::new(),
            left_behind: BTreeSet::new(),
            puts: BTreeMap::new(),
            coordinated: BTreeMap::new(),
            disturbed: Time::ZERO,
            changed: BTreeMap::new(),
        }
    }

    fn is_mended(&self) -> bool {
        let (never, whole) = (dynamo_sim::script::Rate::NEVER, self.cuts.is_empty());
        self.down.is_empty() && whole && self.settings.loss == never && self.writes.is_empty()
    }

    /// The node that differs from the others for this key, or that keeps a hint of it.
    fn odd_one(&self, ring: &Ring, key: &Key) -> Option<NodeId> {
        let hint = self.ghost.places(key).find(|((_, store), _)| *store != Store::Main);
        if let Some(((keeper, _), _)) = hint {
            return Some(*keeper);
        }
        let held: BTreeMap<NodeId, &Versions> =
            self.ghost.places(key).map(|((node, _), versions)| (*node, versions)).collect();
        let list = ring.preference(key, self.setup.quorum.n());
        let mut primaries = list.primaries().iter();
        let first = held.get(primaries.next()?);
        primaries.find(|node| held.get(node) != first).copied()
    }

    fn command(&mut self, command: &Command) {
        match command {
            Command::Cut(cut) => self.cuts.add(cut),
            Command::Heal => self.cuts = Cuts::default(),
            Command::Set(setting) => {
                self.settings.change(*setting);
            }
            _ => {}
        }
    }
}

impl Watch for Convergence {
    fn name(&self) -> &'static str {
        NAME
    }

    fn see(&mut self, id: EventId, record: &Record) {
        let now = record.moment.time;
        if let Some(change) = self.ghost.see(id, record) {
            self.disturbed = now;
            self.changed.insert(change.key, id);
        }
        match &record.event {
            TraceEvent::CommandApplied { command, .. } => {
                if !is_get(command) {
                    self.disturbed = now;
                }
                self.command(command);
            }
            TraceEvent::NodeStarted { boot } => {
                self.down.remove(&boot.node);
            }
            TraceEvent::NodeCrashed { node } => {
                self.down.insert(*node);
                let lost = self.coordinated.remove(node).into_iter().flatten();
                let open =
                    lost.filter(|(began, _)| now.since(*began) <= self.setup.config.deadline);
                self.left_behind.extend(open.map(|(_, key)| key));
            }
            TraceEvent::OperationStarted(started) if started.access != Access::Get => {
                self.puts.insert(started.request, started.key.clone());
            }
            TraceEvent::OperationEnded { request, ended } => {
                let Some(key) = self.puts.get(request) else { return };
                self.disturbed = now;
                if matches!(ended, Ended::Unknown(_)) {
                    self.left_behind.insert(key.clone());
                }
            }
            TraceEvent::MessageSent { name, message: Message::Write(_), .. }
                if matches!(name.subject, Subject::Request(_)) =>
            {
                self.writes.insert(id);
            }
            TraceEvent::MessageCopied { original, .. } if self.writes.contains(original) => {
                self.writes.insert(id);
            }
            TraceEvent::MessageArrived { sent } | TraceEvent::MessageLost { sent, .. }
                if self.writes.remove(sent) =>
            {
                self.disturbed = now;
            }
            TraceEvent::Noted { node, fact: Fact::Coordinates { request, key, .. } }
                if self.puts.contains_key(request) =>
            {
                let began = self.coordinated.entry(*node).or_default();
                began.retain(|(time, _)| now.since(*time) <= self.setup.config.deadline);
                began.push((now, key.clone()));
            }
            TraceEvent::Noted { fact: Fact::LeavesBehind { key, .. }, .. } => {
                self.left_behind.insert(key.clone());
            }
            _ => {}
        }
    }

    fn finding(&self, now: Time) -> Finding {
        if !self.is_mended() {
            return Finding::plain(NAME, Status::NotYetDue(Wait::Mending));
        }
        let bound = bound(&self.setup, self.settings.latency);
        let quiet = now.since(self.disturbed);
        if quiet < bound {
            let more = Duration::micros(bound.as_micros() - quiet.as_micros());
            return Finding::plain(NAME, Status::NotYetDue(Wait::Quiet(more)));
        }
        let Some(ring) = &self.ring else { return Finding::plain(NAME, Status::Holds) };
        let mut counted = 0;
        for key in self.ghost.keys() {
            let Some(node) = self.odd_one(ring, key) else { continue };
            if self.left_behind.contains(key) {
                counted += 1;
                continue;
            }
            return Finding {
                guilty: self.changed.get(key).map_or_else(Vec::new, |id| vec![*id]),
                key: Some(key.clone()),
                node: Some(node),
                ..Finding::plain(NAME, Status::Violated)
            };
        }
        let status = if counted > 0 { Status::Counted(counted) } else { Status::Holds };
        Finding::plain(NAME, status)
    }

    fn clone_box(&self) -> Box<dyn Watch> {
        Box::new(self.clone())
    }
}
