//! The words of forms: settings, loads, commands.

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
    /// What it can be, if that is a short list.
    pub choices: &'static [&'static str],
}

/// Whose answers count: what forms offer.
pub const MODES: [&str; 4] = ["sloppy", "strict", "primaries-1", "primaries-2"];

/// The live settings, in the order of the panel.
pub const SETTINGS: [SettingWords; 10] = [
    SettingWords {
        name: "r",
        label: "R",
        does: "Replicas that must answer a read.",
        paper: "Paper: usually 2 (6).",
        choices: &[],
    },
    SettingWords {
        name: "w",
        label: "W",
        does: "Copies that must be stored before a write succeeds.",
        paper: "Paper: usually 2 (6).",
        choices: &[],
    },
    SettingWords {
        name: "mode",
        label: "Quorum",
        does: "Sloppy: the first N healthy nodes count, stand-ins included. \
               Strict: only the key's own N nodes. Primaries-1: sloppy, one of them is the key's own.",
        paper: "Paper: sloppy (4.6).",
        choices: &MODES,
    },
    SettingWords {
        name: "latency",
        label: "Latency",
        does: "How long a message travels: constant-5ms, uniform-1ms-9ms, lognormal-4ms-15ms \
               (median, 99th percentile), exponential-6ms or pareto-1ms-2.5; a tail may follow, as \
               in constant-5ms+0.01-constant-50ms.",
        paper: "The paper gives no model; ours is lognormal-4ms-15ms.",
        choices: &[],
    },
    SettingWords {
        name: "loss",
        label: "Loss",
        does: "The share of messages that are lost, from 0 to 0.9.",
        paper: "Ours: 0.",
        choices: &[],
    },
    SettingWords {
        name: "copies",
        label: "Copies",
        does: "The share of messages that arrive twice, from 0 to 0.9.",
        paper: "Ours: 0.",
        choices: &[],
    },
    SettingWords {
        name: "late",
        label: "Late copies",
        does: "How much later than the original a copy may come, up to 60s; 0s is right behind it.",
        paper: "Ours: 0s.",
        choices: &[],
    },
    SettingWords {
        name: "corruption",
        label: "Turned bits",
        does: "The share of messages in which a bit is turned on the way, from 0 to 0.9.",
        paper: "Ours: 0.",
        choices: &[],
    },
    SettingWords {
        name: "checksums",
        label: "Checksums",
        does: "Whether a receiver notices a turned bit and drops the message.",
        paper: "Ours: on.",
        choices: &["on", "off"],
    },
    SettingWords {
        name: "capacity",
        label: "Link capacity",
        does: "How many messages a link carries at one time; any, or a number. What is more is lost.",
        paper: "Ours: any.",
        choices: &[],
    },
];

/// What a workload is.
pub const LOAD_ABOUT: &str = "Clients read and write by chance from the playhead on, so that percentiles \
     and conflicts have something to show. Clients put with the context that they hold.";
/// The fields of a workload, in the order of a script: name, label, hint.
pub const LOAD_FIELDS: [(&str, &str, &str); 6] = [
    ("clients", "Clients", "c1, c2, ... take turns; at most 64."),
    ("rate", "Operations a second", "Of all clients together, on average."),
    ("reads", "Share of reads", "From 0 to 1."),
    ("keys", "Keys", "k1, k2, ...; at most 1000."),
    ("skew", "Skew", "0: all keys alike. 1: k1 is asked for most, k2 half as often."),
    ("length", "For how long", "Such as 10s; at most 5000 operations."),
];
/// Starts a workload.
pub const LOAD_START: &str = "Start";

/// The form that takes any command.
pub const EVERY_COMMAND: &str = "Every command";
/// The command of that form.
pub const COMMAND: &str = "Command";
/// What stands behind its name.
pub const WHAT_FOLLOWS: &str = "What follows it";
/// Gives the command at the playhead.
pub const DO_IT: &str = "Do it";
/// Where a line ends too early.
pub const THE_END: &str = "nothing more";
/// What the paper does not speak of.
pub const OUR_CHOICE: &str = "our choice";
