//! Runs: the branches of the one that is shown, and the famous ones.

use dynamo_sim::{Place, Saved};
use yew::prelude::*;

use crate::famous::{Famous, RUNS};
use crate::part::{Hooks, Part};
use crate::parts::{on_submit, on_type, time};
use crate::session::{Action, refusals};
use crate::shown::{Dispatch, Shown};
use crate::words;

/// Branches where there are some, then the gallery.
pub fn draw(shown: &Shown, dispatch: &Dispatch, _: &mut Hooks<'_>) -> Html {
    html! {
        <>
            <h2 class="hidden">{ "Runs" }</h2>
            if !shown.tree.branches().is_empty() {
                <section class="branches" aria-label="Branches">
                    <h3>{ "This run and its branches" }</h3>
                    <ul class="plain">
                        { for shown.tree.places().into_iter().map(|(place, depth)| {
                            row(shown, dispatch, place, depth)
                        }) }
                    </ul>
                </section>
            }
            <section aria-label="Famous runs">
                <h3>{ "Famous runs" }</h3>
                <ul class="plain cards">
                    { for RUNS.iter().map(|run| card(shown, dispatch, *run)) }
                </ul>
                <p class="hint">{ words::OPEN_FILES }</p>
            </section>
        </>
    }
}

fn card(shown: &Shown, dispatch: &Dispatch, run: Famous) -> Html {
    let is_shown = shown.tree.trunk().title() == Some(run.title());
    let dispatch = dispatch.clone();
    let onclick = Callback::from(move |_| {
        // A test parses every run of the gallery.
        if let Ok(saved) = run.script.parse::<Saved>() {
            dispatch.dispatch(Action::Open(Box::new(saved)));
        }
    });
    html! {
        <li key={run.title()}>
            <button type="button" class={classes!("card", "famous", is_shown.then_some("is-chosen"))} {onclick}>
                <b>{ run.title() }</b>
                <span>{ run.about() }</span>
            </button>
        </li>
    }
}

/// One run of the tree. Its acts are listed under its name, those that do not apply with the
/// reason.
fn row(shown: &Shown, dispatch: &Dispatch, place: Place, depth: usize) -> Html {
    let is_shown = place == shown.place;
    let switch = {
        let dispatch = dispatch.clone();
        Callback::from(move |_: MouseEvent| dispatch.dispatch(Action::Switch(place)))
    };
    let compare = {
        let dispatch = dispatch.clone();
        Callback::from(move |_: MouseEvent| dispatch.dispatch(Action::Compare(place)))
    };
    let name = words::run_name(&shown.tree, place);
    let branch = shown.tree.branch(place);
    let refused = if is_shown { refusals(&shown.run) } else { Vec::new() };
    html! {
        <li key={name.clone()} class={classes!("branch", is_shown.then_some("is-chosen"), format!("depth-{}", depth.min(4)))}>
            <div class="branch-head">
                <button type="button" class="link branch-name" aria-pressed={is_shown.to_string()} onclick={switch}>
                    { name.clone() }
                </button>
                if let Some(branch) = branch {
                    <span class="hint">{ "from " }{ time(branch.at().time) }</span>
                }
                if !is_shown {
                    <button type="button" class="link" aria-label={format!("{} with “{name}”", words::twins::COMPARE)} onclick={compare}>
                        { words::twins::COMPARE }
                    </button>
                }
            </div>
            if let Some(branch) = branch {
                <ol class="plain branch-acts">
                    { for branch.lines.iter().enumerate().map(|(index, line)| html! {
                        <li key={index}><code>{ line.to_string() }</code></li>
                    }) }
                </ol>
            }
            if !refused.is_empty() {
                <ul class="plain branch-refused">
                    { for refused.iter().map(|refused| html! {
                        <li key={refused.line} class="error">{ words::does_not_apply(refused) }</li>
                    }) }
                </ul>
            }
            if let Place::Branch(index) = place {
                { Edit { index, name, is_open: is_shown, dispatch: dispatch.clone() }.keyed(index) }
            }
        </li>
    }
}

/// Another name for a branch, or its end; folded away while another run is shown.
#[derive(PartialEq)]
struct Edit {
    index: usize,
    name: String,
    is_open: bool,
    dispatch: Dispatch,
}

impl Part for Edit {
    fn draw(&self, hooks: &mut Hooks<'_>) -> Html {
        let Edit { index, name, is_open, dispatch } = self;
        let index = *index;
        let typed = hooks.keep(|| None::<String>);
        let value = (*typed).clone().unwrap_or_else(|| name.clone());
        let rename = {
            let (dispatch, value, typed) = (dispatch.clone(), value.clone(), typed.clone());
            move || {
                typed.set(None);
                dispatch.dispatch(Action::Rename(index, value.clone()));
            }
        };
        let drop = {
            let dispatch = dispatch.clone();
            Callback::from(move |_: MouseEvent| dispatch.dispatch(Action::Drop(index)))
        };
        let oninput = on_type(move |text| typed.set(Some(text)));
        let whose = format!("{} “{name}”", words::BRANCH_NAME);
        let form = html! {
            <form class="with-button branch-edit" onsubmit={on_submit(rename)}>
                <input id={format!("branch-name-{index}")} class="input" autocomplete="off" aria-label={whose} {value} {oninput} />
                <button type="submit" class="button is-small">{ "Rename" }</button>
                <button type="button" class="button is-small" onclick={drop}>{ "Drop" }</button>
            </form>
        };
        if *is_open {
            return form;
        }
        html! { <details class="branch-more"><summary class="link">{ words::BRANCH_EDIT }</summary>{ form }</details> }
    }
}
