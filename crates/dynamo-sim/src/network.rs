//! Links: what is cut, and the fate of a message: when it arrives, whether it is lost, whether
//! it arrives twice. Loss, delay and copies are fixed at sending; cuts and crashes count again at
//! arrival.

use dynamo_core::collections::{Map, Set};

use dynamo_core::{Duration, Endpoint, MessageName, Subject};
use serde::{Deserialize, Serialize};

use crate::script::{Command, Cut, FateChange, MessageRef, Setup};
use crate::time::Time;
use crate::trace::Loss;
use crate::view::Settings;

/// The directed links that carry nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cuts(Set<(Endpoint, Endpoint)>);

impl Cuts {
    /// Follows a command that was carried out.
    pub fn obey(&mut self, command: &Command) {
        match command {
            Command::Cut(cut) => self.add(cut),
            Command::Heal => *self = Cuts::default(),
            _ => {}
        }
    }

    /// Stops these links too.
    pub fn add(&mut self, cut: &Cut) {
        match cut {
            Cut::Zones(_) => {}
            Cut::OneWay(from, to) => {
                self.0.extend(from.iter().flat_map(|a| to.iter().map(move |b| (*a, *b))));
            }
            Cut::Groups(groups) => {
                for (i, left) in groups.iter().enumerate() {
                    for (j, right) in groups.iter().enumerate() {
                        if i != j {
                            let pairs = left.iter().flat_map(|a| right.iter().map(|b| (*a, *b)));
                            self.0.extend(pairs);
                        }
                    }
                }
            }
        }
    }

    /// Whether nothing passes from the one to the other.
    pub fn holds_back(&self, from: Endpoint, to: Endpoint) -> bool {
        self.0.contains(&(from, to))
    }

    /// Every stopped link, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Endpoint, Endpoint)> {
        self.0.iter().copied()
    }

    /// Whether all links work.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What becomes of one flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fate {
    /// When it arrives, or would have arrived.
    pub due: Time,
    /// What happens to it.
    pub end: End,
}

/// How a flight ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It arrives, if the link and the receiver are up then.
    Arrives,
    /// It is lost half-way.
    Vanishes(Time, Loss),
}

impl Fate {
    /// It arrives then.
    pub fn arrives(due: Time) -> Self {
        Fate { due, end: End::Arrives }
    }

    /// It is sent now, would arrive then and is lost half-way.
    fn vanishes(now: Time, due: Time, why: Loss) -> Self {
        let half = Duration::micros(due.since(now).as_micros() / 2);
        Fate { due, end: End::Vanishes(now + half, why) }
    }
}

/// The network: what is cut, and which messages were promised another fate.
#[derive(Clone, Debug, Default)]
pub struct Network {
    /// Links that carry nothing.
    pub cuts: Cuts,
    changes: Map<MessageRef, FateChange>,
}

impl Network {
    /// The next message of this name meets this fate.
    pub fn promise(&mut self, message: MessageRef, change: FateChange) {
        self.changes.insert(message, change);
    }

    /// The fate of a message that is sent now, in this attempt at its request, between machines of
    /// which one is so many times as slow as usual; and that of its copy if it has one.
    pub fn decide(
        &mut self,
        setup: &Setup,
        now: Time,
        settings: &Settings,
        name: &MessageName,
        attempt: u32,
        slow: u16,
    ) -> (Fate, Option<Fate>) {
        let latency = setup.latency_of(settings.latency, name);
        let slowed = |delay: Duration| Duration::micros(delay.as_micros() * u64::from(slow));
        // A name says nothing of attempts, and a later one has luck of its own.
        let chance = match attempt {
            1 => setup.seed.draw("fate", name),
            _ => setup.seed.draw("fate-again", &(name, attempt)),
        };
        let delay = slowed(latency.sample(chance));
        let chance = chance.next().next();
        let due = now + delay;
        if settings.loss.hits(chance.bits()) {
            return (Fate::vanishes(now, due, Loss::Dropped), None);
        }
        let chance = chance.next();
        let copied = settings.copies.hits(chance.bits());
        let copy_due = now + slowed(latency.sample(chance.next()));
        let copy = copied.then_some(Fate::arrives(copy_due));
        match self.promised(name) {
            None => (Fate::arrives(due), copy),
            Some(FateChange::Lose) => (Fate::vanishes(now, due, Loss::Taken), None),
            Some(FateChange::Delay(by)) => (Fate::arrives(due + by), copy),
            Some(FateChange::Copy(after)) => (Fate::arrives(due), Some(Fate::arrives(due + after))),
        }
    }

    fn promised(&mut self, name: &MessageName) -> Option<FateChange> {
        let Subject::Request(request) = name.subject else { return None };
        let message = MessageRef { kind: name.kind, request, from: name.from, to: name.to };
        self.changes.remove(&message)
    }
}
