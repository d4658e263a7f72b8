//! One operation: who was asked, who answered, how it ended.

use dynamo_core::RequestId;
use dynamo_scene::Pick;
use dynamo_sim::trace::Access;
use yew::prelude::*;

use crate::panels::meter::cost_of;
use crate::panels::operations::outcome;
use crate::parts::{fact, key, link, node, text, time, value, version};
use crate::shown::{Dispatch, Shown};
use crate::words;

pub fn inspect(shown: &Shown, dispatch: &Dispatch, id: RequestId) -> Html {
    let Some(view) = shown.view.requests.get(&id) else {
        return html! {
            <><div class="inspector-head"><h2>{ format!("Operation {id}") }</h2></div>
            <p class="nothing">{ "It has not begun at this place in time." }</p></>
        };
    };
    let started = &view.started;
    let (verb, letter) = match &started.access {
        Access::Get { .. } => ("get", "R"),
        Access::Put { value: Some(_), .. } => ("put", "W"),
        Access::Put { value: None, .. } => ("delete", "W"),
    };
    html! {
        <>
            <div class="inspector-head">
                <h2>{ format!("{id} {verb} ") }<span class="value">{ text(started.key.as_str()) }</span></h2>
            </div>
            { outcome(shown, dispatch, view, usize::MAX) }
            <dl class="facts">
                { fact("Client", link(dispatch, Pick::Client(id.client), id.client)) }
                { fact("Key", key(dispatch, &started.key)) }
                if let Access::Put { value: written, replaces, .. } = &started.access {
                    { fact("Value", html! { <><span class="value">{ value(written.as_ref().map(|it| it.as_str())) }</span>{ " " }{ version(shown, &started.key, id) }</> }) }
                    { fact("In place of", if replaces.is_empty() {
                        html! { "nothing: it carries no context" }
                    } else {
                        replaces.iter().map(|old| version(shown, &started.key, *old)).collect()
                    }) }
                }
                if view.attempts > 1 { { fact("Attempts", html! { view.attempts }) } }
                { fact("Began", time(view.at)) }
                { fact("Asked", match started.via {
                    Some(via) => node(dispatch, via),
                    None => html! { "its own library" },
                }) }
                { fact("Coordinator", match view.coordinator {
                    Some(id) => node(dispatch, id),
                    None if view.replicas.is_empty() => html! { "nobody yet" },
                    None => link(dispatch, Pick::Client(id.client), id.client),
                }) }
                if let Access::Get { not_found } = started.access {
                    { fact("Not found", html! { words::not_found(not_found) }) }
                }
                { fact(letter, html! { format!("{}, {}", started.needed, words::strictness(started.strictness)) }) }
            </dl>
            { cost_of(shown, view) }
            <section>
                <h3>{ "Replicas" }</h3>
                if view.replicas.is_empty() { <p class="hint">{ "Nobody was asked so far." }</p> }
                <ul class="plain">
                    { for view.replicas.iter().map(|replica| {
                        let answered = view.answered.contains(&replica.node);
                        html! {
                            <li key={replica.node.0}>
                                { node(dispatch, replica.node) }{ " " }<span class="hint">{ words::role(replica.role) }</span>{ " " }
                                <span class={if answered { "state is-up" } else { "state is-open" }}>
                                    { if answered { "answered" } else { "no answer so far" } }
                                </span>
                            </li>
                        }
                    }) }
                </ul>
            </section>
        </>
    }
}
