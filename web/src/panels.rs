//! The rooms around the stage.

pub mod client;
pub mod commands;
pub mod console;
pub mod dare;
pub mod explanation;
pub mod faults;
pub mod findings;
pub mod graph;
pub mod inspector;
pub mod link;
pub mod load;
pub mod log;
pub mod meter;
pub mod new_run;
pub mod nodes;
pub mod operations;
pub mod run_text;
pub mod runs;
pub mod settings;
pub mod share;
pub mod siblings;
pub mod strategy;
