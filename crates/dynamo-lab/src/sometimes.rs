//! What must happen in some run of a batch. Checks that always hold say nothing of worlds in which
//! nothing happens: every command, every fault, every decision of a node and the states that are
//! easily missed have to come up.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use dynamo_core::collections::{Map, Set};
use dynamo_core::{Change, Fact, NodeId, Outcome, Refusal, Store};
use dynamo_sim::disk::DiskFault;
use dynamo_sim::script::{COMMANDS, Command, OperationKind};
use dynamo_sim::trace::{Ended, Loss};
use dynamo_sim::{EventId, Record, TraceEvent};

/// Commands that random worlds do not draw: by chance a crash tears records, a message is fast and
/// any peer is met; and two processes of one identity must break a check.
const NOT_DRAWN: [&str; 4] = ["tear", "deliver", "gossip", "reuse"];

/// Names beside those of commands and facts.
const OTHERS: [&str; 25] = [
    "put",
    "get",
    "delete",
    "lost by chance",
    "lost by command",
    "lost at a cut",
    "lost at a node that is down",
    "lost with a turned bit",
    "lost on a full link",
    "buffer lost",
    "append finished by a crash",
    "append torn by a crash",
    "disk wiped",
    "sector rotten",
    "disk restored",
    "write outdated",
    "hint lost with its keeper",
    "crash between store and ack",
    "two joins at once",
    "siblings returned",
    "nothing found",
    "read failed",
    "write failed",
    "write unknown",
    "retried",
];

/// Everything that has to come up, in the order in which it is told.
pub fn names() -> Vec<&'static str> {
    let commands = COMMANDS.iter().map(|spec| spec.name);
    let commands = commands.filter(|name| !NOT_DRAWN.contains(name));
    OTHERS.into_iter().chain(commands).chain(Fact::NAMES).collect()
}

/// How often each came up.
#[derive(Clone, Debug, Default)]
pub struct Reached {
    counts: Map<&'static str, u64>,
    /// Writes that a disk has stored and its node has not heard of.
    untold: Map<EventId, NodeId>,
    /// Nodes that were told to join and have not.
    joining: Set<NodeId>,
}

impl Reached {
    /// Takes the next event of a run.
    pub fn see(&mut self, id: EventId, record: &Record) {
        match &record.event {
            TraceEvent::CommandApplied { command, .. } => self.command(command),
            TraceEvent::Noted { fact, .. } | TraceEvent::ClientNoted { fact, .. } => {
                self.count(fact.name());
                if let Fact::ChangeInEffect { change, .. } = fact {
                    change.node().map(|node| self.joining.remove(&node));
                }
            }
            TraceEvent::MessageLost { why, .. } => self.count(match why {
                Loss::Dropped => "lost by chance",
                Loss::Taken => "lost by command",
                Loss::Cut => "lost at a cut",
                Loss::ReceiverDown => "lost at a node that is down",
                Loss::Corrupt => "lost with a turned bit",
                Loss::Overflow => "lost on a full link",
            }),
            TraceEvent::DiskChanged { fault, slots, .. } => {
                self.count(match fault {
                    DiskFault::BufferLost => "buffer lost",
                    DiskFault::Finished => "append finished by a crash",
                    DiskFault::Wiped => "disk wiped",
                    DiskFault::Rotten => "sector rotten",
                    DiskFault::Restored => "disk restored",
                    DiskFault::Outdated => "write outdated",
                });
                let is_hint = |store: Store| matches!(store, Store::Hints(_));
                if *fault == DiskFault::Wiped && slots.iter().any(|(slot, _)| is_hint(slot.store)) {
                    self.count("hint lost with its keeper");
                }
            }
            TraceEvent::DiskRecovered { found, .. } if found.torn_bytes > 0 => {
                self.count("append torn by a crash");
            }
            TraceEvent::DiskCompleted { node, outcome, .. } => {
                if matches!(
                    outcome,
                    Outcome::Updated { .. } | Outcome::Merged { changed: true, .. }
                ) {
                    self.untold.insert(id, *node);
                }
            }
            TraceEvent::DiskAnswered { completed, .. } => {
                self.untold.remove(completed);
            }
            TraceEvent::NodeCrashed { node } => {
                if self.untold.values().any(|it| it == node) {
                    self.count("crash between store and ack");
                }
                self.untold.retain(|_, it| it != node);
            }
            TraceEvent::OperationRetried { .. } => self.count("retried"),
            TraceEvent::OperationEnded { ended, .. } => self.ended(ended),
            _ => {}
        }
    }

    fn count(&mut self, name: &'static str) {
        *self.counts.entry(name).or_default() += 1;
    }

    fn command(&mut self, command: &Command) {
        if let Command::Operation(operation) = command {
            return self.count(match operation.kind {
                OperationKind::Get { .. } => "get",
                OperationKind::Put { value: None, .. } => "delete",
                OperationKind::Put { .. } => "put",
            });
        }
        if let Command::Membership { change: Change::Join(member), .. } = command {
            self.joining.insert(member.node);
            if self.joining.len() == 2 {
                self.count("two joins at once");
            }
        }
        let line: String = command.to_string();
        let named = |name: &&str| line.split(' ').next() == Some(name);
        if let Some(name) = COMMANDS.iter().map(|spec| spec.name).find(named) {
            self.count(name);
        }
    }

    fn ended(&mut self, ended: &Ended) {
        match ended {
            Ended::Found { siblings } if siblings.is_empty() => self.count("nothing found"),
            Ended::Found { siblings } if siblings.len() > 1 => self.count("siblings returned"),
            Ended::Unknown(_) => self.count("write unknown"),
            Ended::Failed(Refusal::TooFewAnswers { .. } | Refusal::NoAnswer) => {
                self.count("read failed");
            }
            Ended::Failed(_) => self.count("write failed"),
            Ended::Stored | Ended::Found { .. } => {}
        }
    }

    /// Adds what came up in other runs.
    pub fn add(&mut self, other: &Reached) {
        for (name, count) in other.counts.iter() {
            *self.counts.entry(name).or_default() += count;
        }
    }

    /// Everything that had to come up, and how often it did.
    pub fn counts(&self) -> Vec<(&'static str, u64)> {
        let count = |name| (name, self.counts.get(name).copied().unwrap_or_default());
        names().into_iter().map(count).collect()
    }

    /// What did not come up at all.
    pub fn missed(&self) -> Vec<&'static str> {
        self.counts().into_iter().filter(|(_, count)| *count == 0).map(|(name, _)| name).collect()
    }
}
