//! One client: the contexts it holds, and what it did.

use dynamo_core::ClientId;
use yew::prelude::*;

use crate::panels::operations::operations;
use crate::parts::{key, node, time, version};
use crate::shown::{Dispatch, Shown};

pub fn inspect(shown: &Shown, dispatch: &Dispatch, id: ClientId) -> Html {
    let client = shown.view.clients.get(&id);
    let held = client.map(|client| &client.held);
    html! {
        <>
            <div class="inspector-head"><h2>{ format!("Client {id}") }</h2></div>
            <section>
                <h3>{ "The contexts it holds" }</h3>
                if held.is_none_or(|held| held.is_empty()) {
                    <p class="hint">{ "None: it has read and written nothing yet." }</p>
                }
                { for held.into_iter().flatten().map(|(of, seen)| html! {
                    <div key={of.as_str().to_string()} class="slot">
                        { key(dispatch, of) }
                        <span>
                            if seen.is_empty() { { "saw that it was never written" } }
                            else { { "saw " }{ for seen.iter().map(|request| version(shown, of, *request)) } }
                        </span>
                    </div>
                }) }
            </section>
            if let Some((from, epoch, since)) = client.and_then(|client| client.ring) {
                <section>
                    <h3>{ "Its library" }</h3>
                    <p>
                        { "It goes by the ring of " }{ node(dispatch, from) }
                        { format!(", epoch {epoch}, since ") }{ time(since) }{ "." }
                    </p>
                </section>
            }
            { operations(shown, dispatch, id) }
        </>
    }
}
