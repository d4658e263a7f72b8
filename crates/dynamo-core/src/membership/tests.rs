use super::*;
use crate::ring::Strategy as Placement;
use proptest::prelude::*;
use proptest::strategy::Strategy;

fn node(number: u16) -> NodeId {
    NodeId(number)
}

fn founding(count: u16, placement: Placement) -> Membership {
    let members: Vec<Member> = (1..=count).map(|number| node(number).into()).collect();
    Membership::founding(Shared::new(Ring::new(&members, placement).unwrap()), 3)
}

fn placements() -> [Placement; 3] {
    [
        Placement::RandomRanges { tokens: 8 },
        Placement::RandomOwners { tokens: 8, partitions: 64 },
        Placement::EqualShares { partitions: 64 },
    ]
}

/// What the stamp names is the same in all histories; how far it has come is not.
fn change(stamp: Stamp) -> Change {
    let of = node(stamp.time as u16 % 7 + 1);
    match stamp.time % 5 {
        0 => Change::Join(of.into()),
        1 => Change::Leave(of),
        2 => Change::Remove(of),
        3 => Change::Strategy(placements()[stamp.time as usize % 3]),
        _ => Change::Replicas(stamp.time as u8 % 3 + 2),
    }
}

fn stage() -> impl Strategy<Value = Stage> {
    let nodes = || proptest::collection::vec((1u16..8, 0u16..3), 0..6);
    prop_oneof![
        nodes().prop_map(|all| Stage::Announced(all.iter().map(|it| node(it.0)).collect())),
        nodes().prop_map(|all| {
            let mut given = Map::new();
            for (name, removals) in all {
                given.insert(node(name), removals);
            }
            Stage::Agreed(given)
        }),
        Just(Stage::InEffect),
    ]
}

fn history() -> impl Strategy<Value = History> {
    proptest::collection::vec((1u64..9, 1u16..4, stage()), 0..8).prop_map(|all| {
        let mut history = History::default();
        for (time, by, stage) in all {
            let stamp = Stamp { time, by: node(by) };
            history.0.insert(stamp, Entry { change: change(stamp), stage });
        }
        history
    })
}

fn merged(a: &History, b: &History) -> History {
    let mut both = a.clone();
    both.merge(b);
    both
}

#[test]
fn a_history_that_announces_four_billion_changes_reserves_nothing_for_them() {
    let four_billion = [0xff, 0xff, 0xff, 0xff, 0x0f];
    assert_eq!(wire::read::<History>(&four_billion), None);
    let agreed = wire::bytes(&Stage::Agreed(Map::new()));
    let given = [&agreed[..agreed.len() - 1], &four_billion].concat();
    assert_eq!(wire::read::<Stage>(&given), None);
}

proptest! {
    /// INV-G1: any order, repetition and loss lead to one history.
    #[test]
    fn reconciling_histories_is_associative_commutative_and_idempotent(
        a in history(), b in history(), c in history()
    ) {
        prop_assert_eq!(merged(&a, &b), merged(&b, &a));
        prop_assert_eq!(merged(&a, &merged(&b, &c)), merged(&merged(&a, &b), &c));
        prop_assert_eq!(merged(&a, &a), a.clone());
        prop_assert_eq!(merged(&merged(&a, &b), &b), merged(&a, &b));
    }

    /// INV-P2, INV-L4: whatever a node believed before, equal histories make equal rings.
    #[test]
    fn p32_equal_histories_make_equal_rings_in_every_strategy(a in history(), b in history()) {
        for placement in placements() {
            let start = founding(5, placement);
            let all = start.with(merged(&a, &b));
            for first in [&a, &b] {
                let on_the_way = start.with(first.clone());
                let there = on_the_way.with(merged(&on_the_way.history, &merged(&a, &b)));
                // What was reached on the way is kept, so only then the two can be compared.
                let again = all.with(merged(&all.history, &there.history));
                let there = there.with(merged(&there.history, &all.history));
                prop_assert_eq!(&again.history, &there.history);
                prop_assert_eq!(&again.ring, &there.ring);
            }
        }
    }

    /// A history that is known never goes back, so an old one brings nothing back.
    #[test]
    fn p33_an_old_history_changes_nothing(a in history(), b in history()) {
        let known = founding(5, placements()[2]).with(merged(&a, &b));
        let told = known.with(merged(&known.history, &a));
        prop_assert_eq!(&told, &known);
    }
}

fn announce(membership: &Membership, by: u16, change: Change) -> Membership {
    let mut history = (*membership.history).clone();
    history.announce(LocalTime(0), node(by), change);
    membership.with(history)
}

fn seen_by_all(membership: &Membership) -> Membership {
    let mut history = (*membership.history).clone();
    (1..=9).for_each(|number| history.see(node(number)));
    membership.with(history)
}

fn given_by_all(membership: &Membership) -> Membership {
    let pending = membership.agreed().expect("agreed").clone();
    let mut history = (*membership.history).clone();
    for (source, _) in pending.moves.keys() {
        history.give(pending.stamp, *source, pending.removals);
    }
    membership.with(history)
}

