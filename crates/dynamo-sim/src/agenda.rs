//! What happens next, ordered by (time, order of entry).

use alloc::collections::{BinaryHeap, VecDeque};
use alloc::vec::Vec;
use core::cmp::Reverse;

use dynamo_core::collections::Map;

use crate::time::Time;

/// Names an entry, so that it can be taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    place: u32,
    /// The how-manieth it is. A run has fewer records than such a number can count.
    sequence: u32,
}

/// A drawer holds what is due within so many microseconds, as a power of two: messages of a fast
/// network come and go within one, timers lie in later ones.
const DRAWER_BITS: u32 = 13;
/// What is taken back is swept out when it outnumbers what is to come, and is more than this.
const SWEEP: usize = 64;

/// Future happenings. Those of one instant come in the order in which they were entered.
///
/// What is due at once waits in line, what is near lies in a heap, what is far in the drawer of
/// its time, and a drawer is poured into the heap when its time has come. Most timers are taken back long before: from a drawer that
/// costs nothing, and the heap stays small.
#[derive(Clone, Debug)]
pub struct Agenda<T> {
    /// When the last happening was due that was taken out.
    now: Time,
    /// What was entered since then for the same instant, behind what the heap has for it.
    at_once: VecDeque<Due>,
    /// What belongs into the drawers before `closed`.
    near: BinaryHeap<Reverse<Due>>,
    closed: u64,
    far: Map<u64, Vec<Due>>,
    places: Vec<Place<T>>,
    free: Vec<u32>,
    sequence: u32,
    /// Of all these, how many name something that was taken back.
    stale: usize,
}

/// When a happening is due, the how-manieth entry it is, and where it lies: in one number, so that
/// the heap compares and moves little.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Due(u128);

impl Due {
    fn new(time: Time, entry: Entry) -> Self {
        let Entry { sequence, place } = entry;
        let entry = u128::from(sequence) << 32 | u128::from(place);
        Due(u128::from(time.as_micros()) << 64 | entry)
    }

    fn time(self) -> Time {
        Time((self.0 >> 64) as u64)
    }

    fn entry(self) -> Entry {
        Entry { sequence: (self.0 >> 32) as u32, place: self.0 as u32 }
    }
}

#[derive(Clone, Debug)]
struct Place<T> {
    time: Time,
    sequence: u32,
    /// None in a free place.
    happening: Option<T>,
}

impl<T> Default for Agenda<T> {
    fn default() -> Self {
        Agenda {
            now: Time::ZERO,
            at_once: VecDeque::new(),
            near: BinaryHeap::new(),
            closed: 0,
            far: Map::new(),
            places: Vec::new(),
            free: Vec::new(),
            sequence: 0,
            stale: 0,
        }
    }
}

impl<T> Agenda<T> {
    /// Enters a happening, which must not lie before the last one that was taken out.
    pub fn enter(&mut self, time: Time, happening: T) -> Entry {
        self.sequence += 1;
        let sequence = self.sequence;
        let entered = Place { time, sequence, happening: Some(happening) };
        let place = match self.free.pop() {
            Some(place) => {
                self.places[place as usize] = entered;
                place
            }
            None => {
                self.places.push(entered);
                (self.places.len() - 1) as u32
            }
        };
        let entry = Entry { place, sequence };
        let due = Due::new(time, entry);
        let drawer = time.as_micros() >> DRAWER_BITS;
        if time == self.now {
            self.at_once.push_back(due);
        } else if drawer < self.closed {
            self.near.push(Reverse(due));
        } else {
            self.far.entry(drawer).or_default().push(due);
        }
        entry
    }

    /// About how many bytes a copy takes.
    pub fn weight(&self) -> usize {
        let named = self.places.len() - self.free.len() + self.stale;
        self.places.len() * size_of::<Place<T>>() + named * size_of::<Due>()
    }

    /// Takes a happening back, if it is still to come, and says when it would have been.
    pub fn take_back(&mut self, entry: Entry) -> Option<(Time, T)> {
        let place = self.places.get(entry.place as usize)?;
        if place.sequence != entry.sequence {
            return None;
        }
        let time = place.time;
        let happening = self.clear(entry.place)?;
        self.stale += 1;
        if self.stale > SWEEP + self.places.len() - self.free.len() {
            self.sweep();
        }
        Some((time, happening))
    }

