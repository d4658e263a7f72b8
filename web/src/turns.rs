//! Who is drawn when. What the eye follows, stage and time bar, shows at once what is new, and so
//! does the console what somebody did. The other rooms follow once that is painted, one after the
//! other; while time passes, one in a frame. Drawn with the stage they would hold it up.

use std::rc::Rc;

use gloo_timers::callback::Interval;
use yew::functional::{use_force_update, use_mut_ref};

use crate::media;
use crate::part::Hooks;
use crate::playback::Frames;
use crate::shown::Shown;
use crate::timebar::TimeBar;

/// How many rooms take turns.
const ROOMS: usize = 4;

/// What everybody shows in a frame.
pub struct Drawn {
    /// On the stage.
    pub stage: Shown,
    /// In the time bar.
    pub bar: TimeBar,
    /// In the rooms.
    pub rooms: [Shown; ROOMS],
    /// Whether some rooms are late and follow by themselves.
    pub asks: bool,
}

/// What everybody shows now; while a room is late, it is asked again. `open` names the rooms in the
/// order of their turns. One that comes in the place of another shows at once what is new.
pub fn taken(
    hooks: &mut Hooks<'_>,
    shown: &Shown,
    bar: &TimeBar,
    open: [&'static str; ROOMS],
) -> Drawn {
    let turns = hooks.run(use_mut_ref(Turns::default));
    let again = hooks.run(use_force_update());
    let mut drawn = turns.borrow_mut().take(shown, bar, open);
    // Where time passes by motion, frames come by themselves.
    let is_still = media::holds(hooks, media::REDUCED_MOTION);
    drawn.asks &= is_still || !bar.playing;
    let asks = drawn.asks;
    hooks.after(asks, move || {
        let mut turns = None;
        let frames = asks.then(|| {
            // A timer that begins in a frame goes off when that frame is painted.
            Frames::new(move |_| {
                let again = again.clone();
                turns.get_or_insert_with(|| Interval::new(0, move || again.force_update()));
            })
        });
        move || drop(frames)
    });
    drawn
}

#[derive(Default)]
struct Turns {
    stage: Option<Shown>,
    bar: Option<TimeBar>,
    rooms: [Option<(&'static str, Shown)>; ROOMS],
    /// Whose turn is next.
    next: usize,
    /// Whether a room shows what was.
    is_late: bool,
    is_even: bool,
}

impl Turns {
    fn take(&mut self, shown: &Shown, bar: &TimeBar, open: [&'static str; ROOMS]) -> Drawn {
        let is_later = self.stage.as_ref().is_some_and(|before| shown.is_only_later_than(before));
        let moves = bar.playing && self.bar.as_ref().is_some_and(|before| before.playing);
        // While a crowd of messages moves, the stage takes turns with all others.
        let is_crowd = is_later && moves && dynamo_scene::is_crowd(&shown.view);
        self.is_even = !self.is_even;
        // Who acted looks at the first room; who seeks, at none.
        if !is_later || !self.is_late {
            self.next = 0;
        }
        // What somebody picks or looks through is seen everywhere at once.
        if !is_later && self.stage.as_ref().is_some_and(|before| before.run == shown.run) {
            self.rooms = Default::default();
        }
        let is_new = self.stage.as_ref().is_none_or(|it| !Rc::ptr_eq(&it.view, &shown.view));
        let seeks = is_new && is_later && !bar.playing;
        let stage = self.stage.take().filter(|_| is_crowd && !self.is_even);
        let before = self.bar.take().filter(|_| is_crowd && self.is_even);
        let has_room = before.is_none() && !seeks;
        let stage = self.stage.insert(stage.unwrap_or_else(|| shown.clone())).clone();
        let bar = self.bar.insert(before.unwrap_or_else(|| bar.clone())).clone();
        let rooms = self.rooms(shown, open, has_room);
        Drawn { stage, bar, rooms, asks: self.is_late }
    }

    fn rooms(
        &mut self,
        shown: &Shown,
        open: [&'static str; ROOMS],
        has_turn: bool,
    ) -> [Shown; ROOMS] {
        let late = |held: &Option<(&'static str, Shown)>| match held {
            Some((_, held)) => held != shown,
            None => false,
        };
        for (held, name) in self.rooms.iter_mut().zip(open) {
            *held = held.take().filter(|(before, _)| *before == name);
        }
        let mut order = (0..ROOMS).map(|step| (self.next + step) % ROOMS);
        if let Some(room) = order.find(|room| has_turn && late(&self.rooms[*room])) {
            self.rooms[room] = None;
            self.next = room + 1;
        }
        self.is_late = self.rooms.iter().any(late);
        let mut room = 0;
        self.rooms.each_mut().map(|held| {
            room += 1;
            held.get_or_insert_with(|| (open[room - 1], shown.clone())).1.clone()
        })
    }
}
