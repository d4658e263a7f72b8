//! The versions of one key (paper 4.4): three ways to tell them apart, one set of operations.
//!
//! | mode | a version is named by | two writes that do not know each other |
//! |---|---|---|
//! | [`Dotted`] | its dot, under one context for the set | both stay, always |
//! | [`Clocks`] | a vector clock of its own | both stay, unless one coordinator took them both |
//! | [`Newest`] | the time at its coordinator | one stays |
//!
//! The only ways to change a set are a new write and [`Versions::merge`], and a replica knows only
//! the latter. A cluster has one mode, so sets of two modes never meet; the empty set is the same
//! in all.

mod bytes;
mod clocks;
mod dotted;
mod newest;
#[cfg(test)]
pub(crate) mod tests;

use crate::shared::Shared;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

pub use clocks::{Clocks, Version};
pub use dotted::Dotted;
pub use newest::Newest;

use crate::clock::{Actor, CausalContext, Dot, VectorClock};
use crate::id::{RequestId, Value};
use crate::time::LocalTime;
use crate::wire::{self, Hash};

/// How the nodes of a cluster tell versions apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Versioning {
    /// Dotted version vector sets.
    #[default]
    Dotted,
    /// Plain vector clocks, truncated.
    Clocks,
    /// Last write wins.
    Newest,
}

impl Versioning {
    /// Every mode.
    pub const ALL: [Versioning; 3] = [Versioning::Dotted, Versioning::Clocks, Versioning::Newest];
}

impl fmt::Display for Versioning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Versioning::Dotted => "dotted",
            Versioning::Clocks => "clocks",
            Versioning::Newest => "lww",
        })
    }
}

/// One live value and the put that wrote it. A deletion is such a put, too: what it leaves is a
/// tombstone, which covers like a value and is none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Sibling {
    /// What the client wrote; none for a tombstone.
    pub value: Option<Value>,
    /// The put that wrote it: one intent is never taken twice for two.
    pub request: RequestId,
}

impl Sibling {
    /// The value's text; nothing for a tombstone.
    pub fn text(&self) -> Option<&str> {
        self.value.as_ref().map(Value::as_str)
    }
}

/// All live values of one key and everything known to have happened to it. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Versions {
    /// With dots. The empty set of every mode is an empty one of these.
    Dotted(Shared<Dotted>),
    /// With clocks; not empty.
    Clocks(Shared<Clocks>),
    /// The newest.
    Newest(Shared<Newest>),
}

