//! One node: its process, its disk, its opinions, what it waits for.

use dynamo_core::{EngineKind, NodeId, Operation, Stage, Store, Strategy, Timer};
use dynamo_sim::Command;
use dynamo_sim::view::NodeView;
use yew::prelude::*;

use super::trees;
use crate::forms;
use crate::panels::commands::node_menu;
use crate::panels::faults::{act_button, process_button};
use crate::part::Kept;
use crate::parts::{fact, key, node, on_choose, request, time, versions};
use crate::session::Action;
use crate::shown::{Dispatch, Shown};
use crate::words::{self, inspect};

pub fn inspect(
    shown: &Shown,
    dispatch: &Dispatch,
    id: NodeId,
    open: &Kept<Option<NodeId>>,
) -> Html {
    let Some(view) = shown.view.nodes.get(&id) else {
        return html! { <><h2>{ id.to_string() }</h2><p class="nothing">{ format!("This run has no {id}.") }</p></> };
    };
    let signs = dynamo_scene::machines::signs(view).into_iter().map(|sign| sign.said);
    let signs = signs.collect::<Vec<_>>();
    html! {
        <>
            <div class="inspector-head">
                <h2>{ format!("Node {id}") }</h2>
                <span class={if view.is_up() { "state is-up" } else { "state is-down" }}>
                    { if view.is_up() { "up" } else { "down" } }
                </span>
                { process_button(dispatch, id, view.is_up()) }
                { node_menu(shown, dispatch, id, open) }
            </div>
            <dl class="facts">
                { fact("Started", html! { words::count(view.boots as usize, "time", "times") }) }
                { placement(shown, id) }
                { standing(shown, id) }
                { fact("Storage", html! { engine(shown.view.engine, view) }) }
                if !signs.is_empty() { { fact("Not usual", html! { signs.join("; ") }) } }
            </dl>
            { storage(shown, dispatch, id, view) }
            { beliefs(shown, dispatch, id) }
            { members(shown, dispatch, id) }
            { hints(shown, dispatch, view) }
            { trees::trees(shown, dispatch, id, view) }
            { suspects(dispatch, view) }
            { waits(shown, dispatch, id, view) }
        </>
    }
}

/// What it believes otherwise than it is, and the way into its eyes.
fn beliefs(shown: &Shown, dispatch: &Dispatch, id: NodeId) -> Html {
    let differences = inspect::differences(shown, id);
    let sees = shown.eyes == Some(id);
    let onclick = {
        let dispatch = dispatch.clone();
        let eyes = (!sees).then_some(id);
        Callback::from(move |_: MouseEvent| dispatch.dispatch(Action::Eyes(eyes)))
    };
    html! {
        <section><h3>{ inspect::BLIND }</h3>
            if differences.is_empty() { <p class="hint">{ inspect::NOT_BLIND }</p> }
            <ul class="plain">
                { for differences.into_iter().map(|said| html! { <li key={said.clone()} class="differs">{ said }</li> }) }
            </ul>
            <p><button type="button" class="button is-small" aria-pressed={sees.to_string()} {onclick}>
                { if sees { inspect::SEE_ALL } else { inspect::SEE_AS } }</button></p>
        </section>
    }
}

/// Its place on the ring: what it owns, and zone and weight where nodes differ in them.
fn placement(shown: &Shown, id: NodeId) -> Html {
    let ring = &shown.view.ring;
    let Some(member) = ring.member(id) else { return html! {} };
    let owned = ring.marks_of(id).count();
    let owns = match ring.strategy() {
        Strategy::EqualShares { partitions } => {
            fact("Partitions", html! { format!("{owned} of {partitions}") })
        }
        _ => fact("Tokens", html! { owned }),
    };
    let thousandths = ring.share(id) / 1_000;
    let share = format!("{}.{} % of the ring", thousandths / 10, thousandths % 10);
    let others = ring.members();
    html! {
        <>
            { owns }
            { fact("Owns", html! { share }) }
            if others.iter().any(|other| other.weight != member.weight) {
                { fact("Weight", html! { member.weight }) }
            }
            if others.iter().any(|other| other.zone != member.zone) {
                { fact("Zone", html! { member.zone.to_string() }) }
            }
        </>
    }
}

