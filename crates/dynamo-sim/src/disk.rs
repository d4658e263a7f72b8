//! A node's disk: it holds the engine, serves one operation after the other, and keeps over a
//! crash what its engine keeps.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use dynamo_core::storage::Content;
use dynamo_core::{
    Boot, Config, Duration, Engine, EngineKind, History, Key, Operation, Outcome, Recovery, Shared,
    Slot, Store, Ticket,
};
use serde::{Deserialize, Serialize};

use crate::chance::Chance;
use crate::machine::Condition;
use crate::script::Setup;
use crate::time::Time;
use crate::trace::EventId;

/// What a fault did to a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum DiskFault {
    /// A crash lost what was only buffered.
    BufferLost,
    /// A crash came so late in an append that the record is whole, though nobody was told.
    Finished,
    /// The disk is gone.
    Wiped,
    /// A sector went bad.
    Rotten,
    /// It was set back to an old backup.
    Restored,
    /// The newest record of a slot never reached its place: an older one is served for it.
    Outdated,
}

impl DiskFault {
    /// Whether what was overwritten or erased is there again.
    pub fn brings_back(self) -> bool {
        matches!(self, DiskFault::Restored | DiskFault::Outdated)
    }
}

/// How many bytes of an unfinished append reach a log.
#[derive(Clone, Copy, Debug)]
pub enum Tear {
    /// A length that chance names.
    ByChance(Chance),
    /// This many, if there are so many.
    Bytes(u32),
}

/// An operation that the disk was asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The event that asked.
    pub event: EventId,
    /// Names the answer.
    pub ticket: Ticket,
    /// What.
    pub operation: Operation,
    /// When the disk begins with it.
    pub begins: Time,
    /// When the disk is done with it.
    pub due: Time,
}

/// One disk.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    engine: Option<Engine>,
    queue: VecDeque<Asked>,
    busy_until: Time,
    backup: Option<Engine>,
}

impl Disk {
    /// Opens the disk for a process; what an earlier process left is found again.
    pub fn open(&mut self, config: &Config, boot: Boot) -> Option<Recovery> {
        self.queue.clear();
        self.busy_until = Time::ZERO;
        let (engine, found) = match self.engine.take() {
            None => (Engine::new(config, boot), None),
            Some(engine) => engine.reopen(boot),
        };
        self.engine = Some(engine);
        found
    }

    /// The history of the membership that it has kept.
    pub fn history(&self) -> Option<&Shared<History>> {
        self.engine.as_ref().and_then(Engine::history)
    }

    /// About how many bytes a copy of it takes: versions are shared with the trace, the order of
    /// slots until one of the two changes.
    pub fn weight(&self) -> usize {
        let engine = self.engine.as_ref().map_or(0, |it| it.len() * 64 + it.log_bytes().len());
        engine + self.queue.len() * 128
    }

    /// The process dies. What is not completed is lost but for what has reached a log; what was
    /// only buffered is lost too. Answers what holds something else now.
    pub fn crash(
        &mut self,
        now: Time,
        machine: &Condition,
        tear: Tear,
    ) -> Vec<(DiskFault, Vec<Content>)> {
        let unfinished = self.queue.pop_front();
        self.queue.clear();
        let Some(engine) = &mut self.engine else { return Vec::new() };
        let lost = (DiskFault::BufferLost, engine.crash());
        let mut finished = (DiskFault::Finished, Vec::new());
        if let Some(asked) = unfinished
            && asked.begins <= now
            && !refuses(machine, &asked.operation)
        {
            let (time, operation) = (machine.clock.local(now), &asked.operation);
            let most = engine.appends(time, operation);
            let keep = match tear {
                // Every fourth is whole: the crash came late.
                Tear::ByChance(chance) if chance.bits() >> 62 == 0 => most,
                Tear::ByChance(chance) => chance.below(most as u64 + 1) as usize,
                Tear::Bytes(bytes) => (bytes as usize).min(most),
            };
            if most > 0 {
                finished.1 = engine.tear(time, operation, keep);
            }
        }
        Vec::from([lost, finished]).into_iter().filter(|(_, slots)| !slots.is_empty()).collect()
    }

    /// Whether an append is under way.
    pub fn is_appending(&self, now: Time, machine: &Condition) -> bool {
        let (Some(engine), Some(asked)) = (&self.engine, self.queue.front()) else { return false };
        asked.begins <= now
            && !refuses(machine, &asked.operation)
            && engine.appends(machine.clock.local(now), &asked.operation) > 0
    }

    /// Makes a backup of what is stored; a write buffer is not.
    pub fn snapshot(&mut self) {
        self.backup = self.engine.clone();
        if let Some(engine) = &mut self.backup {
            engine.crash();
        }
    }

    /// Whether there is a backup.
    pub fn is_backed_up(&self) -> bool {
        self.backup.is_some()
    }

