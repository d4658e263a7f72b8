//! Random worlds in a real browser, on a machine of 32 bits.
#![cfg(target_arch = "wasm32")]

use std::fmt::Write;

use dynamo_sim::{Run, Script, swarm};
use dynamo_web::shared_run::SharedRun;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// Written by `cargo xtask transcripts --write`, compared with the native ones by
/// tests/native/replay.rs.
const COMMITTED: &str = include_str!("../../tests/seed-hashes.txt");

#[wasm_bindgen_test]
fn the_first_random_worlds_leave_the_same_bytes_here_as_natively() {
    let mut played = 0;
    for line in COMMITTED.lines() {
        let (seed, hash) = line.split_once(' ').expect("a seed and a hash");
        let run = Run::new(swarm::script(seed.parse().expect("a number")));
        assert_eq!(run.trace().hash().to_string(), hash, "seed {seed}");
        played += 1;
    }
    assert_eq!(played, 50);
}

/// What a record may take here, with what the page reads off it and the checkpoints: a run of a
/// million, or of as many as its bytes allow, stays under 512 MB.
const MOST_BYTES: usize = 400;

#[wasm_bindgen_test]
fn a_long_run_takes_no_more_memory_than_is_said() {
    let mut text = String::from("dynamo 1\nsetup nodes=7 n=3 r=2 w=2 seed=3 loss=0.02\n");
    for act in 0..3_000 {
        let (time, key, client) = (act * 11, act % 5, 1 + act % 4);
        let what = if act % 2 == 0 { "put" } else { "get" };
        let value = if act % 2 == 0 { " \"value\"" } else { "" };
        writeln!(text, "at {time}ms c{client} {what} k{key}{value}").expect("a string");
    }
    let script: Script = (text + "until 35s\n").parse().expect("a script");
    let pages = || core::arch::wasm32::memory_size(0);
    let before = pages();
    let run = SharedRun::play(script);
    let (records, bytes) = (run.get().trace().len(), (pages() - before) << 16);
    assert!(records > 80_000, "{records}");
    wasm_bindgen_test::console_log!(
        "{bytes} bytes for {records} records, {} each",
        bytes / records
    );
    assert!(bytes < records * MOST_BYTES, "{bytes} bytes for {records} records");
}
