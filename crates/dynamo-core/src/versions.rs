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

mod clocks;
mod dotted;
mod newest;

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use serde::de::{Error, SeqAccess, Visitor};
use serde::ser::SerializeTuple;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use clocks::{Clocks, Version};
pub use dotted::Dotted;
pub use newest::Newest;

use crate::clock::{Actor, CausalContext, Dot, VectorClock};
use crate::collections::map;
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

/// One live value and the put that wrote it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Sibling {
    /// What the client wrote.
    pub value: Value,
    /// The put that wrote it: one intent is never taken twice for two.
    pub request: RequestId,
}

/// All live values of one key and everything known to have happened to it. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Versions {
    /// With dots. The empty set of every mode is an empty one of these.
    Dotted(Arc<Dotted>),
    /// With clocks; not empty.
    Clocks(Arc<Clocks>),
    /// The newest.
    Newest(Arc<Newest>),
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
        Versions::Dotted(Arc::default())
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
        *self = Versions::Dotted(Arc::new(set));
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
        *self = Versions::Clocks(Arc::new(set));
        dot
    }

    /// A new write at this replica, stamped with the time. It stays if no later stamp is here.
    pub fn write_stamped(&mut self, actor: Actor, sibling: Sibling, now: LocalTime) -> Dot {
        let written = Newest::stamped(actor, sibling, now);
        let dot = written.dot;
        self.merge(&Versions::Newest(Arc::new(written)));
        dot
    }

    /// Takes in another set: the one and only write of a replica.
    ///
    /// Associative, commutative, idempotent (INV-V1).
    pub fn merge(&mut self, other: &Versions) {
        if other.is_empty() || self == other {
            return;
        }
        if self.is_empty() {
            *self = other.clone();
            return;
        }
        match (self, other) {
            (Versions::Dotted(set), Versions::Dotted(other)) => Arc::make_mut(set).merge(other),
            (Versions::Clocks(set), Versions::Clocks(other)) => Arc::make_mut(set).merge(other),
            (Versions::Newest(set), Versions::Newest(other)) => Arc::make_mut(set).merge(other),
            // A cluster has one mode.
            _ => {}
        }
    }

    /// Whether merging `other` into this set would change nothing.
    pub fn includes(&self, other: &Versions) -> bool {
        let mut merged = self.clone();
        merged.merge(other);
        merged == *self
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

/// What stands behind the values where they share no context.
#[derive(Serialize, Deserialize)]
enum Apart {
    Clocks(Vec<Version>),
    Newest(Newest),
}

/// The wire form is (context, values). A set without a common context has the form (nothing,
/// one value, the rest): only there are values without a context, so neither needs a tag.
impl Serialize for Versions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rest = match self {
            Versions::Dotted(set) => return set.serialize(serializer),
            Versions::Clocks(set) => Apart::Clocks(set.versions.clone()),
            Versions::Newest(set) => Apart::Newest(set.as_ref().clone()),
        };
        let mut tuple = serializer.serialize_tuple(3)?;
        tuple.serialize_element(&NOTHING)?;
        tuple.serialize_element(&self.siblings().take(1).collect::<Vec<_>>())?;
        tuple.serialize_element(&rest)?;
        tuple.end()
    }
}

