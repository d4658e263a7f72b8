//! What the page reads off a trace, once, and reads on when the run is played on: which records
//! the log tells of, the marks of the time bar, the moments worth a stop. Texts are made only for
//! the rows that are shown.

use dynamo_core::{
    ClientId, Endpoint, Fact, Key, Message, NodeId, Operation, Outcome, RequestId, Subject,
};
use dynamo_scene::ladder::Life;
use dynamo_scene::{Letters, Pick};
use dynamo_sim::trace::{Ended, Record, TraceEvent};
use dynamo_sim::transcript::{self, DotNames, News, Row};
use dynamo_sim::{Command, EventId, Moment, Run, Time, Trace};

use crate::order;

/// What is read off a trace.
#[derive(Clone, Debug, Default)]
pub struct Digest {
    /// The records that have a row in the log, in order.
    rows: Vec<EventId>,
    /// What the time bar marks, in order.
    pub marks: Vec<Mark>,
    /// The places where something happens that a picture shows, in order.
    pub told: Vec<Moment>,
    /// Short names of all dots.
    pub names: DotNames,
    /// The keys that somebody read or wrote.
    pub keys: Vec<Key>,
    /// The records in which two nodes began to compare their trees, in order.
    pub exchanges: Vec<EventId>,
    /// The starts and crashes of nodes, in order.
    pub lives: Vec<Life>,
    /// By key: its puts in the order in which disks stored them, of the whole known run.
    minted: Vec<(Key, Vec<RequestId>)>,
    /// The clients that act, in order.
    pub clients: Vec<ClientId>,
    /// The keys of all requests, in the order of the requests.
    requests: Vec<(RequestId, Key)>,
    news: News,
    /// How many records it has read.
    read: usize,
    /// Up to where the run is known.
    pub known_until: Time,
    /// Whether the run has reached the most that a run may have.
    pub full: bool,
}

/// A row of the log.
#[derive(Clone, Debug, PartialEq)]
pub struct LogRow {
    /// Its text.
    pub row: Row,
    /// What a click on it picks.
    pub pick: Option<Pick>,
    /// How it looks.
    pub look: Look,
}

/// How a row looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// An act of the script.
    Act,
    /// A client's operation begins.
    Begin,
    /// A message.
    Message,
    /// A disk.
    Disk,
    /// A decision.
    Decision,
    /// An operation ended well.
    Good,
    /// Something ended or went badly.
    Bad,
    /// An operation of which nobody knows how it ended.
    Unknown,
}

/// What kind of thing the time bar marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names in `words::mark` say it")]
pub enum MarkKind {
    Act,
    Crash,
    Restart,
    Stored,
    Found,
    Failed,
    Unknown,
    Conflict,
    QuorumMissed,
    HintKept,
    HintDelivered,
    ReadRepair,
    KeyRepaired,
}

/// One mark.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// Where.
    pub moment: Moment,
    /// What.
    pub kind: MarkKind,
    /// The record.
    pub id: EventId,
}

impl Digest {
    /// Reads a run.
    pub fn of(run: &Run) -> Self {
        let mut digest = Digest::default();
        digest.read_on(run);
        digest
    }

    /// Reads what the run has had since.
    pub fn read_on(&mut self, run: &Run) {
        let trace = run.trace();
        trace.show(self.read, trace.len(), |id, record| {
            if let TraceEvent::OperationStarted(started) = &record.event {
                self.learn(started.request, &started.key);
            }
            if let TraceEvent::Noted { fact: Fact::ExchangeBegun { .. }, .. } = &record.event {
                self.exchanges.push(id);
            }
            self.names.see(trace, record);
            self.see(trace, record);
            if self.news.has(trace, record) {
                self.rows.push(id);
            }
            if let Some(kind) = mark(&record.event) {
                self.marks.push(Mark { moment: record.moment, kind, id });
            }
            if is_told(trace, record) && self.told.last() != Some(&record.moment) {
                self.told.push(record.moment);
            }
        });
        self.read = trace.len();
        self.known_until = run.known_until();
        self.full = run.is_full();
    }

    fn see(&mut self, trace: &Trace, record: &Record) {
        self.lives.extend(Life::of(record));
        if let TraceEvent::DiskCompleted { asked, outcome: Outcome::Updated { .. }, .. } =
            &record.event
            && let Some(Operation::Update { slot, request, .. }) = trace.operation(*asked)
        {
            let at = self.minted.binary_search_by(|(key, _)| key.cmp(&slot.key));
            let at = at.unwrap_or_else(|at| {
                self.minted.insert(at, (slot.key.clone(), Vec::new()));
                at
            });
            let puts = &mut self.minted[at].1;
            if !puts.contains(request) {
                puts.push(*request);
            }
        }
    }

