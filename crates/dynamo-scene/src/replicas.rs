//! What every node holds of the key in focus: chips with the letters of the versions, and the
//! parcels that it keeps for others (4.4, 4.6).

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use dynamo_core::{Key, NodeId, Slot, Store, Versions};
use dynamo_sim::view::NodeView;

use crate::layout::Spot;
use crate::letters::{hue, letter, spelled};
use crate::pick::Pick;
use crate::shape::{Anchor, Item, Point, Shape, number, place};
use crate::stage::{Stage, shortened};

const CHIP: f64 = 30.0;
/// The most letters in one row of chips.
const CHIPS_SHOWN: usize = 3;
/// The most parcels drawn at one keeper.
const PARCELS_SHOWN: usize = 3;
const PARCEL: (f64, f64) = (58.0, 26.0);
/// Around its content.
const MARGIN: f64 = 3.0;
/// How far both ends of its string reach, to the side and up.
const KNOT: f64 = 5.0;

/// Draws what the disks hold.
pub(crate) fn paint(stage: &Stage<'_>, items: &mut Vec<Item>) {
    let primaries = stage.focus.map(|key| stage.view.primaries(key)).unwrap_or_default();
    for (node, view) in &stage.view.nodes {
        let Some(spot) = stage.layout.nodes.get(node) else { continue };
        if !stage.sees_into(*node) {
            continue;
        }
        let mut distance = stage.layout.radius + 24.0 * stage.layout.scale.max(0.3);
        if let Some(key) = stage.focus {
            let is_primary = primaries.contains(node);
            distance += paint_replica(stage, key, *node, view, spot, distance, is_primary, items);
        }
        paint_hints(stage, *node, view, spot, distance, items);
    }
}

fn depth(spot: &Spot, width: f64, height: f64) -> f64 {
    libm::fabs(libm::sin(spot.angle)) * width + libm::fabs(libm::cos(spot.angle)) * height
}

/// Draws the chips of one node; answers how far they reach inward.
#[expect(clippy::too_many_arguments, reason = "a node's chips need all that is known of the node")]
fn paint_replica(
    stage: &Stage<'_>,
    key: &Key,
    node: NodeId,
    view: &NodeView,
    spot: &Spot,
    distance: f64,
    is_primary: bool,
    items: &mut Vec<Item>,
) -> f64 {
    let held = view.replica(key).map(|held| stage.letters.versions(held)).unwrap_or_default();
    if held.is_empty() && !is_primary {
        return 0.0;
    }
    let side = (CHIP * stage.layout.scale).max(14.0);
    let step = side + 3.0;
    let shown = held.len().clamp(1, CHIPS_SHOWN);
    let width = step * shown as f64 - 3.0;
    let middle = spot.beside(-1.0, distance, width, side);
    let down = if view.is_up() { "" } else { " down" };
    let left = middle.x - width / 2.0 + side / 2.0;
    let id = format!("chip.{node}");
    if held.is_empty() {
        let shape = Shape::Rectangle { at: middle, width: side, height: side, corner: 6.0 };
        let item = Item::new(id, format!("chip empty{down}"), shape);
        items.push(item.titled(format!("{node} holds no version of {key}")));
        return depth(spot, width, side) + 8.0;
    }
    let slot = Slot { store: Store::Main, key: key.clone() };
    let is_unflushed = view.unflushed.contains(&slot);
    let buffered = if is_unflushed { ", only in its write buffer" } else { "" };
    let unflushed = if is_unflushed { " unflushed" } else { "" };
    let title = format!("{node} holds {} of {key}{buffered}", spelled(&held));
    let graves = view.replica(key).map(|held| graves(stage, held)).unwrap_or_default();
    for (place, number) in held.iter().take(shown).enumerate() {
        let at = Point::new(left + step * place as f64, middle.y);
        let rest = held.len() - place;
        // The last chip says how many more there are.
        let text = match place + 1 == shown && rest > 1 {
            true => format!("+{rest}"),
            false => letter(*number),
        };
        let hue = if text.starts_with('+') { "plain" } else { hue(*number) };
        let tombstone = if graves.contains(number) { " tombstone" } else { "" };
        let id = format!("{id}.{place}");
        let class = format!("{hue}{down}{tombstone}{unflushed}");
        chip(items, &id, &class, at, side, text, &title, node);
    }
    depth(spot, width, side) + 8.0
}

/// The versions of a set that are tombstones.
fn graves(stage: &Stage<'_>, held: &Versions) -> Vec<usize> {
    let deleted = held.siblings().filter(|(_, sibling)| sibling.value.is_none());
    stage.letters.numbers(deleted.map(|(_, sibling)| sibling.request))
}

#[expect(clippy::too_many_arguments, reason = "a chip is a shape, a letter and their look")]
fn chip(
    items: &mut Vec<Item>,
    id: &str,
    class: &str,
    at: Point,
    side: f64,
    text: String,
    title: &str,
    node: NodeId,
) {
    let round = if class.contains(" tombstone") { 0.5 } else { 0.22 };
    let shape = Shape::Rectangle { at, width: side, height: side, corner: side * round };
    let item = Item::new(id, format!("chip {class}"), shape);
    items.push(item.titled(title).picking(Pick::Node(node)));
    let size = side * if text.chars().count() > 1 { 0.5 } else { 0.66 };
    let shape = Shape::Text { at, text, size, anchor: Anchor::Middle };
    items.push(Item::new(format!("{id}.letter"), format!("chip-letter {class}"), shape));
}

