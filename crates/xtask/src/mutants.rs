//! The verb `mutants`: changes the program in every small way that cargo-mutants knows and sees
//! whether a test notices. What no test notices stands by name in `tests/mutants.md`, with a word
//! on it that people write there and that stays across runs.
//!
//! A chapter is a few files. It is tried again once its sources change; the report is written
//! after each chapter, so a run can be stopped and goes on where it was, on another machine too.
//!
//! All changes are built into one program that is asked for one of them at a time (`switches.rs`).
//! The few that cannot be asked for are built one by one. A change is tried on the quickest tests
//! first, and on the next only if these miss it.

mod changes;
mod report;
mod suites;
mod switches;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use dynamo_core::wire;

use self::changes::Change;
use self::report::{Found, Report, Row};
use self::suites::{Built, Verdict};
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

/// Tries the named chapters; without names, those whose sources have changed.
pub fn run(args: &[String]) -> Outcome {
    let known = || CHAPTERS.iter().map(|chapter| chapter.name).collect::<Vec<_>>().join(" ");
    if let Some(name) = args.iter().find(|name| CHAPTERS.iter().all(|it| it.name != **name)) {
        return Err(format!("There is no chapter `{name}`; the chapters: {}.", known()));
    }
    tools::ensure(&[Tool::CargoMutants])?;
    let plain = Tree::of_today("plain")?;
    let all = changes::list(&plain.0, &format!("{CORE}**"))?;
    let mut tasks = Vec::new();
    for chapter in &CHAPTERS {
        let is_named = args.iter().any(|name| name == chapter.name);
        if args.is_empty() || is_named {
            tasks.extend(Task::new(chapter, &plain, &all, is_named)?);
        }
    }
    let all = || tasks.iter().flat_map(|task| &task.changes);
    println!("{} changes in {} chapters.", all().count(), tasks.len());
    if tasks.is_empty() {
        return Ok(());
    }
    let numbered: BTreeMap<u32, &Change> = (1..).zip(all()).collect();
    let Together { built, alone, wrong } = together(&numbered)?;
    let mut number = 0;
    for task in &tasks {
        let numbers = number + 1..=number + task.changes.len() as u32;
        number = *numbers.end();
        let is_built = |it: &u32| !alone.contains(it) && !wrong.contains(it);
        let asked: Vec<u32> = numbers.clone().filter(is_built).collect();
        let mut verdicts = built.ask_for(&asked)?;
        for number in numbers.filter(|it| alone.contains(it)) {
            verdicts.extend(plain.try_alone(numbered[&number])?.map(|it| (number, it)));
        }
        let named = |wanted: Verdict| {
            let of = verdicts.iter().filter(|(_, verdict)| *verdict == wanted);
            of.map(|(number, _)| short(numbered[number])).collect()
        };
        task.report(Found {
            caught: named(Verdict::Noticed),
            missed: named(Verdict::Missed),
            timeouts: named(Verdict::WithoutEnd),
        })?;
    }
    Ok(())
}

fn short(change: &Change) -> String {
    change.name.trim_start_matches(CORE).to_owned()
}

fn report_path() -> PathBuf {
    root().join("tests/mutants.md")
}

/// The words in the report may change while this runs, so it is read anew each time.
fn committed() -> Report {
    read(&report_path()).map(|text| Report::parse(&text)).unwrap_or_default()
}

/// A chapter and what is to be tried in it.
struct Task {
    chapter: &'static Chapter,
    sources: String,
    changes: Vec<Change>,
    /// What is known of these sources: only what survived is tried again.
    known: Option<Row>,
}

