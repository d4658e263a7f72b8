//! The machines: up, down, suspected, and what each is to the key in focus.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::f64::consts::TAU;

use dynamo_core::{NodeId, Timer};
use dynamo_sim::Time;
use dynamo_sim::view::NodeView;

use crate::layout::{Spot, arc};
use crate::letters::spelled;
use crate::pick::Pick;
use crate::ring::{Met, number_badge, walk};
use crate::shape::{Anchor, Item, Point, Shape, place};
use crate::stage::{Stage, listed};
use crate::{machines, members};

/// The type size of a node's name where there is room.
const NAME: f64 = 25.0;
const SMALLEST_NAME: f64 = 13.5;
/// From this many nodes on, names have three characters.
const LONG_NAMES: usize = 10;
/// How far the end of an arc that shrinks moves at once.
const DIAL_STEP: f64 = 0.75;
const BELIEF: f64 = 15.0;
/// The most lines about a machine that stand at its name.
const SIGNS: usize = 2;
/// The most believers that are named in the picture.
const BELIEVERS_NAMED: usize = 2;

/// Draws the machines with their names.
pub(crate) fn paint(stage: &Stage<'_>, items: &mut Vec<Item>) {
    let met = stage.focus.map(|key| walk(stage, key)).unwrap_or_default();
    for (node, view) in &stage.view.nodes {
        let Some(spot) = stage.layout.nodes.get(node) else { continue };
        let met = met.iter().find(|met| met.node == *node);
        paint_disc(stage, *node, view, spot, met, items);
        paint_name(stage, *node, view, spot, items);
    }
    paint_beliefs(stage, items);
}

fn paint_disc(
    stage: &Stage<'_>,
    node: NodeId,
    view: &NodeView,
    spot: &Spot,
    met: Option<&Met>,
    items: &mut Vec<Item>,
) {
    let radius = stage.layout.radius;
    let state = if view.is_up() { "up" } else { "down" };
    let role = if met.is_some_and(|met| met.is_primary) { " primary" } else { "" };
    let standing = members::standing(stage.view, node);
    let outside = if stage.view.ring.member(node).is_none() { " outside" } else { "" };
    let class = format!("node {state}{role}{outside}{}", stage.mark(&Pick::Node(node)));
    let disc = Item::new(format!("node.{node}"), class, Shape::Circle { at: spot.at, radius });
    items.push(match standing {
        Some(standing) => disc.titled(format!("{node}: {standing}")),
        None => disc,
    });
    if !view.is_up() {
        let reach = radius * 0.62;
        let corner = |x: f64, y: f64| place(spot.at.shifted(x * reach, y * reach));
        let d = format!(
            "M{}L{}M{}L{}",
            corner(-1.0, -1.0),
            corner(1.0, 1.0),
            corner(-1.0, 1.0),
            corner(1.0, -1.0)
        );
        items.push(Item::new(format!("node.{node}.cross"), "cross", Shape::Path { d }));
    }
    if let Some(met) = met {
        let badge = (14.0 * stage.layout.scale).max(8.0).min(radius);
        let size = stage.layout.type_size(17.0);
        number_badge(items, &format!("node.{node}.rank"), spot.at, badge, size, met);
    }
}

/// Draws whether a node waits for its disk, and what comes round again at it.
pub(crate) fn paint_ticks(stage: &Stage<'_>, items: &mut Vec<Item>) {
    for (node, view) in &stage.view.nodes {
        let Some(spot) = stage.layout.nodes.get(node) else { continue };
        paint_disk(stage, *node, view, spot, items);
        paint_rounds(stage, *node, view, spot, items);
    }
}

fn paint_disk(
    stage: &Stage<'_>,
    node: NodeId,
    view: &NodeView,
    spot: &Spot,
    items: &mut Vec<Item>,
) {
    if view.disk_queue.is_empty() {
        return;
    }
    let radius = stage.layout.radius;
    let (width, height) = (radius * 0.7, (radius * 0.2).max(2.5));
    let at = spot.at.shifted(0.0, radius * 0.72);
    let shape = Shape::Rectangle { at, width, height, corner: height / 2.0 };
    let title = format!("{node} waits for its disk");
    items.push(Item::new(format!("node.{node}.disk"), "disk", shape).titled(title));
}

