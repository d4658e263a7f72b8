//! The words of what looks inside: version graphs, trees side by side, costs, beliefs.

use dynamo_core::node::sync::ExchangeEnd;
use dynamo_core::{Duration, MessageKind, NodeId, RequestId, Timer};
use dynamo_scene::cost::{Awaited, Cost, Percentiles, Wait};
use dynamo_scene::exchange::Sent;
use dynamo_scene::eyes;
use dynamo_scene::history::Holder;

use dynamo_sim::Time;
use dynamo_sim::transcript;

use super::count;
use crate::shown::{Shown, letter};

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
    format!("Show {} before these", count(older, "version", "versions"))
}

/// Names the trees of a node.
pub const TREES: &str = "Its Merkle trees";
/// A node that keeps nothing has no trees.
pub const NO_TREES: &str = "None: it holds nothing of its own.";
/// Chooses the other tree.
pub const BESIDE: &str = "Side by side with";
/// Nothing differs.
pub const ALL_EQUAL: &str = "All roots are equal: a comparison ends here.";
/// No exchange so far.
pub const NO_EXCHANGE: &str = "The two have not compared their trees so far.";
/// A side that has nothing there.
pub const ABSENT: &str = "none";

/// Subtrees into which nobody looks.
pub fn stay_shut(equal: usize, what: &str, many: &str) -> String {
    let (stay, are) = if equal == 1 { ("stays", "is") } else { ("stay", "are") };
    format!("{} {are} equal and {stay} shut", count(equal, what, many))
}

/// What a message of an exchange carries.
pub fn sent(sent: &Sent) -> String {
    match sent.kind {
        MessageKind::Compare if sent.hashes > 0 => {
            format!("asks with {}", count(sent.hashes, "root", "roots"))
        }
        MessageKind::Compare => {
            format!(
                "asks what is below {}",
                count(sent.things, "hash that differs", "hashes that differ")
            )
        }
        MessageKind::Hashes if sent.things == 0 => "answers: nothing differs".to_string(),
        MessageKind::Hashes => format!("answers with {}", count(sent.hashes, "hash", "hashes")),
        MessageKind::Mend => "offers what it holds of a key".to_string(),
        _ => "sends back all that it holds of it".to_string(),
    }
}

/// How an exchange ended.
pub fn exchange_end(end: Option<ExchangeEnd>) -> &'static str {
    match end {
        None => "going on",
        Some(ExchangeEnd::Agreed) => "agreed",
        Some(ExchangeEnd::Silent) => "ended: the peer was silent",
        Some(ExchangeEnd::OtherScope) => "ended: the peer has another ring",
    }
}

/// What an exchange sent beside what a full copy would have sent.
pub fn against_copy(bytes: usize, copy: usize) -> String {
    let thousandths = bytes * 1_000 / copy.max(1);
    format!("{}.{} % of a full copy of {copy} bytes", thousandths / 10, thousandths % 10)
}

/// Chooses whose view the stage shows.
pub const SEEN_BY: &str = "Seen by";
/// Nobody's view: how things stand.
pub const AS_IT_IS: &str = "as it is";
/// Names what a node does not know.
pub const BLIND: &str = "What it believes otherwise than it is";
/// It knows all.
pub const NOT_BLIND: &str = "Nothing: it has heard of everything that bears on it.";
/// Shows the stage as this node sees it.
pub const SEE_AS: &str = "See the stage as it does";
/// Shows the stage as it is again.
pub const SEE_ALL: &str = "See the stage as it is";

/// In what a node's view differs from how things stand, a sentence each.
pub fn differences(shown: &Shown, node: NodeId) -> Vec<String> {
    let focus = shown.focus.as_ref();
    let letters = |puts: &[RequestId]| {
        let number = |put: &RequestId| focus.and_then(|key| shown.version(key, *put));
        let letters: Vec<String> = puts.iter().filter_map(number).map(letter).collect();
        letters.join(" ")
    };
    let all = eyes::differences(&shown.view, node, focus);
    all.iter().map(|it| eyes::said(it, node, &letters)).collect()
}

/// The same in a line.
pub fn eyes(shown: &Shown, node: NodeId) -> String {
    let all = differences(shown, node);
    match all.as_slice() {
        [] => format!("{node} sees it as it is."),
        [only] => only.clone(),
        [first, rest @ ..] => format!("{first} And {} more.", rest.len()),
    }
}

/// Names the percentiles of the run.
pub const METER: &str = "How long operations took in this run";
/// Heads the sorts of operations.
pub const METER_SORT: &str = "Sort";
/// Longer than the target.
pub const OVER: &str = " (over 300 ms)";
/// Names what one operation cost.
pub const COST: &str = "What it cost";
/// Names its waits.
pub const WAITS: &str = "For what it waited, from the question to the answer";

/// A length of time.
pub fn millis(length: Duration) -> String {
    format!("{} ms", transcript::millis(Time(length.as_micros())))
}

/// How many ended, how many of them badly, how many too late.
pub fn ended(it: &Percentiles) -> String {
    let mut text = format!("{} ended", it.ended);
    if it.failed > 0 {
        text.push_str(&format!(", {} of them failed or unknown", it.failed));
    }
    text
}

/// The line of percentiles in words.
pub fn meter_line(it: &Percentiles) -> String {
    let missed = match it.missed {
        0 => "None took".to_string(),
        missed => format!("{missed} took"),
    };
    format!(
        "Half took at most {}, 99 % at most {}, 99.9 % at most {}. {missed} longer than 300 ms, the paper’s target.",
        millis(it.p50),
        millis(it.p99),
        millis(it.p999),
    )
}

/// The messages of an operation.
pub fn messages(cost: &Cost) -> String {
    match cost.afterwards {
        0 => cost.messages.to_string(),
        after => format!("{}, {after} of them after the answer", cost.messages),
    }
}

/// How long it took, and whether that is within the target.
pub fn took(length: Duration) -> String {
    let is_over = length > dynamo_scene::cost::TARGET;
    format!("{}, {} the paper’s 300 ms", millis(length), if is_over { "over" } else { "within" })
}

/// For what somebody waited.
pub fn awaited(wait: &Wait) -> String {
    match &wait.what {
        Awaited::Message(kind, from, to) => format!("{kind} on its way from {from} to {to}"),
        Awaited::Disk(node) => format!("the disk of {node}"),
        Awaited::Timer(node, Timer::Silence(_)) => format!("{node} waits for whoever is silent"),
        Awaited::Timer(node, Timer::Deadline(_)) => format!("{node} waits until its deadline"),
        Awaited::Timer(node, _) => format!("a timer of {node}"),
        Awaited::Patience(client) => format!("{client} waits for an answer that does not come"),
    }
}

/// The look of a wait.
pub fn sort_of(wait: &Wait) -> &'static str {
    match wait.what {
        Awaited::Message(..) => "wait-message",
        Awaited::Disk(_) => "wait-disk",
        Awaited::Timer(..) | Awaited::Patience(_) => "wait-timer",
    }
}

/// Names what the stage draws, each with where it comes from.
pub const DRAWN: &str = "What is drawn, and where it comes from";

/// Names the choice of a node's next peer.
pub const NEXT_PEER: &str = "Next peer";
/// Nobody has named it.
pub const BY_CHANCE: &str = "by chance";

/// A crash would lose it.
pub const UNSAVED: &str = "only in the write buffer: a crash loses it";
