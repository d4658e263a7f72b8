//! Last write wins: one value, stamped by its coordinator's own clock; the later stamp stays.
//!
//! To learn from: of two writes that do not know each other one is silently dropped, and which one
//! is up to clocks.

use serde::{Deserialize, Serialize};

use super::Sibling;
use crate::clock::{Actor, Dot};
use crate::time::LocalTime;

/// The value that has won so far. Its dot is its coordinator and the stamp in microseconds; equal
/// stamps are decided by the coordinator, then by the value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Newest {
    stamp: LocalTime,
    pub(super) dot: Dot,
    pub(super) sibling: Sibling,
}

impl Newest {
    pub(super) fn stamped(actor: Actor, sibling: Sibling, now: LocalTime) -> Newest {
        Newest { stamp: now, dot: Dot { actor, counter: now.0 }, sibling }
    }

    pub(super) fn merge(&mut self, other: &Newest) {
        if other > self {
            *self = other.clone();
        }
    }
}
