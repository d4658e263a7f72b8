//! Plays random worlds on all cores: `worlds COUNT`, and answers in the words of `dynamo-speed`:
//! the events are records.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "this program measures time"
)]

use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use dynamo_core::Duration;
use dynamo_lab::try_out;
use dynamo_sim::script::Workload;
use dynamo_sim::swarm::{Habits, Trouble, dared};
use dynamo_sim::{Command, Moment, Script, Setup};
use dynamo_speed::Measured;

/// Five nodes, about 200 operations by four clients, and every kind of trouble.
fn world(seed: u64) -> Script {
    let habits = Habits { loose_puts: 10, deletes: 10 };
    let mut script = dared(&Setup::default(), &Trouble::ALL, habits, seed);
    let length = Duration::seconds(2);
    let load = Workload { clients: 4, rate: 100, keys: 20, length, ..Workload::default() };
    script.insert(Moment::default(), Command::Workload(load));
    script
}

/// Under all checks.
fn play(worlds: u64) -> Measured {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let (next, records) = (AtomicU64::new(0), AtomicU64::new(0));
    let began = Instant::now();
    thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= worlds {
                        return;
                    }
                    let verdict = try_out(&world(seed));
                    records.fetch_add(verdict.records.into(), Ordering::Relaxed);
                }
            });
        }
    });
    let micros = began.elapsed().as_micros() as u64;
    Measured { micros, delivered: 0, events: records.into_inner(), simulated: 0, bytes: 0 }
}

fn main() -> io::Result<()> {
    for line in io::stdin().lines() {
        let line = line?;
        match line.strip_prefix("worlds ").and_then(|count| count.parse().ok()) {
            Some(worlds) => println!("{}", play(worlds)),
            None => println!("nobody understands `{line}`"),
        }
        io::stdout().flush()?;
    }
    Ok(())
}
