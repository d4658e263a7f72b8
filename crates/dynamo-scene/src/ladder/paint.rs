//! What was read of a window as shapes: the frame of lifelines, times and acts. Messages are drawn
//! by `rungs.rs`, what happens at one place by `beads.rs`.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use dynamo_core::{Duration, Endpoint, NodeId};
use dynamo_sim::EventId;
use dynamo_sim::transcript::millis;

use super::read::Reading;
use super::{FARTHEST, HEAD, Ladder, Source, TIMES, Thing, Window};
use crate::pick::Pick;
use crate::shape::{Anchor, Item, Point, Shape, place};
use crate::stage::shortened;
use crate::words;

/// Times nearer than this are not both written.
const TIMES_APART: f64 = 17.0;

pub(super) fn paint(source: &Source<'_>, window: &Window, reading: Reading<'_>) -> Ladder {
    let mut painter =
        Painter { source, window, reading: &reading, items: Vec::new(), things: Vec::new() };
    painter.times();
    painter.silences();
    painter.lifelines();
    painter.acts();
    for way in &reading.ways {
        painter.way(way);
    }
    painter.locals();
    let head = painter.head();
    let lines = (window.lines.clone(), painter.step());
    let Painter { items, things, .. } = painter;
    let Reading { axis, folded, is_full, .. } = reading;
    Ladder {
        items,
        head,
        things,
        folded,
        is_full,
        axis,
        width: window.width,
        height: window.height,
        lines,
    }
}

pub(super) struct Painter<'a> {
    pub(super) source: &'a Source<'a>,
    pub(super) window: &'a Window,
    pub(super) reading: &'a Reading<'a>,
    pub(super) items: Vec<Item>,
    pub(super) things: Vec<Thing>,
}

/// An endpoint as something that can be picked.
pub(super) fn endpoint_pick(end: Endpoint) -> Pick {
    match end {
        Endpoint::Node(node) => Pick::Node(node),
        Endpoint::Client(client) => Pick::Client(client),
    }
}

