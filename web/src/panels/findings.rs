//! What the checks find at the playhead.

use dynamo_sim::EventId;
use dynamo_sim::explain::Question;
use dynamo_sim::transcript::millis;
use yew::prelude::*;

use crate::findings::Findings;
use crate::part::Hooks;
use crate::parts::{time, why};
use crate::session::Action;
use crate::shown::{Dispatch, Shown};

/// The checks, asked whenever something has happened, each with the events that broke it.
pub fn draw(shown: &Shown, dispatch: &Dispatch, hooks: &mut Hooks<'_>) -> Html {
    let findings = hooks.run(use_mut_ref(Findings::default));
    let rows = findings.borrow_mut().at(&shown.run, shown.view.moment);
    html! {
        <>
            <h2 class="hidden">{ "Findings" }</h2>
            <ul class="plain findings">
                { for rows.iter().map(|row| html! {
                    <li key={row.name} class="finding" data-check={row.name} data-status={row.status}>
                        <p class="finding-head"><b>{ row.title }</b><span class="pill">{ row.word }</span></p>
                        <p>{ &row.sentence }</p>
                        if !row.guilty.is_empty() {
                            <p class="hint">{ "Broken at " }
                                { for row.guilty.iter().map(|id| guilty(shown, dispatch, *id)) }
                            </p>
                        }
                    </li>
                }) }
            </ul>
        </>
    }
}

fn guilty(shown: &Shown, dispatch: &Dispatch, id: EventId) -> Html {
    let at = shown.run.get().trace().get(id).map(|record| record.moment.time).unwrap_or_default();
    let show = dispatch.clone();
    let onclick = Callback::from(move |_| show.dispatch(Action::Show(id, None)));
    html! {
        <span key={id.0}>
            <button type="button" class="link" {onclick}>{ time(at) }</button>{ " " }
            { why(dispatch, Question::Event(id), millis(at)) }{ " " }
        </span>
    }
}
