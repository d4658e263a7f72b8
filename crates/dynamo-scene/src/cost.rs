//! What operations cost: messages and bytes, and for what a client waited; and how long the
//! operations of a run took, against the paper's target (2.2: 300 ms for 99.9 % of them).

use alloc::vec::Vec;

use dynamo_core::{
    ClientId, Duration, Endpoint, MessageKind, NodeId, RequestId, Subject, Timer, wire,
};
use dynamo_sim::trace::{Access, Ended, TraceEvent};
use dynamo_sim::view::RequestView;
use dynamo_sim::{EventId, Time, Trace, View};

/// The paper's target for the slowest of a thousand operations.
pub const TARGET: Duration = Duration::millis(300);

/// What was sent for one operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Messages, copies included.
    pub messages: usize,
    /// Those that were sent after the client had its answer.
    pub afterwards: usize,
    /// Their bytes.
    pub bytes: usize,
}

/// A stretch of time in which an operation waited for one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// From when.
    pub from: Time,
    /// Until when.
    pub until: Time,
    /// For what.
    pub what: Awaited,
}

impl Wait {
    /// How long it took.
    pub fn length(&self) -> Duration {
        self.until.since(self.from)
    }
}

/// What an operation waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Awaited {
    /// A message on its way.
    Message(MessageKind, Endpoint, Endpoint),
    /// A disk.
    Disk(NodeId),
    /// A node's timer: whoever is silent, a deadline.
    Timer(NodeId, Timer),
    /// A client whose patience ends.
    Patience(ClientId),
}

/// What was sent for an operation in the first `events` records. What is sent for it longer after
/// its end than its client would have waited is left out.
pub fn cost(trace: &Trace, view: &RequestView, events: usize) -> Cost {
    let mut cost = Cost::default();
    let first = view.event.0 as usize;
    let end = view.ended.as_ref().map(|(at, ..)| *at);
    for (_, record) in trace.iter_from(first).take(events.saturating_sub(first)) {
        let at = record.moment.time;
        if end.is_some_and(|end| at.since(end) > view.started.patience) {
            break;
        }
        let sent = match &record.event {
            TraceEvent::MessageSent { name, message, .. } => Some((name, &**message)),
            TraceEvent::MessageCopied { original, .. } => trace.message(*original),
            _ => None,
        };
        if let Some((name, message)) = sent
            && name.subject == Subject::Request(view.started.request)
        {
            cost.messages += 1;
            cost.afterwards += usize::from(end.is_some_and(|end| at > end));
            cost.bytes += wire::bytes(message).len();
        }
    }
    cost
}

/// For what an operation waited, from its start to its end: the one chain of causes that leads
/// from the answer back to the question. Empty while it goes on.
pub fn waits(trace: &Trace, view: &RequestView) -> Vec<Wait> {
    let Some((end, _, event)) = &view.ended else { return Vec::new() };
    let mut waits = Vec::new();
    let mut until = *end;
    let mut at = Some(*event);
    while let Some(id) = at.filter(|id| *id > view.event) {
        let Some((what, from)) = before(trace, id, view.event) else { break };
        at = from;
        let begun = from.and_then(|id| trace.get(id)).map_or(until, |record| record.moment.time);
        let begun = begun.max(view.at);
        if let Some(what) = what.filter(|_| begun < until) {
            waits.push(Wait { from: begun, until, what });
        }
        until = begun;
    }
    if until > view.at {
        let what = Awaited::Patience(view.started.request.client);
        waits.push(Wait { from: view.at, until, what });
    }
    waits.reverse();
    waits
}

/// The event before this one in the chain, and what filled the time in between.
fn before(
    trace: &Trace,
    id: EventId,
    first: EventId,
) -> Option<(Option<Awaited>, Option<EventId>)> {
    let record = trace.get(id)?;
    Some(match &record.event {
        TraceEvent::MessageArrived { sent } => {
            let (name, _) = trace.message(*sent)?;
            (Some(Awaited::Message(name.kind, name.from, name.to)), Some(*sent))
        }
        TraceEvent::DiskCompleted { asked, node, .. } => (Some(Awaited::Disk(*node)), Some(*asked)),
        TraceEvent::DiskAnswered { completed, node } => {
            (Some(Awaited::Disk(*node)), Some(*completed))
        }
        TraceEvent::TimerFired { node, timer } => {
            let since = (first.0..id.0).rev().map(EventId).find(|id| {
                matches!(trace.get(*id).map(|record| &record.event),
                    Some(TraceEvent::TimerArmed { node: by, timer: armed, .. })
                        if by == node && armed == timer)
            });
            (Some(Awaited::Timer(*node, *timer)), since)
        }
        _ => (None, record.cause),
    })
}

/// The thing for which an operation waited longest.
pub fn longest(waits: &[Wait]) -> Option<&Wait> {
    waits.iter().max_by_key(|wait| wait.length())
}

/// Reads or writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// Reads.
    Gets,
    /// Writes, deletions included.
    Puts,
}

/// How long operations took, by nearest rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Percentiles {
    /// How many ended.
    pub ended: usize,
    /// How many of them failed or ended unknown.
    pub failed: usize,
    /// Half of them took no longer.
    pub p50: Duration,
    /// 99 of 100 took no longer.
    pub p99: Duration,
    /// 999 of 1000 took no longer.
    pub p999: Duration,
    /// How many took longer than the target.
    pub missed: usize,
}

