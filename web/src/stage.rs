//! The stage: the ring, drawn from a view.

use std::rc::Rc;

use dynamo_core::Key;
use dynamo_scene::Pick;
use dynamo_sim::{Command, View};
use yew::prelude::*;

/// What the stage shows and whom it tells.
#[derive(Clone, Properties)]
pub struct StageProps {
    /// The state at the playhead; its `moment` is the playhead.
    pub view: Rc<View>,
    /// The key whose versions give the hues.
    pub focus: Option<Key>,
    /// What is picked.
    pub pick: Option<Pick>,
    /// Told when something is picked.
    pub on_pick: Callback<Pick>,
    /// Told when an act is asked for: crash, restart, cut, heal.
    pub on_command: Callback<Command>,
}

impl PartialEq for StageProps {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.view, &other.view) && self.focus == other.focus && self.pick == other.pick
    }
}

/// The ring with everything on it.
#[component]
pub fn Stage(props: &StageProps) -> Html {
    html! { <svg class="stage" data-nodes={props.view.nodes.len().to_string()}></svg> }
}
