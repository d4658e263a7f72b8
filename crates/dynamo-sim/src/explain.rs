//! Why something happened: from an outcome back to the events that caused it.
//!
//! Every record names the input that it answers. That gives one path back; what has several causes
//! (a quorum has W or R of them) or none that is recorded (a silence, a version that a read did
//! not find) is looked up among the records of its request. What comes out is a short chain in the
//! order of time, the outcome last. It is a function of the trace; its words are found above.

mod faults;
mod loss;
mod quorum;
mod reads;
mod steps;

use alloc::vec::Vec;

use dynamo_core::{Endpoint, Fact, Key, NodeId, Outcome, RequestId, Subject};

use crate::script::Command;
use crate::time::Moment;
use crate::trace::{EventId, Record, Trace, TraceEvent};
use steps::compares;

/// The most links of a chain.
pub const MOST: usize = 14;

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// Why did this happen?
    Event(EventId),
    /// Why does a disk hold this of a key, and no more?
    Replica {
        /// Whose disk.
        node: NodeId,
        /// The key.
        key: Key,
        /// When.
        at: Moment,
    },
}

/// One link of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The event.
    pub id: EventId,
    /// What it has to do with the outcome.
    pub role: Role,
    /// The messages that carried it on.
    pub ways: Vec<EventId>,
}

/// What an event has to do with the outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// It led there.
    Led,
    /// A replica answered, with all that it held.
    Answered,
    /// This put had ended well before the read began, and the read did not find it.
    Missed {
        /// The read.
        by: RequestId,
    },
    /// Its client had not seen these puts: neither they nor this one replaces the other.
    Unseen {
        /// The other puts.
        others: Vec<RequestId>,
    },
    /// This message arrives too late to matter.
    Late,
    /// It is what was asked about.
    Outcome,
}

/// The chain of causes behind what is asked for; empty if the trace has no such event.
pub fn explain(trace: &Trace, question: &Question) -> Vec<Link> {
    let end = match question {
        Question::Event(id) => id.0 as usize + 1,
        Question::Replica { at, .. } => trace.count_until(*at),
    };
    let (links, walked) = (Vec::new(), Vec::new());
    let mut chain = Chain { trace, end: end.min(trace.len()), links, walked };
    match question {
        Question::Event(id) => {
            chain.back(*id);
            chain.taken(*id);
            chain.outcome(*id);
        }
        Question::Replica { node, key, .. } => {
            if let Some(last) = chain.last_change(*node, key) {
                chain.back(last);
                chain.outcome(last);
            }
            chain.what_is_lacking(*node, key);
        }
    }
    chain.shortened()
}

struct Chain<'a> {
    trace: &'a Trace,
    /// Records from here on are no causes.
    end: usize,
    /// In order.
    links: Vec<Link>,
    /// Where it has been.
    walked: Vec<EventId>,
}

impl<'a> Chain<'a> {
    fn add(&mut self, id: EventId, role: Role, ways: &[EventId]) {
        let at = self.links.partition_point(|link| link.id < id);
        if self.links.get(at).is_none_or(|link| link.id != id) {
            self.links.insert(at, Link { id, role, ways: Vec::new() });
        }
        let link = &mut self.links[at];
        ways.iter().filter(|way| **way != id).for_each(|way| {
            if !link.ways.contains(way) {
                link.ways.push(*way);
            }
        });
    }

    fn outcome(&mut self, id: EventId) {
        self.add(id, Role::Outcome, &[]);
        if let Some(link) = self.links.iter_mut().find(|link| link.id == id) {
            link.role = Role::Outcome;
        }
    }

