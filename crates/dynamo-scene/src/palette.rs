//! How a message looks: its kind gives the shape, a request is full, a reply is hollow, and a
//! reply may show how it ended.

use alloc::format;
use alloc::string::String;

use dynamo_core::node::get::GetOutcome;
use dynamo_core::node::put::PutOutcome;
use dynamo_core::{Message, MessageKind, NodeId, Store, Subject, TaskKind};

use crate::shape::{Point, Shape, number, place, push_place};

/// Half the size of a message that carries a letter.
pub(crate) const LARGE: f64 = 12.0;
/// Half the size of a message without one.
pub(crate) const SMALL: f64 = 8.5;

/// The outline of a kind of message.
pub(crate) fn outline(kind: MessageKind, at: Point, half: f64) -> Shape {
    match kind {
        // Between client and node.
        MessageKind::Put | MessageKind::PutAgain | MessageKind::PutReply => {
            Shape::Rectangle { at, width: half * 2.0, height: half * 2.0, corner: half * 0.2 }
        }
        MessageKind::Get | MessageKind::GetAgain | MessageKind::GetReply => {
            Shape::Circle { at, radius: half * 1.08 }
        }
        // Between coordinator and replica.
        MessageKind::Write
        | MessageKind::WriteAck
        | MessageKind::DurableWrite
        | MessageKind::BufferedAck
        | MessageKind::Mend => polygon(at, half * 1.35, 4),
        MessageKind::Read | MessageKind::ReadReply => polygon(at, half * 1.2, 6),
        MessageKind::Taken => polygon(at, half * 1.15, 3),
        MessageKind::Ping
        | MessageKind::Pong
        | MessageKind::RingPoll
        | MessageKind::RingReply
        | MessageKind::Gossip
        | MessageKind::ReapQuery
        | MessageKind::ReapVote
        | MessageKind::Reap => Shape::Circle { at, radius: half * 0.55 },
        // Between nodes that compare trees.
        MessageKind::Compare | MessageKind::Hashes => polygon(at, half * 0.8, 5),
        MessageKind::NotMine => polygon(at, half * 1.35, 4),
        // About the membership.
        MessageKind::History | MessageKind::RangeOffer | MessageKind::RangeConfirm => {
            polygon(at, half * 1.15, 5)
        }
    }
}

/// A polygon with a corner at the top. From there on it goes by steps, so that all of one kind and
/// size are written alike.
pub(crate) fn polygon(at: Point, radius: f64, corners: u8) -> Shape {
    let mut d = String::from("M");
    push_place(&mut d, at.shifted(0.0, -radius));
    let corner = |corner: u8| {
        let angle = core::f64::consts::TAU * f64::from(corner) / f64::from(corners);
        Point::new(radius * libm::sin(angle), -radius * libm::cos(angle))
    };
    for next in 1..corners {
        let (from, to) = (corner(next - 1), corner(next));
        d.push('l');
        push_place(&mut d, Point::new(to.x - from.x, to.y - from.y));
    }
    d.push('z');
    Shape::Path { d }
}

/// The sign in a reply that says how it ended, as path commands.
pub(crate) fn sign(message: &Message, at: Point, half: f64) -> Option<(&'static str, String)> {
    let reach = half * 0.5;
    let across = format!("M{}h{}", place(at.shifted(-reach, 0.0)), number(reach * 2.0));
    let plus = format!("{across}M{}v{}", place(at.shifted(0.0, -reach)), number(reach * 2.0));
    match message {
        Message::PutReply(reply) => match reply.outcome {
            PutOutcome::Stored(_) => Some(("good", plus)),
            PutOutcome::Failed(_) => Some(("bad", across)),
            PutOutcome::Unknown { .. } => Some(("warn", question(at, half))),
        },
        Message::GetReply(reply) => match reply.outcome {
            GetOutcome::Found { .. } => Some(("good", plus)),
            GetOutcome::Failed(_) => Some(("bad", across)),
        },
        Message::WriteAck(_) => Some(("good", plus)),
        Message::BufferedAck(_) => Some(("warn", plus)),
        Message::Put(_)
        | Message::PutAgain(_)
        | Message::Get(_)
        | Message::GetAgain(_)
        | Message::Taken(_)
        | Message::Write(_)
        | Message::DurableWrite(_)
        | Message::Read(_)
        | Message::ReadReply(_)
        | Message::Mend(_)
        | Message::Compare(_)
        | Message::Hashes(_)
        | Message::Ping(_)
        | Message::Pong(_)
        | Message::RingPoll(_)
        | Message::RingReply(_)
        | Message::ReapQuery(_)
        | Message::ReapVote(_)
        | Message::Reap(_)
        | Message::Gossip(_)
        | Message::History(_)
        | Message::RangeOffer(_) => None,
        Message::NotMine(_) => Some(("bad", across)),
        Message::RangeConfirm(_) => Some(("good", plus)),
    }
}

/// A question mark, as path commands.
pub(crate) fn question(at: Point, half: f64) -> String {
    let r = number(half * 0.32);
    format!(
        "M{}A{r} {r} 0 1 1 {}L{}M{}v0.1",
        place(at.shifted(-half * 0.32, -half * 0.3)),
        place(at.shifted(0.0, half * 0.05)),
        place(at.shifted(0.0, half * 0.2)),
        place(at.shifted(0.0, half * 0.62)),
    )
}

/// The owner of the parcel that a message is: a hint that is kept or comes home.
pub(crate) fn parcel_owner(message: &Message) -> Option<NodeId> {
    let write = message.as_write()?;
    match (&write.slot.store, &write.subject) {
        (Store::Hints(owner), _) => Some(*owner),
        (Store::Main, Subject::Task(task)) => match &task.kind {
            TaskKind::Handoff { owner, .. } => Some(*owner),
            TaskKind::Probe(_)
            | TaskKind::Heartbeat(_)
            | TaskKind::Reap(_)
            | TaskKind::Exchange(_)
            | TaskKind::Repair { .. }
            | TaskKind::Gossip(_)
            | TaskKind::Ranges(_) => None,
            TaskKind::Return { to, .. } | TaskKind::Transfer { to, .. } => Some(*to),
        },
        (Store::Main, Subject::Request(_) | Subject::Poll(_)) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A crowd draws one outline many times, each from where a message is.
    #[test]
    fn an_outline_goes_on_by_steps() {
        for kind in MessageKind::ALL {
            let path = outline(kind, Point::new(3.0, 4.0), 10.0).path();
            let is_absolute = |c: char| c.is_ascii_uppercase() && c != 'Z';
            assert!(path.starts_with('M') && !path[1..].contains(is_absolute), "{kind:?}: {path}");
        }
    }
}
