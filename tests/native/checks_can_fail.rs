//! Every check is able to fail: nodes with planted bugs make it, sound ones do not.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use dynamo_check::{Judges, determinism};
use dynamo_core::{
    Boot, Config, Dot, Duration, Effect, Effects, Input, LocalTime, Node, NodeId, Outcome, Ring,
    Shared, Versions,
};
use dynamo_lab::judge_with;
use dynamo_sim::{Actor, Script, Status, TraceEvent, World};
use dynamo_tests::planted::Wrapped;
use dynamo_tests::planted::hints::DropsHints;
use dynamo_tests::planted::members::{GivesNothing, KeepsNewsToItself};
use dynamo_tests::planted::reads::{AltersValues, InventsAnAnswer, RepairsEverybody};
use dynamo_tests::planted::replicas::{AgreesToAll, ThrowsAway};
use dynamo_tests::planted::trees::{
    HashesTheMoment, MendsForEver, OffersNothing, SeesNoDifference,
};
use dynamo_tests::planted::writes::{
    CountsBeforeTheAnswer, ForgetsSiblings, IgnoresContexts, NamesClients, StoresNothing,
};

const SCRIPT: &str = "dynamo 1
setup nodes=5 n=3 r=2 w=2 seed=7
at 0s crash n3
at 100ms c1.1 put basket \"milk\" via n1
at 500ms c2.1 put basket \"eggs\" via n1
at 1s restart n3
at 3s c3.1 get basket via n3
until 20s
";

/// A hint must come home although nobody reads and nobody compares trees.
const UNREAD: &str = "dynamo 1
setup nodes=5 n=3 r=2 w=2 seed=7 exchange-every=never
at 0s crash n3
at 100ms c1.1 put basket \"milk\" via n1
at 1s restart n3
until 20s
";

/// Nobody else has a copy.
const ALONE: &str = "dynamo 1
setup nodes=1 n=1 r=1 w=1 seed=7
at 100ms c1.1 put basket \"milk\" via n1
until 20s
";

fn judge<A: Actor + Clone + 'static>(script: &str) -> BTreeMap<&'static str, Status> {
    let findings = judge_with::<A>(&script.parse().expect("a script")).findings;
    findings.into_iter().map(|finding| (finding.check, finding.status)).collect()
}

#[test]
fn sound_nodes_break_nothing() {
    for script in [SCRIPT, UNREAD, ALONE, TWICE, STRICT, LEFT_BEHIND] {
        let found = judge::<Node>(script);
        assert!(found.values().all(|status| *status == Status::Holds), "{found:?}");
    }
}

#[test]
fn durability_and_domination_notice_a_node_that_forgets_siblings() {
    let found = judge::<Wrapped<ForgetsSiblings>>(SCRIPT);
    assert_eq!(found["domination"], Status::Violated);
    assert_eq!(found["durability"], Status::Violated);
}

#[test]
fn quorum_notices_a_write_that_is_counted_before_its_answer() {
    assert_eq!(judge::<Wrapped<CountsBeforeTheAnswer>>(SCRIPT)["quorum"], Status::Violated);
}

#[test]
fn quorum_notices_an_answer_that_nobody_gave() {
    assert_eq!(judge::<Wrapped<InventsAnAnswer>>(SCRIPT)["quorum"], Status::Violated);
}

#[test]
fn quorum_notices_an_acknowledgement_without_a_copy() {
    assert_eq!(judge::<Wrapped<StoresNothing>>(SCRIPT)["quorum"], Status::Violated);
}

#[test]
fn convergence_notices_a_hint_that_never_came_home() {
    assert_eq!(judge::<Wrapped<DropsHints>>(UNREAD)["convergence"], Status::Violated);
}

/// n3 misses the deletion, and what n4 keeps for it cannot come home.
const MISSED_DELETION: &str = "dynamo 1
setup nodes=5 n=3 r=2 w=2 seed=7 tombstone-life=2s exchange-every=never
at 0s c1.1 put basket \"milk\" via n1
at 1s cut n4 to n3
at 1s lose write c1.2 n1 n3
at 1s c1.2 delete basket via n1
at 12s c2.1 get basket r=3 via n1
until 20s
";

