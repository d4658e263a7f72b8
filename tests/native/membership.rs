//! A cluster that grows node by node; and no node is special.

use std::fmt::Write;

use dynamo_check::{findings, unmet};
use dynamo_core::{Fact, Member, MessageKind, Node, NodeId, Ring, Shared, Strategy};
use dynamo_sim::chance::Seed;
use dynamo_sim::trace::Ended;
use dynamo_sim::view::RequestView;
use dynamo_sim::{EventId, Moment, Record, Recorder, Run, Script, Status, TraceEvent, View, World};

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
    let mut text = String::from("dynamo 1\nsetup nodes=1 n=1 r=1 w=1 seed=7\n");
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

/// The thousandth node joins a running cluster of 999 (`--full`; otherwise the two hundredth one
/// of 199), which goes on serving.
#[test]
fn one_node_more_joins_a_large_running_cluster() {
    let is_full = std::env::var_os("DYNAMO_FULL").is_some();
    let founders: u16 = if is_full { 999 } else { 199 };
    let last = founders + 1;
    let text = format!(
        "dynamo 1\nsetup nodes=3 n=3 r=2 w=2 seed=7 partitions=1024 exchange-every=never\n\
                at 0s c1 put cart \"milk\"\nat 1s join n{last} via n1\nat 5s c1 put cart \"eggs\"\n\
                at 59s c2 get cart via n{last}\nuntil 60s\n"
    );
    let mut script: Script = text.parse().expect("a script");
    script.setup = script.setup.with_nodes(founders);
    let mut seen = Newcomer::default();
    let mut world = World::<Node>::with_actors(&script, &mut seen);
    world.run_until(script.horizon(), &mut seen);
    assert_eq!(seen.believe, u32::from(last), "all believe in the ring with the new node");
    assert_eq!(seen.found, 1, "and it takes a read in hand");
}

/// Who believes in a ring with one node more, and what was read.
#[derive(Default)]
struct Newcomer {
    believe: u32,
    found: usize,
}

