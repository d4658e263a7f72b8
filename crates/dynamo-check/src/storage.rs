//! **storage** (K13): a disk gives back what was stored last, or says that it cannot.
//!
//! Always: every answer of a disk is what follows from the answers before it and from the faults
//! that the world has told of. A read, a scan and a fingerprint say what a shadow copy holds; a
//! merge answers with the join of that and what was brought along. A slot under which a sector went
//! bad is reported as damaged, or is empty once that was noticed, and is never served. Judged at
//! every completion. Cost: what the answer holds.

use alloc::boxed::Box;
use alloc::vec;
use dynamo_core::collections::{Map, Set};

use dynamo_core::{Hash, Key, NodeId, Operation, Outcome, Removal, Slot, Store, Versions};
use dynamo_sim::disk::DiskFault;
use dynamo_sim::{EventId, Finding, Record, Status, Time, TraceEvent};

use crate::judges::Check;
use crate::known::Known;

/// The name in texts and links.
pub const NAME: &str = "storage";

/// The check.
#[derive(Clone, Debug, Default)]
pub struct Storage {
    asked: Map<EventId, Operation>,
    disks: Map<NodeId, Shadow>,
    violated: Option<Finding>,
}

/// What a disk has to hold.
#[derive(Clone, Debug, Default)]
struct Shadow {
    slots: Map<Slot, Versions>,
    /// Where a sector went bad and the node has not noticed.
    rotten: Set<Slot>,
    /// Where the newest record is bad, noticed or not: whoever reads the log anew meets it again.
    spoilt: Set<Slot>,
}

impl Shadow {
    fn set(&mut self, slot: &Slot, content: Option<&Versions>) {
        self.rotten.remove(slot);
        self.spoilt.remove(slot);
        match content.filter(|versions| !versions.is_empty()) {
            Some(versions) => self.slots.insert(slot.clone(), versions.clone()),
            None => self.slots.remove(slot),
        };
    }

    /// What a slot holds; nothing if nobody can know.
    fn at(&self, slot: &Slot) -> Option<Versions> {
        if self.rotten.contains(slot) {
            return None;
        }
        Some(self.slots.get(slot).cloned().unwrap_or_default())
    }

    /// The node's own replica of a key, and with `hints` what it keeps for others.
    fn all(&self, key: &Key, hints: bool) -> Option<Versions> {
        let is_here = |slot: &Slot| slot.key == *key && (hints || slot.store == Store::Main);
        if self.rotten.iter().any(is_here) {
            return None;
        }
        let mut all = Versions::default();
        for (_, versions) in self.slots.iter().filter(|(slot, _)| is_here(slot)) {
            all.merge(versions);
        }
        Some(all)
    }

    fn is_hash(&self, key: &Key, hash: Option<Hash>) -> bool {
        let slot = Slot { store: Store::Main, key: key.clone() };
        let held = self.at(&slot).filter(|versions| !versions.is_empty());
        held.map(|versions| versions.fingerprint()) == hash
    }

    /// Takes an answer in; whether it is what had to come.
    fn take(&mut self, operation: &Operation, outcome: &Outcome) -> bool {
        match (operation, outcome) {
            (_, Outcome::Damaged { slot, .. }) => {
                self.slots.remove(slot);
                self.rotten.remove(slot)
            }
            (Operation::Read { key }, Outcome::Read(found)) => {
                self.all(key, true).as_ref() == Some(found)
            }
            (Operation::ReadSlot { slot }, Outcome::Read(found)) => {
                self.at(slot).as_ref() == Some(found)
            }
            (Operation::Examine { key }, Outcome::Examined { own, .. }) => self.is_hash(key, *own),
            (_, Outcome::Hints { found, .. }) => {
                found.iter().all(|(slot, versions)| self.at(slot).as_ref() == Some(versions))
            }
            (_, Outcome::Keys { found, .. }) => {
                found.iter().all(|(key, hash)| self.is_hash(key, Some(*hash)))
            }
            (Operation::Merge { slot, versions: brought }, Outcome::Merged { versions, .. }) => {
                let mut joined = self.at(slot).unwrap_or_default();
                joined.merge(brought);
                let was_known = !self.rotten.contains(slot);
                self.set(slot, Some(versions));
                was_known && joined == *versions
            }
            (Operation::Update { slot, .. }, Outcome::Updated { versions, .. }) => {
                let was_known = !self.rotten.contains(slot);
                self.set(slot, Some(versions));
                was_known
            }
            (Operation::Remove { slot, .. }, Outcome::Removal(removal)) => {
                let is_there = self.at(slot).is_some_and(|versions| !versions.is_empty());
                if *removal == Removal::Removed {
                    self.set(slot, None);
                }
                is_there == (*removal != Removal::Absent)
            }
            _ => true,
        }
    }
}

impl Check for Storage {
    fn see(&mut self, id: EventId, record: &Record, _: &Known) {
        match &record.event {
            TraceEvent::DiskAsked { operation, .. } => {
                self.asked.insert(id, operation.clone());
            }
            TraceEvent::DiskCompleted { asked, node, outcome } => {
                let Some(operation) = self.asked.remove(asked) else { return };
                if !self.disks.entry(*node).or_default().take(&operation, outcome) {
                    self.violated.get_or_insert(Finding {
                        guilty: vec![id],
                        node: Some(*node),
                        ..Finding::plain(NAME, Status::Violated)
                    });
                }
            }
            TraceEvent::DiskChanged { node, fault, slots } => {
                let disk = self.disks.entry(*node).or_default();
                for (slot, now) in slots {
                    disk.set(slot, now.as_ref());
                    if *fault == DiskFault::Rotten {
                        disk.rotten.insert(slot.clone());
                        disk.spoilt.insert(slot.clone());
                    }
                }
            }
            // What nobody can put a name to is as if it had never been.
            TraceEvent::DiskRecovered { node, found } => {
                let disk = self.disks.entry(*node).or_default();
                disk.spoilt.retain(|slot| found.broken.contains(slot));
                disk.rotten = disk.spoilt.clone();
            }
            _ => {}
        }
    }

    fn finding(&self, _: Time, _: &Known) -> Finding {
        self.violated.clone().unwrap_or_else(|| Finding::plain(NAME, Status::Holds))
    }

    fn is_violated(&self) -> bool {
        self.violated.is_some()
    }

    fn clone_box(&self) -> Box<dyn Check> {
        Box::new(self.clone())
    }
}
