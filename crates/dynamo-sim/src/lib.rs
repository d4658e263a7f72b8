//! A deterministic world around Dynamo nodes: it carries their effects out over a simulated
//! network, simulated disks and simulated time, and records what happened.
//!
//! A run is a [`Script`]; playing it on a [`World`] gives a [`Trace`]; everything that is shown
//! or judged is a fold over that trace.
#![no_std]

extern crate alloc;

pub mod agenda;
pub mod by_request;
pub mod chance;
pub mod client;
pub mod disk;
pub mod explain;
pub mod finding;
pub mod latency;
pub mod link;
pub mod machine;
pub mod network;
pub mod saved;
pub mod script;
pub mod shiviz;
pub mod sight;
pub mod swarm;
pub mod table;
pub mod tally;
pub mod time;
pub mod timeline;
pub mod trace;
pub mod transcript;
pub mod tree;
pub mod until;
pub mod view;
pub mod world;

pub use chance::Seed;
pub use finding::{Finding, Settled, Status, Wait};
pub use latency::Latency;
pub use saved::Saved;
pub use script::{Command, ParseError, Script, Setup};
pub use sight::{PickName, Sight};
pub use time::{Moment, Time};
pub use timeline::{Cursor, Run};
pub use trace::{EventId, Record, Recorder, Trace, TraceEvent};
pub use tree::{Branch, Place, Tree, Unfit};
pub use until::Condition;
pub use view::View;
pub use world::{Actor, Progress, World};
