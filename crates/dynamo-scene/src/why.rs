//! The words for the links of an explanation: one sentence each, as a student would say it.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use dynamo_core::collections::Map;
use dynamo_core::{Endpoint, Key, Message, MessageKind, Operation, Outcome, RequestId};
use dynamo_sim::explain::{Link, Role};
use dynamo_sim::trace::{Access, Ended};
use dynamo_sim::transcript::millis;
use dynamo_sim::{EventId, Trace, TraceEvent, View};

use crate::ladder::Source;
use crate::layout::Layout;
use crate::letters::spelled;
use crate::pick::Pick;
use crate::shape::{Anchor, Item, Point, Shape};
use crate::stage::{listed, shortened};
use crate::words::{self, key_words};

/// A link in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The event.
    pub id: EventId,
    /// The messages that carried it on.
    pub ways: Vec<EventId>,
    /// Who did it; an act is nobody's.
    pub who: Option<Endpoint>,
    /// What it picks.
    pub pick: Option<Pick>,
    /// The sentence.
    pub text: String,
}

/// The links of a chain in words.
pub fn told(source: &Source<'_>, chain: &[Link]) -> Vec<Told> {
    let tell = |link: &Link| {
        let text = sentence(source, link)?;
        let (who, pick) = about(source, link.id)?;
        Some(Told { id: link.id, ways: link.ways.clone(), who, pick, text })
    };
    chain.iter().filter_map(tell).collect()
}

/// Whose event it is, and what it picks.
fn about(source: &Source<'_>, id: EventId) -> Option<(Option<Endpoint>, Option<Pick>)> {
    let node = |node: &dynamo_core::NodeId| (Some(Endpoint::Node(*node)), Some(Pick::Node(*node)));
    Some(match &source.trace.get(id)?.event {
        TraceEvent::NodeStarted { boot } => node(&boot.node),
        TraceEvent::NodeCrashed { node: it }
        | TraceEvent::Noted { node: it, .. }
        | TraceEvent::DiskAsked { node: it, .. }
        | TraceEvent::DiskCompleted { node: it, .. }
        | TraceEvent::DiskAnswered { node: it, .. }
        | TraceEvent::DiskChanged { node: it, .. }
        | TraceEvent::DiskRecovered { node: it, .. }
        | TraceEvent::TimerArmed { node: it, .. }
        | TraceEvent::TimerDisarmed { node: it, .. }
        | TraceEvent::TimerFired { node: it, .. } => node(it),
        TraceEvent::ClientNoted { client, .. } | TraceEvent::ClientTimerFired { client, .. } => {
            (Some(Endpoint::Client(*client)), Some(Pick::Client(*client)))
        }
        TraceEvent::OperationStarted(started) => request(started.request),
        TraceEvent::OperationEnded { request: it, .. }
        | TraceEvent::OperationRetried { request: it, .. } => request(*it),
        TraceEvent::MessageSent { name, .. } => (Some(name.from), Some(Pick::Message(id))),
        TraceEvent::MessageArrived { sent }
        | TraceEvent::MessageLost { sent, .. }
        | TraceEvent::MessageDelayed { sent, .. }
        | TraceEvent::MessageAltered { sent, .. } => {
            (Some(source.trace.message(*sent)?.0.to), Some(Pick::Message(*sent)))
        }
        TraceEvent::MessageCopied { original, .. } => {
            (Some(source.trace.message(*original)?.0.from), Some(Pick::Message(id)))
        }
        TraceEvent::CommandApplied { .. } | TraceEvent::CommandRefused { .. } => (None, None),
    })
}

fn request(request: RequestId) -> (Option<Endpoint>, Option<Pick>) {
    (Some(Endpoint::Client(request.client)), Some(Pick::Request(request)))
}

/// The events of an explanation with their numbers, from 1; messages that carried something on
/// have none.
pub fn numbered(told: &[Told]) -> Vec<(EventId, Option<usize>)> {
    let mut all: Vec<(EventId, Option<usize>)> = Vec::new();
    for (place, link) in told.iter().enumerate() {
        all.push((link.id, Some(place + 1)));
        all.extend(link.ways.iter().map(|way| (*way, None)));
    }
    all
}

