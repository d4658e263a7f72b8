//! Links that carry nothing: a torn line between groups, a broken link between two, an arrow
//! where only one direction is cut.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::f64::consts::TAU;
use dynamo_core::collections::{Map, Set};

use dynamo_core::{ClientId, Endpoint, NodeId};

use crate::layout::{BAND, CENTRE, polar};
use crate::shape::{Anchor, Item, Point, Shape, Touch, number, place};
use crate::stage::{Stage, listed};

/// How far the torn line reaches beyond the circle of nodes.
const REACH: f64 = 52.0;
/// The most broken links that are drawn one by one.
const LINKS_DRAWN: usize = 24;
/// The most broken links that are drawn at one client.
const CLIENT_LINKS_DRAWN: usize = 1;
/// The most nodes that are named at a client that is cut from them.
const NODES_NAMED: usize = 4;

/// Which directions between two groups are cut.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Torn {
    Both,
    OnlyForth,
    OnlyBack,
    InPart,
}

/// Draws what is cut.
pub(crate) fn paint(stage: &Stage<'_>, items: &mut Vec<Item>) {
    if stage.view.links.cuts.is_empty() {
        return;
    }
    let groups = groups(stage);
    let of = |node: &NodeId| groups.iter().position(|group| group.contains(node));
    if groups.len() > 1 {
        for (index, d) in tears(stage, &groups).into_iter().enumerate() {
            items.push(Item::new(format!("cut.tear.{index}"), "tear", Shape::Path { d }));
        }
        paint_one_way(stage, &groups, items);
    }
    let told = |from: Endpoint, to: Endpoint| match (from, to) {
        (Endpoint::Node(from), Endpoint::Node(to)) => match (of(&from), of(&to)) {
            (Some(a), Some(b)) if a != b => torn(stage, &groups[a], &groups[b]) != Torn::InPart,
            _ => false,
        },
        _ => false,
    };
    let shut = shut_out(stage);
    let drawn = |(from, to): &(Endpoint, Endpoint)| match (from, to) {
        // Clients do not speak to each other.
        (Endpoint::Client(_), Endpoint::Client(_)) => false,
        (Endpoint::Client(client), _) | (_, Endpoint::Client(client)) => !shut.contains_key(client),
        (from, to) => !told(*from, *to),
    };
    for (from, to) in stage.view.links.cuts.iter().filter(drawn).take(LINKS_DRAWN) {
        paint_link(stage, from, to, items);
    }
    for (client, nodes) in shut {
        paint_shut(stage, client, &nodes, items);
    }
}

/// The clients that are cut from many nodes, with those nodes: a link for each would hide the
/// rest.
fn shut_out(stage: &Stage<'_>) -> Map<ClientId, Set<NodeId>> {
    let mut shut: Map<ClientId, Set<NodeId>> = Map::new();
    for pair in stage.view.links.cuts.iter() {
        if let (Endpoint::Client(client), Endpoint::Node(node))
        | (Endpoint::Node(node), Endpoint::Client(client)) = pair
        {
            shut.entry(client).or_default().insert(node);
        }
    }
    shut.retain(|_, nodes| nodes.len() > CLIENT_LINKS_DRAWN);
    shut
}

/// The mark above a client that is cut from many nodes.
fn paint_shut(stage: &Stage<'_>, client: ClientId, nodes: &Set<NodeId>, items: &mut Vec<Item>) {
    let Some(at) = stage.layout.clients.get(&client) else { return };
    let scale = stage.layout.client_scale;
    let at = at.shifted(0.0, -35.0 * scale);
    let bar = |x: f64| format!("M{}h{}", place(at.shifted(-11.0 * scale, x)), number(22.0 * scale));
    let d = format!("{}{}", bar(0.0), bar(6.0 * scale));
    let nodes: Vec<NodeId> = nodes.iter().copied().collect();
    let title = format!("{client} is cut from {}", listed(&nodes));
    let id = format!("cut.client.{client}");
    items.push(Item::new(id.clone(), "broken-bar", Shape::Path { d }).titled(title));
    if scale >= 1.0 && nodes.len() <= NODES_NAMED {
        let names: Vec<String> = nodes.iter().map(|node| format!("{node}")).collect();
        let text = names.join(" ");
        let at = at.shifted(19.0, 3.0);
        let shape = Shape::Text { at, text, size: 17.0, anchor: Anchor::Start };
        items.push(Item::new(format!("{id}.names"), "shut", shape));
    }
}

/// The cuts between nodes.
fn pairs<'a>(stage: &'a Stage<'_>) -> impl Iterator<Item = (NodeId, NodeId)> + 'a {
    stage.view.links.cuts.iter().filter_map(|pair| match pair {
        (Endpoint::Node(from), Endpoint::Node(to)) => Some((from, to)),
        _ => None,
    })
}

/// The nodes that some cut between nodes names.
fn named(stage: &Stage<'_>) -> Set<NodeId> {
    pairs(stage).flat_map(|(from, to)| [from, to]).collect()
}

