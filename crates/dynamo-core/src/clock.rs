//! Who has seen what: vector clocks and their four-way comparison (paper 4.4).
//!
//! A plain [`VectorClock`] says "everything of this actor up to here". It cannot say "the first
//! and the third, but not the second", which is what a client knows after two puts of its own
//! between which a stranger wrote. A [`CausalContext`] can: it is a vector with loose dots.

use serde::{Deserialize, Deserializer, Serialize};

use crate::collections::{Map, Set, read_map};
use crate::id::{Boot, NodeId};

/// Who issues dots: a process of a node, and the how-manieth key it created.
///
/// A node name alone is not an actor: a node that lost its disk, was restored from a backup or
/// created a key anew must never issue a dot that it has issued before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Actor {
    /// The process that issues.
    pub boot: Boot,
    /// Counts the keys that this process created, from 1; every actor writes one key only.
    pub creation: u32,
}

impl Actor {
    /// A node under its plain name, as vector clocks and stamps have it: it does not know one
    /// process from the next.
    pub fn named(node: NodeId) -> Self {
        Actor { boot: Boot { node, nonce: 0 }, creation: 0 }
    }

    /// The node behind the actor.
    pub fn node(&self) -> NodeId {
        self.boot.node
    }
}

/// One write event: the actor that coordinated it and its number there, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Dot {
    /// Who issued it.
    pub actor: Actor,
    /// The how-manieth write of this actor.
    pub counter: u64,
}

/// How two histories stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Causality {
    /// They hold the same events.
    Equal,
    /// The left is an ancestor of the right.
    Before,
    /// The left descends from the right.
    After,
    /// Each holds an event that the other lacks.
    Concurrent,
}

impl Causality {
    fn of(left_within_right: bool, right_within_left: bool) -> Self {
        match (left_within_right, right_within_left) {
            (true, true) => Causality::Equal,
            (true, false) => Causality::Before,
            (false, true) => Causality::After,
            (false, false) => Causality::Concurrent,
        }
    }
}

/// For every actor the number of its events seen, without gaps (paper 4.4).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct VectorClock {
    // Invariant: no counter is 0.
    #[serde(deserialize_with = "read_counters")]
    counters: Map<Actor, u64>,
}

/// Hostile bytes may say that nothing was seen of an actor; ours leave it out.
fn read_counters<'de, D: Deserializer<'de>>(reader: D) -> Result<Map<Actor, u64>, D::Error> {
    let mut counters = read_map(reader)?;
    counters.retain(|_, counter| *counter > 0);
    Ok(counters)
}

impl VectorClock {
    /// How many events of this actor are seen; 0 if none.
    pub fn counter(&self, actor: &Actor) -> u64 {
        self.counters.get(actor).copied().unwrap_or(0)
    }

    /// Sees everything of this actor up to `counter`.
    pub fn raise(&mut self, actor: Actor, counter: u64) {
        if counter > self.counter(&actor) {
            self.counters.insert(actor, counter);
        }
    }

    /// Sees nothing of this actor any more: truncation (4.4).
    pub fn forget(&mut self, actor: &Actor) {
        self.counters.remove(actor);
    }

    /// Every actor seen with its counter, in the order of actors.
    pub fn iter(&self) -> impl Iterator<Item = (&Actor, u64)> {
        self.counters.iter().map(|(actor, counter)| (actor, *counter))
    }

    /// The number of actors seen.
    pub fn len(&self) -> usize {
        self.counters.len()
    }

    /// Whether nothing is seen.
    pub fn is_empty(&self) -> bool {
        self.counters.is_empty()
    }

    /// Whether every event of this one is in the other. Both are in one order, so one walk tells.
    fn is_within(&self, other: &VectorClock) -> bool {
        let mut theirs = other.iter();
        self.iter().all(|(actor, counter)| {
            let next = theirs.find(|(it, _)| *it >= actor);
            next.is_some_and(|(it, most)| it == actor && counter <= most)
        })
    }

    /// The four-way comparison of the paper.
    pub fn compare(&self, other: &VectorClock) -> Causality {
        Causality::of(self.is_within(other), other.is_within(self))
    }
}

/// Everything that is known to have happened to a key: a vector with loose dots.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Spelled")]
pub struct CausalContext {
    vector: VectorClock,
    // Invariant: no dot here is within the vector or next to it; equal sets have one spelling.
    loose: Set<Dot>,
}

/// A context as bytes may have it, which are not always ours.
#[derive(Deserialize)]
struct Spelled {
    vector: VectorClock,
    loose: Set<Dot>,
}

