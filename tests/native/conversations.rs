//! Turns of a put or get that the famous runs do not take, each in a world of its own.

use dynamo_core::{Fact, Key, NodeId, Timer};
use dynamo_sim::{Moment, Run, Script, Status, Time, TraceEvent};

const USUAL: &str = "nodes=5 n=3 r=2 w=2 seed=7 exchange-every=never";

fn play(setup: &str, lines: &str) -> Run {
    play_until(30, setup, lines)
}

fn play_until(seconds: u64, setup: &str, lines: &str) -> Run {
    let text = format!("dynamo 1\nsetup {setup}\n{lines}until {seconds}s\n");
    let script: Script = text.parse().unwrap_or_else(|error| panic!("{error}\n{text}"));
    let run = Run::new(script);
    for finding in dynamo_check::findings(&run) {
        assert_ne!(finding.status, Status::Violated, "{finding}\n{}", run.script());
    }
    run
}

/// The rows of the transcript that contain a text.
fn rows(run: &Run, text: &str) -> Vec<String> {
    let rows = dynamo_sim::transcript::rows(run.trace(), Time(30_000_000));
    let shown = rows.into_iter().map(|row| format!("{} {}", row.who, row.what));
    shown.filter(|row| row.contains(text)).collect()
}

/// When, and by whom, a fact was noted, in order.
fn facts(run: &Run, wanted: impl Fn(&Fact) -> bool) -> Vec<(Time, NodeId)> {
    let noted = run.trace().iter().filter_map(|(_, record)| match &record.event {
        TraceEvent::Noted { node, fact } if wanted(fact) => Some((record.moment.time, *node)),
        _ => None,
    });
    noted.collect()
}

#[test]
fn a_write_that_all_have_answered_waits_for_nothing_more() {
    let run = play(USUAL, "at 100ms c1.1 put basket \"milk\" via n1\n");
    let fired = run.trace().iter().filter(|(_, record)| {
        let is_of_write = |timer: &Timer| matches!(timer, Timer::Deadline(_) | Timer::Silence(_));
        matches!(&record.event, TraceEvent::TimerFired { timer, .. } if is_of_write(timer))
    });
    assert_eq!(fired.count(), 0);
}

/// n6 takes n1 and n4 for dead and hands the write on to n5, which takes n2 for dead.
#[test]
fn a_coordinator_outside_the_list_keeps_a_hint_for_the_first_who_is_not_asked() {
    let run = play(
        "nodes=6 n=3 r=3 w=3 seed=7 exchange-every=never",
        "at 0s cut n1 n4 from n6\nat 0s cut n2 from n5\nat 100ms c1.1 get cart via n6\n\
         at 100ms c2.1 get cart via n5\nat 300ms heal\nat 300ms c1.2 put cart \"milk\" via n6\n",
    );
    let coordinates = ["n5  ! coordinates c1.2: n1 n4(for n2) n3, 3 needed, sloppy"];
    assert_eq!(rows(&run, "coordinates c1.2"), coordinates);
    assert_eq!(rows(&run, "n5  = cart (hint for n2) writes").len(), 1);
}

/// n2 has missed that n9 has taken the key over from another owner, which says so.
#[test]
fn in_the_place_of_an_owner_that_is_none_another_is_asked_at_once() {
    let run = play(
        "nodes=7 n=3 r=2 w=3 seed=7 strategy=1 tokens=1 gossip-every=300ms seeds=n1 \
         exchange-every=never",
        "at 100ms c1.1 put shoes \"red\" via n3\nat 1s join n9 via n2\n\
         when ranges-offered by=n5 cut n1 from n2 n3 n4 n5 n6 n7 n9\n\
         at 5s heal\nat 5s c1.2 put shoes \"blue\" via n1\n",
    );
    let declined = facts(&run, |fact| matches!(fact, Fact::NotMine { .. }));
    let stands_in = facts(&run, |fact| matches!(fact, Fact::StandsIn { .. }));
    assert_eq!(declined.iter().map(|(_, by)| *by).collect::<Vec<_>>(), [NodeId(5)]);
    assert_eq!(stands_in.iter().map(|(_, by)| *by).collect::<Vec<_>>(), [NodeId(1)]);
    // An owner that is silent is waited for for 25 ms.
    assert!(stands_in[0].0 < Time(5_025_000), "{stands_in:?}");
}

