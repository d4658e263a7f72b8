//! What just happened, in a sentence: the one door to the words of the time bar and of the live
//! region.

use dynamo_scene::Pick;
use dynamo_sim::{EventId, Time};

use crate::digest::{LogRow, Look};
use crate::parts::text;
use crate::shown::Shown;
use crate::words;

/// One thing that happened, in words.
#[derive(Clone, Debug, PartialEq)]
pub struct Caption {
    /// The record it tells of.
    pub id: EventId,
    /// When that was.
    pub time: Time,
    /// Who did it.
    pub who: String,
    /// What.
    pub text: String,
    /// What comes of it, or the section of the paper.
    pub note: String,
    /// What a click on it picks.
    pub pick: Option<Pick>,
    /// How it looks.
    pub look: Look,
}

/// The last thing worth telling at or before the playhead.
pub fn latest(shown: &Shown) -> Option<Caption> {
    let told = dynamo_scene::latest(shown.run.get().trace(), &shown.view);
    let row = told.and_then(|told| shown.run.row_of(told.id));
    row.or_else(|| shown.run.row_at(shown.view.moment)).map(|row| tell(shown, row))
}

/// The last thing that the time bar marks at or before the playhead.
pub fn latest_marked(shown: &Shown) -> Option<Caption> {
    let mark = shown.run.digest().mark_at(shown.view.moment)?;
    shown.run.row_of(mark.id).map(|row| tell(shown, row))
}

/// The sentence of the scene where it has one, else the row of the transcript.
fn tell(shown: &Shown, LogRow { row, pick, look }: LogRow) -> Caption {
    let told = dynamo_scene::caption(shown.run.get().trace(), &shown.view, row.id);
    let (who, text, note) = match told {
        Some(told) if told.section.is_empty() => (String::new(), told.text, String::new()),
        Some(told) => (String::new(), told.text, format!("paper {}", told.section)),
        None => (words::who(&row.who), text(&row.what), row.note),
    };
    let (id, time) = (row.id, row.moment.time);
    Caption { id, time, who, text, note, pick, look }
}
