//! If the program ever traps, the instance is dead: a plain card, made without it, hands over
//! the text of the run, so that nothing is lost and the fault can be reported.

use std::cell::RefCell;

use wasm_bindgen::prelude::*;
use web_sys::{Document, Element};

use crate::{reload, words};

thread_local! {
    static RUN_TEXT: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Remembers the text that the card would show.
pub fn remember(text: String) {
    RUN_TEXT.with(|kept| {
        if let Ok(mut kept) = kept.try_borrow_mut() {
            *kept = text;
        }
    });
}

/// From here on a trap shows the card.
pub fn set() {
    // Yew would set its own otherwise.
    yew::set_custom_panic_hook(Box::new(|info| {
        let what = info.to_string();
        web_sys::console::error_1(&what.as_str().into());
        reload::forget();
        let text =
            RUN_TEXT.with(|kept| kept.try_borrow().map(|text| text.clone()).unwrap_or_default());
        // Where even the card cannot be painted, the console has the words.
        let _ = paint(&what, &text);
    }));
}

fn element(document: &Document, name: &str, class: &str, text: &str) -> Result<Element, JsValue> {
    let element = document.create_element(name)?;
    element.set_attribute("class", class)?;
    element.set_text_content(Some(text));
    Ok(element)
}

fn paint(what: &str, text: &str) -> Result<(), JsValue> {
    let document = web_sys::window().and_then(|window| window.document()).ok_or(JsValue::NULL)?;
    let body = document.body().ok_or(JsValue::NULL)?;
    let card = element(&document, "section", "trap", "")?;
    card.set_attribute("role", "alertdialog")?;
    card.set_attribute("aria-labelledby", "trap-title")?;
    let title = element(&document, "h1", "trap-title", words::TRAP_TITLE)?;
    title.set_id("trap-title");
    card.append_child(&title)?;
    let sentence = element(&document, "p", "", words::TRAP_SENTENCE)?;
    card.append_child(&sentence)?;
    let label = element(&document, "label", "label", words::TRAP_LABEL)?;
    label.set_attribute("for", "trap-text")?;
    card.append_child(&label)?;
    let area = element(&document, "textarea", "input mono", text)?;
    area.set_id("trap-text");
    area.set_attribute("readonly", "")?;
    area.set_attribute("rows", "12")?;
    card.append_child(&area)?;
    let fault = element(&document, "p", "mono trap-what", what)?;
    card.append_child(&fault)?;
    // A plain link to this page: a handler of the dead instance could not run.
    let reload = element(&document, "a", "button is-main", words::TRAP_RELOAD)?;
    reload.set_attribute("href", "")?;
    card.append_child(&reload)?;
    body.append_child(&card)?;
    Ok(())
}
