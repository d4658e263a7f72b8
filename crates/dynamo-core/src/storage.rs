//! What a disk can do, and the engines that do it (paper 4, 5, 6.1).
//!
//! The node holds no stored data. It asks with an [`Operation`] and hears an [`Outcome`]. Every
//! operation is atomic. An engine is a pure state machine: whoever carries effects out owns it.
//!
//! The operations are the same for all engines; they differ in how they keep a slot, and so in
//! what a crash leaves:
//!
//! | engine | keeps | a crash leaves |
//! |---|---|---|
//! | [`Memory`] | ordered memory, written through | all that was answered |
//! | [`Buffered`] | the same behind a write buffer (6.1) | all that was flushed |
//! | [`Log`] | records at the end of a log, with checksums | all that was answered, and a prefix of a record |

mod buffered;
mod log;
mod memory;
mod operation;
#[cfg(test)]
mod suite;
mod tree;

pub use buffered::Buffered;
pub use log::{Log, Recovery};
pub use memory::Memory;
pub use operation::{Operation, Outcome, Removal, Slot, Store};

use crate::shared::Shared;
use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Bound;

use serde::{Deserialize, Serialize};

use crate::clock::{Actor, CausalContext};
use crate::collections::Map;
use crate::config::Config;
use crate::id::{Boot, Key, NodeId};
use crate::membership::History;
use crate::time::LocalTime;
use crate::versions::{Sibling, Versioning, Versions};
use crate::wire::{BadContext, Hash};

/// Which engine keeps the slots of a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum EngineKind {
    /// Written through.
    #[default]
    Memory,
    /// Behind a write buffer, which a crash loses (6.1).
    Buffered,
    /// At the end of a log, with checksums.
    Log,
}

impl EngineKind {
    /// Every engine.
    pub const ALL: [EngineKind; 3] = [EngineKind::Memory, EngineKind::Buffered, EngineKind::Log];
}

impl fmt::Display for EngineKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            EngineKind::Memory => "memory",
            EngineKind::Buffered => "buffered",
            EngineKind::Log => "log",
        })
    }
}

/// What a slot holds cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken(pub Slot);

/// A slot and what it holds now; nothing if it is empty.
pub type Content = (Slot, Option<Versions>);

/// The disk of one process: the operations, over an engine.
#[derive(Clone, Debug)]
pub struct Engine {
    kept: Kept,
    boot: Boot,
    /// For every key that this boot wrote: its creation and the last counter issued.
    issued: Map<Key, (u32, u64)>,
    creations: u32,
    versioning: Versioning,
    clock_pairs: u16,
    history: Option<Shared<History>>,
}

#[derive(Clone, Debug)]
enum Kept {
    Memory(Memory),
    Buffered(Buffered),
    Log(Log),
}

impl Kept {
    fn get(&self, slot: &Slot) -> Result<Option<Versions>, Broken> {
        match self {
            Kept::Memory(memory) => Ok(memory.get(slot)),
            Kept::Buffered(buffered) => Ok(buffered.get(slot)),
            Kept::Log(log) => log.get(slot),
        }
    }

    fn set(&mut self, slot: Slot, content: Option<Versions>) {
        match self {
            Kept::Memory(memory) => memory.set(slot, content),
            Kept::Buffered(buffered) => buffered.set(slot, content),
            Kept::Log(log) => log.set(slot, content),
        }
    }

    /// The slots that hold something, in order, from here on.
    fn from<'a>(&'a self, from: Bound<&Slot>) -> Box<dyn Iterator<Item = Slot> + 'a> {
        match self {
            Kept::Memory(memory) => Box::new(memory.from(from).cloned()),
            Kept::Buffered(buffered) => Box::new(buffered.from(from)),
            Kept::Log(log) => Box::new(log.from(from).cloned()),
        }
    }
}

impl Engine {
    /// An empty disk for a process.
    pub fn new(config: &Config, boot: Boot) -> Self {
        let kept = match config.engine {
            EngineKind::Memory => Kept::Memory(Memory::default()),
            EngineKind::Buffered => Kept::Buffered(Buffered::default()),
            EngineKind::Log => Kept::Log(Log::default()),
        };
        Engine {
            kept,
            boot,
            issued: Map::new(),
            creations: 0,
            versioning: config.versions,
            clock_pairs: config.clock_pairs,
            history: None,
        }
    }

