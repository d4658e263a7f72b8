//! What a client got and what it did not get: versions in conflict, versions that were missed.

use alloc::vec::Vec;

use dynamo_core::{
    Endpoint, Fact, Key, Message, MessageKind, NodeId, Operation, Outcome, RequestId, Slot, Store,
    Subject, Versions,
};

use super::{Chain, Role};
use crate::trace::{Access, Ended, EventId, Started, TraceEvent};

/// The most versions whose absence is explained.
const ABSENT: usize = 2;

/// The most versions whose writers are named.
const WRITERS: usize = 4;

/// A put as the trace knows it.
pub(super) struct Put {
    request: RequestId,
    started: EventId,
    replaces: Vec<RequestId>,
    /// Where it ended well, if it did.
    pub(super) stored: Option<EventId>,
}

impl<'a> Chain<'a> {
    /// What an operation's end rests on beside its answer.
    pub(super) fn ended(&mut self, id: EventId, request: RequestId, ended: &Ended) {
        let Some((started, as_begun)) = self.started(request) else { return };
        self.add(started, Role::Led, &[]);
        match ended {
            Ended::Found { siblings } => {
                let puts = self.puts(&as_begun.key, id);
                let found: Vec<RequestId> = siblings.iter().map(|it| it.request).collect();
                self.writers(&puts, &found);
                self.missed(id, started, request, &puts, &found);
            }
            Ended::Failed(_) | Ended::Unknown(_) | Ended::Stored => {}
        }
        if self.record(id).is_some_and(|record| record.cause.is_none()) {
            self.unheard(id, started, request);
        }
    }

    fn started(&self, request: RequestId) -> Option<(EventId, &'a Started)> {
        self.from(EventId(0)).find_map(|(id, record)| match &record.event {
            TraceEvent::OperationStarted(started) if started.request == request => {
                Some((id, started))
            }
            _ => None,
        })
    }

    /// The puts of a key that began before an event.
    pub(super) fn puts(&self, key: &Key, until: EventId) -> Vec<Put> {
        let mut puts: Vec<Put> = Vec::new();
        for (id, record) in self.from(EventId(0)).take_while(|(id, _)| *id < until) {
            match &record.event {
                TraceEvent::OperationStarted(it) if it.key == *key => {
                    if let Access::Put { replaces, .. } = &it.access {
                        let (request, replaces) = (it.request, replaces.clone());
                        puts.push(Put { request, started: id, replaces, stored: None });
                    }
                }
                TraceEvent::OperationEnded { request, ended: Ended::Stored } => {
                    if let Some(put) = puts.iter_mut().find(|put| put.request == *request) {
                        put.stored = Some(id);
                    }
                }
                _ => {}
            }
        }
        puts
    }

    /// Who wrote what was found; of several, that they had not seen each other.
    fn writers(&mut self, puts: &[Put], found: &[RequestId]) {
        let writers = puts.iter().rev().filter(|put| found.contains(&put.request));
        for put in writers.take(WRITERS) {
            let covered = covered(puts, core::slice::from_ref(&put.request));
            let others: Vec<RequestId> =
                found.iter().copied().filter(|other| !covered.contains(other)).collect();
            let role = if others.is_empty() { Role::Led } else { Role::Unseen { others } };
            self.add(put.started, role, &[]);
        }
    }

    /// Puts that had ended well when the read began and are not in what it found.
    fn missed(
        &mut self,
        id: EventId,
        started: EventId,
        read: RequestId,
        puts: &[Put],
        found: &[RequestId],
    ) {
        let covered_by_found = covered(puts, found);
        let is_missed = |put: &&Put| {
            put.stored.is_some_and(|stored| stored < started)
                && !covered_by_found.contains(&put.request)
        };
        let mut missed: Vec<&Put> = puts.iter().filter(is_missed).collect();
        let newer: Vec<Vec<RequestId>> =
            missed.iter().map(|put| covered(puts, &put.replaces)).collect();
        missed.retain(|put| !newer.iter().any(|older| older.contains(&put.request)));
        let answered = self.answered(started, id, read);
        for put in missed.iter().rev().take(ABSENT) {
            let Some(stored) = put.stored else { continue };
            self.add(stored, Role::Missed { by: read }, &[]);
            for (node, reply) in &answered {
                self.lacks(*node, put.request, *reply);
            }
            self.holders(put.request, &answered, id);
        }
    }

    /// Whose answers a read got, and with which event they gave it.
    fn answered(&self, started: EventId, end: EventId, read: RequestId) -> Vec<(NodeId, EventId)> {
        let own = self.links.iter().filter_map(|link| match &self.record(link.id)?.event {
            TraceEvent::DiskCompleted { node, .. } if link.role == Role::Answered => {
                Some((*node, link.id))
            }
            _ => None,
        });
        let mut all: Vec<(NodeId, EventId)> = own.collect();
        for (_, record) in self.from(started).take_while(|(id, _)| *id < end) {
            let TraceEvent::MessageArrived { sent } = &record.event else { continue };
            if let Some((name, Message::ReadReply(reply))) = self.trace.message(*sent)
                && let (true, Endpoint::Node(node)) = (reply.request == read, name.from)
            {
                all.push((node, *sent));
            }
        }
        all
    }