    fn record(&self, id: EventId) -> Option<&'a Record> {
        self.trace.get(id).filter(|_| (id.0 as usize) < self.end)
    }

    /// The records from one on that can be causes.
    fn from(&self, id: EventId) -> impl Iterator<Item = (EventId, &'a Record)> + use<'a> {
        let (first, trace) = (id.0 as usize, self.trace);
        trace.iter_from(first).take(self.end.saturating_sub(first))
    }

    /// The records before one, the last first.
    fn before(&self, id: EventId) -> impl Iterator<Item = (EventId, &'a Record)> + use<'a> {
        let trace = self.trace;
        (0..id.0).rev().filter_map(move |id| Some((EventId(id), trace.get(EventId(id))?)))
    }

    /// Walks the path back from an event, and takes in what tells something.
    fn back(&mut self, id: EventId) {
        let mut at = Some(id);
        let mut ways: Vec<EventId> = Vec::new();
        while let Some(id) = at {
            if self.walked.contains(&id) {
                return;
            }
            self.walked.push(id);
            let Some(record) = self.record(id) else { return };
            at = match &record.event {
                TraceEvent::MessageArrived { sent } => Some(*sent),
                TraceEvent::MessageCopied { original, .. } => Some(*original),
                TraceEvent::MessageSent { message, .. } => {
                    ways.push(id);
                    if compares(message) {
                        self.add(id, Role::Led, &[]);
                    }
                    self.reason(id, record).or(record.cause)
                }
                TraceEvent::DiskAnswered { completed, .. } => Some(*completed),
                TraceEvent::DiskCompleted { asked, outcome, .. } => {
                    if matches!(outcome, Outcome::Updated { .. } | Outcome::Merged { .. }) {
                        self.add(id, Role::Led, &core::mem::take(&mut ways));
                    }
                    Some(*asked)
                }
                TraceEvent::DiskAsked { .. } => self.reason(id, record).or(record.cause),
                TraceEvent::TimerFired { node, timer } => {
                    let is_armed = |record: &Record| {
                        matches!(&record.event, TraceEvent::TimerArmed { node: by, timer: other, .. }
                            if by == node && other == timer)
                    };
                    let armed = self.before(id).find(|(_, record)| is_armed(record));
                    armed.and_then(|(_, record)| record.cause)
                }
                TraceEvent::TimerArmed { .. } | TraceEvent::TimerDisarmed { .. } => record.cause,
                TraceEvent::Noted { node, fact } => {
                    self.add(id, Role::Led, &core::mem::take(&mut ways));
                    self.fact(id, (*node).into(), fact, record.cause)
                }
                TraceEvent::ClientNoted { client, fact } => {
                    self.add(id, Role::Led, &core::mem::take(&mut ways));
                    self.fact(id, (*client).into(), fact, record.cause)
                }
                TraceEvent::OperationStarted(_) => {
                    self.add(id, Role::Led, &core::mem::take(&mut ways));
                    None
                }
                TraceEvent::OperationEnded { request, ended } => {
                    self.add(id, Role::Led, &core::mem::take(&mut ways));
                    self.ended(id, *request, ended);
                    record.cause
                }
                TraceEvent::MessageLost { sent, .. } => {
                    self.add(id, Role::Led, &[*sent]);
                    self.behind_loss(id);
                    Some(*sent)
                }
                // What an act does at once tells of the act.
                TraceEvent::NodeCrashed { .. } => {
                    self.add(id, Role::Led, &[]);
                    None
                }
                TraceEvent::NodeStarted { .. } | TraceEvent::DiskChanged { .. } => {
                    self.add(id, Role::Led, &[]);
                    record.cause.filter(|_| matches!(record.event, TraceEvent::DiskChanged { .. }))
                }
                TraceEvent::CommandApplied { command, .. } => {
                    // What these do tells of them.
                    let told = matches!(
                        command,
                        Command::Operation(_)
                            | Command::Crash(_)
                            | Command::Restart(_)
                            | Command::Wipe(_)
                            | Command::Rot(..)
                            | Command::Misplace(..)
                            | Command::Tear(..)
                    );
                    if !told {
                        self.add(id, Role::Led, &[]);
                    }
                    record.cause
                }
                TraceEvent::CommandRefused { .. }
                | TraceEvent::OperationRetried { .. }
                | TraceEvent::MessageDelayed { .. }
                | TraceEvent::MessageAltered { .. }
                | TraceEvent::DiskRecovered { .. } => {
                    self.add(id, Role::Led, &[]);
                    record.cause
                }
                TraceEvent::ClientTimerFired { .. } => None,
            };
        }
    }

    /// What a decision rests on beyond the path, and where the path goes on.
    fn fact(
        &mut self,
        id: EventId,
        by: Endpoint,
        fact: &Fact,
        cause: Option<EventId>,
    ) -> Option<EventId> {
        match fact {
            Fact::QuorumMet { request, .. }
            | Fact::NothingThere { request, .. }
            | Fact::Conflict { request, .. }
            | Fact::ReadRepair { request, .. } => {
                self.answers(id, by, *request);
                self.coordinates(id, by, *request)
            }
            Fact::QuorumMissed { request, .. } | Fact::OutOfReach { request, .. } => {
                self.answers(id, by, *request);
                self.silences(id, by, *request);
                self.coordinates(id, by, *request)
            }
            Fact::Refuses { .. } => {
                self.suspicions(id, by, None);
                cause
            }
            Fact::StandsIn { missing, request, .. } => {
                self.suspicions(id, by, Some(*missing));
                self.coordinates(id, by, *request)
            }
            Fact::Coordinates { replicas, .. } => {
                for missing in replicas.iter().filter_map(|replica| replica.hint()) {
                    self.suspicions(id, by, Some(missing));
                }
                cause
            }
            Fact::SeemsDown { node, because } => {
                self.silence(id, by, *node, because);
                match because {
                    Subject::Request(request) => self.coordinates(id, by, *request),
                    Subject::Task(_) | Subject::Poll(_) => None,
                }
            }
            Fact::LeavesBehind { request, primary, .. } => {
                self.silence(id, by, *primary, &Subject::Request(*request));
                self.coordinates(id, by, *request)
            }
            Fact::HintOffered { owner, key } => {
                self.kept_hint(id, by, *owner, key);
                None
            }
            // That it is on disk is what the fact says itself.
            Fact::HintKept { .. } => self.asked_before(cause).or(cause),
            _ => cause,
        }
    }

    /// When a hint that is offered was kept, and that its owner is back.
    fn kept_hint(&mut self, id: EventId, by: Endpoint, owner: NodeId, key: &Key) {
        let mut is_back = None;
        let mut kept = None;
        for (other, record) in self.before(id) {
            let TraceEvent::Noted { node, fact } = &record.event else { continue };
            if Endpoint::Node(*node) != by {
                continue;
            }
            match fact {
                Fact::SeemsUp { node } if *node == owner => {
                    is_back = is_back.or(Some(other));
                }
                Fact::HintKept { owner: whose, key: of } if *whose == owner && of == key => {
                    kept = Some(other);
                    break;
                }
                _ => {}
            }
        }
        if let Some(up) = is_back {
            self.add(up, Role::Led, &[]);
        }
        // A process that has started again is back for others before they say so.
        let started = self.before(id).find(|(_, record)| {
            matches!(&record.event, TraceEvent::NodeStarted { boot } if boot.node == owner)
        });
        if let (Some((started, _)), Some(kept)) = (started, kept)
            && started > kept
        {
            self.add(started, Role::Led, &[]);
        }
        if let Some(kept) = kept {
            self.back(kept);
        }
    }

    /// The links in order of time, the outcome last; of too many the ones that only say how the
    /// work went on are left out first.
    fn shortened(mut self) -> Vec<Link> {
        while self.links.len() > MOST {
            let lightest = self.links.iter().min_by_key(|link| (self.weight(link), link.id));
            let Some(id) = lightest.map(|link| link.id) else { break };
            self.links.retain(|link| link.id != id);
        }
        self.links
    }

    fn weight(&self, link: &Link) -> u8 {
        match (&link.role, self.trace.get(link.id).map(|record| &record.event)) {
            (Role::Outcome, _) => 9,
            (Role::Missed { .. } | Role::Unseen { .. }, _) => 8,
            (Role::Late, _) | (_, Some(TraceEvent::MessageLost { .. })) => 5,
            (_, Some(TraceEvent::NodeCrashed { .. } | TraceEvent::CommandApplied { .. })) => 7,
            (_, Some(TraceEvent::OperationStarted(_))) => 6,
            (Role::Answered, _) => 4,
            (_, Some(TraceEvent::Noted { fact: Fact::Coordinates { .. }, .. })) => 1,
            (_, Some(TraceEvent::DiskCompleted { .. })) => 2,
            (Role::Led, _) => 3,
        }
    }
}

/// Whether an outcome of a disk has changed what it holds.
fn changes(outcome: &Outcome) -> bool {
    matches!(
        outcome,
        Outcome::Updated { .. }
            | Outcome::Merged { changed: true, .. }
            | Outcome::Removal(dynamo_core::Removal::Removed)
    )
}
