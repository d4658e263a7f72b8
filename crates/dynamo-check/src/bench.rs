//! All checks at a place of a run, moving along with it.

use alloc::vec;
use alloc::vec::Vec;

use dynamo_core::Node;
use dynamo_sim::{Finding, Moment, Run, Script};

use crate::judges::Judges;

/// Records between two checkpoints, at first. To judge one takes some 4 to 6 us, the half of it for
/// reading it and for playing the run once more: what a seek judges anew takes some 10 ms at most.
const CHECKPOINT_EVERY: usize = 1_500;
/// The most checkpoints; beyond them every second one is dropped. A copy takes half a millisecond
/// and 0.7 MB behind 3,000 acts, 2 ms and 2.1 MB behind 9,000. All those of a run of 100,000
/// records take 60 MB together with what they share.
const MOST_CHECKPOINTS: usize = 80;

/// The judges of a run where they stand in it: forward they go on, backward they go on from the
/// last checkpoint before.
#[derive(Clone)]
pub struct Bench {
    now: Checkpoint,
    /// In order; the first stands before the first event.
    kept: Vec<Checkpoint>,
    every: usize,
}

/// All checks, and how many records they have seen.
#[derive(Clone)]
struct Checkpoint {
    seen: usize,
    judges: Judges,
}

impl Bench {
    /// Before the first event of a run of this script.
    pub fn new(script: &Script) -> Self {
        let now = Checkpoint { seen: 0, judges: Judges::all::<Node>(script) };
        Bench { kept: vec![now.clone()], now, every: CHECKPOINT_EVERY }
    }

    /// What all checks find at a place of the run that this bench was made for.
    pub fn findings(&mut self, run: &Run, at: Moment) -> Vec<Finding> {
        let target = run.trace().count_until(at);
        let near = self.kept.partition_point(|checkpoint| checkpoint.seen <= target);
        if let Some(near) = near.checked_sub(1).and_then(|index| self.kept.get(index))
            && (target < self.now.seen || near.seen > self.now.seen)
        {
            self.now = near.clone();
        }
        run.trace().show(self.now.seen, target, |id, record| {
            self.now.judges.see(id, record);
            self.now.seen += 1;
            self.keep();
        });
        // Behind the end of a full run nothing is known, so nothing is missing there.
        self.now.judges.findings(at.time.min(run.known_until()))
    }

    /// Keeps a checkpoint if it is time for one.
    fn keep(&mut self) {
        if self.kept.last().is_some_and(|last| self.now.seen < last.seen + self.every) {
            return;
        }
        self.kept.push(self.now.clone());
        if self.kept.len() > MOST_CHECKPOINTS {
            self.every *= 2;
            let mut second = false;
            self.kept.retain(|_| {
                second = !second;
                second
            });
        }
    }
}
