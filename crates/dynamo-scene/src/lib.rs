//! A view of a run turned into shapes and words: what stands where, in which look, and what it
//! is called. Knows no page: the same shapes become keyed SVG nodes in the browser and an SVG file
//! in the README.
//!
//! | what | file |
//! |---|---|
//! | a view as shapes, from back to front | `stage.rs` |
//! | the ring, the key in focus, its walk | `ring.rs` |
//! | machines, who is up, who seems down | `nodes.rs` |
//! | what disks hold: chips and parcels | `replicas.rs` |
//! | messages on their way, losses | `flights.rs` |
//! | the look of a kind of message | `palette.rs` |
//! | answers being gathered, deadlines | `requests.rs` |
//! | clients and what they have seen | `clients.rs` |
//! | cuts | `cuts.rs` |
//! | a cut being drawn by hand | `knife.rs` |
//! | a stretch of a run as a space-time diagram | `ladder.rs` |
//! | where everything stands | `layout.rs` |
//! | what a version is called | `letters.rs` |
//! | shapes, numbers | `shape.rs` |
//! | shapes as an SVG file | `svg.rs` |
//! | the words for everything | `words.rs` |
//! | what just happened | `captions.rs` |
//! | why it happened | `why.rs` |
#![no_std]

extern crate alloc;

pub mod captions;
mod clients;
mod cuts;
mod flights;
mod knife;
pub mod ladder;
pub mod layout;
pub mod letters;
pub mod members;
mod nodes;
mod palette;
pub mod pick;
mod replicas;
mod requests;
mod ring;
pub mod shape;
pub mod stage;
pub mod svg;
pub mod why;
pub mod words;

pub use captions::{Caption, caption, latest};
pub use knife::{Knife, knife};
pub use ladder::Ladder;
pub use letters::Letters;
pub use pick::Pick;
pub use shape::{Item, Shape, Touch};
pub use stage::stage;
