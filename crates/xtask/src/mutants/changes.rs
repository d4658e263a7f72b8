//! What can be changed: the list of cargo-mutants, which also says how.

use std::ops::Range;
use std::path::Path;

use serde::Deserialize;

use crate::Outcome;
use crate::shell::{capture, command};

/// One small change of the program.
#[derive(Clone, Debug, Deserialize)]
pub struct Change {
    /// Where and what.
    pub name: String,
    /// The file, from the root of the repository.
    pub file: String,
    /// What kind of thing is changed.
    pub genre: Genre,
    /// What stands there instead.
    pub replacement: String,
    span: Span,
}

/// What kind of thing is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Genre {
    /// What a function does: it only returns a value.
    FnValue,
    /// The operator between two values.
    BinaryOperator,
    /// The operator before a value: it goes.
    UnaryOperator,
    /// The arm of a match: it goes.
    MatchArm,
    /// The condition of an arm.
    MatchArmGuard,
    /// A field that a struct is made with: the usual value takes its place.
    StructField,
}

#[derive(Clone, Copy, Debug, Deserialize)]
struct Span {
    start: Place,
    end: Place,
}

/// Line and column, both from 1.
#[derive(Clone, Copy, Debug, Deserialize)]
struct Place {
    line: usize,
    column: usize,
}

impl Place {
    fn offset(self, text: &str) -> usize {
        let before: usize = text.split_inclusive('\n').take(self.line - 1).map(str::len).sum();
        let line = &text[before..];
        before + line.chars().take(self.column - 1).map(char::len_utf8).sum::<usize>()
    }
}

impl Change {
    /// The bytes of its file that it replaces.
    pub fn range(&self, text: &str) -> Range<usize> {
        self.span.start.offset(text)..self.span.end.offset(text)
    }

    /// Its file, changed.
    pub fn applied(&self, text: &str) -> String {
        let mut changed = text.to_owned();
        changed.replace_range(self.range(text), &self.replacement);
        changed
    }
}

/// All changes of these files of a tree, in their order.
pub fn list(tree: &Path, files: &str) -> Outcome<Vec<Change>> {
    let mut mutants = command("cargo");
    mutants.args(["mutants", "--list", "--json", "--no-shuffle", "--file", files, "--dir"]);
    mutants.arg(tree);
    let listed = capture(&mut mutants)?.ok()?;
    serde_json::from_str(&listed.stdout)
        .map_err(|error| format!("The list of cargo-mutants cannot be read: {error}."))
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A change in one line, from one column to another.
    pub fn change(genre: Genre, (line, from, to): (usize, usize, usize), with: &str) -> Change {
        let span = Span { start: Place { line, column: from }, end: Place { line, column: to } };
        let (name, file) = (format!("a.rs:{line}:{from}: {genre:?}"), "a.rs".to_owned());
        Change { name, file, genre, replacement: with.to_owned(), span }
    }

    #[test]
    fn a_change_is_found_behind_letters_of_two_bytes() {
        let change = change(Genre::BinaryOperator, (2, 3, 4), "-");
        assert_eq!(change.applied("ä\né + 1\n"), "ä\né - 1\n");
    }
}
