//! Preference lists: which nodes keep a key, and who stands in for whom (paper 4.3, 4.6).

use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::id::NodeId;
use crate::quorum::Strictness;

/// What a node is to a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Role {
    /// One of the key's first N nodes.
    Primary,
    /// Stands in for one missing primary and keeps a hint for it (4.6).
    Fallback {
        /// The primary whose place it takes.
        missing: NodeId,
    },
}

/// A node together with what it is to a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Replica {
    /// Who.
    pub node: NodeId,
    /// As what.
    pub role: Role,
}

impl Replica {
    /// The primary to whom this place of the list belongs.
    pub fn place(&self) -> NodeId {
        match self.role {
            Role::Primary => self.node,
            Role::Fallback { missing } => missing,
        }
    }

    /// The owner of the hint that this replica keeps, if it keeps one.
    pub fn hint(&self) -> Option<NodeId> {
        match self.role {
            Role::Primary => None,
            Role::Fallback { missing } => Some(missing),
        }
    }
}

impl fmt::Display for Replica {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.role {
            Role::Primary => self.node.fmt(f),
            Role::Fallback { missing } => write!(f, "{}(for {missing})", self.node),
        }
    }
}

/// All nodes of the ring: the N primaries of a key in the order in which the walk meets them,
/// then the others in the same order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreferenceList {
    pub(super) nodes: Vec<NodeId>,
    pub(super) primaries: usize,
}

impl PreferenceList {
    /// The key's own N nodes, whether up or down.
    pub fn primaries(&self) -> &[NodeId] {
        &self.nodes[..self.primaries]
    }

    /// The nodes that can stand in, in the order in which they are asked.
    pub fn others(&self) -> &[NodeId] {
        &self.nodes[self.primaries..]
    }

    /// The N replicas of a request: the first N healthy nodes if sloppy, the primaries that do
    /// not seem down if strict. Each substitute is bound to one missing primary (INV-L3).
    pub fn replicas(
        &self,
        strictness: Strictness,
        seems_down: impl Fn(NodeId) -> bool,
    ) -> Vec<Replica> {
        let mut substitutes = self.others().iter().filter(|node| !seems_down(**node));
        let mut replicas = Vec::with_capacity(self.primaries);
        for primary in self.primaries() {
            if !seems_down(*primary) {
                replicas.push(Replica { node: *primary, role: Role::Primary });
            } else if strictness != Strictness::Strict
                && let Some(node) = substitutes.next()
            {
                replicas.push(Replica { node: *node, role: Role::Fallback { missing: *primary } });
            }
        }
        replicas
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_substitute_is_bound_to_one_missing_primary_and_primaries_keep_their_places() {
        let list = PreferenceList { nodes: (1..=5).map(NodeId).collect(), primaries: 3 };
        let down = |node| node == NodeId(1) || node == NodeId(3);
        let shown: Vec<_> = list
            .replicas(Strictness::Sloppy, down)
            .iter()
            .map(|replica| alloc::format!("{replica}"))
            .collect();
        assert_eq!(shown, ["n4(for n1)", "n2", "n5(for n3)"]);
        assert_eq!(list.replicas(Strictness::Strict, down).len(), 1);
    }
}
