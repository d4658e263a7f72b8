//! The sibling workbench: values in conflict side by side, what each way of merging would cost,
//! and the way back into the store (4.4).

use dynamo_core::{ClientId, Key, Message, RequestId, Shared, Sibling, Value};
use dynamo_sim::Command;
use dynamo_sim::script::{ContextChoice, OperationCommand, OperationKind};
use dynamo_sim::trace::{Access, Ended, TraceEvent};
use dynamo_sim::view::ClientView;
use yew::prelude::*;

use super::graph::graph;
use super::operations::outcome;
use crate::merge::{self, Branch, Price};
use crate::order;
use crate::part::{Hooks, Part};
use crate::parts::{Field, on_submit, on_type, request, text, time, value, version};
use crate::session::Action;
use crate::shown::{Dispatch, Shown, is_put};

/// The clients that hold values of a key in conflict, each with the siblings.
pub fn conflicts(shown: &Shown) -> Vec<(ClientId, Vec<Sibling>)> {
    let Some(key) = &shown.focus else { return Vec::new() };
    let found = |(id, client): (&ClientId, &Shared<ClientView>)| {
        let answer = client.answers.get(key)?;
        let Some((_, Ended::Found { siblings }, _)) = &shown.view.requests.get(answer)?.ended
        else {
            return None;
        };
        let still = client.held.get(key)?.iter().eq(&sorted(siblings));
        let siblings = order::by(siblings.iter().cloned(), |it| shown.version(key, it.request));
        (siblings.len() > 1 && still).then_some((*id, siblings))
    };
    shown.view.clients.iter().filter_map(found).collect()
}

fn sorted(siblings: &[Sibling]) -> Vec<RequestId> {
    order::set(siblings.iter().map(|sibling| sibling.request))
}

/// The workbench.
pub fn draw(shown: &Shown, dispatch: &Dispatch, hooks: &mut Hooks<'_>) -> Html {
    let chosen = hooks.keep(|| None::<ClientId>);
    let all = conflicts(shown);
    let Some(key) = &shown.focus else { return html! {} };
    let current = all.iter().find(|(id, _)| Some(*id) == *chosen).or(all.first()).cloned();
    let name = text(key.as_str());
    html! {
        <>
            <h2 class="hidden">{ "Siblings" }</h2>
            if all.len() > 1 {
                <fieldset class="choices">
                    <legend>{ "Clients that hold siblings" }</legend>
                    { for all.iter().map(|(id, _)| {
                        let (id, setter) = (*id, chosen.clone());
                        let is_chosen = current.as_ref().is_some_and(|(other, _)| *other == id);
                        html! {
                            <label key={id.0} class={classes!("choice", is_chosen.then_some("is-chosen"))}>
                                <input type="radio" name="siblings-client" checked={is_chosen}
                                    onchange={Callback::from(move |_| setter.set(Some(id)))} />{ id.to_string() }
                            </label>
                        }
                    }) }
                </fieldset>
            }
            if let Some((client, siblings)) = current {
                { workbench(shown, dispatch, client, key, siblings) }
            } else {
                <p class="nothing">
                    { format!("No client holds values of {name} in conflict here. When a get returns siblings, they lie on this bench.") }
                </p>
            }
            { graph(shown, dispatch, key) }
            { merged(shown, dispatch, key) }
        </>
    }
}

/// Other siblings, another bench: an edit belongs to what it merges.
fn workbench(
    shown: &Shown,
    dispatch: &Dispatch,
    client: ClientId,
    of: &Key,
    siblings: Vec<Sibling>,
) -> Html {
    let requests =
        sorted(&siblings).iter().map(|request| format!(" {request}")).collect::<String>();
    let (shown, dispatch, of) = (shown.clone(), dispatch.clone(), of.clone());
    Workbench { shown, dispatch, client, of, siblings }.keyed(format!("{client}{requests}"))
}

/// Siblings side by side, and what becomes of them.
#[derive(PartialEq)]
struct Workbench {
    shown: Shown,
    dispatch: Dispatch,
    client: ClientId,
    of: Key,
    siblings: Vec<Sibling>,
}

/// How the merge is made.
#[derive(Clone, Debug, PartialEq)]
enum How {
    Choose(RequestId),
    Union,
    Edit(String),
}

