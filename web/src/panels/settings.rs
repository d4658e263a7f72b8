//! Settings: what is live is an act at the playhead and holds from there on; what holds for a whole
//! run begins a new one.

use dynamo_sim::script::FIELDS;
use dynamo_sim::{Script, Setup};
use yew::prelude::*;

use crate::forms;
use crate::panels::strategy;
use crate::part::{Hooks, Part};
use crate::parts::{Choice, Field, on_submit, on_type};
use crate::session::Action;
use crate::shown::{Dispatch, Shown};
use crate::words::{self, SETTINGS, SettingWords, WHOLE};

/// All settings.
pub fn draw(shown: &Shown, dispatch: &Dispatch, hooks: &mut Hooks<'_>) -> Html {
    let settings = &shown.view.settings;
    let mut now: Vec<String> = settings.all().iter().map(|setting| setting.to_string()).collect();
    now.push(format!("n={}", settings.quorum.n()));
    let value = |name: &str| {
        let pair = now.iter().filter_map(|text| text.split_once('='));
        pair.filter(|(other, _)| *other == name).map(|(_, value)| value.to_string()).collect()
    };
    let n = settings.quorum.n();
    html! {
        <>
            <h2 class="hidden">{ "Settings" }</h2>
            <p class="hint">{ words::SETTINGS_ABOUT }</p>
            { for SETTINGS.iter().map(|(group, settings)| html! {
                <section key={*group}>
                    <h3>{ *group }</h3>
                    { for settings.iter().map(|words| {
                        let (now, dispatch) = (value(words.name), dispatch.clone());
                        SettingRow { words, now, n, dispatch }.keyed(words.name)
                    }) }
                </section>
            }) }
            <section>
                <h3>{ words::RING }</h3>
                { strategy::draw(shown, dispatch, hooks) }
            </section>
            { whole_run(shown, dispatch, hooks) }
        </>
    }
}

/// One setting: what is typed stays until it is set or equals what holds.
#[derive(PartialEq)]
struct SettingRow {
    words: &'static SettingWords,
    now: String,
    n: u8,
    dispatch: Dispatch,
}

impl Part for SettingRow {
    fn draw(&self, hooks: &mut Hooks<'_>) -> Html {
        let words = self.words;
        let draft = hooks.keep(|| None::<String>);
        let error = hooks.keep(|| None::<String>);
        let text = (*draft).clone().unwrap_or_else(|| self.now.clone());
        let set = {
            let (dispatch, now, n) = (self.dispatch.clone(), self.now.clone(), self.n);
            let (draft, error) = (draft.clone(), error.clone());
            move |text: String| match forms::setting(words.name, &text, n) {
                Ok(_) if text == now => draft.set(None),
                Ok(command) => {
                    error.set(None);
                    draft.set(None);
                    dispatch.dispatch(Action::Act(command));
                }
                Err(wrong) => error.set(Some(wrong)),
            }
        };
        let id = format!("set-{}", words.name);
        let control = if !words.choices.is_empty() {
            choices(&id, words, &text, Callback::from(set.clone()))
        } else {
            let oninput = on_type({
                let draft = draft.clone();
                move |text| draft.set(Some(text))
            });
            html! {
                <span class="with-button">
                    <input id={id.clone()} class="input" autocomplete="off" spellcheck="false" autocapitalize="none"
                        aria-describedby={format!("{id}-more")} value={text.clone()} {oninput} />
                    <button type="submit" class="button" aria-label={format!("Set {}", words.label)}>{ "Set" }</button>
                </span>
            }
        };
        html! {
            <form class="setting" onsubmit={on_submit(move || set(text.clone()))}>
                { field(&id, words, error.as_deref(), control) }
            </form>
        }
    }
}

fn field(id: &str, words: &SettingWords, error: Option<&str>, control: Html) -> Html {
    let hint = format!("{} {}", words.does, words.paper);
    Field { id, label: words.label, error, hint: &hint, ..Field::default() }.around(control)
}

fn choices(id: &str, words: &SettingWords, now: &str, on_choose: Callback<String>) -> Html {
    let of = words.choices.iter().map(|name| (*name, *name)).collect();
    let (id, now) = (id.to_string(), now.to_string());
    Choice { id, label: None, of, now, on_choose }.html()
}

/// What holds for a whole run: other choices begin a new one.
fn whole_run(shown: &Shown, dispatch: &Dispatch, hooks: &mut Hooks<'_>) -> Html {
    // What was chosen otherwise than the run has it.
    let chosen = hooks.keep(Vec::<(&'static str, String)>::new);
    let errors = hooks.keep(Vec::<forms::SetupError>::new);
    let setup = shown.view.settings.over(&shown.run.get().script().setup);
    let value = |name: &str| {
        let typed = chosen.iter().find(|(other, _)| *other == name).map(|it| it.1.clone());
        let field = FIELDS.iter().find(|field| field.name == name);
        typed.or_else(|| field.map(|field| (field.show)(&setup))).unwrap_or_default()
    };
    let change = |name: &'static str| {
        let chosen = chosen.clone();
        Callback::from(move |text: String| {
            let mut next = (*chosen).clone();
            next.retain(|(other, _)| *other != name);
            next.push((name, text));
            chosen.set(next);
        })
    };
    // Begins with a setup that has what was chosen, if it can be.
    let begin = |base: Setup, action: fn(&Shown, Setup) -> Action| {
        let (dispatch, shown) = (dispatch.clone(), shown.clone());
        let (chosen, errors) = (chosen.clone(), errors.clone());
        move || match forms::setup(base.clone(), &chosen) {
            Ok(setup) => {
                chosen.set(Vec::new());
                errors.set(Vec::new());
                dispatch.dispatch(action(&shown, setup));
            }
            Err(wrong) => errors.set(wrong),
        }
    };
    let fresh = begin(setup.clone(), |_, setup| Action::NewRun(Box::new(setup)));
    let same_acts = begin(shown.run.get().script().setup.clone(), |shown, setup| {
        let script = Script { setup, ..shown.run.get().script().clone() };
        Action::Open(Box::new(script.into()))
    });
    html! {
        <section>
            <h3>{ words::WHOLE_RUN }</h3>
            <form class="form" onsubmit={on_submit(fresh)}>
                <p class="hint">{ words::WHOLE_RUN_ABOUT }</p>
                { for WHOLE.iter().map(|words| {
                    let id = format!("whole-{}", words.name);
                    let error = errors.iter().find(|wrong| wrong.0 == words.name);
                    let (now, change) = (value(words.name), change(words.name));
                    let control = if words.choices.is_empty() {
                        html! {
                            <input id={id.clone()} class="input" autocomplete="off" inputmode="numeric"
                                aria-describedby={format!("{id}-more")} value={now}
                                oninput={on_type(move |text| change.emit(text))} />
                        }
                    } else {
                        choices(&id, words, &now, change)
                    };
                    field(&id, words, error.map(|it| it.1.as_str()), control)
                }) }
                <div class="actions">
                    <button type="submit" class="button is-main">{ words::FROM_THIS_SETUP }</button>
                    <button type="button" class="button"
                        onclick={Callback::from(move |_| same_acts())}>{ words::SAME_ACTS }</button>
                </div>
            </form>
        </section>
    }
}
