//! A view of a run turned into shapes and words.
#![no_std]

extern crate alloc;
