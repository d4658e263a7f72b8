//! The stage: a view as a list of shapes, from the back to the front.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use dynamo_core::{Key, NodeId};
use dynamo_sim::View;

use crate::layout::Layout;
use crate::letters::Letters;
use crate::pick::Pick;
use crate::shape::Item;
use crate::{clients, cuts, eyes, flights, nodes, replicas, requests, ring, transfers};

/// What every part of the stage needs to know.
pub(crate) struct Stage<'a> {
    pub view: &'a View,
    pub focus: Option<&'a Key>,
    pub pick: Option<&'a Pick>,
    pub layout: Layout,
    pub letters: Letters,
    /// Whose view it is; nobody's is how things stand.
    pub eyes: Option<NodeId>,
}

impl<'a> Stage<'a> {
    fn of(view: &'a View, focus: Option<&'a Key>, pick: Option<&'a Pick>) -> Self {
        let (layout, letters) = (Layout::of(view), Letters::of(view, focus));
        Stage { view, focus, pick, layout, letters, eyes: None }
    }

    /// Whether what a node holds can be seen.
    pub fn sees_into(&self, node: NodeId) -> bool {
        self.eyes.is_none_or(|eyes| eyes == node)
    }

    /// Whether this is picked.
    pub fn is_picked(&self, pick: &Pick) -> bool {
        self.pick == Some(pick)
    }

    /// The class that marks what is picked.
    pub fn mark(&self, pick: &Pick) -> &'static str {
        if self.is_picked(pick) { " picked" } else { "" }
    }
}

/// A view as shapes, from the back to the front. The versions of the key in focus give the hues;
/// what is picked is marked.
pub fn stage(view: &View, focus: Option<&Key>, pick: Option<&Pick>) -> Vec<Item> {
    seen(view, None, focus, pick)
}

/// A view as one node sees it, with what differs from how things stand; as it is without a node.
pub fn seen(
    view: &View,
    eyes: Option<NodeId>,
    focus: Option<&Key>,
    pick: Option<&Pick>,
) -> Vec<Item> {
    LAYERS.into_iter().flat_map(|which| layer(which, view, eyes, focus, pick)).collect()
}

/// The layers, from the back to the front.
pub const LAYERS: [Layer; 5] =
    [Layer::Ring, Layer::Waits, Layer::Holds, Layer::Stops, Layer::Messages];

/// A part of the stage; its parts change together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// The ring, the nodes on it, the ways of messages.
    Ring,
    /// What nodes wait for and gather.
    Waits,
    /// What they hold; and the clients.
    Holds,
    /// The areas where the keyboard stops: key, nodes, clients, cuts.
    Stops,
    /// Messages, and in what somebody's eyes see it otherwise than it is.
    Messages,
}

/// Of what is [`seen`], one layer.
pub fn layer(
    which: Layer,
    view: &View,
    eyes: Option<NodeId>,
    focus: Option<&Key>,
    pick: Option<&Pick>,
) -> Vec<Item> {
    let Some(eyes) = eyes.filter(|eyes| view.nodes.contains_key(eyes)) else {
        return paint(which, &Stage::of(view, focus, pick));
    };
    let believed = eyes::believed(view, eyes);
    let stage = Stage { eyes: Some(eyes), ..Stage::of(&believed, focus, pick) };
    let mut items = paint(which, &stage);
    if which == Layer::Messages {
        eyes::paint(&stage, view, eyes, &mut items);
    }
    items
}

fn paint(which: Layer, stage: &Stage<'_>) -> Vec<Item> {
    let mut items = Vec::new();
    match which {
        Layer::Ring => {
            ring::paint(stage, &mut items);
            cuts::paint(stage, &mut items);
            transfers::paint(stage, &mut items);
            flights::paint_ways(stage, &mut items);
            nodes::paint(stage, &mut items);
        }
        Layer::Waits => {
            nodes::paint_ticks(stage, &mut items);
            requests::paint(stage, &mut items);
        }
        Layer::Holds => {
            replicas::paint(stage, &mut items);
            clients::paint(stage, &mut items);
        }
        Layer::Stops => {
            ring::paint_stops(stage, &mut items);
            nodes::paint_stops(stage, &mut items);
            clients::paint_stops(stage, &mut items);
            cuts::paint_stops(stage, &mut items);
        }
        Layer::Messages => flights::paint(stage, &mut items),
    }
    items
}

/// A text cut to at most this many characters, its end marked if something is missing. Line
/// breaks and other controls become spaces.
pub(crate) fn shortened(text: &str, most: usize) -> String {
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    if text.chars().count() <= most {
        return text.chars().map(plain).collect();
    }
    let mut short: String = text.chars().take(most.saturating_sub(1)).map(plain).collect();
    short.push('…');
    short
}

/// Names in a row: `n1`, `n1 and n2`, `n1, n2 and n3`.
pub(crate) fn listed<T: ToString>(names: &[T]) -> String {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    match names.split_last() {
        None => "none".into(),
        Some((only, [])) => only.clone(),
        Some((last, others)) => alloc::format!("{} and {last}", others.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_cut_between_characters_and_say_so() {
        assert_eq!(shortened("cart", 6), "cart");
        assert_eq!(shortened("überlänge", 5), "über…");
        assert_eq!(shortened("a\nb", 5), "a b");
    }

    #[test]
    fn names_in_a_row_end_with_and() {
        assert_eq!(listed(&["n1"]), "n1");
        assert_eq!(listed(&["n1", "n2", "n3"]), "n1, n2 and n3");
    }
}
