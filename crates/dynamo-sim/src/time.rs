//! Simulated time and places in it.

use core::fmt;
use core::ops::Add;

use dynamo_core::Duration;
use serde::{Deserialize, Serialize};

/// A moment of the simulated world, microseconds from the start of the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Time(pub u64);

impl Time {
    /// The start of every run.
    pub const ZERO: Time = Time(0);

    /// Microseconds from the start.
    pub fn as_micros(self) -> u64 {
        self.0
    }

    /// How long ago `earlier` was; zero if it is not earlier.
    pub fn since(self, earlier: Time) -> Duration {
        Duration::micros(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Time {
    type Output = Time;
    fn add(self, length: Duration) -> Time {
        Time(self.0.saturating_add(length.as_micros()))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Duration::micros(self.0).fmt(f)
    }
}

/// A place in time: after the first `after` counting events of the instant; with 0, before all
/// of them. Inputs, sends and disk operations count; facts and commands do not, so that a new
/// fact moves nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Moment {
    /// The instant.
    pub time: Time,
    /// Counting events of that instant that come before.
    pub after: u32,
}

impl Moment {
    /// Before all events of this instant.
    pub fn at(time: Time) -> Self {
        Moment { time, after: 0 }
    }

    /// After all events of this instant.
    pub fn end_of(time: Time) -> Self {
        Moment { time, after: u32::MAX }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.time.fmt(f)?;
        if self.after > 0 { write!(f, "+{}", self.after) } else { Ok(()) }
    }
}
