//! Checks that judge the trace of a run. One property a file; each says formally what it judges,
//! when, and at what cost. They trust what the world carried out, never what a node says of itself.
#![no_std]

extern crate alloc;

pub mod concurrency;
pub mod convergence;
pub mod domination;
pub mod durability;
pub mod ghost;
pub mod hints;
pub mod law;
pub mod liveness;
pub mod peace;
pub mod provenance;
pub mod quorum;
pub mod sessions;

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt::Write;

use dynamo_sim::transcript::transcript;
use dynamo_sim::{Finding, Moment, Run, Script, Setup, Watch};

/// The names of all checks, in the order in which they are shown.
pub const NAMES: [&str; 9] = [
    durability::NAME,
    convergence::NAME,
    domination::NAME,
    concurrency::NAME,
    provenance::NAME,
    quorum::NAME,
    hints::NAME,
    sessions::NAME,
    liveness::NAME,
];

/// All checks, for runs with this setup.
pub fn all(setup: &Setup) -> Vec<Box<dyn Watch>> {
    vec![
        Box::new(durability::Durability::new(setup)),
        Box::new(convergence::Convergence::new(setup)),
        Box::new(domination::Domination::new(setup)),
        Box::new(concurrency::Concurrency::new(setup)),
        Box::new(provenance::Provenance::new(setup)),
        Box::new(quorum::Quorum::new(setup)),
        Box::new(hints::Hints::new(setup)),
        Box::new(sessions::Sessions::new(setup)),
        Box::new(liveness::Liveness::default()),
    ]
}

/// All checks at a place of a run, moving along with it: forward they go on, backward they begin
/// anew.
#[derive(Clone)]
pub struct Bench {
    checks: Vec<Box<dyn Watch>>,
    seen: usize,
}

impl Bench {
    /// Before the first event of a run with this setup.
    pub fn new(setup: &Setup) -> Self {
        Bench { checks: all(setup), seen: 0 }
    }

    /// What all checks find at a place of the run that this bench was made for.
    pub fn findings(&mut self, run: &Run, at: Moment) -> Vec<Finding> {
        let target = run.trace().count_until(at);
        if target < self.seen {
            *self = Bench::new(&run.script().setup);
        }
        for (id, record) in run.trace().iter().skip(self.seen).take(target - self.seen) {
            for check in &mut self.checks {
                check.see(id, record);
            }
        }
        self.seen = target;
        self.checks.iter().map(|check| check.finding(at.time)).collect()
    }
}

/// What all checks find at the horizon of a run.
pub fn findings(run: &Run) -> Vec<Finding> {
    let end = Moment::end_of(run.script().horizon());
    Bench::new(&run.script().setup).findings(run, end)
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
