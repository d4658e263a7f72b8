//! How the ring is shared out: another strategy is an order to a node, and gossip tells the others.

use dynamo_core::{Change, Strategy};
use dynamo_sim::Command;
use dynamo_sim::script::ParseError;
use yew::prelude::*;

use crate::part::{Hooks, Part};
use crate::parts::{Choice, Field, on_submit, on_type};
use crate::session::Action;
use crate::shown::{Dispatch, Shown};
use crate::words::{self, STRATEGIES};

/// What is typed: the strategy, T and Q; what is not, is as in the ring.
type Form = [Option<String>; 3];

/// The form.
pub fn draw(shown: &Shown, dispatch: &Dispatch, hooks: &mut Hooks<'_>) -> Html {
    let typed = hooks.keep(Form::default);
    let error = hooks.keep(|| None::<String>);
    let now = numbers(shown.view.ring.strategy());
    let values: [String; 3] =
        core::array::from_fn(|index| typed[index].clone().unwrap_or_else(|| now[index].clone()));
    let which = STRATEGIES.iter().position(|it| it.0 == values[0]).unwrap_or(2);
    let act = {
        let (dispatch, typed, error) = (dispatch.clone(), typed.clone(), error.clone());
        let command = command(which, &values);
        move || match &command {
            Ok(command) => {
                error.set(None);
                typed.set(Form::default());
                dispatch.dispatch(Action::Act(command.clone()));
            }
            Err(wrong) => error.set(Some(format!("Expected {}.", wrong.expected))),
        }
    };
    let change = |index: usize| {
        let typed = typed.clone();
        move |text: String| {
            let mut next = (*typed).clone();
            next[index] = Some(text);
            typed.set(next);
        }
    };
    let chosen = Field {
        id: "strategy",
        label: words::STRATEGY,
        error: error.as_deref(),
        hint: words::STRATEGY_ABOUT,
        ..Field::default()
    };
    let number = |index: usize, (id, label, hint): (&'static str, &'static str, &'static str)| {
        Field { id, label, hint, ..Field::default() }.around(html! {
            <input {id} class="input" autocomplete="off" inputmode="numeric" aria-describedby={format!("{id}-more")}
                value={values[index].clone()} oninput={on_type(change(index))} />
        })
    };
    let (_, _, has_tokens, has_partitions) = STRATEGIES[which];
    html! {
        <form class="form setting" onsubmit={on_submit(act)}>
            { chosen.around(Choice {
                id: "strategy".to_string(),
                label: None,
                of: STRATEGIES.iter().map(|(name, told, ..)| (*name, *told)).collect(),
                now: values[0].clone(),
                on_choose: Callback::from(change(0)),
            }.html()) }
            if has_tokens { { number(1, words::TOKENS) } }
            if has_partitions { { number(2, words::PARTITIONS) } }
            <div class="actions">
                <button type="submit" class="button">{ words::CHANGE_STRATEGY }</button>
                <p class="hint" role="status">{ under_way(shown) }</p>
            </div>
        </form>
    }
}

/// The strategy of a ring, T and Q; the usual ones where it has none.
fn numbers(strategy: Strategy) -> [String; 3] {
    let (which, tokens, partitions) = match strategy {
        Strategy::RandomRanges { tokens } => (1, tokens, 64),
        Strategy::RandomOwners { tokens, partitions } => (2, tokens, partitions),
        Strategy::EqualShares { partitions } => (3, 16, partitions),
    };
    [which, tokens, partitions].map(|number| number.to_string())
}

fn command(which: usize, values: &[String; 3]) -> Result<Command, ParseError> {
    let (name, _, has_tokens, has_partitions) = STRATEGIES[which];
    let mut text = format!("strategy {name}");
    for (has, name, value) in
        [(has_tokens, "tokens", &values[1]), (has_partitions, "partitions", &values[2])]
    {
        if has {
            text += &format!(" {name}={}", value.trim());
        }
    }
    text.parse()
}

/// Whether a change of the strategy is under way.
fn under_way(shown: &Shown) -> String {
    let known = shown.view.newest();
    let pending = known.pending.as_ref().filter(|it| matches!(it.change, Change::Strategy(_)));
    pending.map(|it| words::strategy_under_way(&it.change)).unwrap_or_default()
}