impl Painter<'_> {
    pub(super) fn step(&self) -> f64 {
        let lines = self.window.lines.len().max(1) as f64;
        ((self.window.width - TIMES) / lines).min(FARTHEST)
    }

    fn x_of(&self, index: usize) -> f64 {
        TIMES + self.step() * (index as f64 + 0.5)
    }

    pub(super) fn x(&self, end: Endpoint) -> Option<f64> {
        self.window.lines.iter().position(|line| *line == end).map(|index| self.x_of(index))
    }

    /// Where the lines end: a full window ends with what was read last.
    pub(super) fn bottom(&self) -> f64 {
        match self.reading.axis.knots().last() {
            Some((_, y)) if self.reading.is_full => *y,
            _ => self.window.height,
        }
    }

    pub(super) fn is_picked(&self, pick: &Pick) -> bool {
        self.source.pick == Some(pick)
    }

    /// The numbers that these events have in the explanation.
    fn numbers(&self, events: &[EventId]) -> Vec<usize> {
        let of = self.source.because.iter().filter(|(id, _)| events.contains(id));
        of.filter_map(|(_, number)| *number).collect()
    }

    /// Marks what belongs to the explanation.
    pub(super) fn badge(&mut self, events: &[EventId], at: Point) {
        let numbers = self.numbers(events);
        let (Some(first), Some(event)) = (numbers.first(), events.first()) else { return };
        let text = match numbers.last().filter(|last| *last != first) {
            None => first.to_string(),
            Some(last) => format!("{first}\u{2013}{last}"),
        };
        let id = format!("because.{}", event.0);
        let width = 10.0 + 7.0 * text.chars().count() as f64;
        let shape = Shape::Rectangle { at, width, height: 17.0, corner: 4.0 };
        self.items.push(Item::new(id.clone(), "because-badge", shape));
        let shape = Shape::Text { at, text, size: 12.0, anchor: Anchor::Middle };
        self.items.push(Item::new(format!("{id}.number"), "because-number", shape));
    }

    fn times(&mut self) {
        let mut last = f64::NEG_INFINITY;
        for (index, (time, y)) in self.reading.axis.knots().iter().enumerate().skip(1) {
            if y - last < TIMES_APART || *y < HEAD || *y > self.window.height - 6.0 {
                continue;
            }
            last = *y;
            let at = Point::new(TIMES - 8.0, *y);
            let shape = Shape::Text { at, text: millis(*time), size: 11.5, anchor: Anchor::End };
            self.items.push(Item::new(format!("time.{}.{index}", time.0), "ladder-time", shape));
        }
    }

    fn silences(&mut self) {
        let right = self.x_of(self.window.lines.len()) - self.step() / 2.0;
        for (from, to, folded) in &self.reading.silences {
            let y = (self.reading.axis.y(*from) + self.reading.axis.y(*to)) / 2.0;
            if !(HEAD..self.window.height - 8.0).contains(&y) {
                continue;
            }
            let id = format!("silence.{}", from.0);
            let text = silence(to.since(*from), *folded);
            let (from, to) = (Point::new(TIMES, y), Point::new(right.max(TIMES), y));
            self.items.push(Item::new(id.clone(), "silence", Shape::Line { from, to }));
            let at = Point::new(6.0, y);
            let shape = Shape::Text { at, text, size: 11.5, anchor: Anchor::Start };
            self.items.push(Item::new(format!("{id}.words"), "silence-words", shape));
        }
    }

    /// The times between which a node's process runs, within the window.
    fn lives(&self, node: NodeId) -> Vec<(f64, f64)> {
        let bottom = self.bottom();
        let mut lives = Vec::new();
        let mut since: Option<f64> = None;
        for life in self.source.lives.iter().filter(|life| life.node == node) {
            let y = self.reading.axis.y(life.time).max(HEAD).min(bottom);
            match life.is_up {
                true => since = Some(y),
                false => lives.extend(since.take().map(|from| (from, y))),
            }
        }
        lives.extend(since.map(|from| (from, bottom)));
        lives.retain(|(from, to)| to > from);
        lives
    }

    fn lifelines(&mut self) {
        let bottom = self.bottom();
        for (index, end) in self.window.lines.iter().enumerate() {
            let x = self.x_of(index);
            let picked = if self.is_picked(&endpoint_pick(*end)) { " picked" } else { "" };
            let line = |from: f64, to: f64| Shape::Line {
                from: Point::new(x, from),
                to: Point::new(x, to),
            };
            let id = format!("line.{end}");
            let lives = match end {
                Endpoint::Node(node) => {
                    let class = format!("lifeline down{picked}");
                    self.items.push(Item::new(format!("{id}.down"), class, line(HEAD, bottom)));
                    self.lives(*node)
                }
                Endpoint::Client(_) => alloc::vec![(HEAD, bottom)],
            };
            for (place, (from, to)) in lives.into_iter().enumerate() {
                let class = format!("lifeline{picked}");
                self.items.push(Item::new(format!("{id}.{place}"), class, line(from, to)));
            }
        }
    }

    fn head(&self) -> Vec<Item> {
        let at = Point::new(self.window.width / 2.0, HEAD / 2.0);
        let plate = Shape::Rectangle { at, width: self.window.width, height: HEAD, corner: 0.0 };
        let mut items = alloc::vec![Item::new("head", "ladder-head", plate)];
        for (index, end) in self.window.lines.iter().enumerate() {
            let at = Point::new(self.x_of(index), HEAD / 2.0);
            let picked = if self.is_picked(&endpoint_pick(*end)) { " picked" } else { "" };
            let shape =
                Shape::Text { at, text: end.to_string(), size: 14.0, anchor: Anchor::Middle };
            let class = format!("line-name{picked}");
            let item = Item::new(format!("name.{end}"), class, shape);
            items.push(item.picking(endpoint_pick(*end)));
        }
        let (text, at) = (String::from("ms"), Point::new(TIMES - 8.0, HEAD / 2.0));
        let shape = Shape::Text { at, text, size: 11.5, anchor: Anchor::End };
        items.push(Item::new("unit", "ladder-time", shape));
        items
    }

    fn acts(&mut self) {
        let mut last = f64::NEG_INFINITY;
        let right = self.x_of(self.window.lines.len()) - self.step() / 2.0;
        for (id, time) in &self.reading.acts {
            let y = self.reading.axis.y(*time);
            let name = format!("act.{}", id.0);
            let (from, to) = (Point::new(TIMES, y), Point::new(right, y));
            let title = self.source.words(*id);
            let because = self.because(&[*id]);
            let item = Item::new(name.clone(), format!("act{because}"), Shape::Line { from, to });
            self.items.push(item.titled(title.clone()));
            // Several acts at one instant share its line; the table has them all.
            if y - last >= TIMES_APART {
                let most = ((right - TIMES) / 6.3) as usize;
                let at = Point::new(TIMES + 4.0, y - 8.0);
                let text = shortened(&title, most);
                let shape = Shape::Text { at, text, size: 11.5, anchor: Anchor::Start };
                self.items.push(Item::new(format!("{name}.words"), "act-words", shape));
            }
            last = y;
            self.things.push(Thing { events: alloc::vec![*id], pick: None, from, to });
            self.badge(&[*id], Point::new(TIMES + 2.0, y));
        }
    }

    pub(super) fn because(&self, events: &[EventId]) -> &'static str {
        let belongs = self.source.because.iter().any(|(id, _)| events.contains(id));
        if belongs { " because" } else { "" }
    }
}

/// A folded silence in words.
fn silence(length: Duration, folded: u32) -> String {
    let micros = length.as_micros();
    let length = if micros >= 10_000_000 {
        format!("{} s", micros / 1_000_000)
    } else if micros >= 1_000_000 {
        format!("{}.{} s", micros / 1_000_000, micros / 100_000 % 10)
    } else {
        format!("{} ms", micros / 1_000)
    };
    match folded {
        0 => length,
        folded => format!("{length}, {}", words::counted(folded, "background message")),
    }
}

pub(super) fn cross(at: Point, half: f64) -> Shape {
    let arm = |x: f64, y: f64| place(at.shifted(x * half, y * half));
    let d = format!("M{}L{}M{}L{}", arm(-1.0, -1.0), arm(1.0, 1.0), arm(-1.0, 1.0), arm(1.0, -1.0));
    Shape::Path { d }
}
