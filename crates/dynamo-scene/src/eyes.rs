//! The world through the eyes of one node: the ring it believes in, whom it takes for dead, the
//! hints it keeps, the messages that it knows of; and in what that differs from how things stand
//! (4.6, 4.8).
//!
//! What the node believes is a view like any other, so it is drawn like any other; the marks of
//! what differs lie over it.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use dynamo_core::collections::Map;
use dynamo_core::{Change, Endpoint, Key, NodeId, RequestId, Versions};
use dynamo_sim::View;
use dynamo_sim::view::NodeView;

use crate::layout::CENTRE;
use crate::letters::spelled;
use crate::members;
use crate::shape::{Anchor, Item, Shape};
use crate::stage::Stage;

/// The type size of the words in the middle, and from line to line.
const NOTE: f64 = 25.0;
const NOTE_STEP: f64 = 32.0;

/// In what the belief of a node differs from how things stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// It takes a node for dead that runs.
    TakenForDead(NodeId),
    /// It takes a node for alive that is down.
    TakenForAlive(NodeId),
    /// It has not heard of a change of the members.
    NotHeard(Change),
    /// It does not know how far a change has come.
    Behind(Change),
    /// It should have these versions of the key in focus and has not heard of them.
    Lacks(Vec<RequestId>),
    /// Links are cut; nobody tells a node.
    Cut,
}

impl Difference {
    /// The node that it is about, if it is about one.
    pub fn node(&self) -> Option<NodeId> {
        match self {
            Difference::TakenForDead(node) | Difference::TakenForAlive(node) => Some(*node),
            Difference::NotHeard(change) | Difference::Behind(change) => change.node(),
            Difference::Lacks(_) | Difference::Cut => None,
        }
    }

    /// How things stand, in two words for the picture.
    fn truth(&self) -> Option<&'static str> {
        match self {
            Difference::TakenForDead(_) => Some("is up"),
            Difference::TakenForAlive(_) => Some("is down"),
            Difference::NotHeard(Change::Join(_)) => Some("joins"),
            Difference::NotHeard(_) => Some("leaves"),
            Difference::Behind(_) => Some("goes on"),
            Difference::Lacks(_) | Difference::Cut => None,
        }
    }
}

/// In what the belief of a node differs from how things stand, as far as they bear on the key in
/// focus. Empty if it has heard of everything, and if there is no such node.
pub fn differences(view: &View, eyes: NodeId, focus: Option<&Key>) -> Vec<Difference> {
    let Some(own) = view.nodes.get(&eyes) else { return Vec::new() };
    let mut all = Vec::new();
    for (node, it) in view.nodes.iter().filter(|(node, _)| **node != eyes) {
        match (own.suspects.contains_key(node), it.is_up()) {
            (true, true) => all.push(Difference::TakenForDead(*node)),
            // Of those that were never members nobody has an opinion.
            (false, false) if view.membership(eyes).ring.member(*node).is_some() => {
                all.push(Difference::TakenForAlive(*node));
            }
            _ => {}
        }
    }
    let known = view.membership(eyes);
    for (stamp, entry) in view.newest().history.iter() {
        match known.history.get(stamp) {
            None => all.push(Difference::NotHeard(entry.change.clone())),
            Some(mine) if mine.stage != entry.stage => {
                all.push(Difference::Behind(entry.change.clone()));
            }
            Some(_) => {}
        }
    }
    if let Some(key) = focus.filter(|key| view.primaries(key).contains(&eyes)) {
        let missing = missing(view, own, key);
        if !missing.is_empty() {
            all.push(Difference::Lacks(missing));
        }
    }
    if !view.links.cuts.is_empty() {
        all.push(Difference::Cut);
    }
    all
}

/// The versions that stand when all disks are taken together and that a node does not hold.
fn missing(view: &View, own: &NodeView, key: &Key) -> Vec<RequestId> {
    let mut all = Versions::default();
    for node in view.nodes.values() {
        let held = node.disk.iter().filter(|(slot, _)| slot.key == *key);
        held.for_each(|(_, versions)| all.merge(versions));
    }
    let has = |put| own.replica(key).is_some_and(|held| held.dot_of(put).is_some());
    all.siblings().map(|(_, sibling)| sibling.request).filter(|put| !has(*put)).collect()
}

