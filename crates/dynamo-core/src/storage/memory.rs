//! The engine that keeps everything in ordered memory, written through: what it has answered
//! survives a crash.

use core::ops::Bound;

use super::Slot;
use super::tree::{Cell, Tree};
use crate::versions::Versions;

/// What every slot holds.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    slots: Tree,
}

impl Memory {
    pub(super) fn get(&self, slot: &Slot) -> Option<Versions> {
        self.slots.get(slot).and_then(Cell::content).cloned()
    }

    pub(super) fn set(&mut self, slot: Slot, content: Option<Versions>) {
        match content {
            Some(versions) => self.slots.put(slot, Cell::Holds(versions)),
            None => self.slots.remove(&slot),
        }
    }

    pub(super) fn from<'a>(
        &'a self,
        from: Bound<&Slot>,
    ) -> impl Iterator<Item = &'a Slot> + use<'a> {
        self.slots.from(from)
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }
}
