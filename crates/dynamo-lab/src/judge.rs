//! One run under checks, which eat its events directly.

use alloc::vec::Vec;

use dynamo_check::Judges;
use dynamo_core::Node;
use dynamo_sim::{
    Actor, EventId, Finding, Progress, Record, Recorder, Script, Status, Time, World,
};

use crate::sometimes::Reached;

/// What came of a run.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// What every check found at the end.
    pub findings: Vec<Finding>,
    /// How many records the run had.
    pub records: u32,
    /// What came up in it.
    pub reached: Reached,
}

impl Verdict {
    /// The first check that was broken.
    pub fn violation(&self) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.status == Status::Violated)
    }
}

/// Whoever eats the events.
struct Court {
    judges: Judges,
    reached: Reached,
    records: u32,
    now: Time,
}

impl Recorder for Court {
    fn record(&mut self, id: EventId, record: Record) {
        self.judges.see(id, &record);
        self.reached.see(id, &record);
        self.records += 1;
        self.now = record.moment.time;
    }
}

fn play<A: Actor + Clone + 'static>(script: &Script, judges: Judges, stops_early: bool) -> Verdict {
    let mut court = Court { judges, reached: Reached::default(), records: 0, now: Time::ZERO };
    let mut world = World::<A>::with_actors(script, &mut court);
    let mut now = script.horizon();
    while world.step(script.horizon(), &mut court) == Progress::Stepped {
        if stops_early && court.judges.is_violated() {
            now = court.now;
            break;
        }
    }
    let findings = court.judges.findings(now);
    Verdict { findings, records: court.records, reached: court.reached }
}

/// Plays a script with real nodes up to its horizon, under all checks.
pub fn judge(script: &Script) -> Verdict {
    judge_with::<Node>(script)
}

/// Plays a script with whatever stands in for its nodes.
pub fn judge_with<A: Actor + Clone + 'static>(script: &Script) -> Verdict {
    play::<A>(script, Judges::all::<A>(script), false)
}

/// Plays a script with real nodes until the first event that breaks a check, or else up to its
/// horizon.
pub fn try_out(script: &Script) -> Verdict {
    try_out_with::<Node>(script)
}

/// The same with whatever stands in for the nodes.
pub fn try_out_with<A: Actor + Clone + 'static>(script: &Script) -> Verdict {
    play::<A>(script, Judges::all::<A>(script), true)
}

/// Whether a run breaks this check, all others aside.
pub fn breaks_with<A: Actor + Clone + 'static>(script: &Script, check: &str) -> bool {
    Judges::one::<A>(script, check)
        .is_some_and(|judges| play::<A>(script, judges, true).violation().is_some())
}
