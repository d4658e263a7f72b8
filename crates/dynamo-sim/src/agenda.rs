//! What happens next, ordered by (time, order of entry).

use alloc::vec::Vec;

use crate::time::Time;

/// Names an entry, so that it can be taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    place: u32,
    sequence: u64,
}

/// Bits of a time that one level of the wheel tells apart.
const BITS: u32 = 6;
const SLOTS: usize = 1 << BITS;
/// No place.
const NONE: u32 = u32::MAX;

/// Future happenings. Those of one instant come in the order in which they were entered.
///
/// A wheel of wheels: a happening lies on the level of the highest digit (to the base 64) in which
/// its time differs from the present, in the slot of that digit. As the present reaches a slot of
/// a higher level, what lies there is dealt out below, in order. Entering and taking back cost the
/// same however much is to come.
#[derive(Clone, Debug)]
pub struct Agenda<T> {
    now: u64,
    levels: Vec<Level>,
    places: Vec<Place<T>>,
    free: Vec<u32>,
    sequence: u64,
    /// When the next happening is due, where that is known.
    next: Option<Time>,
}

#[derive(Clone, Debug)]
struct Level {
    /// One bit for every slot that is not empty.
    used: u64,
    slots: [Chain; SLOTS],
}

/// The first and the last of what lies in a slot.
#[derive(Clone, Copy, Debug)]
struct Chain {
    first: u32,
    last: u32,
}

#[derive(Clone, Debug)]
struct Place<T> {
    time: u64,
    sequence: u64,
    before: u32,
    after: u32,
    happening: Option<T>,
}

impl<T> Default for Agenda<T> {
    fn default() -> Self {
        Agenda {
            now: 0,
            levels: Vec::new(),
            places: Vec::new(),
            free: Vec::new(),
            sequence: 0,
            next: None,
        }
    }
}

impl<T> Agenda<T> {
    /// Enters a happening, which must not lie before the last one that was taken out.
    pub fn enter(&mut self, time: Time, happening: T) -> Entry {
        self.sequence += 1;
        let sequence = self.sequence;
        let micros = time.as_micros().max(self.now);
        let entered =
            Place { time: micros, sequence, before: NONE, after: NONE, happening: Some(happening) };
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
        // An agenda without a known next happening may be empty, or may not have looked.
        let alone = self.places.len() == self.free.len() + 1;
        if alone || self.next.is_some_and(|next| micros < next.as_micros()) {
            self.next = Some(Time(micros));
        }
        self.link(place);
        Entry { place, sequence }
    }

    /// About how many bytes a copy takes.
    pub fn weight(&self) -> usize {
        self.levels.len() * size_of::<Level>() + self.places.len() * size_of::<Place<T>>()
    }

    /// Takes a happening back, if it is still to come, and says when it would have been.
    pub fn take_back(&mut self, entry: Entry) -> Option<(Time, T)> {
        let place = self.places.get(entry.place as usize)?;
        if place.sequence != entry.sequence || place.happening.is_none() {
            return None;
        }
        let time = Time(place.time);
        if self.next == Some(time) {
            self.next = None;
        }
        self.unlink(entry.place);
        self.clear(entry.place).map(|happening| (time, happening))
    }

    /// When the next happening is due.
    pub fn next_time(&mut self) -> Option<Time> {
        if self.next.is_none() {
            self.next = self.first_slot().map(|(level, slot)| Time(self.least(level, slot)));
        }
        self.next
    }

    /// Takes out the next happening.
    pub fn take_next(&mut self) -> Option<(Time, T)> {
        let time = self.next_time()?;
        loop {
            let (level, slot) = self.first_slot()?;
            if level == 0 {
                let place = self.levels[0].slots[slot].first;
                self.now = time.as_micros();
                self.unlink(place);
                // Others of the same instant lie behind it in its slot.
                if self.levels[0].slots[slot].first == NONE {
                    self.next = None;
                }
                return self.clear(place).map(|happening| (time, happening));
            }
            self.now = time.as_micros();
            self.deal_out(level, slot);
        }
    }

    /// The lowest level that holds anything holds what comes first.
    fn first_slot(&self) -> Option<(usize, usize)> {
        let level = self.levels.iter().position(|level| level.used != 0)?;
        Some((level, self.levels[level].used.trailing_zeros() as usize))
    }

    fn least(&self, level: usize, slot: usize) -> u64 {
        let mut place = self.levels[level].slots[slot].first;
        let mut least = u64::MAX;
        while place != NONE {
            let here = &self.places[place as usize];
            least = least.min(here.time);
            place = here.after;
        }
        least
    }

    /// Moves what lies in a slot to lower levels, as the present has come near.
    fn deal_out(&mut self, level: usize, slot: usize) {
        let mut place = self.levels[level].slots[slot].first;
        self.levels[level].slots[slot] = Chain::EMPTY;
        self.levels[level].used &= !(1 << slot);
        while place != NONE {
            let after = self.places[place as usize].after;
            self.link(place);
            place = after;
        }
    }

    fn where_is(&self, time: u64) -> (usize, usize) {
        let level = (63 - ((time ^ self.now) | 1).leading_zeros()) / BITS;
        (level as usize, (time >> (level * BITS)) as usize % SLOTS)
    }

    fn link(&mut self, place: u32) {
        let (level, slot) = self.where_is(self.places[place as usize].time);
        while self.levels.len() <= level {
            self.levels.push(Level { used: 0, slots: [Chain::EMPTY; SLOTS] });
        }
        let Level { used, slots } = &mut self.levels[level];
        *used |= 1 << slot;
        let chain = &mut slots[slot];
        let last = core::mem::replace(&mut chain.last, place);
        if last == NONE {
            chain.first = place;
        } else {
            self.places[last as usize].after = place;
        }
        let here = &mut self.places[place as usize];
        (here.before, here.after) = (last, NONE);
    }

    fn unlink(&mut self, place: u32) {
        let Place { time, before, after, .. } = self.places[place as usize];
        let (level, slot) = self.where_is(time);
        let Level { used, slots } = &mut self.levels[level];
        let chain = &mut slots[slot];
        match before {
            NONE => chain.first = after,
            before => self.places[before as usize].after = after,
        }
        match after {
            NONE => chain.last = before,
            after => self.places[after as usize].before = before,
        }
        if chain.first == NONE {
            *used &= !(1 << slot);
        }
    }

    fn clear(&mut self, place: u32) -> Option<T> {
        self.free.push(place);
        self.places[place as usize].happening.take()
    }
}

impl Chain {
    const EMPTY: Chain = Chain { first: NONE, last: NONE };
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
    fn the_wheel_gives_what_a_sorted_list_gives() {
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
}
