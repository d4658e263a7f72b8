//! What the checks find at the playhead.

use dynamo_sim::EventId;
use yew::prelude::*;

use crate::findings::{FindingRow, findings};
use crate::parts::time;
use crate::session::Action;
use crate::shown::{Dispatch, PanelProps, Shown};
use crate::words;

/// The checks, asked whenever something has happened.
#[component]
pub fn FindingsRoom(props: &PanelProps) -> Html {
    let PanelProps { shown, dispatch } = props.clone();
    let rows = findings(&shown.run.get(), shown.view.moment);
    html! { <FindingsPanel {shown} {dispatch} {rows} /> }
}

/// What to list.
#[derive(Properties, PartialEq)]
pub struct FindingsProps {
    /// What to show.
    pub shown: Shown,
    /// Whom to tell.
    pub dispatch: Dispatch,
    /// The findings.
    pub rows: Vec<FindingRow>,
}

/// The findings, each with the events that broke its check.
#[component]
pub fn FindingsPanel(props: &FindingsProps) -> Html {
    let FindingsProps { shown, dispatch, rows } = props;
    html! {
        <>
            <h2 class="hidden">{ "Findings" }</h2>
            if rows.is_empty() { <p class="nothing">{ words::NO_CHECKS }</p> }
            <ul class="plain findings">
                { for rows.iter().map(|row| html! {
                    <li key={row.name.clone()} class="finding" data-status={row.status.clone()}>
                        <p class="finding-head"><b>{ &row.name }</b><span class="pill">{ &row.status }</span></p>
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
    let dispatch = dispatch.clone();
    let onclick = Callback::from(move |_| dispatch.dispatch(Action::Show(id, None)));
    html! { <button key={id.0} type="button" class="link" {onclick}>{ time(at) }</button> }
}
