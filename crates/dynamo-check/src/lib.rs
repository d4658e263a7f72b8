//! Checks that judge the trace of a run. One property a file; each says formally what it judges,
//! when, and at what cost. They trust what the world carried out, never what a node says of itself.
#![no_std]

extern crate alloc;

pub mod beliefs;
pub mod concurrency;
pub mod convergence;
pub mod determinism;
pub mod domination;
pub mod durability;
pub mod ghost;
pub mod hints;
pub mod identity;
pub mod law;
pub mod liveness;
pub mod merkle;
pub mod metadata;
pub mod peace;
pub mod provenance;
pub mod quorum;
pub mod register;
pub mod repair;
pub mod resurrection;
pub mod ring;
pub mod sessions;
pub mod storage;

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt::Write;

use dynamo_core::Node;
use dynamo_sim::transcript::transcript;
use dynamo_sim::{Actor, Finding, Moment, Run, Script, Watch};

/// The names of all checks, in the order in which they are shown.
pub const NAMES: [&str; 18] = [
    durability::NAME,
    convergence::NAME,
    domination::NAME,
    resurrection::NAME,
    concurrency::NAME,
    provenance::NAME,
    identity::NAME,
    quorum::NAME,
    repair::NAME,
    hints::NAME,
    ring::NAME,
    sessions::NAME,
    register::NAME,
    liveness::NAME,
    merkle::NAME,
    storage::NAME,
    metadata::NAME,
    determinism::NAME,
];

/// Makes a check for runs of a script.
type Make = fn(&Script) -> Box<dyn Watch>;

fn makers<A: Actor + Clone + 'static>() -> [(&'static str, Make); NAMES.len()] {
    [
        (durability::NAME, |script| Box::new(durability::Durability::new(&script.setup))),
        (convergence::NAME, |script| Box::new(convergence::Convergence::new(&script.setup))),
        (domination::NAME, |script| Box::new(domination::Domination::new(&script.setup))),
        (resurrection::NAME, |script| Box::new(resurrection::Resurrection::new(&script.setup))),
        (concurrency::NAME, |script| Box::new(concurrency::Concurrency::new(&script.setup))),
        (provenance::NAME, |script| Box::new(provenance::Provenance::new(&script.setup))),
        (identity::NAME, |script| Box::new(identity::Identity::new(&script.setup))),
        (quorum::NAME, |script| Box::new(quorum::Quorum::new(&script.setup))),
        (repair::NAME, |script| Box::new(repair::Repair::new(&script.setup))),
        (hints::NAME, |script| Box::new(hints::Hints::new(&script.setup))),
        (ring::NAME, |script| Box::new(ring::RingCheck::new(&script.setup))),
        (sessions::NAME, |script| Box::new(sessions::Sessions::new(&script.setup))),
        (register::NAME, |script| Box::new(register::Register::new(&script.setup))),
        (liveness::NAME, |_| Box::new(liveness::Liveness::default())),
        (merkle::NAME, |script| Box::new(merkle::Merkle::new(&script.setup))),
        (storage::NAME, |_| Box::new(storage::Storage::default())),
        (metadata::NAME, |script| Box::new(metadata::Metadata::new(&script.setup))),
        (determinism::NAME, |script| Box::new(determinism::Determinism::<A>::new(script))),
    ]
}

/// All checks, for runs of this script with `A` in place of its nodes.
pub fn all<A: Actor + Clone + 'static>(script: &Script) -> Vec<Box<dyn Watch>> {
    makers::<A>().iter().map(|(_, make)| make(script)).collect()
}

/// The check of this name; none if there is none.
pub fn one<A: Actor + Clone + 'static>(script: &Script, name: &str) -> Option<Box<dyn Watch>> {
    let makers = makers::<A>();
    makers.iter().find(|(known, _)| *known == name).map(|(_, make)| make(script))
}

/// Records between two checkpoints, at first.
const CHECKPOINT_EVERY: usize = 5_000;
/// The most checkpoints; beyond them every second one is dropped. One takes 1.4 MB behind 3,000
/// acts and 4.4 MB behind 9,000.
const MOST_CHECKPOINTS: usize = 24;

/// All checks at a place of a run, moving along with it: forward they go on, backward they go on
/// from the last checkpoint before.
#[derive(Clone)]
pub struct Bench {
    now: Checkpoint,
    /// In order; the first stands before the first event.
    kept: Vec<Checkpoint>,
    every: usize,
}

/// All checks, and how many records they have seen.
#[derive(Clone)]
struct Checkpoint {
    seen: usize,
    checks: Vec<Box<dyn Watch>>,
}

impl Bench {
    /// Before the first event of a run of this script.
    pub fn new(script: &Script) -> Self {
        let now = Checkpoint { seen: 0, checks: all::<Node>(script) };
        Bench { kept: vec![now.clone()], now, every: CHECKPOINT_EVERY }
    }

    /// What all checks find at a place of the run that this bench was made for.
    pub fn findings(&mut self, run: &Run, at: Moment) -> Vec<Finding> {
        let target = run.trace().count_until(at);
        let near = self.kept.partition_point(|checkpoint| checkpoint.seen <= target);
        if let Some(near) = near.checked_sub(1).and_then(|index| self.kept.get(index))
            && (target < self.now.seen || near.seen > self.now.seen)
        {
            self.now = near.clone();
        }
        run.trace().show(self.now.seen, target, |id, record| {
            for check in &mut self.now.checks {
                check.see(id, record);
            }
            self.now.seen += 1;
            self.keep();
        });
        // Behind the end of a full run nothing is known, so nothing is missing there.
        let time = at.time.min(run.known_until());
        self.now.checks.iter().map(|check| check.finding(time)).collect()
    }

    /// Keeps a checkpoint if it is time for one.
    fn keep(&mut self) {
        if self.kept.last().is_some_and(|last| self.now.seen < last.seen + self.every) {
            return;
        }
        self.kept.push(self.now.clone());
        if self.kept.len() > MOST_CHECKPOINTS {
            self.every *= 2;
            let mut second = false;
            self.kept.retain(|_| {
                second = !second;
                second
            });
        }
    }
}

/// What all checks find at the horizon of a run.
pub fn findings(run: &Run) -> Vec<Finding> {
    let end = Moment::end_of(run.script().horizon());
    Bench::new(run.script()).findings(run, end)
}

/// The transcript of a run up to its horizon, and what all checks find there.
pub fn report(run: &Run) -> String {
    let until = run.script().horizon();
    let mut text = transcript(run.script(), run.trace(), until);
    for finding in findings(run) {
        let _ = writeln!(text, "{finding}");
    }
    text
}

/// An expectation of a script that was not met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unmet {
    /// There is no check of this name.
    NoSuchCheck(String),
    /// The check found something else.
    Found(Finding),
}

impl core::fmt::Display for Unmet {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Unmet::NoSuchCheck(name) => {
                write!(f, "there is no check {name}; there are: {}", NAMES.join(", "))
            }
            Unmet::Found(finding) => finding.fmt(f),
        }
    }
}

/// Compares what a script expects with what was found at its end.
pub fn unmet(script: &Script, found: &[Finding]) -> Vec<Unmet> {
    let mut unmet = Vec::new();
    for expectation in &script.expect {
        match found.iter().find(|finding| finding.check == expectation.check) {
            None => unmet.push(Unmet::NoSuchCheck(expectation.check.clone())),
            Some(finding) if finding.status.name() != expectation.status => {
                unmet.push(Unmet::Found(finding.clone()));
            }
            Some(_) => {}
        }
    }
    unmet
}
