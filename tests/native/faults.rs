//! What the world can inflict, fault by fault (F1 to F22): each does what it says, is seen in the
//! view, and breaks no promise that the protocol makes.

use dynamo_core::{BadContext, Key, NodeId, Refusal, Versions};
use dynamo_sim::machine::Condition;
use dynamo_sim::trace::{Ended, Loss};
use dynamo_sim::transcript::refused;
use dynamo_sim::{Command, Moment, Run, Status, Time, TraceEvent, View};

fn play(setup: &str, lines: &str) -> Run {
    let script = format!("dynamo 1\nsetup {setup}\n{lines}").parse();
    Run::new(script.unwrap_or_else(|error| panic!("{error}\n{lines}")))
}

const USUAL: &str = "nodes=3 n=3 r=2 w=2 seed=7";

fn view(run: &Run, micros: u64) -> View {
    run.view_at(Moment::end_of(Time(micros)))
}

fn machine(run: &Run, micros: u64, node: u16) -> Condition {
    view(run, micros).nodes[&NodeId(node)].machine
}

fn status(run: &Run, check: &str) -> Status {
    let mut findings = dynamo_check::findings(run).into_iter();
    findings.find(|finding| finding.check == check).expect("a check").status
}

fn assert_safe(run: &Run) {
    for finding in dynamo_check::findings(run) {
        assert_ne!(finding.status, Status::Violated, "{finding}\n{}", run.script());
    }
}

/// When each operation ended, and how.
fn ends(run: &Run) -> Vec<(u64, Ended)> {
    let ends = run.trace().iter().filter_map(|(_, record)| match &record.event {
        TraceEvent::OperationEnded { ended, .. } => {
            Some((record.moment.time.as_micros(), ended.clone()))
        }
        _ => None,
    });
    ends.collect()
}

fn refusals(run: &Run) -> Vec<String> {
    let why = |event: &TraceEvent| match event {
        TraceEvent::CommandRefused { why, .. } => Some(refused(why)),
        _ => None,
    };
    run.trace().iter().filter_map(|(_, record)| why(&record.event)).collect()
}

fn arrivals(run: &Run, from: u64, to: u64) -> usize {
    let within = |record: &dynamo_sim::Record| {
        (from..to).contains(&record.moment.time.as_micros())
            && matches!(record.event, TraceEvent::MessageArrived { .. })
    };
    run.trace().iter().filter(|(_, record)| within(record)).count()
}

/// The messages that were lost, and why.
fn losses(run: &Run) -> Vec<Loss> {
    let why = |event: &TraceEvent| match event {
        TraceEvent::MessageLost { why, .. } => Some(*why),
        _ => None,
    };
    run.trace().iter().filter_map(|(_, record)| why(&record.event)).collect()
}

#[test]
fn f3_copies_come_up_to_a_minute_late_and_change_nothing() {
    let run = play(
        &format!("{USUAL} copies=0.5"),
        "at 0s set late=60s\nat 0s c1.1 put k \"a\"\nat 1s c1.2 put k \"b\"\n\
         at 2s c2.1 get k\nat 2s set copies=0\nuntil 90s\n",
    );
    let copied = run.trace().iter().filter_map(|(_, record)| match &record.event {
        TraceEvent::MessageCopied { due, .. } => Some(due.since(record.moment.time).as_micros()),
        _ => None,
    });
    assert!(copied.max().is_some_and(|late| late > 10_000_000));
    assert_safe(&run);
}

#[test]
fn f1_a_message_that_is_delivered_by_hand_arrives_at_once_and_whatever_chance_says() {
    let put = "at 1s c1.1 put k \"a\" via n1\n";
    let sent = |run: &Run, at: u64| {
        let kind = |record: &dynamo_sim::Record| match &record.event {
            TraceEvent::MessageArrived { sent } => Some(run.trace().message(*sent)?.0.to_string()),
            _ => None,
        };
        let here = run.trace().iter().filter(|(_, it)| it.moment.time.as_micros() == at);
        here.filter_map(|(_, record)| kind(record)).collect::<Vec<_>>()
    };
    let far = "nodes=3 n=3 r=2 w=2 seed=7 latency=constant-10ms";
    let run = play(far, &format!("{put}at 1.001s deliver put c1.1 c1 n1\nuntil 2s\n"));
    assert_eq!(sent(&run, 1_001_000).len(), 1, "the put is there 9 ms early");
    assert_safe(&run);
    // Nothing of this name is under way yet: the next one arrives as it is sent.
    let lossy = "nodes=3 n=3 r=2 w=2 seed=7 latency=constant-10ms loss=0.9";
    let run = play(lossy, &format!("at 0s deliver put c1.1 c1 n1\n{put}until 2s\n"));
    assert_eq!(sent(&run, 1_000_000).len(), 1);
    // A link that is cut carries nothing all the same.
    let cut = "at 1.0005s cut c1 from n1\nat 1.001s deliver put c1.1 c1 n1\nuntil 2s\n";
    let run = play(far, &format!("{put}{cut}"));
    assert_eq!(sent(&run, 1_001_000).len(), 0);
    assert_safe(&run);
}

