//! Where everything stands: the nodes on their circle, the key space around them, the clients
//! below, and the ways that messages take.
//!
//! Two circles, because they mean two things. On the inner one stand the machines, evenly, in the
//! order of their names. The outer one is the ring of the paper (4.2): the positions of keys, cut
//! into the partitions that the machines own. Angles run clockwise from the top.

use alloc::format;
use alloc::string::String;
use core::f64::consts::TAU;
use dynamo_core::collections::Map;

use dynamo_core::{ClientId, Endpoint, NodeId, Position};
use dynamo_sim::View;

use crate::shape::{Point, number, place};

/// The width of every scene.
pub const WIDTH: f64 = 940.0;
/// The height of every scene.
pub const HEIGHT: f64 = 910.0;
/// The middle of both circles.
pub const CENTRE: Point = Point::new(470.0, 410.0);
/// The radius of the ring of partitions.
pub const BAND: f64 = 352.0;
/// The radius of the walk from a key to its nodes.
pub const WALK: f64 = 377.0;
/// The height at which clients stand.
pub const CLIENTS: f64 = 842.0;

/// The radius of the circle of nodes while there are few, and when there are many: then names are
/// small and need less room outside.
const ORBIT: (f64, f64) = (227.0, 275.0);
/// From where to where the count of nodes goes from few to many.
const MANY: (f64, f64) = (16.0, 32.0);
const NODE_RADIUS: f64 = 30.0;
/// Few nodes are drawn larger by up to this much, so that they can be read on a phone.
const LARGEST: f64 = 1.27;
/// The part of the distance between two neighbours that a node's radius may take.
const NODE_SHARE: f64 = 0.36;
/// Below this size of a node details are left out.
const CROWDED: f64 = 0.6;
const CLIENT_STEP: f64 = 180.0;
/// Half the angle of the arc that a message flies: how much its way bends to the right.
const BEND: f64 = 0.24;
const SIN_BEND: f64 = 0.237_702_626_427_134_58;
const COS_BEND: f64 = 0.971_337_974_852_029_6;

/// A place at an angle and a distance from the middle.
pub fn polar(angle: f64, radius: f64) -> Point {
    CENTRE.shifted(radius * libm::sin(angle), -radius * libm::cos(angle))
}

/// The angle of a position on the ring.
pub fn angle_of(position: Position) -> f64 {
    // The top 53 bits are all that an angle can hold.
    (position.0 >> 75) as f64 / (1u64 << 53) as f64 * TAU
}

/// An arc around any centre, clockwise, as path commands. A full turn is drawn as two halves.
pub fn arc(centre: Point, radius: f64, from: f64, to: f64) -> String {
    let at =
        |angle: f64| place(centre.shifted(radius * libm::sin(angle), -radius * libm::cos(angle)));
    let r = number(radius);
    if to - from >= TAU - 1e-6 {
        let half = from + TAU / 2.0;
        return format!("M{}A{r} {r} 0 0 1 {}A{r} {r} 0 0 1 {}", at(from), at(half), at(from));
    }
    let large = u8::from(to - from > TAU / 2.0);
    format!("M{}A{r} {r} 0 {large} 1 {}", at(from), at(to))
}

/// A node's place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spot {
    /// Its place.
    pub at: Point,
    /// Its angle on the circle of nodes.
    pub angle: f64,
}

impl Spot {
    /// The centre of a box that touches the node's rim from outside (`side` 1) or from inside
    /// (`side` -1) at this distance.
    pub fn beside(&self, side: f64, distance: f64, width: f64, height: f64) -> Point {
        let (ux, uy) = (libm::sin(self.angle), -libm::cos(self.angle));
        let half = (libm::fabs(ux) * width + libm::fabs(uy) * height) / 2.0;
        let reach = side * (distance + half);
        self.at.shifted(ux * reach, uy * reach)
    }
}

/// Where everybody stands.
#[derive(Clone, Debug)]
pub struct Layout {
    /// The places of the nodes.
    pub nodes: Map<NodeId, Spot>,
    /// The places of the clients.
    pub clients: Map<ClientId, Point>,
    /// The radius of the circle of nodes.
    pub orbit: f64,
    /// The radius of a node.
    pub radius: f64,
    /// The size of everything at a node: above 1 where there is room, below where there is none.
    pub scale: f64,
    /// The distance between two clients.
    pub client_step: f64,
    /// The size of everything at a client, 1 where there is room.
    pub client_scale: f64,
}

impl Layout {
    /// The places for what a view holds.
    pub fn of(view: &View) -> Self {
        let count = view.nodes.len().max(1) as f64;
        let many = ((count - MANY.0) / (MANY.1 - MANY.0)).clamp(0.0, 1.0);
        let orbit = ORBIT.0 + (ORBIT.1 - ORBIT.0) * many;
        let radius = (TAU * orbit / count * NODE_SHARE).min(NODE_RADIUS * LARGEST);
        let spot = |(index, node): (usize, &NodeId)| {
            let angle = TAU * index as f64 / count;
            (*node, Spot { at: polar(angle, orbit), angle })
        };
        let nodes = dynamo_core::collections::map(view.nodes.keys().enumerate().map(spot));
        let many = view.clients.len() as f64;
        let step = CLIENT_STEP.min((WIDTH - 40.0) / many.max(1.0));
        let left = WIDTH / 2.0 - step * (many - 1.0) / 2.0;
        let client = |(index, client): (usize, &ClientId)| {
            (*client, Point::new(left + step * index as f64, CLIENTS))
        };
        let clients = view.clients.keys().enumerate().map(client).collect();
        let client_scale = (step / 72.0).min(1.0);
        let scale = radius / NODE_RADIUS;
        Layout { nodes, clients, orbit, radius, scale, client_step: step, client_scale }
    }

