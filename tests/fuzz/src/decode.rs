//! One decoder of `dynamo_tests::decoders`, under libFuzzer: `cargo xtask fuzz` says which.
#![no_main]

use std::alloc::System;
use std::env;
use std::sync::LazyLock;

use dynamo_tests::decoders::Decoder;
use libfuzzer_sys::fuzz_target;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

static DECODER: LazyLock<&Decoder> = LazyLock::new(|| {
    let name = env::var("DYNAMO_DECODER").expect("DYNAMO_DECODER names a decoder");
    Decoder::named(&name).expect("a decoder of that name")
});

fuzz_target!(|bytes: &[u8]| {
    DECODER.judge(bytes, || ALLOCATOR.stats().bytes_allocated);
});
