//! What the screen is like.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Event, HtmlElement, MediaQueryList, ResizeObserver};
use yew::NodeRef;

use crate::part::Hooks;

/// A person asked for less motion.
pub const REDUCED_MOTION: &str = "(prefers-reduced-motion: reduce)";
/// Wide enough for rooms side by side.
pub const WIDE: &str = "(min-width: 64rem)";

fn query(media: &str) -> Option<MediaQueryList> {
    web_sys::window()?.match_media(media).ok().flatten()
}

/// Whether a media query holds, kept up to date.
pub fn holds(hooks: &mut Hooks<'_>, media: &'static str) -> bool {
    let holds = hooks.keep(|| query(media).is_some_and(|query| query.matches()));
    let kept = holds.clone();
    hooks.after(media, move || {
        let query = query(media);
        let listener = query.clone().map(|query| {
            kept.set(query.matches());
            let asked = query.clone();
            Closure::<dyn FnMut(Event)>::new(move |_| kept.set(asked.matches()))
        });
        if let (Some(query), Some(listener)) = (&query, &listener) {
            query.set_onchange(Some(listener.as_ref().unchecked_ref()));
        }
        move || {
            if let Some(query) = query {
                query.set_onchange(None);
            }
            drop(listener);
        }
    });
    *holds
}

/// Tells of an element, once it stands and whenever its size changes.
pub fn resized(hooks: &mut Hooks<'_>, node: &NodeRef, then: impl Fn(&HtmlElement) + 'static) {
    let node = node.clone();
    hooks.after((), move || {
        let element = node.cast::<HtmlElement>();
        let told = element.clone();
        let listener = Closure::<dyn FnMut()>::new(move || told.iter().for_each(&then));
        let observer = ResizeObserver::new(listener.as_ref().unchecked_ref()).ok();
        if let (Some(observer), Some(element)) = (&observer, &element) {
            observer.observe(element);
        }
        move || {
            if let Some(observer) = observer {
                observer.disconnect();
            }
            drop(listener);
        }
    });
}
