//! What really happened, known to the judge alone: what clients asked for, which put had seen
//! which, and which puts every disk holds.
//!
//! The graph G has an edge from p to q if q's context stood for p; `before` is its closure. A put
//! is covered by a set of siblings if it is one of them or before one of them.
//!
//! A put that its client sent again may have a dot from each of two coordinators: it is doubled.
//! Whoever has seen one of its dots need not have seen the other.

use alloc::vec::Vec;
use dynamo_core::collections::{Map, Set};

use dynamo_core::{
    CausalContext, Dot, Key, NodeId, Operation, Outcome, Removal, RequestId, Shared, Slot, Store,
    Versions,
};
use dynamo_sim::disk::DiskFault;
use dynamo_sim::trace::{Access, Ended, Started};
use dynamo_sim::{EventId, Record, TraceEvent};

/// A set of puts of one key, by their order of beginning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Bits(Vec<u64>);

impl Bits {
    fn insert(&mut self, index: usize) {
        let word = index / 64;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << (index % 64);
    }

    fn contains(&self, index: usize) -> bool {
        self.0.get(index / 64).is_some_and(|word| word >> (index % 64) & 1 == 1)
    }

    /// Those that the other does not have.
    fn beside<'a>(&'a self, other: &'a Bits) -> impl Iterator<Item = usize> + 'a {
        self.0.iter().enumerate().flat_map(|(at, word)| {
            let rest = word & !other.0.get(at).copied().unwrap_or_default();
            (0..64).filter(move |bit| rest >> bit & 1 == 1).map(move |bit| at * 64 + bit)
        })
    }

    fn absorb(&mut self, other: &Bits) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            *mine |= theirs;
        }
    }
}

#[derive(Clone, Debug)]
struct Ancestry {
    key: Key,
    index: usize,
    /// Shared between the copies of a check: it never changes.
    before: Shared<Bits>,
}

/// The puts of one key.
#[derive(Clone, Debug, Default)]
struct Begun {
    /// In the order of beginning.
    puts: Vec<RequestId>,
    /// Those that their clients saw succeed.
    acknowledged: Bits,
    /// Those that a tombstone covered which was erased for good: they are to be nowhere.
    buried: Bits,
    /// All that the erased tombstones had seen, dot by dot.
    graves: CausalContext,
}

/// One place that holds a key: a node and one of its stores.
pub type Place = (NodeId, Store);

/// By what a place came to hold something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// A write was taken in.
    Write,
    /// It was emptied on purpose.
    Removal,
    /// A tombstone was erased: what it covers is to be nowhere.
    Burial,
    /// A fault took something from it.
    Fault(DiskFault),
}

/// How what a place holds has changed.
#[derive(Clone, Debug)]
pub struct Change {
    /// The place.
    pub place: Place,
    /// The key.
    pub key: Key,
    /// The puts held before, together with those that the operation brought along.
    pub offered: Set<RequestId>,
    /// The puts held now.
    pub held: Set<RequestId>,
    /// By what.
    pub by: By,
    /// Dots of doubled puts that were held before or brought along and are not held now.
    pub dropped: Vec<(Dot, RequestId)>,
}

/// What is brought along to a place.
#[derive(Debug, Default)]
struct Offered {
    puts: Set<RequestId>,
    dots: Vec<(Dot, RequestId)>,
}

impl Offered {
    fn of(versions: Option<&Versions>) -> Self {
        let dots: Vec<(Dot, RequestId)> = versions
            .into_iter()
            .flat_map(Versions::siblings)
            .map(|(dot, sibling)| (*dot, sibling.request))
            .collect();
        Offered { puts: dots.iter().map(|(_, put)| *put).collect(), dots }
    }
}

