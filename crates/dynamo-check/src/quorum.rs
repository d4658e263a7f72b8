//! **quorum** (K10): what a coordinator says it counted was there to count.
//!
//! Always: when a put is answered with success, at least W distinct nodes have it on their disks
//! or in their write buffers, or had it there until a fault or until its tombstone was erased (an
//! answer may be repeated late), and as many of them are primaries as were asked for. When a get
//! is answered, at least R distinct nodes, and so many primaries, had told the coordinator what
//! they hold. While a range moves, old and new primaries count. Judged when the answer leaves the
//! coordinator. Cost: the places that hold the key.

use alloc::boxed::Box;
use alloc::vec;
use dynamo_core::collections::{Map, Set};

use dynamo_core::node::get::GetOutcome;
use dynamo_core::node::not_mine::NotMine;
use dynamo_core::node::put::PutOutcome;
use dynamo_core::{
    Endpoint, Fact, Message, MessageName, NodeId, Operation, RequestId, Subject, Timer,
};
use dynamo_sim::trace::{Ended, Started};
use dynamo_sim::{EventId, Finding, Record, Setup, Status, Time, TraceEvent, Watch};

use crate::beliefs::Beliefs;
use crate::ghost::{By, Change, Ghost};
use crate::law::Breaches;

/// The name in texts and links.
pub const NAME: &str = "quorum";

/// The check.
#[derive(Clone, Debug)]
pub struct Quorum {
    ghost: Ghost,
    beliefs: Beliefs,
    /// Whose replicas count for a request, as its coordinator believed when it took it.
    owners: Map<RequestId, Set<NodeId>>,
    started: Map<RequestId, Started>,
    /// Messages that matter here, by the event that sent them.
    flights: Map<EventId, Message>,
    ends: Map<EventId, (Endpoint, Endpoint)>,
    /// Inputs on which a coordinator may read its own disk for a get.
    inputs: Map<EventId, RequestId>,
    own_reads: Map<EventId, (RequestId, NodeId)>,
    /// For each request and whoever coordinates it, the nodes that have told it what they hold.
    told: Map<(RequestId, Endpoint), Set<NodeId>>,
    /// Nodes that had a put until a fault or the end of its tombstone took it from their disk.
    had: Map<RequestId, Set<NodeId>>,
    breaches: Breaches,
}

impl Quorum {
    /// The check for runs with this setup.
    pub fn new(setup: &Setup) -> Self {
        Quorum {
            ghost: Ghost::default(),
            beliefs: Beliefs::new(setup),
            owners: Map::new(),
            started: Map::new(),
            flights: Map::new(),
            ends: Map::new(),
            inputs: Map::new(),
            own_reads: Map::new(),
            told: Map::new(),
            had: Map::new(),
            breaches: Breaches::new(NAME, setup),
        }
    }

    fn judge(&mut self, id: EventId, request: RequestId, nodes: Set<NodeId>) {
        let Some(started) = self.started.get(&request) else { return };
        let owners = self.owners.get(&request);
        let is_primary = |node: &&NodeId| owners.is_some_and(|owners| owners.contains(node));
        let primaries = nodes.iter().filter(is_primary).count();
        let needed_primaries = started.strictness.primaries(started.needed);
        if nodes.len() < started.needed as usize || primaries < needed_primaries as usize {
            let breach = Finding {
                guilty: vec![id],
                request: Some(request),
                key: Some(started.key.clone()),
                ..Finding::plain(NAME, Status::Violated)
            };
            self.breaches.add(None, breach);
        }
    }

    /// What a node had when it acknowledged counts, whatever became of it since.
    fn lost(&mut self, change: &Change) {
        for put in self.ghost.puts_of(&change.key) {
            if self.ghost.is_covered(put, &change.offered) {
                self.had.entry(put).or_default().insert(change.place.0);
            }
        }
    }

