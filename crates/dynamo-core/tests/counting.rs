//! The count of a request, whoever answers, falls silent or stands in, in whatever order
//! (paper 4.5, 4.6): beside it a naive model, the set of the places that were answered for.

use std::collections::{BTreeMap, BTreeSet};

use dynamo_core::coordinator::{Answer, Round};
use dynamo_core::quorum::{Demand, NotFound, Standing};
use dynamo_core::{
    Key, Member, NodeId, PreferenceList, Ring, Role, Strategy as Placement, Strictness,
};
use proptest::prelude::*;

fn list(nodes: u16, n: u8) -> PreferenceList {
    let members: Vec<Member> = (1..=nodes).map(|node| NodeId(node).into()).collect();
    let ring = Ring::new(&members, Placement::EqualShares { partitions: 64 }).unwrap();
    ring.preference(&Key::new("cart").unwrap(), n)
}

fn plan(list: PreferenceList, strictness: Strictness, needed: u8) -> Round {
    let demand = Demand { needed, strictness, not_found: NotFound::Counts };
    Round::plan(list, demand, |_| false).expect("all are up")
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_count_is_the_number_of_places_that_were_answered_for(
        nodes in 3u16..9, n in 1u8..4, needed in 1u8..4, is_strict in any::<bool>(),
        steps in proptest::collection::vec((any::<bool>(), 1u16..10), 0..24),
    ) {
        let needed = needed.min(n);
        let strictness = if is_strict { Strictness::Strict } else { Strictness::Sloppy };
        let list = list(nodes, n);
        let mut round = plan(list.clone(), strictness, needed);
        let mut asked: BTreeMap<NodeId, NodeId> =
            list.primaries().iter().map(|node| (*node, *node)).collect();
        let (mut answered, mut places) = (BTreeSet::new(), BTreeSet::new());
        let mut down = BTreeSet::new();
        for (answers, node) in steps.into_iter().map(|(answers, it)| (answers, NodeId(it))) {
            if answers {
                let is_new = asked.contains_key(&node) && answered.insert(node);
                let answer = round.answer(node);
                prop_assert_eq!(is_new, answer != Answer::Ignored);
                if is_new {
                    places.insert(asked[&node]);
                    prop_assert_eq!(answer, Answer::Counted(round.standing()));
                }
            } else if let Some(silent) = round.replica(node)
                && !answered.contains(&node)
            {
                down.insert(node);
                if let Some(substitute) = round.substitute(silent, |it| down.contains(&it)) {
                    prop_assert!(!is_strict && !down.contains(&substitute.node));
                    prop_assert_eq!(substitute.role, Role::Fallback { missing: silent.place() });
                    // Nobody is asked for two places.
                    prop_assert_eq!(asked.insert(substitute.node, silent.place()), None);
                }
            }
            let counted = places.len() as u8;
            prop_assert_eq!(round.answers(), counted);
            prop_assert!(counted <= n && usize::from(counted) <= answered.len());
            prop_assert_eq!(round.standing() == Standing::Met, counted >= needed);
            let is_open = |place: &&NodeId| !places.contains(*place);
            let open: Vec<NodeId> = list.primaries().iter().filter(is_open).copied().collect();
            prop_assert_eq!(round.open_places(), open);
            let silent: BTreeSet<NodeId> = round.silent().map(|it| it.node).collect();
            let expected = asked.keys().filter(|node| !answered.contains(node)).copied().collect();
            prop_assert_eq!(silent, expected);
        }
    }
}
