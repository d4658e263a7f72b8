//! The Dynamo protocol (DeCandia and others, SOSP 2007) as a sans-IO state machine.
//!
//! **The one law:** [`Node::step`] takes exactly one [`Input`] and answers with a list of
//! [`Effect`]s. The core decides and never acts: it has no clock, no network, no disk, no
//! logging and no chance of its own. Whoever carries the effects out, a simulator or a server,
//! makes the world.
//!
//! | paper | what | file |
//! |---|---|---|
//! | 4.2, 4.3, 6.2 | positions, partitions, the walk of a key | `ring.rs`, `ring/position.rs` |
//! | 4.2, 6.2 | members, weights, the three strategies | `ring/strategy.rs` |
//! | 4.3, 4.6 | preference lists | `ring/preference.rs` |
//! | 4.4 | vector clocks, causal contexts | `clock.rs` |
//! | 4.4 | the versions of a key, in three modes | `versions.rs`, `versions/` |
//! | 4.5 | N, R, W and the count | `quorum.rs` |
//! | 4.5, 5 | who is asked and who answered | `coordinator.rs` |
//! | 4.5, 4.6 | a write | `node/put.rs` |
//! | 4.5, 5 | a read, read repair | `node/get.rs` |
//! | 4.5, 5 | who coordinates | `node/choice.rs` |
//! | 4.5 | retries under one name | `node/retry.rs` |
//! | 4.6 | hints | `node/handoff.rs` |
//! | 4.7 | hash trees | `merkle.rs` |
//! | 4.7 | anti-entropy | `node/sync.rs`, `node/sync/` |
//! | 4.8.1, 4.9 | the history of joins and leaves | `membership.rs` |
//! | 4.8.1, 4.8.2 | gossip | `node/gossip.rs` |
//! | 4.8.3 | who seems down | `node/opinion.rs`, `node/phi.rs` |
//! | 4.9 | which ranges a change moves, and moving them | `membership/moves.rs`, `node/transfer.rs` |
//! | 4.9 | who is asked and owns nothing, what lies at the wrong node | `node/not_mine.rs`, `node/strays.rs` |
//! | 4, 5, 6.1 | local storage: the operations and three engines | `storage.rs`, `storage/` |
//! | 6.1 | the write buffer, one durable replica | `node/buffer.rs` |
//! | 6.2 | strategy 3: equal shares, joins and leaves | `ring/shares.rs` |
//! | 6.4 | a client that coordinates | `node/library.rs`, `ring/copy.rs` |
//! | 6.5 | background work gives way | `node/admission.rs` |
//! | ours | tombstones and their end | `node/reap.rs` |
//!
//! Around them stand the node that routes (`node.rs`), its knobs (`config.rs`; turned while it
//! runs: `knob.rs`, `node/turn.rs`), what goes in and comes out (`effect.rs`, `message.rs`), the
//! bytes and hashes of both (`wire.rs`, `wire/digest.rs`), names (`id.rs`), time (`time.rs`), what
//! many hold (`shared.rs`) and small maps (`collections.rs`).
//!
//! Where the paper is silent or this crate deviates, ARCHITECTURE.md says so in one list, in the
//! order of the paper, with the reasons.
#![no_std]

extern crate alloc;

pub mod clock;
pub mod collections;
pub mod config;
pub mod coordinator;
pub mod effect;
pub mod id;
pub mod knob;
pub mod membership;
pub mod merkle;
pub mod message;
pub mod node;
pub mod quorum;
pub mod ring;
mod shared;
pub mod storage;
pub mod time;
pub mod versions;
pub mod wire;

pub use clock::{Actor, CausalContext, Causality, Dot, VectorClock};
pub use config::Config;
pub use effect::{Effect, Effects, Fact, Input, Refusal, Ticket, Timer};
pub use id::{
    Boot, ClientId, Endpoint, Key, NodeId, Poll, RequestId, Subject, Task, TaskKind, Value, Zone,
};
pub use knob::{Interval, Knob};
pub use membership::{BadChange, Change, History, Membership, Pending, Stage, Stamp};
pub use message::{Message, MessageKind, MessageName};
pub use node::Node;
pub use node::choice::CoordinatorChoice;
pub use node::library::{Call, Library};
pub use node::opinion::Detector;
pub use quorum::{NotFound, Quorum, Strictness};
pub use ring::{
    BadRing, Member, Partition, Position, PreferenceList, Range, Replica, Ring, Role, Strategy,
};
pub use shared::Shared;
pub use storage::{Engine, EngineKind, Operation, Outcome, Recovery, Removal, Slot, Store};
pub use time::{Duration, LocalTime};
pub use versions::{Mark, Sibling, Versioning, Versions};
pub use wire::{BadContext, ContextToken, Hash};
