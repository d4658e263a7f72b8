//! Q8 and D8 on our engine, natively and as wasm, beside simcore on Q8.
//!
//! Every engine is a process that answers a line with a line of numbers. They take turns, and
//! what is told are ratios of one round: other work on the machine slows all of them.

use std::path::PathBuf;

use super::player::{Measured, Player};
use super::{Row, spread};
use crate::Outcome;
use crate::shell::{self, capture, command, root};
use crate::tools::{self, Tool};

/// Rounds that count, behind one that warms up.
pub const ROUNDS: usize = 5;
/// The same for D8, where what is wanted is near what is.
const D8_ROUNDS: usize = 15;
/// Nodes, each with one client, and operations of each client.
const SIZES: [(u64, u64); 3] = [(16, 20_000), (100, 1_600), (1_000, 160)];
/// Operations of each of the 16 clients of D8.
const D8_OPERATIONS: u64 = 2_000;

/// The engines, with what they answered to one load after the other.
struct Round {
    simcore: Measured,
    /// Agenda, network, chance and clients, under nodes and messages of the load's own.
    ours: Measured,
    /// The same load through a world: effects one by one, records, commands.
    world: Measured,
    traced: Measured,
    wasm: Measured,
}

/// The table of speed.
pub fn rows() -> Outcome<Vec<Row>> {
    let mut simcore = Player::start(&mut command_of(simcore()?))?;
    let mut native = Player::start(&mut command_of(built("dynamo-speed")?))?;
    let mut wasm = Player::start(&mut wasm_in_node()?)?;
    let mut rows = Vec::new();
    for (nodes, operations) in SIZES {
        let load = format!("q8 {nodes} {operations}");
        let mut play = || {
            let round = Round {
                simcore: simcore.ask(&load)?,
                ours: native.ask(&format!("{load} parts"))?,
                world: native.ask(&load)?,
                traced: native.ask(&format!("{load} trace"))?,
                wasm: wasm.ask(&format!("{load} parts"))?,
            };
            let Round { simcore, ours, world, traced, wasm } = &round;
            for it in [simcore, ours, world, traced, wasm] {
                it.must_be_q8(nodes, operations)?;
            }
            Ok(round)
        };
        let rounds = rounds(ROUNDS, &mut play)?;
        rows.extend(q8_rows(&format!("Q8, {nodes} nodes"), &rounds));
    }
    let (nodes, operations) = SIZES[0];
    let (reference, load) = (format!("q8 {nodes} {operations}"), format!("d8 {D8_OPERATIONS}"));
    let mut play = || Ok((simcore.ask(&reference)?, native.ask(&load)?, wasm.ask(&load)?));
    let rounds = rounds(D8_ROUNDS, &mut play)?;
    let ratio = |(simcore, native, _): &(Measured, Measured, Measured)| {
        native.events_a_second() / simcore.messages_a_second()
    };
    let ratios = rounds.iter().map(ratio).collect();
    let slower = rounds.iter().map(|(_, native, wasm)| wasm.micros / native.micros).collect();
    let rate = median(rounds.iter().map(|(_, native, _)| native.events_a_second()).collect());
    rows.push(
        Row::new("D8, of simcore's Q8", format!("{}   {}", spread(ratios), millions(rate)))
            .with_bar("> 0.15, aim 0.3"),
    );
    rows.push(
        Row::new("D8, wasm: times slower than native", spread(slower)).with_bar("<= 1.6, aim 1.4"),
    );
    Ok(rows)
}

fn q8_rows(what: &str, rounds: &[Round]) -> Vec<Row> {
    let each = |ratio: fn(&Round) -> f64| spread(rounds.iter().map(ratio).collect());
    let rate = median(rounds.iter().map(|it| it.ours.messages_a_second()).collect());
    let reference = median(rounds.iter().map(|it| it.simcore.messages_a_second()).collect());
    let bytes = rounds.first().map_or(0.0, |it| it.traced.bytes / it.traced.delivered);
    Vec::from([
        Row::new(format!("{what}: simcore"), millions(reference)),
        Row::new(
            format!("{what}: times simcore"),
            format!("{}   {}", each(|it| it.simcore.micros / it.ours.micros), millions(rate)),
        )
        .with_bar("> 1.0, aim 2.0"),
        Row::new(format!("{what}, a whole world"), each(|it| it.simcore.micros / it.world.micros)),
        Row::new(format!("{what}, trace kept"), each(|it| it.simcore.micros / it.traced.micros)),
        Row::new(format!("{what}: bytes of trace a message"), format!("{bytes:6.0}"))
            .with_bar("<= 150, aim 64"),
        Row::new(format!("{what}, wasm: times slower"), each(|it| it.wasm.micros / it.ours.micros))
            .with_bar("<= 1.6, aim 1.4"),
    ])
}

pub fn rounds<T>(count: usize, play: &mut dyn FnMut() -> Outcome<T>) -> Outcome<Vec<T>> {
    play()?;
    (0..count).map(|_| play()).collect()
}

pub fn median(mut of: Vec<f64>) -> f64 {
    of.sort_by(f64::total_cmp);
    of.get(of.len() / 2).copied().unwrap_or(f64::NAN)
}

pub fn millions(a_second: f64) -> String {
    format!("{:6.2} M a second", a_second / 1e6)
}

fn command_of(program: PathBuf) -> std::process::Command {
    command(&program.to_string_lossy())
}

/// Built where only it is built: its workspace is not ours.
fn simcore() -> Outcome<PathBuf> {
    let target = root().join("target/peers");
    let mut build = command("cargo");
    build.args(["build", "--release", "--locked", "--quiet", "--manifest-path"]);
    build.arg("tests/peers/Cargo.toml").arg("--target-dir").arg(&target);
    capture(&mut build)?.ok()?;
    Ok(target.join("release").join(program("dynamo-peers")))
}

/// A program that plays our loads, optimised.
pub fn built(name: &str) -> Outcome<PathBuf> {
    let mut build = command("cargo");
    build.args(["build", "--release", "--locked", "--quiet", "--package", "dynamo-speed"]);
    capture(build.args(["--bin", name]))?.ok()?;
    Ok(root().join("target/release").join(program(name)))
}

fn program(name: &str) -> String {
    format!("{name}{}", std::env::consts::EXE_SUFFIX)
}

/// Our loads as wasm, optimised, not yet bound to anything.
pub fn wasm() -> Outcome {
    tools::ensure(&[Tool::Targets, Tool::WasmBindgen])?;
    let mut build = command("cargo");
    build.args(["build", "--release", "--locked", "--quiet", "--package", "dynamo-speed"]);
    capture(build.args(["--lib", "--target", "wasm32-unknown-unknown"]))?.ok().map(drop)
}

fn wasm_in_node() -> Outcome<std::process::Command> {
    if shell::find("node").is_none() {
        return Err("Node.js 20 or newer is needed to time wasm: see that it is on PATH.".into());
    }
    wasm()?;
    let folder = root().join("target/speed");
    let mut bindgen = command("wasm-bindgen");
    bindgen.args(["--target", "nodejs", "--no-typescript", "--out-dir"]).arg(&folder);
    capture(bindgen.arg("target/wasm32-unknown-unknown/release/dynamo_speed.wasm"))?.ok()?;
    let mut node = command("node");
    node.arg("tests/speed/answer.mjs").arg(folder.join("dynamo_speed.js"));
    Ok(node)
}
