//! Pitfalls of executing requests, each played in a world of its own.

use dynamo_core::{Key, NodeId, wire};
use dynamo_sim::{Moment, Run, Script, Status, Time, TraceEvent};

fn play(setup: &str, lines: &str) -> Run {
    let text = format!("dynamo 1\nsetup {setup}\n{lines}until 20s\n");
    let script: Script = text.parse().unwrap_or_else(|error| panic!("{error}\n{text}"));
    Run::new(script)
}

/// How the clients saw their operations end, in order.
fn ends(run: &Run) -> Vec<String> {
    let rows = dynamo_sim::transcript::rows(run.trace(), Time(20_000_000));
    let client = |who: &str| who.starts_with('c') && who.ends_with('=');
    rows.into_iter().filter(|row| client(&row.who)).map(|row| row.what).collect()
}

/// The rows of the transcript that contain a text.
fn rows(run: &Run, text: &str) -> Vec<String> {
    let rows = dynamo_sim::transcript::rows(run.trace(), Time(20_000_000));
    let shown = rows.into_iter().map(|row| format!("{} {}", row.who, row.what));
    shown.filter(|row| row.contains(text)).collect()
}

fn status(run: &Run, check: &str) -> Status {
    let found = dynamo_check::findings(run);
    found.into_iter().find(|finding| finding.check == check).expect("a check").status
}

/// No check finds a violation.
fn assert_safe(run: &Run) {
    for finding in dynamo_check::findings(run) {
        assert_ne!(finding.status, Status::Violated, "{finding}\n{}", run.script());
    }
}

/// How many random worlds are tried; a hundred times as many with `cargo xtask test --full`.
fn worlds(usual: u64) -> u64 {
    if std::env::var_os("DYNAMO_FULL").is_some() { usual * 100 } else { usual }
}

const USUAL: &str = "nodes=5 n=3 r=2 w=2 seed=7";

#[test]
fn p13_p21_a_fallback_coordinates_under_its_own_name_and_its_dot_comes_home_unchanged() {
    // cart belongs to n1, n2, n3; the writer reaches n4, n5 and n6 only.
    let run = play(
        "nodes=6 n=3 r=2 w=2 seed=7",
        "at 0s cut n1 n2 n3 from n4 n5 n6 c1\nat 100ms c1.1 get cart via n4\n\
         at 500ms c1.2 put cart \"milk\" via n4\nat 2s heal\n",
    );
    let view = run.view_at(Moment::end_of(Time(19_000_000)));
    let cart = Key::new("cart").unwrap();
    let dots: Vec<_> = [1, 2, 3]
        .map(|node| {
            let replica = view.nodes[&NodeId(node)].replica(&cart).expect("home");
            replica.siblings().map(|(dot, _)| *dot).collect::<Vec<_>>()
        })
        .into();
    assert_eq!(dots[0].len(), 1);
    assert_eq!(dots[0][0].actor.node(), NodeId(4));
    assert!(dots.iter().all(|other| *other == dots[0]), "{dots:?}");
    assert!(view.nodes.values().all(|node| node.hints().next().is_none()));
    assert_safe(&run);
}

/// The write is told to n1 alone; what a read would repair on the way is lost too, and nobody
/// compares trees.
fn a_write_on_a_minority(mode: &str) -> Run {
    play(
        &format!("{USUAL} exchange-every=never"),
        &format!(
            "at 100ms c1.1 put basket \"old\" via n1 {mode}\n\
             at 1s lose write c1.2 n1 n2\nat 1s lose write c1.2 n1 n3\n\
             at 1s lose write c2.1 n1 n2\nat 1s lose write c2.1 n1 n3\n\
             at 1s c1.2 put basket \"new\" via n1 mode=strict\n\
             at 2s cut n1 from n3\nat 2s c2.1 get basket via n1 {mode}\n\
             at 2500ms heal\nat 2500ms crash n1\nat 2600ms c2.2 get basket via n2 {mode}\n\
             at 4s restart n1\nat 6s c2.3 get basket via n1 {mode}\n"
        ),
    )
}

#[test]
fn p14_a_write_that_was_not_acknowledged_becomes_visible_later() {
    let run = a_write_on_a_minority("mode=strict");
    let ends = ends(&run);
    assert_eq!(ends[1], "c1.2 unknown: 1 of 2 acknowledged");
    assert_eq!(ends.last().unwrap(), "c2.3 ok, \"new\"");
    assert_safe(&run);
}

