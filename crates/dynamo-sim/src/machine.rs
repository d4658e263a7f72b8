//! What can befall a machine beside losing its process or its disk: it stands still or is slow,
//! its clock is wrong, its disk is full, it is set back to an old backup or was cloned.

use core::fmt;

use dynamo_core::{Duration, LocalTime, MessageKind};
use serde::{Deserialize, Serialize};

use crate::time::Time;

/// How much a clock may be wrong: a day.
pub const MAX_SKEW: i64 = 86_400_000_000;
/// How much a clock may run too fast or too slow, in millionths.
pub const MAX_DRIFT: i32 = 1_000;
/// How much a machine may be slower than usual.
pub const MAX_SLOWNESS: u16 = 1_000;

/// Something that befalls a machine, or ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ailment {
    /// Its process stands still, as in a long collection of garbage: what reaches it waits.
    Pause,
    /// It goes on.
    Resume,
    /// Its disk and the messages about data take so many times as long; pings and gossip do not.
    Slow(u16),
    /// Its clock goes by this from here on.
    Clock(Drift),
    /// Its disk is full: what would store fails.
    Fill,
    /// There is room again.
    Free,
    /// A backup is made of what its disk has stored.
    Snapshot,
    /// Its disk is set back to the last backup; its process dies.
    Restore,
    /// The next process of the node takes the name of the last, as on a cloned machine.
    Reuse,
}

impl Ailment {
    /// The word for it in a script.
    pub fn name(self) -> &'static str {
        match self {
            Ailment::Pause => "pause",
            Ailment::Resume => "resume",
            Ailment::Slow(_) => "slow",
            Ailment::Clock(_) => "clock",
            Ailment::Fill => "fill",
            Ailment::Free => "free",
            Ailment::Snapshot => "snapshot",
            Ailment::Restore => "restore",
            Ailment::Reuse => "reuse",
        }
    }
}

/// How a clock goes wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drift {
    /// By how much it is ahead, in microseconds; behind if negative.
    pub ahead: i64,
    /// How much it gains from here on, in millionths; loses if negative.
    pub gains: i32,
}

impl fmt::Display for Drift {
    /// As in a script: `+2s`, `-25ms drift=200`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.ahead < 0 { "-" } else { "+" };
        write!(f, "{sign}{}", Duration::micros(self.ahead.unsigned_abs()))?;
        if self.gains == 0 { Ok(()) } else { write!(f, " drift={}", self.gains) }
    }
}

/// A machine's own clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clock {
    drift: Drift,
    since: Time,
}

impl Clock {
    /// What it shows; never less than nothing.
    pub fn local(&self, now: Time) -> LocalTime {
        if self.is_right() {
            return LocalTime(now.as_micros());
        }
        let passed = now.since(self.since).as_micros() as i64;
        let gained = passed.saturating_mul(self.drift.gains.into()) / 1_000_000;
        let wrong = self.drift.ahead.saturating_add(gained);
        LocalTime(now.as_micros().saturating_add_signed(wrong))
    }

    /// Whether it shows the right time and will.
    pub fn is_right(&self) -> bool {
        self.drift == Drift::default()
    }

    /// How it goes wrong.
    pub fn drift(&self) -> Drift {
        self.drift
    }
}

/// How a machine is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Condition {
    /// Its process stands still.
    pub paused: bool,
    /// So many times as slow as usual; 1 is usual.
    pub slow: u16,
    /// Its clock.
    pub clock: Clock,
    /// Its disk is full.
    pub full: bool,
    /// There is a backup of its disk.
    pub backed_up: bool,
    /// Its next process takes the name of the last.
    pub reuses: bool,
}

impl Default for Condition {
    fn default() -> Self {
        let clock = Clock::default();
        Condition { paused: false, slow: 1, clock, full: false, backed_up: false, reuses: false }
    }
}

impl Condition {
    /// Follows what befalls the machine.
    pub fn befall(&mut self, now: Time, ailment: Ailment) {
        match ailment {
            Ailment::Pause => self.paused = true,
            Ailment::Resume => self.paused = false,
            Ailment::Slow(times) => self.slow = times,
            Ailment::Clock(drift) => self.clock = Clock { drift, since: now },
            Ailment::Fill => self.full = true,
            Ailment::Free => self.full = false,
            Ailment::Snapshot => self.backed_up = true,
            Ailment::Restore => {}
            Ailment::Reuse => self.reuses = true,
        }
    }

    /// Its process has died.
    pub fn crash(&mut self) {
        self.paused = false;
    }

    /// A process has started.
    pub fn start(&mut self) {
        self.reuses = false;
    }

    /// Whether it is so already.
    pub fn is_so(&self, ailment: Ailment) -> bool {
        match ailment {
            Ailment::Pause => self.paused,
            Ailment::Resume => !self.paused,
            Ailment::Fill => self.full,
            Ailment::Free => !self.full,
            Ailment::Reuse => self.reuses,
            Ailment::Slow(_) | Ailment::Clock(_) | Ailment::Snapshot | Ailment::Restore => false,
        }
    }

    /// Whether it works as fast and as well as it should. A wrong clock takes nothing away.
    pub fn is_well(&self) -> bool {
        !self.paused && !self.full && self.slow == 1
    }
}

/// Whether a message is slow on its way to or from a slow machine: its links are well, but what it
/// has to do for clients and replicas is not.
pub fn is_data(kind: MessageKind) -> bool {
    !matches!(
        kind,
        MessageKind::Ping
            | MessageKind::Pong
            | MessageKind::Gossip
            | MessageKind::History
            | MessageKind::RingPoll
            | MessageKind::RingReply
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_ahead_or_behind_and_gains_or_loses() {
        let clock = |ahead, gains| Clock { drift: Drift { ahead, gains }, since: Time(1_000_000) };
        let now = Time(11_000_000);
        assert_eq!(clock(0, 0).local(now), LocalTime(11_000_000));
        assert_eq!(clock(500, 0).local(now), LocalTime(11_000_500));
        assert_eq!(clock(-500, 200).local(now), LocalTime(11_001_500));
        assert_eq!(clock(-MAX_SKEW, 0).local(now), LocalTime(0));
    }
}
