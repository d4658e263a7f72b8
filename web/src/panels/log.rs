//! The log: everything that happened up to the playhead, a row each. A window of it is drawn, so
//! that a long run stays as fast as a short one.

use dynamo_sim::transcript::millis;
use yew::prelude::*;

use crate::digest::{Digest, LogRow, Look};
use crate::part::Hooks;
use crate::parts::text;
use crate::session::Action;
use crate::shown::{Dispatch, Shown};
use crate::words::who;

/// Rows that are drawn at a time.
const WINDOW: usize = 150;

/// The log, the newest row last.
pub fn draw(shown: &Shown, dispatch: &Dispatch, hooks: &mut Hooks<'_>) -> Html {
    let only_focus = hooks.keep(|| false);
    let earlier = hooks.keep(|| 0usize);
    let digest = shown.run.digest().clone();
    let key = shown.focus.clone().filter(|_| *only_focus);
    let rows = window(&digest, shown.view.moment, key.as_ref(), *earlier);
    let toggle = {
        let (only_focus, earlier) = (only_focus.clone(), earlier.clone());
        Callback::from(move |_: Event| {
            only_focus.set(!*only_focus);
            earlier.set(0);
        })
    };
    let page = |by: isize| {
        let earlier = earlier.clone();
        Callback::from(move |_: MouseEvent| earlier.set(earlier.saturating_add_signed(by)))
    };
    let end = hooks.node();
    hooks.after((shown.events, *only_focus, *earlier), {
        let end = end.clone();
        move || {
            if let Some(list) = end.cast::<web_sys::Element>() {
                list.set_scroll_top(list.scroll_height());
            }
        }
    });
    html! {
        <div class="log">
            <h2 class="hidden">{ "Log" }</h2>
            <div class="log-head">
                if let Some(focus) = &shown.focus {
                    <label class="check">
                        <input type="checkbox" checked={*only_focus} onchange={toggle} />
                        <span>{ "Only " }<b>{ text(focus.as_str()) }</b></span>
                    </label>
                }
                <span class="log-pages">
                    if rows.more_before {
                        <button type="button" class="button is-small" onclick={page(1)}>{ "Earlier" }</button>
                    }
                    if *earlier > 0 {
                        <button type="button" class="button is-small" onclick={page(-1)}>{ "Later" }</button>
                    }
                </span>
            </div>
            <ol class="log-rows" ref={end} tabindex="0" aria-label="Rows up to the playhead, the newest last">
                { for rows.rows.iter().map(|row| row_html(dispatch, row)) }
            </ol>
            if rows.rows.is_empty() { <p class="nothing">{ "Nothing has happened yet. Press Play." }</p> }
        </div>
    }
}

struct Window<'a> {
    rows: Vec<&'a LogRow>,
    more_before: bool,
}

fn window<'a>(
    digest: &'a Digest,
    moment: dynamo_sim::Moment,
    key: Option<&dynamo_core::Key>,
    earlier: usize,
) -> Window<'a> {
    let count = digest.rows.partition_point(|row| row.row.moment <= moment);
    // An act that concerns all keys belongs to each.
    let wanted = |row: &&LogRow| {
        key.is_none_or(|key| row.key.as_ref().map_or(row.look == Look::Act, |other| other == key))
    };
    let mut newest_first = digest.rows[..count].iter().rev().filter(wanted).skip(earlier * WINDOW);
    let mut rows: Vec<&LogRow> = newest_first.by_ref().take(WINDOW).collect();
    rows.reverse();
    Window { rows, more_before: newest_first.next().is_some() }
}

fn row_html(dispatch: &Dispatch, row: &LogRow) -> Html {
    let LogRow { row: words, pick, look, .. } = row;
    let (dispatch, id, pick) = (dispatch.clone(), words.id, pick.clone());
    let onclick = Callback::from(move |_| dispatch.dispatch(Action::Show(id, pick.clone())));
    html! {
        <li key={words.id.0}>
            <button type="button" class={classes!("log-row", look_class(*look))} {onclick}>
                <span class="log-time">{ millis(words.moment.time) }</span>
                <span class="log-who">{ who(&words.who) }</span>
                <span class="log-what">{ text(&words.what) }<span class="log-note">{ &words.note }</span></span>
            </button>
        </li>
    }
}

/// The class of a look.
pub fn look_class(look: Look) -> &'static str {
    match look {
        Look::Act => "look-act",
        Look::Begin => "look-begin",
        Look::Message => "look-message",
        Look::Disk => "look-disk",
        Look::Decision => "look-decision",
        Look::Good => "look-good",
        Look::Bad => "look-bad",
        Look::Unknown => "look-unknown",
    }
}
