//! What can be done to a run, made from the table of commands: a menu for a node, and a line for
//! everything else.

use dynamo_core::{Change, NodeId};
use dynamo_scene::words::command_help;
use dynamo_sim::Command;
use dynamo_sim::machine::Ailment;
use dynamo_sim::script::{COMMANDS, CommandSpec};
use yew::prelude::*;

use crate::panels::faults::act_button;
use crate::part::{Hooks, Kept};
use crate::parts::{Field, on_choose, on_submit, on_type};
use crate::session::Action;
use crate::shown::{Dispatch, Shown};
use crate::words;

/// A button that opens what can be done to this node now, one button each; one menu is open at a
/// time.
pub fn node_menu(
    shown: &Shown,
    dispatch: &Dispatch,
    id: NodeId,
    open: &Kept<Option<NodeId>>,
) -> Html {
    let is_open = **open == Some(id);
    let onclick = {
        let open = open.clone();
        Callback::from(move |_: MouseEvent| open.set((!is_open).then_some(id)))
    };
    html! {
        <>
            <button type="button" class="button is-small menu" aria-expanded={is_open.to_string()}
                aria-label={format!("More for {id}")} {onclick}>{ "More" }</button>
            if is_open { { acts(shown, dispatch, id) } }
        </>
    }
}

fn acts(shown: &Shown, dispatch: &Dispatch, id: NodeId) -> Html {
    let doses = COMMANDS.iter().flat_map(|spec| spec.doses.iter().map(move |dose| (spec, *dose)));
    let acts = doses.filter_map(|(spec, dose)| {
        let command: Command = format!("{} {id} {dose}", spec.name).parse().ok()?;
        is_to_the_point(shown, &command).then_some((spec, dose, command))
    });
    html! {
        <div class="menu-list" role="group" aria-label={format!("What can be done to {id}")}>
            { for acts.map(|(spec, dose, command)| {
                let name = format!("{} {dose}", words::capital(spec.name));
                let name = name.trim_end();
                html! {
                    <div key={name.to_string()} class="menu-item">
                        { act_button(dispatch, name, format!("{name}: {id}"), command) }
                        <p class="hint">{ command_help(spec.help) }</p>
                    </div>
                }
            }) }
        </div>
    }
}

/// Whether a command about a node would change something. The rest the world refuses, with its
/// reason.
fn is_to_the_point(shown: &Shown, command: &Command) -> bool {
    let node = |id: &NodeId| shown.view.nodes.get(id);
    match command {
        Command::Membership { change, .. } => {
            let ring = &shown.view.newest().ring;
            let is_member = change.node().is_some_and(|node| ring.member(node).is_some());
            matches!(change, Change::Join(_)) != is_member
        }
        Command::Machine(id, ailment) => node(id).is_some_and(|it| {
            let mut after = it.machine;
            after.befall(shown.view.moment.time, *ailment);
            match ailment {
                Ailment::Restore => it.machine.backed_up,
                Ailment::Snapshot => true,
                Ailment::Clock(drift) => it.machine.clock.drift() != *drift,
                _ => !it.machine.is_so(*ailment) && after != it.machine,
            }
        }),
        _ => true,
    }
}

/// A line for every command there is.
pub fn any_command(dispatch: &Dispatch, hooks: &mut Hooks<'_>) -> Html {
    let chosen = hooks.keep(|| 0usize);
    let typed = hooks.keep(String::new);
    let error = hooks.keep(|| None::<String>);
    let spec: &CommandSpec = COMMANDS.get(*chosen).unwrap_or(&COMMANDS[0]);
    let act = {
        let (dispatch, typed, error) = (dispatch.clone(), typed.clone(), error.clone());
        move || match format!("{} {}", spec.name, typed.trim()).parse::<Command>() {
            Ok(command) => {
                error.set(None);
                dispatch.dispatch(Action::Act(command));
            }
            Err(wrong) => {
                let found = if wrong.found.is_empty() { words::THE_END } else { &wrong.found };
                error.set(Some(format!("Expected {}, found {found}.", wrong.expected)));
            }
        }
    };
    let choose = {
        let (chosen, error) = (chosen.clone(), error.clone());
        on_choose(move |name| {
            error.set(None);
            chosen.set(COMMANDS.iter().position(|spec| spec.name == name).unwrap_or(0));
        })
    };
    let oninput = on_type({
        let typed = typed.clone();
        move |text| typed.set(text)
    });
    let section = match spec.section {
        "" => words::OUR_CHOICE.to_string(),
        section => format!("paper {section}"),
    };
    let hint = format!("{} ({section})", command_help(spec.help));
    let kind = Field { id: "any-command", label: words::COMMAND, hint: &hint, ..Field::default() };
    let follows = format!("As in a run's text: {}", spec.args);
    let rest = Field {
        id: "any-command-rest",
        label: words::WHAT_FOLLOWS,
        error: error.as_deref(),
        hint: &follows,
        ..Field::default()
    };
    html! {
        <form class="form" onsubmit={on_submit(act)}>
            { kind.around(html! {
                <select id="any-command" class="input" aria-describedby="any-command-more" onchange={choose}>
                    { for COMMANDS.iter().map(|it| html! {
                        <option value={it.name} selected={it.name == spec.name}>{ it.name }</option>
                    }) }
                </select>
            }) }
            { rest.around(html! {
                <input id="any-command-rest" class="input" autocomplete="off" spellcheck="false" autocapitalize="none"
                    aria-describedby="any-command-rest-more" value={(*typed).clone()} {oninput} />
            }) }
            <div class="actions"><button type="submit" class="button is-main">{ words::DO_IT }</button></div>
        </form>
    }
}
