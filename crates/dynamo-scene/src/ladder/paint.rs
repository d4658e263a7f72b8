//! What was read of a window as shapes.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use dynamo_core::{Duration, Endpoint, NodeId, Store, Subject};
use dynamo_sim::transcript::millis;
use dynamo_sim::{EventId, Time, TraceEvent};

use super::read::{Fate, Local, Reading, Way, What};
use super::{FARTHEST, HEAD, Ladder, Source, TIMES, Thing, Window};
use crate::flights::title;
use crate::letters::{hue, letter, spelled};
use crate::palette::{outline, parcel_owner, sign};
use crate::pick::Pick;
use crate::shape::{Anchor, Item, Point, Shape, place};
use crate::stage::shortened;
use crate::words;

/// Half the size of a message with a letter and of one without.
const HALF: (f64, f64) = (8.5, 5.5);
/// Events at one place nearer than this are one bead.
const BEAD: f64 = 14.0;
/// Times nearer than this are not both written.
const TIMES_APART: f64 = 17.0;
/// The most versions in one chip.
const CHIPS: usize = 3;

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

struct Painter<'a> {
    source: &'a Source<'a>,
    window: &'a Window,
    reading: &'a Reading<'a>,
    items: Vec<Item>,
    things: Vec<Thing>,
}

/// An endpoint as something that can be picked.
fn endpoint_pick(end: Endpoint) -> Pick {
    match end {
        Endpoint::Node(node) => Pick::Node(node),
        Endpoint::Client(client) => Pick::Client(client),
    }
}

