//! What the screen is like.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Event, MediaQueryList};
use yew::prelude::*;

/// A person asked for less motion.
pub const REDUCED_MOTION: &str = "(prefers-reduced-motion: reduce)";
/// Wide enough for rooms side by side.
pub const WIDE: &str = "(min-width: 64rem)";

fn query(media: &str) -> Option<MediaQueryList> {
    web_sys::window()?.match_media(media).ok().flatten()
}

/// Whether a media query holds, kept up to date.
#[hook]
pub fn use_media(media: &'static str) -> bool {
    let holds = use_state_eq(|| query(media).is_some_and(|query| query.matches()));
    let setter = holds.setter();
    use_effect_with(media, move |media| {
        let query = query(media);
        let listener = query.clone().map(|query| {
            setter.set(query.matches());
            let asked = query.clone();
            Closure::<dyn FnMut(Event)>::new(move |_| setter.set(asked.matches()))
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