/// What comes round again at a node, as arcs that shrink: its hints, its write buffer, its gossip;
/// at a picked node the comparison of trees, too.
fn paint_rounds(
    stage: &Stage<'_>,
    node: NodeId,
    view: &NodeView,
    spot: &Spot,
    items: &mut Vec<Item>,
) {
    if stage.layout.is_crowded() {
        return;
    }
    let is_picked = stage.is_picked(&Pick::Node(node));
    let ticks = [
        (Timer::HintScan, "scan", "looks through its hints", view.hints().next().is_some()),
        (Timer::Gossip, "gossip", "gossips", true),
        (Timer::Flush, "flush", "stores its write buffer", !view.unflushed.is_empty()),
        (Timer::Exchange, "exchange", "compares trees", is_picked),
    ];
    let mut radius = stage.layout.radius - 5.0;
    for (timer, name, does, is_shown) in ticks {
        let Some((armed, due)) = view.timers.get(&timer).filter(|_| is_shown) else { continue };
        let d = dial(stage, spot.at, radius, (*armed, *due));
        let title = format!("{node} {does} when this arc is gone");
        let class = format!("timer {name}");
        let item = Item::new(format!("node.{node}.{name}"), class, Shape::Path { d });
        items.push(item.titled(title));
        radius -= 4.5;
    }
}

/// An arc as long as the part of a span of time that is still to come at the playhead. It shrinks
/// by steps that nobody sees, so that most of the time it stays as it is.
pub(crate) fn dial(stage: &Stage<'_>, at: Point, radius: f64, (from, to): (Time, Time)) -> String {
    let now = stage.view.moment.time;
    let left = to.since(now).as_micros() as f64 / to.since(from).as_micros().max(1) as f64;
    let steps = libm::ceil(TAU * radius / DIAL_STEP);
    arc(at, radius, 0.0, TAU * libm::ceil(left * steps) / steps)
}

fn paint_name(
    stage: &Stage<'_>,
    node: NodeId,
    view: &NodeView,
    spot: &Spot,
    items: &mut Vec<Item>,
) {
    let layout = &stage.layout;
    let text = node.to_string();
    let long = stage.view.nodes.len() >= LONG_NAMES;
    let size = layout.type_size(if long { NAME * 0.88 } else { NAME }).max(SMALLEST_NAME);
    let believers = believers(stage, node);
    let belief = match layout.is_crowded() {
        true => (!believers.is_empty()).then(|| "?".to_string()),
        false => belief_words(&believers),
    };
    let signs = machines::signs(view);
    let small = layout.type_size(BELIEF);
    // What stands below the name may be wider: the disc curves away there.
    let width = text.chars().count() as f64 * size * 0.58;
    let below = usize::from(belief.is_some()) + signs.len().min(SIGNS);
    let height = size * 0.8 + below as f64 * (small + 3.0);
    let distance = layout.radius + 20.0 * layout.scale.max(0.4);
    let middle = spot.beside(1.0, distance, width, height);
    let at = middle.shifted(0.0, -(below as f64 * (small + 3.0)) / 2.0);
    let class = if view.is_up() { "name" } else { "name down" };
    let anchor = Anchor::Middle;
    let shape = Shape::Text { at, text, size, anchor };
    items.push(Item::new(format!("node.{node}.name"), class, shape));
    let mut at = at.shifted(0.0, size * 0.4 + 3.0 + small / 2.0);
    if let Some(text) = belief {
        let shape = Shape::Text { at, text, size: small, anchor };
        let title = format!("{} {} that {node} is down", listed(&believers), think(&believers));
        let item = Item::new(format!("node.{node}.belief"), "belief", shape);
        items.push(item.titled(title));
        at = at.shifted(0.0, small + 3.0);
    }
    let all = signs.len();
    for (line, sign) in signs.into_iter().take(SIGNS).enumerate() {
        // The last line says that there are more.
        let more = if line + 1 == SIGNS && all > SIGNS { " …" } else { "" };
        let text = if layout.is_crowded() { "!".into() } else { format!("{}{more}", sign.word) };
        let shape = Shape::Text { at, text, size: small, anchor };
        let item = Item::new(format!("node.{node}.sign.{line}"), sign.class, shape);
        items.push(item.titled(format!("{node}: {}", sign.said)));
        at = at.shifted(0.0, small + 3.0);
    }
}

