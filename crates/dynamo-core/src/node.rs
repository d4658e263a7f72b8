//! A node: its state, and the one step that routes every input to its conversation.
//!
//! Read the conversations as the paper tells them: [`put`], [`get`], [`choice`], [`handoff`],
//! [`sync`], [`gossip`], [`transfer`], [`opinion`], `phi`, `buffer`, [`library`], [`admission`], and
//! our own [`retry`], [`reap`] and `turn`.

pub mod admission;
mod buffer;
pub mod choice;
pub mod get;
pub mod gossip;
pub mod handoff;
pub mod library;
pub mod not_mine;
pub mod opinion;
mod phi;
pub mod put;
pub mod reap;
pub mod retry;
mod strays;
pub mod sync;
pub mod transfer;
mod turn;

use crate::collections::Map;
use crate::shared::Shared;
use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::config::Config;
use crate::effect::{Effects, Fact, Input, Ticket, Timer};
use crate::id::{Boot, Endpoint, Key, NodeId, RequestId, Subject, TaskKind};
use crate::membership::Membership;
use crate::message::Message;
use crate::node::buffer::Promise;
use crate::node::put::Write;
use crate::ring::{PreferenceList, Replica, Ring};
use crate::storage::{Operation, Outcome, Slot};
use crate::time::LocalTime;

/// One storage node: everything it knows, and nothing that its disk holds.
#[derive(Clone, Debug)]
pub struct Node {
    boot: Boot,
    config: Shared<Config>,
    membership: Membership,
    tickets: u64,
    /// What the disk was asked for, and when.
    waiting: Map<Ticket, (LocalTime, Waiting)>,
    writes: Map<RequestId, put::Writing>,
    reads: Map<RequestId, get::Reading>,
    handed_on: Map<RequestId, NodeId>,
    met: retry::Met,
    opinions: opinion::Opinions,
    heartbeats: phi::Heartbeats,
    handoff: handoff::Handoff,
    flush: buffer::Flush,
    reaping: reap::Reaping,
    admission: admission::Admission,
    /// The time of the step that is under way.
    now: LocalTime,
    sync: sync::Sync,
    gossip: gossip::Gossip,
    transfer: transfer::Transfer,
    strays: strays::Strays,
}

/// What a disk operation was asked for.
#[derive(Clone, Debug)]
enum Waiting {
    OwnWrite(RequestId),
    OwnRead(RequestId),
    OwnRepair(Key),
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
    Examination {
        from: Endpoint,
        query: reap::Reap,
    },
    Reaping(Key),
    /// A part of the disk is looked through for the trees, by the scan of this number.
    KeyScan(u32),
    /// A key that differs from a peer's is read.
    Mending {
        peer: NodeId,
        key: Key,
    },
    /// What a peer had beyond ours is taken in.
    TakenBack {
        peer: NodeId,
        key: Key,
    },
    /// What a peer's tree offered is taken in.
    Offered {
        from: Endpoint,
        write: put::Write,
    },
    Kept(Box<Membership>),
    TransferScan(u32),
    OwnReturn {
        slot: Slot,
        firing: u32,
    },
    ReturnRemoval(Slot),
}

impl Node {
    /// A process that starts with what everybody knows and an empty memory. Its first input is
    /// [`Input::Started`].
    pub fn new(boot: Boot, config: Shared<Config>, ring: Shared<Ring>) -> Self {
        let opinions = opinion::Opinions::new(boot.node, config.detector);
        Node {
            boot,
            admission: admission::Admission::new(&config),
            membership: Membership::founding(ring, config.replicas),
            config,
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
            reaping: reap::Reaping::default(),
            now: LocalTime(0),
            sync: sync::Sync::default(),
            gossip: gossip::Gossip::default(),
            transfer: transfer::Transfer::default(),
            strays: strays::Strays::default(),
        }
    }