    /// The disk of a process that finds these bytes where its log was, and what it read there.
    pub fn open(config: &Config, boot: Boot, log: Vec<u8>) -> (Self, Recovery) {
        let (log, found) = Log::open(log);
        (Engine { kept: Kept::Log(log), ..Engine::new(config, boot) }, found)
    }

    /// The history of the membership that was kept last.
    pub fn history(&self) -> Option<&Shared<History>> {
        self.history.as_ref()
    }

    /// Which engine it is.
    pub fn kind(&self) -> EngineKind {
        match self.kept {
            Kept::Memory(_) => EngineKind::Memory,
            Kept::Buffered(_) => EngineKind::Buffered,
            Kept::Log(_) => EngineKind::Log,
        }
    }

    /// The same disk for the next process of the node, and what a log found when it was read.
    pub fn reopen(self, boot: Boot) -> (Self, Option<Recovery>) {
        let mut engine = Engine { boot, issued: Map::new(), creations: 0, ..self };
        let found = match &mut engine.kept {
            Kept::Memory(_) | Kept::Buffered(_) => None,
            Kept::Log(log) => Some(log.recover()),
        };
        (engine, found)
    }

    /// The process is gone: a write buffer is lost. Answers the slots that hold something else
    /// now.
    pub fn crash(&mut self) -> Vec<Content> {
        match &mut self.kept {
            Kept::Memory(_) | Kept::Log(_) => Vec::new(),
            Kept::Buffered(buffered) => buffered.lose_buffer(),
        }
    }

    /// How many bytes this operation would append to a log; 0 for other engines.
    pub fn appends(&self, now: LocalTime, operation: &Operation) -> usize {
        let Kept::Log(log) = &self.kept else { return 0 };
        let mut after = self.clone();
        after.apply(now, operation.clone());
        let Kept::Log(longer) = &after.kept else { return 0 };
        longer.bytes().len() - log.bytes().len()
    }

    /// The process dies when `keep` bytes of what this operation appends have reached the disk.
    /// Answers the slot that holds something else now, if the record is complete.
    pub fn tear(&mut self, now: LocalTime, operation: &Operation, keep: usize) -> Vec<Content> {
        let mut after = self.clone();
        let outcome = after.apply(now, operation.clone());
        let (Kept::Log(log), Kept::Log(longer)) = (&mut self.kept, &after.kept) else {
            return Vec::new();
        };
        if longer.bytes().len() - log.bytes().len() > keep {
            log.append_prefix(longer, keep);
            return Vec::new();
        }
        self.kept = after.kept;
        match (operation, outcome) {
            (Operation::Update { slot, .. }, Outcome::Updated { versions, .. })
            | (Operation::Merge { slot, .. }, Outcome::Merged { versions, .. }) => {
                vec![(slot.clone(), Some(versions))]
            }
            (Operation::Remove { slot, .. }, Outcome::Removal(Removal::Removed)) => {
                vec![(slot.clone(), None)]
            }
            _ => Vec::new(),
        }
    }

    /// A sector under this slot goes bad, at a place that `chance` names. False if nothing is
    /// stored there or the engine has no checksums to notice it by.
    pub fn rot(&mut self, slot: &Slot, chance: u64) -> bool {
        match &mut self.kept {
            Kept::Memory(_) | Kept::Buffered(_) => false,
            Kept::Log(log) => log.rot(slot, chance),
        }
    }

    /// The newest record of a slot never reached its place in a log, and may lie over that of
    /// another slot. The next process will find out; other engines have no places.
    pub fn misplace(&mut self, slot: &Slot, over: Option<&Slot>) {
        if let Kept::Log(log) = &mut self.kept {
            log.misplace(slot, over);
        }
    }

    /// What the next process will find: a log is read anew then.
    pub fn as_found(&self) -> Engine {
        let mut engine = self.clone();
        if let Kept::Log(log) = &mut engine.kept {
            log.recover();
        }
        engine
    }

