//! Dotted version vector sets: the default (semantics of Preguiça, Almeida, Baquero and others,
//! "Dotted Version Vectors").
//!
//! One causal context for the whole set and an explicit dot for every live value. It cannot hold a
//! dominated value: whatever the context covers and no dot names is gone.

use serde::{Deserialize, Serialize};

use super::Sibling;
use crate::clock::{Actor, CausalContext, Dot};
use crate::collections::Map;

/// The set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dotted {
    pub(super) context: CausalContext,
    // Invariant: every dot here is covered by the context.
    #[serde(deserialize_with = "crate::collections::read_map")]
    pub(super) siblings: Map<Dot, Sibling>,
}

impl Dotted {
    /// Drops what the writer had seen and adds the new value under the dot that follows the
    /// highest that the set knows of `actor`.
    pub(super) fn write(&mut self, seen: &CausalContext, actor: Actor, sibling: Sibling) -> Dot {
        self.context.absorb(seen);
        let dot = Dot { actor, counter: self.context.highest(&actor) + 1 };
        self.siblings.retain(|dot, _| !seen.covers(dot));
        self.context.insert(dot);
        self.siblings.insert(dot, sibling);
        dot
    }

    /// Whether merging the other would change nothing: all that it knows is known, and no value
    /// here is one that it has seen and let go.
    pub(super) fn includes(&self, other: &Dotted) -> bool {
        let lives_there = |dot: &Dot| other.siblings.contains_key(dot);
        self.context.includes(&other.context)
            && self.siblings.keys().all(|dot| lives_there(dot) || !other.context.covers(dot))
    }

    /// A value stays if both sides hold it, or if the side that lacks it has not heard of it.
    pub(super) fn merge(&mut self, other: &Dotted) {
        let (ours, theirs) = (&self.context, &other.context);
        self.siblings.retain(|dot, _| other.siblings.contains_key(dot) || !theirs.covers(dot));
        for (dot, sibling) in other.siblings.iter() {
            if !ours.covers(dot) {
                self.siblings.insert(*dot, sibling.clone());
            }
        }
        self.context.absorb(theirs);
    }
}