#[test]
fn a_join_waits_for_everybodys_eyes_and_then_for_the_ranges() {
    for placement in placements() {
        let announced = announce(&founding(5, placement), 2, Change::Join(node(6).into()));
        assert!(announced.agreed().is_none() && announced.ring.epoch() == 0);
        let agreed = seen_by_all(&announced);
        let pending = agreed.agreed().expect("agreed");
        assert!(agreed.ring.member(node(6)).is_none() && pending.next.member(node(6)).is_some());
        assert!(pending.moves.keys().any(|(_, taker)| *taker == node(6)));
        // INV-G5: nobody gives to itself.
        assert!(pending.moves.keys().all(|(source, taker)| source != taker));
        let done = given_by_all(&agreed);
        assert!(done.pending.is_none() && done.ring.member(node(6)).is_some());
        assert_eq!(done.ring, pending.next);
    }
}

#[test]
fn p36_two_joins_take_effect_one_after_the_other() {
    let start = founding(5, placements()[2]);
    let one = announce(&start, 1, Change::Join(node(6).into()));
    let both = announce(&one, 2, Change::Join(node(7).into()));
    let first = seen_by_all(&both);
    assert_eq!(first.agreed().expect("agreed").change.node(), Some(node(6)));
    let second = given_by_all(&first);
    assert_eq!(second.agreed().expect("agreed").change.node(), Some(node(7)));
    assert!(second.ring.member(node(6)).is_some() && second.ring.member(node(7)).is_none());
    assert_eq!(given_by_all(&second).ring.members().len(), 7);
}

#[test]
fn p34_a_clock_that_went_back_issues_later_stamps_all_the_same() {
    let mut history = History::default();
    let first = history.announce(LocalTime(1_000_000), node(1), Change::Leave(node(1)));
    let second = history.announce(LocalTime(5), node(2), Change::Leave(node(2)));
    assert!(second > first);
}

#[test]
fn joining_again_after_a_removal_wins_and_a_removed_joiner_never_joins() {
    let start = founding(5, placements()[2]);
    // INV-G3.
    let removed = announce(&start, 1, Change::Remove(node(5)));
    let gone = given_by_all(&seen_by_all(&removed));
    assert!(gone.ring.member(node(5)).is_none());
    let back = announce(&gone, 1, Change::Join(node(5).into()));
    assert!(given_by_all(&seen_by_all(&back)).ring.member(node(5)).is_some());
    // Whoever is removed before it has joined is not waited for.
    let joining = announce(&start, 1, Change::Join(node(6).into()));
    let void = seen_by_all(&announce(&joining, 2, Change::Remove(node(6))));
    assert!(void.pending.is_none() && void.ring.member(node(6)).is_none());
}

#[test]
fn where_the_leaving_owner_is_gone_all_others_give() {
    let start = founding(5, placements()[2]);
    let pending = seen_by_all(&announce(&start, 1, Change::Remove(node(3))));
    let moves = &pending.agreed().expect("agreed").moves;
    assert!(moves.keys().all(|(source, taker)| *source != node(3) && *taker != node(3)));
    for taker in moves.keys().map(|(_, taker)| *taker) {
        assert!(moves.keys().filter(|(_, to)| *to == taker).count() > 1);
    }
}

#[test]
fn what_cannot_be_is_refused_with_its_reason() {
    let start = founding(4, placements()[2]);
    assert_eq!(start.judge(&Change::Join(node(4).into())), Err(BadChange::Member(node(4))));
    assert_eq!(start.judge(&Change::Leave(node(9))), Err(BadChange::NoMember(node(9))));
    assert_eq!(start.judge(&Change::Leave(node(4))), Ok(()));
    let leaving = announce(&start, 1, Change::Leave(node(4)));
    assert_eq!(leaving.judge(&Change::Leave(node(4))), Err(BadChange::NoMember(node(4))));
    assert_eq!(leaving.judge(&Change::Leave(node(3))), Err(BadChange::TooFewLeft(3)));
    let mut heavy = Member::from(node(5));
    heavy.weight = 61;
    assert_eq!(start.judge(&Change::Join(heavy)), Err(BadChange::NoRing));
}

/// The new owner of every key takes the place of exactly one old owner, and nobody else's.
#[test]
fn inv_t2_every_replica_that_moves_has_one_giver_and_one_taker() {
    for placement in placements() {
        let start = founding(6, placement);
        for change in [Change::Join(node(7).into()), Change::Leave(node(2))] {
            let moving = seen_by_all(&announce(&start, 1, change));
            let pending = moving.agreed().expect("agreed");
            for number in 0..200 {
                let key = Key::new(alloc::format!("k{number}")).unwrap();
                let before: Set<NodeId> = moving.owners(&key).into();
                let list = pending.next.preference(&key, 3);
                let after: Set<NodeId> = list.primaries().iter().copied().collect();
                let gains: Vec<NodeId> = after.difference(&before).copied().collect();
                let mut taken: Vec<NodeId> = Vec::new();
                for source in before.iter() {
                    let takers = moving.takers(*source, &key);
                    assert_eq!(!takers.is_empty(), moving.loses(*source, &key));
                    assert!(takers.len() <= 1);
                    taken.extend(takers);
                }
                taken.sort();
                assert_eq!(taken, gains);
            }
        }
    }
}
