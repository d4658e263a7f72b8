//! The words of the page, in one place.

use dynamo_core::{BadContext, Refusal, Role, Strictness};
use dynamo_sim::Time;
use dynamo_sim::timeline::MAX_BYTES;
use dynamo_sim::trace::{Doubt, Ended, Loss};
use dynamo_sim::world::MAX_RECORDS;

use crate::digest::MarkKind;

/// The name of the whole.
pub const NAME: &str = "Dynamo Playground";
/// Undo found nothing.
pub const NOTHING_TO_UNDO: &str = "There is no act of yours to undo.";
/// Undo worked.
pub const UNDONE: &str = "Undone: back to before your last act.";
/// An act that the world refused.
pub fn refused(command: &str, note: &str) -> String {
    let why = note.strip_prefix("refused: ").unwrap_or(note);
    format!("“{command}” was refused: {why}. Nothing has changed.")
}

/// A run that has as much as a run may have, and is known up to here.
pub fn run_is_full(known_until: Time) -> String {
    let (records, megabytes) = (MAX_RECORDS / 1_000_000, MAX_BYTES >> 20);
    format!(
        "The run is full: it may have {records},000,000 events, or {megabytes} MB of them, and ends \
         at {known_until}. Start a new run, or go back and act earlier."
    )
}

/// A mark of the time bar.
pub fn mark(kind: MarkKind) -> &'static str {
    match kind {
        MarkKind::Act => "act",
        MarkKind::Crash => "a node crashes",
        MarkKind::Restart => "a node starts",
        MarkKind::Stored => "a put succeeds",
        MarkKind::Found => "a get succeeds",
        MarkKind::Failed => "an operation fails",
        MarkKind::Unknown => "a put ends unknown",
        MarkKind::Conflict => "versions in conflict",
        MarkKind::QuorumMissed => "quorum missed",
        MarkKind::HintKept => "a hint is kept",
        MarkKind::HintDelivered => "a hint is home",
        MarkKind::ReadRepair => "read repair",
    }
}

/// How an operation ended: the outcome in a word, and a sentence.
pub fn outcome(ended: &Ended) -> (&'static str, String) {
    match ended {
        Ended::Stored => ("ok", "Stored.".to_string()),
        Ended::Found { siblings } => (
            "ok",
            match siblings.len() {
                0 => "Nothing found: the key was never written, as far as R replicas know.".into(),
                1 => "One value found.".to_string(),
                count => format!("{count} values in conflict found: merge them."),
            },
        ),
        Ended::Failed(why) => ("failed", format!("Certainly failed: {}.", refusal(why))),
        Ended::Unknown(Doubt::TooFewAcks { answers, needed }) => (
            "unknown",
            format!(
                "Unknown: {answers} of {needed} needed copies were acknowledged in time. \
                 The write may still be seen."
            ),
        ),
        Ended::Unknown(Doubt::NoAnswer) => (
            "unknown",
            "Unknown: no answer came in time. The write may be stored, now or later.".to_string(),
        ),
    }
}

/// Why a request was certainly not carried out.
pub fn refusal(why: &Refusal) -> String {
    match why {
        Refusal::TooFewReachable { reachable, needed } => {
            format!("{needed} replicas are needed, only {reachable} seem up; nobody was asked")
        }
        Refusal::TooFewAnswers { answers, needed } => {
            format!("{answers} of {needed} needed replicas answered in time")
        }
        Refusal::BadContext(BadContext::Damaged) => "the context is damaged".to_string(),
        Refusal::BadContext(BadContext::OtherKey) => "the context is of another key".to_string(),
        Refusal::BadContext(BadContext::Ahead) => {
            "the context names writes that this node never made".to_string()
        }
        Refusal::NoAnswer => "no answer came in time; a read changes nothing".to_string(),
    }
}

/// Why a message did not arrive.
pub fn loss(why: Loss) -> &'static str {
    match why {
        Loss::Dropped => "lost: the network dropped it",
        Loss::Taken => "lost: an act dropped it",
        Loss::Cut => "lost: the link is cut",
        Loss::ReceiverDown => "lost: the receiver is down",
    }
}

/// What a node is to a request.
pub fn role(role: Role) -> String {
    match role {
        Role::Primary => "primary".to_string(),
        Role::Fallback { missing } => format!("stands in for {missing}"),
    }
}

/// Sloppy or strict.
pub fn strictness(strictness: Strictness) -> &'static str {
    match strictness {
        Strictness::Sloppy => "sloppy",
        Strictness::Strict => "strict",
    }
}

/// A live setting: its label, what it does, and the paper's word on it.
pub struct SettingWords {
    /// The name of the field in a script.
    pub name: &'static str,
    /// The label.
    pub label: &'static str,
    /// What it does.
    pub does: &'static str,
    /// What the paper uses.
    pub paper: &'static str,
}

