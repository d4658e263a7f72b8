//! Last write wins: one value, stamped by its coordinator's own clock; the later stamp stays.
//!
//! To learn from: of two writes that do not know each other one is silently dropped, and which one
//! is up to clocks.

use serde::{Deserialize, Serialize};

use super::Sibling;
use crate::clock::{Actor, Dot};
use crate::time::LocalTime;

/// The value that has won so far. Its dot is its coordinator and the stamp in microseconds, from 1;
/// equal stamps are decided by the coordinator, then by the value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Newest {
    stamp: LocalTime,
    pub(super) dot: Dot,
    pub(super) sibling: Sibling,
}

impl Newest {
    pub(super) fn stamped(actor: Actor, sibling: Sibling, now: LocalTime) -> Newest {
        // A clock may be set back to before its beginning, but nobody has seen a dot at birth.
        Newest { stamp: now, dot: Dot { actor, counter: now.0.max(1) }, sibling }
    }
}
