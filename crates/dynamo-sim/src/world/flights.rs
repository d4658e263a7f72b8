//! What is under way, in the order of sending.

use alloc::boxed::Box;
use alloc::collections::VecDeque;

use dynamo_core::{Message, MessageName};

use crate::agenda::Entry;
use crate::chance::Chance;
use crate::trace::EventId;

/// A message under way.
#[derive(Clone, Debug)]
pub(super) struct FlightState {
    pub name: MessageName,
    pub message: Message,
    pub entry: Entry,
    /// What turns a bit of it.
    pub flip: Option<Chance>,
    /// Whether it waits at the end of a clogged link.
    pub clogged: bool,
}

/// All of them. Numbers of sending only grow, so a new one goes to the end; what has ended leaves
/// a gap, and gaps are closed when they are the larger part.
#[derive(Clone, Debug, Default)]
pub(super) struct Flights {
    places: VecDeque<(EventId, Option<Box<FlightState>>)>,
    gaps: usize,
}

impl Flights {
    pub fn push(&mut self, sent: EventId, flight: FlightState) {
        self.places.push_back((sent, Some(Box::new(flight))));
    }

    pub fn len(&self) -> usize {
        self.places.len() - self.gaps
    }

    pub fn get(&self, sent: EventId) -> Option<&FlightState> {
        self.places[self.place(sent)?].1.as_deref()
    }

    pub fn get_mut(&mut self, sent: EventId) -> Option<&mut FlightState> {
        let place = self.place(sent)?;
        self.places[place].1.as_deref_mut()
    }

    pub fn remove(&mut self, sent: EventId) -> Option<FlightState> {
        let place = self.place(sent)?;
        let flight = self.places[place].1.take()?;
        self.gaps += 1;
        while let Some((_, None)) = self.places.front() {
            self.places.pop_front();
            self.gaps -= 1;
        }
        if self.gaps * 2 > self.places.len() + 64 {
            self.places.retain(|(_, flight)| flight.is_some());
            self.gaps = 0;
        }
        Some(*flight)
    }

    pub fn iter(&self) -> impl Iterator<Item = (EventId, &FlightState)> {
        self.places.iter().filter_map(|(sent, it)| it.as_deref().map(|it| (*sent, it)))
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = (EventId, &mut FlightState)> {
        self.places.iter_mut().filter_map(|(sent, it)| it.as_deref_mut().map(|it| (*sent, it)))
    }

    fn place(&self, sent: EventId) -> Option<usize> {
        self.places.binary_search_by_key(&sent, |(sent, _)| *sent).ok()
    }
}
