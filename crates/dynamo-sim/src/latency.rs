//! How long a message travels. Uses `libm`: the standard float functions give other bits in
//! the browser.

use alloc::format;
use alloc::string::{String, ToString};
use core::fmt;
use core::str::FromStr;

use dynamo_core::Duration;
use serde::{Deserialize, Serialize};

use crate::chance::Chance;
use crate::script::duration;

/// A number with up to `places` digits behind the point, in units of the last place.
pub(crate) fn fixed(text: &str, places: usize) -> Option<u32> {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || rest.len() > places || !digits(whole) || !digits(rest) {
        return None;
    }
    format!("{whole}{rest:0<places$}").parse().ok()
}

/// Writes what [`fixed`] reads.
pub(crate) fn show_fixed(number: u32, places: usize) -> String {
    let digits = format!("{number:0width$}", width = places + 1);
    let (whole, rest) = digits.split_at(digits.len() - places);
    let rest = rest.trim_end_matches('0');
    if rest.is_empty() { whole.to_string() } else { format!("{whole}.{rest}") }
}

/// A distribution of one-way delays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Model {
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
    /// Exponential, given by its mean.
    Exponential(Duration),
    /// Pareto, given by its least delay and its shape.
    Pareto {
        /// None is faster.
        least: Duration,
        /// Alpha, in thousandths: the smaller, the heavier the tail.
        shape: u32,
    },
}

/// How long messages travel: by one model, or by another one now and then, as published fits of
/// production systems have it: a body and a tail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Latency {
    /// The model of most.
    pub body: Model,
    /// How many of a million follow another model, and which.
    pub tail: Option<(u32, Model)>,
}

impl From<Model> for Latency {
    fn from(body: Model) -> Self {
        Latency { body, tail: None }
    }
}

/// The 99th percentile of the standard normal distribution.
const Z99: f64 = 2.326_347_874_040_841;

/// A delay is cut off at this many times the 99th percentile of its model, so that a slowest
/// message exists and quiet time can be promised to be long enough.
const LONGEST_TAIL: u64 = 8;

/// How many times the least delay of a Pareto model is exceeded by this part of all.
fn pareto(part: f64, shape: u32) -> f64 {
    libm::exp(-libm::log(part) * 1000.0 / f64::from(shape))
}

impl Model {
    /// One in a hundred is slower, where there is no longest; microseconds.
    fn p99(self) -> f64 {
        match self {
            Model::Constant(delay) | Model::Uniform(_, delay) => delay.as_micros() as f64,
            Model::Lognormal { p99, .. } => p99.as_micros() as f64,
            Model::Exponential(mean) => mean.as_micros() as f64 * libm::log(100.0),
            Model::Pareto { least, shape } => least.as_micros() as f64 * pareto(0.01, shape),
        }
    }

    fn slowest(self) -> Duration {
        match self {
            Model::Constant(delay) | Model::Uniform(_, delay) => delay,
            _ => Duration::micros((libm::round(self.p99()) as u64).saturating_mul(LONGEST_TAIL)),
        }
    }

    fn sample(self, chance: Chance) -> Duration {
        let delay = match self {
            Model::Constant(delay) => return delay,
            Model::Uniform(low, high) => {
                let span = high.as_micros().saturating_sub(low.as_micros()).saturating_add(1);
                return Duration::micros(low.as_micros() + chance.below(span));
            }
            Model::Lognormal { median, p99 } => {
                let (median, p99) = (median.as_micros() as f64, p99.as_micros() as f64);
                let sigma = libm::log(p99 / median) / Z99;
                let radius = libm::sqrt(-2.0 * libm::log(chance.fraction()));
                let turn = 2.0 * core::f64::consts::PI * chance.next().fraction();
                median * libm::exp(sigma * radius * libm::cos(turn))
            }
            Model::Exponential(mean) => mean.as_micros() as f64 * -libm::log(chance.fraction()),
            Model::Pareto { least, shape } => {
                least.as_micros() as f64 * pareto(chance.fraction(), shape)
            }
        };
        Duration::micros(libm::round(delay) as u64).min(self.slowest())
    }
}

impl Latency {
    /// No message travels longer.
    pub fn slowest(self) -> Duration {
        let tail = self.tail.map_or(Duration::default(), |(_, tail)| tail.slowest());
        self.body.slowest().max(tail)
    }

    /// The delay that belongs to this chance.
    pub fn sample(self, chance: Chance) -> Duration {
        match self.tail {
            Some((share, tail)) if chance.aside().below(1_000_000) < share.into() => {
                tail.sample(chance)
            }
            _ => self.body.sample(chance),
        }
    }
}

impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Model::Constant(delay) => write!(f, "constant-{delay}"),
            Model::Uniform(low, high) => write!(f, "uniform-{low}-{high}"),
            Model::Lognormal { median, p99 } => write!(f, "lognormal-{median}-{p99}"),
            Model::Exponential(mean) => write!(f, "exponential-{mean}"),
            Model::Pareto { least, shape } => {
                write!(f, "pareto-{least}-{}", show_fixed(*shape, SHAPE_PLACES))
            }
        }
    }
}

