//! What somebody may look for among many worlds, each judged on the trace of one.

use alloc::vec::Vec;

use dynamo_check::ghost::{By, Change, Ghost, requests};
use dynamo_core::collections::{Map, Set};
use dynamo_core::{Key, RequestId, Store};
use dynamo_sim::swarm::{Habits, Trouble};
use dynamo_sim::trace::{Access, Ended, Started};
use dynamo_sim::{EventId, Moment, Record, Setup, TraceEvent};

/// A state of affairs that surprises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// A read returns less than an older write that had succeeded, though their R + W > N.
    StaleRead,
    /// A read returns three values in conflict.
    ThreeSiblings,
    /// A write has succeeded, and no disk holds it or a write that had seen it.
    LostWrite,
    /// A fault takes a hint, and its owner does not hold what it held.
    LostHint,
    /// A deletion has succeeded, and a later read returns what it had deleted.
    RisenValue,
}

impl Goal {
    /// All of them.
    pub const ALL: [Goal; 5] =
        [Goal::StaleRead, Goal::ThreeSiblings, Goal::LostWrite, Goal::LostHint, Goal::RisenValue];

    /// Its name in texts.
    pub fn name(self) -> &'static str {
        match self {
            Goal::StaleRead => "stale-read",
            Goal::ThreeSiblings => "three-siblings",
            Goal::LostWrite => "lost-write",
            Goal::LostHint => "lost-hint",
            Goal::RisenValue => "risen-value",
        }
    }

    /// The troubles that are known to lead there.
    pub fn usual(self) -> &'static [Trouble] {
        match self {
            Goal::StaleRead | Goal::RisenValue => {
                &[Trouble::Crashes, Trouble::Links, Trouble::Messages]
            }
            Goal::ThreeSiblings => &[Trouble::Links],
            Goal::LostWrite | Goal::LostHint => &[Trouble::Crashes, Trouble::Disks],
        }
    }

    /// What clients do in worlds that are drawn for it.
    pub(crate) fn habits(self) -> Habits {
        match self {
            Goal::ThreeSiblings => Habits { loose_puts: 30, deletes: 0 },
            Goal::RisenValue => Habits { loose_puts: 0, deletes: 40 },
            Goal::StaleRead | Goal::LostWrite | Goal::LostHint => Habits::default(),
        }
    }

    /// Whether the setup leaves nothing to look for: with R + W of at most N every read may miss
    /// every write, so none is stale *although* R + W > N.
    pub fn is_void_in(self, setup: &Setup) -> bool {
        let (n, r, w) = setup.quorum.into();
        self == Goal::StaleRead && r + w <= n
    }
}

/// The event that reaches a goal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// Which.
    pub event: EventId,
    /// Where in time it lies.
    pub moment: Moment,
    /// The key concerned.
    pub key: Key,
    /// The operation that saw or suffered it, if one did.
    pub request: Option<RequestId>,
}

/// Watches one run for one goal.
#[derive(Clone, Debug)]
pub(crate) struct Witness {
    goal: Goal,
    n: u8,
    ghost: Ghost,
    open: Map<RequestId, Open>,
    /// Writes that have succeeded.
    stored: Map<Key, Vec<Stored>>,
}

/// A write that has succeeded.
#[derive(Clone, Copy, Debug)]
struct Stored {
    request: RequestId,
    /// The copies that it had to have.
    copies: u8,
    deletes: bool,
}

/// An operation under way.
#[derive(Clone, Debug)]
struct Open {
    started: Started,
    /// How many puts of its key had succeeded when it began.
    before: usize,
}

impl Witness {
    pub(crate) fn new(goal: Goal, setup: &Setup) -> Self {
        let n = setup.quorum.n();
        Witness { goal, n, ghost: Ghost::default(), open: Map::new(), stored: Map::new() }
    }

