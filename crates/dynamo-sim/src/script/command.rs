//! What can be done to a world: one table from which parser, Display, menus and help follow.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use dynamo_core::{
    Change, Duration, Endpoint, Key, MessageKind, NodeId, NotFound, RequestId, Strictness, Value,
    Zone,
};
use serde::{Deserialize, Serialize};

use super::parse;
use super::setup::Rate;
use super::words::{ParseError, Quoted, Word, Words};
use crate::latency::Latency;

/// One act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// A client reads or writes.
    Operation(OperationCommand),
    /// A process dies; its disk stays.
    Crash(NodeId),
    /// A dead node's process starts again.
    Restart(NodeId),
    /// Links stop carrying messages.
    Cut(Cut),
    /// All links carry messages again.
    Heal,
    /// A setting changes from here on.
    Set(Setting),
    /// One message meets another fate than chance had for it.
    Fate(MessageRef, FateChange),
    /// A node loses its disk, and its process with it; its name stays.
    Wipe(NodeId),
    /// A sector goes bad under what a node stores of a key as its own.
    Rot(NodeId, Key),
    /// A process dies in the middle of an append, of which this many bytes reach the log.
    Tear(NodeId, u32),
    /// All processes of a zone die; their disks stay.
    CrashZone(Zone),
    /// The dead processes of a zone start again.
    RestartZone(Zone),
    /// An administrator tells a node who joins, leaves or is removed.
    Membership {
        /// The order.
        change: Change,
        /// Who is told; the first seed that is up if none.
        via: Option<NodeId>,
    },
}

impl Command {
    /// The name of the operation, if it is one.
    pub fn request(&self) -> Option<RequestId> {
        match self {
            Command::Operation(operation) => Some(operation.request),
            _ => None,
        }
    }
}

/// A client's operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationCommand {
    /// Its name; the number is written into the script once and stays.
    pub request: RequestId,
    /// Read or write.
    pub kind: OperationKind,
    /// The key.
    pub key: Key,
    /// The node that is asked; a load balancer's choice if none.
    pub via: Option<NodeId>,
    /// R or W of this request; the current setting if none.
    pub needed: Option<u8>,
    /// Sloppy or strict; the current setting if none.
    pub strictness: Option<Strictness>,
}

/// Read or write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OperationKind {
    /// A read.
    Get {
        /// What the answer of a replica that has nothing means; the setup says if none.
        not_found: Option<NotFound>,
    },
    /// A write.
    Put {
        /// The new value; none for a deletion.
        value: Option<Value>,
        /// What goes along as seen.
        context: ContextChoice,
    },
}

/// Which context a put sends along.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ContextChoice {
    /// The one that the client holds for the key.
    #[default]
    Held,
    /// None: as if the client had seen nothing.
    None,
    /// The one that this operation returned.
    Of(RequestId),
}

/// Which links stop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cut {
    /// Nothing passes between two groups. Whoever is in no group reaches all.
    Groups(Vec<Vec<Endpoint>>),
    /// Nothing passes from the first to the second; the way back works.
    OneWay(Vec<Endpoint>, Vec<Endpoint>),
    /// Nothing passes between these zones. The world spells it out as groups.
    Zones(Vec<Zone>),
}

/// What can change during a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Setting {
    /// R.
    R(u8),
    /// W.
    W(u8),
    /// Sloppy or strict.
    Mode(Strictness),
    /// How long messages travel.
    Latency(Latency),
    /// How many are lost.
    Loss(Rate),
    /// How many arrive twice.
    Copies(Rate),
}

/// Names one message of a client's request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MessageRef {
    /// Its kind.
    pub kind: MessageKind,
    /// The request it belongs to.
    pub request: RequestId,
    /// The sender.
    pub from: Endpoint,
    /// The receiver.
    pub to: Endpoint,
}

/// Another fate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FateChange {
    /// It never arrives.
    Lose,
    /// It arrives later by this much.
    Delay(Duration),
    /// It arrives as it would, and once more this much later.
    Copy(Duration),
}

/// What a command is called, what follows it, and where the paper speaks of it.
pub struct CommandSpec {
    /// The word in a script.
    pub name: &'static str,
    /// What follows, as in a manual.
    pub args: &'static str,
    /// Names the sentence that explains it.
    pub help: &'static str,
    /// The section of the paper; empty if it is ours.
    pub section: &'static str,
    pub(super) parse: fn(&mut Words<'_>) -> Result<Command, ParseError>,
}

/// Every command but the operations of clients, which begin with the client's name.
pub static COMMANDS: [CommandSpec; 14] = [
    CommandSpec {
        name: "crash",
        args: "NODE | zone ZONE",
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
        help: "command-cut",
        section: "4.8",
        parse: parse::cut,
    },
    CommandSpec {
        name: "heal",
        args: "",
        help: "command-heal",
        section: "4.8",
        parse: |_| Ok(Command::Heal),
    },
    CommandSpec {
        name: "set",
        args: "r=2 | w=2 | mode=sloppy | latency=... | loss=0.05 | copies=0.05",
        help: "command-set",
        section: "4.5",
        parse: |words| Ok(Command::Set(words.setting()?)),
    },
    CommandSpec {
        name: "lose",
        args: "KIND REQUEST FROM TO",
        help: "command-lose",
        section: "",
        parse: |words| Ok(Command::Fate(words.message()?, FateChange::Lose)),
    },
    CommandSpec {
        name: "delay",
        args: "KIND REQUEST FROM TO by TIME",
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
        help: "command-copy",
        section: "",
        parse: |words| {
            let message = words.message()?;
            words.exactly("after")?;
            Ok(Command::Fate(message, FateChange::Copy(words.length()?)))
        },
    },
    CommandSpec {
        name: "wipe",
        args: "NODE",
        help: "command-wipe",
        section: "4.7",
        parse: |words| Ok(Command::Wipe(words.node()?)),
    },
    CommandSpec {
        name: "rot",
        args: "NODE KEY",
        help: "command-rot",
        section: "5",
        parse: |words| Ok(Command::Rot(words.node()?, words.key()?)),
    },
    CommandSpec {
        name: "tear",
        args: "NODE BYTES",
        help: "command-tear",
        section: "5",
        parse: |words| Ok(Command::Tear(words.node()?, words.bytes()?)),
    },
    CommandSpec {
        name: "join",
        args: "NODE weight=2 zone=east via NODE",
        help: "command-join",
        section: "4.8.1",
        parse: parse::join,
    },
    CommandSpec {
        name: "leave",
        args: "NODE via NODE",
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
        help: "command-remove",
        section: "4.8.1",
        parse: |words| {
            let change = Change::Remove(words.node()?);
            Ok(Command::Membership { change, via: words.via()? })
        },
    },
];

struct List<'a>(&'a [Endpoint]);

