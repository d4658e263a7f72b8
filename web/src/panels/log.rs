//! The log: everything that happened up to the playhead, a row each. A window of it is drawn, so
//! that a long run stays as fast as a short one.

use dynamo_core::Key;
use dynamo_sim::explain::Question;
use dynamo_sim::transcript::millis;
use dynamo_sim::{EventId, Moment};
use yew::prelude::*;

use crate::digest::{LogRow, Look};
use crate::part::Hooks;
use crate::parts::{step_number, text, why};
use crate::session::Action;
use crate::shared_run::SharedRun;
use crate::shown::{Dispatch, Shown};
use crate::words::who;

/// Rows that are drawn at a time: twice what a screen shows, as making and laying them out is most of
/// what a jump takes.
const WINDOW: usize = 50;

/// The log, the newest row last.
pub fn draw(shown: &Shown, dispatch: &Dispatch, hooks: &mut Hooks<'_>) -> Html {
    let only_focus = hooks.keep(|| false);
    let earlier = hooks.keep(|| 0usize);
    let key = shown.focus.as_ref().filter(|_| *only_focus);
    let rows = window(&shown.run, shown.view.moment, key, *earlier);
    let is_empty = rows.rows.is_empty();
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
                { for rows.rows.into_iter().map(|row| row_html(shown, dispatch, row)) }
            </ol>
            if is_empty { <p class="nothing">{ "Nothing has happened yet. Press Play." }</p> }
        </div>
    }
}

struct Window {
    rows: Vec<LogRow>,
    more_before: bool,
}

fn window(run: &SharedRun, moment: Moment, key: Option<&Key>, earlier: usize) -> Window {
    let (digest, run) = (run.digest(), run.get());
    let trace = run.trace();
    let wanted = |id: &&EventId| key.is_none_or(|key| digest.concerns(trace, **id, key));
    let until = digest.rows_until(trace, moment).iter();
    let mut newest_first = until.rev().filter(wanted).skip(earlier * WINDOW);
    let ids = newest_first.by_ref().take(WINDOW);
    let mut rows: Vec<LogRow> = ids.filter_map(|id| digest.row(trace, *id)).collect();
    rows.reverse();
    Window { rows, more_before: newest_first.next().is_some() }
}

fn row_html(shown: &Shown, dispatch: &Dispatch, row: LogRow) -> Html {
    let LogRow { row: words, pick, look } = row;
    let id = words.id;
    let is_outcome = matches!(look, Look::Good | Look::Bad | Look::Unknown | Look::Decision);
    let about = format!("{} {}", who(&words.who), words.what);
    let ask = is_outcome.then(|| why(dispatch, Question::Event(id), about));
    let is_picked = (pick.is_some() && pick == shown.pick).then_some("is-picked");
    let dispatch = dispatch.clone();
    let onclick = Callback::from(move |_| dispatch.dispatch(Action::Show(id, pick.clone())));
    html! {
        <li key={words.id.0}>
            <button type="button" class={classes!("log-row", look_class(look), is_picked)} {onclick}>
                <span class="log-time">{ millis(words.moment.time) }</span>
                <span class="log-who">{ who(&words.who) }</span>
                <span class="log-what">{ text(&words.what) }<span class="log-note">{ &words.note }</span>{ " " }{ step_number(shown.step(id)) }</span>
            </button>
            { for ask }
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