impl<'de> Deserialize<'de> for Versions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Parts;
        impl<'de> Visitor<'de> for Parts {
            type Value = Versions;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the versions of a key")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Versions, A::Error> {
                let missing = || A::Error::custom("an unfinished set");
                let context: CausalContext = parts.next_element()?.ok_or_else(missing)?;
                let values: Vec<(Dot, Sibling)> = parts.next_element()?.ok_or_else(missing)?;
                if !context.is_empty() || values.is_empty() {
                    let siblings = map(values);
                    return Ok(Versions::Dotted(Arc::new(Dotted { context, siblings })));
                }
                match parts.next_element()?.ok_or_else(missing)? {
                    Apart::Clocks(versions) if versions.is_empty() => Err(missing()),
                    Apart::Clocks(all) => Ok(Versions::Clocks(Arc::new(Clocks::of(all)))),
                    Apart::Newest(newest) => Ok(Versions::Newest(Arc::new(newest))),
                }
            }
        }
        deserializer.deserialize_tuple(3, Parts)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::clock::tests::dot;
    use crate::id::ClientId;
    use alloc::collections::BTreeSet;
    use alloc::format;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    pub(crate) fn sibling(operation: u32) -> Sibling {
        let request = RequestId { client: ClientId(1), operation };
        Sibling { value: Value::new(format!("v{operation}")).unwrap(), request }
    }

    #[test]
    fn p1_two_puts_with_one_context_through_one_coordinator_both_survive() {
        let mut versions = Versions::default();
        let base = versions.write(&CausalContext::default(), dot(1, 1).actor, sibling(1));
        let mut seen = CausalContext::default();
        seen.insert(base);
        versions.write(&seen, dot(1, 1).actor, sibling(2));
        versions.write(&seen, dot(1, 1).actor, sibling(3));
        let live: Vec<u32> = versions.siblings().map(|(_, s)| s.request.operation).collect();
        assert_eq!(live, [2, 3]);
    }

    #[test]
    fn p2_two_clients_that_alternate_with_their_own_contexts_leave_two_siblings() {
        let mut versions = Versions::default();
        let mut held = [CausalContext::default(), CausalContext::default()];
        for operation in 0..20u32 {
            let client = (operation % 2) as usize;
            let dot = versions.write(&held[client], dot(1, 1).actor, sibling(operation));
            held[client].insert(dot);
        }
        assert_eq!(versions.siblings().len(), 2);
    }

    #[test]
    fn p40_a_put_without_context_overwrites_nothing() {
        let mut versions = Versions::default();
        for operation in 1..=3 {
            versions.write(&CausalContext::default(), dot(1, 1).actor, sibling(operation));
        }
        assert_eq!(versions.siblings().len(), 3);
    }

    #[test]
    fn p41_equal_bytes_under_different_dots_stay_two_values() {
        let mut versions = Versions::default();
        versions.write(&CausalContext::default(), dot(1, 1).actor, sibling(1));
        versions.write(&CausalContext::default(), dot(2, 1).actor, sibling(1));
        assert_eq!(versions.siblings().len(), 2);
    }

    /// A step of a random history over three replicas of one key.
    #[derive(Clone, Debug)]
    enum Step {
        Put { replica: usize, client: usize },
        Get { replica: usize, client: usize },
        Sync { from: usize, to: usize },
    }

    fn any_history() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            (0..3usize, 0..2usize).prop_map(|(replica, client)| Step::Put { replica, client }),
            (0..3usize, 0..2usize).prop_map(|(replica, client)| Step::Get { replica, client }),
            (0..3usize, 0..3usize).prop_map(|(from, to)| Step::Sync { from, to }),
        ];
        proptest::collection::vec(step, 0..30)
    }

    /// A replica as naive sets: what was written, what was overwritten.
    type Model = (BTreeSet<u32>, BTreeSet<u32>);

    /// Replays a history on the real type beside the model.
    fn replay(history: &[Step]) -> ([Versions; 3], [Model; 3]) {
        let mut replicas: [Versions; 3] = Default::default();
        let mut model: [Model; 3] = Default::default();
        let mut held: [(CausalContext, BTreeSet<u32>); 2] = Default::default();
        for (operation, step) in history.iter().enumerate() {
            let operation = operation as u32;
            match step {
                Step::Put { replica, client } => {
                    let (seen, seen_model) = held[*client].clone();
                    let actor = dot(*replica as u16 + 1, 1).actor;
                    let dot = replicas[*replica].write(&seen, actor, sibling(operation));
                    model[*replica].0.insert(operation);
                    model[*replica].1.extend(seen_model);
                    held[*client].0.insert(dot);
                    held[*client].1.insert(operation);
                }
                Step::Get { replica, client } => {
                    held[*client].0.absorb(replicas[*replica].context());
                    let (written, gone) = model[*replica].clone();
                    held[*client].1.extend(written);
                    held[*client].1.extend(gone);
                }
                Step::Sync { from, to } => {
                    let (versions, (written, gone)) =
                        (replicas[*from].clone(), model[*from].clone());
                    replicas[*to].merge(&versions);
                    model[*to].0.extend(written);
                    model[*to].1.extend(gone);
                }
            }
        }
        (replicas, model)
    }

    proptest! {
        #[test]
        fn siblings_are_the_puts_that_no_later_put_had_seen(history in any_history()) {
            let (replicas, model) = replay(&history);
            for (versions, (written, gone)) in replicas.iter().zip(&model) {
                let live: BTreeSet<u32> =
                    versions.siblings().map(|(_, s)| s.request.operation).collect();
                prop_assert_eq!(live, written.difference(gone).copied().collect::<BTreeSet<_>>());
                prop_assert!(versions.siblings().all(|(dot, _)| versions.context().covers(dot)));
            }
        }

        #[test]
        fn merge_is_associative_commutative_idempotent_and_monotone(history in any_history()) {
            let ([a, b, c], _) = replay(&history);
            let join = |x: &Versions, y: &Versions| { let mut z = x.clone(); z.merge(y); z };
            prop_assert_eq!(join(&a, &b), join(&b, &a));
            prop_assert_eq!(join(&join(&a, &b), &c), join(&a, &join(&b, &c)));
            prop_assert_eq!(join(&a, &a), a.clone());
            prop_assert!(join(&a, &b).includes(&a) && join(&a, &b).includes(&b));
        }
    }

    /// One write at a replica, in any mode.
    fn write_as(
        mode: Versioning,
        set: &mut Versions,
        seen: &CausalContext,
        node: u16,
        now: u64,
        of: Sibling,
    ) -> Dot {
        let named = Actor::named(crate::id::NodeId(node));
        match mode {
            Versioning::Dotted => set.write(seen, dot(node, 1).actor, of),
            Versioning::Clocks => set.write_clock(seen, named, of, LocalTime(now), 2),
            Versioning::Newest => set.write_stamped(named, of, LocalTime(now)),
        }
    }

    fn any_mode() -> impl Strategy<Value = Versioning> {
        proptest::sample::select(&Versioning::ALL[..])
    }

    /// Replays a history in any mode; clients hold what their answers say. Two steps share a stamp,
    /// so that ties come up.
    fn replay_as(mode: Versioning, history: &[Step]) -> [Versions; 3] {
        let mut replicas: [Versions; 3] = Default::default();
        let mut held: [CausalContext; 2] = Default::default();
        for (operation, step) in history.iter().enumerate() {
            let now = operation as u64 / 2 + 1;
            match step {
                Step::Put { replica, client } => {
                    let set = &mut replicas[*replica];
                    let (node, of) = (*replica as u16 + 1, sibling(operation as u32));
                    let dot = write_as(mode, set, &held[*client], node, now, of);
                    held[*client] = set.seen_by_writer(&held[*client], dot);
                }
                Step::Get { replica, client } => held[*client].absorb(replicas[*replica].context()),
                Step::Sync { from, to } => {
                    let versions = replicas[*from].clone();
                    replicas[*to].merge(&versions);
                }
            }
        }
        replicas
    }

    fn join(x: &Versions, y: &Versions) -> Versions {
        let mut joined = x.clone();
        joined.merge(y);
        joined
    }

    proptest! {
        #[test]
        fn p50_merge_is_a_join_in_every_mode(mode in any_mode(), history in any_history()) {
            let [a, b, c] = replay_as(mode, &history);
            prop_assert_eq!(join(&a, &b), join(&b, &a));
            prop_assert_eq!(join(&join(&a, &b), &c), join(&a, &join(&b, &c)));
            prop_assert_eq!(join(&a, &a), a.clone());
            prop_assert!(join(&a, &b).includes(&a) && join(&a, &b).includes(&b));
            for set in [&a, &b, &c] {
                let known = set.siblings().all(|(dot, _)| set.context().covers(dot));
                prop_assert!(known || mode == Versioning::Newest, "INV-V5");
            }
        }

        #[test]
        fn p31_a_repair_from_a_partial_view_takes_nothing_away(history in any_history()) {
            // Two replies are merged and sent to the third, which may hold more.
            let ([a, b, third], _) = replay(&history);
            let repaired = join(&third, &join(&a, &b));
            for (dot, sibling) in third.siblings() {
                let lives = repaired.siblings().any(|(_, other)| other == sibling);
                prop_assert!(lives || join(&a, &b).context().covers(dot));
            }
        }

        #[test]
        fn wire_bytes_read_back_to_the_same_set(mode in any_mode(), history in any_history()) {
            for set in replay_as(mode, &history) {
                // Between other things, so that a byte too many or too few would show.
                let around = (7u8, set, 9u8);
                prop_assert_eq!(wire::read(&wire::bytes(&around)), Some(around));
            }
        }

        #[test]
        fn hostile_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = wire::read::<Versions>(&bytes);
        }
    }

    #[test]
    fn p1_with_plain_clocks_one_of_two_puts_through_one_coordinator_is_lost() {
        let mut versions = Versions::default();
        for operation in 1..=2 {
            let none = CausalContext::default();
            let now = operation.into();
            write_as(Versioning::Clocks, &mut versions, &none, 1, now, sibling(operation));
        }
        let live: Vec<u32> = versions.siblings().map(|(_, s)| s.request.operation).collect();
        assert_eq!(live, [2]);
    }

    #[test]
    fn p3_clocks_grow_with_coordinators_and_not_with_clients() {
        for mode in [Versioning::Dotted, Versioning::Clocks] {
            let mut versions = Versions::default();
            for operation in 1..=100u32 {
                let seen = versions.context().clone();
                let request = RequestId { client: ClientId(operation as u16), operation: 1 };
                let of = Sibling { request, ..sibling(operation) };
                let node = 1 + (operation % 2) as u16;
                write_as(mode, &mut versions, &seen, node, operation.into(), of);
            }
            assert_eq!(versions.context().actors().len(), 2);
        }
    }

    /// A chain of three writes at three nodes, whose last clock has no room for its first pair.
    fn truncated() -> (Versions, Versions) {
        let mut versions = Versions::default();
        for node in 1..=2 {
            let seen = versions.context().clone();
            write_as(
                Versioning::Clocks,
                &mut versions,
                &seen,
                node,
                node.into(),
                sibling(node.into()),
            );
        }
        let before = versions.clone();
        let seen = before.context().clone();
        let dot = write_as(Versioning::Clocks, &mut versions, &seen, 3, 3, sibling(3));
        assert_eq!(versions.truncated(&seen, &dot).len(), 1, "the oldest pair is dropped");
        (before, versions)
    }

    #[test]
    fn p4_a_truncated_clock_leaves_its_ancestor_as_a_stranger_and_repair_settles() {
        let (before, mut after) = truncated();
        assert_eq!(after.siblings().len(), 2, "false concurrency, but nothing is lost (INV-K2)");
        // Merging the old replica again and again changes nothing: no merge ever truncates.
        let settled = after.clone();
        after.merge(&before);
        assert_eq!(after, settled);
    }

    #[test]
    fn p5_a_replica_takes_a_truncated_clock_as_it_is() {
        let (before, after) = truncated();
        for mut replica in [Versions::default(), before] {
            replica.merge(&after);
            assert_eq!(replica, after);
        }
    }

    #[test]
    fn truncation_drops_the_oldest_pair_and_never_the_writers_own() {
        let mut versions = Versions::default();
        // n1 writes first and last: its pair is the youngest in the end.
        for (node, now) in [(1, 10), (2, 20), (1, 30), (3, 40)] {
            let seen = versions.context().clone();
            let of = sibling(now as u32);
            write_as(Versioning::Clocks, &mut versions, &seen, node, now, of);
        }
        let newest = versions.siblings().last().unwrap().0;
        let Mark::Clock(clock) = versions.mark(newest) else { panic!("a clock") };
        let nodes: Vec<u16> = clock.iter().map(|(actor, _)| actor.node().0).collect();
        assert_eq!(nodes, [1, 3]);
    }

    #[test]
    fn p28_the_times_in_clocks_do_not_enter_the_fingerprint() {
        let at = |now| {
            let mut versions = Versions::default();
            let none = CausalContext::default();
            write_as(Versioning::Clocks, &mut versions, &none, 1, now, sibling(1));
            versions
        };
        assert_ne!(at(1), at(2));
        assert_eq!(at(1).fingerprint(), at(2).fingerprint());
    }

    #[test]
    fn p41_equal_bytes_under_two_dots_are_two_values() {
        for mode in [Versioning::Dotted, Versioning::Clocks] {
            let mut versions = Versions::default();
            let mut other = Versions::default();
            let none = CausalContext::default();
            let same = |operation| Sibling { value: sibling(1).value, ..sibling(operation) };
            write_as(mode, &mut versions, &none, 1, 1, same(1));
            write_as(mode, &mut other, &none, 2, 1, same(2));
            versions.merge(&other);
            assert_eq!(versions.siblings().len(), 2);
        }
    }

    #[test]
    fn p42_a_stamp_is_the_nodes_own_time_so_a_slow_clock_loses() {
        let mut versions = Versions::default();
        let none = CausalContext::default();
        write_as(Versioning::Newest, &mut versions, &none, 1, 50, sibling(1));
        let late = write_as(Versioning::Newest, &mut versions, &none, 2, 49, sibling(2));
        assert_eq!(late.counter, 49);
        assert!(versions.overrules(sibling(2).request), "written later, dropped as older");
    }
}
