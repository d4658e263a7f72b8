//! Taking a run along: a link, a file, a line for another page.

use std::rc::Rc;

use dynamo_scene::svg::Picture;
use dynamo_sim::link::TooLong;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::address::{self, Form};
use crate::files;
use crate::part::{Hooks, Kept, Part};
use crate::parts::Dialog;
use crate::pictures::{EXPORTS, Export, take_along};
use crate::session::Session;
use crate::shown::Dispatch;
use crate::words;

/// The dialog. What it offers is what was shown when it opened.
pub struct Share {
    /// What is shown.
    pub session: Rc<Session>,
    /// The ladder, if it is open.
    pub ladder: Option<Rc<Picture>>,
    /// Whom to tell.
    pub dispatch: Dispatch,
    /// Told when it closes.
    pub on_close: Callback<()>,
}

impl PartialEq for Share {
    fn eq(&self, _: &Self) -> bool {
        // The page under an open dialog stands still.
        true
    }
}

impl Part for Share {
    fn draw(&self, hooks: &mut Hooks<'_>) -> Html {
        let session = self.session.clone();
        let link = hooks.keep(|| address::of(&session, Form::Page));
        let embed = hooks.keep(|| address::embed_line(&session));
        let copied = hooks.keep(|| None::<(&'static str, bool)>);
        hooks.after((), {
            let (link, copied) = (link.clone(), copied.clone());
            move || {
                if let Ok(link) = &*link {
                    files::copy(link, move |is_done| copied.set(Some((LINK, is_done))));
                }
            }
        });
        let save = {
            let dispatch = self.dispatch.clone();
            let session = session.clone();
            Callback::from(move |_: MouseEvent| dispatch.dispatch(files::save(&session)))
        };
        let export = |what: Export| {
            let (dispatch, session) = (self.dispatch.clone(), session.clone());
            let ladder = self.ladder.clone();
            Callback::from(move |_: MouseEvent| {
                take_along(&session, ladder.as_deref(), what, &dispatch)
            })
        };
        let body = html! {
            <div class="share">
                <section>
                    <h3>{ "Link" }</h3>
                    <p class="hint">{ words::SHARE_LINK }</p>
                    { line(LINK, "Link to this run", &link, &copied) }
                </section>
                <section>
                    <h3>{ "Picture for your own page" }</h3>
                    <p class="hint">{ words::SHARE_EMBED }</p>
                    { line(EMBED, "Line of HTML", &embed, &copied) }
                </section>
                <section>
                    <h3>{ "File" }</h3>
                    <p class="hint">{ words::SHARE_FILE }</p>
                    <button type="button" class="button" onclick={save}>{ "Save as a file" }</button>
                </section>
                <section>
                    <h3>{ "Pictures and logs" }</h3>
                    <p class="hint">{ words::SHARE_EXPORTS }</p>
                    <div class="actions">
                        { for EXPORTS.iter().map(|(what, name)| html! {
                            <button type="button" class="button" onclick={export(*what)}>{ *name }</button>
                        }) }
                    </div>
                </section>
            </div>
        };
        Dialog { id: "share", title: "Share", on_close: self.on_close.clone(), body }.html()
    }
}

const LINK: &str = "share-link";
const EMBED: &str = "share-embed";

/// A text to copy, or why there is none.
fn line(
    id: &'static str,
    label: &'static str,
    text: &Result<String, TooLong>,
    copied: &Kept<Option<(&'static str, bool)>>,
) -> Html {
    let text = match text {
        Ok(text) => text.clone(),
        Err(long) => return html! { <p class="error" role="alert">{ words::too_long(long) }</p> },
    };
    let select = Callback::from(|event: FocusEvent| {
        if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
            input.select();
        }
    });
    let copy = {
        let (text, copied) = (text.clone(), copied.clone());
        Callback::from(move |_: MouseEvent| {
            let copied = copied.clone();
            files::copy(&text, move |is_done| copied.set(Some((id, is_done))));
        })
    };
    let told = (**copied).filter(|(copied, _)| *copied == id).map(|(_, is_done)| is_done);
    html! {
        <>
            <div class="with-button">
                <input {id} class="input mono" readonly=true aria-label={label} value={text} onfocus={select} />
                <button type="button" class="button" onclick={copy}>{ "Copy" }</button>
            </div>
            <p class="hint" role="status">{ match told {
                Some(true) => words::COPIED,
                Some(false) => words::NOT_COPIED,
                None => "",
            } }</p>
        </>
    }
}