    /// Why a node does not hold what a put wrote, at an event.
    pub(super) fn lacks(&mut self, node: NodeId, put: RequestId, at: EventId) {
        let copy = self.copy_for(node, put, at);
        if let Some(sent) = copy {
            return match self.fate(sent) {
                Some((lost, false)) => {
                    self.add(lost, Role::Led, &[sent]);
                    self.behind_loss(lost);
                }
                Some((arrived, true)) if arrived < at => self.lost_since(node, at),
                _ => self.add(sent, Role::Late, &[]),
            };
        }
        // Nobody sent it one: it seemed down, and somebody else keeps its copy.
        let coordinates = self.from(EventId(0)).take_while(|(id, _)| *id < at);
        let mut coordinates = coordinates.filter_map(|(id, record)| match &record.event {
            TraceEvent::Noted { node, fact: Fact::Coordinates { request, .. } }
                if *request == put =>
            {
                Some((id, Endpoint::Node(*node)))
            }
            _ => None,
        });
        let Some((id, by)) = coordinates.next() else { return };
        if by != Endpoint::Node(node) {
            self.suspicions(id, by, Some(node));
        }
    }

    /// The message that brings a node its copy of what a put wrote, sent before an event.
    fn copy_for(&self, node: NodeId, put: RequestId, at: EventId) -> Option<EventId> {
        let found = self.before(at).find(|(_, record)| match &record.event {
            TraceEvent::MessageSent { name, message, .. } => {
                name.to == Endpoint::Node(node)
                    && name.subject == Subject::Request(put)
                    && matches!(name.kind, MessageKind::Write | MessageKind::DurableWrite)
                    && message.as_write().is_some_and(|write| write.slot.store == Store::Main)
            }
            _ => false,
        });
        found.map(|(id, _)| id)
    }

    /// The fault that took a copy away again.
    fn lost_since(&mut self, node: NodeId, at: EventId) {
        let fault = self.before(at).find(|(_, record)| {
            matches!(&record.event, TraceEvent::DiskChanged { node: it, .. } if *it == node)
        });
        if let Some((id, _)) = fault {
            self.back(id);
        }
    }

    /// Who holds what was missed: the stand-ins that keep it, and a holder that is down.
    fn holders(&mut self, put: RequestId, answered: &[(NodeId, EventId)], at: EventId) {
        let mut held: Vec<(EventId, NodeId)> = Vec::new();
        for (id, record) in self.from(EventId(0)).take_while(|(id, _)| *id < at) {
            let TraceEvent::DiskCompleted { asked, node, outcome } = &record.event else {
                continue;
            };
            let stores = match (self.trace.operation(*asked), outcome) {
                (Some(Operation::Update { request, .. }), Outcome::Updated { .. }) => {
                    *request == put
                }
                (Some(Operation::Merge { .. }), Outcome::Merged { versions, changed: true }) => {
                    holds(versions, put)
                }
                _ => false,
            };
            if stores && !answered.iter().any(|(other, _)| other == node) {
                held.push((id, *node));
            }
        }
        for (id, node) in held.into_iter().take(ABSENT) {
            self.add(id, Role::Led, &[]);
            self.down_since(at, node);
        }
    }

    /// What a client heard nothing of: its own message, its coordinator's end, the answer.
    fn unheard(&mut self, id: EventId, started: EventId, request: RequestId) {
        let mut by: Option<NodeId> = None;
        let mut causes: Vec<EventId> = Vec::new();
        for (event, record) in self.from(started).take_while(|(event, _)| *event < id) {
            match &record.event {
                TraceEvent::Noted { node, fact: Fact::Coordinates { request: it, .. } }
                    if *it == request =>
                {
                    by = Some(*node);
                    causes.push(event);
                }
                TraceEvent::NodeCrashed { node } if by == Some(*node) => causes.push(event),
                TraceEvent::MessageLost { sent, .. } => {
                    let Some((name, _)) = self.trace.message(*sent) else { continue };
                    let client = Endpoint::Client(request.client);
                    if name.subject == Subject::Request(request)
                        && (name.from == client || name.to == client)
                    {
                        causes.push(event);
                    }
                }
                TraceEvent::DiskCompleted { asked, outcome: Outcome::Updated { .. }, .. } => {
                    let own = matches!(self.trace.operation(*asked),
                        Some(Operation::Update { request: it, .. }) if *it == request);
                    if own {
                        causes.push(event);
                    }
                }
                _ => {}
            }
        }
        let answer = causes.is_empty();
        causes.into_iter().for_each(|cause| self.back(cause));
        if let (true, Some(by)) = (answer, by) {
            self.silences(id, Endpoint::Node(by), request);
        }
    }

