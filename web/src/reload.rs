//! A run survives a reload: what is shown and what is typed is kept in the tab's own storage when
//! the page goes, and taken up again when it comes back to the same address. Whoever follows a link
//! or visits anew gets what the address says; where storage is blocked, so does everybody.

use std::cell::Cell;

use dynamo_sim::Saved;
use gloo_timers::callback::Timeout;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Document, Event, EventInit, HtmlInputElement, HtmlSelectElement};

use crate::api::Door;
use crate::part::{Hooks, Kept};
use crate::session::Session;
use crate::{address, storage};

/// The address and the run, one below the other.
const RUN: &str = "run";
/// What stood in the fields of the console: `ID=TEXT`, one below the other.
const TYPED: &str = "typed";
/// A text of a run that was being changed.
const DRAFT: &str = "draft";

/// How the browser came to this page: 0 is a link, an address or a bookmark.
const BY_ADDRESS: u16 = 0;

thread_local! {
    /// A run that has stopped the program must not stop it again.
    static IS_LOST: Cell<bool> = const { Cell::new(false) };
}

/// The run that stood here before the page was loaded again.
fn text() -> Option<String> {
    let by = web_sys::window()?.performance()?.navigation().type_();
    let kept = storage::read_here(RUN).filter(|_| by != BY_ADDRESS && !address::is_embedded())?;
    let (hash, run) = kept.split_once('\n')?;
    (hash == address::hash()).then(|| run.to_string())
}

/// Whether fields of the console are to be filled in as they were.
pub fn is_resumed() -> bool {
    text().is_some()
}

/// The page as it was before it was loaded again, if it was; `begun` is what the address asks for.
pub fn resumed(begun: Session) -> Session {
    match text().and_then(|run| run.parse::<Saved>().ok()) {
        Some(saved) => begun.resumed(saved),
        None => begun,
    }
}

/// The run is not to be taken up again.
pub fn forget() {
    IS_LOST.set(true);
    storage::keep_here(RUN, "");
}

/// The text of a run that was being changed when the page was loaded again; kept from now on.
pub fn draft(hooks: &mut Hooks<'_>) -> Kept<Option<String>> {
    let kept = || storage::read_here(DRAFT).filter(|draft| !draft.is_empty() && text().is_some());
    let draft = hooks.keep(kept);
    let now = (*draft).clone();
    hooks.after(now.clone(), move || storage::keep_here(DRAFT, &now.unwrap_or_default()));
    draft
}

/// Fills in what was typed, and keeps run and fields when the page goes.
pub fn listen(hooks: &mut Hooks<'_>, door: &Door) {
    let door = door.clone();
    hooks.after((), move || {
        if is_resumed() {
            let typed = storage::read_here(TYPED).unwrap_or_default();
            fill(typed.lines().map(String::from).collect::<Vec<_>>().into_iter());
        }
        let listener = Closure::<dyn FnMut()>::new(move || {
            if !IS_LOST.get() {
                let run = format!("{}\n{}", address::hash(), door.session().saved());
                storage::keep_here(RUN, &run);
                storage::keep_here(TYPED, &typed().unwrap_or_default());
            }
        });
        let window = web_sys::window();
        if let Some(window) = &window {
            window.set_onpagehide(Some(listener.as_ref().unchecked_ref()));
        }
        move || {
            if let Some(window) = window {
                window.set_onpagehide(None);
            }
            drop(listener);
        }
    });
}

fn document() -> Option<Document> {
    web_sys::window()?.document()
}

/// What stands in the fields of the console.
fn typed() -> Option<String> {
    let fields = document()?.query_selector_all(".console :is(input, select)[id]").ok()?;
    let field = |index| {
        let field = fields.item(index)?.dyn_into::<web_sys::Element>().ok()?;
        Some(format!("{}={}\n", field.id(), value(&field)?))
    };
    Some((0..fields.length()).filter_map(field).collect())
}

fn value(field: &web_sys::Element) -> Option<String> {
    let input = field.dyn_ref::<HtmlInputElement>().map(HtmlInputElement::value);
    input.or_else(|| field.dyn_ref::<HtmlSelectElement>().map(HtmlSelectElement::value))
}

/// Types into one field after the other, as a person would: a form hears of one before the next.
fn fill(mut lines: std::vec::IntoIter<String>) {
    let Some(line) = lines.next() else { return };
    if line.split_once('=').and_then(|(id, text)| fill_in(id, text)).is_some() {
        Timeout::new(0, move || fill(lines)).forget();
    } else {
        fill(lines);
    }
}

/// Answers nothing if the field is not there or holds the text already.
fn fill_in(id: &str, text: &str) -> Option<()> {
    let field = document()?.get_element_by_id(id)?;
    value(&field).filter(|now| now != text)?;
    let kind = match field.dyn_ref::<HtmlInputElement>() {
        Some(input) => {
            input.set_value(text);
            "input"
        }
        None => {
            field.dyn_ref::<HtmlSelectElement>()?.set_value(text);
            "change"
        }
    };
    let bubbles = EventInit::new();
    bubbles.set_bubbles(true);
    let event = Event::new_with_event_init_dict(kind, &bubbles).ok()?;
    field.dispatch_event(&event).ok().map(drop)
}
