//! The time bar: transport, speed, the scrubber with its marks, the clock and what just happened.

use std::rc::Rc;

use dynamo_core::Duration;
use dynamo_sim::explain::Question;
use dynamo_sim::transcript::millis;
use dynamo_sim::{Moment, Place, Time};
use yew::prelude::*;

use crate::caption::{self, Caption};
use crate::digest::{Digest, Mark, MarkKind};
use crate::panels::log::look_class;
use crate::part::{Hooks, Part};
use crate::parts::{self, on_choose, on_type};
use crate::playback::{Rate, Speed};
use crate::session::{Action, Search, Way};
use crate::shared_run::SharedRun;
use crate::shown::{Dispatch, Shown};
use crate::tracks::Tracks;
use crate::until::RunUntil;
use crate::words;

/// The whole bar.
#[derive(Clone, PartialEq)]
pub struct TimeBar {
    /// The run at its place.
    pub shown: Shown,
    /// The same, or a little earlier: what it tells of.
    pub told: Shown,
    /// The run beside it.
    pub twin: Option<Place>,
    /// What time runs on to, while it does.
    pub search: Option<Search>,
    /// The playhead.
    pub moment: Moment,
    /// Whether time passes.
    pub playing: bool,
    /// How fast it shall pass.
    pub speed: Speed,
    /// How fast it passes.
    pub rate: Rate,
    /// Whether there is more room than in a frame of another page: for questions, runs beside each
    /// other, running on.
    pub is_whole: bool,
    /// Whether the ladder is folded out, and who is told to fold it; none where it has no room here.
    pub unfold: Option<(bool, Callback<()>)>,
    /// Whom to tell.
    pub dispatch: Dispatch,
}

impl Part for TimeBar {
    fn draw(&self, hooks: &mut Hooks<'_>) -> Html {
        let waits = hooks.keep(|| false);
        let TimeBar { shown, moment, playing, speed, rate, dispatch, .. } = self;
        let (tree, run, place) = (shown.tree.clone(), &shown.run, shown.place);
        let caption = caption::latest(&self.told);
        let dispatch_tracks = dispatch.clone();
        // A run that goes on beyond its horizon does not rescale the bar at every slice.
        let end = span(run);
        let on_wait = {
            let waits = waits.clone();
            Callback::from(move |()| waits.set(!*waits))
        };
        let (playing, is_whole) = (*playing, self.is_whole);
        let transport =
            Transport { playing, is_whole, waits: *waits, on_wait, dispatch: dispatch.clone() };
        html! {
            <section class="timebar" aria-label="Time">
                { transport.html() }
                if *waits && self.is_whole {
                    { RunUntil {
                        nodes: shown.nodes(),
                        search: self.search.map(|search| (search, run.known_until())),
                        dispatch: dispatch.clone(),
                    }.html() }
                }
                <p class="clock"><span class="clock-field framed">
                    <span class="clock-time">{ millis(moment.time) }<span class="unit">{ " ms" }</span></span>
                    <span class="clock-rate">
                        { if playing { format!("time runs at {}", rate.name()) } else { "time stands still".to_string() } }
                    </span>
                </span></p>
                { Tracks { tree, place, twin: self.twin, now: moment.time, end, dispatch: dispatch_tracks }.html() }
                { scrubber(run, *moment, end, dispatch) }
                { Speeds { speed: *speed, dispatch: dispatch.clone() }.html() }
                { caption_line(caption.as_ref(), self.is_whole, dispatch) }
                { unfolder(self.unfold.as_ref()) }
            </section>
        }
    }
}

/// The buttons that move in time. They do not change while it passes.
struct Transport {
    playing: bool,
    is_whole: bool,
    waits: bool,
    on_wait: Callback<()>,
    dispatch: Dispatch,
}

impl PartialEq for Transport {
    fn eq(&self, other: &Self) -> bool {
        (self.playing, self.is_whole, self.waits) == (other.playing, other.is_whole, other.waits)
    }
}

