//! One run under checks, which eat its events directly.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::sometimes::Reached;
use dynamo_core::Node;

use dynamo_sim::{
    Actor, EventId, Finding, Progress, Record, Recorder, Script, Status, Time, Watch, World,
};

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

struct Judges {
    checks: Vec<Box<dyn Watch>>,
    reached: Reached,
    records: u32,
    now: Time,
}

impl Recorder for Judges {
    fn record(&mut self, id: EventId, record: Record) {
        for check in &mut self.checks {
            check.see(id, &record);
        }
        self.reached.see(id, &record);
        self.records += 1;
        self.now = record.moment.time;
    }
}

impl Judges {
    fn are_done(&self) -> bool {
        self.checks.iter().any(|check| check.is_violated())
    }
}

fn play<A: Actor + Clone + 'static>(
    script: &Script,
    checks: Vec<Box<dyn Watch>>,
    stops_early: bool,
) -> Verdict {
    let mut judges = Judges { checks, reached: Reached::default(), records: 0, now: Time::ZERO };
    let mut world = World::<A>::with_actors(script, &mut judges);
    let mut now = script.horizon();
    while world.step(script.horizon(), &mut judges) == Progress::Stepped {
        if stops_early && judges.are_done() {
            now = judges.now;
            break;
        }
    }
    let findings = judges.checks.iter().map(|check| check.finding(now)).collect();
    Verdict { findings, records: judges.records, reached: judges.reached }
}

/// Plays a script with real nodes up to its horizon, under all checks.
pub fn judge(script: &Script) -> Verdict {
    judge_with::<Node>(script)
}

/// Plays a script with whatever stands in for its nodes.
pub fn judge_with<A: Actor + Clone + 'static>(script: &Script) -> Verdict {
    play::<A>(script, dynamo_check::all::<A>(script), false)
}

/// Plays a script with real nodes until the first event that breaks a check, or else up to its
/// horizon.
pub fn try_out(script: &Script) -> Verdict {
    try_out_with::<Node>(script)
}

/// The same with whatever stands in for the nodes.
pub fn try_out_with<A: Actor + Clone + 'static>(script: &Script) -> Verdict {
    play::<A>(script, dynamo_check::all::<A>(script), true)
}

/// Whether a run breaks this check, all others aside.
pub fn breaks_with<A: Actor + Clone + 'static>(script: &Script, check: &str) -> bool {
    let checks = dynamo_check::one::<A>(script, check).into_iter().collect();
    play::<A>(script, checks, true).violation().is_some()
}
