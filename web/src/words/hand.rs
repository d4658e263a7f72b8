//! The words of a hand that cuts, and of single links.

use dynamo_core::Endpoint;
use dynamo_scene::Stops;
use dynamo_sim::script::LinkCommand;

/// The button that takes it out, as it stands.
pub const CUT: &str = "Cut";
/// The same in full.
pub const BY_HAND: &str = "Cut by hand";
/// What is to be done then.
pub const ABOUT: &str = "Circle or press nodes.";
/// A line around nobody.
pub const NOBODY: &str = "Nobody is inside: draw around those to cut off.";
/// A line around all nodes.
pub const EVERYBODY: &str = "All nodes are inside: leave one out.";
/// Names the choice of directions.
pub const WHICH: &str = "Which messages are cut";

/// The directions.
pub const STOPS: [(Stops, &str); 3] = [
    (Stops::Both, "both ways"),
    (Stops::Sent, "only what they send"),
    (Stops::Received, "only what is sent to them"),
];

fn names(these: &[Endpoint]) -> String {
    these.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Who is marked.
pub fn marked(these: &[Endpoint]) -> String {
    match these {
        [] => "Nobody is marked: press X at a node, or draw around some.".to_string(),
        these => format!("Marked: {}.", names(these)),
    }
}

/// Cuts the marked ones off.
pub fn cut_off(these: &[Endpoint]) -> String {
    const MOST: usize = 4;
    match these.len() {
        ..=MOST => format!("Cut off {}", names(these)),
        count => format!("Cut off {count}"),
    }
}

// One link.

/// Over the form.
pub const ONE_LINK: &str = "One link, one way";
/// Its beginning.
pub const FROM: &str = "From";
/// Its end.
pub const TO: &str = "To";
/// Its values, in the order of a script: name, label, hint.
pub const LINK_FIELDS: [(&str, &str, &str); 3] = [
    ("latency", "Latency of the link", "Such as constant-50ms. Empty: as all links."),
    ("loss", "Loss on the link", "A share from 0 to 0.9. Empty: as all links."),
    ("copies", "Copies on the link", "A share from 0 to 0.9. Empty: as all links."),
];
/// Gives it these values.
pub const CHANGE_LINK: &str = "Change this link";
/// Cuts it.
pub const CUT_LINK: &str = "Cut it";
/// Lets it carry again.
pub const HEAL_LINK: &str = "Heal it";
/// Takes its values back.
pub const USUAL_LINK: &str = "As all links";
/// Its ends are one.
pub const TWO_ENDS: &str = "A link has two ends: choose another one.";

/// How a link is.
pub fn link(from: Endpoint, to: Endpoint, is_cut: bool, rule: Option<&LinkCommand>) -> String {
    let cut = if is_cut { " It is cut." } else { "" };
    match rule {
        None => format!("{from} to {to} is as all links.{cut}"),
        Some(rule) => format!("{rule}.{cut}"),
    }
}
