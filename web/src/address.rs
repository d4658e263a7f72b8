//! The address of the page: the run of a link, and how the page is to be shown.

use dynamo_sim::link::{BadLink, Link, TooLong};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::Location;

use crate::famous::RUNS;
use crate::part::Hooks;
use crate::session::{Action, Session};
use crate::shown::Dispatch;
use crate::theme::Theme;
use crate::{reload, words};

fn location() -> Option<Location> {
    Some(web_sys::window()?.location())
}

/// The value of a parameter behind the `?`; empty if it has none.
fn parameter(name: &str) -> Option<String> {
    let query = location()?.search().ok()?;
    query.trim_start_matches('?').split('&').find_map(|part| {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        (key == name).then(|| value.to_string())
    })
}

/// Whether the page is part of another one: `?embed`.
pub fn is_embedded() -> bool {
    parameter("embed").is_some()
}

/// The theme that the address asks for: `?theme=dark`.
pub fn theme() -> Option<Theme> {
    parameter("theme").and_then(|name| Theme::named(&name))
}

/// What stands behind the #, with it.
pub fn hash() -> String {
    location().and_then(|location| location.hash().ok()).unwrap_or_default()
}

/// A run of the gallery: `#open=the-write-that-survives`, with `&t=2s` where it has to be.
fn famous(hash: &str) -> Option<Result<Link, BadLink>> {
    let fragment = hash.trim_start_matches('#');
    let name = fragment.split('&').find_map(|part| part.strip_prefix("open="))?;
    let run = RUNS.iter().find(|run| run.slug() == name);
    let script = run.and_then(|run| run.script.parse().ok());
    let unknown = BadLink::Part("open, the name of a famous run as “Runs” lists them");
    Some(script.ok_or(unknown).and_then(|script| Link::of(script, fragment)))
}

/// What a hash asks for; nothing if it names no run.
fn asked(hash: &str) -> Option<Action> {
    Some(match famous(hash).or_else(|| Link::read(hash))? {
        Ok(link) => Action::OpenLink(Box::new(link)),
        Err(wrong) => {
            let wrong = wrong.to_string();
            Action::Fail(format!(
                "This link cannot be opened: {wrong}. The run that is shown stays."
            ))
        }
    })
}

/// The session that the page begins with.
pub fn session() -> Session {
    let session = Session::default();
    reload::resumed(match asked(&hash()) {
        None => session,
        Some(action) => session.begun_by(action),
    })
}

/// Opens the run of a link that is put into the address while the page stands.
pub fn listen(hooks: &mut Hooks<'_>, dispatch: &Dispatch) {
    let dispatch = dispatch.clone();
    hooks.after((), move || {
        let listener = Closure::<dyn FnMut()>::new(move || {
            if let Some(action) = asked(&hash()) {
                dispatch.dispatch(action);
            }
        });
        let window = web_sys::window();
        if let Some(window) = &window {
            window.set_onhashchange(Some(listener.as_ref().unchecked_ref()));
        }
        move || {
            if let Some(window) = window {
                window.set_onhashchange(None);
            }
            drop(listener);
        }
    });
}

/// How a link shows the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The whole playground.
    Page,
    /// The stage and the controls alone, for another page.
    Embed,
}

/// The whole address of what is shown.
pub fn of(session: &Session, form: Form) -> Result<String, TooLong> {
    let fragment = session.link().fragment()?;
    let here = location().map(|location| {
        let text = |part: Result<String, _>| part.unwrap_or_default();
        format!("{}{}", text(location.origin()), text(location.pathname()))
    });
    let query = match form {
        Form::Page => "",
        Form::Embed => "?embed",
    };
    Ok(format!("{}{query}#{fragment}", here.unwrap_or_default()))
}

/// The line of HTML that puts what is shown into another page.
pub fn embed_line(session: &Session) -> Result<String, TooLong> {
    let address = attribute(&of(session, Form::Embed)?);
    let title = attribute(session.tree.trunk().title().unwrap_or(words::NAME));
    Ok(format!(
        "<iframe src=\"{address}\" title=\"{title}\" width=\"100%\" height=\"560\" \
         loading=\"lazy\"></iframe>"
    ))
}

/// A text within the quotes of an attribute.
fn attribute(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;")
}
