//! The ladder under the hand: clicks and keys lead to moments, wheel and drags move the window.

use std::cell::RefCell;
use std::rc::Rc;

use dynamo_scene::Pick;
use dynamo_scene::ladder::{HEAD, LEVELS, Ladder, TIMES, Window};
use dynamo_scene::shape::Point;
use dynamo_sim::{EventId, Moment};
use wasm_bindgen::JsCast;
use web_sys::Element;
use yew::prelude::*;

use super::{Keeps, Looks, RESTS_AT, with_source};
use crate::digest::endpoint_pick;
use crate::session::{Action, Way};
use crate::shown::{Dispatch, Shown};

/// How near to a thing a click means it: half of what a finger covers.
const REACH: f64 = 22.0;
/// A pointer that moved less than this has clicked.
const CLICK: f64 = 6.0;

/// Everything that moves the window or leads to a moment.
#[derive(Clone)]
pub struct Hand {
    pub shown: Shown,
    pub moment: Moment,
    pub on_show: Callback<(EventId, Option<Pick>)>,
    pub dispatch: Dispatch,
    pub(super) looks: Looks,
    /// Where the pointer that is down was last, and whether it has moved.
    pub press: Rc<RefCell<Option<(f64, bool)>>>,
    pub(super) keeps: Keeps,
    pub window: Window,
    pub ladder: Rc<Ladder>,
}

/// Where a pointer is in the picture.
fn place(event: &MouseEvent) -> Option<Point> {
    let target = event.target()?.dyn_into::<Element>().ok()?;
    let area = target.closest("svg.stage").ok()??.get_bounding_client_rect();
    let (x, y) = (f64::from(event.client_x()), f64::from(event.client_y()));
    Some(Point::new(x - area.left(), y - area.top()))
}

impl Hand {
    /// The window moves.
    fn turn(&self, window: &Window) {
        self.keeps.borrow_mut().top = (window.top, window.above);
        self.looks.level.set(window.level);
        self.looks.turns.set(*self.looks.turns + 1);
    }

    fn scroll(&self, down: f64) {
        let window = with_source(&self.shown, |source| self.window.scrolled(source, down));
        self.turn(&window);
    }

    /// The playhead keeps its place; if it is outside, what stands where it would rest does.
    fn zoom(&self, level: usize) {
        let share = self.ladder.share(self.moment.time);
        let (time, share) = if (0.0..1.0).contains(&share) {
            (self.moment.time, share)
        } else {
            let rests = HEAD + (self.window.height - HEAD) * RESTS_AT;
            (self.ladder.time(rests), RESTS_AT)
        };
        let window = Window { level, ..self.window.clone() };
        let window = with_source(&self.shown, |source| window.around(source, time, share));
        self.turn(&window);
    }

    fn to_playhead(&self) {
        let window = with_source(&self.shown, |source| {
            self.window.around(source, self.moment.time, RESTS_AT)
        });
        self.turn(&window);
    }

    /// To the thing after the playhead or before it; if the window has none, to the next event.
    fn step(&self, way: Way) {
        let run = self.shown.run.get();
        let moment = |event: &EventId| run.trace().get(*event).map(|record| record.moment);
        let events = self
            .ladder
            .things
            .iter()
            .flat_map(|thing| thing.events.iter().map(move |event| (event, &thing.pick)));
        let mut best: Option<(Moment, EventId, &Option<Pick>)> = None;
        for (event, pick) in events {
            let Some(at) = moment(event) else { continue };
            let is_nearer = match (way, best) {
                (Way::Forward, Some((other, ..))) => at > self.moment && at < other,
                (Way::Back, Some((other, ..))) => at < self.moment && at > other,
                (Way::Forward, None) => at > self.moment,
                (Way::Back, None) => at < self.moment,
            };
            if is_nearer {
                best = Some((at, *event, pick));
            }
        }
        match best {
            Some((_, event, pick)) => {
                self.dispatch.dispatch(Action::Show(event, pick.clone()));
            }
            None => self.dispatch.dispatch(Action::Step(way)),
        }
    }

    /// Does what a key asks for; false if it asks for nothing here.
    pub fn key(&self, key: &str) -> bool {
        let page = (self.window.height - HEAD) * 0.75;
        match key {
            "ArrowDown" => self.step(Way::Forward),
            "ArrowUp" => self.step(Way::Back),
            "PageDown" => self.scroll(page),
            "PageUp" => self.scroll(-page),
            "+" | "=" => self.zoom((self.window.level + 1).min(LEVELS - 1)),
            "-" => self.zoom(self.window.level.saturating_sub(1)),
            "0" => self.to_playhead(),
            _ => return false,
        }
        true
    }

    /// Keys.
    pub fn on_key(&self) -> Callback<KeyboardEvent> {
        let hand = self.clone();
        Callback::from(move |event: KeyboardEvent| {
            let is_plain = !event.ctrl_key() && !event.meta_key() && !event.alt_key();
            if is_plain && hand.key(&event.key()) {
                event.prevent_default();
            }
        })
    }

    /// Clicks.
    pub fn on_click(&self) -> Callback<MouseEvent> {
        let hand = self.clone();
        Callback::from(move |event: MouseEvent| {
            let has_moved = hand.press.borrow_mut().take().is_some_and(|(_, moved)| moved);
            if let Some(point) = place(&event).filter(|_| !has_moved) {
                hand.click(point);
            }
        })
    }

    fn click(&self, point: Point) {
        if point.y < HEAD {
            if let Some(end) = self.ladder.end_at(point.x) {
                self.dispatch.dispatch(Action::Pick(Some(endpoint_pick(end))));
            }
        } else if let Some((thing, event)) = self.ladder.near(point, REACH) {
            self.on_show.emit((event, thing.pick.clone()));
        } else if point.x < TIMES {
            self.dispatch.dispatch(Action::Seek(Moment::at(self.ladder.time(point.y))));
        }
    }

    /// The wheel scrolls; with Shift it zooms.
    pub fn on_wheel(&self) -> Callback<WheelEvent> {
        let hand = self.clone();
        Callback::from(move |event: WheelEvent| {
            let turned = if event.delta_y() == 0.0 { event.delta_x() } else { event.delta_y() };
            if event.shift_key() {
                hand.key(if turned < 0.0 { "+" } else { "-" });
            } else {
                hand.scroll(turned);
            }
        })
    }

    /// A pointer goes down.
    pub fn on_press(&self) -> Callback<PointerEvent> {
        let press = self.press.clone();
        Callback::from(move |event: PointerEvent| {
            *press.borrow_mut() = Some((f64::from(event.client_y()), false));
        })
    }

    /// A pointer that is down drags the window along.
    pub fn on_drag(&self) -> Callback<PointerEvent> {
        let hand = self.clone();
        Callback::from(move |event: PointerEvent| {
            let y = f64::from(event.client_y());
            let Some((before, moved)) = *hand.press.borrow() else { return };
            if event.buttons() != 0 && (moved || (y - before).abs() > CLICK) {
                *hand.press.borrow_mut() = Some((y, true));
                hand.scroll(before - y);
            }
        })
    }
}
