//! A view of a run turned into shapes and words: what stands where, in which look, and what it
//! is called. Knows no page: the same shapes become keyed SVG nodes in the browser and an SVG file
//! in the README.
#![no_std]

extern crate alloc;

pub mod pick;

pub use pick::Pick;
