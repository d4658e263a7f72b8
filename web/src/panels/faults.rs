//! Faults: nodes that die and come back, links that carry nothing.

use dynamo_core::{Change, Endpoint, NodeId, Zone};
use dynamo_scene::members::standing;
use dynamo_scene::{NoCut, Stops, cut_off};
use dynamo_sim::Command;
use dynamo_sim::script::MAX_NODES;
use yew::prelude::*;

use crate::digest::clients;
use crate::panels::commands::{any_command, node_menu};
use crate::panels::link;
use crate::part::Hooks;
use crate::parts::{Field, node, on_choose, on_submit};
use crate::session::Action;
use crate::shown::{Dispatch, Shown};
use crate::words;

/// Crash, restart, cut, heal, join, leave.
pub fn draw(shown: &Shown, dispatch: &Dispatch, hooks: &mut Hooks<'_>) -> Html {
    let open = hooks.keep(|| None::<NodeId>);
    html! {
        <>
            <h2 class="hidden">{ "Faults" }</h2>
            <section>
                <h3>{ "Processes" }</h3>
                <p class="hint">{ "A crash ends the process; what its disk has stored stays. “More” has what else can befall a machine." }</p>
                <ul class="nodes-list">
                    { for shown.view.nodes.iter().map(|(id, view)| html! {
                        <li key={id.0}>
                            { node(dispatch, *id) }
                            <span class={if view.is_up() { "state is-up" } else { "state is-down" }}>
                                { if view.is_up() { "up" } else { "down" } }
                            </span>
                            { process_button(dispatch, *id, view.is_up()) }
                            { node_menu(shown, dispatch, *id, &open) }
                        </li>
                    }) }
                    { for zones(shown).into_iter().map(|zone| {
                        let ends = Command::CrashZone(zone.clone());
                        let starts = Command::RestartZone(zone.clone());
                        html! {
                            <li key={zone.to_string()}>
                                <span>{ format!("Zone {zone}") }</span>
                                { act_button(dispatch, "Crash", format!("Crash zone {zone}"), ends) }
                                { act_button(dispatch, "Restart", format!("Restart zone {zone}"), starts) }
                            </li>
                        }
                    }) }
                </ul>
            </section>
            { cut_form(shown, dispatch, hooks) }
            { link::draw(shown, dispatch, &endpoints(shown), hooks) }
            { members(shown, dispatch) }
            <section>
                <h3>{ words::EVERY_COMMAND }</h3>
                { any_command(dispatch, hooks) }
            </section>
        </>
    }
}

/// Who joins and who leaves.
fn members(shown: &Shown, dispatch: &Dispatch) -> Html {
    let next = shown.view.nodes.keys().map(|node| node.0).max().unwrap_or(0) + 1;
    let change = |name: &str, change: Change| {
        let label = format!("{name}{}", change.to_string().trim_start_matches(change.word()));
        act_button(dispatch, name, label, Command::Membership { change, via: None })
    };
    html! {
        <section>
            <h3>{ "Members" }</h3>
            <p class="hint">{ "One node is told; gossip tells the others. A removed node is not waited for." }</p>
            <ul class="nodes-list">
                { for shown.view.nodes.keys().map(|id| html! {
                    <li key={id.0}>
                        { node(dispatch, *id) }
                        <span>{ standing(&shown.view, *id).unwrap_or("member") }</span>
                        if shown.view.newest().ring.member(*id).is_some() {
                            { change("Leave", Change::Leave(*id)) }
                            { change("Remove", Change::Remove(*id)) }
                        } else {
                            { change("Join", Change::Join((*id).into())) }
                        }
                    </li>
                }) }
                if next <= MAX_NODES {
                    <li key={next}>
                        <span>{ NodeId(next).to_string() }</span>
                        <span>{ "new machine" }</span>
                        { change("Join", Change::Join(NodeId(next).into())) }
                    </li>
                }
            </ul>
        </section>
    }
}

/// The zones, if there are several.
fn zones(shown: &Shown) -> Vec<Zone> {
    let mut zones: Vec<Zone> = Vec::new();
    for member in shown.view.ring.members() {
        if !zones.contains(&member.zone) {
            zones.push(member.zone.clone());
        }
    }
    if zones.len() > 1 { zones } else { Vec::new() }
}

