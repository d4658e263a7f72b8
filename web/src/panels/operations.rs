//! What a client did and how it ended: ok, certainly failed or unknown, told apart by word, mark
//! and colour.

use dynamo_core::ClientId;
use dynamo_scene::Pick;
use dynamo_sim::explain::Question;
use dynamo_sim::trace::{Access, Ended};
use dynamo_sim::view::RequestView;
use yew::prelude::*;

use super::meter::meter;
use crate::order;
use crate::parts::{request, text, time, value, version, why};
use crate::session::Action;
use crate::shown::{Dispatch, Shown};
use crate::words;

/// The most that are listed.
const MOST: usize = 6;

/// The most versions that an answer in the list lists.
const MOST_VERSIONS: usize = 8;

/// A client's last operations, the newest first.
pub fn operations(shown: &Shown, dispatch: &Dispatch, client: ClientId) -> Html {
    let own = shown.view.requests.values().map(|view| &**view);
    let own = own.filter(|view| view.started.request.client == client);
    let all = order::by(own, |view| view.event);
    let older = all.len().saturating_sub(MOST);
    html! {
        <>
        <section class="operations" aria-label={format!("Operations of {client}")}>
            <h3>{ format!("What {client} did") }</h3>
            if all.is_empty() {
                <p class="hint">{ "Nothing so far at this place in time." }</p>
            }
            <ul class="plain">
                { for all.into_iter().rev().take(MOST).map(|view| html! {
                    <li key={view.started.request.to_string()}>{ operation(shown, dispatch, view) }</li>
                }) }
            </ul>
            if older > 0 {
                <p class="hint">{ format!("and {older} before; the log has them all.") }</p>
            }
        </section>
        { meter(shown) }
        </>
    }
}

/// One operation and its end.
pub fn operation(shown: &Shown, dispatch: &Dispatch, view: &RequestView) -> Html {
    let started = &view.started;
    let key = text(started.key.as_str());
    let what = match &started.access {
        Access::Get { .. } => html! { <>{ "get " }<b>{ key }</b></> },
        Access::Put { value: Some(value), .. } => html! {
            <>{ "put " }<b>{ key }</b>{ " = " }<span class="value">{ text(value.as_str()) }</span>
                { " " }{ version(shown, &started.key, started.request) }</>
        },
        Access::Put { value: None, .. } => html! {
            <>{ "delete " }<b>{ key }</b>{ " " }{ version(shown, &started.key, started.request) }</>
        },
    };
    html! {
        <article class="operation">
            <p class="operation-what">{ request(dispatch, started.request) }{ " " }{ what }</p>
            { outcome(shown, dispatch, view, MOST_VERSIONS) }
        </article>
    }
}

/// How an operation ended, or that it has not; of the versions that it found, `most`.
pub fn outcome(shown: &Shown, dispatch: &Dispatch, view: &RequestView, most: usize) -> Html {
    let Some((at, ended, event)) = &view.ended else {
        return html! { <p class="ending is-open"><b>{ "waiting" }</b>{ " for an answer" }</p> };
    };
    let (word, sentence) = words::outcome(ended);
    let found = match ended {
        Ended::Found { siblings } if !siblings.is_empty() => html! {
            <ul class="versions">
                { for siblings.iter().take(most).map(|sibling| html! {
                    <li key={sibling.request.to_string()}>
                        { version(shown, &view.started.key, sibling.request) }
                        <span class="value">{ value(sibling.text()) }</span>
                    </li>
                }) }
                if siblings.len() > most {
                    <li class="hint">{ words::more(siblings.len() - most, view.started.request) }</li>
                }
            </ul>
        },
        _ => html! {},
    };
    let show = {
        let (dispatch, event) = (dispatch.clone(), *event);
        let pick = Pick::Request(view.started.request);
        Callback::from(move |_| dispatch.dispatch(Action::Show(event, Some(pick.clone()))))
    };
    html! {
        <>
            <p class={classes!("ending", format!("is-{word}"))}>
                <b>{ word }</b>{ " " }{ sentence }{ " " }
                <button type="button" class="link" onclick={show} title="Go there">{ time(*at) }</button>
                { " " }{ why(dispatch, Question::Event(*event), view.started.request) }
            </p>
            { found }
        </>
    }
}
