//! The verb `test`: runs the steps in order, goes on after a failure, and closes with a count.

use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::time::Instant;

use crate::Outcome;
use crate::steps::STEPS;

/// One thing that is checked.
pub struct Step {
    /// What to call it on the command line and in the report.
    pub name: &'static str,
    /// The step whose result this one looks at.
    pub needs: Option<&'static str>,
    /// Does the checking.
    pub run: fn(Effort) -> Report,
}

/// How many seeds the tests that draw from seeds try.
#[derive(Clone, Copy)]
pub enum Effort {
    /// What fits into every change.
    Usual,
    /// Many more, asked for with `--full`.
    Full,
}

/// What a step found out.
pub struct Report {
    /// Tests that passed; a step without tests counts as one.
    pub passed: u64,
    /// Tests that failed, and whatever else went wrong.
    pub failed: u64,
    /// Shown when something failed.
    pub output: String,
}

impl From<Outcome> for Report {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Ok(()) => Report { passed: 1, failed: 0, output: String::new() },
            Err(output) => Report { passed: 0, failed: 1, output },
        }
    }
}

/// The verb `test`.
pub fn run(args: &[String]) -> Outcome {
    let (flags, names): (Vec<_>, Vec<_>) = args.iter().partition(|arg| arg.starts_with('-'));
    let effort = if flags.is_empty() { Effort::Usual } else { Effort::Full };
    if let Some(unknown) = flags.iter().find(|flag| **flag != "--full") {
        return Err(format!("`test` does not know {unknown}; it knows --full."));
    }
    let chosen = choose(&names)?;
    let begin = Instant::now();
    let (mut passed, mut failed) = (0, 0);
    let mut broken = BTreeSet::new();
    for step in chosen {
        let report = perform(step, effort, &broken);
        passed += report.passed;
        failed += report.failed;
        if report.failed > 0 {
            broken.insert(step.name);
        }
    }
    println!("{:<14} {:>26.1} s", "in all", begin.elapsed().as_secs_f64());
    if !broken.is_empty() {
        println!("failed: {}", broken.into_iter().collect::<Vec<_>>().join(", "));
    }
    println!("{passed} passed, {failed} failed");
    // The count is the last line, so there is nothing left to say.
    if failed == 0 { Ok(()) } else { Err(String::new()) }
}

/// The named steps and those they need, in the order of the list; no name means all.
fn choose(names: &[&String]) -> Outcome<Vec<&'static Step>> {
    let mut wanted: BTreeSet<&str> = names.iter().map(|name| name.as_str()).collect();
    if let Some(unknown) = wanted.iter().find(|name| STEPS.iter().all(|s| s.name != **name)) {
        let known: Vec<_> = STEPS.iter().map(|step| step.name).collect();
        return Err(format!("There is no step `{unknown}`; the steps: {}.", known.join(" ")));
    }
    let needs = STEPS.iter().filter(|step| wanted.contains(step.name)).filter_map(|s| s.needs);
    wanted.extend(needs.collect::<Vec<_>>());
    let chosen = |step: &&Step| names.is_empty() || wanted.contains(step.name);
    Ok(STEPS.iter().filter(chosen).collect())
}

fn perform(step: &Step, effort: Effort, broken: &BTreeSet<&str>) -> Report {
    print!("{:<14} ", step.name);
    let _ = io::stdout().flush();
    let begin = Instant::now();
    let report = match step.needs.filter(|name| broken.contains(name)) {
        Some(name) => Err(format!("`{}` needs `{name}`, which failed.\n", step.name)).into(),
        None => (step.run)(effort),
    };
    let verdict = if report.failed == 0 { "ok" } else { "FAILED" };
    let tests = match report.passed + report.failed {
        1 => String::new(),
        _ => format!("{} of {}", report.passed, report.passed + report.failed),
    };
    println!("{verdict:<7}{tests:>12} {:>6.1} s", begin.elapsed().as_secs_f64());
    if report.failed > 0 {
        println!("{}", report.output.trim_end());
    }
    report
}
