//! No committed file may name a place that only one machine has.

use std::fs;
use std::path::Path;

use crate::Outcome;
use crate::shell::{capture, cargo_home, command, root};

/// Written in two halves, so that this file does not find itself.
const PLACES: &[(&str, &str)] = &[
    ("/ro", "ot/"),
    ("/ho", "me/"),
    ("/Use", "rs/"),
    ("/wo", "rk/"),
    (":\\Use", "rs\\"),
    ("artif", "actory"),
    ("index.", "crates.io"),
    ("static.", "crates.io"),
    ("registry.", "npmjs.org"),
    ("files.", "pythonhosted.org"),
    ("deb.", "debian.org"),
];

/// The one source that Cargo's lock file may name: the public index, by its standard name.
const PUBLIC_INDEX: &str = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";

/// Fails with one sentence for each place found in a committed file.
pub fn check() -> Outcome {
    let listed = capture(command("git").args(["ls-files", "-z"]))?.ok()?.stdout;
    let places = places();
    let mut sentences = Vec::new();
    for name in listed.split_terminator('\0') {
        // What is not text, and what is deleted but not yet committed, names nothing.
        if let Ok(text) = fs::read_to_string(root().join(name)) {
            sentences.extend(judge(name, &text, &places));
        }
    }
    if sentences.is_empty() { Ok(()) } else { Err(sentences.join("\n")) }
}

fn places() -> Vec<String> {
    let fixed = PLACES.iter().map(|(first, second)| format!("{first}{second}"));
    let of_this_machine = [root(), &cargo_home()].map(|path: &Path| path.display().to_string());
    fixed.chain(of_this_machine).collect()
}

fn judge(name: &str, text: &str, places: &[String]) -> Vec<String> {
    let lock_file = |line: &str| match name.rsplit('/').next() {
        Some("Cargo.lock") => line.starts_with("source = ") && line != PUBLIC_INDEX,
        Some("package-lock.json") => line.trim_start().starts_with("\"resolved\""),
        _ => false,
    };
    let mut sentences = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        if let Some(place) = places.iter().find(|place| line.contains(place.as_str())) {
            sentences.push(format!("{name}:{number} names {place}, which is one machine's."));
        } else if lock_file(line) {
            sentences.push(format!("{name}:{number} names where a package was fetched from."));
        }
    }
    sentences
}

#[cfg(test)]
mod tests {
    use super::{PUBLIC_INDEX, judge, places};

    #[test]
    fn the_public_index_is_the_only_source_in_the_lock_file() {
        assert!(judge("Cargo.lock", PUBLIC_INDEX, &places()).is_empty());
        let other = "source = \"registry+https://crates.example/index\"";
        assert_eq!(judge("Cargo.lock", other, &places()).len(), 1);
    }

    #[test]
    fn a_resolved_address_is_found() {
        let line = "      \"resolved\": \"https://npm.example/x.tgz\",";
        assert_eq!(judge("tests/browser/package-lock.json", line, &places()).len(), 1);
        assert!(judge("notes.md", line, &places()).is_empty());
    }

    #[test]
    fn a_home_directory_is_found_with_its_line() {
        let text = format!("first\nsee {}someone/x", ["/ho", "me/"].concat());
        let found = judge("notes.md", &text, &places());
        assert!(found[0].starts_with("notes.md:2 names"));
    }
}
