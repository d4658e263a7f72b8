//! Messages: launched with a fate, arriving or lost.

use dynamo_core::{Endpoint, Input, Message, MessageName, NodeId, Shared, Subject, wire};

use super::{Actor, FlightId, FlightState, Happening, World};
use crate::machine::is_data;
use crate::network::{End, Fate};
use crate::trace::{EventId, Loss, Recorder, TraceEvent};

impl<A: Actor> World<A> {
    pub(super) fn send(
        &mut self,
        from: Endpoint,
        to: Endpoint,
        message: Shared<Message>,
        cause: Option<EventId>,
        recorder: &mut dyn Recorder,
    ) {
        let name = MessageName { subject: message.subject(), kind: message.kind(), from, to };
        let now = self.moment.time;
        let attempt = match name.subject {
            Subject::Request(request) => self.clients.attempt(request),
            _ => 1,
        };
        let slow = if is_data(name.kind) { self.slowness(from).max(self.slowness(to)) } else { 1 };
        let (fate, copy) =
            self.network.decide(&self.setup, now, &self.settings, &name, attempt, slow);
        let fate = match self.is_full(&name) {
            true => fate.vanishing(now, Loss::Overflow),
            false => fate,
        };
        let due = fate.due;
        let event = TraceEvent::MessageSent { name: name.clone(), message: message.clone(), due };
        let sent = self.record(cause, event, recorder);
        let Some(copy) = copy else { return self.launch(sent, name, message, fate) };
        self.launch(sent, name.clone(), message.clone(), fate);
        let event = TraceEvent::MessageCopied { original: sent, due: copy };
        let copied = self.record(Some(sent), event, recorder);
        self.launch(copied, name, message, Fate::arrives(copy));
    }

    fn slowness(&self, end: Endpoint) -> u16 {
        match end {
            Endpoint::Node(node) => self.nodes.get(node).map_or(1, |host| host.machine.slow),
            Endpoint::Client(_) => 1,
        }
    }

    pub(super) fn launch(
        &mut self,
        sent: EventId,
        name: MessageName,
        message: Shared<Message>,
        fate: Fate,
    ) {
        let flight = self.flights.next_id(sent);
        let entry = match fate.end {
            End::Arrives => self.agenda.enter(fate.due, Happening::Arrival(flight)),
            End::Vanishes(time, why) => self.agenda.enter(time, Happening::Vanishing(flight, why)),
        };
        let flip = fate.flip;
        self.flights.push(FlightState { sent, name, message, entry, flip, clogged: false });
    }

    /// Whether the link of this message carries as many as it can.
    fn is_full(&self, name: &MessageName) -> bool {
        let capacity = usize::from(self.settings.capacity);
        let is_beside = |it: &FlightState| (it.name.from, it.name.to) == (name.from, name.to);
        capacity > 0 && self.flights.count(is_beside) >= capacity
    }

    /// What waited at the end of a link that is free now arrives, in the order of sending.
    pub(super) fn unclog(&mut self) {
        let now = self.moment.time;
        for id in self.flights.find(|flight| flight.clogged) {
            let Some(flight) = self.flights.get_mut(id) else { continue };
            if !self.network.links.clogs.holds_back(flight.name.from, flight.name.to) {
                flight.clogged = false;
                flight.entry = self.agenda.enter(now, Happening::Arrival(id));
            }
        }
    }

    /// What a turned bit makes of a message that arrives; false if it does not arrive so.
    fn turn_a_bit(&mut self, id: FlightId, recorder: &mut dyn Recorder) -> bool {
        let checksums = self.settings.checksums;
        let Some(flight) = self.flights.get_mut(id) else { return false };
        let Some(chance) = flight.flip.take() else { return true };
        let mut bytes = wire::bytes(&*flight.message);
        let place = chance.below(bytes.len() as u64 * 8);
        bytes[(place / 8) as usize] ^= 1 << (place % 8);
        let altered = if checksums { None } else { wire::read::<Message>(&bytes) };
        let Some(message) = altered.map(Shared::new) else {
            self.lose(id, Loss::Corrupt, recorder);
            return false;
        };
        flight.message = message.clone();
        let sent = id.sent;
        self.record(Some(sent), TraceEvent::MessageAltered { sent, message }, recorder);
        true
    }

    pub(super) fn lose(&mut self, id: FlightId, why: Loss, recorder: &mut dyn Recorder) {
        if self.flights.remove(id).is_some() {
            let sent = id.sent;
            self.record(Some(sent), TraceEvent::MessageLost { sent, why }, recorder);
        }
    }

    /// A message is at its receiver: it has taken its time, or an act delivers it.
    pub(super) fn arrive(&mut self, id: FlightId, cause: EventId, recorder: &mut dyn Recorder) {
        let Some(flight) = self.flights.get_mut(id) else { return };
        let (from, to) = (flight.name.from, flight.name.to);
        if self.network.links.cuts.holds_back(from, to) {
            return self.lose(id, Loss::Cut, recorder);
        }
        if self.network.links.clogs.holds_back(from, to) {
            flight.clogged = true;
            return;
        }
        if flight.flip.is_some() && !self.turn_a_bit(id, recorder) {
            return;
        }
        if let Endpoint::Node(node) = to
            && !self.is_up(node)
        {
            return self.lose(id, Loss::ReceiverDown, recorder);
        }
        let Some(FlightState { sent, message, .. }) = self.flights.remove(id) else { return };
        let arrived = self.record(Some(cause), TraceEvent::MessageArrived { sent }, recorder);
        match to {
            Endpoint::Node(node) => {
                let message = Shared::unwrap_or_clone(message);
                self.input(node, arrived, Input::Received { from, message });
            }
            Endpoint::Client(_) => {
                self.hear(&message, arrived, recorder);
                self.pass_on(to, from, message, arrived);
            }
        }
    }

    /// A client hears how its operation ended.
    pub(super) fn hear(&mut self, message: &Message, cause: EventId, recorder: &mut dyn Recorder) {
        if let Some((open, ended)) = self.clients.hear(message) {
            self.agenda.take_back(open.timeout);
            let request = open.started.request;
            let event = TraceEvent::OperationEnded { request, ended };
            self.record(Some(cause), event, recorder);
        }
    }

    pub(super) fn is_up(&self, node: NodeId) -> bool {
        self.nodes.get(node).is_some_and(|host| host.process.is_some())
    }
}
