//! Operations being coordinated: a small ring around the coordinator that gathers the answers,
//! each at the place where the answering node stands on the circle, and closes when R or W are
//! there; around it the deadline, an arc that shrinks (4.5).

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use dynamo_core::collections::{Map, Set};

use dynamo_core::{NodeId, RequestId, Timer};
use dynamo_sim::trace::Ended;
use dynamo_sim::view::{LATELY, RequestView};

use crate::flights::is_crowd;
use crate::layout::Spot;
use crate::nodes::dial;
use crate::pick::Pick;
use crate::shape::{Item, Point, Shape, place};
use crate::stage::{Stage, listed};

/// The most rings drawn around one coordinator.
const RINGS: usize = 3;

/// Draws what is being gathered.
pub(crate) fn paint(stage: &Stage<'_>, items: &mut Vec<Item>) {
    let mut rings: Map<NodeId, usize> = Map::new();
    let ended = stage.view.ends.iter().map(|(_, id)| *id);
    let shown: Set<RequestId> = stage.view.under_way.iter().copied().chain(ended).collect();
    for id in shown {
        let Some(request) = stage.view.requests.get(&id) else { continue };
        let (Some(node), Some(faded)) = (request.coordinator, faded(stage, request)) else {
            continue;
        };
        let Some(spot) = stage.layout.nodes.get(&node) else { continue };
        let ring = rings.entry(node).or_default();
        if *ring < if stage.layout.is_crowded() || is_crowd(stage.view) { 1 } else { RINGS } {
            paint_ring(stage, id, request, node, spot, *ring, faded, items);
        }
        *ring += 1;
    }
}

/// How much of a request's ring has faded; none if all.
fn faded(stage: &Stage<'_>, request: &RequestView) -> Option<u8> {
    let Some((at, ..)) = &request.ended else { return Some(0) };
    // Where a crowd is under way, what has ended would hide what has not.
    if is_crowd(stage.view) {
        return None;
    }
    let (age, stays) = (stage.view.moment.time.since(*at).as_micros(), LATELY.as_micros());
    (age < stays).then(|| (age * 100 / stays) as u8)
}

/// The places of the preference list that are answered for: a primary and its own substitute
/// fill one.
fn places(request: &RequestView) -> usize {
    let answered = request.replicas.iter().filter(|it| request.answered.contains(&it.node));
    answered.map(|replica| replica.place()).collect::<Set<NodeId>>().len()
}

#[expect(clippy::too_many_arguments, reason = "a ring needs its request and its coordinator")]
fn paint_ring(
    stage: &Stage<'_>,
    id: RequestId,
    request: &RequestView,
    node: NodeId,
    spot: &Spot,
    ring: usize,
    faded: u8,
    items: &mut Vec<Item>,
) {
    let scale = stage.layout.scale.max(0.4);
    let radius = stage.layout.radius + (8.0 + 12.0 * ring as f64) * scale;
    let (places, needed) = (places(request), usize::from(request.started.needed));
    let look = match &request.ended {
        Some((_, Ended::Failed(_), _)) => "failed",
        Some((_, Ended::Unknown(_), _)) => "unknown",
        _ if places >= needed => "met",
        _ => "waiting",
    };
    let picked = stage.mark(&Pick::Request(id));
    let circle = Shape::Circle { at: spot.at, radius };
    let title = format!("{node} coordinates {id}: {places} of {needed} answers");
    let item = Item::new(format!("request.{id}"), format!("gather {look}{picked}"), circle);
    items.push(Item { faded, ..item.titled(title).picking(Pick::Request(id)) });
    let mut ticks = String::new();
    for answered in &request.answered {
        let Some(other) = stage.layout.nodes.get(answered) else { continue };
        let (sin, cos) = (libm::sin(other.angle), -libm::cos(other.angle));
        let at = |reach: f64| place(Point::new(spot.at.x + sin * reach, spot.at.y + cos * reach));
        let (inner, outer) = (at(radius - 5.5 * scale), at(radius + 5.5 * scale));
        ticks.push_str(&format!("M{inner}L{outer}"));
    }
    if !ticks.is_empty() {
        let shape = Shape::Path { d: ticks };
        let item = Item::new(format!("request.{id}.acks"), format!("ack {look}"), shape);
        items.push(Item {
            faded,
            ..item.titled(format!("{id} is answered by {}", answered(request)))
        });
    }
    if !is_crowd(stage.view) {
        paint_deadline(stage, id, node, spot, radius + 7.0 * scale, items);
    }
}

fn paint_deadline(
    stage: &Stage<'_>,
    id: RequestId,
    node: NodeId,
    spot: &Spot,
    radius: f64,
    items: &mut Vec<Item>,
) {
    let timers = stage.view.nodes.get(&node).map(|view| &view.timers);
    let armed = |timer: Timer| timers.and_then(|timers| timers.get(&timer)).copied();
    let Some(span) = armed(Timer::Deadline(id)).or(armed(Timer::Stragglers(id))) else {
        return;
    };
    let d = dial(stage, spot.at, radius, span);
    let title = format!("{node} waits for {id} until this arc is gone");
    let item = Item::new(format!("request.{id}.deadline"), "timer", Shape::Path { d });
    items.push(item.titled(title));
}

/// Who answered, in words.
pub(crate) fn answered(request: &RequestView) -> String {
    let names: Vec<NodeId> = request.answered.iter().copied().collect();
    listed(&names)
}
