//! The verb `mutants`: changes the program in every small way that cargo-mutants knows and sees
//! whether a test notices. What no test notices stands by name in `tests/mutants.md`, with a word
//! on it that people write there and that stays across runs.
//!
//! A chapter is a few files. It is tried again once its sources change; the report is written
//! after each chapter, so a run can be stopped and goes on where it was, on another machine too.
//! A change is tried on the tests of the core first. What these miss is tried on worlds.

mod report;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use dynamo_core::wire;

use self::report::{Found, Report, Row};
use crate::Outcome;
use crate::shell::{capture, command, read, root, write};
use crate::tools::{self, Tool};

/// Part of the core.
struct Chapter {
    name: &'static str,
    /// Below `crates/dynamo-core/src`, with `/` at the end all files of a folder.
    files: &'static [&'static str],
}

const CORE: &str = "crates/dynamo-core/src/";

const CHAPTERS: [Chapter; 20] = [
    Chapter { name: "versions", files: &["versions.rs", "versions/"] },
    Chapter { name: "clock", files: &["clock.rs"] },
    Chapter { name: "quorum", files: &["quorum.rs"] },
    Chapter { name: "coordinator", files: &["coordinator.rs"] },
    Chapter { name: "merkle", files: &["merkle.rs"] },
    Chapter { name: "ring", files: &["ring.rs", "ring/"] },
    Chapter { name: "storage", files: &["storage.rs", "storage/"] },
    Chapter { name: "put", files: &["node/put.rs"] },
    Chapter { name: "get", files: &["node/get.rs"] },
    Chapter { name: "retry", files: &["node/retry.rs"] },
    Chapter { name: "handoff", files: &["node/handoff.rs"] },
    Chapter { name: "sync", files: &["node/sync.rs", "node/sync/"] },
    Chapter { name: "gossip", files: &["node/gossip.rs"] },
    Chapter { name: "transfer", files: &["node/transfer.rs"] },
    Chapter { name: "strays", files: &["node/strays.rs", "node/not_mine.rs"] },
    Chapter { name: "reap", files: &["node/reap.rs"] },
    Chapter { name: "membership", files: &["membership.rs", "membership/"] },
    Chapter { name: "opinion", files: &["node/opinion.rs", "node/phi.rs"] },
    Chapter { name: "library", files: &["node/library.rs", "node/choice.rs"] },
    Chapter { name: "background", files: &["node/admission.rs", "node/buffer.rs"] },
];

/// Some tests of one package.
struct Suite {
    package: &'static str,
    tests: &'static str,
    /// How many cases a property is tried on.
    cases: &'static str,
    /// What is built fast, or what runs fast.
    profile: &'static str,
}

/// Tests that a change is tried on, the next only if those before miss it: most changes are noticed
/// within seconds.
const SUITES: [Suite; 3] = [
    Suite { package: "dynamo-core", tests: "--lib", cases: "16", profile: "mutants" },
    Suite {
        package: "dynamo-tests",
        tests: "--test transcripts --test checks_can_fail",
        cases: "64",
        profile: "mutants",
    },
    Suite {
        package: "dynamo-core",
        tests: "--lib --test counting --test ring --test sync",
        cases: "256",
        profile: "dev",
    },
];

/// Tries the named chapters; without names, those whose sources have changed.
pub fn run(args: &[String]) -> Outcome {
    let known = || CHAPTERS.iter().map(|chapter| chapter.name).collect::<Vec<_>>().join(" ");
    if let Some(name) = args.iter().find(|name| CHAPTERS.iter().all(|it| it.name != **name)) {
        return Err(format!("There is no chapter `{name}`; the chapters: {}.", known()));
    }
    tools::ensure(&[Tool::CargoMutants])?;
    for chapter in &CHAPTERS {
        let is_named = args.iter().any(|name| name == chapter.name);
        if args.is_empty() || is_named {
            try_chapter(chapter, is_named)?;
        }
    }
    Ok(())
}

fn report_path() -> PathBuf {
    root().join("tests/mutants.md")
}

/// The words in the report may change while this runs, so it is read anew each time.
fn committed() -> Report {
    read(&report_path()).map(|text| Report::parse(&text)).unwrap_or_default()
}

/// A chapter that is named and has not changed is tried again as far as it survived: the tests may
/// be better now.
fn try_chapter(chapter: &Chapter, is_named: bool) -> Outcome {
    let tree = Tree::of_today()?;
    let sources = tree.hash(chapter)?;
    let known = committed().rows.into_iter().find(|row| row.chapter == chapter.name);
    let (mut row, first_suite) = match known.filter(|row| row.sources == sources) {
        Some(_) if !is_named => return Ok(()),
        Some(known) => (known, 0),
        None => {
            let found = tree.try_on(chapter, 0, None)?;
            (Row::new(chapter.name, sources, found), 1)
        }
    };
    for suite in first_suite..SUITES.len() {
        if !row.survivors.is_empty() {
            let names: Vec<&str> = row.survivors.iter().map(|it| it.name.as_str()).collect();
            let found = tree.try_on(chapter, suite, Some(&names))?;
            row.narrow(&found);
        }
    }
    println!("{row}");
    let mut report = committed();
    report.put(row, &CHAPTERS.map(|chapter| chapter.name));
    write(&report_path(), &report.to_string())
}

/// A copy of the committed files as they stand now, always in one place, so that what is built
/// there is built once, and what is changed there is changed nowhere else.
struct Tree(PathBuf);

