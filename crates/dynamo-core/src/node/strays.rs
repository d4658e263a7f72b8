//! What lies at the wrong node: replicas of keys that this node does not own any more, and hints
//! whose owner does not own the key any more (paper 4.6, 4.9).
//!
//! ```text
//! n3  ?      disk: scan      after every change of the ring, until nothing is found
//! n3 -> n1   write           to each owner of the key
//! n1 -> n3   write-ack       stored; only an owner says so, any other says "not mine"
//! n3  ?      disk: remove    when all owners have it, and only if it did not grow
//! ```
//!
//! Nothing is ever lost by this, whatever rings nodes believe in (INV-T1): a node drops a replica
//! only while it does not own the key, and because others took it in while they did. Whoever
//! drops last has seen an owner that holds it.

use crate::collections::{Map, Set};
use crate::effect::{Effects, Fact};
use crate::id::{NodeId, Subject, Task, TaskKind};
use crate::node::buffer::Promise;
use crate::node::put::Write;
use crate::node::{Node, Waiting};
use crate::storage::{Operation, Outcome, Removal, Slot, Store};
use crate::versions::Versions;
use crate::wire::Hash;

/// What is on its way to where it belongs.
#[derive(Clone, Debug, Default)]
pub struct Strays {
    /// Whether the store may hold replicas that do not belong here.
    expected: bool,
    found: bool,
    pub(super) returns: Map<Slot, Returning>,
    emptied: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Returning {
    firing: u32,
    /// What exactly was offered.
    content: Hash,
    /// Who has not said that it is stored.
    pub(super) left: Set<NodeId>,
}

impl Node {
    /// The ring is another one: what was offered under the old one says nothing any more.
    pub(super) fn look_for_strays(&mut self, effects: &mut Effects) {
        self.strays.expected = true;
        self.strays.emptied &= self.membership.has_left(self.id());
        self.strays.returns.clear();
        self.handoff.forget_offers();
        self.start_hint_scan(effects);
    }

    /// Whether the next scan looks at replicas too, not only at hints.
    pub(super) fn expects_strays(&mut self) -> bool {
        self.strays.found = false;
        self.strays.expected
    }

    /// A replica was found in a scan.
    pub(super) fn consider_replica(
        &mut self,
        firing: u32,
        slot: Slot,
        versions: Versions,
        effects: &mut Effects,
    ) {
        if !self.membership.keeps(self.id(), &slot.key) {
            let owners = self.membership.owners(&slot.key).into();
            self.bring(firing, slot.clone(), slot, versions, owners, effects);
        }
    }

    /// Whether a hint goes another way than to its owner: to the owners of its key, if its owner
    /// is none of them (P22); to another keeper, if this node leaves and the owner is down (P23).
    pub(super) fn reroute_hint(
        &mut self,
        firing: u32,
        owner: NodeId,
        slot: &Slot,
        versions: &Versions,
        effects: &mut Effects,
    ) -> bool {
        if self.membership.history.is_empty() {
            return false;
        }
        let (me, key) = (self.id(), slot.key.clone());
        let (to, takers) = if !self.membership.keeps(owner, &key) {
            (Store::Main, self.membership.owners(&key).into())
        } else if self.membership.ring.member(me).is_none() && self.opinions.seems_down(owner) {
            let list = self.preference(&key);
            let up = |node: &&NodeId| !self.opinions.seems_down(**node);
            let Some(keeper) = list.others().iter().find(up) else { return false };
            (Store::Hints(owner), Set::from([*keeper]))
        } else {
            return false;
        };
        let to = Slot { store: to, key: key.clone() };
        if self.bring(firing, slot.clone(), to, versions.clone(), takers, effects) {
            effects.note(Fact::HintRerouted { owner, key });
        }
        true
    }

    /// Sends a slot to all of these, if all seem up; whether it was sent.
    fn bring(
        &mut self,
        firing: u32,
        slot: Slot,
        to: Slot,
        versions: Versions,
        takers: Set<NodeId>,
        effects: &mut Effects,
    ) -> bool {
        self.strays.found = true;
        let content = versions.fingerprint();
        let is_open = self.strays.returns.get(&slot).is_some_and(|open| open.content == content);
        if is_open || takers.iter().any(|node| self.opinions.seems_down(*node)) {
            return false;
        }
        for node in takers.iter() {
            let versions = versions.clone();
            if *node == self.id() {
                let operation = Operation::Merge { slot: to.clone(), versions };
                let waiting = Waiting::OwnReturn { slot: slot.clone(), firing };
                self.ask_disk_durably(operation, waiting, effects);
                continue;
            }
            let kind = TaskKind::Return { to: *node, slot: slot.clone() };
            let subject = Subject::Task(Task { boot: self.boot, kind, firing });
            let write = Write { subject, slot: to.clone(), versions };
            effects.send(*node, self.write_message(Promise::Stored, write));
        }
        self.strays.returns.insert(slot, Returning { firing, content, left: takers });
        true
    }

    /// A taker has stored what was brought.
    pub(super) fn returned(&mut self, task: Task, effects: &mut Effects) {
        if task.boot == self.boot
            && let TaskKind::Return { to, slot } = task.kind
        {
            self.stored_at(to, slot, task.firing, effects);
        }
    }

    pub(super) fn own_return_done(&mut self, slot: Slot, firing: u32, effects: &mut Effects) {
        self.stored_at(self.id(), slot, firing, effects);
    }

    fn stored_at(&mut self, node: NodeId, slot: Slot, firing: u32, effects: &mut Effects) {
        let Some(open) = self.strays.returns.get_mut(&slot) else { return };
        if open.firing != firing || !open.left.remove(&node) || !open.left.is_empty() {
            return;
        }
        let expected = open.content;
        self.strays.returns.remove(&slot);
        let waiting = Waiting::ReturnRemoval(slot.clone());
        self.ask_disk(Operation::Remove { slot, expected, for_good: false }, waiting, effects);
    }

    pub(super) fn return_removed(&mut self, slot: Slot, outcome: Outcome, effects: &mut Effects) {
        let key = slot.key;
        match (outcome, slot.store) {
            (Outcome::Removal(Removal::Removed), Store::Main) => {
                effects.note(Fact::ReplicaDropped { key });
            }
            (Outcome::Removal(Removal::Removed), Store::Hints(owner)) => {
                effects.note(Fact::HintForgotten { owner, key });
            }
            (Outcome::Removal(Removal::Changed), Store::Hints(owner)) => {
                effects.note(Fact::HintGrew { owner, key });
            }
            _ => {}
        }
    }

    /// A node that was to take something in says that it is none of its own: it is offered again
    /// with the next scan, to whoever owns it then.
    pub(super) fn not_taken(&mut self, task: &Task) {
        if task.boot != self.boot {
            return;
        }
        match &task.kind {
            TaskKind::Return { slot, .. } => {
                self.strays.returns.remove(slot);
            }
            TaskKind::Handoff { owner, key } => self.handoff.forget_offer(*owner, key),
            _ => {}
        }
    }

    /// A scan of everything is at its end.
    pub(super) fn strays_scanned(&mut self, anything: bool, effects: &mut Effects) {
        let is_out = self.membership.has_left(self.id());
        // Whoever has left looks at everything until nothing is left.
        self.strays.expected = self.strays.found || (is_out && anything);
        if is_out && !anything && !core::mem::replace(&mut self.strays.emptied, true) {
            effects.note(Fact::Emptied);
        }
    }
}
