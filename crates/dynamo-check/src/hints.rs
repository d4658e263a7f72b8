//! **hints** (K6): no hint is forgotten before its owner has it, and none is left over.
//!
//! Always: when a hint is removed, its owner's disk covers every put that the hint held, unless it
//! was erased with its tombstone or a fault took it from there; if the owner does not own the key
//! any more, the disks of all owners do; if the keeper has left the ring, another keeper's may.
//! Eventually: once the world has been left in peace for the bound B, nobody keeps a hint. Judged
//! at every removal; cost: the siblings of the hint.

use alloc::boxed::Box;
use alloc::vec;
use dynamo_core::collections::{Map, Set};

use dynamo_core::{Key, NodeId, RequestId, Store, Versions};
use dynamo_sim::disk::DiskFault;
use dynamo_sim::{EventId, Finding, Record, Setup, Status, Time, Watch};

use crate::ghost::{By, Change, Ghost, Place, requests};
use crate::law::{Blow, Breaches};
use crate::peace::Peace;

/// The name in texts and links.
pub const NAME: &str = "hints";

/// The check.
#[derive(Clone, Debug)]
pub struct Hints {
    ghost: Ghost,
    peace: Peace,
    /// The last fault that took something of a key from a node's own store.
    taken: Map<(NodeId, Key), DiskFault>,
    breaches: Breaches,
}

impl Hints {
    /// The check for runs with this setup.
    pub fn new(setup: &Setup) -> Self {
        Hints {
            ghost: Ghost::default(),
            peace: Peace::new(setup),
            taken: Map::new(),
            breaches: Breaches::new(NAME, setup),
        }
    }

    /// A hint that is removed must be home.
    fn judge(&mut self, id: EventId, change: Change) {
        let (keeper, Store::Hints(owner)) = change.place else {
            if let By::Fault(fault) = change.by {
                self.taken.insert((change.place.0, change.key), fault);
            }
            return;
        };
        if change.by != By::Removal {
            return;
        }
        let owned = self.ghost.at(&change.key, &(owner, Store::Main)).map(requests);
        let owned: Set<_> = owned.unwrap_or_default();
        let owners = self.peace.beliefs().of(keeper);
        let elsewhere = if owners.keeps(owner, &change.key) {
            // A keeper that leaves passes its hints on.
            let is_out = owners.ring.member(keeper).is_none();
            let other = |((_, store), _): &(&Place, &Versions)| *store == Store::Hints(owner);
            let others = self.ghost.places(&change.key).filter(other);
            others.filter(|_| is_out).flat_map(|(_, versions)| requests(versions)).collect()
        } else {
            // The hint of a node that owns the key no more goes to all who do.
            let covered = |put: &RequestId| {
                owners.owners(&change.key).into_iter().all(|owner| {
                    let held = self.ghost.at(&change.key, &(owner, Store::Main)).map(requests);
                    self.ghost.is_covered(*put, &held.unwrap_or_default())
                })
            };
            change.offered.iter().copied().filter(covered).collect::<Set<_>>()
        };
        let is_home = |put: &RequestId| {
            self.ghost.is_buried(*put)
                || self.ghost.is_covered(*put, &owned)
                || self.ghost.is_covered(*put, &elsewhere)
        };
        let lost = change.offered.iter().find(|put| !is_home(put));
        if let Some(put) = lost {
            let fault = self.taken.get(&(owner, change.key.clone())).copied();
            let breach = Finding {
                guilty: vec![id],
                request: Some(*put),
                key: Some(change.key),
                node: Some(keeper),
                ..Finding::plain(NAME, Status::Violated)
            };
            self.breaches.add(fault.map(Blow::Disk), breach);
        }
    }

    fn left_over(&self) -> Option<(NodeId, Key)> {
        self.ghost.keys().find_map(|key| {
            let up = |((node, _), _): &(&Place, &Versions)| !self.peace.is_down(*node);
            let mut hints = self.ghost.places(key).filter(up);
            let hint = hints.find(|((_, store), _)| *store != Store::Main);
            hint.map(|((keeper, _), _)| (*keeper, key.clone()))
        })
    }
}

impl Watch for Hints {
    fn name(&self) -> &'static str {
        NAME
    }

    fn see(&mut self, id: EventId, record: &Record) {
        self.breaches.see(record);
        self.peace.see(id, record);
        for change in self.ghost.see(id, record) {
            if change.by != By::Burial {
                self.peace.disturb(record.moment.time);
            }
            self.judge(id, change);
        }
    }

    fn finding(&self, now: Time) -> Finding {
        match (self.left_over(), self.peace.missing(now)) {
            _ if self.breaches.is_violated() => self.breaches.or_holds(),
            (None, _) => self.breaches.or_holds(),
            (Some(_), Some(missing)) => Finding::plain(NAME, missing),
            (Some((keeper, key)), None) => Finding {
                key: Some(key),
                node: Some(keeper),
                ..Finding::plain(NAME, Status::Violated)
            },
        }
    }

    fn is_violated(&self) -> bool {
        self.breaches.is_violated()
    }

    fn clone_box(&self) -> Box<dyn Watch> {
        Box::new(self.clone())
    }
}
