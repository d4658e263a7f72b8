//! What is under way.

use alloc::vec::Vec;

use dynamo_core::{Message, MessageName, Shared};

use crate::agenda::Entry;
use crate::chance::Chance;
use crate::trace::EventId;

/// A message under way.
#[derive(Clone, Debug)]
pub(super) struct FlightState {
    /// The event that sent it.
    pub sent: EventId,
    pub name: MessageName,
    pub message: Shared<Message>,
    pub entry: Entry,
    /// What turns a bit of it.
    pub flip: Option<Chance>,
    /// Whether it waits at the end of a clogged link.
    pub clogged: bool,
}

/// Where a message lies while it is under way. Its place is used again, its name is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FlightId {
    pub sent: EventId,
    place: u32,
}

/// All of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Flights {
    places: Vec<Option<FlightState>>,
    free: Vec<u32>,
}

impl Flights {
    /// The place that the next one takes.
    pub fn next_id(&self, sent: EventId) -> FlightId {
        let place = self.free.last().copied().unwrap_or(self.places.len() as u32);
        FlightId { sent, place }
    }

    /// Puts one into the place that [`Flights::next_id`] named.
    pub fn push(&mut self, flight: FlightState) {
        match self.free.pop().and_then(|place| self.places.get_mut(place as usize)) {
            Some(place) => *place = Some(flight),
            None => self.places.push(Some(flight)),
        }
    }

    pub fn len(&self) -> usize {
        self.places.len() - self.free.len()
    }

    pub fn get(&self, id: FlightId) -> Option<&FlightState> {
        self.places.get(id.place as usize)?.as_ref().filter(|flight| flight.sent == id.sent)
    }

    pub fn get_mut(&mut self, id: FlightId) -> Option<&mut FlightState> {
        let place = self.places.get_mut(id.place as usize)?;
        place.as_mut().filter(|flight| flight.sent == id.sent)
    }

    pub fn remove(&mut self, id: FlightId) -> Option<FlightState> {
        self.get(id)?;
        self.free.push(id.place);
        self.places.get_mut(id.place as usize)?.take()
    }

    /// How many there are of this kind.
    pub fn count(&self, is_meant: impl Fn(&FlightState) -> bool) -> usize {
        self.places.iter().flatten().filter(|flight| is_meant(flight)).count()
    }

    /// Those that are meant, in the order of sending.
    pub fn find(&self, is_meant: impl Fn(&FlightState) -> bool) -> Vec<FlightId> {
        let here = self.places.iter().enumerate();
        let found = here.filter_map(|(place, flight)| {
            let flight = flight.as_ref().filter(|flight| is_meant(flight))?;
            Some(FlightId { sent: flight.sent, place: place as u32 })
        });
        let mut found: Vec<_> = found.collect();
        found.sort_by_key(|id| id.sent);
        found
    }
}
