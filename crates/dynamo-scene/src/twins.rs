//! Two runs at one place in time: in what they differ, each side in words, and the marks of that on
//! either ring.
//!
//! A put is the same in both if it has the same name and wrote the same; dots do not count, as a
//! process that starts once more often names them otherwise.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use dynamo_core::collections::Set;
use dynamo_core::{Endpoint, Key, NodeId, RequestId, Sibling, Store, Versions};
use dynamo_sim::View;
use dynamo_sim::trace::{Access, Ended, Started};
use dynamo_sim::view::{NodeView, RequestView};

use crate::layout::Layout;
use crate::letters::Letters;
use crate::machines;
use crate::pick::Pick;
use crate::shape::{Anchor, Item, Shape};
use crate::stage::{listed, shortened};
use crate::words::{counted, tone};

/// Something that each of two runs has, and in which they can differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Aspect {
    /// A setting, by its number among all.
    Setting(usize),
    /// Which links carry messages.
    Links,
    /// Whether a node runs.
    Process(NodeId),
    /// How its machine is.
    Machine(NodeId),
    /// Whom it believes to be down.
    Opinions(NodeId),
    /// What it has heard of joins and leaves.
    Members(NodeId),
    /// What it holds of a key.
    Replica(NodeId, Key),
    /// What it keeps of a key for another node.
    Hint(NodeId, NodeId, Key),
    /// What has become of an operation.
    Operation(RequestId),
}

/// The most characters of a value in a cell.
const VALUE: usize = 24;

/// In what two runs differ, seen at one place in time: settings and links first, then node by
/// node, then the operations.
pub fn differences(one: &View, other: &View) -> Vec<Aspect> {
    let mut all = Vec::new();
    let both = one.settings.all().into_iter().zip(other.settings.all()).enumerate();
    all.extend(both.filter(|(_, (a, b))| a != b).map(|(at, _)| Aspect::Setting(at)));
    if one.links != other.links {
        all.push(Aspect::Links);
    }
    let nodes: Set<NodeId> = one.nodes.keys().chain(other.nodes.keys()).copied().collect();
    for node in nodes {
        of_node(one, other, node, &mut all);
    }
    let begun = one.requests.keys().chain(other.requests.keys());
    let begun: Set<RequestId> = begun.collect();
    let ends_alike =
        |request: &RequestId| match (one.requests.get(request), other.requests.get(request)) {
            (Some(a), Some(b)) => alike(a, b),
            _ => false,
        };
    all.extend(begun.into_iter().filter(|it| !ends_alike(it)).map(Aspect::Operation));
    all
}

fn of_node(one: &View, other: &View, node: NodeId, all: &mut Vec<Aspect>) {
    let nobody = Default::default();
    let a = one.nodes.get(&node).unwrap_or(&nobody);
    let b = other.nodes.get(&node).unwrap_or(&nobody);
    if a.is_up() != b.is_up() {
        all.push(Aspect::Process(node));
    }
    if a.machine != b.machine {
        all.push(Aspect::Machine(node));
    }
    if !a.suspects.keys().eq(b.suspects.keys()) {
        all.push(Aspect::Opinions(node));
    }
    if one.membership(node).history != other.membership(node).history {
        all.push(Aspect::Members(node));
    }
    let only_there = b.disk.keys().filter(|slot| !a.disk.contains_key(slot));
    for slot in a.disk.keys().chain(only_there) {
        let (here, there) = (a.disk.get(slot), b.disk.get(slot));
        if !hold_alike(here, there) {
            let key = slot.key.clone();
            all.push(match slot.store {
                Store::Main => Aspect::Replica(node, key),
                Store::Hints(owner) => Aspect::Hint(node, owner, key),
            });
        }
    }
}

/// Whether all that stands beside each other in a slot was written by the same, and is the same.
fn hold_alike(one: Option<&Versions>, other: Option<&Versions>) -> bool {
    let (Some(one), Some(other)) = (one, other) else { return one.is_none() && other.is_none() };
    let has = |sibling: &Sibling| other.siblings().any(|(_, it)| it == sibling);
    one == other
        || (one.siblings().count() == other.siblings().count()
            && one.siblings().all(|(_, sibling)| has(sibling)))
}

