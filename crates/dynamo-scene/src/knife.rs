//! A line drawn across the ring by hand: it parts the nodes into the two groups on its sides.

use alloc::vec::Vec;

use dynamo_core::{Endpoint, NodeId};
use dynamo_sim::View;
use dynamo_sim::script::{Command, Cut};

use crate::lasso::marks;
use crate::layout::{BAND, CENTRE, Layout};
use crate::shape::{Item, Point, Shape};

/// The shortest stroke that counts as a cut, so that a shaky click is none.
const SHORTEST: f64 = 60.0;
/// How far the line reaches beyond the ring.
const BEYOND: f64 = 14.0;

/// A stroke that parts the nodes.
#[derive(Clone, Debug, PartialEq)]
pub struct Knife {
    from: Point,
    to: Point,
    /// The nodes on either side; the side of the first node comes first, whichever way the
    /// stroke ran.
    pub sides: [Vec<NodeId>; 2],
}

/// The cut that a stroke between two places means, if it means one: the line through both crosses
/// the ring and leaves nodes on both sides.
pub fn knife(view: &View, from: Point, to: Point) -> Option<Knife> {
    let length = from.distance(to);
    if length < SHORTEST {
        return None;
    }
    let along = Point::new((to.x - from.x) / length, (to.y - from.y) / length);
    let side = |at: Point| (at.x - from.x) * along.y - (at.y - from.y) * along.x;
    let layout = Layout::of(view);
    let (left, right): (Vec<_>, Vec<_>) =
        layout.nodes.iter().partition(|(_, spot)| side(spot.at) > 0.0);
    if left.is_empty() || right.is_empty() {
        return None;
    }
    // The part of the line within the ring.
    let off = side(CENTRE);
    let reach = libm::sqrt(((BAND + BEYOND) * (BAND + BEYOND) - off * off).max(0.0));
    let foot = CENTRE.shifted(-along.y * off, along.x * off);
    let names = |side: Vec<(&NodeId, _)>| side.into_iter().map(|(node, _)| *node).collect();
    let mut sides: [Vec<NodeId>; 2] = [names(left), names(right)];
    sides.sort_unstable();
    Some(Knife {
        from: foot.shifted(-along.x * reach, -along.y * reach),
        to: foot.shifted(along.x * reach, along.y * reach),
        sides,
    })
}

impl Knife {
    /// The command that cuts. Clients stay in no group and reach all.
    pub fn command(&self) -> Command {
        let group = |nodes: &[NodeId]| nodes.iter().map(|node| Endpoint::Node(*node)).collect();
        Command::Cut(Cut::Groups(self.sides.iter().map(|side| group(side)).collect()))
    }

    /// The side with fewer nodes.
    pub fn smaller(&self) -> &[NodeId] {
        let [first, second] = &self.sides;
        if first.len() <= second.len() { first } else { second }
    }

    /// The line, and marks at the nodes of the smaller side.
    pub fn preview(&self, view: &View) -> Vec<Item> {
        let smaller: Vec<Endpoint> = self.smaller().iter().copied().map(Endpoint::Node).collect();
        let mut items = marks(view, &smaller);
        let line = Shape::Line { from: self.from, to: self.to };
        items.push(Item::new("knife", "knife", line));
        items
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::vec;
    use dynamo_sim::{Moment, Run, Script};

    fn view() -> View {
        let script: Script = "dynamo 1\nsetup nodes=5 n=3 r=2 w=2 seed=1\nuntil 1s\n"
            .parse()
            .expect("the script is well formed");
        Run::new(script).view_at(Moment::default())
    }

    #[test]
    fn a_stroke_across_the_ring_parts_the_nodes_on_both_sides() {
        let (from, to) = (CENTRE.shifted(-400.0, -120.0), CENTRE.shifted(400.0, -120.0));
        let cut = knife(&view(), from, to).expect("the stroke crosses the ring");
        assert_eq!(cut.sides, [vec![NodeId(1)], [2, 3, 4, 5].map(NodeId).to_vec()]);
        let back = knife(&view(), to, from).expect("the stroke crosses the ring");
        assert_eq!(format!("{}", back.command()), "cut n1 from n2 n3 n4 n5");
    }

    #[test]
    fn a_stroke_beside_the_ring_or_a_short_one_cuts_nothing() {
        let above = CENTRE.shifted(0.0, -380.0);
        assert_eq!(knife(&view(), above, above.shifted(200.0, 0.0)), None);
        assert_eq!(knife(&view(), CENTRE, CENTRE.shifted(20.0, 0.0)), None);
    }
}
