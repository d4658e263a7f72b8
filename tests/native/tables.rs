//! The tables of ARCHITECTURE.md that say where every pitfall and every invariant is kept, and what
//! makes every check fail, name tests, checks, files and transcripts that exist, and leave nothing
//! out.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const PITFALLS: u32 = 50;
/// Families of invariants, and how many each has.
const INVARIANTS: [(&str, u32); 14] = [
    ("P", 4),
    ("L", 4),
    ("V", 6),
    ("Q", 5),
    ("C", 4),
    ("R", 4),
    ("H", 5),
    ("M", 6),
    ("G", 6),
    ("F", 3),
    ("T", 4),
    ("S", 4),
    ("D", 4),
    ("K", 3),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// All Rust files below a folder, read.
fn sources(folder: &Path, into: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("readable")) {
        let path = entry.path();
        if path.is_dir() && !path.ends_with("target") {
            sources(&path, into);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            into.push(fs::read_to_string(path).expect("text"));
        }
    }
}

/// The names of all functions: of tests, for what the tables name.
fn functions() -> BTreeSet<String> {
    let mut texts = Vec::new();
    for folder in ["crates", "tests/native"] {
        sources(&root().join(folder), &mut texts);
    }
    let after = |part: &str| part.split(['(', '<']).next().unwrap_or_default().trim().to_owned();
    texts.iter().flat_map(|text| text.split("fn ").skip(1).map(after)).collect()
}

/// The rows of the table with this head: what stands in the first and in the second column.
fn rows(head: &str) -> Vec<(String, String)> {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let lines = text.lines().skip_while(|line| *line != head).skip(2);
    let rows = lines.take_while(|line| line.starts_with('|')).map(|line| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        assert_eq!(cells.len(), 4, "{line}");
        (cells[1].to_owned(), cells[2].to_owned())
    });
    let rows: Vec<_> = rows.collect();
    assert!(!rows.is_empty(), "no table under {head}");
    rows
}

/// What stands between two marks.
fn between(text: &str, mark: char) -> Vec<&str> {
    text.split(mark).skip(1).step_by(2).collect()
}

/// What a row names: a file, a transcript, or a test by its name or the beginning of it.
fn exists(named: &str, functions: &BTreeSet<String>) -> bool {
    let root = root();
    let in_a_test = || functions.iter().any(|name| name.starts_with(named));
    let is_transcript = || root.join(format!("tests/transcripts/{named}.txt")).is_file();
    root.join(named).is_file() || is_transcript() || in_a_test()
}

fn judge(head: &str, expected: Vec<String>) {
    let functions = functions();
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for (ids, place) in rows(head) {
        for id in ids.split(", ") {
            *seen.entry(id.to_owned()).or_default() += 1;
        }
        let (named, checks) = (between(&place, '`'), between(&place, '*'));
        assert!(!named.is_empty() || !checks.is_empty(), "{ids} is kept by nothing");
        for name in named {
            assert!(exists(name, &functions), "{ids}: there is no {name}");
        }
        for check in checks {
            assert!(dynamo_check::NAMES.contains(&check), "{ids}: there is no check {check}");
        }
    }
    let expected: BTreeMap<String, u32> = expected.into_iter().map(|id| (id, 1)).collect();
    assert_eq!(seen, expected);
}

#[test]
fn every_pitfall_has_a_test_of_its_number() {
    let numbers = 1..=PITFALLS;
    judge("| pitfall | where |", numbers.clone().map(|number| format!("P{number}")).collect());
    let functions = functions();
    for number in numbers {
        let token = format!("p{number}");
        let carries = |name: &String| {
            let mut words = name.split('_');
            words.clone().next().is_some_and(|first| first.starts_with('p'))
                && words.any(|word| word == token)
        };
        assert!(functions.iter().any(carries), "no test carries {token}");
    }
}

#[test]
fn every_invariant_is_asserted_by_something_that_exists() {
    let families = INVARIANTS.iter();
    let ids = families.flat_map(|(family, count)| {
        (1..=*count).map(move |number| format!("INV-{family}{number}"))
    });
    judge("| invariant | asserted by |", ids.collect());
}

#[test]
fn every_fault_can_be_inflicted_by_a_script_and_is_tried() {
    let head = "| fault | commands; what tries it alone |";
    judge(head, (1..=22).map(|number| format!("F{number}")).collect());
}

#[test]
fn every_check_has_a_row_that_names_its_file_and_what_makes_it_fail() {
    let head = "| check | name, kind, cost, file; what makes it fail |";
    judge(head, (1..=17).map(|number| format!("K{number}")).collect());
    let named = rows(head);
    for check in dynamo_check::NAMES {
        let file = format!("`crates/dynamo-check/src/{check}.rs`");
        let is_row = |(_, place): &(String, String)| {
            place.contains(&format!("*{check}*")) && place.contains(&file)
        };
        assert!(named.iter().any(is_row), "{check} has no row");
    }
}

/// Rows stand in the order of the paper, what is ours behind them.
#[test]
fn deviations_are_listed_in_the_order_of_the_paper() {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let lines = text.lines().skip_while(|line| *line != "| section | our rule | why |").skip(2);
    let section = |line: &str| {
        let first = line.split(['|', ',', '/']).nth(1).unwrap_or_default().trim().to_owned();
        let number = |part: &str| part.parse().unwrap_or(u32::MAX);
        first.split('.').map(number).collect::<Vec<u32>>()
    };
    let order: Vec<_> = lines.take_while(|line| line.starts_with('|')).map(section).collect();
    assert!(order.len() > 40 && order.is_sorted(), "{order:?}");
}

/// Every chapter of the core has a place in the map of its crate; every link in README.md leads
/// to a file.
#[test]
fn maps_name_every_chapter_and_lead_to_files() {
    let core = root().join("crates/dynamo-core/src");
    let map = fs::read_to_string(core.join("lib.rs")).expect("lib.rs");
    let is_mapped = |path: &str| {
        let folder = path.rsplit_once('/').map(|(folder, _)| format!("`{folder}/`"));
        map.contains(&format!("`{path}`")) || folder.is_some_and(|folder| map.contains(&folder))
    };
    let mut folders = vec![core.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("readable").path();
            let name = path.strip_prefix(&core).expect("below").to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push(path);
            } else if !name.ends_with("tests.rs") && name != "lib.rs" {
                assert!(is_mapped(&name), "{name} is in no row of the map in lib.rs");
            }
        }
    }
    let readme = fs::read_to_string(root().join("README.md")).expect("README.md");
    for link in readme.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
        assert!(link.contains("://") || root().join(link).exists(), "README.md: {link}");
    }
}