/// The world as a node believes it to be.
pub fn believed(view: &View, eyes: NodeId) -> View {
    let Some(own) = view.nodes.get(&eyes) else { return view.clone() };
    let known = view.membership(eyes).clone();
    let alive = own.process.or_else(|| view.nodes.values().find_map(|node| node.process));
    let mut nodes = Map::new();
    for node in view.nodes.keys() {
        let other = NodeView {
            process: alive.filter(|_| !own.suspects.contains_key(node)),
            ..NodeView::default()
        };
        nodes.insert(*node, if *node == eyes { own.clone() } else { other.into() });
    }
    let here = Endpoint::Node(eyes);
    let mut believed = View { nodes, ring: known.ring.clone(), age: known.age(), ..view.clone() };
    believed.flights.retain(|_, it| it.name.from == here || it.name.to == here);
    believed.losses.clear();
    believed.links = Default::default();
    believed.requests.retain(|it| it.coordinator == Some(eyes));
    for (_, client) in believed.clients.iter_mut() {
        *client = Default::default();
    }
    believed
}

/// Marks whose eyes these are and what differs.
pub(crate) fn paint(stage: &Stage<'_>, truth: &View, eyes: NodeId, items: &mut Vec<Item>) {
    let differences = differences(truth, eyes, stage.focus);
    let scale = stage.layout.scale.max(0.5);
    if let Some(spot) = stage.layout.nodes.get(&eyes) {
        let radius = stage.layout.radius + 7.0 * scale;
        let shape = Shape::Circle { at: spot.at, radius };
        let title = format!("This is what {eyes} believes");
        items.push(Item::new(format!("eyes.{eyes}"), "eyes", shape).titled(title));
    }
    for (node, spot) in &stage.layout.nodes {
        let about: Vec<&Difference> =
            differences.iter().filter(|it| it.node() == Some(*node)).collect();
        if about.is_empty() {
            continue;
        }
        let words: Vec<&str> = about.iter().filter_map(|it| it.truth()).collect();
        let title: Vec<String> = about.iter().map(|it| sentence(it, eyes, stage)).collect();
        let title = title.join(" ");
        let radius = stage.layout.radius + 6.0 * scale;
        let shape = Shape::Circle { at: spot.at, radius };
        let item = Item::new(format!("differs.{node}"), "differs", shape);
        items.push(item.titled(title.clone()));
        let text = format!("≠ {}", words.join(", "));
        let size = (21.0 * scale).max(13.0);
        let width = text.chars().count() as f64 * size * 0.55;
        let at = spot.beside(-1.0, stage.layout.radius + 14.0 * scale, width, size);
        let shape = Shape::Text { at, text, size, anchor: Anchor::Middle };
        let item = Item::new(format!("differs.{node}.word"), "differs-word", shape);
        items.push(item.titled(title));
    }
    paint_note(stage, eyes, &differences, items);
}

/// In the middle: whose eyes these are, in how much they differ, which versions they lack.
fn paint_note(stage: &Stage<'_>, eyes: NodeId, all: &[Difference], items: &mut Vec<Item>) {
    let mut lines = Vec::new();
    lines.push((format!("as {eyes} sees it"), "eyes-note"));
    let count = match all.len() {
        0 => "as it is".to_string(),
        1 => "≠ in one thing".to_string(),
        many => format!("≠ in {many} things"),
    };
    lines.push((count, if all.is_empty() { "eyes-note" } else { "differs-word" }));
    for difference in all {
        if let Difference::Lacks(puts) = difference {
            let numbers = stage.letters.numbers(puts.iter().copied());
            lines.push((format!("not heard of {}", spelled(&numbers)), "differs-word"));
        }
    }
    for (line, (text, class)) in lines.into_iter().enumerate() {
        let at = CENTRE.shifted(0.0, (line as f64 - 0.5) * NOTE_STEP);
        let shape = Shape::Text { at, text, size: NOTE, anchor: Anchor::Middle };
        items.push(Item::new(format!("eyes.note.{line}"), class, shape));
    }
}

