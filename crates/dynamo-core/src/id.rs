//! Names: nodes, clients, requests, tasks, keys and values.
//!
//! Everything that happens carries a name made of these, so that a run can be told apart
//! event by event without counting (see [`Subject`]).

use crate::shared::Shared;
use alloc::string::String;
use core::cmp::Ordering;
use core::fmt;

use serde::{Deserialize, Serialize, Serializer};

use crate::storage::Slot;

/// The longest key, in bytes of UTF-8.
pub const MAX_KEY_BYTES: usize = 256;
/// The longest value, in bytes of UTF-8.
pub const MAX_VALUE_BYTES: usize = 4096;
/// The longest name of a zone, in bytes of UTF-8.
pub const MAX_ZONE_BYTES: usize = 16;

/// A storage node, shown as `n1`, `n2`, ...
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NodeId(pub u16);

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "n{}", self.0)
    }
}

/// A client, shown as `c1`, `c2`, ...
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ClientId(pub u16);

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "c{}", self.0)
    }
}

/// Whatever can send or receive a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Endpoint {
    /// A storage node.
    Node(NodeId),
    /// A client.
    Client(ClientId),
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Endpoint::Node(node) => node.fmt(f),
            Endpoint::Client(client) => client.fmt(f),
        }
    }
}

impl From<NodeId> for Endpoint {
    fn from(node: NodeId) -> Self {
        Endpoint::Node(node)
    }
}

impl From<ClientId> for Endpoint {
    fn from(client: ClientId) -> Self {
        Endpoint::Client(client)
    }
}

/// One operation of one client, shown as `c1.2`: the client's second operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RequestId {
    /// Whose operation it is.
    pub client: ClientId,
    /// The client's own number for it, from 1.
    pub operation: u32,
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.client, self.operation)
    }
}

/// One start of one node: the nonce is new at every boot, so what a dead process
/// issued is never mistaken for what its successor issues.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Boot {
    /// The node that started.
    pub node: NodeId,
    /// Distinguishes this start from every other start of the same node.
    pub nonce: u64,
}

/// What a background task is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum TaskKind {
    /// Asking a suspected node whether it is back (4.8.3).
    Probe(NodeId),
    /// Bringing one hint home (4.6).
    Handoff {
        /// Whose replica it is.
        owner: NodeId,
        /// Of which key.
        key: Key,
    },
    /// Finding out whether the tombstone of this key may be erased.
    Reap(Key),
    /// Reconciling histories with a peer (4.8.1).
    Gossip(NodeId),
    /// Giving ranges to their new owner: the question whether it wants them (4.9).
    Ranges(NodeId),
    /// Giving one key to its new owner (4.9).
    Transfer {
        /// Who takes it.
        to: NodeId,
        /// Which key.
        key: Key,
    },
    /// Bringing what lies at the wrong node to one of those where it belongs (4.9).
    Return {
        /// To whom.
        to: NodeId,
        /// What lies at the wrong node.
        slot: Slot,
    },
    /// Comparing trees with a peer (4.7).
    Exchange(NodeId),
    /// Mending a key that differs (4.7).
    Repair {
        /// On whom it differs.
        peer: NodeId,
        /// Which key.
        key: Key,
    },
    /// Asking a node that has been silent for a while, though it seems up (4.8.3).
    Heartbeat(NodeId),
}

impl TaskKind {
    /// The key it is about, if it is about one.
    pub fn key(&self) -> Option<&Key> {
        match self {
            TaskKind::Handoff { key, .. }
            | TaskKind::Reap(key)
            | TaskKind::Repair { key, .. }
            | TaskKind::Transfer { key, .. } => Some(key),
            TaskKind::Return { slot, .. } => Some(&slot.key),
            TaskKind::Probe(_)
            | TaskKind::Heartbeat(_)
            | TaskKind::Exchange(_)
            | TaskKind::Gossip(_)
            | TaskKind::Ranges(_) => None,
        }
    }
}

/// Background work that no client asked for: what it is and the firing that began it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Task {
    /// The process that does the work.
    pub boot: Boot,
    /// What the work is.
    pub kind: TaskKind,
    /// Counts the firings of its timer at this boot, from 1.
    pub firing: u32,
}

/// A client's question for the ring (6.4).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Poll {
    /// Who asks.
    pub client: ClientId,
    /// The client's own number for it, from 1.
    pub number: u32,
}

/// On whose behalf a message travels or a disk works: a client's request or a task.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Subject {
    /// A client's request.
    Request(RequestId),
    /// A node's own background work.
    Task(Task),
    /// A client's question for the ring.
    Poll(Poll),
}

