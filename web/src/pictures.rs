//! What is made of a run for elsewhere: a picture of the stage at the playhead, the transcript, a log
//! for ShiViz.

use dynamo_scene::layout::WIDTH;
use dynamo_scene::svg::Picture;
use dynamo_scene::{seen, svg};
use dynamo_sim::shiviz::shiviz;
use wasm_bindgen::prelude::*;
use web_sys::{Blob, CanvasRenderingContext2d, HtmlCanvasElement, HtmlImageElement};

use crate::files;
use crate::session::{Action, Session};
use crate::shown::Dispatch;
use crate::words;

/// Dots of a PNG for a unit of the stage.
const FINENESS: f64 = 2.0;

/// What can be taken along beside the run itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Export {
    /// The stage as an SVG file.
    Svg,
    /// The same in dots.
    Png,
    /// The run's text and all that happens in it, as in `tests/transcripts`.
    Transcript,
    /// Every event with a vector clock.
    ShiViz,
}

/// All of them, each with the name of its button.
pub const EXPORTS: [(Export, &str); 4] = [
    (Export::Svg, "Picture (SVG)"),
    (Export::Png, "Picture (PNG)"),
    (Export::Transcript, "Transcript"),
    (Export::ShiViz, "Log for ShiViz"),
];

/// Makes it and hands it to the browser as a file.
pub fn take_along(session: &Session, ladder: Option<&Picture>, what: Export, dispatch: &Dispatch) {
    let run = session.run.get();
    let until = run.script().horizon().max(session.playhead.time).min(run.known_until());
    let (ending, text) = match what {
        Export::Png => return png(session.clone(), ladder, dispatch.clone()),
        Export::Svg => ("svg", picture(session, ladder)),
        Export::Transcript => ("txt", dynamo_check::report(&run)),
        Export::ShiViz => ("log", shiviz(run.trace(), until)),
    };
    dispatch.dispatch(match files::text(&text) {
        Ok(content) => files::export(session, ending, &content),
        Err(_) => Action::Fail(words::NO_FILE.to_string()),
    });
}

/// The stage at the playhead as a file of its own, with the ladder below if that is open.
fn picture(session: &Session, ladder: Option<&Picture>) -> String {
    let run = session.run.get();
    let view = run.view_at(session.playhead);
    let items = seen(&view, session.eyes, session.focus.as_ref(), session.pick.as_ref());
    let title = run.script().title().unwrap_or_default();
    svg::document_above(&items, ladder, title, include_str!("../styles/stage.css"))
}

/// The same in dots: the browser draws the file and hands the dots back.
fn png(session: Session, ladder: Option<&Picture>, dispatch: Dispatch) {
    let failed = {
        let dispatch = dispatch.clone();
        move || dispatch.dispatch(Action::Fail(words::NO_PICTURE.to_string()))
    };
    let Ok(image) = HtmlImageElement::new() else { return failed() };
    let source = js_sys::encode_uri_component(&picture(&session, ladder));
    let height = svg::height_above(ladder);
    let drawn = {
        let (image, failed) = (image.clone(), failed.clone());
        Closure::once_into_js(move || {
            if draw(&image, height, session, dispatch).is_none() {
                failed();
            }
        })
    };
    image.set_onload(Some(drawn.unchecked_ref()));
    image.set_onerror(Some(Closure::once_into_js(failed).unchecked_ref()));
    image.set_src(&format!("data:image/svg+xml;charset=utf-8,{source}"));
}

fn draw(image: &HtmlImageElement, height: f64, session: Session, dispatch: Dispatch) -> Option<()> {
    let document = web_sys::window()?.document()?;
    let canvas: HtmlCanvasElement = document.create_element("canvas").ok()?.unchecked_into();
    let (width, height) = (WIDTH * FINENESS, height * FINENESS);
    canvas.set_width(width as u32);
    canvas.set_height(height as u32);
    let context: CanvasRenderingContext2d = canvas.get_context("2d").ok()??.unchecked_into();
    context
        .draw_image_with_html_image_element_and_dw_and_dh(image, 0.0, 0.0, width, height)
        .ok()?;
    let taken = Closure::once_into_js(move |content: Option<Blob>| {
        dispatch.dispatch(match content {
            Some(content) => files::export(&session, "png", &content),
            None => Action::Fail(words::NO_PICTURE.to_string()),
        });
    });
    canvas.to_blob(taken.unchecked_ref()).ok()
}
