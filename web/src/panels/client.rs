//! The clients: what each holds, and what one of them reads or writes next.

use dynamo_core::{ClientId, Key, RequestId};
use yew::prelude::*;

use super::operations::operations;
use crate::digest::{clients, nodes};
use crate::forms::{OperationErrors, OperationForm, Verb};
use crate::part::{Hooks, Kept};
use crate::parts::{Field, on_choose, on_submit, on_type, text, version};
use crate::session::Action;
use crate::shown::{Dispatch, Shown};

/// One client at a time acts; all are seen.
pub fn draw(shown: &Shown, dispatch: &Dispatch, hooks: &mut Hooks<'_>) -> Html {
    let client = hooks.keep(|| ClientId(1));
    let form = hooks.keep(|| OperationForm {
        key: shown.focus.as_ref().map(|key| key.as_str().to_string()).unwrap_or_default(),
        ..OperationForm::default()
    });
    let errors = hooks.keep(OperationErrors::default);
    let send = {
        let (shown, dispatch) = (shown.clone(), dispatch.clone());
        let (client, form, errors) = (*client, form.clone(), errors.clone());
        Callback::from(move |verb: Verb| {
            let operation = shown.run.get().script().next_operation(client);
            let request = RequestId { client, operation };
            match form.command(verb, request, shown.view.settings.quorum.n()) {
                Ok(command) => {
                    errors.set(OperationErrors::default());
                    dispatch.dispatch(Action::Act(command));
                }
                Err(wrong) => errors.set(wrong),
            }
        })
    };
    let other = |name: &'static str, verb: Verb| {
        let onclick = send.reform(move |_: MouseEvent| verb);
        html! { <button type="button" class="button" {onclick}>{ name }</button> }
    };
    html! {
        <>
            <h2 class="hidden">{ "Clients" }</h2>
            { client_choice(shown, &client) }
            <form class="form" onsubmit={on_submit({ let send = send.clone(); move || send.emit(Verb::Put) })}>
                { key_and_value(shown, &form, &errors) }
                { choices(shown, &form, &errors) }
                <div class="actions">
                    <button type="submit" class="button is-main">{ "Put" }</button>
                    { other("Get", Verb::Get) }{ other("Delete", Verb::Delete) }
                    <p class="hint">{ format!("{} acts at the playhead.", *client) }</p>
                </div>
            </form>
            { operations(shown, dispatch, *client) }
        </>
    }
}

type FormState = Kept<OperationForm>;

fn change(form: &FormState, change: fn(&mut OperationForm, String)) -> impl Fn(String) + 'static {
    let form = form.clone();
    move |text| {
        let mut next = (*form).clone();
        change(&mut next, text);
        form.set(next);
    }
}

fn key_and_value(shown: &Shown, form: &FormState, errors: &OperationErrors) -> Html {
    html! {
        <>
            { Field { id: "put-key", label: "Key", error: errors.key.as_deref(), ..Field::default() }.around(html! { <>
                <input id="put-key" class="input" list="known-keys" autocomplete="off" spellcheck="false"
                    autocapitalize="none" aria-describedby="put-key-more" value={form.key.clone()}
                    oninput={on_type(change(form, |form, text| form.key = text))} />
                <datalist id="known-keys">
                    { for shown.run.digest().keys.iter().map(|key| html! {
                        <option key={key.as_str().to_string()} value={key.as_str().to_string()} />
                    }) }
                </datalist>
            </> }) }
            { Field { id: "put-value", label: "Value (for a put)", error: errors.value.as_deref(), ..Field::default() }.around(html! {
                <input id="put-value" class="input" autocomplete="off" spellcheck="false"
                    autocapitalize="none" aria-describedby="put-value-more" value={form.value.clone()}
                    oninput={on_type(change(form, |form, text| form.value = text))} />
            }) }
        </>
    }
}