impl fmt::Display for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.body.fmt(f)?;
        match self.tail {
            Some((share, tail)) => write!(f, "+{}-{tail}", show_fixed(share, SHARE_PLACES)),
            None => Ok(()),
        }
    }
}

const SHAPE_PLACES: usize = 3;
const SHARE_PLACES: usize = 6;

/// The forms that [`Latency`] is read from.
pub const FORMS: &str = "constant-5ms, uniform-1ms-9ms (low, high), lognormal-4ms-15ms (median, \
                         99th percentile), exponential-6ms (mean) or pareto-1ms-2.5 (least, \
                         shape from 0.5 to 100), each time from 1us to 60s; a tail follows with \
                         its share, as in pareto-235us-10+0.0878-exponential-602us";

impl FromStr for Model {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts: alloc::vec::Vec<&str> = text.split('-').collect();
        let length = |text: &str| {
            duration(text)
                .ok()
                .filter(|length| (1..=60_000_000).contains(&length.as_micros()))
                .ok_or_else(|| FORMS.to_string())
        };
        let model = match parts[..] {
            ["constant", delay] => Model::Constant(length(delay)?),
            ["uniform", low, high] => {
                let (low, high) = (length(low)?, length(high)?);
                if low > high {
                    return Err("a low end that is not above the high end".to_string());
                }
                Model::Uniform(low, high)
            }
            ["lognormal", median, p99] => {
                let (median, p99) = (length(median)?, length(p99)?);
                if median > p99 {
                    return Err("a median that is not above the 99th percentile".to_string());
                }
                Model::Lognormal { median, p99 }
            }
            ["exponential", mean] => Model::Exponential(length(mean)?),
            ["pareto", least, shape] => {
                let shape = fixed(shape, SHAPE_PLACES).filter(|it| (500..=100_000).contains(it));
                Model::Pareto { least: length(least)?, shape: shape.ok_or(FORMS)? }
            }
            _ => return Err(FORMS.to_string()),
        };
        if model.p99() > 60_000_000.0 {
            return Err("a model whose 99th percentile is at most 60s".to_string());
        }
        Ok(model)
    }
}

impl FromStr for Latency {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((body, tail)) = text.split_once('+') else {
            return text.parse().map(|body: Model| body.into());
        };
        let (share, tail) = tail.split_once('-').ok_or(FORMS)?;
        let share = fixed(share, SHARE_PLACES).filter(|share| (1..1_000_000).contains(share));
        let share = share.ok_or("a share of the tail between 0 and 1, such as 0.0878")?;
        Ok(Latency { body: body.parse()?, tail: Some((share, tail.parse()?)) })
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

    fn delays(latency: &str) -> alloc::vec::Vec<u64> {
        let latency: Latency = latency.parse().unwrap();
        let draw = |i| latency.sample(Seed(1).draw("t", &i)).as_micros();
        let mut delays: alloc::vec::Vec<u64> = (0..20_000u32).map(draw).collect();
        delays.sort();
        delays
    }

    #[test]
    fn exponential_and_pareto_delays_meet_their_quantiles() {
        let near = |is: u64, want: u64| is.abs_diff(want) * 15 < want;
        let exponential = delays("exponential-6ms");
        assert!(near(exponential[10_000], 4_159), "median {}", exponential[10_000]);
        assert!(near(exponential[19_800], 27_631), "99th percentile {}", exponential[19_800]);
        let pareto = delays("pareto-1ms-2.5");
        assert!(pareto[0] >= 1_000);
        assert!(near(pareto[10_000], 1_320), "median {}", pareto[10_000]);
        assert!(near(pareto[19_800], 6_310), "99th percentile {}", pareto[19_800]);
    }

    /// One-way delays of reads as fitted to production traces in the paper on probabilistically
    /// bounded staleness (Bailis and others, VLDB 2012): a Pareto body, an exponential tail.
    #[test]
    fn a_published_fit_of_body_and_tail_can_be_entered() {
        let fit = delays("pareto-235us-10+0.0878-exponential-602us");
        let fast = fit.iter().filter(|delay| **delay < 235).count();
        // Only the tail falls below the least delay of the body: 0.0878 (1 - exp(-235/602)).
        assert!(fast.abs_diff(567) < 80, "{fast}");
    }

    #[test]
    fn no_delay_of_any_model_is_longer_than_the_slowest() {
        for text in [
            "constant-1us",
            "uniform-1us-60s",
            "lognormal-1us-1s",
            "exponential-13s",
            "pareto-1us-0.5",
            "pareto-1ms-0.5",
            "exponential-1us+0.5-pareto-1ms-0.5",
            "pareto-1ms-0.5+0.5-constant-1us",
        ] {
            let latency: Latency = text.parse().unwrap();
            assert!(*delays(text).last().unwrap() <= latency.slowest().as_micros(), "{text}");
            assert_eq!(latency.to_string(), text);
        }
        let heavy: Latency = "pareto-1us-0.5".parse().unwrap();
        assert_eq!(heavy.slowest(), Duration::millis(80), "8 times the 99th percentile, 10 ms");
        assert_eq!(*delays("pareto-1us-0.5").last().unwrap(), 80_000, "and the tail is cut there");
    }
}
