//! The engine with a write buffer (paper 6.1): writes land in memory, a writer flushes them from
//! time to time, reads look into the buffer first, a crash loses it.

use alloc::vec::Vec;
use core::ops::Bound;

use super::tree::{Cell, Tree};
use super::{Content, Memory, Slot};
use crate::versions::Versions;

/// What is stored, and what is written over it but not yet stored.
#[derive(Clone, Debug, Default)]
pub struct Buffered {
    stored: Memory,
    buffer: Tree,
}

impl Buffered {
    pub(super) fn get(&self, slot: &Slot) -> Option<Versions> {
        match self.buffer.get(slot) {
            Some(cell) => cell.content().cloned(),
            None => self.stored.get(slot),
        }
    }

    pub(super) fn set(&mut self, slot: Slot, content: Option<Versions>) {
        self.buffer.put(slot, Cell::of(content));
    }

    pub(super) fn from<'a>(&'a self, from: Bound<&Slot>) -> impl Iterator<Item = Slot> + use<'a> {
        let mut buffer = self.buffer.from(from).peekable();
        let mut stored = self.stored.from(from).peekable();
        let in_order = core::iter::from_fn(move || {
            let next = match (buffer.peek(), stored.peek()) {
                (Some(a), Some(b)) => *a.min(b),
                (a, b) => *a.or(b)?,
            };
            buffer.next_if_eq(&next);
            stored.next_if_eq(&next);
            Some(next)
        });
        in_order.filter(|slot| self.get(slot).is_some()).cloned()
    }

    pub(super) fn len(&self) -> usize {
        let mut len = self.stored.len();
        for (slot, cell) in self.buffer.iter() {
            len += usize::from(cell.content().is_some());
            len -= usize::from(self.stored.get(slot).is_some());
        }
        len
    }

    pub(super) fn waiting(&self) -> usize {
        self.buffer.len()
    }

    /// Stores the buffer; answers how many slots were in it.
    pub(super) fn flush(&mut self) -> u32 {
        let buffer = core::mem::take(&mut self.buffer);
        for (slot, cell) in buffer.iter() {
            self.stored.set(slot.clone(), cell.content().cloned());
        }
        buffer.len() as u32
    }

    /// Forgets the buffer; answers the slots that it had changed, with what is stored there.
    pub(super) fn lose_buffer(&mut self) -> Vec<Content> {
        let buffer = core::mem::take(&mut self.buffer);
        let mut turned_back = Vec::new();
        for (slot, cell) in buffer.iter() {
            let stored = self.stored.get(slot);
            if cell.content() != stored.as_ref() {
                turned_back.push((slot.clone(), stored));
            }
        }
        turned_back
    }
}
