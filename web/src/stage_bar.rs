//! Above the stage: which key gives the hues, and which version each hue is.

use dynamo_core::Key;
use yew::prelude::*;

use crate::part::Hooks;
use crate::parts::{on_choose, request, text, version};
use crate::session::Action;
use crate::shown::{Dispatch, Shown};
use crate::words::inspect;

/// Versions that the legend names: the newest.
const MOST: usize = 8;

/// The key in focus and the legend of its versions.
pub fn draw(shown: &Shown, dispatch: &Dispatch, _: &mut Hooks<'_>) -> Html {
    let mut keys = shown.run.digest().keys.clone();
    keys.extend(shown.focus.clone().filter(|focus| !keys.contains(focus)));
    let choose = {
        let dispatch = dispatch.clone();
        on_choose(move |name| {
            if let Ok(key) = Key::new(name) {
                dispatch.dispatch(Action::Focus(key));
            }
        })
    };
    let minted = shown.focus.as_ref().and_then(|key| shown.view.minted.get(key));
    let minted = minted.map(|puts| puts.as_slice()).unwrap_or_default();
    let older = minted.len().saturating_sub(MOST);
    html! {
        <div class="stage-bar">
            if !keys.is_empty() { <label class="focus">
                <span>{ "Key in focus" }</span>
                <select class="input" onchange={choose}>
                    { for keys.iter().map(|key| html! {
                        <option key={key.as_str().to_string()} value={key.as_str().to_string()}
                            selected={shown.focus.as_ref() == Some(key)}>{ text(key.as_str()) }</option>
                    }) }
                </select>
            </label> }
            { eyes(shown, dispatch) }
            <ul class="legend" aria-label="Versions of the key in focus">
                if older > 0 { <li class="hint">{ format!("{older} older") }</li> }
                { for shown.focus.iter().flat_map(|key| minted[older..].iter().map(move |put| html! {
                    <li key={put.to_string()}>
                        { version(shown, key, *put) }
                        <span class="value">{ short(shown, *put) }</span>{ " " }
                        <span class="hint">{ request(dispatch, *put) }</span>
                    </li>
                })) }
            </ul>
        </div>
    }
}

/// Whose view the stage shows, and in what it differs from how things stand.
fn eyes(shown: &Shown, dispatch: &Dispatch) -> Html {
    let choose = {
        let (dispatch, nodes) = (dispatch.clone(), shown.nodes());
        on_choose(move |name| {
            let eyes = nodes.iter().copied().find(|node| node.to_string() == name);
            dispatch.dispatch(Action::Eyes(eyes));
        })
    };
    html! {
        <>
            <label class="focus">
                <span>{ inspect::SEEN_BY }</span>
                <select class="input" onchange={choose}>
                    <option value="" selected={shown.eyes.is_none()}>{ inspect::AS_IT_IS }</option>
                    { for shown.nodes().into_iter().map(|node| html! {
                        <option key={node.0} value={node.to_string()} selected={shown.eyes == Some(node)}>{ node.to_string() }</option>
                    }) }
                </select>
            </label>
            if let Some(node) = shown.eyes {
                <p class="eyes-said" role="status">{ inspect::eyes(shown, node) }</p>
            }
        </>
    }
}

/// A value in a few letters.
fn short(shown: &Shown, put: dynamo_core::RequestId) -> String {
    const MOST: usize = 24;
    let value = crate::parts::value(shown.value(put).as_deref());
    match value.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value,
    }
}
