//! A cluster that grows node by node; and no node is special.

use std::fmt::Write;

use dynamo_check::{findings, unmet};
use dynamo_core::{Member, NodeId, Ring, Strategy};
use dynamo_sim::{Moment, Run, Script, View};

fn play(text: &str) -> (Run, View) {
    let script: Script = text.parse().expect("a script");
    let run = Run::new(script);
    let found = findings(&run);
    let unmet = unmet(run.script(), &found);
    assert!(unmet.is_empty(), "{}", unmet[0]);
    let view = run.view_at(Moment::end_of(run.known_until()));
    (run, view)
}

#[test]
fn a_cluster_grows_from_one_node_to_forty_while_it_serves() {
    let last = 40;
    let mut text = String::from(
        "dynamo 1\nsetup nodes=1 n=1 r=1 w=1 seed=7 partitions=256 gossip-every=200ms\n",
    );
    for node in 2..=last {
        let at = (node - 2) * 8;
        let _ = writeln!(text, "at {at}s join n{node}\nat {}s c1 put k{node} \"v\"", at + 1);
    }
    let _ = writeln!(text, "until {}s\nexpect durability convergence ring quorum", last * 8);
    let (_, view) = play(&text);
    let members: Vec<NodeId> = view.ring.members().iter().map(|member| member.node).collect();
    assert_eq!(members, (1..=last).map(NodeId).collect::<Vec<_>>());
    assert_eq!(view.ring.epoch(), u32::from(last) - 1);
    // Keys lie where the ring says and nowhere else.
    for (key, _) in &view.minted {
        let holders: Vec<NodeId> =
            view.nodes.iter().filter(|(_, it)| it.replica(key).is_some()).map(|it| *it.0).collect();
        assert_eq!(holders, view.primaries(key));
    }
}

/// Strategy 3 shares out 1,024 partitions and more among up to 1,000 nodes, one at a time.
#[test]
fn a_ring_grows_from_one_node_to_a_thousand() {
    for strategy in
        [Strategy::RandomRanges { tokens: 8 }, Strategy::EqualShares { partitions: 1024 }]
    {
        let mut ring = Ring::new(&[Member::from(NodeId(1))], strategy).expect("a ring");
        for number in 2..=1_000 {
            ring = ring.with_member(NodeId(number).into()).expect("room");
        }
        assert_eq!(ring.members().len(), 1_000);
        let lists = ring.partitions().map(|(it, _)| ring.preference_of(it, 3));
        for list in lists {
            let [a, b, c] = list.primaries() else { panic!("three owners") };
            assert!(a != b && b != c && a != c);
        }
    }
}

/// Issue 11: whoever is told, whoever is the seed, the same happens to the ring.
#[test]
fn no_node_is_special_whoever_is_told_and_whoever_is_a_seed() {
    let mut rings = Vec::new();
    for (seed, via) in [(1, 1), (3, 5), (5, 2), (2, 6)] {
        let (_, view) = play(&format!(
            "dynamo 1\nsetup nodes=5 n=3 r=2 w=2 seed=7 seeds=n{seed}\n\
             at 100ms c1.1 put cart \"milk\" via n2\n\
             at 1s join n6 via n{via}\n\
             at 20s leave n4 via n{seed}\n\
             until 45s\nexpect durability convergence ring quorum hints\n"
        ));
        for node in view.nodes.keys() {
            assert_eq!(view.membership(*node).ring, view.ring);
        }
        rings.push(view.ring);
    }
    assert!(rings.windows(2).all(|two| two[0] == two[1]));
}
