//! The Merkle trees of a node beside those of a peer, opened hash by hash where they differ; and
//! what their last exchange sent (4.7).

use dynamo_core::{Hash, Key, NodeId};
use dynamo_scene::Pick;
use dynamo_scene::exchange::Exchange;
use dynamo_sim::view::{Beneath, Descent, Fork, NodeView};
use yew::prelude::*;

use crate::part::{Hooks, Part};
use crate::parts::{fact, key, node, on_choose, time};
use crate::session::Action;
use crate::shown::{Dispatch, Shown};
use crate::words::{self, inspect};

/// Differing nodes that are drawn of one tree.
const MOST: usize = 24;
/// Messages of an exchange that are listed.
const MOST_SENT: usize = 12;

/// Its Merkle trees and the exchange that it has begun; nothing where nobody compares.
pub fn trees(shown: &Shown, dispatch: &Dispatch, id: NodeId, view: &NodeView) -> Html {
    let compares = shown.view.settings.config.exchange_every.is_some();
    if !compares {
        return html! {};
    }
    let trees = shown.view.trees(id);
    let mut peers: Vec<NodeId> = Vec::new();
    let mut differs = None;
    for (peer, equal) in trees.iter().flat_map(|tree| &tree.peers) {
        crate::order::add(&mut peers, *peer);
        if !equal {
            differs = differs.or(Some(*peer));
        }
    }
    let first = view.exchange.map(|(peer, _)| peer).or(differs).or(peers.first().copied());
    html! {
        <section><h3>{ inspect::TREES }</h3>
            if let Some((peer, since)) = view.exchange {
                <p>{ "Compares them with " }{ node(dispatch, peer) }{ " since " }{ time(since) }</p>
            }
            if trees.is_empty() { <p class="hint">{ inspect::NO_TREES }</p> }
            { for trees.iter().map(|tree| html! {
                <div key={tree.partition.0.to_string()} class="slot">
                    <span>{ format!("Partition {}: {}, root ", tree.partition.0, words::count(tree.keys, "key", "keys")) }
                        <code class="dot">{ short(Some(tree.root)) }</code></span>
                    <span>
                        { for tree.peers.iter().map(|(peer, equal)| html! {
                            <span key={peer.0} class={if *equal { "hint" } else { "error" }}>
                                { node(dispatch, *peer) }{ if *equal { " equal " } else { " differs " } }
                            </span>
                        }) }
                    </span>
                </div>
            }) }
            if let Some(first) = first {
                { Beside { shown: shown.clone(), dispatch: dispatch.clone(), id, peers, first }.keyed(id) }
            }
        </section>
    }
}

/// The trees of two nodes side by side.
#[derive(PartialEq)]
struct Beside {
    shown: Shown,
    dispatch: Dispatch,
    id: NodeId,
    peers: Vec<NodeId>,
    /// The peer beside it until somebody chooses one.
    first: NodeId,
}

impl Part for Beside {
    fn draw(&self, hooks: &mut Hooks<'_>) -> Html {
        let Beside { shown, dispatch, id, peers, first } = self;
        let chosen = hooks.keep(|| None::<NodeId>);
        let peer = chosen.filter(|peer| peers.contains(peer)).unwrap_or(*first);
        let choose = {
            let (chosen, peers) = (chosen.clone(), peers.clone());
            on_choose(move |name| {
                chosen.set(peers.iter().copied().find(|peer| peer.to_string() == name));
            })
        };
        let pair = [*id, peer];
        let descents = shown.view.descents(pair);
        let copy = [0, 1].map(|side| descents.iter().map(|it| it.bytes[side]).sum::<usize>());
        let equal = descents.iter().filter(|it| it.root.is_equal()).count();
        let exchange = {
            let run = shown.run.get();
            let begun = &shown.run.digest().exchanges;
            Exchange::last(run.trace(), begun, shown.events, pair)
        };
        html! {
            <div class="descent">
                <label class="beside">
                    <span>{ inspect::BESIDE }</span>
                    <select class="input" onchange={choose}>
                        { for peers.iter().map(|it| html! {
                            <option key={it.0} value={it.to_string()} selected={*it == peer}>{ it.to_string() }</option>
                        }) }
                    </select>
                </label>
                <div class="twin twin-head"><b>{ id.to_string() }</b><span /><b>{ peer.to_string() }</b></div>
                { for descents.iter().filter(|it| !it.root.is_equal()).map(|it| descent(dispatch, it)) }
                if equal == descents.len() {
                    <p class="hint">{ inspect::ALL_EQUAL }</p>
                } else if equal > 0 {
                    <p class="hint">{ inspect::stay_shut(equal, "range", "ranges") }</p>
                }
                { told(dispatch, exchange.as_ref(), copy[0].max(copy[1])) }
            </div>
        }
    }
}

/// One range whose roots differ.
fn descent(dispatch: &Dispatch, it: &Descent) -> Html {
    let keys = it.keys.map(|keys| words::count(keys, "key", "keys"));
    let [one, other] = keys;
    let mut left = MOST;
    html! {
        <div key={it.partition.0.to_string()} class="descent-range" role="group" aria-label={format!("Partition {}", it.partition.0)}>
            <div class="twin hint"><span>{ one }</span><span>{ format!("partition {}", it.partition.0) }</span><span>{ other }</span></div>
            { fork(dispatch, &it.root, &mut left) }
        </div>
    }
}