#[test]
fn p15_p18_reads_go_back_in_time_also_where_only_primaries_count() {
    for mode in ["mode=strict", "mode=primaries-2"] {
        let run = a_write_on_a_minority(mode);
        let ends = ends(&run);
        assert_eq!(ends[2..4], ["c2.1 ok, \"new\"", "c2.2 ok, \"old\""], "{mode}");
        // It is seen, and not promised: only a read that waits for its repair could.
        assert!(matches!(status(&run, "sessions"), Status::Counted(_)), "{mode}");
        // Nor does it look like one copy.
        assert_eq!(status(&run, "register"), Status::Counted(1), "{mode}");
        assert_safe(&run);
    }
}

#[test]
fn p16_a_sloppy_quorum_takes_a_write_that_a_read_with_r_plus_w_above_n_misses() {
    let run = play(
        "nodes=6 n=3 r=2 w=2 seed=7",
        "at 0s cut n1 n2 n3 c2 from n4 n5 n6\nat 100ms c1.1 get cart via n4\n\
         at 500ms c1.2 put cart \"milk\" via n4\nat 1s c1.3 get cart via n1\n\
         at 2s heal\nat 8s c1.4 get cart via n1\n",
    );
    let ends = ends(&run);
    assert_eq!(ends[1..], ["c1.2 ok", "c1.3 ok, nothing found", "c1.4 ok, \"milk\""]);
    assert_eq!(status(&run, "sessions"), Status::Counted(1));
    assert_eq!(status(&run, "register"), Status::Counted(1));
    assert_safe(&run);
}

#[test]
fn p17_a_node_that_lost_its_disk_leaves_fewer_than_w_copies() {
    let run = play(
        "nodes=3 n=3 r=2 w=2 mode=strict seed=7",
        "at 0s crash n3\nat 100ms c1.1 put basket \"milk\" via n1\nat 1s wipe n2\n\
         at 1s restart n2\nat 1s restart n3\nat 1s cut n1 from n2 n3\n\
         at 2s c1.2 get basket via n2\nat 4s heal\nat 8s c2.1 get basket via n1\n\
         at 9s c2.2 get basket via n2\n",
    );
    assert_eq!(ends(&run)[..2], ["c1.1 ok", "c1.2 ok, nothing found"]);
    assert_eq!(ends(&run)[3], "c2.2 ok, \"milk\"");
    assert_eq!(status(&run, "sessions"), Status::Counted(1));
    assert_safe(&run);
}

#[test]
fn p19_an_empty_answer_makes_a_key_not_found_unless_it_does_not_count() {
    // n3 is dead and known to be; its stand-in n5 is as empty as n2, and n1 answers last.
    let lines = |choice: &str| {
        format!(
            "at 0s crash n2\nat 0s crash n3\nat 100ms c1.1 put basket \"milk\" via n1 mode=strict\n\
             at 1s restart n2\nat 1100ms c2.1 put list \"x\" via n4\n\
             at 1400ms delay read-reply c2.2 n1 n4 by 10ms\n\
             at 1500ms c2.2 get basket via n4 {choice}\n"
        )
    };
    let setup = "nodes=5 n=3 r=1 w=1 seed=4";
    let ended = |choice: &str| {
        let run = play(setup, &lines(choice));
        assert_safe(&run);
        ends(&run).pop().unwrap()
    };
    assert_eq!(ended(""), "c2.2 ok, nothing found");
    assert_eq!(ended("not-found=majority"), "c2.2 ok, nothing found");
    assert_eq!(ended("not-found=waits"), "c2.2 ok, \"milk\"");
}

#[test]
fn p20_the_copy_of_a_coordinator_outside_the_list_is_a_hint_and_does_not_count() {
    // n5 believes that n1 is down and hands the write on to n4, which believes that n1 is up.
    let run = play(
        "nodes=5 n=3 r=3 w=3 seed=7",
        "at 0s cut n1 from n5\nat 100ms c1.1 get basket via n5\nat 200ms heal\n\
         at 200ms c1.2 put basket \"milk\" via n5\n",
    );
    assert_eq!(rows(&run, "hands c1.2 on").len(), 1);
    assert_eq!(
        rows(&run, "coordinates c1.2"),
        ["n4  ! coordinates c1.2: n1 n2 n3, 3 needed, sloppy"]
    );
    assert_eq!(rows(&run, "quorum met for c1.2"), ["n4  ! quorum met for c1.2: 3"]);
    for node in ["n1", "n2", "n3"] {
        assert_eq!(
            rows(&run, "basket merges").iter().filter(|row| row.starts_with(node)).count(),
            1
        );
    }
    assert_eq!(rows(&run, "n4  = basket (hint for n1) writes").len(), 1);
    assert_safe(&run);
}

