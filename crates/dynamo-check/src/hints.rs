//! **hints** (K6): no hint is forgotten before its owner has it, and none is left over.
//!
//! Always: when a hint is removed, its owner's disk covers every put that the hint held, or had
//! done so until a fault took it: whoever forgets a hint goes by an acknowledgement of before.
//! Eventually: once the world has been left in peace for the bound B, nobody keeps a hint. Judged
//! at every removal; cost: the siblings of the hint.

use alloc::boxed::Box;
use alloc::vec;
use dynamo_core::collections::{Map, Set};

use dynamo_core::{Key, NodeId, RequestId, Store};
use dynamo_sim::{EventId, Finding, Record, Setup, Status, Time, Watch};

use crate::ghost::{By, Change, Ghost, requests};
use crate::law::Breaches;
use crate::peace::Peace;

/// The name in texts and links.
pub const NAME: &str = "hints";

/// The check.
#[derive(Clone, Debug)]
pub struct Hints {
    ghost: Ghost,
    peace: Peace,
    /// Puts that a fault took from their owner's disk.
    taken: Map<(NodeId, Key), Set<RequestId>>,
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
        let (keeper, Store::Hints(owner)) = change.place else { return };
        if change.by != By::Removal {
            return;
        }
        let owned = self.ghost.at(&change.key, &(owner, Store::Main)).map(requests);
        let mut owned: Set<_> = owned.unwrap_or_default();
        let taken = self.taken.get(&(owner, change.key.clone()));
        owned.extend(taken.into_iter().flatten().copied());
        let lost = change.offered.iter().find(|put| !self.ghost.is_covered(**put, &owned));
        if let Some(put) = lost {
            let breach = Finding {
                guilty: vec![id],
                request: Some(*put),
                key: Some(change.key),
                node: Some(keeper),
                ..Finding::plain(NAME, Status::Violated)
            };
            self.breaches.add(None, breach);
        }
    }

    fn left_over(&self) -> Option<(NodeId, dynamo_core::Key)> {
        self.ghost.keys().find_map(|key| {
            let hint = self.ghost.places(key).find(|((_, store), _)| *store != Store::Main);
            hint.map(|((keeper, _), _)| (*keeper, key.clone()))
        })
    }
}

impl Watch for Hints {
    fn name(&self) -> &'static str {
        NAME
    }

    fn see(&mut self, id: EventId, record: &Record) {
        self.peace.see(id, record);
        for change in self.ghost.see(id, record) {
            self.peace.disturb(record.moment.time);
            if let (By::Fault(_), (owner, Store::Main)) = (change.by, change.place) {
                let taken = self.taken.entry((owner, change.key.clone())).or_default();
                taken.extend(change.offered.iter().copied());
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

    fn clone_box(&self) -> Box<dyn Watch> {
        Box::new(self.clone())
    }
}