    fn sent(&mut self, id: EventId, name: &MessageName, message: &Message) {
        match message {
            Message::Get(_)
            | Message::GetAgain(_)
            | Message::ReadReply(_)
            | Message::NotMine(_) => {
                self.flights.insert(id, message.clone());
                self.ends.insert(id, (name.from, name.to));
            }
            Message::PutReply(reply) if matches!(reply.outcome, PutOutcome::Stored(_)) => {
                let mut nodes = self.ghost.nodes_with(reply.request, &reply.key);
                nodes.extend(self.had.get(&reply.request).into_iter().flatten().copied());
                self.judge(id, reply.request, nodes);
            }
            Message::GetReply(reply) if matches!(reply.outcome, GetOutcome::Found { .. }) => {
                let told = self.told.get(&(reply.request, name.from));
                let nodes = told.cloned().unwrap_or_default();
                self.judge(id, reply.request, nodes);
            }
            _ => {}
        }
    }

    fn arrived(&mut self, id: EventId, sent: EventId) {
        let Some(message) = self.flights.remove(&sent) else { return };
        match (message, self.ends.remove(&sent)) {
            (Message::Get(get) | Message::GetAgain(get), _) => {
                self.inputs.insert(id, get.request);
            }
            (Message::NotMine(NotMine { subject: Subject::Request(request), .. }), _) => {
                self.inputs.insert(id, request);
            }
            (Message::ReadReply(reply), Some((Endpoint::Node(node), to))) => {
                self.told.entry((reply.request, to)).or_default().insert(node);
            }
            _ => {}
        }
    }
}

impl Watch for Quorum {
    fn name(&self) -> &'static str {
        NAME
    }

    fn see(&mut self, id: EventId, record: &Record) {
        self.breaches.see(record);
        for change in self.ghost.see(id, record) {
            if matches!(change.by, By::Fault(_) | By::Burial) {
                self.lost(&change);
            }
        }
        self.beliefs.see(id, record);
        match &record.event {
            TraceEvent::Noted { node, fact: Fact::Coordinates { request, key, .. } } => {
                let owners = self.beliefs.owners(*node, key);
                self.owners.entry(*request).or_default().extend(owners);
            }
            // A library believes what some node told it; whoever answers it goes by its own belief.
            TraceEvent::ClientNoted { fact: Fact::Coordinates { request, key, .. }, .. } => {
                let owners = self.beliefs.own_owners(key);
                self.owners.entry(*request).or_default().extend(owners);
            }
            TraceEvent::OperationStarted(started) => {
                self.started.insert(started.request, started.clone());
            }
            // What a client coordinates itself it is not told in a message.
            TraceEvent::OperationEnded { request, ended: Ended::Found { .. } }
                if self.started.get(request).is_some_and(|started| started.via.is_none()) =>
            {
                let told = self.told.get(&(*request, request.client.into()));
                let nodes = told.cloned().unwrap_or_default();
                self.judge(id, *request, nodes);
            }
            TraceEvent::MessageSent { name, message, .. } => self.sent(id, name, message),
            TraceEvent::MessageCopied { original, .. } => {
                if let Some(message) = self.flights.get(original).cloned()
                    && let Some(ends) = self.ends.get(original).copied()
                {
                    self.flights.insert(id, message);
                    self.ends.insert(id, ends);
                }
            }
            TraceEvent::MessageArrived { sent } => self.arrived(id, *sent),
            TraceEvent::MessageLost { sent, .. } => {
                self.flights.remove(sent);
                self.ends.remove(sent);
            }
            TraceEvent::TimerFired { timer: Timer::Silence(request), .. } => {
                self.inputs.insert(id, *request);
            }
            TraceEvent::DiskAsked { node, operation: Operation::Read { .. }, .. } => {
                let input = record.cause.and_then(|cause| self.inputs.get(&cause));
                if let Some(request) = input {
                    self.own_reads.insert(id, (*request, *node));
                }
            }
            TraceEvent::DiskCompleted { asked, .. } => {
                if let Some((request, node)) = self.own_reads.remove(asked) {
                    self.told.entry((request, node.into())).or_default().insert(node);
                }
            }
            _ => {}
        }
    }

    fn finding(&self, _now: Time) -> Finding {
        self.breaches.or_holds()
    }

    fn is_violated(&self) -> bool {
        self.breaches.is_violated()
    }

    fn clone_box(&self) -> Box<dyn Watch> {
        Box::new(self.clone())
    }
}
