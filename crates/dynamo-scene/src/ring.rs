//! The ring: the space of keys, cut into partitions, and where the key in focus lies on it (4.2,
//! 4.3, 6.2).
//!
//! Every partition is a virtual node of its owner. From the key the walk goes clockwise; each
//! machine that it meets for the first time gets the next number. The first N are the primaries.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::f64::consts::TAU;

use dynamo_core::{Key, NodeId, Position, Range};

use crate::layout::{BAND, CENTRE, WALK, WIDTH, angle_of, arc, polar};
use crate::pick::Pick;
use crate::shape::{Anchor, Item, Point, Shape};
use crate::stage::{Stage, listed, shortened};

/// Machines of the walk that are numbered beyond the primaries.
const OTHERS_NUMBERED: usize = 2;
/// The most partitions that are drawn one by one.
const PARTITIONS_DRAWN: usize = 128;
/// The space between two partitions, in length along the ring.
const GAP: f64 = 3.0;
/// The least length along the ring that a partition is drawn with.
const THINNEST: f64 = 1.5;
/// The least space between the middles of two numbers on the walk.
const NUMBER_STEP: f64 = 30.0;
/// The type size of the key's name.
const KEY_NAME: f64 = 25.0;

/// A machine met on the walk from a key.
pub(crate) struct Met {
    /// The machine.
    pub node: NodeId,
    /// Its number in the preference list, from 1.
    pub rank: usize,
    /// Whether it is one of the N primaries.
    pub is_primary: bool,
    /// Where it is met.
    at: Position,
}

/// The machines that the walk from a key numbers, in the order in which it meets them: the
/// primaries and the next few of the list. Where zones are to be spread over, it passes others
/// before it has met all primaries.
pub(crate) fn walk(stage: &Stage<'_>, key: &Key) -> Vec<Met> {
    let n = stage.view.founding.n();
    let list = stage.view.ring.preference(key, n);
    let numbered = list.primaries().iter().chain(list.others().iter().take(OTHERS_NUMBERED));
    let numbered: Vec<NodeId> = numbered.copied().collect();
    let mut met = Vec::new();
    for (at, node) in stage.view.ring.met_from(key) {
        if let Some(index) = numbered.iter().position(|other| *other == node) {
            let is_primary = index < list.primaries().len();
            met.push(Met { node, rank: index + 1, is_primary, at });
        }
    }
    met
}

/// Draws the ring, the key in focus and its walk.
pub(crate) fn paint(stage: &Stage<'_>, items: &mut Vec<Item>) {
    let orbit = Shape::Circle { at: CENTRE, radius: stage.layout.orbit };
    items.push(Item::new("circle", "orbit", orbit));
    paint_partitions(stage, items);
    if let Some(key) = stage.focus {
        paint_walk(stage, key, items);
        paint_key(stage, key, items);
    }
}

fn paint_partitions(stage: &Stage<'_>, items: &mut Vec<Item>) {
    let ring = &stage.view.ring;
    let each = ring.partitions().len() <= PARTITIONS_DRAWN;
    if !each {
        items.push(Item::new("band", "vnode", Shape::Circle { at: CENTRE, radius: BAND }));
    }
    let met = stage.focus.map(|key| walk(stage, key)).unwrap_or_default();
    let home = stage.focus.map(|key| ring.partition_of(Position::of(key)));
    let mut lit = String::new();
    for (partition, owner) in ring.partitions() {
        let is_lit = stage.is_picked(&Pick::Node(owner));
        let here = |met: &Met| met.node == owner && ring.partition_of(met.at) == partition;
        let is_met = home == Some(partition) || met.iter().any(|met| met.is_primary && here(met));
        if !each && !is_met {
            if is_lit {
                lit.push_str(&range_arc(ring.range(partition)));
            }
            continue;
        }
        let d = range_arc(ring.range(partition));
        let class = format!(
            "vnode{}{}",
            if is_met { " met" } else { "" },
            if is_lit { " lit" } else { "" },
        );
        let title = format!("a virtual node of {owner}");
        let item = Item::new(format!("vnode.{}", partition.0), class, Shape::Path { d });
        items.push(item.titled(title).picking(Pick::Node(owner)));
    }
    if !lit.is_empty() {
        items.push(Item::new("vnodes", "vnode lit", Shape::Path { d: lit }));
    }
}

/// A range on the ring, a little short at both ends, but never too thin to be seen.
fn range_arc(range: Range) -> String {
    let (from, to) = (angle_of(range.start), angle_of(range.end));
    let from = if from < to { from } else { from - TAU };
    let gap = (GAP / BAND).min((to - from) / 3.0);
    let (middle, half) = ((from + to) / 2.0, (to - from - gap) / 2.0);
    let half = half.max(THINNEST / BAND / 2.0);
    arc(CENTRE, BAND, middle - half, middle + half)
}

