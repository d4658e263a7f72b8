//! Hostile bytes at every door: nothing panics, memory stays bounded by what was sent, and what is
//! written of what was read is read back.

use std::alloc::System;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};
use std::{env, fs};

use dynamo_tests::decoders::{DECODERS, Decoder};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// The allocator counts for all threads, so one test runs at a time.
static ALONE: Mutex<()> = Mutex::new(());

fn put_to_the_test(decoder: &Decoder, bytes: &[u8]) -> bool {
    decoder.judge(bytes, || ALLOCATOR.stats().bytes_allocated)
}

/// Runs a property of every decoder.
fn for_each_decoder<T: std::fmt::Debug>(
    inputs: impl Fn() -> BoxedStrategy<T>,
    bytes: impl Fn(&Decoder, T) -> Vec<u8>,
) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let cases = if env::var_os("DYNAMO_FULL").is_some() { 20_000 } else { 500 };
    for decoder in DECODERS {
        let config = Config { cases, failure_persistence: None, ..Config::default() };
        let property = |input| {
            put_to_the_test(decoder, &bytes(decoder, input));
            Ok(())
        };
        if let Err(error) = TestRunner::new(config).run(&inputs(), property) {
            panic!("{}: {error}", decoder.name);
        }
    }
}

#[derive(Clone, Debug)]
enum Change {
    Flip(Index, u8),
    Replace(Index, u8),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
    Repeat(Index, usize),
}

fn change() -> impl Strategy<Value = Change> {
    let at = || any::<Index>();
    // Numbers of several bytes, as they announce lengths and counters without end.
    let large = prop_oneof![
        Just(vec![0xff, 0xff, 0xff, 0xff, 0x0f]),
        Just([vec![0xff; 9], vec![0x01]].concat()),
        vec(any::<u8>(), 1..6),
    ];
    prop_oneof![
        (at(), 0u8..8).prop_map(|(at, bit)| Change::Flip(at, bit)),
        (at(), any::<u8>()).prop_map(|(at, byte)| Change::Replace(at, byte)),
        (at(), large).prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        (at(), 1usize..20).prop_map(|(at, count)| Change::Remove(at, count)),
        (at(), 1usize..60).prop_map(|(at, count)| Change::Repeat(at, count)),
    ]
}

fn changed(mut bytes: Vec<u8>, changes: &[Change]) -> Vec<u8> {
    for change in changes {
        if bytes.is_empty() {
            break;
        }
        let stretch = |at: &Index, count: &usize| {
            let at = at.index(bytes.len());
            at..(at + count).min(bytes.len())
        };
        match change {
            Change::Flip(at, bit) => *at.get_mut(&mut bytes) ^= 1 << bit,
            Change::Replace(at, byte) => *at.get_mut(&mut bytes) = *byte,
            Change::Insert(at, more) => {
                let at = at.index(bytes.len());
                bytes.splice(at..at, more.iter().copied());
            }
            Change::Remove(at, count) => drop(bytes.drain(stretch(at, count))),
            Change::Repeat(at, count) => {
                let stretch = stretch(at, count);
                let again = bytes[stretch.clone()].to_vec();
                bytes.splice(stretch.end..stretch.end, again);
            }
        }
    }
    bytes
}

#[test]
fn good_bytes_are_read() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    for decoder in DECODERS {
        for seed in 0..100 {
            let bytes = (decoder.good)(seed);
            assert!(put_to_the_test(decoder, &bytes), "{} of seed {seed}", decoder.name);
        }
    }
}

#[test]
fn random_bytes_do_no_harm() {
    for_each_decoder(|| vec(any::<u8>(), 0..400).boxed(), |_, bytes| bytes);
}

#[test]
fn changed_bytes_do_no_harm() {
    for_each_decoder(
        || (any::<u64>(), vec(change(), 1..5)).boxed(),
        |decoder, (seed, changes)| changed((decoder.good)(seed), &changes),
    );
}

#[test]
fn bytes_that_are_cut_off_do_no_harm() {
    for_each_decoder(
        || (any::<u64>(), any::<Index>()).boxed(),
        |decoder, (seed, end)| {
            let mut bytes = (decoder.good)(seed);
            bytes.truncate(end.index(bytes.len() + 1));
            bytes
        },
    );
}

#[test]
fn what_once_led_somewhere_new_does_no_harm() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    for decoder in DECODERS {
        let files = decoder.files();
        assert!(!files.is_empty(), "{} has no corpus", decoder.name);
        for file in files {
            let bytes = fs::read(&file).expect("a readable file");
            let test = AssertUnwindSafe(|| put_to_the_test(decoder, &bytes));
            assert!(catch_unwind(test).is_ok(), "{}", file.display());
        }
    }
}