impl Part for Transport {
    fn draw(&self, _: &mut Hooks<'_>) -> Html {
        let Transport { playing, is_whole, waits, on_wait, dispatch } = self;
        let button = |action: Action,
                      name: &'static str,
                      icon: &'static str,
                      keys: &'static str| {
            let dispatch = dispatch.clone();
            let onclick = Callback::from(move |_| dispatch.dispatch(action.clone()));
            html! {
                <button type="button" class="button is-icon" aria-label={name} title={format!("{name} ({keys})")} {onclick}>
                    { icon_html(icon) }
                </button>
            }
        };
        let toggle = {
            let dispatch = dispatch.clone();
            Callback::from(move |_: MouseEvent| dispatch.dispatch(Action::Toggle))
        };
        let on_wait = on_wait.reform(|_: MouseEvent| ());
        html! {
            <div class="transport" role="group" aria-label="Transport">
                { button(Action::Jump(Way::Back), "Previous interesting event", BACK_FAR, "Shift ←") }
                { button(Action::Step(Way::Back), "Step back", BACK, "←") }
                <button type="button" class="button is-main is-play" onclick={toggle} title="Space">
                    { icon_html(if *playing { PAUSE } else { PLAY }) }
                    <span>{ if *playing { "Pause" } else { "Play" } }</span>
                </button>
                { button(Action::Step(Way::Forward), "Step forward", FORWARD, "→") }
                { button(Action::Jump(Way::Forward), "Next interesting event", FORWARD_FAR, "Shift →") }
                if *is_whole {
                    <button type="button" class="button is-icon" aria-label={words::until::RUN_UNTIL}
                        title={words::until::RUN_UNTIL} aria-expanded={waits.to_string()} aria-controls="until"
                        onclick={on_wait}>
                        { icon_html(UNTIL) }
                    </button>
                    { button(Action::Fork, words::twins::FORK_TITLE, FORK, "F") }
                }
            </div>
        }
    }
}

/// How fast time shall pass.
#[derive(PartialEq)]
struct Speeds {
    speed: Speed,
    dispatch: Dispatch,
}

impl Part for Speeds {
    fn draw(&self, _: &mut Hooks<'_>) -> Html {
        let dispatch = self.dispatch.clone();
        let choose = on_choose(move |name| {
            let speed = Speed::ALL.into_iter().find(|speed| speed.name() == name);
            dispatch.dispatch(Action::Speed(speed.unwrap_or(Speed::Automatic)));
        });
        html! {
            <label class="speed">
                <span>{ "Speed" }</span>
                <select class="input" onchange={choose}>
                    { for Speed::ALL.iter().map(|choice| html! {
                        <option value={choice.name()} selected={*choice == self.speed}>{ choice.name() }</option>
                    }) }
                </select>
            </label>
        }
    }
}

/// Folds the ladder out and in.
fn unfolder(unfold: Option<&(bool, Callback<()>)>) -> Html {
    let Some((is_open, on_fold)) = unfold else { return html! {} };
    let onclick = on_fold.reform(|_: MouseEvent| ());
    html! {
        <button type="button" class="button is-small unfolder" aria-expanded={is_open.to_string()}
            aria-controls="ladder" {onclick}>{ words::LADDER }</button>
    }
}

const PLAY: &str = "M4 2.5v11l9-5.5z";
const PAUSE: &str = "M4 3h3v10H4zM9 3h3v10H9z";
const FORWARD: &str = "M4 3l6 5-6 5zM10.5 3h2v10h-2z";
const BACK: &str = "M12 3L6 8l6 5zM5.5 3h-2v10h2z";
const FORWARD_FAR: &str = "M2 3l5 5-5 5zM8 3l5 5-5 5zM13 3h1.5v10H13z";
const BACK_FAR: &str = "M14 3L9 8l5 5zM8 3L3 8l5 5zM3 3H1.5v10H3z";

/// A flag at the end of a way.
const UNTIL: &str = "M1 7h5V5l3 3-3 3V9H1zM10 2h1.5v12H10zM12 2h3.5L14.5 4.5 15.5 7H12z";
/// One way that becomes two.
const FORK: &str = "M1 7h4.5L10 2.5V1l4 2-4 3V4.6L6.6 8 10 11.4V10l4 3-4 2v-1.5L5.5 9H1z";

fn icon_html(path: &'static str) -> Html {
    html! { <svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d={path} /></svg> }
}

