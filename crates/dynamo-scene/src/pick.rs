//! What can be picked in one face of a run and is marked in all.

use dynamo_core::{ClientId, Key, NodeId, RequestId};
use dynamo_sim::EventId;

/// A thing that can be picked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pick {
    /// A node.
    Node(NodeId),
    /// A client.
    Client(ClientId),
    /// A key.
    Key(Key),
    /// A message, by the event that sent it.
    Message(EventId),
    /// A client's operation.
    Request(RequestId),
}
