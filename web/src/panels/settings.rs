//! Live settings: each is an act at the playhead and holds from there on.

use dynamo_sim::Command;
use dynamo_sim::view::Settings;
use yew::prelude::*;

use crate::forms;
use crate::part::{Hooks, Part};
use crate::parts::{Field, on_choose, on_submit, on_type};
use crate::session::Action;
use crate::shown::{Dispatch, Shown};
use crate::words::{SETTINGS, SettingWords};

/// All live settings.
pub fn draw(shown: &Shown, dispatch: &Dispatch, _: &mut Hooks<'_>) -> Html {
    let settings = shown.view.settings;
    html! {
        <>
            <h2 class="hidden">{ "Settings" }</h2>
            <p class="hint">
                { format!("They change from the playhead on. N is {} for the whole run; another N needs a new run.",
                    settings.quorum.n()) }
            </p>
            { for SETTINGS.iter().enumerate().map(|(index, words)| {
                let (now, n) = (now(words, &settings), settings.quorum.n());
                SettingRow { index, now, n, dispatch: dispatch.clone() }.keyed(words.name)
            }) }
        </>
    }
}

fn now(words: &SettingWords, settings: &Settings) -> String {
    match words.name {
        "r" => settings.quorum.r().to_string(),
        "w" => settings.quorum.w().to_string(),
        "mode" => settings.strictness.to_string(),
        "latency" => settings.latency.to_string(),
        "loss" => settings.loss.to_string(),
        "copies" => settings.copies.to_string(),
        "late" => settings.late.to_string(),
        "corruption" => settings.corruption.to_string(),
        "checksums" => if settings.checksums { "on" } else { "off" }.to_string(),
        _ if settings.capacity == 0 => "any".to_string(),
        _ => settings.capacity.to_string(),
    }
}

/// One setting: what is typed stays until it is set or equals what holds.
#[derive(PartialEq)]
struct SettingRow {
    index: usize,
    now: String,
    n: u8,
    dispatch: Dispatch,
}

impl Part for SettingRow {
    fn draw(&self, hooks: &mut Hooks<'_>) -> Html {
        let words = &SETTINGS[self.index];
        let draft = hooks.keep(|| None::<String>);
        let error = hooks.keep(|| None::<String>);
        let text = (*draft).clone().unwrap_or_else(|| self.now.clone());
        let set = {
            let (dispatch, now, n) = (self.dispatch.clone(), self.now.clone(), self.n);
            let (draft, error) = (draft.clone(), error.clone());
            move |text: String| match forms::setting(words.name, &text, n) {
                Ok(_) if text == now => draft.set(None),
                Ok(setting) => {
                    error.set(None);
                    draft.set(None);
                    dispatch.dispatch(Action::Act(Command::Set(setting)));
                }
                Err(wrong) => error.set(Some(wrong)),
            }
        };
        let id = format!("set-{}", words.name);
        let more = format!("{id}-more");
        let control = if !words.choices.is_empty() {
            html! {
                <select id={id.clone()} class="input" aria-describedby={more} onchange={on_choose(set.clone())}>
                    { for words.choices.iter().map(|name| html! {
                        <option value={*name} selected={text == *name}>{ *name }</option>
                    }) }
                </select>
            }
        } else {
            let oninput = on_type({
                let draft = draft.clone();
                move |text| draft.set(Some(text))
            });
            html! {
                <span class="with-button">
                    <input id={id.clone()} class="input" autocomplete="off" spellcheck="false" autocapitalize="none"
                        aria-describedby={more} value={text.clone()} {oninput} />
                    <button type="submit" class="button" aria-label={format!("Set {}", words.label)}>{ "Set" }</button>
                </span>
            }
        };
        let hint = format!("{} {}", words.does, words.paper);
        let field = Field {
            id: &id,
            label: words.label,
            error: error.as_deref(),
            hint: &hint,
            ..Field::default()
        };
        html! {
            <form class="setting" onsubmit={on_submit(move || set(text.clone()))}>
                { field.around(control) }
            </form>
        }
    }
}
