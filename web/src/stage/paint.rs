//! Shapes as keyed SVG elements. From frame to frame only what differs is touched: shapes of one
//! sort that follow each other are a [`Run`], and a run that is as it was is not looked into. Each is
//! a group, because a browser lays out a whole group when a shape comes or goes.

use std::ops::Range;
use std::rc::Rc;

use dynamo_scene::Item;
use dynamo_scene::badges::badge_of;
use dynamo_scene::shape::{Shape, number};
use yew::prelude::*;

use crate::part::{Hooks, Part};

/// All these items.
pub fn runs(items: Vec<Item>) -> Html {
    let items = Rc::new(items);
    let mut before: Vec<&str> = Vec::new();
    let runs = stretches(&items).into_iter().map(|range| {
        let sort = sort(&items[range.start]);
        // Told apart by sort alone where that is enough, so that a new one renames no other.
        let key = format!("{sort} {}", before.iter().filter(|other| **other == sort).count());
        before.push(sort);
        Run { items: items.clone(), range }.keyed(key)
    });
    html! { <g>{ for runs }</g> }
}

/// What an item is, by the first part of its id; of nodes and what they gather also whose it is,
/// as there are many and few change at one time.
fn sort(item: &Item) -> &str {
    let parts = if item.id.starts_with("node.") || item.id.starts_with("gather.") { 2 } else { 1 };
    let end = item.id.match_indices('.').nth(parts - 1).map_or(item.id.len(), |(at, _)| at);
    &item.id[..end]
}

/// The stretches of items of one sort.
fn stretches(items: &[Item]) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for index in 0..items.len() {
        match runs.last_mut() {
            Some(run) if sort(&items[run.start]) == sort(&items[index]) => run.end = index + 1,
            _ => runs.push(index..index + 1),
        }
    }
    runs
}

/// Items of one sort.
struct Run {
    items: Rc<Vec<Item>>,
    range: Range<usize>,
}

impl Run {
    fn items(&self) -> &[Item] {
        self.items.get(self.range.clone()).unwrap_or_default()
    }
}

impl PartialEq for Run {
    fn eq(&self, other: &Self) -> bool {
        self.items() == other.items()
    }
}

impl Part for Run {
    fn draw(&self, _: &mut Hooks<'_>) -> Html {
        html! { <g>{ for self.items().iter().map(element) }</g> }
    }
}

/// One shape as an element.
pub fn element(item: &Item) -> Html {
    let class = item.class.clone();
    let key = item.id.clone();
    let opacity = item.opacity();
    let id = item.touch.is_some().then(|| item.id.clone());
    let tabindex = item.is_stop.then_some("0");
    let role = item.is_stop.then_some("button");
    let label = item.title.clone().filter(|_| item.is_stop);
    let tip = match &item.title {
        Some(title) if !item.is_stop => html! { <title>{ told(title, &item.class) }</title> },
        _ => Html::default(),
    };
    match &item.shape {
        Shape::Circle { at, radius } => html! {
            <circle {key} {class} {opacity} data-id={id} {tabindex} {role} aria-label={label}
                cx={number(at.x)} cy={number(at.y)} r={number(*radius)}>{ tip }</circle>
        },
        Shape::Line { from, to } => html! {
            <line {key} {class} {opacity} data-id={id}
                x1={number(from.x)} y1={number(from.y)}
                x2={number(to.x)} y2={number(to.y)}>{ tip }</line>
        },
        Shape::Rectangle { at, width, height, corner } => html! {
            <rect {key} {class} {opacity} data-id={id} {tabindex} {role} aria-label={label}
                x={number(at.x - width / 2.0)} y={number(at.y - height / 2.0)}
                width={number(*width)} height={number(*height)} rx={number(*corner)}>
                { tip }
            </rect>
        },
        Shape::Path { d } => html! {
            <path {key} {class} {opacity} data-id={id} d={d.clone()}>{ tip }</path>
        },
        Shape::Text { at, text, size, anchor } => html! {
            <text {key} {class} {opacity} data-id={id} text-anchor={anchor.name()}
                x={number(at.x)} y={number(at.y + size * 0.35)} font-size={number(*size)}>
                { tip }{ text.clone() }
            </text>
        },
    }
}

/// A title, and where that kind of thing comes from.
fn told(title: &str, class: &str) -> String {
    match badge_of(class) {
        Some(badge) => format!("{title} · {}", badge.origin.words()),
        None => title.to_string(),
    }
}
