//! The words of what looks inside: version graphs, trees side by side, costs, beliefs.

use dynamo_scene::history::Holder;

/// Names the version graph.
pub const GRAPH: &str = "How its versions came about";
/// What the lines of the graph are.
pub const GRAPH_NEWER: &str = "newer than what is above it";
/// What the broken lines are.
pub const GRAPH_CONFLICT: &str = "in conflict";
/// Leads to the moment at which a version was written.
pub const GRAPH_GO: &str = "Go to the moment when it was stored first";
/// Nobody has this version.
pub const NOBODY_HOLDS: &str = "Nobody holds it now.";
/// A deletion.
pub const TOMBSTONE: &str = "tombstone";

/// Where a version lies, as the end of `n3 ...`.
pub fn holder(holder: &Holder) -> String {
    let mut text = holder.owner.map(|owner| format!(" (hint for {owner})")).unwrap_or_default();
    if !holder.is_durable {
        text.push_str(" (only in its write buffer)");
    }
    if !holder.is_up {
        text.push_str(" (down)");
    }
    text
}

/// Opens the older versions.
pub fn show_older(older: usize) -> String {
    format!("Show {} before these", super::count(older, "version", "versions"))
}
