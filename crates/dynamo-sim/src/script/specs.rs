//! Every command of a script: one table from which parser, menus and help follow.

use alloc::string::String;
use alloc::vec::Vec;

use dynamo_core::Change;

use super::command::{Command, FateChange};
use super::parse;
use super::setting;
use super::words::{ParseError, Words};
use super::workload;
use crate::machine::Ailment;

/// What a command is called, what follows it, and where the paper speaks of it.
pub struct CommandSpec {
    /// The word in a script.
    pub name: &'static str,
    /// What follows, as in a manual.
    pub args: &'static str,
    /// What may stand behind a node's name for a menu of what can be done to that node; empty if the
    /// command is not about one node, needs more to be chosen, or has a button of its own.
    pub doses: &'static [&'static str],
    /// Names the sentence that explains it.
    pub help: &'static str,
    /// The section of the paper; empty if it is ours.
    pub section: &'static str,
    pub(super) parse: fn(&mut Words<'_>) -> Result<Command, ParseError>,
}

/// Every command but the operations of clients, which begin with the client's name.
pub static COMMANDS: [CommandSpec; 31] = [
    CommandSpec {
        name: "crash",
        args: "NODE | zone ZONE",
        doses: &[],
        help: "command-crash",
        section: "4.6",
        parse: |words| match words.zone_after_its_mark()? {
            Some(zone) => Ok(Command::CrashZone(zone)),
            None => Ok(Command::Crash(words.node()?)),
        },
    },
    CommandSpec {
        name: "restart",
        args: "NODE | zone ZONE",
        doses: &[],
        help: "command-restart",
        section: "4.6",
        parse: |words| match words.zone_after_its_mark()? {
            Some(zone) => Ok(Command::RestartZone(zone)),
            None => Ok(Command::Restart(words.node()?)),
        },
    },
    CommandSpec {
        name: "cut",
        args: "ENDPOINT... from ENDPOINT... | ENDPOINT... to ENDPOINT... | zone ZONE from zone ZONE",
        doses: &[],
        help: "command-cut",
        section: "4.8",
        parse: |words| Ok(Command::Cut(parse::links(words)?)),
    },
    CommandSpec {
        name: "heal",
        args: "| ENDPOINT... from ENDPOINT... | ENDPOINT... to ENDPOINT...",
        doses: &[],
        help: "command-heal",
        section: "4.8",
        parse: parse::heal,
    },
    CommandSpec {
        name: "set",
        args: setting::EXPECTED,
        doses: &[],
        help: "command-set",
        section: "4.5",
        parse: |words| Ok(Command::Set(words.setting()?)),
    },
    CommandSpec {
        name: "lose",
        args: "KIND REQUEST FROM TO",
        doses: &[],
        help: "command-lose",
        section: "",
        parse: |words| Ok(Command::Fate(words.message()?, FateChange::Lose)),
    },
    CommandSpec {
        name: "delay",
        args: "KIND REQUEST FROM TO by TIME",
        doses: &[],
        help: "command-delay",
        section: "",
        parse: |words| {
            let message = words.message()?;
            words.exactly("by")?;
            Ok(Command::Fate(message, FateChange::Delay(words.length()?)))
        },
    },
    CommandSpec {
        name: "copy",
        args: "KIND REQUEST FROM TO after TIME",
        doses: &[],
        help: "command-copy",
        section: "",
        parse: |words| {
            let message = words.message()?;
            words.exactly("after")?;
            Ok(Command::Fate(message, FateChange::Copy(words.length()?)))
        },
    },
    CommandSpec {
        name: "deliver",
        args: "KIND REQUEST FROM TO",
        doses: &[],
        help: "command-deliver",
        section: "",
        parse: |words| Ok(Command::Fate(words.message()?, FateChange::Deliver)),
    },
    CommandSpec {
        name: "wipe",
        args: "NODE",
        doses: &[""],
        help: "command-wipe",
        section: "4.7",
        parse: |words| Ok(Command::Wipe(words.node()?)),
    },
    CommandSpec {
        name: "rot",
        args: "NODE KEY",
        doses: &[],
        help: "command-rot",
        section: "5",
        parse: |words| Ok(Command::Rot(words.node()?, words.key()?)),
    },
    CommandSpec {
        name: "misplace",
        args: "NODE KEY | NODE KEY over KEY",
        doses: &[],
        help: "command-misplace",
        section: "5",
        parse: parse::misplace,
    },
    CommandSpec {
        name: "tear",
        args: "NODE BYTES",
        doses: &[],
        help: "command-tear",
        section: "5",
        parse: |words| Ok(Command::Tear(words.node()?, words.bytes()?)),
    },
    CommandSpec {
        name: "join",
        args: "NODE weight=2 zone=east via NODE",
        doses: &[""],
        help: "command-join",
        section: "4.8.1",
        parse: parse::join,
    },
    CommandSpec {
        name: "leave",
        args: "NODE via NODE",
        doses: &[""],
        help: "command-leave",
        section: "4.8.1",
        parse: |words| {
            let change = Change::Leave(words.node()?);
            Ok(Command::Membership { change, via: words.via()? })
        },
    },
    CommandSpec {
        name: "remove",
        args: "NODE via NODE",
        doses: &[""],
        help: "command-remove",
        section: "4.8.1",
        parse: |words| {
            let change = Change::Remove(words.node()?);
            Ok(Command::Membership { change, via: words.via()? })
        },
    },
    CommandSpec {
        name: "strategy",
        args: "1 tokens=16 | 2 tokens=16 partitions=64 | 3 partitions=64 via NODE",
        doses: &[],
        help: "command-strategy",
        section: "6.2",
        parse: parse::strategy,
    },
    CommandSpec {
        name: "replicas",
        args: "N via NODE",
        doses: &[],
        help: "command-replicas",
        section: "4.3",
        parse: parse::replicas,
    },
    CommandSpec {
        name: "gossip",
        args: "NODE with NODE",
        doses: &[],
        help: "command-gossip",
        section: "4.8.1",
        parse: |words| {
            let node = words.node()?;
            words.exactly("with")?;
            Ok(Command::Gossip(node, words.other_node(node)?))
        },
    },
    CommandSpec {
        name: "clog",
        args: "ENDPOINT... from ENDPOINT... | ENDPOINT... to ENDPOINT...",
        doses: &[],
        help: "command-clog",
        section: "",
        parse: |words| Ok(Command::Clog(parse::links(words)?)),
    },
    CommandSpec {
        name: "link",
        args: "ENDPOINT to ENDPOINT latency=... loss=0.05 copies=0.05",
        doses: &[],
        help: "command-link",
        section: "",
        parse: parse::link,
    },
    CommandSpec {
        name: "workload",
        args: "clients=3 rate=20 reads=0.5 keys=5 skew=1 length=10s",
        doses: &[],
        help: "command-workload",
        section: "6",
        parse: workload::read,
    },
    CommandSpec {
        name: "pause",
        args: "NODE",
        doses: &[""],
        help: "command-pause",
        section: "",
        parse: |words| machine(words, Ailment::Pause),
    },
    CommandSpec {
        name: "resume",
        args: "NODE",
        doses: &[""],
        help: "command-resume",
        section: "",
        parse: |words| machine(words, Ailment::Resume),
    },
    CommandSpec {
        name: "slow",
        args: "NODE TIMES",
        doses: &["10", "100", "1"],
        help: "command-slow",
        section: "",
        parse: |words| Ok(Command::Machine(words.node()?, Ailment::Slow(words.slowness()?))),
    },
    CommandSpec {
        name: "clock",
        args: "NODE +TIME | -TIME drift=200",
        doses: &["+5s", "-5s", "+0s"],
        help: "command-clock",
        section: "",
        parse: |words| Ok(Command::Machine(words.node()?, Ailment::Clock(words.drift()?))),
    },
    CommandSpec {
        name: "fill",
        args: "NODE",
        doses: &[""],
        help: "command-fill",
        section: "",
        parse: |words| machine(words, Ailment::Fill),
    },
    CommandSpec {
        name: "free",
        args: "NODE",
        doses: &[""],
        help: "command-free",
        section: "",
        parse: |words| machine(words, Ailment::Free),
    },
    CommandSpec {
        name: "snapshot",
        args: "NODE",
        doses: &[""],
        help: "command-snapshot",
        section: "",
        parse: |words| machine(words, Ailment::Snapshot),
    },
    CommandSpec {
        name: "restore",
        args: "NODE",
        doses: &[""],
        help: "command-restore",
        section: "",
        parse: |words| machine(words, Ailment::Restore),
    },
    CommandSpec {
        name: "reuse",
        args: "NODE",
        doses: &[""],
        help: "command-reuse",
        section: "",
        parse: |words| machine(words, Ailment::Reuse),
    },
];

fn machine(words: &mut Words<'_>, ailment: Ailment) -> Result<Command, ParseError> {
    Ok(Command::Machine(words.node()?, ailment))
}

/// The words that name a command, for messages.
pub(super) fn names() -> String {
    let mut names: Vec<&str> = COMMANDS.iter().map(|spec| spec.name).collect();
    names.insert(0, "a client's put, get or delete (c1 put cart \"milk\")");
    names.join(", ")
}
