//! Random worlds: clients, crashes, cuts, losses, copies and delays by chance, then peace. No
//! check is ever broken, and a broken node is found and made small.

use dynamo_check::unmet;
use dynamo_core::node::put::WriteAck;
use dynamo_core::node::sync::Found;
use dynamo_core::{
    Boot, Config, Effect, Effects, EngineKind, Input, LocalTime, Message, Node, Ring, Subject,
    Versioning,
};
use dynamo_lab::{failure_with, judge, judge_with};
use dynamo_sim::{Actor, Script, Status, swarm};
use std::sync::Arc;

#[test]
fn no_check_is_broken_in_random_worlds() {
    let (mut converged, mut counted) = (0, 0);
    let worlds = if std::env::var_os("DYNAMO_FULL").is_some() { 100_000 } else { 2_000 };
    for seed in 0..worlds {
        let script = swarm::script(seed);
        let config = &script.setup.config;
        for finding in judge(&script).findings {
            match (finding.check, finding.status) {
                // What these promise less is in the table of `dynamo_check::law`.
                (_, Status::Counted(_) | Status::Excused)
                    if config.versions != Versioning::Dotted => {}
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
    // Somebody is left behind only where nobody compares trees, which is in one world of four.
    assert!(counted > 0 && converged > worlds * 3 / 4, "{converged} converged, {counted} counted");
}

/// Forgets a hint as soon as it has sent it.
#[derive(Clone)]
struct ForgetsHints(Node);

impl Actor for ForgetsHints {
    fn boot(boot: Boot, config: Arc<Config>, ring: Arc<Ring>) -> Self {
        ForgetsHints(Node::new(boot, config, ring))
    }

    fn step(&mut self, now: LocalTime, input: Input, effects: &mut Effects) {
        let mut inputs = vec![input];
        while let Some(input) = inputs.pop() {
            let mut own = Effects::default();
            self.0.step(now, input, &mut own);
            for effect in own.drain() {
                if let Effect::Send { to, message } = &effect
                    && let Some(write) = message.as_write()
                    && matches!(write.subject, Subject::Task(_))
                {
                    let (subject, slot) = (write.subject.clone(), write.slot.clone());
                    let message = Message::WriteAck(WriteAck { subject, slot });
                    inputs.push(Input::Received { from: *to, message });
                }
                effects.push(effect);
            }
        }
    }
}

#[test]
fn a_node_that_forgets_hints_is_found_and_its_run_made_small() {
    let is_broken = |seed: &u64| {
        let verdict = judge_with::<ForgetsHints>(&swarm::script(*seed));
        verdict.violation().is_some_and(|finding| finding.check == "hints")
    };
    let seed = (0..1_000).find(is_broken).expect("a failing seed");
    let failure = failure_with::<ForgetsHints>(seed, swarm::script(seed), 2_000).expect("broken");
    assert_eq!(failure.check, "hints");
    let small = &failure.small;
    assert!(small.lines.len() <= 4, "{small}");
    assert!(small.setup.nodes <= 6, "{small}");
    // What is written down is read back, breaks the same check, and says what it expects.
    let read: Script = small.to_string().parse().expect("a script");
    assert_eq!(&read, small);
    let found = judge_with::<ForgetsHints>(&read).findings;
    let broken: Vec<String> = unmet(&read, &found).iter().map(ToString::to_string).collect();
    assert!(matches!(&broken[..], [it] if it.starts_with("violated hints")), "{broken:?}");
    // Sound nodes do not break it.
    assert!(judge(&read).violation().is_none(), "{read}");
    let told = failure.explain(seed, "target/seeds/x.txt");
    for part in [
        format!("seed {seed} breaks hints"),
        small.to_string(),
        "cargo xtask run target/seeds/x.txt".into(),
        format!("cargo xtask seeds --seed {seed}"),
    ] {
        assert!(told.contains(&part), "{told}");
    }
}

/// Answers that all trees are equal, whatever they are.
#[derive(Clone)]
struct SeesNoDifference(Node);

impl Actor for SeesNoDifference {
    fn boot(boot: Boot, config: Arc<Config>, ring: Arc<Ring>) -> Self {
        SeesNoDifference(Node::new(boot, config, ring))
    }

    fn step(&mut self, now: LocalTime, input: Input, effects: &mut Effects) {
        let mut own = Effects::default();
        self.0.step(now, input, &mut own);
        for mut effect in own.drain() {
            if let Effect::Send { message: Message::Hashes(hashes), .. } = &mut effect {
                hashes.found = Found::Below(Vec::new());
            }
            effects.push(effect);
        }
    }
}

#[test]
fn a_node_that_sees_no_difference_is_found_by_what_it_says_and_by_what_stays_behind() {
    let broken = |check: &str| {
        (0..1_000u64).find(|seed| {
            let findings = judge_with::<SeesNoDifference>(&swarm::script(*seed)).findings;
            findings.iter().any(|it| it.check == check && it.status == Status::Violated)
        })
    };
    assert!(broken("merkle").is_some());
    assert!(broken("convergence").is_some());
}

#[test]
fn a_seed_that_breaks_nothing_has_no_failure() {
    assert_eq!(failure_with::<dynamo_core::Node>(1, swarm::script(1), 100), None);
}
