//! What the checks find in a run up to a place. The one door to the checks.

use dynamo_sim::{EventId, Moment, Run};

/// What one check finds.
#[derive(Clone, Debug, PartialEq)]
pub struct FindingRow {
    /// The check's name.
    pub name: String,
    /// One word: holds, not yet due, counted, excused, violated.
    pub status: String,
    /// What that means here.
    pub sentence: String,
    /// The events that broke it.
    pub guilty: Vec<EventId>,
}

/// What the checks find up to a place. No check is wired up yet.
pub fn findings(_run: &Run, _moment: Moment) -> Vec<FindingRow> {
    Vec::new()
}