    /// The size of type that is this large where there is room.
    pub fn type_size(&self, size: f64) -> f64 {
        (size * self.scale).max(size.min(11.0))
    }

    /// Whether the nodes stand so close that details are left out.
    pub fn is_crowded(&self) -> bool {
        self.scale < CROWDED
    }

    /// The place of a node or a client, and how far it reaches.
    pub fn rim(&self, endpoint: Endpoint) -> Option<(Point, f64)> {
        match endpoint {
            Endpoint::Node(node) => self.nodes.get(&node).map(|spot| (spot.at, self.radius)),
            Endpoint::Client(client) => {
                self.clients.get(&client).map(|at| (*at, 27.0 * self.client_scale))
            }
        }
    }

    /// The way from rim to rim; none if one of them is not on the stage.
    pub fn way(&self, from: Endpoint, to: Endpoint) -> Option<Way> {
        let ((from, near), (to, far)) = (self.rim(from)?, self.rim(to)?);
        let length = from.distance(to);
        if length < 1.0 {
            return None;
        }
        let along = Point::new((to.x - from.x) / length, (to.y - from.y) / length);
        // Where the two all but touch, the way is a point between them.
        let (near, far) = if near + far + 2.0 < length {
            (near, far)
        } else {
            (length / 2.0 - 1.0, length / 2.0 - 1.0)
        };
        let from = from.shifted(along.x * near, along.y * near);
        let to = to.shifted(-along.x * far, -along.y * far);
        Some(Way::new(from, to, along))
    }
}

/// The way of a message: an arc that bends to the right, so that an answer does not meet its
/// question.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Way {
    from: Point,
    to: Point,
    along: Point,
    /// The radius of the arc.
    curve: f64,
}

impl Way {
    fn new(from: Point, to: Point, along: Point) -> Self {
        let length = (to.x - from.x) * along.x + (to.y - from.y) * along.y;
        Way { from, to, along, curve: length / (2.0 * SIN_BEND) }
    }

    /// The place at this part of the way, measured along the arc: 0 is the start, 1 the end.
    pub fn at(&self, part: f64) -> Point {
        let part = part.clamp(0.0, 1.0);
        let right = Point::new(-self.along.y, self.along.x);
        let middle = Point::new((self.from.x + self.to.x) / 2.0, (self.from.y + self.to.y) / 2.0);
        let turn = BEND * (2.0 * part - 1.0);
        let out = self.curve * (libm::cos(turn) - COS_BEND);
        let on = self.curve * libm::sin(turn);
        middle.shifted(right.x * out + self.along.x * on, right.y * out + self.along.y * on)
    }

    /// The way as path commands.
    pub fn path(&self) -> String {
        let curve = number(self.curve);
        format!("M{}A{curve} {curve} 0 0 0 {}", place(self.from), place(self.to))
    }

    /// A small arrow head at this part of the way, as path commands.
    pub fn arrow(&self, part: f64, size: f64) -> String {
        let tip = self.at(part);
        let turn = BEND * (2.0 * part - 1.0);
        let right = Point::new(-self.along.y, self.along.x);
        let (cos, sin) = (libm::cos(turn), libm::sin(turn));
        let on = Point::new(self.along.x * cos - right.x * sin, self.along.y * cos - right.y * sin);
        let wing = |side: f64| {
            tip.shifted(
                -on.x * size - on.y * side * size * 0.6,
                -on.y * size + on.x * side * size * 0.6,
            )
        };
        format!("M{}L{}L{}", place(wing(1.0)), place(tip), place(wing(-1.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way() -> Way {
        let (from, to) = (Point::new(100.0, 100.0), Point::new(300.0, 100.0));
        Way::new(from, to, Point::new(1.0, 0.0))
    }

    #[test]
    fn a_message_stands_at_its_part_of_the_way() {
        assert!(
            (SIN_BEND - libm::sin(BEND)).abs() < 1e-15
                && (COS_BEND - libm::cos(BEND)).abs() < 1e-15
        );
        let near = |a: Point, b: Point| a.distance(b) < 1e-9;
        assert!(near(way().at(0.0), Point::new(100.0, 100.0)));
        assert!(near(way().at(1.0), Point::new(300.0, 100.0)));
        assert!((way().at(0.5).x - 200.0).abs() < 1e-9);
        let steps: alloc::vec::Vec<Point> =
            (0..=10).map(|step| way().at(f64::from(step) / 10.0)).collect();
        let first = steps[0].distance(steps[1]);
        assert!(steps.windows(2).all(|two| (two[0].distance(two[1]) - first).abs() < 1e-9));
    }

    #[test]
    fn ways_bend_to_the_right_so_question_and_answer_do_not_meet() {
        assert!(way().at(0.5).y > 100.0);
        let back = Way::new(way().to, way().from, Point::new(-1.0, 0.0));
        assert!(back.at(0.5).y < 100.0);
    }

    #[test]
    fn the_ring_starts_at_the_top_and_runs_clockwise() {
        assert_eq!(angle_of(Position(0)), 0.0);
        assert!((angle_of(Position(1 << 126)) - TAU / 4.0).abs() < 1e-9);
        assert!(polar(TAU / 4.0, 10.0).x > CENTRE.x);
    }
}
