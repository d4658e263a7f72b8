//! What somebody who judges a run may find: how things stand with one property.

use alloc::vec::Vec;
use core::fmt;

use dynamo_core::{Duration, Key, NodeId, RequestId};

use crate::trace::EventId;

/// How things stand with one property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// True so far.
    Holds,
    /// Cannot be judged yet: something must be mended first, or this much quiet time is missing.
    NotYetDue(Wait),
    /// Broken this many times in a way that the protocol does not promise to avoid.
    Counted(u32),
    /// Broken, but the last good copy was destroyed from outside.
    Excused,
    /// Broken.
    Violated,
}

/// What a judgement waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// All nodes up and well, all links whole, no chance of loss.
    Mending,
    /// This much more time without disturbance.
    Quiet(Duration),
}

impl Status {
    /// The word for it in scripts.
    pub fn name(self) -> &'static str {
        match self {
            Status::Holds => "ok",
            Status::NotYetDue(_) => "not-yet-due",
            Status::Counted(_) => "counted",
            Status::Excused => "excused",
            Status::Violated => "violated",
        }
    }
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The check's name.
    pub check: &'static str,
    /// How things stand.
    pub status: Status,
    /// The events that broke the property, the last of them first; empty if it holds.
    pub guilty: Vec<EventId>,
    /// The put that suffered, if one did.
    pub request: Option<RequestId>,
    /// The key concerned, if one is.
    pub key: Option<Key>,
    /// The node concerned, if one is.
    pub node: Option<NodeId>,
    /// Of a property of peace: what it took and what it may take.
    pub peace: Option<Settled>,
}

/// How a world that is left in peace comes to rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled {
    /// From the last act, fault or end of a write to the last change of a disk.
    pub took: Duration,
    /// The quiet time B after which it is judged; it follows from the setup.
    pub bound: Duration,
}

impl Finding {
    /// A finding that points at nothing.
    pub fn plain(check: &'static str, status: Status) -> Self {
        Finding {
            check,
            status,
            guilty: Vec::new(),
            request: None,
            key: None,
            node: None,
            peace: None,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status.name(), self.check)?;
        match self.status {
            Status::NotYetDue(Wait::Mending) => {
                f.write_str(": waits until all nodes and links are up and nothing is lost")?;
            }
            Status::NotYetDue(Wait::Quiet(more)) => write!(f, ": needs {more} more of quiet")?,
            Status::Counted(times) => write!(f, ": {times}")?,
            Status::Holds | Status::Excused | Status::Violated => {}
        }
        for part in [
            self.request.map(|request| alloc::format!(" {request}")),
            self.key.as_ref().map(|key| alloc::format!(" {key}")),
            self.node.map(|node| alloc::format!(" {node}")),
        ]
        .into_iter()
        .flatten()
        {
            f.write_str(&part)?;
        }
        match self.peace {
            Some(Settled { took, bound }) => {
                write!(f, ": at rest after {took}, judged after {bound} of quiet")
            }
            None => Ok(()),
        }
    }
}
