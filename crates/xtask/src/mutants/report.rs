//! `tests/mutants.md`: read, changed and written.

use std::collections::BTreeMap;
use std::fmt;

/// What trying changes came to; each by its name.
pub struct Found {
    /// A test failed.
    pub caught: Vec<String>,
    /// All tests passed.
    pub missed: Vec<String>,
    /// A test did not end.
    pub timeouts: Vec<String>,
}

/// A change that no test notices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Survivor {
    /// Where and what.
    pub name: String,
    /// What somebody says about it.
    pub word: Option<String>,
}

/// What is known of a chapter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its name.
    pub chapter: String,
    /// The hash of the sources that were tried.
    pub sources: String,
    /// Changes that compile.
    pub viable: usize,
    /// Changes that made a test run without end: noticed.
    pub timeouts: usize,
    /// Changes that no test notices.
    pub survivors: Vec<Survivor>,
}

/// The whole report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// One row a chapter.
    pub rows: Vec<Row>,
}

const HEAD: &str = "\
# What the tests notice

`cargo xtask mutants` changes the core in every small way that cargo-mutants knows, one at a time, \
and runs the tests: first those of the core, then, for what these miss, transcripts and other \
worlds. A change that compiles and that no test notices stands below by its name, with a word on \
it. A test that a change makes run without end notices it, too. The words are written by hand and \
kept; all else is written by the verb.

| chapter | changes | noticed | without end | missed | noticed, % | sources |
|---|---|---|---|---|---|---|
";

const NO_WORD: &str = "No word yet.";

impl Row {
    /// What was found at first.
    pub fn new(chapter: &str, sources: String, found: Found) -> Row {
        let viable = found.caught.len() + found.missed.len() + found.timeouts.len();
        let survivor = |name| Survivor { name, word: None };
        Row {
            chapter: chapter.to_owned(),
            sources,
            viable,
            timeouts: found.timeouts.len(),
            survivors: found.missed.into_iter().map(survivor).collect(),
        }
    }

    /// Some of those that survived were tried again.
    pub fn narrow(&mut self, again: &Found) {
        self.timeouts += again.timeouts.len();
        self.survivors.retain(|it| again.missed.contains(&it.name));
    }

    /// The key of each survivor: its name without line and column, and the how-manieth of this
    /// name it is.
    fn keys(&self) -> Vec<(String, usize)> {
        let mut count: BTreeMap<String, usize> = BTreeMap::new();
        let key = |it: &Survivor| {
            let mut parts = it.name.splitn(4, ':');
            let (file, what) = (parts.next().unwrap_or_default(), parts.nth(2).unwrap_or_default());
            let name = format!("{file}:{what}");
            let number = count.entry(name.clone()).or_default();
            *number += 1;
            (name, *number)
        };
        self.survivors.iter().map(key).collect()
    }

    fn numbers(&self) -> [usize; 3] {
        [self.viable, self.timeouts, self.survivors.len()]
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        line(f, &self.chapter, self.numbers(), &self.sources)
    }
}

fn line(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    [viable, timeouts, missed]: [usize; 3],
    sources: &str,
) -> fmt::Result {
    let noticed = viable - missed;
    let share = 100.0 * noticed as f64 / viable.max(1) as f64;
    write!(f, "| {name} | {viable} | {noticed} | {timeouts} | {missed} | {share:.1} | {sources} |")
}

impl Report {
    /// Reads a report; what is no row and no survivor is passed over.
    pub fn parse(text: &str) -> Report {
        let mut report = Report::default();
        let mut chapter = "";
        for line in text.lines() {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            if let ["", name, viable, _, timeouts, _, _, sources, ""] = cells[..]
                && let (Ok(viable), Ok(timeouts)) = (viable.parse(), timeouts.parse())
                && !sources.is_empty()
            {
                let (chapter, sources) = (name.to_owned(), sources.to_owned());
                report.rows.push(Row { chapter, sources, viable, timeouts, survivors: Vec::new() });
            } else if let Some(name) = line.strip_prefix("## ") {
                chapter = name;
            } else if let Some(row) = report.rows.iter_mut().find(|row| row.chapter == chapter) {
                if let Some(name) = line.strip_prefix("- `").and_then(|it| it.strip_suffix('`')) {
                    row.survivors.push(Survivor { name: name.to_owned(), word: None });
                } else if let (Some(word), Some(last)) =
                    (line.strip_prefix("  "), row.survivors.last_mut())
                {
                    last.word = Some(word.to_owned()).filter(|word| word != NO_WORD);
                }
            }
        }
        report
    }