    /// Takes the next event; answers whether it reaches the goal.
    pub(crate) fn see(&mut self, id: EventId, record: &Record) -> Option<Sighting> {
        let changes = self.ghost.see(id, record);
        let changed = changes.iter().find_map(|change| self.changed(change));
        let (key, request) = changed.or_else(|| self.client(&record.event))?;
        Some(Sighting { event: id, moment: record.moment, key, request })
    }

    /// Whether what a disk holds now reaches the goal.
    fn changed(&self, change: &Change) -> Option<(Key, Option<RequestId>)> {
        let key = || change.key.clone();
        match (self.goal, change.place.1, change.by) {
            (Goal::LostWrite, ..) => self.lost(&change.key).map(|put| (key(), Some(put))),
            (Goal::LostHint, Store::Hints(owner), By::Fault(_)) => {
                let home = self.ghost.at(&change.key, &(owner, Store::Main)).map(requests);
                let mut there = home.unwrap_or_default();
                there.extend(change.held.iter().copied());
                let is_gone = |put: &&RequestId| !self.ghost.is_settled(**put, &there);
                change.offered.iter().find(is_gone).map(|put| (key(), Some(*put)))
            }
            _ => None,
        }
    }

    fn lost(&self, key: &Key) -> Option<RequestId> {
        self.ghost.lost(key, &self.ghost.live(key)).first().copied()
    }

    /// Whether what a client sees reaches the goal.
    fn client(&mut self, event: &TraceEvent) -> Option<(Key, Option<RequestId>)> {
        match event {
            TraceEvent::OperationStarted(started) => {
                let before = self.stored.get(&started.key).map_or(0, Vec::len);
                self.open.insert(started.request, Open { started: started.clone(), before });
                None
            }
            TraceEvent::OperationEnded { request, ended } => {
                let Open { started, before } = self.open.remove(request)?;
                let is_reached = match ended {
                    Ended::Stored => {
                        let stored = self.stored.entry(started.key.clone()).or_default();
                        let deletes = matches!(started.access, Access::Put { value: None, .. });
                        let (request, copies) = (*request, started.needed);
                        stored.push(Stored { request, copies, deletes });
                        self.goal == Goal::LostWrite && self.lost(&started.key).is_some()
                    }
                    Ended::Found { siblings } => {
                        let living = siblings.iter().filter(|sibling| sibling.value.is_some());
                        let living: Set<_> = living.map(|sibling| sibling.request).collect();
                        let found = siblings.iter().map(|sibling| sibling.request).collect();
                        self.answers(&started, before, &found, &living)
                    }
                    Ended::Failed(_) | Ended::Unknown(_) => false,
                };
                is_reached.then_some((started.key, Some(*request)))
            }
            _ => None,
        }
    }

    /// Whether the answer to a read reaches the goal; `living` are the values in it.
    fn answers(
        &self,
        read: &Started,
        before: usize,
        found: &Set<RequestId>,
        living: &Set<RequestId>,
    ) -> bool {
        let mut stored = self.stored.get(&read.key).into_iter().flatten().take(before);
        match self.goal {
            Goal::StaleRead => stored.any(|put| {
                let is_missed = !self.ghost.is_settled(put.request, found);
                put.copies + read.needed > self.n && is_missed && self.is_older(found, put.request)
            }),
            Goal::ThreeSiblings => living.len() >= 3,
            Goal::RisenValue => stored.filter(|put| put.deletes).any(|put| {
                let deleted = Set::from([put.request]);
                living.iter().any(|value| self.ghost.is_covered(*value, &deleted))
            }),
            Goal::LostWrite | Goal::LostHint => false,
        }
    }

    /// Whether all of these began before that put did.
    fn is_older(&self, found: &Set<RequestId>, put: RequestId) -> bool {
        let Some(key) = self.ghost.key_of(put) else { return false };
        !self.ghost.puts_of(key).skip_while(|it| *it != put).any(|it| found.contains(&it))
    }
}