impl Painter<'_> {
    fn step(&self) -> f64 {
        let lines = self.window.lines.len().max(1) as f64;
        ((self.window.width - TIMES) / lines).min(FARTHEST)
    }

    fn x_of(&self, index: usize) -> f64 {
        TIMES + self.step() * (index as f64 + 0.5)
    }

    fn x(&self, end: Endpoint) -> Option<f64> {
        self.window.lines.iter().position(|line| *line == end).map(|index| self.x_of(index))
    }

    /// Where the lines end: a full window ends with what was read last.
    fn bottom(&self) -> f64 {
        match self.reading.axis.knots().last() {
            Some((_, y)) if self.reading.is_full => *y,
            _ => self.window.height,
        }
    }

    fn is_picked(&self, pick: &Pick) -> bool {
        self.source.pick == Some(pick)
    }

    /// The numbers that these events have in the explanation.
    fn numbers(&self, events: &[EventId]) -> Vec<usize> {
        let of = self.source.because.iter().filter(|(id, _)| events.contains(id));
        of.filter_map(|(_, number)| *number).collect()
    }

    /// Marks what belongs to the explanation.
    fn badge(&mut self, events: &[EventId], at: Point) {
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
            if y - last < TIMES_APART || *y > self.window.height - 6.0 {
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
            if y > self.window.height - 8.0 {
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
        for id in self.source.lives {
            let Some(record) = self.source.trace.get(*id) else { continue };
            let y = self.reading.axis.y(record.moment.time).max(HEAD).min(bottom);
            match &record.event {
                TraceEvent::NodeStarted { boot } if boot.node == node => since = Some(y),
                TraceEvent::NodeCrashed { node: it } if *it == node => {
                    lives.extend(since.take().map(|from| (from, y)));
                }
                _ => {}
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
        let at = Point::new(self.window.width / 2.0, HEAD / 2.0 - 2.0);
        let plate =
            Shape::Rectangle { at, width: self.window.width, height: HEAD - 4.0, corner: 0.0 };
        let mut items = alloc::vec![Item::new("head", "ladder-head", plate)];
        for (index, end) in self.window.lines.iter().enumerate() {
            let at = Point::new(self.x_of(index), HEAD / 2.0 - 2.0);
            let picked = if self.is_picked(&endpoint_pick(*end)) { " picked" } else { "" };
            let shape =
                Shape::Text { at, text: end.to_string(), size: 14.0, anchor: Anchor::Middle };
            let class = format!("line-name{picked}");
            let item = Item::new(format!("name.{end}"), class, shape);
            items.push(item.picking(endpoint_pick(*end)));
        }
        let (text, at) = (String::from("ms"), Point::new(TIMES - 8.0, HEAD / 2.0 - 2.0));
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

    fn because(&self, events: &[EventId]) -> &'static str {
        let belongs = self.source.because.iter().any(|(id, _)| events.contains(id));
        if belongs { " because" } else { "" }
    }

    fn way(&mut self, way: &Way<'_>) {
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

    /// What happens at one place, from top to bottom; what is close together becomes one bead.
    fn locals(&mut self) {
        let reading = self.reading;
        for end in &self.window.lines {
            let Some(x) = self.x(*end) else { continue };
            let mut bead: Vec<(&Local<'_>, bool)> = Vec::new();
            let mut first = 0.0;
            for local in reading.locals.iter().filter(|local| local.at == *end) {
                let at = Point::new(x, reading.axis.y(local.time));
                if let What::Else(is_bad) = local.what {
                    if !bead.is_empty() && at.y - first > BEAD {
                        self.bead(&core::mem::take(&mut bead), Point::new(x, first));
                    }
                    if bead.is_empty() {
                        first = at.y;
                    }
                    bead.push((local, is_bad));
                } else {
                    self.local(local, at);
                }
            }
            if !bead.is_empty() {
                self.bead(&bead, Point::new(x, first));
            }
        }
    }

    fn bead(&mut self, bead: &[(&Local<'_>, bool)], at: Point) {
        let events: Vec<EventId> = bead.iter().map(|(local, _)| local.id).collect();
        let (Some(first), Some((local, _))) = (events.first(), bead.first()) else { return };
        let id = format!("bead.{}", first.0);
        let bad = if bead.iter().any(|(_, is_bad)| *is_bad) { " bad" } else { "" };
        let radius = if bead.len() > 1 { 7.5 } else { 4.0 };
        let class = format!("bead{bad}{}", self.because(&events));
        let told = events.iter().map(|id| self.source.words(*id));
        let title = told.collect::<Vec<String>>().join(" ");
        let shape = Shape::Circle { at, radius };
        self.items.push(Item::new(id.clone(), class, shape).titled(title));
        if bead.len() > 1 {
            let text = bead.len().to_string();
            let shape = Shape::Text { at, text, size: 10.5, anchor: Anchor::Middle };
            self.items.push(Item::new(format!("{id}.count"), "bead-count", shape));
        }
        let pick = Some(endpoint_pick(local.at));
        self.things.push(Thing { events: events.clone(), pick, from: at, to: at });
        self.badge(&events, at.shifted(17.0, -8.0));
    }

    fn local(&mut self, local: &Local<'_>, at: Point) {
        let id = local.id;
        let title = self.source.words(id);
        let name = format!("local.{}", id.0);
        let because = self.because(&[id]);
        let mut pick = endpoint_pick(local.at);
        let mut place = at;
        match &local.what {
            What::Crashes => {
                let item = Item::new(name, format!("cross{because}"), cross(at, 8.0));
                self.items.push(item.titled(title));
            }
            What::Starts => {
                let shape = Shape::Circle { at, radius: 5.5 };
                self.items.push(Item::new(name, format!("start{because}"), shape).titled(title));
            }
            What::Begins(request) => {
                pick = Pick::Request(*request);
                let class = if self.is_picked(&pick) { "begins picked" } else { "begins" };
                let shape = Shape::Rectangle { at, width: 15.0, height: 9.0, corner: 3.0 };
                let item = Item::new(name.clone(), format!("{class}{because}"), shape);
                self.items.push(item.titled(title));
                let (text, anchor) = (request.to_string(), Anchor::End);
                let shape = Shape::Text { at: at.shifted(-10.0, 0.0), text, size: 11.5, anchor };
                self.items.push(Item::new(format!("{name}.words"), "ladder-words", shape));
            }
            What::Ends(request, ended) => {
                pick = Pick::Request(*request);
                let tone = words::tone(ended);
                let picked = if self.is_picked(&pick) { " picked" } else { "" };
                let class = format!("outcome {}{picked}{because}", tone.class());
                let shape = Shape::Circle { at, radius: 8.0 };
                self.items.push(Item::new(name.clone(), class, shape).titled(title));
                let (text, anchor) = (tone.sign().to_string(), Anchor::Middle);
                let shape = Shape::Text { at, text, size: 11.0, anchor };
                self.items.push(Item::new(format!("{name}.sign"), "outcome-letter", shape));
            }
            What::Stores(slot, versions) => {
                place = at.shifted(12.0, 0.0);
                let held = match self.source.letters.is_about(&slot.key) {
                    true => self.source.letters.versions(versions),
                    false => Vec::new(),
                };
                let hint = if slot.store == Store::Main { "" } else { " hint" };
                self.chip(&name, place, &held, &format!("{hint}{because}"), title);
            }
            What::Else(_) => {}
        }
        let events = alloc::vec![id];
        self.badge(&events, place.shifted(14.0, -9.0));
        self.things.push(Thing { events, pick: Some(pick), from: place, to: place });
    }

    /// What a disk holds from here on, beside the lifeline.
    fn chip(&mut self, id: &str, at: Point, held: &[usize], state: &str, title: String) {
        let hued = held.first().map_or("plain", |number| hue(*number));
        let text = spelled(&held[..held.len().min(CHIPS)]);
        let width = (7.0 * text.chars().count() as f64 + 7.0).max(10.0);
        let at = at.shifted(width / 2.0 - 6.0, 0.0);
        let shape = Shape::Rectangle { at, width, height: 14.0, corner: 3.0 };
        let class = format!("stored {hued}{state}");
        self.items.push(Item::new(id.to_string(), class, shape).titled(title));
        if !text.is_empty() {
            let shape = Shape::Text { at, text, size: 11.0, anchor: Anchor::Middle };
            let class = format!("stored-letter {hued}{state}");
            self.items.push(Item::new(format!("{id}.letter"), class, shape));
        }
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

fn cross(at: Point, half: f64) -> Shape {
    let arm = |x: f64, y: f64| place(at.shifted(x * half, y * half));
    let d = format!("M{}L{}M{}L{}", arm(-1.0, -1.0), arm(1.0, 1.0), arm(-1.0, 1.0), arm(1.0, -1.0));
    Shape::Path { d }
}
