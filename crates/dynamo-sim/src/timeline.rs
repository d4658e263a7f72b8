//! A run being looked at: a script, the trace of its world, and views of it at any place in time.

use alloc::sync::Arc;

use dynamo_core::Ring;

use crate::script::{Command, Script};
use crate::time::{Moment, Time};
use crate::trace::Trace;
use crate::view::View;
use crate::world::{Progress, World};

/// A script together with what came of it so far.
#[derive(Clone, Debug)]
pub struct Run {
    script: Script,
    world: World,
    trace: Trace,
    ring: Arc<Ring>,
    known_until: Time,
    full: bool,
}

impl Run {
    /// Plays a script up to its horizon.
    pub fn new(script: Script) -> Run {
        let horizon = script.horizon();
        let mut trace = Trace::default();
        let world = World::new(&script, &mut trace);
        let ring = world.ring().clone();
        let mut run = Run { script, world, trace, ring, known_until: Time::ZERO, full: false };
        run.extend_to(horizon);
        run
    }

    /// Plays on, at least up to this time.
    pub fn extend_to(&mut self, time: Time) {
        if time > self.known_until || self.trace.is_empty() {
            self.full = self.world.run_until(time, &mut self.trace) == Progress::Full;
            self.known_until = if self.full { self.world.moment().time } else { time };
        }
    }

    /// The same run with one act more, given at `at`: everything is replayed, later acts stay.
    pub fn with_act(&self, at: Moment, command: Command) -> Run {
        let mut run = Run::new(self.script.with(at, command));
        run.extend_to(self.known_until);
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

    /// Whether the run has reached the most records that a run may have.
    pub fn is_full(&self) -> bool {
        self.full
    }

    /// A cursor before the first event.
    pub fn cursor(&self) -> Cursor {
        Cursor { view: View::new(&self.script.setup, self.ring.clone()), next: 0 }
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
        self.trace.records().get(after).map(|record| record.moment)
    }

    /// The place of the counting event before this one.
    pub fn previous_moment(&self, moment: Moment) -> Option<Moment> {
        let records = self.trace.records();
        let before = records.partition_point(|record| record.moment < moment);
        before.checked_sub(1).map(|index| records[index].moment)
    }
}

/// A view that moves along a run: forward by folding on, backward by folding anew.
#[derive(Clone, Debug)]
pub struct Cursor {
    view: View,
    next: usize,
}

impl Cursor {
    /// Moves to a place of the run that this cursor was made for.
    pub fn seek(&mut self, run: &Run, moment: Moment) {
        let target = run.trace.count_until(moment);
        if target < self.next {
            *self = run.cursor();
        }
        for (id, record) in run.trace.iter().skip(self.next).take(target - self.next) {
            self.view.apply(id, record);
        }
        self.next = target;
        self.view.moment = moment;
    }

    /// The state there.
    pub fn view(&self) -> &View {
        &self.view
    }
}
