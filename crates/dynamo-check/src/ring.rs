//! **ring** (K7): all nodes end with one membership, and every ring is a ring.
//!
//! Always: the ranges of a ring that a node believes in tile the space of keys, and every range
//! has N distinct nodes. Eventually: once all members are up, all links whole and nothing is lost
//! by chance, and after c log2(M) rounds of gossip without news, all members know one history and
//! no change is under way. Judged at every new ring; cost: ranges N.

use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::vec;
use dynamo_core::collections::Set;

use dynamo_core::{Duration, Key, NodeId, Ring};
use dynamo_sim::trace::Access;
use dynamo_sim::{EventId, Finding, Record, Setup, Status, Time, TraceEvent, Wait, Watch};

use crate::peace::Peace;

/// The name in texts and links.
pub const NAME: &str = "ring";

/// The check.
#[derive(Clone, Debug)]
pub struct RingCheck {
    setup: Setup,
    peace: Peace,
    /// Whatever was written: what moves is among it.
    keys: BTreeSet<Key>,
    judged: u32,
    violation: Option<Finding>,
}

impl RingCheck {
    /// The check for runs with this setup.
    pub fn new(setup: &Setup) -> Self {
        let peace = Peace::new(setup);
        RingCheck { setup: setup.clone(), peace, keys: BTreeSet::new(), judged: 0, violation: None }
    }

    /// The quiet time after which nobody lacks anything: rounds in which a message reaches all,
    /// with the exchanges that follow, and a retry of a transfer. Where background work gives way,
    /// a giver reads one batch of its keys between two of its ticks (6.5).
    fn bound(&self) -> Duration {
        let members = self.peace.beliefs().newest().ring.members().len() as u64;
        let rounds = 8 + 4 * u64::from(members.ilog2() + 1);
        let config = &self.peace.setup().config;
        let batches = self.keys.len() as u64 / u64::from(config.hint_batch);
        let retries = (4 + batches) * config.transfer_retry.as_micros();
        let retries = retries + config.hint_scan_every.as_micros();
        Duration::micros(rounds * config.gossip_every.as_micros() + retries)
    }
}

/// Whether the ranges of a ring tile it, and each has N distinct nodes.
fn is_whole(ring: &Ring, n: u8) -> bool {
    let mut end = None;
    ring.partitions().all(|(partition, _)| {
        let range = ring.range(partition);
        let joins = end.is_none_or(|end| end == range.start);
        end = Some(range.end);
        let nodes: Set<NodeId> =
            ring.preference_of(partition, n).primaries().iter().copied().collect();
        joins && nodes.len() == usize::from(n)
    })
}

impl Watch for RingCheck {
    fn name(&self) -> &'static str {
        NAME
    }

    fn see(&mut self, id: EventId, record: &Record) {
        if let TraceEvent::OperationStarted(started) = &record.event
            && let Access::Put { .. } = started.access
        {
            self.keys.insert(started.key.clone());
        }
        let Some(node) = self.peace.see(id, record) else { return };
        let ring = &self.peace.beliefs().of(node).ring;
        if ring.epoch() <= self.judged {
            return;
        }
        self.judged = ring.epoch();
        if !is_whole(ring, ring.replicas(self.setup.quorum.n())) {
            self.violation.get_or_insert(Finding {
                guilty: vec![id],
                node: Some(node),
                ..Finding::plain(NAME, Status::Violated)
            });
        }
    }

    fn finding(&self, now: Time) -> Finding {
        if let Some(violation) = &self.violation {
            return violation.clone();
        }
        let Some(node) = self.peace.unsettled() else { return Finding::plain(NAME, Status::Holds) };
        let status = if !self.peace.is_whole() {
            Status::NotYetDue(Wait::Mending)
        } else {
            let quiet = self.peace.quiet(now).as_micros();
            match self.bound().as_micros().saturating_sub(quiet) {
                0 => Status::Violated,
                more => Status::NotYetDue(Wait::Quiet(Duration::micros(more))),
            }
        };
        Finding { node: Some(node), ..Finding::plain(NAME, status) }
    }

    fn is_violated(&self) -> bool {
        self.violation.is_some()
    }

    fn clone_box(&self) -> Box<dyn Watch> {
        Box::new(self.clone())
    }
}