fn choices(shown: &Shown, form: &FormState, errors: &OperationErrors) -> Html {
    let quorum = shown.view.settings.quorum;
    let number = |id: &'static str,
                  label: &'static str,
                  value: &str,
                  now: u8,
                  then: fn(&mut OperationForm, String)| {
        Field { id, label, class: "is-small", ..Field::default() }.around(html! {
            <input {id} class="input" inputmode="numeric" autocomplete="off" placeholder={now.to_string()}
                aria-describedby="put-needed-more" value={value.to_string()} oninput={on_type(change(form, then))} />
        })
    };
    let forgets = {
        let form = form.clone();
        Callback::from(move |_: Event| {
            form.set(OperationForm { forgets: !form.forgets, ..(*form).clone() });
        })
    };
    html! {
        <>
            <div class="row">
                { Field { id: "put-via", label: "Via", ..Field::default() }.around(html! {
                    <select id="put-via" class="input" onchange={on_choose(change(form, |form, text| form.via = text))}>
                        <option value="" selected={form.via.is_empty()}>{ "any node" }</option>
                        { for nodes(&shown.run.get()).into_iter().map(|node| html! {
                            <option key={node.to_string()} value={node.to_string()} selected={form.via == node.to_string()}>
                                { node.to_string() }
                                { if shown.view.nodes.get(&node).is_some_and(|node| !node.is_up()) { " (down)" } else { "" } }
                            </option>
                        }) }
                    </select>
                }) }
                { number("put-r", "R for get", &form.r, quorum.r(), |form, text| form.r = text) }
                { number("put-w", "W for put", &form.w, quorum.w(), |form, text| form.w = text) }
            </div>
            <div id="put-needed-more" class="field-more">
                if let Some(error) = &errors.needed { <p class="error" role="alert">{ error }</p> }
            </div>
            <label class="check">
                <input type="checkbox" checked={form.forgets} onchange={forgets} />
                <span>{ "Put without the held context" }
                    <span class="hint">{ " – as if the client had read nothing: this can make siblings" }</span>
                </span>
            </label>
        </>
    }
}

/// The clients as cards; the chosen one acts.
fn client_choice(shown: &Shown, client: &Kept<ClientId>) -> Html {
    let all = clients(&shown.run.get());
    html! {
        <fieldset class="cards">
            <legend>{ "Who acts, and the context each holds" }</legend>
            { for all.into_iter().map(|id| {
                let (is_chosen, client) = (id == **client, client.clone());
                html! {
                    <label key={id.0} class={classes!("card", "client-card", is_chosen.then_some("is-chosen"))}>
                        <input type="radio" name="client" value={id.to_string()} checked={is_chosen}
                            onchange={Callback::from(move |_| client.set(id))} />
                        <span class="client-id">{ id.to_string() }</span>
                        <span class="client-holds">{ holds(shown, id) }</span>
                    </label>
                }
            }) }
        </fieldset>
    }
}

/// What a client holds, in words: for the key in focus, and for how many others.
fn holds(shown: &Shown, client: ClientId) -> Html {
    let held = shown.view.clients.get(&client).map(|client| &client.held);
    let of = |key: &Key| held.and_then(|held| held.get(key));
    let others =
        held.map_or(0, |held| held.keys().filter(|key| Some(*key) != shown.focus.as_ref()).count());
    let here = match &shown.focus {
        None => html! {},
        Some(key) => match of(key) {
            None => html! { <>{ format!("no context for {}", text(key.as_str())) }</> },
            Some(seen) if seen.is_empty() => {
                html! { <>{ format!("read that {} was never written", text(key.as_str())) }</> }
            }
            Some(seen) => html! {
                <>
                    { format!("saw {} at ", text(key.as_str())) }
                    { for seen.iter().map(|request| version(shown, key, *request)) }
                </>
            },
        },
    };
    html! {
        <>{ here }{ match (others, shown.focus.is_some()) {
            (0, _) => String::new(),
            (_, true) => format!(", and {others} more"),
            (1, false) => "saw 1 other key".to_string(),
            (_, false) => format!("saw {others} other keys"),
        } }</>
    }
}
