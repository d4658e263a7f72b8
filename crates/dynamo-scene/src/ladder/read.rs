//! What of a stretch of a trace is drawn, and where time stands. What runs in the background for
//! ever is only counted, unless somebody wants to see it.

use alloc::vec::Vec;

use dynamo_core::{
    ClientId, Endpoint, Message, MessageName, NodeId, Operation, Outcome, Removal, RequestId, Slot,
    Versions,
};
use dynamo_sim::script::Command;
use dynamo_sim::trace::{Ended, Loss, Record};
use dynamo_sim::{EventId, Moment, Time, Trace, TraceEvent};

use super::axis::{Axis, height};
use super::{HEAD, Source, Window};

/// About the most shapes of a window: reading stops there.
pub(crate) const MOST_SHAPES: usize = 400;
/// The shapes of a message; of anything else there are fewer.
const SHAPES_OF_ONE: usize = 4;
/// The most records that are read for a window.
const MOST_READ: usize = 20_000;

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Arrives(EventId),
    Lost(EventId, Loss),
    /// It is on its way at the end of the window.
    Open,
}

/// A message that is on its way within the window.
#[derive(Clone, Debug)]
pub(crate) struct Way<'a> {
    pub id: EventId,
    pub name: &'a MessageName,
    pub message: &'a Message,
    pub sent: Time,
    pub until: Time,
    pub fate: Fate,
}

/// What happens at one place.
#[derive(Clone, Debug)]
pub(crate) struct Local<'a> {
    pub id: EventId,
    pub at: Endpoint,
    pub time: Time,
    pub what: What<'a>,
}

/// What kind of thing that is.
#[derive(Clone, Debug)]
pub(crate) enum What<'a> {
    Starts,
    Crashes,
    Begins(RequestId),
    Ends(RequestId, &'a Ended),
    /// A disk holds this in a slot from here on.
    Stores(&'a Slot, &'a Versions),
    /// Anything else: it goes into a bead.
    Else(bool),
}

/// What a record adds to a picture.
enum Drawn<'a> {
    /// A message leaves.
    Leaves(&'a MessageName, &'a Message, Time),
    /// A message that was sent under this id has come to its end.
    Ends(EventId, Fate),
    /// An act that is no client's.
    Act,
    /// Something at one place.
    Local(Endpoint, What<'a>),
    /// A message of the work that goes on for ever.
    Folded,
}

/// What a record adds to the picture of a window, if it adds something.
fn drawn<'a>(
    trace: &'a Trace,
    window: &Window,
    id: EventId,
    record: &'a Record,
) -> Option<Drawn<'a>> {
    let told = |sent: EventId, drawn: Drawn<'a>| {
        let (name, message) = trace.message(sent)?;
        (window.shows(name) && !window.folds(message)).then_some(drawn)
    };
    match &record.event {
        TraceEvent::MessageSent { due, .. } | TraceEvent::MessageCopied { due, .. } => {
            let (name, message) = trace.message(id).filter(|(name, _)| window.shows(name))?;
            let folds = window.folds(message);
            Some(if folds { Drawn::Folded } else { Drawn::Leaves(name, message, *due) })
        }
        TraceEvent::MessageArrived { sent } => told(*sent, Drawn::Ends(*sent, Fate::Arrives(id))),
        TraceEvent::MessageLost { sent, why } => {
            told(*sent, Drawn::Ends(*sent, Fate::Lost(id, *why)))
        }
        TraceEvent::CommandApplied { command: Command::Operation(_), .. } => None,
        TraceEvent::CommandApplied { .. } | TraceEvent::CommandRefused { .. } => Some(Drawn::Act),
        _ => {
            let (at, what) = local(trace, record)?;
            window.lines.contains(&at).then_some(Drawn::Local(at, what))
        }
    }
}

/// What is drawn of a window.
#[derive(Debug)]
pub(crate) struct Reading<'a> {
    pub axis: Axis,
    pub ways: Vec<Way<'a>>,
    pub locals: Vec<Local<'a>>,
    /// Acts that are no client's.
    pub acts: Vec<(EventId, Time)>,
    /// Folded silences: from where to where, and how many messages in the background they hold.
    pub silences: Vec<(Time, Time, u32)>,
    /// Messages in the background that are not drawn.
    pub folded: u32,
    /// Whether there is more than can be drawn.
    pub is_full: bool,
}

impl<'a> Reading<'a> {
    /// Reads from the top of a window until it is full.
    pub fn of(source: &Source<'a>, window: &Window) -> Self {
        let mut reading = Reading {
            axis: Axis::new(window.top, HEAD - window.above, window.scale()),
            ways: Vec::new(),
            locals: Vec::new(),
            acts: Vec::new(),
            silences: Vec::new(),
            folded: 0,
            is_full: false,
        };
        // Messages on their way, with their places among the ways.
        let mut open: Vec<(EventId, usize)> = Vec::new();
        let (mut shapes, mut folded) = (0, 0);
        let first = source.trace.count_before(Moment::at(window.top));
        for (read, (id, record)) in source.trace.iter_from(first).enumerate() {
            let time = record.moment.time;
            let (y, is_folded) = reading.axis.next(time);
            if y > window.height {
                break;
            }
            if shapes > MOST_SHAPES || read > MOST_READ {
                reading.is_full = true;
                break;
            }
            let Some(drawn) = drawn(source.trace, window, id, record) else { continue };
            if matches!(drawn, Drawn::Folded) {
                folded += 1;
                continue;
            }
            if is_folded {
                let before = reading.axis.knots().last().map_or(window.top, |(time, _)| *time);
                reading.silences.push((before, time, folded));
                shapes += 3;
            }
            reading.folded += folded;
            folded = 0;
            reading.axis.push(time);
            shapes += reading.take(source.trace, id, time, drawn, &mut open);
        }
        reading.folded += folded;
        reading
    }

