//! What many hold and nobody changes: keys, sets of versions, rings, pages of a disk.
//!
//! A world lives on one thread, so counting the holders needs no atomic instructions; they took
//! one seventh of a run's time. With the feature `threads` they are back, and all that is shared
//! may go from thread to thread: for an explorer of worlds that works on several.

#[cfg(not(feature = "threads"))]
pub use alloc::rc::Rc as Shared;
#[cfg(feature = "threads")]
pub use alloc::sync::Arc as Shared;
