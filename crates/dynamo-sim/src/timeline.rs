//! A run being looked at: a script, the trace of its world, and views of it at any place in time.

use alloc::vec::Vec;

use dynamo_core::{Ring, Shared};

use crate::script::{Command, Script};
use crate::time::{Moment, Time};
use crate::trace::{EventId, Trace};
use crate::view::View;
use crate::world::{Progress, World};

/// Records between two checkpoints, at first.
const CHECKPOINT_EVERY: usize = 10_000;
/// About how many bytes the checkpoints of a run may take; beyond it every second one is dropped.
const CHECKPOINT_BYTES: usize = 32 << 20;

/// The most that the records of a run may weigh, in bytes (see [`Trace::weight`]): with what the
/// page keeps beside them it stays under 512 MB.
pub const MAX_BYTES: usize = 48 << 20;

/// A script together with what came of it so far.
#[derive(Clone, Debug)]
pub struct Run {
    script: Script,
    world: World,
    trace: Trace,
    ring: Shared<Ring>,
    known_until: Time,
    full: bool,
    checkpoints: Checkpoints,
}

/// States of the run to go on from, in order, so that neither looking back nor an act in the past
/// begins at the first event.
#[derive(Clone, Debug)]
struct Checkpoints {
    kept: Vec<Checkpoint>,
    every: usize,
    bytes: usize,
}

#[derive(Clone, Debug)]
struct Checkpoint {
    /// Records before it.
    records: usize,
    /// Shared between a run and those that an act in the past made of it.
    state: Shared<(World, View)>,
    /// Acts of this run that the world there has not heard of yet.
    later: Vec<(u32, Moment, Command)>,
    bytes: usize,
}

impl Checkpoint {
    fn world(&self) -> World {
        let mut world = self.state.0.clone();
        for (index, at, command) in &self.later {
            world.insert_line(*index, *at, command.clone());
        }
        world
    }
}

impl Checkpoints {
    /// The last one that has at most this many records before it.
    fn before(&self, records: usize) -> Option<&Checkpoint> {
        let count = self.kept.partition_point(|checkpoint| checkpoint.records <= records);
        self.kept[..count].last()
    }

    fn keep(&mut self, checkpoint: Checkpoint) {
        self.bytes += checkpoint.bytes;
        self.kept.push(checkpoint);
        while self.bytes > CHECKPOINT_BYTES && self.kept.len() > 1 {
            self.every *= 2;
            let mut second = false;
            self.kept.retain(|_| {
                second = !second;
                !second
            });
            self.bytes = self.kept.iter().map(|checkpoint| checkpoint.bytes).sum();
        }
    }
}

impl Run {
    /// Plays a script up to its horizon.
    pub fn new(script: Script) -> Run {
        let horizon = script.horizon();
        let mut trace = Trace::default();
        let world = World::new(&script, &mut trace);
        let ring = world.ring().clone();
        let checkpoints = Checkpoints { kept: Vec::new(), every: CHECKPOINT_EVERY, bytes: 0 };
        let known_until = Time::ZERO;
        let mut run = Run { script, world, trace, ring, known_until, full: false, checkpoints };
        run.play_to(horizon);
        run
    }

    /// Plays on, at least up to this time.
    pub fn extend_to(&mut self, time: Time) {
        if time > self.known_until {
            self.play_to(time);
        }
    }

    /// Packs away what was looked at, if that is much.
    pub fn tidy(&mut self) {
        self.trace.tidy();
    }

    fn play_to(&mut self, time: Time) {
        loop {
            let has_room = self.trace.weight() < MAX_BYTES;
            let progress =
                if has_room { self.world.step(time, &mut self.trace) } else { Progress::Full };
            match progress {
                Progress::Stepped => {}
                progress => {
                    self.full = progress == Progress::Full;
                    self.known_until = if self.full { self.world.moment().time } else { time };
                    return;
                }
            }
            let last = self.checkpoints.kept.last().map_or(0, |checkpoint| checkpoint.records);
            if self.trace.len() >= last + self.checkpoints.every {
                self.keep_checkpoint();
            }
        }
    }

    fn keep_checkpoint(&mut self) {
        let records = self.trace.len();
        let mut cursor = self.cursor_near(records);
        cursor.fold_to(&self.trace, records);
        let world = self.world.clone();
        let before = self.checkpoints.kept.last().map(|checkpoint| &checkpoint.state.1);
        let bytes = world.weight() + cursor.view.weight(before);
        let state = Shared::new((world, cursor.view));
        self.checkpoints.keep(Checkpoint { records, state, later: Vec::new(), bytes });
    }

