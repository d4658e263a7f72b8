//! A run as text: the script, a rule line, then what happened in stable columns.
//!
//! Timers, disk queues and answers of disks are left out, probes after the first of each suspect,
//! trees that a process builds once more, and of exchanges in which the trees are equal all but the
//! first end between each two nodes: they repeat without news. Nothing else is.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::Write;
use dynamo_core::collections::Map;

use dynamo_core::membership::Entry;
use dynamo_core::merkle::Path;
use dynamo_core::node::get::GetOutcome;
use dynamo_core::node::put::PutOutcome;
use dynamo_core::node::sync::{ExchangeEnd, Found, Places};
use dynamo_core::storage::Content;
use dynamo_core::{
    Actor, BadContext, CausalContext, ContextToken, CoordinatorChoice, Dot, Endpoint, Fact,
    History, Key, Mark, Message, MessageKind, NodeId, NotFound, Operation, Outcome, Recovery,
    Refusal, Removal, RequestId, Sibling, Slot, Stage, Store, Task, TaskKind, Value, VectorClock,
    Versions,
};

use crate::disk::DiskFault;
use crate::script::Script;
use crate::time::{Moment, Time};
use crate::trace::{Access, Doubt, Ended, EventId, Loss, Record, Refused, Trace, TraceEvent};

/// The line between a script and what came of it.
pub const RULE: &str = "----";

/// Slots that a row names one by one.
const SLOTS_TOLD: usize = 4;

/// Short names for dots: `n1:2` is the second write that n1 coordinated for the key. A node that
/// writes a key under a further actor (a new process, a new creation) gets a mark: `n1'2:1`.
#[derive(Clone, Debug, Default)]
pub struct DotNames {
    known: Map<(Key, NodeId), Vec<Actor>>,
}

impl DotNames {
    /// Learns the dot that a disk minted for a key.
    pub fn learn(&mut self, key: &Key, dot: &Dot) {
        let actors = self.known.entry((key.clone(), dot.actor.node())).or_default();
        if !actors.contains(&dot.actor) {
            actors.push(dot.actor);
        }
    }

    /// Learns what the next record of a trace mints, if it mints something.
    pub fn see(&mut self, trace: &Trace, record: &Record) {
        if let TraceEvent::DiskCompleted { asked, outcome: Outcome::Updated { dot, .. }, .. } =
            &record.event
            && let Some(Operation::Update { slot, .. }) = trace.operation(*asked)
        {
            self.learn(&slot.key, dot);
        }
    }

    /// The name of an actor of a key.
    pub fn actor(&self, key: &Key, actor: &Actor) -> String {
        let actors = self.known.get(&(key.clone(), actor.node()));
        match actors.and_then(|actors| actors.iter().position(|known| known == actor)) {
            None | Some(0) => actor.node().to_string(),
            Some(index) => format!("{}'{}", actor.node(), index + 1),
        }
    }

    /// The name of a dot of a key.
    pub fn dot(&self, key: &Key, dot: &Dot) -> String {
        format!("{}:{}", self.actor(key, &dot.actor), dot.counter)
    }

    /// The name of a version in the notation of its mode: `n1:2`, `[n1:2 n2:1]`, `n1@106.851`.
    pub fn mark(&self, key: &Key, mark: Mark<'_>) -> String {
        match mark {
            Mark::Dot(dot) => self.dot(key, dot),
            Mark::Clock(clock) => format!("[{}]", self.pairs(key, clock).join(" ")),
            Mark::Stamp(dot) => {
                format!("{}@{}", self.actor(key, &dot.actor), millis(Time(dot.counter)))
            }
        }
    }

    fn pairs(&self, key: &Key, clock: &VectorClock) -> Vec<String> {
        let pair =
            |(actor, counter): (&Actor, u64)| format!("{}:{counter}", self.actor(key, actor));
        clock.iter().map(pair).collect()
    }

    /// The live versions of a set, tombstones with a dagger.
    pub fn versions(&self, key: &Key, versions: &Versions) -> String {
        let mark = |(dot, sibling): (&Dot, &Sibling)| {
            let dagger = if sibling.value.is_some() { "" } else { "\u{2020}" };
            format!("{}{dagger}", self.mark(key, versions.mark(dot)))
        };
        let marks: Vec<String> = versions.siblings().map(mark).collect();
        format!("{{{}}}", marks.join(" "))
    }

