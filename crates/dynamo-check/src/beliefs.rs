//! Which ring every node believes in, by what its disk has kept of the membership.

use alloc::vec::Vec;
use dynamo_core::collections::{Map, Set};

use dynamo_core::{History, Key, Membership, NodeId, Operation, Outcome, Shared};
use dynamo_sim::disk::DiskFault;
use dynamo_sim::{EventId, Record, Setup, TraceEvent};

/// The beliefs of all nodes.
#[derive(Clone, Debug)]
pub struct Beliefs {
    founding: Shared<Membership>,
    n: u8,
    kept: Map<NodeId, Shared<Membership>>,
    newest: Shared<Membership>,
    asked: Map<EventId, (NodeId, Shared<History>)>,
}

impl Beliefs {
    /// For runs with this setup.
    pub fn new(setup: &Setup) -> Self {
        let n = setup.quorum.n();
        let founding = Shared::new(Membership::founding(Shared::new(setup.ring()), n));
        let newest = founding.clone();
        Beliefs { founding, n, kept: Map::new(), newest, asked: Map::new() }
    }

    /// Takes the next event; answers the node that believes something else now.
    pub fn see(&mut self, id: EventId, record: &Record) -> Option<NodeId> {
        match &record.event {
            TraceEvent::DiskAsked { node, operation: Operation::Keep { history }, .. } => {
                self.asked.insert(id, (*node, history.clone()));
                None
            }
            TraceEvent::DiskCompleted { asked, outcome: Outcome::Kept, .. } => {
                let (node, history) = self.asked.remove(asked)?;
                let now = self.believe(node, &history);
                if now.age() > self.newest.age() {
                    self.newest = now.clone();
                }
                self.kept.insert(node, now);
                Some(node)
            }
            TraceEvent::DiskChanged { node, fault: DiskFault::Wiped, .. } => {
                self.kept.remove(node).map(|_| *node)
            }
            _ => None,
        }
    }

    /// What follows from a history; whoever knew it before has worked it out.
    fn believe(&self, node: NodeId, history: &History) -> Shared<Membership> {
        let known = self.kept.values().find(|known| *known.history == *history);
        known.cloned().unwrap_or_else(|| Shared::new(self.of(node).with(history.clone())))
    }

    /// What a node believes.
    pub fn of(&self, node: NodeId) -> &Membership {
        self.kept.get(&node).unwrap_or(&self.founding)
    }

    /// The belief of whoever has seen the most changes take effect.
    pub fn newest(&self) -> &Membership {
        &self.newest
    }

    /// Whose replicas of a key count at a node: the owners by its ring, and while ranges move by
    /// the next one too (K10).
    pub fn owners(&self, node: NodeId, key: &Key) -> Set<NodeId> {
        let belief = self.of(node);
        let list = belief.ring.preference(key, self.n);
        let mut owners: Set<NodeId> = list.primaries().iter().copied().collect();
        if let Some(pending) = belief.agreed() {
            owners.extend(pending.next.preference(key, self.n).primaries().iter().copied());
        }
        owners
    }

    /// Every node whose own replica of a key counts, as it believes itself.
    pub fn own_owners(&self, key: &Key) -> Set<NodeId> {
        let founders = self.founding.ring.members().iter().map(|member| member.node);
        let mut owners: Set<NodeId> = founders.chain(self.kept.keys().copied()).collect();
        owners.retain(|node| self.owners(*node, key).contains(node));
        owners
    }

    /// A node that disagrees with another, or waits for a change that is not in effect among those
    /// who are up and take part, or were removed.
    pub fn unsettled(&self, down: &Set<NodeId>) -> Option<NodeId> {
        let all = self.newest.audience();
        let up: Vec<NodeId> = all.into_iter().filter(|node| !down.contains(node)).collect();
        let odd = |node: &&NodeId| {
            let belief = self.of(**node);
            belief.pending.is_some() || belief.history != self.newest.history
        };
        up.iter().find(odd).copied()
    }
}