/// Groups of nodes that reach each other, perhaps over others, both ways.
fn groups(stage: &Stage<'_>) -> Vec<Set<NodeId>> {
    let cuts = &stage.view.links.cuts;
    let joined = |a: NodeId, b: NodeId| {
        !cuts.holds_back(a.into(), b.into()) && !cuts.holds_back(b.into(), a.into())
    };
    let mut left: Set<NodeId> = stage.view.nodes.keys().copied().collect();
    // Where whole groups are cut, whoever is in none of them reaches all and joins none.
    let named = named(stage);
    if named.len() < left.len() && pairs(stage).count() > LINKS_DRAWN {
        left = named;
    }
    let mut groups = Vec::new();
    loop {
        let Some(first) = left.iter().next().copied() else { return groups };
        left.remove(&first);
        let mut group = Set::from([first]);
        let mut open = Vec::from([first]);
        while let Some(node) = open.pop() {
            let found: Vec<NodeId> = left.iter().copied().filter(|it| joined(node, *it)).collect();
            for node in found {
                left.remove(&node);
                group.insert(node);
                open.push(node);
            }
        }
        groups.push(group);
    }
}

fn torn(stage: &Stage<'_>, a: &Set<NodeId>, b: &Set<NodeId>) -> Torn {
    let count = |from: &Set<NodeId>, to: &Set<NodeId>| {
        let pairs = from.iter().flat_map(|x| to.iter().map(move |y| (*x, *y)));
        pairs.filter(|(x, y)| stage.view.links.cuts.holds_back((*x).into(), (*y).into())).count()
    };
    let all = a.len() * b.len();
    match (count(a, b), count(b, a)) {
        (forth, back) if forth == all && back == all => Torn::Both,
        (forth, 0) if forth == all => Torn::OnlyForth,
        (0, back) if back == all => Torn::OnlyBack,
        _ => Torn::InPart,
    }
}

/// The angles halfway between neighbours of different groups.
fn borders(stage: &Stage<'_>, groups: &[Set<NodeId>]) -> Vec<f64> {
    let of = |node: &NodeId| groups.iter().position(|group| group.contains(node));
    let nodes: Vec<(usize, f64)> = stage
        .layout
        .nodes
        .iter()
        .filter_map(|(node, spot)| Some((of(node)?, spot.angle)))
        .collect();
    let next = |index: usize| nodes[(index + 1) % nodes.len()];
    let half = |from: f64, to: f64| if to > from { to - from } else { to - from + TAU } / 2.0;
    let border = |(index, (group, angle)): (usize, &(usize, f64))| {
        let (other, end) = next(index);
        (*group != other).then(|| angle + half(*angle, end))
    };
    nodes.iter().enumerate().filter_map(border).collect()
}

/// The torn lines: straight across where two borders part the circle in two groups, else from
/// every border to the middle.
fn tears(stage: &Stage<'_>, groups: &[Set<NodeId>]) -> Vec<String> {
    let ends: Vec<Point> = borders(stage, groups)
        .iter()
        .map(|angle| polar(*angle, stage.layout.orbit + REACH))
        .collect();
    match ends.as_slice() {
        [from, to] => Vec::from([jagged(*from, *to)]),
        ends => ends.iter().map(|end| jagged(*end, CENTRE)).collect(),
    }
}

/// Where only one direction between two groups is cut: an arrow that ends at the torn line.
fn paint_one_way(stage: &Stage<'_>, groups: &[Set<NodeId>], items: &mut Vec<Item>) {
    let [a, b] = groups else { return };
    let from = match torn(stage, a, b) {
        Torn::OnlyForth => a,
        Torn::OnlyBack => b,
        Torn::Both | Torn::InPart => return,
    };
    let ends: Vec<Point> = borders(stage, groups)
        .iter()
        .map(|angle| polar(*angle, stage.layout.orbit + REACH))
        .collect();
    let tip = match ends.as_slice() {
        [one, other] => Point::new((one.x + other.x) / 2.0, (one.y + other.y) / 2.0),
        _ => CENTRE,
    };
    let spots: Vec<Point> =
        from.iter().filter_map(|node| Some(stage.layout.nodes.get(node)?.at)).collect();
    let count = spots.len().max(1) as f64;
    let sum = spots.iter().fold(Point::default(), |sum, at| sum.shifted(at.x, at.y));
    let source = Point::new(sum.x / count, sum.y / count);
    let length = source.distance(tip).max(1.0);
    let (ux, uy) = ((tip.x - source.x) / length, (tip.y - source.y) / length);
    let tip = tip.shifted(-ux * 12.0, -uy * 12.0);
    let wing = |side: f64| {
        let back = tip.shifted(-ux * 14.0, -uy * 14.0);
        place(back.shifted(-uy * side * 9.0, ux * side * 9.0))
    };
    let d = format!(
        "M{}L{}M{}L{}L{}",
        place(tip.shifted(-ux * 56.0, -uy * 56.0)),
        place(tip),
        wing(1.0),
        place(tip),
        wing(-1.0)
    );
    items.push(Item::new("cut.one-way", "broken-head", Shape::Path { d }));
}

