//! A run that breaks a check, made small and said: what a person needs to play it again.

use alloc::format;
use alloc::string::String;

use dynamo_core::Node;
use dynamo_sim::{Actor, Script};

use crate::judge::{breaks_with, try_out_with};
use crate::shrink::{label, shrink};

/// A failing run, made small.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The check that is broken.
    pub check: &'static str,
    /// The smallest run found that breaks it, with a comment that says where it is from and the
    /// expectation that it does not meet.
    pub small: Script,
}

/// Makes a run that breaks a check small, in at most `most_tries` plays; nothing if none is broken.
/// `from` says where the run is from.
pub fn failure(script: Script, from: &str, most_tries: u32) -> Option<Failure> {
    failure_with::<Node>(script, from, most_tries)
}

/// The same with whatever stands in for the nodes.
pub fn failure_with<A: Actor + Clone + 'static>(
    script: Script,
    from: &str,
    most_tries: u32,
) -> Option<Failure> {
    let check = try_out_with::<A>(&script).violation()?.check;
    Some(small_with::<A>(script, from, check, most_tries))
}

/// Makes a run that breaks this check small.
pub fn small_with<A: Actor + Clone + 'static>(
    script: Script,
    from: &str,
    check: &'static str,
    most_tries: u32,
) -> Failure {
    let small = shrink(script, most_tries, |script| breaks_with::<A>(script, check));
    let about = format!("# Breaks {check}; made smaller from {from}.");
    Failure { check, small: label(small, check, about) }
}

impl Failure {
    /// What a person is told: the run, and the commands that play it and the whole one.
    pub fn explain(&self, from: &str, file: &str, whole: &str) -> String {
        let Failure { check, small } = self;
        format!(
            "{from} breaks {check}. The small run:\n\n{small}\n\
             play it:       cargo xtask run {file}\n\
             the whole one: {whole}"
        )
    }
}