fn sentence(difference: &Difference, eyes: NodeId, stage: &Stage<'_>) -> String {
    said(difference, eyes, &|puts| spelled(&stage.letters.numbers(puts.iter().copied())))
}

/// A difference in a sentence; `letters` spells versions.
pub fn said(
    difference: &Difference,
    eyes: NodeId,
    letters: &dyn Fn(&[RequestId]) -> String,
) -> String {
    match difference {
        Difference::TakenForDead(node) => format!("{eyes} takes {node} for dead; it is up."),
        Difference::TakenForAlive(node) => format!("{eyes} takes {node} for alive; it is down."),
        Difference::NotHeard(it) => {
            format!("{eyes} has not heard of {}.", members::change(it))
        }
        Difference::Behind(it) => {
            format!("{eyes} does not know how far {} has come.", members::change(it))
        }
        Difference::Lacks(puts) => format!("{eyes} has not heard of {}.", letters(puts)),
        Difference::Cut => "Links are cut; nobody tells a node.".into(),
    }
}

#[cfg(test)]
mod tests {
    use dynamo_sim::{Moment, Run, Time};

    use super::*;

    fn run(script: &str) -> Run {
        Run::new(script.parse().expect("a script"))
    }

    fn at(run: &Run, millis: u64) -> View {
        run.view_at(Moment::at(Time(millis * 1_000)))
    }

    const N: fn(u16) -> NodeId = NodeId;

    #[test]
    fn a_dead_node_is_taken_for_alive_until_somebody_asks_it_in_vain() {
        let run = run("dynamo 1\nsetup nodes=5 n=3 r=2 w=2 seed=7\nat 0s crash n5\n\
            at 100ms c1.1 put cart \"a\" via n1\nat 2s restart n5\nuntil 8s\n");
        let key = Key::new("cart").expect("short");
        let differ = |millis| differences(&at(&run, millis), N(1), Some(&key));
        assert_eq!(differ(50), [Difference::TakenForAlive(N(5))]);
        assert_eq!(differ(300), []);
        assert_eq!(differ(2_001), [Difference::TakenForDead(N(5))]);
        assert_eq!(differ(7_900), []);
        let believed = believed(&at(&run, 300), N(1));
        assert!(!believed.nodes[&N(5)].is_up() && believed.nodes[&N(4)].is_up());
        let lacking = differences(&at(&run, 2_001), N(5), Some(&key));
        assert!(matches!(lacking.last(), Some(Difference::Lacks(puts)) if puts.len() == 1));
    }

    #[test]
    fn whoever_has_not_heard_of_a_change_believes_in_the_old_ring_until_gossip_arrives() {
        let run = run("dynamo 1\nsetup nodes=6 n=3 r=2 w=2 seed=7 gossip-every=300ms seeds=n1\n\
            at 1s join n9 via n2\nuntil 30s\n");
        let mut counts = Vec::new();
        for millis in [900, 1_010, 30_000] {
            let view = at(&run, millis);
            let others = view.nodes.keys().filter(|node| **node != N(9));
            counts.push(others.map(|node| differences(&view, *node, None).len()).sum::<usize>());
        }
        assert_eq!((counts[0], counts[2]), (0, 0), "{counts:?}");
        assert!(counts[1] >= 4, "all but one or two have not heard: {counts:?}");
        let mut before = usize::MAX;
        // From the announcement on until all have seen it the number of those who have not falls.
        for millis in (1_010..1_600).step_by(10) {
            let view = at(&run, millis);
            let not_heard = |node: &&NodeId| {
                let all = differences(&view, **node, None);
                all.iter().any(|it| matches!(it, Difference::NotHeard(_)))
            };
            let now = view.nodes.keys().filter(|node| **node != N(9)).filter(not_heard).count();
            assert!(now <= before, "{now} after {before} at {millis}");
            before = now;
        }
        let late = believed(&at(&run, 1_010), N(4));
        assert!(late.ring.member(N(9)).is_none());
        assert!(believed(&at(&run, 30_000), N(4)).ring.member(N(9)).is_some());
    }
}
