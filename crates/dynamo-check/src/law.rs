//! The one table that says how a breach of a check is judged: under which versions, which engine
//! and after which blow it is hard, counted or excused.
//!
//! Everything that is not in the table is hard: a breach is a violation.

use alloc::vec;
use alloc::vec::Vec;

use dynamo_core::collections::Set;
use dynamo_core::{Duration, Interval, Key, Knob, Versioning};
use dynamo_sim::disk::DiskFault;
use dynamo_sim::script::{ContextChoice, Setting};
use dynamo_sim::trace::Access;
use dynamo_sim::{Command, EventId, Finding, Record, Setup, Status, TraceEvent};

use crate::{
    concurrency, domination, durability, hints, identity, metadata, provenance, quorum, register,
    repair, resurrection, sessions,
};

/// How a breach is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// It had to hold.
    Violated,
    /// The protocol does not promise it here; it is counted.
    Counted,
    /// The last good copy was destroyed from outside.
    Excused,
}

/// What was done to a key from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blow {
    /// A fault took something of it from a disk, or brought something back.
    Disk(DiskFault),
    /// A write of it was on its way for longer than a tombstone lives.
    OldWrite,
    /// A client claimed to have seen writes of it that nobody had made.
    Forged,
}

/// One row: the checks, what it applies to, and how a breach is judged then.
struct Row {
    checks: &'static [&'static str],
    applies: fn(&Setup, Option<Blow>) -> bool,
    judgement: Judgement,
}

/// The first row that applies decides.
static TABLE: [Row; 10] = [
    // A life that messages may outlive promises nothing.
    Row {
        checks: &[resurrection::NAME],
        applies: |setup, _| setup.config.tombstone_life < setup.shortest_tombstone_life(),
        judgement: Judgement::Counted,
    },
    // What was erased everywhere comes back from an old backup or record, or from a link that held
    // it for longer than a tombstone lives: nobody is left to say so.
    Row {
        checks: &[resurrection::NAME],
        applies: |_, blow| match blow {
            Some(Blow::Disk(fault)) => fault.brings_back(),
            other => other == Some(Blow::OldWrite),
        },
        judgement: Judgement::Counted,
    },
    // A checksum tells a damaged context from a whole one, not a true one from a lie: only the node
    // that a client names a write of can say that it never made it.
    Row {
        checks: &[
            durability::NAME,
            domination::NAME,
            resurrection::NAME,
            concurrency::NAME,
            provenance::NAME,
            quorum::NAME,
            repair::NAME,
            hints::NAME,
            sessions::NAME,
            metadata::NAME,
        ],
        applies: |_, blow| blow == Some(Blow::Forged),
        judgement: Judgement::Counted,
    },
    // 6.1: a crash loses a write buffer; durability is traded for speed.
    Row {
        checks: &[durability::NAME],
        applies: |_, blow| blow == Some(Blow::Disk(DiskFault::BufferLost)),
        judgement: Judgement::Counted,
    },
    // No protocol brings a last copy back.
    Row {
        checks: &[durability::NAME, hints::NAME],
        applies: |_, blow| matches!(blow, Some(Blow::Disk(_))),
        judgement: Judgement::Excused,
    },
    // 2.3, 4.5: consistency is eventual; nobody promises one copy.
    Row { checks: &[register::NAME], applies: |_, _| true, judgement: Judgement::Counted },
    // R + W > N speaks of disks that keep what they have acknowledged.
    Row {
        checks: &[sessions::NAME],
        applies: |_, blow| matches!(blow, Some(Blow::Disk(_))),
        judgement: Judgement::Counted,
    },
    // 4.4: clocks with one counter for each coordinator take strangers for descendants (P1, P10),
    // and stamps know nothing of descent.
    Row {
        checks: &[durability::NAME, domination::NAME, quorum::NAME, hints::NAME, sessions::NAME],
        applies: |setup, _| setup.config.versions != Versioning::Dotted,
        judgement: Judgement::Counted,
    },
    // 4.4: a truncated clock takes its own ancestor for a stranger (P4).
    Row {
        checks: &[concurrency::NAME],
        applies: |setup, _| setup.config.versions == Versioning::Clocks,
        judgement: Judgement::Counted,
    },
    // 4.4: without processes in names, a coordinator that lost its disk, or whose clock was set
    // back, names a second version like a first.
    Row {
        checks: &[identity::NAME, provenance::NAME],
        applies: |setup, _| setup.config.versions != Versioning::Dotted,
        judgement: Judgement::Counted,
    },
];

