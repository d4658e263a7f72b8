//! Checks that judge the trace of a run.
#![no_std]

extern crate alloc;
