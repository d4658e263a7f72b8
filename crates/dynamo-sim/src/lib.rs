//! A deterministic world around Dynamo nodes.
#![no_std]

extern crate alloc;
