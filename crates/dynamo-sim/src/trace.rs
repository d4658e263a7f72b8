//! What happened: the one record of a run that picture, checks, captions and tests read.

mod segment;
mod weight;

use alloc::vec::Vec;

use dynamo_core::storage::Content;
use dynamo_core::{
    BadChange, Boot, ClientId, Duration, Endpoint, EngineKind, Fact, Key, Message, MessageName,
    NodeId, NotFound, Operation, Outcome, Recovery, Refusal, RequestId, Shared, Sibling,
    Strictness, Ticket, Timer, Value, Zone, wire,
};
use serde::ser::SerializeSeq;
use serde::{Deserialize, Serialize, Serializer};

use crate::disk::DiskFault;
use crate::script::{Command, ContextChoice};
use crate::time::{Moment, Time};
use segment::{SEGMENT, Segment};

/// Names a record of a run: its number from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EventId(pub u32);

/// One thing that happened, when, and in answer to what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// When. A record that does not count shares the place of the counting one before it.
    pub moment: Moment,
    /// The event that this answers, if it answers one.
    pub cause: Option<EventId>,
    /// What.
    pub event: TraceEvent,
}

/// What can happen in a world.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TraceEvent {
    /// A line of the script was carried out.
    CommandApplied {
        /// Its index in the script.
        line: u32,
        /// What it said.
        command: Command,
    },
    /// A line of the script could not be carried out.
    CommandRefused {
        /// Its index in the script.
        line: u32,
        /// What it said.
        command: Command,
        /// Why not.
        why: Refused,
    },
    /// A node's process started. Counts.
    NodeStarted {
        /// The process.
        boot: Boot,
    },
    /// A node's process died; what its disk had completed stays.
    NodeCrashed {
        /// The node.
        node: NodeId,
    },
    /// A client began an operation.
    OperationStarted(Started),
    /// A client's operation ended, as the client sees it.
    OperationEnded {
        /// Which one.
        request: RequestId,
        /// How.
        ended: Ended,
    },
    /// A message left its sender. Counts.
    MessageSent {
        /// Its name.
        name: MessageName,
        /// What it says.
        message: Shared<Message>,
        /// When it arrives, or would arrive if it were not lost on its way.
        due: Time,
    },
    /// A message went out once more, by chance or by command. Counts.
    MessageCopied {
        /// The event that sent the original.
        original: EventId,
        /// When the copy arrives, or would arrive if it were not lost on its way.
        due: Time,
    },
    /// A message reached its receiver. Counts.
    MessageArrived {
        /// The event that sent it.
        sent: EventId,
    },
    /// A message did not reach its receiver.
    MessageLost {
        /// The event that sent it.
        sent: EventId,
        /// Why.
        why: Loss,
    },
    /// A message in flight met another fate.
    MessageDelayed {
        /// The event that sent it.
        sent: EventId,
        /// When it arrives now.
        due: Time,
    },
    /// A node asked its disk. Counts.
    DiskAsked {
        /// The node.
        node: NodeId,
        /// Names the answer.
        ticket: Ticket,
        /// What.
        operation: Operation,
        /// When the disk will have done it.
        due: Time,
    },
    /// A disk carried an operation out: from here on it survives a crash. Counts.
    DiskCompleted {
        /// The event that asked.
        asked: EventId,
        /// The node.
        node: NodeId,
        /// What came of it.
        outcome: Outcome,
    },
    /// The node hears from its disk. Counts.
    DiskAnswered {
        /// The event that completed.
        completed: EventId,
        /// The node.
        node: NodeId,
    },
    /// A node's timer was set.
    TimerArmed {
        /// The node.
        node: NodeId,
        /// What for.
        timer: Timer,
        /// When it fires.
        due: Time,
    },
    /// A node's timer was taken back.
    TimerDisarmed {
        /// The node.
        node: NodeId,
        /// What for.
        timer: Timer,
    },
    /// A node's timer ran out. Counts.
    TimerFired {
        /// The node.
        node: NodeId,
        /// What for.
        timer: Timer,
    },
    /// A node decided something.
    Noted {
        /// The node.
        node: NodeId,
        /// What.
        fact: Fact,
    },
    /// A fault changed what a disk holds.
    DiskChanged {
        /// The node.
        node: NodeId,
        /// What happened to it.
        fault: DiskFault,
        /// The slots that hold something else now, and what.
        slots: Vec<Content>,
    },
    /// A client has heard nothing and asks again.
    OperationRetried {
        /// Which operation.
        request: RequestId,
        /// Which attempt this is, from 2.
        attempt: u32,
        /// The node that is asked; none if the client's own library sees to it.
        via: Option<NodeId>,
    },
    /// A timer of a client's library ran out. Counts.
    ClientTimerFired {
        /// The client.
        client: ClientId,
        /// What for.
        timer: Timer,
    },
    /// A client's library decided something.
    ClientNoted {
        /// The client.
        client: ClientId,
        /// What.
        fact: Fact,
    },
    /// A process that starts has read its log from the beginning.
    DiskRecovered {
        /// The node.
        node: NodeId,
        /// What was found.
        found: Recovery,
    },
    /// A bit was turned in a message on its way, nobody noticed, and this is what arrives.
    MessageAltered {
        /// The event that sent it.
        sent: EventId,
        /// What it says now.
        message: Shared<Message>,
    },
}

