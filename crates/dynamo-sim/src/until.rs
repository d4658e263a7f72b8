//! Running on until something happens: the first record that tells of it.
//!
//! What can be waited for has names: those of facts, which a script's `when` waits for, too, and
//! beside them what no node notes because it happens to nodes, messages and operations.

use dynamo_core::storage::Content;
use dynamo_core::{Endpoint, Fact, NodeId, RequestId, Store};

use crate::script::fields;
use crate::trace::{Ended, EventId, Record, Started, Trace, TraceEvent};

/// An operation ended, however it did.
pub const ENDED: &str = "ended";
/// An operation succeeded.
pub const ENDED_OK: &str = "ended-ok";
/// An operation certainly failed.
pub const ENDED_FAILED: &str = "ended-failed";
/// Nobody can say how a write ended.
pub const ENDED_UNKNOWN: &str = "ended-unknown";
/// A message that is no background talk was lost.
pub const MESSAGE_LOST: &str = "message-lost";
/// A fault took a hint from its keeper's disk.
pub const HINT_LOST: &str = "hint-lost";
/// A node crashed.
pub const CRASHED: &str = "crashed";
/// A node started.
pub const STARTED: &str = "started";

/// The names of what no node notes.
const UNNOTED: [&str; 8] =
    [ENDED, ENDED_OK, ENDED_FAILED, ENDED_UNKNOWN, MESSAGE_LOST, HINT_LOST, CRASHED, STARTED];

/// Every name that can be waited for.
pub fn names() -> impl Iterator<Item = &'static str> {
    UNNOTED.into_iter().chain(Fact::NAMES)
}

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Condition {
    /// One of [`names`].
    pub name: &'static str,
    /// Only where this node has a part in it; `None` is any.
    pub node: Option<NodeId>,
}

impl Condition {
    /// The first record behind the first `count` of a trace that fulfils it.
    pub fn first(&self, trace: &Trace, count: usize) -> Option<EventId> {
        let fulfils = |(id, record): &(EventId, &Record)| self.holds(trace, *id, record);
        trace.iter_from(count).find(fulfils).map(|(id, _)| id)
    }

    fn holds(&self, trace: &Trace, id: EventId, record: &Record) -> bool {
        let told = name(trace, record);
        let is_end = || matches!(record.event, TraceEvent::OperationEnded { .. });
        let is_told = told == Some(self.name) || (self.name == ENDED && is_end());
        is_told && self.node.is_none_or(|node| has_part(trace, id, record, node))
    }
}

/// The name of what a record tells; none if nobody can wait for it.
pub fn name(trace: &Trace, record: &Record) -> Option<&'static str> {
    match &record.event {
        TraceEvent::Noted { fact, .. } | TraceEvent::ClientNoted { fact, .. } => Some(fact.name()),
        TraceEvent::OperationEnded { ended, .. } => Some(match ended {
            Ended::Stored | Ended::Found { .. } => ENDED_OK,
            Ended::Failed(_) => ENDED_FAILED,
            Ended::Unknown(_) => ENDED_UNKNOWN,
        }),
        TraceEvent::MessageLost { sent, .. } => {
            let (_, message) = trace.message(*sent)?;
            (!message.is_background()).then_some(MESSAGE_LOST)
        }
        TraceEvent::DiskChanged { slots, .. } => {
            slots.iter().any(|it| lost_hint(it).is_some()).then_some(HINT_LOST)
        }
        TraceEvent::NodeCrashed { .. } => Some(CRASHED),
        TraceEvent::NodeStarted { .. } => Some(STARTED),
        _ => None,
    }
}

/// Whose hint is gone, if that is what a slot's new content says.
fn lost_hint((slot, content): &Content) -> Option<NodeId> {
    match slot.store {
        Store::Hints(owner) if content.is_none() => Some(owner),
        _ => None,
    }
}

/// Whether a node did it, or it was done to it or with it.
fn has_part(trace: &Trace, id: EventId, record: &Record, node: NodeId) -> bool {
    let here = Endpoint::Node(node);
    let is_named = |by: Endpoint, fact: &Fact| {
        let name = alloc::format!("{node}");
        fields(by, fact).iter().any(|(_, value)| *value == name)
    };
    match &record.event {
        TraceEvent::Noted { node: by, fact } => is_named((*by).into(), fact),
        TraceEvent::ClientNoted { client, fact } => is_named((*client).into(), fact),
        TraceEvent::MessageLost { sent, .. } => {
            trace.message(*sent).is_some_and(|(name, _)| name.from == here || name.to == here)
        }
        TraceEvent::OperationEnded { request, .. } => asked(trace, id, *request) == Some(node),
        TraceEvent::DiskChanged { node: keeper, slots, .. } => {
            *keeper == node || slots.iter().filter_map(lost_hint).any(|owner| owner == node)
        }
        TraceEvent::NodeCrashed { node: it } => *it == node,
        TraceEvent::NodeStarted { boot } => boot.node == node,
        _ => false,
    }
}

