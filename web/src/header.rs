//! The header: what run this is, and what concerns the whole page.

use dynamo_scene::badges::BADGES;
use yew::prelude::*;

use crate::part::{Hooks, Part};
use crate::parts::{Dialog, on_choose};
use crate::session::Action;
use crate::shown::Dispatch;
use crate::theme::{self, Theme};
use crate::words::{self, inspect};

/// The header; on a phone its buttons fold into a menu.
pub struct Header {
    /// The title of the run.
    pub title: String,
    /// Whether there is an act to undo.
    pub can_undo: bool,
    /// Whom to tell.
    pub dispatch: Dispatch,
    /// Lets a person choose a file.
    pub on_open: Callback<()>,
    /// Saves the run as a file.
    pub on_save: Callback<()>,
    /// Opens what can be shared.
    pub on_share: Callback<()>,
    /// Opens the run's text.
    pub on_text: Callback<()>,
    /// Opens the help.
    pub on_help: Callback<()>,
}

impl PartialEq for Header {
    fn eq(&self, other: &Self) -> bool {
        // Whom it tells stays as long as the page.
        self.title == other.title && self.can_undo == other.can_undo
    }
}

impl Part for Header {
    fn draw(&self, hooks: &mut Hooks<'_>) -> Html {
        let theme = theme::worn(hooks);
        let open = hooks.keep(|| false);
        let toggle = {
            let open = open.clone();
            Callback::from(move |_: MouseEvent| open.set(!*open))
        };
        let undo = {
            let dispatch = self.dispatch.clone();
            Callback::from(move |_: MouseEvent| dispatch.dispatch(Action::Undo))
        };
        let then_fold = |then: &Callback<()>| {
            let (then, open) = (then.clone(), open.clone());
            Callback::from(move |_: MouseEvent| {
                open.set(false);
                then.emit(());
            })
        };
        let wear = {
            let theme = theme.clone();
            on_choose(move |name| theme.set(Theme::named(&name).unwrap_or(Theme::System)))
        };
        let buttons = [
            ("Open", &self.on_open),
            ("Save", &self.on_save),
            ("Share", &self.on_share),
            ("Run text", &self.on_text),
            ("Help", &self.on_help),
        ];
        html! {
            <header class="header">
                <div class="titles">
                    <p class="brand">{ words::NAME }</p>
                    <h1 class="title">{ &self.title }</h1>
                </div>
                <button type="button" class="button menu-button" aria-expanded={open.to_string()}
                    aria-controls="tools" onclick={toggle}>{ "Menu" }</button>
                <div id="tools" class={classes!("tools", open.then_some("is-open"))}>
                    <button type="button" class="button" onclick={undo} disabled={!self.can_undo} title="Ctrl Z">{ "Undo" }</button>
                    { for buttons.into_iter().map(|(name, then)| html! {
                        <button key={name} type="button" class="button" onclick={then_fold(then)}>{ name }</button>
                    }) }
                    <label class="theme">
                        <span>{ "Theme" }</span>
                        <select class="input" onchange={wear}>
                            { for Theme::ALL.iter().map(|it| html! {
                                <option value={it.name()} selected={*it == *theme}>{ it.name() }</option>
                            }) }
                        </select>
                    </label>
                </div>
            </header>
        }
    }
}

/// What this is, and every key. `on_close` is told when it closes.
pub fn help(on_close: Callback<()>) -> Html {
    let body = html! {
        <>
            { for words::HELP.iter().map(|sentence| html! { <p>{ *sentence }</p> }) }
            <h3>{ inspect::DRAWN }</h3>
            <ul class="plain badges">
                { for BADGES.iter().map(|badge| html! {
                    <li key={badge.what}><span>{ badge.what }</span>{ " " }<span class="pill">{ badge.origin.words() }</span></li>
                }) }
            </ul>
            <h3>{ "Keys" }</h3>
            <dl class="keys">
                { for words::KEYS.iter().map(|(key, what)| html! {
                    <><dt><kbd>{ *key }</kbd></dt><dd>{ *what }</dd></>
                }) }
            </dl>
        </>
    };
    Dialog { id: "help", title: "Help", on_close, body }.html()
}