impl From<Spelled> for CausalContext {
    fn from(Spelled { vector, loose }: Spelled) -> Self {
        let mut context = CausalContext { vector, loose };
        context.compact();
        context
    }
}

impl From<VectorClock> for CausalContext {
    fn from(vector: VectorClock) -> Self {
        CausalContext { vector, loose: Set::new() }
    }
}

impl CausalContext {
    /// Nothing.
    pub const fn new() -> Self {
        CausalContext { vector: VectorClock { counters: Map::new() }, loose: Set::new() }
    }

    /// Whether this event is in.
    pub fn covers(&self, dot: &Dot) -> bool {
        dot.counter <= self.vector.counter(&dot.actor) || self.loose.contains(dot)
    }

    /// Whether every event of `other` is in.
    pub fn includes(&self, other: &CausalContext) -> bool {
        // Loose dots never touch the vector, so none of them helps to cover another vector.
        other.vector.is_within(&self.vector) && other.loose.iter().all(|dot| self.covers(dot))
    }

    /// Adds one event.
    pub fn insert(&mut self, dot: Dot) {
        if !self.covers(&dot) {
            self.loose.insert(dot);
            self.compact();
        }
    }

    /// Adds every event of `other`.
    pub fn absorb(&mut self, other: &CausalContext) {
        for (actor, counter) in other.vector.iter() {
            self.vector.raise(*actor, counter);
        }
        self.loose.extend(other.loose.iter().copied());
        self.compact();
    }

    fn compact(&mut self) {
        // Dots are in order of (actor, counter), so one pass closes every gap that can be closed.
        let vector = &mut self.vector;
        self.loose.retain(|dot| {
            let next = vector.counter(&dot.actor).saturating_add(1);
            if dot.counter == next {
                vector.raise(dot.actor, dot.counter);
            }
            dot.counter > next
        });
    }

    /// The highest counter of this actor that is in, loose or not; 0 if none.
    pub fn highest(&self, actor: &Actor) -> u64 {
        let of_actor = self.loose.iter().filter(|dot| dot.actor == *actor);
        let loose = of_actor.map(|dot| dot.counter).max().unwrap_or(0);
        loose.max(self.vector.counter(actor))
    }

    /// Every actor that has an event in here, each once, in order.
    pub fn actors(&self) -> Set<Actor> {
        let vector = self.vector.iter().map(|(actor, _)| *actor);
        vector.chain(self.loose.iter().map(|dot| dot.actor)).collect()
    }

    /// The part without gaps.
    pub fn vector(&self) -> &VectorClock {
        &self.vector
    }

    /// The events beyond a gap, in order.
    pub fn loose(&self) -> impl Iterator<Item = &Dot> {
        self.loose.iter()
    }

    /// Whether nothing is in.
    pub fn is_empty(&self) -> bool {
        self.vector.is_empty() && self.loose.is_empty()
    }

