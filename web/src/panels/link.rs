//! One link that differs from all others: its latency, loss and copies, one way; or cut, or healed.

use dynamo_core::Endpoint;
use dynamo_sim::Command;
use dynamo_sim::script::{Cut, LinkCommand, ParseError};
use yew::prelude::*;

use crate::part::{Hooks, Kept};
use crate::parts::{Field, on_choose, on_submit, on_type};
use crate::session::Action;
use crate::shown::{Dispatch, Shown};
use crate::words::hand as words;

/// The fields of a link as typed; empty where it is as all are.
#[derive(Clone, Default, PartialEq)]
struct Form {
    from: Option<Endpoint>,
    to: Option<Endpoint>,
    values: [String; 3],
}

/// The field that is wrong, and what to do.
type Wrong = (&'static str, String);

/// The form.
pub fn draw(shown: &Shown, dispatch: &Dispatch, ends: &[Endpoint], hooks: &mut Hooks<'_>) -> Html {
    let form = hooks.keep(Form::default);
    let error = hooks.keep(|| None::<Wrong>);
    let from = form.from.or(ends.first().copied());
    let to = form.to.or(ends.get(1).copied());
    let (Some(from), Some(to)) = (from, to) else { return html! {} };
    let act = {
        let (dispatch, error, form) = (dispatch.clone(), error.clone(), form.clone());
        move |command: Result<Command, Wrong>| match command {
            Ok(command) => {
                error.set(None);
                form.set(Form { values: Default::default(), ..(*form).clone() });
                dispatch.dispatch(Action::Act(command));
            }
            Err(wrong) => error.set(Some(wrong)),
        }
    };
    let change = {
        let (act, form) = (act.clone(), form.clone());
        move || act(command(from, to, &form.values))
    };
    let button = |name: &'static str, command: Command| {
        let act = act.clone();
        let onclick = Callback::from(move |_: MouseEvent| act(Ok(command.clone())));
        html! { <button type="button" class="button" {onclick}>{ name }</button> }
    };
    let one_way = || Cut::OneWay(Vec::from([from]), Vec::from([to]));
    html! {
        <section>
            <h3>{ words::ONE_LINK }</h3>
            <form class="form" onsubmit={on_submit(change)}>
                <div class="grid">
                    { end("link-from", words::FROM, ends, from, &form, |form, end| form.from = Some(end)) }
                    { end("link-to", words::TO, ends, to, &form, |form, end| form.to = Some(end)) }
                </div>
                { for words::LINK_FIELDS.iter().enumerate().map(|(index, (name, label, hint))| {
                    let id = format!("link-{name}");
                    let oninput = on_type({
                        let form = form.clone();
                        move |text| {
                            let mut next = (*form).clone();
                            next.values[index] = text;
                            form.set(next);
                        }
                    });
                    let wrong = error.as_ref().filter(|wrong| wrong.0 == *name);
                    let error = wrong.map(|wrong| wrong.1.as_str());
                    Field { id: &id, label, hint, error, ..Field::default() }.around(html! {
                        <input id={id.clone()} class="input" autocomplete="off" spellcheck="false" autocapitalize="none"
                            aria-describedby={format!("{id}-more")} value={form.values[index].clone()} {oninput} />
                    })
                }) }
                <p class="hint" role="status">{ state(shown, from, to) }</p>
                <div class="actions">
                    <button type="submit" class="button is-main">{ words::CHANGE_LINK }</button>
                    { button(words::CUT_LINK, Command::Cut(one_way())) }
                    { button(words::HEAL_LINK, Command::HealLinks(one_way())) }
                    { button(words::USUAL_LINK, Command::Link(LinkCommand::usual(from, to))) }
                </div>
            </form>
        </section>
    }
}

/// One end of the link.
fn end(
    id: &'static str,
    label: &'static str,
    ends: &[Endpoint],
    chosen: Endpoint,
    form: &Kept<Form>,
    set: fn(&mut Form, Endpoint),
) -> Html {
    let choose = {
        let (form, ends) = (form.clone(), ends.to_vec());
        on_choose(move |name| {
            let mut next = (*form).clone();
            ends.iter().filter(|end| end.to_string() == name).for_each(|end| set(&mut next, *end));
            form.set(next);
        })
    };
    Field { id, label, ..Field::default() }.around(html! {
        <select {id} class="input" aria-describedby={format!("{id}-more")} onchange={choose}>
            { for ends.iter().map(|end| html! {
                <option key={end.to_string()} value={end.to_string()} selected={*end == chosen}>{ end.to_string() }</option>
            }) }
        </select>
    })
}

/// The command, or what is wrong.
fn command(from: Endpoint, to: Endpoint, values: &[String; 3]) -> Result<Command, Wrong> {
    let mut text = format!("link {from} to {to}");
    if from == to {
        return Err((words::LINK_FIELDS[0].0, words::TWO_ENDS.to_string()));
    }
    let mut read = Ok(Command::Link(LinkCommand::usual(from, to)));
    for ((name, ..), value) in words::LINK_FIELDS.iter().zip(values) {
        let value = value.trim();
        if !value.is_empty() {
            text += &format!(" {name}={value}");
            let expected = |wrong: ParseError| format!("Expected {}.", wrong.expected);
            read = text.parse().map_err(|wrong| (*name, expected(wrong)));
        }
        if read.is_err() {
            break;
        }
    }
    read
}

/// How the link is now.
fn state(shown: &Shown, from: Endpoint, to: Endpoint) -> String {
    let links = &shown.view.links;
    let is_cut = links.cuts.holds_back(from, to);
    words::link(from, to, is_cut, links.rule(from, to))
}
