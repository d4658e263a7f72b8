//! One message: what it says, why it was sent, what becomes of it.

use dynamo_core::{Duration, Endpoint, Message, MessageName, Shared, Subject};
use dynamo_sim::script::{FateChange, MessageRef};
use dynamo_sim::trace::TraceEvent;
use dynamo_sim::{Command, EventId, Time};
use yew::prelude::*;

use crate::digest::endpoint_pick;
use crate::parts::{fact, key, link, request, time};
use crate::session::Action;
use crate::shown::{Dispatch, Shown};
use crate::words;

/// A message as its sending event tells it.
struct Sent {
    name: MessageName,
    message: Shared<Message>,
    at: Time,
    due: Time,
    is_copy: bool,
    cause: Option<EventId>,
}

fn sent(shown: &Shown, id: EventId) -> Option<Sent> {
    let run = shown.run.get();
    let record = run.trace().get(id)?;
    let (at, cause) = (record.moment.time, record.cause);
    match &record.event {
        TraceEvent::MessageSent { name, message, due } => {
            let (name, message) = (name.clone(), message.clone());
            Some(Sent { name, message, at, due: *due, is_copy: false, cause })
        }
        TraceEvent::MessageCopied { original, due } => match &run.trace().get(*original)?.event {
            TraceEvent::MessageSent { name, message, .. } => {
                let (name, message) = (name.clone(), message.clone());
                Some(Sent { name, message, at, due: *due, is_copy: true, cause })
            }
            _ => None,
        },
        _ => None,
    }
}

pub fn inspect(shown: &Shown, dispatch: &Dispatch, id: EventId) -> Html {
    let Some(sent) = sent(shown, id) else {
        return html! { <p class="nothing">{ "This run has no such message." }</p> };
    };
    let end = |endpoint: Endpoint| link(dispatch, endpoint_pick(endpoint), endpoint);
    let content = shown.run.row_of(id).map(|row| row.row.what);
    let content = content.unwrap_or_else(|| sent.name.kind.to_string());
    let is_copy = if sent.is_copy { " (a copy)" } else { "" };
    html! {
        <>
            <div class="inspector-head"><h2>{ format!("Message {}{is_copy}", sent.name.kind) }</h2></div>
            <dl class="facts">
                { fact("From, to", html! { <>{ end(sent.name.from) }{ " → " }{ end(sent.name.to) }</> }) }
                { fact("Says", html! { <code class="dot">{ content }</code> }) }
                { fact("On behalf of", match &sent.name.subject {
                    Subject::Request(id) => request(dispatch, *id),
                    Subject::Task(_) | Subject::Poll(_) => html! { <code class="dot">{ sent.name.subject.to_string() }</code> },
                }) }
                if let Some(of) = sent.message.key() { { fact("Key", key(dispatch, of)) } }
                { fact("Sent", time(sent.at)) }
                { fact("Fate", fate(shown, id, &sent)) }
                { fact("Cause", cause(shown, dispatch, sent.cause)) }
            </dl>
            { acts(shown, dispatch, id, &sent.name) }
        </>
    }
}

/// What has become of it by the playhead.
fn fate(shown: &Shown, id: EventId, sent: &Sent) -> Html {
    if id.0 as usize >= shown.events {
        return html! { "not sent yet at this place in time" };
    }
    if let Some(flight) = shown.view.flights.get(&id) {
        return html! { <>{ "on its way, due at " }{ time(flight.due) }</> };
    }
    let run = shown.run.get();
    let sent_at = id.0 as usize;
    let end = run.trace().iter_from(sent_at).take(shown.events.saturating_sub(sent_at));
    let mut end = end.filter_map(|(_, record)| match &record.event {
        TraceEvent::MessageArrived { sent } if *sent == id => Some((record.moment.time, "arrived")),
        TraceEvent::MessageLost { sent, why } if *sent == id => {
            Some((record.moment.time, words::loss(*why)))
        }
        _ => None,
    });
    match end.next() {
        Some((at, what)) => html! { <>{ what }{ " at " }{ time(at) }</> },
        None => html! { <>{ "due at " }{ time(sent.due) }</> },
    }
}

/// The nearest event on the way back that the log tells of.
fn cause(shown: &Shown, dispatch: &Dispatch, cause: Option<EventId>) -> Html {
    let run = shown.run.get();
    let mut at = cause;
    while let Some(id) = at {
        if let Some(row) = shown.run.row_of(id) {
            let (dispatch, pick) = (dispatch.clone(), row.pick);
            let onclick =
                Callback::from(move |_| dispatch.dispatch(Action::Show(id, pick.clone())));
            let words = format!("{} {}", words::who(&row.row.who), row.row.what);
            return html! { <button type="button" class="link" {onclick}>{ words }</button> };
        }
        at = match run.trace().get(id) {
            Some(record) => match &record.event {
                TraceEvent::MessageArrived { sent } => Some(*sent),
                TraceEvent::DiskAnswered { completed, .. } => Some(*completed),
                _ => record.cause,
            },
            None => None,
        };
    }
    html! { "its own timer" }
}

/// What can still be done to a message of a request that is on its way.
fn acts(shown: &Shown, dispatch: &Dispatch, id: EventId, name: &MessageName) -> Html {
    let (Some(_), Subject::Request(request)) = (shown.view.flights.get(&id), &name.subject) else {
        return html! {};
    };
    let message = MessageRef { kind: name.kind, request: *request, from: name.from, to: name.to };
    let act = |label: &'static str, change: FateChange| {
        let dispatch = dispatch.clone();
        let command = Command::Fate(message, change);
        let onclick = Callback::from(move |_| dispatch.dispatch(Action::Act(command.clone())));
        html! { <button type="button" class="button is-small" {onclick}>{ label }</button> }
    };
    html! {
        <div class="actions">
            { act("Deliver it now", FateChange::Deliver) }
            { act("Lose it", FateChange::Lose) }
            { act("Delay it by 50 ms", FateChange::Delay(Duration::millis(50))) }
            { act("Send a copy", FateChange::Copy(Duration::millis(10))) }
        </div>
    }
}
