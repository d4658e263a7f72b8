//! The answer to "why?": the chain of causes, a sentence each, each leading to its moment.

use dynamo_sim::explain::Question;
use dynamo_sim::transcript::millis;
use yew::prelude::*;

use crate::part::Hooks;
use crate::parts::{focus, step_number};
use crate::session::Action;
use crate::shown::{Dispatch, Shown};
use crate::words;

/// The id of the heading.
const HEADING: &str = "explanation";

/// What is explained.
pub fn draw(shown: &Shown, dispatch: &Dispatch, hooks: &mut Hooks<'_>) -> Html {
    // Whoever asked goes on reading at the answer.
    hooks.after(shown.why.as_ref().map(|why| why.question.clone()), || focus(HEADING));
    let Some(why) = &shown.why else { return html! {} };
    let run = shown.run.get();
    let moment = |id| run.trace().get(id).map(|record| record.moment).unwrap_or_default();
    let question = match &why.question {
        Question::Event(_) => why.told.last().map(|last| last.text.clone()).unwrap_or_default(),
        Question::Replica { node, key, at } => words::replica_question(*node, key, *at),
    };
    let current = why.told.iter().rposition(|told| moment(told.id) <= shown.view.moment);
    let close = {
        let dispatch = dispatch.clone();
        Callback::from(move |_: MouseEvent| dispatch.dispatch(Action::Why(None)))
    };
    html! {
        <div class="explanation">
            <h2 id={HEADING} tabindex="-1">{ words::WHY }</h2>
            <p class="question">{ question }</p>
            if why.told.is_empty() {
                <p class="nothing">{ words::NO_CAUSES }</p>
            } else {
                <p class="hint">{ words::BECAUSE }</p>
            }
            <ol class="plain chain">
                { for why.told.iter().enumerate().map(|(place, told)| {
                    let (dispatch, id, pick) = (dispatch.clone(), told.id, told.pick.clone());
                    let onclick = Callback::from(move |_: MouseEvent| {
                        dispatch.dispatch(Action::Show(id, pick.clone()));
                    });
                    html! {
                        <li key={id.0}>
                            <button type="button" class="log-row chain-row" {onclick}
                                aria-current={(current == Some(place)).then_some("step")}>
                                { step_number(Some(place + 1)) }
                                <span class="log-time">{ millis(moment(id).time) }</span>
                                <span class="log-what">{ &told.text }</span>
                            </button>
                        </li>
                    }
                }) }
            </ol>
            <p><button type="button" class="button is-small" onclick={close}>{ "Close" }</button></p>
        </div>
    }
}
