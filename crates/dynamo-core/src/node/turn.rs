//! A knob is turned while the process runs.
//!
//! ```text
//! n1  !      its period is another
//! n1 (timer) at a chance moment of the new period, then every period
//! ```
//!
//! What is under way ends as it began: a request that waits for answers waits for as long as it was
//! going to. A period begins anew, so that nobody waits for the end of a long one; as after a start,
//! at a chance moment that differs from node to node.

use crate::shared::Shared;

use crate::effect::{Effects, Timer};
use crate::knob::{Interval, Knob};
use crate::node::Node;
use crate::time::Duration;

impl Node {
    pub(super) fn turned(&mut self, knob: Knob, effects: &mut Effects) {
        Shared::make_mut(&mut self.config).turn(knob);
        match knob {
            Knob::Interval(interval, length) => self.begin_period(interval, length, effects),
            Knob::ExchangeEvery(period) => {
                if period.is_none() {
                    effects.disarm(Timer::Exchange);
                }
                self.schedule_exchange(self.boot.nonce >> 20, effects);
            }
            Knob::Detector(detector) => {
                self.opinions.judge_by(detector);
                self.follow_detector(effects);
            }
            Knob::Coordinator(_) | Knob::BackgroundSlices(_) => {}
        }
    }

    fn begin_period(&mut self, interval: Interval, length: Duration, effects: &mut Effects) {
        match interval {
            Interval::ProbeEvery => {
                for node in self.opinions.suspected() {
                    effects.arm(Timer::Probe(node), length);
                }
                self.follow_detector(effects);
            }
            Interval::HintScanEvery => self.schedule_hint_scan(self.boot.nonce, effects),
            Interval::GossipEvery => self.schedule_gossip(effects),
            Interval::TransferRetry if self.transfer.is_giving() => {
                effects.arm(Timer::Transfer, length);
            }
            Interval::FlushEvery if self.flush.is_armed() => effects.arm(Timer::Flush, length),
            Interval::TombstoneLife if self.reaping.is_waiting() => {
                effects.arm(Timer::Reap, length);
            }
            // They are looked at when they are needed. A library asks for the ring when it is due.
            _ => {}
        }
    }
}
