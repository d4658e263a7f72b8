//! Deletions, our extension: what a tombstone must outlive, and that it does end.

use std::collections::BTreeSet;

use dynamo_core::{Fact, NodeId};
use dynamo_lab::judge;
use dynamo_sim::trace::Ended;
use dynamo_sim::{EventId, Record, Recorder, Run, Script, Status, TraceEvent, World, swarm};

fn play(text: &str) -> Run {
    let script: Script = text.parse().expect("a script");
    let findings = judge(&script).findings;
    assert!(findings.iter().all(|it| it.status != Status::Violated), "{findings:?}");
    let until = script.horizon();
    let mut run = Run::new(script);
    run.extend_to(until);
    run
}

/// What the last operation returned, in order of the values; `-` for a tombstone.
fn last_read(run: &Run) -> Vec<String> {
    let mut found = Vec::new();
    for (_, record) in run.trace().iter_from(0) {
        if let TraceEvent::OperationEnded { ended: Ended::Found { siblings }, .. } = &record.event {
            found = siblings.iter().map(|it| it.text().unwrap_or("-").to_string()).collect();
        }
    }
    found.sort();
    found
}

fn reaped(run: &Run) -> BTreeSet<NodeId> {
    let noted = run.trace().iter_from(0).filter_map(|(_, record)| match &record.event {
        TraceEvent::Noted { node, fact: Fact::TombstoneReaped { .. } } => Some(*node),
        _ => None,
    });
    noted.collect()
}

#[test]
fn p6_a_replica_that_was_away_for_many_lives_of_a_tombstone_brings_nothing_back() {
    let run = play(
        "dynamo 1
setup nodes=5 n=3 r=2 w=2 seed=3 tombstone-life=1s hint-scan-every=60s
at 0s c1.1 put basket \"milk\" via n1
at 1s crash n3
at 2s c1.2 delete basket via n1
at 20s restart n3
at 20.01s c2.1 get basket via n3 r=3
until 21s
",
    );
    assert_eq!(last_read(&run), ["-"]);
    assert!(reaped(&run).is_empty(), "n3 was away and could not agree");
}

#[test]
fn p7_a_tombstone_that_was_left_over_does_not_swallow_what_is_written_anew() {
    let run = play(
        "dynamo 1
setup nodes=5 n=3 r=3 w=3 seed=3 tombstone-life=1s
at 0s c1.1 put basket \"milk\" via n1
at 1s c1.2 delete basket via n1
when tombstone-reaped cut n1 n3 n4 n5 c1 c2 from n2
at 9s heal
at 10s c2.1 put basket \"eggs\" via n1
at 11s c2.2 get basket via n1
until 12s
",
    );
    assert!(!reaped(&run).contains(&NodeId(2)), "the order to erase it did not arrive at n2");
    assert!(reaped(&run).contains(&NodeId(1)));
    assert!(last_read(&run).contains(&"eggs".to_string()));
}

#[test]
fn p8_nothing_is_erased_while_a_copy_of_the_deletion_is_still_on_its_way() {
    let run = play(
        "dynamo 1
setup nodes=5 n=3 r=2 w=2 seed=3 tombstone-life=1s
at 0s c1.1 put basket \"milk\" via n1
at 1s delay write c1.2 n1 n3 by 6s
at 1s cut n4 n5 from n3
at 1s c1.2 delete basket via n1
until 7s
",
    );
    assert!(reaped(&run).is_empty(), "n3 still has the milk");
}

#[test]
fn p9_a_value_beside_a_tombstone_is_not_deleted() {
    let run = play(
        "dynamo 1
setup nodes=5 n=3 r=2 w=2 seed=3 tombstone-life=1s
at 0s c1.1 put basket \"milk\" via n1
at 1s c2.1 put basket \"eggs\" via n1 context none
at 2s c1.2 delete basket via n1
at 9s c3.1 get basket via n2
until 10s
",
    );
    assert_eq!(last_read(&run), ["-", "eggs"]);
    assert!(reaped(&run).is_empty());
}

/// Counts what random worlds do with tombstones.
#[derive(Default)]
struct Graves {
    deletions: u32,
    stay: u32,
    reaped: u32,
}

impl Recorder for Graves {
    fn record(&mut self, _: EventId, record: Record) {
        match &record.event {
            TraceEvent::DiskCompleted { .. } => {}
            TraceEvent::Noted { fact: Fact::TombstoneStays { .. }, .. } => self.stay += 1,
            TraceEvent::Noted { fact: Fact::TombstoneReaped { .. }, .. } => self.reaped += 1,
            TraceEvent::OperationStarted(started) => {
                let deletes =
                    matches!(started.access, dynamo_sim::trace::Access::Put { value: None, .. });
                self.deletions += u32::from(deletes);
            }
            _ => {}
        }
    }
}

#[test]
fn random_worlds_delete_keep_and_erase() {
    let mut graves = Graves::default();
    for seed in 0..300 {
        let script = swarm::script(seed);
        let mut world = World::<dynamo_core::Node>::with_actors(&script, &mut graves);
        world.run_until(script.horizon(), &mut graves);
    }
    let Graves { deletions, stay, reaped } = graves;
    assert!(deletions > 50 && stay > 10 && reaped > 50, "{deletions}, {stay}, {reaped}");
}