#[test]
fn one_put_is_handed_on_at_most_once_whoever_is_to_coordinate_it() {
    for choice in ["any", "first", "fastest"] {
        for via in 1..=5 {
            // n2 and n3 disagree on who is up, so they would choose unlike coordinators.
            let run = play(
                &format!("{USUAL} coordinator={choice}"),
                &format!(
                    "at 0s cut n1 from n2\nat 100ms c1.1 get basket via n2\nat 200ms heal\n\
                     at 200ms c1.2 put basket \"milk\" via n{via}\n"
                ),
            );
            let handed = rows(&run, "hands c1.2 on").len() + rows(&run, "leaves c1.2 to").len();
            assert!(handed <= 1, "{choice} n{via}");
            assert_eq!(rows(&run, "coordinates c1.2").len(), 1, "{choice} n{via}");
            assert_eq!(ends(&run)[1], "c1.2 ok");
            assert_safe(&run);
        }
    }
}

#[test]
fn p44_a_link_that_carries_one_way_only_loses_and_doubles_nothing() {
    // n1 hears from n4 and n4 never hears from n1, not even that its hint is home.
    let run = play(
        USUAL,
        "at 0s crash n1\nat 100ms c1.1 put basket \"milk\" via n2\nat 500ms cut n1 to n4\n\
         at 600ms restart n1\nat 9s heal\n",
    );
    let view = run.view_at(Moment::end_of(Time(19_000_000)));
    assert!(rows(&run, "offers n1").len() > 1);
    assert!(view.nodes.values().all(|node| node.hints().next().is_none()));
    assert_eq!(status(&run, "convergence"), Status::Holds);
    assert_safe(&run);
}

#[test]
fn a_client_driven_read_is_two_hops_shorter_and_a_write_one() {
    let setup = "nodes=5 n=3 r=2 w=2 seed=7 driven=client latency=constant-5ms";
    let lines = "at 100ms c1.1 get basket\nat 1s c1.2 get basket\nat 2s c1.3 put basket \"a\"\n\
                 at 3s c2.1 get basket via n5\nat 4s c2.2 put basket \"b\" via n5\n";
    let run = play(setup, lines);
    let view = run.view_at(Moment::end_of(Time(19_000_000)));
    let took = |client, operation| {
        let request = dynamo_core::RequestId { client: dynamo_core::ClientId(client), operation };
        let view = &view.requests[&request];
        view.ended.as_ref().expect("ended").0.since(view.at).as_micros()
    };
    assert_eq!(took(2, 1) - took(1, 2), 10_000);
    assert_eq!(took(2, 2) - took(1, 3), 5_000);
    assert_safe(&run);
}

#[test]
fn a_library_polls_every_ten_seconds_and_at_once_when_somebody_is_silent() {
    let polls = |lines: &str| {
        rows(&play(&format!("{USUAL} driven=client"), lines), "goes by the ring").len()
    };
    assert_eq!(polls("at 1s c1.1 get basket\n"), 2);
    assert_eq!(polls("at 500ms crash n1\nat 1s c1.1 put list \"x\"\nat 3s c1.2 get basket\n"), 3);
}

#[test]
fn p37_however_often_a_client_asks_one_coordinator_makes_one_dot() {
    // Every reply to the client is lost but the last one.
    let lose = "at 0s cut n1 n2 n3 n4 n5 to c1\nat 900ms heal\n";
    let run = play(
        &format!("{USUAL} retries=5 coordinator=first"),
        &format!("{lose}at 100ms c1.1 put basket \"milk\"\nat 3s c2.1 get basket\n"),
    );
    assert_eq!(ends(&run), ["c1.1 ok", "c2.1 ok, \"milk\""]);
    assert!(rows(&run, "answers c1.1 again").len() > 1);
    assert_eq!(rows(&run, "basket writes").len(), 1);
    assert_safe(&run);
}

#[test]
fn p37_each_dot_of_a_put_is_deleted_by_itself() {
    // c2 reads the first dot of c1.1 and deletes it; the second, made by another node, stays.
    let run = play(
        &format!("{USUAL} retries=1 client-timeout=3s"),
        "at 0s cut n1 n2 n3 n4 n5 to c1\nat 100ms c1.1 put cart \"milk\" via n1\n\
         at 1s c2.1 get cart via n2\nat 2s c2.2 delete cart via n2\nat 2500ms heal\n\
         at 5s c2.3 get cart via n3\nat 6s c2.4 delete cart via n3\nat 7s c2.5 get cart via n3\n",
    );
    let ends = ends(&run);
    assert_eq!(ends[2], "c1.1 ok");
    assert!(ends[3].starts_with("c2.3 ok") && ends[3].contains("\"milk\""), "{}", ends[3]);
    assert!(!ends[5].contains("\"milk\""), "{}", ends[5]);
    assert_safe(&run);
}

