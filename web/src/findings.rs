//! What the checks find in a run up to a place. The one door to the checks.

use dynamo_check::Bench;
use dynamo_scene::words;
use dynamo_sim::{EventId, Finding, Moment, Status, Wait};

use crate::shared_run::SharedRun;

/// What one check finds.
#[derive(Clone, Debug, PartialEq)]
pub struct FindingRow {
    /// The check's name in scripts.
    pub name: &'static str,
    /// What it is called.
    pub title: &'static str,
    /// The name of its status.
    pub status: &'static str,
    /// The word for its status.
    pub word: &'static str,
    /// What it promises, and what stands in the way.
    pub sentence: String,
    /// The events that broke it.
    pub guilty: Vec<EventId>,
}

/// The checks of the run that is shown, where they stand.
#[derive(Default)]
pub struct Findings {
    bench: Option<(SharedRun, Bench)>,
}

impl Findings {
    /// What the checks find at a place of a run; goes on from where it stands if it can.
    pub fn at(&mut self, run: &SharedRun, moment: Moment) -> Vec<FindingRow> {
        let same = |(other, _): &(SharedRun, Bench)| other.is_same_run(run);
        if !self.bench.as_ref().is_some_and(same) {
            let bench = Bench::new(run.get().script());
            self.bench = Some((run.clone(), bench));
        }
        let Some((_, bench)) = &mut self.bench else { return Vec::new() };
        bench.findings(&run.get(), moment).into_iter().map(row).collect()
    }
}

fn row(finding: Finding) -> FindingRow {
    let check = words::check(finding.check);
    let status = finding.status.name();
    FindingRow {
        name: finding.check,
        title: check.as_ref().map_or(finding.check, |check| check.title),
        status,
        word: words::status(status).map_or(status, |(word, _)| word),
        sentence: sentence(&finding, check.map_or("", |check| check.sentence)),
        guilty: finding.guilty,
    }
}

fn sentence(finding: &Finding, promise: &str) -> String {
    let about = [
        finding.request.map(|request| request.to_string()),
        finding.key.as_ref().map(|key| format!("key {key}")),
        finding.node.map(|node| node.to_string()),
    ];
    let about: Vec<String> = about.into_iter().flatten().collect();
    let rest = finding.peace.map_or_else(String::new, words::settled);
    match finding.status {
        Status::NotYetDue(Wait::Mending) => {
            format!("{promise} To be judged once all nodes and links are up and nothing is lost.")
        }
        Status::NotYetDue(Wait::Quiet(more)) => {
            let more = more.as_micros().div_ceil(1_000);
            format!("{promise} To be judged after {more} ms more without faults and writes.")
        }
        Status::Counted(times) => format!("{promise} Seen {times}\u{d7}.{rest}"),
        Status::Violated | Status::Excused => {
            format!("{promise} Concerns {}.{rest}", about.join(", "))
        }
        Status::Holds => format!("{promise}{rest}"),
    }
}
