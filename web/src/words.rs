//! The words of the page, in one place.

pub mod dare;
mod forms;
pub mod hand;
pub mod inspect;
mod settings;
pub mod twins;
pub mod until;

use dynamo_core::{BadContext, Key, NodeId, NotFound, Refusal, RequestId, Role, Strictness};
use dynamo_sim::link::{Difference, TooLong};
use dynamo_sim::script::MAX_TIME;
use dynamo_sim::timeline::MAX_BYTES;
use dynamo_sim::trace::{Doubt, Ended, Loss};
use dynamo_sim::world::MAX_RECORDS;
use dynamo_sim::{EventId, Moment, Place, Time, Trace, TraceEvent, Tree, Unfit, transcript};
pub use forms::*;
pub use settings::*;

use crate::digest::MarkKind;
use crate::session::RefusedLine;
use crate::shared_run::SharedRun;

/// The name of the whole.
pub const NAME: &str = "Dynamo Playground";
/// Undo found nothing.
pub const NOTHING_TO_UNDO: &str = "There is no act of yours to undo.";
/// Undo worked.
pub const UNDONE: &str = "Undone: back to before your last act.";
/// The page was loaded again.
pub const RESUMED: &str = "This is your run as it was before the page was loaded again. Undo (Ctrl Z) \
    leads to the run of the address.";
/// An act that the world refused.
pub fn refused(refused: &RefusedLine) -> String {
    let RefusedLine { act, why, .. } = refused;
    format!("“{act}” was refused: {why}. Nothing has changed.")
}

/// An act of a branch that cannot be carried out there.
pub fn does_not_apply(refused: &RefusedLine) -> String {
    let RefusedLine { act, why, .. } = refused;
    format!("“{act}” does not apply: {why}.")
}

/// Acts that the world refuses since another came before them.
pub fn no_longer_apply(acts: &[RefusedLine]) -> String {
    const MOST: usize = 3;
    let act = |RefusedLine { act, why, .. }: &RefusedLine| format!("“{act}”: {why}");
    let mut text = format!(
        "{} in this branch no longer {}: {}",
        count(acts.len(), "later act", "later acts"),
        if acts.len() == 1 { "applies" } else { "apply" },
        acts.iter().take(MOST).map(act).collect::<Vec<_>>().join("; ")
    );
    text.push_str(if acts.len() > MOST { "; …" } else { "." });
    text
}

/// A change that the branches do not take.
pub fn unfit(unfit: Unfit) -> String {
    format!("Not done, expected {unfit}.")
}

/// A branch is gone.
pub fn dropped(name: &str) -> String {
    format!("Dropped “{name}”. Undo (Ctrl Z) brings it back.")
}

/// A run does otherwise than when its link was made.
pub fn differs(difference: &Difference) -> String {
    let Difference { version, event } = difference;
    format!(
        "This link was recorded with version {version}. Here the run differs, at the latest from \
         event {event} on: what is shown is what this version does."
    )
}

/// A run of a tree: a branch by its name.
pub fn run_name(tree: &Tree, place: Place) -> String {
    tree.branch(place).map_or_else(|| "Original run".to_string(), |branch| branch.name.clone())
}

/// A title as a name in addresses and files: small letters and digits, with dashes in between.
pub fn slug(title: &str) -> String {
    const MOST: usize = 60;
    let letters = |c: char| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { ' ' };
    let spaced: String = title.chars().map(letters).take(MOST).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join("-")
}

/// A run does not fit into a link.
pub fn too_long(long: &TooLong) -> String {
    format!("No link: {long}.")
}

/// What the link of the share dialog is.
pub const SHARE_LINK: &str = "It carries the whole run that is shown, up to the last act, and opens \
    it at the same place. Nothing is stored anywhere.";
/// What the line of HTML is.
pub const SHARE_EMBED: &str = "The stage and the controls alone, in a frame of any size.";
/// What a file holds.
pub const SHARE_FILE: &str = "The run as text, with all its branches. It opens here again, and \
    “cargo xtask run” plays it.";