#[test]
fn resurrection_notices_a_value_that_comes_back_behind_its_tombstone() {
    let found = judge::<Wrapped<AgreesToAll>>(MISSED_DELETION);
    assert_eq!(found["resurrection"], Status::Violated);
    assert_eq!(judge::<Node>(MISSED_DELETION)["resurrection"], Status::Holds);
}

/// A client writes twice, the second time knowing the first.
const TWICE: &str = "dynamo 1
setup nodes=5 n=3 r=2 w=2 seed=7
at 100ms c1.1 put basket \"milk\" via n1
at 500ms c1.2 put basket \"milk,eggs\" via n1
at 1s c1.3 get basket via n2
until 20s
";

/// A client reads what it wrote, strictly, from one replica out of three.
const STRICT: &str = "dynamo 1
setup nodes=5 n=3 r=1 w=3 seed=7 mode=strict
at 100ms c1.1 put basket \"milk\" via n1
at 500ms c1.2 get basket via n2
until 20s
";

#[test]
fn provenance_notices_a_value_that_nobody_wrote() {
    assert_eq!(judge::<Wrapped<AltersValues>>(TWICE)["provenance"], Status::Violated);
}

#[test]
fn concurrency_notices_an_outdated_sibling() {
    assert_eq!(judge::<Wrapped<IgnoresContexts>>(TWICE)["concurrency"], Status::Violated);
}

#[test]
fn hints_notices_a_hint_that_is_forgotten_before_its_owner_has_it() {
    assert_eq!(judge::<Wrapped<DropsHints>>(UNREAD)["hints"], Status::Violated);
}

#[test]
fn sessions_notices_a_client_that_cannot_read_its_own_write() {
    assert_eq!(judge::<Wrapped<StoresNothing>>(STRICT)["sessions"], Status::Violated);
}

/// Counts its starts across all plays of the process, and takes its time accordingly.
#[derive(Clone)]
struct RemembersOtherPlays {
    node: Node,
    starts: u64,
}

static STARTS: AtomicU64 = AtomicU64::new(0);

impl Actor for RemembersOtherPlays {
    fn boot(boot: Boot, config: Shared<Config>, ring: Shared<Ring>) -> Self {
        let starts = STARTS.fetch_add(1, Ordering::Relaxed);
        RemembersOtherPlays { node: Node::new(boot, config, ring), starts }
    }

    fn step(&mut self, now: LocalTime, input: Input, effects: &mut Effects) {
        let mut own = Effects::default();
        self.node.step(now, input, &mut own);
        for mut effect in own.drain() {
            if let Effect::Arm { after, .. } = &mut effect {
                *after = Duration::micros(after.as_micros() + self.starts);
            }
            effects.push(effect);
        }
    }
}

#[test]
fn determinism_notices_a_node_that_remembers_other_plays() {
    let script: Script = SCRIPT.parse().expect("a script");
    let verdict = dynamo_lab::judge_with::<RemembersOtherPlays>(&script);
    let finding = verdict.violation().expect("a violation");
    assert_eq!(finding.check, "determinism");
    // The first timer of the first node is the first thing that differs.
    assert_eq!(finding.guilty.len(), 1);
    let mut trace = dynamo_sim::Trace::default();
    World::new(&script, &mut trace).run_until(script.horizon(), &mut trace);
    let first = trace.iter().find(|(_, it)| matches!(it.event, TraceEvent::TimerArmed { .. }));
    assert_eq!(first.map(|(id, _)| id), finding.guilty.first().copied());
}

