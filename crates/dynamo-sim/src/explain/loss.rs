//! What never came: messages that were lost, silence, and the suspicions that grow out of it.

use alloc::vec::Vec;

use dynamo_core::{Endpoint, Fact, NodeId, RequestId, Subject};

use super::{Chain, Role};
use crate::script::{Command, FateChange};
use crate::trace::{EventId, Loss, TraceEvent};

/// The most nodes whose silence one decision is explained by.
const SILENT: usize = 3;

impl Chain<'_> {
    /// What became of a message, as far as it matters.
    pub(super) fn fate(&self, sent: EventId) -> Option<(EventId, bool)> {
        self.from(sent).find_map(|(id, record)| match &record.event {
            TraceEvent::MessageArrived { sent: it } if *it == sent => Some((id, true)),
            TraceEvent::MessageLost { sent: it, .. } if *it == sent => Some((id, false)),
            _ => None,
        })
    }

    /// Why a message was lost: the receiver's crash, the cut, the act that took it.
    pub(super) fn behind_loss(&mut self, lost: EventId) {
        let Some(record) = self.record(lost) else { return };
        let TraceEvent::MessageLost { sent, why } = &record.event else { return };
        let Some((name, _)) = self.trace.message(*sent) else { return };
        let to = name.to;
        let behind = self.before(lost).find(|(_, record)| match (&record.event, why) {
            (TraceEvent::NodeCrashed { node }, Loss::ReceiverDown) => Endpoint::Node(*node) == to,
            (TraceEvent::CommandApplied { command: Command::Cut(_), .. }, Loss::Cut) => true,
            (
                TraceEvent::CommandApplied { command: Command::Fate(_, FateChange::Lose), .. },
                Loss::Taken,
            ) => true,
            _ => false,
        });
        if let Some((id, _)) = behind {
            self.back(id);
        }
    }

    /// Why an endpoint heard nothing of a node about a subject.
    pub(super) fn silence(&mut self, id: EventId, by: Endpoint, node: NodeId, about: &Subject) {
        let asked = self.before(id).find(|(_, record)| match &record.event {
            TraceEvent::MessageSent { name, .. } => {
                name.from == by && name.to == Endpoint::Node(node) && name.subject == *about
            }
            _ => false,
        });
        // It may be the silence as a whole, not that of one subject.
        let asked = asked.or_else(|| {
            self.before(id).find(|(_, record)| match &record.event {
                TraceEvent::MessageSent { name, .. } => {
                    name.from == by && name.to == Endpoint::Node(node)
                }
                _ => false,
            })
        });
        let Some((sent, _)) = asked else { return };
        self.unanswered(sent, node);
    }

    /// Why a message to a node brought no answer in time.
    pub(super) fn unanswered(&mut self, sent: EventId, node: NodeId) {
        match self.fate(sent) {
            Some((lost, false)) => {
                self.add(lost, Role::Led, &[sent]);
                self.behind_loss(lost);
            }
            None => {
                // It will be lost, or comes too late.
                self.add(sent, Role::Late, &[]);
                self.down_since(sent, node);
            }
            Some((arrived, true)) => {
                let answer = self.from(arrived).find(|(_, record)| match &record.event {
                    TraceEvent::MessageSent { name, .. } => {
                        name.from == Endpoint::Node(node)
                            && self.trace.message(sent).is_some_and(|(asked, _)| {
                                asked.subject == name.subject && asked.from == name.to
                            })
                    }
                    TraceEvent::NodeCrashed { node: it } => *it == node,
                    _ => false,
                });
                match answer {
                    Some((id, record))
                        if matches!(record.event, TraceEvent::NodeCrashed { .. }) =>
                    {
                        self.back(id);
                    }
                    Some((answer, _)) => match self.fate(answer) {
                        Some((lost, false)) => {
                            self.add(lost, Role::Led, &[answer]);
                            self.behind_loss(lost);
                        }
                        _ => self.add(answer, Role::Late, &[sent]),
                    },
                    None => self.add(sent, Role::Late, &[]),
                }
            }
        }
    }

    /// The crash after which a node has not started again, if it is down.
    pub(super) fn down_since(&mut self, id: EventId, node: NodeId) -> bool {
        let life = self.before(id).find(|(_, record)| match &record.event {
            TraceEvent::NodeCrashed { node: it } => *it == node,
            TraceEvent::NodeStarted { boot } => boot.node == node,
            _ => false,
        });
        match life {
            Some((crash, record)) if matches!(record.event, TraceEvent::NodeCrashed { .. }) => {
                self.back(crash);
                true
            }
            _ => false,
        }
    }

    /// The opinions that stood when an endpoint decided: all of them, or that of one node.
    pub(super) fn suspicions(&mut self, id: EventId, by: Endpoint, only: Option<NodeId>) {
        let mut settled: Vec<NodeId> = Vec::new();
        let mut found: Vec<EventId> = Vec::new();
        for (event, record) in self.before(id) {
            let (from, fact) = match &record.event {
                TraceEvent::Noted { node, fact } => (Endpoint::Node(*node), fact),
                TraceEvent::ClientNoted { client, fact } => (Endpoint::Client(*client), fact),
                TraceEvent::NodeStarted { boot } if by == Endpoint::Node(boot.node) => break,
                _ => continue,
            };
            let (node, is_down) = match fact {
                Fact::SeemsDown { node, .. } => (*node, true),
                Fact::SeemsUp { node } => (*node, false),
                _ => continue,
            };
            if from != by || only.is_some_and(|only| only != node) {
                continue;
            }
            if !settled.contains(&node) {
                settled.push(node);
                found.extend(is_down.then_some(event));
            }
            if found.len() == SILENT || only.is_some() {
                break;
            }
        }
        found.into_iter().for_each(|event| self.back(event));
    }

    /// Why a request got too few answers: the replicas that gave none.
    pub(super) fn silences(&mut self, id: EventId, by: Endpoint, request: RequestId) {
        let Some(since) = self.coordinates(id, by, request) else { return };
        let mut asked: Vec<(NodeId, EventId)> = Vec::new();
        for (event, record) in self.from(since).take_while(|(event, _)| *event < id) {
            match &record.event {
                TraceEvent::MessageSent { name, .. }
                    if name.subject == Subject::Request(request) =>
                {
                    if let (true, Endpoint::Node(node)) = (name.from == by, name.to) {
                        asked.push((node, event));
                    }
                }
                TraceEvent::MessageArrived { sent } => {
                    let Some((name, _)) = self.trace.message(*sent) else { continue };
                    if let (true, Endpoint::Node(node)) = (name.to == by, name.from)
                        && name.subject == Subject::Request(request)
                    {
                        asked.retain(|(other, _)| *other != node);
                    }
                }
                _ => {}
            }
        }
        for (node, sent) in asked.into_iter().take(SILENT) {
            self.unanswered(sent, node);
        }
    }
}
