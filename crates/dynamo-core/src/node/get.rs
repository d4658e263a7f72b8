//! A read, then read repair (paper 4.5, 5).
//!
//! ```text
//! c1 -> n5   get            any node coordinates a read
//! n5 -> n1   read           the first N healthy nodes are asked
//! n5 -> n2   read
//! n5 -> n4   read           n4 stands in for n3 and answers from its hints too (A8)
//! n2 -> n5   read-reply     R = 2 answered:
//! n4 -> n5   read-reply     dominated versions are dropped, siblings all returned
//! n5 -> c1   get-reply
//! n1 -> n5   read-reply     a straggler; it is behind
//! n5 -> n1   write          read repair, after `stragglers`
//! ```

use crate::collections::Map;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::coordinator::{Answer, Round};
use crate::effect::{Effects, Fact, Refusal, Timer};
use crate::id::{Endpoint, Key, NodeId, RequestId, Subject};
use crate::message::Message;
use crate::node::put::{Write, slot_for};
use crate::node::{Node, Waiting};
use crate::quorum::{Demand, NotFound, Standing, Strictness};
use crate::ring::Replica;
use crate::storage::{Operation, Outcome, Slot, Store};
use crate::time::LocalTime;
use crate::versions::{Sibling, Versions};
use crate::wire::ContextToken;

/// A client's read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Get {
    /// Names it.
    pub request: RequestId,
    /// What to read.
    pub key: Key,
    /// R for this read, from 1 to N.
    pub needed: u8,
    /// Whose answers count.
    pub strictness: Strictness,
    /// What the answer of a replica that has nothing means.
    pub not_found: NotFound,
}

/// The end of a read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GetReply {
    /// Which read.
    pub request: RequestId,
    /// Its key.
    pub key: Key,
    /// How it ended.
    pub outcome: GetOutcome,
}

/// How a read ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum GetOutcome {
    /// R places answered.
    Found {
        /// All values that no other descends from; none if the key was never written.
        siblings: Vec<Sibling>,
        /// Covers all of them; a put with it replaces them (4.4).
        context: ContextToken,
    },
    /// Too few answered. A read changes nothing, so this is certain.
    Failed(Refusal),
}

/// To a replica: what do you hold?
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Read {
    /// Which read.
    pub request: RequestId,
    /// Of which key, and as whose place it is asked: its own, or that of a missing primary.
    pub slot: Slot,
}

/// From a replica: all that it holds, hints included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadReply {
    /// Which read.
    pub request: RequestId,
    /// Of which key.
    pub key: Key,
    /// What it holds; empty if nothing.
    pub versions: Versions,
}

/// A read that this node coordinates.
#[derive(Clone, Debug)]
pub struct Reading {
    round: Round,
    key: Key,
    stage: Stage,
    replies: Map<NodeId, Versions>,
    /// Who answered first.
    fastest: Option<NodeId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Waiting,
    Answered,
}

impl Reading {
    /// Everything that was answered, dominated versions dropped. Values are never merged (A6).
    fn reconciled(&self) -> Versions {
        let mut all = Versions::default();
        for versions in self.replies.values() {
            all.merge(versions);
        }
        all
    }
}

// The coordinator.
impl Node {
    pub(super) fn take_get(&mut self, get: Get, effects: &mut Effects) {
        let request = get.request;
        if !self.met.meet(request) {
            return effects.note(Fact::KnowsAlready { request });
        }
        self.begin_get(get, effects);
    }

    pub(super) fn begin_get(&mut self, get: Get, effects: &mut Effects) {
        let Get { request, key, needed, strictness, not_found } = get;
        let demand = Demand { needed, strictness, not_found };
        let round = match Round::plan(self.preference(&key), demand, self.absent(&key)) {
            Ok(round) => round,
            Err(why) => {
                effects.note(Fact::Refuses { request, why });
                return Self::reply_get(request, key, GetOutcome::Failed(why), effects);
            }
        };
        let replicas: Vec<Replica> = round.replicas().collect();
        effects.note(Fact::Coordinates {
            request,
            key: key.clone(),
            replicas: replicas.clone(),
            needed,
            strictness,
        });
        let stage = Stage::Waiting;
        let replies = Map::new();
        self.reads.insert(request, Reading { round, key, stage, replies, fastest: None });
        for replica in replicas {
            self.ask_replica(request, replica, effects);
        }
        effects.arm(Timer::Silence(request), self.config.answer_within);
        effects.arm(Timer::Deadline(request), self.config.deadline);
    }