/// A range input, with the marks of the run above it.
fn scrubber(run: &SharedRun, moment: Moment, end: Time, dispatch: &Dispatch) -> Html {
    let seek = {
        let dispatch = dispatch.clone();
        on_type(move |text| {
            let micros = js_sys::parse_float(&text).max(0.0) as u64;
            dispatch.dispatch(Action::Seek(Moment::at(Time(micros))));
        })
    };
    html! {
        <div class="scrubber">
            { Marks { digest: run.digest().clone(), end }.html() }
            <input type="range" class="range framed" min="0" max={end.as_micros().to_string()} step="any"
                value={moment.time.as_micros().to_string()} aria-label="Place in time"
                aria-valuetext={format!("{} milliseconds", millis(moment.time))} oninput={seek} />
            <div class="scale" aria-hidden="true"><span>{ "0" }</span><span>{ end.to_string() }</span></div>
        </div>
    }
}

/// The time that the bar spans: the script's, or whole steps beyond it.
fn span(run: &SharedRun) -> Time {
    let (horizon, known) = (run.horizon(), run.known_until());
    if known <= horizon {
        return horizon.max(Time(1_000_000));
    }
    let step = horizon.as_micros().max(10_000_000);
    let steps = known.as_micros().div_ceil(step);
    Time::ZERO + Duration::micros(step.saturating_mul(steps))
}

/// What happened when, by shape and colour.
struct Marks {
    digest: Rc<Digest>,
    end: Time,
}

impl PartialEq for Marks {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.digest, &other.digest) && self.end == other.end
    }
}

/// Marks of one kind closer than this would hide each other, in per cent of the bar.
const NEAREST: f64 = 0.25;
/// A stretch without a gap of this is one mark with a band to its end: thousands of marks cannot be
/// told apart, and cost every frame.
const APART: f64 = 1.2;
/// More marks of one kind than this are drawn as stretches.
const MOST_MARKS: usize = 60;

/// Where marks of one kind stand: from here to there.
type Stretch = (MarkKind, f64, f64);

/// The stretches of marks that are closer than `apart`, by where they begin.
fn stretches(marks: &[(MarkKind, f64)], apart: impl Fn(MarkKind) -> f64) -> Vec<Stretch> {
    let mut stretches: Vec<Stretch> = Vec::new();
    for (kind, x) in marks {
        let last = stretches.iter_mut().rev().find(|(other, ..)| other == kind);
        match last {
            Some((.., to)) if x - *to < apart(*kind) => *to = *x,
            _ => stretches.push((*kind, *x, *x)),
        }
    }
    stretches
}

impl Part for Marks {
    fn draw(&self, _: &mut Hooks<'_>) -> Html {
        let place = |mark: &Mark| {
            let time = mark.moment.time.as_micros() as f64;
            (time / self.end.as_micros().max(1) as f64 * 100.0).min(100.0)
        };
        let is_start =
            |mark: &Mark| mark.kind == MarkKind::Restart && mark.moment.time == Time::ZERO;
        let shown = self.digest.marks.iter().filter(|mark| !is_start(mark));
        let marks: Vec<(MarkKind, f64)> = shown.map(|mark| (mark.kind, place(mark))).collect();
        let mut counts: Vec<(MarkKind, usize)> = Vec::new();
        for (kind, _) in &marks {
            match counts.iter_mut().find(|(other, _)| other == kind) {
                Some((_, count)) => *count += 1,
                None => counts.push((*kind, 1)),
            }
        }
        let is_many = |kind| counts.iter().any(|(of, count)| *of == kind && *count > MOST_MARKS);
        let apart = |kind| if is_many(kind) { APART } else { NEAREST };
        html! {
            <svg class="marks" aria-hidden="true">
                { for stretches(&marks, apart).into_iter().enumerate().map(|(index, (kind, from, to))| {
                    let (class, path) = shape(kind);
                    let band = (to - from >= NEAREST).then(|| {
                        let (y, height) = band(kind);
                        html! { <rect class={classes!("mark", "is-band", class)} x={per_cent(from)} {y} width={per_cent(to - from)} {height} /> }
                    });
                    html! {
                        <g key={index}>
                            { for band }
                            <svg x={per_cent(from)} y="0" width="1" height="22" class="mark-at">
                                <path class={classes!("mark", class)} d={path}><title>{ words::mark(kind) }</title></path>
                            </svg>
                        </g>
                    }
                }) }
            </svg>
        }
    }
}