    /// A causal context: the vector, then the loose dots.
    pub fn context(&self, key: &Key, context: &CausalContext) -> String {
        let mut all = self.pairs(key, context.vector());
        all.extend(context.loose().map(|dot| format!("+{}", self.dot(key, dot))));
        format!("[{}]", all.join(" "))
    }
}

/// One row of a transcript.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The record it tells of.
    pub id: EventId,
    /// Where it stands.
    pub moment: Moment,
    /// Who does what to whom: `n1 -> n2`, `n1  !`.
    pub who: String,
    /// What.
    pub what: String,
    /// What comes of it, or the section of the paper.
    pub note: String,
}

impl core::fmt::Display for Row {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Row { moment, who, what, note, .. } = self;
        let time = millis(moment.time);
        let line = format!("{time:>10}  {who:<9} {what:<52} {note}");
        f.write_str(line.trim_end())
    }
}

/// Milliseconds with three decimals.
pub fn millis(time: Time) -> String {
    format!("{}.{:03}", time.as_micros() / 1_000, time.as_micros() % 1_000)
}

/// The whole transcript of a run up to a time.
pub fn transcript(script: &Script, trace: &Trace, until: Time) -> String {
    let mut text = format!("{script}{RULE}\n");
    for row in rows(trace, until) {
        let _ = writeln!(text, "{row}");
    }
    text
}

/// The rows of a transcript up to a time.
pub fn rows(trace: &Trace, until: Time) -> Vec<Row> {
    let (mut news, mut names) = (News::default(), DotNames::default());
    let mut rows = Vec::new();
    for (id, record) in trace.iter().take_while(|(_, record)| record.moment.time <= until) {
        names.see(trace, record);
        if news.has(trace, record) {
            rows.extend(row(trace, &names, id));
        }
    }
    rows
}

/// The row that tells of one record. The names are those of the whole trace, or of any part that
/// reaches up to the record: a later dot changes no earlier name.
pub fn row(trace: &Trace, names: &DotNames, id: EventId) -> Option<Row> {
    let record = trace.get(id)?;
    let (who, what, note) = Teller { trace, names }.tell(id, record)?;
    Some(Row { id, moment: record.moment, who, what, note })
}

/// Tells which records have a row, one after the other and without making its text.
#[derive(Clone, Debug, Default)]
pub struct News {
    probes: Map<(NodeId, NodeId), ()>,
    exchanges: Map<(NodeId, NodeId), ()>,
    built: Map<NodeId, ()>,
}

/// Whether a message belongs to what goes on all the time.
fn is_ticking(message: &Message) -> bool {
    match message {
        Message::Ping(task) | Message::Pong(task) => matches!(task.kind, TaskKind::Heartbeat(_)),
        // Rounds of gossip repeat without news; histories that differ are told.
        Message::Gossip(_) => true,
        _ => false,
    }
}

/// Whether a message only says that an exchange goes on as always: roots, and that they are equal.
fn is_routine(message: &Message) -> bool {
    match message {
        Message::Compare(compare) => matches!(compare.at, Places::Roots(_)),
        Message::Hashes(hashes) => {
            matches!(&hashes.found, Found::Below(below) if below.is_empty())
        }
        _ => false,
    }
}