    /// Everything stored is as it was at the last backup; what is known of the membership is in a
    /// file of its own and stays. Answers the slots that hold something else now, and those that
    /// cannot be read, both as the next process will find them.
    pub fn restore(&mut self) -> Vec<(DiskFault, Vec<Content>)> {
        let (Some(now), Some(then)) = (&self.engine, &self.backup) else { return Vec::new() };
        let (changed, rotten) = differences(now, &then.as_found());
        self.engine = Some(then.clone().with_history_of(now));
        Vec::from([(DiskFault::Restored, changed), (DiskFault::Rotten, rotten)])
    }

    /// Everything stored is gone. Answers what was there.
    pub fn wipe(&mut self) -> Vec<Content> {
        let slots = self.engine.take().map(|engine| engine.slots()).unwrap_or_default();
        slots.into_iter().map(|slot| (slot, None)).collect()
    }

    /// A sector goes bad under a key of the main store; the slot, if something whole was there.
    pub fn rot(&mut self, key: &Key, chance: Chance) -> Option<Content> {
        let slot = Slot { store: Store::Main, key: key.clone() };
        let broken = self.engine.as_mut()?.rot(&slot, chance.bits());
        broken.then_some((slot, None))
    }

    /// The newest record of a key in the main store never reached its place, and may lie over that
    /// of another key. Answers what the next process will find: older contents, and slots that
    /// cannot be read. What lay behind the hole may have changed, too.
    pub fn misplace(&mut self, key: &Key, over: Option<&Key>) -> Vec<(DiskFault, Vec<Content>)> {
        let slot = |key: &Key| Slot { store: Store::Main, key: key.clone() };
        let Some(engine) = &mut self.engine else { return Vec::new() };
        let before = engine.clone();
        engine.misplace(&slot(key), over.map(slot).as_ref());
        let (outdated, rotten) = differences(&before, &engine.as_found());
        Vec::from([(DiskFault::Outdated, outdated), (DiskFault::Rotten, rotten)])
    }

    /// Whether something whole is stored of a key in the main store.
    pub fn is_whole(&self, key: &Key) -> bool {
        let slot = Slot { store: Store::Main, key: key.clone() };
        self.engine.as_ref().is_some_and(|engine| engine.is_whole(&slot))
    }

    /// When the disk begins with an operation that is asked for now, and when it is done.
    pub fn span(
        &mut self,
        now: Time,
        setup: &Setup,
        machine: &Condition,
        operation: &Operation,
    ) -> (Time, Time) {
        let usual = self
            .engine
            .as_ref()
            .map_or(setup.disk_write, |engine| duration(setup, engine, operation));
        let length = Duration::micros(usual.as_micros().saturating_mul(machine.slow.into()));
        let begins = now.max(self.busy_until);
        self.busy_until = begins + length;
        (begins, self.busy_until)
    }

    /// Puts an operation at the end of the queue.
    pub fn enqueue(&mut self, asked: Asked) {
        self.queue.push_back(asked);
    }

    /// Carries out the operation at the head of the queue.
    pub fn complete(&mut self, now: Time, machine: &Condition) -> Option<(Asked, Outcome)> {
        let asked = self.queue.pop_front()?;
        let engine = self.engine.as_mut()?;
        let outcome = match refuses(machine, &asked.operation) {
            true => Outcome::NoRoom,
            false => engine.apply(machine.clock.local(now), asked.operation.clone()),
        };
        Some((asked, outcome))
    }
}

/// The slots that hold something else then, and those that cannot be read then.
fn differences(now: &Engine, then: &Engine) -> (Vec<Content>, Vec<Content>) {
    let mut slots = now.slots();
    slots.extend(then.slots());
    slots.sort();
    slots.dedup();
    let (mut changed, mut rotten) = (Vec::new(), Vec::new());
    for slot in slots {
        let (was, is) = (now.whole(&slot), then.whole(&slot));
        match then.is_broken(&slot) {
            true => rotten.push((slot, None)),
            false if was != is || now.is_broken(&slot) => changed.push((slot, is)),
            false => {}
        }
    }
    (changed, rotten)
}

/// Whether a full disk has no room for this. What is buffered was given room when it was taken, and
/// the little that a membership takes is set aside.
fn refuses(machine: &Condition, operation: &Operation) -> bool {
    machine.full && matches!(operation, Operation::Update { .. } | Operation::Merge { .. })
}

/// How long an operation takes.
fn duration(setup: &Setup, engine: &Engine, operation: &Operation) -> Duration {
    let is_buffered = engine.kind() == EngineKind::Buffered;
    match operation {
        Operation::Read { .. }
        | Operation::Examine { .. }
        | Operation::ReadSlot { .. }
        | Operation::ScanHints { .. }
        | Operation::ScanKeys { .. }
        | Operation::ScanAll { .. } => setup.disk_read,
        Operation::Sync | Operation::Keep { .. } => setup.disk_write,
        Operation::Update { .. } | Operation::Merge { .. } | Operation::Remove { .. } => {
            if is_buffered {
                setup.buffer_write
            } else {
                setup.disk_write
            }
        }
    }
}
