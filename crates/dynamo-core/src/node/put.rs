//! A write, both sides of the wire, in the order of its life (paper 4.5, 4.6).
//!
//! ```text
//! c1 -> n5   put            n5 is not in the key's list: hands it on, once
//! n5 -> n1   put            n1 coordinates
//! n1  ?      disk: update   its own write comes first and mints the dot
//! n1 -> n2   write          then the others: "merge this set"
//! n1 -> n3   write          n3 does not answer within `answer_within`
//! n2 -> n1   write-ack      W = 2 are stored
//! n1 -> c1   put-reply      ok
//! n1 -> n4   write          a hint for n3, also now that W is met
//! ```

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::clock::CausalContext;
use crate::coordinator::{Answer, Round};
use crate::effect::{Effects, Fact, Refusal, Timer};
use crate::id::{Endpoint, Key, NodeId, RequestId, Subject, TaskKind, Value};
use crate::message::Message;
use crate::node::buffer::Promise;
use crate::node::retry::Attempt;
use crate::node::{Node, Waiting};
use crate::quorum::{Demand, NotFound, Standing, Strictness};
use crate::ring::{Replica, Role};
use crate::storage::{Operation, Outcome, Slot, Store};
use crate::time::LocalTime;
use crate::versions::Versions;
use crate::wire::ContextToken;

/// A client's write, or its deletion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Put {
    /// Names it.
    pub request: RequestId,
    /// What to write to.
    pub key: Key,
    /// What to write; none to delete.
    pub value: Option<Value>,
    /// What the client had seen of the key.
    pub context: ContextToken,
    /// W for this write, from 1 to N.
    pub needed: u8,
    /// Whose copies count.
    pub strictness: Strictness,
    /// Whether it came from the client itself.
    pub hop: Hop,
}

/// How a request came to a node. A request that was handed on is not handed on again (INV-C1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Hop {
    /// From the client.
    Direct,
    /// From a node that is not in the key's list, or left it to another.
    HandedOn {
        /// That node.
        by: NodeId,
    },
}

/// The end of a write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PutReply {
    /// Which write.
    pub request: RequestId,
    /// Its key.
    pub key: Key,
    /// How it ended.
    pub outcome: PutOutcome,
}

/// How a write ended, as far as its coordinator can tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PutOutcome {
    /// W copies are stored. The context is what the client sent, plus this write and nothing
    /// else: it must not cover a sibling that the client has not seen.
    Stored(ContextToken),
    /// Nobody stored it and nobody will.
    Failed(Refusal),
    /// Too few acknowledged in time: it may be stored, and may be seen at any later time (P14).
    Unknown {
        /// Places that acknowledged.
        answers: u8,
        /// W.
        needed: u8,
    },
}

/// To a replica: take this set in. The one write that a replica knows, on whatever errand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Write {
    /// On whose behalf.
    pub subject: Subject,
    /// Where: the replica's own store, or a hint for a missing primary.
    pub slot: Slot,
    /// What to merge.
    pub versions: Versions,
}

/// From a replica: the set is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriteAck {
    /// On whose behalf the write was.
    pub subject: Subject,
    /// Where it is stored.
    pub slot: Slot,
}

/// A write that this node coordinates.
#[derive(Clone, Debug)]
pub struct Writing {
    round: Round,
    key: Key,
    seen: CausalContext,
    /// Who answered the read before it first, as the context said.
    fastest: Option<NodeId>,
    stage: Stage,
    /// Whose node is to store the write before it answers, where nodes buffer (6.1).
    durable: Option<NodeId>,
}

#[derive(Clone, Debug)]
enum Stage {
    /// The own write is with the disk; nobody else was told.
    Own,
    /// The others were told; the client waits.
    Others { versions: Versions },
    /// The client was answered; substitutes are still sought for the silent.
    Answered { versions: Versions },
}

impl Writing {
    /// The client was answered, and nobody can answer any more.
    fn is_over(&self) -> bool {
        self.round.silent().next().is_none() && matches!(self.stage, Stage::Answered { .. })
    }
}

/// The store in which a replica keeps its copy.
pub(super) fn slot_for(replica: Replica, key: &Key) -> Slot {
    let store = match replica.role {
        Role::Primary => Store::Main,
        Role::Fallback { missing } => Store::Hints(missing),
    };
    Slot { store, key: key.clone() }
}

