//! **convergence** (K2): left in peace, all replicas of a key become equal.
//!
//! Eventually: once all nodes are up, all links whole and nothing is lost by chance, and after
//! the bound B without disturbance (see [`crate::peace::bound`]), the N primaries of every key
//! hold the same versions, by the ring in effect, and nobody else keeps a replica or a hint of it. Cost: at a change O(1), when judged
//! O(keys N).
//!
//! A put that ended without filling every place of its list, or whose coordinator died, may
//! leave a replica behind, and so do a fault of a disk and a change of N. Anti-entropy (4.7) mends that within a
//! longer bound ([`crate::peace::exchange_bound`]); until then it is not yet due. Where nobody
//! compares trees, such keys are counted.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use dynamo_core::collections::{Map, Set};

use dynamo_core::{Change, Duration, Fact, Key, NodeId, Store, Versions};
use dynamo_sim::trace::Ended;
use dynamo_sim::{Command, EventId, Finding, Record, Settled, Setup, Status, Time, TraceEvent};

use crate::ghost::{By, Ghost, Place, requests};
use crate::judges::Check;
use crate::known::Known;

/// The name in texts and links.
pub const NAME: &str = "convergence";

/// The check.
#[derive(Clone, Debug)]
pub struct Convergence {
    /// N and the deadline of coordinators, at first.
    n: u8,
    deadline: Duration,
    left_behind: Set<Key>,
    /// Whether N has changed.
    widens: bool,
    /// The last writes of every coordinator, and when it began them.
    coordinated: Map<NodeId, Vec<(Time, Key)>>,
    changed: Map<Key, EventId>,
    /// The last end of a put.
    ended: Time,
}

impl Convergence {
    /// The check for runs with this setup.
    pub fn new(setup: &Setup) -> Self {
        Convergence {
            n: setup.quorum.n(),
            deadline: setup.config.deadline,
            left_behind: Set::new(),
            widens: false,
            coordinated: Map::new(),
            changed: Map::new(),
            ended: Time::ZERO,
        }
    }

    /// The node that differs from the others for this key, or that keeps a hint of it.
    fn odd_one(&self, key: &Key, known: &Known) -> Option<NodeId> {
        let Known { ghost, peace, .. } = known;
        // Whoever has left or was removed may be down for ever.
        let up = |((node, _), _): &(&Place, &Versions)| !peace.is_down(*node);
        let mut hints = ghost.places(key).filter(up);
        let hint = hints.find(|((_, store), _)| *store != Store::Main);
        if let Some(((keeper, _), _)) = hint {
            return Some(*keeper);
        }
        let held = ghost.places(key).map(|((node, _), versions)| (*node, versions));
        let held: Map<NodeId, &Versions> = dynamo_core::collections::map(held);
        let ring = &peace.beliefs().newest().ring;
        let list = ring.preference(key, self.n);
        let stray = |((node, _), _): &(&Place, &Versions)| !list.primaries().contains(node);
        if let Some(((node, _), _)) = ghost.places(key).filter(up).find(stray) {
            return Some(*node);
        }
        let mut primaries = list.primaries().iter();
        let first = held.get(primaries.next()?).copied();
        primaries.find(|node| !are_equal(ghost, key, held.get(node).copied(), first)).copied()
    }

    fn crash(&mut self, now: Time, node: NodeId) {
        let lost = self.coordinated.remove(&node).into_iter().flatten();
        let open = lost.filter(|(began, _)| now.since(*began) <= self.deadline);
        self.left_behind.extend(open.map(|(_, key)| key));
    }
}

/// Whether two places hold the same. What was erased in one place may stay in another: it makes no
/// difference to anybody.
fn are_equal(ghost: &Ghost, key: &Key, one: Option<&Versions>, other: Option<&Versions>) -> bool {
    let live = |versions: Option<&Versions>| {
        let mut puts = versions.map(requests).unwrap_or_default();
        puts.retain(|put| !ghost.is_buried(*put));
        puts
    };
    one == other || ghost.has_graves(key) && live(one) == live(other)
}

impl Check for Convergence {
    fn see(&mut self, id: EventId, record: &Record, known: &Known) {
        let now = record.moment.time;
        for change in &known.changes {
            if matches!(change.by, By::Fault(_)) {
                self.left_behind.insert(change.key.clone());
            }
            self.changed.insert(change.key.clone(), id);
        }
        match &record.event {
            // Owners go on serving while they give: what is written meanwhile, or comes home late,
            // reaches whoever becomes one by trees alone.
            TraceEvent::CommandApplied {
                command: Command::Membership { change: Change::Replicas(_), .. },
                ..
            } => {
                self.widens = true;
                self.left_behind.extend(known.ghost.keys_put().cloned());
            }
            TraceEvent::NodeCrashed { node } => self.crash(now, *node),
            TraceEvent::OperationEnded { request, ended } => {
                let Some(key) = known.ghost.key_of(*request) else { return };
                self.ended = now;
                if matches!(ended, Ended::Unknown(_)) {
                    self.left_behind.insert(key.clone());
                }
            }
            TraceEvent::Noted { node, fact: Fact::Coordinates { request, key, .. } }
                if known.ghost.key_of(*request).is_some() =>
            {
                let began = self.coordinated.entry(*node).or_default();
                began.retain(|(time, _)| now.since(*time) <= self.deadline);
                began.push((now, key.clone()));
                if self.widens && known.peace.unsettled().is_some() {
                    self.left_behind.insert(key.clone());
                }
            }
            TraceEvent::Noted { fact: Fact::LeavesBehind { key, .. }, .. } => {
                self.left_behind.insert(key.clone());
            }
            _ => {}
        }
    }

    fn finding(&self, now: Time, known: &Known) -> Finding {
        let Known { ghost, peace, .. } = known;
        let since = peace.changed().max(self.ended);
        let (quiet, usual) = (now.since(since), peace.bound());
        if let Some(status) = peace.missing(quiet, usual) {
            return Finding::plain(NAME, status);
        }
        let mut counted = 0;
        let mut not_yet_due = None;
        let bound = peace.exchange_bound(ghost.keys().count());
        let took = since.since(peace.last_act().max(self.ended));
        let settled = Some(Settled { took, bound: bound.unwrap_or(usual) });
        for key in ghost.keys() {
            let Some(node) = self.odd_one(key, known) else { continue };
            if bound.is_none() && self.left_behind.contains(key) {
                counted += 1;
                continue;
            }
            if let Some(status) = bound.and_then(|bound| peace.missing(quiet, bound)) {
                not_yet_due.get_or_insert(status);
                continue;
            }
            return Finding {
                guilty: self.changed.get(key).map_or_else(Vec::new, |id| vec![*id]),
                key: Some(key.clone()),
                node: Some(node),
                peace: settled,
                ..Finding::plain(NAME, Status::Violated)
            };
        }
        let counted = (counted > 0).then_some(Status::Counted(counted));
        let status = not_yet_due.or(counted).unwrap_or(Status::Holds);
        Finding { peace: settled, ..Finding::plain(NAME, status) }
    }

    fn clone_box(&self) -> Box<dyn Check> {
        Box::new(self.clone())
    }
}
