//! Messages as arrows, with the same marks as on the stage.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use dynamo_core::Subject;
use dynamo_sim::{EventId, Time, TraceEvent};

use super::paint::{Painter, cross};
use super::read::{Fate, Way};
use super::{HEAD, Thing};
use crate::flights::title;
use crate::letters::{hue, letter};
use crate::palette::{outline, parcel_owner, sign};
use crate::pick::Pick;
use crate::shape::{Anchor, Item, Point, Shape, place};
use crate::words;

/// Half the size of a message with a letter and of one without.
const HALF: (f64, f64) = (8.5, 5.5);

impl Painter<'_> {
    pub(super) fn way(&mut self, way: &Way<'_>) {
        let Way { id, name, message, sent, until, fate } = way;
        let y = |time: Time| self.reading.axis.y(time);
        let (from, to) = (self.x(name.from), self.x(name.to));
        let reach = self.step() * 0.62;
        // What is hidden leaves a dashed edge towards where it would stand.
        let side = if name.from < name.to { reach } else { -reach };
        let start = Point::new(from.or(to.map(|x| x - side)).unwrap_or_default(), y(*sent));
        let end = Point::new(to.or(from.map(|x| x + side)).unwrap_or_default(), y(*until));
        let Some((start, end)) = clipped(start, end, HEAD, self.bottom()) else { return };
        let (ends, lost) = match fate {
            Fate::Arrives(end) => (Some(*end), None),
            Fate::Lost(end, why) => (Some(*end), Some(*why)),
            Fate::Open => (None, None),
        };
        let events: Vec<EventId> = [Some(*id), ends].into_iter().flatten().collect();
        let is_picked = match (self.source.pick, &name.subject) {
            (Some(Pick::Message(picked)), _) => picked == id,
            (Some(Pick::Request(picked)), Subject::Request(request)) => picked == request,
            _ => false,
        };
        let picked = if is_picked { " picked" } else { "" };
        let because = self.because(&events);
        let background = if message.is_background() { " background" } else { "" };
        let look = match (lost, from.is_some() && to.is_some()) {
            (Some(_), _) => " gone",
            (None, false) => " hidden-end",
            (None, true) => "",
        };
        let carried = self.source.letters.carried(message);
        let hued = carried.first().map_or("plain", |number| hue(*number));
        // What is still on its way at the edge, or never arrives, has no tip.
        let arrives = matches!(fate, Fate::Arrives(_)) && y(*until) <= self.bottom();
        let arrow = if arrives { tip(start, end) } else { String::new() };
        let d = format!("M{}L{}{arrow}", place(start), place(end));
        let class = format!("rung {hued}{look}{background}{picked}{because}");
        let is_copy = matches!(self.source.trace.get(*id), Some(record) if matches!(record.event, TraceEvent::MessageCopied { .. }));
        let mut words = title(name, message, is_copy, &carried);
        if let Some(why) = lost {
            words = format!("Lost: {words}. {}", words::loss(why));
        }
        let item = Item::new(format!("rung.{}", id.0), class, Shape::Path { d });
        self.items.push(item.titled(words.clone()));
        if lost.is_some() {
            self.items.push(Item::new(format!("loss.{}", id.0), "lost", cross(end, 6.0)));
        }
        let middle = between(start, end, self.middle(start, end));
        if from.is_none() || to.is_none() {
            let (hidden, at) = if to.is_none() { (name.to, end) } else { (name.from, start) };
            let at = at.shifted(0.0, -9.0);
            let shape =
                Shape::Text { at, text: hidden.to_string(), size: 11.0, anchor: Anchor::Middle };
            self.items.push(Item::new(format!("rung.{}.hidden", id.0), "ladder-time", shape));
        }
        self.mark(way, middle, &carried, &format!("{picked}{because}"), words);
        self.things.push(Thing {
            events: events.clone(),
            pick: Some(Pick::Message(*id)),
            from: start,
            to: end,
        });
        self.badge(&events, middle.shifted(0.0, -16.0));
    }

    /// The share of a way at which its mark stands: the middle, or beside it if a lifeline that is
    /// crossed stands there.
    fn middle(&self, start: Point, end: Point) -> f64 {
        let crossed = libm::round(libm::fabs(end.x - start.x) / self.step()) as u32;
        if crossed > 0 && crossed.is_multiple_of(2) { 0.5 - 0.5 / f64::from(crossed) } else { 0.5 }
    }

    /// The mark of a message on its way: the same as on the stage.
    fn mark(&mut self, way: &Way<'_>, at: Point, carried: &[usize], state: &str, title: String) {
        let message = way.message;
        let side = if message.is_request() { "request" } else { "reply" };
        let hued = carried.first().map_or("plain", |number| hue(*number));
        let id = format!("mark.{}", way.id.0);
        let half = if carried.is_empty() { HALF.1 } else { HALF.0 };
        let kind = message.kind();
        let parcel = if parcel_owner(message).is_some() { " parcel-mark" } else { "" };
        let class = format!("message {} {side} {hued}{parcel}{state}", kind.name());
        self.items.push(Item::new(id.clone(), class, outline(kind, at, half)).titled(title));
        if carried.is_empty() {
            if let Some((tone, d)) = sign(message, at, half) {
                let class = format!("sign {tone}");
                self.items.push(Item::new(format!("{id}.sign"), class, Shape::Path { d }));
            }
            return;
        }
        let text = match carried {
            [number] => letter(*number),
            [first, ..] => format!("{}+", letter(*first)),
            [] => String::new(),
        };
        let size = if text.chars().count() > 1 { 9.0 } else { 11.0 };
        let shape = Shape::Text { at, text, size, anchor: Anchor::Middle };
        let class = format!("message-letter {side} {hued}");
        self.items.push(Item::new(format!("{id}.letter"), class, shape));
    }
}

fn between(from: Point, to: Point, share: f64) -> Point {
    from.shifted((to.x - from.x) * share, (to.y - from.y) * share)
}

/// The part of a line between two heights.
fn clipped(from: Point, to: Point, top: f64, bottom: f64) -> Option<(Point, Point)> {
    if to.y < top || from.y > bottom {
        return None;
    }
    let at = |y: f64| between(from, to, (y - from.y) / (to.y - from.y));
    let start = if from.y < top { at(top) } else { from };
    let end = if to.y > bottom { at(bottom) } else { to };
    Some((start, end))
}

/// The tip of an arrow, as path commands.
fn tip(from: Point, to: Point) -> String {
    let length = from.distance(to).max(1.0);
    let (ux, uy) = ((to.x - from.x) / length, (to.y - from.y) / length);
    let barb = |side: f64| to.shifted(-7.0 * ux + 3.5 * side * uy, -7.0 * uy - 3.5 * side * ux);
    format!("M{}L{}L{}", place(barb(1.0)), place(to), place(barb(-1.0)))
}
