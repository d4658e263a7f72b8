//! Pitfalls and invariants of the semantics that no other file has a test for, by their numbers.

use std::collections::{BTreeMap, BTreeSet};

use dynamo_check::{findings, unmet};
use dynamo_core::{
    Endpoint, Fact, Key, Message, NodeId, Operation, Outcome, RequestId, Store, Subject,
    Versioning, Versions,
};
use dynamo_sim::{Moment, Run, Status, Time, TraceEvent, View, swarm};

fn play(text: &str) -> (Run, View) {
    let run = Run::new(text.parse().unwrap_or_else(|error| panic!("{error}\n{text}")));
    let unmet = unmet(run.script(), &findings(&run));
    assert!(unmet.is_empty(), "{}\n{text}", unmet[0]);
    let view = run.view_at(Moment::end_of(run.known_until()));
    (run, view)
}

/// The facts that were noted, with when and by whom.
fn facts(run: &Run) -> impl Iterator<Item = (Time, NodeId, &Fact)> {
    run.trace().iter().filter_map(|(_, record)| match &record.event {
        TraceEvent::Noted { node, fact } => Some((record.moment.time, *node, fact)),
        _ => None,
    })
}

/// When a hint's keeper forgot it, and when its owner's disk had it, in order.
fn deliveries(run: &Run) -> Vec<&'static str> {
    let trace = run.trace();
    let kind = |event: &TraceEvent| match event {
        TraceEvent::Noted { fact: Fact::HintForgotten { .. }, .. } => Some("forgotten"),
        TraceEvent::DiskCompleted { asked, node: NodeId(3), outcome: Outcome::Merged { .. } } => {
            let main = matches!(trace.operation(*asked),
                Some(Operation::Merge { slot, .. }) if slot.store == Store::Main);
            main.then_some("stored")
        }
        _ => None,
    };
    trace.iter().filter_map(|(_, record)| kind(&record.event)).collect()
}

/// Whoever dies at whatever step of a handoff, with whatever engine: a hint is forgotten once, and
/// its owner had stored it before.
#[test]
fn p24_a_hint_is_forgotten_only_after_its_owner_has_stored_it() {
    let fates = [
        "when hint-offered by=n4 crash n4\n",
        "when hint-offered by=n4 crash n3\n",
        "when hint-delivered by=n4 crash n4\n",
        "when hint-delivered by=n4 crash n3\n",
        "at 500ms cut n3 to n4\n",
        "at 500ms cut n4 to n3\n",
    ];
    for engine in ["memory", "log", "buffered"] {
        for fate in fates {
            let (run, view) = play(&format!(
                "dynamo 1\nsetup nodes=5 n=3 r=2 w=2 seed=7 engine={engine} exchange-every=never\n\
                 at 0s crash n3\nat 100ms c1.1 put basket \"milk\" via n1\nat 1s restart n3\n{fate}\
                 at 6s heal\nat 6s restart n3\nat 6s restart n4\nuntil 20s\n\
                 expect durability convergence hints\n"
            ));
            let order = deliveries(&run);
            assert_eq!(order.first(), Some(&"stored"), "{engine} {fate}");
            let forgotten = order.iter().filter(|it| **it == "forgotten").count();
            assert_eq!(forgotten, 1, "{engine} {fate} {order:?}");
            assert!(view.nodes.values().all(|node| node.hints().next().is_none()));
        }
    }
}

/// Three replicas, each of which holds something else, are read through a node that holds nothing.
#[test]
fn inv_r2_r3_r4_a_repair_carries_the_frontier_to_all_and_is_done_once() {
    let (run, view) = play(
        "dynamo 1\nsetup nodes=5 n=3 r=3 w=1 seed=7 mode=strict exchange-every=never\n\
         at 0s cut n1 from n2 n3\nat 0s cut n2 from n3\n\
         at 100ms c1.1 put basket \"milk\" via n1\nat 100ms c2.1 put basket \"eggs\" via n2\n\
         at 1s heal\nat 3s c3.1 get basket via n5\nat 5s c3.2 get basket via n5\n\
         until 12s\nexpect durability convergence domination sessions\n",
    );
    let [first, second] =
        [1, 2].map(|operation| RequestId { client: dynamo_core::ClientId(3), operation });
    let mut frontier = Versions::default();
    let (mut replies, mut repaired) = (Vec::new(), Vec::new());
    for (_, record) in run.trace().iter() {
        let TraceEvent::MessageSent { name, message, .. } = &record.event else { continue };
        match &**message {
            Message::ReadReply(reply) if reply.request == first => {
                frontier.merge(&reply.versions);
                replies.push(reply.versions.clone());
            }
            Message::Write(write) if write.subject == Subject::Request(first) => {
                assert_eq!(write.versions, frontier, "INV-R4");
                repaired.push(name.to);
            }
            _ => {}
        }
    }
    assert_eq!((replies.len(), frontier.siblings().count()), (3, 2));
    assert!(replies.iter().all(|reply| !reply.includes(&frontier)));
    repaired.sort();
    assert_eq!(repaired, [1, 2, 3].map(|node| Endpoint::Node(NodeId(node))));
    let basket = Key::new("basket").unwrap();
    for node in view.primaries(&basket) {
        let held = view.nodes[&node].replica(&basket).expect("a copy");
        assert!(held.includes(&frontier), "INV-R3");
    }
    let repairs = |of| {
        let of_read =
            |fact: &Fact| matches!(fact, Fact::ReadRepair { request, .. } if *request == of);
        facts(&run).filter(|(_, _, fact)| of_read(fact)).count()
    };
    assert_eq!((repairs(first), repairs(second)), (3, 0), "INV-R2");
}