impl News {
    /// Whether a row tells of the next record of a trace.
    pub fn has(&mut self, trace: &Trace, record: &Record) -> bool {
        match &record.event {
            TraceEvent::CommandApplied { command, .. } => {
                !matches!(command, crate::script::Command::Operation(_))
            }
            TraceEvent::MessageSent { message, .. } if is_ticking(message) => false,
            TraceEvent::NodeStarted { boot } => {
                self.built.remove(&boot.node);
                record.moment.time > Time::ZERO
            }
            // Of the probes of a suspect only the first is told, and the one that is answered.
            TraceEvent::MessageSent { name, .. } if name.kind == MessageKind::Ping => {
                match (name.from, name.to) {
                    (Endpoint::Node(from), Endpoint::Node(to)) => {
                        self.probes.insert((from, to), ()).is_none()
                    }
                    _ => true,
                }
            }
            TraceEvent::MessageSent { message, .. } if is_routine(message) => false,
            TraceEvent::MessageCopied { original: sent, .. }
            | TraceEvent::MessageDelayed { sent, .. }
            | TraceEvent::MessageAltered { sent, .. } => {
                !trace.message(*sent).is_some_and(|(_, message)| is_routine(message))
            }
            TraceEvent::Noted { fact: Fact::ExchangeBegun { .. }, .. } => false,
            TraceEvent::Noted { node, fact: Fact::TreesBuilt { .. } } => {
                self.built.insert(*node, ()).is_none()
            }
            TraceEvent::Noted {
                node,
                fact: Fact::ExchangeEnded { with, end: ExchangeEnd::Agreed, keys: 0, .. },
            } => self.exchanges.insert((*node, *with), ()).is_none(),
            TraceEvent::DiskCompleted { asked, outcome, .. } => matches!(
                (trace.operation(*asked), outcome),
                (Some(Operation::Update { .. }), Outcome::Updated { .. } | Outcome::Rejected(_))
                    | (Some(Operation::Merge { .. }), Outcome::Merged { .. })
                    | (Some(Operation::Remove { .. }), Outcome::Removal(Removal::Removed))
            ),
            TraceEvent::Noted { node, fact } => {
                if let Fact::SeemsUp { node: other } = fact {
                    self.probes.remove(&(*node, *other));
                }
                true
            }
            TraceEvent::ClientNoted { .. } | TraceEvent::OperationRetried { .. } => true,
            TraceEvent::CommandRefused { .. }
            | TraceEvent::NodeCrashed { .. }
            | TraceEvent::OperationStarted(_)
            | TraceEvent::OperationEnded { .. }
            | TraceEvent::MessageSent { .. }
            | TraceEvent::DiskChanged { .. }
            | TraceEvent::DiskRecovered { .. } => true,
            TraceEvent::MessageLost { .. }
            | TraceEvent::MessageArrived { .. }
            | TraceEvent::DiskAsked { .. }
            | TraceEvent::DiskAnswered { .. }
            | TraceEvent::TimerArmed { .. }
            | TraceEvent::TimerDisarmed { .. }
            | TraceEvent::ClientTimerFired { .. }
            | TraceEvent::TimerFired { .. } => false,
        }
    }
}

/// Makes the text of rows.
struct Teller<'a> {
    trace: &'a Trace,
    names: &'a DotNames,
}

type Cells = (String, String, String);

fn arrow(from: Endpoint, to: Endpoint) -> String {
    format!("{from:<2} -> {to}")
}

fn mark(node: NodeId, mark: char) -> String {
    format!("{node:<2}  {mark}")
}

