//! A view of a run turned into shapes and words: what stands where, in which look, and what it
//! is called. Knows no page: the same shapes become keyed SVG nodes in the browser and an SVG file
//! in the README.
//!
//! | what | file |
//! |---|---|
//! | a view as shapes, from back to front | `stage.rs` |
//! | the ring, the key in focus, its walk | `ring.rs` |
//! | machines, who is up, who seems down | `nodes.rs` |
//! | what is not usual about a machine | `machines.rs` |
//! | ranges on their way to new owners | `transfers.rs` |
//! | what disks hold: chips and parcels | `replicas.rs` |
//! | messages on their way, losses | `flights.rs` |
//! | the look of a kind of message | `palette.rs` |
//! | answers being gathered, deadlines | `requests.rs` |
//! | clients and what they have seen | `clients.rs` |
//! | cuts | `cuts.rs` |
//! | a cut being drawn by hand: across the ring, around some | `knife.rs`, `lasso.rs` |
//! | the world as one node believes it to be | `eyes.rs` |
//! | what operations cost and for what they wait | `cost.rs` |
//! | a stretch of a run as a space-time diagram | `ladder.rs` |
//! | where everything stands | `layout.rs` |
//! | what a version is called | `letters.rs` |
//! | which versions of a key are newer, which in conflict, who holds them | `history.rs` |
//! | an exchange of hashes, message by message | `exchange.rs` |
//! | such a history as lines beside a list | `rail.rs` |
//! | where every kind of thing comes from | `badges.rs` |
//! | in what two runs differ at one place in time | `twins.rs` |
//! | shapes, numbers | `shape.rs` |
//! | shapes as an SVG file | `svg.rs` |
//! | the words for everything | `words.rs` |
//! | what just happened | `captions.rs` |
//! | why it happened | `why.rs` |
#![no_std]

extern crate alloc;

pub mod badges;
pub mod captions;
mod clients;
pub mod cost;
mod cuts;
pub mod exchange;
pub mod eyes;
mod flights;
pub mod history;
mod knife;
pub mod ladder;
mod lasso;
pub mod layout;
pub mod letters;
pub mod machines;
pub mod members;
mod nodes;
mod palette;
pub mod pick;
pub mod rail;
mod replicas;
mod requests;
mod ring;
pub mod shape;
pub mod stage;
pub mod svg;
mod transfers;
pub mod twins;
pub mod why;
pub mod words;

pub use captions::{Caption, caption, latest};
pub use flights::{in_crowd, is_crowd};
pub use knife::{Knife, knife};
pub use ladder::Ladder;
pub use lasso::{Lasso, NoCut, Stops, cut_off, lasso, marks};
pub use letters::Letters;
pub use pick::Pick;
pub use shape::{Item, Shape, Touch};
pub use stage::{LAYERS, Layer, layer, seen, stage};