    /// The letters of a key's versions, also of those that the playhead has not reached.
    pub fn letters(&self, key: Option<&Key>) -> Letters {
        Letters::among(key, self.puts(key))
    }

    /// The puts of a key in the order in which disks stored them, in the whole known run.
    pub fn puts(&self, key: Option<&Key>) -> &[RequestId] {
        let find = |key: &Key| self.minted.binary_search_by(|(of, _)| of.cmp(key)).ok();
        key.and_then(find).map(|at| &self.minted[at].1[..]).unwrap_or_default()
    }

    fn learn(&mut self, request: RequestId, key: &Key) {
        let at = self.requests.partition_point(|(other, _)| *other < request);
        self.requests.insert(at, (request, key.clone()));
        if let Err(at) = self.keys.binary_search(key) {
            self.keys.insert(at, key.clone());
        }
        if let Err(at) = self.clients.binary_search(&request.client) {
            self.clients.insert(at, request.client);
        }
    }

    /// The records up to and including a place that have a row, in order.
    pub fn rows_until(&self, trace: &Trace, moment: Moment) -> &[EventId] {
        let known = trace.count_until(moment);
        &self.rows[..self.rows.partition_point(|id| (id.0 as usize) < known)]
    }

    /// Whether a record has a row.
    pub fn has_row(&self, id: EventId) -> bool {
        self.rows.binary_search(&id).is_ok()
    }

    /// The row that tells of a record.
    pub fn row(&self, trace: &Trace, id: EventId) -> Option<LogRow> {
        let record = trace.get(id).filter(|_| self.has_row(id))?;
        let row = transcript::row(trace, &self.names, id)?;
        Some(LogRow { row, pick: pick(id, record), look: look(&record.event) })
    }

    /// Whether a row is about a key; an act that concerns all keys belongs to each.
    pub fn concerns(&self, trace: &Trace, id: EventId, key: &Key) -> bool {
        let Some(record) = trace.get(id) else { return false };
        let about = Reader { trace, digest: self }.key(record);
        about.map_or(look(&record.event) == Look::Act, |about| about == *key)
    }

    /// The last mark at or before a place.
    pub fn mark_at(&self, moment: Moment) -> Option<&Mark> {
        let count = self.marks.partition_point(|mark| mark.moment <= moment);
        self.marks[..count].last()
    }
}

/// Finds the key that a record is about.
struct Reader<'a> {
    trace: &'a Trace,
    digest: &'a Digest,
}

impl Reader<'_> {
    fn request_key(&self, request: &RequestId) -> Option<Key> {
        let requests = &self.digest.requests;
        let at = requests.binary_search_by_key(request, |(other, _)| *other).ok()?;
        requests.get(at).map(|(_, key)| key.clone())
    }

    fn message(&self, sent: EventId) -> Option<&Message> {
        self.trace.message(sent).map(|(_, message)| message)
    }

    fn key(&self, record: &Record) -> Option<Key> {
        match &record.event {
            TraceEvent::OperationStarted(started) => Some(started.key.clone()),
            TraceEvent::OperationEnded { request, .. }
            | TraceEvent::OperationRetried { request, .. } => self.request_key(request),
            TraceEvent::MessageSent { message, .. } => self.message_key(message),
            TraceEvent::MessageCopied { original: sent, .. }
            | TraceEvent::MessageArrived { sent }
            | TraceEvent::MessageLost { sent, .. }
            | TraceEvent::MessageDelayed { sent, .. }
            | TraceEvent::MessageAltered { sent, .. } => self.message_key(self.message(*sent)?),
            TraceEvent::DiskCompleted { asked, .. } => {
                self.trace.operation(*asked).and_then(operation_key).cloned()
            }
            TraceEvent::Noted { fact, .. } | TraceEvent::ClientNoted { fact, .. } => {
                self.fact_key(fact)
            }
            _ => None,
        }
    }

    fn message_key(&self, message: &Message) -> Option<Key> {
        message.key().cloned().or_else(|| self.subject_key(&message.subject()))
    }

    fn subject_key(&self, subject: &Subject) -> Option<Key> {
        match subject {
            Subject::Request(request) => self.request_key(request),
            Subject::Poll(_) => None,
            Subject::Task(task) => task.kind.key().cloned(),
        }
    }

    fn fact_key(&self, fact: &Fact) -> Option<Key> {
        match fact {
            Fact::Coordinates { key, .. }
            | Fact::LeavesBehind { key, .. }
            | Fact::HintKept { key, .. }
            | Fact::HintOffered { key, .. }
            | Fact::HintDelivered { key, .. }
            | Fact::HintForgotten { key, .. }
            | Fact::HintGrew { key, .. }
            | Fact::TombstoneStays { key, .. }
            | Fact::TombstoneReaped { key }
            | Fact::ReadRepair { key, .. }
            | Fact::KeyRepaired { key, .. }
            | Fact::NotMine { key, .. }
            | Fact::ReplicaDropped { key }
            | Fact::HintRerouted { key, .. } => Some(key.clone()),
            Fact::HandsOn { request, .. }
            | Fact::KnowsAlready { request }
            | Fact::Refuses { request, .. }
            | Fact::QuorumMet { request, .. }
            | Fact::QuorumMissed { request, .. }
            | Fact::LateAnswer { request, .. }
            | Fact::StandsIn { request, .. }
            | Fact::Chooses { request, .. }
            | Fact::Drives { request, .. }
            | Fact::AnswersAgain { request }
            | Fact::NothingThere { request, .. }
            | Fact::OutOfReach { request, .. }
            | Fact::Conflict { request, .. } => self.request_key(request),
            Fact::SeemsDown { because, .. } => self.subject_key(because),
            Fact::SectorBroken { slot } => Some(slot.key.clone()),
            Fact::AsksDurably { request, .. }
            | Fact::ClockTruncated { request, .. }
            | Fact::Overruled { request } => self.request_key(request),
            Fact::PhiCrossed { .. }
            | Fact::LearnsRing { .. }
            | Fact::SeemsUp { .. }
            | Fact::BufferFlushed { .. }
            | Fact::BackgroundSlows { .. }
            | Fact::BackgroundRecovers { .. }
            | Fact::TreesBuilt { .. }
            | Fact::ExchangeBegun { .. }
            | Fact::ExchangeEnded { .. }
            | Fact::ChangeHeard { .. }
            | Fact::ChangeAgreed { .. }
            | Fact::ChangeInEffect { .. }
            | Fact::ChangeRefused { .. }
            | Fact::RangesOffered { .. }
            | Fact::RangesConfirmed { .. }
            | Fact::RangesGiven { .. }
            | Fact::Emptied
            | Fact::NoRoom => None,
        }
    }
}