impl Teller<'_> {
    fn tell(&self, id: EventId, record: &Record) -> Option<Cells> {
        Some(match &record.event {
            TraceEvent::CommandApplied { command, .. } => {
                (">".into(), command.to_string(), String::new())
            }
            TraceEvent::CommandRefused { command, why, .. } => {
                (">".into(), command.to_string(), format!("refused: {}", refused(why)))
            }
            TraceEvent::NodeStarted { boot } => {
                (mark(boot.node, '+'), "starts".into(), String::new())
            }
            TraceEvent::NodeCrashed { node } => (mark(*node, 'x'), "crashes".into(), String::new()),
            TraceEvent::OperationStarted(started) => {
                let what = match &started.access {
                    Access::Get { .. } => format!("{} get {}", started.request, started.key),
                    Access::Put { value: None, .. } => {
                        format!("{} delete {}", started.request, started.key)
                    }
                    Access::Put { value: Some(value), .. } => {
                        format!("{} put {} {:?}", started.request, started.key, value.as_str())
                    }
                };
                (started.request.client.to_string(), what, String::new())
            }
            TraceEvent::OperationEnded { request, ended } => (
                format!("{} =", request.client),
                format!("{request} {}", end(ended)),
                String::new(),
            ),
            TraceEvent::OperationRetried { request, attempt, .. } => (
                request.client.to_string(),
                format!("{request} again, attempt {attempt}"),
                String::new(),
            ),
            TraceEvent::MessageSent { name, message, due } => {
                (arrow(name.from, name.to), self.message(message), self.arrival(id, *due))
            }
            TraceEvent::MessageCopied { original, due } => {
                let (name, message) = self.trace.message(*original)?;
                let what = format!("copy of: {}", self.message(message));
                (arrow(name.from, name.to), what, self.arrival(id, *due))
            }
            TraceEvent::MessageAltered { sent, message } => {
                let (name, _) = self.trace.message(*sent)?;
                let what = format!("altered: {}", self.message(message));
                (arrow(name.from, name.to), what, "a bit was turned".to_string())
            }
            TraceEvent::MessageDelayed { sent, due } => {
                let (name, message) = self.trace.message(*sent)?;
                let what = format!("delayed: {}", self.message(message));
                (arrow(name.from, name.to), what, format!("arrives {}", millis(*due)))
            }
            TraceEvent::DiskCompleted { asked, node, outcome } => {
                return self.completed(*asked, *node, outcome);
            }
            TraceEvent::ClientNoted { client, fact } => {
                (format!("{client:<2}  !"), fact_words(fact), paper(fact))
            }
            TraceEvent::Noted { node, fact } => (mark(*node, '!'), fact_words(fact), paper(fact)),
            TraceEvent::DiskChanged { node, fault, slots } => {
                let (what, note) = self.changed(*fault, slots);
                (mark(*node, '='), what, note)
            }
            TraceEvent::DiskRecovered { node, found } => {
                (mark(*node, '='), recovered(found), broken(found))
            }
            _ => return None,
        })
    }

    /// When a flight arrives, or where it is lost. Looks no further than it can have flown.
    fn arrival(&self, sent: EventId, due: Time) -> String {
        let mut latest = due;
        for (_, record) in self.trace.iter_from(sent.0 as usize) {
            let time = record.moment.time;
            if time > latest {
                break;
            }
            match &record.event {
                TraceEvent::MessageArrived { sent: id } if *id == sent => {
                    return format!("arrives {}", millis(time));
                }
                TraceEvent::MessageLost { sent: id, why } if *id == sent => {
                    return format!("lost {}, {}", millis(time), loss(*why));
                }
                TraceEvent::MessageDelayed { sent: id, due } if *id == sent => latest = *due,
                _ => {}
            }
        }
        format!("due {}", millis(due))
    }

    fn completed(&self, asked: EventId, node: NodeId, outcome: &Outcome) -> Option<Cells> {
        let (what, note) = match (self.trace.operation(asked)?, outcome) {
            (Operation::Update { slot, .. }, Outcome::Updated { dot, versions }) => {
                let name = self.names.mark(&slot.key, versions.mark(dot));
                let holds = self.names.versions(&slot.key, versions);
                (format!("{} writes {name}", place(slot)), format!("holds {holds}"))
            }
            (Operation::Update { slot, .. }, Outcome::Rejected(why)) => {
                (format!("{} rejected", place(slot)), bad_context(*why).to_string())
            }
            (Operation::Merge { slot, .. }, Outcome::Merged { versions, changed }) => {
                let holds = self.names.versions(&slot.key, versions);
                let merges = if *changed { "merges" } else { "has it already" };
                (format!("{} {merges}", place(slot)), format!("holds {holds}"))
            }
            (Operation::Remove { slot, .. }, Outcome::Removal(Removal::Removed)) => {
                (format!("{} forgotten", place(slot)), String::new())
            }
            _ => return None,
        };
        Some((mark(node, '='), what, note))
    }

    /// What a fault did to a disk, and what the slots concerned hold now.
    fn changed(&self, fault: DiskFault, slots: &[Content]) -> (String, String) {
        let holds = |(slot, content): &Content| match content {
            None => format!("{} gone", place(slot)),
            Some(versions) => {
                format!("{} holds {}", place(slot), self.names.versions(&slot.key, versions))
            }
        };
        let what = match fault {
            DiskFault::BufferLost => "loses its write buffer",
            DiskFault::Finished => "an unfinished append is whole",
            DiskFault::Wiped => "loses its disk",
            DiskFault::Rotten => "a sector goes bad",
            DiskFault::Restored => "is set back to a backup",
            DiskFault::Outdated => "lost what it had written",
        };
        let shown: Vec<String> = slots.iter().take(SLOTS_TOLD).map(holds).collect();
        let more = slots.len().saturating_sub(SLOTS_TOLD);
        let more = if more > 0 { format!(", and {more} more") } else { String::new() };
        (what.to_string(), format!("{}{more}", shown.join(", ")))
    }

    fn message(&self, message: &Message) -> String {
        let names = self.names;
        match message {
            Message::Put(put) | Message::PutAgain(put) => {
                let seen = put.context.open(&put.key).unwrap_or_default();
                let seen = if seen.is_empty() {
                    "without context".to_string()
                } else {
                    format!("context {}", names.context(&put.key, &seen))
                };
                let verb = match (message, &put.value) {
                    (Message::Put(_), Some(_)) => "put",
                    (Message::Put(_), None) => "delete",
                    (_, Some(_)) => "put-again",
                    (_, None) => "delete-again",
                };
                format!("{verb} {} {} {seen}{}", put.request, put.key, fastest(&put.context))
            }
            Message::PutReply(reply) => {
                let end = match &reply.outcome {
                    PutOutcome::Stored(token) => {
                        let context = token.open(&reply.key).unwrap_or_default();
                        let names = names.context(&reply.key, &context);
                        format!("ok, context {names}{}", fastest(token))
                    }
                    PutOutcome::Failed(why) => format!("failed: {}", refusal(why)),
                    PutOutcome::Unknown { answers, needed } => {
                        format!("unknown: {answers} of {needed} acknowledged")
                    }
                };
                format!("put-reply {} {end}", reply.request)
            }
            Message::Get(get) | Message::GetAgain(get) => {
                let what = format!("{} {} {}", message.kind(), get.request, get.key);
                match get.not_found {
                    NotFound::Counts => what,
                    choice => format!("{what}, not-found={choice}"),
                }
            }
            Message::GetReply(reply) => {
                let end = match &reply.outcome {
                    GetOutcome::Found { siblings, context: token } => {
                        let context = token.open(&reply.key).unwrap_or_default();
                        let context = names.context(&reply.key, &context);
                        format!("{} found, context {context}{}", siblings.len(), fastest(token))
                    }
                    GetOutcome::Failed(why) => format!("failed: {}", refusal(why)),
                };
                format!("get-reply {} {end}", reply.request)
            }
            Message::Taken(request) => format!("taken {request}"),
            Message::Write(write) | Message::DurableWrite(write) | Message::Mend(write) => {
                let kind = message.kind();
                let holds = names.versions(&write.slot.key, &write.versions);
                let errand = match &write.subject {
                    dynamo_core::Subject::Task(task) => match &task.kind {
                        TaskKind::Handoff { .. } => " a hint comes home",
                        TaskKind::Repair { .. } if matches!(message, Message::Write(_)) => {
                            " more than was offered"
                        }
                        TaskKind::Repair { .. }
                        | TaskKind::Exchange(_)
                        | TaskKind::Probe(_)
                        | TaskKind::Heartbeat(_)
                        | TaskKind::Gossip(_)
                        | TaskKind::Ranges(_)
                        | TaskKind::Reap(_) => "",
                        TaskKind::Transfer { .. } => " for its new owner",
                        TaskKind::Return { .. } => " to an owner of the key",
                    },
                    dynamo_core::Subject::Request(_) | dynamo_core::Subject::Poll(_) => "",
                };
                format!("{kind} {} {holds}{errand}", place(&write.slot))
            }
            Message::WriteAck(ack) | Message::BufferedAck(ack) => {
                format!("{} {}", message.kind(), place(&ack.slot))
            }
            Message::Read(read) => format!("read {} {}", read.request, read.slot.key),
            Message::ReadReply(reply) => {
                let holds = names.versions(&reply.key, &reply.versions);
                format!("read-reply {} {} {holds}", reply.request, reply.key)
            }
            Message::Compare(compare) => match &compare.at {
                Places::Roots(roots) => {
                    format!("compare {}", count(roots.len() as u32, "root", "roots"))
                }
                Places::Inner(places) => {
                    format!("compare below {}", count(places.len() as u32, "node", "nodes"))
                }
            },
            Message::Hashes(hashes) => match &hashes.found {
                Found::OtherScope(_) => "hashes none: trees of another ring or N".to_string(),
                Found::Below(below) if below.is_empty() => "hashes none: all equal".to_string(),
                Found::Below(below) => {
                    let hashes: usize = below.iter().map(|(_, _, below)| below.len()).sum();
                    let roots = below.iter().filter(|(_, path, _)| *path == Path::ROOT).count();
                    match roots {
                        0 => format!("hashes {hashes}"),
                        1 => format!("hashes {hashes}: 1 range differs"),
                        _ => format!("hashes {hashes}: {roots} ranges differ"),
                    }
                }
            },
            Message::NotMine(answer) => format!("not-mine {}", place(&answer.slot)),
            Message::Gossip(digest) => format!("gossip {}", digest.history),
            Message::History(news) => format!("history {}", known(&news.history)),
            Message::RangeOffer(offer) => format!("range-offer {}", ranges(offer.ranges)),
            Message::RangeConfirm(offer) => format!("range-confirm {}", ranges(offer.ranges)),
            Message::Ping(_) => "ping (and on, until it answers)".to_string(),
            Message::Pong(_) => "pong".to_string(),
            Message::RingPoll(_) => "ring-poll".to_string(),
            Message::RingReply(reply) => {
                let ring = &reply.ring;
                format!("ring-reply epoch {}, {} members", ring.epoch, ring.members.len())
            }
            Message::ReapQuery(query) => format!("reap-query {}", task_key(&query.task)),
            Message::ReapVote(vote) => {
                let vote_words = if vote.agrees { "agreed" } else { "not yet" };
                format!("reap-vote {} {vote_words}", task_key(&vote.task))
            }
            Message::Reap(reap) => format!("reap {}", task_key(&reap.task)),
        }
    }
}

