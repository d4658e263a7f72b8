//! What all checks know of a run: it is folded once for every record, and each of them looks at it.

use alloc::vec::Vec;

use dynamo_core::NodeId;
use dynamo_sim::{EventId, Record, Setup};

use crate::ghost::{Change, Ghost};
use crate::law::Law;
use crate::peace::Peace;

/// How things stand once a record was taken in, and what it has changed.
#[derive(Clone, Debug)]
pub struct Known {
    /// What really happened.
    pub ghost: Ghost,
    /// What disturbs the world, and what nodes believe of the membership.
    pub peace: Peace,
    /// How breaches are judged.
    pub law: Law,
    /// What the last record has changed on disks.
    pub changes: Vec<Change>,
    /// The node that believes in another membership since the last record, if one does.
    pub believer: Option<NodeId>,
}

impl Known {
    /// Before the first event of a run with this setup.
    pub fn new(setup: &Setup) -> Self {
        Known {
            ghost: Ghost::default(),
            peace: Peace::new(setup),
            law: Law::new(setup),
            changes: Vec::new(),
            believer: None,
        }
    }

    /// Takes the next event.
    pub fn see(&mut self, id: EventId, record: &Record) {
        self.law.see(record);
        self.changes = self.ghost.see(id, record);
        self.believer = self.peace.see(id, record, &self.changes);
    }
}