#[test]
fn a_tombstone_is_something_to_a_read_to_which_nothing_does_not_count() {
    // All that is left of basket is its tombstone; list was never written.
    for not_found in ["waits", "majority"] {
        let run = play(
            &format!("{USUAL} not-found={not_found} exchange-every=never"),
            "at 100ms c1.1 put basket \"milk\" via n1\nat 1s c1.2 delete basket via n1\n\
             at 2s c2.1 get basket via n4\nat 3s c2.2 get list via n4\n",
        );
        let ends = ends(&run);
        assert_eq!(rows(&run, "nothing is there for c2.1"), [""; 0]);
        assert_eq!(rows(&run, "nothing is there for c2.2").len(), 1);
        assert!(ends[2].starts_with("c2.1 ok"), "{}", ends[2]);
        assert_safe(&run);
    }
}

#[test]
fn a_library_is_told_of_a_join_by_whoever_is_no_owner_any_more() {
    let text = "at 100ms c1.1 put shoes \"red\"\nat 1s join n9 via n2\nat 5s c1.2 get shoes\n\
                at 6s c1.3 get shoes\n";
    let setup = "nodes=7 n=3 r=2 w=2 mode=strict seed=7 driven=client strategy=1 tokens=1 \
                 gossip-every=300ms seeds=n1";
    let run = play(setup, text);
    assert_eq!(ends(&run), ["c1.1 ok", "c1.2 ok, \"red\"", "c1.3 ok, \"red\""]);
    assert_eq!(rows(&run, "not-mine shoes"), ["n5 -> c1 not-mine shoes"]);
    // The first ring, the one that is fetched at once, and those that are due.
    let learned = rows(&run, "goes by the ring");
    assert!(learned[0].ends_with("epoch 0") && learned[1].ends_with("epoch 1"), "{learned:?}");
    assert_eq!(rows(&run, "coordinates c1.3: n3 n1 n9").len(), 1);
    assert!(rows(&run, "seems down").is_empty());
    assert_safe(&run);
}

#[test]
fn an_empty_set_that_an_exchange_brings_is_nothing() {
    // The only copy goes bad, and what cannot be read is offered as nothing.
    let run = play(
        "nodes=2 n=2 r=1 w=2 seed=1 exchange-every=2s engine=log",
        "at 1s crash n2\nat 2s c1.1 put k1 \"v\" via n1\nat 3s rot n1 k1\nat 4s restart n2\n",
    );
    assert!(!rows(&run, "mend k1 {}").is_empty());
    assert_eq!(status(&run, "convergence"), Status::Holds);
    assert_safe(&run);
}

#[test]
fn a_retry_sends_the_context_of_the_first_attempt() {
    // c1 learns more of the key between two attempts, and must not seem to have known it before.
    let run = play(
        &format!("{USUAL} retries=3"),
        "at 100ms c2.1 put basket \"beer\" via n1\nat 1s cut c1 to n1\n\
         at 1s c1.1 put basket \"milk\" via n1\nat 1s c1.2 get basket via n2\nat 1100ms heal\n\
         at 3s c2.2 get basket via n1\n",
    );
    assert_eq!(rows(&run, "c1.1 again").len(), 1);
    assert_eq!(ends(&run).pop().unwrap(), "c2.2 ok, \"beer\" | \"milk\"");
    assert_safe(&run);
}

#[test]
fn a_read_is_done_again_and_a_client_gives_up_in_the_end() {
    let run = play(
        &format!("{USUAL} retries=2"),
        "at 0s crash n1\nat 100ms c1.1 get basket via n1\nat 1s cut c1 to n1 n2 n3 n4 n5\n\
         at 2s c1.2 get basket via n2\nat 3s c1.3 put basket \"milk\" via n2\n",
    );
    let ends = ends(&run);
    assert_eq!(ends[0], "c1.1 ok, nothing found");
    assert_eq!(ends[1..], ["c1.2 certainly failed: no answer", "c1.3 unknown: no answer"]);
    assert_eq!(rows(&run, "c1.3 again").len(), 2);
    assert_safe(&run);
}

