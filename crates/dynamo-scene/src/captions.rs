//! What just happened, in a sentence: from a record of the trace to words.

use alloc::format;
use alloc::string::String;

use dynamo_core::{EngineKind, Fact, Key, Message, MessageName, Operation, Outcome, Slot, Store};
use dynamo_sim::script::{Command, Cut};
use dynamo_sim::trace::{Access, Record};
use dynamo_sim::{EventId, Time, Trace, TraceEvent, View};

use crate::letters::{Letters, spelled};
use crate::palette::parcel_owner;
use crate::stage::shortened;
use crate::words;

/// A sentence on what happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caption {
    /// The record that it tells of.
    pub id: EventId,
    /// When that was.
    pub at: Time,
    /// The sentence.
    pub text: String,
    /// The section of the paper; empty if there is none.
    pub section: &'static str,
}

/// How many records before the playhead are searched for something to tell.
const LOOK_BACK: usize = 400;

/// The last thing worth telling up to the playhead of a view.
pub fn latest(trace: &Trace, view: &View) -> Option<Caption> {
    let end = trace.count_until(view.moment);
    let first = end.saturating_sub(LOOK_BACK);
    (first..end).rev().find_map(|index| caption(trace, view, EventId(index as u32)))
}

/// What a record tells a reader; none if it is only a step on the way. The view, at or after the
/// record, lends the letters of versions.
pub fn caption(trace: &Trace, view: &View, id: EventId) -> Option<Caption> {
    let record = trace.get(id)?;
    let letters = |key: Option<&Key>| Letters::of(view, key);
    let teller = Teller { trace, engine: view.engine, letters: &letters };
    let (text, section) = tell(&teller, record)?;
    Some(Caption { id, at: record.moment.time, text, section })
}

/// Finds the words for records.
pub(crate) struct Teller<'a> {
    pub trace: &'a Trace,
    pub engine: EngineKind,
    /// The letters of a key.
    pub letters: &'a dyn Fn(Option<&Key>) -> Letters,
}

impl Teller<'_> {
    /// What a record tells a reader, also if it only repeats what is known; empty if it tells
    /// nothing.
    pub fn words(&self, id: EventId) -> String {
        let Some(record) = self.trace.get(id) else { return String::new() };
        match &record.event {
            TraceEvent::Noted { node, fact } => words::fact((*node).into(), fact),
            TraceEvent::ClientNoted { client, fact } => words::fact((*client).into(), fact),
            TraceEvent::CommandApplied { command, .. } => {
                command_words(command).unwrap_or_else(|| format!("\u{201c}{command}\u{201d}"))
            }
            _ => tell(self, record).map(|(text, _)| text).unwrap_or_default(),
        }
    }
}

fn tell(teller: &Teller<'_>, record: &Record) -> Option<(String, &'static str)> {
    let trace = teller.trace;
    match &record.event {
        TraceEvent::CommandApplied { command, .. } => Some((command_words(command)?, "")),
        TraceEvent::CommandRefused { command, why, .. } => Some((
            format!("\u{201c}{command}\u{201d} is not possible. {}", words::refused(why)),
            "",
        )),
        TraceEvent::NodeStarted { boot } if record.moment.time > Time::ZERO => {
            Some((format!("{} starts with what is on its disk.", boot.node), "4.6"))
        }
        TraceEvent::NodeCrashed { node } => Some((
            format!("{node} is down. Nobody is told; others will notice its silence."),
            "4.6",
        )),
        TraceEvent::OperationStarted(started) => {
            let key = shortened(started.key.as_str(), 40);
            let (client, via) = (started.request.client, started.via);
            let whom = via.map_or("its own library".into(), |via| format!("{via}"));
            let text = match &started.access {
                Access::Get { .. } => format!("{client} asks {whom} for {key}."),
                Access::Put { value: None, .. } => format!("{client} asks {whom} to delete {key}."),
                Access::Put { value: Some(value), .. } => {
                    let value = shortened(value.as_str(), 30);
                    format!("{client} asks {whom} to store {key} = \u{201c}{value}\u{201d}.")
                }
            };
            Some((text, "5"))
        }
        TraceEvent::OperationEnded { request, ended } => {
            Some((format!("{request} ends. {}", words::ended(ended)), "4.5"))
        }
        TraceEvent::OperationRetried { request, .. } => Some((
            format!("{} has heard nothing and asks for {request} again.", request.client),
            "4.5",
        )),
        TraceEvent::MessageLost { sent, why } => {
            let (name, message) = trace.message(*sent)?;
            // A probe of a dead node is lost again and again: that tells nothing new. Nor does what
            // comes every few seconds.
            if message.is_background() {
                return None;
            }
            let what = message_words(teller, name, message);
            Some((format!("Lost: {what}. {}", words::loss(*why)), ""))
        }
        TraceEvent::MessageArrived { sent } => {
            let (name, message) = trace.message(*sent)?;
            let owner = parcel_owner(message)?;
            let write = message.as_write()?;
            let key = shortened(write.slot.key.as_str(), 40);
            let text = match write.slot.store {
                Store::Main => format!("The parcel with {key} reaches its owner {owner}."),
                Store::Hints(_) => {
                    format!("{} gets {key} with a note: it belongs to {owner}.", name.to)
                }
            };
            Some((text, "4.6"))
        }
        TraceEvent::DiskCompleted { asked, node, outcome } => {
            let operation = trace.operation(*asked)?;
            disk_words(teller, *node, operation, outcome).map(|text| (text, "4.4"))
        }
        TraceEvent::Noted { fact: Fact::LateAnswer { .. }, .. } => None,
        TraceEvent::ClientNoted { fact: Fact::LateAnswer { .. }, .. } => None,
        TraceEvent::Noted { fact, .. } if fact.is_background() => None,
        TraceEvent::Noted { node, fact } => {
            Some((words::fact((*node).into(), fact), fact.section()))
        }
        TraceEvent::ClientNoted { client, fact } => {
            Some((words::fact((*client).into(), fact), fact.section()))
        }
        TraceEvent::DiskChanged { node, fault, slots } => {
            Some((words::disk_fault(*node, *fault, slots.len()), words::fault_section(*fault)))
        }
        TraceEvent::DiskRecovered { node, found } => {
            words::recovery(*node, found).map(|text| (text, "5"))
        }
        TraceEvent::NodeStarted { .. }
        | TraceEvent::MessageSent { .. }
        | TraceEvent::MessageCopied { .. }
        | TraceEvent::MessageDelayed { .. }
        | TraceEvent::MessageAltered { .. }
        | TraceEvent::DiskAsked { .. }
        | TraceEvent::DiskAnswered { .. }
        | TraceEvent::TimerArmed { .. }
        | TraceEvent::TimerDisarmed { .. }
        | TraceEvent::ClientTimerFired { .. }
        | TraceEvent::TimerFired { .. } => None,
    }
}

