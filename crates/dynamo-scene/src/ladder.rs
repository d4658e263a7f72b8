//! The ladder: a stretch of a run as a space-time diagram. Every node and client has a lifeline,
//! time runs down, messages are arrows from where they were sent to where they arrived or were
//! lost. What happens at one place is a bead that counts; what goes on for ever is folded, and so
//! is silence.
//!
//! The picture is a function of the trace, a window of it and what is picked. The playhead lies
//! over it, so that it alone is drawn anew while time passes.

mod axis;
mod beads;
mod paint;
mod read;
mod rungs;

use alloc::string::String;
use alloc::vec::Vec;

use dynamo_core::{Endpoint, EngineKind, Key, Message, MessageName, NodeId};
use dynamo_sim::{EventId, Record, Time, Trace, TraceEvent};

use crate::captions::Teller;
use crate::letters::Letters;
use crate::pick::Pick;
use crate::shape::{Anchor, Item, Point, Shape};
use axis::Axis;
use read::Reading;

/// The height of the row of names, and where time begins.
pub const HEAD: f64 = 34.0;
/// The width of the column of times.
pub const TIMES: f64 = 78.0;
/// Lifelines stand no nearer than this, in a narrow picture and in a wide one.
const NEAREST: (f64, f64) = (34.0, 44.0);
/// From here on a picture is wide.
const WIDE: f64 = 600.0;
/// Lifelines stand no further apart than this.
const FARTHEST: f64 = 190.0;
/// From this share of its length on an arrow is its tip.
const TIP: f64 = 0.75;
/// Heights of a millisecond, in the order of the levels of zoom.
const SCALES: [f64; 7] = [0.25, 0.75, 2.0, 5.0, 9.0, 18.0, 45.0];

/// The levels of zoom, from all of it to a message that fills the window.
pub const LEVELS: usize = SCALES.len();
/// The level at which a message is a bit higher than its mark.
pub const USUAL: usize = 4;

/// What the picture is of.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// What happened.
    pub trace: &'a Trace,
    /// The starts and crashes of nodes, in order.
    pub lives: &'a [Life],
    /// The engine of the disks.
    pub engine: EngineKind,
    /// The versions of the key in focus, also of those that the playhead has not reached.
    pub letters: &'a Letters,
    /// What is picked.
    pub pick: Option<&'a Pick>,
    /// The events of an explanation: they are marked, and those with a sentence numbered.
    pub because: &'a [(EventId, Option<usize>)],
}

/// A node starts, or dies. Whoever draws a window goes through all of them, so they are kept apart
/// from the trace, which is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Life {
    /// When.
    pub time: Time,
    /// Which node.
    pub node: NodeId,
    /// Whether it is up from here on.
    pub is_up: bool,
}

impl Life {
    /// What a record says of it, if it does.
    pub fn of(record: &Record) -> Option<Life> {
        let time = record.moment.time;
        match &record.event {
            TraceEvent::NodeStarted { boot } => Some(Life { time, node: boot.node, is_up: true }),
            TraceEvent::NodeCrashed { node } => Some(Life { time, node: *node, is_up: false }),
            _ => None,
        }
    }
}

impl Source<'_> {
    /// What a record tells a reader; empty if it tells nothing.
    pub fn words(&self, id: EventId) -> String {
        let letters = |key: Option<&Key>| match key {
            Some(key) if self.letters.is_about(key) => self.letters.clone(),
            _ => Letters::default(),
        };
        Teller { trace: self.trace, engine: self.engine, letters: &letters }.words(id)
    }
}

/// Which part of the run is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// An instant at which something is drawn, at the upper edge or above it.
    pub top: Time,
    /// How far above.
    pub above: f64,
    /// The level of zoom, below [`LEVELS`].
    pub level: usize,
    /// The width of the picture.
    pub width: f64,
    /// Its height.
    pub height: f64,
    /// Whose lifelines are drawn, from left to right.
    pub lines: Vec<Endpoint>,
    /// Whether what runs in the background for ever is drawn.
    pub with_background: bool,
}

impl Window {
    fn scale(&self) -> f64 {
        SCALES[self.level.min(LEVELS - 1)]
    }

    /// Whether an end of this message is drawn.
    fn shows(&self, name: &MessageName) -> bool {
        self.lines.contains(&name.from) || self.lines.contains(&name.to)
    }

    fn folds(&self, message: &Message) -> bool {
        !self.with_background && message.is_background()
    }

    /// The same window further down, by so much; further up if that is negative.
    pub fn scrolled(&self, source: &Source<'_>, down: f64) -> Window {
        let above = self.above + down;
        let (top, above) = if above < 0.0 {
            read::top(source, self, self.top, -above, usize::MAX)
        } else {
            // What comes below is known only as far as it is read.
            let below = Window { height: HEAD + down, ..self.clone() };
            let (top, y) = Reading::of(source, &below).axis.last();
            (top, (HEAD + down - y).min(self.height))
        };
        Window { top, above, ..self.clone() }
    }

    /// The same window where a moment stands at this share of its height, or as low as it can.
    pub fn around(&self, source: &Source<'_>, moment: Time, share: f64) -> Window {
        let below = (self.height - HEAD).max(0.0) * share;
        // What comes after the moment is to be drawn, too.
        let (top, above) = read::top(source, self, moment, below, read::MOST_SHAPES / 2);
        Window { top, above, ..self.clone() }
    }