impl Part for Workbench {
    fn draw(&self, hooks: &mut Hooks<'_>) -> Html {
        let Workbench { shown, dispatch, client, of: key, siblings } = self;
        let how = hooks.keep(|| How::Union);
        let error = hooks.keep(|| None::<String>);
        let values: Vec<String> =
            siblings.iter().map(|it| it.text().unwrap_or_default().to_string()).collect();
        let merge = match &*how {
            How::Choose(request) => {
                let one = siblings.iter().find(|sibling| sibling.request == *request);
                one.map(|sibling| sibling.text().unwrap_or_default().to_string())
                    .unwrap_or_default()
            }
            How::Union => merge::union(&values),
            How::Edit(text) => text.clone(),
        };
        let put = {
            let (shown, dispatch, key) = (shown.clone(), dispatch.clone(), key.clone());
            let (client, merge, error) = (*client, merge.clone(), error.clone());
            move || match put_back(&shown, client, &key, &merge) {
                Ok(command) => {
                    error.set(None);
                    dispatch.dispatch(Action::Act(command));
                }
                Err(wrong) => error.set(Some(wrong)),
            }
        };
        let set = |next: How| {
            let how = how.clone();
            Callback::from(move |_: Event| how.set(next.clone()))
        };
        let edit = {
            let how = how.clone();
            on_type(move |text| how.set(How::Edit(text)))
        };
        let field = Field {
            id: "merge-text",
            label: "The merged value",
            error: error.as_deref(),
            ..Field::default()
        };
        html! {
            <form class="form" onsubmit={on_submit(put)}>
                <p>{ format!("{client} read {} values of ", siblings.len()) }<b>{ text(key.as_str()) }</b>
                    { " that no other descends from. It holds the context of all of them." }</p>
                <fieldset class="cards">
                    <legend>{ "Merge by hand" }</legend>
                    <div class="sibling-cards">
                        { for siblings.iter().map(|sibling| sibling_card(shown, dispatch, key, sibling,
                            *how == How::Choose(sibling.request), set(How::Choose(sibling.request)))) }
                    </div>
                    { choice("union", "Combine all as sets", "Items are parted by commas.", *how == How::Union, set(How::Union)) }
                    { choice("edit", "Edit by hand", "Type below.", matches!(*how, How::Edit(_)), set(How::Edit(merge.clone()))) }
                </fieldset>
                { field.around(html! {
                    <textarea id="merge-text" class="input" rows="2" aria-describedby="merge-text-more" value={merge.clone()} oninput={edit} />
                }) }
                { preview(shown, siblings, &values, &merge) }
                <div class="actions">
                    <button type="submit" class="button is-main">{ "Put the merge back" }</button>
                </div>
            </form>
        }
    }
}

fn put_back(shown: &Shown, client: ClientId, key: &Key, merge: &str) -> Result<Command, String> {
    let value = Value::new(merge).map_err(|long| format!("{long}: shorten it."))?;
    let operation = shown.run.get().script().next_operation(client);
    Ok(Command::Operation(OperationCommand {
        request: RequestId { client, operation },
        kind: OperationKind::Put { value: Some(value), context: ContextChoice::Held },
        key: key.clone(),
        via: None,
        needed: None,
        strictness: None,
    }))
}

fn sibling_card(
    shown: &Shown,
    dispatch: &Dispatch,
    key: &Key,
    sibling: &Sibling,
    is_chosen: bool,
    onchange: Callback<Event>,
) -> Html {
    let by = shown.view.requests.get(&sibling.request);
    html! {
        <div key={sibling.request.to_string()} class={classes!("card", "sibling", is_chosen.then_some("is-chosen"))}>
            <label>
                <input type="radio" name="merge" checked={is_chosen} {onchange} />
                { version(shown, key, sibling.request) }
                <span class="value">{ value(sibling.text()) }</span>
            </label>
            <p class="hint">
                { "by " }{ request(dispatch, sibling.request) }
                if let Some(by) = by { { " at " }{ time(by.at) } }
                if let Some(dot) = shown.dot(key, sibling.request) { { ", dot " }<code class="dot">{ dot }</code> }
            </p>
        </div>
    }
}

