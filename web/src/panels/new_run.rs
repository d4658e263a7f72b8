//! A new run from its own setup.

use dynamo_sim::{Script, Seed, Setup};
use yew::prelude::*;

use crate::forms;
use crate::part::Hooks;
use crate::parts::{Field, on_choose, on_submit, on_type};
use crate::session::Action;
use crate::shown::{Dispatch, Shown};
use crate::words;

/// The fields that the form offers: name in the script, label, hint.
const FIELDS: [(&str, &str, &str); 7] = [
    ("nodes", "Nodes", "From 1 to 64."),
    ("n", "N", "Replicas of every key. Paper: 3."),
    ("r", "R", "Replicas that answer a read. Paper: 2."),
    ("w", "W", "Copies of a write. Paper: 2."),
    ("retries", "Retries", "How often a client asks again."),
    ("seed", "Seed", "The root of all chance: the same seed, the same run."),
    ("exchange-every", "Exchange of trees", "Such as 5s, or never. Paper 4.7."),
];

/// What is chosen from a few: name in the script, label, hint, the choices.
const CHOICES: [(&str, &str, &str, [&str; 3]); 5] = [
    (
        "detector",
        "Who seems down",
        "By timeouts, as in paper 4.8.3, or otherwise.",
        ["timeouts", "phi", "erratic"],
    ),
    (
        "coordinator",
        "Coordinator",
        "Which node of the list takes a write in hand. Paper 5.",
        ["any", "first", "fastest"],
    ),
    (
        "not-found",
        "Not found",
        "Whether a replica that has nothing counts toward R.",
        ["counts", "waits", "majority"],
    ),
    (
        "engine",
        "Storage",
        "Buffered: one of N stores at once. Paper 6.1.",
        ["memory", "buffered", "log"],
    ),
    (
        "versions",
        "Versions",
        "Clocks and lww lose writes, to see why.",
        ["dotted", "clocks", "lww"],
    ),
];

/// N, R and W that the paper names (6): label, then the three; N stands for what N is.
const PRESETS: [(&str, [&str; 3]); 3] = [
    ("3, 2, 2: the usual", ["3", "2", "2"]),
    ("R = 1, W = N: a read engine", ["N", "1", "N"]),
    ("W = 1: never refuse a write", ["N", "N", "1"]),
];

/// Where keys lie: the same, folded away.
const PLACEMENT: [(&str, &str, &str); 6] = [
    ("strategy", "Strategy", "1: tokens cut the ring. 2: tokens choose owners. 3: equal shares."),
    ("tokens", "Tokens", "T of each node in strategies 1 and 2."),
    ("partitions", "Partitions", "Q in strategies 2 and 3, a power of two."),
    ("weights", "Weights", "Shares that are not 1, such as n1: 2, n4-n6: 3."),
    ("zones", "Zones", "Replicas spread over them, such as east: n1-n3, west: n4 n5."),
    ("zone-latency", "Latency between zones", "same, or a model such as lognormal-40ms-60ms."),
];