    /// The same window with as many lifelines as have room: those with a part in it come first.
    pub fn fitting(mut self, source: &Source<'_>) -> Window {
        let nearest = if self.width < WIDE { NEAREST.0 } else { NEAREST.1 };
        let most = (((self.width - TIMES) / nearest) as usize).max(2);
        if self.lines.len() <= most {
            return self;
        }
        let reading = Reading::of(source, &self);
        let mut busy: Vec<Endpoint> = Vec::new();
        let ends = reading.ways.iter().flat_map(|way| [way.name.from, way.name.to]);
        for end in ends.chain(reading.locals.iter().map(|local| local.at)) {
            if busy.len() < most && !busy.contains(&end) {
                busy.push(end);
            }
        }
        let idle = self.lines.iter().filter(|line| !busy.contains(line));
        let fill: Vec<Endpoint> = idle.take(most - busy.len().min(most)).copied().collect();
        self.lines.retain(|line| busy.contains(line) || fill.contains(line));
        self
    }
}

/// Something in the picture that leads to a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Thing {
    /// The events that it stands for, in order.
    pub events: Vec<EventId>,
    /// What it picks.
    pub pick: Option<Pick>,
    /// Where it begins.
    pub from: Point,
    /// Where it ends.
    pub to: Point,
}

impl Thing {
    /// How far a point is from it, and how much of its length lies before that place.
    fn distance(&self, point: Point) -> (f64, f64) {
        let (dx, dy) = (self.to.x - self.from.x, self.to.y - self.from.y);
        let square = dx * dx + dy * dy;
        let along = (point.x - self.from.x) * dx + (point.y - self.from.y) * dy;
        let share = if square > 0.0 { (along / square).clamp(0.0, 1.0) } else { 0.0 };
        (point.distance(self.from.shifted(dx * share, dy * share)), share)
    }
}

/// A drawn window.
#[derive(Clone, Debug)]
pub struct Ladder {
    /// The shapes, from back to front, without the row of names.
    pub items: Vec<Item>,
    /// The row of names, over everything.
    pub head: Vec<Item>,
    /// What leads somewhere.
    pub things: Vec<Thing>,
    /// Messages in the background that are not drawn.
    pub folded: u32,
    /// Whether more happens in it than can be drawn.
    pub is_full: bool,
    axis: Axis,
    width: f64,
    height: f64,
    /// The lifelines, and how far apart they stand.
    lines: (Vec<Endpoint>, f64),
}

/// Draws a window of a run.
pub fn ladder(source: &Source<'_>, window: &Window) -> Ladder {
    let reading = Reading::of(source, window);
    paint::paint(source, window, reading)
}

impl Ladder {
    /// What is drawn near a point, within reach, and which of its events is meant.
    pub fn near(&self, point: Point, reach: f64) -> Option<(&Thing, EventId)> {
        let mut nearest: Option<(f64, &Thing, EventId)> = None;
        for thing in &self.things {
            let (distance, share) = thing.distance(point);
            // The tip of an arrow means its arrival, the rest of it and its mark the sending.
            let is_tip = share > TIP;
            let event = if is_tip { thing.events.last() } else { thing.events.first() }.copied();
            if let Some(event) = event
                && nearest.is_none_or(|(other, ..)| distance < other)
            {
                nearest = Some((distance, thing, event));
            }
        }
        let (distance, thing, event) = nearest?;
        (distance <= reach).then_some((thing, event))
    }

    /// How many lifelines are drawn.
    pub fn count(&self) -> usize {
        self.lines.0.len()
    }

    /// Whose lifeline is nearest to this far from the left.
    pub fn end_at(&self, x: f64) -> Option<Endpoint> {
        let (lines, step) = &self.lines;
        lines.get(((x - TIMES).max(0.0) / step) as usize).copied()
    }

    /// The instant at a height.
    pub fn time(&self, y: f64) -> Time {
        self.axis.time(y)
    }

    /// Whether a moment lies in what is drawn: where more happens than can be, the rest is empty.
    pub fn holds(&self, time: Time) -> bool {
        let knots = self.axis.knots();
        knots.first().is_some_and(|(first, _)| *first <= time) && time <= self.axis.last().0
    }

    /// How far down in the window a moment stands, as a share; below 0 and over 1 it is outside.
    pub fn share(&self, time: Time) -> f64 {
        (self.axis.y(time) - HEAD) / (self.height - HEAD).max(1.0)
    }

    /// The playhead over the picture: what is still to come lies behind a veil.
    pub fn playhead(&self, time: Time) -> Vec<Item> {
        // Not `clamp`: it brings the words of floats along.
        let y = self.axis.y(time).min(self.height).max(HEAD);
        let at = Point::new(self.width / 2.0, (y + self.height) / 2.0);
        let veil = Shape::Rectangle {
            at,
            width: self.width,
            height: (self.height - y).max(0.0),
            corner: 0.0,
        };
        let mut items = alloc::vec![Item::new("veil", "veil", veil)];
        if (0.0..=1.0).contains(&self.share(time)) {
            let (from, to) = (Point::new(TIMES - 8.0, y), Point::new(self.width, y));
            items.push(Item::new("playhead", "playhead", Shape::Line { from, to }));
            let at = Point::new(TIMES / 2.0 - 2.0, y);
            let plate = Shape::Rectangle { at, width: TIMES - 4.0, height: 18.0, corner: 3.0 };
            items.push(Item::new("playhead.plate", "playhead-plate", plate));
            let text = dynamo_sim::transcript::millis(time);
            let at = Point::new(TIMES - 8.0, y);
            let shape = Shape::Text { at, text, size: 12.0, anchor: Anchor::End };
            items.push(Item::new("playhead.time", "playhead-time", shape));
        }
        items
    }
}