    /// The one law: one input, a list of effects. Total: whatever comes late or odd is ignored
    /// or noted.
    pub fn step(&mut self, now: LocalTime, input: Input, effects: &mut Effects) {
        self.opinions.count();
        self.now = now;
        match input {
            Input::Started { kept } => {
                self.schedule_hint_scan(self.boot.nonce, effects);
                self.schedule_exchange(self.boot.nonce >> 20, effects);
                self.schedule_heartbeats(self.boot.nonce, effects);
                self.remember(kept, effects);
            }
            Input::Told(change) => self.told(now, change, effects),
            Input::Received { from, message } => {
                if let Endpoint::Node(node) = from {
                    self.arrived(now, node, effects);
                }
                self.receive(from, message, effects);
            }
            Input::Done { ticket, outcome } => self.resume(ticket, outcome, effects),
            Input::Fired { timer, chance } => self.wake(now, timer, chance, effects),
            Input::GossipWith(peer) => self.gossip_with(peer),
            Input::Turned(knob) => self.turned(knob, effects),
        }
    }

    fn receive(&mut self, from: Endpoint, message: Message, effects: &mut Effects) {
        if let Endpoint::Node(node) = from
            && !message.is_request()
        {
            self.hears(node, effects);
        }
        if let Endpoint::Node(node) = from
            && message.is_request()
            && matches!(message.subject(), Subject::Request(_))
        {
            self.greet(node, effects);
        }
        match message {
            Message::Put(put) => self.take_put(put, effects),
            Message::PutAgain(put) => self.take_put_again(put, effects),
            Message::Get(get) => self.take_get(get, effects),
            Message::GetAgain(get) => self.take_get_again(get, effects),
            Message::Taken(request) => self.handover_done(request, effects),
            Message::Write(Write { subject: Subject::Task(task), slot, versions })
                if matches!(task.kind, TaskKind::Repair { .. }) =>
            {
                let subject = Subject::Task(task.clone());
                self.take_back(task, Write { subject, slot, versions }, effects);
            }
            Message::Write(write) => self.take_write(from, write, Promise::Buffered, effects),
            Message::DurableWrite(write) => self.take_write(from, write, Promise::Stored, effects),
            Message::WriteAck(ack) => self.take_write_ack(from, ack, Promise::Stored, effects),
            Message::BufferedAck(ack) => {
                self.take_write_ack(from, ack, Promise::Buffered, effects);
            }
            Message::Read(read) => self.take_read(from, read, effects),
            Message::ReadReply(reply) => self.take_read_reply(from, reply, effects),
            Message::Compare(compare) => self.take_compare(from, compare, effects),
            Message::Hashes(hashes) => self.take_hashes(from, hashes, effects),
            Message::Mend(write) => self.take_mend(from, write, effects),
            Message::NotMine(answer) => self.take_not_mine(from, answer, effects),
            Message::Gossip(digest) => self.take_digest(from, digest, effects),
            Message::History(news) => self.take_history(from, news, effects),
            Message::RangeOffer(offer) => self.take_range_offer(from, offer, effects),
            Message::RangeConfirm(offer) => self.take_range_confirm(from, offer, effects),
            Message::Ping(task) => effects.send(from, Message::Pong(task)),
            Message::RingPoll(poll) => self.tell_ring(from, poll, effects),
            Message::ReapQuery(query) => self.take_reap_query(from, query, effects),
            Message::ReapVote(vote) => self.take_reap_vote(from, vote),
            Message::Reap(reap) => self.take_reap(reap, effects),
            // A pong has said all by arriving; replies to clients are not for a node.
            Message::Pong(_)
            | Message::PutReply(_)
            | Message::GetReply(_)
            | Message::RingReply(_) => {}
        }
    }

