//! Every committed transcript is what its script does today.
//! `cargo xtask transcripts --write` rewrites them; the difference is for the author to read.

use std::collections::BTreeSet;

use dynamo_check::{findings, unmet};
use dynamo_core::Fact;
use dynamo_sim::{Run, TraceEvent};
use dynamo_tests::transcripts;

fn first_difference(committed: &str, now: &str) -> String {
    let pairs = committed.lines().zip(now.lines()).enumerate();
    match pairs.into_iter().find(|(_, (a, b))| a != b) {
        Some((index, (a, b))) => format!("line {}:\n  committed {a}\n  now       {b}", index + 1),
        None => format!("{} lines, now {}", committed.lines().count(), now.lines().count()),
    }
}

#[test]
fn every_transcript_is_what_its_script_does_today() {
    let differing: Vec<String> = transcripts()
        .iter()
        .filter_map(|transcript| {
            let now = transcript.rewritten();
            (now != transcript.text).then(|| {
                format!("{}: {}", transcript.name, first_difference(&transcript.text, &now))
            })
        })
        .collect();
    assert!(
        differing.is_empty(),
        "cargo xtask transcripts --write, then read the difference\n{}",
        differing.join("\n")
    );
}

#[test]
fn every_expectation_of_every_transcript_is_met() {
    for transcript in transcripts() {
        let script = transcript.script();
        assert!(!script.expect.is_empty(), "{} expects nothing", transcript.name);
        let run = Run::new(script);
        let found = findings(&run);
        let unmet = unmet(run.script(), &found);
        assert!(unmet.is_empty(), "{}: {}", transcript.name, unmet[0]);
    }
}

#[test]
fn every_kind_of_fact_occurs_in_some_transcript() {
    let mut missing: BTreeSet<&str> = Fact::NAMES.into();
    for transcript in transcripts() {
        for (_, record) in Run::new(transcript.script()).trace().iter() {
            if let TraceEvent::Noted { fact, .. } | TraceEvent::ClientNoted { fact, .. } =
                &record.event
            {
                missing.remove(fact.name());
            }
        }
    }
    assert!(missing.is_empty(), "{missing:?}");
}
