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

use dynamo_core::{Change, Fact, Key, NodeId, RequestId, Store, Versions};
use dynamo_sim::trace::{Access, Ended};
use dynamo_sim::{
    Command, EventId, Finding, Record, Settled, Setup, Status, Time, TraceEvent, Watch,
};

use crate::ghost::{By, Ghost, Place, requests};
use crate::peace::Peace;

/// The name in texts and links.
pub const NAME: &str = "convergence";

/// The check.
#[derive(Clone, Debug)]
pub struct Convergence {
    ghost: Ghost,
    peace: Peace,
    setup: Setup,
    left_behind: Set<Key>,
    /// Whether N has changed.
    widens: bool,
    puts: Map<RequestId, Key>,
    /// The last writes of every coordinator, and when it began them.
    coordinated: Map<NodeId, Vec<(Time, Key)>>,
    changed: Map<Key, EventId>,
}

impl Convergence {
    /// The check for runs with this setup.
    pub fn new(setup: &Setup) -> Self {
        Convergence {
            ghost: Ghost::default(),
            peace: Peace::new(setup),
            setup: setup.clone(),
            left_behind: Set::new(),
            widens: false,
            puts: Map::new(),
            coordinated: Map::new(),
            changed: Map::new(),
        }
    }

    /// The node that differs from the others for this key, or that keeps a hint of it.
    fn odd_one(&self, key: &Key) -> Option<NodeId> {
        // Whoever has left or was removed may be down for ever.
        let up = |((node, _), _): &(&Place, &Versions)| !self.peace.is_down(*node);
        let mut hints = self.ghost.places(key).filter(up);
        let hint = hints.find(|((_, store), _)| *store != Store::Main);
        if let Some(((keeper, _), _)) = hint {
            return Some(*keeper);
        }
        let held = self.ghost.places(key).map(|((node, _), versions)| (*node, versions));
        let held: Map<NodeId, &Versions> = dynamo_core::collections::map(held);
        let ring = &self.peace.beliefs().newest().ring;
        let list = ring.preference(key, self.setup.quorum.n());
        let stray = |((node, _), _): &(&Place, &Versions)| !list.primaries().contains(node);
        if let Some(((node, _), _)) = self.ghost.places(key).filter(up).find(stray) {
            return Some(*node);
        }
        let mut primaries = list.primaries().iter();
        let first = held.get(primaries.next()?).copied();
        primaries.find(|node| !self.are_equal(key, held.get(node).copied(), first)).copied()
    }

    /// Whether two places hold the same. What was erased in one place may stay in another: it
    /// makes no difference to anybody.
    fn are_equal(&self, key: &Key, one: Option<&Versions>, other: Option<&Versions>) -> bool {
        let live = |versions: Option<&Versions>| {
            let mut puts = versions.map(requests).unwrap_or_default();
            puts.retain(|put| !self.ghost.is_buried(*put));
            puts
        };
        one == other || self.ghost.has_graves(key) && live(one) == live(other)
    }

    fn crash(&mut self, now: Time, node: NodeId) {
        let lost = self.coordinated.remove(&node).into_iter().flatten();
        let open = lost.filter(|(began, _)| now.since(*began) <= self.setup.config.deadline);
        self.left_behind.extend(open.map(|(_, key)| key));
    }
}

impl Watch for Convergence {
    fn name(&self) -> &'static str {
        NAME
    }

    fn see(&mut self, id: EventId, record: &Record) {
        let now = record.moment.time;
        self.peace.see(id, record);
        for change in self.ghost.see(id, record) {
            // A tombstone that is erased makes no replica differ from another.
            if change.by != By::Burial {
                self.peace.disturb(now);
            }
            if matches!(change.by, By::Fault(_)) {
                self.left_behind.insert(change.key.clone());
            }
            self.changed.insert(change.key, id);
        }
        match &record.event {
            // Owners go on serving while they give: what is written meanwhile, or comes home late,
            // reaches whoever becomes one by trees alone.
            TraceEvent::CommandApplied {
                command: Command::Membership { change: Change::Replicas(_), .. },
                ..
            } => {
                self.widens = true;
                self.left_behind.extend(self.puts.values().cloned());
            }
            TraceEvent::NodeCrashed { node } => self.crash(now, *node),
            TraceEvent::OperationStarted(started)
                if !matches!(started.access, Access::Get { .. }) =>
            {
                self.puts.insert(started.request, started.key.clone());
            }
            TraceEvent::OperationEnded { request, ended } => {
                let Some(key) = self.puts.get(request) else { return };
                self.peace.act(now);
                if matches!(ended, Ended::Unknown(_)) {
                    self.left_behind.insert(key.clone());
                }
            }
            TraceEvent::Noted { node, fact: Fact::Coordinates { request, key, .. } }
                if self.puts.contains_key(request) =>
            {
                let began = self.coordinated.entry(*node).or_default();
                began.retain(|(time, _)| now.since(*time) <= self.setup.config.deadline);
                began.push((now, key.clone()));
                if self.widens && self.peace.unsettled().is_some() {
                    self.left_behind.insert(key.clone());
                }
            }
            TraceEvent::Noted { fact: Fact::LeavesBehind { key, .. }, .. } => {
                self.left_behind.insert(key.clone());
            }
            _ => {}
        }
    }

    fn finding(&self, now: Time) -> Finding {
        let usual = self.peace.bound();
        if let Some(status) = self.peace.missing_for(now, usual) {
            return Finding::plain(NAME, status);
        }
        let mut counted = 0;
        let mut not_yet_due = None;
        let bound = self.peace.exchange_bound(self.ghost.keys().count());
        let peace = Some(Settled { took: self.peace.took(), bound: bound.unwrap_or(usual) });
        for key in self.ghost.keys() {
            let Some(node) = self.odd_one(key) else { continue };
            if bound.is_none() && self.left_behind.contains(key) {
                counted += 1;
                continue;
            }
            if let Some(status) = bound.and_then(|bound| self.peace.missing_for(now, bound)) {
                not_yet_due.get_or_insert(status);
                continue;
            }
            return Finding {
                guilty: self.changed.get(key).map_or_else(Vec::new, |id| vec![*id]),
                key: Some(key.clone()),
                node: Some(node),
                peace,
                ..Finding::plain(NAME, Status::Violated)
            };
        }
        let counted = (counted > 0).then_some(Status::Counted(counted));
        let status = not_yet_due.or(counted).unwrap_or(Status::Holds);
        Finding { peace, ..Finding::plain(NAME, status) }
    }

    fn clone_box(&self) -> Box<dyn Watch> {
        Box::new(self.clone())
    }
}
