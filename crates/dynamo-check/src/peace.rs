//! Whether a world has been left in peace for long enough that replicas must be equal.

use dynamo_core::collections::{Map, Set};

use dynamo_core::merkle::{FAN_OUT, MAX_DEPTH};
use dynamo_core::node::sync::{MENDED_AT_ONCE, PATIENCE};
use dynamo_core::{Duration, EngineKind, NodeId, Subject};
use dynamo_sim::machine::Condition;
use dynamo_sim::network::Links;
use dynamo_sim::script::OperationKind;
use dynamo_sim::view::Settings;
use dynamo_sim::{Command, EventId, Latency, Record, Setup, Status, Time, TraceEvent, Wait};

use crate::beliefs::Beliefs;
use crate::ghost::{By, Change};

/// The quiet time B after which replicas must be equal and hints home: a suspect is asked again,
/// answers, hints are scanned twice (an offer may be lost once to an old suspicion), travel and
/// are stored. The latency is what holds for all messages of which the setup says nothing else.
pub fn bound(setup: &Setup, latency: Latency) -> Duration {
    let slowest = setup.slowest(latency).as_micros();
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

/// The quiet time after which two replicas that differ must have been compared and mended (4.7);
/// none if nobody compares, or if answers take longer than an exchange waits for them. The walk of
/// a node meets each of its peers once; the exchange that peace finds under way may be with a peer
/// that has lost it. A log is read anew only after a walk, and what is found broken then is mended
/// in the next. `keys` is how many there are.
pub fn exchange_bound(setup: &Setup, latency: Latency, keys: usize) -> Option<Duration> {
    let period = setup.config.exchange_every?.as_micros();
    let (keys, peers) = (keys as u64, u64::from(setup.nodes.saturating_sub(1)));
    let slowest = setup.slowest(latency).as_micros();
    // Every key is read and written on both sides; exchanges of all peers may meet at one disk.
    let disks = (setup.disk_read.as_micros() + setup.disk_write.as_micros())
        .saturating_mul(8 + 4 * keys * (peers + 1));
    // A question for the roots, one for every key and level where ranges are too large for one
    // leaf, then the repairs, some at a time.
    let levels = if keys > FAN_OUT as u64 { keys * u64::from(MAX_DEPTH) } else { 0 };
    let rounds = 1 + levels + keys.div_ceil(MENDED_AT_ONCE as u64);
    let round = slowest.saturating_mul(2).saturating_add(disks);
    let patience = PATIENCE.as_micros().div_ceil(period).max(1) * period;
    if round >= patience {
        return None;
    }
    let length = rounds * round;
    let walks = if setup.config.engine == EngineKind::Log { 2 } else { 1 };
    let walk = walks * (peers + 1) * (period + length);
    Some(Duration::micros(patience + period + walk + length))
}

/// What disturbs a world: acts, faults, writes on their way, changes of disks.
#[derive(Clone, Debug)]
pub struct Peace {
    setup: Setup,
    settings: Settings,
    down: Set<NodeId>,
    machines: Map<NodeId, Condition>,
    beliefs: Beliefs,
    links: Links,
    /// Writes of requests on their way.
    writes: Set<EventId>,
    /// The last act, news of the membership or end of a write's way.
    disturbed: Time,
    /// The last change of a disk that may make replicas differ.
    changed: Time,
    /// The last act or fault.
    last_act: Time,
}

impl Peace {
    /// For runs with this setup.
    pub fn new(setup: &Setup) -> Self {
        Peace {
            setup: setup.clone(),
            settings: Settings::of(setup),
            down: Set::new(),
            machines: Map::new(),
            beliefs: Beliefs::new(setup),
            links: Links::default(),
            writes: Set::new(),
            disturbed: Time::ZERO,
            changed: Time::ZERO,
            last_act: Time::ZERO,
        }
    }

    /// Takes the next event and what it has changed on disks; answers the node that believes in
    /// another membership now.
    pub fn see(&mut self, id: EventId, record: &Record, changes: &[Change]) -> Option<NodeId> {
        let now = record.moment.time;
        let believer = self.beliefs.see(id, record);
        if believer.is_some() {
            self.disturbed = now;
        }
        // A tombstone that is erased makes no replica differ from another.
        if changes.iter().any(|change| change.by != By::Burial) {
            self.changed = now;
        }
        match &record.event {
            TraceEvent::CommandApplied { command, .. } => {
                if !is_get(command) {
                    self.last_act = now;
                    self.disturbed = now;
                }
                self.links.obey(command);
                self.settings.obey(command);
                if let Command::Set(_) = command {
                    self.setup = self.settings.over(&self.setup);
                }
                if let Command::Machine(node, ailment) = command {
                    self.machines.entry(*node).or_default().befall(now, *ailment);
                }
            }
            TraceEvent::NodeStarted { boot } => {
                self.down.remove(&boot.node);
            }
            TraceEvent::NodeCrashed { node } => {
                self.down.insert(*node);
                self.machines.entry(*node).or_default().crash();
            }
            TraceEvent::MessageSent { name, message, .. }
                if message.as_write().is_some() && matches!(name.subject, Subject::Request(_)) =>
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
            _ => {}
        }
        believer
    }

    /// The quiet time after which hints must be home, as things are set now.
    pub fn bound(&self) -> Duration {
        bound(&self.setup, self.settings.latency)
    }

    /// The quiet time after which replicas must have been mended, as things are set now.
    pub fn exchange_bound(&self, keys: usize) -> Option<Duration> {
        let bound = exchange_bound(&self.setup, self.settings.latency, keys)?;
        Some(bound.max(self.bound()))
    }

    /// What is still missing before a property of peace can be judged, if anything: it was quiet
    /// for so long, and has to be for so long.
    pub fn missing(&self, quiet: Duration, bound: Duration) -> Option<Status> {
        if !self.is_whole() || !self.writes.is_empty() || self.unsettled().is_some() {
            return Some(Status::NotYetDue(Wait::Mending));
        }
        let more = bound.as_micros().saturating_sub(quiet.as_micros());
        (more > 0).then_some(Status::NotYetDue(Wait::Quiet(Duration::micros(more))))
    }
}

impl Peace {
    /// What nodes believe of the membership.
    pub fn beliefs(&self) -> &Beliefs {
        &self.beliefs
    }

    /// The setup of a run that starts as things are set now.
    pub fn setup(&self) -> &Setup {
        &self.setup
    }

    /// Who is down.
    pub fn is_down(&self, node: NodeId) -> bool {
        self.down.contains(&node)
    }

    /// Whether all who take part are up and well, all links whole, and nothing is lost by chance.
    pub fn is_whole(&self) -> bool {
        let all = self.beliefs.newest().participants();
        let is_well = |node: &NodeId| self.machines.get(node).is_none_or(Condition::is_well);
        let is_up = |node: &NodeId| !self.down.contains(node) && is_well(node);
        all.iter().all(is_up) && self.links.are_well() && self.settings.loses_nothing()
    }

    /// A node for which a change of the membership is not over.
    pub fn unsettled(&self) -> Option<NodeId> {
        self.beliefs.unsettled(&self.down)
    }

    /// The last act.
    pub fn last_act(&self) -> Time {
        self.last_act
    }

    /// When something last disturbed the world, changes of disks aside.
    pub fn disturbed(&self) -> Time {
        self.disturbed
    }

    /// When something last disturbed the world or changed what replicas hold.
    pub fn changed(&self) -> Time {
        self.disturbed.max(self.changed)
    }
}

/// A read disturbs only by its repairs, which are writes.
fn is_get(command: &Command) -> bool {
    matches!(command, Command::Operation(operation) if matches!(operation.kind, OperationKind::Get { .. }))
}
