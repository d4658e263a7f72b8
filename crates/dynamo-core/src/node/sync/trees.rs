//! The trees of a node: one for every range that it is one of the first N for, if it holds
//! something there (paper 4.7).
//!
//! They follow the disk: every outcome that changes a replica changes one leaf. A process that
//! starts has none; they are built from a scan of the disk when they are needed first, and again
//! when the ring or N has changed. A log is read anew after every walk over all peers: a tree does
//! not know that a sector went bad under what it says, and what is found broken is mended like
//! everything that is missing.

use crate::shared::Shared;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::collections::{Map, Set};
use crate::effect::{Effects, Fact, Ticket};
use crate::id::{Key, NodeId};
use crate::merkle::Tree;
use crate::node::{Node, Waiting};
use crate::ring::{Partition, Position, Ring};
use crate::storage::{Operation, Outcome, Removal, Store};
use crate::wire::Hash;

/// Slots that one scan of the disk looks at.
const SCANNED_AT_ONCE: u16 = 64;

/// What a tree is a tree of, beside its range: trees of unlike scopes are never compared
/// (INV-M6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// The epoch of the ring.
    pub epoch: u32,
    /// The ring itself: two nodes may count to the same epoch on different ways.
    pub ring: Hash,
    /// N.
    pub replicas: u8,
}

/// The trees of a node.
#[derive(Clone, Debug, Default)]
pub struct Trees {
    scope: Scope,
    /// The ring of the scope: its hash is not computed for every message.
    ring: Option<Shared<Ring>>,
    stage: Stage,
    /// Counts the scans that built them: an answer to an earlier one is too old.
    scans: u32,
    /// Only those in which something is held.
    held: Map<Partition, Held>,
    /// The keys of the operations that change a replica.
    changing: Map<Ticket, Key>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Unbuilt,
    Scanning,
    Built,
}

#[derive(Clone, Debug)]
struct Held {
    primaries: Vec<NodeId>,
    tree: Tree,
}

impl Trees {
    /// What they are trees of.
    pub(super) fn scope(&self) -> Scope {
        self.scope
    }

    /// The tree of a range, if something is held there.
    pub fn of(&self, partition: Partition) -> Option<&Tree> {
        self.held.get(&partition).map(|held| &held.tree)
    }

    /// Everybody with whom a range is shared in which something is held, in order; this node is
    /// among them.
    pub fn peers(&self) -> Set<NodeId> {
        self.held.values().flat_map(|held| held.primaries.iter().copied()).collect()
    }

    /// They are not to be trusted any longer: they are built anew before they are used again.
    pub(super) fn expire(&mut self) {
        self.stage = Stage::Unbuilt;
    }

    /// The roots of the ranges that are shared with a node and in which something is held.
    pub fn roots_shared_with(&self, peer: NodeId) -> Vec<(Partition, Hash)> {
        let shared = self.held.iter().filter(|(_, held)| held.primaries.contains(&peer));
        shared.map(|(partition, held)| (*partition, held.tree.root())).collect()
    }
}

impl Node {
    /// Whether the trees are built, and of the ring that this node knows now; if not, begins to
    /// build them.
    pub(super) fn has_trees(&mut self, effects: &mut Effects) -> bool {
        let replicas = self.config.replicas;
        let trees = &mut self.sync.trees;
        let is_same = |ring: &Shared<Ring>| Shared::ptr_eq(ring, &self.membership.ring);
        if !trees.ring.as_ref().is_some_and(is_same) || trees.scope.replicas != replicas {
            let (epoch, ring) = (self.membership.ring.epoch(), self.membership.ring.fingerprint());
            let scope = Scope { epoch, ring, replicas };
            trees.ring = Some(self.membership.ring.clone());
            if trees.scope != scope {
                trees.scope = scope;
                trees.stage = Stage::Unbuilt;
            }
        }
        if trees.stage == Stage::Unbuilt {
            trees.stage = Stage::Scanning;
            trees.held = Map::new();
            trees.scans += 1;
            self.scan_keys(None, effects);
        }
        self.sync.trees.stage == Stage::Built
    }

    fn scan_keys(&mut self, after: Option<Key>, effects: &mut Effects) {
        let operation = Operation::ScanKeys { after, limit: SCANNED_AT_ONCE };
        self.ask_disk(operation, Waiting::KeyScan(self.sync.trees.scans), effects);
    }

