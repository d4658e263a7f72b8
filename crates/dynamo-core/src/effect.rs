//! What goes into a node and what comes out: one input, a list of effects.

use crate::shared::Shared;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::id::{Endpoint, Key, NodeId, RequestId, Subject};
use crate::knob::Knob;
use crate::membership::{BadChange, Change, History};
use crate::message::Message;
use crate::node::choice::CoordinatorChoice;
use crate::node::sync::ExchangeEnd;
use crate::quorum::Strictness;
use crate::ring::Replica;
use crate::storage::{Operation, Outcome, Slot};
use crate::time::Duration;
use crate::wire::BadContext;

/// Names a disk operation of one process, so that its answer finds its asker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Ticket(pub u64);

/// What a node can be woken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Timer {
    /// Replicas of this request have had their time: whoever is silent seems down.
    Silence(RequestId),
    /// This request ends now, whatever was answered.
    Deadline(RequestId),
    /// The answered read has waited for its stragglers: repair.
    Stragglers(RequestId),
    /// The node to which this request was handed on has had its time to say so.
    Handover(RequestId),
    /// Ask a node that seems down.
    Probe(NodeId),
    /// Look through the hint store.
    HintScan,
    /// Store what is only buffered (6.1).
    Flush,
    /// Ask about tombstones whether they may be erased.
    Reap,
    /// Compare trees with the next peer (4.7).
    Exchange,
    /// Reconcile with a random peer (4.8.1).
    Gossip,
    /// Go on giving ranges; what was not answered is sent again (4.9).
    Transfer,
    /// A client's library asks for the ring, or has waited long enough for it (6.4).
    RingPoll,
    /// Judge everybody's silence (4.8.3).
    Heartbeat,
}

/// What a node is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Input {
    /// The process runs: the first input of every boot.
    Started {
        /// The history of the membership that the disk has kept, if it has.
        kept: Option<Shared<History>>,
    },
    /// An administrator orders a change of the membership (4.8.1).
    Told(Change),
    /// A message arrived.
    Received {
        /// From whom.
        from: Endpoint,
        /// What.
        message: Message,
    },
    /// The disk finished an operation.
    Done {
        /// Which one.
        ticket: Ticket,
        /// What came of it.
        outcome: Outcome,
    },
    /// A timer ran out.
    Fired {
        /// Which one.
        timer: Timer,
        /// A number drawn for this firing: the only chance a node has, beside its boot's nonce.
        chance: u64,
    },
    /// An administrator names the peer of the next round of gossip (4.8.1).
    GossipWith(NodeId),
    /// A value of its configuration is another from here on.
    Turned(Knob),
}

/// What a node wants done. Effects are carried out in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Effect {
    /// Send a message; silence is the only sign that it did not arrive.
    Send {
        /// To whom.
        to: Endpoint,
        /// What.
        message: Message,
    },
    /// Ask the disk.
    Disk {
        /// Names the answer.
        ticket: Ticket,
        /// What to do.
        operation: Operation,
    },
    /// Wake me; replaces an armed timer of the same name.
    Arm {
        /// What for.
        timer: Timer,
        /// When, from now.
        after: Duration,
    },
    /// Do not wake me for this any more.
    Disarm {
        /// Which one.
        timer: Timer,
    },
    /// Something was decided.
    Note(Fact),
}

/// The effects of one step, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effects(Vec<Effect>);

impl Effects {
    /// Sends a message.
    pub fn send(&mut self, to: impl Into<Endpoint>, message: Message) {
        self.0.push(Effect::Send { to: to.into(), message });
    }

    /// Asks the disk.
    pub fn disk(&mut self, ticket: Ticket, operation: Operation) {
        self.0.push(Effect::Disk { ticket, operation });
    }

    /// Arms a timer.
    pub fn arm(&mut self, timer: Timer, after: Duration) {
        self.0.push(Effect::Arm { timer, after });
    }

