//! The engine that keeps everything in ordered memory, written through: what it has answered
//! survives a crash.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use core::ops::Bound;

use super::Slot;
use crate::versions::Versions;

/// Slots in order. A copy shares them until one of the two changes.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    slots: Arc<BTreeMap<Slot, Versions>>,
}

impl Memory {
    pub(super) fn get(&self, slot: &Slot) -> Option<Versions> {
        self.slots.get(slot).cloned()
    }

    pub(super) fn set(&mut self, slot: Slot, content: Option<Versions>) {
        let slots = Arc::make_mut(&mut self.slots);
        match content {
            Some(versions) => slots.insert(slot, versions),
            None => slots.remove(&slot),
        };
    }

    pub(super) fn next(&self, from: Bound<&Slot>) -> Option<Slot> {
        self.slots.range((from, Bound::Unbounded)).next().map(|(slot, _)| slot.clone())
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }
}