/// A node that differs, and what stands below it.
fn fork(dispatch: &Dispatch, it: &Fork, left: &mut usize) -> Html {
    if *left == 0 {
        return html! {};
    }
    *left -= 1;
    let name = match it.path.depth() {
        0 => "root".to_string(),
        _ => format!("part {}", it.path),
    };
    let below = match &it.beneath {
        Beneath::Equal => html! {},
        Beneath::Forks(forks) => {
            let differ: Vec<&Fork> = forks.iter().filter(|fork| !fork.is_equal()).collect();
            let held = [0, 1].map(|side| strip(forks, side));
            let [one, other] = held;
            html! {
                <>
                    <div class="twin">{ one }<span /> { other }</div>
                    <p class="hint">{ inspect::stay_shut(forks.len() - differ.len(), "part", "parts") }</p>
                    { for differ.into_iter().map(|fork_| fork(dispatch, fork_, left)) }
                </>
            }
        }
        Beneath::Keys(keys) => leaf(dispatch, keys, left),
    };
    html! {
        <div key={it.path.to_string()} class="descent-node">
            { twin(it.hashes.map(Some), html! { name }) }
            <div class="descent-below">{ below }</div>
        </div>
    }
}

/// The keys of a leaf; those that differ by name.
fn leaf(dispatch: &Dispatch, keys: &[(Key, [Option<Hash>; 2])], left: &mut usize) -> Html {
    let differ = || keys.iter().filter(|(_, [one, other])| one != other);
    let equal = keys.len() - differ().count();
    let named =
        differ().take((*left).max(1)).map(|(name, hashes)| twin(*hashes, key(dispatch, name)));
    let named: Vec<Html> = named.collect();
    let more = differ().count() - named.len();
    *left = left.saturating_sub(named.len());
    html! {
        <>
            { named }
            if more > 0 { <p class="hint">{ format!("and {more} more") }</p> }
            if equal > 0 { <p class="hint">{ format!("{} equal", words::count(equal, "key", "keys")) }</p> }
        </>
    }
}

/// Two hashes that differ, and what they are of.
fn twin([one, other]: [Option<Hash>; 2], what: Html) -> Html {
    html! {
        <div class="twin is-different">
            <code class="dot">{ short(one) }</code>
            <span>{ what }<span class="hidden">{ " differs" }</span></span>
            <code class="dot">{ short(other) }</code>
        </div>
    }
}

/// The sixteen children of one side: full where they differ, hollow where they are equal, a point
/// where there is nothing.
fn strip(forks: &[Fork], side: usize) -> Html {
    const CELL: usize = 7;
    html! {
        <svg class="strip" width={(forks.len() * CELL).to_string()} height="12" aria-hidden="true">
            { for forks.iter().enumerate().map(|(at, fork)| {
                let class = if !fork.is_equal() { "differs" } else { "equal" };
                let is_empty = fork.hashes[side] == Hash::default();
                let (size, inset) = if is_empty { (2, 4) } else { (6, 1) };
                html! {
                    <rect {class} x={(at * CELL + inset / 2).to_string()} y={(2 + inset).to_string()}
                        width={size.to_string()} height={size.to_string()} />
                }
            }) }
        </svg>
    }
}

/// The first digits of a hash.
fn short(hash: Option<Hash>) -> String {
    match hash {
        Some(hash) if hash != Hash::default() => hash.to_string()[..8].to_string(),
        _ => inspect::ABSENT.to_string(),
    }
}

/// What the last exchange sent, against a copy of everything.
fn told(dispatch: &Dispatch, exchange: Option<&Exchange>, copy: usize) -> Html {
    let Some(it) = exchange else {
        return html! { <p class="hint">{ inspect::NO_EXCHANGE }</p> };
    };
    let more = it.sent.len().saturating_sub(MOST_SENT);
    let go = |event, label: Html| {
        let dispatch = dispatch.clone();
        let pick = Some(Pick::Message(event));
        let onclick = Callback::from(move |_| dispatch.dispatch(Action::Show(event, pick.clone())));
        html! { <button type="button" class="link" {onclick}>{ label }</button> }
    };
    let ended = it.ended.map(|(_, end)| end);
    html! {
        <>
            <dl class="facts exchange-facts">
                { fact("Last exchange", html! { <>{ node(dispatch, it.by) }{ " with " }{ node(dispatch, it.with) }{ " at " }{ time(it.at) }{ format!(", {}", inspect::exchange_end(ended)) }</> }) }
                { fact("Hashes sent", html! { it.hashes() }) }
                { fact("Keys repaired", html! { it.repairs() }) }
                { fact("Bytes sent", html! { <>{ it.bytes() }{ ": " }{ inspect::against_copy(it.bytes(), copy) }</> }) }
            </dl>
            <ol class="plain exchange-sent">
                { for it.sent.iter().take(MOST_SENT).map(|sent| html! {
                    <li key={sent.event.0}>
                        { go(sent.event, time(sent.at)) }{ " " }{ node(dispatch, sent.from) }{ " " }{ inspect::sent(sent) }
                        <span class="hint">{ format!(" {} bytes", sent.bytes) }</span>
                    </li>
                }) }
            </ol>
            if more > 0 { <p class="hint">{ format!("and {more} more") }</p> }
        </>
    }
}