/// The judge's own knowledge of a run.
#[derive(Clone, Debug, Default)]
pub struct Ghost {
    /// All operations of clients, as they began.
    operations: Map<RequestId, Shared<Started>>,
    asked: Map<EventId, (NodeId, Operation)>,
    puts: Map<RequestId, Ancestry>,
    begun: Map<Key, Begun>,
    contents: Map<Key, Map<Place, Versions>>,
    /// The first dot of every put, and the context that came with it.
    minted: Map<RequestId, Shared<(Dot, CausalContext)>>,
    doubled: Set<RequestId>,
}

impl Ghost {
    /// Takes the next event; says what changed on disks.
    pub fn see(&mut self, id: EventId, record: &Record) -> Vec<Change> {
        match &record.event {
            TraceEvent::OperationStarted(started) => {
                self.operations.insert(started.request, Shared::new(started.clone()));
                if let Access::Put { replaces, .. } = &started.access {
                    self.begin(started.request, &started.key, replaces);
                }
            }
            TraceEvent::OperationEnded { request, ended: Ended::Stored } => {
                self.acknowledge(*request);
            }
            TraceEvent::DiskAsked { node, operation, .. } => {
                self.asked.insert(id, (*node, operation.clone()));
            }
            TraceEvent::DiskCompleted { asked, outcome, .. } => {
                if let Some((node, operation)) = self.asked.remove(asked) {
                    return self.complete(node, operation, outcome).into_iter().collect();
                }
            }
            TraceEvent::NodeStarted { boot } => {
                self.asked.retain(|_, (node, _)| *node != boot.node);
            }
            TraceEvent::DiskChanged { node, fault, slots } => {
                let changed = slots.iter().filter_map(|(slot, now)| {
                    let by = match fault {
                        DiskFault::Finished => self.finish(*node, slot, now.as_ref()),
                        DiskFault::BufferLost
                        | DiskFault::Wiped
                        | DiskFault::Rotten
                        | DiskFault::Restored
                        | DiskFault::Outdated => By::Fault(*fault),
                    };
                    let (place, offered) = ((*node, slot.store), Offered::of(now.as_ref()));
                    self.change(place, slot.key.clone(), offered, now.as_ref(), by)
                });
                return changed.collect();
            }
            _ => {}
        }
        Vec::new()
    }

    fn begin(&mut self, request: RequestId, key: &Key, replaces: &[RequestId]) {
        let mut before = Bits::default();
        for seen in replaces {
            // A context of another key stands for nothing here; the store must reject it.
            if let Some(put) = self.puts.get(seen).filter(|put| put.key == *key) {
                before.insert(put.index);
                before.absorb(&put.before);
            }
        }
        let begun = self.begun.entry(key.clone()).or_default();
        let index = begun.puts.len();
        begun.puts.push(request);
        let before = Shared::new(before);
        self.puts.insert(request, Ancestry { key: key.clone(), index, before });
    }

    fn acknowledge(&mut self, request: RequestId) {
        let Some(put) = self.puts.get(&request) else { return };
        if let Some(begun) = self.begun.get_mut(&put.key) {
            begun.acknowledged.insert(put.index);
        }
    }

    fn complete(
        &mut self,
        node: NodeId,
        operation: Operation,
        outcome: &Outcome,
    ) -> Option<Change> {
        let for_good = matches!(operation, Operation::Remove { for_good: true, .. });
        let (slot, offered, now) = match (operation, outcome) {
            (
                Operation::Update { slot, request, context, .. },
                Outcome::Updated { dot, versions },
            ) => {
                self.mint(request, *dot, context);
                let offered = Offered { puts: Set::from([request]), dots: Vec::new() };
                (slot, offered, Some(versions))
            }
            (Operation::Merge { slot, versions }, Outcome::Merged { versions: now, .. }) => {
                (slot, Offered::of(Some(&versions)), Some(now))
            }
            (Operation::Remove { slot, .. }, Outcome::Removal(Removal::Removed)) => {
                (slot, Offered::default(), None)
            }
            _ => return None,
        };
        let by = match now {
            Some(_) => By::Write,
            None if for_good => By::Burial,
            None => By::Removal,
        };
        if by == By::Burial {
            self.bury(&slot.key, node);
        }
        self.change((node, slot.store), slot.key, offered, now, by)
    }

