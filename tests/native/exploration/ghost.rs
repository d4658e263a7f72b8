//! What really happened, as nobody in the world knows it: who wrote which dot, and what its writer
//! had seen. It is kept beside the world and only judges it.

use std::collections::{BTreeMap, BTreeSet};

use dynamo_core::{Boot, CausalContext, Dot, RequestId, Sibling, Versions};

/// A set of writes, a bit for each: every put can be taken twice, by two processes.
pub type Events = u16;

/// The most calls of a client.
const CALLS: u32 = 4;
/// How often one put can be taken.
const TAKEN: u32 = 2;

/// Promises that can be seen to be broken only while a state comes about.
pub const ENDS_ONCE: &str = "a process ends an operation at most once";
pub const FRESH: &str = "a read sees what was acknowledged before it began";
pub const DROPPED_RIGHTLY: &str = "nothing is dropped but what a later put had seen";
pub const ONE_NAME: &str = "one dot names one put";

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ghost {
    /// What was written, and what its writer had seen.
    written: BTreeMap<u32, (Dot, Events)>,
    /// What the writer of a put that was asked for had seen.
    asked: BTreeMap<RequestId, Events>,
    pub acknowledged: BTreeSet<RequestId>,
    /// What a read has to see for which its client waits.
    reads: BTreeMap<RequestId, BTreeSet<RequestId>>,
    ended: BTreeSet<(Boot, RequestId)>,
    pub broken: BTreeSet<&'static str>,
}

/// The bits of a put, one for each time that it was taken.
fn bits_of(put: RequestId) -> impl Iterator<Item = u32> {
    let number = u32::from(put.client.0 - 1) * CALLS + put.operation - 1;
    (0..TAKEN).map(move |time| number * TAKEN + time)
}

impl Ghost {
    /// These writes and all that their writers had seen.
    pub fn closed(&self, events: Events) -> Events {
        let seen = self.written.iter().filter(|(bit, _)| events >> **bit & 1 == 1);
        seen.fold(events, |all, (_, (_, seen))| all | seen)
    }

    /// A client asks for a put, and has seen this.
    pub fn asks(&mut self, put: RequestId, seen: Events) {
        self.asked.insert(put, self.closed(seen));
    }

    /// A put stands on a disk under this dot.
    pub fn writes(&mut self, put: RequestId, dot: Dot) {
        if let Some(bit) = self.bit_of(&dot) {
            if !bits_of(put).any(|own| own == bit) {
                self.broken.insert(ONE_NAME);
            }
            return;
        }
        let free = bits_of(put).find(|bit| !self.written.contains_key(bit));
        let seen = self.asked[&put];
        self.written.insert(free.expect("a put is taken at most twice"), (dot, seen));
    }

    fn bit_of(&self, dot: &Dot) -> Option<u32> {
        self.written.iter().find(|(_, (written, _))| written == dot).map(|(bit, _)| *bit)
    }

    /// The write that a sibling is; none if nobody has written it.
    fn event(&self, dot: &Dot, sibling: &Sibling) -> Option<Events> {
        let bit = self.bit_of(dot)?;
        bits_of(sibling.request).any(|own| own == bit).then_some(1 << bit)
    }

    /// The writes whose values a set holds.
    pub fn live(&self, versions: &Versions) -> Events {
        let siblings = versions.siblings();
        siblings.filter_map(|(dot, sibling)| self.event(dot, sibling)).fold(0, |all, it| all | it)
    }

    /// Whether one of the times that a put was taken is among these.
    pub fn is_in(put: RequestId, events: Events) -> bool {
        bits_of(put).any(|bit| events >> bit & 1 == 1)
    }

    /// Whether no sibling of a set was written by somebody who had seen another.
    pub fn are_concurrent(&self, versions: &Versions) -> bool {
        let live = self.live(versions);
        let seen = self.written.iter().filter(|(bit, _)| live >> **bit & 1 == 1);
        seen.fold(0, |all, (_, (_, seen))| all | seen) & live == 0
    }

    /// Whether all that a set knows of is in it, or was seen by who wrote what is in it.
    pub fn knows_no_more(&self, versions: &Versions) -> bool {
        let here = self.closed(self.live(versions));
        let context = versions.context();
        self.written.iter().all(|(bit, (dot, _))| !context.covers(dot) || here >> *bit & 1 == 1)
    }

    /// A disk that held the first and was offered the second holds the third.
    pub fn changes(&mut self, held: &Versions, offered: &Versions, holds: &Versions) {
        let before = self.live(held) | self.live(offered);
        if before & !self.closed(self.live(holds)) != 0 {
            self.broken.insert(DROPPED_RIGHTLY);
        }
    }

    /// A process hears of a read for which its client waits. Nobody has acted for it before the
    /// first of them does, so it begins there.
    pub fn reads(&mut self, get: RequestId, of_key: impl Fn(RequestId) -> bool) {
        let due = self.acknowledged.iter().copied().filter(|put| of_key(*put)).collect();
        self.reads.entry(get).or_insert(due);
    }

    /// A read has found these.
    pub fn finds(&mut self, get: RequestId, found: Events) {
        let seen = self.closed(found);
        let mut due = self.reads.get(&get).into_iter().flatten();
        if due.any(|put| !Ghost::is_in(*put, seen)) {
            self.broken.insert(FRESH);
        }
    }

    /// A client waits no longer.
    pub fn goes_on(&mut self, request: RequestId) {
        self.reads.remove(&request);
    }

    /// A process answers a client.
    pub fn ends(&mut self, by: Boot, request: RequestId) {
        if !self.ended.insert((by, request)) {
            self.broken.insert(ENDS_ONCE);
        }
    }

    /// A process says that a put is stored.
    pub fn acknowledges(&mut self, put: RequestId) {
        self.acknowledged.insert(put);
    }

    /// The writes that an answer shows: of its puts those that its context covers.
    pub fn shown(&self, puts: &[RequestId], context: &CausalContext) -> Events {
        let bits = puts.iter().flat_map(|put| bits_of(*put));
        let covered = |bit: &u32| self.written.get(bit).is_some_and(|(dot, _)| context.covers(dot));
        bits.filter(covered).fold(0, |all, bit| all | 1 << bit)
    }
}