    /// When the next happening is due.
    pub fn next_time(&mut self) -> Option<Time> {
        self.next().map(Due::time)
    }

    /// Takes out the next happening.
    pub fn take_next(&mut self) -> Option<(Time, T)> {
        let due = self.next()?;
        if self.at_once.front() == Some(&due) {
            self.at_once.pop_front();
        } else {
            self.near.pop();
        }
        self.now = due.time();
        self.clear(due.entry().place).map(|happening| (due.time(), happening))
    }

    /// The next happening, which is the first in line or in the heap then.
    fn next(&mut self) -> Option<Due> {
        loop {
            while let Some(Reverse(due)) = self.near.peek() {
                let due = *due;
                if due.time() > self.now && !self.at_once.is_empty() {
                    break;
                }
                if is_to_come(&self.places, due) {
                    return Some(due);
                }
                self.near.pop();
                self.stale -= 1;
            }
            while let Some(due) = self.at_once.front() {
                if is_to_come(&self.places, *due) {
                    return Some(*due);
                }
                self.at_once.pop_front();
                self.stale -= 1;
            }
            if !self.near.is_empty() {
                continue;
            }
            let drawer = *self.far.first()?.0;
            self.closed = drawer + 1;
            let poured = self.far.remove(&drawer)?.into_iter();
            self.near.extend(poured.map(Reverse));
        }
    }

    /// Forgets where the things lay that were taken back.
    fn sweep(&mut self) {
        self.at_once.retain(|due| is_to_come(&self.places, *due));
        self.near.retain(|Reverse(due)| is_to_come(&self.places, *due));
        for (_, drawer) in self.far.iter_mut() {
            drawer.retain(|due| is_to_come(&self.places, *due));
        }
        self.stale = 0;
    }

    fn clear(&mut self, place: u32) -> Option<T> {
        let here = self.places.get_mut(place as usize)?;
        let happening = here.happening.take();
        if happening.is_some() {
            self.free.push(place);
        }
        happening
    }
}

fn is_to_come<T>(places: &[Place<T>], due: Due) -> bool {
    let Entry { place, sequence } = due.entry();
    let place = places.get(place as usize);
    place.is_some_and(|it| it.sequence == sequence && it.happening.is_some())
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

    #[test]
    fn the_agenda_gives_what_a_sorted_list_gives() {
        let mut agenda = Agenda::default();
        let mut list: Vec<(u64, u32, Entry)> = Vec::new();
        let mut chance = crate::Seed(3).draw("agenda", &());
        let mut draw = |bound: u64| {
            chance = chance.next();
            chance.below(bound)
        };
        let mut now = 0;
        for number in 0..20_000 {
            match draw(8) {
                0..4 => {
                    let far = [1, 70, 5_000, 3_000_000, 1 << 40][draw(5) as usize];
                    let time = now + draw(far);
                    let entry = agenda.enter(Time(time), number);
                    list.push((time, number, entry));
                }
                4 if !list.is_empty() => {
                    let (time, number, entry) = list.remove(draw(list.len() as u64) as usize);
                    assert_eq!(agenda.take_back(entry), Some((Time(time), number)));
                    assert_eq!(agenda.take_back(entry), None);
                }
                _ => {
                    let next = list.iter().min().copied();
                    // Looking ahead must not bar anybody from entering something earlier.
                    assert_eq!(agenda.next_time(), next.map(|(time, ..)| Time(time)));
                    if draw(2) == 0 {
                        list.retain(|it| Some(*it) != next);
                        let taken = agenda.take_next();
                        assert_eq!(taken, next.map(|(time, number, _)| (Time(time), number)));
                        now = next.map_or(now, |(time, ..)| time);
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_taken_back_does_not_pile_up() {
        let mut agenda = Agenda::default();
        for number in 0..100_000 {
            let entry = agenda.enter(Time(1_000_000 + number), 'x');
            agenda.take_back(entry);
        }
        assert!(agenda.weight() < 10_000, "{}", agenda.weight());
        assert_eq!(agenda.next_time(), None);
    }
}
