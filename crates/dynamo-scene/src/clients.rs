//! The clients, below the ring: what each does, how its last operation ended, and which versions
//! of the key in focus it has seen (4.4).

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use dynamo_core::RequestId;
use dynamo_sim::trace::{Access, Ended};
use dynamo_sim::view::{ClientView, RequestView};

use crate::letters::{hue, letter, spelled};
use crate::palette::question;
use crate::pick::Pick;
use crate::requests;
use crate::shape::{Anchor, Item, Point, Shape, place};
use crate::stage::{Stage, shortened};
use crate::words::{self, Tone};

const WIDE: f64 = 66.0;
const HIGH: f64 = 44.0;
/// The type size of the last operation.
const LAST: f64 = 19.0;
/// The most seen versions drawn at a client.
const SEEN_SHOWN: usize = 3;

/// Draws the clients.
pub(crate) fn paint(stage: &Stage<'_>, items: &mut Vec<Item>) {
    let scale = stage.layout.client_scale;
    for (client, view) in &stage.view.clients {
        let Some(at) = stage.layout.clients.get(client).copied() else { continue };
        let id = format!("client.{client}");
        let last = stage.view.requests.last_of(*client);
        let waits = if last.is_some_and(|(_, it)| it.ended.is_none()) { " waits" } else { "" };
        let class = format!("client{waits}{}", stage.mark(&Pick::Client(*client)));
        let (width, height) = (WIDE * scale, HIGH * scale);
        let shape = Shape::Rectangle { at, width, height, corner: 11.0 * scale };
        items.push(Item::new(id.clone(), class, shape));
        let text = client.to_string();
        let size = 26.0 * scale;
        let shape = Shape::Text { at, text, size, anchor: Anchor::Middle };
        items.push(Item::new(format!("{id}.name"), "client-name", shape));
        if scale >= 1.0 {
            paint_seen(stage, &id, view, at, items);
        }
        if let Some((request, view)) = last {
            paint_last(stage, &id, request, view, at, items);
        }
    }
}

/// The versions of the key in focus that the client's context covers at the front.
fn paint_seen(stage: &Stage<'_>, id: &str, view: &ClientView, at: Point, items: &mut Vec<Item>) {
    let Some(held) = stage.focus.and_then(|key| view.held.get(key)) else { return };
    let numbers = stage.letters.numbers(held.iter().copied());
    let side = 21.0;
    for (place, number) in numbers.iter().take(SEEN_SHOWN).enumerate() {
        let at = at.shifted(WIDE / 2.0 + 8.0 + side / 2.0 + 24.0 * place as f64, 0.0);
        let shape = Shape::Rectangle { at, width: side, height: side, corner: 5.0 };
        let class = format!("seen {}", hue(*number));
        let title = format!("Has seen {}: its context covers it", letter(*number));
        items.push(Item::new(format!("{id}.seen.{place}"), class, shape).titled(title));
        let (text, anchor) = (letter(*number), Anchor::Middle);
        let size = if text.len() > 1 { 11.0 } else { 15.0 };
        let shape = Shape::Text { at, text, size, anchor };
        let class = format!("seen-letter {}", hue(*number));
        items.push(Item::new(format!("{id}.seen.{place}.letter"), class, shape));
    }
}

/// The last operation, and how it ended: the three outcomes differ in sign and colour.
fn paint_last(
    stage: &Stage<'_>,
    id: &str,
    request: RequestId,
    view: &RequestView,
    at: Point,
    items: &mut Vec<Item>,
) {
    let scale = stage.layout.client_scale;
    if scale >= 1.0 {
        let room = (stage.layout.client_step - 8.0) / (LAST * 0.54);
        let text = shortened(&brief(stage, view), room as usize);
        let at = at.shifted(0.0, HIGH / 2.0 + 19.0);
        let shape = Shape::Text { at, text, size: LAST, anchor: Anchor::Middle };
        let item = Item::new(format!("{id}.last"), "client-last", shape);
        items.push(item.titled(sentence(request, view)).picking(Pick::Request(request)));
    }
    let Some((_, ended, _)) = &view.ended else { return };
    let (half, tone) = (12.0 * scale.max(0.6), words::tone(ended));
    let at = at.shifted(-WIDE / 2.0 * scale, -HIGH / 2.0 * scale);
    let disc = Shape::Circle { at, radius: half };
    let class = format!("outcome {}", tone.class());
    let item = Item::new(format!("{id}.outcome"), class, disc);
    items.push(item.titled(sentence(request, view)).picking(Pick::Request(request)));
    let arm = |x: f64, y: f64| place(at.shifted(x * half, y * half));
    let d = match tone {
        Tone::Good => format!("M{}L{}L{}", arm(-0.42, 0.02), arm(-0.1, 0.36), arm(0.45, -0.32)),
        Tone::Bad => format!(
            "M{}L{}M{}L{}",
            arm(-0.36, -0.36),
            arm(0.36, 0.36),
            arm(-0.36, 0.36),
            arm(0.36, -0.36)
        ),
        Tone::Unknown => question(at, half),
    };
    items.push(Item::new(format!("{id}.outcome.sign"), "outcome-sign", Shape::Path { d }));
}

fn brief(stage: &Stage<'_>, view: &RequestView) -> String {
    let key = shortened(view.started.key.as_str(), 12);
    let what = match &view.started.access {
        Access::Get { .. } => format!("get {key}"),
        Access::Put { value: None, .. } => format!("delete {key}"),
        Access::Put { value: Some(value), .. } => {
            format!("put {key} {}", shortened(value.as_str(), 12))
        }
    };
    let Some((_, ended, _)) = &view.ended else { return what };
    match ended {
        Ended::Found { siblings } if stage.letters.is_about(&view.started.key) => {
            let puts = siblings.iter().map(|sibling| sibling.request);
            match stage.letters.numbers(puts).as_slice() {
                [] => format!("{what}: nothing"),
                numbers => format!("{what}: {}", spelled(numbers)),
            }
        }
        _ => what,
    }
}

fn sentence(request: RequestId, view: &RequestView) -> String {
    let key = &view.started.key;
    let what = match &view.started.access {
        Access::Get { .. } => format!("{request} reads {key}"),
        Access::Put { value: None, .. } => format!("{request} deletes {key}"),
        Access::Put { value: Some(value), .. } => {
            format!("{request} writes {key} = {:?}", value.as_str())
        }
    };
    match &view.ended {
        None => format!("{what}; answers so far from: {}", requests::answered(view)),
        Some((_, ended, _)) => format!("{what}. {}", words::ended(ended)),
    }
}

/// Draws, over everything at a client, the area that takes clicks and stops the keyboard.
pub(crate) fn paint_stops(stage: &Stage<'_>, items: &mut Vec<Item>) {
    let scale = stage.layout.client_scale;
    for client in stage.view.clients.keys() {
        let Some(at) = stage.layout.clients.get(client).copied() else { continue };
        let pick = Pick::Client(*client);
        let class = format!("stop{}", stage.mark(&pick));
        let (width, height) = ((WIDE + 8.0) * scale, (HIGH + 8.0) * scale);
        let shape = Shape::Rectangle { at, width, height, corner: 13.0 * scale };
        let title = match stage.view.requests.last_of(*client) {
            None => format!("{client}: a client"),
            Some((request, view)) => format!("{client}: a client. {}", sentence(request, view)),
        };
        items.push(
            Item::new(format!("stop.{client}"), class, shape)
                .titled(title)
                .picking(pick)
                .stopping(),
        );
    }
}