#[test]
fn whoever_seems_down_already_stands_in_for_nobody() {
    let run = play(
        USUAL,
        "at 0s crash n1\nat 0s crash n4\nat 100ms c1.1 get basket r=3 via n2\nat 500ms restart n1\n\
         at 5s crash n1\nat 5s c1.2 get basket r=3 via n2\n",
    );
    assert_eq!(rows(&run, "stands in for n1 in c1.2"), ["n2  ! n5 stands in for n1 in c1.2"]);
}

/// The first primary sees a tombstone off, whichever way it has come.
#[test]
fn a_tombstone_is_reaped_by_the_first_owner_that_was_told_of_it() {
    let put = "at 100ms c1.1 put basket \"milk\" via n2\nat 500ms c1.2 get basket via n2\n";
    let told = format!("{put}at 1s c1.3 delete basket via n2\n");
    let read = format!(
        "{put}at 700ms crash n1\nat 1s c1.3 delete basket via n2\nat 3s restart n1\n\
         at 5s c1.4 get basket r=3 via n1\n"
    );
    for (lines, after) in [(told, 1), (read, 5)] {
        let run = play(&format!("{USUAL} mode=strict tombstone-life=2s"), &lines);
        let reaped = facts(&run, |fact| matches!(fact, Fact::TombstoneReaped { .. }));
        assert!(!reaped.is_empty(), "{:#?}", rows(&run, "basket"));
        assert!(reaped[0].0 > Time(after * 1_000_000), "{reaped:?}");
    }
}

/// n4 stands in for n1 and coordinates the read; what it lacks it keeps as a hint.
#[test]
fn a_fallback_that_coordinates_a_read_repairs_its_own_hint() {
    let run = play(
        USUAL,
        "at 0s join n6\nat 8s c1.1 put basket \"milk\" via n2\nat 9s crash n1\n\
         at 10s c1.2 get basket r=3 via n4\nat 11s c1.3 get basket r=3 via n4\n",
    );
    let basket = Key::new("basket").expect("short");
    let view = run.view_at(Moment::end_of(Time(12_000_000)));
    assert_eq!(view.primaries(&basket), [1, 2, 6].map(NodeId));
    let hints: Vec<&NodeId> = view
        .nodes
        .iter()
        .filter(|(_, node)| node.hints().next().is_some())
        .map(|(it, _)| it)
        .collect();
    assert_eq!(hints, [&NodeId(4)]);
}

/// How often a node was woken for this, from one time in milliseconds to another.
fn wakes(run: &Run, wanted: impl Fn(&Timer) -> bool, millis: std::ops::Range<u64>) -> usize {
    let woken = run.trace().iter().filter(|(_, record)| match &record.event {
        TraceEvent::TimerFired { timer, .. } => {
            wanted(timer) && millis.contains(&(record.moment.time.as_micros() / 1_000))
        }
        _ => false,
    });
    woken.count()
}

/// Whoever gives ranges away offers them again as often as is set; nobody else wakes up for it.
#[test]
fn a_period_of_transfers_that_is_set_is_followed_by_whoever_gives() {
    let setup = "nodes=5 n=3 r=2 w=2 seed=7 exchange-every=never gossip-every=100ms \
                 transfer-retry=60s";
    let is_transfer = |timer: &Timer| *timer == Timer::Transfer;
    let idle = play(setup, "at 1s set transfer-retry=200ms\n");
    assert_eq!(wakes(&idle, is_transfer, 0..30_000), 0);
    // n6 hears of its joining and not of what it is offered.
    let lines = "at 1s join n6 via n1\nwhen ranges-offered cut n6 from n1 n2 n3 n4 n5\n";
    let slow = play(setup, &format!("{lines}at 20s heal\n"));
    assert_eq!(wakes(&slow, is_transfer, 0..20_000), 0);
    let set = play(setup, &format!("{lines}at 5s set transfer-retry=200ms\nat 20s heal\n"));
    assert!(wakes(&set, is_transfer, 5_000..6_000) >= 4, "{:#?}", rows(&set, "ranges"));
}

/// The same for the rounds in which a tombstone is seen off.
#[test]
fn a_life_of_tombstones_that_is_set_is_followed_by_whoever_has_one() {
    let setup = format!("{USUAL} tombstone-life=60s");
    let is_reap = |timer: &Timer| *timer == Timer::Reap;
    let idle = play(&setup, "at 1s set tombstone-life=2s\n");
    assert_eq!(wakes(&idle, is_reap, 0..30_000), 0);
    let lines = "at 100ms c1.1 put basket \"milk\" via n1\nat 500ms c1.2 delete basket via n1\n\
                 at 3s set tombstone-life=2s\n";
    let run = play(&setup, lines);
    assert_eq!(wakes(&run, is_reap, 3_000..6_000), 1);
    assert_eq!(facts(&run, |fact| matches!(fact, Fact::TombstoneReaped { .. })).len(), 3);
}