fn paint_walk(stage: &Stage<'_>, key: &Key, items: &mut Vec<Item>) {
    let start = angle_of(Position::of(key));
    let met = walk(stage, key);
    let mut last = start;
    let mut numbered = Vec::new();
    for met in &met {
        let token = angle_of(met.at);
        // Clockwise from the key: a smaller angle lies behind the top.
        let token = if token < start { token + TAU } else { token };
        last = token.max(last + NUMBER_STEP / WALK);
        numbered.push((met, last));
    }
    let mut primaries = numbered.iter().filter(|(met, _)| met.is_primary);
    if let Some((_, end)) = primaries.next_back() {
        let d = arc(CENTRE, WALK, start, *end);
        items.push(Item::new("walk", "walk", Shape::Path { d }));
        if last > *end {
            let d = arc(CENTRE, WALK, *end, last);
            items.push(Item::new("walk.on", "walk on", Shape::Path { d }));
        }
    }
    for (met, angle) in numbered {
        let id = format!("walk.{}", met.rank);
        number_badge(items, &id, polar(angle, WALK), 13.0, 18.0, met);
    }
}

/// The number of a machine on the walk, in a small disc: full for a primary.
pub(crate) fn number_badge(
    items: &mut Vec<Item>,
    id: &str,
    at: Point,
    radius: f64,
    size: f64,
    met: &Met,
) {
    let role = if met.is_primary { "primary" } else { "other" };
    let class = format!("rank {role}");
    items.push(Item::new(format!("{id}.disc"), class, Shape::Circle { at, radius }));
    let text = met.rank.to_string();
    let shape = Shape::Text { at, text, size, anchor: Anchor::Middle };
    items.push(Item::new(format!("{id}.number"), format!("rank-number {role}"), shape));
}

fn paint_key(stage: &Stage<'_>, key: &Key, items: &mut Vec<Item>) {
    let angle = angle_of(Position::of(key));
    let pick = Pick::Key(key.clone());
    let mark = stage.mark(&pick);
    let stem = Shape::Line { from: polar(angle, BAND), to: polar(angle, WALK) };
    items.push(Item::new("key.stem", "walk", stem));
    let dot = Shape::Circle { at: polar(angle, BAND), radius: 8.0 };
    items.push(Item::new("key.mark", format!("key-mark{mark}"), dot));
    let (at, anchor, text) = key_label(key);
    let shape = Shape::Text { at, text, size: KEY_NAME, anchor };
    items.push(Item::new("key.name", format!("key-name{mark}"), shape));
}

/// The place of the key's name: beside the walk, on the side where no numbers follow.
fn key_label(key: &Key) -> (Point, Anchor, String) {
    let angle = angle_of(Position::of(key));
    let (sin, cos) = (libm::sin(angle), libm::cos(angle));
    let (anchor, dx) = match cos {
        cos if cos > 0.5 => (Anchor::End, -6.0),
        cos if cos < -0.5 => (Anchor::Start, 6.0),
        _ if sin > 0.0 => (Anchor::Start, 3.0),
        _ => (Anchor::End, -3.0),
    };
    let at = polar(angle, WALK + 19.0).shifted(dx, 0.0);
    let room = if anchor == Anchor::Start { WIDTH - at.x } else { at.x };
    let most = (room / (KEY_NAME * 0.6)) as usize;
    (at, anchor, shortened(key.as_str(), most.clamp(4, 20)))
}

/// Draws, over the name of the key in focus, the area that takes clicks and stops the keyboard.
pub(crate) fn paint_stops(stage: &Stage<'_>, items: &mut Vec<Item>) {
    let Some(key) = stage.focus else { return };
    let (at, anchor, text) = key_label(key);
    let width = text.chars().count() as f64 * KEY_NAME * 0.6;
    let at = match anchor {
        Anchor::Start => at.shifted(width / 2.0, 0.0),
        Anchor::Middle => at,
        Anchor::End => at.shifted(-width / 2.0, 0.0),
    };
    let shape = Shape::Rectangle { at, width: width + 14.0, height: 42.0, corner: 8.0 };
    let names: Vec<NodeId> = stage.view.primaries(key);
    let title = format!("The key {key} lies here. Clockwise from it: {}", listed(&names));
    let pick = Pick::Key(key.clone());
    let class = format!("stop{}", stage.mark(&pick));
    items.push(Item::new("stop.key", class, shape).titled(title).picking(pick).stopping());
}
