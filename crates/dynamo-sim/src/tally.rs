//! How a run fares, in numbers: what became of its operations and what that took. Two runs that
//! differ in one thing are compared by these.

use alloc::vec::Vec;

use dynamo_core::collections::Map;
use dynamo_core::{Key, RequestId, wire};

use crate::time::Moment;
use crate::trace::{Access, Ended, EventId, Record, Started, Trace, TraceEvent};
use crate::until;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Counter {
    /// Operations that succeeded.
    Ok,
    /// Operations that certainly failed.
    Failed,
    /// Writes of which nobody can say how they ended.
    Unknown,
    /// Reads that missed a write which was acknowledged before they began.
    Stale,
    /// Reads that found versions in conflict.
    Siblings,
    /// Hints that were kept (4.6).
    HintsKept,
    /// Hints that their owners have (4.6).
    HintsHome,
    /// Hints that a fault took away.
    HintsLost,
    /// Replicas that a read found behind, and mended (5).
    ReadRepairs,
    /// Keys that a comparison of trees mended (4.7).
    KeysMended,
    /// Times that a node came to believe of another that it is down (4.8.3).
    Suspicions,
    /// Messages that were sent, copies included.
    Messages,
    /// Messages that were lost, background talk left out.
    Lost,
    /// Bytes that were sent.
    Bytes,
}

impl Counter {
    /// All of them, in the order of a table.
    pub const ALL: [Counter; 14] = [
        Counter::Ok,
        Counter::Failed,
        Counter::Unknown,
        Counter::Stale,
        Counter::Siblings,
        Counter::HintsKept,
        Counter::HintsHome,
        Counter::HintsLost,
        Counter::ReadRepairs,
        Counter::KeysMended,
        Counter::Suspicions,
        Counter::Messages,
        Counter::Lost,
        Counter::Bytes,
    ];

    /// What counts the records of this name.
    fn named(name: &str) -> Option<Counter> {
        Some(match name {
            until::ENDED_OK => Counter::Ok,
            until::ENDED_FAILED => Counter::Failed,
            until::ENDED_UNKNOWN => Counter::Unknown,
            until::MESSAGE_LOST => Counter::Lost,
            until::HINT_LOST => Counter::HintsLost,
            "hint-kept" => Counter::HintsKept,
            "hint-delivered" => Counter::HintsHome,
            "read-repair" => Counter::ReadRepairs,
            "key-repaired" => Counter::KeysMended,
            "seems-down" => Counter::Suspicions,
            _ => return None,
        })
    }
}

/// The counters of a run at every place in it: read off its trace once, and read on when the run
/// is played on.
#[derive(Clone, Debug, Default)]
pub struct Tallies {
    /// What was counted, in the order in which it happened.
    counted: [Vec<EventId>; Counter::ALL.len()],
    /// The bytes of all messages up to and including each.
    bytes: Vec<u64>,
    begun: Vec<Begun>,
    /// Where an operation is among those that have begun.
    places: Map<RequestId, usize>,
    /// By key: the acknowledged puts that no acknowledged put replaced.
    newest: Map<Key, Vec<RequestId>>,
    read: usize,
}

/// An operation as its client began it.
#[derive(Clone, Debug)]
struct Begun {
    key: Key,
    /// What a write replaces, or what a read must not miss.
    before: Vec<RequestId>,
    is_deletion: bool,
}

impl Tallies {
    /// Reads what a trace has had since.
    pub fn read_on(&mut self, trace: &Trace) {
        trace.show(self.read, trace.len(), |id, record| self.see(trace, id, record));
        self.read = trace.len();
    }

    /// How much was counted in the first `events` records.
    pub fn at(&self, counter: Counter, events: usize) -> u64 {
        self.value(counter, self.counted_until(counter, events))
    }

    /// What a counter counts.
    fn list(&self, counter: Counter) -> &[EventId] {
        let of = if counter == Counter::Bytes { Counter::Messages } else { counter };
        &self.counted[of as usize]
    }

    fn counted_until(&self, counter: Counter, events: usize) -> usize {
        self.list(counter).partition_point(|id| (id.0 as usize) < events)
    }

    /// What a counter says after so much of its list.
    fn value(&self, counter: Counter, count: usize) -> u64 {
        match counter {
            Counter::Bytes => count.checked_sub(1).map_or(0, |last| self.bytes[last]),
            _ => count as u64,
        }
    }

    fn count(&mut self, counter: Counter, id: EventId) {
        self.counted[counter as usize].push(id);
    }

    fn see(&mut self, trace: &Trace, id: EventId, record: &Record) {
        if let Some(counter) = until::name(trace, record).and_then(Counter::named) {
            self.count(counter, id);
        }
        match &record.event {
            TraceEvent::MessageSent { message, .. } => self.send(id, wire::bytes(message).len()),
            TraceEvent::MessageCopied { original, .. } => {
                let bytes = trace.message(*original).map(|(_, it)| wire::bytes(it).len());
                self.send(id, bytes.unwrap_or_default());
            }
            TraceEvent::OperationStarted(it) => self.begin(it),
            TraceEvent::OperationEnded { request, ended } => self.end(id, *request, ended),
            _ => {}
        }
    }

