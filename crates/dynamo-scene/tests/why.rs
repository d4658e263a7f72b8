//! Explanations of famous runs, as a person reads them.

use dynamo_core::{EngineKind, Key, NodeId};
use dynamo_scene::ladder::Source;
use dynamo_scene::{Letters, why};
use dynamo_sim::explain::{Question, explain};
use dynamo_sim::trace::Ended;
use dynamo_sim::transcript::millis;
use dynamo_sim::{EventId, Moment, Run, Script, Time, TraceEvent};
use expect_test::{Expect, expect};

macro_rules! run {
    ($name:literal) => {
        run(include_str!(concat!("../../../tests/transcripts/", $name, ".txt")))
    };
}

fn run(text: &str) -> Run {
    let script = text.split("----").next().unwrap_or_default();
    Run::new(script.parse::<Script>().expect("the script is well formed"))
}

fn ended(run: &Run, request: &str) -> EventId {
    let is_it = |event: &TraceEvent| matches!(event, TraceEvent::OperationEnded { request: it, .. } if it.to_string() == request);
    run.trace().iter().find(|(_, it)| is_it(&it.event)).expect("it ends").0
}

fn last_loss(run: &Run) -> EventId {
    let is_it = |event: &TraceEvent| matches!(event, TraceEvent::DiskChanged { .. });
    run.trace().iter().rfind(|(_, it)| is_it(&it.event)).expect("a disk is lost").0
}

fn noted(run: &Run, by: u16, fact: &str) -> EventId {
    let is_it = |event: &TraceEvent| matches!(event, TraceEvent::Noted { node, fact: it } if node.0 == by && it.name() == fact);
    run.trace().iter().find(|(_, it)| is_it(&it.event)).expect("it is noted").0
}

fn says(run: &Run, key: &str, question: &Question, expected: Expect) {
    let key = Key::new(key).expect("the key is short");
    let mut cursor = run.cursor();
    cursor.seek(run, Moment::end_of(run.known_until()));
    let letters = Letters::of(cursor.view(), Some(&key));
    let (trace, engine) = (run.trace(), EngineKind::Memory);
    let source = Source { trace, lives: &[], engine, letters: &letters, pick: None, because: &[] };
    let chain = explain(trace, question);
    let text: String = why::told(&source, &chain)
        .iter()
        .map(|told| {
            let time = trace.get(told.id).expect("it exists").moment.time;
            format!("{} {}\n", millis(time), told.text)
        })
        .collect();
    // Causes come before what they cause.
    assert!(chain.windows(2).all(|two| two[0].id < two[1].id));
    expected.assert_eq(&text);
}

