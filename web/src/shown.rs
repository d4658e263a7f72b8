//! What every panel looks at: a run at a place.

use std::rc::Rc;

use dynamo_core::{Key, NodeId, RequestId};
use dynamo_scene::Pick;
use dynamo_sim::view::RequestView;
use dynamo_sim::{EventId, Place, Tree, View};
use yew::UseReducerDispatcher;

use crate::order;
use crate::session::Session;
use crate::shared_run::SharedRun;
use crate::twins::Beside;
use crate::why::Why;

/// Tells the session what is asked.
pub type Dispatch = UseReducerDispatcher<Session>;

/// A run at a place, with what is in focus and what is picked.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The run that was opened, and its branches.
    pub tree: Rc<Tree>,
    /// Which of them is shown.
    pub place: Place,
    /// The run.
    pub run: SharedRun,
    /// The state at the playhead.
    pub view: Rc<View>,
    /// How many records that state has taken in.
    pub events: usize,
    /// The key whose versions have hues.
    pub focus: Option<Key>,
    /// What is picked.
    pub pick: Option<Pick>,
    /// Through whose eyes the stage is seen.
    pub eyes: Option<NodeId>,
    /// What is explained.
    pub why: Option<Rc<Why>>,
    /// The run beside it, if two are looked at.
    pub twin: Option<Rc<Beside>>,
}

/// Panels tell nothing that changes between two events, so they are drawn anew only at events.
impl PartialEq for Shown {
    fn eq(&self, other: &Self) -> bool {
        self.run == other.run
            && self.place == other.place
            && self.tree == other.tree
            && self.events == other.events
            && self.focus == other.focus
            && self.pick == other.pick
            && self.eyes == other.eyes
            && self.twin == other.twin
            && same_why(self.why.as_ref(), other.why.as_ref())
    }
}

/// Whether both are one explanation.
pub fn same_why(one: Option<&Rc<Why>>, other: Option<&Rc<Why>>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => Rc::ptr_eq(one, other),
        (one, other) => one.is_none() && other.is_none(),
    }
}

impl Shown {
    /// Whether nothing but time and what it brought lies between both.
    pub fn is_only_later_than(&self, other: &Shown) -> bool {
        self.run.is_same_run(&other.run)
            && self.place == other.place
            && Rc::ptr_eq(&self.tree, &other.tree)
            && self.focus == other.focus
            && self.pick == other.pick
            && self.eyes == other.eyes
            && self.twin.is_some() == other.twin.is_some()
            && same_why(self.why.as_ref(), other.why.as_ref())
    }

    /// The events of the explanation that is open, with their numbers.
    pub fn because(&self) -> &[(EventId, Option<usize>)] {
        self.why.as_ref().map_or(&[], |why| &why.events)
    }

    /// The number of an event in the explanation that is open.
    pub fn step(&self, id: EventId) -> Option<usize> {
        self.because().iter().find(|(other, _)| *other == id)?.1
    }

    /// The letter and hue of a version: the order in which the key's puts were stored first.
    pub fn version(&self, key: &Key, request: RequestId) -> Option<usize> {
        self.view.minted.get(key)?.iter().position(|minted| *minted == request)
    }

    /// The short name of a put's dot.
    pub fn dot(&self, key: &Key, request: RequestId) -> Option<String> {
        let dot = self.view.requests.get(&request)?.dot?;
        Some(self.run.digest().names.dot(key, &dot))
    }

    /// A key's puts so far, oldest first.
    pub fn puts<'a>(&'a self, key: &'a Key) -> impl DoubleEndedIterator<Item = &'a RequestView> {
        let requests = self.view.requests.values().map(|request| &**request);
        let puts = requests.filter(|request| request.started.key == *key && is_put(request));
        order::by(puts, |request| request.event).into_iter()
    }

    /// What a put wrote; nothing if it deleted.
    pub fn value(&self, request: RequestId) -> Option<String> {
        match &self.view.requests.get(&request)?.started.access {
            dynamo_sim::trace::Access::Put { value, .. } => {
                value.as_ref().map(|value| value.as_str().to_string())
            }
            dynamo_sim::trace::Access::Get { .. } => None,
        }
    }

    /// The nodes, in order.
    pub fn nodes(&self) -> Vec<NodeId> {
        self.view.nodes.keys().copied().collect()
    }
}

/// Whether a request writes.
pub fn is_put(request: &RequestView) -> bool {
    matches!(request.started.access, dynamo_sim::trace::Access::Put { .. })
}

/// `A`, `B`, ... `Z`, `AA`, ...
pub fn letter(index: usize) -> String {
    let mut index = index;
    let mut letters = Vec::new();
    loop {
        letters.push(char::from(b'A' + (index % 26) as u8));
        if index < 26 {
            break;
        }
        index = index / 26 - 1;
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::letter;

    #[test]
    fn versions_are_named_by_letters_that_go_on_after_z() {
        let names: Vec<String> = [0, 1, 25, 26, 27, 701, 702].into_iter().map(letter).collect();
        assert_eq!(names, ["A", "B", "Z", "AA", "AB", "ZZ", "AAA"]);
    }
}
