//! The words of settings: what each does, and what the paper says of it.

use dynamo_core::Change;

use super::MODES;

/// A setting: its label, what it does, and the paper's word on it.
#[derive(PartialEq)]
pub struct SettingWords {
    /// The name of the field in a script.
    pub name: &'static str,
    /// The label.
    pub label: &'static str,
    /// What it does.
    pub does: &'static str,
    /// What the paper uses.
    pub paper: &'static str,
    /// What it can be, if that is a short list.
    pub choices: &'static [&'static str],
}

const fn words(
    name: &'static str,
    label: &'static str,
    does: &'static str,
    paper: &'static str,
    choices: &'static [&'static str],
) -> SettingWords {
    SettingWords { name, label, does, paper, choices }
}

/// Over the live settings.
pub const SETTINGS_ABOUT: &str = "They change from the playhead on, at every node at once; a period \
     begins anew. What is under way ends as it began.";

/// The live settings, in groups, in the order of the panel.
pub const SETTINGS: [(&str, &[SettingWords]); 5] = [
    ("Requests", &REQUESTS),
    ("Network", &NETWORK),
    ("Who seems down", &OPINIONS),
    ("Intervals", &INTERVALS),
    ("Background work", &BACKGROUND),
];

const REQUESTS: [SettingWords; 8] = [
    words(
        "n",
        "N",
        "Replicas of every key. One node hears of another N, gossip tells the others, and whoever \
         becomes an owner gets what it lacks.",
        "Paper: usually 3 (6).",
        &[],
    ),
    words("r", "R", "Replicas that must answer a read.", "Paper: usually 2 (6).", &[]),
    words(
        "w",
        "W",
        "Copies that must be stored before a write succeeds.",
        "Paper: usually 2 (6).",
        &[],
    ),
    words(
        "mode",
        "Quorum",
        "Sloppy: the first N healthy nodes count, stand-ins included. Strict: only the key's own N \
         nodes. Primaries-1: sloppy, one of them is the key's own.",
        "Paper: sloppy (4.6).",
        &MODES,
    ),
    words(
        "not-found",
        "Not found",
        "Whether a replica that has nothing counts toward R, does not, or does not until a majority \
         is empty.",
        "The paper does not say; ours: counts.",
        &["counts", "waits", "majority"],
    ),
    words(
        "coordinator",
        "Coordinator",
        "Which node of the list takes a write in hand: any, the first, or the fastest of the read \
         before it.",
        "Paper: all three (4.5, 5, 6.4); ours: any.",
        &["any", "first", "fastest"],
    ),
    words(
        "client-timeout",
        "Client waits",
        "How long a client waits for an answer.",
        "The paper gives no figure; ours: 250ms.",
        &[],
    ),
    words(
        "retries",
        "Retries",
        "How often a client that has heard nothing asks again, from 0 to 5.",
        "The paper does not say; ours: 0.",
        &[],
    ),
];

const NETWORK: [SettingWords; 8] = [
    words(
        "latency",
        "Latency",
        "How long a message travels: constant-5ms, uniform-1ms-9ms, lognormal-4ms-15ms (median, \
         99th percentile), exponential-6ms or pareto-1ms-2.5; a tail may follow, as in \
         constant-5ms+0.01-constant-50ms.",
        "The paper gives no model; ours is lognormal-4ms-15ms.",
        &[],
    ),
    words(
        "zone-latency",
        "Latency between zones",
        "The same between nodes of different zones; same, or a model such as lognormal-40ms-60ms.",
        "Paper: data centers, no figures (4.6); ours: same.",
        &[],
    ),
    words("loss", "Loss", "The share of messages that are lost, from 0 to 0.9.", "Ours: 0.", &[]),
    words(
        "copies",
        "Copies",
        "The share of messages that arrive twice, from 0 to 0.9.",
        "Ours: 0.",
        &[],
    ),
    words(
        "late",
        "Late copies",
        "How much later than the original a copy may come, up to 60s; 0s is right behind it.",
        "Ours: 0s.",
        &[],
    ),
    words(
        "corruption",
        "Turned bits",
        "The share of messages in which a bit is turned on the way, from 0 to 0.9.",
        "Ours: 0.",
        &[],
    ),
    words(
        "checksums",
        "Checksums",
        "Whether a receiver notices a turned bit and drops the message.",
        "Ours: on.",
        &["on", "off"],
    ),
    words(
        "capacity",
        "Link capacity",
        "How many messages a link carries at one time; any, or a number. What is more is lost.",
        "Ours: any.",
        &[],
    ),
];

const OPINIONS: [SettingWords; 3] = [
    words(
        "detector",
        "Failure detector",
        "Timeouts: whoever does not answer a request in time. Phi: whoever is silent for much longer \
         than usual. Contrary and erratic are wrong on purpose.",
        "Paper: from failed messages (4.8.3); ours: timeouts.",
        &["timeouts", "phi", "contrary", "erratic"],
    ),
    words(
        "answer-within",
        "Replica answers within",
        "Silence after which a replica is replaced in a request, and seems down.",
        "The paper gives no figure; ours: 25ms.",
        &[],
    ),
    words(
        "probe-every",
        "Probe",
        "Between two questions to a node that seems down; under phi, between two heartbeats.",
        "Paper: periodically (4.8.3); ours: 500ms.",
        &[],
    ),
];