    /// A node erases its own replica of a key: what that covers is to be nowhere from now on.
    fn bury(&mut self, key: &Key, node: NodeId) {
        let Some(erased) = self.at(key, &(node, Store::Main)).cloned() else { return };
        let covered = self.closure(key, &requests(&erased));
        if let Some(begun) = self.begun.get_mut(key) {
            begun.buried.absorb(&covered);
            begun.graves.absorb(erased.context());
        }
    }

    /// A process died so late in an operation that it is whole, and never heard of it: the first
    /// that it had asked for there.
    fn finish(&mut self, node: NodeId, slot: &Slot, now: Option<&Versions>) -> By {
        let asked = self.asked.iter().filter(|(_, (asker, _))| *asker == node);
        let finished = asked.map(|(_, (_, operation))| operation).find(|operation| {
            matches!(operation, Operation::Update { slot: of, .. } | Operation::Merge { slot: of, .. }
                | Operation::Remove { slot: of, .. } if of == slot)
        });
        match finished.cloned() {
            Some(Operation::Update { request, context, .. }) => {
                if let Some(dot) = now.and_then(|versions| versions.dot_of(request)) {
                    self.mint(request, dot, context);
                }
                By::Write
            }
            Some(Operation::Remove { for_good: true, .. }) => {
                self.bury(&slot.key, node);
                By::Burial
            }
            Some(Operation::Remove { .. }) => By::Removal,
            _ => By::Write,
        }
    }

    fn mint(&mut self, request: RequestId, dot: Dot, context: CausalContext) {
        let minted = self.minted.entry(request);
        if minted.or_insert_with(|| Shared::new((dot, context))).0 != dot {
            self.doubled.insert(request);
        }
    }

    /// Whether a put has two dots.
    pub fn is_doubled(&self, put: RequestId) -> bool {
        self.doubled.contains(&put)
    }

    /// Whether one of the puts of this set was written with a context that covers the dot.
    pub fn has_seen(&self, versions: &Versions, dot: &Dot) -> bool {
        let mut written = versions.siblings().filter_map(|(_, it)| self.minted.get(&it.request));
        written.any(|minted| minted.1.covers(dot))
    }

    /// Whether an erased tombstone covered this dot of a put. The put may be buried with one of its
    /// dots, and come back with another that nobody had seen who deleted it.
    pub fn is_dot_buried(&self, put: RequestId, dot: &Dot) -> bool {
        let covers = |begun: &Begun| begun.graves.covers(dot);
        let key = self.key_of(put).filter(|_| self.is_buried(put));
        !self.is_doubled(put) && key.is_some()
            || key.and_then(|key| self.begun.get(key)).is_some_and(covers)
    }

    /// These puts of a key and all that they had seen.
    fn closure(&self, key: &Key, puts: &Set<RequestId>) -> Bits {
        let mut covered = Bits::default();
        for put in puts.iter().filter_map(|it| self.puts.get(it)).filter(|it| it.key == *key) {
            covered.insert(put.index);
            covered.absorb(&put.before);
        }
        covered
    }

    /// Whether an erased tombstone covered this put.
    pub fn is_buried(&self, put: RequestId) -> bool {
        let Some(ancestry) = self.puts.get(&put) else { return false };
        self.begun.get(&ancestry.key).is_some_and(|it| it.buried.contains(ancestry.index))
    }

    /// A place holds something else; `offered` is what was brought along.
    fn change(
        &mut self,
        place: Place,
        key: Key,
        offered: Offered,
        now: Option<&Versions>,
        by: By,
    ) -> Option<Change> {
        // An exchange may bring an empty set along: to hold that is to hold nothing.
        let now = now.filter(|versions| !versions.is_empty());
        let places = self.contents.entry(key.clone()).or_default();
        let before = match now {
            Some(versions) => places.insert(place, versions.clone()),
            None => places.remove(&place),
        };
        if before.as_ref() == now {
            return None;
        }
        let before = Offered::of(before.as_ref());
        let mut dropped = offered.dots;
        dropped.extend(before.dots);
        let is_held = |dot: &Dot| now.is_some_and(|it| it.siblings().any(|(held, _)| held == dot));
        dropped.retain(|(dot, put)| self.doubled.contains(put) && !is_held(dot));
        let mut offered = offered.puts;
        offered.extend(before.puts);
        let held = now.map(requests).unwrap_or_default();
        Some(Change { place, key, offered, held, by, dropped })
    }

