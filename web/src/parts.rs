//! Small parts that panels are made of.

use std::fmt::Display;

use dynamo_core::{Key, NodeId, RequestId, Versions};
use dynamo_scene::Pick;
use dynamo_sim::Time;
use dynamo_sim::explain::Question;
use dynamo_sim::transcript::millis;
use web_sys::{HtmlDialogElement, HtmlInputElement, HtmlSelectElement, HtmlTextAreaElement};
use yew::prelude::*;

use crate::order;
use crate::part::{Hooks, Part};
use crate::session::Action;
use crate::shown::{Dispatch, Shown, letter};
use crate::words;

/// A handler that does nothing else than what the page wants.
pub fn on_submit(then: impl Fn() + 'static) -> Callback<SubmitEvent> {
    Callback::from(move |event: SubmitEvent| {
        event.prevent_default();
        then();
    })
}

/// The text of an input, a select or a text area that changed.
pub fn typed(event: &Event) -> String {
    use wasm_bindgen::JsCast;
    let Some(target) = event.target() else { return String::new() };
    if let Some(input) = target.dyn_ref::<HtmlInputElement>() {
        input.value()
    } else if let Some(select) = target.dyn_ref::<HtmlSelectElement>() {
        select.value()
    } else if let Some(area) = target.dyn_ref::<HtmlTextAreaElement>() {
        area.value()
    } else {
        String::new()
    }
}

/// Hands what is typed on.
pub fn on_type(then: impl Fn(String) + 'static) -> Callback<InputEvent> {
    Callback::from(move |event: InputEvent| then(typed(&event)))
}

/// Hands what is chosen on.
pub fn on_choose(then: impl Fn(String) + 'static) -> Callback<Event> {
    Callback::from(move |event: Event| then(typed(&event)))
}

/// A control with its label; the control names `ID-more` in `aria-describedby`.
#[derive(Default)]
pub struct Field<'a> {
    /// The id of the control.
    pub id: &'a str,
    /// Names it.
    pub label: &'static str,
    /// What is wrong, and what to do.
    pub error: Option<&'a str>,
    /// More on it.
    pub hint: &'a str,
    /// A further class.
    pub class: &'static str,
}

impl Field<'_> {
    /// The label, the control, and what is wrong with it.
    pub fn around(self, control: Html) -> Html {
        let Field { id, label, error, hint, class } = self;
        html! {
            <div key={id.to_string()} class={classes!("entry", class, error.is_some().then_some("is-wrong"))}>
                <label for={id.to_string()}>{ label }</label>
                { control }
                <div id={format!("{id}-more")} class="field-more">
                    if let Some(error) = error {
                        <p class="error" role="alert">{ error }</p>
                    }
                    if !hint.is_empty() {
                        <p class="hint">{ hint }</p>
                    }
                </div>
            </div>
        }
    }
}

/// A choice from a few. It shows what holds, whatever was picked in it.
#[derive(PartialEq)]
pub struct Choice {
    /// Its id; its field has more on it under `ID-more`.
    pub id: String,
    /// Names it where it stands in no field.
    pub label: Option<&'static str>,
    /// The values and how they are called.
    pub of: Vec<(&'static str, &'static str)>,
    /// The value that holds.
    pub now: String,
    /// Told which is picked.
    pub on_choose: Callback<String>,
}

impl Part for Choice {
    fn draw(&self, hooks: &mut Hooks<'_>) -> Html {
        let node = hooks.node();
        // A list in which somebody has picked no longer follows its options.
        hooks.after((self.now.clone(), self.of.clone()), {
            let (node, now) = (node.clone(), self.now.clone());
            move || {
                if let Some(select) = node.cast::<HtmlSelectElement>() {
                    select.set_value(&now);
                }
            }
        });
        let choose = {
            let (node, now, chosen) = (node.clone(), self.now.clone(), self.on_choose.clone());
            on_choose(move |value| {
                if let Some(select) = node.cast::<HtmlSelectElement>() {
                    select.set_value(&now);
                }
                chosen.emit(value);
            })
        };
        let more = self.label.is_none().then(|| format!("{}-more", self.id));
        html! {
            <select ref={node} id={self.id.clone()} class="input" aria-label={self.label} aria-describedby={more}
                onchange={choose}>
                { for self.of.iter().map(|(value, name)| html! {
                    <option key={*value} value={*value} selected={*value == self.now}>{ *name }</option>
                }) }
            </select>
        }
    }
}