#[test]
fn f5_a_clogged_link_holds_back_what_it_carries_until_it_is_healed() {
    let run = play(
        USUAL,
        "at 0s clog n1 to n2\nat 100ms c1.1 put k \"a\" via n1\nat 1s heal n1 to n2\nuntil 20s\n",
    );
    let key = Key::new("k").expect("short");
    let holds = |micros| view(&run, micros).nodes[&NodeId(2)].replica(&key).is_some();
    assert!(!holds(999_999), "it waits");
    assert!(holds(1_010_000), "it was not lost");
    assert_eq!(losses(&run), []);
    assert!(!view(&run, 500_000).links.are_well());
    assert!(view(&run, 1_000_000).links.are_well());
    assert_safe(&run);
    assert_eq!(status(&run, "convergence"), Status::Holds);
}

#[test]
fn f5_a_link_can_be_worse_than_all_others_one_way() {
    let run = play(
        &format!("{USUAL} latency=constant-5ms"),
        "at 0s link n1 to n2 latency=constant-80ms loss=0.9 copies=0.5\n\
         at 100ms c1.1 put k \"a\" via n1\nat 200ms c1.2 put k \"b\" via n1\n\
         at 9s link n1 to n2\nuntil 30s\n",
    );
    let key = Key::new("k").expect("short");
    let lost = run.trace().iter().filter(|(_, record)| match &record.event {
        TraceEvent::MessageLost { sent, why: Loss::Dropped } => {
            let (name, _) = run.trace().message(*sent).expect("a message");
            assert_eq!((name.from, name.to), (NodeId(1).into(), NodeId(2).into()));
            true
        }
        _ => false,
    });
    assert!(lost.count() > 0);
    assert!(view(&run, 30_000_000).nodes[&NodeId(2)].replica(&key).is_some());
    assert_safe(&run);
}

/// F8: a bridge. n1 and n2 do not hear each other, and n3 hears both.
#[test]
fn f8_a_node_that_sees_both_sides_of_a_cut_serves_both_and_mends_them() {
    let run = play(
        USUAL,
        "at 0s cut n1 from n2\nat 100ms c1.1 put k \"a\" via n1\nat 100ms c2.1 put k \"b\" via n2\n\
         at 1s c3.1 get k via n3\nat 5s heal\nuntil 60s\n",
    );
    assert!(losses(&run).contains(&Loss::Cut));
    let ends = ends(&run);
    assert_eq!([&ends[0].1, &ends[1].1], [&Ended::Stored; 2]);
    assert!(matches!(&ends[2].1, Ended::Found { siblings } if siblings.len() == 2));
    assert_safe(&run);
    assert_eq!(status(&run, "ring"), Status::Holds);
    assert_eq!(status(&run, "convergence"), Status::Holds);
}

#[test]
fn f15_a_turned_bit_is_as_good_as_a_loss_where_there_are_checksums() {
    let run = play(
        USUAL,
        "at 0s set corruption=0.5\nat 0s c1.1 put k \"a\"\nat 1s c1.2 put k \"b\"\n\
         at 5s set corruption=0\nat 6s c2.1 get k\nuntil 40s\n",
    );
    assert!(losses(&run).contains(&Loss::Corrupt));
    assert_safe(&run);
    assert_eq!(status(&run, "convergence"), Status::Holds);
}

#[test]
fn f15_checks_notice_a_turned_bit_that_no_receiver_does() {
    let noticed = (0..40u32).filter(|seed| {
        let run = play(
            &format!("nodes=3 n=3 r=2 w=2 seed={seed}"),
            "at 0s set checksums=off\nat 0s set corruption=0.3\nat 0s c1.1 put k \"abcdefgh\"\n\
             at 1s c1.2 put k \"ijklmnop\"\nat 2s c2.1 get k\nat 3s c2.2 get k\nuntil 5s\n",
        );
        dynamo_check::findings(&run).iter().any(|finding| finding.status == Status::Violated)
    });
    assert!(noticed.count() >= 10);
}