/// What a context says of the fastest replier.
fn fastest(token: &ContextToken) -> String {
    token.fastest().map_or(String::new(), |node| format!(", fastest {node}"))
}

fn paper(fact: &Fact) -> String {
    match fact.section() {
        "" => "ours".to_string(),
        section => format!("paper {section}"),
    }
}

fn task_key(task: &Task) -> String {
    task.kind.key().map(ToString::to_string).unwrap_or_default()
}

fn count(count: u32, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// What a history knows.
fn known(history: &History) -> String {
    let change = |entry: &Entry| match &entry.stage {
        Stage::Announced(seen) => format!("{} seen by {}", entry.change, seen.len()),
        Stage::Agreed(given) => format!("{} agreed, {} gave", entry.change, given.len()),
        Stage::InEffect => format!("{} in effect", entry.change),
    };
    let all: Vec<String> = history.iter().map(|(_, entry)| change(entry)).collect();
    if all.is_empty() { "of the founders only".to_string() } else { all.join(", ") }
}

fn ranges(count: u32) -> String {
    if count == 1 { "1 range".to_string() } else { format!("{count} ranges") }
}

fn place(slot: &Slot) -> String {
    match slot.store {
        Store::Main => slot.key.to_string(),
        Store::Hints(owner) => format!("{} (hint for {owner})", slot.key),
    }
}

/// What a process found in its log.
fn recovered(found: &Recovery) -> String {
    let records = match found.records {
        1 => "reads 1 record".to_string(),
        count => format!("reads {count} records"),
    };
    match found.torn_bytes {
        0 => records,
        bytes => format!("{records}, drops {bytes} unfinished bytes"),
    }
}

fn broken(found: &Recovery) -> String {
    let mut all: Vec<String> =
        found.broken.iter().map(|slot| format!("{} is broken", place(slot))).collect();
    if found.nameless > 0 {
        all.push(format!("{} records are unreadable", found.nameless));
    }
    all.join(", ")
}

fn loss(why: Loss) -> &'static str {
    match why {
        Loss::Dropped => "dropped by the network",
        Loss::Taken => "dropped by command",
        Loss::Cut => "the link is cut",
        Loss::ReceiverDown => "the receiver is down",
        Loss::Corrupt => "a bit was turned on its way",
        Loss::Overflow => "the link is full",
    }
}