/// Whether an operation is the same in both runs, and so is what became of it.
fn alike(one: &RequestView, other: &RequestView) -> bool {
    let end = |it: &RequestView| it.ended.as_ref().map(|(_, ended, _)| ended.clone());
    what(&one.started) == what(&other.started)
        && match (end(one), end(other)) {
            (Some(Ended::Found { siblings: a }), Some(Ended::Found { siblings: b })) => {
                a.len() == b.len() && a.iter().all(|it| b.contains(it))
            }
            (a, b) => a.as_ref().map(tone) == b.as_ref().map(tone),
        }
}

/// The act of an operation: `put cart “milk”`.
fn what(started: &Started) -> String {
    let key = shortened(started.key.as_str(), VALUE);
    match &started.access {
        Access::Get { .. } => format!("get {key}"),
        Access::Put { value: Some(value), .. } => format!("put {key} {}", quoted(value.as_str())),
        Access::Put { value: None, .. } => format!("delete {key}"),
    }
}

fn quoted(value: &str) -> String {
    format!("“{}”", shortened(value, VALUE))
}

impl Aspect {
    /// What it is, as the head of a row; the act of an operation is that of either run.
    pub fn name(&self, one: &View, other: &View) -> String {
        match self {
            Aspect::Setting(_) => "Setting".into(),
            Aspect::Links => "Links".into(),
            Aspect::Process(node) => format!("{node}"),
            Aspect::Machine(node) => format!("Machine of {node}"),
            Aspect::Opinions(node) => format!("{node} takes for dead"),
            Aspect::Members(node) => format!("{node} has heard of"),
            Aspect::Replica(node, key) => format!("{} at {node}", shortened(key.as_str(), VALUE)),
            Aspect::Hint(node, owner, key) => {
                format!("Hint of {} at {node} for {owner}", shortened(key.as_str(), VALUE))
            }
            Aspect::Operation(request) => {
                let begun = one.requests.get(request).or_else(|| other.requests.get(request));
                let what = begun.map(|it| what(&it.started)).unwrap_or_default();
                format!("{request} {what}")
            }
        }
    }

    /// How it is in one of the runs.
    pub fn state(&self, view: &View, letters: &Letters) -> String {
        let of = |node: &NodeId| view.nodes.get(node).map(|node| &**node);
        let slot = |node: &NodeId, store, key: &Key| {
            let slot = dynamo_core::Slot { store, key: key.clone() };
            held(of(node).and_then(|it| it.disk.get(&slot)), key, letters)
        };
        match self {
            Aspect::Setting(at) => view.settings.all()[*at].to_string(),
            Aspect::Links => links(view),
            Aspect::Process(node) => match of(node).map(NodeView::is_up) {
                Some(true) => "up".into(),
                Some(false) => "down".into(),
                None => "not there".into(),
            },
            Aspect::Machine(node) => {
                let signs = of(node).map(machines::signs).unwrap_or_default();
                let words: Vec<String> = signs.into_iter().map(|sign| sign.word).collect();
                if words.is_empty() { "as usual".into() } else { words.join(", ") }
            }
            Aspect::Opinions(node) => {
                let suspects = of(node).map(|it| it.suspects.keys().copied().collect());
                let suspects: Vec<NodeId> = suspects.unwrap_or_default();
                if suspects.is_empty() { "nobody".into() } else { listed(&suspects) }
            }
            Aspect::Members(node) => {
                let known = view.membership(*node);
                let heard = counted(known.history.len() as u32, "change");
                format!("{heard}, {} in effect", known.age())
            }
            Aspect::Replica(node, key) => slot(node, Store::Main, key),
            Aspect::Hint(node, owner, key) => slot(node, Store::Hints(*owner), key),
            Aspect::Operation(request) => match view.requests.get(request) {
                None => "not begun".into(),
                Some(it) => became(it, letters),
            },
        }
    }

    /// What can be picked to see more of it.
    pub fn pick(&self) -> Option<Pick> {
        match self {
            Aspect::Operation(request) => Some(Pick::Request(*request)),
            Aspect::Replica(_, key) => Some(Pick::Key(key.clone())),
            other => match other.at() {
                Some(Endpoint::Node(node)) => Some(Pick::Node(node)),
                _ => None,
            },
        }
    }