#[test]
fn a_write_that_succeeds_rests_on_the_disks_that_have_it() {
    let run = run!("a-write-survives-a-dead-primary");
    says(
        &run,
        "basket",
        &Question::Event(ended(&run, "c1.1")),
        expect![[r#"
            100.000 c1 writes basket = “milk”: version A.
            103.614 n1 coordinates c1.1 for basket: it asks n1, n2 and n3 and needs 2 of them.
            104.614 n1 has version A of basket on disk: “milk”.
            109.231 n2 has version A of basket on disk.
            113.261 n1 has 2 answers: c1.1 succeeds.
            117.060 c1.1 ends. Stored: enough nodes have acknowledged it.
        "#]],
    );
}

#[test]
fn a_stale_read_goes_back_to_the_cut_and_to_those_who_keep_the_write() {
    let run = run!("a-sloppy-read-misses-a-write-on-fallbacks-and-finds-it-after-handoff");
    says(
        &run,
        "cart",
        &Question::Event(ended(&run, "c2.1")),
        expect![[r#"
            0.000 The network is cut: n1, n2, n3 and c2 from n4, n5, n6 and c1.
            100.000 c1 reads cart.
            109.423 The read from n4 never reaches n2. The link is cut. The sender hears only silence.
            111.387 The read from n4 never reaches n3. The link is cut. The sender hears only silence.
            128.942 n4 believes that n2 is down: it was silent on c1.1.
            128.942 n4 believes that n3 is down: it was silent on c1.1.
            504.921 n4 has version A of cart for n1 on disk: “milk”.
            511.446 n5 has version A of cart for n2 on disk.
            517.659 c1.2 has stored A: its client was told so before c2.1 began, and c2.1 does not find it.
            1000.000 c2 reads cart.
            1004.307 n1 itself holds nothing of cart.
            1009.427 n2 answers: it holds nothing of cart.
            1016.108 n1 has 2 answers: c2.1 succeeds.
            1022.901 c2.1 ends. Found nothing: the key was never written, as far as these nodes know.
        "#]],
    );
}

#[test]
fn siblings_go_back_to_two_clients_who_had_not_seen_each_other() {
    let run = run!("two-writers-leave-siblings-that-a-client-merges-by-hand");
    says(
        &run,
        "basket",
        &Question::Event(ended(&run, "c1.2")),
        expect![[r#"
            100.000 c1 writes A = “milk” without having seen B: neither replaces the other.
            110.000 c2 writes B = “eggs” without having seen A: neither replaces the other.
            500.000 c1 reads basket.
            503.072 n4 coordinates c1.2 for basket: it asks n1, n2 and n3 and needs 2 of them.
            505.610 n2 answers: it holds A and B of basket.
            506.411 n1 answers: it holds A and B of basket.
            510.704 n4 finds 2 values in conflict for c1.2: the client gets them all.
            522.727 c1.2 ends: it finds A and B.
        "#]],
    );
}

#[test]
fn a_refused_put_goes_back_to_two_crashes() {
    let run = run!("strict-mode-refuses-the-write-that-sloppy-mode-accepts");
    says(
        &run,
        "basket",
        &Question::Event(ended(&run, "c2.1")),
        expect![[r#"
            0.000 n2 is down. Nobody is told; others will notice its silence.
            0.000 n3 is down. Nobody is told; others will notice its silence.
            100.000 c1 writes basket = “milk”: version A.
            103.614 n1 coordinates c1.1 for basket: it asks n1, n2 and n3 and needs 2 of them.
            108.231 The write with A from n1 never reaches n2. The receiver is down. The sender hears only silence.
            110.508 The write with A from n1 never reaches n3. The receiver is down. The sender hears only silence.
            129.614 n1 believes that n2 is down: it was silent on c1.1.
            129.614 n1 believes that n3 is down: it was silent on c1.1.
            200.000 c2 writes basket = “eggs”.
            205.722 n1 refuses c2.1: only 1 of 2 needed nodes seem up, so nobody was asked.
            209.844 c2.1 ends. Certainly failed, nothing was stored: only 1 of 2 needed nodes seem up, so nobody was asked.
        "#]],
    );
}

#[test]
fn a_replica_lacks_what_its_hint_has_taken_along() {
    let run = run!("a-hint-that-dies-with-its-keepers-disk-is-mended-by-an-exchange");
    let key = Key::new("basket").expect("the key is short");
    let at = Moment::at(Time(2_100_000));
    says(
        &run,
        "basket",
        &Question::Replica { node: NodeId(3), key, at },
        expect![[r#"
            0.000 n3 is down. Nobody is told; others will notice its silence.
            100.000 c1 writes basket = “milk”: version A.
            103.614 n1 coordinates c1.1 for basket: it asks n1, n2 and n3 and needs 2 of them.
            110.508 The write with A from n1 never reaches n3. The receiver is down. The sender hears only silence.
            129.614 n1 believes that n3 is down: it was silent on c1.1.
            129.614 n1 asks n4 to stand in for n3 in c1.1.
            135.771 n4 keeps basket for n3: a hint.
            1000.000 n4 loses its disk and 1 entry. It keeps its name.
        "#]],
    );
}

#[test]
fn a_replica_that_was_mended_says_by_whom() {
    let run = run!("a-hint-that-dies-with-its-keepers-disk-is-mended-by-an-exchange");
    let key = Key::new("basket").expect("the key is short");
    let at = Moment::at(Time(5_000_000));
    says(
        &run,
        "basket",
        &Question::Replica { node: NodeId(3), key, at },
        expect![[r#"
            2196.124 n3 compares its tree with that of n2: they differ.
            2200.300 n2 sends n3 what it lacks of basket: A.
            2207.188 n3 has version A of basket on disk.
        "#]],
    );
}

#[test]
fn a_hint_that_came_home_goes_back_to_the_silence_that_made_it() {
    let run = run!("a-write-survives-a-dead-primary");
    says(
        &run,
        "basket",
        &Question::Event(noted(&run, 4, "hint-forgotten")),
        expect![[r#"
            0.000 n3 is down. Nobody is told; others will notice its silence.
            100.000 c1 writes basket = “milk”: version A.
            103.614 n1 coordinates c1.1 for basket: it asks n1, n2 and n3 and needs 2 of them.
            110.508 The write with A from n1 never reaches n3. The receiver is down. The sender hears only silence.
            129.614 n1 believes that n3 is down: it was silent on c1.1.
            129.614 n1 asks n4 to stand in for n3 in c1.1.
            135.771 n4 keeps basket for n3: a hint.
            1000.000 n3 starts with what is on its disk.
            1172.861 n4 sends n3 its parcel of basket.
            1175.620 n3 has version A of basket on disk.
            1177.594 n3 has its parcel of basket; n4 need not keep it.
            1178.594 n4 forgets the hint of basket for n3: it is home.
        "#]],
    );
}

#[test]
fn an_unknown_end_goes_back_to_the_coordinator_that_died() {
    let run = run!("a-coordinator-that-dies-before-telling-anyone-leaves-the-write-unknown");
    says(
        &run,
        "basket",
        &Question::Event(ended(&run, "c1.1")),
        expect![[r#"
            100.000 c1 writes basket = “milk”: version A.
            103.614 n1 coordinates c1.1 for basket: it asks n1, n2 and n3 and needs 2 of them.
            104.614 n1 has version A of basket on disk: “milk”.
            104.614 n1 is down. Nobody is told; others will notice its silence.
            350.000 c1.1 ends. Unknown, it may be stored: the client heard nothing in time.
        "#]],
    );
}

#[test]
fn an_explanation_stands_on_the_ring_with_all_its_numbers() {
    let run = run!("a-sloppy-read-misses-a-write-on-fallbacks-and-finds-it-after-handoff");
    let chain = explain(run.trace(), &Question::Event(ended(&run, "c2.1")));
    let mut cursor = run.cursor();
    cursor.seek(&run, Moment::at(Time(1_010_000)));
    let letters = Letters::of(cursor.view(), Key::new("cart").as_ref().ok());
    let (trace, engine) = (run.trace(), EngineKind::Memory);
    let source = Source { trace, lives: &[], engine, letters: &letters, pick: None, because: &[] };
    let told = why::told(&source, &chain);
    let items = why::on_the_ring(cursor.view(), trace, &told);
    let ways = items.iter().filter(|item| item.class == "way because").count();
    let carried: usize = told.iter().map(|link| link.ways.len()).sum();
    assert!(ways >= 4 && ways <= carried + told.len(), "{ways} ways");
    let numbers: Vec<&str> = items.iter().filter_map(|item| item.shape.text()).collect();
    // The first is an act of the script, which is nobody's.
    for number in ["2, 9", "5, 6, 7", "8", "10, 14"] {
        assert!(numbers.contains(&number), "{number} is among {numbers:?}");
    }
    // Every event that is marked is one of the trace, and every link has its number.
    let events = why::numbered(&told);
    let numbered: Vec<usize> = events.iter().filter_map(|(_, number)| *number).collect();
    assert_eq!(numbered, (1..=told.len()).collect::<Vec<usize>>());
}

#[test]
fn every_event_of_every_famous_run_can_be_asked() {
    for run in [
        run!("a-write-survives-a-dead-primary"),
        run!("two-writers-leave-siblings-that-a-client-merges-by-hand"),
        run!("a-sloppy-read-misses-a-write-on-fallbacks-and-finds-it-after-handoff"),
        run!("a-network-that-loses-and-doubles-messages-keeps-every-acknowledged-write"),
        run!("figure-2-a-node-joins-and-three-nodes-give-it-their-ranges"),
    ] {
        for (id, record) in run.trace().iter() {
            let chain = explain(run.trace(), &Question::Event(id));
            assert!(chain.len() <= dynamo_sim::explain::MOST);
            assert_eq!(chain.last().map(|link| link.id), Some(id), "the outcome comes last");
            if let TraceEvent::OperationEnded {
                ended: Ended::Stored | Ended::Found { .. }, ..
            } = &record.event
            {
                assert!(chain.len() >= 4, "{chain:?}");
            }
        }
    }
}

#[test]
fn a_write_that_nobody_holds_is_explained_by_who_was_told_and_all_that_lost_it() {
    let run =
        run("dynamo 1\nsetup nodes=5 n=3 r=2 w=2 seed=10\nat 14ms c4.1 put cart \"v0\" via n3\n\
         at 200ms wipe n4\nat 300ms wipe n1\nat 600ms wipe n5\nuntil 2s\n");
    says(
        &run,
        "cart",
        &Question::Event(last_loss(&run)),
        expect![[r#"
            14.000 c4 writes cart = “v0”: version A.
            17.794 n3 is not one of the key's nodes and hands c4.1 on to n4.
            19.906 n4 coordinates c4.1 for cart: it asks n4, n5 and n1 and needs 2 of them.
            25.564 n5 has version A of cart on disk.
            31.200 c4.1 ends. Stored: enough nodes have acknowledged it.
            200.000 n4 loses its disk and 1 entry. It keeps its name.
            300.000 n1 loses its disk and 1 entry. It keeps its name.
            600.000 n5 loses its disk and 1 entry. It keeps its name.
        "#]],
    );
}

#[test]
fn a_hint_that_dies_is_explained_by_why_it_was_kept() {
    let run = run!("a-hint-that-dies-with-its-keepers-disk-is-mended-by-an-exchange");
    says(
        &run,
        "basket",
        &Question::Event(last_loss(&run)),
        expect![[r#"
            0.000 n3 is down. Nobody is told; others will notice its silence.
            100.000 c1 writes basket = “milk”: version A.
            103.614 n1 coordinates c1.1 for basket: it asks n1, n2 and n3 and needs 2 of them.
            110.508 The write with A from n1 never reaches n3. The receiver is down. The sender hears only silence.
            117.060 c1.1 ends. Stored: enough nodes have acknowledged it.
            129.614 n1 believes that n3 is down: it was silent on c1.1.
            129.614 n1 asks n4 to stand in for n3 in c1.1.
            135.771 n4 has version A of basket for n3 on disk.
            1000.000 n4 loses its disk and 1 entry. It keeps its name.
        "#]],
    );
}
