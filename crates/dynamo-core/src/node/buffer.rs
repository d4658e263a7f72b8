//! A write buffer between a node and its disk (paper 6.1): writes land in memory and are stored
//! together a little later, so an answer comes sooner and a crash loses more.
//!
//! ```text
//! n1  ?      disk: update       n1 buffers its own write
//! n1 -> n2   durable-write      one of the N replicas stores before it answers
//! n1 -> n3   write              the others buffer
//! n3 -> n1   buffered-ack       W = 2 acknowledge, none of them durably:
//! n1 -> c1   put-reply          ok, and a crash of n1 and n3 now would leave n2 alone with it
//! n2 -> n1   write-ack          stored
//! n1  ?      disk: sync         at most `flush_every` after the first buffered write
//! ```
//!
//! What is buffered is only ever lost by a crash, and a new process never issues a dot of its
//! predecessor (INV-S3): the boot's nonce is part of every dot.

use alloc::boxed::Box;

use crate::coordinator::Round;
use crate::effect::{Effects, Fact, Timer};
use crate::id::NodeId;
use crate::message::Message;
use crate::node::put::Write;
use crate::node::{Node, Waiting};
use crate::storage::{EngineKind, Operation, Outcome, Removal};

/// What an acknowledgement promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Promise {
    /// It is in memory: a crash loses it.
    Buffered,
    /// It survives a crash.
    Stored,
}

/// Whether a flush is due.
#[derive(Clone, Debug, Default)]
pub(super) struct Flush {
    armed: bool,
}

impl Flush {
    /// Whether a flush is due.
    pub(super) fn is_armed(&self) -> bool {
        self.armed
    }
}

impl Node {
    fn buffers(&self) -> bool {
        self.config.engine == EngineKind::Buffered
    }

    /// What this node promises for a write of which at least this is asked.
    pub(super) fn promise(&self, asked: Promise) -> Promise {
        if self.buffers() { asked } else { Promise::Stored }
    }

    /// The message that asks a replica for this promise.
    pub(super) fn write_message(&self, asked: Promise, write: Write) -> Message {
        match asked {
            Promise::Stored if self.buffers() => Message::DurableWrite(write),
            _ => Message::Write(write),
        }
    }

    /// The place of the list whose node stores a write before it answers: the first that is not
    /// the coordinator's own, so that the client does not wait for it. None where all do.
    pub(super) fn durable_place(&self, round: &Round) -> Option<NodeId> {
        let other = round.replicas().find(|replica| replica.node != self.id());
        self.buffers().then(|| other.map_or(self.id(), |replica| replica.place()))
    }

    /// Asks the disk and goes on when what is done survives a crash.
    pub(super) fn ask_disk_durably(
        &mut self,
        operation: Operation,
        waiting: Waiting,
        effects: &mut Effects,
    ) {
        let waiting = if self.buffers() { Waiting::Durably(Box::new(waiting)) } else { waiting };
        self.ask_disk(operation, waiting, effects);
    }

    /// It is done in the buffer; now the buffer is stored.
    pub(super) fn store_first(&mut self, then: Waiting, outcome: Outcome, effects: &mut Effects) {
        if is_buffered(&outcome) {
            let waiting = Waiting::Stored(Box::new((then, outcome)));
            self.ask_disk(Operation::Sync, waiting, effects);
        } else {
            self.go_on(then, outcome, effects);
        }
    }

    /// Sees to it that what is buffered now is stored in time.
    pub(super) fn schedule_flush(&mut self, outcome: &Outcome, effects: &mut Effects) {
        if self.buffers() && !self.flush.armed && is_buffered(outcome) {
            self.flush.armed = true;
            effects.arm(Timer::Flush, self.config.flush_every);
        }
    }

    pub(super) fn flush(&mut self, effects: &mut Effects) {
        self.flush.armed = false;
        self.ask_disk(Operation::Sync, Waiting::Flush, effects);
    }

    pub(super) fn flushed(&mut self, outcome: Outcome, effects: &mut Effects) {
        if let Outcome::Synced { entries: entries @ 1.. } = outcome {
            effects.note(Fact::BufferFlushed { entries });
        }
    }
}

/// Whether an operation left something in a buffer.
fn is_buffered(outcome: &Outcome) -> bool {
    matches!(
        outcome,
        Outcome::Updated { .. }
            | Outcome::Merged { .. }
            | Outcome::Removal(Removal::Removed)
            | Outcome::Examined { .. }
    )
}
