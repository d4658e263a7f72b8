//! What can be changed in a node while it runs: its intervals, its detector, whom it chooses.
//!
//! Which engine keeps the slots and how versions are told apart are no knobs: they say what lies on
//! disks. Every other value of a [`Config`] that is not here names a bound within one request.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::node::choice::CoordinatorChoice;
use crate::node::opinion::Detector;
use crate::time::Duration;

/// A length of time in a [`Config`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Interval {
    /// [`Config::answer_within`].
    AnswerWithin,
    /// [`Config::probe_every`].
    ProbeEvery,
    /// [`Config::hint_scan_every`].
    HintScanEvery,
    /// [`Config::gossip_every`].
    GossipEvery,
    /// [`Config::transfer_retry`].
    TransferRetry,
    /// [`Config::flush_every`].
    FlushEvery,
    /// [`Config::ring_poll_every`].
    RingPollEvery,
    /// [`Config::tombstone_life`].
    TombstoneLife,
    /// [`Config::foreground_target`].
    ForegroundTarget,
    /// [`Config::health_window`].
    HealthWindow,
}

impl Interval {
    /// Every one, in the order of forms.
    pub const ALL: [Interval; 10] = [
        Interval::AnswerWithin,
        Interval::ProbeEvery,
        Interval::HintScanEvery,
        Interval::GossipEvery,
        Interval::TransferRetry,
        Interval::FlushEvery,
        Interval::RingPollEvery,
        Interval::TombstoneLife,
        Interval::ForegroundTarget,
        Interval::HealthWindow,
    ];

    /// Its name in scripts.
    pub const fn name(self) -> &'static str {
        match self {
            Interval::AnswerWithin => "answer-within",
            Interval::ProbeEvery => "probe-every",
            Interval::HintScanEvery => "hint-scan-every",
            Interval::GossipEvery => "gossip-every",
            Interval::TransferRetry => "transfer-retry",
            Interval::FlushEvery => "flush-every",
            Interval::RingPollEvery => "ring-poll-every",
            Interval::TombstoneLife => "tombstone-life",
            Interval::ForegroundTarget => "foreground-target",
            Interval::HealthWindow => "health-window",
        }
    }

    /// Where it stands.
    pub fn of(self, config: &mut Config) -> &mut Duration {
        match self {
            Interval::AnswerWithin => &mut config.answer_within,
            Interval::ProbeEvery => &mut config.probe_every,
            Interval::HintScanEvery => &mut config.hint_scan_every,
            Interval::GossipEvery => &mut config.gossip_every,
            Interval::TransferRetry => &mut config.transfer_retry,
            Interval::FlushEvery => &mut config.flush_every,
            Interval::RingPollEvery => &mut config.ring_poll_every,
            Interval::TombstoneLife => &mut config.tombstone_life,
            Interval::ForegroundTarget => &mut config.foreground_target,
            Interval::HealthWindow => &mut config.health_window,
        }
    }
}

/// One value of a [`Config`] that is another from here on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Knob {
    /// A length of time.
    Interval(Interval, Duration),
    /// [`Config::exchange_every`].
    ExchangeEvery(Option<Duration>),
    /// [`Config::detector`].
    Detector(Detector),
    /// [`Config::coordinator`].
    Coordinator(CoordinatorChoice),
    /// [`Config::background_slices`].
    BackgroundSlices(u16),
}

impl Config {
    /// The same but for one value.
    pub fn turn(&mut self, knob: Knob) {
        match knob {
            Knob::Interval(interval, length) => *interval.of(self) = length,
            Knob::ExchangeEvery(period) => self.exchange_every = period,
            Knob::Detector(detector) => self.detector = detector,
            Knob::Coordinator(choice) => self.coordinator = choice,
            Knob::BackgroundSlices(slices) => self.background_slices = slices,
        }
    }
}

impl fmt::Display for Knob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Knob::Interval(interval, length) => write!(f, "{}={length}", interval.name()),
            Knob::ExchangeEvery(None) => f.write_str("exchange-every=never"),
            Knob::ExchangeEvery(Some(period)) => write!(f, "exchange-every={period}"),
            Knob::Detector(detector) => write!(f, "detector={detector}"),
            Knob::Coordinator(choice) => write!(f, "coordinator={choice}"),
            Knob::BackgroundSlices(slices) => write!(f, "background-slices={slices}"),
        }
    }
}
