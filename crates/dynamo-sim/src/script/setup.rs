//! What the world starts with: one table of fields, read and written by the same entries.

use alloc::format;
use alloc::string::{String, ToString};
use core::fmt;

use dynamo_core::{Config, Duration, EngineKind, Quorum, Strictness, Versioning};
use serde::{Deserialize, Serialize};

use super::words::duration;
use crate::chance::Seed;
use crate::latency::Latency;

/// A probability in parts per million, so that no float enters a script.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Rate(u32);

impl Rate {
    /// Never.
    pub const NEVER: Rate = Rate(0);

    /// Whether an even draw of 64 bits falls below the rate.
    pub fn hits(self, bits: u64) -> bool {
        (u128::from(bits) * 1_000_000) >> 64 < u128::from(self.0)
    }

    /// Reads a decimal from 0 to 0.9, at most six digits behind the point.
    pub fn parse(text: &str) -> Result<Rate, String> {
        let wrong = || "a rate from 0 to 0.9, such as 0.05".to_string();
        let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole != "0" || rest.len() > 6 || !digits(rest) {
            return Err(wrong());
        }
        let millionths = format!("{rest:0<6}").parse::<u32>().map_err(|_| wrong())?;
        if millionths > 900_000 { Err(wrong()) } else { Ok(Rate(millionths)) }
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0");
        }
        let digits = format!("{:06}", self.0);
        write!(f, "0.{}", digits.trim_end_matches('0'))
    }
}

/// What the world starts with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setup {
    /// Nodes n1, n2, ..., from 1 to 64.
    pub nodes: u16,
    /// N, R and W.
    pub quorum: Quorum,
    /// Whose copies count, unless a request says otherwise.
    pub strictness: Strictness,
    /// The root of all chance.
    pub seed: Seed,
    /// Q, the number of partitions.
    pub partitions: u16,
    /// How long messages travel.
    pub latency: Latency,
    /// How many messages are lost.
    pub loss: Rate,
    /// How many messages arrive twice.
    pub copies: Rate,
    /// How long a disk write takes.
    pub disk_write: Duration,
    /// How long a disk read takes.
    pub disk_read: Duration,
    /// How long a write into a write buffer takes.
    pub buffer_write: Duration,
    /// How long a client waits for an answer.
    pub client_timeout: Duration,
    /// The knobs of every node; its `replicas` is N above.
    pub config: Config,
}

impl Default for Setup {
    fn default() -> Self {
        Setup {
            nodes: 5,
            quorum: Quorum::USUAL,
            strictness: Strictness::Sloppy,
            seed: Seed(1),
            partitions: 64,
            latency: Latency::Lognormal { median: Duration::millis(4), p99: Duration::millis(15) },
            loss: Rate::NEVER,
            copies: Rate::NEVER,
            disk_write: Duration::millis(1),
            disk_read: Duration::micros(300),
            buffer_write: Duration::micros(50),
            client_timeout: Duration::millis(250),
            config: Config::default(),
        }
    }
}

/// One field of the setup as text.
pub struct Field {
    /// Its name before the equals sign.
    pub name: &'static str,
    /// Writes it.
    pub show: fn(&Setup) -> String,
    /// Reads it; the error says what was expected.
    pub read: fn(&mut Setup, &str) -> Result<(), String>,
    /// Written even when it has its default.
    pub always: bool,
}

fn number(text: &str, from: u64, to: u64) -> Result<u64, String> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let value = text.parse::<u64>().ok().filter(|value| plain && (from..=to).contains(value));
    value.ok_or_else(|| format!("a number from {from} to {to}"))
}

/// Reads a length of time within the bounds of every interval: 1us to 60s.
fn interval(text: &str) -> Result<Duration, String> {
    let length = duration(text).ok().filter(|it| (1..=60_000_000).contains(&it.as_micros()));
    length.ok_or_else(|| "a length of time from 1us to 60s, such as 25ms".to_string())
}

/// Reads `sloppy` or `strict`.
pub(super) fn strictness(text: &str) -> Result<Strictness, String> {
    match text {
        "sloppy" => Ok(Strictness::Sloppy),
        "strict" => Ok(Strictness::Strict),
        _ => Err("sloppy or strict".to_string()),
    }
}

macro_rules! interval_field {
    ($name:literal, $($path:ident).+) => {
        Field {
            name: $name,
            show: |setup| setup.$($path).+.to_string(),
            read: |setup, text| { setup.$($path).+ = interval(text)?; Ok(()) },
            always: false,
        }
    };
}

/// N, R and W are read into this and checked together, whatever their order.
fn replace_quorum(setup: &mut Setup, change: impl FnOnce(&mut (u8, u8, u8))) -> Result<(), String> {
    let mut three = <(u8, u8, u8)>::from(setup.quorum);
    change(&mut three);
    setup.quorum = Quorum::new(three.0, three.1, three.2).map_err(|bad| bad.to_string())?;
    setup.config.replicas = three.0;
    Ok(())
}

