//! What a disk can do, and the engine that does it (paper 4, 5).
//!
//! The node holds no stored data. It asks with an [`Operation`] and hears an [`Outcome`]. Every
//! operation is atomic. An engine is a pure state machine: whoever carries effects out owns it.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::ops::Bound;

use serde::{Deserialize, Serialize};

use crate::clock::{Actor, CausalContext, Dot};
use crate::id::{Boot, Key, NodeId, RequestId, Value};
use crate::versions::{Sibling, Versions};
use crate::wire::{self, BadContext, Hash};

/// Which of a node's stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Store {
    /// The node's own replicas.
    Main,
    /// Replicas kept for another node until it is back (4.6).
    Hints(NodeId),
}

/// One place in a node's storage: a key in a store.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Slot {
    /// The store.
    pub store: Store,
    /// The key.
    pub key: Key,
}

/// What a node can ask of its disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operation {
    /// A new write: mints the dot and stores. The only place where counters grow.
    Update {
        /// Where.
        slot: Slot,
        /// What the writer had seen.
        context: CausalContext,
        /// The new value.
        value: Value,
        /// The put that writes it.
        request: RequestId,
    },
    /// Takes a set in: the one write of a replica.
    Merge {
        /// Where.
        slot: Slot,
        /// What to take in.
        versions: Versions,
    },
    /// Everything that the node holds of a key: its own replica merged with its hints (A8).
    Read {
        /// The key.
        key: Key,
    },
    /// The hints in order, from behind `after`, at most `limit`.
    ScanHints {
        /// Where the last scan ended.
        after: Option<Slot>,
        /// The most to return.
        limit: u16,
    },
    /// Forgets a slot, if it still holds what the caller knows.
    Remove {
        /// Where.
        slot: Slot,
        /// The hash of what may be forgotten.
        expected: Hash,
    },
}

/// What became of a removal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Removal {
    /// The slot is empty now.
    Removed,
    /// The slot holds something else by now and was left alone.
    Changed,
    /// There was nothing.
    Absent,
}

/// What the disk answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// The write is stored under this dot.
    Updated {
        /// The name of the write.
        dot: Dot,
        /// All that the slot holds now.
        versions: Versions,
    },
    /// The write is not stored, and why.
    Rejected(BadContext),
    /// The set is taken in.
    Merged {
        /// All that the slot holds now.
        versions: Versions,
        /// Whether it differs from before.
        changed: bool,
    },
    /// What the node holds of the key; empty if nothing.
    Read(Versions),
    /// The hints found.
    Hints {
        /// Each with its slot.
        found: Vec<(Slot, Versions)>,
        /// Whether there are more behind the last.
        more: bool,
    },
    /// What became of a removal.
    Removal(Removal),
}

/// An engine that keeps everything in ordered memory, written through: what it has answered
/// survives a crash.
#[derive(Clone, Debug)]
pub struct Memory {
    slots: BTreeMap<Slot, Versions>,
    boot: Boot,
    /// For every key that this boot wrote: its creation and the last counter issued.
    issued: BTreeMap<Key, (u32, u64)>,
    creations: u32,
}

impl Memory {
    /// An empty disk for a process.
    pub fn new(boot: Boot) -> Self {
        Memory { slots: BTreeMap::new(), boot, issued: BTreeMap::new(), creations: 0 }
    }

    /// The same disk for the next process of the node.
    pub fn reopen(self, boot: Boot) -> Self {
        Memory { slots: self.slots, ..Memory::new(boot) }
    }

    /// Everything stored, in the order of slots.
    pub fn slots(&self) -> impl Iterator<Item = (&Slot, &Versions)> {
        self.slots.iter()
    }

    /// How many slots are stored.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether nothing is stored.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Carries out one operation, entirely.
    pub fn apply(&mut self, operation: Operation) -> Outcome {
        match operation {
            Operation::Update { slot, context, value, request } => {
                self.update(slot, &context, Sibling { value, request })
            }
            Operation::Merge { slot, versions } => self.merge(slot, &versions),
            Operation::Read { key } => Outcome::Read(self.read(&key)),
            Operation::ScanHints { after, limit } => self.scan_hints(after, limit),
            Operation::Remove { slot, expected } => Outcome::Removal(self.remove(&slot, expected)),
        }
    }

    fn update(&mut self, slot: Slot, context: &CausalContext, sibling: Sibling) -> Outcome {
        let mut versions = self.slots.get(&slot).cloned().unwrap_or_default();
        if let Some(dot) = versions.dot_of(sibling.request) {
            return Outcome::Updated { dot, versions };
        }
        if self.is_ahead(context, &slot.key) {
            return Outcome::Rejected(BadContext::Ahead);
        }
        let actor = self.actor_for(&slot.key, &versions);
        let dot = versions.write(context, actor, sibling);
        self.issued.insert(slot.key.clone(), (actor.creation, dot.counter));
        self.slots.insert(slot, versions.clone());
        Outcome::Updated { dot, versions }
    }

    /// Whether a context names dots that this process has not issued.
    fn is_ahead(&self, context: &CausalContext, key: &Key) -> bool {
        let (current, counter) = self.issued.get(key).copied().unwrap_or((0, 0));
        context.actors().iter().any(|actor| {
            let newest = actor.creation == current && context.highest(actor) > counter;
            actor.boot == self.boot && (newest || actor.creation > self.creations)
        })
    }

