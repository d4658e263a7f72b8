//! One run under all checks, which eat its events directly.

use alloc::boxed::Box;
use alloc::vec::Vec;

use dynamo_core::Node;
use dynamo_sim::{Actor, EventId, Finding, Record, Recorder, Script, Status, Watch, World};

/// What came of a run.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// What every check found at the horizon.
    pub findings: Vec<Finding>,
    /// How many records the run had.
    pub records: u32,
}

impl Verdict {
    /// The first check that was broken.
    pub fn violation(&self) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.status == Status::Violated)
    }
}

struct Judges {
    checks: Vec<Box<dyn Watch>>,
    records: u32,
}

impl Recorder for Judges {
    fn record(&mut self, id: EventId, record: Record) {
        for check in &mut self.checks {
            check.see(id, &record);
        }
        self.records += 1;
    }
}

/// Plays a script with real nodes up to its horizon.
pub fn judge(script: &Script) -> Verdict {
    judge_with::<Node>(script)
}

/// Plays a script with whatever stands in for its nodes.
pub fn judge_with<A: Actor + Clone + 'static>(script: &Script) -> Verdict {
    let mut judges = Judges { checks: dynamo_check::all::<A>(script), records: 0 };
    let mut world = World::<A>::with_actors(script, &mut judges);
    world.run_until(script.horizon(), &mut judges);
    let now = script.horizon();
    let findings = judges.checks.iter().map(|check| check.finding(now)).collect();
    Verdict { findings, records: judges.records }
}