/// An explanation on the ring of a view: the ways of its messages, and its numbers where things
/// happened.
pub fn on_the_ring(view: &View, trace: &Trace, told: &[Told]) -> Vec<Item> {
    let layout = Layout::of(view);
    let mut items = Vec::new();
    let mut places: Map<Endpoint, String> = Map::new();
    let mut drawn: Vec<EventId> = Vec::new();
    for (place, link) in told.iter().enumerate() {
        let sent = match &link.pick {
            Some(Pick::Message(sent)) => Some(*sent),
            _ => None,
        };
        for id in link.ways.iter().copied().chain(sent) {
            let Some((name, _)) = trace.message(id) else { continue };
            let Some(way) = layout.way(name.from, name.to) else { continue };
            if !drawn.contains(&id) {
                drawn.push(id);
                let d = format!("{}{}", way.path(), way.arrow(1.0, 9.0));
                items.push(Item::new(format!("led.{}", id.0), "way because", Shape::Path { d }));
            }
            if sent == Some(id) {
                badge(
                    &format!("led.{}.{place}", id.0),
                    &(place + 1).to_string(),
                    way.at(0.5),
                    &mut items,
                );
            }
        }
        if let (Some(who), None) = (link.who, sent) {
            let numbers = places.entry(who).or_default();
            if !numbers.is_empty() {
                numbers.push_str(", ");
            }
            numbers.push_str(&(place + 1).to_string());
        }
    }
    for (who, numbers) in &places {
        let at = match who {
            Endpoint::Node(node) => {
                let rim = layout.radius * 0.8;
                layout.nodes.get(node).map(|spot| spot.at.shifted(rim, -rim))
            }
            Endpoint::Client(client) => {
                layout.clients.get(client).map(|at| at.shifted(33.0, -24.0))
            }
        };
        if let Some(at) = at {
            badge(&format!("led.{who}"), &shortened(numbers, 9), at, &mut items);
        }
    }
    items
}

fn badge(id: &str, text: &str, at: Point, items: &mut Vec<Item>) {
    let width = 14.0 + 8.5 * text.chars().count() as f64;
    let shape = Shape::Rectangle { at, width, height: 23.0, corner: 5.0 };
    items.push(Item::new(format!("{id}.badge"), "because-badge", shape));
    let shape = Shape::Text { at, text: text.to_string(), size: 16.0, anchor: Anchor::Middle };
    items.push(Item::new(format!("{id}.number"), "because-number", shape));
}

fn sentence(source: &Source<'_>, link: &Link) -> Option<String> {
    let record = source.trace.get(link.id)?;
    let text = match (&link.role, &record.event) {
        (Role::Answered, TraceEvent::MessageSent { name, message, .. })
            if let Message::ReadReply(reply) = &**message =>
        {
            let key = key_words(&reply.key);
            match holds(source, &reply.key, &reply.versions) {
                None => format!("{} answers: it holds nothing of {key}.", name.from),
                Some(held) => format!("{} answers: it holds {held} of {key}.", name.from),
            }
        }
        (
            Role::Answered,
            TraceEvent::DiskCompleted { node, outcome: Outcome::Read(versions), asked },
        ) => {
            let Some(Operation::Read { key }) = source.trace.operation(*asked) else { return None };
            let held = holds(source, key, versions).unwrap_or_else(|| "nothing".into());
            format!("{node} itself holds {held} of {}.", key_words(key))
        }
        (Role::Missed { by }, TraceEvent::OperationEnded { request, .. }) => {
            format!(
                "{}: its client was told so before {by} began, and {by} does not find it.",
                stored(source, *request)
            )
        }
        (Role::Unseen { others }, TraceEvent::OperationStarted(started)) => {
            let (own, value) = version(source, &started.key, started.request);
            let others = names(source, &started.key, others);
            let client = started.request.client;
            format!(
                "{client} writes {own}{value} without having seen {others}: neither replaces the other."
            )
        }
        (_, TraceEvent::OperationStarted(started))
            if matches!(started.access, Access::Put { .. }) =>
        {
            let (own, value) = version(source, &started.key, started.request);
            let is_named = own != started.request.to_string();
            let own = if is_named { format!(": version {own}") } else { String::new() };
            format!("{} writes {}{value}{own}.", started.request.client, key_words(&started.key))
        }
        (_, TraceEvent::OperationStarted(started)) => {
            format!("{} reads {}.", started.request.client, key_words(&started.key))
        }
        (Role::Late, TraceEvent::MessageSent { name, message, due }) => {
            let what = what(source, name.kind, message);
            format!(
                "{what} from {} is not yet at {}: it is due at {} ms.",
                name.from,
                name.to,
                millis(*due)
            )
        }
        (_, TraceEvent::MessageLost { sent, why }) => {
            let (name, message) = source.trace.message(*sent)?;
            let what = what(source, name.kind, message);
            format!(
                "The {what} from {} never reaches {}. {}",
                name.from,
                name.to,
                words::loss(*why)
            )
        }
        (_, TraceEvent::DiskCompleted { node, outcome: Outcome::Removal(_), .. }) => {
            format!("{node} takes it off its disk.")
        }
        (_, TraceEvent::MessageSent { name, message, .. })
            if let Message::Mend(write) = &**message =>
        {
            let key = key_words(&write.slot.key);
            let held = holds(source, &write.slot.key, &write.versions).unwrap_or_default();
            format!("{} sends {} what it lacks of {key}: {held}.", name.from, name.to)
        }
        (_, TraceEvent::MessageSent { name, .. }) if name.kind == MessageKind::Hashes => {
            format!("{} compares its tree with that of {}: they differ.", name.from, name.to)
        }
        (_, TraceEvent::OperationEnded { request, ended: Ended::Found { siblings } })
            if !siblings.is_empty() =>
        {
            let started = source.trace.iter().find_map(|(_, record)| match &record.event {
                TraceEvent::OperationStarted(it) if it.request == *request => Some(&it.key),
                _ => None,
            })?;
            let found: Vec<RequestId> = siblings.iter().map(|it| it.request).collect();
            format!("{request} ends: it finds {}.", names(source, started, &found))
        }
        (_, TraceEvent::OperationEnded { request, ended }) => {
            format!("{request} ends. {}", words::ended(ended))
        }
        (_, TraceEvent::MessageSent { name, message, .. }) => {
            format!("{} sends the {} to {}.", name.from, what(source, name.kind, message), name.to)
        }
        _ => source.words(link.id),
    };
    (!text.is_empty()).then_some(text)
}