    fn ask_replica(&mut self, request: RequestId, replica: Replica, effects: &mut Effects) {
        let Some(reading) = self.reads.get(&request) else { return };
        let key = reading.key.clone();
        if replica.node == self.id() {
            self.ask_disk(Operation::Read { key }, Waiting::OwnRead(request), effects);
        } else {
            effects
                .send(replica.node, Message::Read(Read { request, slot: slot_for(replica, &key) }));
        }
    }

    pub(super) fn own_read_done(
        &mut self,
        request: RequestId,
        outcome: Outcome,
        effects: &mut Effects,
    ) {
        if let Outcome::Read(versions) = outcome {
            if let Some(reading) = self.reads.get(&request) {
                let key = reading.key.clone();
                self.meet(&key, &versions, effects);
            }
            self.count_read(request, self.id(), versions, effects);
        }
    }

    pub(super) fn take_read_reply(
        &mut self,
        from: Endpoint,
        reply: ReadReply,
        effects: &mut Effects,
    ) {
        if let Endpoint::Node(node) = from {
            self.count_read(reply.request, node, reply.versions, effects);
        }
    }

    fn count_read(
        &mut self,
        request: RequestId,
        from: NodeId,
        versions: Versions,
        effects: &mut Effects,
    ) {
        let Some(reading) = self.reads.get_mut(&request) else { return };
        let counted = match versions.is_empty() {
            true => reading.round.answer_nothing(from),
            false => reading.round.answer(from),
        };
        let Answer::Counted(standing) = counted else { return };
        reading.replies.insert(from, versions);
        reading.fastest.get_or_insert(from);
        match (reading.stage, standing) {
            (Stage::Waiting, Standing::Met) => {
                let answers = reading.round.answers();
                effects.note(Fact::QuorumMet { request, answers });
                self.answer_get(request, effects);
            }
            (Stage::Waiting, Standing::Nothing) => {
                let places = reading.round.empty_places();
                effects.note(Fact::NothingThere { request, places });
                self.answer_get(request, effects);
            }
            (Stage::Waiting, Standing::Impossible) => self.give_up(request, effects),
            (Stage::Waiting, Standing::Waiting) => {}
            (Stage::Answered, _) => effects.note(Fact::LateAnswer { request, from }),
        }
        let all_in = self.reads.get(&request).is_some_and(|reading| {
            reading.stage == Stage::Answered && reading.round.silent().next().is_none()
        });
        if all_in {
            self.repair(request, effects);
        }
    }

    fn answer_get(&mut self, request: RequestId, effects: &mut Effects) {
        let Some(reading) = self.reads.get_mut(&request) else { return };
        reading.stage = Stage::Answered;
        let found = reading.reconciled();
        let key = reading.key.clone();
        let siblings: Vec<Sibling> = found.siblings().map(|(_, value)| value.clone()).collect();
        if siblings.len() > 1 {
            effects.note(Fact::Conflict { request, siblings: siblings.len() as u32 });
        }
        let fastest = reading.fastest;
        let context = ContextToken::seal(&key, found.context(), self.remembered(fastest));
        Self::reply_get(request, key, GetOutcome::Found { siblings, context }, effects);
        self.await_stragglers(request, effects);
    }

    /// Nobody needs to wait for the deadline: R is out of reach. Whoever was behind is repaired
    /// all the same.
    fn give_up(&mut self, request: RequestId, effects: &mut Effects) {
        let Some(reading) = self.reads.get_mut(&request) else { return };
        reading.stage = Stage::Answered;
        let (answers, needed) = reading.round.shortfall();
        effects.note(Fact::OutOfReach { request, answers, needed });
        let failed = GetOutcome::Failed(Refusal::TooFewAnswers { answers, needed });
        Self::reply_get(request, reading.key.clone(), failed, effects);
        self.await_stragglers(request, effects);
    }

    fn await_stragglers(&mut self, request: RequestId, effects: &mut Effects) {
        effects.disarm(Timer::Deadline(request));
        effects.arm(Timer::Stragglers(request), self.config.stragglers);
    }

    /// Whoever has not answered seems down. A substitute is asked only while R is not met: a
    /// read, unlike a write, leaves nothing behind that a further node should hold.
    pub(super) fn read_silence(
        &mut self,
        now: LocalTime,
        request: RequestId,
        effects: &mut Effects,
    ) {
        let Some(reading) = self.reads.get(&request) else { return };
        let mut open: Vec<Replica> = reading.round.silent().collect();
        let declined: Vec<Replica> = reading.round.declined().collect();
        let stage = reading.stage;
        for replica in &open {
            self.suspect(now, replica.node, Subject::Request(request), effects);
        }
        if stage == Stage::Answered {
            return;
        }
        open.extend(declined);
        self.read_in_place_of(request, open, effects);
    }