/// A client's operation as it begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Started {
    /// Its name.
    pub request: RequestId,
    /// The key.
    pub key: Key,
    /// Read or write.
    pub access: Access,
    /// The node that is asked; none if the client's own library sees to it (6.4).
    pub via: Option<NodeId>,
    /// R or W.
    pub needed: u8,
    /// Whose copies count.
    pub strictness: Strictness,
    /// When the client gives up.
    pub patience: Duration,
}

/// Read or write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Access {
    /// A read.
    Get {
        /// What the answer of a replica that has nothing means.
        not_found: NotFound,
    },
    /// A write.
    Put {
        /// The new value; none for a deletion.
        value: Option<Value>,
        /// How its context was chosen.
        context: ContextChoice,
        /// The puts of this key that the client had seen last: together with theirs, all that
        /// this put replaces. Stamped by the world for the checks; no node sees it.
        replaces: Vec<RequestId>,
    },
}

/// How an operation ended for its client: ok, certainly failed, or unknown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ended {
    /// The write is stored.
    Stored,
    /// The read returned these, tombstones included; none if the key was never written.
    Found {
        /// All values in conflict.
        siblings: Vec<Sibling>,
    },
    /// Certainly without effect.
    Failed(Refusal),
    /// A write of which nobody can say whether it was or will be stored.
    Unknown(Doubt),
}

/// Why the end of a write is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Doubt {
    /// The coordinator had too few acknowledgements at its deadline.
    TooFewAcks {
        /// Places that acknowledged.
        answers: u8,
        /// W.
        needed: u8,
    },
    /// The client heard nothing in time.
    NoAnswer,
}

/// Why a message did not arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Loss {
    /// The network dropped it by chance.
    Dropped,
    /// A command dropped it.
    Taken,
    /// The link is cut.
    Cut,
    /// The receiver is down.
    ReceiverDown,
    /// A bit was turned on its way.
    Corrupt,
    /// The link carried as many messages as it can.
    Overflow,
}

/// Why a command could not be carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refused {
    /// There is no such node.
    NoSuchNode(NodeId),
    /// It is down already.
    AlreadyDown(NodeId),
    /// It is up already.
    AlreadyUp(NodeId),
    /// R or W is not between 1 and N.
    OutsideN {
        /// What was given.
        given: u8,
        /// N.
        n: u8,
    },
    /// An endpoint stands in two groups of a cut.
    InTwoGroups(Endpoint),
    /// This operation returned no context for the key so far.
    NoContext(RequestId),
    /// The client's operation of this number was begun before.
    NumberTaken(RequestId),
    /// A deletion covers what its client has seen of the key: this one has seen nothing.
    NothingSeen,
    /// The key has had as many puts as a run may have.
    TooManyPuts,
    /// Only this engine can have this happen to it.
    OnlyEngine(EngineKind),
    /// The node stores nothing whole of this key as its own.
    NothingStored(NodeId),
    /// The node appends nothing just now.
    NothingUnderWay(NodeId),
    /// There is no such zone.
    NoSuchZone(Zone),
    /// The node that is told knows that it cannot be.
    Membership(BadChange),
    /// The machine is so already.
    AlreadySo(NodeId),
    /// No backup of this disk was made.
    NoBackup(NodeId),
}

