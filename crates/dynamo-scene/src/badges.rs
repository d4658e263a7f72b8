//! Where every drawn kind of thing comes from: the paper, our choice, or the picture alone.

use alloc::format;
use alloc::string::String;

/// Where something comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// From these sections of the paper.
    Paper(&'static str),
    /// The protocol has it, and the paper does not say how: ours.
    Ours,
    /// The picture has it, the protocol does not.
    Drawn,
}

impl Origin {
    /// In two words.
    pub fn words(self) -> String {
        match self {
            Origin::Paper(section) => format!("paper {section}"),
            Origin::Ours => "our choice".into(),
            Origin::Drawn => "only drawn".into(),
        }
    }
}

/// A kind of thing that is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Badge {
    /// The classes that its shapes have; all words of one of them.
    pub classes: &'static [&'static str],
    /// What it is.
    pub what: &'static str,
    /// Where it comes from.
    pub origin: Origin,
}

const fn badge(classes: &'static [&'static str], what: &'static str, origin: Origin) -> Badge {
    Badge { classes, what, origin }
}

/// Every kind; the first that fits counts.
pub const BADGES: [Badge; 23] = [
    badge(
        &["vnode"],
        "A virtual node: a range of the ring and its owner",
        Origin::Paper("4.2, 6.2"),
    ),
    badge(
        &["walk", "rank", "rank-number", "key-mark", "key-name"],
        "A key, and the walk clockwise to its preference list",
        Origin::Paper("4.2, 4.3"),
    ),
    badge(&["orbit", "node", "name"], "The nodes, in the order of their names", Origin::Drawn),
    badge(&["cross"], "A node that is down, whoever knows it", Origin::Drawn),
    badge(&["belief", "belief-line"], "Who takes whom for dead", Origin::Paper("4.8.3")),
    badge(
        &["chip tombstone", "chip-letter tombstone"],
        "A tombstone: the round mark of a deletion",
        Origin::Ours,
    ),
    badge(
        &["chip unflushed", "chip-letter unflushed", "condition buffer", "timer flush"],
        "What only a write buffer holds, and when it is stored",
        Origin::Paper("6.1"),
    ),
    badge(
        &["chip", "chip-letter"],
        "A version that a disk holds: its letter and its hue",
        Origin::Paper("4.4"),
    ),
    badge(
        &["parcel", "string", "parcel-owner", "timer scan"],
        "A hint with its owner’s name, and when its keeper looks through its hints",
        Origin::Paper("4.6"),
    ),
    badge(&["timer gossip"], "The time until a node gossips", Origin::Paper("4.8.1")),
    badge(&["timer exchange"], "The time until a node compares trees", Origin::Paper("4.7")),
    badge(&["timer"], "A deadline that comes nearer", Origin::Ours),
    badge(
        &["gather", "ack"],
        "Answers that are gathered until R or W are there",
        Origin::Paper("4.5"),
    ),
    badge(&["transfer", "transfer-word"], "Ranges that move to a new owner", Origin::Paper("4.9")),
    badge(&["condition slices"], "What is left for work in the background", Origin::Paper("6.5")),
    badge(&["condition", "disk"], "A machine that is not well, a disk at work", Origin::Ours),
    badge(
        &["message", "message-letter", "way", "count", "count-number", "note"],
        "A message at its part of the way: a request is full, an answer hollow",
        Origin::Drawn,
    ),
    badge(&["lost"], "A message that did not arrive", Origin::Drawn),
    badge(
        &["sign", "outcome", "outcome-sign"],
        "How something ended: ok, certainly failed, unknown",
        Origin::Ours,
    ),
    badge(
        &["client", "client-name", "client-last", "seen", "seen-letter"],
        "A client, and the versions that its context covers",
        Origin::Paper("4.4"),
    ),
    badge(
        &["tear", "broken", "broken-bar", "broken-head", "shut"],
        "Links that carry nothing",
        Origin::Ours,
    ),
    badge(
        &["eyes", "eyes-note", "differs", "differs-word"],
        "What a node believes, and how it is",
        Origin::Drawn,
    ),
    badge(
        &["stop", "heal", "heal-word", "knife", "knife-side", "lasso"],
        "What can be pressed, and a cut being drawn",
        Origin::Drawn,
    ),
];

/// The kind of a shape with these classes.
pub fn badge_of(class: &str) -> Option<&'static Badge> {
    let has = |word: &str| class.split(' ').any(|other| other == word);
    let fits = |kind: &&str| kind.split(' ').all(has);
    BADGES.iter().find(|badge| badge.classes.iter().any(fits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_narrower_kind_comes_first() {
        let origin = |class| badge_of(class).map(|badge| badge.origin);
        assert_eq!(origin("chip v0"), Some(Origin::Paper("4.4")));
        assert_eq!(origin("chip v0 tombstone"), Some(Origin::Ours));
        assert_eq!(origin("timer"), Some(Origin::Ours));
        assert_eq!(origin("timer gossip"), Some(Origin::Paper("4.8.1")));
        assert_eq!(origin("chipped"), None);
    }
}
