//! The history of one key: every version it had, which is newer than which, which are in conflict,
//! and who holds them now (4.4).
//!
//! What is newer follows from what names the versions and from nothing else: with dots, from the
//! context that the writer sent along; with clocks, from the clocks; where the newest wins, from
//! the stamps.

use alloc::vec;
use alloc::vec::Vec;
use core::cmp::Ordering;

use dynamo_core::clock::{CausalContext, Causality, VectorClock};
use dynamo_core::versions::Mark;
use dynamo_core::{Dot, Key, NodeId, Operation, Outcome, RequestId, Store, Versions};
use dynamo_sim::trace::{Access, TraceEvent};
use dynamo_sim::{EventId, Time, Trace, View};

/// Versions of a key, each after those that it is newer than.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// The versions.
    pub versions: Vec<Version>,
    /// How many older ones were left out.
    pub older: usize,
}

/// One version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The put that wrote it.
    pub put: RequestId,
    /// Its number, which gives letter and hue.
    pub number: usize,
    /// Whether it deletes.
    pub is_tombstone: bool,
    /// Where it was stored first. A put that was taken twice has two dots.
    pub births: Vec<Birth>,
    /// The versions that it replaced, but for those that these had replaced; places in the list.
    pub newer_than: Vec<usize>,
    /// The versions that it does not know and that do not know it, but for what follows from
    /// the conflict of an older one; places in the list.
    pub in_conflict: Vec<usize>,
    /// Who holds it now.
    pub holders: Vec<Holder>,
}

/// How a version came into the world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Birth {
    /// The event.
    pub event: EventId,
    /// When.
    pub at: Time,
    /// The node that coordinated it.
    pub node: NodeId,
    /// The event as it names the version.
    pub dot: Dot,
    /// What the disk held then.
    pub versions: Versions,
}

/// A node that holds a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The node.
    pub node: NodeId,
    /// Whose hint it is, if it is one.
    pub owner: Option<NodeId>,
    /// Whether a process runs there.
    pub is_up: bool,
    /// Whether it would survive a crash.
    pub is_durable: bool,
}

impl History {
    /// The newest versions of a key, at most `most`.
    pub fn of(trace: &Trace, view: &View, key: &Key, most: usize) -> History {
        let minted = view.minted.get(key).map(|puts| puts.as_slice()).unwrap_or_default();
        let older = minted.len().saturating_sub(most);
        let mut pasts: Vec<Vec<Past<'_>>> = vec![Vec::new(); minted.len() - older];
        let mut births: Vec<Vec<Birth>> = vec![Vec::new(); minted.len() - older];
        for event in view.births.get(key).into_iter().flat_map(|births| births.iter()) {
            let Some((put, birth, past)) = born(trace, *event) else { continue };
            let number = minted.iter().position(|it| *it == put);
            if let Some(place) = number.and_then(|number| number.checked_sub(older)) {
                pasts[place].push(past);
                births[place].push(birth);
            }
        }
        let order = order(&pasts);
        let covers: Vec<Vec<bool>> = order
            .iter()
            .map(|at| order.iter().map(|other| is_newer(&pasts[*at], &pasts[*other])).collect())
            .collect();
        let mut versions: Vec<Version> = Vec::new();
        for at in &order {
            let put = minted[older + at];
            versions.push(Version {
                put,
                number: older + at,
                is_tombstone: deletes(view, put),
                births: births[*at].clone(),
                newer_than: direct(&covers, versions.len()),
                in_conflict: Vec::new(),
                holders: holders(view, key, put),
            });
        }
        set_against(&mut versions, &covers);
        History { versions, older }
    }
}

/// What a version knows to be older.
#[derive(Clone)]
enum Past<'a> {
    Context(&'a CausalContext, Dot),
    Clock(&'a VectorClock),
    Stamp(Dot),
}

impl Past<'_> {
    fn is_newer(&self, other: &Past<'_>) -> bool {
        match (self, other) {
            (Past::Context(seen, _), Past::Context(_, dot)) => seen.covers(dot),
            (Past::Clock(clock), Past::Clock(other)) => clock.compare(other) == Causality::After,
            (Past::Stamp(dot), Past::Stamp(other)) => {
                let rank = |dot: &Dot| (dot.counter, dot.actor);
                rank(dot).cmp(&rank(other)) == Ordering::Greater
            }
            // A cluster has one mode.
            _ => false,
        }
    }
}

