//! The ladder as a table: everything that the picture shows of the same window, a row each.

use std::rc::Rc;

use dynamo_scene::Pick;
use dynamo_scene::ladder::Ladder;
use dynamo_sim::transcript::millis;
use dynamo_sim::{EventId, Moment};
use yew::prelude::*;

use super::with_source;
use crate::order;
use crate::parts::text;
use crate::shown::Shown;
use crate::words;

/// The rows of a window, in order of time; the one at the playhead says so.
pub fn table(
    shown: &Shown,
    moment: Moment,
    ladder: &Rc<Ladder>,
    on_show: &Callback<(EventId, Option<Pick>)>,
) -> Html {
    let things = ladder.things.iter();
    let events =
        things.flat_map(|thing| thing.events.iter().map(move |event| (*event, &thing.pick)));
    let events = order::by(events, |(event, _)| *event);
    let run = shown.run.get();
    let current = events.iter().rev().find_map(|(event, _)| {
        run.trace().get(*event).filter(|record| record.moment <= moment).map(|_| *event)
    });
    html! {
        <table class="table ladder-table">
            <caption class="hidden">{ words::LADDER_TABLE }</caption>
            <thead><tr>
                <th scope="col">{ "ms" }</th>
                <th scope="col">{ "Who" }</th>
                <th scope="col">{ "What happens" }</th>
            </tr></thead>
            <tbody>
                { for events.into_iter().filter_map(|(event, pick)| {
                    let record = run.trace().get(event)?;
                    let (who, what) = told(shown, event)?;
                    let (on_show, pick) = (on_show.clone(), pick.clone());
                    let number = shown.step(event);
                    let is_current = current == Some(event);
                    let is_picked = pick.is_some() && pick == shown.pick;
                    let onclick = Callback::from(move |_: MouseEvent| on_show.emit((event, pick.clone())));
                    Some(html! {
                        <tr key={event.0} class={classes!(is_picked.then_some("is-picked"))} aria-current={is_current.then_some("time")}>
                            <td><button type="button" class="link" {onclick}>{ millis(record.moment.time) }</button></td>
                            <th scope="row">{ who }</th>
                            <td>{ what }{ " " }{ crate::parts::step_number(number) }</td>
                        </tr>
                    })
                }) }
            </tbody>
        </table>
    }
}

/// What a record says: its row of the log where it has one.
fn told(shown: &Shown, event: EventId) -> Option<(String, String)> {
    if let Some(row) = shown.run.row_of(event) {
        return Some((
            words::who(&row.row.who),
            format!("{} {}", text(&row.row.what), row.row.note),
        ));
    }
    let run = shown.run.get();
    let (who, what) = words::end_of_message(run.trace(), event)?;
    let more = with_source(shown, |source| source.words(event));
    Some((who, if more.is_empty() { what } else { more }))
}
