//! Plain vector clocks, as the paper tells them (4.4): every version has a clock of its own with
//! one counter for each node that coordinated.
//!
//! To learn from, not to use: two puts with one context through one coordinator get clocks of
//! which the later covers the earlier, and an acknowledged value is gone (P1). So it is when a
//! coordinator lost its counters (P10), and truncation makes descendants look like strangers (P4).

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::Sibling;
use crate::clock::{Actor, CausalContext, Causality, Dot, VectorClock};
use crate::collections::Map;
use crate::time::LocalTime;

/// The versions of which none descends from another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clocks {
    /// The pointwise maximum of all clocks here.
    pub(super) context: CausalContext,
    // Invariant: in order, and no version outranks another.
    pub(super) versions: Vec<Version>,
}

/// One version; it never changes once it is made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Version {
    /// The coordinator and its counter.
    pub(super) dot: Dot,
    pub(super) sibling: Sibling,
    pub(super) clock: Clock,
}

/// A vector and, for every pair in it, when the node last updated the item by its own clock.
/// The times take no part in any comparison; truncation alone looks at them.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Clock {
    pub(super) vector: VectorClock,
    #[serde(deserialize_with = "crate::collections::read_map")]
    stamps: Map<Actor, LocalTime>,
}

impl Version {
    /// Whether its clock covers the event that made it.
    pub(super) fn is_in_its_clock(&self) -> bool {
        self.clock.vector.counter(&self.dot.actor) >= self.dot.counter
    }

    /// Whether a set that holds this one has no use for the other.
    fn covers(&self, other: &Version) -> bool {
        self == other || self.outranks(other)
    }

    /// Whether this one descends from the other. Two versions of one clock are one version to
    /// everybody who compares clocks: all nodes keep the same.
    fn outranks(&self, other: &Version) -> bool {
        match self.clock.vector.compare(&other.clock.vector) {
            Causality::After => true,
            Causality::Equal => self > other,
            Causality::Before | Causality::Concurrent => false,
        }
    }
}

impl Clock {
    fn stamp(&self, actor: &Actor) -> LocalTime {
        self.stamps.get(actor).copied().unwrap_or_default()
    }

    /// Drops the pairs that are oldest, ties in the order of actors, until `most` are left; never
    /// that of the version's own coordinator (INV-K1, INV-K3).
    fn truncate(&mut self, own: Actor, most: usize) {
        while self.vector.len() > most.max(1) {
            let others = self.vector.iter().map(|(actor, _)| *actor).filter(|it| *it != own);
            let Some(oldest) = others.min_by_key(|actor| (self.stamp(actor), *actor)) else {
                return;
            };
            self.vector.forget(&oldest);
            self.stamps.remove(&oldest);
        }
    }
}

impl Clocks {
    /// A new version with what the writer had seen, one event of its coordinator more.
    pub(super) fn write(
        &mut self,
        seen: &CausalContext,
        actor: Actor,
        sibling: Sibling,
        now: LocalTime,
        most_pairs: usize,
    ) -> Dot {
        let known = seen.highest(&actor).max(self.context.highest(&actor));
        // A forged context may name the last counter that there is.
        let counter = known.saturating_add(1);
        let mut clock = Clock::default();
        for seen_actor in &seen.actors() {
            clock.vector.raise(*seen_actor, seen.highest(seen_actor));
            let known = self.versions.iter().map(|version| version.clock.stamp(seen_actor));
            clock.stamps.insert(*seen_actor, known.max().unwrap_or_default());
        }
        clock.vector.raise(actor, counter);
        clock.stamps.insert(actor, now);
        clock.truncate(actor, most_pairs);
        let dot = Dot { actor, counter };
        self.take_in(Version { dot, sibling, clock });
        self.join_clocks();
        dot
    }

    pub(super) fn merge(&mut self, other: &Clocks) {
        for version in &other.versions {
            self.take_in(version.clone());
        }
        self.join_clocks();
    }

    /// Whether merging the other would change nothing.
    pub(super) fn includes(&self, other: &Clocks) -> bool {
        let is_known = |version: &Version| self.versions.iter().any(|held| held.covers(version));
        other.versions.iter().all(is_known)
    }

    fn take_in(&mut self, version: Version) {
        if self.versions.iter().any(|held| held.covers(&version)) {
            return;
        }
        self.versions.retain(|held| !version.outranks(held));
        let at = self.versions.partition_point(|held| *held < version);
        self.versions.insert(at, version);
    }

    fn join_clocks(&mut self) {
        self.context = CausalContext::default();
        for version in &self.versions {
            self.context.absorb(&CausalContext::from(version.clock.vector.clone()));
        }
    }

    pub(super) fn of(versions: Vec<Version>) -> Clocks {
        let mut set = Clocks::default();
        for version in versions {
            set.take_in(version);
        }
        set.join_clocks();
        set
    }

    /// The clock of the version that this event made.
    pub(super) fn clock_of(&self, dot: &Dot) -> Option<&VectorClock> {
        let version = self.versions.iter().find(|version| version.dot == *dot)?;
        Some(&version.clock.vector)
    }
}
