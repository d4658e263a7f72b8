//! How long the operations of the run took, against the paper's target, and what one of them cost.

use dynamo_scene::cost::{self, Percentiles, Sort, TARGET, Wait};
use dynamo_scene::shape::number;
use dynamo_sim::view::RequestView;
use yew::prelude::*;

use crate::parts::fact;
use crate::shown::Shown;
use crate::words::inspect;

/// The percentiles of gets and puts so far.
pub fn meter(shown: &Shown) -> Html {
    let sorts = [("get", Sort::Gets), ("put", Sort::Puts)];
    let rows = sorts.map(|(name, sort)| (name, cost::percentiles(&shown.view, sort)));
    if rows.iter().all(|(_, found)| found.is_none()) {
        return html! {};
    }
    html! {
        <section class="meter">
            <h3>{ inspect::METER }</h3>
            <table class="table">
                <caption class="hidden">{ inspect::METER }</caption>
                <thead><tr>
                    <th scope="col">{ inspect::METER_SORT }</th>
                    <th scope="col"><span class="mark-p50">{ "p50" }</span></th>
                    <th scope="col"><span class="mark-p99">{ "p99" }</span></th>
                    <th scope="col"><span class="mark-p999">{ "p99.9" }</span></th>
                </tr></thead>
                <tbody>{ for rows.iter().filter_map(|(name, found)| found.as_ref().map(|it| row(name, it))) }</tbody>
            </table>
        </section>
    }
}

fn row(name: &'static str, it: &Percentiles) -> Html {
    let cell = |length: dynamo_core::Duration| {
        let class = (length > TARGET).then_some("is-over");
        html! { <td {class}>{ inspect::millis(length) }
        if length > TARGET { <span class="hidden">{ inspect::OVER }</span> }</td> }
    };
    html! {
        <>
            <tr key={name}>
                <th scope="row">{ name }</th>
                { cell(it.p50) }{ cell(it.p99) }{ cell(it.p999) }
            </tr>
            <tr key={format!("{name} line")} class="meter-line"><td colspan="4">{ line(it) }<span class="hint">{ inspect::ended(it) }</span></td></tr>
        </>
    }
}

/// The three on a line from 1 ms to 10 s, and the target.
fn line(it: &Percentiles) -> Html {
    let at = |length| format!("{}%", number(cost::place(length)));
    let mark = |class: &'static str, length, shape: Html| {
        let over = (length > TARGET).then_some("is-over");
        html! { <svg class={classes!("meter-mark", class, over)} x={at(length)} y="12">{ shape }</svg> }
    };
    let target = at(TARGET);
    html! {
        <svg class="meter-scale" width="100%" height="34" role="img" aria-label={inspect::meter_line(it)}>
            <line class="meter-rail" x1="0" x2="100%" y1="12" y2="12" />
            { for ["25%", "50%", "75%"].map(|x| html! { <line class="meter-rail" x1={x} x2={x} y1="8" y2="16" /> }) }
            <text x="0" y="32">{ "1 ms" }</text>
            <text x="25%" y="32" text-anchor="middle">{ "10" }</text>
            <text x="50%" y="32" text-anchor="middle">{ "100" }</text>
            <text x="100%" y="32" text-anchor="end">{ "10 s" }</text>
            <line class="meter-target" x1={target.clone()} x2={target.clone()} y1="0" y2="21" />
            <text class="meter-target" x={target} y="32" text-anchor="middle">{ "300" }</text>
            { mark("p50", it.p50, html! { <circle r="5" /> }) }
            { mark("p99", it.p99, html! { <path d="M0-6L6 0L0 6L-6 0Z" /> }) }
            { mark("p999", it.p999, html! { <path d="M-5-5H5V5H-5Z" /> }) }
        </svg>
    }
}

/// What one operation cost so far, and for what it waited.
pub fn cost_of(shown: &Shown, view: &RequestView) -> Html {
    let run = shown.run.get();
    let spent = cost::cost(run.trace(), view, shown.events);
    let waits = cost::waits(run.trace(), view);
    let whole = cost::length(view).map(|(_, length)| length);
    html! {
        <section class="cost-meter">
            <h3>{ inspect::COST }</h3>
            <dl class="facts">
                { fact("Messages", html! { inspect::messages(&spent) }) }
                { fact("Bytes", html! { spent.bytes }) }
                if let Some(whole) = whole {
                    { fact("Took", html! { inspect::took(whole) }) }
                    if let Some(longest) = cost::longest(&waits) {
                        { fact("Longest wait", html! { inspect::awaited(longest) }) }
                    }
                }
            </dl>
            if let Some(whole) = whole {
                <h4>{ inspect::WAITS }</h4>
                { bar(&waits, whole) }
                <ol class="plain waits">
                    { for waits.iter().enumerate().map(|(index, wait)| html! {
                        <li key={index}>
                            <span class="wait-length">{ inspect::millis(wait.length()) }</span>
                            <span>{ inspect::awaited(wait) }</span>
                        </li>
                    }) }
                </ol>
            }
        </section>
    }
}

/// The waits one after the other, each as wide as it was long.
fn bar(waits: &[Wait], whole: dynamo_core::Duration) -> Html {
    let whole = whole.as_micros().max(1) as f64;
    let mut from = 0.0;
    let parts = waits.iter().map(|wait| {
        let width = wait.length().as_micros() as f64 / whole * 100.0;
        let x = format!("{}%", number(from));
        from += width;
        html! { <rect class={inspect::sort_of(wait)} {x} y="1" height="14" width={format!("{}%", number(width))}><title>{ inspect::awaited(wait) }</title></rect> }
    });
    html! {
        // The list below says the same.
        <svg class="wait-bar" width="100%" height="16" aria-hidden="true">{ for parts }</svg>
    }
}