    /// Disarms a timer.
    pub fn disarm(&mut self, timer: Timer) {
        self.0.push(Effect::Disarm { timer });
    }

    /// Notes a decision.
    pub fn note(&mut self, fact: Fact) {
        self.0.push(Effect::Note(fact));
    }

    /// Adds any effect; for wrappers around a node.
    pub fn push(&mut self, effect: Effect) {
        self.0.push(effect);
    }

    /// Takes all effects out, in order.
    pub fn drain(&mut self) -> impl Iterator<Item = Effect> {
        self.0.drain(..)
    }
}

/// Why a request was certainly not carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Refusal {
    /// Fewer nodes than needed seem up; nobody was told.
    TooFewReachable {
        /// Places of the preference list that could be filled.
        reachable: u8,
        /// R or W.
        needed: u8,
    },
    /// Too few replicas answered a read in time, or could still answer it with something.
    TooFewAnswers {
        /// How many did.
        answers: u8,
        /// R.
        needed: u8,
    },
    /// The context cannot be accepted.
    BadContext(BadContext),
    /// No answer came to a read.
    NoAnswer,
    /// Fewer of the key's own nodes than needed seem up; nobody was told.
    TooFewPrimaries {
        /// Primaries that seem up.
        reachable: u8,
        /// How many must be primaries.
        needed: u8,
    },
    /// The coordinator's own disk is full; nobody was told.
    NoRoom,
}

