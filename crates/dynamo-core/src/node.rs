//! A node: its state, and the one step that routes every input to its conversation.
//!
//! Read the conversations as the paper tells them: [`put`], [`get`], [`handoff`], [`opinion`], `phi`,
//! [`choice`], [`library`], [`retry`],
//! `buffer`.

mod buffer;
pub mod choice;
pub mod get;
pub mod handoff;
pub mod library;
pub mod opinion;
mod phi;
pub mod put;
pub mod retry;

use crate::collections::Map;
use alloc::boxed::Box;
use alloc::sync::Arc;

use crate::config::Config;
use crate::effect::{Effects, Fact, Input, Ticket, Timer};
use crate::id::{Boot, Endpoint, Key, NodeId, RequestId};
use crate::message::Message;
use crate::node::buffer::Promise;
use crate::ring::{PreferenceList, Ring};
use crate::storage::{Operation, Outcome};
use crate::time::LocalTime;

/// One storage node: everything it knows, and nothing that its disk holds.
#[derive(Clone, Debug)]
pub struct Node {
    boot: Boot,
    config: Arc<Config>,
    ring: Arc<Ring>,
    tickets: u64,
    waiting: Map<Ticket, Waiting>,
    writes: Map<RequestId, put::Writing>,
    reads: Map<RequestId, get::Reading>,
    handed_on: Map<RequestId, NodeId>,
    met: retry::Met,
    opinions: opinion::Opinions,
    heartbeats: phi::Heartbeats,
    handoff: handoff::Handoff,
    flush: buffer::Flush,
}

/// What a disk operation was asked for.
#[derive(Clone, Debug)]
enum Waiting {
    OwnWrite(RequestId),
    OwnRead(RequestId),
    OwnRepair,
    ReplicaWrite {
        from: Endpoint,
        write: put::Write,
        promise: Promise,
    },
    ReplicaRead {
        from: Endpoint,
        read: get::Read,
    },
    HintScan,
    HintRemoval {
        owner: NodeId,
        key: Key,
    },
    /// What is done goes on only when it survives a crash.
    Durably(Box<Waiting>),
    /// It was done in the buffer; once that is stored, this goes on with its outcome.
    Stored(Box<(Waiting, Outcome)>),
    Flush,
}

impl Node {
    /// A process that starts with what everybody knows and an empty memory. Its first input is
    /// [`Input::Started`].
    pub fn new(boot: Boot, config: Arc<Config>, ring: Arc<Ring>) -> Self {
        let opinions = opinion::Opinions::new(boot.node, config.detector);
        Node {
            boot,
            config,
            ring,
            tickets: 0,
            waiting: Map::new(),
            writes: Map::new(),
            reads: Map::new(),
            handed_on: Map::new(),
            met: retry::Met::default(),
            opinions,
            heartbeats: phi::Heartbeats::default(),
            handoff: handoff::Handoff::default(),
            flush: buffer::Flush::default(),
        }
    }

    /// The one law: one input, a list of effects. Total: whatever comes late or odd is ignored
    /// or noted.
    pub fn step(&mut self, now: LocalTime, input: Input, effects: &mut Effects) {
        self.opinions.count();
        match input {
            Input::Started => {
                self.schedule_hint_scan(self.boot.nonce, effects);
                self.schedule_heartbeats(self.boot.nonce, effects);
            }
            Input::Received { from, message } => {
                if let Endpoint::Node(node) = from {
                    self.arrived(now, node, effects);
                }
                self.receive(from, message, effects);
            }
            Input::Done { ticket, outcome } => self.resume(ticket, outcome, effects),
            Input::Fired { timer, .. } => self.wake(now, timer, effects),
        }
    }

