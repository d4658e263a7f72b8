//! Same run, same bytes: twice in one process, as committed, and, by tests/browser and
//! web/tests/replay.rs, in Chromium.

use std::fmt::Write;

use dynamo_core::wire;
use dynamo_sim::{Moment, Run, Script, Time};
use dynamo_tests::{hashes, long_run, seed_hashes, transcripts};

#[test]
fn two_plays_of_one_script_leave_the_same_bytes() {
    for transcript in transcripts() {
        let [first, second] = [(); 2].map(|()| Run::new(transcript.script()).trace().bytes());
        assert_eq!(first, second, "{}", transcript.name);
    }
}

#[test]
fn the_bytes_of_every_trace_are_the_committed_ones() {
    let committed = std::fs::read_to_string(dynamo_tests::hashes_path()).unwrap_or_default();
    assert_eq!(committed, hashes(), "cargo xtask transcripts --write, if the change is meant");
}

#[test]
fn the_bytes_of_the_first_random_worlds_are_the_committed_ones() {
    let committed = std::fs::read_to_string(dynamo_tests::seed_hashes_path()).unwrap_or_default();
    assert_eq!(committed, seed_hashes(), "cargo xtask transcripts --write, if it is meant");
}

#[test]
fn playing_in_slices_leaves_the_same_bytes_as_playing_at_once() {
    for transcript in transcripts() {
        let script = transcript.script();
        let whole = Run::new(script.clone());
        let mut trace = dynamo_sim::Trace::default();
        let mut world = dynamo_sim::World::new(&script, &mut trace);
        let mut time = 0;
        while time < script.horizon().as_micros() {
            time = (time + 70_001).min(script.horizon().as_micros());
            world.run_until(Time(time), &mut trace);
        }
        assert_eq!(trace.hash(), whole.trace().hash(), "{}", transcript.name);
    }
}

#[test]
fn removing_one_put_leaves_the_fates_of_all_other_messages_in_place() {
    let text = |line: &str| {
        format!(
            "dynamo 1\nsetup nodes=5 n=3 r=2 w=2 seed=7 loss=0.1\nat 1s c1.1 put basket \"a\"\n\
             {line}at 3s c2.1 put list \"b\"\nuntil 5s\n"
        )
    };
    let fates = |text: String| {
        let run = Run::new(text.parse().expect("a script"));
        let mut fates = String::new();
        for (_, record) in run.trace().iter() {
            if let dynamo_sim::TraceEvent::MessageSent { name, due, .. } = &record.event
                && name.subject.to_string().starts_with("c2.1")
            {
                let _ = writeln!(fates, "{name} {}", due.since(record.moment.time));
            }
        }
        fates
    };
    let (with, without) = (fates(text("at 2s c3.1 put cart \"x\"\n")), fates(text("")));
    assert!(!with.is_empty());
    assert_eq!(with, without);
}

#[test]
fn a_view_reached_by_steps_is_the_view_reached_at_once() {
    for transcript in transcripts() {
        let run = Run::new(transcript.script());
        let mut cursor = run.cursor();
        for thousandth in [0, 13, 200, 500, 999, 400, 1000] {
            let micros = run.known_until().as_micros() * thousandth / 1000;
            let moment = Moment::at(Time(micros));
            cursor.seek(&run, moment);
            let direct = run.view_at(moment);
            assert_eq!(cursor.view().flights, direct.flights, "{}", transcript.name);
            assert_eq!(
                wire::bytes(&cursor.view().nodes.values().map(|it| &it.disk).collect::<Vec<_>>()),
                wire::bytes(&direct.nodes.values().map(|it| &it.disk).collect::<Vec<_>>()),
            );
        }
    }
}