impl Recorder for Newcomer {
    fn record(&mut self, _: EventId, record: Record) {
        match record.event {
            TraceEvent::Noted { fact: Fact::ChangeInEffect { .. }, .. } => self.believe += 1,
            TraceEvent::OperationEnded { ended: Ended::Found { siblings }, .. } => {
                self.found = siblings.len();
            }
            _ => {}
        }
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

/// Whoever is told, whoever is the seed, the same happens to the ring.
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

fn noted(run: &Run, by: u16, name: &str) -> bool {
    run.trace().iter().any(|(_, record)| {
        matches!(&record.event, TraceEvent::Noted { node, fact }
            if *node == NodeId(by) && fact.name() == name)
    })
}

#[test]
fn p22_a_hint_for_a_node_that_was_removed_goes_to_the_owners_of_its_key() {
    let (run, view) = play(
        "dynamo 1\nsetup nodes=5 n=3 r=2 w=2 seed=7 partitions=16 gossip-every=300ms\n\
         at 0s crash n3\nat 1s c1.1 put basket \"eggs\" via n1\nat 3s remove n3 via n1\n\
         until 12s\nexpect durability convergence hints ring\n",
    );
    assert!(noted(&run, 1, "hint-kept") && noted(&run, 1, "hint-rerouted"));
    let key = view.minted.keys().next().expect("one key");
    for owner in view.primaries(key) {
        assert!(owner != NodeId(3) && view.nodes[&owner].replica(key).is_some());
    }
}

/// Without n3 its keeper is the next on the list of the key.
#[test]
fn p22_a_keeper_that_becomes_an_owner_takes_its_hint_in() {
    let mut text = String::from(
        "dynamo 1\nsetup nodes=5 n=3 r=2 w=2 seed=7 strategy=1 tokens=1 gossip-every=300ms \
         exchange-every=never\nat 0s crash n3\n",
    );
    for number in 1..=20 {
        let _ = writeln!(text, "at 1s c{number}.1 put k{number} \"v\" via n1");
    }
    text.push_str("at 3s remove n3 via n1\nuntil 20s\nexpect durability hints ring\n");
    let (run, view) = play(&text);
    let kept = run.trace().iter().filter_map(|(_, record)| match &record.event {
        TraceEvent::Noted { node, fact: Fact::HintKept { key, .. } } => Some((*node, key)),
        _ => None,
    });
    let taken_in = kept.filter(|(keeper, key)| view.primaries(key).contains(keeper)).count();
    assert!(taken_in > 0);
    assert!(view.nodes.values().all(|node| node.hints().next().is_none()));
    for key in view.minted.keys() {
        assert!(view.primaries(key).iter().all(|owner| view.nodes[owner].replica(key).is_some()));
    }
}

#[test]
fn p23_a_keeper_that_leaves_passes_its_hints_on_to_another_keeper() {
    let (run, view) = play(
        "dynamo 1\nsetup nodes=7 n=3 r=2 w=2 seed=7 strategy=1 tokens=1 gossip-every=300ms\n\
         at 1s leave n7 via n1\n\
         when change-agreed by=n7 crash n6\n\
         when ranges-offered by=n7 c1.1 put basket \"eggs\" via n5\n\
         at 10s c2.1 get basket via n5\n\
         until 10s\nexpect durability ring\n",
    );
    assert!(noted(&run, 7, "hint-kept") && noted(&run, 7, "hint-rerouted"));
    assert!(noted(&run, 7, "emptied"), "n7 has left with empty hands");
    let keepers: Vec<NodeId> =
        view.nodes.iter().filter(|(_, it)| it.hints().next().is_some()).map(|it| *it.0).collect();
    assert!(!keepers.is_empty() && !keepers.contains(&NodeId(7)));
}

#[test]
fn p35_two_nodes_that_were_told_to_join_by_themselves_meet_at_a_seed() {
    let text = "dynamo 1\nsetup nodes=3 n=2 r=2 w=1 seed=7 partitions=16 seeds=n1\n\
                at 0s crash n1\nat 1s join n4 via n4\nat 1s join n5 via n5\n";
    let (_, view) = play(&format!("{text}until 10s\n"));
    for (node, other) in [(4, 5), (5, 4)] {
        let known = view.membership(NodeId(node)).participants();
        assert!(known.contains(&NodeId(node)) && !known.contains(&NodeId(other)));
    }
    let (_, view) = play(&format!("{text}at 10s restart n1\nuntil 60s\nexpect ring convergence\n"));
    assert_eq!(view.ring.members().len(), 5);
}

/// Each alone would leave three. Neither node knows of the other's order; the later one changes
/// nothing when its turn comes.
#[test]
fn of_two_leaves_at_once_that_go_below_n_one_counts() {
    let (_, view) = play(
        "dynamo 1\nsetup nodes=4 n=3 r=2 w=2 seed=7 gossip-every=300ms\n\
         at 1s leave n1 via n1\nat 1s leave n2 via n2\nat 10s c1 put basket \"milk\" via n3\n\
         until 20s\nexpect durability convergence ring\n",
    );
    assert_eq!(view.ring.members().len(), 3);
    assert_eq!(view.membership(NodeId(3)).history.len(), 2, "both are history");
    let key = view.minted.keys().next().expect("one key");
    assert_eq!(view.primaries(key).len(), 3);
}

/// A ring in which nobody can be reached does not change: an agreed change waits for its members.
#[test]
fn inv_f1_a_node_that_only_seems_down_stays_a_member() {
    let (run, view) = play(
        "dynamo 1\nsetup nodes=5 n=3 r=2 w=2 seed=7 gossip-every=300ms\n\
         at 0s crash n3\nat 1s c1.1 put basket \"eggs\" via n1\nat 2s join n6 via n1\nuntil 30s\n",
    );
    assert!(noted(&run, 1, "seems-down"));
    assert!(view.ring.member(NodeId(3)).is_some() && view.ring.member(NodeId(6)).is_none());
}

/// INV-T4: however often messages are lost or come twice, each giver's ranges are taken once.
#[test]
fn inv_t4_each_giver_and_taker_agree_once_on_a_change() {
    let (run, _) = play(
        "dynamo 1\nsetup nodes=5 n=3 r=2 w=2 seed=9 partitions=16 gossip-every=300ms loss=0.2 copies=0.2\n\
         at 100ms c1.1 put basket \"eggs\" via n1\nat 1s join n6 via n1\nat 25s set loss=0\n\
         until 60s\nexpect durability ring convergence\n",
    );
    let mut confirmed: Vec<(NodeId, NodeId)> = Vec::new();
    for (_, record) in run.trace().iter() {
        if let TraceEvent::Noted { node, fact: Fact::RangesConfirmed { from, .. } } = &record.event
        {
            assert!(!confirmed.contains(&(*from, *node)), "{from} to {node} twice");
            confirmed.push((*from, *node));
        }
    }
    assert!(!confirmed.is_empty());
}

/// Strict puts and gets at all nodes while others join, leave, crash and are cut off; R + W is just
/// above N, so one place that is lost or counted twice on the way would show.
fn strict_world(seed: u64) -> String {
    let mut count = 0;
    let mut below = |bound: u64| {
        count += 1;
        Seed(seed).draw("strict", &count).below(bound)
    };
    let (nodes, n) = (4 + below(3), 2 + below(2));
    let w = 1 + below(n);
    let (strategy, tokens, loss) =
        (1 + below(3), 1 + 3 * below(2), ["0", "0.05"][below(2) as usize]);
    let mut text = format!(
        "dynamo 1\nsetup nodes={nodes} n={n} r={} w={w} seed={seed} mode=strict strategy={strategy} \
         tokens={tokens} partitions=16 gossip-every=100ms loss={loss} copies=0.1\n",
        n + 1 - w
    );
    let (mut now, mut next) = (100, nodes + 1);
    for _ in 0..150 {
        let longest = [10, 60, 200][below(3) as usize];
        now += 1 + below(longest);
        let (client, key, via) = (1 + below(2), below(4), 1 + below(nodes + 2));
        let (told, other) = (1 + below(nodes), 1 + below(next));
        let _ = match below(100) {
            0..=44 => writeln!(text, "at {now}ms c{client} put k{key} \"v{now}\" via n{via}"),
            45..=89 => writeln!(text, "at {now}ms c{client} get k{key} via n{via}"),
            90..=91 => {
                next += 1;
                writeln!(text, "at {now}ms join n{} via n{told}", next - 1)
            }
            92 => writeln!(text, "at {now}ms leave n{other} via n{told}"),
            93..=94 => writeln!(text, "at {now}ms crash n{via}"),
            95..=96 => writeln!(text, "at {now}ms restart n{via}"),
            97 => writeln!(text, "at {now}ms cut n{told} from n{}", 1 + told % nodes),
            _ => writeln!(text, "at {now}ms heal"),
        };
    }
    let _ = writeln!(text, "at {now}ms heal\nat {now}ms set loss=0");
    for node in 1..next {
        let _ = writeln!(text, "at {now}ms restart n{node}");
    }
    let _ = writeln!(text, "until {}ms", now + 60_000);
    text
}

#[test]
fn clients_read_their_own_strict_writes_while_members_come_and_go() {
    let (mut changes, mut reads) = (0, 0);
    for seed in 0..60 {
        let run = Run::new(strict_world(seed).parse().expect("a script"));
        for finding in findings(&run) {
            let is_bad = matches!(finding.status, Status::Violated | Status::NotYetDue(_));
            assert!(!is_bad, "seed {seed}: {finding}\n{}", run.script());
        }
        let view = run.view_at(Moment::end_of(run.known_until()));
        changes += view.age;
        let found = |request: &&Shared<RequestView>| {
            matches!(request.ended, Some((_, Ended::Found { .. }, _)))
        };
        reads += view.requests.values().filter(found).count();
    }
    assert!(changes > 100 && reads > 1_500, "{changes} changes, {reads} reads");
}

#[test]
fn a_named_peer_is_met_in_the_next_round_and_in_no_other() {
    let named = |lines: &str| {
        let text = format!(
            "dynamo 1\nsetup nodes=5 n=3 r=2 w=2 seed=7\nat 1s join n6 via n1\n{lines}until 9s\n"
        );
        let (run, _) = play(&text);
        let peer = |(_, record): (EventId, &Record)| match &record.event {
            TraceEvent::MessageSent { name, .. } if name.kind == MessageKind::Gossip => {
                (name.from == NodeId(1).into()).then_some(name.to)
            }
            _ => None,
        };
        run.trace().iter().filter_map(peer).collect::<Vec<_>>()
    };
    let by_chance = named("");
    for peer in (2..=5).map(NodeId) {
        let met = named(&format!("at 1s gossip n1 with {peer}\n"));
        assert_eq!(met[0], peer.into(), "news goes to whom it was told to");
        assert!(met.iter().any(|it| *it != met[0]), "and then to others again: {met:?}");
    }
    assert!(by_chance.len() > 1);
    let wrong = "dynamo 1\nsetup nodes=5 n=3 r=2 w=2 seed=7\nat 1s gossip n1 with n1\n";
    let error = wrong.parse::<Script>().unwrap_err();
    assert_eq!(error.expected, "another node, such as n3");
}