    /// A part of the disk is read. Scans and changes come back in the order in which the disk
    /// carried them out, so what a scan says is never older than what the trees say.
    pub(in crate::node) fn keys_found(
        &mut self,
        scan: u32,
        outcome: Outcome,
        effects: &mut Effects,
    ) {
        let Outcome::Keys { found, tombstones, more } = outcome else { return };
        for (key, tombstone) in tombstones {
            self.meet_tombstone(&key, Some(tombstone), effects);
        }
        let is_awaited = |trees: &Trees| trees.stage == Stage::Scanning && trees.scans == scan;
        if !is_awaited(&self.sync.trees) {
            return;
        }
        // The ring may have changed since the scan began: then it begins anew (P26).
        self.has_trees(effects);
        if !is_awaited(&self.sync.trees) {
            return;
        }
        let last = found.last().map(|(key, _)| key.clone());
        for (key, hash) in found {
            self.hold(&key, Some(hash));
        }
        if more {
            return self.scan_keys(last, effects);
        }
        self.sync.trees.stage = Stage::Built;
        self.sync.begun = 0;
        let keys: usize = self.sync.trees.held.values().map(|held| held.tree.len()).sum();
        if keys > 0 {
            effects.note(Fact::TreesBuilt { keys: keys as u32 });
        }
        self.answer_waiting(effects);
        self.begin_exchange(effects);
    }

    /// Remembers which key an operation is about, if it can change what a tree says.
    pub(in crate::node) fn watch_disk(&mut self, ticket: Ticket, operation: &Operation) {
        let slot = match operation {
            Operation::Update { slot, .. }
            | Operation::Merge { slot, .. }
            | Operation::Remove { slot, .. }
            | Operation::ReadSlot { slot } => slot,
            _ => return,
        };
        // Who compares with nobody may have been asked by somebody.
        let is_kept = self.sync.trees.stage != Stage::Unbuilt;
        if slot.store == Store::Main && (is_kept || self.config.exchange_every.is_some()) {
            self.sync.trees.changing.insert(ticket, slot.key.clone());
        }
    }

    /// The disk has answered: the tree says what it holds, also where it said something else
    /// (P27).
    pub(in crate::node) fn follow_disk(&mut self, ticket: Ticket, outcome: &Outcome) {
        let key = self.sync.trees.changing.remove(&ticket);
        match (key, outcome) {
            (_, Outcome::Damaged { slot, .. }) if slot.store == Store::Main => {
                self.hold(&slot.key, None);
            }
            (
                Some(key),
                Outcome::Updated { versions, .. }
                | Outcome::Merged { versions, .. }
                | Outcome::Read(versions),
            ) => {
                let hash = (!versions.is_empty()).then(|| versions.fingerprint());
                self.hold(&key, hash);
            }
            (Some(key), Outcome::Removal(Removal::Removed)) => self.hold(&key, None),
            _ => {}
        }
    }

    /// A key of this node holds something else now. Keys of ranges that are not its own are in
    /// no tree, so they are never offered to anybody (P29).
    fn hold(&mut self, key: &Key, hash: Option<Hash>) {
        if self.sync.trees.stage == Stage::Unbuilt {
            return;
        }
        let at = Position::of(key);
        let partition = self.membership.ring.partition_of(at);
        if self.sync.trees.of(partition).is_none() {
            let list = self.membership.ring.preference_of(partition, self.config.replicas);
            let primaries = list.primaries().to_vec();
            if hash.is_none() || !primaries.contains(&self.id()) {
                return;
            }
            let tree = Tree::new(self.membership.ring.range(partition));
            self.sync.trees.held.insert(partition, Held { primaries, tree });
        }
        let Some(held) = self.sync.trees.held.get_mut(&partition) else { return };
        held.tree.set_at(at, key, hash);
        if held.tree.is_empty() {
            self.sync.trees.held.remove(&partition);
        }
    }

    /// Whether this node and another are both among the first N of a range.
    pub(super) fn shares(&self, partition: Partition, peer: NodeId) -> bool {
        if let Some(held) = self.sync.trees.held.get(&partition) {
            return held.primaries.contains(&peer);
        }
        if usize::from(partition.0) >= self.membership.ring.partitions().len() {
            return false;
        }
        let list = self.membership.ring.preference_of(partition, self.config.replicas);
        [self.id(), peer].iter().all(|node| list.primaries().contains(node))
    }
}