/// The live settings, in the order of the panel.
pub const SETTINGS: [SettingWords; 6] = [
    SettingWords {
        name: "r",
        label: "R",
        does: "Replicas that must answer a read.",
        paper: "Paper: usually 2 (6).",
    },
    SettingWords {
        name: "w",
        label: "W",
        does: "Copies that must be stored before a write succeeds.",
        paper: "Paper: usually 2 (6).",
    },
    SettingWords {
        name: "mode",
        label: "Quorum",
        does: "Sloppy: the first N healthy nodes count, stand-ins included. \
               Strict: only the key's own N nodes.",
        paper: "Paper: sloppy (4.6).",
    },
    SettingWords {
        name: "latency",
        label: "Latency",
        does: "How long a message travels: constant-5ms, uniform-1ms-9ms, or \
               lognormal-4ms-15ms (median, 99th percentile).",
        paper: "The paper gives no model; ours is lognormal-4ms-15ms.",
    },
    SettingWords {
        name: "loss",
        label: "Loss",
        does: "The share of messages that are lost, from 0 to 0.9.",
        paper: "Ours: 0.",
    },
    SettingWords {
        name: "copies",
        label: "Copies",
        does: "The share of messages that arrive twice, from 0 to 0.9.",
        paper: "Ours: 0.",
    },
];

/// The keys of the keyboard and what they do.
pub const KEYS: [(&str, &str); 10] = [
    ("Space", "play or pause"),
    ("→", "to the next event"),
    ("←", "to the event before"),
    ("Shift →", "to the next interesting event"),
    ("Shift ←", "to the interesting event before"),
    ("Home", "to the start"),
    ("Ctrl Z", "undo your last act"),
    ("?", "this help"),
    ("Esc", "close what is open"),
    ("Tab", "to the next control"),
];

/// Counts with its noun.
pub fn count(number: usize, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}

/// The title of the card after a trap.
pub const TRAP_TITLE: &str = "The playground has stopped";
/// What happened.
pub const TRAP_SENTENCE: &str = "A fault in the program, not in your run, has stopped it. Your run \
    is the text below: copy it, reload, and open it again under “Run text”. A report with this \
    text and the line under it lets us repeat the fault.";
/// Names the text.
pub const TRAP_LABEL: &str = "Text of the run";
/// Starts anew.
pub const TRAP_RELOAD: &str = "Reload";

/// What the page is and how it is used.
pub const HELP: [&str; 4] = [
    "A cluster as in the Dynamo paper (DeCandia and others, SOSP 2007) runs in this page: real \
     protocol code on simulated machines. Nothing is drawn that it did not do.",
    "Press Play, or step from event to event. Whatever you do, a put, a crash, a cut, is done at \
     the playhead; in the past as well: then everything after it is played anew, and your later \
     acts stay.",
    "A hue and its letter (A, B, C) name one version of the key in focus, and nothing else.",
    "Messages take milliseconds and hints seconds. Automatic speed slows down near events and \
     hurries through silence; the rate beside the clock says how time runs.",
];

/// Before anything has happened.
pub const BEGINNING: &str = "Nothing has happened yet. Press Play, or step with the arrow keys.";

/// Names the place where the page tells of errors.
pub const NOTICE: &str = "Notice";

/// Who a row of the log is about: its mark in a transcript as words that lead into the rest.
pub fn who(who: &str) -> String {
    let name = who.split_whitespace().next().unwrap_or_default();
    match who.split_whitespace().last() {
        Some(">") => "act".to_string(),
        Some("=") if name.starts_with('n') => format!("{name} disk"),
        Some("!" | "=" | "x" | "+") => name.to_string(),
        _ => who.replace("->", "→").split_whitespace().collect::<Vec<_>>().join(" "),
    }
}

#[cfg(test)]
mod tests {
    use super::{run_is_full, who};
    use dynamo_sim::Time;

    #[test]
    fn a_full_run_says_its_caps_where_it_ends_and_what_to_do() {
        assert_eq!(
            run_is_full(Time(83_200_000)),
            "The run is full: it may have 1,000,000 events, or 192 MB of them, and ends at 83.2s. \
             Start a new run, or go back and act earlier."
        );
    }

    #[test]
    fn the_marks_of_a_transcript_become_words() {
        assert_eq!(who("n1 -> n2"), "n1 → n2");
        assert_eq!(who("n1  !"), "n1");
        assert_eq!(who("n12 ="), "n12 disk");
        assert_eq!(who("c1 ="), "c1");
        assert_eq!(who(">"), "act");
        assert_eq!(who("c1"), "c1");
    }
}
