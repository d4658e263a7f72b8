//! The run that the page opens with.

use dynamo_sim::transcript::RULE;

/// A transcript under test: the script, a rule line, and what came of it.
const TRANSCRIPT: &str =
    include_str!("../../tests/transcripts/a-write-survives-a-dead-primary.txt");

/// The key in focus when the page opens.
pub const FOCUS: &str = "basket";

/// Its script.
pub fn run() -> &'static str {
    TRANSCRIPT.split_once(RULE).map_or(TRANSCRIPT, |(script, _)| script)
}