    /// Takes a row in. Survivors that were known keep their words, wherever they have moved.
    pub fn put(&mut self, mut row: Row, order: &[&str]) {
        if let Some(index) = self.rows.iter().position(|old| old.chapter == row.chapter) {
            let old = self.rows.remove(index);
            let words: BTreeMap<_, _> =
                old.keys().into_iter().zip(old.survivors.into_iter().map(|it| it.word)).collect();
            for (key, survivor) in row.keys().into_iter().zip(&mut row.survivors) {
                survivor.word = words.get(&key).cloned().flatten();
            }
        }
        self.rows.push(row);
        self.rows.sort_by_key(|row| order.iter().position(|name| *name == row.chapter));
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HEAD)?;
        let mut all = [0; 3];
        for row in &self.rows {
            writeln!(f, "{row}")?;
            all = [0, 1, 2].map(|index| all[index] + row.numbers()[index]);
        }
        line(f, "in all", all, "")?;
        writeln!(f)?;
        for row in self.rows.iter().filter(|row| !row.survivors.is_empty()) {
            write!(f, "\n## {}\n\n", row.chapter)?;
            for Survivor { name, word } in &row.survivors {
                writeln!(f, "- `{name}`\n  {}", word.as_deref().unwrap_or(NO_WORD))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Found, Report, Row};

    fn names(all: &[&str]) -> Vec<String> {
        all.iter().map(|name| (*name).to_owned()).collect()
    }

    fn row(missed: &[&str]) -> Row {
        let found = Found {
            caught: names(&["a.rs:1:1: x", "a.rs:2:1: y"]),
            missed: names(missed),
            timeouts: names(&["a.rs:9:9: z"]),
        };
        Row::new("a", "00ff".to_owned(), found)
    }

    #[test]
    fn a_report_is_read_back() {
        let mut report = Report::default();
        report.put(row(&["a.rs:3:1: replace > with >= in f"]), &["a"]);
        report.put(Row { chapter: "b".to_owned(), ..row(&[]) }, &["a", "b"]);
        report.rows[0].survivors[0].word = Some("Equivalent: nothing is equal.".to_owned());
        assert_eq!(Report::parse(&report.to_string()), report, "{report}");
        let lines: Vec<String> = report.to_string().lines().map(str::to_owned).collect();
        assert!(lines.contains(&"| a | 4 | 3 | 1 | 1 | 75.0 | 00ff |".to_owned()), "{report}");
        assert!(lines.contains(&"| in all | 7 | 6 | 2 | 1 | 85.7 |  |".to_owned()), "{report}");
    }

    #[test]
    fn a_word_stays_with_its_change_when_the_change_moves() {
        let mut report = Report::default();
        report.put(row(&["a.rs:3:1: replace in f", "a.rs:4:1: replace in f"]), &["a"]);
        report.rows[0].survivors[1].word = Some("second".to_owned());
        report.put(row(&["a.rs:13:1: replace in f", "a.rs:14:2: replace in f"]), &["a"]);
        let words = report.rows[0].survivors.iter().map(|it| it.word.as_deref());
        assert_eq!(words.collect::<Vec<_>>(), [None, Some("second")]);
    }

    #[test]
    fn what_is_noticed_when_it_is_tried_again_survives_no_more() {
        let mut row = row(&["a.rs:3:1: f", "a.rs:4:1: g", "a.rs:5:1: h"]);
        let caught = names(&["a.rs:3:1: f"]);
        row.narrow(&Found {
            caught,
            missed: names(&["a.rs:4:1: g"]),
            timeouts: names(&["a.rs:5:1: h"]),
        });
        assert_eq!(row.to_string(), "| a | 6 | 5 | 2 | 1 | 83.3 | 00ff |");
    }
}