/// What else can be made of a run.
pub const SHARE_EXPORTS: &str = "The stage at this moment as a picture; all that happens as text, in \
     the form of tests/transcripts; every event with a vector clock, for ShiViz.";
/// The browser took no file.
pub const NO_FILE: &str = "The browser did not take the file.";
/// The browser drew no picture.
pub const NO_PICTURE: &str = "The browser did not draw the picture: take the SVG instead.";
/// The text is in the clipboard.
pub const COPIED: &str = "Copied.";
/// The text is not in the clipboard.
pub const NOT_COPIED: &str = "The browser did not allow copying: select the text and copy it.";
/// Where else runs come from.
pub const OPEN_FILES: &str =
    "“Open” takes a saved run; so does a file dropped anywhere on this page.";
/// A file is held over the page.
pub const DROP_HERE: &str = "Drop the file to open its run";
/// Leads from another page to the playground.
pub const OPEN_HERE: &str = "Open in the playground";

/// Why a run goes no further than this, and what to do.
pub fn run_ends(run: &SharedRun) -> String {
    if run.digest().full { run_is_full(run.known_until()) } else { run_is_long() }
}

fn run_is_long() -> String {
    format!("The run ends here: a run lasts at most {MAX_TIME}. Start a new run, or go back.")
}

/// A run that has as much as a run may have, and is known up to here.
fn run_is_full(known_until: Time) -> String {
    let (records, megabytes) = (MAX_RECORDS / 1_000_000, MAX_BYTES >> 20);
    format!(
        "The run is full: it may have {records},000,000 events, or {megabytes} MB of them, and ends \
         at {known_until}. Start a new run, or go back and act earlier."
    )
}

/// The field for the name of a branch, before that name.
pub const BRANCH_NAME: &str = "Name of the branch";
/// Opens that field where another run is shown.
pub const BRANCH_EDIT: &str = "Rename or drop";

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
        MarkKind::KeyRepaired => "a key is mended",
    }
}

/// That an operation found more versions than are listed.
pub fn more(versions: usize, request: RequestId) -> String {
    format!("and {versions} more; pick {request} to see them all")
}

