//! Plays what it is asked for line by line, `keys COUNT`, and answers in the words of
//! `dynamo-speed`; the bytes are those of the heap that the world holds in the end.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "this program measures time"
)]

use std::alloc::System;
use std::io::{self, Write};
use std::sync::LazyLock;
use std::time::Instant;

use dynamo_speed::{Measured, filled};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);

fn millis() -> f64 {
    BEGAN.elapsed().as_secs_f64() * 1e3
}

fn main() -> io::Result<()> {
    for line in io::stdin().lines() {
        let line = line?;
        match line.strip_prefix("keys ").and_then(|count| count.parse().ok()) {
            Some(keys) => {
                let region = Region::new(ALLOCATOR);
                let (measured, world) = filled(keys, millis);
                let change = region.change();
                let bytes = change.bytes_allocated - change.bytes_deallocated;
                drop(world);
                println!("{}", Measured { bytes, ..measured });
            }
            None => println!("nobody understands `{line}`"),
        }
        io::stdout().flush()?;
    }
    Ok(())
}