    /// Whether a put is among these siblings or before one of them.
    pub fn is_covered(&self, put: RequestId, siblings: &Set<RequestId>) -> bool {
        let Some(ancestry) = self.puts.get(&put) else { return false };
        siblings.iter().any(|sibling| {
            *sibling == put
                || self.puts.get(sibling).is_some_and(|other| {
                    other.key == ancestry.key && other.before.contains(ancestry.index)
                })
        })
    }

    /// Whether a tombstone of this key was erased.
    pub fn has_graves(&self, key: &Key) -> bool {
        self.begun.get(key).is_some_and(|it| it.buried != Bits::default())
    }

    /// Whether nobody is owed this put any more: it is covered or buried.
    pub fn is_settled(&self, put: RequestId, siblings: &Set<RequestId>) -> bool {
        self.is_buried(put) || self.is_covered(put, siblings)
    }

    /// The puts of this key that their clients saw succeed and that none of these siblings
    /// covers and no grave holds, oldest first.
    pub fn lost(&self, key: &Key, siblings: &Set<RequestId>) -> Vec<RequestId> {
        let mut covered = self.closure(key, siblings);
        let Some(begun) = self.begun.get(key) else { return Vec::new() };
        covered.absorb(&begun.buried);
        begun.acknowledged.beside(&covered).filter_map(|at| begun.puts.get(at).copied()).collect()
    }

    /// Every place that holds something of this key.
    pub fn places(&self, key: &Key) -> impl Iterator<Item = (&Place, &Versions)> {
        self.contents.get(key).into_iter().flatten()
    }

    /// What a place holds of this key.
    pub fn at(&self, key: &Key, place: &Place) -> Option<&Versions> {
        self.contents.get(key)?.get(place)
    }

    /// Every key that is held anywhere.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        self.contents.keys()
    }

    /// Nodes on whose disk a put lives or is replaced by one that had seen it.
    pub fn nodes_with(&self, put: RequestId, key: &Key) -> Set<NodeId> {
        self.places(key)
            .filter(|(_, versions)| self.is_covered(put, &requests(versions)))
            .map(|((node, _), _)| *node)
            .collect()
    }

    /// Every put of a key, oldest first.
    pub fn puts_of(&self, key: &Key) -> impl Iterator<Item = RequestId> {
        self.begun.get(key).into_iter().flat_map(|begun| begun.puts.iter().copied())
    }

    /// The puts that live on any disk.
    pub fn live(&self, key: &Key) -> Set<RequestId> {
        self.places(key).flat_map(|(_, versions)| requests(versions)).collect()
    }

    /// Every key that some client has put.
    pub fn keys_put(&self) -> impl Iterator<Item = &Key> {
        self.begun.keys()
    }

    /// An operation of a client, as it began.
    pub fn operation(&self, request: RequestId) -> Option<&Started> {
        self.operations.get(&request).map(Shared::as_ref)
    }

    /// The key of a get.
    pub fn key_of_get(&self, get: RequestId) -> Option<&Key> {
        let started = self.operation(get)?;
        matches!(started.access, Access::Get { .. }).then_some(&started.key)
    }

    /// The key of a put.
    pub fn key_of(&self, put: RequestId) -> Option<&Key> {
        self.puts.get(&put).map(|ancestry| &ancestry.key)
    }
}

/// The puts whose values live in a set.
pub fn requests(versions: &Versions) -> Set<RequestId> {
    versions.siblings().map(|(_, sibling)| sibling.request).collect()
}
