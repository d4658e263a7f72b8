//! What happens next, ordered by (time, sequence number).

use alloc::collections::BinaryHeap;
use alloc::vec::Vec;
use core::cmp::Reverse;

use crate::time::Time;

/// Names an entry, so that it can be taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    slot: u32,
    sequence: u64,
}

/// Future happenings. Those of one instant come in the order in which they were entered.
///
/// The heap holds packed keys only; the happenings lie still in a slab.
#[derive(Clone, Debug)]
pub struct Agenda<T> {
    heap: BinaryHeap<Reverse<(u64, u64, u32)>>,
    slab: Vec<Option<(u64, Time, T)>>,
    free: Vec<u32>,
    sequence: u64,
}

impl<T> Default for Agenda<T> {
    fn default() -> Self {
        Agenda { heap: BinaryHeap::new(), slab: Vec::new(), free: Vec::new(), sequence: 0 }
    }
}

impl<T> Agenda<T> {
    /// Enters a happening.
    pub fn enter(&mut self, time: Time, happening: T) -> Entry {
        self.sequence += 1;
        let sequence = self.sequence;
        let slot = match self.free.pop() {
            Some(slot) => {
                self.slab[slot as usize] = Some((sequence, time, happening));
                slot
            }
            None => {
                self.slab.push(Some((sequence, time, happening)));
                (self.slab.len() - 1) as u32
            }
        };
        self.heap.push(Reverse((time.as_micros(), sequence, slot)));
        Entry { slot, sequence }
    }

    /// About how many bytes a copy takes.
    pub fn weight(&self) -> usize {
        self.heap.len() * 24 + self.slab.len() * size_of::<Option<(u64, Time, T)>>()
    }

    /// Takes a happening back, if it is still to come, and says when it would have been.
    pub fn take_back(&mut self, entry: Entry) -> Option<(Time, T)> {
        let place = self.slab.get_mut(entry.slot as usize)?;
        if place.as_ref().is_some_and(|(sequence, ..)| *sequence == entry.sequence) {
            self.free.push(entry.slot);
            return place.take().map(|(_, time, happening)| (time, happening));
        }
        None
    }

    fn skip_taken_back(&mut self) {
        while let Some(Reverse((_, sequence, slot))) = self.heap.peek() {
            let place = &self.slab[*slot as usize];
            if place.as_ref().is_some_and(|(current, ..)| current == sequence) {
                return;
            }
            self.heap.pop();
        }
    }

    /// When the next happening is due.
    pub fn next_time(&mut self) -> Option<Time> {
        self.skip_taken_back();
        self.heap.peek().map(|Reverse((time, ..))| Time(*time))
    }

    /// Takes out the next happening.
    pub fn take_next(&mut self) -> Option<(Time, T)> {
        self.skip_taken_back();
        let Reverse((time, _, slot)) = self.heap.pop()?;
        let (.., happening) = self.slab[slot as usize].take()?;
        self.free.push(slot);
        Some((Time(time), happening))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn happenings_of_one_instant_keep_their_order_and_can_be_taken_back() {
        let mut agenda = Agenda::default();
        agenda.enter(Time(5), 'c');
        agenda.enter(Time(2), 'a');
        let gone = agenda.enter(Time(2), 'x');
        agenda.enter(Time(2), 'b');
        assert_eq!(agenda.take_back(gone), Some((Time(2), 'x')));
        assert_eq!(agenda.take_back(gone), None);
        // The freed place is used again; the old name must not reach the new entry.
        agenda.enter(Time(9), 'd');
        assert_eq!(agenda.take_back(gone), None);
        let mut order = Vec::new();
        while let Some((_, happening)) = agenda.take_next() {
            order.push(happening);
        }
        assert_eq!(order, ['a', 'b', 'c', 'd']);
        assert_eq!(agenda.next_time(), None);
    }
}