impl TraceEvent {
    /// Whether it counts for a [`Moment`].
    pub fn counts(&self) -> bool {
        match self {
            TraceEvent::NodeStarted { .. }
            | TraceEvent::MessageSent { .. }
            | TraceEvent::MessageCopied { .. }
            | TraceEvent::MessageArrived { .. }
            | TraceEvent::DiskAsked { .. }
            | TraceEvent::DiskCompleted { .. }
            | TraceEvent::DiskAnswered { .. }
            | TraceEvent::ClientTimerFired { .. }
            | TraceEvent::TimerFired { .. } => true,
            TraceEvent::CommandApplied { .. }
            | TraceEvent::CommandRefused { .. }
            | TraceEvent::NodeCrashed { .. }
            | TraceEvent::OperationStarted(_)
            | TraceEvent::OperationEnded { .. }
            | TraceEvent::OperationRetried { .. }
            | TraceEvent::MessageLost { .. }
            | TraceEvent::MessageDelayed { .. }
            | TraceEvent::MessageAltered { .. }
            | TraceEvent::TimerArmed { .. }
            | TraceEvent::TimerDisarmed { .. }
            | TraceEvent::Noted { .. }
            | TraceEvent::ClientNoted { .. }
            | TraceEvent::DiskChanged { .. }
            | TraceEvent::DiskRecovered { .. } => false,
        }
    }
}

/// Whoever eats events as they happen: a stored trace, or checks without one.
pub trait Recorder {
    /// Takes one record; they come in order, numbered from 0.
    fn record(&mut self, id: EventId, record: Record);
}

/// What the newest records may weigh that are kept unpacked: whoever follows a run reads what has
/// just happened.
const KEPT_BYTES: usize = 8 << 20;
/// Older segments may be unpacked until they are more than this.
const MOST_OPEN: usize = 32;

/// All records of a run so far. What is full is packed.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    full: Vec<Segment>,
    /// From this one on segments are kept unpacked.
    kept_from: usize,
    /// What their records weigh.
    kept_weight: usize,
    open: Vec<Record>,
    /// What the open records weigh.
    open_weight: usize,
}

