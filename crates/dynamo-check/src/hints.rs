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
use dynamo_sim::{EventId, Finding, Record, Status, Time};

use crate::ghost::{By, Change, Place, requests};
use crate::judges::Check;
use crate::known::Known;
use crate::law::{Blow, Breaches};

/// The name in texts and links.
pub const NAME: &str = "hints";

/// The check.
#[derive(Clone, Debug, Default)]
pub struct Hints {
    /// The last fault that took something of a key from a node's own store.
    taken: Map<(NodeId, Key), DiskFault>,
    breaches: Breaches,
}

impl Hints {
    /// A hint that is removed must be home.
    fn judge(&mut self, id: EventId, change: &Change, known: &Known) {
        let (keeper, Store::Hints(owner)) = change.place else {
            if let By::Fault(fault) = change.by {
                self.taken.insert((change.place.0, change.key.clone()), fault);
            }
            return;
        };
        if change.by != By::Removal {
            return;
        }
        let owned = known.ghost.at(&change.key, &(owner, Store::Main)).map(requests);
        let owned: Set<_> = owned.unwrap_or_default();
        let owners = known.peace.beliefs().of(keeper);
        let elsewhere = if owners.keeps(owner, &change.key) {
            // A keeper that leaves passes its hints on.
            let is_out = owners.ring.member(keeper).is_none();
            let other = |((_, store), _): &(&Place, &Versions)| *store == Store::Hints(owner);
            let others = known.ghost.places(&change.key).filter(other);
            others.filter(|_| is_out).flat_map(|(_, versions)| requests(versions)).collect()
        } else {
            // The hint of a node that owns the key no more goes to all who do.
            let covered = |put: &RequestId| {
                owners.owners(&change.key).into_iter().all(|owner| {
                    let held = known.ghost.at(&change.key, &(owner, Store::Main)).map(requests);
                    known.ghost.is_covered(*put, &held.unwrap_or_default())
                })
            };
            change.offered.iter().copied().filter(covered).collect::<Set<_>>()
        };
        let is_home = |put: &RequestId| {
            known.ghost.is_buried(*put)
                || known.ghost.is_covered(*put, &owned)
                || known.ghost.is_covered(*put, &elsewhere)
        };
        let lost = change.offered.iter().find(|put| !is_home(put));
        if let Some(put) = lost {
            let fault = self.taken.get(&(owner, change.key.clone())).copied();
            let breach = Finding {
                guilty: vec![id],
                request: Some(*put),
                key: Some(change.key.clone()),
                node: Some(keeper),
                ..Finding::plain(NAME, Status::Violated)
            };
            self.breaches.add(&known.law, fault.map(Blow::Disk), breach);
        }
    }
}

/// A hint that somebody who is up still keeps.
fn left_over(known: &Known) -> Option<(NodeId, Key)> {
    known.ghost.keys().find_map(|key| {
        let up = |((node, _), _): &(&Place, &Versions)| !known.peace.is_down(*node);
        let mut hints = known.ghost.places(key).filter(up);
        let hint = hints.find(|((_, store), _)| *store != Store::Main);
        hint.map(|((keeper, _), _)| (*keeper, key.clone()))
    })
}

impl Check for Hints {
    fn see(&mut self, id: EventId, _: &Record, known: &Known) {
        for change in &known.changes {
            self.judge(id, change, known);
        }
    }

    fn finding(&self, now: Time, known: &Known) -> Finding {
        let quiet = now.since(known.peace.changed());
        match (left_over(known), known.peace.missing(quiet, known.peace.bound())) {
            _ if self.breaches.is_violated() => self.breaches.or_holds(NAME),
            (None, _) => self.breaches.or_holds(NAME),
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

    fn clone_box(&self) -> Box<dyn Check> {
        Box::new(self.clone())
    }
}