    /// What a slot holds, if that can be read.
    pub fn whole(&self, slot: &Slot) -> Option<Versions> {
        self.kept.get(slot).ok().flatten()
    }

    /// Whether a slot holds something that cannot be read.
    pub fn is_broken(&self, slot: &Slot) -> bool {
        self.kept.get(slot).is_err()
    }

    /// Whether a slot holds something that can be read.
    pub fn is_whole(&self, slot: &Slot) -> bool {
        self.whole(slot).is_some()
    }

    /// The same slots, with the history of the membership that the other has kept.
    pub fn with_history_of(self, other: &Engine) -> Engine {
        Engine { history: other.history.clone(), ..self }
    }

    /// Every slot that holds something, in order.
    pub fn slots(&self) -> Vec<Slot> {
        self.kept.from(Bound::Unbounded).collect()
    }

    /// How many slots hold something.
    pub fn len(&self) -> usize {
        match &self.kept {
            Kept::Memory(memory) => memory.len(),
            Kept::Buffered(buffered) => buffered.len(),
            Kept::Log(log) => log.len(),
        }
    }

    /// Whether nothing is stored.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Slots that a crash would lose or turn back.
    pub fn buffered(&self) -> usize {
        match &self.kept {
            Kept::Buffered(buffered) => buffered.waiting(),
            Kept::Memory(_) | Kept::Log(_) => 0,
        }
    }

    /// The bytes of a log; none for other engines.
    pub fn log_bytes(&self) -> &[u8] {
        match &self.kept {
            Kept::Log(log) => log.bytes(),
            Kept::Memory(_) | Kept::Buffered(_) => &[],
        }
    }

    /// Carries out one operation, entirely; `now` is the node's own clock. A broken slot is set
    /// aside and reported instead, never served.
    pub fn apply(&mut self, now: LocalTime, operation: Operation) -> Outcome {
        match self.carry_out(now, &operation) {
            Ok(outcome) => outcome,
            Err(Broken(slot)) => {
                if let Kept::Log(log) = &mut self.kept {
                    log.set_aside(&slot);
                }
                Outcome::Damaged { slot, operation: Box::new(operation) }
            }
        }
    }

    fn carry_out(&mut self, now: LocalTime, operation: &Operation) -> Result<Outcome, Broken> {
        match operation {
            Operation::Update { slot, context, value, request } => {
                let sibling = Sibling { value: value.clone(), request: *request };
                self.update(now, slot, context, sibling)
            }
            Operation::Merge { slot, versions } => self.merge(slot, versions),
            Operation::Read { key } => self.read(key).map(Outcome::Read),
            Operation::Examine { key } => self.examine(key),
            Operation::ScanHints { after, limit } => {
                self.scan(self.hints_behind(after.as_ref()), *limit)
            }
            Operation::ScanAll { after, limit } => {
                let first = after.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
                self.scan(self.kept.from(first), *limit)
            }
            Operation::Keep { history } => {
                self.history = Some(history.clone());
                Ok(Outcome::Kept)
            }
            Operation::Remove { slot, expected, .. } => {
                self.remove(slot, *expected).map(Outcome::Removal)
            }
            Operation::ReadSlot { slot } => {
                Ok(Outcome::Read(self.kept.get(slot)?.unwrap_or_default()))
            }
            Operation::ScanKeys { after, limit } => self.scan_keys(after.as_ref(), *limit),
            Operation::Sync => Ok(Outcome::Synced {
                entries: match &mut self.kept {
                    Kept::Buffered(buffered) => buffered.flush(),
                    Kept::Memory(_) | Kept::Log(_) => 0,
                },
            }),
        }
    }