/// How long the operations of one sort took that ended so far, however they ended: whoever waited
/// in vain has waited too.
pub fn percentiles(view: &View, sort: Sort) -> Option<Percentiles> {
    let mut times = Vec::new();
    let mut failed = 0;
    for request in view.requests.values() {
        let is_get = matches!(request.started.access, Access::Get { .. });
        if let Some((at, ended, _)) = &request.ended
            && is_get == (sort == Sort::Gets)
        {
            times.push(at.since(request.at).as_micros());
            failed += usize::from(matches!(ended, Ended::Failed(_) | Ended::Unknown(_)));
        }
    }
    times.sort_unstable();
    let ended = times.len();
    let rank = |thousandths: usize| {
        let rank = (ended * thousandths).div_ceil(1_000).max(1);
        times.get(rank - 1).map(|micros| Duration::micros(*micros))
    };
    let missed = times.iter().filter(|micros| **micros > TARGET.as_micros()).count();
    let (p50, p99, p999) = (rank(500)?, rank(990)?, rank(999)?);
    Some(Percentiles { ended, failed, p50, p99, p999, missed })
}

/// Where a length of time stands on a line from 1 ms to 10 s on which every tenfold is as long, in
/// percent.
pub fn place(length: Duration) -> f64 {
    let millis = length.as_micros().max(1) as f64 / 1_000.0;
    (libm::log10(millis) * 25.0).clamp(0.0, 100.0)
}

/// An operation with the time that it took.
pub fn length(view: &RequestView) -> Option<(RequestId, Duration)> {
    let (at, ..) = view.ended.as_ref()?;
    Some((view.started.request, at.since(view.at)))
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::String;

    use dynamo_sim::{Moment, Run};

    use super::*;

    fn at_end(script: &str) -> (Run, View) {
        let run = Run::new(script.parse().expect("a script"));
        let view = run.view_at(Moment::at(run.known_until()));
        (run, view)
    }

    const SCRIPT: &str = "dynamo 1\nsetup nodes=5 n=3 r=2 w=2 seed=7\nat 0s crash n5\nat 0s crash n4\n\
        at 100ms c1.1 put cart \"milk\" via n1\nat 1s c1.2 get cart via n1\nuntil 8s\n";

    #[test]
    fn waits_follow_each_other_without_a_gap_and_name_the_silence() {
        let (run, view) = at_end(SCRIPT);
        for request in view.requests.values() {
            let waits = waits(run.trace(), request);
            let (end, ..) = request.ended.as_ref().expect("it ended");
            assert_eq!(waits.first().map(|wait| wait.from), Some(request.at));
            assert_eq!(waits.last().map(|wait| wait.until), Some(*end));
            assert!(waits.windows(2).all(|two| two[0].until == two[1].from), "{waits:?}");
        }
        let put = view.requests.values().next().expect("the put");
        let silence = waits(run.trace(), put);
        let longest = longest(&silence).expect("it waited");
        assert!(
            matches!(longest.what, Awaited::Timer(NodeId(1), Timer::Silence(_))),
            "{silence:?}"
        );
        assert_eq!(longest.length(), Duration::millis(25));
    }

    #[test]
    fn a_client_that_hears_nothing_waits_for_its_own_patience() {
        let script = "dynamo 1\nsetup nodes=3 n=3 r=2 w=2 seed=7\nat 0s crash n1\n\
            at 100ms c1.1 get cart via n1\nuntil 8s\n";
        let (run, view) = at_end(script);
        let get = view.requests.values().next().expect("the get");
        let waits = waits(run.trace(), get);
        let [only] = waits.as_slice() else { panic!("{waits:?}") };
        assert_eq!(only.what, Awaited::Patience(ClientId(1)));
        assert_eq!(only.length(), get.started.patience);
    }

    #[test]
    fn messages_and_bytes_are_those_of_the_trace() {
        let (run, view) = at_end(SCRIPT);
        let (id, put) = view.requests.iter().next().expect("the put");
        let cost = cost(run.trace(), put, run.trace().len());
        let all: Vec<usize> = run
            .trace()
            .iter()
            .filter_map(|(_, record)| match &record.event {
                TraceEvent::MessageSent { name, message, .. }
                    if name.subject == Subject::Request(id) =>
                {
                    Some(wire::bytes(message).len())
                }
                _ => None,
            })
            .collect();
        assert_eq!((cost.messages, cost.bytes), (all.len(), all.iter().sum()));
        let at_start = super::cost(run.trace(), put, put.event.0 as usize + 2);
        assert!(at_start.messages <= 1);
    }

    #[test]
    fn percentiles_are_nearest_ranks_and_count_what_missed_the_target() {
        let mut script = String::from(
            "dynamo 1\nsetup nodes=3 n=3 r=1 w=1 seed=7 latency=constant-3ms client-timeout=400ms\n",
        );
        for number in 1..=99 {
            script.push_str(&format!("at {number}0ms c1.{number} get cart via n1\n"));
        }
        script.push_str("at 2s crash n1\nat 3s c1.100 get cart via n1\nuntil 9s\n");
        let (_, view) = at_end(&script);
        let gets = percentiles(&view, Sort::Gets).expect("a hundred");
        assert_eq!((gets.ended, gets.failed, gets.missed), (100, 1, 1));
        assert!(gets.p50 < TARGET && gets.p99 < TARGET && gets.p999 > TARGET, "{gets:?}");
        assert_eq!(percentiles(&view, Sort::Puts), None);
    }

    #[test]
    fn every_tenfold_is_as_long() {
        let places = [1, 10, 100, 1_000, 10_000, 99_999].map(|it| place(Duration::millis(it)));
        assert_eq!(places.map(|it| libm::round(it) as i64), [0, 25, 50, 75, 100, 100]);
    }
}
