//! A search for a world that reaches a goal: seed after seed within a bound, in slices, so that
//! whoever asks can show how far it is and stop. What is found is made small in the same slices.

use alloc::boxed::Box;
use alloc::vec::Vec;

use dynamo_core::Duration;
use dynamo_sim::swarm::{Trouble, dared};
use dynamo_sim::{
    EventId, Moment, Progress, Record, Recorder, Script, Setup, Time, World, script::Trigger,
};

use crate::goal::{Goal, Sighting, Witness};

/// What it takes to begin a world, in events: so that slices of tiny worlds are slices, too.
const BEGINNING: u32 = 100;
/// How long a found run goes on after the event that was looked for.
const AFTERWARDS: Duration = Duration::seconds(1);

/// A search.
#[derive(Clone, Debug)]
pub struct Dare {
    goal: Goal,
    setup: Setup,
    troubles: Vec<Trouble>,
    bound: u32,
    /// Worlds that were played to their ends.
    tried: u32,
    state: State,
}

/// How far a search is.
#[derive(Clone, Debug)]
enum State {
    /// No world yet.
    Looking(Box<Play>),
    /// One is found, and is tried without one act after the other.
    Shrinking(Box<Shrinking>),
    /// Over.
    Ended(Option<Box<Found>>),
}

/// A found run that is being made small.
#[derive(Clone, Debug)]
struct Shrinking {
    best: Box<Found>,
    /// The act that is left out just now.
    next: usize,
    /// Whether one could be left out since the last act was tried: then all are tried again.
    is_smaller: bool,
    without: Play,
}

/// A run that reaches the goal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The run, from which no act can be left out.
    pub script: Script,
    /// The event that was looked for.
    pub sighting: Sighting,
}

/// What a person is told of a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stand {
    /// It goes on.
    Looking,
    /// A world is found and being made small.
    Shrinking,
    /// It is over: this was found, or nothing within the bound.
    Ended(Option<Box<Found>>),
}

impl Dare {
    /// A search in this setup among `bound` worlds. Their seeds follow the one of the setup, so that
    /// a search in the setup of what was found goes on behind it.
    pub fn new(goal: Goal, setup: Setup, troubles: Vec<Trouble>, bound: u32) -> Self {
        let state = State::Ended(None);
        let mut dare = Dare { goal, setup, troubles, bound, tried: 0, state };
        if bound > 0 {
            dare.state = State::Looking(Box::new(dare.draw()));
        }
        dare
    }

    /// How many worlds were tried in vain.
    pub fn tried(&self) -> u32 {
        self.tried
    }

    /// How things stand.
    pub fn stand(&self) -> Stand {
        match &self.state {
            State::Looking(_) => Stand::Looking,
            State::Shrinking(_) => Stand::Shrinking,
            State::Ended(found) => Stand::Ended(found.clone()),
        }
    }

    fn draw(&self) -> Play {
        let seed = self.setup.seed.0.wrapping_add(u64::from(self.tried) + 1);
        Play::new(self.goal, dared(&self.setup, &self.troubles, self.goal.habits(), seed))
    }

    /// Ends it with what it has: a found run as small as it is so far, or nothing.
    pub fn stop(&mut self) {
        self.state = State::Ended(match &self.state {
            State::Looking(_) => None,
            State::Shrinking(shrinking) => Some(shrinking.best.clone()),
            State::Ended(found) => found.clone(),
        });
    }

    /// Goes on for about so many events. The same search takes the same way in slices of any size.
    pub fn step(&mut self, events: u32) {
        let mut left = events;
        while left > 0 {
            match &mut self.state {
                State::Looking(play) => match play.step(&mut left) {
                    None => return,
                    Some(None) => {
                        self.tried += 1;
                        self.state = if self.tried < self.bound {
                            State::Looking(Box::new(self.draw()))
                        } else {
                            State::Ended(None)
                        };
                    }
                    Some(Some(sighting)) => {
                        let best = Found::of(play.script.clone(), sighting);
                        self.state = smaller(self.goal, best, usize::MAX, false);
                    }
                },
                State::Shrinking(shrinking) => match shrinking.without.step(&mut left) {
                    None => return,
                    Some(sighting) => {
                        let Shrinking { best, next, is_smaller, without } = &**shrinking;
                        let less = sighting.map(|it| Found::of(without.script.clone(), it));
                        let is_smaller = *is_smaller || less.is_some();
                        let best = less.unwrap_or_else(|| best.clone());
                        self.state = smaller(self.goal, best, *next, is_smaller);
                    }
                },
                State::Ended(_) => return,
            }
        }
    }
}

/// Leaves out the act before this one, from the last to the first, until none can be left out.
fn smaller(goal: Goal, best: Box<Found>, next: usize, is_smaller: bool) -> State {
    let acts = best.script.lines.len();
    let (next, is_smaller) = match next.min(acts) {
        0 if is_smaller => (acts, false),
        next => (next, is_smaller),
    };
    let Some(next) = next.checked_sub(1) else { return State::Ended(Some(best)) };
    let mut script = best.script.clone();
    script.lines.remove(next);
    let without = Play::new(goal, script);
    State::Shrinking(Box::new(Shrinking { best, next, is_smaller, without }))
}

impl Found {
    /// Whatever would happen later is left out: it changes nothing before.
    fn of(mut script: Script, sighting: Sighting) -> Box<Self> {
        let Moment { time, .. } = sighting.moment;
        script.lines.retain(|line| matches!(line.trigger, Trigger::At(at) if at.time <= time));
        let end = time + AFTERWARDS;
        script.until = Some(Time(end.as_micros().next_multiple_of(1_000)));
        Box::new(Found { script, sighting })
    }
}

/// A world under a witness.
#[derive(Clone, Debug)]
struct Play {
    script: Script,
    world: World,
    watching: Watching,
    begun: bool,
}

#[derive(Clone, Debug)]
struct Watching {
    witness: Witness,
    sighting: Option<Sighting>,
}

impl Recorder for Watching {
    fn record(&mut self, id: EventId, record: Record) {
        if self.sighting.is_none() {
            self.sighting = self.witness.see(id, &record);
        }
    }
}

impl Play {
    fn new(goal: Goal, script: Script) -> Self {
        let witness = Witness::new(goal, &script.setup);
        let mut watching = Watching { witness, sighting: None };
        let world = World::new(&script, &mut watching);
        Play { script, world, watching, begun: false }
    }

    /// Goes on while events are left; answers, at the end, the event that was looked for.
    fn step(&mut self, left: &mut u32) -> Option<Option<Sighting>> {
        if !self.begun {
            self.begun = true;
            *left = left.saturating_sub(BEGINNING);
        }
        while *left > 0 {
            *left -= 1;
            let progress = self.world.step(self.script.horizon(), &mut self.watching);
            if self.watching.sighting.is_some() || progress != Progress::Stepped {
                return Some(self.watching.sighting.take());
            }
        }
        None
    }
}