/// How it stands to the ring, and which ring it believes in, once members have changed.
fn standing(shown: &Shown, id: NodeId) -> Html {
    let known = shown.view.membership(id);
    if shown.view.newest().history.is_empty() {
        return html! {};
    }
    let members = words::count(known.ring.members().len(), "member", "members");
    html! {
        <>
            if let Some(standing) = dynamo_scene::members::standing(&shown.view, id) {
                { fact("Membership", html! { standing }) }
            }
            { fact("Believes in", html! { format!("ring {} of {members}", known.ring.epoch()) }) }
        </>
    }
}

/// Every change of the members that it knows of, and the ranges that move.
fn members(shown: &Shown, dispatch: &Dispatch, id: NodeId) -> Html {
    let known = shown.view.membership(id);
    if known.history.is_empty() {
        return html! {};
    }
    let stage = |stage: &Stage| match stage {
        Stage::Announced(seen) => {
            format!("seen by {}", words::count(seen.len(), "node", "nodes"))
        }
        Stage::Agreed(given) => {
            format!("agreed, given by {}", words::count(given.len(), "node", "nodes"))
        }
        Stage::InEffect => "in effect".to_string(),
    };
    html! {
        <section>
            <h3>{ "Changes of the members" }</h3>
            <ul class="plain">
                { for known.history.iter().map(|(stamp, entry)| html! {
                    <li key={format!("{}.{}", stamp.time, stamp.by)}>
                        { match entry.change.node() {
                            Some(of) => html! { <>{ format!("{} ", entry.change.word()) }{ node(dispatch, of) }</> },
                            None => html! { entry.change.to_string() },
                        } }
                        { format!(", told to {}: {}", stamp.by, stage(&entry.stage)) }
                    </li>
                }) }
                if let Some(pending) = known.agreed() {
                    { for pending.moves.iter().map(|((from, to), ranges)| html! {
                        <li key={format!("{from}.{to}")}>
                            { node(dispatch, *from) }{ " gives " }
                            { words::count(*ranges as usize, "range", "ranges") }{ " to " }
                            { node(dispatch, *to) }
                            { if pending.given.contains(from) { ": done" } else { "" } }
                        </li>
                    }) }
                }
            </ul>
        </section>
    }
}

/// The state of its engine.
fn engine(kind: EngineKind, view: &NodeView) -> String {
    match (kind, &view.recovered) {
        (EngineKind::Memory, _) => "memory, written through".to_string(),
        (EngineKind::Buffered, _) => {
            let waiting = words::count(view.unflushed.len(), "entry", "entries");
            format!("{waiting} only in its write buffer")
        }
        (EngineKind::Log, found) => {
            let records = words::count(view.records as usize, "record", "records");
            let told = found.as_ref().and_then(dynamo_scene::words::recovery_found);
            format!(
                "log of {records}{}",
                told.map_or_else(String::new, |it| format!("; when it started it {it}"))
            )
        }
    }
}

fn storage(shown: &Shown, dispatch: &Dispatch, id: NodeId, view: &NodeView) -> Html {
    let rots = shown.view.engine == EngineKind::Log;
    let main = view.disk.iter().filter(|(slot, _)| slot.store == Store::Main);
    let rows = main
        .map(|(slot, set)| {
            html! {
                <div key={slot.key.as_str().to_string()} class="slot">
                    { key(dispatch, &slot.key) }{ versions(shown, &slot.key, set) }
                    if view.unflushed.contains(slot) { <span class="hint">{ inspect::UNSAVED }</span> }
                    if rots {
                        { act_button(dispatch, "Break", format!("Break {} on {id}", slot.key), Command::Rot(id, slot.key.clone())) }
                    }
                </div>
            }
        })
        .collect::<Vec<_>>();
    html! {
        <section><h3>{ "Its storage" }</h3>
            if rows.is_empty() { <p class="hint">{ "Nothing stored." }</p> }
            { rows }
        </section>
    }
}

fn hints(shown: &Shown, dispatch: &Dispatch, view: &NodeView) -> Html {
    let rows = view
        .hints()
        .map(|(owner, of, set)| html! {
            <div key={format!("{owner} {of}")} class="slot">
                <span>{ key(dispatch, of) }{ " for " }{ node(dispatch, owner) }</span>{ versions(shown, of, set) }
            </div>
        })
        .collect::<Vec<_>>();
    html! {
        <section><h3>{ "Hints it keeps" }</h3>
            if rows.is_empty() { <p class="hint">{ "None." }</p> }
            { rows }
        </section>
    }
}

fn suspects(dispatch: &Dispatch, view: &NodeView) -> Html {
    html! {
        <section><h3>{ "Whom it believes down" }</h3>
            if view.suspects.is_empty() { <p class="hint">{ "Nobody." }</p> }
            <ul class="plain">
                { for view.suspects.iter().map(|(other, since)| html! {
                    <li key={other.0}>{ node(dispatch, *other) }{ " since " }{ time(*since) }</li>
                }) }
            </ul>
        </section>
    }
}