/// Where the band of a stretch lies: through the middle of its marks.
fn band(kind: MarkKind) -> (&'static str, &'static str) {
    match kind {
        MarkKind::Act => ("11", "11"),
        MarkKind::Stored | MarkKind::Found | MarkKind::Failed | MarkKind::Unknown => ("14", "3"),
        _ => ("3", "3"),
    }
}

/// A share in per cent, by hand: to write any number there is costs more than the page can carry.
pub fn per_cent(share: f64) -> String {
    let thousandths = (share * 1_000.0).round() as u64;
    format!("{}.{:03}%", thousandths / 1_000, thousandths % 1_000)
}

/// The look of a mark: drawn around x = 0. The upper lane is the cluster's, the lower the
/// clients': their acts are ticks, their ends stand on them.
fn shape(kind: MarkKind) -> (&'static str, &'static str) {
    match kind {
        MarkKind::Act => ("is-act", "M-.75 11h1.5v11h-1.5z"),
        MarkKind::Crash => (
            "is-bad",
            "M-4 2l1.5-1.5L0 3l2.5-2.5L4 2 1.5 4.5 4 7 2.5 8.5 0 6l-2.5 2.5L-4 7l2.5-2.5z",
        ),
        MarkKind::Restart => ("is-good", "M0 .5L4 8.5h-8z"),
        MarkKind::Stored | MarkKind::Found => {
            ("is-good", "M-3.5 15.5a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0z")
        }
        MarkKind::Failed => ("is-bad", "M-3.5 12h7v7h-7z"),
        MarkKind::Unknown => ("is-warn", "M-3.5 12h7v7h-7z"),
        MarkKind::Conflict => ("is-warn", "M0 0l4.5 4.5L0 9l-4.5-4.5z"),
        MarkKind::QuorumMissed => ("is-bad", "M0 0l4.5 4.5L0 9l-4.5-4.5z"),
        MarkKind::HintKept => ("is-accent", "M-4 1h8v3h-8zM-3 5h6v3.5h-6z"),
        MarkKind::HintDelivered => ("is-accent", "M0 0l4.5 4h-9zM-3 5h6v3.5h-6z"),
        MarkKind::ReadRepair => {
            ("is-accent", "M-1.25 .5h2.5v2.75H4v2.5H1.25V8.5h-2.5V5.75H-4v-2.5h2.75z")
        }
        MarkKind::KeyRepaired => ("is-accent", "M-4 1.5h8v2.25h-8zM-4 5.5h8v2.25h-8z"),
    }
}

/// What just happened.
fn caption_line(caption: Option<&Caption>, asks: bool, dispatch: &Dispatch) -> Html {
    let Some(told) = caption else {
        return html! { <p class="caption"><span class="caption-line framed"><span class="caption-none">{ words::BEGINNING }</span></span></p> };
    };
    let id = told.id;
    let why = asks.then(|| parts::why(dispatch, Question::Event(id), &told.text));
    let (dispatch, pick) = (dispatch.clone(), told.pick.clone());
    let onclick = Callback::from(move |_| dispatch.dispatch(Action::Show(id, pick.clone())));
    html! {
        <p class="caption"><span class="caption-line framed">
            <button type="button" class={classes!("caption-row", look_class(told.look))} {onclick} title="Pick it">
                <span class="caption-time">{ millis(told.time) }</span>
                <span class="caption-who">{ &told.who }</span>
                <span class="caption-what">{ &told.text }</span>
                if !told.note.is_empty() { <span class="caption-note">{ &told.note }</span> }
            </button>
            { for why }
        </span></p>
    }
}

#[cfg(test)]
mod tests {
    use super::{MarkKind, stretches};

    #[test]
    fn marks_of_one_kind_that_hide_each_other_are_a_stretch() {
        let (act, crash) = (MarkKind::Act, MarkKind::Crash);
        let marks = [(act, 0.0), (crash, 0.1), (act, 0.2), (act, 0.4), (act, 1.0)];
        let drawn = stretches(&marks, |_| 0.25);
        assert_eq!(drawn, [(act, 0.0, 0.4), (crash, 0.1, 0.1), (act, 1.0, 1.0)]);
    }
}