#[test]
fn determinism_notices_an_event_that_is_missing_at_the_end() {
    let script: Script = SCRIPT.parse().expect("a script");
    let run = dynamo_sim::Run::new(script.clone());
    let mut judges = Judges::one::<Node>(&script, determinism::NAME).expect("a check");
    let shown = run.trace().len() - 1;
    for (id, record) in run.trace().iter().take(shown) {
        judges.see(id, record);
    }
    let missing = run.trace().records()[shown].moment.time;
    assert_eq!(judges.findings(missing)[0].status, Status::Holds, "it may still come");
    let later = missing + Duration::micros(1);
    assert_eq!(judges.findings(later)[0].status, Status::Violated);
}

/// A primary is down and nobody stands in for it.
const LEFT_BEHIND: &str = "dynamo 1
setup nodes=5 n=3 r=2 w=2 seed=7 mode=strict exchange-every=1s
at 0s crash n3
at 100ms c1.1 put basket \"milk\" via n1
at 1s restart n3
until 30s
";

#[test]
fn convergence_and_merkle_notice_a_difference_that_nobody_sees() {
    let found = judge::<Wrapped<SeesNoDifference>>(LEFT_BEHIND);
    assert_eq!(found["convergence"], Status::Violated);
    assert_eq!(found["merkle"], Status::Violated);
}

#[test]
fn convergence_notices_a_difference_that_nobody_mends() {
    let found = judge::<Wrapped<OffersNothing>>(LEFT_BEHIND);
    assert_eq!(found["convergence"], Status::Violated);
    assert_eq!(found["merkle"], Status::Holds);
}

#[test]
fn p28_merkle_notices_a_hash_that_covers_more_than_the_contents() {
    assert_eq!(judge::<Wrapped<HashesTheMoment>>(TWICE)["merkle"], Status::Violated);
}

#[test]
fn p27_merkle_notices_equal_keys_that_are_mended_for_ever() {
    assert_eq!(judge::<Wrapped<MendsForEver>>(TWICE)["merkle"], Status::Violated);
}

#[test]
fn durability_notices_the_last_copy_being_thrown_away() {
    let found = judge::<Wrapped<ThrowsAway>>(ALONE);
    assert_eq!(found["domination"], Status::Violated);
    assert_eq!(found["durability"], Status::Violated);
}

#[test]
fn repair_notices_a_read_that_writes_to_who_is_not_behind() {
    assert_eq!(judge::<Wrapped<RepairsEverybody>>(TWICE)["repair"], Status::Violated);
}

#[test]
fn metadata_notices_a_clock_with_a_pair_for_every_client() {
    assert_eq!(judge::<Wrapped<NamesClients>>(TWICE)["metadata"], Status::Violated);
}

/// What one check finds in the trace of a run in which some records were altered by hand: of what
/// a disk does no wrapper of a node can make a lie.
fn judge_altered(script: &str, check: &str, mut alter: impl FnMut(&mut TraceEvent)) -> Status {
    let script: Script = script.parse().expect("a script");
    let mut judges = Judges::one::<Node>(&script, check).expect("a check");
    for (id, record) in dynamo_sim::Run::new(script.clone()).trace().iter() {
        let mut record = record.clone();
        alter(&mut record.event);
        judges.see(id, &record);
    }
    judges.findings(script.horizon())[0].status
}

#[test]
fn storage_notices_a_read_that_gives_back_something_else() {
    let forget = |event: &mut TraceEvent| {
        if let TraceEvent::DiskCompleted { outcome: Outcome::Read(versions), .. } = event {
            *versions = Versions::default();
        }
    };
    assert_eq!(judge_altered(TWICE, "storage", |_| {}), Status::Holds);
    assert_eq!(judge_altered(TWICE, "storage", forget), Status::Violated);
}