/// What names a version, in the notation of its mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark<'a> {
    /// Its dot.
    Dot(&'a Dot),
    /// Its clock.
    Clock(&'a VectorClock),
    /// Its coordinator and the time there.
    Stamp(&'a Dot),
}

impl Default for Versions {
    fn default() -> Self {
        Versions::Dotted(Shared::default())
    }
}

static NOTHING: CausalContext = CausalContext::new();

impl Versions {
    /// Whether the key was never written, as far as this set knows.
    pub fn is_empty(&self) -> bool {
        matches!(self, Versions::Dotted(set) if set.context.is_empty())
    }

    /// Everything known to have happened to the key; covers every live dot (INV-V5). Where the
    /// newest wins, nothing is known of what happened.
    pub fn context(&self) -> &CausalContext {
        match self {
            Versions::Dotted(set) => &set.context,
            Versions::Clocks(set) => &set.context,
            Versions::Newest(_) => &NOTHING,
        }
    }

    /// The live values in the order of their dots.
    pub fn siblings(&self) -> Siblings<'_> {
        Siblings { of: self, next: 0 }
    }

    fn sibling(&self, index: usize) -> Option<(&Dot, &Sibling)> {
        match self {
            Versions::Dotted(set) => set.siblings.get_indexed(index),
            Versions::Clocks(set) => {
                set.versions.get(index).map(|version| (&version.dot, &version.sibling))
            }
            Versions::Newest(set) => (index == 0).then_some((&set.dot, &set.sibling)),
        }
    }

    fn len(&self) -> usize {
        match self {
            Versions::Dotted(set) => set.siblings.len(),
            Versions::Clocks(set) => set.versions.len(),
            Versions::Newest(_) => 1,
        }
    }

    /// What names the version that this event made.
    pub fn mark<'a>(&'a self, dot: &'a Dot) -> Mark<'a> {
        match self {
            Versions::Dotted(_) => Mark::Dot(dot),
            Versions::Clocks(set) => set.clock_of(dot).map_or(Mark::Dot(dot), Mark::Clock),
            Versions::Newest(_) => Mark::Stamp(dot),
        }
    }

    /// The dot under which this put's value lives here, if it does.
    pub fn dot_of(&self, request: RequestId) -> Option<Dot> {
        self.siblings().find(|(_, sibling)| sibling.request == request).map(|(dot, _)| *dot)
    }

    /// A new write at this replica, with dots: drops what the writer had seen, adds the value.
    ///
    /// The new dot follows the highest that the set knows of `actor`.
    pub fn write(&mut self, seen: &CausalContext, actor: Actor, sibling: Sibling) -> Dot {
        let mut set = match self {
            Versions::Dotted(set) => set.as_ref().clone(),
            Versions::Clocks(_) | Versions::Newest(_) => Dotted::default(),
        };
        let dot = set.write(seen, actor, sibling);
        *self = Versions::Dotted(Shared::new(set));
        dot
    }

    /// A new write at this replica, with a clock of at most `most_pairs` pairs. What the new
    /// clock covers is gone, whether the writer had seen it or not.
    pub fn write_clock(
        &mut self,
        seen: &CausalContext,
        actor: Actor,
        sibling: Sibling,
        now: LocalTime,
        most_pairs: usize,
    ) -> Dot {
        let mut set = match self {
            Versions::Clocks(set) => set.as_ref().clone(),
            Versions::Dotted(_) | Versions::Newest(_) => Clocks::default(),
        };
        let dot = set.write(seen, actor, sibling, now, most_pairs);
        *self = Versions::Clocks(Shared::new(set));
        dot
    }

    /// A new write at this replica, stamped with the time. It stays if no later stamp is here.
    pub fn write_stamped(&mut self, actor: Actor, sibling: Sibling, now: LocalTime) -> Dot {
        let written = Newest::stamped(actor, sibling, now);
        let dot = written.dot;
        self.merge(&Versions::Newest(Shared::new(written)));
        dot
    }

    /// Takes in another set: the one and only write of a replica.
    ///
    /// Associative, commutative, idempotent (INV-V1).
    pub fn merge(&mut self, other: &Versions) {
        if self.includes(other) {
            return;
        }
        if other.includes(self) {
            // All of it is new, and from here on both share it.
            *self = other.clone();
            return;
        }
        match (self, other) {
            (Versions::Dotted(set), Versions::Dotted(other)) => Shared::make_mut(set).merge(other),
            (Versions::Clocks(set), Versions::Clocks(other)) => Shared::make_mut(set).merge(other),
            // Of two stamps one includes the other, and a cluster has one mode.
            _ => {}
        }
    }

    /// Whether the key was deleted: tombstones are all there is.
    pub fn is_deleted(&self) -> bool {
        let mut siblings = self.siblings();
        siblings.len() > 0 && siblings.all(|(_, sibling)| sibling.value.is_none())
    }

    /// Whether merging `other` into this set would change nothing.
    pub fn includes(&self, other: &Versions) -> bool {
        match (self, other) {
            (_, other) if other.is_empty() => true,
            (Versions::Dotted(set), Versions::Dotted(other)) => {
                Shared::ptr_eq(set, other) || set.includes(other)
            }
            (Versions::Clocks(set), Versions::Clocks(other)) => set.includes(other),
            (Versions::Newest(set), Versions::Newest(other)) => set >= other,
            _ => false,
        }
    }

    /// What a writer has seen once its write stands here under this dot: what it sent along plus
    /// the write and nothing else, as far as the mode can say so.
    pub fn seen_by_writer(&self, sent: &CausalContext, dot: Dot) -> CausalContext {
        match self {
            Versions::Dotted(_) => {
                let mut seen = sent.clone();
                seen.insert(dot);
                seen
            }
            Versions::Clocks(set) => {
                set.clock_of(&dot).cloned().map_or_else(|| sent.clone(), CausalContext::from)
            }
            Versions::Newest(_) => CausalContext::default(),
        }
    }

    /// What a writer had seen and the clock of its write says no more: the pairs that truncation
    /// dropped.
    pub fn truncated(&self, sent: &CausalContext, dot: &Dot) -> Vec<Dot> {
        let Versions::Clocks(set) = self else { return Vec::new() };
        let Some(clock) = set.clock_of(dot) else { return Vec::new() };
        let pairs = sent.vector().iter().map(|(actor, counter)| Dot { actor: *actor, counter });
        pairs.filter(|pair| clock.counter(&pair.actor) < pair.counter).collect()
    }

    /// Whether a later stamp has made this put's value give way.
    pub fn overrules(&self, put: RequestId) -> bool {
        matches!(self, Versions::Newest(set) if set.sibling.request != put)
    }

    /// A hash of the causal content and the values. The times in clocks take no part: they must
    /// not make equal replicas look different (P28).
    pub fn fingerprint(&self) -> Hash {
        match self {
            Versions::Dotted(_) | Versions::Newest(_) => wire::hash(self),
            Versions::Clocks(set) => {
                let causal = |it: &Version| (it.dot, it.sibling.clone(), it.clock.vector.clone());
                wire::hash(&set.versions.iter().map(causal).collect::<Vec<_>>())
            }
        }
    }
}

/// The live values of a set.
#[derive(Clone, Debug)]
pub struct Siblings<'a> {
    of: &'a Versions,
    next: usize,
}

impl<'a> Iterator for Siblings<'a> {
    type Item = (&'a Dot, &'a Sibling);

    fn next(&mut self) -> Option<Self::Item> {
        let found = self.of.sibling(self.next)?;
        self.next += 1;
        Some(found)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.of.len() - self.next;
        (left, Some(left))
    }
}

impl ExactSizeIterator for Siblings<'_> {}
