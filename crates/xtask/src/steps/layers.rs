//! The arrows between the crates: a dependency points to a lower layer, never up or sideways.

use std::path::PathBuf;

use crate::Outcome;
use crate::shell::{capture, command};

/// The layers from the bottom up. Crates on one line do not see each other.
const LAYERS: &[&[&str]] = &[
    &["dynamo-core"],
    &["dynamo-sim"],
    &["dynamo-check", "dynamo-scene", "dynamo-lessons"],
    &["dynamo-lab"],
    &["dynamo-web"],
    &["dynamo-element"],
    &["dynamo-tests", "dynamo-speed"],
    &["xtask"],
];

/// The layers below this one do without the standard library.
const FIRST_WITH_STD: usize = 4;

/// A crate of this workspace.
pub struct Member {
    /// Its package name.
    pub name: String,
    /// Its directory.
    pub path: PathBuf,
    /// What it depends on, for any target and for tests too.
    dependencies: Vec<String>,
}

/// Fails with one sentence for each arrow that does not point down.
pub fn check() -> Outcome {
    let sentences = wrong_arrows(&members()?);
    if sentences.is_empty() { Ok(()) } else { Err(sentences.join("\n")) }
}

/// The crates that have to build where there is no standard library.
pub fn no_std_packages() -> Outcome<Vec<String>> {
    let names = members()?.into_iter().map(|member| member.name);
    Ok(names.filter(|name| layer(name).is_some_and(|layer| layer < FIRST_WITH_STD)).collect())
}

/// All crates of the workspace, with what they depend on.
pub fn members() -> Outcome<Vec<Member>> {
    let mut tree = command("cargo");
    tree.args(["tree", "--locked", "--workspace", "--depth=1", "--prefix=depth", "--no-dedupe"]);
    tree.args(["--target=all", "--edges=normal,build,dev", "--format={p}"]);
    Ok(parse(&capture(&mut tree)?.ok()?.stdout))
}

/// Lines are `0name v0.1.0 (path)` for a member and `1name ...` for what it depends on.
fn parse(tree: &str) -> Vec<Member> {
    let mut members: Vec<Member> = Vec::new();
    for line in tree.lines() {
        let mut words = line.split_whitespace();
        let name = |word: &str| word.get(1..).unwrap_or_default().to_owned();
        match (words.next(), members.last_mut()) {
            (Some(word), _) if word.starts_with('0') => {
                let path = line.split_once('(').map_or("", |(_, path)| path);
                let path = PathBuf::from(path.trim_end_matches(')'));
                members.push(Member { name: name(word), path, dependencies: Vec::new() });
            }
            (Some(word), Some(member)) => member.dependencies.push(name(word)),
            _ => {}
        }
    }
    members
}

fn layer(name: &str) -> Option<usize> {
    LAYERS.iter().position(|names| names.contains(&name))
}

fn wrong_arrows(members: &[Member]) -> Vec<String> {
    let mut sentences = Vec::new();
    for member in members {
        let Some(from) = layer(&member.name) else {
            sentences.push(format!(
                "{} stands on no layer: give it one in crates/xtask/src/steps/layers.rs.",
                member.name
            ));
            continue;
        };
        for name in &member.dependencies {
            if layer(name).is_some_and(|to| to >= from) {
                sentences.push(format!(
                    "{} depends on {name}, which is not below it: {}.",
                    member.name,
                    picture()
                ));
            }
        }
    }
    sentences
}

fn picture() -> String {
    LAYERS.iter().map(|names| names.join(", ")).collect::<Vec<_>>().join(" <- ")
}

#[cfg(test)]
mod tests {
    use super::{parse, wrong_arrows};

    fn sentences(tree: &str) -> Vec<String> {
        wrong_arrows(&parse(tree))
    }

    #[test]
    fn an_arrow_down_is_right() {
        assert!(
            sentences("0dynamo-sim v0.1.0 (x)\n1dynamo-core v0.1.0 (y)\n1serde v1.0.0").is_empty()
        );
    }

    #[test]
    fn an_arrow_up_is_named() {
        let said = sentences("0dynamo-core v0.1.0 (x)\n1dynamo-sim v0.1.0 (y)");
        assert!(said[0].starts_with("dynamo-core depends on dynamo-sim, which is not below it"));
    }

    #[test]
    fn an_arrow_to_a_sibling_is_named() {
        assert_eq!(sentences("0dynamo-scene v0.1.0 (x)\n1dynamo-check v0.1.0 (y)").len(), 1);
    }

    #[test]
    fn a_crate_without_a_layer_is_named() {
        assert!(
            sentences("0dynamo-new v0.1.0 (x)")[0].starts_with("dynamo-new stands on no layer")
        );
    }
}
