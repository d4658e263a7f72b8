//! Random worlds: clients, crashes, cuts, losses, copies and delays by chance, then peace. No
//! check is ever broken, and a broken node is found and made small.

use std::fs;
use std::path::{Path, PathBuf};

use dynamo_check::unmet;
use dynamo_core::{EngineKind, Versioning};
use dynamo_lab::{Reached, failure, failure_with, judge, judge_with};
use dynamo_sim::{Script, Status, swarm};
use dynamo_tests::planted::Wrapped;
use dynamo_tests::planted::hints::ForgetsHints;
use dynamo_tests::planted::trees::SeesNoDifference;

/// Small runs that once broke a check: `tests/counterexamples/`.
fn counterexamples() -> Vec<(String, Script)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("counterexamples");
    let mut paths: Vec<_> =
        fs::read_dir(folder).expect("a folder").map(|it| it.expect("readable").path()).collect();
    paths.sort();
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("text");
        let name = path.display().to_string();
        let script = text.parse().unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, script)
    };
    paths.into_iter().map(read).collect()
}

#[test]
fn no_check_is_broken_in_random_worlds() {
    for (name, script) in counterexamples() {
        let verdict = judge(&script);
        assert!(verdict.violation().is_none(), "{name}: {:?}", verdict.violation());
        assert_eq!(unmet(&script, &verdict.findings), [], "{name}");
    }
    let (mut converged, mut counted) = (0, 0);
    let mut reached = Reached::default();
    let worlds = if std::env::var_os("DYNAMO_FULL").is_some() { 100_000 } else { 2_000 };
    for seed in 0..worlds {
        let script = swarm::script(seed);
        let config = &script.setup.config;
        let verdict = judge(&script);
        reached.add(&verdict.reached);
        let lies = script.to_string().contains("context forged");
        for finding in verdict.findings {
            match (finding.check, finding.status) {
                // What these promise less is in the table of `dynamo_check::law`.
                (_, Status::Counted(_) | Status::Excused)
                    if config.versions != Versioning::Dotted || lies => {}
                ("durability", Status::Counted(_)) if config.engine == EngineKind::Buffered => {}
                ("convergence", Status::Holds) => converged += 1,
                // Where nodes compare trees (4.7), nobody is left behind.
                ("convergence", Status::Counted(_)) if config.exchange_every.is_none() => {
                    counted += 1;
                }
                (_, Status::Holds) | ("sessions" | "register", Status::Counted(_)) => {}
                _ => panic!("{finding}\ncargo xtask seeds --seed {seed}"),
            }
        }
    }
    // Every command, every fault, every decision of a node and what is easily missed came up.
    let told: String = reached.counts().iter().map(|it| format!("{} {}\n", it.0, it.1)).collect();
    println!("{told}");
    assert_eq!(reached.missed(), [""; 0], "{told}");
    // Somebody is left behind only where nobody compares trees, which is in one world of four.
    assert!(counted > 0 && converged > worlds * 3 / 4, "{converged} converged, {counted} counted");
}

#[test]
fn a_node_that_forgets_hints_is_found_and_its_run_made_small() {
    let is_broken = |seed: &u64| {
        let verdict = judge_with::<Wrapped<ForgetsHints>>(&swarm::script(*seed));
        verdict.violation().is_some_and(|finding| finding.check == "hints")
    };
    let seed = (0..1_000).find(is_broken).expect("a failing seed");
    let failure =
        failure_with::<Wrapped<ForgetsHints>>(swarm::script(seed), &format!("seed {seed}"), 2_000)
            .expect("broken");
    assert_eq!(failure.check, "hints");
    let small = &failure.small;
    assert!(small.lines.len() <= 4, "{small}");
    assert!(small.setup.nodes <= 6, "{small}");
    // What is written down is read back, breaks the same check, and says what it expects.
    let read: Script = small.to_string().parse().expect("a script");
    assert_eq!(&read, small);
    let found = judge_with::<Wrapped<ForgetsHints>>(&read).findings;
    let broken: Vec<String> = unmet(&read, &found).iter().map(ToString::to_string).collect();
    assert!(matches!(&broken[..], [it] if it.starts_with("violated hints")), "{broken:?}");
    // Sound nodes do not break it.
    assert!(judge(&read).violation().is_none(), "{read}");
    let told = failure.explain("seed 9", "target/seeds/x.txt", "cargo xtask seeds --seed 9");
    for part in [
        "seed 9 breaks hints",
        &small.to_string(),
        "cargo xtask run target/seeds/x.txt",
        "cargo xtask seeds --seed 9",
    ] {
        assert!(told.contains(part), "{told}");
    }
}

#[test]
fn a_node_that_sees_no_difference_is_found_by_what_it_says_and_by_what_stays_behind() {
    let broken = |check: &str| {
        (0..1_000u64).find(|seed| {
            let findings = judge_with::<Wrapped<SeesNoDifference>>(&swarm::script(*seed)).findings;
            findings.iter().any(|it| it.check == check && it.status == Status::Violated)
        })
    };
    assert!(broken("merkle").is_some());
    assert!(broken("convergence").is_some());
}

#[test]
fn a_seed_that_breaks_nothing_has_no_failure() {
    assert_eq!(failure(swarm::script(1), "seed 1", 100), None);
}
