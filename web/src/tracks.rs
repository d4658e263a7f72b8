//! The branches of a run as parallel tracks over the scrubber: where each leaves its parent, its
//! own acts, the one that is shown.

use std::rc::Rc;

use dynamo_sim::script::Trigger;
use dynamo_sim::{Moment, Place, Time, Tree};
use yew::prelude::*;

use crate::part::{Hooks, Part};
use crate::session::Action;
use crate::shown::Dispatch;
use crate::timebar::per_cent;
use crate::words;

/// The tracks; nothing while there are no branches.
#[derive(PartialEq)]
pub struct Tracks {
    /// The run and its branches.
    pub tree: Rc<Tree>,
    /// Which is shown.
    pub place: Place,
    /// The time that the scrubber spans.
    pub end: Time,
    /// Whom to tell.
    pub dispatch: Dispatch,
}

/// The height of a track in the picture.
const HEIGHT: usize = 24;

/// A track, with places in per cent of the scrubber.
struct Track {
    place: Place,
    name: String,
    /// Where it leaves its parent, and which row that has.
    leaves: Option<(f64, usize)>,
    acts: Vec<f64>,
}

impl Part for Tracks {
    fn draw(&self, _: &mut Hooks<'_>) -> Html {
        if self.tree.branches().is_empty() {
            return html! {};
        }
        let tracks = self.tracks();
        let height = tracks.len() * HEIGHT;
        html! {
            <div class="tracks" role="group" aria-label="Branches">
                <ul class="plain track-names">
                    { for tracks.iter().map(|track| html! {
                        <li key={track.name.clone()}>
                            <button type="button" class="track-name" aria-pressed={(track.place == self.place).to_string()}
                                title={track.name.clone()} onclick={self.switch(track.place)}>{ &track.name }</button>
                        </li>
                    }) }
                </ul>
                <svg class="track-lines" height={height.to_string()} aria-hidden="true">
                    { for tracks.iter().enumerate().map(|(row, track)| self.line(row, track)) }
                </svg>
            </div>
        }
    }
}

impl Tracks {
    fn switch(&self, place: Place) -> Callback<MouseEvent> {
        let dispatch = self.dispatch.clone();
        Callback::from(move |_| dispatch.dispatch(Action::Switch(place)))
    }

    fn at(&self, moment: Moment) -> f64 {
        let (time, end) = (moment.time.as_micros(), self.end.as_micros().max(1));
        (time as f64 / end as f64 * 100.0).min(100.0)
    }

    fn tracks(&self) -> Vec<Track> {
        let places = self.tree.places();
        let row_of = |place: Place| places.iter().position(|(other, _)| *other == place);
        let track = |(place, _): &(Place, usize)| {
            let branch = self.tree.branch(*place);
            let lines = branch.map_or(&self.tree.trunk().lines, |branch| &branch.lines);
            let acts = lines.iter().filter_map(|line| match line.trigger {
                Trigger::At(moment) => Some(self.at(moment)),
                Trigger::When(_) => None,
            });
            let leaves =
                branch.and_then(|branch| Some((self.at(branch.at()), row_of(branch.parent)?)));
            let name = words::run_name(&self.tree, *place);
            Track { place: *place, name, leaves, acts: acts.collect() }
        };
        places.iter().map(track).collect()
    }

    fn line(&self, row: usize, track: &Track) -> Html {
        let middle = |row: usize| row * HEIGHT + HEIGHT / 2;
        let y = middle(row);
        let x = per_cent(track.leaves.map_or(0.0, |(x, _)| x));
        let is_shown = track.place == self.place;
        html! {
            <g key={track.name.clone()} class={classes!("track", is_shown.then_some("is-shown"))}
                onclick={self.switch(track.place)}>
                <rect class="track-field" y={(row * HEIGHT).to_string()} width="100%" height={HEIGHT.to_string()} />
                if let Some((_, parent)) = track.leaves {
                    <line class="track-fork" x1={x.clone()} x2={x.clone()}
                        y1={middle(parent).to_string()} y2={y.to_string()} />
                }
                <line x1={x} x2="100%" y1={y.to_string()} y2={y.to_string()} />
                { for track.acts.iter().map(|act| html! {
                    <line class="track-act" x1={per_cent(*act)} x2={per_cent(*act)}
                        y1={(y - 5).to_string()} y2={(y + 5).to_string()} />
                }) }
            </g>
        }
    }
}
