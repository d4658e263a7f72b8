//! Whether a world has been left in peace for long enough that replicas must be equal.

use dynamo_core::collections::Set;

use dynamo_core::{Duration, NodeId, Subject};
use dynamo_sim::network::Cuts;
use dynamo_sim::script::{OperationKind, Rate};
use dynamo_sim::view::Settings;
use dynamo_sim::{Command, EventId, Latency, Record, Setup, Status, Time, TraceEvent, Wait};

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

/// What disturbs a world: acts, faults, writes on their way, changes of disks.
#[derive(Clone, Debug)]
pub struct Peace {
    setup: Setup,
    settings: Settings,
    down: Set<NodeId>,
    cuts: Cuts,
    /// Writes of requests on their way.
    writes: Set<EventId>,
    since: Time,
}

impl Peace {
    /// For runs with this setup.
    pub fn new(setup: &Setup) -> Self {
        Peace {
            setup: setup.clone(),
            settings: Settings::of(setup),
            down: Set::new(),
            cuts: Cuts::default(),
            writes: Set::new(),
            since: Time::ZERO,
        }
    }

    /// Something changed now.
    pub fn disturb(&mut self, now: Time) {
        self.since = now;
    }

    /// Takes the next event.
    pub fn see(&mut self, id: EventId, record: &Record) {
        let now = record.moment.time;
        match &record.event {
            TraceEvent::CommandApplied { command, .. } => {
                if !is_get(command) {
                    self.disturb(now);
                }
                self.cuts.obey(command);
                self.settings.obey(command);
            }
            TraceEvent::NodeStarted { boot } => {
                self.down.remove(&boot.node);
            }
            TraceEvent::NodeCrashed { node } => {
                self.down.insert(*node);
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
                self.disturb(now);
            }
            _ => {}
        }
    }

    /// What is still missing before a property of peace can be judged, if anything.
    pub fn missing(&self, now: Time) -> Option<Status> {
        let whole = self.down.is_empty() && self.cuts.is_empty();
        if !whole || self.settings.loss != Rate::NEVER || !self.writes.is_empty() {
            return Some(Status::NotYetDue(Wait::Mending));
        }
        let bound = bound(&self.setup, self.settings.latency).as_micros();
        let quiet = now.since(self.since).as_micros();
        let more = bound.saturating_sub(quiet);
        (more > 0).then_some(Status::NotYetDue(Wait::Quiet(Duration::micros(more))))
    }
}

/// A read disturbs only by its repairs, which are writes.
fn is_get(command: &Command) -> bool {
    matches!(command, Command::Operation(operation) if matches!(operation.kind, OperationKind::Get { .. }))
}