    /// The same run with one act more, given at `at`; later acts stay. Only what comes after the
    /// last checkpoint before the act is played again.
    pub fn with_act(&self, at: Moment, command: Command) -> Run {
        let mut script = self.script.clone();
        let index = script.insert(at, command.clone()) as u32;
        // A line that is given at the place where a checkpoint stands would come too late.
        let passed = self.trace.count_before(at);
        let Some(from) = self.checkpoints.before(passed) else {
            let mut run = Run::new(script);
            run.extend_to(self.known_until);
            return run;
        };
        let shifted = |checkpoint: &Checkpoint| {
            let mut checkpoint = checkpoint.clone();
            checkpoint.later.push((index, at, command.clone()));
            checkpoint
        };
        let kept = self.checkpoints.kept.iter();
        let kept = kept.take_while(|checkpoint| checkpoint.records <= from.records);
        let kept: Vec<Checkpoint> = kept.map(shifted).collect();
        let bytes = kept.iter().map(|checkpoint| checkpoint.bytes).sum();
        let mut run = Run {
            script,
            world: shifted(from).world(),
            trace: self.trace.prefix(from.records, index),
            ring: self.ring.clone(),
            known_until: Time::ZERO,
            full: false,
            checkpoints: Checkpoints { kept, every: self.checkpoints.every, bytes },
        };
        run.play_to(self.known_until.max(run.script.horizon()));
        run
    }

    /// The script that was played.
    pub fn script(&self) -> &Script {
        &self.script
    }

    /// What happened, up to [`Run::known_until`].
    pub fn trace(&self) -> &Trace {
        &self.trace
    }

    /// Up to where the run is known.
    pub fn known_until(&self) -> Time {
        self.known_until
    }

    /// Whether the run has reached the most that a run may have: [`MAX_RECORDS`] records, or
    /// [`MAX_BYTES`] of them. It is known no further.
    ///
    /// [`MAX_RECORDS`]: crate::world::MAX_RECORDS
    pub fn is_full(&self) -> bool {
        self.full
    }

    /// A cursor before the first event.
    pub fn cursor(&self) -> Cursor {
        Cursor { view: View::new(&self.script.setup, self.ring.clone()), next: 0 }
    }

    /// A cursor at the last checkpoint that has at most this many records before it.
    fn cursor_near(&self, records: usize) -> Cursor {
        match self.checkpoints.before(records) {
            None => self.cursor(),
            Some(checkpoint) => {
                Cursor { view: checkpoint.state.1.clone(), next: checkpoint.records }
            }
        }
    }

    /// The state at a place in time.
    pub fn view_at(&self, moment: Moment) -> View {
        let mut cursor = self.cursor();
        cursor.seek(self, moment);
        cursor.view
    }

    /// The place of the counting event after this one, if it is known.
    pub fn next_moment(&self, moment: Moment) -> Option<Moment> {
        let after = self.trace.count_until(moment);
        self.trace.get(EventId(after as u32)).map(|record| record.moment)
    }

    /// The place of the counting event before this one.
    pub fn previous_moment(&self, moment: Moment) -> Option<Moment> {
        let before = self.trace.count_before(moment).checked_sub(1)?;
        self.trace.get(EventId(before as u32)).map(|record| record.moment)
    }
}

/// A view that moves along a run, from where it stands or from a checkpoint.
#[derive(Clone, Debug)]
pub struct Cursor {
    view: View,
    next: usize,
}

impl Cursor {
    /// Moves to a place of the run that this cursor was made for.
    pub fn seek(&mut self, run: &Run, moment: Moment) {
        let target = run.trace.count_until(moment);
        let near = run.checkpoints.before(target).map_or(0, |checkpoint| checkpoint.records);
        if target < self.next || near > self.next {
            *self = run.cursor_near(target);
        }
        self.fold_to(&run.trace, target);
        self.view.moment = moment;
    }

    fn fold_to(&mut self, trace: &Trace, target: usize) {
        trace.show(self.next, target, |id, record| self.view.apply(id, record));
        self.next = target;
    }

    /// The state there.
    pub fn view(&self) -> &View {
        &self.view
    }
}
