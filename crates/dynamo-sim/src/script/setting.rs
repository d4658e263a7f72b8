//! What a run can change while it goes on, and how it is written.
//!
//! What is not here is ordered (N and the ring, as members that come and go), or holds for a whole
//! run: which engine keeps the slots, how versions are told apart.

use alloc::format;
use alloc::string::{String, ToString};
use core::fmt;

use dynamo_core::{Duration, Interval, Knob, NotFound, Strictness};
use serde::{Deserialize, Serialize};

use super::setup::{FIELDS, Rate, interval, number, period};
use super::ways;
use super::words::{count, duration, quorum_number};
use crate::latency::Latency;

/// What can change during a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Setting {
    /// R.
    R(u8),
    /// W.
    W(u8),
    /// Sloppy or strict.
    Mode(Strictness),
    /// How long messages travel.
    Latency(Latency),
    /// How many are lost.
    Loss(Rate),
    /// How many arrive twice.
    Copies(Rate),
    /// How much later than usual a copy may come.
    Late(Duration),
    /// How many have a bit turned on their way.
    Corruption(Rate),
    /// Whether receivers notice a turned bit, and drop what has one.
    Checksums(bool),
    /// How many messages a link carries at one time; what is more is lost. 0 is any number.
    Capacity(u16),
    /// How long messages between nodes in different zones travel, if it is another time.
    ZoneLatency(Option<Latency>),
    /// What the answer of a replica that has nothing means.
    NotFound(NotFound),
    /// How long a client waits for an answer.
    ClientTimeout(Duration),
    /// How often a client that has heard nothing asks again.
    Retries(u8),
    /// A knob of every node and of every library.
    Knob(Knob),
}

/// What a word of a setting looks like.
pub(super) const EXPECTED: &str = "r=2, w=2, mode=sloppy, latency=constant-5ms, zone-latency=same, \
     loss=0.05, copies=0.05, late=10s, corruption=0.01, checksums=off, capacity=20, \
     not-found=counts, retries=1, coordinator=any, detector=phi, exchange-every=5s, background-slices=128, or \
     an interval: client-timeout=250ms, answer-within, probe-every, hint-scan-every, gossip-every, transfer-retry, \
     flush-every, ring-poll-every, tombstone-life, foreground-target, health-window";

/// Reads NAME=VALUE.
pub(super) fn read(text: &str) -> Result<Setting, String> {
    let (name, value) = text.split_once('=').ok_or(EXPECTED)?;
    if let Some(length) = Interval::ALL.into_iter().find(|it| it.name() == name) {
        return interval(value).map(|value| Setting::Knob(Knob::Interval(length, value)));
    }
    match name {
        "r" => quorum_number(value).map(Setting::R),
        "w" => quorum_number(value).map(Setting::W),
        "mode" => ways::strictness(value).map(Setting::Mode),
        "latency" => value.parse().map(Setting::Latency),
        "zone-latency" if value == "same" => Ok(Setting::ZoneLatency(None)),
        "zone-latency" => value.parse().map(Some).map(Setting::ZoneLatency),
        "loss" => Rate::parse(value).map(Setting::Loss),
        "copies" => Rate::parse(value).map(Setting::Copies),
        "late" => {
            let length = duration(value)?;
            let fits = length.as_micros() <= 60_000_000;
            fits.then_some(Setting::Late(length)).ok_or_else(|| "at most 60s".to_string())
        }
        "corruption" => Rate::parse(value).map(Setting::Corruption),
        "checksums" => match value {
            "on" => Ok(Setting::Checksums(true)),
            "off" => Ok(Setting::Checksums(false)),
            _ => Err("on or off".to_string()),
        },
        "capacity" if value == "any" => Ok(Setting::Capacity(0)),
        "capacity" => {
            let most = count(value).and_then(|it| u16::try_from(it).ok()).filter(|it| *it > 0);
            let expected = "any, or a number of messages from 1 to 65535";
            most.map(Setting::Capacity).ok_or_else(|| expected.to_string())
        }
        "not-found" => ways::not_found(value).map(Setting::NotFound),
        "client-timeout" => interval(value).map(Setting::ClientTimeout),
        "retries" => number(value, 0, 5).map(|times| Setting::Retries(times as u8)),
        "coordinator" => ways::coordinator(value).map(|it| Setting::Knob(Knob::Coordinator(it))),
        "detector" => ways::detector(value).map(|it| Setting::Knob(Knob::Detector(it))),
        "exchange-every" => period(value).map(|it| Setting::Knob(Knob::ExchangeEvery(it))),
        "background-slices" => number(value, 1, 10_000)
            .map(|slices| Setting::Knob(Knob::BackgroundSlices(slices as u16))),
        "n" => Err(format!("R or W, as N changes by the command replicas: {EXPECTED}")),
        "strategy" | "tokens" | "partitions" => {
            Err(format!("a setting, as the ring changes by the command strategy: {EXPECTED}"))
        }
        _ if FIELDS.iter().any(|field| field.name == name) => Err(format!(
            "a setting that can change during a run, as {name} holds for a whole one: {EXPECTED}"
        )),
        _ => Err(EXPECTED.to_string()),
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Setting::R(r) => write!(f, "r={r}"),
            Setting::W(w) => write!(f, "w={w}"),
            Setting::Mode(strictness) => write!(f, "mode={strictness}"),
            Setting::Latency(latency) => write!(f, "latency={latency}"),
            Setting::Loss(rate) => write!(f, "loss={rate}"),
            Setting::Copies(rate) => write!(f, "copies={rate}"),
            Setting::Late(length) => write!(f, "late={length}"),
            Setting::Corruption(rate) => write!(f, "corruption={rate}"),
            Setting::Checksums(true) => f.write_str("checksums=on"),
            Setting::Checksums(false) => f.write_str("checksums=off"),
            Setting::Capacity(0) => f.write_str("capacity=any"),
            Setting::Capacity(most) => write!(f, "capacity={most}"),
            Setting::ZoneLatency(None) => f.write_str("zone-latency=same"),
            Setting::ZoneLatency(Some(latency)) => write!(f, "zone-latency={latency}"),
            Setting::NotFound(choice) => write!(f, "not-found={choice}"),
            Setting::ClientTimeout(length) => write!(f, "client-timeout={length}"),
            Setting::Retries(times) => write!(f, "retries={times}"),
            Setting::Knob(knob) => knob.fmt(f),
        }
    }
}
