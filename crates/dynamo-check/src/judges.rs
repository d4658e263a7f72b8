//! The checks at work: each is a fold over the records of a run, and all look at what one fold
//! knows.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use dynamo_sim::{Actor, EventId, Finding, Record, Script, Setup, Time};

use crate::known::Known;
use crate::{
    concurrency, convergence, determinism, domination, durability, hints, identity, liveness,
    merkle, metadata, provenance, quorum, register, repair, resurrection, ring, sessions, storage,
};

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

/// One check. Clones, so that it can stand in checkpoints.
pub trait Check {
    /// Takes the next event; what is known has taken it in already.
    fn see(&mut self, id: EventId, record: &Record, known: &Known);

    /// How things stand at this time, which is not before the last event.
    fn finding(&self, now: Time, known: &Known) -> Finding;

    /// Whether it is broken already and no later event can change that: whoever only asks for a
    /// first violation may stop here. Checks that judge at the end alone leave it as it is.
    fn is_violated(&self) -> bool {
        false
    }

    /// A copy.
    fn clone_box(&self) -> Box<dyn Check>;
}

impl Clone for Box<dyn Check> {
    fn clone(&self) -> Self {
        self.clone_box()
    }
}

/// Makes a check for runs of a script.
type Make = fn(&Script) -> Box<dyn Check>;

fn makers<A: Actor + Clone + 'static>() -> [(&'static str, Make); NAMES.len()] {
    [
        (durability::NAME, |_| Box::new(durability::Durability::default())),
        (convergence::NAME, |script| Box::new(convergence::Convergence::new(&script.setup))),
        (domination::NAME, |script| Box::new(domination::Domination::new(&script.setup))),
        (resurrection::NAME, |_| Box::new(resurrection::Resurrection::default())),
        (concurrency::NAME, |_| Box::new(concurrency::Concurrency::default())),
        (provenance::NAME, |_| Box::new(provenance::Provenance::default())),
        (identity::NAME, |_| Box::new(identity::Identity::default())),
        (quorum::NAME, |_| Box::new(quorum::Quorum::default())),
        (repair::NAME, |_| Box::new(repair::Repair::default())),
        (hints::NAME, |_| Box::new(hints::Hints::default())),
        (ring::NAME, |script| Box::new(ring::RingCheck::new(&script.setup))),
        (sessions::NAME, |script| Box::new(sessions::Sessions::new(&script.setup))),
        (register::NAME, |_| Box::new(register::Register::default())),
        (liveness::NAME, |_| Box::new(liveness::Liveness::default())),
        (merkle::NAME, |script| Box::new(merkle::Merkle::new(&script.setup))),
        (storage::NAME, |_| Box::new(storage::Storage::default())),
        (metadata::NAME, |script| Box::new(metadata::Metadata::new(&script.setup))),
        (determinism::NAME, |script| Box::new(determinism::Determinism::<A>::new(script))),
    ]
}

/// Checks that follow one run, and what they know of it together.
#[derive(Clone)]
pub struct Judges {
    known: Known,
    checks: Vec<Box<dyn Check>>,
}

impl Judges {
    /// All checks, for runs of this script with `A` in place of its nodes.
    pub fn all<A: Actor + Clone + 'static>(script: &Script) -> Self {
        let checks = makers::<A>().iter().map(|(_, make)| make(script)).collect();
        Judges::of(&script.setup, checks)
    }

    /// The check of this name alone; none if there is none.
    pub fn one<A: Actor + Clone + 'static>(script: &Script, name: &str) -> Option<Self> {
        let makers = makers::<A>();
        let (_, make) = makers.iter().find(|(known, _)| *known == name)?;
        Some(Judges::of(&script.setup, vec![make(script)]))
    }

    /// These checks, for runs with this setup.
    pub(crate) fn of(setup: &Setup, checks: Vec<Box<dyn Check>>) -> Self {
        Judges { known: Known::new(setup), checks }
    }

    /// Takes the next event.
    pub fn see(&mut self, id: EventId, record: &Record) {
        self.known.see(id, record);
        for check in &mut self.checks {
            check.see(id, record, &self.known);
        }
    }

    /// What each finds at this time, which is not before the last event.
    pub fn findings(&self, now: Time) -> Vec<Finding> {
        self.checks.iter().map(|check| check.finding(now, &self.known)).collect()
    }

    /// Whether one is broken already and no later event can change that.
    pub fn is_violated(&self) -> bool {
        self.checks.iter().any(|check| check.is_violated())
    }
}