    /// The actor to write a key with. A key that is not found, or found behind what this process
    /// has issued for it, begins anew: its old counters must not be issued again (P10, P11).
    fn actor_for(&mut self, key: &Key, versions: &Versions) -> Actor {
        if let Some((creation, counter)) = self.issued.get(key) {
            let actor = Actor { boot: self.boot, creation: *creation };
            if versions.context().highest(&actor) == *counter {
                return actor;
            }
        }
        self.creations += 1;
        Actor { boot: self.boot, creation: self.creations }
    }

    fn merge(&mut self, slot: Slot, incoming: &Versions) -> Outcome {
        let versions = self.slots.entry(slot).or_default();
        let changed = !versions.includes(incoming);
        versions.merge(incoming);
        Outcome::Merged { versions: versions.clone(), changed }
    }

    fn read(&self, key: &Key) -> Versions {
        let mut all = Versions::default();
        for (slot, versions) in &self.slots {
            if slot.key == *key {
                all.merge(versions);
            }
        }
        all
    }

    fn scan_hints(&self, after: Option<Slot>, limit: u16) -> Outcome {
        let from = match after {
            Some(slot) => Bound::Excluded(slot),
            None => Bound::Unbounded,
        };
        let mut hints = self
            .slots
            .range((from, Bound::Unbounded))
            .filter(|(slot, _)| slot.store != Store::Main)
            .map(|(slot, versions)| (slot.clone(), versions.clone()));
        let found = hints.by_ref().take(limit as usize).collect();
        Outcome::Hints { found, more: hints.next().is_some() }
    }

    fn remove(&mut self, slot: &Slot, expected: Hash) -> Removal {
        match self.slots.get(slot) {
            None => Removal::Absent,
            Some(versions) if wire::hash(versions) == expected => {
                self.slots.remove(slot);
                Removal::Removed
            }
            Some(_) => Removal::Changed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::ClientId;
    use alloc::format;

    fn boot(nonce: u64) -> Boot {
        Boot { node: NodeId(1), nonce }
    }

    fn slot(store: Store) -> Slot {
        Slot { store, key: Key::new("cart").unwrap() }
    }

    fn update(disk: &mut Memory, context: &CausalContext, operation: u32) -> Outcome {
        disk.apply(Operation::Update {
            slot: slot(Store::Main),
            context: context.clone(),
            value: Value::new(format!("v{operation}")).unwrap(),
            request: RequestId { client: ClientId(1), operation },
        })
    }

    fn dot(outcome: &Outcome) -> Dot {
        match outcome {
            Outcome::Updated { dot, .. } => *dot,
            other => panic!("not updated: {other:?}"),
        }
    }

    #[test]
    fn p10_a_node_that_lost_its_disk_never_issues_a_dot_again() {
        let mut disk = Memory::new(boot(1));
        let first = dot(&update(&mut disk, &CausalContext::default(), 1));
        let mut wiped = Memory::new(boot(2));
        assert_ne!(dot(&update(&mut wiped, &CausalContext::default(), 2)), first);
    }

    #[test]
    fn p11_a_key_found_behind_what_was_issued_begins_a_new_creation() {
        let mut disk = Memory::new(boot(1));
        let Outcome::Updated { versions: old, .. } =
            update(&mut disk, &CausalContext::default(), 1)
        else {
            panic!("not updated")
        };
        let second = dot(&update(&mut disk, old.context(), 2));
        assert_eq!(second.counter, 2);
        // The slot falls back to an older state of itself, as after a rotten sector.
        disk.slots.insert(slot(Store::Main), old.clone());
        let third = dot(&update(&mut disk, old.context(), 3));
        assert_ne!(third, second);
        assert_eq!(third.actor.creation, second.actor.creation + 1);
    }

    #[test]
    fn p37_a_put_that_is_taken_twice_gets_one_dot() {
        let mut disk = Memory::new(boot(1));
        let first = update(&mut disk, &CausalContext::default(), 1);
        assert_eq!(update(&mut disk, &CausalContext::default(), 1), first);
    }

    #[test]
    fn p39_a_context_ahead_of_its_own_coordinator_is_rejected() {
        let mut disk = Memory::new(boot(1));
        let issued = dot(&update(&mut disk, &CausalContext::default(), 1));
        let mut forged = CausalContext::default();
        forged.insert(issued);
        forged.insert(Dot { counter: 2, ..issued });
        assert_eq!(update(&mut disk, &forged, 2), Outcome::Rejected(BadContext::Ahead));
    }

    #[test]
    fn a_hint_that_grew_is_not_removed() {
        let mut disk = Memory::new(boot(1));
        let hints = slot(Store::Hints(NodeId(3)));
        let Outcome::Updated { versions, .. } = update(&mut disk, &CausalContext::default(), 1)
        else {
            panic!("not updated")
        };
        disk.apply(Operation::Merge { slot: hints.clone(), versions: versions.clone() });
        let expected = wire::hash(&versions);
        let Outcome::Updated { versions: newer, .. } = update(&mut disk, versions.context(), 2)
        else {
            panic!("not updated")
        };
        disk.apply(Operation::Merge { slot: hints.clone(), versions: newer.clone() });
        let remove = |expected| Operation::Remove { slot: hints.clone(), expected };
        assert_eq!(disk.apply(remove(expected)), Outcome::Removal(Removal::Changed));
        let expected = wire::hash(&newer);
        assert_eq!(disk.apply(remove(expected)), Outcome::Removal(Removal::Removed));
        assert_eq!(disk.apply(remove(expected)), Outcome::Removal(Removal::Absent));
    }
}
