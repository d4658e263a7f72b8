//! What the page reads off a trace; runs without a browser.
#![cfg(not(target_arch = "wasm32"))]

use dynamo_core::Key;
use dynamo_sim::{Moment, Run, Script, Time, transcript};
use dynamo_web::digest::Digest;
use dynamo_web::shared_run::SharedRun;

const SCRIPT: &str = "dynamo 1
setup nodes=5 n=3 r=2 w=2 seed=7 loss=0.1 copies=0.1
at 0s crash n3
at 100ms c1.1 put basket \"milk\" via n1
at 100ms delay write c1.1 n1 n2 by 400ms
at 110ms c2.1 put list \"nails\" via n2
at 500ms c2.2 put basket \"eggs\" context none
at 600ms c1.2 put basket \"bread\" context of c2.1
at 700ms crash n9
at 1s restart n3
at 3s c3.1 get basket via n3
at 4s crash n3
at 4500ms restart n3
at 5s c3.2 put basket \"salt\" via n3
until 8s
";

fn script() -> Script {
    SCRIPT.parse().expect("a script")
}

#[test]
fn rows_made_one_by_one_are_those_of_the_transcript() {
    let run = Run::new(script());
    let digest = Digest::of(&run);
    let ids = digest.rows_until(run.trace(), Moment::end_of(run.known_until()));
    let rows = ids.iter().filter_map(|id| digest.row(run.trace(), *id));
    let rows: Vec<String> = rows.map(|row| row.row.to_string()).collect();
    let whole = transcript::rows(run.trace(), run.known_until());
    assert!(rows.len() > 100);
    assert_eq!(rows, whole.iter().map(ToString::to_string).collect::<Vec<_>>());
}

#[test]
fn a_digest_that_reads_on_is_the_digest_of_the_whole() {
    let mut early = script();
    early.until = Some(Time(50_000));
    let mut run = Run::new(early);
    let mut digest = Digest::of(&run);
    for millis in [120, 121, 700, 3_001, 8_000] {
        run.extend_to(Time(millis * 1_000));
        digest.read_on(&run);
    }
    let whole = Digest::of(&run);
    assert_eq!(whole.known_until, Time(8_000_000));
    assert_eq!(format!("{digest:?}"), format!("{whole:?}"));
}

#[test]
fn rows_about_a_key_are_found_without_their_texts() {
    let run = SharedRun::play(script());
    let (digest, run) = (run.digest().clone(), run.get());
    let about = |key: &str| -> Vec<String> {
        let key = Key::new(key).expect("a key");
        let ids = digest.rows_until(run.trace(), Moment::end_of(run.known_until()));
        let ids = ids.iter().filter(|id| digest.concerns(run.trace(), **id, &key));
        ids.filter_map(|id| Some(digest.row(run.trace(), *id)?.row.to_string())).collect()
    };
    let (basket, list) = (about("basket"), about("list"));
    assert!(basket.iter().any(|row| row.contains("put c1.1 basket")));
    assert!(!basket.iter().any(|row| row.contains("c2.1")), "{basket:#?}");
    assert!(list.iter().any(|row| row.contains("put c2.1 list")));
    assert!(basket.iter().chain(&list).filter(|row| row.contains("restart n3")).count() == 4);
    assert_eq!(digest.keys.iter().map(Key::as_str).collect::<Vec<_>>(), ["basket", "list"]);
}