impl fmt::Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut space = "";
        for endpoint in self.0 {
            write!(f, "{space}{endpoint}")?;
            space = " ";
        }
        Ok(())
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Command::Operation(operation) => operation.fmt(f),
            Command::Crash(node) => write!(f, "crash {node}"),
            Command::Restart(node) => write!(f, "restart {node}"),
            Command::Cut(Cut::Groups(groups)) => {
                f.write_str("cut")?;
                let mut word = " ";
                for group in groups {
                    write!(f, "{word}{}", List(group))?;
                    word = " from ";
                }
                Ok(())
            }
            Command::Cut(Cut::OneWay(from, to)) => write!(f, "cut {} to {}", List(from), List(to)),
            Command::Cut(Cut::Zones(zones)) => {
                f.write_str("cut")?;
                let mut word = " ";
                for zone in zones {
                    write!(f, "{word}zone {zone}")?;
                    word = " from ";
                }
                Ok(())
            }
            Command::CrashZone(zone) => write!(f, "crash zone {zone}"),
            Command::RestartZone(zone) => write!(f, "restart zone {zone}"),
            Command::Heal => f.write_str("heal"),
            Command::Set(setting) => write!(f, "set {setting}"),
            Command::Fate(message, FateChange::Lose) => write!(f, "lose {message}"),
            Command::Fate(message, FateChange::Delay(by)) => write!(f, "delay {message} by {by}"),
            Command::Fate(message, FateChange::Copy(after)) => {
                write!(f, "copy {message} after {after}")
            }
            Command::Wipe(node) => write!(f, "wipe {node}"),
            Command::Rot(node, key) => write!(f, "rot {node} {}", Word(key.as_str())),
            Command::Tear(node, bytes) => write!(f, "tear {node} {bytes}"),
            Command::Membership { change, via } => {
                change.fmt(f)?;
                if let Change::Join(member) = change {
                    if member.weight != 1 {
                        write!(f, " weight={}", member.weight)?;
                    }
                    if member.zone != Zone::default() {
                        write!(f, " zone={}", Word(member.zone.as_str()))?;
                    }
                }
                via.map_or(Ok(()), |via| write!(f, " via {via}"))
            }
        }
    }
}

impl fmt::Display for OperationCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = Word(self.key.as_str());
        let quorum = match &self.kind {
            OperationKind::Get { .. } => {
                write!(f, "{} get {key}", self.request)?;
                "r"
            }
            OperationKind::Put { value: Some(value), .. } => {
                write!(f, "{} put {key} {}", self.request, Quoted(value.as_str()))?;
                "w"
            }
            OperationKind::Put { value: None, .. } => {
                write!(f, "{} delete {key}", self.request)?;
                "w"
            }
        };
        if let Some(via) = self.via {
            write!(f, " via {via}")?;
        }
        match &self.kind {
            OperationKind::Put { context: ContextChoice::None, .. } => {
                f.write_str(" context none")?
            }
            OperationKind::Put { context: ContextChoice::Of(request), .. } => {
                write!(f, " context of {request}")?;
            }
            _ => {}
        }
        if let Some(needed) = self.needed {
            write!(f, " {quorum}={needed}")?;
        }
        if let Some(strictness) = self.strictness {
            write!(f, " mode={strictness}")?;
        }
        match &self.kind {
            OperationKind::Get { not_found: Some(choice) } => write!(f, " not-found={choice}"),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Setting::R(r) => write!(f, "r={r}"),
            Setting::W(w) => write!(f, "w={w}"),
            Setting::Mode(strictness) => write!(f, "mode={strictness}"),
            Setting::Latency(latency) => write!(f, "latency={latency}"),
            Setting::Loss(rate) => write!(f, "loss={rate}"),
            Setting::Copies(rate) => write!(f, "copies={rate}"),
        }
    }
}

impl fmt::Display for MessageRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {} {}", self.kind, self.request, self.from, self.to)
    }
}

/// The words that name a command, for messages.
pub(super) fn names() -> String {
    let mut names: Vec<&str> = COMMANDS.iter().map(|spec| spec.name).collect();
    names.insert(0, "a client's put, get or delete (c1 put cart \"milk\")");
    names.join(", ")
}