fn bad_context(why: BadContext) -> String {
    why.to_string()
}

fn refusal(why: &Refusal) -> String {
    match why {
        Refusal::TooFewReachable { reachable, needed } => {
            format!("{reachable} of {needed} needed nodes seem up")
        }
        Refusal::TooFewAnswers { answers, needed } => format!("{answers} of {needed} answered"),
        Refusal::BadContext(why) => bad_context(*why),
        Refusal::NoAnswer => "no answer".to_string(),
        Refusal::TooFewPrimaries { reachable, needed } => {
            format!("{reachable} of {needed} needed primaries seem up")
        }
        Refusal::NoRoom => "the disk is full".to_string(),
    }
}

/// Why a line was refused, in words.
pub fn refused(why: &Refused) -> String {
    match why {
        Refused::NoSuchNode(node) => format!("there is no {node}"),
        Refused::AlreadyDown(node) => format!("{node} is down"),
        Refused::AlreadyUp(node) => format!("{node} is up"),
        Refused::OutsideN { given, n } => format!("{given} is more than n={n}"),
        Refused::InTwoGroups(endpoint) => format!("{endpoint} stands in two groups"),
        Refused::NoContext(request) => format!("{request} has returned no context"),
        Refused::NothingSeen => {
            "the client has seen nothing of the key: let it get the key first".to_string()
        }
        Refused::NumberTaken(request) => format!("{request} was begun before"),
        Refused::TooManyPuts => "the key has had 2000 puts".to_string(),
        Refused::OnlyEngine(engine) => format!("only engine={engine} knows this"),
        Refused::NothingStored(node) => format!("{node} stores nothing whole of it"),
        Refused::NothingUnderWay(node) => format!("{node} appends nothing just now"),
        Refused::Membership(why) => why.to_string(),
        Refused::NoSuchZone(zone) => format!("there is no zone {zone}"),
        Refused::AlreadySo(node) => format!("{node} is so already"),
        Refused::NoBackup(node) => format!("there is no backup of {node}: take a snapshot first"),
    }
}