    /// The last event that changed what a node holds of a key as its own.
    pub(super) fn last_change(&self, node: NodeId, key: &Key) -> Option<EventId> {
        let slot = Slot { store: Store::Main, key: key.clone() };
        self.last_change_of(node, &slot, EventId(self.end as u32))
    }

    /// The last event before another that changed what a slot of a node's disk holds.
    pub(super) fn last_change_of(
        &self,
        node: NodeId,
        slot: &Slot,
        end: EventId,
    ) -> Option<EventId> {
        let found = self.before(end).find(|(_, record)| match &record.event {
            TraceEvent::DiskCompleted { asked, node: by, outcome } => {
                *by == node
                    && super::changes(outcome)
                    && matches!(self.trace.operation(*asked),
                        Some(Operation::Update { slot: of, .. } | Operation::Merge { slot: of, .. }
                            | Operation::Remove { slot: of, .. }) if of == slot)
            }
            TraceEvent::DiskChanged { node: by, slots, .. } => {
                *by == node && slots.iter().any(|(of, _)| of == slot)
            }
            _ => false,
        });
        found.map(|(id, _)| id)
    }

    /// Why a node does not hold the puts that it lacks.
    pub(super) fn what_is_lacking(&mut self, node: NodeId, key: &Key) {
        let end = EventId(self.end as u32);
        let held = self.last_change(node, key).and_then(|id| self.held_after(id, key));
        let held = held.unwrap_or_default();
        let puts = self.puts(key, end);
        let covered = covered(&puts, &held);
        let stored = self.minted(end);
        let lacking = puts
            .iter()
            .rev()
            .filter(|put| !covered.contains(&put.request) && stored.contains(&put.request));
        let lacking: Vec<(RequestId, EventId)> =
            lacking.take(ABSENT).map(|put| (put.request, put.started)).collect();
        for (put, started) in lacking {
            self.add(started, Role::Led, &[]);
            self.lacks(node, put, end);
            self.hint(node, key, started);
        }
    }

    /// Who keeps a node's copy for it since a put began, and the fault that took it away.
    fn hint(&mut self, owner: NodeId, key: &Key, since: EventId) {
        let kept = self.from(since).find_map(|(id, record)| match &record.event {
            TraceEvent::Noted { node, fact: Fact::HintKept { owner: whose, key: of } } => {
                (*whose == owner && of == key).then_some((id, *node))
            }
            _ => None,
        });
        let Some((kept, keeper)) = kept else { return };
        self.back(kept);
        let slot = Slot { store: Store::Hints(owner), key: key.clone() };
        let gone = self.from(kept).find(|(_, record)| match &record.event {
            TraceEvent::DiskChanged { node, slots, .. } => {
                *node == keeper && slots.iter().any(|(of, _)| *of == slot)
            }
            _ => false,
        });
        if let Some((gone, _)) = gone {
            self.back(gone);
        }
    }

    /// The puts that a disk holds after a change, if it still holds something.
    fn held_after(&self, id: EventId, key: &Key) -> Option<Vec<RequestId>> {
        let versions = match &self.record(id)?.event {
            TraceEvent::DiskCompleted {
                outcome: Outcome::Updated { versions, .. } | Outcome::Merged { versions, .. },
                ..
            } => versions,
            TraceEvent::DiskChanged { slots, .. } => {
                let content = slots.iter().find(|(slot, _)| slot.key == *key)?;
                content.1.as_ref()?
            }
            _ => return None,
        };
        Some(versions.siblings().map(|(_, sibling)| sibling.request).collect())
    }

    /// The puts that a disk has stored.
    fn minted(&self, until: EventId) -> Vec<RequestId> {
        let records = self.from(EventId(0)).take_while(|(id, _)| *id < until);
        let minted = records.filter_map(|(_, record)| match &record.event {
            TraceEvent::DiskCompleted { asked, outcome: Outcome::Updated { .. }, .. } => {
                match self.trace.operation(*asked)? {
                    Operation::Update { request, .. } => Some(*request),
                    _ => None,
                }
            }
            _ => None,
        });
        minted.collect()
    }
}

fn holds(versions: &Versions, put: RequestId) -> bool {
    versions.siblings().any(|(_, sibling)| sibling.request == put)
}

/// These puts and all that they replace.
fn covered(puts: &[Put], of: &[RequestId]) -> Vec<RequestId> {
    let mut covered = Vec::new();
    let mut left: Vec<RequestId> = of.to_vec();
    while let Some(next) = left.pop() {
        if covered.contains(&next) {
            continue;
        }
        covered.push(next);
        if let Some(put) = puts.iter().find(|put| put.request == next) {
            left.extend(put.replaces.iter().copied());
        }
    }
    covered
}
