//! What a fault took from a disk: how it had come there, who was told that it is stored, and which
//! disks had lost it before.

use alloc::vec::Vec;

use super::{Chain, Role};
use crate::trace::{EventId, TraceEvent};

/// The most entries of a disk whose loss is explained.
const TAKEN: usize = 3;

impl Chain<'_> {
    /// What led to the loss that an event is, if it is one.
    pub(super) fn taken(&mut self, id: EventId) {
        let Some(record) = self.record(id) else { return };
        let TraceEvent::DiskChanged { node, slots, .. } = &record.event else { return };
        for (slot, _) in slots.iter().take(TAKEN) {
            if let Some(came) = self.last_change_of(*node, slot, id) {
                self.back(came);
            }
            let stored = self.puts(&slot.key, id).into_iter().filter_map(|put| put.stored);
            let lost = self.before(id).filter_map(|(other, record)| match &record.event {
                TraceEvent::DiskChanged { slots, .. } => {
                    slots.iter().any(|(of, _)| of.key == slot.key).then_some(other)
                }
                _ => None,
            });
            let told: Vec<EventId> = stored.chain(lost).collect();
            told.into_iter().for_each(|other| self.add(other, Role::Led, &[]));
        }
    }
}