#[test]
fn a_crash_can_fall_between_any_two_events_of_an_instant() {
    let head =
        "dynamo 1\nsetup nodes=5 n=3 r=2 w=2 seed=7\nat 100ms c1.1 put basket \"milk\" via n1\n";
    let sent_by_n1 = |after: u32| {
        let text = format!("{head}at 104.614ms+{after} crash n1\nuntil 1s\n");
        let run = Run::new(text.parse().expect("a script"));
        run.trace()
            .iter()
            .filter(|(_, record)| {
                matches!(&record.event, dynamo_sim::TraceEvent::MessageSent { name, .. }
                    if name.from.to_string() == "n1")
            })
            .count()
    };
    // The disk completes, n1 hears it, writes to n2, writes to n3.
    assert_eq!([1, 2, 3, 4].map(sent_by_n1), [0, 0, 1, 2]);
}

fn with(script: &Script, at: Moment, command: dynamo_sim::Command) -> Script {
    let mut script = script.clone();
    script.insert(at, command);
    script
}

#[test]
fn an_act_in_the_past_leaves_the_bytes_of_the_whole_script_played_anew() {
    let run = Run::new(long_run(900));
    assert!(run.trace().len() > 30_000, "{}", run.trace().len());
    for (time, after) in [(0, 0), (1_000_000, 0), (4_004_000, 1), (6_500_123, 0), (11_999_999, 0)] {
        let at = Moment { time: Time(time), after };
        let act = dynamo_sim::Command::Crash(dynamo_core::NodeId(2));
        let branch = run.with_act(at, act.clone());
        let anew = Run::new(with(run.script(), at, act));
        assert_eq!(branch.script(), anew.script());
        assert_eq!(branch.trace().hash(), anew.trace().hash(), "at {at}");
        // And an act in the past of the branch.
        let at = Moment::at(Time(time / 2));
        let twice = branch.with_act(at, dynamo_sim::Command::Heal);
        let anew = Run::new(with(branch.script(), at, dynamo_sim::Command::Heal));
        assert_eq!(twice.trace().hash(), anew.trace().hash(), "at {at}");
    }
}

#[test]
fn a_view_from_a_checkpoint_is_the_view_from_the_start() {
    let run = Run::new(long_run(900));
    let mut forward = run.cursor();
    let mut jumping = run.cursor();
    for thousandth in [5, 120, 380, 381, 640, 999] {
        let moment = Moment::at(Time(12_000 * thousandth));
        forward.seek(&run, moment);
        jumping.seek(&run, Moment::at(Time(12_000 * (1000 - thousandth))));
        jumping.seek(&run, moment);
        assert_eq!(forward.view(), jumping.view());
        let mut slow = dynamo_sim::View::new(&run.script().setup, forward.view().ring.clone());
        for (id, record) in run.trace().iter().take(run.trace().count_until(moment)) {
            slow.apply(id, record);
        }
        slow.moment = moment;
        assert_eq!(forward.view(), &slow);
    }
}

#[test]
fn findings_reached_by_jumping_are_those_reached_in_order() {
    let run = Run::new(long_run(900));
    let mut jumping = dynamo_check::Bench::new(run.script());
    for thousandth in [999, 120, 640, 5, 381, 380, 640, 1_000] {
        let at = Moment::at(Time(12_000 * thousandth));
        let found = jumping.findings(&run, at);
        let mut in_order = dynamo_check::Judges::all::<dynamo_core::Node>(run.script());
        for (id, record) in run.trace().iter().take(run.trace().count_until(at)) {
            in_order.see(id, record);
        }
        assert_eq!(found, in_order.findings(at.time), "at {at}");
    }
}

#[test]
fn a_run_reached_by_acts_in_the_past_is_what_its_script_gives() {
    let run = Run::new(long_run(300));
    let act = |at: u64, command| run.with_act(Moment::at(Time(at)), command);
    let twice = act(2_000_000, dynamo_sim::Command::Crash(dynamo_core::NodeId(2)))
        .with_act(Moment::at(Time(1_500_000)), dynamo_sim::Command::Heal);
    let found = dynamo_check::findings(&twice);
    let determinism = found.iter().find(|finding| finding.check == "determinism");
    assert_eq!(determinism.map(|it| it.status), Some(dynamo_sim::Status::Holds));
}
