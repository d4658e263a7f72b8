//! The text of the run: to read, to change, to take along, to open.

use dynamo_sim::{ParseError, Saved};
use web_sys::HtmlTextAreaElement;
use yew::prelude::*;

use crate::part::{Hooks, Kept, Part};
use crate::parts::{Dialog, on_submit, on_type};
use crate::session::Action;
use crate::shown::Dispatch;

/// The dialog.
#[derive(PartialEq)]
pub struct RunText {
    /// The script that is shown.
    pub script: String,
    /// What was typed and not applied, kept while the dialog is closed.
    pub draft: Kept<Option<String>>,
    /// Whom to tell.
    pub dispatch: Dispatch,
    /// Told when it closes.
    pub on_close: Callback<()>,
}

impl Part for RunText {
    fn draw(&self, hooks: &mut Hooks<'_>) -> Html {
        let error = hooks.keep(|| None::<ParseError>);
        let area = hooks.node();
        let text = (*self.draft).clone().unwrap_or_else(|| self.script.clone());
        let apply = {
            let (text, draft, area) = (text.clone(), self.draft.clone(), area.clone());
            let (dispatch, on_close, error) =
                (self.dispatch.clone(), self.on_close.clone(), error.clone());
            move || match text.parse::<Saved>() {
                Ok(saved) => {
                    error.set(None);
                    draft.set(None);
                    dispatch.dispatch(Action::Open(Box::new(saved)));
                    on_close.emit(());
                }
                Err(wrong) => {
                    if let Some(area) = area.cast::<HtmlTextAreaElement>() {
                        select(&area, &text, &wrong);
                    }
                    error.set(Some(wrong));
                }
            }
        };
        let again = {
            let (draft, error) = (self.draft.clone(), error.clone());
            Callback::from(move |_| {
                draft.set(None);
                error.set(None);
            })
        };
        let oninput = on_type({
            let draft = self.draft.clone();
            move |text| draft.set(Some(text))
        });
        let body = html! {
            <>
                <p>{ "This text is the whole run: setup, seed and every act. The same text plays the same run, to the last message." }</p>
                <form class="form" onsubmit={on_submit(apply)}>
                    <label for="run-text-area">{ "Text of the run" }</label>
                    <textarea id="run-text-area" ref={area} class="input mono" rows="14" spellcheck="false" autocapitalize="none"
                        aria-describedby="run-text-error" aria-invalid={error.is_some().to_string()} value={text} {oninput} />
                    <div id="run-text-error">
                        if let Some(wrong) = &*error {
                            <p class="error" role="alert">
                                <b>{ format!("Line {}, column {}: ", wrong.line, wrong.column) }</b>
                                { format!("expected {}, found {}.", wrong.expected,
                                    if wrong.found.is_empty() { "the end of the line" } else { &wrong.found }) }
                            </p>
                        }
                    </div>
                    <div class="actions">
                        <button type="submit" class="button is-main">{ "Apply" }</button>
                        if self.draft.is_some() {
                            <button type="button" class="button" onclick={again}>{ "Back to the run shown" }</button>
                        }
                    </div>
                </form>
            </>
        };
        Dialog { id: "run-text", title: "Run text", on_close: self.on_close.clone(), body }.html()
    }
}

/// Selects the place that is wrong: the word there, or the end of its line.
fn select(area: &HtmlTextAreaElement, text: &str, wrong: &ParseError) {
    let (start, end) = place(text, wrong);
    // An area that was just removed has no selection to set.
    let _ = area.focus();
    let _ = area.set_selection_range(start, end);
}

/// The wrong place in units of UTF-16, as the browser counts.
fn place(text: &str, wrong: &ParseError) -> (u32, u32) {
    let units = |text: &str| text.encode_utf16().count() as u32;
    let before: String = text.split_inclusive('\n').take(wrong.line.saturating_sub(1)).collect();
    let line = text.lines().nth(wrong.line.saturating_sub(1)).unwrap_or_default();
    let head: String = line.chars().take(wrong.column.saturating_sub(1)).collect();
    let word: String =
        line[head.len()..].chars().take_while(|letter| !letter.is_whitespace()).collect();
    let start = units(&before) + units(&head);
    (start, start + units(&word))
}

#[cfg(test)]
mod tests {
    use super::place;
    use dynamo_sim::{ParseError, Script};

    fn selected(text: &str) -> String {
        let wrong: ParseError = text.parse::<Script>().unwrap_err();
        let (start, end) = place(text, &wrong);
        let units: Vec<u16> = text.encode_utf16().collect();
        String::from_utf16(&units[start as usize..end as usize]).unwrap()
    }

    #[test]
    fn the_wrong_word_is_selected_behind_characters_of_any_width() {
        assert_eq!(
            selected("dynamo 1\n# 🛒\nsetup nodes=5\nat 1s c1 put \"🛒é\" \"x\" vai n1\n"),
            "vai"
        );
        assert_eq!(selected("dynamo 1\nsetup nodes=99\n"), "nodes=99");
        assert_eq!(selected(""), "");
    }
}
