//! The words of forms: loads, commands.

/// Whose answers count: what forms offer.
pub const MODES: [&str; 4] = ["sloppy", "strict", "primaries-1", "primaries-2"];

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