/// Ends or starts a node's process.
pub fn process_button(dispatch: &Dispatch, node: NodeId, is_up: bool) -> Html {
    let (name, command) = match is_up {
        true => ("Crash", Command::Crash(node)),
        false => ("Restart", Command::Restart(node)),
    };
    act_button(dispatch, name, format!("{name} {node}"), command)
}

/// A small button that gives a command at the playhead.
pub fn act_button(dispatch: &Dispatch, name: &str, label: String, command: Command) -> Html {
    let (dispatch, name) = (dispatch.clone(), name.to_string());
    let onclick = Callback::from(move |_| dispatch.dispatch(Action::Act(command.clone())));
    html! {
        <button type="button" class="button is-small" aria-label={label} {onclick}>{ name }</button>
    }
}

fn cut_form(shown: &Shown, dispatch: &Dispatch, hooks: &mut Hooks<'_>) -> Html {
    let chosen = hooks.keep(Vec::<Endpoint>::new);
    let way = hooks.keep(|| "both".to_string());
    let error = hooks.keep(|| None::<&'static str>);
    let cut = {
        let (shown, dispatch) = (shown.clone(), dispatch.clone());
        let (chosen, way, error) = (chosen.clone(), way.clone(), error.clone());
        move || match cut(&shown, &chosen, &way) {
            Ok(command) => {
                error.set(None);
                dispatch.dispatch(Action::Act(command));
            }
            Err(wrong) => error.set(Some(wrong)),
        }
    };
    let heal = {
        let dispatch = dispatch.clone();
        Callback::from(move |_| dispatch.dispatch(Action::Act(Command::Heal)))
    };
    let links = shown.view.links.cuts.iter().count();
    let way_field = Field {
        id: "cut-way",
        label: "Which messages stop",
        error: *error,
        hint: "A client that is not chosen reaches everybody.",
        ..Field::default()
    };
    html! {
        <section>
            <h3>{ "Network" }</h3>
            <form class="form" onsubmit={on_submit(cut)}>
                <fieldset class="choices">
                    <legend>{ "Cut these off from the other nodes" }</legend>
                    { for endpoints(shown).into_iter().map(|endpoint| {
                        let chosen = chosen.clone();
                        let is_chosen = chosen.contains(&endpoint);
                        let onchange = Callback::from(move |_| {
                            let mut next = (*chosen).clone();
                            next.retain(|other| *other != endpoint);
                            if next.len() == chosen.len() {
                                next.push(endpoint);
                            }
                            chosen.set(next);
                        });
                        html! {
                            <label key={endpoint.to_string()} class={classes!("choice", is_chosen.then_some("is-chosen"))}>
                                <input type="checkbox" checked={is_chosen} {onchange} />{ endpoint.to_string() }
                            </label>
                        }
                    }) }
                </fieldset>
                { way_field.around(html! {
                    <select id="cut-way" class="input" aria-describedby="cut-way-more"
                        onchange={ { let way = way.clone(); on_choose(move |name| way.set(name)) } }>
                        <option value="both" selected={*way == "both"}>{ "both ways" }</option>
                        <option value="from" selected={*way == "from"}>{ "only those that they send" }</option>
                        <option value="to" selected={*way == "to"}>{ "only those sent to them" }</option>
                    </select>
                }) }
                <div class="actions">
                    <button type="submit" class="button is-main">{ "Cut" }</button>
                    <button type="button" class="button" onclick={heal}>{ "Heal all" }</button>
                    <p class="hint">
                        { if links == 0 { "All links carry messages.".to_string() }
                          else { format!("{} carry nothing.", words::count(links, "one-way link", "one-way links")) } }
                    </p>
                </div>
            </form>
        </section>
    }
}

fn endpoints(shown: &Shown) -> Vec<Endpoint> {
    let nodes = shown.nodes().into_iter().map(Endpoint::Node);
    nodes.chain(clients(&shown.run.get()).into_iter().map(Endpoint::Client)).collect()
}

fn cut(shown: &Shown, chosen: &[Endpoint], way: &str) -> Result<Command, &'static str> {
    let mut these = endpoints(shown);
    these.retain(|endpoint| chosen.contains(endpoint));
    let stops = match way {
        "from" => Stops::Sent,
        "to" => Stops::Received,
        _ => Stops::Both,
    };
    cut_off(&shown.view, &these, stops).map_err(|why| match why {
        NoCut::Nobody => "Nobody is chosen: choose whom to cut off.",
        NoCut::Everybody => "No node is left on the other side: leave one out.",
    })
}