#[test]
fn p43_a_detector_that_flaps_makes_hints_and_never_another_ring() {
    let lines: String = (1..40)
        .map(|act| {
            format!("at {}ms c1.{act} put basket \"{act}\" via n{}\n", act * 100, act % 5 + 1)
        })
        .collect();
    let run = play("nodes=5 n=3 r=1 w=1 seed=7 detector=erratic", &lines);
    assert!(rows(&run, "keeps basket").len() > 3);
    // Whom nodes hand on to and ask are members of the one ring that a library is told at the end.
    let asked = play(
        "nodes=5 n=3 r=1 w=1 seed=7 detector=erratic driven=client",
        &format!("{lines}at 15s c2.1 get basket\n"),
    );
    assert_eq!(rows(&asked, "-> c2 ring-reply"), ["n3 -> c2 ring-reply epoch 0, 5 members"]);
    for run in [run, asked] {
        for check in SAFETY {
            assert_ne!(status(&run, check), Status::Violated, "{check}");
        }
    }
}

/// What must hold whatever is believed of nodes; the others speak of what happens in the end.
const SAFETY: [&str; 7] =
    ["durability", "domination", "concurrency", "provenance", "quorum", "sessions", "determinism"];

#[test]
fn inv_f3_no_promise_rests_on_a_detector() {
    let mut stored = 0;
    for seed in 0..worlds(150) {
        for detector in ["contrary", "erratic"] {
            let mut script = dynamo_sim::swarm::script(seed);
            let all = dynamo_core::Detector::ALL;
            let chosen = all.into_iter().find(|it| it.to_string() == detector).expect("a detector");
            script.setup.config.detector = chosen;
            let verdict = dynamo_lab::judge(&script);
            for finding in verdict.findings {
                let is_safety = SAFETY.contains(&finding.check);
                let broken = is_safety && finding.status == Status::Violated;
                assert!(!broken, "seed {seed}, {detector}: {finding}\n{script}");
            }
            let run = Run::new(script);
            stored += rows(&run, "put-reply").iter().filter(|row| row.contains(" ok")).count();
        }
    }
    assert!(stored > 150, "{stored} writes succeeded");
}

#[test]
fn phi_convicts_a_dead_node_and_a_probe_acquits_it_without_any_client() {
    let run = play(
        &format!("{USUAL} detector=phi probe-every=100ms"),
        "at 2s crash n3\nat 8s restart n3\n",
    );
    // INV-F2: each of the four others finds out by itself, both times.
    assert_eq!(rows(&run, "n3 seems down").len(), 4);
    assert_eq!(rows(&run, "n3 seems up").len(), 4);
    assert_eq!(rows(&run, "phi of n3 is 8").len(), 4);
    assert!(rows(&run, "seems down").iter().all(|row| row.contains("n3 seems")));
}

#[test]
fn retries_over_a_lossy_network_and_write_buffers_lose_nothing_but_what_a_crash_may_take() {
    for seed in 0..worlds(150) {
        let mut script = dynamo_sim::swarm::script(seed);
        let text = "nodes=7 n=4 r=2 w=1 loss=0.25 engine=buffered retries=3 coordinator=fastest";
        let drawn: Script =
            format!("dynamo 1\nsetup {text} seed={seed}\n").parse().expect("a setup");
        script.setup = drawn.setup;
        script.setup.driven = dynamo_sim::script::Driven::ALL[seed as usize % 2];
        for finding in dynamo_lab::judge(&script).findings {
            assert_ne!(finding.status, Status::Violated, "seed {seed}: {finding}\n{script}");
        }
    }
}

/// What a message says of the past is bounded by the nodes that coordinate, whoever asks them.
#[test]
fn metadata_in_messages_does_not_grow_with_the_number_of_clients() {
    let largest = |clients: u32| {
        let mut lines = String::new();
        for act in 0..200 {
            let (at, client, node) = (100 + act * 80, act % clients + 1, act % 5 + 1);
            let operation = act / clients * 2 + 1;
            lines += &format!("at {at}ms c{client}.{operation} get basket via n{node}\n");
            lines += &format!(
                "at {}ms c{client}.{} put basket \"{act:03}\" via n{node}\n",
                at + 40,
                operation + 1
            );
        }
        let run = play(USUAL, &lines);
        let sent = run.trace().iter().filter_map(|(_, record)| match &record.event {
            TraceEvent::MessageSent { message, .. } => Some(wire::bytes(message).len()),
            _ => None,
        });
        assert_eq!(status(&run, "metadata"), Status::Holds);
        sent.max().expect("messages")
    };
    let few = largest(2);
    for clients in [16, 64] {
        // A client's number takes a byte more.
        assert!(largest(clients) <= few + 8, "{clients} clients");
    }
}
