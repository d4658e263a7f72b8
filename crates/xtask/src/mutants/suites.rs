//! The tests that changes are tried on: built once, run for each change.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::switches::VARIABLE;
use crate::Outcome;
use crate::shell::{capture, command};

/// Some tests of one package.
struct Suite {
    package: &'static str,
    tests: &'static [&'static str],
    /// Parts of the names of tests that take seconds, which is too long for a thousand changes.
    skips: &'static [&'static str],
    /// How many cases a property is tried on.
    cases: &'static str,
}

/// The quickest first.
const SUITES: [Suite; 4] = [
    Suite { package: "dynamo-core", tests: &["--lib"], skips: &[], cases: "16" },
    Suite {
        package: "dynamo-tests",
        tests: &[
            "--test=transcripts",
            "--test=checks_can_fail",
            "--test=conversations",
            "--test=faults",
            "--test=deletes",
        ],
        skips: &[],
        cases: "64",
    },
    Suite {
        package: "dynamo-core",
        tests: &["--lib", "--test=counting", "--test=ring", "--test=sync"],
        skips: &[],
        cases: "256",
    },
    Suite {
        package: "dynamo-tests",
        tests: &["--test=pitfalls", "--test=execution", "--test=live", "--test=membership"],
        skips: &[
            "random_world",
            "all_the_time",
            "grows_from_one",
            "grows_with_the_logarithm",
            "joins_a_large",
            "over_a_lossy",
            "while_members_come",
            "inv_c2",
            "inv_f3",
            "inv_t3",
        ],
        cases: "64",
    },
];

/// What the tests make of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A test failed.
    Noticed,
    /// A test did not end.
    WithoutEnd,
    /// All tests passed.
    Missed,
}

/// The programs of one suite.
struct Runs {
    programs: Vec<PathBuf>,
    folder: PathBuf,
    suite: &'static Suite,
    /// After how long a program counts as one that never ends.
    patience: Duration,
}

/// All suites of a tree.
pub struct Built(Vec<Runs>);

impl Built {
    /// Builds the tests of a tree and sees that all pass.
    pub fn of(tree: &Path) -> Outcome<Built> {
        let mut all = Vec::new();
        for suite in &SUITES {
            let programs = build(tree, suite)?.map_err(|said| format!("Not built: {said}"))?;
            let mut runs = Runs::new(tree, suite, programs);
            let begin = Instant::now();
            if runs.verdict(0)? != Verdict::Missed {
                return Err(format!(
                    "Without a change {} fails: {:?}.",
                    suite.package, suite.tests
                ));
            }
            runs.patience = Duration::from_secs(5) + 5 * begin.elapsed();
            all.push(runs);
        }
        Ok(Built(all))
    }

    /// Tries each of these changes, several at once.
    pub fn ask_for(&self, numbers: &[u32]) -> Outcome<Vec<(u32, Verdict)>> {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let next = AtomicUsize::new(0);
        let work = || {
            let mut verdicts = Vec::new();
            while let Some(number) = numbers.get(next.fetch_add(1, Ordering::Relaxed)) {
                verdicts.push((*number, self.verdict(*number)?));
            }
            Ok(verdicts)
        };
        let mut all = Vec::new();
        thread::scope(|scope| {
            let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
            for worker in workers {
                all.extend(worker.join().unwrap_or_else(|_| Err("A worker died.".to_owned()))?);
            }
            Outcome::Ok(())
        })?;
        all.sort_by_key(|(number, _)| *number);
        Ok(all)
    }

    fn verdict(&self, number: u32) -> Outcome<Verdict> {
        for runs in &self.0 {
            let verdict = runs.verdict(number)?;
            if verdict != Verdict::Missed {
                return Ok(verdict);
            }
        }
        Ok(Verdict::Missed)
    }
}

/// What a change comes to that is in the tree and cannot be asked for; none if it does not compile.
pub fn verdict_of(tree: &Path) -> Outcome<Option<Verdict>> {
    for suite in &SUITES {
        let Ok(programs) = build(tree, suite)? else { return Ok(None) };
        let mut runs = Runs::new(tree, suite, programs);
        runs.patience = Duration::from_secs(60);
        let verdict = runs.verdict(0)?;
        if verdict != Verdict::Missed {
            return Ok(Some(verdict));
        }
    }
    Ok(Some(Verdict::Missed))
}

