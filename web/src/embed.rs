//! The page as part of another one: the stage and the controls alone.
//!
//! It tells the page around it how high it would like to be, rests while it cannot be seen, and
//! leaves the keyboard alone until somebody is in it.

use std::rc::Rc;

use dynamo_scene::layout::{HEIGHT, WIDTH};
use js_sys::{Array, Object, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{
    Element, HtmlAnchorElement, HtmlElement, IntersectionObserver, IntersectionObserverEntry,
};
use yew::prelude::*;

use crate::address::{self, Form};
use crate::api::Door;
use crate::part::{Hooks, Part, room};
use crate::session::Action;
use crate::shown::{Dispatch, Shown};
use crate::stage::{Sight, Stage};
use crate::stage_bar;
use crate::timebar::TimeBar;
use crate::{media, theme, words};

/// The name of the message that tells a height.
pub const HEIGHT_MESSAGE: &str = "dynamo-playground-height";
/// The stage asks for no more than this, in pixels.
const HIGHEST_STAGE: f64 = 640.0;

/// Title, stage and controls.
#[derive(PartialEq)]
pub struct Embed {
    /// The title of the run.
    pub title: String,
    /// The run at its place.
    pub shown: Shown,
    /// The controls.
    pub bar: TimeBar,
    /// Whom to tell.
    pub dispatch: Dispatch,
    /// Knows what is shown when somebody follows the link to the playground.
    pub door: Door,
}

impl Part for Embed {
    fn draw(&self, hooks: &mut Hooks<'_>) -> Html {
        let Embed { title, shown, bar, dispatch, door } = self;
        let (node, link) = (hooks.node(), hooks.node());
        // The page around hears, now and whenever the width changes, how high the frame should be.
        media::resized(hooks, &node, |embed| wanted_height(embed).into_iter().for_each(tell));
        theme::worn(hooks);
        let on_pick = {
            let dispatch = dispatch.clone();
            Callback::from(move |pick| dispatch.dispatch(Action::Pick(Some(pick))))
        };
        let on_command = {
            let dispatch = dispatch.clone();
            Callback::from(move |command| dispatch.dispatch(Action::Act(command)))
        };
        let stage = Stage {
            sight: Sight::of(shown, &shown.view),
            crowd: Default::default(),
            why: None,
            marks: Rc::default(),
            name: None,
            on_pick,
            on_command,
        };
        html! {
            <main class="embed" ref={node}>
                <header class="embed-head">
                    <h1 class="title">{ title }</h1>
                    { open_link(dispatch, door, link) }
                </header>
                <section class="stage-room" aria-label="Stage">
                    { room("Legend", stage_bar::draw, shown, dispatch) }
                    { stage.html() }
                </section>
                { bar.clone().html() }
            </main>
        }
    }
}

/// A link to the playground with the run as it is now. Its address is found when somebody is
/// about to follow it: while time passes it would change with every frame.
fn open_link(dispatch: &Dispatch, door: &Door, node: NodeRef) -> Html {
    let aim = {
        let (dispatch, door, node) = (dispatch.clone(), door.clone(), node.clone());
        move |event: &Event| {
            let Some(anchor) = node.cast::<HtmlAnchorElement>() else { return };
            match address::of(&door.session(), Form::Page) {
                Ok(address) => anchor.set_href(&address),
                Err(long) => {
                    event.prevent_default();
                    dispatch.dispatch(Action::Fail(words::too_long(&long)));
                }
            }
        }
    };
    let onmousedown = {
        let aim = aim.clone();
        Callback::from(move |event: MouseEvent| aim(&event))
    };
    let onclick = Callback::from(move |event: MouseEvent| aim(&event));
    html! {
        <a ref={node} class="button is-small" href="./" target="_blank" rel="noopener" {onmousedown} {onclick}>
            { words::OPEN_HERE }
        </a>
    }
}

/// Everything around the stage as it is, and the stage as high as its width asks for.
fn wanted_height(embed: &HtmlElement) -> Option<f64> {
    let stage = embed.query_selector("svg.stage").ok()??.get_bounding_client_rect();
    let around = embed.get_bounding_client_rect().height() - stage.height();
    Some((around + (stage.width() * HEIGHT / WIDTH).min(HIGHEST_STAGE)).ceil())
}

/// Any page may hear it: it is a number and says nothing about anybody.
fn tell(height: f64) {
    let message = Object::new();
    let set = |name: &str, value: JsValue| Reflect::set(&message, &name.into(), &value);
    let is_set = set("type", HEIGHT_MESSAGE.into()).and(set("height", height.into()));
    let window = web_sys::window();
    let parent = window.as_ref().and_then(|window| window.parent().ok().flatten());
    if let (Ok(true), Some(parent)) =
        (is_set, parent.filter(|parent| Some(parent) != window.as_ref()))
    {
        // A page that cannot be told has its own height.
        let _ = parent.post_message(&message, "*");
    }
}

/// Whether the page can be seen, wherever the pages around it are scrolled to.
pub fn is_seen(hooks: &mut Hooks<'_>) -> bool {
    let seen = hooks.keep(|| true);
    let kept = seen.clone();
    hooks.after((), move || {
        let listener = Closure::<dyn FnMut(Array)>::new(move |entries: Array| {
            let last = entries.pop().dyn_into::<IntersectionObserverEntry>();
            kept.set(last.is_ok_and(|entry| entry.is_intersecting()));
        });
        let observer = IntersectionObserver::new(listener.as_ref().unchecked_ref()).ok();
        let body: Option<Element> = web_sys::window()
            .and_then(|window| window.document())
            .and_then(|document| document.document_element());
        if let (Some(observer), Some(body)) = (&observer, &body) {
            observer.observe(body);
        }
        move || {
            if let Some(observer) = observer {
                observer.disconnect();
            }
            drop(listener);
        }
    });
    *seen
}

/// Gives the keyboard back to the page around this one.
pub fn let_go() {
    let window = web_sys::window();
    let focused = window.as_ref().and_then(|window| window.document()?.active_element());
    if let Some(element) = focused.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        // An element that cannot let go keeps the keyboard.
        let _ = element.blur();
    }
    if let Some(parent) = window.and_then(|window| window.parent().ok().flatten()) {
        let _ = parent.focus();
    }
}
