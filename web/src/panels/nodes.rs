//! The cluster as a table: what the stage draws, for those who read or hear it.

use dynamo_core::{Key, NodeId};
use dynamo_scene::machines;
use dynamo_sim::explain::Question;
use yew::prelude::*;

use crate::part::Hooks;
use crate::parts::{list, node, text, versions, why};
use crate::shown::{Dispatch, Shown};

/// Asks why a node holds this of a key.
pub fn ask_replica(shown: &Shown, dispatch: &Dispatch, key: &Key, node: NodeId) -> Html {
    let about = format!("{node}, {key}");
    let question = Question::Replica { node, key: key.clone(), at: shown.view.moment };
    why(dispatch, question, about)
}

/// One row a node.
pub fn draw(shown: &Shown, dispatch: &Dispatch, _: &mut Hooks<'_>) -> Html {
    let primaries = shown.focus.as_ref().map(|key| shown.view.primaries(key)).unwrap_or_default();
    let key_name = shown.focus.as_ref().map(|key| text(key.as_str()));
    html! {
        <>
            <h2 class="hidden">{ "Nodes" }</h2>
            <div class="scroll-x" tabindex="0" role="region" aria-label="Table of the nodes">
            <table class="table">
                <caption class="hidden">{ "The nodes at the playhead" }</caption>
                <thead><tr>
                    <th scope="col">{ "Node" }</th>
                    <th scope="col">{ "Process" }</th>
                    <th scope="col">{ key_name.map_or("Holds".to_string(), |key| format!("Holds of {key}")) }</th>
                    <th scope="col">{ "Keeps for" }</th>
                    <th scope="col">{ "Suspects" }</th>
                </tr></thead>
                <tbody>
                { for shown.view.nodes.iter().map(|(id, view)| {
                    let place = primaries.iter().position(|primary| primary == id);
                    let replica = shown.focus.as_ref().and_then(|key| Some((key, view.replica(key)?)));
                    let hints = view.hints().map(|(owner, key, _)| html! {
                        <>{ node(dispatch, owner) }{ format!("\u{a0}({})", text(key.as_str())) }</>
                    }).collect::<Vec<_>>();
                    let suspects = view.suspects.keys().map(|other| node(dispatch, *other)).collect::<Vec<_>>();
                    html! {
                        <tr key={id.0}>
                            <th scope="row">{ node(dispatch, *id) }
                                if let Some(place) = place { <span class="hint">{ format!(" primary {}", place + 1) }</span> }
                            </th>
                            <td><span class={if view.is_up() { "state is-up" } else { "state is-down" }}>
                                { if view.is_up() { "up" } else { "down" } }</span>
                                { for machines::signs(view).into_iter().map(|sign| html! { <span class="hint">{ sign.said }</span> }) }</td>
                            <td>{ match replica {
                                Some((key, set)) => versions(shown, key, set),
                                None => html! { "–" },
                            } }{ for shown.focus.as_ref().map(|key| ask_replica(shown, dispatch, key, *id)) }</td>
                            <td>{ if hints.is_empty() { html! { "–" } } else { list(hints) } }</td>
                            <td>{ if suspects.is_empty() { html! { "–" } } else { list(suspects) } }</td>
                        </tr>
                    }
                }) }
                </tbody>
            </table>
            </div>
        </>
    }
}
