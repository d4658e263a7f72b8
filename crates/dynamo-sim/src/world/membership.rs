//! Orders of an administrator: who joins, leaves or is removed (paper 4.8.1).

use dynamo_core::{BadChange, Change, Input, Member, Membership, NodeId};

use super::{Actor, Host, World};
use crate::script::{Command, MAX_LAB_NODES, MAX_NODES};
use crate::trace::{EventId, Recorder, Refused};

impl<A: Actor> World<A> {
    /// Who is told if nobody is named: the first seed that is up and a member, or else the first
    /// such node.
    pub(super) fn usual_via(&self) -> Option<NodeId> {
        let seeds = self.config.seeds.iter();
        let is_fit = |node: &NodeId| {
            self.is_up(*node) && self.membership_at(*node).ring.member(*node).is_some()
        };
        seeds.copied().chain(self.nodes.names()).find(is_fit)
    }

    /// What a node knows of the membership: what its disk has kept.
    fn membership_at(&self, node: NodeId) -> Membership {
        let founding = Membership::founding(self.ring.clone(), self.config.replicas);
        let kept = self.nodes.get(node).and_then(|host| host.disk.history());
        kept.map_or_else(|| founding.clone(), |kept| founding.with((**kept).clone()))
    }

    pub(super) fn judge_change(&self, change: &Change, via: Option<NodeId>) -> Result<(), Refused> {
        let via = via.ok_or(Refused::AlreadyDown(change.node().unwrap_or(NodeId(1))))?;
        if let Change::Join(Member { node, .. }) = change {
            let node = *node;
            let is_lab = self.setup.nodes > MAX_NODES;
            if node.0 > if is_lab { MAX_LAB_NODES } else { MAX_NODES } {
                return Err(Refused::NoSuchNode(node));
            }
            if self.nodes.has(node) && !self.is_up(node) {
                return Err(Refused::AlreadyDown(node));
            }
        } else if let Some(node) = change.node() {
            self.known(node)?;
        }
        // Whoever joins can be told itself: it knows the seeds (P35).
        let is_own = matches!(change, Change::Join(member) if member.node == via);
        if !is_own {
            self.known(via)?;
            if !self.is_up(via) {
                return Err(Refused::AlreadyDown(via));
            }
        }
        if let Change::Replicas(n) = change {
            let (_, r, w) = self.settings.quorum.into();
            let given = r.max(w).max(self.settings.strictness.primaries(1));
            if given > *n {
                return Err(Refused::OutsideN { given, n: *n });
            }
        }
        let known = self.membership_at(via);
        if !is_own && known.ring.member(via).is_none() {
            return Err(Refused::Membership(BadChange::NoMember(via)));
        }
        known.judge(change).map_err(Refused::Membership)
    }

    /// Tells a node; whoever joins gets a machine, if it has none.
    pub(super) fn order(
        &mut self,
        change: Change,
        via: NodeId,
        cause: EventId,
        recorder: &mut dyn Recorder,
    ) {
        if let Change::Join(Member { node, zone, .. }) = &change
            && !self.nodes.has(*node)
        {
            self.nodes.insert(*node, Host::new());
            if !self.setup.zones.is_empty() {
                self.setup.zones.insert(*node, zone.clone());
            }
            self.start(*node, Some(cause), recorder);
        }
        if let Change::Replicas(_) = &change {
            self.settings.obey(&Command::Membership { change: change.clone(), via: Some(via) });
        }
        self.input(via, cause, Input::Told(change));
    }
}