/// A message in words.
fn what(source: &Source<'_>, kind: dynamo_core::MessageKind, message: &Message) -> String {
    let carried = match (message.key(), message.as_write()) {
        (Some(key), Some(write)) => holds(source, key, &write.versions),
        _ => None,
    };
    match carried {
        Some(carried) => format!("{kind} with {carried}"),
        None => kind.to_string(),
    }
}

/// What a set of versions holds, in words: letters, or how many.
fn holds(source: &Source<'_>, key: &Key, versions: &dynamo_core::Versions) -> Option<String> {
    let count = versions.siblings().count();
    if source.letters.is_about(key) {
        let numbers = source.letters.versions(versions);
        if !numbers.is_empty() {
            return Some(spelled(&numbers).replace(' ', " and "));
        }
    }
    (count > 0).then(|| words::counted(count as u32, "version"))
}

/// A version by its letter, else by the put that wrote it.
fn name(source: &Source<'_>, key: &Key, put: RequestId) -> String {
    let letter = source.letters.letter(put).filter(|_| source.letters.is_about(key));
    letter.unwrap_or_else(|| put.to_string())
}

/// The first few versions by name, and how many more there are.
fn names(source: &Source<'_>, key: &Key, puts: &[RequestId]) -> String {
    const MOST: usize = 4;
    let shown = puts.iter().take(MOST).map(|put| name(source, key, *put));
    let mut names: Vec<String> = shown.collect();
    if puts.len() > MOST {
        names.push(format!("{} more", puts.len() - MOST));
    }
    listed(&names)
}

/// A version's name and its value.
fn version(source: &Source<'_>, key: &Key, put: RequestId) -> (String, String) {
    let name = name(source, key, put);
    let value = source.trace.iter().find_map(|(_, record)| match &record.event {
        TraceEvent::OperationStarted(it) if it.request == put => Some(&it.access),
        _ => None,
    });
    let value = match value {
        Some(Access::Put { value: Some(value), .. }) => {
            format!(" = \u{201c}{}\u{201d}", shortened(value.as_str(), 30))
        }
        Some(Access::Put { value: None, .. }) => String::from(", a deletion,"),
        _ => String::new(),
    };
    (name, value)
}

/// A put that has ended well, in words.
fn stored(source: &Source<'_>, put: RequestId) -> String {
    match source.letters.letter(put) {
        Some(letter) => format!("{put} has stored {letter}"),
        None => format!("{put} is stored"),
    }
}
