//! How long a message travels. Uses `libm`: the standard float functions give other bits in
//! the browser.

use alloc::string::{String, ToString};
use core::fmt;
use core::str::FromStr;

use dynamo_core::Duration;
use serde::{Deserialize, Serialize};

use crate::chance::Chance;
use crate::script::duration;

/// A distribution of one-way delays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Latency {
    /// Always the same.
    Constant(Duration),
    /// Any delay from the first to the last, evenly.
    Uniform(Duration, Duration),
    /// Lognormal, given by its median and its 99th percentile.
    Lognormal {
        /// Half are faster.
        median: Duration,
        /// One in a hundred is slower.
        p99: Duration,
    },
}

/// The 99th percentile of the standard normal distribution.
const Z99: f64 = 2.326_347_874_040_841;

/// A lognormal delay is cut off at this many times its 99th percentile, so that a slowest message
/// exists and quiet time can be promised to be long enough.
const LONGEST_TAIL: u64 = 8;

impl Latency {
    /// No message travels longer.
    pub fn slowest(self) -> Duration {
        match self {
            Latency::Constant(delay) => delay,
            Latency::Uniform(_, high) => high,
            Latency::Lognormal { p99, .. } => {
                Duration::micros(p99.as_micros().saturating_mul(LONGEST_TAIL))
            }
        }
    }

    /// The delay that belongs to this chance.
    pub fn sample(self, chance: Chance) -> Duration {
        match self {
            Latency::Constant(delay) => delay,
            Latency::Uniform(low, high) => {
                let span = high.as_micros().saturating_sub(low.as_micros()).saturating_add(1);
                Duration::micros(low.as_micros() + chance.below(span))
            }
            Latency::Lognormal { median, p99 } => {
                let (median, p99) = (median.as_micros() as f64, p99.as_micros() as f64);
                let sigma = libm::log(p99 / median) / Z99;
                let radius = libm::sqrt(-2.0 * libm::log(chance.fraction()));
                let turn = 2.0 * core::f64::consts::PI * chance.next().fraction();
                let normal = radius * libm::cos(turn);
                let delay = libm::round(median * libm::exp(sigma * normal)) as u64;
                Duration::micros(delay).min(self.slowest())
            }
        }
    }
}

impl fmt::Display for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Latency::Constant(delay) => write!(f, "constant-{delay}"),
            Latency::Uniform(low, high) => write!(f, "uniform-{low}-{high}"),
            Latency::Lognormal { median, p99 } => write!(f, "lognormal-{median}-{p99}"),
        }
    }
}

/// The forms that [`Latency`] is read from.
pub const FORMS: &str = "constant-5ms, uniform-1ms-9ms (low, high) or lognormal-4ms-15ms \
                         (median, 99th percentile), each from 1us to 60s";

impl FromStr for Latency {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts: alloc::vec::Vec<&str> = text.split('-').collect();
        let length = |text: &str| {
            duration(text)
                .ok()
                .filter(|length| (1..=60_000_000).contains(&length.as_micros()))
                .ok_or_else(|| FORMS.to_string())
        };
        match parts[..] {
            ["constant", delay] => Ok(Latency::Constant(length(delay)?)),
            ["uniform", low, high] => {
                let (low, high) = (length(low)?, length(high)?);
                if low > high {
                    return Err("a low end that is not above the high end".to_string());
                }
                Ok(Latency::Uniform(low, high))
            }
            ["lognormal", median, p99] => {
                let (median, p99) = (length(median)?, length(p99)?);
                if median > p99 {
                    return Err("a median that is not above the 99th percentile".to_string());
                }
                Ok(Latency::Lognormal { median, p99 })
            }
            _ => Err(FORMS.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Seed;

    #[test]
    fn the_lognormal_meets_its_median_and_99th_percentile() {
        let latency: Latency = "lognormal-4ms-15ms".parse().unwrap();
        let mut delays: alloc::vec::Vec<u64> =
            (0..20_000u32).map(|i| latency.sample(Seed(1).draw("t", &i)).as_micros()).collect();
        delays.sort();
        let near = |at: usize, want: u64| delays[at].abs_diff(want) * 20 < want;
        assert!(near(10_000, 4_000), "median {}", delays[10_000]);
        assert!(near(19_800, 15_000), "99th percentile {}", delays[19_800]);
    }

    #[test]
    fn no_delay_is_longer_than_the_slowest() {
        let wide: Latency = "lognormal-1us-1s".parse().unwrap();
        let delays = (0..200_000u32).map(|i| wide.sample(Seed(1).draw("t", &i)));
        assert_eq!(delays.max(), Some(wide.slowest()), "and the tail is long enough to be cut");
    }

    #[test]
    fn uniform_delays_stay_within_both_ends() {
        let latency: Latency = "uniform-2us-4us".parse().unwrap();
        let mut seen: alloc::vec::Vec<u64> =
            (0..200u32).map(|i| latency.sample(Seed(1).draw("t", &i)).as_micros()).collect();
        seen.sort();
        seen.dedup();
        assert_eq!(seen, [2, 3, 4]);
    }
}