impl Subject {
    /// Whether it is background work.
    pub fn is_task(&self) -> bool {
        matches!(self, Subject::Task(_))
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::Request(request) => request.fmt(f),
            Subject::Poll(Poll { client, number }) => write!(f, "{client}.poll.{number}"),
            Subject::Task(Task { boot, kind: TaskKind::Probe(node), firing }) => {
                write!(f, "{}.probe.{node}.{firing}", boot.node)
            }
            Subject::Task(Task { boot, kind: TaskKind::Heartbeat(node), firing }) => {
                write!(f, "{}.heartbeat.{node}.{firing}", boot.node)
            }
            Subject::Task(Task { boot, kind: TaskKind::Reap(key), firing }) => {
                write!(f, "{}.reap.{firing}.{key}", boot.node)
            }
            Subject::Task(Task { boot, kind: TaskKind::Handoff { owner, key }, firing }) => {
                write!(f, "{}.handoff.{owner}.{firing}.{key}", boot.node)
            }
            Subject::Task(Task { boot, kind: TaskKind::Exchange(peer), firing }) => {
                write!(f, "{}.exchange.{peer}.{firing}", boot.node)
            }
            Subject::Task(Task { boot, kind: TaskKind::Repair { peer, key }, firing }) => {
                write!(f, "{}.repair.{peer}.{firing}.{key}", boot.node)
            }
            Subject::Task(Task { boot, kind: TaskKind::Gossip(peer), firing }) => {
                write!(f, "{}.gossip.{peer}.{firing}", boot.node)
            }
            Subject::Task(Task { boot, kind: TaskKind::Ranges(to), firing }) => {
                write!(f, "{}.ranges.{to}.{firing}", boot.node)
            }
            Subject::Task(Task { boot, kind: TaskKind::Transfer { to, key }, firing }) => {
                write!(f, "{}.transfer.{to}.{firing}.{key}", boot.node)
            }
            Subject::Task(Task { boot, kind: TaskKind::Return { to, slot }, firing }) => {
                let store = slot.store;
                write!(f, "{}.return.{to}.{firing}.{store}{}", boot.node, slot.key)
            }
        }
    }
}

/// A key: at most [`MAX_KEY_BYTES`] of text. Cheap to clone.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "Shared<str>")]
pub struct Key(Sorted);

/// Text that is mostly compared: a store looks for a key among thousands, and nearly all of these
/// differ in their first bytes.
#[derive(Clone, Default, PartialEq, Eq)]
struct Sorted {
    /// The first eight bytes, with zeros behind them if there are fewer: in the order of the texts.
    head: u64,
    text: Shared<str>,
}

impl From<Shared<str>> for Sorted {
    fn from(text: Shared<str>) -> Self {
        let mut head = [0; 8];
        head.iter_mut().zip(text.bytes()).for_each(|(to, byte)| *to = byte);
        Sorted { head: u64::from_be_bytes(head), text }
    }
}

impl AsRef<str> for Sorted {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

impl PartialOrd for Sorted {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Sorted {
    fn cmp(&self, other: &Self) -> Ordering {
        self.head.cmp(&other.head).then_with(|| match Shared::ptr_eq(&self.text, &other.text) {
            true => Ordering::Equal,
            false => self.text.cmp(&other.text),
        })
    }
}

impl fmt::Debug for Sorted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}

/// A value: at most [`MAX_VALUE_BYTES`] of text; the store never looks inside (paper 2.3).
/// Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "Shared<str>")]
pub struct Value(Shared<str>);

/// A data centre or any other place that fails as a whole (4.6): at most [`MAX_ZONE_BYTES`] of
/// text. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "Shared<str>")]
pub struct Zone(Shared<str>);

impl Default for Zone {
    /// The zone of all nodes where none is named.
    fn default() -> Self {
        Zone("home".into())
    }
}

/// A key, value or zone that is longer than the store accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong {
    /// What it was: `key`, `value` or `zone`.
    pub what: &'static str,
    /// Its length in bytes.
    pub bytes: usize,
    /// The longest that is accepted, in bytes.
    pub most: usize,
}

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TooLong { what, bytes, most } = self;
        write!(f, "the {what} has {bytes} bytes, at most {most} are accepted")
    }
}

macro_rules! bounded_text {
    ($name:ident, $what:literal, $most:ident) => {
        impl $name {
            /// Accepts the text if it is not too long.
            pub fn new(text: impl Into<Shared<str>>) -> Result<Self, TooLong> {
                let text = text.into();
                if text.len() > $most {
                    return Err(TooLong { what: $what, bytes: text.len(), most: $most });
                }
                Ok($name(text.into()))
            }

            /// The text itself.
            pub fn as_str(&self) -> &str {
                self.0.as_ref()
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl TryFrom<Shared<str>> for $name {
            type Error = TooLong;
            fn try_from(text: Shared<str>) -> Result<Self, TooLong> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = TooLong;
            fn try_from(text: String) -> Result<Self, TooLong> {
                Self::new(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

bounded_text!(Key, "key", MAX_KEY_BYTES);
bounded_text!(Value, "value", MAX_VALUE_BYTES);
bounded_text!(Zone, "zone", MAX_ZONE_BYTES);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_key_of_256_bytes_is_accepted_and_one_of_257_is_refused() {
        assert!(Key::new("é".repeat(128)).is_ok());
        let refused = Key::new("é".repeat(128) + "x").unwrap_err();
        assert_eq!(alloc::format!("{refused}"), "the key has 257 bytes, at most 256 are accepted");
    }

    proptest! {
        #[test]
        fn keys_stand_in_the_order_of_their_texts(one in "[\0a]{0,10}", other in "[\0aé]{0,10}") {
            let key = |text: &str| Key::new(text).unwrap();
            prop_assert_eq!(key(&one).cmp(&key(&other)), one.cmp(&other));
            prop_assert_eq!(key(&one) == key(&other), one == other);
        }
    }
}
