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
    Endpoint, Fact, Message, MessageName, NodeId, Operation, RequestId, Shared, Subject, Timer,
};
use dynamo_sim::trace::Ended;
use dynamo_sim::{EventId, Finding, Record, Status, Time, TraceEvent};

use crate::ghost::{By, Change, Ghost};
use crate::judges::Check;
use crate::known::Known;
use crate::law::Breaches;

/// The name in texts and links.
pub const NAME: &str = "quorum";

/// The check.
#[derive(Clone, Debug, Default)]
pub struct Quorum {
    /// Whose replicas count for a request, as its coordinator believed when it took it.
    owners: Map<RequestId, Shared<Set<NodeId>>>,
    /// Messages that matter here, by the event that sent them.
    flights: Map<EventId, Message>,
    ends: Map<EventId, (Endpoint, Endpoint)>,
    /// Inputs on which a coordinator may read its own disk for a get.
    inputs: Map<EventId, RequestId>,
    own_reads: Map<EventId, (RequestId, NodeId)>,
    /// For each request and whoever coordinates it, the nodes that have told it what they hold.
    told: Map<(RequestId, Endpoint), Shared<Set<NodeId>>>,
    /// Nodes that had a put until a fault or the end of its tombstone took it from their disk.
    had: Map<RequestId, Shared<Set<NodeId>>>,
    breaches: Breaches,
}

impl Quorum {
    fn judge(&mut self, id: EventId, request: RequestId, nodes: &Set<NodeId>, known: &Known) {
        let Some(started) = known.ghost.operation(request) else { return };
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
            self.breaches.add(&known.law, None, breach);
        }
    }

    /// What a node had when it acknowledged counts, whatever became of it since.
    fn lost(&mut self, change: &Change, ghost: &Ghost) {
        for put in ghost.puts_of(&change.key) {
            if ghost.is_covered(put, &change.offered) {
                Shared::make_mut(self.had.entry(put).or_default()).insert(change.place.0);
            }
        }
    }

    fn sent(&mut self, id: EventId, name: &MessageName, message: &Message, known: &Known) {
        match message {
            Message::Get(_)
            | Message::GetAgain(_)
            | Message::ReadReply(_)
            | Message::NotMine(_) => {
                self.flights.insert(id, message.clone());
                self.ends.insert(id, (name.from, name.to));
            }
            Message::PutReply(reply) if matches!(reply.outcome, PutOutcome::Stored(_)) => {
                let mut nodes = known.ghost.nodes_with(reply.request, &reply.key);
                let had = self.had.get(&reply.request);
                nodes.extend(had.into_iter().flat_map(|had| had.iter().copied()));
                self.judge(id, reply.request, &nodes, known);
            }
            Message::GetReply(reply) if matches!(reply.outcome, GetOutcome::Found { .. }) => {
                let told = self.told.get(&(reply.request, name.from));
                let nodes = told.cloned().unwrap_or_default();
                self.judge(id, reply.request, &nodes, known);
            }
            _ => {}
        }
    }

    /// A coordinator learns what a node holds.
    fn hears(&mut self, request: RequestId, coordinator: Endpoint, node: NodeId) {
        Shared::make_mut(self.told.entry((request, coordinator)).or_default()).insert(node);
    }

    /// The replicas of these count for a request, too.
    fn count(&mut self, request: RequestId, owners: Set<NodeId>) {
        Shared::make_mut(self.owners.entry(request).or_default()).extend(owners);
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
                self.hears(reply.request, to, node);
            }
            _ => {}
        }
    }
}

impl Check for Quorum {
    fn see(&mut self, id: EventId, record: &Record, known: &Known) {
        for change in &known.changes {
            if matches!(change.by, By::Fault(_) | By::Burial) {
                self.lost(change, &known.ghost);
            }
        }
        match &record.event {
            TraceEvent::Noted { node, fact: Fact::Coordinates { request, key, .. } } => {
                self.count(*request, known.peace.beliefs().owners(*node, key));
            }
            // A library believes what some node told it; whoever answers it goes by its own belief.
            TraceEvent::ClientNoted { fact: Fact::Coordinates { request, key, .. }, .. } => {
                self.count(*request, known.peace.beliefs().own_owners(key));
            }
            // What a client coordinates itself it is not told in a message.
            TraceEvent::OperationEnded { request, ended: Ended::Found { .. } }
                if known.ghost.operation(*request).is_some_and(|it| it.via.is_none()) =>
            {
                let told = self.told.get(&(*request, request.client.into()));
                let nodes = told.cloned().unwrap_or_default();
                self.judge(id, *request, &nodes, known);
            }
            TraceEvent::MessageSent { name, message, .. } => {
                self.sent(id, name, message, known);
            }
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
                    self.hears(request, node.into(), node);
                }
            }
            _ => {}
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
