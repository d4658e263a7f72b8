//! **sessions** (K5): a client reads its own writes, and does not read backwards.
//!
//! For every get that a client began after its own put succeeded, the answer covers the put: hard
//! if so many primaries were asked for that the two must share one (strictly: R + W > N) and the law
//! says so (no fault took a copy of the key, no node was removed), counted otherwise (P16). For
//! every get that it began
//! after an earlier answer, the answer covers what that one returned: counted, since only a read
//! that waits for its repair could promise it (P15). Judged at every answer. Cost: the client's
//! own operations on the key.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use dynamo_core::collections::{Map, Set};

use dynamo_core::{Change, ClientId, Key, RequestId, Shared};
use dynamo_sim::disk::DiskFault;
use dynamo_sim::trace::{Ended, Started};
use dynamo_sim::{Command, EventId, Finding, Record, Setup, Status, Time, TraceEvent};

use crate::ghost::By;
use crate::judges::Check;
use crate::known::Known;
use crate::law::{Blow, Judgement};

/// The name in texts and links.
pub const NAME: &str = "sessions";

/// What a client has seen of a key, and how strictly it was promised to see it again.
#[derive(Clone, Debug, Default)]
struct Session {
    /// Own puts that succeeded, each with the primaries that had to have it.
    written: Map<RequestId, u8>,
    read: Set<RequestId>,
}

/// The check.
#[derive(Clone, Debug)]
pub struct Sessions {
    /// Keys of which a fault took a copy from some disk.
    hit: Map<Key, DiskFault>,
    sessions: Map<(ClientId, Key), Shared<Session>>,
    /// What the clients of operations under way had seen when they began.
    open: Map<RequestId, Shared<Session>>,
    /// Whether a node was removed, and so its copies with it.
    removed: bool,
    /// The largest N so far.
    most_replicas: u8,
    counted: Vec<EventId>,
    violation: Option<Finding>,
}

impl Sessions {
    /// The check for runs with this setup.
    pub fn new(setup: &Setup) -> Self {
        Sessions {
            hit: Map::new(),
            sessions: Map::new(),
            open: Map::new(),
            removed: false,
            most_replicas: setup.quorum.n(),
            counted: Vec::new(),
            violation: None,
        }
    }

    fn session(&mut self, at: (ClientId, Key)) -> &mut Session {
        Shared::make_mut(self.sessions.entry(at).or_default())
    }

    fn judge(
        &mut self,
        id: EventId,
        started: &Started,
        before: &Session,
        found: &Set<RequestId>,
        known: &Known,
    ) {
        let missed = |put: &RequestId| !known.ghost.is_settled(*put, found);
        let asked = started.strictness.primaries(started.needed);
        let promised = before
            .written
            .iter()
            .find(|(put, told)| *told + asked > self.most_replicas && missed(put));
        let blow = self.hit.get(&started.key).copied().map(Blow::Disk);
        let judgement = known.law.judgement(NAME, Some(&started.key), blow);
        let hard = judgement == Judgement::Violated && !self.removed;
        if let Some((put, _)) = promised.filter(|_| hard) {
            self.violation.get_or_insert(Finding {
                guilty: vec![id],
                request: Some(*put),
                key: Some(started.key.clone()),
                ..Finding::plain(NAME, Status::Violated)
            });
        } else if before.written.keys().any(missed) || before.read.iter().any(missed) {
            self.counted.push(id);
        }
    }
}

impl Check for Sessions {
    fn see(&mut self, id: EventId, record: &Record, known: &Known) {
        for change in &known.changes {
            if let By::Fault(fault) = change.by {
                self.hit.insert(change.key.clone(), fault);
            }
        }
        match &record.event {
            TraceEvent::CommandApplied {
                command: Command::Membership { change: Change::Remove(_), .. },
                ..
            } => self.removed = true,
            // R + W > N of any N that some node may go by.
            TraceEvent::CommandApplied {
                command: Command::Membership { change: Change::Replicas(n), .. },
                ..
            } => self.most_replicas = self.most_replicas.max(*n),
            TraceEvent::OperationStarted(started) => {
                let at = (started.request.client, started.key.clone());
                let before = self.sessions.entry(at).or_default().clone();
                self.open.insert(started.request, before);
            }
            TraceEvent::OperationEnded { request, ended } => {
                let Some(before) = self.open.remove(request) else { return };
                let Some(started) = known.ghost.operation(*request) else { return };
                let at = (request.client, started.key.clone());
                match ended {
                    Ended::Stored => {
                        // What nobody else holds is changed where it lies.
                        drop(before);
                        let promise = started.strictness.primaries(started.needed);
                        self.session(at).written.insert(*request, promise);
                    }
                    Ended::Found { siblings } => {
                        let found: Set<RequestId> =
                            siblings.iter().map(|sibling| sibling.request).collect();
                        self.judge(id, started, &before, &found, known);
                        drop(before);
                        self.session(at).read.extend(found);
                    }
                    Ended::Failed(_) | Ended::Unknown(_) => {}
                }
            }
            _ => {}
        }
    }

    fn finding(&self, _: Time, _: &Known) -> Finding {
        if let Some(violation) = &self.violation {
            return violation.clone();
        }
        match self.counted.len() {
            0 => Finding::plain(NAME, Status::Holds),
            times => Finding {
                guilty: self.counted.iter().rev().take(16).copied().collect(),
                ..Finding::plain(NAME, Status::Counted(times as u32))
            },
        }
    }

    fn is_violated(&self) -> bool {
        self.violation.is_some()
    }

    fn clone_box(&self) -> Box<dyn Check> {
        Box::new(self.clone())
    }
}
