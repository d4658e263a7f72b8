//! Every knob of a node, its unit and what the paper says of it.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::id::NodeId;
use crate::node::choice::CoordinatorChoice;
use crate::node::opinion::Detector;
use crate::storage::EngineKind;
use crate::time::Duration;
use crate::versions::Versioning;

/// What a node is started with. The same at every node: no node is special (paper 3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Config {
    /// N, the replicas of every key (4.3). The paper's usual choice is 3.
    pub replicas: u8,
    /// A replica that has not answered for this long seems down, and a substitute is asked
    /// (4.6). The paper gives no figure.
    pub answer_within: Duration,
    /// A coordinator that lacks R or W answers for this long ends the request (5: "a given time
    /// bound").
    pub deadline: Duration,
    /// How long a coordinator waits for the other replies of a read that it has answered, before
    /// it repairs whoever was behind (5: "a small period of time").
    pub stragglers: Duration,
    /// Between two questions to a node that seems down (4.8.3: "periodically retries"); under phi
    /// also between two rounds of heartbeats.
    pub probe_every: Duration,
    /// Between two scans of the hint store (4.6: "scanned periodically" is our reading).
    pub hint_scan_every: Duration,
    /// The most hints offered in one scan of the store.
    pub hint_batch: u16,
    /// Between two exchanges of a node with its peers, one after the other; never if none (4.7).
    /// The paper gives no figure.
    pub exchange_every: Option<Duration>,
    /// Which engine keeps the slots (5: "pluggable").
    pub engine: EngineKind,
    /// The longest that a write stays in a write buffer before it is flushed (6.1:
    /// "periodically").
    pub flush_every: Duration,
    /// How versions are told apart (4.4).
    pub versions: Versioning,
    /// The most (node, counter) pairs that a plain vector clock keeps. The paper drops the oldest
    /// pair when their number "reaches a threshold (say 10)"; we keep at most so many.
    pub clock_pairs: u16,
    /// Who coordinates a write (4.5, 5, 6.4). The paper names all three: "typically" the first of
    /// the list, any behind a load balancer, the fastest replier of the read before it.
    pub coordinator: CoordinatorChoice,
    /// Between two polls of the ring by a client's library (6.4: 10 seconds).
    pub ring_poll_every: Duration,
    /// How a node judges whether another is up (4.8.3: from failed messages).
    pub detector: Detector,
    /// How long a tombstone is kept before its first primary asks whether it may be erased, and
    /// between two such questions. Our extension; longer than any message travels.
    pub tombstone_life: Duration,
    /// Background work gives way while more than one in a hundred disk operations for clients
    /// takes longer than this (6.5: "say 50ms").
    pub foreground_target: Duration,
    /// Over how long that is measured (6.5: "say 60 seconds").
    pub health_window: Duration,
    /// Slices of background time in a second when the foreground fares well (6.5). The paper
    /// gives no figure.
    pub background_slices: u16,
    /// Between two messages of a node to a random peer (4.8.1: "every second").
    pub gossip_every: Duration,
    /// Names that everybody knows; every node reconciles with one of them from time to time
    /// (4.8.2). They are nodes like all others.
    pub seeds: Vec<NodeId>,
    /// What a giver of ranges sends again, if it was not answered for so long (4.9). The paper
    /// gives no figure.
    pub transfer_retry: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            replicas: 3,
            answer_within: Duration::millis(25),
            deadline: Duration::millis(60),
            stragglers: Duration::millis(20),
            probe_every: Duration::millis(500),
            hint_scan_every: Duration::seconds(2),
            hint_batch: 64,
            exchange_every: Some(Duration::seconds(5)),
            engine: EngineKind::Memory,
            flush_every: Duration::seconds(1),
            versions: Versioning::Dotted,
            clock_pairs: 10,
            coordinator: CoordinatorChoice::Any,
            ring_poll_every: Duration::seconds(10),
            detector: Detector::Timeouts,
            tombstone_life: Duration::seconds(10),
            foreground_target: Duration::millis(50),
            health_window: Duration::seconds(60),
            background_slices: 128,
            gossip_every: Duration::seconds(1),
            seeds: Vec::from([NodeId(1), NodeId(2)]),
            transfer_retry: Duration::millis(500),
        }
    }
}