fn choice(
    id: &'static str,
    name: &str,
    hint: &str,
    checked: bool,
    onchange: Callback<Event>,
) -> Html {
    html! {
        <label key={id} class={classes!("card", checked.then_some("is-chosen"))}>
            <input type="radio" name="merge" {checked} {onchange} />
            <span>{ name }</span><span class="hint">{ " " }{ hint }</span>
        </label>
    }
}

/// What last-write-wins, union and this merge would each cost.
fn preview(shown: &Shown, siblings: &[Sibling], values: &[String], merge: &str) -> Html {
    let started = |sibling: &&Sibling| shown.view.requests.get(&sibling.request).map(|it| it.event);
    let last = siblings.iter().max_by_key(started);
    let last =
        last.map(|sibling| sibling.text().unwrap_or_default().to_string()).unwrap_or_default();
    let branches = branches(shown, siblings);
    let ways = [
        ("Last write wins", last),
        ("Set union", merge::union(values)),
        ("This merge", merge.to_string()),
    ];
    html! {
        <table class="table">
            <caption>{ "What each way would cost" }</caption>
            <thead><tr><th scope="col">{ "Way" }</th><th scope="col">{ "Keeps" }</th><th scope="col">{ "Cost" }</th></tr></thead>
            <tbody>
                { for ways.into_iter().map(|(name, result)| {
                    let price = merge::price(&result, &branches);
                    html! {
                        <tr key={name}><th scope="row">{ name }</th><td>{ text(&result) }</td><td>{ price_words(&price) }</td></tr>
                    }
                }) }
            </tbody>
        </table>
    }
}

fn price_words(price: &Price) -> Html {
    html! {
        <>
            if !price.loses.is_empty() { <span class="cost is-loss">{ format!("loses {}", price.loses.join(", ")) }</span> }
            if !price.revives.is_empty() {
                <span class="cost is-revived">{ format!("brings back {}", price.revives.join(", ")) }</span>
            }
            if *price == Price::default() { <span>{ "nothing" }</span> }
        </>
    }
}

/// The siblings with what each replaced.
fn branches(shown: &Shown, siblings: &[Sibling]) -> Vec<Branch> {
    let replaced = |request: RequestId| match &shown.view.requests.get(&request)?.started.access {
        Access::Put { replaces, .. } => {
            Some(replaces.iter().filter_map(|old| shown.value(*old)).collect())
        }
        Access::Get { .. } => None,
    };
    let branch = |sibling: &Sibling| Branch {
        value: sibling.text().unwrap_or_default().to_string(),
        replaced: replaced(sibling.request).unwrap_or_default(),
    };
    siblings.iter().map(branch).collect()
}

/// The last put of the key that brought branches together, and the clock that covers them.
fn merged(shown: &Shown, dispatch: &Dispatch, key: &Key) -> Html {
    let merging = shown.puts(key).rev().find_map(|put| match &put.started.access {
        Access::Put { replaces, .. } if replaces.len() > 1 && is_put(put) => Some((put, replaces)),
        _ => None,
    });
    let Some((put, replaces)) = merging else { return html! {} };
    let merge = put.started.request;
    html! {
        <section class="merged">
            <h3>{ "The last merge" }</h3>
            <p>
                { request(dispatch, merge) }{ " put " }{ version(shown, key, merge) }
                <span class="value">{ value(shown.value(merge).as_deref()) }</span>
                { " in place of " }{ for replaces.iter().map(|old| version(shown, key, *old)) }
            </p>
            { outcome(shown, dispatch, put, usize::MAX) }
            if let Some(context) = context_of(shown, key, merge) {
                <p>{ "The clock that covers the branches: " }<code class="dot">{ context }</code></p>
            }
        </section>
    }
}

/// The context that the answer to a put returned, once it was sent.
fn context_of(shown: &Shown, key: &Key, put: RequestId) -> Option<String> {
    let from = shown.view.requests.get(&put)?.event.0 as usize;
    let run = shown.run.get();
    let mut records = run.trace().iter_from(from).take(shown.events.saturating_sub(from));
    records.find_map(|(_, record)| match &record.event {
        TraceEvent::MessageSent { message, .. }
            if let Message::PutReply(reply) = &**message
                && reply.request == put =>
        {
            match &reply.outcome {
                dynamo_core::node::put::PutOutcome::Stored(token) => {
                    Some(shown.run.digest().names.context(key, &token.open(key).ok()?))
                }
                _ => None,
            }
        }
        _ => None,
    })
}