#[test]
fn inv_q3_every_operation_of_random_worlds_ends_exactly_once() {
    let mut operations = 0;
    for seed in 0..200 {
        let run = Run::new(swarm::script(seed));
        let mut ends: BTreeMap<RequestId, u32> = BTreeMap::new();
        for (_, record) in run.trace().iter() {
            match &record.event {
                TraceEvent::OperationStarted(started) => {
                    assert_eq!(ends.insert(started.request, 0), None);
                }
                TraceEvent::OperationEnded { request, .. } => {
                    *ends.get_mut(request).expect("begun before it ended") += 1;
                }
                _ => {}
            }
        }
        assert!(ends.values().all(|count| *count == 1), "seed {seed}: {ends:?}");
        operations += ends.len();
    }
    assert!(operations > 1_000, "{operations}");
}

/// A dot names the node on whose disk it was minted, and the process that ran there. A put that is
/// asked again may be answered with the dot that it has, whoever minted that.
#[test]
fn inv_c2_a_dot_is_minted_only_under_the_name_of_the_process_that_mints_it() {
    let mut minted = 0;
    for seed in 0..200 {
        let run = Run::new(swarm::script(seed));
        let is_dotted = run.script().setup.config.versions == Versioning::Dotted;
        let (mut running, mut known) = (BTreeMap::new(), BTreeSet::new());
        for (_, record) in run.trace().iter() {
            match &record.event {
                TraceEvent::NodeStarted { boot } => {
                    running.insert(boot.node, *boot);
                }
                TraceEvent::DiskCompleted {
                    asked,
                    node,
                    outcome: Outcome::Updated { dot, .. },
                } => {
                    let Some(Operation::Update { slot, .. }) = run.trace().operation(*asked) else {
                        panic!("seed {seed}: updated without being asked");
                    };
                    if !known.insert((slot.key.clone(), *dot)) {
                        continue;
                    }
                    assert_eq!(dot.actor.node(), *node, "seed {seed}");
                    assert!(!is_dotted || dot.actor.boot == running[node], "seed {seed}");
                    minted += 1;
                }
                _ => {}
            }
        }
    }
    assert!(minted > 1_000, "{minted}");
}

/// From the order to join until everybody knows that everybody has heard of it; the mean of some.
fn time_to_agree(nodes: u16) -> u64 {
    const SEEDS: u64 = 5;
    let one = |seed| {
        let (run, _) = play(&format!(
            "dynamo 1\nsetup nodes={nodes} n=3 r=2 w=2 seed={seed} partitions=256 gossip-every=1s\n\
             at 1s join n{} via n1\nuntil 40s\nexpect ring\n",
            nodes + 1
        ));
        let agreed = facts(&run).filter(|it| matches!(it.2, Fact::ChangeAgreed { .. }));
        let last = agreed.map(|it| it.0).max().expect("agreed");
        last.since(Time(1_000_000)).as_micros()
    };
    (1..=SEEDS).map(one).sum::<u64>() / SEEDS
}

/// From 8 to 60 nodes the logarithm doubles, and their number grows by seven and a half.
#[test]
fn inv_g4_the_time_until_everybody_has_heard_grows_with_the_logarithm_of_the_nodes() {
    let (few, many) = (time_to_agree(8), time_to_agree(60));
    assert!(few < many && many < 3 * few, "{few} and {many} microseconds");
}

/// A node that has left keeps nothing and owns nothing, whatever it kept and whoever was down.
#[test]
fn inv_t3_a_node_that_left_holds_no_hint_and_owns_no_range() {
    let mut left = 0;
    for seed in 0..200 {
        let run = Run::new(swarm::script(seed));
        let holds =
            |it: &dynamo_sim::Finding| it.check != "convergence" || it.status == Status::Holds;
        if !findings(&run).iter().all(holds) {
            continue;
        }
        let view = run.view_at(Moment::end_of(run.known_until()));
        for (node, it) in &view.nodes {
            if view.ring.member(*node).is_none() && it.is_up() {
                assert!(it.hints().next().is_none(), "seed {seed}: {node}");
                assert_eq!(view.ring.held_by(*node, 1).len(), 0, "seed {seed}: {node}");
                left += 1;
            }
        }
    }
    assert!(left > 10, "{left}");
}
