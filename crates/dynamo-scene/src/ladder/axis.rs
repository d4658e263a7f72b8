//! Time down the page. Between two instants at which something is drawn it runs evenly; a silence
//! that would be long is folded to a fixed height.

use alloc::vec::Vec;

use dynamo_core::Duration;
use dynamo_sim::Time;

/// A stretch without anything drawn that would be higher than this is folded: more than a usual
/// message takes at the usual level.
const LONGEST: f64 = 120.0;
/// The height of a folded silence.
const FOLDED: f64 = 56.0;
/// A step beyond the last instant is at most this high.
const BEYOND: f64 = 400.0;

/// Where every instant of a window stands.
#[derive(Clone, Debug)]
pub(crate) struct Axis {
    /// Height of a millisecond.
    scale: f64,
    /// Instants at which something is drawn, and their heights.
    knots: Vec<(Time, f64)>,
}

/// How high a stretch without anything drawn is, and whether it is folded.
pub(crate) fn height(length: Duration, scale: f64) -> (f64, bool) {
    let high = length.as_micros() as f64 / 1_000.0 * scale;
    if high > LONGEST { (FOLDED, true) } else { (high, false) }
}

impl Axis {
    /// A window that begins at this instant, at this height.
    pub fn new(top: Time, y: f64, scale: f64) -> Self {
        Axis { scale, knots: alloc::vec![(top, y)] }
    }

    /// The last instant that was taken in, and its height.
    pub fn last(&self) -> (Time, f64) {
        self.knots.last().copied().unwrap_or_default()
    }

    /// Where an instant that is not before the last one will stand, and whether the silence before
    /// it is folded.
    pub fn next(&self, time: Time) -> (f64, bool) {
        let (last, y) = self.last();
        let (high, is_folded) = height(time.since(last), self.scale);
        (y + high, is_folded)
    }

    /// Takes the next instant in.
    pub fn push(&mut self, time: Time) -> f64 {
        let (y, _) = self.next(time);
        if time > self.last().0 {
            self.knots.push((time, y));
        }
        y
    }

    /// The instants at which something is drawn, with their heights.
    pub fn knots(&self) -> &[(Time, f64)] {
        &self.knots
    }

    /// Where an instant stands; before and behind the window it runs evenly, and not far.
    pub fn y(&self, time: Time) -> f64 {
        let beyond =
            |length: Duration| (length.as_micros() as f64 / 1_000.0 * self.scale).min(BEYOND);
        let at = self.knots.partition_point(|(knot, _)| *knot <= time);
        let Some((before, y)) = at.checked_sub(1).map(|at| self.knots[at]) else {
            let (first, y) = self.knots[0];
            return y - beyond(first.since(time));
        };
        let Some((next, to)) = self.knots.get(at) else { return y + beyond(time.since(before)) };
        let share = time.since(before).as_micros() as f64 / next.since(before).as_micros() as f64;
        y + (to - y) * share
    }

    /// The instant that stands there.
    pub fn time(&self, y: f64) -> Time {
        let micros = |high: f64| (high.max(0.0) / self.scale * 1_000.0) as u64;
        let at = self.knots.partition_point(|(_, knot)| *knot <= y);
        let Some((before, from)) = at.checked_sub(1).map(|at| self.knots[at]) else {
            let (first, top) = self.knots[0];
            return Time(first.as_micros().saturating_sub(micros(top - y)));
        };
        let Some((next, to)) = self.knots.get(at) else {
            return before + Duration::micros(micros(y - from));
        };
        let length = next.since(before).as_micros() as f64;
        before + Duration::micros(((y - from) / (to - from) * length + 0.5) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis() -> Axis {
        let mut axis = Axis::new(Time(1_000), 30.0, 8.0);
        for micros in [3_000, 3_000, 9_000, 800_000, 801_000] {
            axis.push(Time(micros));
        }
        axis
    }

    #[test]
    fn time_runs_down_and_a_long_silence_takes_little_room() {
        let axis = axis();
        let heights: Vec<f64> = axis.knots().iter().map(|(_, y)| *y).collect();
        assert_eq!(heights, [30.0, 46.0, 94.0, 94.0 + FOLDED, 102.0 + FOLDED]);
        assert_eq!(Axis::new(Time(0), 0.0, 8.0).next(Time(14_000)), (112.0, false));
        assert_eq!(Axis::new(Time(0), 0.0, 8.0).next(Time(16_000)), (FOLDED, true));
    }

    #[test]
    fn every_instant_is_found_again_by_its_height() {
        let axis = axis();
        for micros in [0, 900, 1_000, 2_500, 3_000, 8_999, 400_000, 800_500, 801_000, 820_000] {
            let found = axis.time(axis.y(Time(micros)));
            assert!(found.0.abs_diff(micros) < 20, "{micros} is found as {found:?}");
        }
    }
}
