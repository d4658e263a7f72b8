//! The branches of a run as parallel tracks over the scrubber: where each leaves its parent, its
//! own acts, the one that is shown. A track is dragged along for another time, and across for
//! another run.

use std::cell::RefCell;
use std::rc::Rc;

use dynamo_sim::script::Trigger;
use dynamo_sim::{Moment, Place, Time, Tree};
use web_sys::Element;
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
    /// The run beside it.
    pub twin: Option<Place>,
    /// The playhead.
    pub now: Time,
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
    fn draw(&self, hooks: &mut Hooks<'_>) -> Html {
        let press = hooks.run(use_mut_ref(|| None::<Press>));
        let lines = hooks.node();
        if self.tree.branches().is_empty() {
            return html! {};
        }
        let tracks = self.tracks();
        let height = tracks.len() * HEIGHT;
        let now = per_cent(self.at(Moment::at(self.now)));
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
                <svg ref={lines.clone()} class="track-lines" height={height.to_string()} aria-hidden="true"
                    onpointerdown={Self::on_press(&press)} onpointermove={self.on_drag(&press, &lines)}
                    onpointerup={self.on_release(&press, &lines)} onpointercancel={Self::on_cancel(&press)}>
                    { for tracks.iter().enumerate().map(|(row, track)| self.line(row, track)) }
                    <line class="track-now" x1={now.clone()} x2={now} y1="0" y2="100%" />
                </svg>
            </div>
        }
    }
}

/// Where a track was pressed, and whether the pointer has moved since.
struct Press {
    at: (i32, i32),
    is_drag: bool,
}

type Pressed = Rc<RefCell<Option<Press>>>;

/// A pointer that trembles this far does not drag, in pixels.
const TREMBLES: i32 = 4;

impl Tracks {
    fn on_press(press: &Pressed) -> Callback<PointerEvent> {
        let press = press.clone();
        Callback::from(move |event: PointerEvent| {
            if event.is_primary() && event.button() == 0 {
                let at = (event.client_x(), event.client_y());
                *press.borrow_mut() = Some(Press { at, is_drag: false });
            }
        })
    }

    fn on_cancel(press: &Pressed) -> Callback<PointerEvent> {
        let press = press.clone();
        Callback::from(move |_: PointerEvent| *press.borrow_mut() = None)
    }

    /// Along the time changes, across the run does.
    fn on_drag(&self, press: &Pressed, lines: &NodeRef) -> Callback<PointerEvent> {
        let (press, dispatch) = (press.clone(), self.dispatch.clone());
        let (rows, end, lines) = (self.rows(), self.end, lines.clone());
        Callback::from(move |event: PointerEvent| {
            let mut press = press.borrow_mut();
            let Some(press) = press.as_mut().filter(|_| event.buttons() != 0) else { return };
            let (x, y) = press.at;
            press.is_drag |=
                (event.client_x() - x).abs().max((event.client_y() - y).abs()) > TREMBLES;
            let Some(lines) = lines.cast::<Element>() else { return };
            if press.is_drag {
                // From here on moves are ours, also outside the tracks; a refusal costs nothing.
                let _ = lines.set_pointer_capture(event.pointer_id());
                let area = lines.get_bounding_client_rect();
                let share = (f64::from(event.client_x()) - area.left()) / area.width().max(1.0);
                let micros = share.clamp(0.0, 1.0) * end.as_micros() as f64;
                let place = row_at(&rows, &lines, event.client_y());
                dispatch.dispatch(Action::Visit(place, Moment::at(Time(micros as u64))));
            }
        })
    }

    /// A press that was no drag leads to another run at the same time.
    fn on_release(&self, press: &Pressed, lines: &NodeRef) -> Callback<PointerEvent> {
        let (press, dispatch) = (press.clone(), self.dispatch.clone());
        let (rows, lines) = (self.rows(), lines.clone());
        Callback::from(move |event: PointerEvent| {
            let Some(press) = press.borrow_mut().take() else { return };
            if let Some(lines) = lines.cast::<Element>().filter(|_| !press.is_drag) {
                dispatch.dispatch(Action::Switch(row_at(&rows, &lines, event.client_y())));
            }
        })
    }

    fn rows(&self) -> Vec<Place> {
        self.tree.places().into_iter().map(|(place, _)| place).collect()
    }

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
        let is_shown = (track.place == self.place).then_some("is-shown");
        let is_twin = (self.twin == Some(track.place)).then_some("is-twin");
        html! {
            <g key={track.name.clone()} class={classes!("track", is_twin, is_shown)}>
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

/// The run whose track is nearest to this height on the screen.
fn row_at(rows: &[Place], lines: &Element, y: i32) -> Place {
    let height = f64::from(y) - lines.get_bounding_client_rect().top();
    let row = (height.max(0.0) as usize / HEIGHT).min(rows.len().saturating_sub(1));
    rows.get(row).copied().unwrap_or_default()
}
