//! The versions of one key: a dotted version vector set (paper 4.4; semantics of Preguiça,
//! Almeida, Baquero and others, "Dotted Version Vectors").
//!
//! [`Versions`] is one causal context with an explicit dot for every live value. It cannot hold
//! a dominated value: whatever the context covers and no dot names is gone. The only ways to
//! change it are a new write and [`Versions::merge`], and a replica knows only the latter.

use crate::collections::Map;
use alloc::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::clock::{Actor, CausalContext, Dot};
use crate::id::{RequestId, Value};

/// One live value and the put that wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sibling {
    /// What the client wrote.
    pub value: Value,
    /// The put that wrote it: one intent is never taken twice for two.
    pub request: RequestId,
}

/// All live values of one key and everything known to have happened to it. Cheap to clone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versions(Arc<Inner>);

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Inner {
    context: CausalContext,
    // Invariant: every dot here is covered by the context.
    #[serde(deserialize_with = "crate::collections::read_map")]
    siblings: Map<Dot, Sibling>,
}

impl Versions {
    /// Whether the key was never written, as far as this set knows.
    pub fn is_empty(&self) -> bool {
        self.0.context.is_empty()
    }

    /// Everything known to have happened to the key; covers every live dot (INV-V5).
    pub fn context(&self) -> &CausalContext {
        &self.0.context
    }

    /// The live values in the order of their dots.
    pub fn siblings(&self) -> impl ExactSizeIterator<Item = (&Dot, &Sibling)> {
        self.0.siblings.iter()
    }

    /// The dot under which this put's value lives here, if it does.
    pub fn dot_of(&self, request: RequestId) -> Option<Dot> {
        self.siblings().find(|(_, sibling)| sibling.request == request).map(|(dot, _)| *dot)
    }

    /// A new write at this replica: drops what the writer had seen, adds the new value.
    ///
    /// The new dot follows the highest that the set knows of `actor`.
    pub fn write(&mut self, seen: &CausalContext, actor: Actor, sibling: Sibling) -> Dot {
        let inner = Arc::make_mut(&mut self.0);
        inner.context.absorb(seen);
        let dot = Dot { actor, counter: inner.context.highest(&actor) + 1 };
        inner.siblings.retain(|dot, _| !seen.covers(dot));
        inner.context.insert(dot);
        inner.siblings.insert(dot, sibling);
        dot
    }

    /// Takes in another set: the one and only write of a replica.
    ///
    /// A value stays if both sides hold it, or if the side that lacks it has not heard of it.
    /// Associative, commutative, idempotent (INV-V1).
    pub fn merge(&mut self, other: &Versions) {
        if Arc::ptr_eq(&self.0, &other.0) || *self == *other {
            return;
        }
        let inner = Arc::make_mut(&mut self.0);
        let (ours, theirs) = (&inner.context, &other.0.context);
        inner.siblings.retain(|dot, _| other.0.siblings.contains_key(dot) || !theirs.covers(dot));
        for (dot, sibling) in other.siblings() {
            if !ours.covers(dot) {
                inner.siblings.insert(*dot, sibling.clone());
            }
        }
        inner.context.absorb(theirs);
    }

    /// Whether merging `other` into this set would change nothing.
    pub fn includes(&self, other: &Versions) -> bool {
        let mut merged = self.clone();
        merged.merge(other);
        merged == *self
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
}