/// What a node decided and why. Facts explain; they move nothing. Each has a stable name and
/// fields, which scripts can wait for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Fact {
    /// This node coordinates the request, with these replicas (4.5).
    Coordinates {
        /// The request.
        request: RequestId,
        /// Its key.
        key: Key,
        /// Who is asked, and as what.
        replicas: Vec<Replica>,
        /// R or W.
        needed: u8,
        /// Sloppy or strict.
        strictness: Strictness,
    },
    /// This node is not in the key's list and hands the write on, once (4.5).
    HandsOn {
        /// The request.
        request: RequestId,
        /// To whom.
        to: NodeId,
    },
    /// The request came again and is ignored.
    KnowsAlready {
        /// The request.
        request: RequestId,
    },
    /// The request is refused before anyone was told.
    Refuses {
        /// The request.
        request: RequestId,
        /// Why.
        why: Refusal,
    },
    /// Enough replicas answered (4.5).
    QuorumMet {
        /// The request.
        request: RequestId,
        /// Places that answered.
        answers: u8,
    },
    /// The deadline passed with too few answers.
    QuorumMissed {
        /// The request.
        request: RequestId,
        /// Places that answered.
        answers: u8,
        /// R or W.
        needed: u8,
    },
    /// A replica answered after the client was answered.
    LateAnswer {
        /// The request.
        request: RequestId,
        /// Who answered.
        from: NodeId,
    },
    /// At its end nobody had acknowledged the write for this primary's place: unless someone
    /// reads the key, this replica stays behind.
    LeavesBehind {
        /// The request.
        request: RequestId,
        /// The key.
        key: Key,
        /// The primary that may lack the write.
        primary: NodeId,
    },
    /// A node that did not answer seems down: this node's own opinion (4.8.3).
    SeemsDown {
        /// Who.
        node: NodeId,
        /// What it did not answer.
        because: Subject,
    },
    /// A suspected node answered (4.8.3).
    SeemsUp {
        /// Who.
        node: NodeId,
    },
    /// A fallback is asked in the place of a primary (4.6).
    StandsIn {
        /// The request.
        request: RequestId,
        /// The substitute.
        fallback: NodeId,
        /// The primary whose place it takes.
        missing: NodeId,
    },
    /// This node keeps a replica for another (4.6).
    HintKept {
        /// Whose replica it is.
        owner: NodeId,
        /// Of which key.
        key: Key,
    },
    /// This node offers a hint to its owner (4.6).
    HintOffered {
        /// Whose it is.
        owner: NodeId,
        /// Of which key.
        key: Key,
    },
    /// The owner acknowledged its hint; now it may be forgotten (4.6).
    HintDelivered {
        /// Whose it was.
        owner: NodeId,
        /// Of which key.
        key: Key,
    },
    /// A delivered hint was removed (4.6).
    HintForgotten {
        /// Whose it was.
        owner: NodeId,
        /// Of which key.
        key: Key,
    },
    /// A hint grew between its offer and the answer; it is kept and offered again.
    HintGrew {
        /// Whose it is.
        owner: NodeId,
        /// Of which key.
        key: Key,
    },
    /// A read found versions in conflict; the client gets them all (4.4).
    Conflict {
        /// The request.
        request: RequestId,
        /// Values that none of the others descends from.
        siblings: u32,
    },
    /// A replica was behind what a read returned and is sent the rest (5).
    ReadRepair {
        /// The read.
        request: RequestId,
        /// Its key.
        key: Key,
        /// Who was behind.
        node: NodeId,
    },
    /// One replica of a buffered write is asked to store it before it answers (6.1).
    AsksDurably {
        /// The write.
        request: RequestId,
        /// Who is asked.
        node: NodeId,
    },
    /// The write buffer was stored (6.1).
    BufferFlushed {
        /// Slots that were in it.
        entries: u32,
    },
    /// A clock would have grown beyond its most pairs: the pair that was oldest is dropped (4.4).
    ClockTruncated {
        /// The write whose clock it is.
        request: RequestId,
        /// Whose pair is dropped.
        node: NodeId,
        /// The counter in it.
        counter: u64,
    },
    /// A write is dropped, since one with a later stamp is here: last write wins (4.4).
    Overruled {
        /// The write.
        request: RequestId,
    },
    /// Somebody does not agree, or does not answer, that a tombstone may be erased.
    TombstoneStays {
        /// Of which key.
        key: Key,
        /// The first who did not agree.
        node: NodeId,
    },
    /// A tombstone was erased here: nothing that it covers is left anywhere.
    TombstoneReaped {
        /// Of which key.
        key: Key,
    },
    /// The foreground is slow: half the slices for background work are left (6.5).
    BackgroundSlows {
        /// How many in a second from now on.
        slices: u16,
    },
    /// The foreground fares well: background work gets more slices (6.5).
    BackgroundRecovers {
        /// How many in a second from now on.
        slices: u16,
    },
    /// This node has heard of a change of the membership (4.8.1).
    ChangeHeard {
        /// What was ordered.
        change: Change,
    },
    /// All members have seen the change: its data may move (4.9).
    ChangeAgreed {
        /// What was ordered.
        change: Change,
    },
    /// The change is in effect: from here on this node believes in the ring behind it.
    ChangeInEffect {
        /// What was ordered.
        change: Change,
        /// The epoch of the ring.
        epoch: u32,
    },
    /// A change that cannot be is not announced.
    ChangeRefused {
        /// What was ordered.
        change: Change,
        /// Why not.
        why: BadChange,
    },
    /// This node asks a new owner whether it wants the ranges that it is to get (4.9).
    RangesOffered {
        /// The new owner.
        to: NodeId,
        /// How many ranges.
        ranges: u32,
    },
    /// This node wants them, and from this giver (4.9: "the confirmation round").
    RangesConfirmed {
        /// The giver.
        from: NodeId,
        /// How many ranges.
        ranges: u32,
    },
    /// The new owners have all: the giver answers for these ranges no more (4.9).
    RangesGiven {
        /// Keys that were sent.
        keys: u32,
    },
    /// This node was asked as an owner of a key, and is none (4.9).
    NotMine {
        /// On whose behalf.
        subject: Subject,
        /// The key.
        key: Key,
    },
    /// Its owners have it: a replica that does not belong here is dropped (4.9).
    ReplicaDropped {
        /// The key.
        key: Key,
    },
    /// The owner of a hint is no owner of the key any more: the hint goes to those who are.
    HintRerouted {
        /// Whose it was.
        owner: NodeId,
        /// Of which key.
        key: Key,
    },
    /// This node has left the ring, and nothing is left on it (4.9).
    Emptied,
    /// A bad sector broke a slot: it counts as not held, and waits for its repair (5).
    SectorBroken {
        /// What is lost here.
        slot: Slot,
    },
    /// The trees are built from what the disk holds (4.7).
    TreesBuilt {
        /// Keys in all of them.
        keys: u32,
    },
    /// This node begins to compare its trees with a peer's (4.7).
    ExchangeBegun {
        /// The peer.
        with: NodeId,
        /// Ranges that both keep and in which this node holds something.
        ranges: u32,
    },
    /// A key that differed is mended: both sides hold what either held (4.7).
    KeyRepaired {
        /// The key.
        key: Key,
        /// The peer.
        with: NodeId,
    },
    /// The comparison is over (4.7).
    ExchangeEnded {
        /// The peer.
        with: NodeId,
        /// How it ended.
        end: ExchangeEnd,
        /// Keys that were found to differ.
        keys: u32,
        /// Hashes that were sent, both ways.
        hashes: u32,
        /// Bytes that were sent, both ways, without acknowledgements.
        bytes: u32,
    },
    /// This node leaves a write to the node of the list that is to coordinate it (5).
    Chooses {
        /// The request.
        request: RequestId,
        /// To whom.
        to: NodeId,
        /// By which rule.
        choice: CoordinatorChoice,
    },
    /// So many replicas have nothing that the read ends: nothing is there (4.5).
    NothingThere {
        /// The read.
        request: RequestId,
        /// Places that have nothing.
        places: u8,
    },
    /// Whatever else is answered, the read cannot find R replicas that have something: it fails
    /// now and not at its deadline (5).
    OutOfReach {
        /// The read.
        request: RequestId,
        /// Places that have something.
        answers: u8,
        /// R.
        needed: u8,
    },
    /// A client's library sends a write straight to a node that may coordinate it (6.4).
    Drives {
        /// The request.
        request: RequestId,
        /// To whom.
        to: NodeId,
    },
    /// A client's library has a ring (6.4).
    LearnsRing {
        /// Whose.
        from: NodeId,
        /// Changes of the members since the first ring.
        epoch: u32,
    },
    /// This node has coordinated the write before, and answers as it did then.
    AnswersAgain {
        /// The request.
        request: RequestId,
    },
    /// A node has been silent for so much longer than usual that it counts as down (4.8.3).
    PhiCrossed {
        /// Who.
        node: NodeId,
        /// How suspicious its silence is, in thousandths.
        phi: u64,
        /// How far apart its signs of life were.
        mean: Duration,
    },
    /// The disk is full: what was to be stored is not, and whoever asked for it hears nothing.
    NoRoom,
}