fn pick(id: EventId, record: &Record) -> Option<Pick> {
    match &record.event {
        TraceEvent::CommandApplied { command, .. } | TraceEvent::CommandRefused { command, .. } => {
            command_pick(command)
        }
        TraceEvent::NodeStarted { boot } => Some(Pick::Node(boot.node)),
        TraceEvent::NodeCrashed { node } => Some(Pick::Node(*node)),
        TraceEvent::OperationStarted(started) => Some(Pick::Request(started.request)),
        TraceEvent::OperationEnded { request, .. }
        | TraceEvent::OperationRetried { request, .. } => Some(Pick::Request(*request)),
        TraceEvent::MessageSent { .. } | TraceEvent::MessageCopied { .. } => {
            Some(Pick::Message(id))
        }
        TraceEvent::MessageDelayed { sent, .. } | TraceEvent::MessageAltered { sent, .. } => {
            Some(Pick::Message(*sent))
        }
        TraceEvent::ClientNoted { client, .. } => Some(Pick::Client(*client)),
        TraceEvent::DiskCompleted { node, .. }
        | TraceEvent::DiskChanged { node, .. }
        | TraceEvent::DiskRecovered { node, .. }
        | TraceEvent::Noted { node, .. } => Some(Pick::Node(*node)),
        _ => None,
    }
}

/// Whether a picture shows it: not what runs in the background without news.
fn is_told(trace: &Trace, record: &Record) -> bool {
    match &record.event {
        TraceEvent::MessageSent { message, .. } => !message.is_background(),
        TraceEvent::MessageArrived { sent } | TraceEvent::MessageLost { sent, .. } => {
            trace.message(*sent).is_some_and(|(_, message)| !message.is_background())
        }
        TraceEvent::DiskCompleted { asked, .. } => {
            let operation = trace.operation(*asked);
            !matches!(operation, Some(Operation::Examine { .. } | Operation::ReadSlot { .. }))
                && operation.and_then(operation_key).is_some()
        }
        TraceEvent::NodeStarted { .. } => record.moment.time > Time::ZERO,
        TraceEvent::Noted { fact, .. } => !fact.is_background(),
        TraceEvent::DiskAsked { .. }
        | TraceEvent::DiskAnswered { .. }
        | TraceEvent::TimerArmed { .. }
        | TraceEvent::TimerDisarmed { .. }
        | TraceEvent::ClientTimerFired { .. }
        | TraceEvent::TimerFired { .. } => false,
        _ => true,
    }
}

