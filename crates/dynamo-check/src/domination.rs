//! **domination** (K4a): nothing is dropped but what a later put had seen.
//!
//! Always: a disk that holds or is offered a put p and does not hold it afterwards holds a put
//! that had seen p. Of a put that was sent again and has two dots, each is judged by itself where
//! versions are told apart by dots. Judged at every change of a disk; a hint that is forgotten as a
//! whole is durability's affair. Cost: the square of the siblings.

use alloc::boxed::Box;
use alloc::vec;

use dynamo_core::{Dot, RequestId, Versioning};
use dynamo_sim::{EventId, Finding, Record, Setup, Status, Time};

use crate::ghost::{By, Change, Ghost};
use crate::judges::Check;
use crate::known::Known;
use crate::law::Breaches;

/// The name in texts and links.
pub const NAME: &str = "domination";

/// The check.
#[derive(Clone, Debug)]
pub struct Domination {
    by_dots: bool,
    breaches: Breaches,
}

impl Domination {
    /// The check for runs with this setup.
    pub fn new(setup: &Setup) -> Self {
        let by_dots = setup.config.versions == Versioning::Dotted;
        Domination { by_dots, breaches: Breaches::default() }
    }

    /// A put of which a dot was dropped that nobody who is held had seen.
    fn wrong_dot(&self, change: &Change, ghost: &Ghost) -> Option<RequestId> {
        let held = ghost.at(&change.key, &change.place).filter(|_| self.by_dots)?;
        let unseen = |(dot, _): &&(Dot, RequestId)| !ghost.has_seen(held, dot);
        change.dropped.iter().find(unseen).map(|(_, put)| *put)
    }
}

impl Check for Domination {
    fn see(&mut self, id: EventId, _: &Record, known: &Known) {
        for change in &known.changes {
            if change.by != By::Write {
                continue;
            }
            let dropped = change.offered.difference(&change.held);
            let wrongly = dropped.copied().find(|put| !known.ghost.is_covered(*put, &change.held));
            let wrongly = wrongly.or_else(|| self.wrong_dot(change, &known.ghost));
            if let Some(put) = wrongly {
                let breach = Finding {
                    guilty: vec![id],
                    request: Some(put),
                    key: Some(change.key.clone()),
                    node: Some(change.place.0),
                    ..Finding::plain(NAME, Status::Violated)
                };
                self.breaches.add(&known.law, None, breach);
            }
        }
    }

    fn finding(&self, _: Time, _: &Known) -> Finding {
        self.breaches.or_holds(NAME)
    }

    fn is_violated(&self) -> bool {
        self.breaches.is_violated()
    }

    fn clone_box(&self) -> Box<dyn Check> {
        Box::new(self.clone())
    }
}