const MOVING: &str = "nodes=7 n=3 r=2 w=2 seed=7 strategy=1 tokens=1 gossip-every=300ms seeds=n1 \
                      exchange-every=never";

/// n5 has given shoes to n9, and the others have not heard that this is in effect.
#[test]
fn whoever_has_given_a_key_away_answers_for_it_no_more() {
    let run = play(
        MOVING,
        "at 100ms c1.1 put shoes \"red\" via n3\nat 1s join n9 via n2\n\
         when ranges-given by=n5 c1.2 put shoes \"blue\" via n5\n",
    );
    let coordinates = rows(&run, "coordinates c1.2");
    assert_eq!(coordinates.len(), 1, "{coordinates:?}");
    assert!(!coordinates[0].starts_with("n5"), "{coordinates:?}");
}

/// The first copy of what moves waits for a slice of time, so it is slower beside clients whose
/// disks are busy; it is not begun anew each time that it has to wait.
#[test]
fn the_first_copy_of_a_range_gives_way_to_clients_and_comes_to_its_end() {
    let writes = |from: u64, count: u64, client: u64, pause: u64| -> String {
        let write = |act: u64| {
            let (at, number) = (from + act * pause, act + 1);
            format!("at {at}ms c{client}.{number} put k{act} \"{act}\" via n{}\n", act % 7 + 1)
        };
        (0..count).map(write).collect()
    };
    let given = |more: &str| {
        let keys = writes(100, 400, 1, 4);
        let setup = format!("{MOVING} disk-write=3ms disk-read=3ms");
        let run = play_until(90, &setup, &format!("{keys}at 4s join n9 via n2\n{more}"));
        let offered = facts(&run, |fact| matches!(fact, Fact::RangesOffered { .. }));
        let given = facts(&run, |fact| matches!(fact, Fact::RangesGiven { .. }));
        assert_eq!((offered.len(), given.len()), (3, 3), "{offered:?} {given:?}");
        (given[2].0.as_micros() - offered[0].0.as_micros()) / 1_000
    };
    let (idle, busy) = (given(""), given(&writes(4_000, 2_000, 2, 2)));
    let is_later = busy > 2 * idle && busy < 10_000;
    assert!(idle < 1_500 && is_later, "{idle} ms, and {busy} ms beside clients");
}

/// n5 brings n9 some 120 keys, thirty at a time; in the middle of the second thirty n9 dies, and is
/// back a second later.
#[test]
fn a_taker_that_was_silent_in_the_middle_of_a_copy_gets_the_rest() {
    let keys: String = (0..400)
        .map(|act| format!("at {}ms c1.{} put k{act} \"v\" via n1\n", 100 + act * 4, act + 1))
        .collect();
    let setup = format!("{MOVING} disk-write=3ms disk-read=3ms");
    let lines = "at 4s join n9 via n2\nat 6100ms crash n9\nat 7s restart n9\n";
    let run = play_until(60, &setup, &format!("{keys}{lines}"));
    let given = facts(&run, |fact| matches!(fact, Fact::RangesGiven { .. }));
    assert_eq!(given.iter().map(|(_, by)| by.0).collect::<Vec<_>>(), [4, 6, 5], "{given:?}");
    assert!((Time(7_000_000)..Time(10_000_000)).contains(&given[2].0), "{given:?}");
}

/// Hints for n5 were kept while it owned shoes. By now n9 does, and the keepers have not heard.
/// Whoever says "not mine" is not silent: nobody suspects it.
#[test]
fn whoever_declines_a_hint_is_asked_again_and_not_suspected() {
    let setup = MOVING.replace("gossip-every=300ms", "gossip-every=2s hint-scan-every=100ms");
    let run = play(
        &setup,
        "at 1s join n9 via n2\n\
         when ranges-offered by=n5 cut n5 from n1 n2 n3 n4 n6 n7\n\
         when ranges-offered by=n5 c1.1 put shoes \"red\" via n3\n\
         when ranges-given by=n5 heal\n",
    );
    let declined = facts(&run, |fact| matches!(fact, Fact::NotMine { .. }));
    assert!(declined.len() > 20, "{declined:?}");
    // An offer between two scans has little time to be answered in: the first ones are left out.
    let long = declined[5].0..declined[20].0;
    let suspected = facts(&run, |fact| matches!(fact, Fact::SeemsDown { .. }));
    assert!(!suspected.iter().any(|(time, _)| long.contains(time)), "{suspected:?}");
}
