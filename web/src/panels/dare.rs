//! A search for a world that reaches a goal, in slices, so that the page stays usable.

use std::cell::RefCell;
use std::rc::Rc;

use dynamo_lab::{Dare, Found, Goal, Stand};
use dynamo_sim::explain::Question;
use dynamo_sim::swarm::Trouble;
use dynamo_sim::{PickName, Saved, Sight};
use gloo_timers::callback::Timeout;
use yew::prelude::*;

use crate::part::{Hooks, Kept};
use crate::parts::{Field, on_submit, on_type};
use crate::session::Action;
use crate::shown::{Dispatch, Shown};
use crate::words::dare as words;

/// Events of a slice: some milliseconds.
const SLICE: u32 = 8_000;

/// What is asked for.
#[derive(Clone, PartialEq)]
struct Form {
    goal: Goal,
    troubles: Vec<Trouble>,
    bound: String,
}

/// A search and when it began, in milliseconds of the browser.
struct Search {
    dare: Dare,
    goal: Goal,
    bound: u32,
    begun: f64,
}

/// What is seen of a search.
#[derive(Clone, PartialEq)]
enum Seen {
    Nothing,
    Wrong(String),
    /// So many slices are done.
    Going {
        slices: u32,
        tried: u32,
        bound: u32,
        rate: u32,
        is_found: bool,
    },
    Over(String),
}

type Running = Rc<RefCell<Option<Search>>>;

/// The form, the progress, and what came of it.
pub fn draw(shown: &Shown, dispatch: &Dispatch, hooks: &mut Hooks<'_>) -> Html {
    let goal = Goal::StaleRead;
    let form = hooks.keep(|| Form { goal, troubles: goal.usual().to_vec(), bound: "10000".into() });
    let seen = hooks.keep(|| Seen::Nothing);
    let running: Running = hooks.run(use_mut_ref(|| None));
    let slices = match &*seen {
        Seen::Going { slices, .. } => Some(*slices),
        _ => None,
    };
    hooks.after(slices, {
        let (seen, running, dispatch) = (seen.clone(), running.clone(), dispatch.clone());
        move || {
            let next = slices.map(|slices| {
                Timeout::new(0, move || seen.set(slice(&running, slices + 1, &dispatch)))
            });
            move || drop(next)
        }
    });
    let start = {
        let (shown, form, seen, running) =
            (shown.clone(), form.clone(), seen.clone(), running.clone());
        move || seen.set(begin(&shown, &form, &running))
    };
    // One button for both, so that it keeps the keyboard.
    let (kind, name) =
        if slices.is_some() { ("button", words::STOP) } else { ("submit", words::START) };
    let stop = {
        let (seen, running, dispatch) = (seen.clone(), running.clone(), dispatch.clone());
        Callback::from(move |event: MouseEvent| {
            if slices.is_some() {
                // By the time this click is over, the button would begin anew.
                event.prevent_default();
                seen.set(stopped(&running, &dispatch));
            }
        })
    };
    let error = match &*seen {
        Seen::Wrong(wrong) => Some(wrong.as_str()),
        _ => None,
    };
    let bound = Field {
        id: "dare-bound",
        label: words::BOUND,
        error,
        hint: words::BOUND_HINT,
        ..Field::default()
    };
    let oninput = on_type({
        let form = form.clone();
        move |bound| form.set(Form { bound, ..(*form).clone() })
    });
    html! {
        <form class="form" onsubmit={on_submit(start)}>
            <h2 class="hidden">{ words::START }</h2>
            <p class="hint">{ words::ABOUT }</p>
            { goals(&form) }
            <details open={error.is_some()}>
                <summary>{ words::means(&form.troubles, &form.bound) }</summary>
                { troubles(&form) }
                { bound.around(html! {
                    <input id="dare-bound" class="input" inputmode="numeric" autocomplete="off"
                        aria-describedby="dare-bound-more" value={form.bound.clone()} {oninput} />
                }) }
            </details>
            <div class="actions">
                <button type={kind} class="button is-main" onclick={stop}>{ name }</button>
            </div>
            { progress(&seen) }
        </form>
    }
}

fn goals(form: &Kept<Form>) -> Html {
    html! {
        <fieldset class="cards">
            <legend>{ words::GOALS }</legend>
            { for Goal::ALL.iter().map(|goal| {
                let (goal, is_chosen) = (*goal, *goal == form.goal);
                let (title, sentence) = words::goal(goal);
                let form = form.clone();
                let choose = Callback::from(move |_: Event| {
                    let troubles = goal.usual().to_vec();
                    form.set(Form { goal, troubles, ..(*form).clone() });
                });
                html! {
                    <label key={goal.name()} class={classes!("card", "goal", is_chosen.then_some("is-chosen"))}>
                        <input type="radio" name="dare-goal" value={goal.name()} checked={is_chosen} onchange={choose} />
                        <span>{ title }<span class="hint">{ sentence }</span></span>
                    </label>
                }
            }) }
        </fieldset>
    }
}