    /// Asks others in the places of these.
    fn read_in_place_of(&mut self, request: RequestId, open: Vec<Replica>, effects: &mut Effects) {
        let mut asked_more = false;
        let is_out = self.out_of(&open);
        for replica in open {
            let opinions = &self.opinions;
            let Some(reading) = self.reads.get_mut(&request) else { return };
            let seems_down = |node| is_out(node) || opinions.seems_down(node);
            let found = reading.round.substitute(replica, seems_down);
            if let Some(substitute) = found {
                let (fallback, missing) = (substitute.node, substitute.place());
                effects.note(Fact::StandsIn { request, fallback, missing });
                self.ask_replica(request, substitute, effects);
                asked_more = true;
            }
        }
        if asked_more {
            effects.arm(Timer::Silence(request), self.config.answer_within);
        }
    }

    /// Somebody who was asked as an owner is none. As with the silent, another is asked in its
    /// place only if the others do not make R.
    pub(super) fn read_declined(
        &mut self,
        request: RequestId,
        from: NodeId,
        effects: &mut Effects,
    ) {
        let Some(reading) = self.reads.get_mut(&request) else { return };
        if reading.round.decline(from).is_none() || reading.round.silent().next().is_some() {
            return;
        }
        let declined = reading.round.declined().collect();
        match reading.stage {
            Stage::Waiting => self.read_in_place_of(request, declined, effects),
            Stage::Answered => self.repair(request, effects),
        }
    }

    pub(super) fn read_deadline(&mut self, request: RequestId, effects: &mut Effects) {
        let Some(reading) = self.reads.remove(&request) else { return };
        effects.disarm(Timer::Silence(request));
        let (answers, needed) = reading.round.shortfall();
        effects.note(Fact::QuorumMissed { request, answers, needed });
        let failed = GetOutcome::Failed(Refusal::TooFewAnswers { answers, needed });
        Self::reply_get(request, reading.key, failed, effects);
    }

    fn reply_get(request: RequestId, key: Key, outcome: GetOutcome, effects: &mut Effects) {
        effects.send(request.client, Message::GetReply(GetReply { request, key, outcome }));
    }

    /// Sends everybody who answered and was behind what is missing (5). Primaries get it as
    /// their own, a fallback only as a hint. If nobody was behind, nothing is written.
    pub(super) fn repair(&mut self, request: RequestId, effects: &mut Effects) {
        let Some(reading) = self.reads.remove(&request) else { return };
        effects.disarm(Timer::Stragglers(request));
        effects.disarm(Timer::Silence(request));
        let newest = reading.reconciled();
        for (node, versions) in &reading.replies {
            if versions.includes(&newest) {
                continue;
            }
            let Some(replica) = reading.round.replica(*node) else { continue };
            let key = reading.key.clone();
            effects.note(Fact::ReadRepair { request, key: key.clone(), node: *node });
            let (slot, versions) = (slot_for(replica, &key), newest.clone());
            if *node == self.id() {
                if slot.store == Store::Main && !self.takes_in(&slot.key) {
                    continue;
                }
                self.ask_disk(
                    Operation::Merge { slot, versions },
                    Waiting::OwnRepair(key),
                    effects,
                );
            } else {
                let subject = Subject::Request(request);
                effects.send(*node, Message::Write(Write { subject, slot, versions }));
            }
        }
    }
}

// The replica.
impl Node {
    pub(super) fn own_repair_done(&mut self, key: &Key, outcome: Outcome, effects: &mut Effects) {
        if let Outcome::Merged { versions, .. } = outcome {
            self.meet(key, &versions, effects);
        }
    }

    pub(super) fn take_read(&mut self, from: Endpoint, read: Read, effects: &mut Effects) {
        let key = read.slot.key.clone();
        if read.slot.store == Store::Main && !self.takes_in(&key) {
            let subject = Subject::Request(read.request);
            return self.say_not_mine(from, subject, read.slot, effects);
        }
        let operation = Operation::Read { key };
        self.ask_disk(operation, Waiting::ReplicaRead { from, read }, effects);
    }

    pub(super) fn replica_read_done(
        &mut self,
        from: Endpoint,
        read: Read,
        outcome: Outcome,
        effects: &mut Effects,
    ) {
        let Outcome::Read(versions) = outcome else { return };
        let Read { request, slot } = read;
        let key = slot.key;
        self.meet(&key, &versions, effects);
        effects.send(from, Message::ReadReply(ReadReply { request, key, versions }));
    }
}