    fn receive(&mut self, from: Endpoint, message: Message, effects: &mut Effects) {
        if let Endpoint::Node(node) = from
            && !message.is_request()
        {
            self.hears(node, effects);
        }
        match message {
            Message::Put(put) => self.take_put(put, effects),
            Message::PutAgain(put) => self.take_put_again(put, effects),
            Message::Get(get) => self.take_get(get, effects),
            Message::GetAgain(get) => self.take_get_again(get, effects),
            Message::Taken(request) => self.handover_done(request, effects),
            Message::Write(write) => self.take_write(from, write, Promise::Buffered, effects),
            Message::DurableWrite(write) => self.take_write(from, write, Promise::Stored, effects),
            Message::WriteAck(ack) => self.take_write_ack(from, ack, Promise::Stored, effects),
            Message::BufferedAck(ack) => {
                self.take_write_ack(from, ack, Promise::Buffered, effects);
            }
            Message::Read(read) => self.take_read(from, read, effects),
            Message::ReadReply(reply) => self.take_read_reply(from, reply, effects),
            Message::Ping(task) => effects.send(from, Message::Pong(task)),
            Message::RingPoll(poll) => self.tell_ring(from, poll, effects),
            // A pong has said all by arriving; replies to clients are not for a node.
            Message::Pong(_)
            | Message::PutReply(_)
            | Message::GetReply(_)
            | Message::RingReply(_) => {}
        }
    }

    fn resume(&mut self, ticket: Ticket, outcome: Outcome, effects: &mut Effects) {
        let Some(waiting) = self.waiting.remove(&ticket) else { return };
        // What is broken counts as not held: the same is asked again of what is left.
        if let Outcome::Damaged { slot, operation } = outcome {
            effects.note(Fact::SectorBroken { slot });
            return self.ask_disk(*operation, waiting, effects);
        }
        self.schedule_flush(&outcome, effects);
        self.go_on(waiting, outcome, effects);
    }

    fn go_on(&mut self, waiting: Waiting, outcome: Outcome, effects: &mut Effects) {
        match waiting {
            Waiting::OwnWrite(request) => self.own_write_done(request, outcome, effects),
            Waiting::OwnRead(request) => self.own_read_done(request, outcome, effects),
            Waiting::OwnRepair => {}
            Waiting::ReplicaWrite { from, write, promise } => {
                self.replica_write_done(from, write, promise, outcome, effects);
            }
            Waiting::ReplicaRead { from, read } => {
                self.replica_read_done(from, read, outcome, effects);
            }
            Waiting::HintScan => self.hints_found(outcome, effects),
            Waiting::HintRemoval { owner, key } => {
                self.hint_removed(owner, key, outcome, effects);
            }
            Waiting::Durably(then) => self.store_first(*then, outcome, effects),
            Waiting::Stored(then) => self.go_on(then.0, then.1, effects),
            Waiting::Flush => self.flushed(outcome, effects),
        }
    }

    fn wake(&mut self, now: LocalTime, timer: Timer, effects: &mut Effects) {
        match timer {
            Timer::Silence(request) => {
                self.write_silence(now, request, effects);
                self.read_silence(now, request, effects);
            }
            Timer::Deadline(request) => {
                self.write_deadline(request, effects);
                self.read_deadline(request, effects);
            }
            Timer::Stragglers(request) => self.repair(request, effects),
            Timer::Handover(request) => self.handover_silence(now, request, effects),
            Timer::Probe(node) => self.probe(node, effects),
            Timer::HintScan => self.scan_hints(now, effects),
            Timer::Flush => self.flush(effects),
            Timer::Heartbeat => self.heartbeat(now, effects),
            // Only a client's library polls.
            Timer::RingPoll => {}
        }
    }

    /// Asks the disk and remembers what for.
    fn ask_disk(&mut self, operation: Operation, waiting: Waiting, effects: &mut Effects) {
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        self.waiting.insert(ticket, waiting);
        effects.disk(ticket, operation);
    }

    fn id(&self) -> NodeId {
        self.boot.node
    }

    fn preference(&self, key: &Key) -> PreferenceList {
        self.ring.preference(key, self.config.replicas)
    }
}
