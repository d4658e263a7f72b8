//! Messages on their way and where they were lost. A message stands at exactly
//! (now - sent) / (due - sent) of its way.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use dynamo_core::collections::Map;

use dynamo_core::{Endpoint, Message, MessageKind, MessageName};
use dynamo_sim::view::{Flight, LostFlight};
use dynamo_sim::{EventId, Time, View};

use crate::layout::{CENTRE, Layout};
use crate::letters::{hue, letter, spelled};
use crate::palette::{LARGE, SMALL, outline, parcel_owner, polygon, sign};
use crate::pick::Pick;
use crate::replicas::Parcel;
use crate::shape::{Anchor, Item, Point, Shape, place, push_place};
use crate::stage::Stage;
use crate::words;

/// With more messages than this, only their number on every link is drawn.
const MOST_FLIGHTS: usize = 1_000;
/// With more messages than this they are a crowd: their ways, signs and words are left out.
const MOST_WAYS: usize = 80;
/// The most links whose messages are counted in the picture.
const MOST_COUNTS: usize = 120;
/// Messages of a crowd have letters where everything is at least of this size.
const LEAST_FOR_LETTERS: f64 = 0.8;
/// The most letters in one message.
const LETTERS_SHOWN: usize = 3;
/// How long a loss stays visible, in microseconds of the run.
const LOSS_FADES: u64 = 400_000;

/// The part of the way behind a message at a time.
fn part(flight: &Flight, now: Time) -> f64 {
    let length = flight.due.since(flight.sent).as_micros();
    if length == 0 {
        return 1.0;
    }
    (now.since(flight.sent).as_micros() as f64 / length as f64).clamp(0.0, 1.0)
}

fn is_picked(stage: &Stage<'_>, id: EventId, flight: &Flight) -> bool {
    match (stage.pick, &flight.name.subject) {
        (Some(Pick::Message(picked)), _) => *picked == id,
        (Some(Pick::Request(picked)), dynamo_core::Subject::Request(request)) => picked == request,
        _ => false,
    }
}

/// Draws the ways of messages, under everything else.
pub(crate) fn paint_ways(stage: &Stage<'_>, items: &mut Vec<Item>) {
    let flights = &stage.view.flights;
    for (id, flight) in flights {
        let is_picked = is_picked(stage, *id, flight);
        if is_crowd(stage.view) && !is_picked {
            continue;
        }
        let Some(way) = stage.layout.way(flight.name.from, flight.name.to) else { continue };
        let class = if is_picked { "way picked" } else { "way" };
        let d = format!("{}{}", way.path(), way.arrow(1.0, 9.0));
        items.push(Item::new(format!("way.{}", id.0), class, Shape::Path { d }));
    }
    for lost in &stage.view.losses {
        let (Some(faded), flight) = (faded(stage, lost), &lost.flight) else { continue };
        // What goes on for ever is lost all the time: its cross is enough.
        if flight.message.is_background() {
            continue;
        }
        let Some(way) = stage.layout.way(flight.name.from, flight.name.to) else { continue };
        let shape = Shape::Path { d: way.path() };
        items.push(Item {
            faded,
            ..Item::new(format!("lost.{}.way", lost.id.0), "way lost", shape)
        });
    }
}

/// Draws messages and losses, over everything else.
pub(crate) fn paint(stage: &Stage<'_>, items: &mut Vec<Item>) {
    if stage.view.flights.len() > MOST_FLIGHTS {
        paint_counts(stage, items);
    } else {
        let mut crowd = Crowd::default();
        for (id, flight) in &stage.view.flights {
            paint_flight(stage, *id, flight, &mut crowd, items);
        }
        crowd.paint(items);
    }
    for lost in &stage.view.losses {
        paint_loss(stage, lost, items);
    }
}

/// Whether there are so many messages that one cannot be told from the other.
pub fn is_crowd(view: &View) -> bool {
    view.flights.len() > MOST_WAYS
}

/// Messages of one look as one shape: hundreds of elements that all move cost more than a frame.
#[derive(Default)]
struct Crowd {
    /// The outline of one of a kind and size, parcels apart, by steps from where it is.
    outlines: Map<(bool, MessageKind, bool), String>,
    /// The shape of all of a look and a hue.
    shapes: Map<(&'static str, &'static str), String>,
}

