//! What runs weigh, as they say themselves and as the allocator counts.

use std::alloc::System;
use std::fmt::Write;
use std::hint::black_box;

use dynamo_check::{Judges, determinism};
use dynamo_core::Node;
use dynamo_sim::timeline::MAX_BYTES;
use dynamo_sim::world::MAX_RECORDS;
use dynamo_sim::{EventId, Run, Script, Status, Trace, World};
use dynamo_tests::long_run;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// So many records from the start on there is no checkpoint.
const CHECKPOINT: usize = 9_000;

/// What is made, and how many bytes of the heap it keeps.
fn kept<T>(make: impl FnOnce() -> T) -> (T, usize) {
    let region = Region::new(ALLOCATOR);
    let made = black_box(make());
    let change = region.change();
    (made, change.bytes_allocated - change.bytes_deallocated)
}

/// Puts of a value and a number by three clients, in peace.
fn puts(count: u32, keys: u32, value: &str, context: &str) -> Script {
    let mut text = String::from("dynamo 1\nsetup nodes=5 n=3 r=2 w=2 seed=7\n");
    for put in 0..count {
        let (time, client, key) = (put * 20, put % 3 + 1, put % keys);
        let _ = writeln!(text, "at {time}ms c{client} put k{key} \"{put}{value}\"{context}");
    }
    let _ = writeln!(text, "until {}ms", count * 20 + 1_000);
    text.parse().expect("a script")
}

fn runs() -> Vec<(&'static str, Script)> {
    vec![
        ("busy", long_run(900)),
        ("many keys", puts(900, 900, "a value", "")),
        ("few keys", puts(900, 5, "a value", "")),
        ("large values", puts(200, 5, &"x".repeat(4_000), "")),
        ("siblings", puts(900, 5, "a value", " context none")),
        ("large siblings", puts(200, 5, &"x".repeat(4_000), " context none")),
    ]
}

fn assert_honest(what: &str, run: &str, said: usize, counted: usize) {
    let is_honest = said <= counted * 2 && counted <= said * 2;
    assert!(is_honest, "{what} of the run {run}: says {said} bytes, takes {counted}");
}

// One test, as the allocator counts for all threads.
#[test]
fn what_a_run_says_that_it_weighs_is_true_within_a_factor_of_two() {
    for (name, script) in runs() {
        let mut world = None;
        let (trace, bytes) = kept(|| {
            let mut trace = Trace::default();
            let mut playing = World::new(&script, &mut trace);
            playing.run_until(script.horizon(), &mut trace);
            world = Some(playing);
            trace
        });
        let world = world.expect("a world");
        let (copy, world_bytes) = kept(|| world.clone());
        drop(copy);
        assert_honest("a copy of the world", name, world.weight(), world_bytes);
        // What only the world keeps is about what its copy takes.
        assert_honest("the trace", name, trace.weight(), bytes - world_bytes);
        let run = Run::new(script);
        // Views share what did not change, so one takes what is new since another.
        let last = (run.trace().len() - 1).min(CHECKPOINT);
        let moment = |record: usize| run.trace().get(EventId(record as u32)).map(|it| it.moment);
        let (from, to) = (moment(last / 2).expect("a record"), moment(last).expect("a record"));
        let view = run.view_at(to);
        let mut cursor = run.cursor();
        cursor.seek(&run, from);
        let before = cursor.view().clone();
        let (copy, view_bytes) = kept(|| {
            cursor.seek(&run, to);
            cursor.view().clone()
        });
        assert!(copy == view && before != view);
        assert_honest("a view", name, view.weight(Some(&before)), view_bytes);
    }
    // A run of a thousand siblings stops at the bytes, long before it has all its records.
    let run = Run::new(puts(2_000, 1, "a value", " context none"));
    assert!(run.is_full() && run.trace().len() < MAX_RECORDS as usize / 4, "{}", run.trace().len());
    assert!(run.trace().weight() < MAX_BYTES + (16 << 20));
    assert!(run.known_until() < run.script().horizon());
    // What comes behind its end is not missing.
    let mut judges = Judges::one::<Node>(run.script(), determinism::NAME).expect("a check");
    run.trace().iter().for_each(|(id, record)| judges.see(id, record));
    assert_eq!(judges.findings(run.known_until())[0].status, Status::Holds);
}
