//! The version graph of a key: its versions from top to bottom, lines from each to what is newer,
//! broken lines between what is in conflict.

use dynamo_core::Key;
use dynamo_scene::Pick;
use dynamo_scene::history::{Birth, History, Version};
use dynamo_scene::rail::{Rail, Row, rail};
use yew::prelude::*;

use crate::part::{Hooks, Part};
use crate::parts::{list, node, request, time, value, version};
use crate::session::Action;
use crate::shown::{Dispatch, Shown, letter};
use crate::words::inspect;

/// Versions that are drawn before anybody asks for more.
const FIRST: usize = 12;
/// The width of a lane, and that of a track of conflicts.
const LANE: usize = 30;
const TRACK: usize = 9;
/// The most that lanes take together, so that words keep their room on a phone.
const LANES: usize = 150;

/// The graph of a key.
pub fn graph(shown: &Shown, dispatch: &Dispatch, key: &Key) -> Html {
    let (shown, dispatch, of) = (shown.clone(), dispatch.clone(), key.clone());
    Graph { shown, dispatch, of }.keyed(key)
}

#[derive(PartialEq)]
struct Graph {
    shown: Shown,
    dispatch: Dispatch,
    of: Key,
}

impl Part for Graph {
    fn draw(&self, hooks: &mut Hooks<'_>) -> Html {
        let Graph { shown, dispatch, of } = self;
        let most = hooks.keep(|| FIRST);
        let history = History::of(shown.run.get().trace(), &shown.view, of, *most);
        if history.versions.is_empty() {
            return html! {};
        }
        let rail = rail(&history);
        let has_conflict = rail.tracks > 0;
        html! {
            <section class="graph">
                <h3>{ inspect::GRAPH }</h3>
                <p class="graph-key hint">
                    <span><svg class="rail-sample" aria-hidden="true"><line x2="100%" y1="50%" y2="50%" /></svg>{ inspect::GRAPH_NEWER }</span>
                    if has_conflict {
                        <span><svg class="rail-sample is-conflict" aria-hidden="true"><line x2="100%" y1="50%" y2="50%" /></svg>{ inspect::GRAPH_CONFLICT }</span>
                    }
                </p>
                if history.older > 0 {
                    <p><button type="button" class="button is-small"
                        onclick={Callback::from(move |_| most.set(usize::MAX))}>{ inspect::show_older(history.older) }</button></p>
                }
                <ol class="plain graph-rows">
                    { for history.versions.iter().zip(&rail.rows).map(|(it, row)| html! {
                        <li key={it.put.to_string()} class={classes!("graph-row", it.holders.is_empty().then_some("is-gone"))}>
                            { lines(shown, dispatch, of, &rail, row, it) }
                            { said(shown, dispatch, of, &history, it) }
                        </li>
                    }) }
                </ol>
            </section>
        }
    }
}

/// Goes to the first birth of a version.
fn go(dispatch: &Dispatch, it: &Version) -> Option<impl Fn() + 'static> {
    let event = it.births.first()?.event;
    let (dispatch, put) = (dispatch.clone(), it.put);
    Some(move || dispatch.dispatch(Action::Show(event, Some(Pick::Request(put)))))
}

/// The lines of a row, and the letter where they meet.
fn lines(
    shown: &Shown,
    dispatch: &Dispatch,
    of: &Key,
    rail: &Rail,
    row: &Row,
    it: &Version,
) -> Html {
    let step = LANE.min(LANES / rail.lanes.max(1)).max(TRACK);
    let lane = |lane: usize| lane * step + LANE / 2;
    let lanes = lane(rail.lanes.saturating_sub(1)) + LANE / 2;
    let track = |track: usize| lanes + track * TRACK + TRACK / 2;
    let width = lanes + rail.tracks * TRACK;
    let line = |from: usize,
                to: usize,
                top: &'static str,
                bottom: &'static str,
                class: Option<&'static str>| {
        html! { <line {class} x1={from.to_string()} x2={to.to_string()} y1={top} y2={bottom} /> }
    };
    let at = lane(row.lane);
    let broken = Some("is-conflict");
    let onclick = go(dispatch, it).map(|go| Callback::from(move |_: MouseEvent| go()));
    html! {
        // The time beside it does the same for the keyboard.
        <svg class="rail" width={width.to_string()} {onclick} aria-hidden="true">
            <title>{ inspect::GRAPH_GO }</title>
            { for row.conflict.above.iter().map(|it| line(track(*it), track(*it), "0", "50%", broken)) }
            { for row.conflict.below.iter().map(|it| line(track(*it), track(*it), "50%", "100%", broken)) }
            { for row.conflict.across.iter().map(|it| line(at, track(*it), "50%", "50%", broken)) }
            { for row.above.iter().map(|it| line(lane(*it), lane(*it), "0", "50%", None)) }
            { for row.below.iter().map(|it| line(lane(*it), lane(*it), "50%", "100%", None)) }
            { for row.across.iter().map(|it| line(at, lane(*it), "50%", "50%", None)) }
            <svg class={classes!("rail-mark", hue(shown, of, it))} x={at.to_string()} y="50%">
                <rect x="-12" y="-12" width="24" height="24" rx={if it.is_tombstone { "12" } else { "5" }} />
                <text y="5" text-anchor="middle">{ letter(it.number) }</text>
            </svg>
        </svg>
    }
}

/// Hues tell the versions of the key in focus and nothing else.
fn hue(shown: &Shown, of: &Key, it: &Version) -> Option<&'static str> {
    (shown.focus.as_ref() == Some(of)).then(|| dynamo_scene::letters::hue(it.number))
}

/// The same in words, and who wrote it, when, and who has it.
fn said(shown: &Shown, dispatch: &Dispatch, of: &Key, history: &History, it: &Version) -> Html {
    let letters = |places: &[usize]| {
        let others = places.iter().filter_map(|at| history.versions.get(*at));
        others.map(|other| version(shown, of, other.put)).collect::<Html>()
    };
    let names = &shown.run.digest().names;
    let mark = |birth: &Birth| names.mark(of, birth.versions.mark(&birth.dot));
    let go = go(dispatch, it).map(|go| Callback::from(move |_: MouseEvent| go()));
    html! {
        <div class="graph-said">
            <p>
                <span class="hidden">{ format!("Version {}: ", letter(it.number)) }</span>
                if it.is_tombstone { <span class="pill">{ inspect::TOMBSTONE }</span> }
                else { <span class="value">{ value(shown.value(it.put).as_deref()) }</span> }
            </p>
            <p class="graph-line">
                { request(dispatch, it.put) }
                { for it.births.iter().map(|birth| html! {
                    <>{ " at " }{ node(dispatch, birth.node) }{ " " }<code class="dot">{ mark(birth) }</code></>
                }) }
                if let (Some(birth), Some(onclick)) = (it.births.first(), go) {
                    { " " }<button type="button" class="link" {onclick} title={inspect::GRAPH_GO}>{ time(birth.at) }</button>
                }
            </p>
            if !it.newer_than.is_empty() {
                <p class="graph-line">{ "newer than " }{ letters(&it.newer_than) }</p>
            }
            if !it.in_conflict.is_empty() {
                <p class="graph-line is-conflict">{ "in conflict with " }{ letters(&it.in_conflict) }</p>
            }
            <p class="graph-line">
                if it.holders.is_empty() { { inspect::NOBODY_HOLDS } } else {
                    { "held by " }
                    { list(it.holders.iter().map(|holder| html! {
                        <>{ node(dispatch, holder.node) }{ inspect::holder(holder) }</>
                    }).collect()) }
                }
            </p>
        </div>
    }
}