fn troubles(form: &Kept<Form>) -> Html {
    html! {
        <fieldset class="troubles">
            <legend>{ words::TROUBLES }</legend>
            { for Trouble::ALL.iter().map(|trouble| {
                let (title, sentence) = words::trouble(*trouble);
                let is_chosen = form.troubles.contains(trouble);
                let form = form.clone();
                let toggle = Callback::from(move |_: Event| {
                    let mut troubles = form.troubles.clone();
                    troubles.retain(|other| other != trouble);
                    if !is_chosen {
                        troubles.push(*trouble);
                    }
                    form.set(Form { troubles, ..(*form).clone() });
                });
                html! {
                    <label key={title} class="check">
                        <input type="checkbox" checked={is_chosen} onchange={toggle} />
                        <span>{ title }<span class="hint">{ format!(" – {sentence}") }</span></span>
                    </label>
                }
            }) }
        </fieldset>
    }
}

/// A screen reader is told how it ends, not every slice.
fn progress(seen: &Seen) -> Html {
    let over = match seen {
        Seen::Over(over) => over.as_str(),
        _ => "",
    };
    html! {
        <>
            if let Seen::Going { tried, bound, rate, is_found, .. } = seen {
                <div class="search">
                    <progress max={bound.to_string()} value={tried.to_string()} aria-label={words::PROGRESS} />
                    <p class="hint">
                        { if *is_found { words::SHRINKING.to_string() } else { words::progress(*tried, *bound, *rate) } }
                    </p>
                </div>
            }
            <p role="status">{ over }</p>
        </>
    }
}

fn begin(shown: &Shown, form: &Form, running: &Running) -> Seen {
    let setup = shown.view.settings.over(&shown.run.get().script().setup);
    let bound = form.bound.trim().parse().ok().filter(|bound| (1..=words::MOST).contains(bound));
    let Some(bound) = bound else { return Seen::Wrong(words::BAD_BOUND.into()) };
    let goal = form.goal;
    if goal.is_void_in(&setup) {
        return Seen::Over(words::void(setup.quorum));
    }
    let dare = Dare::new(goal, setup, form.troubles.clone(), bound);
    let begun = js_sys::Date::now();
    running.replace(Some(Search { dare, goal, bound, begun }));
    Seen::Going { slices: 0, tried: 0, bound, rate: 0, is_found: false }
}

/// One slice more, and how things stand behind it.
fn slice(running: &Running, slices: u32, dispatch: &Dispatch) -> Seen {
    let mut running = running.borrow_mut();
    let Some(Search { dare, goal, bound, begun }) = &mut *running else { return Seen::Nothing };
    dare.step(SLICE);
    let (tried, bound) = (dare.tried(), *bound);
    let stand = dare.stand();
    if let Stand::Ended(found) = stand {
        let goal = *goal;
        *running = None;
        return ended(found, goal, tried, words::not_found(bound), dispatch);
    }
    let seconds = (js_sys::Date::now() - *begun) / 1_000.0;
    let rate = if seconds > 0.0 { f64::from(tried) / seconds } else { 0.0 } as u32;
    Seen::Going { slices, tried, bound, rate, is_found: stand == Stand::Shrinking }
}

fn stopped(running: &Running, dispatch: &Dispatch) -> Seen {
    let Some(Search { mut dare, goal, .. }) = running.take() else { return Seen::Nothing };
    dare.stop();
    let Stand::Ended(found) = dare.stand() else { return Seen::Nothing };
    ended(found, goal, dare.tried(), words::stopped(dare.tried()), dispatch)
}

/// Opens what was found; `nothing` is said if that is nothing.
fn ended(
    found: Option<Box<Found>>,
    goal: Goal,
    tried: u32,
    nothing: String,
    dispatch: &Dispatch,
) -> Seen {
    let Some(found) = found else { return Seen::Over(nothing) };
    open(*found, goal, dispatch);
    dispatch.dispatch(Action::Say(words::found(tried)));
    Seen::Over(words::found(tried))
}

/// Opens what was found, at the event that was looked for, with its explanation.
fn open(found: Found, goal: Goal, dispatch: &Dispatch) {
    let Found { mut script, sighting } = found;
    script.about = vec![words::title(goal)];
    let pick = sighting.request.and_then(|request| PickName::new(&request.to_string()));
    let (moment, key) = (sighting.moment, Some(sighting.key));
    let sight = Some(Sight { moment, key, pick, eyes: None });
    dispatch.dispatch(Action::Open(Box::new(Saved { sight, ..script.into() })));
    dispatch.dispatch(Action::Why(Some(Question::Event(sighting.event))));
}