impl Fact {
    /// The stable name, as in scripts: `hint-kept`.
    pub fn name(&self) -> &'static str {
        match self {
            Fact::Coordinates { .. } => "coordinates",
            Fact::HandsOn { .. } => "hands-on",
            Fact::KnowsAlready { .. } => "knows-already",
            Fact::Refuses { .. } => "refuses",
            Fact::QuorumMet { .. } => "quorum-met",
            Fact::QuorumMissed { .. } => "quorum-missed",
            Fact::LateAnswer { .. } => "late-answer",
            Fact::LeavesBehind { .. } => "leaves-behind",
            Fact::SeemsDown { .. } => "seems-down",
            Fact::SeemsUp { .. } => "seems-up",
            Fact::StandsIn { .. } => "stands-in",
            Fact::HintKept { .. } => "hint-kept",
            Fact::HintOffered { .. } => "hint-offered",
            Fact::HintDelivered { .. } => "hint-delivered",
            Fact::HintForgotten { .. } => "hint-forgotten",
            Fact::HintGrew { .. } => "hint-grew",
            Fact::Conflict { .. } => "conflict",
            Fact::ReadRepair { .. } => "read-repair",
            Fact::AsksDurably { .. } => "asks-durably",
            Fact::BufferFlushed { .. } => "buffer-flushed",
            Fact::SectorBroken { .. } => "sector-broken",
            Fact::ChangeHeard { .. } => "change-heard",
            Fact::ChangeAgreed { .. } => "change-agreed",
            Fact::ChangeInEffect { .. } => "change-in-effect",
            Fact::ChangeRefused { .. } => "change-refused",
            Fact::RangesOffered { .. } => "ranges-offered",
            Fact::RangesConfirmed { .. } => "ranges-confirmed",
            Fact::RangesGiven { .. } => "ranges-given",
            Fact::NotMine { .. } => "not-mine",
            Fact::ReplicaDropped { .. } => "replica-dropped",
            Fact::HintRerouted { .. } => "hint-rerouted",
            Fact::Emptied => "emptied",
            Fact::ClockTruncated { .. } => "clock-truncated",
            Fact::Overruled { .. } => "overruled",
            Fact::Chooses { .. } => "chooses",
            Fact::NothingThere { .. } => "nothing-there",
            Fact::OutOfReach { .. } => "out-of-reach",
            Fact::Drives { .. } => "drives",
            Fact::LearnsRing { .. } => "learns-ring",
            Fact::AnswersAgain { .. } => "answers-again",
            Fact::PhiCrossed { .. } => "phi-crossed",
            Fact::TombstoneStays { .. } => "tombstone-stays",
            Fact::TombstoneReaped { .. } => "tombstone-reaped",
            Fact::BackgroundSlows { .. } => "background-slows",
            Fact::BackgroundRecovers { .. } => "background-recovers",
            Fact::TreesBuilt { .. } => "trees-built",
            Fact::ExchangeBegun { .. } => "exchange-begun",
            Fact::KeyRepaired { .. } => "key-repaired",
            Fact::ExchangeEnded { .. } => "exchange-ended",
            Fact::NoRoom => "no-room",
        }
    }

    /// Every name, for whoever reads scripts.
    pub const NAMES: [&'static str; 50] = [
        "coordinates",
        "hands-on",
        "knows-already",
        "refuses",
        "quorum-met",
        "quorum-missed",
        "late-answer",
        "leaves-behind",
        "seems-down",
        "seems-up",
        "stands-in",
        "hint-kept",
        "hint-offered",
        "hint-delivered",
        "hint-forgotten",
        "hint-grew",
        "conflict",
        "read-repair",
        "asks-durably",
        "buffer-flushed",
        "sector-broken",
        "clock-truncated",
        "overruled",
        "tombstone-stays",
        "tombstone-reaped",
        "background-slows",
        "background-recovers",
        "trees-built",
        "exchange-begun",
        "key-repaired",
        "exchange-ended",
        "no-room",
        "change-heard",
        "change-agreed",
        "change-in-effect",
        "change-refused",
        "ranges-offered",
        "ranges-confirmed",
        "ranges-given",
        "not-mine",
        "replica-dropped",
        "hint-rerouted",
        "emptied",
        "chooses",
        "nothing-there",
        "out-of-reach",
        "drives",
        "learns-ring",
        "answers-again",
        "phi-crossed",
    ];

    /// Whether it only says that the work goes on that nobody waits for: trees are built and
    /// compared, and they are equal.
    pub fn is_background(&self) -> bool {
        matches!(
            self,
            Fact::TreesBuilt { .. }
                | Fact::ExchangeBegun { .. }
                | Fact::ExchangeEnded { end: ExchangeEnd::Agreed, keys: 0, .. }
        )
    }

    /// Whether something that was asked for did not come about, or is lost.
    pub fn is_setback(&self) -> bool {
        matches!(
            self,
            Fact::Refuses { .. }
                | Fact::QuorumMissed { .. }
                | Fact::OutOfReach { .. }
                | Fact::LeavesBehind { .. }
                | Fact::Overruled { .. }
                | Fact::SectorBroken { .. }
                | Fact::NoRoom
        )
    }

    /// The section of the paper behind the decision; empty if it is ours.
    pub fn section(&self) -> &'static str {
        match self {
            Fact::Conflict { .. } | Fact::ClockTruncated { .. } | Fact::Overruled { .. } => "4.4",
            Fact::Coordinates { .. }
            | Fact::HandsOn { .. }
            | Fact::KnowsAlready { .. }
            | Fact::AnswersAgain { .. }
            | Fact::Refuses { .. }
            | Fact::QuorumMet { .. }
            | Fact::QuorumMissed { .. }
            | Fact::LateAnswer { .. }
            | Fact::Chooses { choice: CoordinatorChoice::Any | CoordinatorChoice::First, .. }
            | Fact::NothingThere { .. } => "4.5",
            Fact::LeavesBehind { .. }
            | Fact::StandsIn { .. }
            | Fact::HintKept { .. }
            | Fact::HintOffered { .. }
            | Fact::HintDelivered { .. }
            | Fact::HintForgotten { .. }
            | Fact::HintGrew { .. } => "4.6",
            Fact::TreesBuilt { .. }
            | Fact::ExchangeBegun { .. }
            | Fact::KeyRepaired { .. }
            | Fact::ExchangeEnded { .. } => "4.7",
            Fact::TombstoneStays { .. } | Fact::TombstoneReaped { .. } => "",
            Fact::ChangeHeard { .. }
            | Fact::ChangeAgreed { .. }
            | Fact::ChangeInEffect { .. }
            | Fact::ChangeRefused { .. } => "4.8.1",
            Fact::SeemsDown { .. } | Fact::SeemsUp { .. } | Fact::PhiCrossed { .. } => "4.8.3",
            Fact::RangesOffered { .. }
            | Fact::RangesConfirmed { .. }
            | Fact::RangesGiven { .. }
            | Fact::NotMine { .. }
            | Fact::ReplicaDropped { .. }
            | Fact::HintRerouted { .. }
            | Fact::Emptied => "4.9",
            Fact::ReadRepair { .. }
            | Fact::SectorBroken { .. }
            | Fact::Chooses { .. }
            | Fact::OutOfReach { .. }
            | Fact::NoRoom => "5",
            Fact::AsksDurably { .. } | Fact::BufferFlushed { .. } => "6.1",
            Fact::Drives { .. } | Fact::LearnsRing { .. } => "6.4",
            Fact::BackgroundSlows { .. } | Fact::BackgroundRecovers { .. } => "6.5",
        }
    }

    /// The fields that a script can ask for, as `name=value`, beside `by`, the node that notes.
    pub fn fields(&self) -> Vec<(&'static str, String)> {
        match self {
            Fact::Coordinates { request, key, needed, strictness, .. } => vec![
                ("request", request.to_string()),
                ("key", key.to_string()),
                ("needed", needed.to_string()),
                ("mode", strictness.to_string()),
            ],
            Fact::LearnsRing { from, epoch } => {
                vec![("from", from.to_string()), ("epoch", epoch.to_string())]
            }
            Fact::HandsOn { request, to } | Fact::Drives { request, to } => {
                vec![("request", request.to_string()), ("to", to.to_string())]
            }
            Fact::KnowsAlready { request }
            | Fact::AnswersAgain { request }
            | Fact::Refuses { request, .. } => {
                vec![("request", request.to_string())]
            }
            Fact::QuorumMet { request, answers }
            | Fact::QuorumMissed { request, answers, .. }
            | Fact::OutOfReach { request, answers, .. } => {
                vec![("request", request.to_string()), ("answers", answers.to_string())]
            }
            Fact::LateAnswer { request, from } => {
                vec![("request", request.to_string()), ("from", from.to_string())]
            }
            Fact::LeavesBehind { request, key, primary } => vec![
                ("request", request.to_string()),
                ("key", key.to_string()),
                ("node", primary.to_string()),
            ],
            Fact::SeemsDown { node, .. }
            | Fact::SeemsUp { node }
            | Fact::PhiCrossed { node, .. } => {
                vec![("node", node.to_string())]
            }
            Fact::StandsIn { request, fallback, missing } => vec![
                ("request", request.to_string()),
                ("node", fallback.to_string()),
                ("for", missing.to_string()),
            ],
            Fact::HintKept { owner, key }
            | Fact::HintOffered { owner, key }
            | Fact::HintDelivered { owner, key }
            | Fact::HintForgotten { owner, key }
            | Fact::HintGrew { owner, key } => {
                vec![("for", owner.to_string()), ("key", key.to_string())]
            }
            Fact::Conflict { request, siblings } => {
                vec![("request", request.to_string()), ("siblings", siblings.to_string())]
            }
            Fact::ReadRepair { request, key, node } => vec![
                ("request", request.to_string()),
                ("key", key.to_string()),
                ("node", node.to_string()),
            ],
            Fact::AsksDurably { request, node } => {
                vec![("request", request.to_string()), ("node", node.to_string())]
            }
            Fact::BufferFlushed { entries } => vec![("entries", entries.to_string())],
            Fact::ClockTruncated { request, node, .. } => {
                vec![("request", request.to_string()), ("node", node.to_string())]
            }
            Fact::Overruled { request } => vec![("request", request.to_string())],
            Fact::TombstoneStays { key, node } => {
                vec![("key", key.to_string()), ("node", node.to_string())]
            }
            Fact::TombstoneReaped { key } => vec![("key", key.to_string())],
            Fact::BackgroundSlows { slices } | Fact::BackgroundRecovers { slices } => {
                vec![("slices", slices.to_string())]
            }
            Fact::SectorBroken { slot } => vec![("key", slot.key.to_string())],
            Fact::Chooses { request, to, choice } => vec![
                ("request", request.to_string()),
                ("to", to.to_string()),
                ("choice", choice.to_string()),
            ],
            Fact::NothingThere { request, places } => {
                vec![("request", request.to_string()), ("places", places.to_string())]
            }
            Fact::TreesBuilt { keys } => vec![("keys", keys.to_string())],
            Fact::ExchangeBegun { with, ranges } => {
                vec![("with", with.to_string()), ("ranges", ranges.to_string())]
            }
            Fact::KeyRepaired { key, with } => {
                vec![("key", key.to_string()), ("with", with.to_string())]
            }
            Fact::ExchangeEnded { with, end, keys, hashes, .. } => vec![
                ("with", with.to_string()),
                ("end", end.to_string()),
                ("keys", keys.to_string()),
                ("hashes", hashes.to_string()),
            ],
            Fact::ChangeHeard { change }
            | Fact::ChangeAgreed { change }
            | Fact::ChangeInEffect { change, .. }
            | Fact::ChangeRefused { change, .. } => {
                let node = change.node().map(|node| ("node", node.to_string()));
                [("change", change.word().to_string())].into_iter().chain(node).collect()
            }
            Fact::RangesOffered { to, .. } => vec![("to", to.to_string())],
            Fact::RangesConfirmed { from, .. } => vec![("from", from.to_string())],
            Fact::RangesGiven { keys } => vec![("keys", keys.to_string())],
            Fact::NotMine { key, .. } | Fact::ReplicaDropped { key } => {
                vec![("key", key.to_string())]
            }
            Fact::HintRerouted { owner, key } => {
                vec![("for", owner.to_string()), ("key", key.to_string())]
            }
            Fact::Emptied | Fact::NoRoom => vec![],
        }
    }
}