impl Crowd {
    fn add(&mut self, message: &Message, at: Point, scale: f64, version: Option<usize>) {
        let is_parcel = parcel_owner(message).is_some();
        let sort = (is_parcel, message.kind(), version.is_some());
        let outline = self.outlines.entry(sort).or_insert_with(|| match is_parcel {
            true => Parcel::outline(scale),
            false => {
                let half = if version.is_some() { LARGE } else { SMALL } * scale;
                let mut d = match outline(message.kind(), Point::default(), half) {
                    // Hundreds of round ones take a browser twice as long.
                    Shape::Circle { at, radius } => polygon(at, radius, 8),
                    other => other,
                }
                .path();
                // An outline goes on by steps, so it can begin with one.
                d.replace_range(..1, "m");
                d
            }
        });
        let look = if is_parcel { "parcel" } else { side(message) };
        let d = self.shapes.entry((look, version.map_or("plain", hue))).or_default();
        // Closer than anybody sees; shorter is sooner read.
        let tenths = |value: f64| libm::round(value * 10.0) / 10.0;
        d.push('M');
        push_place(d, Point::new(tenths(at.x), tenths(at.y)));
        d.push_str(outline);
    }

    fn paint(self, items: &mut Vec<Item>) {
        for ((look, hue), d) in self.shapes {
            let class = match look {
                "parcel" => format!("parcel {hue} flying"),
                side => format!("message {side} {hue}"),
            };
            items.push(Item::new(format!("crowd.{look}.{hue}"), class, Shape::Path { d }));
        }
    }
}

/// Whether a message asks or answers, as a class.
fn side(message: &Message) -> &'static str {
    if message.is_request() { "request" } else { "reply" }
}

/// The message of a crowd that is nearest to a place, within reach.
pub fn in_crowd(view: &View, place: Point, reach: f64) -> Option<Pick> {
    if !is_crowd(view) || view.flights.len() > MOST_FLIGHTS {
        return None;
    }
    let layout = Layout::of(view);
    let mut nearest = None;
    for (id, flight) in &view.flights {
        let Some(way) = layout.way(flight.name.from, flight.name.to) else { continue };
        let distance = way.at(part(flight, view.moment.time)).distance(place);
        if distance <= reach && nearest.is_none_or(|(least, _)| distance < least) {
            nearest = Some((distance, *id));
        }
    }
    nearest.map(|(_, id)| Pick::Message(id))
}

fn paint_flight(
    stage: &Stage<'_>,
    id: EventId,
    flight: &Flight,
    crowd: &mut Crowd,
    items: &mut Vec<Item>,
) {
    let (name, message) = (&flight.name, &flight.message);
    let Some(way) = stage.layout.way(name.from, name.to) else { return };
    let at = way.at(part(flight, stage.view.moment.time));
    let carried = stage.letters.carried(message);
    let is_picked = is_picked(stage, id, flight);
    let is_one_of_many = !is_picked && is_crowd(stage.view);
    let scale = stage.layout.scale.max(0.62);
    // Where nodes stand close, letters would be too small to read: the hue alone tells versions.
    if is_one_of_many && (carried.is_empty() || stage.layout.scale < LEAST_FOR_LETTERS) {
        return crowd.add(message, at, scale, carried.first().copied());
    }
    // In a crowd nobody can point at one; the words would cost more than the shapes.
    let told = !is_one_of_many;
    let title = told.then(|| title(name, message, flight.copy_of.is_some(), &carried));
    let pick = Pick::Message(id);
    let picked = if is_picked { " picked" } else { "" };
    let item_id = format!("message.{}", id.0);
    if let Some(owner) = parcel_owner(message) {
        let parcel = Parcel { id: item_id, at, scale, owner, held: &carried };
        parcel.paint(&format!(" flying{picked}"), title, pick, items);
        return;
    }
    let side = side(message);
    let class = |hue: &str| format!("message {} {side} {hue}{picked}", message.kind().name());
    if carried.is_empty() {
        let shape = outline(message.kind(), at, SMALL * scale);
        let item = Item::new(item_id.clone(), class("plain"), shape);
        items.push(Item { title, ..item.picking(pick) });
        if let Some((tone, d)) = sign(message, at, SMALL * scale) {
            let class = format!("sign {tone}");
            items.push(Item::new(format!("{item_id}.sign"), class, Shape::Path { d }));
        }
        return;
    }
    let half = LARGE * scale;
    let step = half * 2.8;
    let most = if stage.layout.scale < 0.5 { 1 } else { LETTERS_SHOWN };
    let shown = carried.len().min(most);
    let left = at.x - step * (shown - 1) as f64 / 2.0;
    for (place, number) in carried.iter().take(shown).enumerate() {
        let at = Point::new(left + step * place as f64, at.y);
        let id = format!("{item_id}.{place}");
        let shape = outline(message.kind(), at, half);
        let item = Item::new(id.clone(), class(hue(*number)), shape);
        items.push(Item { title: title.clone(), ..item.picking(pick.clone()) });
        // The last one says that there are more.
        let rest = carried.len() - place;
        let text =
            if place + 1 == shown && rest > 1 { format!("+{rest}") } else { letter(*number) };
        let size = half * if text.len() > 1 { 0.95 } else { 1.25 };
        let shape = Shape::Text { at, text, size, anchor: Anchor::Middle };
        let class = format!("message-letter {side} {}", hue(*number));
        items.push(Item::new(format!("{id}.letter"), class, shape));
    }
}