fn paint_hints(
    stage: &Stage<'_>,
    node: NodeId,
    view: &NodeView,
    spot: &Spot,
    mut distance: f64,
    items: &mut Vec<Item>,
) {
    // One parcel per owner; what it holds of the key in focus gives its letter.
    let mut parcels: Vec<(NodeId, Vec<usize>, usize, String)> = Vec::new();
    for (owner, key, versions) in view.hints() {
        if parcels.last().is_none_or(|(last, ..)| *last != owner) {
            parcels.push((owner, Vec::new(), 0, String::new()));
        }
        if let Some((_, held, keys, name)) = parcels.last_mut() {
            *keys += 1;
            *name = shortened(key.as_str(), 24);
            if stage.letters.is_about(key) {
                *held = stage.letters.versions(versions);
            }
        }
    }
    let scale = stage.layout.scale.max(0.5);
    let all = parcels.len();
    let most = if stage.layout.is_crowded() { 1 } else { PARCELS_SHOWN };
    for (place, (owner, held, keys, name)) in parcels.into_iter().enumerate() {
        if place == most {
            let at = spot.beside(-1.0, distance, 20.0, 12.0);
            let text = format!("+{}", all - place);
            let shape = Shape::Text { at, text, size: 13.0, anchor: Anchor::Middle };
            items.push(Item::new(format!("hints.{node}.more"), "note", shape));
            break;
        }
        let at = spot.beside(-1.0, distance, PARCEL.0 * scale, PARCEL.1 * scale);
        let title = match keys {
            1 => format!("A hint: {node} keeps {name} for {owner}"),
            many => format!("Hints: {node} keeps {many} keys for {owner}"),
        };
        let parcel = Parcel { id: format!("hint.{node}.{owner}"), at, scale, owner, held: &held };
        let down = if view.is_up() { "" } else { " down" };
        parcel.paint(down, Some(title), Pick::Node(node), items);
        distance += depth(spot, PARCEL.0 * scale, PARCEL.1 * scale) + 5.0;
    }
}

/// A parcel: a replica on its way to an owner, kept or travelling.
pub(crate) struct Parcel<'a> {
    pub id: String,
    pub at: Point,
    pub scale: f64,
    pub owner: NodeId,
    pub held: &'a [usize],
}

impl Parcel<'_> {
    /// One of many: box, content and string as one outline, by steps from its middle.
    pub fn outline(scale: f64) -> String {
        let [width, height, margin, knot] =
            [PARCEL.0, PARCEL.1, MARGIN, KNOT].map(|length| length * scale);
        let side = height - 2.0 * margin;
        let start = place(Point::new(-width / 2.0, -height / 2.0));
        let top = place(Point::new(width / 2.0 - margin, -margin));
        let [width, height, margin, knot, side] = [width, height, margin, knot, side].map(number);
        format!(
            "m{start}h{width}v{height}h-{width}z\
             m{margin} {margin}h{side}v{side}h-{side}z\
             m{top}l-{knot} -{knot}m{knot} {knot}l{knot} -{knot}"
        )
    }

    /// Draws it: a box with a string, its content on the left, its owner's name on the right.
    pub fn paint(&self, state: &str, title: Option<String>, pick: Pick, items: &mut Vec<Item>) {
        let Parcel { id, at, scale, owner, held } = self;
        let (width, height) = (PARCEL.0 * scale, PARCEL.1 * scale);
        let hue = held.first().map_or("plain", |number| hue(*number));
        let corner = 4.0 * scale;
        let outline = Shape::Rectangle { at: *at, width, height, corner };
        let item = Item::new(id.clone(), format!("parcel {hue}{state}"), outline);
        items.push(Item { title, ..item.picking(pick) });
        let margin = MARGIN * scale;
        let side = height - 2.0 * margin;
        let inner = at.shifted(-width / 2.0 + side / 2.0 + margin, 0.0);
        let content = Shape::Rectangle { at: inner, width: side, height: side, corner };
        items.push(Item::new(format!("{id}.content"), format!("chip {hue}{state}"), content));
        if let Some(number) = held.first() {
            let text = match held.len() {
                1 => letter(*number),
                _ => format!("{}+", letter(*number)),
            };
            let size = side * if text.chars().count() > 1 { 0.5 } else { 0.7 };
            let shape = Shape::Text { at: inner, text, size, anchor: Anchor::Middle };
            let class = format!("chip-letter {hue}{state}");
            items.push(Item::new(format!("{id}.letter"), class, shape));
        }
        // The string needs room to be seen as one.
        let knots = if *scale < 0.6 { &[][..] } else { &[(-1.0, "left"), (1.0, "right")] };
        for (side, name) in knots {
            let from = at.shifted(0.0, -height / 2.0);
            let to = from.shifted(side * KNOT * scale, -KNOT * scale);
            let class = format!("string {hue}{state}");
            items.push(Item::new(format!("{id}.{name}"), class, Shape::Line { from, to }));
        }
        let text = owner.to_string();
        let size = 15.0 * scale;
        let at = at.shifted(side / 2.0 + 1.0 * scale, 0.0);
        let shape = Shape::Text { at, text, size, anchor: Anchor::Middle };
        items.push(Item::new(format!("{id}.owner"), format!("parcel-owner{state}"), shape));
    }
}
