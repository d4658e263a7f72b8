//! The playground page. Everything a person sees is a function of a run and a place in it:
//!
//! - `session` is that pair and what a person chose; its reducer is the only way to change it;
//! - `shared_run` and `digest` hold the run and what is read off its trace;
//! - `address` and `files` are how a run comes and goes: links, files, frames of other pages;
//!   `reload` is how it stays;
//! - `playback` lets time pass; `timebar` shows it, `tracks` its branches, `until` how far it shall
//!   run; `stage` draws the ring, `stage_bar` its legend, `ladder` the same run down the page,
//!   `twins` two runs side by side;
//! - `panels` are the rooms around the stage, made of `parts`, each a `part` to Yew; `embed` does
//!   without them;
//! - `api` is `window.dynamo`, for journeys and for pages that embed this one.
pub mod address;
pub mod api;
pub mod caption;
pub mod digest;
pub mod embed;
pub mod famous;
pub mod files;
pub mod findings;
pub mod forms;
pub mod header;
pub mod keyboard;
pub mod ladder;
pub mod media;
pub mod merge;
pub mod order;
pub mod page;
pub mod panels;
pub mod part;
pub mod parts;
pub mod pictures;
pub mod playback;
pub mod reload;
pub mod session;
pub mod shared_run;
pub mod shown;
pub mod stage;
pub mod stage_bar;
pub mod storage;
pub mod theme;
pub mod timebar;
pub mod tracks;
pub mod trap;
pub mod turns;
pub mod twins;
pub mod until;
pub mod why;
pub mod words;

pub use part::App;

/// A drawn frame asks for memory thousands of times; this allocator answers sooner than Rust's own.
#[cfg(target_family = "wasm")]
#[global_allocator]
static MEMORY: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();
