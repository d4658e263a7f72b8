//! **determinism** (K15): a run is what its script gives.
//!
//! Always: the i-th event is the one that a second play of the script, on a world of its own,
//! gives as its i-th, byte by byte. Judged at every event; an event that is missing at the end is noticed once
//! its time has passed. So a run that was reached through checkpoints and acts in the past is
//! compared with one played from scratch. Cost: the run played once more, about what all
//! other checks take together; a copy of the check takes as much as a copy of a world.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;

use dynamo_core::{Node, wire};
use dynamo_sim::script::MAX_TIME;
use dynamo_sim::{
    Actor, EventId, Finding, Progress, Record, Recorder, Script, Status, Time, World,
};

use crate::judges::Check;
use crate::known::Known;

/// The name in texts and links.
pub const NAME: &str = "determinism";

/// The check, for runs of whatever stands in for nodes.
#[derive(Clone, Debug)]
pub struct Determinism<A = Node> {
    world: World<A>,
    /// What the second play has given and the run has not shown yet.
    ahead: Ahead,
    last: Option<EventId>,
    violation: Option<Finding>,
}

#[derive(Clone, Debug, Default)]
struct Ahead(VecDeque<Record>);

impl Recorder for Ahead {
    fn record(&mut self, _id: EventId, record: Record) {
        self.0.push_back(record);
    }
}

impl<A: Actor> Determinism<A> {
    /// The check for runs of this script.
    pub fn new(script: &Script) -> Self {
        let mut ahead = Ahead::default();
        let world = World::with_actors(script, &mut ahead);
        Determinism { world, ahead, last: None, violation: None }
    }

    /// Plays on until something is ahead, or nothing more happens.
    fn play_ahead(&mut self) {
        while self.ahead.0.is_empty()
            && self.world.step(MAX_TIME, &mut self.ahead) == Progress::Stepped
        {}
    }
}

fn violated(guilty: Option<EventId>) -> Finding {
    Finding { guilty: Vec::from_iter(guilty), ..Finding::plain(NAME, Status::Violated) }
}

impl<A: Actor + Clone + 'static> Check for Determinism<A> {
    fn see(&mut self, id: EventId, record: &Record, _: &Known) {
        if self.violation.is_some() {
            return;
        }
        self.play_ahead();
        let expected = self.ahead.0.pop_front();
        if expected.is_none_or(|expected| wire::bytes(&expected) != wire::bytes(record)) {
            self.violation = Some(violated(Some(id)));
            return;
        }
        self.last = Some(id);
        self.play_ahead();
    }

    fn finding(&self, now: Time, _: &Known) -> Finding {
        if let Some(violation) = &self.violation {
            return violation.clone();
        }
        match self.ahead.0.front() {
            Some(missing) if missing.moment.time < now => violated(self.last),
            _ => Finding::plain(NAME, Status::Holds),
        }
    }

    fn is_violated(&self) -> bool {
        self.violation.is_some()
    }

    fn clone_box(&self) -> Box<dyn Check> {
        Box::new(self.clone())
    }
}
