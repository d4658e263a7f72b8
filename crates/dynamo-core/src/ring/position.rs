//! Places on the ring and the ranges between them (paper 4.2).

use alloc::format;
use core::fmt;

use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};

use crate::id::{Key, NodeId};

/// A place on the ring: 128 bits, wrapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Position(pub u128);

impl Position {
    /// Where a key lies: MD5 of its bytes, most significant byte first (4.2).
    pub fn of(key: &Key) -> Self {
        Position::of_text(key.as_str())
    }

    /// A node's token of this number, from 0.
    pub(super) fn of_token(node: NodeId, number: u32) -> Self {
        Position::of_text(&format!("{node}.{number}"))
    }

    fn of_text(text: &str) -> Self {
        Position(u128::from_be_bytes(Md5::digest(text.as_bytes()).into()))
    }
}

impl fmt::Display for Position {
    /// The first 32 of the 128 bits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", (self.0 >> 96) as u32)
    }
}

/// One range of the ring, numbered clockwise; 0 is the one that the ring's top lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Partition(pub u16);

/// The positions behind `start`, up to and including `end`, clockwise; all of them if both are
/// the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Range {
    /// The end of the range before.
    pub start: Position,
    /// The last position.
    pub end: Position,
}

impl Range {
    /// Whether the position lies in it.
    pub fn contains(&self, position: Position) -> bool {
        let behind = |it: Position| it.0.wrapping_sub(self.start.0).wrapping_sub(1);
        behind(position) <= behind(self.end)
    }

    /// Half its positions, rounded up: the number of all, 2^128, has no spelling.
    pub(super) fn half(&self) -> u128 {
        (self.end.0.wrapping_sub(self.start.0).wrapping_sub(1) >> 1) + 1
    }
}