impl Runs {
    fn new(tree: &Path, suite: &'static Suite, programs: Vec<PathBuf>) -> Runs {
        let folder = match suite.package {
            "dynamo-core" => tree.join("crates/dynamo-core"),
            _ => tree.join("tests"),
        };
        Runs { programs, folder, suite, patience: Duration::from_secs(600) }
    }

    fn verdict(&self, number: u32) -> Outcome<Verdict> {
        for program in &self.programs {
            let mut child = self.start(program, number)?;
            let verdict = watch(&mut child, self.patience);
            let _ = child.kill();
            let status = child.wait().map_err(|error| error.to_string())?;
            match verdict {
                Verdict::Missed if status.success() => {}
                Verdict::Missed => return Ok(Verdict::Noticed),
                noticed => return Ok(noticed),
            }
        }
        Ok(Verdict::Missed)
    }

    fn start(&self, program: &Path, number: u32) -> Outcome<Child> {
        let mut test = if cfg!(unix) { Command::new("sh") } else { Command::new(program) };
        if cfg!(unix) {
            test.args(["-c", WITH_LITTLE_MEMORY]).arg(program);
        }
        test.args(self.suite.skips.iter().flat_map(|name| ["--skip", name]));
        test.current_dir(&self.folder).env(VARIABLE, number.to_string());
        test.env("RUST_BACKTRACE", "0").env("RUST_TEST_THREADS", "1");
        test.env("PROPTEST_CASES", self.suite.cases).env("PROPTEST_MAX_SHRINK_ITERS", "0");
        test.env("PROPTEST_DISABLE_FAILURE_PERSISTENCE", "1");
        test.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        test.spawn().map_err(|error| format!("{} cannot be started: {error}.", program.display()))
    }
}

/// What a change makes of a loop may ask for all memory there is.
const WITH_LITTLE_MEMORY: &str = "ulimit -v 4000000; exec \"$0\" \"$@\"";

/// Waits until a test fails, all are over, or patience is. Whether all passed the end says.
fn watch(child: &mut Child, patience: Duration) -> Verdict {
    let Some(output) = child.stdout.take() else { return Verdict::Missed };
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let lines = BufReader::new(output).lines().map_while(Result::ok);
        let failed = lines.into_iter().any(|line| line.ends_with("FAILED"));
        let _ = tell.send(if failed { Verdict::Noticed } else { Verdict::Missed });
    });
    told.recv_timeout(patience).unwrap_or(Verdict::WithoutEnd)
}

fn cargo(verb: &str, tree: &Path) -> Command {
    let mut cargo = command("cargo");
    cargo.args([verb, "--profile=mutants", "--message-format=json", "--quiet"]).current_dir(tree);
    cargo.env_remove("CARGO_TARGET_DIR").env("RUSTFLAGS", "--cap-lints=allow");
    cargo
}

/// The programs, or what the compiler said.
fn build(tree: &Path, suite: &Suite) -> Outcome<Result<Vec<PathBuf>, String>> {
    let mut test = cargo("test", tree);
    test.args(["--no-run", "--package", suite.package]).args(suite.tests);
    let said = capture(&mut test)?;
    if !said.success {
        return Ok(Err(said.all));
    }
    let program = |line: &str| {
        let message: Value = serde_json::from_str(line).ok()?;
        let is_test = message["profile"]["test"].as_bool()?;
        Some(PathBuf::from(message["executable"].as_str().filter(|_| is_test)?))
    };
    Ok(Ok(said.stdout.lines().filter_map(program).collect()))
}

/// The files and lines, from 1, where the core does not compile.
pub fn wrong_places(tree: &Path) -> Outcome<BTreeSet<(String, usize)>> {
    let said = capture(cargo("check", tree).args(["--package=dynamo-core"]))?;
    let mut places = BTreeSet::new();
    for message in said.stdout.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        let message = &message["message"];
        if message["level"] == "error" {
            for span in message["spans"].as_array().into_iter().flatten() {
                let file = span["file_name"].as_str().unwrap_or_default().to_owned();
                let line = span["line_start"].as_u64().unwrap_or_default() as usize;
                if span["is_primary"] == true {
                    places.insert((file, line));
                }
            }
        }
    }
    if places.is_empty() && !said.success {
        return Err(said.all);
    }
    Ok(places)
}