    /// Takes in what is drawn, and says with about how many shapes.
    fn take(
        &mut self,
        trace: &'a Trace,
        id: EventId,
        time: Time,
        drawn: Drawn<'a>,
        open: &mut Vec<(EventId, usize)>,
    ) -> usize {
        match drawn {
            Drawn::Leaves(name, message, due) => {
                open.push((id, self.ways.len()));
                let fate = Fate::Open;
                self.ways.push(Way { id, name, message, sent: time, until: due, fate });
                SHAPES_OF_ONE
            }
            Drawn::Ends(sent, fate) => {
                let begun = open.iter().position(|(id, _)| *id == sent);
                let begun = begun.map(|at| open.swap_remove(at).1);
                if let Some(way) = begun.and_then(|at| self.ways.get_mut(at)) {
                    (way.until, way.fate) = (time, fate);
                    return 0;
                }
                let Some((name, message)) = trace.message(sent) else { return 0 };
                let begun = trace.get(sent).map_or(time, |record| record.moment.time);
                self.ways.push(Way { id: sent, name, message, sent: begun, until: time, fate });
                SHAPES_OF_ONE
            }
            Drawn::Act => {
                self.acts.push((id, time));
                3
            }
            Drawn::Local(at, what) => {
                self.locals.push(Local { id, at, time, what });
                2
            }
            Drawn::Folded => 0,
        }
    }
}

/// What happens at one place, if a picture shows it.
fn local<'a>(trace: &'a Trace, record: &'a Record) -> Option<(Endpoint, What<'a>)> {
    let node = |node: &NodeId, what| Some((Endpoint::Node(*node), what));
    let client = |client: ClientId, what| Some((Endpoint::Client(client), what));
    match &record.event {
        TraceEvent::NodeStarted { boot } if record.moment.time > Time::ZERO => {
            node(&boot.node, What::Starts)
        }
        TraceEvent::NodeCrashed { node: it } => node(it, What::Crashes),
        TraceEvent::OperationStarted(started) => {
            client(started.request.client, What::Begins(started.request))
        }
        TraceEvent::OperationEnded { request, ended } => {
            client(request.client, What::Ends(*request, ended))
        }
        TraceEvent::OperationRetried { request, .. } => client(request.client, What::Else(false)),
        TraceEvent::DiskCompleted { asked, node: it, outcome } => {
            match (trace.operation(*asked)?, outcome) {
                (Operation::Update { slot, .. }, Outcome::Updated { versions, .. })
                | (Operation::Merge { slot, .. }, Outcome::Merged { versions, changed: true }) => {
                    node(it, What::Stores(slot, versions))
                }
                (Operation::Remove { .. }, Outcome::Removal(Removal::Removed)) => {
                    node(it, What::Else(false))
                }
                _ => None,
            }
        }
        TraceEvent::DiskChanged { node: it, .. } => node(it, What::Else(true)),
        TraceEvent::DiskRecovered { node: it, .. } => node(it, What::Else(false)),
        TraceEvent::Noted { fact, .. } | TraceEvent::ClientNoted { fact, .. }
            if fact.is_background() =>
        {
            None
        }
        TraceEvent::Noted { node: it, fact } => node(it, What::Else(fact.is_setback())),
        TraceEvent::ClientNoted { client: it, fact } => client(*it, What::Else(fact.is_setback())),
        _ => None,
    }
}

/// The instant with which a window begins in which `moment` stands this far below the top, or as
/// far as there is time before it, and how far above the top that instant stands. With more shapes
/// between than `most` it begins later.
pub(crate) fn top(
    source: &Source<'_>,
    window: &Window,
    moment: Time,
    below: f64,
    most: usize,
) -> (Time, f64) {
    let end = source.trace.count_before(Moment::at(moment));
    let scale = window.scale();
    let (mut left, mut last, mut shapes) = (below, moment, 0);
    for index in (end.saturating_sub(MOST_READ)..end).rev() {
        let id = EventId(index as u32);
        let Some(record) = source.trace.get(id) else { break };
        let time = record.moment.time;
        let drawn = drawn(source.trace, window, id, record);
        if matches!(drawn, None | Some(Drawn::Folded)) {
            continue;
        }
        shapes += SHAPES_OF_ONE;
        if shapes > most {
            return (last, 0.0);
        }
        if time == last {
            continue;
        }
        let (high, _) = height(last.since(time), scale);
        // Heights are summed in another order on the way back.
        if left <= high + 0.001 {
            return (time, (high - left).max(0.0));
        }
        left -= high;
        last = time;
    }
    let (high, _) = height(last.since(Time::ZERO), scale);
    (Time::ZERO, (high - left).max(0.0))
}