fn byte(text: &str) -> Result<u8, String> {
    number(text, 1, 64).map(|value| value as u8)
}

/// Every field in the order in which it is written and judged: N before R and W.
pub static FIELDS: [Field; 21] = [
    Field {
        name: "nodes",
        show: |setup| setup.nodes.to_string(),
        read: |setup, text| {
            setup.nodes = number(text, 1, super::MAX_NODES.into())? as u16;
            Ok(())
        },
        always: true,
    },
    Field {
        name: "n",
        show: |setup| setup.quorum.n().to_string(),
        read: |setup, text| {
            let n = byte(text)?;
            replace_quorum(setup, |three| *three = (n, three.1.min(n), three.2.min(n)))
        },
        always: true,
    },
    Field {
        name: "r",
        show: |setup| setup.quorum.r().to_string(),
        read: |setup, text| {
            let r = byte(text).map_err(|_| expected_up_to_n(setup))?;
            replace_quorum(setup, |three| three.1 = r).map_err(|_| expected_up_to_n(setup))
        },
        always: true,
    },
    Field {
        name: "w",
        show: |setup| setup.quorum.w().to_string(),
        read: |setup, text| {
            let w = byte(text).map_err(|_| expected_up_to_n(setup))?;
            replace_quorum(setup, |three| three.2 = w).map_err(|_| expected_up_to_n(setup))
        },
        always: true,
    },
    Field {
        name: "mode",
        show: |setup| setup.strictness.to_string(),
        read: |setup, text| {
            setup.strictness = strictness(text)?;
            Ok(())
        },
        always: false,
    },
    Field {
        name: "seed",
        show: |setup| setup.seed.0.to_string(),
        read: |setup, text| {
            setup.seed = Seed(number(text, 0, u64::MAX)?);
            Ok(())
        },
        always: true,
    },
    Field {
        name: "partitions",
        show: |setup| setup.partitions.to_string(),
        read: |setup, text| {
            let expected = || "a power of two from 2 to 1024".to_string();
            let count = number(text, 2, 1024).map_err(|_| expected())? as u16;
            setup.partitions = count;
            if count.is_power_of_two() { Ok(()) } else { Err(expected()) }
        },
        always: false,
    },
    Field {
        name: "latency",
        show: |setup| setup.latency.to_string(),
        read: |setup, text| {
            setup.latency = text.parse()?;
            Ok(())
        },
        always: false,
    },
    Field {
        name: "loss",
        show: |setup| setup.loss.to_string(),
        read: |setup, text| {
            setup.loss = Rate::parse(text)?;
            Ok(())
        },
        always: false,
    },
    Field {
        name: "copies",
        show: |setup| setup.copies.to_string(),
        read: |setup, text| {
            setup.copies = Rate::parse(text)?;
            Ok(())
        },
        always: false,
    },
    interval_field!("disk-write", disk_write),
    interval_field!("disk-read", disk_read),
    interval_field!("client-timeout", client_timeout),
    interval_field!("answer-within", config.answer_within),
    interval_field!("probe-every", config.probe_every),
    interval_field!("hint-scan-every", config.hint_scan_every),
    Field {
        name: "engine",
        show: |setup| setup.config.engine.to_string(),
        read: |setup, text| {
            setup.config.engine = EngineKind::ALL
                .into_iter()
                .find(|kind| kind.to_string() == text)
                .ok_or_else(|| "memory, buffered or log".to_string())?;
            Ok(())
        },
        always: false,
    },
    interval_field!("flush-every", config.flush_every),
    interval_field!("buffer-write", buffer_write),
    Field {
        name: "versions",
        show: |setup| setup.config.versions.to_string(),
        read: |setup, text| {
            setup.config.versions = Versioning::ALL
                .into_iter()
                .find(|mode| mode.to_string() == text)
                .ok_or_else(|| "dotted, clocks or lww".to_string())?;
            Ok(())
        },
        always: false,
    },
    Field {
        name: "clock-pairs",
        show: |setup| setup.config.clock_pairs.to_string(),
        read: |setup, text| {
            setup.config.clock_pairs = number(text, 1, 64)? as u16;
            Ok(())
        },
        always: false,
    },
];

fn expected_up_to_n(setup: &Setup) -> String {
    format!("a number from 1 to n={}", setup.quorum.n())
}

impl Setup {
    /// What cannot be true of two fields together, if anything.
    pub fn contradiction(&self) -> Option<(&'static str, String)> {
        if u16::from(self.quorum.n()) > self.nodes {
            return Some(("n", format!("a number from 1 to nodes={}", self.nodes)));
        }
        if self.nodes > self.partitions {
            return Some(("partitions", format!("at least nodes={}", self.nodes)));
        }
        None
    }
}

impl fmt::Display for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let usual = Setup::default();
        let mut space = "";
        for field in &FIELDS {
            let shown = (field.show)(self);
            if field.always || shown != (field.show)(&usual) {
                write!(f, "{space}{}={shown}", field.name)?;
                space = " ";
            }
        }
        Ok(())
    }
}
