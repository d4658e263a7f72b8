//! What can be done to a world, and how it is written.

use alloc::vec::Vec;
use core::fmt;

use dynamo_core::{
    Change, Duration, Endpoint, Key, MessageKind, NodeId, NotFound, RequestId, Strictness, Value,
    Zone,
};
use serde::{Deserialize, Serialize};

use super::setting::Setting;
use super::setup::Rate;
use super::words::{Quoted, Word};
use super::workload::Workload;
use crate::latency::Latency;
use crate::machine::Ailment;

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
    /// A machine loses power, and the newest record of a key turns out to be lost: the disk had
    /// said that it was written. It may lie over the newest record of another key.
    Misplace(NodeId, Key, Option<Key>),
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
    /// Something befalls a machine, or ends.
    Machine(NodeId, Ailment),
    /// Links hold back what they carry until they are healed.
    Clog(Cut),
    /// These links are neither cut nor clogged any more.
    HealLinks(Cut),
    /// One link differs from all others.
    Link(LinkCommand),
    /// Clients read and write for a while.
    Workload(Workload),
    /// A node's next round of gossip is with this peer.
    Gossip(NodeId, NodeId),
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
    /// The one that it holds, and for each actor in it a write more than that has made.
    Forged,
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

/// How one link differs from all others, one way; it is as all are where nothing is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkCommand {
    /// From whom.
    pub from: Endpoint,
    /// To whom.
    pub to: Endpoint,
    /// How long messages travel.
    pub latency: Option<Latency>,
    /// How many are lost.
    pub loss: Option<Rate>,
    /// How many arrive twice.
    pub copies: Option<Rate>,
}

impl LinkCommand {
    /// As all links are.
    pub fn usual(from: Endpoint, to: Endpoint) -> Self {
        LinkCommand { from, to, latency: None, loss: None, copies: None }
    }
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
    /// It arrives at once.
    Deliver,
}

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

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut word = "";
        match self {
            Cut::OneWay(from, to) => write!(f, "{} to {}", List(from), List(to)),
            Cut::Groups(groups) => groups.iter().try_for_each(|group| {
                write!(f, "{word}{}", List(group))?;
                word = " from ";
                Ok(())
            }),
            Cut::Zones(zones) => zones.iter().try_for_each(|zone| {
                write!(f, "{word}zone {zone}")?;
                word = " from ";
                Ok(())
            }),
        }
    }
}

impl fmt::Display for LinkCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "link {} to {}", self.from, self.to)?;
        if let Some(latency) = self.latency {
            write!(f, " latency={latency}")?;
        }
        if let Some(loss) = self.loss {
            write!(f, " loss={loss}")?;
        }
        self.copies.map_or(Ok(()), |copies| write!(f, " copies={copies}"))
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Command::Operation(operation) => operation.fmt(f),
            Command::Crash(node) => write!(f, "crash {node}"),
            Command::Restart(node) => write!(f, "restart {node}"),
            Command::Cut(links) => write!(f, "cut {links}"),
            Command::Clog(links) => write!(f, "clog {links}"),
            Command::HealLinks(links) => write!(f, "heal {links}"),
            Command::Link(link) => link.fmt(f),
            Command::Workload(workload) => workload.fmt(f),
            Command::CrashZone(zone) => write!(f, "crash zone {zone}"),
            Command::RestartZone(zone) => write!(f, "restart zone {zone}"),
            Command::Heal => f.write_str("heal"),
            Command::Set(setting) => write!(f, "set {setting}"),
            Command::Fate(message, FateChange::Lose) => write!(f, "lose {message}"),
            Command::Fate(message, FateChange::Deliver) => write!(f, "deliver {message}"),
            Command::Fate(message, FateChange::Delay(by)) => write!(f, "delay {message} by {by}"),
            Command::Fate(message, FateChange::Copy(after)) => {
                write!(f, "copy {message} after {after}")
            }
            Command::Wipe(node) => write!(f, "wipe {node}"),
            Command::Rot(node, key) => write!(f, "rot {node} {}", Word(key.as_str())),
            Command::Misplace(node, key, over) => {
                write!(f, "misplace {node} {}", Word(key.as_str()))?;
                over.iter().try_for_each(|over| write!(f, " over {}", Word(over.as_str())))
            }
            Command::Gossip(node, peer) => write!(f, "gossip {node} with {peer}"),
            Command::Tear(node, bytes) => write!(f, "tear {node} {bytes}"),
            Command::Machine(node, Ailment::Slow(times)) => write!(f, "slow {node} {times}"),
            Command::Machine(node, Ailment::Clock(drift)) => write!(f, "clock {node} {drift}"),
            Command::Machine(node, ailment) => write!(f, "{} {node}", ailment.name()),
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
            OperationKind::Put { context: ContextChoice::Forged, .. } => {
                f.write_str(" context forged")?;
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

impl fmt::Display for MessageRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {} {}", self.kind, self.request, self.from, self.to)
    }
}
