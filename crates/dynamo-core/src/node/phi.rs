//! Phi accrual: a suspicion that grows with silence (Hayashibara et al. 2004), as an alternative to
//! the silence of single requests (paper 4.8.3).
//!
//! ```text
//! n1 -> n3   ping               n1 has heard nothing of n3 for `probe_every`: a heartbeat
//! n3 -> n1   pong               any message is one: the time since the last is a sample
//! n1  !      phi of n3 is 8.0   silence / (mean of the samples * ln 10)
//! n1  !      n3 seems down      and is probed until it is heard
//! ```
//!
//! Arrivals are taken as exponential, so phi = 8 says that a node which is up is silent for so long
//! once in 10^8 times: after 18.4 means. All in whole numbers.

use alloc::collections::VecDeque;

use crate::collections::Map;
use crate::effect::{Effects, Fact, Timer};
use crate::id::{NodeId, Subject, Task, TaskKind};
use crate::message::Message;
use crate::node::Node;
use crate::node::opinion::Detector;
use crate::time::{Duration, LocalTime};

/// The most samples of one peer.
const SAMPLES: usize = 64;
/// From here on a node seems down, in thousandths: the usual choice of 8.
const THRESHOLD: u64 = 8_000;

/// When a peer was heard, and how far apart.
#[derive(Clone, Debug)]
struct Arrivals {
    heard: LocalTime,
    /// When a sample was taken last.
    sampled: LocalTime,
    samples: VecDeque<u64>,
    sum: u64,
    heartbeats: u32,
}

impl Arrivals {
    /// What is expected of a peer that was not heard yet.
    fn expected(now: LocalTime, every: Duration) -> Self {
        let every = every.as_micros().max(1);
        let samples = VecDeque::from([every]);
        Arrivals { heard: now, sampled: now, samples, sum: every, heartbeats: 0 }
    }

    /// A message arrived. A burst is one arrival: what comes sooner than `least` after the last
    /// sample is none.
    fn hear(&mut self, now: LocalTime, least: Duration) {
        self.heard = now;
        let interval = now.since(self.sampled);
        if interval < least {
            return;
        }
        self.sampled = now;
        self.samples.push_back(interval.as_micros());
        self.sum += interval.as_micros();
        if self.samples.len() > SAMPLES {
            self.sum -= self.samples.pop_front().unwrap_or_default();
        }
    }

    /// The silence of now does not count as a sample: the peer was down.
    fn forgive(&mut self, now: LocalTime) {
        (self.heard, self.sampled) = (now, now);
    }

    fn mean(&self) -> Duration {
        Duration::micros(self.sum / self.samples.len().max(1) as u64)
    }

    /// Phi in thousandths.
    fn phi(&self, now: LocalTime) -> u64 {
        phi(now.since(self.heard), self.mean())
    }
}

/// The suspicion after this silence, in thousandths: silence / (mean * ln 10).
pub fn phi(silence: Duration, mean: Duration) -> u64 {
    // 1000 / ln 10 is 434.294...
    let scaled = u128::from(silence.as_micros()) * 434_294;
    (scaled / (u128::from(mean.as_micros().max(1)) * 1_000)).try_into().unwrap_or(u64::MAX)
}

/// The arrivals of every peer.
#[derive(Clone, Debug, Default)]
pub(super) struct Heartbeats {
    peers: Map<NodeId, Arrivals>,
}

impl Node {
    fn accrues(&self) -> bool {
        self.config.detector == Detector::Phi
    }

    /// Arms the next round; the first comes at a chance moment of the period.
    pub(super) fn schedule_heartbeats(&mut self, chance: u64, effects: &mut Effects) {
        if self.accrues() {
            let period = self.config.probe_every.as_micros().max(1);
            effects.arm(Timer::Heartbeat, Duration::micros(1 + chance % period));
        }
    }

    /// Another detector or another period: what was measured says nothing about it.
    pub(super) fn follow_detector(&mut self, effects: &mut Effects) {
        let (now, every) = (self.now, self.config.probe_every);
        for (_, arrivals) in self.heartbeats.peers.iter_mut() {
            // The count goes on, so that no two heartbeats share a name.
            *arrivals =
                Arrivals { heartbeats: arrivals.heartbeats, ..Arrivals::expected(now, every) };
        }
        effects.disarm(Timer::Heartbeat);
        self.schedule_heartbeats(self.boot.nonce, effects);
    }

    /// Any message of a node is a sign of life.
    pub(super) fn arrived(&mut self, now: LocalTime, from: NodeId, effects: &mut Effects) {
        if !self.accrues() {
            return;
        }
        let every = self.config.probe_every;
        let was_down = self.opinions.suspects(from);
        let new = || Arrivals::expected(now, every);
        let arrivals = self.heartbeats.peers.entry(from).or_insert_with(new);
        match was_down {
            true => arrivals.forgive(now),
            false => arrivals.hear(now, Duration::micros(every.as_micros() / 2)),
        }
        self.hears(from, effects);
    }

    /// Judges everybody's silence, and asks whoever has been silent for a while.
    pub(super) fn heartbeat(&mut self, now: LocalTime, effects: &mut Effects) {
        let ring = self.membership.ring.clone();
        let every = self.config.probe_every;
        for node in ring.members().iter().map(|member| member.node) {
            // Whoever seems down is probed already.
            if node == self.id() || self.opinions.suspects(node) {
                continue;
            }
            let new = || Arrivals::expected(now, every);
            let arrivals = self.heartbeats.peers.entry(node).or_insert_with(new);
            let (phi, mean) = (arrivals.phi(now), arrivals.mean());
            let kind = TaskKind::Heartbeat(node);
            let task = |firing| Task { boot: self.boot, kind, firing };
            if phi > THRESHOLD {
                let because = Subject::Task(task(arrivals.heartbeats));
                effects.note(Fact::PhiCrossed { node, phi, mean });
                self.believe_down(now, node, because, effects);
            } else if now.since(arrivals.heard) >= every || arrivals.heartbeats == 0 {
                arrivals.heartbeats += 1;
                effects.send(node, Message::Ping(task(arrivals.heartbeats)));
            }
        }
        effects.arm(Timer::Heartbeat, every);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> LocalTime {
        LocalTime(millis * 1_000)
    }

    #[test]
    fn phi_is_eight_after_eighteen_means_and_a_half() {
        let mean = Duration::millis(500);
        assert_eq!(phi(Duration::ZERO, mean), 0);
        assert!(phi(Duration::millis(9_210), mean) < THRESHOLD);
        assert!(phi(Duration::millis(9_220), mean) > THRESHOLD);
        assert_eq!(phi(Duration(u64::MAX), Duration::ZERO), u64::MAX);
    }

    #[test]
    fn samples_are_bounded_and_a_burst_is_one_arrival() {
        let mut arrivals = Arrivals::expected(at(0), Duration::millis(500));
        for arrival in 1..=1_000 {
            arrivals.hear(at(arrival * 400), Duration::millis(250));
            arrivals.hear(at(arrival * 400 + 1), Duration::millis(250));
        }
        assert_eq!(arrivals.samples.len(), SAMPLES);
        assert_eq!(arrivals.mean(), Duration::millis(400));
    }

    #[test]
    fn a_slow_peer_is_given_more_time() {
        let after = |interval: u64| {
            let mut arrivals = Arrivals::expected(at(0), Duration::millis(500));
            (1..=64).for_each(|it| arrivals.hear(at(it * interval), Duration::millis(250)));
            arrivals.phi(at(64 * interval + 10_000))
        };
        assert!(after(500) > THRESHOLD && after(1_000) < THRESHOLD);
    }
}