/// The node that a client asked last for an operation that ends with this event.
fn asked(trace: &Trace, end: EventId, request: RequestId) -> Option<NodeId> {
    let before = (0..end.0).rev().filter_map(|id| trace.get(EventId(id)));
    let mut asked = before.filter_map(|record| match &record.event {
        TraceEvent::OperationRetried { request: it, via, .. } if *it == request => Some(*via),
        TraceEvent::OperationStarted(Started { request: it, via, .. }) if *it == request => {
            Some(*via)
        }
        _ => None,
    });
    asked.next().flatten()
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;

    use super::*;
    use crate::timeline::Run;

    const SCRIPT: &str = "dynamo 1\nsetup nodes=5 n=3 r=2 w=2 seed=7\nat 0s crash n5\n\
        at 1s c1.1 put cart \"milk\" via n1\nat 5s restart n5\nuntil 12s\n";

    fn first(script: &str, name: &'static str, node: Option<u16>) -> Option<(u64, EventId)> {
        let run = Run::new(script.parse().expect("a script"));
        let condition = Condition { name, node: node.map(NodeId) };
        let id = condition.first(run.trace(), 0)?;
        Some((run.trace().get(id)?.moment.time.as_micros() / 1_000, id))
    }

    #[test]
    fn every_name_is_said_once() {
        let all: BTreeSet<&str> = names().collect();
        assert_eq!(all.len(), names().count());
    }

    #[test]
    fn the_first_event_that_matches_is_found_and_none_before_it() {
        let run = Run::new(SCRIPT.parse().expect("a script"));
        let kept = Condition { name: "hint-kept", node: None };
        let id = kept.first(run.trace(), 0).expect("a stand-in keeps it");
        let is_kept = |record: &Record| {
            matches!(record.event, TraceEvent::Noted { fact: Fact::HintKept { .. }, .. })
        };
        assert!(is_kept(run.trace().get(id).expect("there")));
        assert!(run.trace().iter().take_while(|(it, _)| *it < id).all(|(_, it)| !is_kept(it)));
        assert_eq!(kept.first(run.trace(), id.0 as usize + 1), None, "there is one hint");
    }

    #[test]
    fn a_node_has_part_in_what_it_does_and_in_what_is_done_to_it() {
        let any = first(SCRIPT, "seems-down", None).expect("n5 is silent");
        assert_eq!(first(SCRIPT, "seems-down", Some(5)), Some(any), "of whom it is believed");
        assert_eq!(first(SCRIPT, "seems-down", Some(1)), Some(any), "who believes it");
        assert_ne!(first(SCRIPT, "seems-down", Some(2)), Some(any), "who has no part in it");
        assert!(first(SCRIPT, MESSAGE_LOST, Some(5)).is_some());
        assert_eq!(first(SCRIPT, CRASHED, Some(2)), None);
    }

    #[test]
    fn what_no_node_notes_is_found_as_well() {
        assert_eq!(first(SCRIPT, CRASHED, None).map(|(at, _)| at), Some(0));
        assert_eq!(first(SCRIPT, STARTED, Some(3)).map(|(at, _)| at), Some(0));
        let ended = first(SCRIPT, ENDED_OK, None);
        assert!(ended.is_some_and(|(at, _)| (1_000..1_100).contains(&at)), "{ended:?}");
        assert_eq!(first(SCRIPT, ENDED, Some(1)), ended, "n1 was asked");
        assert_eq!(first(SCRIPT, ENDED, Some(2)), None);
        assert_eq!(first(SCRIPT, ENDED_FAILED, None), None);
        assert_eq!(first(SCRIPT, HINT_LOST, None), None);
    }

    #[test]
    fn a_hint_is_lost_with_its_keepers_disk() {
        let script = SCRIPT.replace("at 5s restart n5", "when hint-kept by=n4 wipe n4");
        let run = Run::new(script.parse().expect("a script"));
        let kept = Condition { name: "hint-kept", node: None }.first(run.trace(), 0);
        let keeper = kept.and_then(|id| match run.trace().get(id)?.event {
            TraceEvent::Noted { node, .. } => Some(node.0),
            _ => None,
        });
        let script = script.replace("n4", &alloc::format!("n{}", keeper.expect("somebody")));
        assert!(first(&script, HINT_LOST, None).is_some());
        assert_eq!(first(&script, HINT_LOST, Some(5)), first(&script, HINT_LOST, keeper));
    }
}