impl Tree {
    fn of_today() -> Outcome<Tree> {
        let tree = root().join("target/mutants/tree");
        let mut list = command("git");
        let listed = capture(list.args(["ls-files", "-z", "-co", "--exclude-standard"]))?.ok()?;
        let names: BTreeSet<PathBuf> =
            listed.stdout.split_terminator('\0').map(|name| tree.join(name)).collect();
        remove_others(&tree, &names)?;
        for name in listed.stdout.split_terminator('\0') {
            // What is the same stays as it is, or all of it would be built anew.
            let (from, to) = (root().join(name), tree.join(name));
            let Ok(bytes) = fs::read(&from) else { continue };
            if fs::read(&to).ok().as_ref() != Some(&bytes) {
                let made = to.parent().map_or(Ok(()), fs::create_dir_all);
                made.and_then(|()| fs::write(&to, &bytes))
                    .map_err(|error| format!("Cannot write {}: {error}.", to.display()))?;
            }
        }
        Ok(Tree(tree))
    }

    /// The files of a chapter that hold no tests, as the tools name them.
    fn files(&self, chapter: &Chapter) -> Outcome<Vec<String>> {
        let mut files = Vec::new();
        for name in chapter.files {
            let path = format!("{CORE}{name}");
            if !name.ends_with('/') {
                files.push(path);
                continue;
            }
            let entries = fs::read_dir(self.0.join(&path)).map_err(|error| error.to_string())?;
            let names = entries.flatten().map(|it| it.file_name().to_string_lossy().into_owned());
            let code = names.filter(|name| name.ends_with(".rs"));
            let code = code.filter(|name| !["tests.rs", "suite.rs"].contains(&name.as_str()));
            files.extend(code.map(|name| format!("{path}{name}")));
        }
        files.sort();
        Ok(files)
    }

    /// Of all that is no test.
    fn hash(&self, chapter: &Chapter) -> Outcome<String> {
        let mut code = Vec::new();
        for file in self.files(chapter)? {
            let text = read(&self.0.join(file))?;
            let tests = ["#[cfg(test)]\nmod tests {", "#[cfg(test)]\npub(crate) mod tests {"];
            let end = tests.iter().filter_map(|head| text.find(head)).min().unwrap_or(text.len());
            code.push(text[..end].to_owned());
        }
        Ok(wire::hash(&code).to_string())
    }

    /// What is not changed has to pass. Answers after how many seconds a changed one never ends.
    fn unchanged(&self, suite: &Suite) -> Outcome<u64> {
        let run = |more: &[&str]| {
            let mut test = command("cargo");
            test.args(["test", "--profile", suite.profile, "--package", suite.package]);
            test.args(suite.tests.split_whitespace()).args(more).current_dir(&self.0);
            capture(in_haste(&mut test, suite))?.ok()
        };
        run(&["--no-run"])?;
        let begin = Instant::now();
        run(&[])?;
        Ok(20 + 5 * begin.elapsed().as_secs())
    }

    /// Tries all changes of a chapter, or these alone.
    fn try_on(&self, chapter: &Chapter, suite: usize, only: Option<&[&str]>) -> Outcome<Found> {
        let output = root().join("target/mutants").join(format!("{}-{suite}", chapter.name));
        fs::create_dir_all(&output).map_err(|error| error.to_string())?;
        let mut mutants = command("cargo");
        let timeout = self.unchanged(&SUITES[suite])?;
        let Suite { package, tests, profile, .. } = SUITES[suite];
        mutants.args(["mutants", "--in-place", "--no-shuffle", "--colors", "never"]);
        mutants.args(["--profile", profile, "--test-package", package]);
        mutants.args(tests.split_whitespace().map(|arg| format!("--cargo-arg={arg}")));
        mutants.args(["--baseline", "skip", "--timeout", &timeout.to_string()]);
        mutants.arg("--dir").arg(&self.0).arg("--output").arg(&output);
        for file in self.files(chapter)? {
            mutants.args(["--file", &file]);
        }
        for name in only.unwrap_or_default() {
            mutants.args(["--re", &format!("^{}$", escaped(&format!("{CORE}{name}")))]);
        }
        let said = capture(in_haste(&mut mutants, &SUITES[suite]))?;
        let list = |name: &str| -> Vec<String> {
            let text = read(&output.join("mutants.out").join(name)).unwrap_or_default();
            text.lines().map(|line| line.trim_start_matches(CORE).to_owned()).collect()
        };
        let is_done = said.all.lines().any(|line| line.contains(" tested in "));
        if !is_done {
            return Err(said.all);
        }
        Ok(Found {
            caught: list("caught.txt"),
            missed: list("missed.txt"),
            timeouts: list("timeout.txt"),
        })
    }
}

/// Removes what is no longer there, but not what was built.
fn remove_others(folder: &Path, names: &BTreeSet<PathBuf>) -> Outcome {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            if entry.file_name() != "target" {
                remove_others(&path, names)?;
            }
        } else if !names.contains(&path) {
            fs::remove_file(&path).map_err(|error| format!("{}: {error}.", path.display()))?;
        }
    }
    Ok(())
}

/// Nobody reads how a test fails.
fn in_haste<'a>(cargo: &'a mut Command, suite: &Suite) -> &'a mut Command {
    cargo.env("RUST_BACKTRACE", "0").env("PROPTEST_MAX_SHRINK_ITERS", "0");
    cargo.env("PROPTEST_CASES", suite.cases).env("PROPTEST_DISABLE_FAILURE_PERSISTENCE", "1");
    cargo.env_remove("CARGO_TARGET_DIR")
}

/// A text as a regular expression that means nothing but it.
fn escaped(text: &str) -> String {
    let mut regex = String::new();
    for c in text.chars() {
        if "\\.+*?()|[]{}^$#&-~".contains(c) {
            regex.push('\\');
        }
        regex.push(c);
    }
    regex
}
