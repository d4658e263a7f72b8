//! How time passes: by its own measure near events, faster through silence.

use std::cell::RefCell;
use std::rc::Rc;

use dynamo_core::Duration;
use dynamo_sim::{Moment, Time};
use gloo_timers::callback::Interval;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

use crate::media;
use crate::part::Hooks;
use crate::session::{Action, Session};
use crate::shared_run::SharedRun;
use crate::shown::Dispatch;
use crate::stage::Crowd;

/// How fast time shall pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speed {
    /// Slow near events, fast through silence.
    Automatic,
    /// So many seconds of the run take so many seconds.
    Fixed(u32, u32),
}

impl Speed {
    /// The choices, fastest last.
    pub const ALL: [Speed; 11] = [
        Speed::Automatic,
        Speed::Fixed(1, 5_000),
        Speed::Fixed(1, 1_000),
        Speed::Fixed(1, 200),
        Speed::Fixed(1, 100),
        Speed::Fixed(1, 50),
        Speed::Fixed(1, 20),
        Speed::Fixed(1, 5),
        Speed::Fixed(1, 1),
        Speed::Fixed(10, 1),
        Speed::Fixed(60, 1),
    ];

    /// Its name in the list.
    pub fn name(self) -> String {
        match self {
            Speed::Automatic => "automatic".to_string(),
            Speed::Fixed(run, real) => format!("{run}:{real}"),
        }
    }
}

/// Simulated time in relation to real time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate(f64);

impl Default for Rate {
    fn default() -> Self {
        Rate(1.0 / SLOWEST)
    }
}

impl Rate {
    /// `1:50`, `3:1`: rounded to one digit, as it changes from frame to frame.
    pub fn name(self) -> String {
        let round = |ratio: f64| {
            let mut unit = 1.0;
            while ratio / unit >= 9.5 {
                unit *= 10.0;
            }
            ((ratio / unit).round() * unit) as u64
        };
        if self.0 < 1.0 {
            format!("1:{}", round(1.0 / self.0))
        } else {
            format!("{}:1", round(self.0))
        }
    }
}

/// Beside an event, one second of the run takes this long.
const SLOWEST: f64 = 50.0;
/// This far from an event, time passes twice as fast as beside it; in milliseconds.
const DOUBLES_EVERY: f64 = 2.5;
/// The rate where no event is in sight.
const IDLE: f64 = 2.0;
/// Real time of one still frame, in milliseconds.
const STILL_FRAME: u32 = 900;
/// A tab that slept does not leap; in milliseconds.
const LONGEST_FRAME: f64 = 100.0;

/// The rate at a place, so many milliseconds from the nearest event.
fn rate(speed: Speed, distance: f64) -> f64 {
    match speed {
        Speed::Fixed(run, real) => f64::from(run) / f64::from(real),
        Speed::Automatic => (1.0 + distance / DOUBLES_EVERY) / SLOWEST,
    }
}

/// What is looked at: the shown run, and the one beside it.
fn runs(session: &Session, run: &SharedRun) -> Vec<SharedRun> {
    let known = run.known_until();
    let twin = session.twin.as_ref().map(|twin| twin.run.clone().known_to(known));
    [Some(run.clone()), twin].into_iter().flatten().collect()
}

/// The events around a time, as places to slow down at: at or before it, and behind it.
fn around(runs: &[SharedRun], time: Time) -> (Option<Moment>, Option<Moment>) {
    let (mut before, mut next) = (None, None);
    for run in runs {
        let told = &run.digest().told;
        let index = told.partition_point(|moment| moment.time <= time);
        before = before.max(index.checked_sub(1).map(|index| told[index]));
        next = [next, told.get(index).copied()].into_iter().flatten().min();
    }
    (before, next)
}

/// So many milliseconds of real time later.
pub fn tick(session: &Session, millis: f64) -> Session {
    if !session.playing {
        return session.clone();
    }
    let millis = millis.clamp(0.0, LONGEST_FRAME);
    let now = session.playhead.time;
    let run = session.run.clone().known_to(now + Duration::millis(500));
    let runs = runs(session, &run);
    let (before, next) = around(&runs, now);
    let far = |other: Option<Moment>| {
        other.map_or(f64::INFINITY, |other| now.0.abs_diff(other.time.0) as f64 / 1_000.0)
    };
    let mut rate = rate(session.speed, far(before).min(far(next)));
    // Where no event is in sight there is nothing to hurry to.
    if let (Speed::Automatic, None) = (session.speed, next) {
        rate = rate.min(IDLE);
    }
    let length = Duration::micros(((rate * millis * 1_000.0).round() as u64).max(1));
    let mut time = now + length;
    // No frame leaps over an event while time chooses its own pace.
    if let (Speed::Automatic, Some(next)) = (session.speed, next) {
        time = time.min(next.time);
    }
    // The fastest go farther in a frame than is known by then.
    let run = run.known_to(time);
    let (time, playing) = stop(session, &run, time);
    let runs = self::runs(session, &run);
    // An event is shown from the instant on at which it happens.
    let last = around(&runs, time).0.filter(|moment| moment.time == time);
    let playhead = last.unwrap_or(Moment::at(time)).max(session.playhead);
    let mut next = session.moved(run, playhead, playing);
    next.rate = Rate(rate);
    next
}

