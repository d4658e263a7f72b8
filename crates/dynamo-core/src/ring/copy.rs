//! A ring as it travels: what cannot be computed again.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::{BadRing, Member, Ring, Strategy};

/// What a ring is made of: a ring of strategy 3 depends on those before it, so its owners are
/// spelled out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RingCopy {
    /// Changes of the members since the first ring.
    pub epoch: u32,
    /// How it is cut and shared out.
    pub strategy: Strategy,
    /// In the order of their names.
    pub members: Vec<Member>,
    /// In strategy 3 the owner of each partition: its index among the members.
    pub owners: Vec<u16>,
    /// N, once a change has said it.
    pub replicas: Option<u8>,
}

impl RingCopy {
    /// The copy of a ring.
    pub fn of(ring: &Ring) -> Self {
        let owners = match ring.strategy {
            Strategy::EqualShares { .. } => ring.marks.iter().map(|mark| mark.member).collect(),
            _ => Vec::new(),
        };
        let (epoch, strategy) = (ring.epoch, ring.strategy);
        let (members, replicas) = (ring.members.clone(), ring.replicas);
        RingCopy { epoch, strategy, members, owners, replicas }
    }
}

impl TryFrom<RingCopy> for Ring {
    type Error = BadRing;

    fn try_from(copy: RingCopy) -> Result<Ring, BadRing> {
        let RingCopy { epoch, strategy, members, owners, replicas } = copy;
        let mut ring = Ring::without_marks(&members, strategy, epoch)?;
        ring.replicas = replicas;
        let partitions = match strategy {
            Strategy::EqualShares { partitions } => usize::from(partitions),
            _ => 0,
        };
        let known = |owner: &u16| usize::from(*owner) < ring.members.len();
        if owners.len() != partitions || !owners.iter().all(known) {
            return Err(BadRing::Nobody);
        }
        ring.place(&owners);
        Ok(ring)
    }
}
