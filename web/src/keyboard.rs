//! The keys of the whole page. A control that has the keyboard keeps the keys it knows.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, KeyboardEvent};

use crate::address::Form;
use crate::embed;
use crate::page::Open;
use crate::part::{Hooks, Kept};
use crate::session::{Action, Way};
use crate::shown::Dispatch;

/// What must not be taken from: text keeps every key, buttons keep Space, lists their arrows.
const KEEPS_ALL: &str = "input, textarea, select, [contenteditable], dialog";
const KEEPS_SPACE: &str = "button, a, summary, label";

/// What a key asks for.
#[derive(Clone, Debug)]
enum Asked {
    Act(Action),
    Help,
}

fn asked(event: &KeyboardEvent) -> Option<Asked> {
    let within = |selector: &str| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        target.and_then(|element| element.closest(selector).ok().flatten()).is_some()
    };
    if event.alt_key() || within(KEEPS_ALL) {
        return None;
    }
    let act = |action: Action| Some(Asked::Act(action));
    if event.ctrl_key() || event.meta_key() {
        let is_undo = event.key().eq_ignore_ascii_case("z") && !event.shift_key();
        return if is_undo { act(Action::Undo) } else { None };
    }
    match (event.key().as_str(), event.shift_key()) {
        (" ", false) if !within(KEEPS_SPACE) => act(Action::Toggle),
        ("ArrowRight", false) => act(Action::Step(Way::Forward)),
        ("ArrowLeft", false) => act(Action::Step(Way::Back)),
        ("ArrowRight", true) => act(Action::Jump(Way::Forward)),
        ("ArrowLeft", true) => act(Action::Jump(Way::Back)),
        ("f" | "F", _) => act(Action::Fork),
        ("Home", false) => act(Action::Rewind),
        ("[", _) => act(Action::SwitchBy(-1)),
        ("]", _) => act(Action::SwitchBy(1)),
        ("Escape", _) => act(Action::Pick(None)),
        ("?", _) => Some(Asked::Help),
        _ => None,
    }
}

/// Listens while the page stands.
pub fn listen(hooks: &mut Hooks<'_>, dispatch: &Dispatch, open: &Kept<Open>, form: Form) {
    let (dispatch, open) = (dispatch.clone(), open.clone());
    hooks.after((), move || {
        let listener = Closure::<dyn FnMut(KeyboardEvent)>::new(move |event: KeyboardEvent| {
            if event.default_prevented() {
                return;
            }
            match asked(&event) {
                Some(Asked::Act(Action::Pick(None))) if form == Form::Embed => embed::let_go(),
                // In another page there is no room for two, no help, and Escape leads back to it.
                Some(Asked::Act(Action::Fork) | Asked::Help) if form == Form::Embed => {}
                Some(Asked::Act(action)) => {
                    event.prevent_default();
                    dispatch.dispatch(action);
                }
                Some(Asked::Help) => open.set(Open::Help),
                None => {}
            }
        });
        let window = web_sys::window();
        if let Some(window) = &window {
            let function = listener.as_ref().unchecked_ref();
            // A window takes any listener.
            let _ = window.add_event_listener_with_callback("keydown", function);
        }
        move || {
            if let Some(window) = window {
                let function = listener.as_ref().unchecked_ref();
                let _ = window.remove_event_listener_with_callback("keydown", function);
            }
        }
    });
}
