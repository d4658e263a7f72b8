//! Many runs: judged as they happen, without a stored trace, and shrunk where they fail.
#![no_std]

extern crate alloc;

pub mod failure;
pub mod judge;
pub mod shrink;

pub use failure::{Failure, failure, failure_with};
pub use judge::{Verdict, judge, judge_with};
pub use shrink::{Shrinker, shrink};