/// How an operation ended: the outcome in a word, and a sentence.
pub fn outcome(ended: &Ended) -> (&'static str, String) {
    match ended {
        Ended::Stored => ("ok", "Stored.".to_string()),
        Ended::Found { siblings } => (
            "ok",
            match siblings.len() {
                0 => "Nothing found: the key was never written, as far as R replicas know.".into(),
                1 if siblings[0].value.is_none() => "Deleted: a tombstone is found.".to_string(),
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
        Refusal::TooFewPrimaries { reachable, needed } => {
            format!("only {reachable} of {needed} needed primaries seem up")
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
        Refusal::NoRoom => "the coordinator's disk is full".to_string(),
    }
}

/// Why a message did not arrive.
pub fn loss(why: Loss) -> &'static str {
    match why {
        Loss::Dropped => "lost: the network dropped it",
        Loss::Taken => "lost: an act dropped it",
        Loss::Cut => "lost: the link is cut",
        Loss::ReceiverDown => "lost: the receiver is down",
        Loss::Corrupt => "lost: a bit was turned on its way",
        Loss::Overflow => "lost: the link was full",
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
pub fn strictness(strictness: Strictness) -> String {
    match strictness {
        Strictness::Sloppy => "sloppy".into(),
        Strictness::Strict => "strict".into(),
        Strictness::Primaries(count) => format!("sloppy, {count} of them primaries"),
    }
}

/// What the answer of a replica that has nothing means.
pub fn not_found(choice: NotFound) -> &'static str {
    match choice {
        NotFound::Counts => "counts toward R",
        NotFound::Waits => "does not count toward R",
        NotFound::Majority => "does not count toward R; a majority of N ends the read",
    }
}

/// The same with a capital.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first =
        letters.next().map(|first| first.to_ascii_uppercase().to_string()).unwrap_or_default();
    first + letters.as_str()
}

/// The keys of the keyboard and what they do.
pub const KEYS: [(&str, &str); 16] = [
    ("Space", "play or pause"),
    ("→", "to the next event"),
    ("←", "to the event before"),
    ("Shift →", "to the next interesting event"),
    ("Shift ←", "to the interesting event before"),
    ("Home", "to the start"),
    ("[ and ]", "to the branch above, to the one below"),
    ("F", "fork: a second run beside this one, from here on"),
    ("Ctrl Z", "undo your last act"),
    ("?", "this help"),
    ("Esc", "close what is open"),
    ("Tab", "to the next control"),
    ("X, then C", "on the ring: mark a node or client, cut the marked ones off"),
    ("↑ and ↓", "in the ladder: to the event above, to the one below"),
    ("Page Up, Page Down", "in the ladder: scroll; the wheel does, too"),
    ("+ and −", "in the ladder: zoom; Shift with the wheel does, too"),
];

// Explanations.

/// Asks for one.
pub const WHY: &str = "Why?";
/// Over the chain.
pub const BECAUSE: &str = "What led there, in order of time. The numbers stand on the ring, in the \
    ladder and in the log, too.";
/// Nothing is known.
pub const NO_CAUSES: &str = "The trace names no causes for this.";
/// What a replica is asked about.
pub fn replica_question(node: NodeId, key: &Key, moment: Moment) -> String {
    let time = transcript::millis(moment.time);
    format!("Why does {node} hold this of {key} at {time} ms, and no more?")
}

// The ladder.

/// The ladder's name.
pub const LADDER: &str = "Ladder";
/// Names the field of the picture.
pub const LADDER_FIELD: &str = "Ladder around the playhead. Arrow keys go from event to event, \
    Page Up and Page Down scroll, plus and minus zoom. Under “Show” there is a table of the same.";
/// Names the table.
pub const LADDER_TABLE: &str = "What happens in the window of the ladder";
/// Names the choice of lifelines.
pub const LIFELINES: &str = "Lifelines";

/// What the ladder does not draw: lifelines for which there is no room, background messages, and
/// the rest of a window in which too much happens.
pub fn left_out(hidden: usize, folded: u32, is_full: bool) -> String {
    let mut all = Vec::new();
    if hidden > 0 {
        all.push(format!("{} without room.", count(hidden, "lifeline", "lifelines")));
    }
    if folded > 0 {
        let folded = count(folded as usize, "background message", "background messages");
        all.push(format!("{folded} folded."));
    }
    if is_full {
        all.push("More happens than can be drawn: zoom in.".to_string());
    }
    all.join(" ")
}

/// The end of a message's way: who it concerns, and what has become of it.
pub fn end_of_message(trace: &Trace, event: EventId) -> Option<(String, String)> {
    let (sent, what) = match &trace.get(event)?.event {
        TraceEvent::MessageArrived { sent } => (*sent, "arrives".to_string()),
        TraceEvent::MessageLost { sent, why } => (*sent, loss(*why).to_string()),
        _ => return None,
    };
    let (name, _) = trace.message(sent)?;
    Some((format!("{} → {}", name.from, name.to), format!("{} {what}", name.kind)))
}

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
pub const HELP: [&str; 7] = [
    "A cluster as in the Dynamo paper (DeCandia and others, SOSP 2007) runs in this page: real \
     protocol code on simulated machines. Nothing is drawn that it did not do.",
    "Press Play, or step from event to event. Whatever you do, a put, a crash, a cut, is done at \
     the playhead; in the past as well. An act in the past makes a branch: the same run with one \
     act more, beside the one that was. Branches are tracks over the time bar and a list under \
     “Runs”. Fork puts a second run beside this one: change one thing, play, and see in what the \
     two differ.",
    "Run until goes on to the first event of a kind, such as a hint that is kept.",
    "Share copies a link that holds the whole run. Save writes it with its branches to a file; \
     Open reads one, and so does dropping it on the page. A reload keeps the run as it is.",
    "“Dare” looks for a run that surprises: name it, say what may go wrong, and worlds with your \
     setup are played until one does so.",
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
            "The run is full: it may have 1,000,000 events, or 48 MB of them, and ends at 83.2s. \
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
