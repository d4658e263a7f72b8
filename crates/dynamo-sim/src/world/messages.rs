//! Messages: launched with a fate, arriving or lost.

use dynamo_core::{Endpoint, Input, Message, MessageName, NodeId, Subject};

use super::{Actor, FlightState, Happening, World};
use crate::machine::is_data;
use crate::network::{End, Fate};
use crate::trace::{EventId, Loss, Recorder, TraceEvent};

impl<A: Actor> World<A> {
    pub(super) fn send(
        &mut self,
        from: Endpoint,
        to: Endpoint,
        message: Message,
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
        let due = fate.due;
        let event = TraceEvent::MessageSent { name: name.clone(), message: message.clone(), due };
        let sent = self.record(cause, event, recorder);
        self.launch(sent, name.clone(), message.clone(), fate);
        if let Some(fate) = copy {
            let event = TraceEvent::MessageCopied { original: sent, due: fate.due };
            let copied = self.record(Some(sent), event, recorder);
            self.launch(copied, name, message, fate);
        }
    }

    fn slowness(&self, end: Endpoint) -> u16 {
        match end {
            Endpoint::Node(node) => self.nodes.get(&node).map_or(1, |host| host.machine.slow),
            Endpoint::Client(_) => 1,
        }
    }

    pub(super) fn launch(
        &mut self,
        sent: EventId,
        name: MessageName,
        message: Message,
        fate: Fate,
    ) {
        let entry = match fate.end {
            End::Arrives => self.agenda.enter(fate.due, Happening::Arrival { sent }),
            End::Vanishes(time, why) => self.agenda.enter(time, Happening::Vanishing { sent, why }),
        };
        self.flights.insert(sent, FlightState { name, message, entry });
    }

    pub(super) fn lose(&mut self, sent: EventId, why: Loss, recorder: &mut dyn Recorder) {
        if self.flights.remove(&sent).is_some() {
            self.record(Some(sent), TraceEvent::MessageLost { sent, why }, recorder);
        }
    }

    pub(super) fn arrive(&mut self, sent: EventId, recorder: &mut dyn Recorder) {
        let Some(flight) = self.flights.get(&sent) else { return };
        let (from, to) = (flight.name.from, flight.name.to);
        if self.network.cuts.holds_back(from, to) {
            return self.lose(sent, Loss::Cut, recorder);
        }
        match to {
            Endpoint::Node(node) => {
                if !self.is_up(node) {
                    return self.lose(sent, Loss::ReceiverDown, recorder);
                }
                let Some(flight) = self.flights.remove(&sent) else { return };
                let event = TraceEvent::MessageArrived { sent };
                let arrived = self.record(Some(sent), event, recorder);
                self.input(node, arrived, Input::Received { from, message: flight.message });
            }
            Endpoint::Client(_) => {
                let Some(flight) = self.flights.remove(&sent) else { return };
                let event = TraceEvent::MessageArrived { sent };
                let arrived = self.record(Some(sent), event, recorder);
                self.hear(&flight.message, arrived, recorder);
                self.pass_on(to, from, flight.message, arrived);
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
        self.nodes.get(&node).is_some_and(|host| host.process.is_some())
    }
}
