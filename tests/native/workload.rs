//! A workload: how many operations it brings, of whom, for what, and that it is a run like others.

use std::collections::BTreeMap;

use dynamo_check::findings;
use dynamo_core::{Duration, Key};
use dynamo_sim::script::Workload;
use dynamo_sim::trace::Access;
use dynamo_sim::{Run, Status, TraceEvent};

fn play(lines: &str) -> Run {
    let script = format!("dynamo 1\nsetup nodes=5 n=3 r=2 w=2 seed=7\n{lines}").parse();
    Run::new(script.unwrap_or_else(|error| panic!("{error}")))
}

/// When each operation began, whether it reads, and of which key.
fn begun(run: &Run) -> Vec<(u64, bool, Key)> {
    let begun = run.trace().iter().filter_map(|(_, record)| match &record.event {
        TraceEvent::OperationStarted(it) => {
            let reads = matches!(it.access, Access::Get { .. });
            Some((record.moment.time.as_micros(), reads, it.key.clone()))
        }
        _ => None,
    });
    begun.collect()
}

fn count(begun: &[(u64, bool, Key)]) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for (_, _, key) in begun {
        *counts.entry(key.as_str()).or_default() += 1;
    }
    counts
}

#[test]
fn a_workload_keeps_its_rate_its_share_of_reads_and_its_skew() {
    let run =
        play("at 1s workload clients=4 rate=50 reads=0.8 keys=4 skew=1 length=20s\nuntil 60s\n");
    let begun = begun(&run);
    assert!((900..1_100).contains(&begun.len()), "{}", begun.len());
    assert!(begun.iter().all(|(time, ..)| (1_000_000..=21_000_000).contains(time)));
    let reads = begun.iter().filter(|(_, reads, _)| *reads).count();
    assert!((75..85).contains(&(reads * 100 / begun.len())), "{reads}");
    let counts = count(&begun);
    assert!(counts["k1"] > counts["k2"] && counts["k2"] > counts["k3"], "{counts:?}");
    assert!(counts["k3"] > counts["k4"], "{counts:?}");
    for finding in findings(&run) {
        assert_ne!(finding.status, Status::Violated, "{finding}");
    }
    let ended = run.trace().iter();
    let ended = ended.filter(|(_, it)| matches!(it.event, TraceEvent::OperationEnded { .. }));
    assert_eq!(ended.count(), begun.len());
}

#[test]
fn without_skew_all_keys_are_asked_for_alike() {
    let run = play("at 0s workload rate=100 reads=1 keys=4 skew=0 length=20s\n");
    let begun = begun(&run);
    assert!(begun.iter().all(|(_, reads, _)| *reads));
    let counts = count(&begun);
    assert!(counts.values().all(|it| (400..600).contains(it)), "{counts:?}");
}

/// An act of a client of the workload has its own number, and takes nothing from the workload.
#[test]
fn an_act_beside_a_workload_leaves_its_operations_as_they_are() {
    let load = "at 0s workload clients=2 rate=20 length=5s\n";
    let (alone, beside) = (play(load), play(&format!("{load}at 1s c1.1 put cart \"milk\"\n")));
    let mut with_act = begun(&beside);
    with_act.retain(|(_, _, key)| key.as_str() != "cart");
    assert_eq!(with_act, begun(&alone));
}

#[test]
fn what_a_workload_may_be_is_told() {
    let read = |line: &str| line.parse::<dynamo_sim::Command>().map(|it| it.to_string());
    assert_eq!(read("workload"), Ok(Workload::default().to_string()));
    let brief = Workload { length: Duration::millis(1), ..Workload::default() };
    assert_eq!(read("workload length=1ms"), Ok(brief.to_string()));
    // Fields are judged together, whatever comes first.
    let fast = "workload clients=3 rate=1000 reads=0.5 keys=5 skew=1 length=1s";
    assert_eq!(read(fast).as_deref(), Ok(fast));
    for (line, told) in [
        ("workload rate=0", "a whole number from 1 to 1000"),
        ("workload rate=1000", "rate x length of at most 5000 operations"),
        ("workload reads=1.5", "a share from 0 to 1, such as 0.5"),
        ("workload skew=2", "a whole number from 0 to 1"),
        ("workload length=18446744073709551615us", "rate x length of at most 5000 operations"),
        ("workload rate=5 rate=6", "each field once"),
        ("workload c1", "clients=3, rate=20, reads=0.5, keys=5, skew=1 or length=10s"),
    ] {
        assert_eq!(line.parse::<dynamo_sim::Command>().unwrap_err().expected, told, "{line}");
    }
}