#[test]
fn storage_notices_a_merge_that_is_no_join_and_a_write_that_is_lost() {
    let overwrite = |event: &mut TraceEvent| {
        if let TraceEvent::DiskCompleted { outcome: Outcome::Merged { versions, .. }, .. } = event {
            *versions = Versions::default();
        }
    };
    assert_eq!(judge_altered(SCRIPT, "storage", overwrite), Status::Violated);
    let rotten = "dynamo 1\nsetup nodes=3 n=3 r=3 w=3 engine=log\n\
                  at 0s c1.1 put k \"v\" via n1\nat 1s rot n2 k\nat 2s c1.2 get k via n1\n";
    assert_eq!(judge_altered(rotten, "storage", |_| {}), Status::Holds);
    let serve = |event: &mut TraceEvent| {
        if let TraceEvent::DiskCompleted { outcome, .. } = event
            && matches!(outcome, Outcome::Damaged { .. })
        {
            *outcome = Outcome::Read(Versions::default());
        }
    };
    assert_eq!(judge_altered(rotten, "storage", serve), Status::Violated);
}

#[test]
fn identity_notices_a_dot_that_is_minted_twice_and_a_stranger_s_name() {
    let name = |alter: fn(&mut Dot)| {
        judge_altered(TWICE, "identity", |event| {
            if let TraceEvent::DiskCompleted { outcome: Outcome::Updated { dot, .. }, .. } = event {
                alter(dot);
            }
        })
    };
    assert_eq!(name(|_| {}), Status::Holds);
    assert_eq!(name(|dot| dot.counter = 1), Status::Violated);
    assert_eq!(name(|dot| dot.actor.boot.nonce += 1), Status::Violated);
    assert_eq!(name(|dot| dot.actor.boot.node = NodeId(5)), Status::Violated);
}

#[test]
fn identity_counts_names_given_twice_where_clocks_know_no_processes() {
    let wiped = "dynamo 1\nsetup nodes=3 n=1 r=1 w=1 versions=clocks exchange-every=never\n\
                 at 0s c1.1 put k \"v\"\nat 1s wipe n1\nat 1s wipe n2\nat 1s wipe n3\n\
                 at 2s restart n1\nat 2s restart n2\nat 2s restart n3\n\
                 at 3s c2.1 put k \"w\"\n";
    assert_eq!(judge::<Node>(wiped)["identity"], Status::Counted(1));
    let dotted = wiped.replace(" versions=clocks", "");
    assert_eq!(judge::<Node>(&dotted)["identity"], Status::Holds);
}

/// A node joins, and a client reads half of what it had written.
fn join() -> String {
    let mut text = String::from(
        "dynamo 1\nsetup nodes=3 n=2 r=1 w=2 mode=strict seed=7 partitions=16 gossip-every=200ms\n",
    );
    for key in 0..20 {
        text += &format!("at {}ms c1 put k{key} \"milk\" via n1\n", 100 + key * 20);
    }
    text += "at 1s join n4 via n1\n";
    for key in 0..10 {
        text += &format!("at 9s c1 get k{key} via n4\n");
    }
    text + "until 40s\n"
}

#[test]
fn nodes_that_join_and_give_as_they_should_break_nothing() {
    let found = judge::<Node>(&join());
    assert!(found.values().all(|status| *status == Status::Holds), "{found:?}");
}

#[test]
fn ring_notices_a_node_that_keeps_news_to_itself() {
    assert_eq!(judge::<Wrapped<KeepsNewsToItself>>(&join())["ring"], Status::Violated);
}

#[test]
fn convergence_and_sessions_notice_ranges_that_are_given_without_their_keys() {
    // Comparing trees would mend it.
    let alone = join().replace(" gossip", " exchange-every=never gossip");
    let found = judge::<Wrapped<GivesNothing>>(&alone);
    assert_eq!(found["convergence"], Status::Violated);
    assert_eq!(found["sessions"], Status::Violated);
}

#[test]
fn hints_notices_a_hint_of_a_removed_node_that_reaches_nobody() {
    const REMOVED: &str = "dynamo 1
setup nodes=5 n=3 r=2 w=2 seed=7 partitions=16 gossip-every=300ms
at 0s crash n3
at 1s c1.1 put basket \"eggs\" via n1
at 3s remove n3 via n1
until 12s
";
    assert_eq!(judge::<Node>(REMOVED)["hints"], Status::Holds);
    assert_eq!(judge::<Wrapped<GivesNothing>>(REMOVED)["hints"], Status::Violated);
}