// The coordinator.
impl Node {
    pub(super) fn take_put(&mut self, put: Put, effects: &mut Effects) {
        let request = put.request;
        if let Hop::HandedOn { by } = put.hop {
            effects.send(by, Message::Taken(request));
        }
        if !self.met.meet(request) {
            return effects.note(Fact::KnowsAlready { request });
        }
        self.begin_put(put, Attempt::First, effects);
    }

    pub(super) fn begin_put(&mut self, put: Put, attempt: Attempt, effects: &mut Effects) {
        let seen = match put.context.open(&put.key) {
            Ok(seen) => seen,
            Err(why) => return self.refuse_put(&put, Refusal::BadContext(why), effects),
        };
        let list = self.preference(&put.key);
        let Put { needed, strictness, .. } = put;
        let demand = Demand { needed, strictness, not_found: NotFound::Counts };
        let round = match Round::plan(list, demand, self.absent(&put.key)) {
            Ok(round) => round,
            Err(why) => return self.refuse_put(&put, why, effects),
        };
        let chosen = self.chosen(put.context.fastest(), &round);
        match (round.replica(self.id()), put.hop) {
            (_, Hop::Direct) if chosen != self.id() => {
                self.hand_on(put, attempt, chosen, &round, effects);
            }
            (Some(own), _) => self.coordinate_put(put, seen, round, own, effects),
            (None, _) => {
                let own = self.outside_replica(&round);
                self.coordinate_put(put, seen, round, own, effects);
            }
        }
    }

    /// What a coordinator outside the list keeps: a hint for the first primary that is not
    /// asked, or for the first. The round does not know it, so it does not count toward W (P20).
    fn outside_replica(&self, round: &Round) -> Replica {
        let me = self.id();
        let asked = |node: &&NodeId| round.replica(**node).is_some() || **node == me;
        let primaries = round.primaries();
        let missing = *primaries.iter().find(|node| !asked(node)).unwrap_or(&primaries[0]);
        Replica { node: self.id(), role: Role::Fallback { missing } }
    }

    pub(super) fn handover_done(&mut self, request: RequestId, effects: &mut Effects) {
        if self.handed_on.remove(&request).is_some() {
            effects.disarm(Timer::Handover(request));
        }
    }

    /// Whoever took the request over is silent. It is not handed on again: it may be in hand all
    /// the same, and two coordinators would make two versions of one intent.
    pub(super) fn handover_silence(
        &mut self,
        now: LocalTime,
        request: RequestId,
        effects: &mut Effects,
    ) {
        if let Some(to) = self.handed_on.remove(&request) {
            self.suspect(now, to, Subject::Request(request), effects);
        }
    }

    fn coordinate_put(
        &mut self,
        put: Put,
        seen: CausalContext,
        round: Round,
        own: Replica,
        effects: &mut Effects,
    ) {
        let fastest = self.remembered(put.context.fastest());
        let Put { request, key, value, needed, strictness, .. } = put;
        let replicas = round.replicas().collect();
        effects.note(Fact::Coordinates { request, key: key.clone(), replicas, needed, strictness });
        let durable = self.durable_place(&round);
        if let Some(node) = durable {
            effects.note(Fact::AsksDurably { request, node });
        }
        let slot = slot_for(own, &key);
        let context = seen.clone();
        let operation = Operation::Update { slot, context, value, request };
        let stage = Stage::Own;
        self.writes.insert(request, Writing { round, key, seen, fastest, stage, durable });
        if durable == Some(self.id()) {
            self.ask_disk_durably(operation, Waiting::OwnWrite(request), effects);
        } else {
            self.ask_disk(operation, Waiting::OwnWrite(request), effects);
        }
        effects.arm(Timer::Deadline(request), self.config.deadline);
    }