    /// The node or the client at which it is marked.
    pub fn at(&self) -> Option<Endpoint> {
        match self {
            Aspect::Setting(_) | Aspect::Links => None,
            Aspect::Process(node)
            | Aspect::Machine(node)
            | Aspect::Opinions(node)
            | Aspect::Members(node)
            | Aspect::Replica(node, _)
            | Aspect::Hint(node, ..) => Some(Endpoint::Node(*node)),
            Aspect::Operation(request) => Some(Endpoint::Client(request.client)),
        }
    }
}

fn links(view: &View) -> String {
    let (cut, slow) = (view.links.cuts.iter().count(), view.links.clogs.iter().count());
    match (cut, slow) {
        (0, 0) if view.links.are_well() => "as usual".into(),
        (0, 0) => "some have rules of their own".into(),
        (cut, 0) => format!("{cut} cut"),
        (0, slow) => format!("{slow} clogged"),
        (cut, slow) => format!("{cut} cut, {slow} clogged"),
    }
}

/// What is held of a key: letters if it is the one that has them, and values.
fn held(versions: Option<&Versions>, key: &Key, letters: &Letters) -> String {
    let versions = versions.into_iter().flat_map(Versions::siblings);
    spelled_out(versions.map(|(_, it)| (it.request, it.text())), key, letters)
}

fn spelled_out<'a>(
    siblings: impl Iterator<Item = (RequestId, Option<&'a str>)>,
    key: &Key,
    letters: &Letters,
) -> String {
    let words = siblings.map(|(request, value)| {
        let value = value.map_or_else(|| "deleted".into(), quoted);
        match letters.letter(request).filter(|_| letters.is_about(key)) {
            Some(letter) => format!("{letter} {value}"),
            None => value,
        }
    });
    let words: Vec<String> = words.collect();
    if words.is_empty() { "nothing".into() } else { words.join(", ") }
}

/// What has become of an operation.
fn became(view: &RequestView, letters: &Letters) -> String {
    match view.ended.as_ref().map(|(_, ended, _)| ended) {
        None => "going on".into(),
        Some(Ended::Found { siblings }) => {
            let found = siblings.iter().map(|it| (it.request, it.text()));
            format!("ok: {}", spelled_out(found, &view.started.key, letters))
        }
        Some(ended) => tone(ended).name().into(),
    }
}

/// Marks whatever differs on a ring: the nodes and the clients that have to do with it.
pub fn marks(view: &View, differences: &[Aspect]) -> Vec<Item> {
    let layout = Layout::of(view);
    let mut items = Vec::new();
    let mut marked = Vec::new();
    for endpoint in differences.iter().filter_map(Aspect::at) {
        if marked.contains(&endpoint) {
            continue;
        }
        marked.push(endpoint);
        let Some((place, radius)) = layout.rim(endpoint) else { continue };
        let reach = radius + 7.0;
        // Where neither names nor outcomes stand.
        let badge = match endpoint {
            Endpoint::Node(_) => {
                let ring = Shape::Circle { at: place, radius: reach };
                items.push(Item::new(format!("twin.{endpoint}"), "differs", ring));
                place.shifted(-reach * 0.72, -reach * 0.72)
            }
            Endpoint::Client(_) => place.shifted(reach, -reach * 0.72),
        };
        let size = (radius * 0.72).clamp(15.0, 26.0);
        let shape = Shape::Circle { at: badge, radius: size * 0.62 };
        items.push(Item::new(format!("twin.{endpoint}.badge"), "differs-badge", shape));
        let shape = Shape::Text { at: badge, text: "≠".into(), size, anchor: Anchor::Middle };
        items.push(Item::new(format!("twin.{endpoint}.sign"), "differs-sign", shape));
    }
    items
}

#[cfg(test)]
mod tests {
    use dynamo_sim::{Moment, Run, Time};

    use super::*;

    const SCRIPT: &str = "dynamo 1\nsetup nodes=5 n=3 r=2 w=2 seed=7\n\
        at 1s c1.1 put cart \"milk\" via n1\nat 2s c1.2 get cart via n1\nuntil 8s\n";