fn waits(shown: &Shown, dispatch: &Dispatch, id: NodeId, view: &NodeView) -> Html {
    html! {
        <section><h3>{ "What it waits for" }</h3>
            if view.disk_queue.is_empty() && view.timers.is_empty() { <p class="hint">{ "Nothing." }</p> }
            <ul class="plain">
                { for view.disk_queue.iter().map(|(ticket, (_, operation, due))| html! {
                    <li key={format!("disk {}", ticket.0)}>{ "disk: " }{ operation_words(dispatch, operation) }
                        { ", done at " }{ time(*due) }</li>
                }) }
                { for view.timers.iter().map(|(timer, (_, due))| html! {
                    <li key={format!("{timer:?}")}>{ timer_words(dispatch, timer) }{ " at " }{ time(*due) }
                        if *timer == Timer::Gossip { { next_peer(shown, dispatch, id, view) } }
                    </li>
                }) }
            </ul>
        </section>
    }
}

/// Whom it gossips with next: by chance, or with whom an act names.
fn next_peer(shown: &Shown, dispatch: &Dispatch, id: NodeId, view: &NodeView) -> Html {
    let dispatch = dispatch.clone();
    let name = on_choose(move |peer| {
        if let Some(peer) = forms::node(&peer) {
            dispatch.dispatch(Action::Act(Command::Gossip(id, peer)));
        }
    });
    let peers = shown.nodes().into_iter().filter(|peer| *peer != id);
    html! {
        <label class="next-peer">{ inspect::NEXT_PEER }{ " " }
            <select class="input" onchange={name}>
                <option value="" disabled={true} selected={view.named_peer.is_none()}>{ inspect::BY_CHANCE }</option>
                { for peers.map(|peer| html! {
                    <option key={peer.0} selected={view.named_peer == Some(peer)}>{ peer.to_string() }</option>
                }) }
            </select>
        </label>
    }
}

fn operation_words(dispatch: &Dispatch, operation: &Operation) -> Html {
    match operation {
        Operation::Update { slot, .. } => html! { <>{ "write " }{ key(dispatch, &slot.key) }</> },
        Operation::Merge { slot, .. } => html! { <>{ "merge " }{ key(dispatch, &slot.key) }</> },
        Operation::Read { key: of } => html! { <>{ "read " }{ key(dispatch, of) }</> },
        Operation::Examine { key: of } => {
            html! { <>{ "see what is left of " }{ key(dispatch, of) }</> }
        }
        Operation::ScanHints { .. } => html! { "look through the hints" },
        Operation::ReadSlot { slot } => html! { <>{ "read " }{ key(dispatch, &slot.key) }</> },
        Operation::ScanKeys { .. } => html! { "look through its keys" },
        Operation::ScanAll { .. } => html! { "look through all that it holds" },
        Operation::Keep { .. } => html! { "keep what it knows of the members" },
        Operation::Sync => html! { "store the write buffer" },
        Operation::Remove { slot, .. } => html! { <>{ "forget " }{ key(dispatch, &slot.key) }</> },
    }
}

fn timer_words(dispatch: &Dispatch, timer: &Timer) -> Html {
    match timer {
        Timer::Silence(id) => {
            html! { <>{ "whoever is silent on " }{ request(dispatch, *id) }{ " seems down" }</> }
        }
        Timer::Deadline(id) => html! { <>{ request(dispatch, *id) }{ " ends" }</> },
        Timer::Stragglers(id) => html! { <>{ "read repair after " }{ request(dispatch, *id) }</> },
        Timer::Handover(id) => {
            html! { <>{ "handover of " }{ request(dispatch, *id) }{ " is late" }</> }
        }
        Timer::Probe(other) => {
            html! { <>{ "asks whether " }{ node(dispatch, *other) }{ " is back" }</> }
        }
        Timer::HintScan => html! { "looks through its hints" },
        Timer::Gossip => html! { "gossips" },
        Timer::Transfer => html! { "goes on giving ranges" },
        Timer::Flush => html! { "stores its write buffer" },
        Timer::Heartbeat => html! { "judges the silence of all others" },
        Timer::RingPoll => html! { "asks for the ring" },
        Timer::Reap => html! { "asks about its tombstones" },
        Timer::Exchange => html! { "compares trees with the next peer" },
    }
}
