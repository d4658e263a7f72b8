//! Searches for worlds that reach a goal.

use dynamo_core::{Duration, Versioning};
use dynamo_lab::{Dare, Found, Goal, Stand, Verdict, judge};
use dynamo_sim::latency::Model;
use dynamo_sim::swarm::Trouble;
use dynamo_sim::{Run, Script, Setup};

const BOUND: u32 = 1_000;

fn search(goal: Goal, setup: &Setup, troubles: &[Trouble], slice: u32) -> (Option<Found>, u32) {
    let mut dare = Dare::new(goal, setup.clone(), troubles.to_vec(), BOUND);
    loop {
        dare.step(slice);
        if let Stand::Ended(found) = dare.stand() {
            return (found.map(|found| *found), dare.tried());
        }
    }
}

fn usual(goal: Goal, slice: u32) -> Option<Found> {
    search(goal, &Setup::default(), goal.usual(), slice).0
}

#[test]
fn every_goal_is_reached_within_the_bound_and_its_run_is_small() {
    for goal in Goal::ALL {
        let (found, tried) = search(goal, &Setup::default(), goal.usual(), 10_000);
        let found = found.unwrap_or_else(|| panic!("{} is not found", goal.name()));
        let script = &found.script;
        assert!(tried < BOUND);

        assert_eq!(script.to_string().parse::<Script>().as_ref(), Ok(script));
        let run = Run::new(script.clone());
        let guilty = run.trace().get(found.sighting.event).expect("the run has the event");
        assert_eq!(guilty.moment, found.sighting.moment);
        assert!((2..=8).contains(&script.lines.len()), "{}:\n{script}", goal.name());
    }
}

#[test]
fn what_is_found_is_what_the_checks_find_there() {
    let verdict = |goal| judge(&usual(goal, 10_000).expect("it is found").script);
    let finds = |verdict: &Verdict, check: &str, status: &str| {
        let mut findings = verdict.findings.iter();
        findings.any(|it| it.check == check && it.status.name() == status)
    };
    let reaches = |verdict: &Verdict, name: &str| {
        verdict.reached.counts().into_iter().any(|(it, count)| it == name && count > 0)
    };
    assert!(finds(&verdict(Goal::StaleRead), "register", "counted"), "not one copy");
    assert!(finds(&verdict(Goal::LostWrite), "durability", "excused"), "disks were taken");
    assert!(reaches(&verdict(Goal::LostHint), "hint lost with its keeper"));
    assert!(reaches(&verdict(Goal::ThreeSiblings), "siblings returned"));
    let risen = verdict(Goal::RisenValue);
    assert!(reaches(&risen, "delete"));
    assert!(finds(&risen, "resurrection", "ok"), "its tombstone was not erased, only missed");
}

#[test]
fn a_search_in_the_setup_of_what_was_found_goes_on_behind_it() {
    let first = usual(Goal::LostWrite, 10_000).expect("it is found");
    let setup = &first.script.setup;
    let (next, _) = search(Goal::LostWrite, setup, Goal::LostWrite.usual(), 10_000);
    assert!(next.expect("there is another").script.setup.seed.0 > setup.seed.0);
}

#[test]
fn a_search_that_is_stopped_has_what_it_has() {
    let troubles = Goal::LostWrite.usual().to_vec();
    let mut dare = Dare::new(Goal::LostWrite, Setup::default(), troubles, BOUND);
    dare.step(10);
    assert_eq!(dare.stand(), Stand::Looking);
    let mut early = dare.clone();
    early.stop();
    assert_eq!(early.stand(), Stand::Ended(None));
    while dare.stand() != Stand::Shrinking {
        dare.step(10);
    }
    dare.stop();
    assert!(matches!(dare.stand(), Stand::Ended(Some(_))), "not as small as it could be");
}

#[test]
fn slices_of_any_size_find_the_same() {
    for goal in Goal::ALL {
        assert_eq!(usual(goal, 777), usual(goal, 1_000_000), "{}", goal.name());
    }
}

#[test]
fn on_a_perfect_network_without_troubles_no_read_is_stale() {
    let latency = Model::Constant(Duration::millis(3)).into();
    let setup = Setup { latency, ..Setup::default() };
    assert_eq!(search(Goal::StaleRead, &setup, &[], 10_000), (None, BOUND));
    let (found, _) = search(Goal::StaleRead, &setup, Goal::StaleRead.usual(), 10_000);
    assert!(found.is_some(), "with troubles there is one");
}

#[test]
fn where_the_last_write_wins_there_are_no_three_siblings() {
    let mut setup = Setup::default();
    setup.config.versions = Versioning::ALL[2];
    assert_eq!(setup.config.versions.to_string(), "lww");
    assert_eq!(search(Goal::ThreeSiblings, &setup, &Trouble::ALL, 10_000), (None, BOUND));
}

#[test]
fn without_lost_disks_no_acknowledged_write_is_lost() {
    let troubles = [Trouble::Crashes, Trouble::Links, Trouble::Messages, Trouble::Machines];
    let (found, _) = search(Goal::LostWrite, &Setup::default(), &troubles, 10_000);
    assert_eq!(found, None);
}

#[test]
fn a_small_quorum_leaves_no_stale_read_to_look_for() {
    let setup = |text: &str| {
        let text = format!("dynamo 1\nsetup {text}\n");
        text.parse::<Script>().expect("a setup").setup
    };
    assert!(Goal::StaleRead.is_void_in(&setup("nodes=5 n=3 r=1 w=2")));
    assert!(!Goal::StaleRead.is_void_in(&setup("nodes=5 n=3 r=2 w=2")));
    assert!(!Goal::LostHint.is_void_in(&setup("nodes=5 n=3 r=1 w=1")));
}