#[test]
fn f16_a_write_that_the_disk_only_said_it_had_stored_is_served_in_its_older_form_and_repaired() {
    let lost =
        "at 0s c1.1 put k \"a\" via n1\nat 1s c1.2 put k \"b\" via n1\nat 2s misplace n2 k\n";
    let run = play(
        &format!("{USUAL} engine=log exchange-every=never"),
        &format!("{lost}at 3s restart n2\nat 4s c2.1 get k\nuntil 9s\n"),
    );
    let key = Key::new("k").expect("short");
    let held = |micros: u64| {
        let held = view(&run, micros).nodes[&NodeId(2)].replica(&key).cloned();
        let writes = held.iter().flat_map(Versions::siblings).map(|(_, it)| it.request.operation);
        writes.collect::<Vec<_>>()
    };
    assert_eq!([held(1_900_000), held(3_900_000), held(8_000_000)], [[2], [1], [2]]);
    assert!(matches!(ends(&run)[2].1, Ended::Found { ref siblings } if siblings.len() == 1));
    assert_safe(&run);
    let wrong = "misplace n2 k over k".parse::<Command>().expect_err("one record, one place");
    assert_eq!(wrong.expected, "another key");
    let memory = play(USUAL, lost);
    assert_eq!(refusals(&memory), ["only engine=log knows this"]);
}

#[test]
fn f20_a_forged_context_is_refused_by_the_node_that_it_lies_about_and_counted_elsewhere() {
    let forge = |via: u16, second: u16| {
        play(
            USUAL,
            &format!(
                "at 0s c1.1 put k \"a\" via n1\nat 1s c1.2 put k \"b\" context forged via n{via}\n\
                 at {second}s c2.1 put k \"c\" context none via n1\nat 3s c2.2 get k\nuntil 30s\n"
            ),
        )
    };
    let refused = forge(1, 2);
    assert!(matches!(ends(&refused)[1].1, Ended::Failed(Refusal::BadContext(BadContext::Ahead))));
    assert!(dynamo_check::findings(&refused).iter().all(|it| it.status == Status::Holds));
    let taken = forge(2, 2);
    assert_eq!(ends(&taken)[1].1, Ended::Stored);
    assert_safe(&taken);
    assert!(matches!(status(&taken, "metadata"), Status::Counted(_)));
    let at_once = forge(2, 1);
    assert_safe(&at_once);
    assert!(matches!(status(&at_once, "domination"), Status::Counted(_)), "c is swept away");
}

#[test]
fn f21_a_link_that_is_full_loses_what_is_more() {
    let puts: String =
        (1..=20).map(|it| format!("at 0s c1.{it} put k{it} \"a\" via n1\n")).collect();
    let run =
        play(USUAL, &format!("at 0s set capacity=2\n{puts}at 9s set capacity=any\nuntil 40s\n"));
    assert!(losses(&run).iter().filter(|why| **why == Loss::Overflow).count() >= 18);
    let stored = ends(&run).iter().filter(|(_, ended)| *ended == Ended::Stored).count();
    assert!(stored <= 2, "two at a time reach their coordinator");
    assert_safe(&run);
}

#[test]
fn f12_a_paused_process_hears_everything_late_and_in_order() {
    let run = play(
        "nodes=1 n=1 r=1 w=1 seed=7",
        "at 100ms pause n1\nat 200ms c1.1 put k \"a\" via n1\nat 201ms c1.2 put k \"b\" via n1\n\
         at 300ms resume n1\nat 1s c2.1 get k via n1\nuntil 2s\n",
    );
    assert!(machine(&run, 250_000, 1).paused);
    assert!(!machine(&run, 300_000, 1).paused);
    assert_eq!(arrivals(&run, 100_000, 300_000), 0, "what is sent to it waits");
    assert_eq!(view(&run, 299_999).flights.len(), 2);
    let ends = ends(&run);
    assert!(ends.iter().all(|(time, ended)| {
        *time > 300_000 && matches!(ended, Ended::Stored | Ended::Found { .. })
    }));
    assert_safe(&run);
}

#[test]
fn f12_timers_of_a_paused_process_fire_late_and_a_crash_ends_the_pause() {
    let run = play(
        USUAL,
        "at 1s pause n1\nat 9s resume n1\nat 20s pause n1\nat 21s c1.1 put k \"a\" via n2\n\
         at 22s crash n1\nat 23s restart n1\nuntil 40s\n",
    );
    let fired = |from: u64, to: u64| {
        let of_n1 = |record: &dynamo_sim::Record| {
            (from..to).contains(&record.moment.time.as_micros())
                && matches!(record.event, TraceEvent::TimerFired { node: NodeId(1), .. })
        };
        run.trace().iter().filter(|(_, record)| of_n1(record)).count()
    };
    assert_eq!(fired(1_000_000, 9_000_000), 0);
    assert!(fired(9_000_000, 9_000_001) > 0, "what was due meanwhile fires at once");
    assert!(!machine(&run, 22_000_000, 1).paused);
    assert!(fired(23_000_000, 40_000_000) > 0);
    assert_safe(&run);
}

