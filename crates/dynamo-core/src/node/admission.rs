//! Background work under admission control (paper 6.5): hints, exchanges and reaping take slices
//! of time, and how many there are depends on how the foreground fares.
//!
//! ```text
//! c1 -> n1   get            n1 measures how long its disk takes for clients
//! n1  !      slows down     p99 over the last minute is above the target: half the slices
//! n1  !      speeds up      it is below again: an eighth of all slices more, every second
//! ```
//!
//! One slice a second is always left, so that background work never starves (P48).

use crate::config::Config;
use crate::effect::{Effects, Fact};
use crate::node::{Node, Waiting};
use crate::time::{Duration, LocalTime};

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
}

impl Admission {
    pub(super) fn new(config: &Config) -> Self {
        let slices = config.background_slices;
        Admission { parts: [Part::default(); PARTS], newest: 0, slices, second: 0, spent: 0 }
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

    /// Takes up to this many slices; once a second their number is judged anew. Answers how many
    /// were taken.
    fn take(&mut self, now: LocalTime, wanted: u16, config: &Config) -> u16 {
        self.turn(now, config);
        let second = now.0 / 1_000_000;
        if second != self.second {
            (self.second, self.spent) = (second, 0);
            let all = config.background_slices;
            self.slices = if self.is_slow() {
                (self.slices / 2).max(1)
            } else {
                self.slices.saturating_add((all / 8).max(1)).min(all)
            };
        }
        let taken = wanted.min(self.slices.saturating_sub(self.spent));
        self.spent += taken;
        taken
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

    /// Takes up to this many slices of background time, and says so if their number has changed.
    pub(super) fn take_slices(&mut self, wanted: u16, effects: &mut Effects) -> u16 {
        let before = self.admission.slices;
        let taken = self.admission.take(self.now, wanted, &self.config);
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

    #[test]
    fn p48_background_work_gives_way_keeps_one_slice_and_comes_back() {
        let config = Config { background_slices: 64, ..Config::default() };
        let (quick, slow) = (Duration::millis(1), Duration::millis(60));
        let mut admission = Admission::new(&config);
        for _ in 0..98 {
            admission.measure(at(1), quick, &config);
        }
        admission.measure(at(1), slow, &config);
        assert_eq!(admission.take(at(2), 100, &config), 32, "one in 99 is slow");
        admission.measure(at(2), quick, &config);
        admission.measure(at(2), quick, &config);
        assert_eq!(admission.take(at(3), 100, &config), 40, "one in 101 is not");
        for _ in 0..10 {
            admission.measure(at(3), slow, &config);
        }
        let taken: [u16; 8] =
            core::array::from_fn(|n| admission.take(at(4 + n as u64), 100, &config));
        assert_eq!(taken, [20, 10, 5, 2, 1, 1, 1, 1], "never none");
        let later = 3 + config.health_window.as_micros() / 1_000_000;
        assert_eq!(admission.take(at(later), 100, &config), 9, "what was slow is too long ago");
        assert_eq!(admission.take(at(later), 100, &config), 0, "once a second");
    }
}