impl Trace {
    /// Every record with its id, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (EventId, &Record)> {
        self.iter_from(0)
    }

    /// Every record behind the first `count`, with its id, in order.
    pub fn iter_from(&self, count: usize) -> impl DoubleEndedIterator<Item = (EventId, &Record)> {
        (count as u32..self.len() as u32).filter_map(|id| {
            let id = EventId(id);
            self.get(id).map(|record| (id, record))
        })
    }

    /// Shows the records from one place to before another, in order. Unlike
    /// [`Trace::iter_from`] it leaves none of them unpacked, however long the way is.
    pub fn show(&self, from: usize, to: usize, mut see: impl FnMut(EventId, &Record)) {
        let mut next = from;
        while next < to.min(self.len()) {
            let (segment, first) = (next / SEGMENT, next / SEGMENT * SEGMENT);
            let mut part = |records: &[Record]| {
                let end = records.len().min(to - first);
                for record in &records[next - first..end] {
                    see(EventId(next as u32), record);
                    next += 1;
                }
            };
            match self.full.get(segment) {
                Some(segment) => segment.show(&mut part),
                None => part(&self.open),
            }
        }
    }

    /// One record.
    pub fn get(&self, id: EventId) -> Option<&Record> {
        let index = id.0 as usize;
        match self.full.get(index / SEGMENT) {
            Some(segment) => segment.records().get(index % SEGMENT),
            None => self.open.get(index - self.full.len() * SEGMENT),
        }
    }

    /// What was sent under this id; a copy leads back to its original.
    pub fn message(&self, sent: EventId) -> Option<(&MessageName, &Message)> {
        let mut id = sent;
        loop {
            match &self.get(id)?.event {
                TraceEvent::MessageSent { name, message, .. } => return Some((name, message)),
                // An original is always older, so this ends.
                TraceEvent::MessageCopied { original, .. } if *original < id => id = *original,
                _ => return None,
            }
        }
    }

    /// What a disk was asked for under this id.
    pub fn operation(&self, asked: EventId) -> Option<&Operation> {
        match &self.get(asked)?.event {
            TraceEvent::DiskAsked { operation, .. } => Some(operation),
            _ => None,
        }
    }

    /// How many records there are.
    pub fn len(&self) -> usize {
        self.full.len() * SEGMENT + self.open.len()
    }

    /// Whether nothing happened yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// About how many bytes the records take, the same on every machine.
    pub fn weight(&self) -> usize {
        self.closed_weight() + self.kept_weight + self.open_weight
    }

    fn closed_weight(&self) -> usize {
        self.full.last().map_or(0, |last| last.closed_weight)
    }

    /// Packs away what was looked at, if that is much.
    pub fn tidy(&mut self) {
        let old = &mut self.full[..self.kept_from];
        if old.iter().filter(|segment| segment.is_open()).count() > MOST_OPEN {
            old.iter_mut().for_each(Segment::close);
        }
    }

    /// The number of records up to and including this place.
    pub fn count_until(&self, moment: Moment) -> usize {
        self.count_while(|it| it <= moment)
    }

    /// The number of records before this place.
    pub fn count_before(&self, moment: Moment) -> usize {
        self.count_while(|it| it < moment)
    }

    /// The number of records at the front for whose places this is true, and for none behind them.
    fn count_while(&self, holds: impl Fn(Moment) -> bool) -> usize {
        let segments = self.full.partition_point(|segment| holds(segment.last));
        let records = self.full.get(segments).map_or(&self.open[..], Segment::records);
        segments * SEGMENT + records.partition_point(|record| holds(record.moment))
    }

    /// The wire bytes of every record: equal runs have equal bytes, on every machine.
    pub fn bytes(&self) -> Vec<u8> {
        wire::bytes(self)
    }

    /// A hash of [`Trace::bytes`].
    pub fn hash(&self) -> wire::Hash {
        wire::hash(self)
    }

    /// The first `count` records, as they would be if the script had one line more at `index`
    /// that is given later.
    pub fn prefix(&self, count: usize, index: u32) -> Trace {
        let is_same = |segment: &&Segment| segment.last_line.is_none_or(|line| line < index);
        let whole = &self.full[..(count / SEGMENT).min(self.full.len())];
        let full: Vec<Segment> = whole.iter().take_while(is_same).cloned().collect();
        let mut trace = Trace { kept_from: full.len(), full, ..Trace::default() };
        self.show(trace.len(), count, |id, record| {
            let mut record = record.clone();
            record.shift_line(index);
            trace.record(id, record);
        });
        trace
    }

    /// All records side by side.
    pub fn records(&self) -> Vec<&Record> {
        self.iter().map(|(_, record)| record).collect()
    }
}

/// As a list of records.
impl Serialize for Trace {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.len()))?;
        let mut done = Ok(());
        self.show(0, self.len(), |_, record| {
            if done.is_ok() {
                done = list.serialize_element(record);
            }
        });
        done?;
        list.end()
    }
}

impl Recorder for Trace {
    fn record(&mut self, _id: EventId, record: Record) {
        self.open_weight += record.weight();
        self.open.push(record);
        if self.open.len() == SEGMENT {
            let records = core::mem::take(&mut self.open);
            let weight = core::mem::take(&mut self.open_weight);
            let segment = Segment::new(records, weight, self.closed_weight());
            self.kept_weight += segment.kept_weight;
            self.full.push(segment);
            while self.kept_weight > KEPT_BYTES {
                let oldest = &mut self.full[self.kept_from];
                oldest.close();
                self.kept_weight -= oldest.kept_weight;
                self.kept_from += 1;
            }
        }
    }
}

impl Record {
    /// The line of the script that this carries out or refuses.
    fn line(&self) -> Option<u32> {
        match &self.event {
            TraceEvent::CommandApplied { line, .. } | TraceEvent::CommandRefused { line, .. } => {
                Some(*line)
            }
            _ => None,
        }
    }

    /// Follows one line more at `index`.
    fn shift_line(&mut self, index: u32) {
        if let TraceEvent::CommandApplied { line, .. } | TraceEvent::CommandRefused { line, .. } =
            &mut self.event
        {
            *line += u32::from(*line >= index);
        }
    }
}