    fn send(&mut self, id: EventId, bytes: usize) {
        let before = self.bytes.last().copied().unwrap_or_default();
        self.bytes.push(before + bytes as u64);
        self.count(Counter::Messages, id);
    }

    fn begin(&mut self, started: &Started) {
        let (before, is_deletion) = match &started.access {
            Access::Put { value, replaces, .. } => (replaces.clone(), value.is_none()),
            Access::Get { .. } => {
                (self.newest.get(&started.key).cloned().unwrap_or_default(), false)
            }
        };
        self.places.insert(started.request, self.begun.len());
        self.begun.push(Begun { key: started.key.clone(), before, is_deletion });
    }

    fn end(&mut self, id: EventId, request: RequestId, ended: &Ended) {
        match ended {
            Ended::Stored => self.acknowledge(request),
            Ended::Found { siblings } => {
                let found: Vec<RequestId> = siblings.iter().map(|it| it.request).collect();
                let is_missed = |put: &RequestId| {
                    // A tombstone may have been erased everywhere.
                    let is_gone =
                        found.is_empty() && self.of(*put).is_some_and(|(_, it)| it.is_deletion);
                    !is_gone && !self.covers(&found, *put)
                };
                if self.of(request).is_some_and(|(_, read)| read.before.iter().any(is_missed)) {
                    self.count(Counter::Stale, id);
                }
                if siblings.len() > 1 {
                    self.count(Counter::Siblings, id);
                }
            }
            Ended::Failed(_) | Ended::Unknown(_) => {}
        }
    }

    /// An operation, and its place among all that have begun.
    fn of(&self, request: RequestId) -> Option<(usize, &Begun)> {
        let place = *self.places.get(&request)?;
        Some((place, self.begun.get(place)?))
    }

    /// From here on no read may miss this put, but those that it replaced.
    fn acknowledge(&mut self, request: RequestId) {
        let Some(key) = self.of(request).map(|(_, put)| put.key.clone()) else { return };
        let mut newest = self.newest.get(&key).cloned().unwrap_or_default();
        if !self.covers(&newest, request) {
            newest.retain(|put| !self.covers(&[request], *put));
            newest.push(request);
        }
        self.newest.insert(key, newest);
    }

    /// Whether a put is among these, or was seen by the clients that wrote them.
    fn covers(&self, these: &[RequestId], put: RequestId) -> bool {
        let Some((begun, _)) = self.of(put) else { return false };
        let mut left = these.to_vec();
        let mut seen = Vec::new();
        while let Some(next) = left.pop() {
            if next == put {
                return true;
            }
            // Nobody has seen what began later.
            if let Some((place, it)) = self.of(next)
                && place > begun
                && !seen.contains(&next)
            {
                seen.push(next);
                left.extend(it.before.iter().copied());
            }
        }
        false
    }
}