impl Task {
    /// None if there is nothing to do. A chapter that is named and has not changed is tried again
    /// as far as it survived: the tests may be better now.
    fn new(
        chapter: &'static Chapter,
        tree: &Tree,
        all: &[Change],
        is_named: bool,
    ) -> Outcome<Option<Task>> {
        let sources = tree.hash(chapter)?;
        let known = committed().rows.into_iter().find(|row| row.chapter == chapter.name);
        let known = known.filter(|row| row.sources == sources);
        if known.is_some() && !is_named {
            return Ok(None);
        }
        let files = tree.files(chapter)?;
        let mut changes = all.to_vec();
        changes.retain(|change| files.contains(&change.file));
        if let Some(row) = &known {
            let names: BTreeSet<&str> = row.survivors.iter().map(|it| it.name.as_str()).collect();
            changes.retain(|change| names.contains(short(change).as_str()));
        }
        Ok(Some(Task { chapter, sources, changes, known }))
    }

    fn report(&self, found: Found) -> Outcome {
        let row = match self.known.clone() {
            Some(mut row) => {
                row.narrow(&found);
                row
            }
            None => Row::new(self.chapter.name, self.sources.clone(), found),
        };
        println!("{row}");
        let mut report = committed();
        report.put(row, &CHAPTERS.map(|chapter| chapter.name));
        write(&report_path(), &report.to_string())
    }
}

/// All changes in one program.
struct Together {
    built: Built,
    /// Those that are not in it, to be tried alone.
    alone: BTreeSet<u32>,
    /// Those that do not compile.
    wrong: BTreeSet<u32>,
}

fn together(changes: &BTreeMap<u32, &Change>) -> Outcome<Together> {
    let tree = Tree::of_today("switched")?;
    let lib = tree.0.join(CORE).join("lib.rs");
    write(&lib, &(read(&lib)? + &switches::root()))?;
    let mut files: BTreeMap<&str, Vec<(u32, &Change)>> = BTreeMap::new();
    for (number, change) in changes {
        files.entry(&change.file).or_default().push((*number, change));
    }
    let texts = files.keys().map(|file| Ok((*file, read(&tree.0.join(file))?)));
    let texts = texts.collect::<Outcome<BTreeMap<&str, String>>>()?;
    let (mut alone, mut wrong) = (BTreeSet::new(), BTreeSet::new());
    loop {
        let mut lines = BTreeMap::new();
        for (file, here) in &mut files {
            here.retain(|(number, _)| !alone.contains(number) && !wrong.contains(number));
            let switched = switches::switched(&texts[file], here)?;
            write(&tree.0.join(file), &switched.text)?;
            alone.extend(switched.left_out);
            let named = |(line, number)| (((*file).to_owned(), line), number);
            lines.extend(switched.lines.into_iter().map(named));
        }
        let places = suites::wrong_places(&tree.0)?;
        if places.is_empty() {
            println!("{} cannot be asked for, {} do not compile.", alone.len(), wrong.len());
            return Ok(Together { built: Built::of(&tree.0)?, alone, wrong });
        }
        let here: Vec<u32> = places.iter().filter_map(|it| lines.get(it).copied()).collect();
        if here.is_empty() {
            // A match that lacks arms: they stand below.
            let below = places.iter().filter_map(|it| lines.range(it.clone()..).next());
            let below: Vec<u32> = below.map(|(_, number)| *number).collect();
            if below.is_empty() {
                return Err(format!(
                    "No change is at fault for what does not compile: {places:?}."
                ));
            }
            alone.extend(below);
        }
        wrong.extend(here);
    }
}

/// A copy of the committed files as they stand now, always in one place, so that what is built
/// there is built once, and what is changed there is changed nowhere else.
struct Tree(PathBuf);

impl Tree {
    fn of_today(name: &str) -> Outcome<Tree> {
        let tree = root().join("target/mutants").join(name);
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

    /// None if the change does not compile.
    fn try_alone(&self, change: &Change) -> Outcome<Option<Verdict>> {
        let path = self.0.join(&change.file);
        let text = read(&path)?;
        write(&path, &change.applied(&text))?;
        let verdict = match suites::wrong_places(&self.0) {
            Ok(wrong) if wrong.is_empty() => suites::verdict_of(&self.0),
            _ => Ok(None),
        };
        write(&path, &text)?;
        verdict
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
