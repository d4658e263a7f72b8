//! Who is drawn when. What the eye follows, stage and time bar, shows at once what is new, and so
//! does the console what somebody did. The other rooms follow once that is painted, one after the
//! other; while time passes, one in a frame. Drawn with the stage they would hold it up. While a
//! crowd of messages moves, a frame has time for one of them all: time passes in every other frame,
//! and one of the others is drawn; in the frame after it, messages move to where they are by then.

use std::rc::Rc;

use dynamo_scene::{LAYERS, Layer};
use dynamo_sim::{Moment, View};
use yew::functional::{use_force_update, use_mut_ref};

use crate::media;
use crate::part::Hooks;
use crate::playback::behind_paint;
use crate::shown::Shown;
use crate::stage::{Crowd, Views};
use crate::timebar::TimeBar;

/// How many rooms take turns.
const ROOMS: usize = 4;

/// Who is drawn in a frame while a crowd of messages moves.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    Layer(Layer),
    Bar,
    Caption,
    Playhead,
    Room,
}

/// Who is drawn while time passes under a crowd.
const TURNS: [Turn; 16] = [
    Turn::Bar,
    Turn::Layer(Layer::Waits),
    Turn::Layer(Layer::Holds),
    Turn::Playhead,
    Turn::Bar,
    Turn::Layer(Layer::Waits),
    Turn::Layer(Layer::Holds),
    Turn::Room,
    Turn::Playhead,
    Turn::Caption,
    Turn::Layer(Layer::Waits),
    Turn::Layer(Layer::Holds),
    Turn::Layer(Layer::Ring),
    Turn::Playhead,
    Turn::Room,
    Turn::Layer(Layer::Stops),
];

/// What everybody shows in a frame.
pub struct Drawn {
    /// On the stage.
    pub stage: Views,
    /// In the time bar.
    pub bar: TimeBar,
    /// In what it tells of.
    pub told: Shown,
    /// In the rooms.
    pub rooms: [Shown; ROOMS],
    /// Where the playhead is in them, and whether it moves.
    pub playhead: (Moment, bool),
    /// Whether some rooms are late and follow by themselves.
    pub asks: bool,
}

/// What everybody shows now; while a room is late, it is asked again. `open` names the rooms in the
/// order of their turns. One that comes in the place of another shows at once what is new.
pub fn taken(
    hooks: &mut Hooks<'_>,
    crowd: &Crowd,
    shown: &Shown,
    bar: &TimeBar,
    open: [&'static str; ROOMS],
) -> Drawn {
    let turns = hooks.run(use_mut_ref(Turns::default));
    let again = hooks.run(use_force_update());
    // Where time passes by motion, frames come by themselves.
    let is_still = media::holds(hooks, media::REDUCED_MOTION);
    let moves = bar.playing && !is_still;
    let mut drawn = turns.borrow_mut().take(shown, bar, moves, open, crowd);
    drawn.asks &= !moves;
    let asks = drawn.asks;
    hooks.after(asks, move || {
        let frames = asks.then(|| behind_paint(move || again.force_update()));
        move || drop(frames)
    });
    drawn
}

#[derive(Default)]
struct Turns {
    /// What was shown last.
    last: Option<Shown>,
    /// In how many frames time has passed under a crowd.
    crowd: usize,
    stage: [Option<Rc<View>>; LAYERS.len()],
    bar: Option<TimeBar>,
    told: Option<Shown>,
    playhead: Option<(Moment, bool)>,
    rooms: [Option<(&'static str, Shown)>; ROOMS],
    /// Which room is next.
    next: usize,
    /// Whether a room shows what was.
    is_late: bool,
}

impl Turns {
    fn take(
        &mut self,
        shown: &Shown,
        bar: &TimeBar,
        moves: bool,
        open: [&'static str; ROOMS],
        crowd: &Crowd,
    ) -> Drawn {
        let last = self.last.replace(shown.clone());
        let is_later = last.as_ref().is_some_and(|last| shown.is_only_later_than(last));
        let is_new = last.as_ref().is_none_or(|last| !Rc::ptr_eq(&last.view, &shown.view));
        let moves = moves && self.bar.as_ref().is_some_and(|before| before.playing);
        // Of two rings each has messages of its own.
        let is_crowd =
            is_later && moves && shown.twin.is_none() && dynamo_scene::is_crowd(&shown.view);
        self.crowd = if is_crowd { self.crowd + usize::from(is_new) } else { 0 };
        crowd.set(is_crowd.then_some(&shown.view));
        let turn = is_crowd.then(|| TURNS[self.crowd % TURNS.len()]);
        let is_on = |who: Turn| turn.is_none_or(|turn| turn == who);
        // Who acted looks at the first room; who seeks, at none.
        if !is_later || !self.is_late {
            self.next = 0;
        }
        // What somebody picks or looks through is seen everywhere at once.
        if !is_later && last.is_some_and(|last| last.run == shown.run) {
            self.rooms = Default::default();
        }
        let seeks = is_new && is_later && !bar.playing;
        let stage = LAYERS.map(|layer| {
            let held = &mut self.stage[layer as usize];
            taken_on(held, is_on(Turn::Layer(layer)), || shown.view.clone())
        });
        let playhead =
            taken_on(&mut self.playhead, is_on(Turn::Playhead), || (bar.moment, bar.playing));
        let told = taken_on(&mut self.told, is_on(Turn::Caption), || shown.clone());
        let bar = taken_on(&mut self.bar, is_on(Turn::Bar), || bar.clone());
        let rooms = self.rooms(shown, open, is_on(Turn::Room) && !seeks);
        Drawn { stage, bar, told, playhead, rooms, asks: self.is_late }
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

/// What is held, or something new if it is its turn.
fn taken_on<T: Clone>(held: &mut Option<T>, is_on: bool, new: impl FnOnce() -> T) -> T {
    let before = held.take().filter(|_| !is_on);
    held.insert(before.unwrap_or_else(new)).clone()
}
