//! The words of running on until something happens.

use dynamo_scene::words::until::until;
use dynamo_sim::Time;
use dynamo_sim::transcript::millis;
use dynamo_sim::until::Condition;

use crate::digest::LogRow;

/// Opens and names the form.
pub const RUN_UNTIL: &str = "Run until";
/// Names the list of conditions.
pub const WHAT: &str = "What happens";
/// Names the list of nodes.
pub const WHOSE: &str = "Node";
/// No node in particular.
pub const ANY_NODE: &str = "at any node";
/// Begins.
pub const RUN: &str = "Run";
/// Ends it before it has found anything.
pub const STOP: &str = "Stop";

/// A node that must have a part in it.
pub fn with_node(node: impl std::fmt::Display) -> String {
    format!("with {node}")
}

fn said(condition: &Condition) -> String {
    let words = until(condition.name).map_or(condition.name, |(_, words)| words);
    let node = condition.node.map(|node| format!(", {}", with_node(node)));
    format!("{words}{}", node.unwrap_or_default())
}

/// How far a search has come.
pub fn searching(known: Time, bound: Time) -> String {
    format!("Nothing up to {} of {} ms", millis(known), millis(bound))
}

/// It has happened.
pub fn reached(condition: &Condition, at: Time, row: Option<&LogRow>) -> String {
    let event = row.map(|row| format!(" ({} {})", super::who(&row.row.who), row.row.what));
    format!("{} ms: {}{}.", millis(at), said(condition), event.unwrap_or_default())
}

/// It does not happen before a search ends.
pub fn not_before(condition: &Condition, bound: Time) -> String {
    format!(
        "Not before {} ms, where this search ends: {}. “{RUN}” looks further from here.",
        millis(bound),
        said(condition)
    )
}