const INTERVALS: [SettingWords; 7] = [
    words(
        "hint-scan-every",
        "Hint handoff",
        "Between two scans of the hint store; what was not acknowledged is offered again.",
        "Paper: periodically (4.6); ours: 2s.",
        &[],
    ),
    words(
        "exchange-every",
        "Exchange of trees",
        "Between two comparisons of a node with its peers, such as 5s; or never.",
        "The paper gives no figure (4.7); ours: 5s.",
        &[],
    ),
    words(
        "gossip-every",
        "Gossip",
        "Between two rounds with a random peer, once there is a change to tell.",
        "Paper: every second (4.8.1).",
        &[],
    ),
    words(
        "transfer-retry",
        "Transfer retry",
        "After which a giver of ranges sends again what was not answered.",
        "The paper gives no figure (4.9); ours: 500ms.",
        &[],
    ),
    words(
        "flush-every",
        "Flush",
        "The longest that a write stays in a write buffer (engine=buffered).",
        "Paper: periodically (6.1); ours: 1s.",
        &[],
    ),
    words(
        "ring-poll-every",
        "Ring poll",
        "Between two polls of the ring by a client's library (driven=client).",
        "Paper: 10 seconds (6.4).",
        &[],
    ),
    words(
        "tombstone-life",
        "Tombstone life",
        "Between two questions whether a tombstone may be erased.",
        "The paper has no deletes; ours: 10s.",
        &[],
    ),
];

const BACKGROUND: [SettingWords; 3] = [
    words(
        "background-slices",
        "Slices a second",
        "Hints, exchanges and transfers that begin in a second when clients fare well, to 10000.",
        "The paper gives no figure (6.5); ours: 128.",
        &[],
    ),
    words(
        "foreground-target",
        "Target for clients",
        "Background work gives way while one disk operation in a hundred takes longer.",
        "Paper: 50 ms (6.5).",
        &[],
    ),
    words(
        "health-window",
        "Measured over",
        "Over how long that is measured.",
        "Paper: 60 seconds (6.5).",
        &[],
    ),
];

/// Over how the ring is shared out.
pub const RING: &str = "The ring";
/// How the ring is shared out.
pub const STRATEGY: &str = "Strategy";
/// What another one means.
pub const STRATEGY_ABOUT: &str = "How the ring is cut and shared out. One node hears of another, \
     gossip tells the others, and what has other owners then is moved. Paper: began with 1, 3 is best \
     (6.2); ours: 3.";
/// The strategies: name, what it is, whether it has T, whether it has Q.
pub const STRATEGIES: [(&str, &str, bool, bool); 3] = [
    ("1", "1: tokens cut the ring", true, false),
    ("2", "2: tokens choose owners of equal parts", true, true),
    ("3", "3: equal shares", false, true),
];
/// T: id, label, hint.
pub const TOKENS: (&str, &str, &str) =
    ("strategy-tokens", "Tokens", "T of each node. The paper gives no figure; ours: 16.");
/// Q: id, label, hint.
pub const PARTITIONS: (&str, &str, &str) = (
    "strategy-partitions",
    "Partitions",
    "Q, a power of two. The paper gives no figure; ours: 64.",
);
/// Orders it.
pub const CHANGE_STRATEGY: &str = "Change the strategy";

/// It is under way.
pub fn strategy_under_way(change: &Change) -> String {
    format!("Under way: {change}.")
}

/// Over what no run changes.
pub const WHOLE_RUN: &str = "For a whole run";
/// What that is.
pub const WHOLE_RUN_ABOUT: &str = "They say what disks hold and who is asked, so a run keeps them. \
     Choose others and begin a new run: with everything as it is set at the playhead, or the same \
     acts once more from the start.";
/// Begins it without acts.
pub const FROM_THIS_SETUP: &str = "New run from this setup";
/// Begins it with them.
pub const SAME_ACTS: &str = "Same acts with it";

/// What holds for a whole run, in the order of the panel.
pub const WHOLE: [SettingWords; 3] = [
    words(
        "versions",
        "Reconciliation",
        "Dotted: clocks that lose nothing. Clocks: as in the paper, two puts of one context lose a \
         value. Lww: the last write wins, siblings are lost.",
        "Paper: vector clocks, or timestamps (4.4, 6).",
        &["dotted", "clocks", "lww"],
    ),
    words(
        "engine",
        "Storage engine",
        "Memory: stored at once. Buffered: in memory first, one of N stores at once. Log: appended, \
         read anew after a crash.",
        "Paper: pluggable (5), buffered in 6.1; ours: memory.",
        &["memory", "buffered", "log"],
    ),
    words(
        "driven",
        "Driven by",
        "Server: any node coordinates. Client: the client's own library does.",
        "Paper: both (6.4); ours: server.",
        &["server", "client"],
    ),
];
