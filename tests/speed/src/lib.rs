//! The loads that `cargo xtask bench` times: Q8, a toy on the engine, and D8, the whole protocol.
//!
//! A load is asked for by a line and answers with a line of numbers ([`measure`]); so the same
//! text goes to a native process and to Node with the wasm of this crate.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "these rules keep runs reproducible; this program measures time"
)]

mod load;
mod parts;
mod toy;

use std::fmt::Write;

use dynamo_core::{Duration, Node, NodeId};
use dynamo_sim::latency::Model;
use dynamo_sim::script::Rate;
use dynamo_sim::{Actor, Seed, Setup, Time};
use wasm_bindgen::prelude::*;

use load::{Keep, Load};
use parts::Parts;
use toy::Toy;

/// What came of a load.
#[derive(Clone, Copy, Debug)]
pub struct Measured {
    /// Microseconds that it took.
    pub micros: u64,
    /// Messages that arrived.
    pub delivered: u64,
    /// What is counted: for Q8 messages and timers that were set, for D8 messages, disk
    /// completions and timers that fired.
    pub events: u64,
    /// Microseconds of the simulated world.
    pub simulated: u64,
    /// What the kept trace weighs, if one was kept.
    pub bytes: usize,
}

/// Runs what a line asks for: `q8 NODES OPERATIONS`, the same with `trace` behind it, or
/// `d8 OPERATIONS`. Answers with the fields of [`Measured`] in their order, or with a sentence.
pub fn measure(line: &str, millis: fn() -> f64) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    let number = |text: &str| text.parse::<u32>().ok();
    let measured = match words[..] {
        ["q8", nodes, operations, "parts"] => number(nodes)
            .zip(number(operations))
            .map(|(nodes, operations)| q8_parts(nodes as u16, operations, millis)),
        ["q8", nodes, operations] => number(nodes)
            .zip(number(operations))
            .map(|(nodes, operations)| q8(nodes as u16, operations, Keep::Nothing, millis)),
        ["q8", nodes, operations, "trace"] => number(nodes)
            .zip(number(operations))
            .map(|(nodes, operations)| q8(nodes as u16, operations, Keep::Trace, millis)),
        ["d8", operations] => number(operations).map(|operations| d8(operations, millis)),
        _ => None,
    };
    let Some(it) = measured else { return format!("nobody understands `{line}`") };
    let mut answer = String::new();
    let Measured { micros, delivered, events, simulated, bytes } = it;
    let _ = write!(answer, "{micros} {delivered} {events} {simulated} {bytes}");
    answer
}

/// For wasm: [`measure`] by the clock of whoever loaded this.
#[wasm_bindgen(js_name = measure)]
pub fn measure_in_js(line: &str) -> String {
    measure(line, now)
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance)]
    fn now() -> f64;
}

fn setup(nodes: u16) -> Setup {
    Setup {
        nodes,
        seed: Seed(1),
        latency: Model::Uniform(Duration::micros(500), Duration::micros(1_499)).into(),
        partitions: nodes.next_power_of_two().max(64),
        ..Setup::default()
    }
}

fn q8(nodes: u16, operations: u32, keep: Keep, millis: fn() -> f64) -> Measured {
    let mut load = Load::<Toy>::new(setup(nodes), nodes, operations, keep);
    let measured = timed(&mut load, millis);
    let ledger = load.ledger();
    let (delivered, events) = (ledger.delivered, ledger.delivered + ledger.armed);
    Measured { delivered, events, ..measured }
}

fn q8_parts(nodes: u16, operations: u32, millis: fn() -> f64) -> Measured {
    let mut parts = Parts::new(setup(nodes), operations, load::keys());
    let began = millis();
    let simulated = parts.play().as_micros();
    let micros = ((millis() - began) * 1e3) as u64;
    let (delivered, events) = (parts.delivered, parts.delivered + parts.timers);
    Measured { micros, delivered, events, simulated, bytes: 0 }
}

/// One node after the other crashes and starts again a second later.
fn d8(operations: u32, millis: fn() -> f64) -> Measured {
    let mut setup = setup(16);
    setup.loss = Rate::parse("0.01").unwrap_or_default();
    setup.config.exchange_every = Some(Duration::seconds(10));
    let mut load = Load::<Node>::new(setup, 16, operations, Keep::StateHash);
    load.set_crashes((1..).map(|number: u16| {
        let at = Time(u64::from(number) * 5_000_000);
        (at, NodeId(number % 16 + 1), at + Duration::seconds(1))
    }));
    let measured = timed(&mut load, millis);
    let ledger = load.ledger();
    let events = ledger.delivered + ledger.completed + ledger.fired;
    Measured { delivered: ledger.delivered, events, ..measured }
}

fn timed<A: Actor>(load: &mut Load<A>, millis: fn() -> f64) -> Measured {
    let began = millis();
    load.play();
    let micros = ((millis() - began) * 1e3) as u64;
    let (simulated, bytes) = (load.ended().as_micros(), load.ledger().trace_bytes());
    Measured { micros, delivered: 0, events: 0, simulated, bytes }
}
