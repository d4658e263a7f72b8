//! A node's disk: it holds the engine, serves one operation after the other, and keeps over a
//! crash what its engine keeps.

use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec::Vec;

use dynamo_core::storage::Content;
use dynamo_core::{
    Boot, Config, Duration, Engine, EngineKind, History, Key, LocalTime, Operation, Outcome,
    Recovery, Slot, Store, Ticket,
};
use serde::{Deserialize, Serialize};

use crate::chance::Chance;
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
    /// When the disk is done with it.
    pub due: Time,
}

/// One disk.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    engine: Option<Engine>,
    queue: VecDeque<Asked>,
    busy_until: Time,
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
    pub fn history(&self) -> Option<&Arc<History>> {
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
        setup: &Setup,
        tear: Tear,
    ) -> Vec<(DiskFault, Vec<Content>)> {
        let unfinished = self.queue.pop_front();
        self.queue.clear();
        let Some(engine) = &mut self.engine else { return Vec::new() };
        let lost = (DiskFault::BufferLost, engine.crash());
        let mut finished = (DiskFault::Finished, Vec::new());
        if let Some(asked) = unfinished
            && begins(setup, engine, &asked) <= now
        {
            let (time, operation) = (local(now), &asked.operation);
            let most = engine.appends(time, operation);
            let keep = match tear {
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
    pub fn is_appending(&self, now: Time, setup: &Setup) -> bool {
        let (Some(engine), Some(asked)) = (&self.engine, self.queue.front()) else { return false };
        begins(setup, engine, asked) <= now && engine.appends(local(now), &asked.operation) > 0
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

    /// Whether something whole is stored of a key in the main store.
    pub fn is_whole(&self, key: &Key) -> bool {
        let slot = Slot { store: Store::Main, key: key.clone() };
        self.engine.as_ref().is_some_and(|engine| engine.is_whole(&slot))
    }

    /// When an operation that is asked for now will be completed.
    pub fn due(&mut self, now: Time, setup: &Setup, operation: &Operation) -> Time {
        let length = self
            .engine
            .as_ref()
            .map_or(setup.disk_write, |engine| duration(setup, engine, operation));
        self.busy_until = now.max(self.busy_until) + length;
        self.busy_until
    }

    /// Puts an operation at the end of the queue.
    pub fn enqueue(&mut self, asked: Asked) {
        self.queue.push_back(asked);
    }

    /// Carries out the operation at the head of the queue.
    pub fn complete(&mut self, now: Time) -> Option<(Asked, Outcome)> {
        let asked = self.queue.pop_front()?;
        let outcome = self.engine.as_mut()?.apply(local(now), asked.operation.clone());
        Some((asked, outcome))
    }
}

/// The node's own clock.
fn local(now: Time) -> LocalTime {
    LocalTime(now.as_micros())
}

fn begins(setup: &Setup, engine: &Engine, asked: &Asked) -> Time {
    let length = duration(setup, engine, &asked.operation).as_micros();
    Time(asked.due.as_micros().saturating_sub(length))
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
