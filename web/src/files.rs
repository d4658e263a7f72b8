//! Runs as files: saved, chosen, dropped onto the page. Nothing of what is shown is lost when a
//! file is not a run: the page says what is wrong with it and where.

use dynamo_sim::Saved;
use dynamo_sim::script::MAX_TEXT_BYTES;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, DragEvent, File, HtmlAnchorElement, HtmlInputElement, Url};

use crate::part::Hooks;
use crate::session::{Action, Session};
use crate::shown::Dispatch;
use crate::words;

/// Hands the run and its branches to the browser as a file to keep.
pub fn save(session: &Session) -> Action {
    let name = file_name(session.tree.trunk().title().unwrap_or_default(), "txt");
    match text(&session.saved().to_string()).and_then(|blob| download(&name, &blob)) {
        Ok(()) => Action::Say(format!("Saved as {name}, with its branches.")),
        Err(_) => Action::Fail(
            "The browser did not take the file: open “Run text” and copy the run from there."
                .to_string(),
        ),
    }
}

/// A title as the name of a file: `the-write-that-survives.txt`.
fn file_name(title: &str, ending: &str) -> String {
    match words::slug(title).as_str() {
        "" => format!("run.{ending}"),
        name => format!("{name}.{ending}"),
    }
}

/// Hands what was made of a run to the browser as a file to keep.
pub fn export(session: &Session, ending: &str, content: &Blob) -> Action {
    let name = file_name(session.run.get().script().title().unwrap_or_default(), ending);
    match download(&name, content) {
        Ok(()) => Action::Say(format!("Saved as {name}.")),
        Err(_) => Action::Fail(words::NO_FILE.to_string()),
    }
}

/// Text as the content of a file.
pub fn text(text: &str) -> Result<Blob, JsValue> {
    Blob::new_with_str_sequence(&js_sys::Array::of1(&text.into()))
}

fn download(name: &str, blob: &Blob) -> Result<(), JsValue> {
    let document = web_sys::window().and_then(|it| it.document()).ok_or(JsValue::NULL)?;
    let address = Url::create_object_url_with_blob(blob)?;
    let anchor: HtmlAnchorElement = document.create_element("a")?.unchecked_into();
    anchor.set_href(&address);
    anchor.set_download(name);
    anchor.click();
    Url::revoke_object_url(&address)
}

/// Lets a person choose a file.
pub fn choose(dispatch: &Dispatch) {
    let chosen = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.create_element("input").ok())
        .map(|element| element.unchecked_into::<HtmlInputElement>());
    let Some(input) = chosen else { return };
    input.set_type("file");
    let (dispatch, asked) = (dispatch.clone(), input.clone());
    let listener = Closure::once_into_js(move || {
        if let Some(file) = asked.files().and_then(|files| files.get(0)) {
            read(file, dispatch);
        }
    });
    input.set_onchange(Some(listener.unchecked_ref()));
    input.click();
}

/// Opens a file once the browser has read it.
fn read(file: File, dispatch: Dispatch) {
    spawn_local(async move {
        let name = file.name();
        let bytes = file.size() as usize;
        let text = if bytes > MAX_TEXT_BYTES {
            Err(format!("it has {bytes} bytes, and a run has at most {MAX_TEXT_BYTES}"))
        } else {
            let text = JsFuture::from(file.text()).await;
            text.map(|text| text.as_string().unwrap_or_default())
                .map_err(|_| "the browser could not read it".to_string())
        };
        let saved = text.and_then(|text| text.parse::<Saved>().map_err(|wrong| wrong.to_string()));
        dispatch.dispatch(match saved {
            Ok(saved) => Action::Open(Box::new(saved)),
            Err(why) => Action::Fail(format!(
                "{name} cannot be opened: {why}. The run that is shown stays."
            )),
        });
    });
}

/// Takes files that are dropped anywhere on the page. Answers whether one is being held over it.
pub fn dropped(hooks: &mut Hooks<'_>, dispatch: &Dispatch) -> bool {
    let over = hooks.keep(|| false);
    let (kept, dispatch) = (over.clone(), dispatch.clone());
    hooks.after((), move || {
        let listener = Closure::<dyn FnMut(DragEvent)>::new(move |event: DragEvent| {
            let Some(held) = event.data_transfer() else { return };
            let is_file = held.types().iter().any(|kind| kind == "Files");
            match event.type_().as_str() {
                // Text that is dropped into a field stays the field's.
                _ if !is_file => return,
                "dragleave" => kept.set(event.related_target().is_some()),
                "drop" => {
                    kept.set(false);
                    if let Some(file) = held.files().and_then(|files| files.get(0)) {
                        read(file, dispatch.clone());
                    }
                }
                _ => kept.set(true),
            }
            event.prevent_default();
        });
        let function: js_sys::Function =
            listener.as_ref().unchecked_ref::<js_sys::Function>().clone();
        let each = move |then: fn(&web_sys::Window, &str, &js_sys::Function)| {
            if let Some(window) = web_sys::window() {
                for kind in ["dragover", "dragleave", "drop"] {
                    then(&window, kind, &function);
                }
            }
        };
        each(|window, kind, function| {
            // A window takes any listener.
            let _ = window.add_event_listener_with_callback(kind, function);
        });
        move || {
            each(|window, kind, function| {
                let _ = window.remove_event_listener_with_callback(kind, function);
            });
            drop(listener);
        }
    });
    *over
}

/// Puts a text where the person can paste it from, and tells whether the browser allowed that.
pub fn copy(text: &str, then: impl FnOnce(bool) + 'static) {
    let clipboard = web_sys::window().and_then(|window| {
        // Absent where the page came by plain http.
        let clipboard = js_sys::Reflect::get(&window.navigator(), &"clipboard".into()).ok()?;
        clipboard.dyn_into::<web_sys::Clipboard>().ok()
    });
    let Some(clipboard) = clipboard else { return then(false) };
    let promise = clipboard.write_text(text);
    spawn_local(async move { then(JsFuture::from(promise).await.is_ok()) });
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn a_title_becomes_a_file_name() {
        assert_eq!(file_name("The write that survives", "txt"), "the-write-that-survives.txt");
        assert_eq!(file_name("  ../<b> Größe? ", "txt"), "b-größe.txt");
        assert_eq!(file_name("…", "txt"), "run.txt");
        assert!(file_name(&"long ".repeat(50), "txt").len() <= 64);
    }
}
