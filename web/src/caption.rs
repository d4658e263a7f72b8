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

/// The last thing that happened at or before the playhead.
pub fn latest(shown: &Shown) -> Option<Caption> {
    shown.run.digest().row_at(shown.view.moment).map(tell)
}

/// The last thing that the time bar marks at or before the playhead.
pub fn latest_marked(shown: &Shown) -> Option<Caption> {
    let digest = shown.run.digest();
    let mark = digest.mark_at(shown.view.moment)?;
    digest.row_of(mark.id).map(tell)
}

fn tell(LogRow { row, pick, look, .. }: &LogRow) -> Caption {
    Caption {
        id: row.id,
        time: row.moment.time,
        who: words::who(&row.who),
        text: text(&row.what),
        note: row.note.clone(),
        pick: pick.clone(),
        look: *look,
    }
}