    /// The own write is stored or refused. Only a stored one is told to the others (A3).
    pub(super) fn own_write_done(
        &mut self,
        request: RequestId,
        outcome: Outcome,
        effects: &mut Effects,
    ) {
        let me = self.id();
        let Some(writing) = self.writes.get_mut(&request) else { return };
        let (dot, versions) = match outcome {
            Outcome::Updated { dot, versions } => (dot, versions),
            failed => {
                let why = match failed {
                    Outcome::Rejected(why) => Refusal::BadContext(why),
                    Outcome::NoRoom => Refusal::NoRoom,
                    _ => return,
                };
                effects.disarm(Timer::Deadline(request));
                let key = writing.key.clone();
                self.writes.remove(&request);
                return self.fail_put(request, key, why, effects);
            }
        };
        for pair in versions.truncated(&writing.seen, &dot) {
            let (node, counter) = (pair.actor.node(), pair.counter);
            effects.note(Fact::ClockTruncated { request, node, counter });
        }
        if versions.overrules(request) {
            effects.note(Fact::Overruled { request });
        }
        let key = writing.key.clone();
        writing.seen = versions.seen_by_writer(&writing.seen, dot);
        writing.stage = Stage::Others { versions: versions.clone() };
        let others: Vec<Replica> =
            writing.round.replicas().filter(|replica| replica.node != me).collect();
        if let Some(Replica { role: Role::Fallback { missing }, .. }) = writing.round.replica(me) {
            effects.note(Fact::HintKept { owner: missing, key: writing.key.clone() });
        }
        for replica in &others {
            self.send_write(request, *replica, effects);
        }
        if !others.is_empty() {
            effects.arm(Timer::Silence(request), self.config.answer_within);
        }
        self.meet(&key, &versions, effects);
        self.count_write(request, me, effects);
    }

    fn send_write(&mut self, request: RequestId, replica: Replica, effects: &mut Effects) {
        let Some(writing) = self.writes.get(&request) else { return };
        let (Stage::Others { versions } | Stage::Answered { versions }) = &writing.stage else {
            return;
        };
        let write = Write {
            subject: Subject::Request(request),
            slot: slot_for(replica, &writing.key),
            versions: versions.clone(),
        };
        let is_durable = writing.durable == Some(replica.place());
        let asked = if is_durable { Promise::Stored } else { Promise::Buffered };
        effects.send(replica.node, self.write_message(asked, write));
    }

    /// W counts what is stored and what is buffered alike (6.1). A hint is not forgotten for a
    /// promise that a crash would break.
    pub(super) fn take_write_ack(
        &mut self,
        from: Endpoint,
        ack: WriteAck,
        promise: Promise,
        effects: &mut Effects,
    ) {
        let Endpoint::Node(node) = from else { return };
        match (ack.subject, promise) {
            (Subject::Request(request), _) => self.count_write(request, node, effects),
            (Subject::Task(task), _) if matches!(task.kind, TaskKind::Repair { .. }) => {
                self.repair_acknowledged(node, task, effects);
            }
            (Subject::Task(task), Promise::Stored) => match task.kind {
                TaskKind::Transfer { .. } => self.key_taken(task, effects),
                TaskKind::Return { .. } => self.returned(task, effects),
                _ => self.hint_acknowledged(task, effects),
            },
            (Subject::Task(_), Promise::Buffered) | (Subject::Poll(_), _) => {}
        }
    }

    fn count_write(&mut self, request: RequestId, from: NodeId, effects: &mut Effects) {
        let Some(writing) = self.writes.get_mut(&request) else { return };
        let counted = writing.round.answer(from);
        match (&writing.stage, counted) {
            (Stage::Others { versions }, Answer::Counted(Standing::Met)) => {
                writing.stage = Stage::Answered { versions: versions.clone() };
                let key = writing.key.clone();
                let context = ContextToken::seal(&key, &writing.seen, writing.fastest);
                effects.note(Fact::QuorumMet { request, answers: writing.round.answers() });
                let stored = PutOutcome::Stored(context);
                self.met.ended(request, &stored);
                Self::reply_put(request, key, stored, effects);
            }
            (Stage::Answered { .. }, Answer::Counted(_)) => {
                effects.note(Fact::LateAnswer { request, from });
            }
            _ => {}
        }
        if self.writes.get(&request).is_some_and(Writing::is_over) {
            self.end_write(request, effects);
        }
    }

    /// Whoever has not answered seems down; a substitute gets the write with a hint, also when W
    /// is already met, so that every place of the list is filled.
    pub(super) fn write_silence(
        &mut self,
        now: LocalTime,
        request: RequestId,
        effects: &mut Effects,
    ) {
        let Some(writing) = self.writes.get(&request) else { return };
        let silent: Vec<Replica> = writing.round.silent().collect();
        for replica in &silent {
            self.suspect(now, replica.node, Subject::Request(request), effects);
        }
        self.fill_places(request, silent, effects);
    }

    /// Asks others in the places of these.
    fn fill_places(&mut self, request: RequestId, open: Vec<Replica>, effects: &mut Effects) {
        let mut asked_more = false;
        let is_out = self.out_of(&open);
        for replica in open {
            let opinions = &self.opinions;
            let Some(writing) = self.writes.get_mut(&request) else { return };
            let seems_down = |node| is_out(node) || opinions.seems_down(node);
            let found = writing.round.substitute(replica, seems_down);
            if let Some(substitute) = found {
                let (fallback, missing) = (substitute.node, substitute.place());
                effects.note(Fact::StandsIn { request, fallback, missing });
                self.send_write(request, substitute, effects);
                asked_more = true;
            }
        }
        if asked_more {
            effects.arm(Timer::Silence(request), self.config.answer_within);
        }
    }

