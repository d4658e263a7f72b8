//! A run as a log for ShiViz: every event with the vector clock of its host, two lines each, in the
//! form that ShiViz reads by default. These clocks order events of the run; they are not the clocks
//! of versions (4.4).

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use dynamo_core::Endpoint;
use dynamo_core::collections::Map;

use crate::time::Time;
use crate::trace::{EventId, Record, Trace, TraceEvent};
use crate::transcript::rows;

/// How many events of each host an event has behind it, its own included.
type Clock = Map<Endpoint, u32>;

/// The log up to a time.
pub fn shiviz(trace: &Trace, until: Time) -> String {
    let mut told_rows = rows(trace, until).into_iter().peekable();
    let mut hosts: Map<Endpoint, Clock> = Map::new();
    let mut sent: Map<EventId, Clock> = Map::new();
    let mut text = String::new();
    for (id, record) in trace.iter().take_while(|(_, record)| record.moment.time <= until) {
        if let TraceEvent::MessageCopied { original, .. } = &record.event
            && let Some(clock) = sent.get(original).cloned()
        {
            sent.insert(id, clock);
        }
        let row = told_rows.next_if(|row| row.id == id).map(|row| row.what);
        let Some((host, what)) = told(trace, record, row) else { continue };
        let clock = hosts.entry(host).or_default();
        if let TraceEvent::MessageArrived { sent: message } = &record.event {
            for (other, count) in sent.get(message).iter().flat_map(|clock| clock.iter()) {
                let known = clock.entry(*other).or_default();
                *known = (*known).max(*count);
            }
        }
        *clock.entry(host).or_default() += 1;
        if matches!(record.event, TraceEvent::MessageSent { .. }) {
            sent.insert(id, clock.clone());
        }
        let clock: Vec<String> =
            clock.iter().map(|(host, count)| format!("\"{host}\":{count}")).collect();
        text.push_str(&format!("{host} {{{}}}\n{} {what}\n", clock.join(","), record.moment.time));
    }
    text
}

/// Whose event a record is, and what it says; sends and arrivals always, so that clocks are whole.
fn told(trace: &Trace, record: &Record, row: Option<String>) -> Option<(Endpoint, String)> {
    let (host, otherwise) = match &record.event {
        TraceEvent::MessageSent { name, .. } => {
            (name.from, Some(format!("{} to {}", name.kind, name.to)))
        }
        TraceEvent::MessageArrived { sent } => {
            let (name, _) = trace.message(*sent)?;
            (name.to, Some(format!("receives {} of {}", name.kind, name.from)))
        }
        TraceEvent::OperationStarted(started) => (started.request.client.into(), None),
        TraceEvent::OperationEnded { request, .. }
        | TraceEvent::OperationRetried { request, .. } => (request.client.into(), None),
        TraceEvent::ClientNoted { client, .. } => ((*client).into(), None),
        TraceEvent::NodeStarted { boot } => (boot.node.into(), None),
        TraceEvent::NodeCrashed { node }
        | TraceEvent::DiskCompleted { node, .. }
        | TraceEvent::DiskChanged { node, .. }
        | TraceEvent::DiskRecovered { node, .. }
        | TraceEvent::Noted { node, .. } => ((*node).into(), None),
        _ => return None,
    };
    let what = row.or(otherwise)?;
    Some((host, what.replace('\n', " ").trim().to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Run, Script};
    use alloc::collections::BTreeMap;

    #[test]
    fn clocks_grow_by_one_and_an_arrival_has_its_send_behind_it() {
        let script = "dynamo 1\nsetup nodes=3 n=3 r=2 w=2 seed=7 copies=0.3 loss=0.1\n\
                      at 0s c1.1 put k \"a\nb\"\nat 1s crash n2\nat 2s c2.1 get k\nuntil 9s\n";
        let script: Script = script.replace("a\nb", "a\\nb").parse().unwrap();
        let run = Run::new(script);
        let log = shiviz(run.trace(), Time(9_000_000));
        let lines: Vec<&str> = log.lines().collect();
        assert!(lines.len() > 40 && lines.len().is_multiple_of(2));
        let mut counts: BTreeMap<&str, Vec<(&str, u32)>> = BTreeMap::new();
        for event in lines.chunks(2) {
            let (host, clock) = event[0].split_once(" {").unwrap();
            let pairs = clock.strip_suffix('}').unwrap().split(',').map(|pair| {
                let (name, count) = pair.split_once(':').unwrap();
                (name.trim_matches('"'), count.parse::<u32>().unwrap())
            });
            let now: Vec<_> = pairs.collect();
            let own = |clock: &[(&str, u32)]| {
                clock.iter().find(|(name, _)| *name == host).map_or(0, |(_, count)| *count)
            };
            let before = counts.insert(host, now.clone()).unwrap_or_default();
            assert_eq!(own(&now), own(&before) + 1, "{event:?}");
            // Nobody has more of a host behind it than that host has had.
            for (other, count) in &now {
                let had = counts.get(other).map_or(0, |clock| {
                    clock.iter().find(|(name, _)| name == other).map_or(0, |(_, had)| *had)
                });
                assert!(*count <= had, "{event:?}");
            }
        }
        assert!(counts.contains_key("c1") && counts.contains_key("n3"));
        assert!(log.contains("quorum met for c1.1"), "{log}");
    }
}
