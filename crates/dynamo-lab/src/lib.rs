//! Many runs: judged as they happen, without a stored trace, and shrunk where they fail; or searched
//! for one that reaches a goal.
#![no_std]

extern crate alloc;

pub mod dare;
pub mod failure;
pub mod goal;
pub mod judge;
pub mod shrink;
pub mod sometimes;

pub use dare::{Dare, Found, Stand};
pub use failure::{Failure, failure, failure_with, small_with};
pub use goal::{Goal, Sighting};
pub use judge::{Verdict, breaks_with, judge, judge_with, try_out, try_out_with};
pub use shrink::{Shrinker, shrink};
pub use sometimes::Reached;
