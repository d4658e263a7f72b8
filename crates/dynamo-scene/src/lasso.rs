//! A line drawn around some of those on the stage by hand: it cuts them off from the other nodes.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use dynamo_core::Endpoint;
use dynamo_sim::View;
use dynamo_sim::script::{Command, Cut};

use crate::layout::Layout;
use crate::shape::{Item, Point, Shape, place};

/// The shortest stroke that can go around anybody.
const SHORTEST: f64 = 150.0;
/// A stroke goes around if its ends are closer together than this part of its length. Those of half
/// a circle are 0.64 of it apart.
const CLOSED: f64 = 0.42;
/// How far the circle of a mark stands off.
const OFF: f64 = 7.0;

/// Which messages of those who are cut off stop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stops {
    /// All.
    #[default]
    Both,
    /// Those that they send.
    Sent,
    /// Those that are sent to them.
    Received,
}

/// Why nothing is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoCut {
    /// There is nobody to be cut off.
    Nobody,
    /// There is no node to be cut off from.
    Everybody,
}

/// Cuts some off from all other nodes. A client that is not named reaches everybody.
pub fn cut_off(view: &View, these: &[Endpoint], stops: Stops) -> Result<Command, NoCut> {
    let nodes = view.nodes.keys().map(|node| Endpoint::Node(*node));
    let others: Vec<Endpoint> = nodes.filter(|node| !these.contains(node)).collect();
    let these = these.to_vec();
    if these.is_empty() {
        return Err(NoCut::Nobody);
    }
    if others.is_empty() {
        return Err(NoCut::Everybody);
    }
    Ok(Command::Cut(match stops {
        Stops::Both => Cut::Groups(Vec::from([others, these])),
        Stops::Sent => Cut::OneWay(these, others),
        Stops::Received => Cut::OneWay(others, these),
    }))
}

/// A stroke that goes around.
#[derive(Clone, Debug, PartialEq)]
pub struct Lasso {
    line: Vec<Point>,
    /// Who is inside: nodes, then clients, in the order of their names.
    pub inside: Vec<Endpoint>,
}

/// What a stroke goes around, if it comes back to where it began.
pub fn lasso(view: &View, line: &[Point]) -> Option<Lasso> {
    let (first, last) = (line.first()?, line.last()?);
    let length: f64 = line.windows(2).map(|two| two[0].distance(two[1])).sum();
    if length < SHORTEST || first.distance(*last) > length * CLOSED {
        return None;
    }
    let layout = Layout::of(view);
    let nodes = layout.nodes.iter().map(|(node, spot)| (Endpoint::Node(*node), spot.at));
    let clients = layout.clients.iter().map(|(client, at)| (Endpoint::Client(*client), *at));
    let is_inside = |(_, at): &(Endpoint, Point)| goes_around(line, *at);
    let inside = nodes.chain(clients).filter(is_inside).map(|(endpoint, _)| endpoint).collect();
    Some(Lasso { line: line.to_vec(), inside })
}

/// Whether a closed line goes around a place: a ray from there crosses it an odd number of times.
fn goes_around(line: &[Point], at: Point) -> bool {
    let ends = line.iter().zip(line.iter().cycle().skip(1));
    let crosses = |(from, to): &(&Point, &Point)| {
        let is_beside = (from.y > at.y) != (to.y > at.y);
        is_beside && at.x < from.x + (at.y - from.y) / (to.y - from.y) * (to.x - from.x)
    };
    ends.filter(crosses).count() % 2 == 1
}

impl Lasso {
    /// The line, and marks at whoever is inside.
    pub fn preview(&self, view: &View) -> Vec<Item> {
        let is_cut = cut_off(view, &self.inside, Stops::Both).is_ok();
        let class = if is_cut { "lasso" } else { "lasso idle" };
        let places: Vec<String> = self.line.iter().map(|point| place(*point)).collect();
        let line = Shape::Path { d: format!("M{}Z", places.join("L")) };
        let mut items = marks(view, &self.inside);
        items.push(Item::new("lasso", class, line));
        items
    }
}

/// A mark at each of some.
pub fn marks(view: &View, these: &[Endpoint]) -> Vec<Item> {
    if these.is_empty() {
        return Vec::new();
    }
    let layout = Layout::of(view);
    let mark = |endpoint: &Endpoint| {
        let (at, radius) = match endpoint {
            Endpoint::Node(node) => (layout.nodes.get(node)?.at, layout.radius),
            Endpoint::Client(client) => {
                (*layout.clients.get(client)?, layout.client_scale * CLIENT_RADIUS)
            }
        };
        let shape = Shape::Circle { at, radius: radius + OFF };
        Some(Item::new(format!("mark.{endpoint}"), "knife-side", shape))
    };
    these.iter().filter_map(mark).collect()
}