/// A list of tabs, each with a mark beside it: one stop of the Tab key, arrows go from tab to tab.
/// The list and its parts are named `PREFIX-tab-0`, `PREFIX-panel-0`; `label` is for those who do
/// not see it.
pub fn tabs(
    prefix: &'static str,
    label: &'static str,
    names: &[(&'static str, Option<String>)],
    selected: usize,
    on_select: &Callback<usize>,
) -> Html {
    let (names, on_select) = (names.to_vec(), on_select.clone());
    TabList { prefix, label, names, selected, on_select }.keyed(prefix)
}

struct TabList {
    prefix: &'static str,
    label: &'static str,
    names: Vec<(&'static str, Option<String>)>,
    selected: usize,
    /// Does the same wherever all else is the same.
    on_select: Callback<usize>,
}

impl PartialEq for TabList {
    fn eq(&self, other: &Self) -> bool {
        self.names == other.names && self.selected == other.selected
    }
}

impl Part for TabList {
    fn draw(&self, _: &mut Hooks<'_>) -> Html {
        let TabList { prefix, label, names, selected, on_select } = self;
        let (prefix, label, selected) = (*prefix, *label, *selected);
        tab_list(prefix, label, names, selected, on_select)
    }
}

fn tab_list(
    prefix: &'static str,
    label: &'static str,
    names: &[(&'static str, Option<String>)],
    selected: usize,
    on_select: &Callback<usize>,
) -> Html {
    let last = names.len().saturating_sub(1);
    let select = on_select.clone();
    let onkeydown = Callback::from(move |event: KeyboardEvent| {
        let next = match event.key().as_str() {
            "ArrowRight" => {
                if selected == last {
                    0
                } else {
                    selected + 1
                }
            }
            "ArrowLeft" => selected.checked_sub(1).unwrap_or(last),
            "Home" => 0,
            "End" => last,
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        select.emit(next);
        focus(&format!("{prefix}-tab-{next}"));
    });
    html! {
        <div class="tabs" role="tablist" aria-label={label} {onkeydown}>
            { for names.iter().enumerate().map(|(index, (name, mark))| {
                let on_select = on_select.clone();
                let is_selected = index == selected;
                html! {
                    <button key={index} type="button" role="tab" class="tab"
                        id={format!("{prefix}-tab-{index}")}
                        aria-controls={format!("{prefix}-panel-{index}")}
                        aria-selected={is_selected.to_string()}
                        tabindex={if is_selected { "0" } else { "-1" }}
                        onclick={Callback::from(move |_| on_select.emit(index))}>
                        { *name }
                        if let Some(mark) = mark { <span class="badge">{ mark.clone() }</span> }
                    </button>
                }
            }) }
        </div>
    }
}

/// Moves the keyboard to an element.
pub fn focus(id: &str) {
    use wasm_bindgen::JsCast;
    let element = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.get_element_by_id(id))
        .and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok());
    if let Some(element) = element {
        // An element that cannot have the keyboard leaves it where it is.
        let _ = element.focus();
    }
}

/// A window over the page. It is modal: the browser keeps the keyboard in it and gives it back
/// afterwards.
#[derive(PartialEq)]
pub struct Dialog {
    /// Its id.
    pub id: &'static str,
    /// Its title.
    pub title: &'static str,
    /// Told when it is closed, by its button or by Escape.
    pub on_close: Callback<()>,
    /// What it holds.
    pub body: Html,
}

impl Part for Dialog {
    fn draw(&self, hooks: &mut Hooks<'_>) -> Html {
        let Dialog { id, title, on_close, body } = self;
        let node = hooks.node();
        hooks.after((), {
            let node = node.clone();
            move || {
                if let Some(dialog) = node.cast::<HtmlDialogElement>() {
                    // It was just drawn, so it is not open yet.
                    let _ = dialog.show_modal();
                }
            }
        });
        let close = {
            let node = node.clone();
            Callback::from(move |_: MouseEvent| {
                if let Some(dialog) = node.cast::<HtmlDialogElement>() {
                    dialog.close();
                }
            })
        };
        let onclose = on_close.reform(|_: Event| ());
        let title_id = format!("{id}-title");
        html! {
            <dialog ref={node} id={*id} class="dialog" aria-labelledby={title_id.clone()} {onclose}>
                <div class="dialog-head">
                    <h2 id={title_id}>{ *title }</h2>
                    <button type="button" class="button" onclick={close}>{ "Close" }</button>
                </div>
                { body.clone() }
            </dialog>
        }
    }
}

/// A moment in milliseconds.
pub fn time(time: Time) -> Html {
    html! { <span class="time">{ millis(time) }<span class="unit">{ " ms" }</span></span> }
}

/// A version: its letter on its hue.
pub fn version(shown: &Shown, key: &Key, request: RequestId) -> Html {
    let Some(index) = shown.version(key, request) else {
        return html! { <span class="version is-unborn" title={format!("{request}, not stored")}>{ "–" }</span> };
    };
    // Hues tell the versions of the key in focus and nothing else.
    let hue = (shown.focus.as_ref() == Some(key)).then(|| format!("v{}", index % 8));
    html! {
        <span class={classes!("version", hue)} title={format!("version {}, written by {request}", letter(index))}>
            { letter(index) }
        </span>
    }
}

/// All live versions of a set, each with its value and its dot.
pub fn versions(shown: &Shown, key: &Key, set: &Versions) -> Html {
    let siblings = order::by(set.siblings(), |(_, sibling)| shown.version(key, sibling.request));
    html! {
        <ul class="versions">
            { for siblings.into_iter().map(|(dot, sibling)| html! {
                <li key={sibling.request.to_string()}>
                    { version(shown, key, sibling.request) }
                    <span class="value">{ value(sibling.text()) }</span>
                    <code class="dot">{ shown.run.digest().names.mark(key, set.mark(dot)) }</code>
                </li>
            }) }
        </ul>
    }
}

/// A value, or that it was deleted.
pub fn value(of: Option<&str>) -> String {
    of.map_or_else(|| "(deleted)".to_string(), text)
}

/// A value or key as it is, cut where it would flood a row.
pub fn text(text: &str) -> String {
    const MOST: usize = 120;
    if text.is_empty() {
        return "(empty)".to_string();
    }
    let mut shown: String = text.chars().take(MOST).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

/// The number that an event has in the explanation that is open, if it has one.
pub fn step_number(number: Option<usize>) -> Html {
    match number {
        Some(number) => html! { <span class="step-number">{ number }</span> },
        None => html! {},
    }
}

/// Asks why; `about` says of what to those who do not see where it stands.
pub fn why(dispatch: &Dispatch, question: Question, about: impl Display) -> Html {
    let dispatch = dispatch.clone();
    let onclick =
        Callback::from(move |_: MouseEvent| dispatch.dispatch(Action::Why(Some(question.clone()))));
    html! {
        <button type="button" class="link why" aria-label={format!("Why? {about}")} {onclick}>{ words::WHY }</button>
    }
}

/// Something that can be picked.
pub fn link(dispatch: &Dispatch, pick: Pick, name: impl Display) -> Html {
    let dispatch = dispatch.clone();
    let onclick = Callback::from(move |_| dispatch.dispatch(Action::Pick(Some(pick.clone()))));
    html! { <button type="button" class="link" {onclick}>{ name.to_string() }</button> }
}

/// A node that can be picked.
pub fn node(dispatch: &Dispatch, node: NodeId) -> Html {
    link(dispatch, Pick::Node(node), node)
}

/// A request that can be picked.
pub fn request(dispatch: &Dispatch, request: RequestId) -> Html {
    link(dispatch, Pick::Request(request), request)
}

/// A key that can be picked.
pub fn key(dispatch: &Dispatch, key: &Key) -> Html {
    link(dispatch, Pick::Key(key.clone()), text(key.as_str()))
}

/// A row of a list of terms.
pub fn fact(term: &str, what: Html) -> Html {
    html! { <><dt>{ term.to_string() }</dt><dd>{ what }</dd></> }
}

/// Several things with commas in between.
pub fn list(items: Vec<Html>) -> Html {
    items
        .into_iter()
        .enumerate()
        .map(|(index, item)| html! { <>{ if index > 0 { ", " } else { "" } }{ item }</> })
        .collect()
}