    /// Somebody who was asked as an owner is none: another stands in at once.
    pub(super) fn write_declined(
        &mut self,
        request: RequestId,
        from: NodeId,
        effects: &mut Effects,
    ) {
        let Some(writing) = self.writes.get_mut(&request) else { return };
        let Some(replica) = writing.round.decline(from) else { return };
        self.fill_places(request, Vec::from([replica]), effects);
        if self.writes.get(&request).is_some_and(Writing::is_over) {
            self.end_write(request, effects);
        }
    }

    pub(super) fn write_deadline(&mut self, request: RequestId, effects: &mut Effects) {
        let Some(writing) = self.writes.get(&request) else { return };
        let (answers, needed) = writing.round.shortfall();
        if !matches!(writing.stage, Stage::Answered { .. }) {
            let key = writing.key.clone();
            effects.note(Fact::QuorumMissed { request, answers, needed });
            let unknown = PutOutcome::Unknown { answers, needed };
            self.met.ended(request, &unknown);
            Self::reply_put(request, key, unknown, effects);
        }
        self.end_write(request, effects);
    }

    fn end_write(&mut self, request: RequestId, effects: &mut Effects) {
        effects.disarm(Timer::Silence(request));
        effects.disarm(Timer::Deadline(request));
        let Some(writing) = self.writes.remove(&request) else { return };
        for primary in writing.round.open_places() {
            effects.note(Fact::LeavesBehind { request, key: writing.key.clone(), primary });
        }
    }

    fn refuse_put(&mut self, put: &Put, why: Refusal, effects: &mut Effects) {
        self.fail_put(put.request, put.key.clone(), why, effects);
    }

    fn fail_put(&mut self, request: RequestId, key: Key, why: Refusal, effects: &mut Effects) {
        effects.note(Fact::Refuses { request, why });
        Self::reply_put(request, key, PutOutcome::Failed(why), effects);
    }

    pub(super) fn reply_put(
        request: RequestId,
        key: Key,
        outcome: PutOutcome,
        effects: &mut Effects,
    ) {
        effects.send(request.client, Message::PutReply(PutReply { request, key, outcome }));
    }
}

// The replica.
impl Node {
    /// Merges what it is sent: no write of a replica ever overwrites (P25, P30).
    pub(super) fn take_write(
        &mut self,
        from: Endpoint,
        mut write: Write,
        asked: Promise,
        effects: &mut Effects,
    ) {
        if write.slot.store == Store::Hints(self.id()) {
            write.slot.store = Store::Main;
        }
        if write.slot.store == Store::Main && !self.takes_in(&write.slot.key) {
            return self.say_not_mine(from, write.subject, write.slot, effects);
        }
        let (slot, versions) = (write.slot.clone(), write.versions.clone());
        let promise = self.promise(asked);
        let waiting = Waiting::ReplicaWrite { from, write, promise };
        let operation = Operation::Merge { slot, versions };
        match promise {
            Promise::Stored => self.ask_disk_durably(operation, waiting, effects),
            Promise::Buffered => self.ask_disk(operation, waiting, effects),
        }
    }

    /// Acknowledges only now that the disk has answered (P24), and says what that is worth.
    pub(super) fn replica_write_done(
        &mut self,
        from: Endpoint,
        write: Write,
        promise: Promise,
        outcome: Outcome,
        effects: &mut Effects,
    ) {
        let Outcome::Merged { versions, changed } = outcome else { return };
        for (_, sibling) in write.versions.siblings() {
            if versions.overrules(sibling.request) {
                effects.note(Fact::Overruled { request: sibling.request });
            }
        }
        if write.slot.store == Store::Main {
            self.meet(&write.slot.key, &versions, effects);
        }
        if let Store::Hints(owner) = write.slot.store
            && changed
        {
            effects.note(Fact::HintKept { owner, key: write.slot.key.clone() });
        }
        let ack = WriteAck { subject: write.subject, slot: write.slot };
        effects.send(
            from,
            match promise {
                Promise::Stored => Message::WriteAck(ack),
                Promise::Buffered => Message::BufferedAck(ack),
            },
        );
    }
}
