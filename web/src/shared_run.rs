//! A run that all panels look at, and what the page reads off its trace again and again.

use std::cell::{Ref, RefCell};
use std::rc::Rc;

use dynamo_core::Duration;
use dynamo_sim::{EventId, Moment, Run, Script, Time, script::MAX_TIME};

use crate::digest::{Digest, LogRow};

/// A run, shared. Playing on changes it in place: the trace is only a cache of the script, so
/// whoever holds an older handle sees more of the same run, never another one.
#[derive(Clone, Debug)]
pub struct SharedRun {
    run: Rc<RefCell<Run>>,
    digest: Rc<Digest>,
}

impl PartialEq for SharedRun {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.digest, &other.digest)
    }
}

impl SharedRun {
    /// Shares a run.
    pub fn new(run: Run) -> Self {
        let digest = Rc::new(Digest::of(&run));
        SharedRun { run: Rc::new(RefCell::new(run)), digest }
    }

    /// Plays a script up to its horizon.
    pub fn play(script: Script) -> Self {
        SharedRun::new(Run::new(script))
    }

    /// The run itself. Held for a moment only: extending needs it alone.
    pub fn get(&self) -> Ref<'_, Run> {
        self.run.borrow()
    }

    /// What the page reads off the trace.
    pub fn digest(&self) -> &Rc<Digest> {
        &self.digest
    }

    /// The row of the log that tells of a record.
    pub fn row_of(&self, id: EventId) -> Option<LogRow> {
        self.digest.row(self.get().trace(), id)
    }

    /// The last row of the log at or before a place.
    pub fn row_at(&self, moment: Moment) -> Option<LogRow> {
        let run = self.get();
        let last = self.digest.rows_until(run.trace(), moment).last()?;
        self.digest.row(run.trace(), *last)
    }

    /// Up to where the run is known.
    pub fn known_until(&self) -> Time {
        self.digest.known_until
    }

    /// Where a person begins to look: whatever happens at the first instant has happened, all
    /// processes run, and what the script breaks at once is broken.
    pub fn start(&self) -> Moment {
        let behind = Moment::at(Time::ZERO + Duration::micros(1));
        self.get().previous_moment(behind).unwrap_or_default()
    }

    /// Where the script pauses.
    pub fn horizon(&self) -> Time {
        self.get().script().horizon()
    }

    /// The latest time up to which the run can be played.
    pub fn limit(&self) -> Time {
        if self.digest.full { self.known_until() } else { MAX_TIME }
    }

    /// Plays on until `time` is known. Goes a slice beyond it, longer in longer runs, so that the
    /// digest is not copied at every frame.
    pub fn known_to(self, time: Time) -> Self {
        let known = self.known_until();
        let Ok(mut run) = self.run.try_borrow_mut() else { return self };
        run.tidy();
        if time <= known || self.digest.full || known >= MAX_TIME {
            drop(run);
            return self;
        }
        let slice = Duration::micros((known.as_micros() / 4).max(2_000_000));
        let target = (time + slice).min(MAX_TIME);
        run.extend_to(target);
        let mut digest = Digest::clone(&self.digest);
        digest.read_on(&run);
        drop(run);
        SharedRun { run: self.run, digest: Rc::new(digest) }
    }

    /// Whether both are handles of one run.
    pub fn is_same_run(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.run, &other.run)
    }

    /// How many records there are up to and including a place.
    pub fn events_at(&self, moment: Moment) -> usize {
        self.get().trace().count_until(moment)
    }
}
