//! The run that the page opens with.

/// A transcript under test: whatever stands behind its rule line is read by nobody here.
pub const RUN: &str = include_str!("../../tests/transcripts/a-write-survives-a-dead-primary.txt");

/// The key in focus when the page opens.
pub const FOCUS: &str = "basket";
