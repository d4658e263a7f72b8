//! Checks that judge the trace of a run. One property a file; each says formally what it judges,
//! when, and at what cost. They trust what the world carried out, never what a node says of itself;
//! what several of them have to know of it is folded once, in [`Known`].
#![no_std]

extern crate alloc;

pub mod beliefs;
mod bench;
pub mod concurrency;
pub mod convergence;
pub mod determinism;
pub mod domination;
pub mod durability;
pub mod ghost;
pub mod hints;
pub mod identity;
mod judges;
mod known;
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

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;

use dynamo_sim::transcript::transcript;
use dynamo_sim::{Finding, Moment, Run, Script};

pub use bench::Bench;
pub use judges::{Check, Judges, NAMES};
pub use known::Known;

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