/// The form.
pub fn draw(shown: &Shown, dispatch: &Dispatch, hooks: &mut Hooks<'_>) -> Html {
    let fields = hooks.keep(|| {
        let setup = shown.run.get().script().setup.clone();
        let read = |(name, ..): &(&'static str, &str, &str)| {
            let field = dynamo_sim::script::FIELDS.iter().find(|field| field.name == *name);
            (*name, field.map(|field| (field.show)(&setup)).unwrap_or_default())
        };
        let mut fields: Vec<(&'static str, String)> =
            FIELDS.iter().chain(&PLACEMENT).map(read).collect();
        fields.push(("engine", setup.config.engine.to_string()));
        fields.push(("versions", setup.config.versions.to_string()));
        fields.push(("mode", setup.strictness.to_string()));
        fields.push(("coordinator", setup.config.coordinator.to_string()));
        fields.push(("detector", setup.config.detector.to_string()));
        fields.push(("driven", setup.driven.to_string()));
        fields.push(("not-found", setup.not_found.to_string()));
        fields
    });
    let errors = hooks.keep(Vec::<forms::SetupError>::new);
    let start = {
        let (dispatch, fields, errors) = (dispatch.clone(), fields.clone(), errors.clone());
        move || match forms::setup(Setup::default(), &fields) {
            Ok(setup) => {
                errors.set(Vec::new());
                dispatch.dispatch(Action::NewRun(Box::new(setup)));
            }
            Err(wrong) => errors.set(wrong),
        }
    };
    let change = |name: &'static str| {
        let fields = fields.clone();
        move |text: String| {
            let mut next = (*fields).clone();
            if let Some(field) = next.iter_mut().find(|(other, _)| *other == name) {
                field.1 = text;
            }
            fields.set(next);
        }
    };
    let preset = {
        let fields = fields.clone();
        move |label: String| {
            let Some((_, three)) = PRESETS.iter().find(|(other, _)| *other == label) else {
                return;
            };
            let mut next = (*fields).clone();
            let n = next.iter().find(|(name, _)| *name == "n").map(|it| it.1.clone());
            for (name, number) in ["n", "r", "w"].iter().zip(three) {
                let number = n.clone().filter(|_| *number == "N").unwrap_or(number.to_string());
                if let Some(field) = next.iter_mut().find(|(other, _)| other == name) {
                    field.1 = number;
                }
            }
            fields.set(next);
        }
    };
    let other_seed = {
        let (dispatch, shown) = (dispatch.clone(), shown.clone());
        Callback::from(move |_| {
            let mut script: Script = shown.run.get().script().clone();
            script.setup.seed = Seed(script.setup.seed.0.wrapping_add(1));
            dispatch.dispatch(Action::Open(Box::new(script.into())));
        })
    };
    let value = |name: &str| {
        fields.iter().find(|(other, _)| *other == name).map(|it| it.1.clone()).unwrap_or_default()
    };
    let mode = Field {
        id: "new-mode",
        label: "Quorum",
        hint: "Whether stand-ins count. Paper: sloppy.",
        ..Field::default()
    };
    let driven = Field {
        id: "new-driven",
        label: "Driven by",
        hint: "Client: its library coordinates. Paper 6.4.",
        ..Field::default()
    };
    let usual = Field {
        id: "new-preset",
        label: "N, R, W as in the paper",
        hint: "Fills in the three. Paper 6.",
        class: "is-wide",
        ..Field::default()
    };
    let input = |(name, label, hint): &(&'static str, &'static str, &'static str)| {
        let id = format!("new-{name}");
        let error = errors.iter().find(|(wrong, _)| wrong == name).map(|it| it.1.as_str());
        Field { id: &id, label, error, hint, ..Field::default() }.around(html! {
            <input id={id.clone()} class="input" autocomplete="off" spellcheck="false" autocapitalize="none"
                inputmode={if value(name).parse::<u64>().is_ok() { "numeric" } else { "text" }}
                aria-describedby={format!("new-{name}-more")} value={value(name)}
                oninput={on_type(change(name))} />
        })
    };
    let is_wrong = PLACEMENT.iter().any(|field| errors.iter().any(|wrong| wrong.0 == field.0));
    html! {
        <>
            <h2 class="hidden">{ "New run" }</h2>
            <form class="form" onsubmit={on_submit(start)}>
                <div class="grid">
                { usual.around(html! {
                    <select id="new-preset" class="input" aria-describedby="new-preset-more" onchange={on_choose(preset)}>
                        <option value="">{ "as below" }</option>
                        { for PRESETS.iter().map(|(label, three)| {
                            let set = |(name, number): (&&str, &&str)| {
                                value(name) == if *number == "N" { value("n") } else { number.to_string() }
                            };
                            let selected = ["n", "r", "w"].iter().zip(three).all(set);
                            html! { <option value={*label} {selected}>{ *label }</option> }
                        }) }
                    </select>
                }) }
                { for FIELDS.iter().map(input) }
                { mode.around(html! {
                    <select id="new-mode" class="input" aria-describedby="new-mode-more" onchange={on_choose(change("mode"))}>
                        { for words::MODES.map(|name| html! {
                            <option value={name} selected={value("mode") == name}>{ name }</option>
                        }) }
                    </select>
                }) }
                { driven.around(html! {
                    <select id="new-driven" class="input" aria-describedby="new-driven-more" onchange={on_choose(change("driven"))}>
                        { for ["server", "client"].map(|name| html! {
                            <option value={name} selected={value("driven") == name}>{ name }</option>
                        }) }
                    </select>
                }) }
                { for CHOICES.iter().map(|(name, label, hint, choices)| {
                    let id = format!("new-{name}");
                    Field { id: &id, label, hint, ..Field::default() }.around(html! {
                        <select id={id.clone()} class="input" aria-describedby={format!("new-{name}-more")}
                            onchange={on_choose(change(name))}>
                            { for choices.iter().map(|choice| html! {
                                <option value={*choice} selected={value(name) == *choice}>{ *choice }</option>
                            }) }
                        </select>
                    })
                }) }
                </div>
                <details open={is_wrong}>
                    <summary>{ "Where keys lie" }</summary>
                    { for PLACEMENT.iter().map(input) }
                </details>
                <div class="actions">
                    <button type="submit" class="button is-main">{ "Start new run" }</button>
                    <button type="button" class="button" onclick={other_seed}>{ "Same acts, next seed" }</button>
                </div>
                <p class="hint">{ "Undo (Ctrl Z) leads back to the run before." }</p>
            </form>
        </>
    }
}