/// A message in words that go on in a sentence.
fn message_words(teller: &Teller<'_>, name: &MessageName, message: &Message) -> String {
    let letters = (teller.letters)(message.key());
    let carried = match letters.carried(message).as_slice() {
        [] => String::new(),
        carried => format!(" with {}", spelled(carried)),
    };
    let about = match message.key() {
        Some(key) => format!(" of {}", shortened(key.as_str(), 40)),
        None => String::new(),
    };
    format!("{}{about}{carried}, {} to {}", name.kind, name.from, name.to)
}

fn command_words(command: &Command) -> Option<String> {
    let groups = |cut: &Cut| match cut {
        Cut::Groups(groups) => {
            let groups: alloc::vec::Vec<String> =
                groups.iter().map(|group| crate::stage::listed(group)).collect();
            format!("The network is cut: {}.", groups.join(" from "))
        }
        Cut::OneWay(from, to) => format!(
            "Nothing passes from {} to {} any more; the way back works.",
            crate::stage::listed(from),
            crate::stage::listed(to)
        ),
        Cut::Zones(zones) => {
            format!("The network is cut between the zones {}.", crate::stage::listed(zones))
        }
    };
    match command {
        // What it does is told by what follows.
        Command::Operation(_)
        | Command::Crash(_)
        | Command::Restart(_)
        | Command::Wipe(_)
        | Command::Rot(..)
        | Command::Misplace(..)
        | Command::Tear(..) => None,
        Command::Machine(node, ailment) => words::ailment(*node, *ailment),
        Command::CrashZone(zone) => Some(format!("The whole zone {zone} is lost.")),
        Command::RestartZone(zone) => Some(format!("The zone {zone} comes back.")),
        Command::Cut(cut) => Some(groups(cut)),
        Command::Clog(links) => Some(format!("Links hold back what they carry: {links}.")),
        Command::HealLinks(links) => Some(format!("Links carry messages again: {links}.")),
        Command::Workload(it) => Some(words::workload(it)),
        Command::Link(_) => Some(format!("From here on one link differs: {command}.")),
        Command::Membership { change, via } => {
            let told = via.map_or_else(String::new, |via| format!("{via} is told: "));
            Some(format!("{told}{change}."))
        }
        Command::Gossip(node, peer) => Some(format!("{node} is told to gossip with {peer} next.")),
        Command::Heal => Some("All links carry messages again.".into()),
        Command::Set(setting) => Some(format!("From here on {setting}.")),
        Command::Fate(message, _) => Some(format!("One message will fare otherwise: {message}.")),
    }
}

fn disk_words(
    teller: &Teller<'_>,
    node: dynamo_core::NodeId,
    operation: &Operation,
    outcome: &Outcome,
) -> Option<String> {
    let place = |slot: &Slot| {
        let key = shortened(slot.key.as_str(), 40);
        match slot.store {
            Store::Main => key,
            Store::Hints(owner) => format!("{key} for {owner}"),
        }
    };
    let kept = match teller.engine {
        EngineKind::Buffered => "in its write buffer",
        EngineKind::Memory | EngineKind::Log => "on disk",
    };
    match (operation, outcome) {
        (Operation::Update { slot, request, value, .. }, Outcome::Updated { .. }) => {
            let letter = (teller.letters)(Some(&slot.key)).letter(*request)?;
            let place = place(slot);
            let what = match value {
                None => String::from("a tombstone"),
                Some(value) => format!("\u{201c}{}\u{201d}", shortened(value.as_str(), 30)),
            };
            Some(format!("{node} has version {letter} of {place} {kept}: {what}."))
        }
        (Operation::Merge { slot, .. }, Outcome::Merged { versions, changed: true }) => {
            let held = (teller.letters)(Some(&slot.key)).versions(versions);
            let place = place(slot);
            match held.as_slice() {
                [] => None,
                [_] => Some(format!("{node} has version {} of {place} {kept}.", spelled(&held))),
                _ => Some(format!(
                    "{node} has versions {} of {place} {kept}: they are in conflict.",
                    spelled(&held)
                )),
            }
        }
        _ => None,
    }
}
