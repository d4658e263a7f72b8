//! Background work under admission control (paper 6.5): hints, exchanges and reaping take slices
//! of time, and how many there are depends on how the foreground fares.
//!
//! ```text
//! c1 -> n1   get            n1 measures how long its disk takes for clients
//! n1  !      slows down     p99 over the last minute is above the target: half the slices
//! n1  !      speeds up      it is below again: an eighth of all slices more, every second
//! ```
//!
//! Every kind of background work has one slice a second at least, so that none starves (P48), and
//! none by another that asks more often.

use alloc::vec::Vec;

use crate::config::Config;
use crate::effect::{Effects, Fact};
use crate::node::{Node, Waiting};
use crate::time::{Duration, LocalTime};

/// What background work is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Work {
    /// Bringing hints home (4.6).
    Hints,
    /// Comparing trees (4.7).
    Exchange,
    /// Asking about tombstones.
    Reaping,
    /// Giving ranges to their new owners (4.9).
    Transfer,
}

/// The window is so many parts; the oldest is dropped as a whole.
const PARTS: usize = 6;

/// What was measured in one part of the window.
#[derive(Clone, Copy, Debug, Default)]
struct Part {
    operations: u32,
    /// Those that took longer than the target.
    slow: u32,
}

/// How the foreground fares, and what that leaves for the background.
#[derive(Clone, Debug)]
pub struct Admission {
    parts: [Part; PARTS],
    /// The number of the newest part since the clock began.
    newest: u64,
    /// Slices a second.
    slices: u16,
    /// The second for which slices were last shared out, and how many are gone.
    second: u64,
    spent: u16,
    /// The kinds of work that have had one in that second.
    served: Vec<Work>,
}

impl Admission {
    pub(super) fn new(config: &Config) -> Self {
        let slices = config.background_slices;
        Admission {
            parts: [Part::default(); PARTS],
            newest: 0,
            slices,
            second: 0,
            spent: 0,
            served: Vec::new(),
        }
    }

    /// The foreground waited this long for the disk.
    fn measure(&mut self, now: LocalTime, waited: Duration, config: &Config) {
        self.turn(now, config);
        let part = &mut self.parts[(self.newest % PARTS as u64) as usize];
        part.operations += 1;
        part.slow += u32::from(waited > config.foreground_target);
    }

    /// Empties the parts that have become too old.
    fn turn(&mut self, now: LocalTime, config: &Config) {
        let length = (config.health_window.as_micros() / PARTS as u64).max(1);
        let number = now.0 / length;
        for old in self.newest + 1..=number.min(self.newest + PARTS as u64) {
            self.parts[(old % PARTS as u64) as usize] = Part::default();
        }
        self.newest = self.newest.max(number);
    }

    /// Whether more than one operation in a hundred took longer than the target.
    fn is_slow(&self) -> bool {
        let sum = |field: fn(&Part) -> u32| self.parts.iter().map(field).sum::<u32>();
        u64::from(sum(|part| part.slow)) * 100 > u64::from(sum(|part| part.operations))
    }

    /// Takes a slice, if there is one for this work; once a second their number is judged anew.
    fn take(&mut self, now: LocalTime, work: Work, config: &Config) -> bool {
        self.turn(now, config);
        let second = now.0 / 1_000_000;
        if second != self.second {
            (self.second, self.spent) = (second, 0);
            self.served.clear();
            let all = config.background_slices;
            self.slices = if self.is_slow() {
                (self.slices / 2).max(1)
            } else {
                self.slices.saturating_add((all / 8).max(1)).min(all)
            };
        }
        let is_first = !self.served.contains(&work);
        if !is_first && self.spent >= self.slices {
            return false;
        }
        if is_first {
            self.served.push(work);
        }
        self.spent = self.spent.saturating_add(1);
        true
    }
}

impl Waiting {
    /// Whether somebody outside waits for it, too.
    pub(super) fn is_foreground(&self) -> bool {
        match self {
            Waiting::OwnWrite(_) | Waiting::OwnRead(_) | Waiting::ReplicaRead { .. } => true,
            Waiting::ReplicaWrite { write, .. } => !write.subject.is_task(),
            Waiting::Durably(then) => then.is_foreground(),
            Waiting::Stored(then) => then.0.is_foreground(),
            _ => false,
        }
    }
}

impl Node {
    /// The disk has answered somebody in the foreground.
    pub(super) fn measure(&mut self, asked: LocalTime) {
        let waited = Duration::micros(self.now.0.saturating_sub(asked.0));
        self.admission.measure(self.now, waited, &self.config);
    }

    /// Takes a slice of background time, if there is one for this work, and says so if their number
    /// has changed.
    pub(super) fn take_slice(&mut self, work: Work, effects: &mut Effects) -> bool {
        let before = self.admission.slices;
        let taken = self.admission.take(self.now, work, &self.config);
        let slices = self.admission.slices;
        match slices.cmp(&before) {
            core::cmp::Ordering::Less => effects.note(Fact::BackgroundSlows { slices }),
            core::cmp::Ordering::Equal => {}
            core::cmp::Ordering::Greater => effects.note(Fact::BackgroundRecovers { slices }),
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> LocalTime {
        LocalTime(seconds * 1_000_000)
    }

    /// How many slices a kind of work gets in this second, if it asks for all.
    fn taken(admission: &mut Admission, second: u64, work: Work, config: &Config) -> usize {
        (0..100).filter(|_| admission.take(at(second), work, config)).count()
    }

    #[test]
    fn p48_background_work_gives_way_keeps_one_slice_and_comes_back() {
        let config = Config { background_slices: 64, ..Config::default() };
        let (quick, slow) = (Duration::millis(1), Duration::millis(60));
        let mut admission = Admission::new(&config);
        for _ in 0..98 {
            admission.measure(at(1), quick, &config);
        }
        admission.measure(at(1), slow, &config);
        let taken = |admission: &mut _, second| taken(admission, second, Work::Hints, &config);
        assert_eq!(taken(&mut admission, 2), 32, "one in 99 is slow");
        admission.measure(at(2), quick, &config);
        admission.measure(at(2), quick, &config);
        assert_eq!(taken(&mut admission, 3), 40, "one in 101 is not");
        for _ in 0..10 {
            admission.measure(at(3), slow, &config);
        }
        let few: [usize; 8] = core::array::from_fn(|n| taken(&mut admission, 4 + n as u64));
        assert_eq!(few, [20, 10, 5, 2, 1, 1, 1, 1], "never none");
        let later = 3 + config.health_window.as_micros() / 1_000_000;
        assert_eq!(taken(&mut admission, later), 9, "what was slow is too long ago");
        assert_eq!(taken(&mut admission, later), 0, "once a second");
    }

    #[test]
    fn p48_work_that_asks_often_leaves_other_work_its_slice() {
        let config = Config { background_slices: 1, ..Config::default() };
        let mut admission = Admission::new(&config);
        for second in 1..4 {
            for (work, slices) in [(Work::Exchange, 1), (Work::Hints, 1), (Work::Exchange, 0)] {
                assert_eq!(taken(&mut admission, second, work, &config), slices, "{work:?}");
            }
        }
    }
}