/// A line of small teeth.
fn jagged(from: Point, to: Point) -> String {
    let length = from.distance(to);
    let teeth = (libm::floor(length / 13.0) as usize).max(2);
    let (ux, uy) = ((to.x - from.x) / length.max(1.0), (to.y - from.y) / length.max(1.0));
    let mut d = format!("M{}", place(from));
    for tooth in 1..teeth {
        let on = length * tooth as f64 / teeth as f64;
        let out = if tooth % 2 == 0 { 5.0 } else { -5.0 };
        d.push('L');
        d.push_str(&place(from.shifted(ux * on - uy * out, uy * on + ux * out)));
    }
    d.push('L');
    d.push_str(&place(to));
    d
}

/// A link with a gap; where the way back works, an arrow head shows which way is cut.
fn paint_link(stage: &Stage<'_>, from: Endpoint, to: Endpoint, items: &mut Vec<Item>) {
    let is_both = stage.view.links.cuts.holds_back(to, from);
    if is_both && to < from {
        return;
    }
    let Some(way) = stage.layout.way(from, to) else { return };
    let id = format!("cut.link.{from}.{to}");
    items.push(Item::new(id.clone(), "broken", Shape::Path { d: way.path() }));
    if !is_both {
        let head = Shape::Path { d: way.arrow(0.42, 11.0) };
        items.push(Item::new(format!("{id}.head"), "broken-head", head));
    }
    let (a, b) = (way.at(0.49), way.at(0.51));
    let length = a.distance(b).max(0.001);
    let (ux, uy) = ((b.x - a.x) / length, (b.y - a.y) / length);
    let at = way.at(0.5);
    let bar = |on: f64| {
        let middle = at.shifted(ux * on, uy * on);
        format!(
            "M{}L{}",
            place(middle.shifted(-uy * 9.0, ux * 9.0)),
            place(middle.shifted(uy * 9.0, -ux * 9.0))
        )
    };
    let d = if is_both { format!("{}{}", bar(-3.5), bar(3.5)) } else { bar(0.0) };
    items.push(Item::new(format!("{id}.bar"), "broken-bar", Shape::Path { d }));
}

/// Draws the mark that says what is cut and heals it.
pub(crate) fn paint_stops(stage: &Stage<'_>, items: &mut Vec<Item>) {
    if stage.view.links.cuts.is_empty() {
        return;
    }
    let groups = groups(stage);
    let named: usize = groups.iter().map(Set::len).sum();
    let others = if named < stage.view.nodes.len() { " The others reach all." } else { "" };
    let title = format!("{}{others} Press to heal all cuts.", sentence(stage, &groups));
    let at = mark_place(stage, &groups);
    let shape = Shape::Rectangle { at, width: 92.0, height: 44.0, corner: 22.0 };
    let item = Item::new("stop.cut", "heal", shape).titled(title).stopping();
    items.push(Item { touch: Some(Touch::Heal), ..item });
    let shape = Shape::Text { at, text: "heal".into(), size: 22.0, anchor: Anchor::Middle };
    items.push(Item::new("stop.cut.word", "heal-word", shape));
}

/// At the end of a torn line, or else above the ring on the left.
fn mark_place(stage: &Stage<'_>, groups: &[Set<NodeId>]) -> Point {
    let borders = if groups.len() > 1 { borders(stage, groups) } else { Vec::new() };
    match borders.first() {
        // Between the names there is no room in a crowd.
        Some(angle) if stage.layout.is_crowded() => polar(*angle, BAND + 16.0),
        Some(angle) => polar(*angle, stage.layout.orbit + REACH + 4.0),
        None => Point::new(60.0, 36.0),
    }
}

fn sentence(stage: &Stage<'_>, groups: &[Set<NodeId>]) -> String {
    let names = |group: &Set<NodeId>| {
        let names: Vec<NodeId> = group.iter().copied().collect();
        listed(&names)
    };
    match groups {
        [a, b] => {
            let (a_names, b_names) = (names(a), names(b));
            match torn(stage, a, b) {
                Torn::Both => {
                    format!("The network is cut: {a_names} on one side, {b_names} on the other.")
                }
                Torn::OnlyForth => {
                    format!("Nothing passes from {a_names} to {b_names}; the way back works.")
                }
                Torn::OnlyBack => {
                    format!("Nothing passes from {b_names} to {a_names}; the way back works.")
                }
                Torn::InPart => links(stage),
            }
        }
        [_, _, ..] => {
            let all: Vec<String> = groups.iter().map(names).collect();
            format!("The network is cut into {} groups: {}.", groups.len(), all.join("; "))
        }
        _ => links(stage),
    }
}

fn links(stage: &Stage<'_>) -> String {
    let mut targets: Map<Endpoint, Vec<Endpoint>> = Map::new();
    for (from, to) in stage.view.links.cuts.iter().take(LINKS_DRAWN) {
        targets.entry(from).or_default().push(to);
    }
    let told: Vec<String> =
        targets.iter().map(|(from, to)| format!("from {from} to {}", listed(to))).collect();
    format!("Nothing passes {}.", told.join(", "))
}
