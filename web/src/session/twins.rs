//! Two runs side by side, at one place in time. One of them is the run that is shown everywhere
//! and that acts go to; this is about the other.

use dynamo_scene::Pick;
use dynamo_sim::{Place, Tree};

use super::Session;
use crate::shared_run::SharedRun;
use crate::words::twins as words;

/// The other of two runs that are looked at side by side.
#[derive(Clone, Debug, PartialEq)]
pub struct Twin {
    /// Which run of the tree. The shown one itself while nothing was changed yet: the next act
    /// begins the branch in which the two differ.
    pub place: Place,
    /// That run, played.
    pub run: SharedRun,
    /// Whether it stands before the shown one.
    pub is_first: bool,
}

impl Session {
    /// Whether the next act makes a second run out of the shown one.
    pub fn is_about_to_fork(&self) -> bool {
        self.twin.as_ref().is_some_and(|twin| twin.place == self.place)
    }

    pub(super) fn forked(&self) -> Session {
        let twin = Some(Twin { place: self.place, run: self.run.clone(), is_first: true });
        let next = Session { twin, playing: false, ..self.clone() };
        next.say(words::FORKED.to_string(), false)
    }

    pub(super) fn compared(&self, place: Place) -> Session {
        let places = self.tree.places();
        let row = |place: Place| places.iter().position(|(other, _)| *other == place);
        let (Some(shown), Some(other)) = (row(self.place), row(place)) else {
            return self.clone();
        };
        if shown == other {
            return self.clone();
        }
        let run = SharedRun::play(self.tree.script(place));
        let twin = Some(Twin { place, run, is_first: other < shown });
        Session { twin, playing: false, ..self.clone() }
    }

    pub(super) fn swapped(&self) -> Session {
        let Some(Twin { place, run, is_first }) = self.twin.clone() else { return self.clone() };
        let twin = Twin { place: self.place, run: self.run.clone(), is_first: !is_first };
        if self.is_about_to_fork() {
            return self.clone();
        }
        // The events of another run have other numbers.
        let pick = self.pick.clone().filter(|pick| !matches!(pick, Pick::Message(_)));
        Session { place, run, pick, why: None, twin: Some(twin), ..self.clone() }
    }

    pub(super) fn parted(&self) -> Session {
        Session { twin: None, ..self.clone() }
    }

    /// The other run once a branch is gone; none if it goes with it.
    pub(super) fn twin_without(&self, index: usize) -> Option<Twin> {
        let twin = self.twin.clone()?;
        let mut tree = Tree::clone(&self.tree);
        let place = tree.drop_branch(index, twin.place);
        (tree.script(place) == self.tree.script(twin.place)).then_some(Twin { place, ..twin })
    }

    /// The same page with the other run known as far as the playhead stands.
    pub(super) fn in_step(self) -> Session {
        let Some(Twin { place, run, is_first }) = self.twin.clone() else { return self };
        let run = match place == self.place {
            true => self.run.clone(),
            false => run.known_to(self.playhead.time),
        };
        Session { twin: Some(Twin { place, run, is_first }), ..self }
    }
}
