//! **ring** (K7): all nodes end with one membership, and every ring is a ring.
//!
//! Always: the ranges of a ring that a node believes in tile the space of keys, and every range
//! has N distinct nodes. Eventually: once all members are up, all links whole and nothing is lost
//! by chance, and after c log2(M) rounds of gossip without news, all members know one history and
//! no change is under way. Judged at every new ring; cost: ranges N.

use alloc::boxed::Box;
use alloc::vec;
use dynamo_core::collections::Set;

use dynamo_core::{Duration, NodeId, Ring};
use dynamo_sim::{EventId, Finding, Record, Setup, Status, Time, Wait};

use crate::judges::Check;
use crate::known::Known;

/// The name in texts and links.
pub const NAME: &str = "ring";

/// The check.
#[derive(Clone, Debug)]
pub struct RingCheck {
    n: u8,
    judged: u32,
    violation: Option<Finding>,
}

impl RingCheck {
    /// The check for runs with this setup.
    pub fn new(setup: &Setup) -> Self {
        RingCheck { n: setup.quorum.n(), judged: 0, violation: None }
    }
}

/// The quiet time after which nobody lacks anything: rounds in which a message reaches all,
/// with the exchanges that follow, and a retry of a transfer. Where background work gives way,
/// a giver reads one batch of its keys between two of its ticks (6.5).
fn bound(known: &Known) -> Duration {
    let members = known.peace.beliefs().newest().ring.members().len() as u64;
    let rounds = 8 + 4 * u64::from(members.ilog2() + 1);
    let config = &known.peace.setup().config;
    // What moves is among what was put.
    let keys = known.ghost.keys_put().count() as u64;
    let batches = keys / u64::from(config.hint_batch);
    let retries = (4 + batches) * config.transfer_retry.as_micros();
    let retries = retries + config.hint_scan_every.as_micros();
    Duration::micros(rounds * config.gossip_every.as_micros() + retries)
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

impl Check for RingCheck {
    fn see(&mut self, id: EventId, _: &Record, known: &Known) {
        let Some(node) = known.believer else { return };
        let ring = &known.peace.beliefs().of(node).ring;
        if ring.epoch() <= self.judged {
            return;
        }
        self.judged = ring.epoch();
        if !is_whole(ring, ring.replicas(self.n)) {
            self.violation.get_or_insert(Finding {
                guilty: vec![id],
                node: Some(node),
                ..Finding::plain(NAME, Status::Violated)
            });
        }
    }

    fn finding(&self, now: Time, known: &Known) -> Finding {
        if let Some(violation) = &self.violation {
            return violation.clone();
        }
        let Some(node) = known.peace.unsettled() else {
            return Finding::plain(NAME, Status::Holds);
        };
        let status = if !known.peace.is_whole() {
            Status::NotYetDue(Wait::Mending)
        } else {
            let quiet = now.since(known.peace.disturbed()).as_micros();
            match bound(known).as_micros().saturating_sub(quiet) {
                0 => Status::Violated,
                more => Status::NotYetDue(Wait::Quiet(Duration::micros(more))),
            }
        };
        Finding { node: Some(node), ..Finding::plain(NAME, status) }
    }

    fn is_violated(&self) -> bool {
        self.violation.is_some()
    }

    fn clone_box(&self) -> Box<dyn Check> {
        Box::new(self.clone())
    }
}
