//! Running on until something happens, a slice of the run at a time, so that it can be stopped.

use dynamo_core::Duration;
use dynamo_sim::until::Condition;
use dynamo_sim::{Moment, Time};

use super::Session;
use crate::words::until as words;

/// So far behind the playhead a search goes on, or to where the script pauses if that is later.
const REACH: Duration = Duration::seconds(60);

/// What time runs on to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Search {
    /// What is waited for.
    pub condition: Condition,
    /// Where it began.
    pub from: Time,
    /// Where it ends in vain.
    pub bound: Time,
    /// Records that were looked at.
    read: usize,
}

impl Session {
    /// Looks in what is known of the run; what is not known yet is looked at slice by slice.
    pub(super) fn run_until(&self, condition: Condition) -> Session {
        let from = self.playhead.time;
        let bound = self.run.horizon().max(from + REACH).min(self.run.limit());
        let read = self.run.events_at(self.playhead);
        let search = Search { condition, from, bound, read };
        let next = Session { search: Some(search), playing: false, ..self.clone() };
        next.looked(search)
    }

    /// One slice more of the run, if a search goes on.
    pub(super) fn search_on(&self) -> Session {
        let Some(search) = self.search else { return self.clone() };
        let known = self.run.known_until();
        let run = self.run.clone().known_to(known + Duration::micros(1));
        let playhead = Moment::at(run.known_until().min(search.bound)).max(self.playhead);
        Session { run, playhead, ..self.clone() }.looked(search)
    }

    /// Stands at the event if the run has it by now, or at the bound if it comes no more.
    fn looked(&self, search: Search) -> Session {
        let Search { condition, bound, .. } = search;
        let found = {
            let run = self.run.get();
            let found = condition.first(run.trace(), search.read);
            found.and_then(|id| Some((id, run.trace().get(id)?.moment)))
        };
        let done = |session: Session, text| Session { search: None, ..session }.say(text, false);
        if let Some((id, moment)) = found.filter(|(_, moment)| moment.time <= bound) {
            let row = self.run.row_of(id);
            let text = words::reached(&condition, moment.time, row.as_ref());
            return done(self.show(id, row.and_then(|row| row.pick)), text);
        }
        if self.run.known_until() >= bound || self.run.digest().full {
            let bound = bound.min(self.run.limit());
            return done(self.seek(Moment::at(bound)), words::not_before(&condition, bound));
        }
        let read = self.run.get().trace().len();
        Session { search: Some(Search { read, ..search }), ..self.clone() }
    }
}
