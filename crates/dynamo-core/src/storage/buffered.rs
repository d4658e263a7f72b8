//! The engine with a write buffer (paper 6.1): writes land in memory, a writer flushes them from
//! time to time, reads look into the buffer first, a crash loses it.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Bound;

use super::{Content, Memory, Slot};
use crate::versions::Versions;

/// What is stored, and what is written over it but not yet stored.
#[derive(Clone, Debug, Default)]
pub struct Buffered {
    stored: Memory,
    buffer: Arc<BTreeMap<Slot, Option<Versions>>>,
}

impl Buffered {
    pub(super) fn get(&self, slot: &Slot) -> Option<Versions> {
        match self.buffer.get(slot) {
            Some(content) => content.clone(),
            None => self.stored.get(slot),
        }
    }

    pub(super) fn set(&mut self, slot: Slot, content: Option<Versions>) {
        Arc::make_mut(&mut self.buffer).insert(slot, content);
    }

    pub(super) fn next(&self, from: Bound<&Slot>) -> Option<Slot> {
        let mut found = self.next_of_either(from)?;
        while self.get(&found).is_none() {
            found = self.next_of_either(Bound::Excluded(&found))?;
        }
        Some(found)
    }

    fn next_of_either(&self, from: Bound<&Slot>) -> Option<Slot> {
        let buffered = self.buffer.range((from, Bound::Unbounded)).next();
        match (buffered.map(|(slot, _)| slot.clone()), self.stored.next(from)) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    pub(super) fn len(&self) -> usize {
        let gone = |slot: &Slot| usize::from(self.stored.get(slot).is_some());
        let changed =
            self.buffer.iter().map(|(slot, content)| (usize::from(content.is_some()), gone(slot)));
        changed.fold(self.stored.len(), |len, (more, less)| len + more - less)
    }

    pub(super) fn waiting(&self) -> usize {
        self.buffer.len()
    }

    /// Stores the buffer; answers how many slots were in it.
    pub(super) fn flush(&mut self) -> u32 {
        let buffer = core::mem::take(&mut self.buffer);
        for (slot, content) in buffer.iter() {
            self.stored.set(slot.clone(), content.clone());
        }
        buffer.len() as u32
    }

    /// Forgets the buffer; answers the slots that it had changed, with what is stored there.
    pub(super) fn lose_buffer(&mut self) -> Vec<Content> {
        let buffer = core::mem::take(&mut self.buffer);
        let turned_back = buffer.iter().map(|(slot, lost)| (slot, lost, self.stored.get(slot)));
        let differs = turned_back.filter(|(_, lost, stored)| *lost != stored);
        differs.map(|(slot, _, stored)| (slot.clone(), stored)).collect()
    }
}
