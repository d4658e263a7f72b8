//! A node's own clock and lengths of time, in whole microseconds.
//!
//! Simulated time is another type, in the simulator: a node can never see it.

use core::fmt;
use core::ops::Add;

use serde::{Deserialize, Serialize};

/// A length of time in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Duration(pub u64);

impl Duration {
    /// No time.
    pub const ZERO: Duration = Duration(0);

    /// This many microseconds.
    pub const fn micros(count: u64) -> Self {
        Duration(count)
    }

    /// This many milliseconds; saturates.
    pub const fn millis(count: u64) -> Self {
        Duration(count.saturating_mul(1_000))
    }

    /// This many seconds; saturates.
    pub const fn seconds(count: u64) -> Self {
        Duration(count.saturating_mul(1_000_000))
    }

    /// The length in microseconds.
    pub const fn as_micros(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Duration {
    /// The shortest exact form with a unit: `2s`, `2.5ms`, `300us`. Reads back to the same.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, name) = match self.0 {
            0 => return f.write_str("0s"),
            1_000_000.. => (1_000_000, "s"),
            1_000.. => (1_000, "ms"),
            _ => (1, "us"),
        };
        write!(f, "{}", self.0 / unit)?;
        let mut rest = self.0 % unit;
        if rest > 0 {
            let mut width = if unit == 1_000_000 { 6 } else { 3 };
            while rest.is_multiple_of(10) {
                rest /= 10;
                width -= 1;
            }
            write!(f, ".{rest:0width$}")?;
        }
        f.write_str(name)
    }
}

/// A moment on a node's own, possibly skewed, clock; microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LocalTime(pub u64);

impl Add<Duration> for LocalTime {
    type Output = LocalTime;
    fn add(self, length: Duration) -> LocalTime {
        LocalTime(self.0.saturating_add(length.0))
    }
}

impl LocalTime {
    /// How long ago `earlier` was; zero if it is not earlier.
    pub fn since(self, earlier: LocalTime) -> Duration {
        Duration(self.0.saturating_sub(earlier.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn a_duration_is_shown_exactly_with_the_largest_unit_that_fits() {
        let shown = |micros| Duration(micros).to_string();
        assert_eq!(shown(0), "0s");
        assert_eq!(shown(7), "7us");
        assert_eq!(shown(2_500), "2.5ms");
        assert_eq!(shown(25_000), "25ms");
        assert_eq!(shown(2_000_400), "2.0004s");
        assert_eq!(shown(1_000_001), "1.000001s");
    }
}