fn operation_key(operation: &Operation) -> Option<&Key> {
    match operation {
        Operation::Update { slot, .. }
        | Operation::Merge { slot, .. }
        | Operation::Remove { slot, .. }
        | Operation::ReadSlot { slot } => Some(&slot.key),
        Operation::Read { key } | Operation::Examine { key } => Some(key),
        Operation::ScanHints { .. }
        | Operation::ScanKeys { .. }
        | Operation::ScanAll { .. }
        | Operation::Keep { .. }
        | Operation::Sync => None,
    }
}

fn command_pick(command: &Command) -> Option<Pick> {
    match command {
        Command::Operation(operation) => Some(Pick::Request(operation.request)),
        Command::Crash(node)
        | Command::Restart(node)
        | Command::Wipe(node)
        | Command::Rot(node, _)
        | Command::Misplace(node, ..)
        | Command::Machine(node, _)
        | Command::Gossip(node, _)
        | Command::Tear(node, _) => Some(Pick::Node(*node)),
        Command::Membership { change, .. } => change.node().map(Pick::Node),
        Command::Fate(message, _) => Some(Pick::Request(message.request)),
        Command::Cut(_)
        | Command::Clog(_)
        | Command::HealLinks(_)
        | Command::Link(_)
        | Command::Workload(_)
        | Command::Heal
        | Command::Set(_)
        | Command::CrashZone(_)
        | Command::RestartZone(_) => None,
    }
}

fn look(event: &TraceEvent) -> Look {
    match event {
        TraceEvent::CommandApplied { .. } => Look::Act,
        TraceEvent::OperationStarted(_) | TraceEvent::OperationRetried { .. } => Look::Begin,
        TraceEvent::OperationEnded { ended, .. } => match ended {
            Ended::Stored | Ended::Found { .. } => Look::Good,
            Ended::Failed(_) => Look::Bad,
            Ended::Unknown(_) => Look::Unknown,
        },
        TraceEvent::CommandRefused { .. }
        | TraceEvent::NodeCrashed { .. }
        | TraceEvent::DiskChanged { .. } => Look::Bad,
        TraceEvent::NodeStarted { .. } => Look::Good,
        TraceEvent::Noted { fact, .. } | TraceEvent::ClientNoted { fact, .. } => {
            if fact.is_setback() { Look::Bad } else { Look::Decision }
        }
        TraceEvent::DiskCompleted { .. } | TraceEvent::DiskRecovered { .. } => Look::Disk,
        _ => Look::Message,
    }
}

fn mark(event: &TraceEvent) -> Option<MarkKind> {
    match event {
        TraceEvent::CommandApplied { command, .. } => match command {
            Command::Crash(_) | Command::Restart(_) | Command::Tear(..) => None,
            _ => Some(MarkKind::Act),
        },
        TraceEvent::CommandRefused { .. } => Some(MarkKind::Act),
        TraceEvent::NodeCrashed { .. } => Some(MarkKind::Crash),
        TraceEvent::NodeStarted { boot: _ } => Some(MarkKind::Restart),
        TraceEvent::OperationEnded { ended, .. } => Some(match ended {
            Ended::Stored => MarkKind::Stored,
            Ended::Found { .. } => MarkKind::Found,
            Ended::Failed(_) => MarkKind::Failed,
            Ended::Unknown(_) => MarkKind::Unknown,
        }),
        TraceEvent::Noted { fact, .. } | TraceEvent::ClientNoted { fact, .. } => match fact {
            Fact::Conflict { .. } => Some(MarkKind::Conflict),
            Fact::QuorumMissed { .. } => Some(MarkKind::QuorumMissed),
            Fact::HintKept { .. } => Some(MarkKind::HintKept),
            Fact::HintDelivered { .. } => Some(MarkKind::HintDelivered),
            Fact::ReadRepair { .. } => Some(MarkKind::ReadRepair),
            Fact::KeyRepaired { .. } => Some(MarkKind::KeyRepaired),
            _ => None,
        },
        _ => None,
    }
}

/// An endpoint as a pick.
pub fn endpoint_pick(endpoint: Endpoint) -> Pick {
    match endpoint {
        Endpoint::Node(node) => Pick::Node(node),
        Endpoint::Client(client) => Pick::Client(client),
    }
}

/// The nodes of a run.
pub fn nodes(run: &Run) -> Vec<NodeId> {
    (1..=run.script().setup.nodes).map(NodeId).collect()
}

/// The clients that the page offers: three, and whoever else acts in the script.
pub fn clients(run: &Run) -> Vec<ClientId> {
    let acting = run.script().lines.iter().flat_map(|line| match &line.command {
        Command::Operation(operation) => vec![operation.request.client],
        Command::Workload(workload) => (1..=workload.clients).map(ClientId).collect(),
        _ => Vec::new(),
    });
    order::set((1..=3).map(ClientId).chain(acting))
}