fn think(believers: &[NodeId]) -> &'static str {
    if believers.len() == 1 { "believes" } else { "believe" }
}

/// The running nodes that believe a node to be down.
fn believers(stage: &Stage<'_>, node: NodeId) -> Vec<NodeId> {
    let holds = |view: &NodeView| view.is_up() && view.suspects.contains_key(&node);
    stage.view.nodes.iter().filter(|(_, view)| holds(view)).map(|(by, _)| *by).collect()
}

fn belief_words(believers: &[NodeId]) -> Option<String> {
    match believers.len() {
        0 => None,
        1..=BELIEVERS_NAMED => {
            let names: Vec<String> = believers.iter().map(ToString::to_string).collect();
            Some(format!("? {}", names.join(" ")))
        }
        many => Some(format!("? ×{many}")),
    }
}

/// Lines from the picked node to those that it believes to be down.
fn paint_beliefs(stage: &Stage<'_>, items: &mut Vec<Item>) {
    let Some(Pick::Node(node)) = stage.pick else { return };
    let Some(view) = stage.view.nodes.get(node) else { return };
    for suspect in view.suspects.keys() {
        let Some(way) = stage.layout.way((*node).into(), (*suspect).into()) else { continue };
        let id = format!("belief.{node}.{suspect}");
        items.push(Item::new(id, "belief-line", Shape::Path { d: way.path() }));
    }
}

/// Draws, over everything at a node, the area that takes clicks and stops the keyboard.
pub(crate) fn paint_stops(stage: &Stage<'_>, items: &mut Vec<Item>) {
    let met = stage.focus.map(|key| walk(stage, key)).unwrap_or_default();
    let radius = (stage.layout.radius + 8.0 * stage.layout.scale).max(12.0);
    for (node, view) in &stage.view.nodes {
        let Some(spot) = stage.layout.nodes.get(node) else { continue };
        let met = met.iter().find(|met| met.node == *node);
        let pick = Pick::Node(*node);
        let class = format!("stop{}", stage.mark(&pick));
        let shape = Shape::Circle { at: spot.at, radius };
        let item = Item::new(format!("stop.{node}"), class, shape);
        items.push(item.titled(state(stage, *node, view, met)).picking(pick).stopping());
    }
}

/// What a node is at the playhead, in words.
fn state(stage: &Stage<'_>, node: NodeId, view: &NodeView, met: Option<&Met>) -> String {
    let mut parts: Vec<String> = Vec::new();
    parts.push(if view.is_up() { "up".into() } else { "down, its disk stays".into() });
    if let (Some(key), Some(met)) = (stage.focus, met) {
        parts.push(match met.is_primary {
            true => format!("number {} of the primaries of {key}", met.rank),
            false => format!("not a primary of {key}, may stand in"),
        });
    }
    if let Some(key) = stage.focus.filter(|_| stage.sees_into(node)) {
        let held = view.replica(key).map(|held| stage.letters.versions(held)).unwrap_or_default();
        match held.as_slice() {
            [] if met.is_some_and(|met| met.is_primary) => {
                parts.push(format!("holds no version of {key}"));
            }
            [] => {}
            [only] => parts.push(format!("holds version {}", spelled(&[*only]))),
            all => parts.push(format!("holds versions {} in conflict", spelled(all))),
        }
    }
    parts.extend(machines::signs(view).into_iter().map(|sign| sign.said));
    let mut owners: Vec<NodeId> = view.hints().map(|(owner, ..)| owner).collect();
    owners.dedup();
    if !owners.is_empty() {
        parts.push(format!("keeps hints for {}", listed(&owners)));
    }
    let suspects: Vec<NodeId> = view.suspects.keys().copied().collect();
    if !suspects.is_empty() {
        parts.push(format!("believes that {} is down", listed(&suspects)));
    }
    let believers = believers(stage, node);
    if !believers.is_empty() {
        parts.push(format!("seems down to {}", listed(&believers)));
    }
    format!("{node}: {}", parts.join("; "))
}
