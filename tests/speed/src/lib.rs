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

use std::fmt::{self, Write};

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

/// Runs what a line asks for: `q8 NODES OPERATIONS`, the same with `trace` behind it,
/// `d8 OPERATIONS`, or `nodes NODES OPERATIONS`. Answers with the fields of [`Measured`] in their
/// order, or with a sentence.
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
        ["nodes", nodes, operations] => number(nodes)
            .zip(number(operations))
            .map(|(nodes, operations)| nodes_of(nodes as u16, operations, millis)),
        _ => None,
    };
    let Some(it) = measured else { return format!("nobody understands `{line}`") };
    let mut answer = String::new();
    let _ = write!(answer, "{it}");
    answer
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Measured { micros, delivered, events, simulated, bytes } = self;
        write!(f, "{micros} {delivered} {events} {simulated} {bytes}")
    }
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

/// The whole protocol, with one client for each node.
fn whole(nodes: u16, operations: u32, keep: Keep) -> Load<Node> {
    let mut setup = setup(nodes);
    setup.loss = Rate::parse("0.01").unwrap_or_default();
    setup.config.exchange_every = Some(Duration::seconds(10));
    Load::new(setup, nodes, operations, keep)
}

/// One node after the other crashes and starts again a second later.
fn d8(operations: u32, millis: fn() -> f64) -> Measured {
    let mut load = whole(16, operations, Keep::StateHash);
    load.set_crashes((1..).map(|number: u16| {
        let at = Time(u64::from(number) * 5_000_000);
        (at, NodeId(number % 16 + 1), at + Duration::seconds(1))
    }));
    all_events(&mut load, millis)
}

fn nodes_of(nodes: u16, operations: u32, millis: fn() -> f64) -> Measured {
    all_events(&mut whole(nodes, operations, Keep::StateHash), millis)
}

/// Five nodes, until every one of so many keys was written once; and the world that keeps them.
pub fn filled(keys: u32, millis: fn() -> f64) -> (Measured, impl Sized) {
    let mut load = whole(5, 0, Keep::Nothing);
    load.fill(keys);
    (all_events(&mut load, millis), load)
}

fn all_events(load: &mut Load<Node>, millis: fn() -> f64) -> Measured {
    let measured = timed(load, millis);
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