/// The table as it applies to one run.
#[derive(Clone, Debug)]
pub struct Law {
    /// With the shortest life of tombstones so far: what was erased meanwhile stays erased.
    setup: Setup,
    /// Keys of which some client has lied.
    forged: Set<Key>,
}

impl Law {
    /// For runs with this setup.
    pub fn new(setup: &Setup) -> Self {
        Law { setup: setup.clone(), forged: Set::new() }
    }

    /// Takes the next event.
    pub fn see(&mut self, record: &Record) {
        if let Some(key) = forged(record) {
            self.forged.insert(key.clone());
        }
        if let Some(life) = tombstone_life(record) {
            let shortest = &mut self.setup.config.tombstone_life;
            *shortest = life.min(*shortest);
        }
    }

    /// The shortest life that tombstones have had so far.
    pub fn tombstone_life(&self) -> Duration {
        self.setup.config.tombstone_life
    }

    /// How a breach of this check is judged. The blow is the one that the key concerned has
    /// suffered, if it has; that some client has lied of it is known here.
    pub fn judgement(&self, check: &str, key: Option<&Key>, blow: Option<Blow>) -> Judgement {
        let is_forged = key.is_some_and(|key| self.forged.contains(key));
        let blow = if is_forged { Some(Blow::Forged) } else { blow };
        let applies = |row: &&Row| row.checks.contains(&check) && (row.applies)(&self.setup, blow);
        TABLE.iter().find(applies).map_or(Judgement::Violated, |row| row.judgement)
    }
}

/// The key of which a client begins to lie.
fn forged(record: &Record) -> Option<&Key> {
    let TraceEvent::OperationStarted(started) = &record.event else { return None };
    let Access::Put { context: ContextChoice::Forged, .. } = &started.access else { return None };
    Some(&started.key)
}

/// How long tombstones live from here on, if that changes.
fn tombstone_life(record: &Record) -> Option<Duration> {
    let TraceEvent::CommandApplied { command: Command::Set(setting), .. } = &record.event else {
        return None;
    };
    match setting {
        Setting::Knob(Knob::Interval(Interval::TombstoneLife, life)) => Some(*life),
        _ => None,
    }
}

/// Events that a finding points at.
const GUILTY_NAMED: usize = 16;

/// The breaches of one check so far, each judged by the table.
#[derive(Clone, Debug, Default)]
pub struct Breaches {
    violated: Option<Finding>,
    excused: Option<Finding>,
    /// The first that is counted, and the events of all.
    counted: Option<(Finding, Vec<EventId>)>,
}

impl Breaches {
    /// Takes one; its status is judged here.
    pub fn add(&mut self, law: &Law, blow: Option<Blow>, breach: Finding) {
        match law.judgement(breach.check, breach.key.as_ref(), blow) {
            Judgement::Violated => {
                self.violated.get_or_insert(Finding { status: Status::Violated, ..breach });
            }
            Judgement::Excused => {
                self.excused.get_or_insert(Finding { status: Status::Excused, ..breach });
            }
            Judgement::Counted => {
                let event = breach.guilty.first().copied();
                let (_, events) = self.counted.get_or_insert_with(|| (breach, vec![]));
                events.extend(event);
            }
        }
    }

    /// Whether one of them had to hold.
    pub fn is_violated(&self) -> bool {
        self.violated.is_some()
    }

    /// What they amount to; nothing if there are none.
    pub fn finding(&self) -> Option<Finding> {
        let counted = self.counted.as_ref().map(|(first, events)| Finding {
            guilty: events.iter().rev().take(GUILTY_NAMED).copied().collect(),
            status: Status::Counted(events.len() as u32),
            ..first.clone()
        });
        self.violated.clone().or_else(|| self.excused.clone()).or(counted)
    }

    /// What they amount to, or that the property of this check holds.
    pub fn or_holds(&self, check: &'static str) -> Finding {
        self.finding().unwrap_or_else(|| Finding::plain(check, Status::Holds))
    }
}
