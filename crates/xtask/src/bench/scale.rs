//! How cost and memory grow: with nodes, with keys, and with worlds.

use std::process::Command;

use super::engines::{ROUNDS, built, median, millions, rounds};
use super::player::{Measured, Player};
use super::{Row, spread};
use crate::Outcome;

/// Nodes with one client each, and operations of each client: 20,000 in all.
const NODES: [(u64, u64); 4] = [(5, 4_000), (32, 625), (128, 156), (1_000, 20)];
/// Keys that are written once each.
const KEYS: [u64; 3] = [1_000, 100_000, 1_000_000];
/// Replicas of each.
const REPLICAS: f64 = 3.0;
/// Worlds that are played, of the 10,000 that the figure is for.
const WORLDS: u64 = 1_000;

/// The table of sizes.
pub fn rows() -> Outcome<Vec<Row>> {
    let mut rows = by_nodes()?;
    rows.extend(by_keys()?);
    rows.push(worlds()?);
    Ok(rows)
}

/// The whole protocol under the load of D8, without crashes.
fn by_nodes() -> Outcome<Vec<Row>> {
    let mut player = Player::start(&mut Command::new(built("dynamo-speed")?))?;
    let mut play = || {
        let each = NODES
            .iter()
            .map(|(nodes, operations)| player.ask(&format!("nodes {nodes} {operations}")));
        each.collect::<Outcome<Vec<Measured>>>()
    };
    let rounds = rounds(ROUNDS, &mut play)?;
    let row = |(index, (nodes, _)): (usize, &(u64, u64))| {
        let cost = |it: &Measured| it.micros / it.events;
        let ratios = rounds.iter().map(|round| cost(&round[index]) / cost(&round[0])).collect();
        let rate = median(rounds.iter().map(|round| round[index].events_a_second()).collect());
        let figure = format!("{}   {}", spread(ratios), millions(rate));
        let row = Row::new(format!("{nodes} nodes: cost of an event, times that of 5"), figure);
        if *nodes == 1_000 { row.with_bar("<= 3, aim 2") } else { row }
    };
    Ok(NODES.iter().enumerate().map(row).collect())
}

/// Five nodes, every key written once, and all that the world keeps of it.
fn by_keys() -> Outcome<Vec<Row>> {
    let mut player = Player::start(&mut Command::new(built("dynamo-weight")?))?;
    let row = |keys: &u64| {
        let measured = player.ask(&format!("keys {keys}"))?;
        let each = measured.bytes / (*keys as f64 * REPLICAS);
        let rate = millions(measured.events_a_second());
        let figure = format!("{each:6.0} bytes   {rate}");
        Ok(Row::new(format!("{keys} keys: memory of a stored version"), figure))
    };
    KEYS.iter().map(row).collect()
}

/// Five nodes, 200 operations, and every kind of trouble, under all checks, on all cores.
fn worlds() -> Outcome<Row> {
    let mut player = Player::start(&mut Command::new(built("dynamo-worlds")?))?;
    let measured = player.ask(&format!("worlds {WORLDS}"))?;
    let seconds = measured.micros / 1e6 * 10_000.0 / WORLDS as f64;
    let what = "10,000 worlds of 5 nodes and 200 operations, with faults and checks";
    Ok(Row::new(what, format!("{seconds:6.1} s")).with_bar("< 120 s, aim 30"))
}
