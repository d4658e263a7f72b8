//! A node's disk: it holds the engine, serves one operation after the other, and keeps over a
//! crash what it had completed.

use alloc::collections::VecDeque;

use dynamo_core::{Boot, Duration, Memory, Operation, Outcome, Ticket};

use crate::script::Setup;
use crate::time::Time;
use crate::trace::EventId;

/// An operation that the disk was asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The event that asked.
    pub event: EventId,
    /// Names the answer.
    pub ticket: Ticket,
    /// What.
    pub operation: Operation,
}

/// One disk.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    engine: Option<Memory>,
    queue: VecDeque<Asked>,
    busy_until: Time,
}

impl Disk {
    /// Opens the disk for a process; what an earlier process had stored is found again.
    pub fn open(&mut self, boot: Boot) {
        self.engine = Some(match self.engine.take() {
            None => Memory::new(boot),
            Some(engine) => engine.reopen(boot),
        });
        self.queue.clear();
        self.busy_until = Time::ZERO;
    }

    /// About how many bytes a copy takes: versions are shared with the trace.
    pub fn weight(&self) -> usize {
        self.engine.as_ref().map_or(0, Memory::len) * 96 + self.queue.len() * 128
    }

    /// What is not completed is lost; every operation is atomic.
    pub fn crash(&mut self) {
        self.queue.clear();
    }

    /// When an operation that is asked for now will be completed.
    pub fn due(&mut self, now: Time, setup: &Setup, operation: &Operation) -> Time {
        let length: Duration = match operation {
            Operation::Read { .. } | Operation::ScanHints { .. } => setup.disk_read,
            Operation::Update { .. } | Operation::Merge { .. } | Operation::Remove { .. } => {
                setup.disk_write
            }
        };
        self.busy_until = now.max(self.busy_until) + length;
        self.busy_until
    }

    /// Puts an operation at the end of the queue.
    pub fn enqueue(&mut self, asked: Asked) {
        self.queue.push_back(asked);
    }

    /// Carries out the operation at the head of the queue.
    pub fn complete(&mut self) -> Option<(Asked, Outcome)> {
        let asked = self.queue.pop_front()?;
        let outcome = self.engine.as_mut()?.apply(asked.operation.clone());
        Some((asked, outcome))
    }
}