    /// How two contexts stand to each other.
    pub fn compare(&self, other: &CausalContext) -> Causality {
        Causality::of(other.includes(self), self.includes(other))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::collections::map;
    use crate::wire;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    pub(crate) fn dot(node: u16, counter: u64) -> Dot {
        let boot = Boot { node: NodeId(node), nonce: 7 };
        Dot { actor: Actor { boot, creation: 1 }, counter }
    }

    fn context(dots: &[Dot]) -> CausalContext {
        let mut context = CausalContext::default();
        for dot in dots {
            context.insert(*dot);
        }
        context
    }

    #[test]
    fn the_clocks_of_figure_3_compare_as_the_paper_says() {
        let clock = |pairs: &[(u16, u64)]| {
            let mut clock = VectorClock::default();
            for (node, counter) in pairs {
                clock.raise(dot(*node, 1).actor, *counter);
            }
            clock
        };
        let (x, y, z) = (1, 2, 3);
        let d2 = clock(&[(x, 2)]);
        let d3 = clock(&[(x, 2), (y, 1)]);
        let d4 = clock(&[(x, 2), (z, 1)]);
        let d5 = clock(&[(x, 3), (y, 1), (z, 1)]);
        assert_eq!(d2.compare(&d3), Causality::Before);
        assert_eq!(d3.compare(&d4), Causality::Concurrent);
        assert_eq!(d5.compare(&d4), Causality::After);
        assert_eq!(d5.compare(&d5), Causality::Equal);
    }

    #[test]
    fn a_context_can_hold_the_first_and_third_event_without_the_second() {
        let mut held = context(&[dot(1, 1), dot(1, 3)]);
        assert!(held.covers(&dot(1, 3)) && !held.covers(&dot(1, 2)));
        held.insert(dot(1, 2));
        assert_eq!(held.loose().count(), 0);
        assert_eq!(held.vector().counter(&dot(1, 1).actor), 3);
    }

    /// The wire bytes of a context that nobody has tidied.
    fn spelled(vector: &Map<Actor, u64>, loose: &[Dot]) -> Vec<u8> {
        wire::bytes(&(vector, loose))
    }

    #[test]
    fn the_last_counter_there_is_can_be_seen() {
        let last = dot(1, u64::MAX);
        let bytes = spelled(&map([(last.actor, last.counter)]), &[last, dot(2, u64::MAX)]);
        let mut read: CausalContext = wire::read(&bytes).unwrap();
        assert!(read.covers(&last) && read.covers(&dot(2, u64::MAX)));
        assert_eq!(read.loose().count(), 1);
        read.absorb(&read.clone());
        assert_eq!(read.highest(&last.actor), u64::MAX);
    }

    fn any_dots() -> impl Strategy<Value = Vec<Dot>> {
        proptest::collection::vec((1u16..4, 1u64..7).prop_map(|(n, c)| dot(n, c)), 0..12)
    }

    fn any_clock() -> impl Strategy<Value = VectorClock> {
        proptest::collection::vec((1u16..4, 1u64..4), 0..4).prop_map(|pairs| {
            let mut clock = VectorClock::default();
            for (node, counter) in pairs {
                clock.raise(dot(node, 1).actor, counter);
            }
            clock
        })
    }

    proptest! {
        #[test]
        fn the_comparison_is_antisymmetric(a in any_clock(), b in any_clock()) {
            let turned = match a.compare(&b) {
                Causality::Before => Causality::After,
                Causality::After => Causality::Before,
                same => same,
            };
            prop_assert_eq!(b.compare(&a), turned);
            prop_assert_eq!(a.compare(&b) == Causality::Equal, a == b);
        }

        #[test]
        fn the_comparison_is_transitive(a in any_clock(), b in any_clock(), c in any_clock()) {
            let precedes = |x: &VectorClock, y: &VectorClock| x.compare(y) == Causality::Before;
            prop_assert!(!(precedes(&a, &b) && precedes(&b, &c)) || precedes(&a, &c));
            let mut joined = a.clone();
            for (actor, counter) in b.iter() {
                joined.raise(*actor, counter);
            }
            // The pointwise maximum is the least clock that descends from both.
            let within = |x: &VectorClock, y: &VectorClock| {
                matches!(x.compare(y), Causality::Before | Causality::Equal)
            };
            prop_assert!(within(&a, &joined) && within(&b, &joined));
            prop_assert_eq!(within(&a, &c) && within(&b, &c), within(&joined, &c));
        }

        #[test]
        fn a_context_is_read_as_ours_are_spelled(
            pairs in proptest::collection::vec((1u16..4, 0u64..4), 0..4),
            loose in proptest::collection::vec((1u16..4, 0u64..7), 0..8),
        ) {
            let vector = map(pairs.iter().map(|(node, counter)| (dot(*node, 1).actor, *counter)));
            let loose: Vec<Dot> = loose.iter().map(|(node, counter)| dot(*node, *counter)).collect();
            let mut expected = context(&loose);
            for (actor, counter) in vector.iter() {
                (1..=*counter).for_each(|counter| expected.insert(Dot { actor: *actor, counter }));
            }
            prop_assert_eq!(wire::read(&spelled(&vector, &loose)), Some(expected));
        }

        #[test]
        fn a_context_is_the_set_of_its_dots(a in any_dots(), b in any_dots()) {
            let set = |dots: &[Dot]| dots.iter().copied().collect::<Set<_>>();
            let (sa, sb) = (set(&a), set(&b));
            let (ca, cb) = (context(&a), context(&b));
            for node in 1..4 {
                for counter in 1..8 {
                    prop_assert_eq!(ca.covers(&dot(node, counter)), sa.contains(&dot(node, counter)));
                }
            }
            prop_assert_eq!(ca.includes(&cb), sb.iter().all(|dot| sa.contains(dot)));
            let mut joined = ca.clone();
            joined.absorb(&cb);
            let both: Vec<Dot> = a.iter().chain(&b).copied().collect();
            prop_assert_eq!(&joined, &context(&both));
            prop_assert!(joined.includes(&ca) && joined.includes(&cb));
            let within = |x: &Set<Dot>, y: &Set<Dot>| x.iter().all(|dot| y.contains(dot));
            prop_assert_eq!(ca.compare(&cb), Causality::of(within(&sa, &sb), within(&sb, &sa)));
        }
    }
}