/// A message in a few words.
pub(crate) fn title(
    name: &MessageName,
    message: &Message,
    is_copy: bool,
    carried: &[usize],
) -> String {
    let what = words::kind(name.kind).name;
    let about = match (message, message.key()) {
        (Message::Put(put), _) => match &put.value {
            Some(value) => format!(" {} = {:?}", put.key, value.as_str()),
            None => format!(" {}, to be deleted", put.key),
        },
        (_, Some(key)) => format!(" {key}"),
        (_, None) => String::new(),
    };
    let with = match carried {
        [] => String::new(),
        carried => format!(" with {}", spelled(carried)),
    };
    let copy = if is_copy { ", a copy" } else { "" };
    format!("{what}{about}{with}, {} to {}{copy}", name.from, name.to)
}

fn paint_counts(stage: &Stage<'_>, items: &mut Vec<Item>) {
    let mut links: Map<(Endpoint, Endpoint), usize> = Map::new();
    for flight in stage.view.flights.values() {
        *links.entry((flight.name.from, flight.name.to)).or_default() += 1;
    }
    let mut busiest: Vec<((Endpoint, Endpoint), usize)> = links.into_iter().collect();
    busiest.sort_unstable_by_key(|(link, count)| (core::cmp::Reverse(*count), *link));
    let all = busiest.len();
    busiest.truncate(MOST_COUNTS);
    let mut text = format!("{} messages on their way", stage.view.flights.len());
    if all > MOST_COUNTS {
        text.push_str(&format!(" on {all} links"));
    }
    let shape = Shape::Text { at: CENTRE, text, size: 20.0, anchor: Anchor::Middle };
    items.push(Item::new("flights.note", "note", shape));
    for ((from, to), count) in busiest {
        let Some(way) = stage.layout.way(from, to) else { continue };
        let at = way.at(0.5);
        let text = count.to_string();
        let id = format!("link.{from}.{to}");
        let (width, height) = (10.0 + 8.0 * text.len() as f64, 18.0);
        let badge = Shape::Rectangle { at, width, height, corner: 9.0 };
        let title = format!("{count} messages from {from} to {to}");
        items.push(Item::new(id.clone(), "count", badge).titled(title));
        let shape = Shape::Text { at, text, size: 12.0, anchor: Anchor::Middle };
        items.push(Item::new(format!("{id}.number"), "count-number", shape));
    }
}

/// How much of a loss has faded; none if all.
fn faded(stage: &Stage<'_>, lost: &LostFlight) -> Option<u8> {
    let age = stage.view.moment.time.since(lost.at).as_micros();
    (age < LOSS_FADES).then(|| (age * 100 / LOSS_FADES) as u8)
}

fn paint_loss(stage: &Stage<'_>, lost: &LostFlight, items: &mut Vec<Item>) {
    let flight = &lost.flight;
    let (Some(faded), Some(way)) =
        (faded(stage, lost), stage.layout.way(flight.name.from, flight.name.to))
    else {
        return;
    };
    let at = way.at(part(flight, lost.at));
    let half = 8.0 * stage.layout.scale.max(0.6);
    let corner = |x: f64, y: f64| place(at.shifted(x * half, y * half));
    let d = format!(
        "M{}L{}M{}L{}",
        corner(-1.0, -1.0),
        corner(1.0, 1.0),
        corner(-1.0, 1.0),
        corner(1.0, -1.0)
    );
    let carried = stage.letters.carried(&flight.message);
    let title = title(&flight.name, &flight.message, flight.copy_of.is_some(), &carried);
    let title = format!("Lost: {title}. {}", words::loss(lost.why));
    let item = Item::new(format!("lost.{}", lost.id.0), "lost", Shape::Path { d });
    items.push(Item { faded, ..item.titled(title).picking(Pick::Message(lost.id)) });
}