/// Whether one version replaces another: all of its dots.
fn is_newer(version: &[Past<'_>], other: &[Past<'_>]) -> bool {
    let covered = |old: &Past<'_>| version.iter().any(|past| past.is_newer(old));
    !other.is_empty() && other.iter().all(covered)
}

/// What was born in an event, and what that knew.
fn born(trace: &Trace, event: EventId) -> Option<(RequestId, Birth, Past<'_>)> {
    let record = trace.get(event)?;
    let TraceEvent::DiskCompleted { asked, node, outcome } = &record.event else { return None };
    let Outcome::Updated { dot, versions } = outcome else { return None };
    let Some(Operation::Update { context, request, .. }) = trace.operation(*asked) else {
        return None;
    };
    let past = match versions.mark(dot) {
        Mark::Dot(dot) => Past::Context(context, *dot),
        Mark::Clock(clock) => Past::Clock(clock),
        Mark::Stamp(dot) => Past::Stamp(*dot),
    };
    let birth =
        Birth { event, at: record.moment.time, node: *node, dot: *dot, versions: versions.clone() };
    Some((*request, birth, past))
}

/// As they were stored, but none before one that it is newer than: a clock that is wrong can make
/// a later write the older one.
fn order(pasts: &[Vec<Past<'_>>]) -> Vec<usize> {
    let mut order: Vec<usize> = Vec::new();
    for at in 0..pasts.len() {
        let newer = order.iter().position(|placed| is_newer(&pasts[*placed], &pasts[at]));
        order.insert(newer.unwrap_or(order.len()), at);
    }
    order
}

/// What a version replaced itself: not what had been replaced before.
fn direct(covers: &[Vec<bool>], at: usize) -> Vec<usize> {
    let mut found: Vec<usize> = Vec::new();
    for older in (0..at).rev().filter(|older| covers[at][*older]) {
        if !found.iter().any(|nearer| covers[*nearer][older]) {
            found.insert(0, older);
        }
    }
    found
}

/// Finds what is in conflict: where it begins, and between versions that are both held now.
fn set_against(versions: &mut [Version], covers: &[Vec<bool>]) {
    let apart = |a: usize, b: usize| a != b && !covers[a][b] && !covers[b][a];
    for b in 0..versions.len() {
        for a in (0..b).filter(|a| apart(*a, b)) {
            let follows = versions[a].newer_than.iter().any(|older| apart(*older, b))
                || versions[b].newer_than.iter().any(|older| apart(a, *older));
            let both_held = !versions[a].holders.is_empty() && !versions[b].holders.is_empty();
            if !follows || both_held {
                versions[a].in_conflict.push(b);
                versions[b].in_conflict.push(a);
            }
        }
    }
}

fn deletes(view: &View, put: RequestId) -> bool {
    let access = view.requests.get(&put).map(|request| &request.started.access);
    matches!(access, Some(Access::Put { value: None, .. }))
}

fn holders(view: &View, key: &Key, put: RequestId) -> Vec<Holder> {
    let mut holders = Vec::new();
    let holds = |set: &Versions| set.siblings().any(|(_, sibling)| sibling.request == put);
    for (node, it) in &view.nodes {
        for (slot, _) in it.disk.iter().filter(|(slot, set)| slot.key == *key && holds(set)) {
            let owner = match slot.store {
                Store::Main => None,
                Store::Hints(owner) => Some(owner),
            };
            let is_durable = !it.unflushed.contains(slot);
            holders.push(Holder { node: *node, owner, is_up: it.is_up(), is_durable });
        }
    }
    holders
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::String;

    use dynamo_sim::{Moment, Run};

    use super::*;
    use crate::letters::letter;

    /// `A; B>A held n1 n2; C>A #B`: each version, what it replaced, what it is in conflict with,
    /// who holds it.
    fn told(history: &History) -> String {
        let name = |at: &usize| letter(history.versions[*at].number);
        let one = |version: &Version| {
            let mut text = letter(version.number);
            version.newer_than.iter().for_each(|it| text.push_str(&format!(" >{}", name(it))));
            version.in_conflict.iter().for_each(|it| text.push_str(&format!(" #{}", name(it))));
            for holder in &version.holders {
                let owner = holder.owner.map_or(String::new(), |owner| format!("({owner})"));
                text.push_str(&format!(" {}{owner}", holder.node));
            }
            text
        };
        history.versions.iter().map(one).collect::<Vec<_>>().join("; ")
    }

    fn history(script: &str, seconds: u64, most: usize) -> History {
        let run = Run::new(script.parse().expect("a script"));
        let view = run.view_at(Moment::at(Time(seconds * 1_000_000)));
        History::of(run.trace(), &view, &Key::new("cart").expect("short"), most)
    }

    const MERGED: &str = "dynamo 1\nsetup nodes=5 n=3 r=2 w=2 seed=7\n\
        at 100ms c1.1 put cart \"a\" via n1\nat 500ms c2.1 get cart via n2\n\
        at 1s c1.2 put cart \"b\" via n1\nat 1s c2.2 put cart \"c\" via n2\n\
        at 2s c3.1 get cart via n1\nat 3s c3.2 put cart \"d\" via n3\nuntil 8s\n";

    #[test]
    fn two_branches_and_their_merge() {
        let open = history(MERGED, 2, 9);
        let told_open = told(&open);
        assert!(told_open.starts_with("A; B >A #C"), "{told_open}");
        assert!(told_open.contains("C >A #B"), "{told_open}");
        assert!(open.versions[0].holders.is_empty(), "A was replaced everywhere");
        let merged = told(&history(MERGED, 7, 9));
        assert!(merged.ends_with("D >B >C n1 n4 n5"), "{merged}");
    }

    #[test]
    fn older_versions_can_be_left_out() {
        let newest = history(MERGED, 7, 2);
        assert_eq!((newest.older, newest.versions.len()), (2, 2));
        assert_eq!(newest.versions[1].newer_than, [0]);
    }

    #[test]
    fn a_hint_is_held_for_its_owner_and_a_tombstone_is_a_version() {
        let script = "dynamo 1\nsetup nodes=5 n=3 r=2 w=2 seed=7\nat 0s crash n5\n\
            at 100ms c1.1 put cart \"a\" via n1\nat 600ms c1.2 delete cart via n1\nuntil 8s\n";
        let history = history(script, 2, 9);
        let last = history.versions.last().expect("two versions");
        assert!(last.is_tombstone && !history.versions[0].is_tombstone);
        let hints = last.holders.iter().filter(|holder| holder.owner == Some(NodeId(5)));
        assert_eq!(hints.count(), 1, "{:?}", last.holders);
    }

    #[test]
    fn one_put_under_two_dots_is_one_version() {
        let script = "dynamo 1\nsetup nodes=5 n=3 r=2 w=2 seed=7 retries=3\n\
            at 0s cut n1 from n2 n3 n4 n5\nat 100ms lose put-reply c1.1 n1 c1\n\
            at 100ms c1.1 put cart \"milk\" via n1\nat 2s heal\nat 6s c2.1 get cart via n2\n\
            at 7s c2.2 put cart \"milk, once\" via n2\nuntil 14s\n";
        let history = history(script, 13, 9);
        assert_eq!(history.versions[0].births.len(), 2);
        assert!(told(&history).starts_with("A; B >A"), "{}", told(&history));
    }

    #[test]
    fn the_stamp_decides_where_the_newest_wins() {
        let script = "dynamo 1\nsetup nodes=3 n=3 r=2 w=2 seed=7 versions=lww\n\
            at 0s clock n1 +10s\nat 1s c1.1 put cart \"ahead\" via n1\n\
            at 2s c2.1 put cart \"later\" via n2\nuntil 4s\n";
        let history = history(script, 4, 9);
        assert!(told(&history).starts_with("B; A >B"), "{}", told(&history));
    }
}
