//! Links: what is cut, and the fate of a message: when it arrives, whether it is lost, whether
//! it arrives twice. Loss, delay and copies are fixed at sending; cuts and crashes count again at
//! arrival.

use alloc::vec::Vec;

use dynamo_core::collections::{Map, Set};
use dynamo_core::{Duration, Endpoint, MessageName, Subject};
use serde::{Deserialize, Serialize};

use crate::chance::Chance;
use crate::script::{Command, Cut, FateChange, LinkCommand, MessageRef, Rate, Setup};
use crate::time::Time;
use crate::trace::Loss;
use crate::view::Settings;

/// The directed links that carry nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cuts(Set<(Endpoint, Endpoint)>);

/// What commands have made of links.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Links {
    /// Those that carry nothing.
    pub cuts: Cuts,
    /// Those that hold back what they carry.
    pub clogs: Cuts,
    rules: Map<(Endpoint, Endpoint), LinkCommand>,
}

impl Links {
    /// Follows a command that was carried out.
    pub fn obey(&mut self, command: &Command) {
        match command {
            Command::Cut(links) => self.cuts.add(links),
            Command::Clog(links) => self.clogs.add(links),
            Command::Heal => (self.cuts, self.clogs) = Default::default(),
            Command::HealLinks(links) => {
                self.cuts.remove(links);
                self.clogs.remove(links);
            }
            Command::Link(link) if *link == LinkCommand::usual(link.from, link.to) => {
                self.rules.remove(&(link.from, link.to));
            }
            Command::Link(link) => {
                self.rules.insert((link.from, link.to), *link);
            }
            _ => {}
        }
    }

    /// How this link differs from all others, if it does.
    pub fn rule(&self, from: Endpoint, to: Endpoint) -> Option<&LinkCommand> {
        self.rules.get(&(from, to))
    }

    /// Whether all links are as they should be.
    pub fn are_well(&self) -> bool {
        self.cuts.is_empty() && self.clogs.is_empty() && self.rules.is_empty()
    }
}

/// The directed links that this names; none for zones, which the world spells out.
fn pairs(links: &Cut) -> Vec<(Endpoint, Endpoint)> {
    let between = |left: &[Endpoint], right: &[Endpoint]| {
        let pairs = left.iter().flat_map(|a| right.iter().map(move |b| (*a, *b)));
        pairs.collect::<Vec<_>>()
    };
    match links {
        Cut::Zones(_) => Vec::new(),
        Cut::OneWay(from, to) => between(from, to),
        Cut::Groups(groups) => {
            let others = |i: usize| groups.iter().enumerate().filter(move |(j, _)| *j != i);
            let from = groups.iter().enumerate();
            from.flat_map(|(i, left)| others(i).flat_map(move |(_, right)| between(left, right)))
                .collect()
        }
    }
}

impl Cuts {
    fn add(&mut self, links: &Cut) {
        self.0.extend(pairs(links));
    }

    fn remove(&mut self, links: &Cut) {
        for pair in pairs(links) {
            self.0.remove(&pair);
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
    /// What turns a bit of it on its way, if one is turned.
    pub flip: Option<Chance>,
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
        Fate { due, end: End::Arrives, flip: None }
    }

    /// It is lost half-way instead.
    pub fn vanishing(self, now: Time, why: Loss) -> Self {
        Fate::vanishes(now, self.due, why)
    }

    /// It is sent now, would arrive then and is lost half-way.
    fn vanishes(now: Time, due: Time, why: Loss) -> Self {
        let half = Duration::micros(due.since(now).as_micros() / 2);
        Fate { due, end: End::Vanishes(now + half, why), flip: None }
    }
}

/// The network: how its links are, and which messages were promised another fate.
#[derive(Clone, Debug, Default)]
pub struct Network {
    /// How its links are.
    pub links: Links,
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
    ) -> (Fate, Option<Time>) {
        // Chance has no say in this one.
        let is_delivered = |change: &FateChange| *change == FateChange::Deliver;
        if self.promise_to(name).is_some_and(is_delivered) {
            self.promised(name);
            return (Fate::arrives(now), None);
        }
        let rule = self.links.rule(name.from, name.to);
        let usual = || setup.latency_of(settings.latency, name);
        let latency = rule.and_then(|rule| rule.latency).unwrap_or_else(usual);
        let slowed = |delay: Duration| Duration::micros(delay.as_micros() * u64::from(slow));
        // A name says nothing of attempts, and a later one has luck of its own.
        let chance = match attempt {
            1 => setup.seed.draw("fate", name),
            _ => setup.seed.draw("fate-again", &(name, attempt)),
        };
        let due = now + slowed(latency.sample(chance));
        let chance = chance.next().next();
        let loss = rule.and_then(|rule| rule.loss).unwrap_or(settings.loss);
        if loss != Rate::NEVER && loss.hits(chance.bits()) {
            return (Fate::vanishes(now, due, Loss::Dropped), None);
        }
        let chance = chance.next();
        let copies = rule.and_then(|rule| rule.copies).unwrap_or(settings.copies);
        let copied = copies != Rate::NEVER && copies.hits(chance.bits());
        let copy = copied.then(|| {
            let late = match settings.late.as_micros() {
                0 => 0,
                most => setup.seed.draw("late", &(name, attempt)).below(most + 1),
            };
            let delay = slowed(latency.sample(chance.next()));
            now + delay + Duration::micros(late)
        });
        let flip = (settings.corruption != Rate::NEVER)
            .then(|| setup.seed.draw("corruption", &(name, attempt)))
            .filter(|chance| settings.corruption.hits(chance.bits()))
            .map(Chance::next);
        match self.promised(name) {
            None | Some(FateChange::Deliver) => (Fate { flip, ..Fate::arrives(due) }, copy),
            Some(FateChange::Lose) => (Fate::vanishes(now, due, Loss::Taken), None),
            Some(FateChange::Delay(by)) => (Fate::arrives(due + by), copy),
            Some(FateChange::Copy(after)) => (Fate::arrives(due), Some(due + after)),
        }
    }

    fn promised(&mut self, name: &MessageName) -> Option<FateChange> {
        self.promise_to(name)?;
        self.changes.remove(&message(name)?)
    }

    fn promise_to(&self, name: &MessageName) -> Option<&FateChange> {
        if self.changes.is_empty() {
            return None;
        }
        self.changes.get(&message(name)?)
    }
}

/// How a command names a message; none if it cannot.
fn message(name: &MessageName) -> Option<MessageRef> {
    let Subject::Request(request) = name.subject else { return None };
    Some(MessageRef { kind: name.kind, request, from: name.from, to: name.to })
}
