//! The inspector: whatever is picked, in depth.

mod client;
mod key;
mod message;
mod node;
mod request;
mod trees;

use dynamo_scene::Pick;
use yew::prelude::*;

use crate::part::Hooks;
use crate::session::Action;
use crate::shown::{Dispatch, Shown};

/// What is picked, or the key in focus.
pub fn draw(shown: &Shown, dispatch: &Dispatch, hooks: &mut Hooks<'_>) -> Html {
    let open = hooks.keep(|| None);
    let pick = shown.pick.clone().or_else(|| shown.focus.clone().map(Pick::Key));
    let let_go = {
        let dispatch = dispatch.clone();
        Callback::from(move |_: MouseEvent| dispatch.dispatch(Action::Pick(None)))
    };
    let body = match pick.clone() {
        None => {
            html! { <p class="nothing">{ "Pick a node, a message, a key or an operation to look inside." }</p> }
        }
        Some(Pick::Node(id)) => node::inspect(shown, dispatch, id, &open),
        Some(Pick::Key(of)) => key::inspect(shown, dispatch, &of),
        Some(Pick::Client(id)) => client::inspect(shown, dispatch, id),
        Some(Pick::Request(id)) => request::inspect(shown, dispatch, id),
        Some(Pick::Message(id)) => message::inspect(shown, dispatch, id),
    };
    let class = pick.as_ref().map_or("", kind);
    html! {
        <div class="inspector">
            { body }
            if let Some(badge) = dynamo_scene::badges::badge_of(class) {
                <p class="hint drawn-as">{ format!("{}. ", badge.what) }<span class="pill">{ badge.origin.words() }</span></p>
            }
            if shown.pick.is_some() {
                <p><button type="button" class="button is-small" onclick={let_go}>{ "Let go" }</button></p>
            } else {
                <p class="hint">{ "Pick a node, a message or an operation to look inside." }</p>
            }
        </div>
    }
}

/// The class of the shape that stands for it on the stage.
fn kind(pick: &Pick) -> &'static str {
    match pick {
        Pick::Node(_) => "node",
        Pick::Key(_) => "key-name",
        Pick::Client(_) => "client",
        Pick::Message(_) => "message",
        Pick::Request(_) => "gather",
    }
}
