//! One key: where it lies, who holds what of it, and every put it had.

use dynamo_core::{Key, NodeId, Position};
use yew::prelude::*;

use crate::panels::graph::graph;
use crate::panels::nodes::ask_replica;
use crate::panels::operations::operation;
use crate::parts::{fact, node, text, versions};
use crate::session::Action;
use crate::shown::{Dispatch, Shown};

/// Puts that are listed.
const MOST: usize = 20;

pub fn inspect(shown: &Shown, dispatch: &Dispatch, key: &Key) -> Html {
    let position = Position::of(key);
    let list = shown.view.ring.preference(key, shown.view.founding.n());
    let puts: Vec<_> = shown.puts(key).rev().take(MOST).collect();
    let in_focus = shown.focus.as_ref() == Some(key);
    let focus = {
        let (dispatch, key) = (dispatch.clone(), key.clone());
        Callback::from(move |_: MouseEvent| dispatch.dispatch(Action::Focus(key.clone())))
    };
    html! {
        <>
            <div class="inspector-head">
                <h2>{ "Key " }<span class="value">{ text(key.as_str()) }</span></h2>
                if in_focus { <span class="pill">{ "in focus" }</span> }
                else { <button type="button" class="button is-small" onclick={focus}>{ "Focus" }</button> }
            </div>
            <dl class="facts">
                { fact("Position", html! { <code class="dot" title={format!("MD5 {:032x}", position.0)}>
                    { format!("{:08x}…", position.0 >> 96) }</code> }) }
                { fact("Partition", html! { shown.view.ring.partition_of(position).0.to_string() }) }
            </dl>
            <section>
                <h3>{ "Preference list" }</h3>
                <p class="hint">{ format!("The walk clockwise from its position; the first {} are its replicas.", list.primaries().len()) }</p>
                <ol class="plain preference">
                    { for list.primaries().iter().map(|id| place(shown, dispatch, key, *id, "primary")) }
                    { for list.others().iter().map(|id| place(shown, dispatch, key, *id, "can stand in")) }
                </ol>
            </section>
            { graph(shown, dispatch, key) }
            <section>
                <h3>{ "Its puts, newest first" }</h3>
                if puts.is_empty() { <p class="hint">{ "Never written at this place in time." }</p> }
                <ul class="plain">
                    { for puts.into_iter().map(|put| html! {
                        <li key={put.started.request.to_string()}>{ operation(shown, dispatch, put) }</li>
                    }) }
                </ul>
            </section>
        </>
    }
}

fn place(shown: &Shown, dispatch: &Dispatch, key: &Key, id: NodeId, role: &str) -> Html {
    let Some(view) = shown.view.nodes.get(&id) else { return html! {} };
    let hints: Vec<_> = view.hints().filter(|(_, of, _)| *of == key).collect();
    html! {
        <li key={id.0} class="slot">
            <span>
                { node(dispatch, id) }{ " " }<span class="hint">{ role.to_string() }</span>
                if !view.is_up() { { " " }<span class="state is-down">{ "down" }</span> }
            </span>
            <span>
                if let Some(set) = view.replica(key) { { versions(shown, key, set) } }
                { ask_replica(shown, dispatch, key, id) }
            </span>
            { for hints.into_iter().map(|(owner, _, set)| html! {
                <div key={owner.0} class="hint-kept"><span>{ "hint for " }{ node(dispatch, owner) }</span>{ versions(shown, key, set) }</div>
            }) }
        </li>
    }
}
