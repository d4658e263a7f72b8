//! What every mode keeps and what each loses.

use super::*;
use crate::clock::tests::dot;
use crate::id::ClientId;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::vec;
use alloc::vec::Vec;
use proptest::prelude::*;

pub(crate) fn sibling(operation: u32) -> Sibling {
    let request = RequestId { client: ClientId(1), operation };
    Sibling { value: Value::new(format!("v{operation}")).ok(), request }
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
                let (versions, (written, gone)) = (replicas[*from].clone(), model[*from].clone());
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

/// What the sets of a mode make of each other without any shortcut.
fn join_at_length(x: &Versions, y: &Versions) -> Versions {
    match (x.clone(), y.clone()) {
        (x, y) if y.is_empty() => x,
        (x, y) if x.is_empty() => y,
        (Versions::Dotted(mut x), Versions::Dotted(y)) => {
            Shared::make_mut(&mut x).merge(&y);
            Versions::Dotted(x)
        }
        (Versions::Clocks(mut x), Versions::Clocks(y)) => {
            Shared::make_mut(&mut x).merge(&y);
            Versions::Clocks(x)
        }
        (Versions::Newest(x), Versions::Newest(y)) => Versions::Newest(x.max(y)),
        other => panic!("two modes: {other:?}"),
    }
}

proptest! {
    #[test]
    fn a_set_includes_another_if_merging_it_changes_nothing(
        mode in any_mode(),
        history in any_history(),
    ) {
        let sets = replay_as(mode, &history);
        for (x, y) in sets.iter().flat_map(|x| sets.iter().map(move |y| (x, y))) {
            let joined = join_at_length(x, y);
            prop_assert_eq!(x.includes(y), joined == *x);
            prop_assert_eq!(join(x, y), joined);
        }
    }

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
fn a_value_that_its_context_does_not_cover_is_not_read() {
    let values = |of: Dot| vec![(of, sibling(1))];
    let mut context = CausalContext::default();
    context.insert(dot(1, 1));
    let bytes = |of| wire::bytes(&(&context, values(of)));
    assert!(wire::read::<Versions>(&bytes(dot(1, 1))).is_some());
    assert_eq!(wire::read::<Versions>(&bytes(dot(1, 2))), None, "INV-V5");
    // With a clock of its own. Its dot stands there for the second time; the last byte is the
    // counter.
    let mut versions = Versions::default();
    let none = CausalContext::default();
    let of = wire::bytes(&write_as(Versioning::Clocks, &mut versions, &none, 1, 1, sibling(1)));
    let mut bytes = wire::bytes(&versions);
    let dots = bytes.windows(of.len()).enumerate().filter(|(_, part)| *part == of);
    let at = dots.map(|(at, _)| at).nth(1).unwrap() + of.len() - 1;
    assert_eq!((bytes[at], wire::read(&bytes)), (1, Some(versions)));
    bytes[at] = 2;
    assert_eq!(wire::read::<Versions>(&bytes), None, "INV-V5");
    let no_clocks = [&bytes[..at - of.len()], &[0]].concat();
    assert_eq!(wire::read::<Versions>(&no_clocks), None, "the empty set has one form");
}

#[test]
fn a_key_is_deleted_when_tombstones_are_all_there_is() {
    for mode in Versioning::ALL {
        let mut versions = Versions::default();
        assert!(!versions.is_deleted(), "what was never written is not deleted");
        let none = CausalContext::default();
        let tombstone = Sibling { value: None, ..sibling(1) };
        write_as(mode, &mut versions, &none, 1, 1, tombstone);
        assert!(versions.is_deleted());
        assert_eq!(versions.siblings().map(|(_, it)| it.text()).collect::<Vec<_>>(), [None]);
        write_as(mode, &mut versions, &none, 2, 2, sibling(2));
        assert!(!versions.is_deleted(), "a value beside a tombstone");
        let mut left = versions.siblings();
        let all = left.len();
        left.next();
        assert_eq!(left.len(), all - 1);
        let texts: Vec<&str> = versions.siblings().filter_map(|(_, it)| it.text()).collect();
        assert_eq!(texts, ["v2"]);
    }
}

#[test]
fn what_a_writer_has_seen_is_what_it_sent_and_its_own_write() {
    let mut sent = CausalContext::default();
    sent.insert(dot(5, 1));
    let mut versions = Versions::default();
    let stranger = write_as(Versioning::Dotted, &mut versions, &sent, 2, 1, sibling(1));
    let own = write_as(Versioning::Dotted, &mut versions, &sent, 1, 1, sibling(2));
    let seen = versions.seen_by_writer(&sent, own);
    assert!(seen.covers(&own) && seen.covers(&dot(5, 1)) && !seen.covers(&stranger));
    let mut versions = Versions::default();
    let own = write_as(Versioning::Clocks, &mut versions, &sent, 1, 1, sibling(1));
    let seen = versions.seen_by_writer(&sent, own);
    assert_eq!((seen.covers(&own), seen.covers(&dot(5, 1))), (true, true));
    assert_eq!(versions.seen_by_writer(&sent, dot(9, 1)), sent, "a write that is not here");
}

#[test]
fn of_two_versions_with_one_clock_all_nodes_keep_the_same() {
    // Two disks that know nothing of each other, one coordinator that lost its counter.
    let write = |operation| {
        let mut versions = Versions::default();
        let none = CausalContext::default();
        write_as(Versioning::Clocks, &mut versions, &none, 1, 1, sibling(operation));
        versions
    };
    let kept = [join(&write(1), &write(2)), join(&write(2), &write(1))];
    assert_eq!(kept, [write(2), write(2)]);
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
        write_as(Versioning::Clocks, &mut versions, &seen, node, node.into(), sibling(node.into()));
    }
    let before = versions.clone();
    let seen = before.context().clone();
    let dot = write_as(Versioning::Clocks, &mut versions, &seen, 3, 3, sibling(3));
    let oldest = Dot { actor: Actor::named(crate::id::NodeId(1)), counter: 1 };
    assert_eq!(versions.truncated(&seen, &dot), [oldest], "the oldest pair is dropped");
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
fn a_forged_context_with_the_last_counter_there_is_leaves_a_write_its_name() {
    let mut context = CausalContext::default();
    context.insert(Dot { actor: Actor::named(crate::id::NodeId(1)), counter: u64::MAX });
    let mut versions = Versions::default();
    let written = write_as(Versioning::Clocks, &mut versions, &context, 1, 1, sibling(1));
    assert_eq!((written.counter, versions.siblings().len()), (u64::MAX, 1));
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
    assert!(!versions.overrules(sibling(1).request));
    let mut dotted = Versions::default();
    dotted.write(&none, dot(1, 1).actor, sibling(1));
    assert!(!dotted.overrules(sibling(2).request), "only where the newest wins");
}

#[test]
fn a_stamp_of_a_clock_before_its_beginning_is_not_known_before_it_is_made() {
    let named = Actor::named(crate::id::NodeId(1));
    let dot = Versions::default().write_stamped(named, sibling(1), LocalTime(0));
    assert!(!CausalContext::default().covers(&dot), "{dot:?}");
}