    fn resume(&mut self, ticket: Ticket, outcome: Outcome, effects: &mut Effects) {
        self.follow_disk(ticket, &outcome);
        let Some((asked, waiting)) = self.waiting.remove(&ticket) else { return };
        if waiting.is_foreground() {
            self.measure(asked);
        }
        // What is broken counts as not held: the same is asked again of what is left.
        if let Outcome::Damaged { slot, operation } = outcome {
            effects.note(Fact::SectorBroken { slot });
            return self.ask_disk(*operation, waiting, effects);
        }
        if outcome == Outcome::NoRoom {
            effects.note(Fact::NoRoom);
            return self.not_stored(waiting, effects);
        }
        self.schedule_flush(&outcome, effects);
        self.go_on(waiting, outcome, effects);
    }

    /// A full disk has not stored what was waited for. Whoever asked for it hears nothing, as of
    /// a node that is down; only the client of a write that began here can be told.
    fn not_stored(&mut self, waiting: Waiting, effects: &mut Effects) {
        match waiting {
            Waiting::OwnWrite(request) => self.own_write_done(request, Outcome::NoRoom, effects),
            Waiting::TakenBack { peer, key } => self.repaired(peer, key, effects),
            Waiting::Durably(then) => self.not_stored(*then, effects),
            _ => {}
        }
    }

    fn go_on(&mut self, waiting: Waiting, outcome: Outcome, effects: &mut Effects) {
        match waiting {
            Waiting::OwnWrite(request) => self.own_write_done(request, outcome, effects),
            Waiting::OwnRead(request) => self.own_read_done(request, outcome, effects),
            Waiting::OwnRepair(key) => self.own_repair_done(&key, outcome, effects),
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
            Waiting::Examination { from, query } => self.examined(from, query, outcome, effects),
            Waiting::Reaping(key) => self.reaped(key, outcome, effects),
            Waiting::KeyScan(scan) => self.keys_found(scan, outcome, effects),
            Waiting::Mending { peer, key } => self.mending_read(peer, key, outcome, effects),
            Waiting::TakenBack { peer, key } => {
                self.own_repair_done(&key, outcome, effects);
                self.repaired(peer, key, effects);
            }
            Waiting::Offered { from, write } => self.mend_taken(from, write, outcome, effects),
            Waiting::Kept(membership) => self.history_kept(*membership, effects),
            Waiting::TransferScan(pass) => self.keys_to_give(pass, outcome, effects),
            Waiting::OwnReturn { slot, firing } => self.own_return_done(slot, firing, effects),
            Waiting::ReturnRemoval(slot) => self.return_removed(slot, outcome, effects),
        }
    }

    fn wake(&mut self, now: LocalTime, timer: Timer, chance: u64, effects: &mut Effects) {
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
            Timer::Reap => self.reap(effects),
            Timer::Exchange => self.exchange(effects),
            Timer::Gossip => self.gossip(chance, effects),
            Timer::Transfer => self.transfer_tick(effects),
        }
    }

    /// Asks the disk and remembers what for.
    fn ask_disk(&mut self, operation: Operation, waiting: Waiting, effects: &mut Effects) {
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        self.watch_disk(ticket, &operation);
        self.waiting.insert(ticket, (self.now, waiting));
        effects.disk(ticket, operation);
    }

    fn id(&self) -> NodeId {
        self.boot.node
    }

    fn preference(&self, key: &Key) -> PreferenceList {
        self.membership.ring.preference(key, self.config.replicas)
    }

    /// Who cannot be asked for this key: whoever seems down, and this node itself if it is giving
    /// the key away.
    fn absent(&self, key: &Key) -> impl Fn(NodeId) -> bool {
        let own = self.is_giving_up(key).then_some(self.id());
        move |node| self.opinions.seems_down(node) || Some(node) == own
    }

    /// Whoever is to be replaced counts as down for its request, whatever is believed of it.
    fn out_of(&self, open: &[Replica]) -> impl Fn(NodeId) -> bool + use<> {
        let me = self.id();
        let open: Vec<NodeId> = open.iter().map(|replica| replica.node).collect();
        move |node| node != me && open.contains(&node)
    }

    /// What follows from another ring, or from another change under way.
    fn follow_ring(&mut self, effects: &mut Effects) {
        self.follow_transfer(effects);
        self.look_for_strays(effects);
    }
}
