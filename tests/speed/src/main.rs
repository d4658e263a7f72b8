//! Answers every line on its input with a line of numbers: see [`dynamo_speed::measure`].
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "this program measures time"
)]

use std::io::{self, BufRead, Write};
use std::sync::LazyLock;
use std::time::Instant;

static BEGIN: LazyLock<Instant> = LazyLock::new(Instant::now);

fn millis() -> f64 {
    BEGIN.elapsed().as_secs_f64() * 1e3
}

fn main() -> io::Result<()> {
    for line in io::stdin().lock().lines() {
        println!("{}", dynamo_speed::measure(&line?, millis));
        io::stdout().flush()?;
    }
    Ok(())
}
