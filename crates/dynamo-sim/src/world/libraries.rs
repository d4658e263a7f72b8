//! Client-driven coordination: every client that drives its own requests has a library (6.4).

use dynamo_core::collections::Map;
use dynamo_core::{
    Call, ClientId, Effect, Effects, Endpoint, Library, LocalTime, Message, NodeId, RequestId,
    Shared, Timer,
};

use super::{Actor, Happening, Pending, World};
use crate::agenda::Entry;
use crate::trace::{EventId, Recorder, TraceEvent};

/// A library, its timers, and to whom it sent its writes.
#[derive(Clone, Debug)]
pub(super) struct Host {
    library: Library,
    timers: Map<Timer, Entry>,
    calls: u64,
    driven: Map<RequestId, NodeId>,
}

impl<A: Actor> World<A> {
    /// A client's library is told something. Its effects wait in the outbox.
    pub(super) fn call(&mut self, client: ClientId, call: Call, cause: EventId) {
        let now = LocalTime(self.moment.time.as_micros());
        let host = self.libraries.entry(client).or_insert_with(|| Host {
            library: Library::new(client, self.config.clone(), self.setup.ring().into()),
            timers: Map::new(),
            calls: 0,
            driven: Map::new(),
        });
        host.calls += 1;
        let chance = self.setup.seed.draw("library", &(client, host.calls)).bits();
        let mut effects = Effects::default();
        host.library.step(now, call, chance, &mut effects);
        for effect in effects.drain() {
            if let Effect::Send { to: Endpoint::Node(node), message } = &effect
                && let Message::Put(put) | Message::PutAgain(put) = message
            {
                host.driven.insert(put.request, *node);
            }
            self.outbox.push_back(Pending { from: client.into(), cause, effect });
        }
    }

    /// What a client's library has to hear beside its client.
    pub(super) fn pass_on(
        &mut self,
        to: Endpoint,
        from: Endpoint,
        message: Shared<Message>,
        cause: EventId,
    ) {
        if let Endpoint::Client(client) = to
            && self.libraries.contains_key(&client)
            && !matches!(*message, Message::GetReply(_))
        {
            if let Message::PutReply(reply) = &*message
                && let Some(host) = self.libraries.get_mut(&client)
            {
                host.driven.remove(&reply.request);
            }
            self.call(client, Call::Received(from, Shared::unwrap_or_clone(message)), cause);
        }
    }

    /// A client has waited in vain for a write that its library sent.
    pub(super) fn tell_silence(&mut self, request: RequestId, cause: EventId) {
        let host = self.libraries.get_mut(&request.client);
        if let Some(node) = host.and_then(|host| host.driven.remove(&request)) {
            self.call(request.client, Call::Silent(node, request), cause);
        }
    }

    pub(super) fn library_timer_due(
        &mut self,
        client: ClientId,
        timer: Timer,
        recorder: &mut dyn Recorder,
    ) {
        let Some(host) = self.libraries.get_mut(&client) else { return };
        host.timers.remove(&timer);
        let fired = self.record(None, TraceEvent::ClientTimerFired { client, timer }, recorder);
        self.call(client, Call::Fired(timer), fired);
    }

    pub(super) fn carry_out_for(
        &mut self,
        client: ClientId,
        cause: EventId,
        effect: Effect,
        recorder: &mut dyn Recorder,
    ) {
        match effect {
            Effect::Send { to, message } if to == client.into() => {
                self.hear(&message, cause, recorder);
            }
            Effect::Send { to, message } => {
                self.send(client.into(), to, message.into(), Some(cause), recorder);
            }
            Effect::Arm { timer, after } => {
                self.library_disarm(client, timer);
                let due = self.moment.time + after;
                let entry = self.agenda.enter(due, Happening::LibraryTimer { client, timer });
                if let Some(host) = self.libraries.get_mut(&client) {
                    host.timers.insert(timer, entry);
                }
            }
            Effect::Disarm { timer } => self.library_disarm(client, timer),
            Effect::Note(fact) => {
                let fired = self.waiting_for(client.into(), &fact);
                let event = TraceEvent::ClientNoted { client, fact };
                let noted = self.record(Some(cause), event, recorder);
                self.fire(noted, fired, recorder);
            }
            // A library has no disk.
            Effect::Disk { .. } => {}
        }
    }

    fn library_disarm(&mut self, client: ClientId, timer: Timer) {
        let host = self.libraries.get_mut(&client);
        if let Some(entry) = host.and_then(|host| host.timers.remove(&timer)) {
            self.agenda.take_back(entry);
        }
    }
}
