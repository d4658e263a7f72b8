//! Mending a key that differs: the merge that every replica write is, in both directions (paper
//! 4.7, 5).

use crate::effect::{Effects, Fact};
use crate::id::{Endpoint, Key, NodeId, Subject, Task, TaskKind};
use crate::message::Message;
use crate::node::buffer::Promise;
use crate::node::put::{Write, WriteAck};
use crate::node::sync::MENDED_AT_ONCE;
use crate::node::{Node, Waiting};
use crate::ring::Position;
use crate::storage::{Operation, Outcome, Slot, Store};
use crate::versions::Versions;

// Whoever compared.
impl Node {
    /// Takes up as many keys as may be mended at one time. What is held is read first; where
    /// nothing is, nothing is offered and the other side sends what it has.
    pub(super) fn mend(&mut self, effects: &mut Effects) {
        while let Some(running) = &mut self.sync.running
            && running.mending.len() < MENDED_AT_ONCE
            && let Some(key) = running.to_mend.pop()
        {
            let peer = running.peer;
            if !running.mending.insert(key.clone()) {
                continue;
            }
            if self.holds(&key) {
                let slot = Slot { store: Store::Main, key: key.clone() };
                let waiting = Waiting::Mending { peer, key };
                self.ask_disk(Operation::ReadSlot { slot }, waiting, effects);
            } else {
                self.offer(peer, key, Versions::default(), effects);
            }
        }
    }

    fn holds(&self, key: &Key) -> bool {
        let partition = self.membership.ring.partition_of(Position::of(key));
        self.sync.trees.of(partition).is_some_and(|tree| tree.get(key).is_some())
    }

    /// What is held of a key that differs is read.
    pub(in crate::node) fn mending_read(
        &mut self,
        peer: NodeId,
        key: Key,
        outcome: Outcome,
        effects: &mut Effects,
    ) {
        if let Outcome::Read(versions) = outcome
            && self.is_mending(peer, &key)
        {
            self.offer(peer, key, versions, effects);
        }
    }

    fn is_mending(&self, peer: NodeId, key: &Key) -> bool {
        let running = self.sync.running.as_ref();
        running.is_some_and(|running| running.peer == peer && running.mending.contains(key))
    }

    fn offer(&mut self, peer: NodeId, key: Key, versions: Versions, effects: &mut Effects) {
        let kind = TaskKind::Repair { peer, key: key.clone() };
        let firing = self.next_firing();
        let subject = Subject::Task(Task { boot: self.boot, kind, firing });
        let slot = Slot { store: Store::Main, key };
        let message = Message::Mend(Write { subject, slot, versions });
        if let Some(running) = &mut self.sync.running {
            running.sum.add(&message);
        }
        effects.send(peer, message);
    }

    /// The other side held no more than it was offered.
    pub(in crate::node) fn repair_acknowledged(
        &mut self,
        from: NodeId,
        task: Task,
        effects: &mut Effects,
    ) {
        if let TaskKind::Repair { peer, key } = task.kind
            && peer == from
            && task.boot == self.boot
        {
            self.repaired(peer, key, effects);
        }
    }

    /// The other side held more: it is taken in like everything.
    pub(in crate::node) fn take_back(&mut self, task: Task, write: Write, effects: &mut Effects) {
        let TaskKind::Repair { peer, key } = task.kind else { return };
        if task.boot != self.boot || write.slot.key != key {
            return;
        }
        if self.is_mending(peer, &key)
            && let Some(running) = &mut self.sync.running
        {
            running.ticks = 0;
            running.sum.add(&Message::Write(write.clone()));
        }
        if !self.is_mine(&key) {
            return;
        }
        let slot = Slot { store: Store::Main, key: key.clone() };
        let operation = Operation::Merge { slot, versions: write.versions };
        self.ask_disk(operation, Waiting::TakenBack { peer, key }, effects);
    }

    pub(in crate::node) fn repaired(&mut self, peer: NodeId, key: Key, effects: &mut Effects) {
        if !self.is_mending(peer, &key) {
            return;
        }
        if let Some(running) = &mut self.sync.running {
            running.ticks = 0;
            running.mending.remove(&key);
        }
        effects.note(Fact::KeyRepaired { key, with: peer });
        self.go_on_exchanging(effects);
    }
}

// The other side.
impl Node {
    /// Whether a key is this node's own, and it is not just giving it away.
    fn is_mine(&self, key: &Key) -> bool {
        self.preference(key).primaries().contains(&self.id()) && self.takes_in(key)
    }

    /// Takes in what it is offered of a key that is its own.
    pub(in crate::node) fn take_mend(
        &mut self,
        from: Endpoint,
        write: Write,
        effects: &mut Effects,
    ) {
        let key = &write.slot.key;
        if write.slot.store != Store::Main || !self.is_mine(key) {
            return;
        }
        let (slot, versions) = (write.slot.clone(), write.versions.clone());
        let operation = Operation::Merge { slot, versions };
        self.ask_disk(operation, Waiting::Offered { from, write }, effects);
    }

    /// Sends back all that it holds if that is more than it was offered.
    pub(in crate::node) fn mend_taken(
        &mut self,
        from: Endpoint,
        offered: Write,
        outcome: Outcome,
        effects: &mut Effects,
    ) {
        let Outcome::Merged { versions, .. } = outcome else { return };
        let Write { subject, slot, versions: theirs } = offered;
        self.meet(&slot.key, &versions, effects);
        let answer = if versions.fingerprint() == theirs.fingerprint() {
            let ack = WriteAck { subject, slot };
            match self.promise(Promise::Buffered) {
                Promise::Stored => Message::WriteAck(ack),
                Promise::Buffered => Message::BufferedAck(ack),
            }
        } else {
            Message::Write(Write { subject, slot, versions })
        };
        effects.send(from, answer);
    }
}
