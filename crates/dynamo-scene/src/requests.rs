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
use crate::nodes::dial;
use crate::pick::Pick;
use crate::shape::{Item, Point, Shape, place};
use crate::stage::{Stage, listed};

/// The most rings drawn around one coordinator.
const RINGS: usize = 3;

/// Draws what is being gathered, node by node. Rings are told apart by their places at a node, so
/// that the next request there takes over the shapes of the one before.
pub(crate) fn paint(stage: &Stage<'_>, items: &mut Vec<Item>) {
    let is_narrow = stage.layout.is_crowded() || is_crowd(stage.view);
    let most = if is_narrow { 1 } else { RINGS };
    let ended = stage.view.ends.iter().map(|(_, id)| *id);
    let shown: Set<RequestId> = stage.view.under_way.iter().copied().chain(ended).collect();
    let mut rings: Map<NodeId, Vec<(&RequestView, u8)>> = Map::new();
    for request in shown.iter().filter_map(|id| stage.view.requests.get(id)) {
        if let (Some(node), Some(faded)) = (request.coordinator, faded(stage, request)) {
            rings.entry(node).or_default().push((request, faded));
        }
    }
    for (node, rings) in rings {
        let Some(spot) = stage.layout.nodes.get(&node) else { continue };
        for (number, (request, faded)) in rings.into_iter().take(most).enumerate() {
            let scale = stage.layout.scale.max(0.4);
            let radius = stage.layout.radius + (8.0 + 12.0 * number as f64) * scale;
            let ring = Ring { node, at: spot.at, number, radius, scale };
            ring.paint(stage, request, faded, items);
            if !is_crowd(stage.view) {
                ring.paint_deadline(stage, request.started.request, items);
            }
        }
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

/// A ring around a coordinator.
struct Ring {
    node: NodeId,
    at: Point,
    /// How many are within it.
    number: usize,
    radius: f64,
    scale: f64,
}

impl Ring {
    fn id(&self) -> String {
        format!("gather.{}.{}", self.node, self.number)
    }

    fn paint(&self, stage: &Stage<'_>, request: &RequestView, faded: u8, items: &mut Vec<Item>) {
        let Ring { node, at, radius, scale, .. } = *self;
        let id = request.started.request;
        let (places, needed) = (places(request), usize::from(request.started.needed));
        let look = match &request.ended {
            Some((_, Ended::Failed(_), _)) => "failed",
            Some((_, Ended::Unknown(_), _)) => "unknown",
            _ if places >= needed => "met",
            _ => "waiting",
        };
        let picked = stage.mark(&Pick::Request(id));
        let circle = Shape::Circle { at, radius };
        let title = format!("{node} coordinates {id}: {places} of {needed} answers");
        let item = Item::new(self.id(), format!("gather {look}{picked}"), circle);
        items.push(Item { faded, ..item.titled(title).picking(Pick::Request(id)) });
        let mut ticks = String::new();
        for answered in &request.answered {
            let Some(other) = stage.layout.nodes.get(answered) else { continue };
            let (sin, cos) = (libm::sin(other.angle), -libm::cos(other.angle));
            let reaching = |reach: f64| place(at.shifted(sin * reach, cos * reach));
            let (inner, outer) = (reaching(radius - 5.5 * scale), reaching(radius + 5.5 * scale));
            ticks.push_str(&format!("M{inner}L{outer}"));
        }
        if !ticks.is_empty() {
            let shape = Shape::Path { d: ticks };
            let item = Item::new(format!("{}.acks", self.id()), format!("ack {look}"), shape);
            let title = format!("{id} is answered by {}", answered(request));
            items.push(Item { faded, ..item.titled(title) });
        }
    }

    fn paint_deadline(&self, stage: &Stage<'_>, id: RequestId, items: &mut Vec<Item>) {
        let timers = stage.view.nodes.get(&self.node).map(|view| &view.timers);
        let armed = |timer: Timer| timers.and_then(|timers| timers.get(&timer)).copied();
        let Some(span) = armed(Timer::Deadline(id)).or(armed(Timer::Stragglers(id))) else {
            return;
        };
        let d = dial(stage, self.at, self.radius + 7.0 * self.scale, span);
        let title = format!("{} waits for {id} until this arc is gone", self.node);
        let item = Item::new(format!("{}.deadline", self.id()), "timer", Shape::Path { d });
        items.push(item.titled(title));
    }
}

/// Who answered, in words.
pub(crate) fn answered(request: &RequestView) -> String {
    let names: Vec<NodeId> = request.answered.iter().copied().collect();
    listed(&names)
}