/// The moment since which two runs differ in a counter, up to a place at which so many records of
/// either have passed: that of the event that made it so. Nothing if they do not differ there.
pub fn differs_since(counter: Counter, sides: [(&Tallies, &Trace, usize); 2]) -> Option<Moment> {
    let mut left = sides.map(|(it, _, events)| it.counted_until(counter, events));
    let mut since = None;
    loop {
        let counts = [0, 1].map(|side| sides[side].0.value(counter, left[side]));
        if counts[0] == counts[1] {
            return since;
        }
        // The events before this place, the latest of both first.
        let last = [0, 1].map(|side| {
            let (it, trace, _) = sides[side];
            let id = it.list(counter).get(left[side].checked_sub(1)?)?;
            trace.get(*id).map(|record| record.moment)
        });
        let latest = last[0].max(last[1])?;
        for side in [0, 1] {
            left[side] -= usize::from(last[side] == Some(latest));
        }
        since = Some(latest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::Run;

    fn counts(script: &str) -> (Run, Tallies) {
        let run = Run::new(script.parse().expect("a script"));
        let mut tallies = Tallies::default();
        tallies.read_on(run.trace());
        (run, tallies)
    }

    fn ends(script: &str) -> Vec<(Counter, u64)> {
        let (run, tallies) = counts(script);
        let all = Counter::ALL.map(|it| (it, tallies.at(it, run.trace().len())));
        all.into_iter().filter(|(_, count)| *count > 0).collect()
    }

    fn of(counter: Counter, script: &str) -> u64 {
        ends(script).iter().find(|(it, _)| *it == counter).map_or(0, |(_, count)| *count)
    }

    const HANDOFF: &str = "dynamo 1\nsetup nodes=5 n=3 r=2 w=2 seed=7\nat 0s crash n5\n\
        at 1s c1.1 put cart \"milk\" via n1\nat 3s c1.2 get cart via n1\nat 5s restart n5\nuntil 12s\n";

    #[test]
    fn a_counter_is_the_number_of_records_that_say_so_at_every_place() {
        let (run, tallies) = counts(HANDOFF);
        let (mut ended, mut sent, mut bytes, mut hints) = (0, 0, 0, 0);
        for (id, record) in run.trace().iter() {
            let before = id.0 as usize;
            assert_eq!(tallies.at(Counter::Ok, before), ended);
            assert_eq!(tallies.at(Counter::Messages, before), sent);
            assert_eq!(tallies.at(Counter::Bytes, before), bytes);
            assert_eq!(tallies.at(Counter::HintsKept, before), hints);
            match &record.event {
                TraceEvent::OperationEnded { .. } => ended += 1,
                TraceEvent::MessageSent { message, .. } => {
                    (sent, bytes) = (sent + 1, bytes + wire::bytes(message).len() as u64);
                }
                TraceEvent::Noted { fact: dynamo_core::Fact::HintKept { .. }, .. } => hints += 1,
                _ => {}
            }
        }
        assert_eq!((ended, hints), (2, 1));
        assert_eq!(tallies.at(Counter::HintsHome, run.trace().len()), 1);
        assert_eq!(tallies.at(Counter::Stale, run.trace().len()), 0);
    }

    #[test]
    fn reading_on_counts_as_reading_at_once() {
        let (mut run, mut twice) = counts(HANDOFF);
        run.extend_to(crate::Time(20_000_000));
        twice.read_on(run.trace());
        let mut once = Tallies::default();
        once.read_on(run.trace());
        for counter in Counter::ALL {
            let all = run.trace().len();
            assert_eq!(twice.at(counter, all), once.at(counter, all), "{counter:?}");
        }
    }

    #[test]
    fn a_read_is_stale_if_it_misses_what_was_acknowledged_before_it_began() {
        // Both halves take writes; the second half has not heard of the first half's.
        let cut = "dynamo 1\nsetup nodes=5 n=3 r=1 w=1 seed=7\nat 0s cut n1 n2 from n3 n4 n5\n\
            at 1s c1.1 put cart \"a\" via n1\nat 2s c2.1 get cart via n4\nuntil 4s\n";
        assert_eq!(of(Counter::Stale, cut), 1);
        let healed =
            cut.replace("at 2s", "at 1500ms heal\nat 30s").replace("until 4s", "until 40s");
        assert_eq!(of(Counter::Stale, &healed), 0);
    }

    #[test]
    fn what_was_replaced_is_not_missed_and_conflicts_are_counted() {
        let script = "dynamo 1\nsetup nodes=5 n=3 r=2 w=2 seed=7\nat 1s c1.1 put cart \"a\"\n\
            at 2s c2.1 put cart \"b\" context none\nat 3s c3.1 get cart\nat 4s c3.2 put cart \"c\"\n\
            at 5s c4.1 get cart\nat 6s c4.2 delete cart\nat 7s c5.1 get cart\nuntil 9s\n";
        assert_eq!(of(Counter::Siblings, script), 1);
        assert_eq!(of(Counter::Stale, script), 0);
        assert_eq!(of(Counter::Ok, script), 7);
    }

    #[test]
    fn a_difference_is_as_old_as_the_event_that_made_it() {
        let ((one, a), (other, b)) =
            (counts(HANDOFF), counts(&HANDOFF.replace("at 5s", "at 2500ms crash n4\nat 5s")));
        let since = |counter, millis: u64| {
            let end = Moment::at(crate::Time(millis * 1_000));
            let events = [one.trace().count_until(end), other.trace().count_until(end)];
            let sides = [(&a, one.trace(), events[0]), (&b, other.trace(), events[1])];
            (differs_since(counter, sides), a.at(counter, events[0]), b.at(counter, events[1]))
        };
        assert_eq!(since(Counter::Messages, 2_400).0, None, "nothing is different yet");
        assert_eq!(since(Counter::Bytes, 2_400).0, None);
        for counter in [Counter::Messages, Counter::Bytes, Counter::HintsHome, Counter::Lost] {
            let (moment, here, there) = since(counter, 11_000);
            assert_eq!(moment.is_some(), here != there, "{counter:?}");
            let Some(moment) = moment else { continue };
            assert!(moment.time >= crate::Time(2_500_000), "{counter:?} {moment:?}");
            let at = |tallies: &Tallies, run: &Run, before: bool| {
                let trace = run.trace();
                let events =
                    if before { trace.count_before(moment) } else { trace.count_until(moment) };
                tallies.at(counter, events)
            };
            assert_eq!(at(&a, &one, true), at(&b, &other, true), "{counter:?}");
            assert_ne!(at(&a, &one, false), at(&b, &other, false), "{counter:?}");
        }
    }
}