#[test]
fn f13_a_slow_machine_is_slow_for_data_and_not_for_pings() {
    let took = |times: u16| {
        let run = play(
            "nodes=1 n=1 r=1 w=1 seed=7 latency=constant-5ms",
            &format!("at 0s slow n1 {times}\nat 100ms c1.1 put k \"a\" via n1\nuntil 2s\n"),
        );
        assert_eq!(machine(&run, 1_000, 1).slow, times);
        assert_safe(&run);
        ends(&run)[0].0 - 100_000
    };
    assert_eq!(took(10), 10 * took(1));
    let run = play(
        USUAL,
        "at 0s slow n2 100\nat 100ms c1.1 put k \"a\" via n1\nat 2s slow n2 1\nuntil 30s\n",
    );
    assert_safe(&run);
    assert_eq!(status(&run, "convergence"), Status::Holds);
}

#[test]
fn f14_a_clock_that_is_wrong_costs_nothing_where_versions_are_dotted() {
    let lines = "at 0s clock n1 -2s drift=-200\nat 0s clock n2 +1s\nat 1s c1.1 put k \"a\" via n2\n\
                 at 2s c2.1 get k via n1\nat 3s c2.2 put k \"b\" via n1\nat 4s c1.2 get k via n2\n\
                 at 5s clock n1 +0s\nuntil 20s\n";
    let dotted = play(USUAL, lines);
    assert!(!machine(&dotted, 4_000_000, 1).clock.is_right());
    assert!(machine(&dotted, 5_000_000, 1).clock.is_right());
    assert_eq!(status(&dotted, "durability"), Status::Holds);
    // The later write was stamped two seconds too early, and is gone.
    let stamped = play(&format!("{USUAL} versions=lww"), lines);
    assert_eq!(status(&stamped, "durability"), Status::Counted(1));
}

#[test]
fn f17_a_full_disk_stores_nothing_and_nobody_is_told_otherwise() {
    let run = play(
        USUAL,
        "at 0s fill n1\nat 100ms c1.1 put k \"a\" via n1\nat 1s c2.1 put k \"b\" via n2\n\
         at 5s free n1\nuntil 40s\n",
    );
    assert!(machine(&run, 1_000, 1).full);
    let key = Key::new("k").expect("short");
    let held = |micros| view(&run, micros).nodes[&NodeId(1)].replica(&key).cloned();
    assert_eq!(held(4_999_999), None::<Versions>);
    let ends = ends(&run);
    let failed = ends.iter().filter(|(_, ended)| matches!(ended, Ended::Failed(_))).count();
    let stored = ends.iter().filter(|(_, ended)| matches!(ended, Ended::Stored)).count();
    assert_eq!((failed, stored), (1, 1), "its own writes fail, those of others find their W");
    assert_safe(&run);
    assert_eq!(status(&run, "convergence"), Status::Holds, "what it missed comes once it has room");
    assert!(held(39_000_000).is_some());
}

#[test]
fn f18_a_node_set_back_to_an_old_backup_reuses_no_dot_and_loses_no_write() {
    let run = play(
        USUAL,
        "at 0s c1.1 put k \"a\" via n1\nat 1s snapshot n1\nat 2s c1.2 put k \"b\" via n1\n\
         at 3s restore n1\nat 3s restart n1\nat 4s c1.3 put k \"c\" via n1\nat 5s c2.1 get k via n1\n\
         until 40s\n",
    );
    assert!(machine(&run, 1_500_000, 1).backed_up);
    let run_changed = run.trace().iter().any(|(_, record)| {
        matches!(&record.event, TraceEvent::DiskChanged { slots, .. } if slots.len() == 1)
    });
    assert!(run_changed, "the newer state is gone");
    for check in ["durability", "provenance", "identity", "domination", "convergence"] {
        assert_eq!(status(&run, check), Status::Holds, "{check}");
    }
}

#[test]
fn f22_two_processes_of_one_name_are_noticed_once_they_name_two_writes_alike() {
    let run = play(
        "nodes=1 n=1 r=1 w=1 seed=7",
        "at 0s c1.1 put k \"a\"\nat 1s reuse n1\nat 1s wipe n1\nat 2s restart n1\n\
         at 3s c2.1 put k \"b\"\nuntil 5s\n",
    );
    assert_eq!(status(&run, "identity"), Status::Violated);
    assert_eq!(status(&run, "provenance"), Status::Violated);
}

#[test]
fn what_cannot_befall_a_machine_is_refused_with_a_reason() {
    let run = play(
        USUAL,
        "at 0s pause n9\nat 0s resume n1\nat 0s crash n2\nat 0s pause n2\nat 0s free n3\n\
         at 0s restore n3\nat 0s fill n3\nat 0s fill n3\nuntil 1s\n",
    );
    assert_eq!(
        refusals(&run),
        [
            "there is no n9",
            "n1 is so already",
            "n2 is down",
            "n3 is so already",
            "there is no backup of n3: take a snapshot first",
            "n3 is so already",
        ]
    );
}