    fn run(script: &str) -> Run {
        Run::new(script.parse().expect("a script"))
    }

    fn at(run: &Run, millis: u64) -> View {
        run.view_at(Moment::at(Time(millis * 1_000)))
    }

    fn rows(one: &View, other: &View) -> Vec<(String, String, String)> {
        let key = Key::new("cart").expect("short");
        let letters = Letters::of(one, Some(&key));
        let row =
            |it: &Aspect| (it.name(one, other), it.state(one, &letters), it.state(other, &letters));
        differences(one, other).iter().map(row).collect()
    }

    #[test]
    fn a_run_does_not_differ_from_itself_at_any_place() {
        let (one, other) = (run(SCRIPT), run(SCRIPT));
        for millis in (0..4_000).step_by(37) {
            assert_eq!(differences(&at(&one, millis), &at(&other, millis)), []);
        }
    }

    #[test]
    fn a_crash_shows_in_the_node_its_replicas_and_what_is_believed_and_nowhere_before() {
        let (one, other) = (run(SCRIPT), run(&SCRIPT.replace("at 1s", "at 500ms crash n5\nat 1s")));
        assert_eq!(differences(&at(&one, 499), &at(&other, 499)), []);
        let first = [Aspect::Process(NodeId(5))];
        assert_eq!(differences(&at(&one, 600), &at(&other, 600)), first);
        let rows = rows(&at(&one, 1_500), &at(&other, 1_500));
        let has = |name: &str, one: &str, other: &str| {
            let row = (name.to_string(), one.to_string(), other.to_string());
            assert!(rows.contains(&row), "{row:?} in {rows:?}");
        };
        has("n5", "up", "down");
        has("cart at n5", "A “milk”", "nothing");
        has("n1 takes for dead", "nobody", "n5");
        assert!(rows.iter().any(|(name, ..)| name.starts_with("Hint of cart at n")), "{rows:?}");
    }

    #[test]
    fn settings_links_and_what_became_of_operations_differ_in_words() {
        let other = "at 500ms set w=3\nat 600ms cut n1 n2 from n3 n4 n5\nat 1s";
        let (one, other) = (run(SCRIPT), run(&SCRIPT.replace("at 1s", other)));
        let rows = rows(&at(&one, 1_900), &at(&other, 1_900));
        assert_eq!(rows[0], ("Setting".into(), "w=2".into(), "w=3".into()));
        assert_eq!(rows[1].0, "Links");
        assert_eq!((rows[1].1.as_str(), rows[1].2.as_str()), ("as usual", "12 cut"));
        let last = rows.last().expect("the put");
        assert_eq!(last.0, "c1.1 put cart “milk”");
        assert_ne!(last.1, last.2);
        assert_eq!(last.1, "ok");
    }

    #[test]
    fn an_operation_of_one_run_alone_is_not_begun_in_the_other() {
        let more = SCRIPT.replace("at 2s", "at 1500ms c2.1 put cart \"tea\" context none\nat 2s");
        let (one, other) = (run(SCRIPT), run(&more));
        let rows = rows(&at(&one, 4_000), &at(&other, 4_000));
        let of = |name: &str| rows.iter().find(|row| row.0 == name).cloned().expect("a row");
        assert_eq!(of("c2.1 put cart “tea”").1, "not begun");
        let get = of("c1.2 get cart");
        assert_eq!(get.1, "ok: A “milk”");
        assert!(get.2.contains("“milk”") && get.2.contains("“tea”"), "{get:?}");
    }

    #[test]
    fn marks_stand_at_whoever_has_to_do_with_it() {
        let (one, other) = (run(SCRIPT), run(&SCRIPT.replace("at 1s", "at 500ms crash n5\nat 1s")));
        let (one, other) = (at(&one, 600), at(&other, 600));
        let differences = differences(&one, &other);
        for view in [&one, &other] {
            let ids: Vec<String> =
                marks(view, &differences).into_iter().map(|item| item.id).collect();
            assert_eq!(ids, ["twin.n5", "twin.n5.badge", "twin.n5.sign"]);
        }
    }
}