/// About as large as a client is drawn.
const CLIENT_RADIUS: f64 = 26.0;

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use dynamo_core::{ClientId, NodeId};
    use dynamo_sim::{Moment, Run, Script, Time};

    use crate::layout::{CENTRE, polar};

    fn view() -> View {
        let text = "dynamo 1\nsetup nodes=5 n=3 r=2 w=2 seed=1\nat 0s c1 get cart\nuntil 1s\n";
        let script: Script = text.parse().expect("the script is well formed");
        Run::new(script).view_at(Moment::end_of(Time(500_000)))
    }

    /// A circle by hand, or the part of one.
    fn round(centre: Point, radius: f64, turns: f64) -> Vec<Point> {
        let at = |step: i32| f64::from(step) / 40.0 * turns * core::f64::consts::TAU;
        let on = |angle: f64| centre.shifted(radius * libm::cos(angle), radius * libm::sin(angle));
        (0..=40).map(|step| on(at(step))).collect()
    }

    fn place_of(node: u16) -> Point {
        Layout::of(&view()).nodes[&NodeId(node)].at
    }

    fn command(line: &[Point], stops: Stops) -> Result<String, NoCut> {
        let around = lasso(&view(), line).expect("it goes around");
        cut_off(&view(), &around.inside, stops).map(|command| command.to_string())
    }

    #[test]
    fn a_line_around_nodes_cuts_them_off_both_ways_or_one_way() {
        let (third, fourth) = (place_of(3), place_of(4));
        let middle = Point::new((third.x + fourth.x) / 2.0, (third.y + fourth.y) / 2.0);
        let line = round(middle, third.distance(fourth) / 2.0 + 40.0, 1.0);
        assert_eq!(command(&line, Stops::Both).as_deref(), Ok("cut n1 n2 n5 from n3 n4"));
        assert_eq!(command(&line, Stops::Sent).as_deref(), Ok("cut n3 n4 to n1 n2 n5"));
        assert_eq!(command(&line, Stops::Received).as_deref(), Ok("cut n1 n2 n5 to n3 n4"));
        // Whoever draws does not meet the beginning to the point, nor always clockwise.
        let mut open = round(middle, third.distance(fourth) / 2.0 + 40.0, 0.9);
        open.reverse();
        assert_eq!(command(&open, Stops::Both).as_deref(), Ok("cut n1 n2 n5 from n3 n4"));
    }

    #[test]
    fn a_client_can_be_cut_off_too() {
        let client = Layout::of(&view()).clients[&ClientId(1)];
        let line = round(client, 60.0, 1.0);
        assert_eq!(command(&line, Stops::Both).as_deref(), Ok("cut n1 n2 n3 n4 n5 from c1"));
    }

    #[test]
    fn a_line_around_nobody_or_around_all_nodes_cuts_nothing() {
        assert_eq!(command(&round(CENTRE, 60.0, 1.0), Stops::Both), Err(NoCut::Nobody));
        assert_eq!(command(&round(CENTRE, 330.0, 1.0), Stops::Both), Err(NoCut::Everybody));
        let around = lasso(&view(), &round(CENTRE, 60.0, 1.0)).expect("it goes around");
        assert_eq!(around.preview(&view()).len(), 1);
    }

    #[test]
    fn a_line_that_does_not_come_back_or_is_short_goes_around_nobody() {
        assert_eq!(lasso(&view(), &round(CENTRE, 200.0, 0.5)), None);
        assert_eq!(lasso(&view(), &round(CENTRE, 20.0, 1.0)), None);
        assert_eq!(lasso(&view(), &[polar(0.0, 300.0), polar(3.0, 300.0)]), None);
        assert_eq!(lasso(&view(), &[]), None);
    }

    #[test]
    fn whoever_is_inside_is_marked() {
        let line = round(place_of(1), 60.0, 1.0);
        let items = lasso(&view(), &line).expect("it goes around").preview(&view());
        let ids: Vec<String> = items.iter().map(|item| item.id.to_string()).collect();
        assert_eq!(ids, ["mark.n1", "lasso"]);
        assert_eq!(items[1].class, "lasso");
    }
}
