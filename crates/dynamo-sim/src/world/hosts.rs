//! The machines of a world.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use dynamo_core::collections::Map;
use dynamo_core::{Input, Timer};

use super::Happening;
use crate::agenda::Entry;
use crate::disk::Disk;
use crate::machine::Condition;
use crate::trace::EventId;

/// A node's machine: its process, if one runs, and its disk.
#[derive(Clone, Debug)]
pub(super) struct Host<A> {
    pub process: Option<A>,
    pub boots: u32,
    pub disk: Disk,
    /// What the disk has done and the process has not heard.
    pub answers: VecDeque<(EventId, Input)>,
    pub timers: Map<Timer, Entry>,
    pub firings: Map<Timer, u64>,
    pub machine: Condition,
    /// What reaches the process once it goes on.
    pub held: Vec<Happening>,
    /// The boot under whose name the process runs.
    pub named: u32,
}

impl<A> Host<A> {
    /// A machine with an empty disk on which nothing runs.
    pub fn new() -> Self {
        Host {
            process: None,
            boots: 0,
            disk: Disk::default(),
            answers: VecDeque::new(),
            timers: Map::new(),
            firings: Map::new(),
            machine: Condition::default(),
            held: Vec::new(),
            named: 0,
        }
    }
}