/// Time stops where the script pauses, and where no run goes on.
fn stop(session: &Session, run: &SharedRun, time: Time) -> (Time, bool) {
    let (horizon, limit) = (run.horizon(), run.limit());
    if session.playhead.time < horizon && time >= horizon {
        (horizon, false)
    } else if time >= limit {
        (limit, false)
    } else {
        (time, true)
    }
}

/// The next still frame: what follows, without motion in between.
pub fn still(session: &Session) -> Session {
    let run = session.run.clone().known_to(session.playhead.time + Duration::millis(500));
    let behind = |run: &SharedRun| {
        run.digest().told.iter().find(|moment| **moment > session.playhead).copied()
    };
    let next = runs(session, &run).iter().filter_map(behind).min();
    let next = next.unwrap_or(Moment::at(run.known_until()));
    let (time, playing) = stop(session, &run, next.time);
    let playhead = if time == next.time { next } else { Moment::at(time) };
    session.moved(run, playhead, playing)
}

type FrameClosure = Closure<dyn FnMut(f64)>;

/// Calls back at every frame until it is dropped, with the milliseconds since the last call, if it
/// is not the first.
pub struct Frames {
    closure: Rc<RefCell<Option<FrameClosure>>>,
    handle: Rc<RefCell<Option<i32>>>,
}

impl Frames {
    /// Begins with the next frame.
    pub fn new(mut each: impl FnMut(Option<f64>) + 'static) -> Self {
        let closure: Rc<RefCell<Option<FrameClosure>>> = Rc::default();
        let handle = Rc::new(RefCell::new(None));
        let mut last: Option<f64> = None;
        let again = (closure.clone(), handle.clone());
        *closure.borrow_mut() = Some(Closure::new(move |now: f64| {
            *again.1.borrow_mut() = request(&again.0);
            each(last.replace(now).map(|last| now - last));
        }));
        *handle.borrow_mut() = request(&closure);
        Frames { closure, handle }
    }
}

fn request(closure: &Rc<RefCell<Option<FrameClosure>>>) -> Option<i32> {
    let closure = closure.borrow();
    let function = closure.as_ref()?.as_ref().unchecked_ref();
    web_sys::window()?.request_animation_frame(function).ok()
}

impl Drop for Frames {
    fn drop(&mut self) {
        if let (Some(window), Some(handle)) = (web_sys::window(), self.handle.borrow_mut().take()) {
            // A frame that cannot be cancelled finds no closure.
            let _ = window.cancel_animation_frame(handle);
        }
        self.closure.borrow_mut().take();
    }
}

/// Calls back again and again, each time in a task of its own, from when the next frame is painted
/// until it is dropped.
pub fn behind_paint(each: impl Fn() + Clone + 'static) -> Frames {
    let mut turns = None;
    // A timer that begins in a frame goes off when that frame is painted.
    Frames::new(move |_| {
        turns.get_or_insert_with(|| Interval::new(0, each.clone()));
    })
}

/// Lets time pass while the session plays: by motion, or by still frames where a person asked
/// for reduced motion.
pub fn play(hooks: &mut Hooks<'_>, playing: bool, crowd: &Crowd, dispatch: &Dispatch) {
    let (crowd, dispatch) = (crowd.clone(), dispatch.clone());
    let is_still = media::holds(hooks, media::REDUCED_MOTION);
    hooks.after((playing, is_still), move || {
        let mut frames = None;
        let mut interval = None;
        if playing && is_still {
            interval = Some(Interval::new(STILL_FRAME, move || dispatch.dispatch(Action::Still)));
        } else if playing {
            let mut since = None;
            frames = Some(Frames::new(move |millis| {
                since = millis.map(|millis| millis + since.unwrap_or_default());
                if !crowd.moves()
                    && let Some(since) = since.take()
                {
                    dispatch.dispatch(Action::Tick(since));
                }
            }));
        }
        move || drop((frames, interval))
    });
}

/// Lets a search go on, a slice at every turn of the page.
pub fn search(hooks: &mut Hooks<'_>, searching: bool, dispatch: &Dispatch) {
    let dispatch = dispatch.clone();
    hooks.after(searching, move || {
        let slices =
            searching.then(|| Interval::new(0, move || dispatch.dispatch(Action::SearchOn)));
        move || drop(slices)
    });
}