    fn update(
        &mut self,
        now: LocalTime,
        slot: &Slot,
        context: &CausalContext,
        sibling: Sibling,
    ) -> Result<Outcome, Broken> {
        let mut versions = self.kept.get(slot)?.unwrap_or_default();
        if let Some(dot) = versions.dot_of(sibling.request) {
            return Ok(Outcome::Updated { dot, versions });
        }
        if self.is_ahead(context, &slot.key) {
            return Ok(Outcome::Rejected(BadContext::Ahead));
        }
        let before = versions.clone();
        let named = Actor::named(self.boot.node);
        let dot = match self.versioning {
            Versioning::Dotted => {
                let actor = self.actor_for(&slot.key, &versions);
                let dot = versions.write(context, actor, sibling);
                self.issued.insert(slot.key.clone(), (actor.creation, dot.counter));
                dot
            }
            Versioning::Clocks => {
                versions.write_clock(context, named, sibling, now, self.clock_pairs.into())
            }
            Versioning::Newest => versions.write_stamped(named, sibling, now),
        };
        if versions != before {
            self.kept.set(slot.clone(), Some(versions.clone()));
        }
        Ok(Outcome::Updated { dot, versions })
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

    fn merge(&mut self, slot: &Slot, incoming: &Versions) -> Result<Outcome, Broken> {
        let mut versions = self.kept.get(slot)?.unwrap_or_default();
        let changed = !versions.includes(incoming);
        if changed {
            versions.merge(incoming);
            self.kept.set(slot.clone(), Some(versions.clone()));
        }
        Ok(Outcome::Merged { versions, changed })
    }

    fn read(&self, key: &Key) -> Result<Versions, Broken> {
        let mut all = self.own(key)?.unwrap_or_default();
        for slot in self.hints_behind(None).filter(|slot| slot.key == *key) {
            if let Some(versions) = self.kept.get(&slot)? {
                all.merge(&versions);
            }
        }
        Ok(all)
    }

    fn own(&self, key: &Key) -> Result<Option<Versions>, Broken> {
        self.kept.get(&Slot { store: Store::Main, key: key.clone() })
    }

    fn examine(&self, key: &Key) -> Result<Outcome, Broken> {
        let own = self.own(key)?.map(|versions| versions.fingerprint());
        let hinted = self.hints_behind(None).any(|slot| slot.key == *key);
        Ok(Outcome::Examined { own, hinted })
    }

    /// All hints, or those behind this one. Hints come after all slots of the main store.
    fn hints_behind<'a>(&'a self, after: Option<&Slot>) -> Box<dyn Iterator<Item = Slot> + 'a> {
        let first = Slot { store: Store::Hints(NodeId(0)), key: Key::default() };
        self.kept.from(after.map_or(Bound::Included(&first), Bound::Excluded))
    }

    fn scan(
        &self,
        mut slots: Box<dyn Iterator<Item = Slot> + '_>,
        limit: u16,
    ) -> Result<Outcome, Broken> {
        let mut found = Vec::new();
        for slot in slots.by_ref().take(limit.into()) {
            if let Some(versions) = self.kept.get(&slot)? {
                found.push((slot, versions));
            }
        }
        Ok(Outcome::Hints { found, more: slots.next().is_some() })
    }

    fn scan_keys(&self, after: Option<&Key>, limit: u16) -> Result<Outcome, Broken> {
        let (mut found, mut tombstones) = (Vec::new(), Vec::new());
        let after = after.map(|key| Slot { store: Store::Main, key: key.clone() });
        let slots = self.kept.from(after.as_ref().map_or(Bound::Unbounded, Bound::Excluded));
        let mut slots = slots.take_while(|slot| slot.store == Store::Main);
        for slot in slots.by_ref().take(limit.into()) {
            if let Some(versions) = self.kept.get(&slot)? {
                let hash = versions.fingerprint();
                if versions.is_deleted() {
                    tombstones.push((slot.key.clone(), hash));
                }
                found.push((slot.key, hash));
            }
        }
        Ok(Outcome::Keys { found, tombstones, more: slots.next().is_some() })
    }

    fn remove(&mut self, slot: &Slot, expected: Hash) -> Result<Removal, Broken> {
        Ok(match self.kept.get(slot)? {
            None => Removal::Absent,
            Some(versions) if versions.fingerprint() == expected => {
                self.kept.set(slot.clone(), None);
                Removal::Removed
            }
            Some(_) => Removal::Changed,
        })
    }
}
