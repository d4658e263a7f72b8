//! Running on until something happens: the choice of what, and how far it has come.

use dynamo_core::NodeId;
use dynamo_scene::words::until::{Group, until};
use dynamo_sim::Time;
use dynamo_sim::until::{Condition, names};
use yew::prelude::*;

use crate::part::{Hooks, Part};
use crate::parts::{on_choose, on_submit};
use crate::session::{Action, Search};
use crate::shown::Dispatch;
use crate::words::until as said;

/// What is chosen at first: the surprise of the run that the page opens with.
const FIRST: &str = "hint-kept";

/// The form.
#[derive(PartialEq)]
pub struct RunUntil {
    /// The nodes that there are.
    pub nodes: Vec<NodeId>,
    /// The search that goes on, and up to where the run is known.
    pub search: Option<(Search, Time)>,
    /// Whom to tell.
    pub dispatch: Dispatch,
}

impl Part for RunUntil {
    fn draw(&self, hooks: &mut Hooks<'_>) -> Html {
        let name = hooks.keep(|| FIRST);
        let node = hooks.keep(|| None::<NodeId>);
        let run = {
            let dispatch = self.dispatch.clone();
            let condition = Condition { name: *name, node: *node };
            on_submit(move || dispatch.dispatch(Action::RunUntil(condition)))
        };
        let choose = {
            let name = name.clone();
            on_choose(move |chosen| {
                if let Some(chosen) = names().find(|name| *name == chosen) {
                    name.set(chosen);
                }
            })
        };
        let choose_node = {
            let (node, nodes) = (node.clone(), self.nodes.clone());
            on_choose(move |chosen| {
                node.set(nodes.iter().copied().find(|node| node.to_string() == chosen));
            })
        };
        let stop = {
            let dispatch = self.dispatch.clone();
            Callback::from(move |_: MouseEvent| dispatch.dispatch(Action::Pause))
        };
        html! {
            <form id="until" class="until" onsubmit={run} aria-label={said::RUN_UNTIL}>
                <span class="until-word">{ said::RUN_UNTIL }</span>
                <select class="input until-what" aria-label={said::WHAT} onchange={choose}>
                    { for Group::ALL.into_iter().map(|group| html! {
                        <optgroup key={group.title()} label={group.title()}>{ options(group, *name) }</optgroup>
                    }) }
                </select>
                <select class="input until-node" aria-label={said::WHOSE} onchange={choose_node}>
                    <option value="" selected={node.is_none()}>{ said::ANY_NODE }</option>
                    { for self.nodes.iter().map(|it| html! {
                        <option key={it.0} value={it.to_string()} selected={*node == Some(*it)}>{ said::with_node(it) }</option>
                    }) }
                </select>
                if let Some((search, known)) = &self.search {
                    <button key="stop" type="button" class="button" onclick={stop}>{ said::STOP }</button>
                    <span class="until-far">
                        <progress aria-label={said::RUN_UNTIL} max={search.bound.since(search.from).as_micros().to_string()}
                            value={known.since(search.from).as_micros().to_string()} />
                        { said::searching(*known, search.bound) }
                    </span>
                } else {
                    <button key="run" type="submit" class="button">{ said::RUN }</button>
                }
            </form>
        }
    }
}

/// The conditions of a group, in the order of the engine.
fn options(group: Group, chosen: &'static str) -> Html {
    let words = |name| until(name).filter(|(of, _)| *of == group).map(|(_, words)| (name, words));
    let options = names().filter_map(words).map(|(name, words)| {
        html! { <option key={name} value={name} selected={name == chosen}>{ words }</option> }
    });
    options.collect()
}
