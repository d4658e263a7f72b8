//! What a node can ask of a disk and what it hears: each is atomic.

use crate::shared::Shared;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::clock::{CausalContext, Dot};
use crate::id::{Key, NodeId, RequestId, Value};
use crate::membership::History;
use crate::versions::Versions;
use crate::wire::{BadContext, Hash};

/// Which of a node's stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Store {
    /// The node's own replicas.
    Main,
    /// Replicas kept for another node until it is back (4.6).
    Hints(NodeId),
}

impl fmt::Display for Store {
    /// As the beginning of a name: nothing for the main store, `n3.` for hints.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Store::Main => Ok(()),
            Store::Hints(owner) => write!(f, "{owner}."),
        }
    }
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
        /// The new value; none for a tombstone.
        value: Option<Value>,
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
    /// What the node holds of a key, its own replica apart from its hints.
    Examine {
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
    /// Every slot in order, from behind `after`, at most `limit`: replicas, then hints.
    ScanAll {
        /// Where the last scan ended.
        after: Option<Slot>,
        /// The most to return.
        limit: u16,
    },
    /// Keeps the history of the membership in place of the one before (4.8.1: "persistent").
    /// Always written through; a file of its own beside the slots.
    Keep {
        /// What is known now.
        history: Shared<History>,
    },
    /// Forgets a slot, if it still holds what the caller knows.
    Remove {
        /// Where.
        slot: Slot,
        /// The fingerprint of what may be forgotten.
        expected: Hash,
        /// Whether it is the end of a tombstone, so that nothing that it covers may be anywhere.
        for_good: bool,
    },
    /// Makes everything answered so far survive a crash: empties a write buffer (6.1).
    Sync,
    /// What one slot holds, without the hints of its key.
    ReadSlot {
        /// The slot.
        slot: Slot,
    },
    /// The keys of the main store in order, from behind `after`, at most `limit`.
    ScanKeys {
        /// Where the last scan ended.
        after: Option<Key>,
        /// The most to return.
        limit: u16,
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
    /// What the node holds of the key, or the slot holds; empty if nothing.
    Read(Versions),
    /// What the node holds of the key.
    Examined {
        /// The fingerprint of its own replica, if it has one.
        own: Option<Hash>,
        /// Whether it keeps a hint of the key.
        hinted: bool,
    },
    /// The slots found.
    Hints {
        /// Each with its slot.
        found: Vec<(Slot, Versions)>,
        /// Whether there are more behind the last.
        more: bool,
    },
    /// The history is kept.
    Kept,
    /// What became of a removal.
    Removal(Removal),
    /// Everything answered before survives a crash from here on.
    Synced {
        /// Slots that were only in the buffer.
        entries: u32,
    },
    /// A bad sector broke this slot. It is set aside and counts as empty from here on; the
    /// operation was not carried out and can be asked for again.
    Damaged {
        /// What is lost here.
        slot: Slot,
        /// What was asked.
        operation: Box<Operation>,
    },
    /// The keys found in the main store.
    Keys {
        /// Each with the fingerprint of what it holds.
        found: Vec<(Key, Hash)>,
        /// Those of them that are tombstones.
        tombstones: Vec<(Key, Hash)>,
        /// Whether there are more behind the last.
        more: bool,
    },
    /// The disk is full: the write is not stored, and all that was stored is as it was.
    NoRoom,
}