/// A value in quotes, or that there is none any more.
fn value(value: Option<&Value>) -> String {
    value.map_or_else(|| "deleted".to_string(), |value| format!("{:?}", value.as_str()))
}

fn end(ended: &Ended) -> String {
    match ended {
        Ended::Stored => "ok".to_string(),
        Ended::Found { siblings } if siblings.is_empty() => "ok, nothing found".to_string(),
        Ended::Found { siblings } => {
            let values: Vec<String> = siblings.iter().map(|it| value(it.value.as_ref())).collect();
            format!("ok, {}", values.join(" | "))
        }
        Ended::Failed(why) => format!("certainly failed: {}", refusal(why)),
        Ended::Unknown(Doubt::TooFewAcks { answers, needed }) => {
            format!("unknown: {answers} of {needed} acknowledged")
        }
        Ended::Unknown(Doubt::NoAnswer) => "unknown: no answer".to_string(),
    }
}

fn fact_words(fact: &Fact) -> String {
    let list = |replicas: &[dynamo_core::Replica]| {
        let all: Vec<String> = replicas.iter().map(ToString::to_string).collect();
        all.join(" ")
    };
    let request = |request: &RequestId| request.to_string();
    match fact {
        Fact::Coordinates { request, replicas, needed, strictness, .. } => {
            format!("coordinates {request}: {}, {needed} needed, {strictness}", list(replicas))
        }
        Fact::HandsOn { request, to } => format!("is not in the list, hands {request} on to {to}"),
        Fact::KnowsAlready { request } => format!("knows {request} already"),
        Fact::Refuses { request, why } => format!("refuses {request}: {}", refusal(why)),
        Fact::QuorumMet { request, answers } => format!("quorum met for {request}: {answers}"),
        Fact::QuorumMissed { request, answers, needed } => {
            format!("quorum missed for {request}: {answers} of {needed}")
        }
        Fact::LateAnswer { request, from } => format!("late answer of {from} to {request}"),
        Fact::LeavesBehind { request, primary, .. } => {
            format!("leaves {primary} behind with {request}")
        }
        Fact::SeemsDown { node, because } => {
            let because = match because {
                dynamo_core::Subject::Request(it) => request(it),
                dynamo_core::Subject::Poll(_) => "a poll".to_string(),
                dynamo_core::Subject::Task(task) => match task.kind {
                    TaskKind::Heartbeat(_) => "heartbeats".to_string(),
                    TaskKind::Exchange(_) | TaskKind::Repair { .. } => "an exchange".to_string(),
                    TaskKind::Reap(_) => "a question about a tombstone".to_string(),
                    TaskKind::Return { .. } => "a replica".to_string(),
                    _ => "a hint".to_string(),
                },
            };
            format!("{node} seems down: silent on {because}")
        }
        Fact::SeemsUp { node } => format!("{node} seems up"),
        Fact::StandsIn { request, fallback, missing } => {
            format!("{fallback} stands in for {missing} in {request}")
        }
        Fact::HintKept { owner, key } => format!("keeps {key} for {owner}"),
        Fact::HintOffered { owner, key } => format!("offers {owner} its hint of {key}"),
        Fact::HintDelivered { owner, key } => format!("{owner} has its hint of {key}"),
        Fact::HintForgotten { owner, key } => format!("forgets the hint of {key} for {owner}"),
        Fact::HintGrew { owner, key } => format!("the hint of {key} for {owner} grew, kept"),
        Fact::Conflict { request, siblings } => format!("{request} finds {siblings} siblings"),
        Fact::ReadRepair { request, key, node } => {
            format!("{node} was behind in {request}, repairs {key}")
        }
        Fact::AsksDurably { request, node } => format!("{node} is to store {request} at once"),
        Fact::BufferFlushed { entries } => format!("stores its write buffer: {entries}"),
        Fact::ClockTruncated { request, node, counter } => {
            format!("drops {node}:{counter} from the clock of {request}")
        }
        Fact::Overruled { request } => format!("drops {request}: a later write is here"),
        Fact::TombstoneStays { key, node } => {
            format!("keeps the tombstone of {key}: {node} has not agreed")
        }
        Fact::TombstoneReaped { key } => format!("erases its tombstone of {key}"),
        Fact::BackgroundSlows { slices } => format!("slows its background work: {slices}/s"),
        Fact::BackgroundRecovers { slices } => format!("has time for background work: {slices}/s"),
        Fact::ChangeHeard { change } => format!("hears: {change}"),
        Fact::ChangeAgreed { change } => format!("all have seen: {change}"),
        Fact::ChangeInEffect { change, epoch } => {
            format!("in effect: {change}, the ring is of epoch {epoch}")
        }
        Fact::ChangeRefused { change, why } => format!("refuses {change}: {why}"),
        Fact::RangesOffered { to, ranges: count } => format!("has {} for {to}", ranges(*count)),
        Fact::RangesConfirmed { from, ranges: count } => {
            format!("wants {} of {from}", ranges(*count))
        }
        Fact::RangesGiven { keys } => {
            let keys = if *keys == 1 { "1 key".to_string() } else { format!("{keys} keys") };
            format!("has given what it loses, {keys}, and answers for it no more")
        }
        Fact::NotMine { key, .. } => format!("is no owner of {key}"),
        Fact::ReplicaDropped { key } => format!("drops {key}: its owners have it"),
        Fact::HintRerouted { owner, key } => {
            format!("the hint of {key} for {owner} goes another way")
        }
        Fact::Emptied => "has left the ring, nothing is left here".to_string(),
        Fact::NoRoom => "has no room to store it".to_string(),
        Fact::SectorBroken { slot } => format!("cannot read {}, does without it", place(slot)),
        Fact::Chooses { request, to, choice: CoordinatorChoice::Fastest } => {
            format!("leaves {request} to {to}, the fastest in the read before")
        }
        Fact::Chooses { request, to, .. } => format!("leaves {request} to {to}, the first"),
        Fact::PhiCrossed { node, phi, mean } => {
            let tenths = phi / 100;
            format!("phi of {node} is {}.{}, mean {mean}", tenths / 10, tenths % 10)
        }
        Fact::AnswersAgain { request } => format!("answers {request} again, as before"),
        Fact::Drives { request, to } => format!("drives {request} itself, through {to}"),
        Fact::LearnsRing { from, epoch } => format!("goes by the ring of {from}, epoch {epoch}"),
        Fact::NothingThere { request, places } => {
            format!("nothing is there for {request}: so say {places}")
        }
        Fact::OutOfReach { request, answers, needed } => {
            format!("out of reach for {request}: {answers} of {needed}")
        }
        Fact::TreesBuilt { keys } => {
            format!("builds its trees from its disk: {}", count(*keys, "key", "keys"))
        }
        Fact::ExchangeBegun { with, .. } => format!("compares its trees with {with}"),
        Fact::KeyRepaired { key, with } => format!("{key} is mended with {with}"),
        Fact::ExchangeEnded { with, end, keys, hashes, bytes } => {
            let cost = format!("{}, {bytes} bytes", count(*hashes, "hash", "hashes"));
            match (end, keys) {
                (ExchangeEnd::Agreed, 0) => format!("trees equal those of {with}: {cost}"),
                (ExchangeEnd::Agreed, _) => {
                    format!("{} mended with {with}: {cost}", count(*keys, "key", "keys"))
                }
                (ExchangeEnd::Silent, _) => format!("hears no more of {with}, gives up: {cost}"),
                (ExchangeEnd::OtherScope, _) => format!("{with} has trees of another ring or N"),
            }
        }
    }
}
