//! **merkle** (K8, and of K14 what concerns trees): trees say what disks hold, and an exchange
//! mends what differs and nothing else.
//!
//! Always: every hash that a node sends is that of a tree built anew from what its disk has told
//! it. The ranges that an answer names are those in which the key-to-content maps of the two nodes
//! differ: equal roots if and only if equal sets. A key is offered only if it differed when the
//! roots were sent or has changed since, so equal data costs roots and nothing more.
//!
//! Judged at every message of an exchange over the first ring; cost: the keys that the two nodes
//! share. Copies under which a sector went bad are left out until the node has noticed.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use dynamo_core::collections::{Map, Set};

use dynamo_core::merkle::Tree;
use dynamo_core::node::sync::{Compare, Found, Hashes, Places, Scope};
use dynamo_core::{
    Endpoint, Hash, Key, Message, NodeId, Operation, Outcome, Partition, Position, Removal, Ring,
    Slot, Store, Subject, Task, TaskKind,
};
use dynamo_sim::disk::DiskFault;
use dynamo_sim::{EventId, Finding, Record, Setup, Status, Time, TraceEvent};

use crate::judges::Check;
use crate::known::Known;

/// The name in texts and links.
pub const NAME: &str = "merkle";

/// What a node holds in one range: for every key the hash of its content.
type Contents = Map<Key, Hash>;

/// What a disk operation has made of a key.
type Change = (NodeId, Key, Option<Hash>);

/// The check.
#[derive(Clone, Debug)]
pub struct Merkle {
    ring: Ring,
    scope: Scope,
    asked: Map<EventId, (NodeId, Operation)>,
    /// Completed, and not yet told to the node.
    completed: Map<EventId, Change>,
    held: Map<NodeId, Map<Partition, Contents>>,
    rotten: Set<(NodeId, Key)>,
    exchanges: Map<NodeId, Exchange>,
    /// Nodes whose last exchange was over another ring.
    elsewhere: Set<NodeId>,
    primaries: Map<Partition, Vec<NodeId>>,
    violated: Option<Finding>,
}

/// The last exchange that a node has begun.
#[derive(Clone, Debug)]
struct Exchange {
    peer: NodeId,
    /// The question for the roots, and the last question.
    roots: Task,
    question: Task,
    /// Keys that differed when the roots were sent.
    differed: Set<Key>,
    /// Keys that have changed on either side since.
    changed: Set<Key>,
}

impl Exchange {
    fn may_mend(&self, key: &Key) -> bool {
        self.differed.contains(key) || self.changed.contains(key)
    }
}

impl Merkle {
    /// The check for runs with this setup.
    pub fn new(setup: &Setup) -> Self {
        let ring = setup.ring();
        let replicas = setup.quorum.n();
        let scope = Scope { epoch: ring.epoch(), ring: ring.fingerprint(), replicas };
        Merkle {
            ring,
            scope,
            asked: Map::new(),
            completed: Map::new(),
            held: Map::new(),
            rotten: Set::new(),
            exchanges: Map::new(),
            elsewhere: Set::new(),
            primaries: Map::new(),
            violated: None,
        }
    }

    fn partition_of(&self, key: &Key) -> Partition {
        self.ring.partition_of(Position::of(key))
    }

    /// A node knows from its disk that a key holds something else.
    fn change(&mut self, (node, key, hash): Change) {
        let partition = self.partition_of(&key);
        for (from, exchange) in self.exchanges.iter_mut() {
            if *from == node || exchange.peer == node {
                exchange.changed.insert(key.clone());
            }
        }
        self.rotten.remove(&(node, key.clone()));
        let held = self.held.entry(node).or_default().entry(partition).or_default();
        match hash {
            Some(hash) => held.insert(key, hash),
            None => held.remove(&key),
        };
    }

    fn complete(&mut self, id: EventId, asked: EventId, outcome: &Outcome) {
        let Some((node, operation)) = self.asked.remove(&asked) else { return };
        let (slot, hash) = match (operation, outcome) {
            (_, Outcome::Damaged { slot, .. }) => (slot.clone(), None),
            (Operation::Update { slot, .. }, Outcome::Updated { versions, .. })
            | (Operation::Merge { slot, .. }, Outcome::Merged { versions, .. }) => {
                (slot, (!versions.is_empty()).then(|| versions.fingerprint()))
            }
            (Operation::Remove { slot, .. }, Outcome::Removal(Removal::Removed)) => (slot, None),
            _ => return,
        };
        if let Slot { store: Store::Main, key } = slot {
            self.completed.insert(id, (node, key, hash));
        }
    }

    /// The process is gone: what its disk has completed stays though nobody was told.
    fn crash(&mut self, node: NodeId) {
        let all = core::mem::take(&mut self.completed);
        for (id, change) in all {
            if change.0 == node {
                self.change(change);
            } else {
                self.completed.insert(id, change);
            }
        }
        self.asked.retain(|_, (of, _)| *of != node);
        self.exchanges.remove(&node);
    }

    fn primaries(&mut self, partition: Partition) -> &[NodeId] {
        let (ring, n) = (&self.ring, self.scope.replicas);
        self.primaries
            .entry(partition)
            .or_insert_with(|| ring.preference_of(partition, n).primaries().to_vec())
    }

    /// The ranges that two nodes share and in which one of them holds something.
    fn shared(&mut self, a: NodeId, b: NodeId) -> Vec<Partition> {
        let of = |node: &NodeId| self.held.get(node).into_iter().flatten().map(|(it, _)| *it);
        let all: Set<Partition> = of(&a).chain(of(&b)).collect();
        let both = [a, b];
        all.into_iter()
            .filter(|it| {
                let primaries = self.primaries(*it);
                both.iter().all(|node| primaries.contains(node))
            })
            .collect()
    }

    fn contents(&self, node: NodeId, partition: Partition) -> Contents {
        let held = self.held.get(&node).and_then(|held| held.get(&partition));
        held.cloned().unwrap_or_default()
    }

    /// The tree of a range, built anew.
    fn tree(&self, node: NodeId, partition: Partition) -> Tree {
        let mut tree = Tree::new(self.ring.range(partition));
        for (key, hash) in self.contents(node, partition).iter() {
            tree.set(key, Some(*hash));
        }
        tree
    }

    /// Whether the node cannot know by itself what it holds in a range.
    fn is_rotten(&self, node: NodeId, partition: Partition) -> bool {
        let here = |(of, key): &(NodeId, Key)| *of == node && self.partition_of(key) == partition;
        self.rotten.iter().any(here)
    }

    fn violate(&mut self, id: EventId, node: NodeId, key: Option<Key>) {
        self.violated.get_or_insert_with(|| Finding {
            guilty: vec![id],
            node: Some(node),
            key,
            ..Finding::plain(NAME, Status::Violated)
        });
    }

    fn judge(&mut self, id: EventId, from: NodeId, to: NodeId, message: &Message) {
        match message {
            Message::Compare(Compare { scope, .. }) if *scope != self.scope => {
                self.exchanges.remove(&from);
                self.elsewhere.insert(from);
            }
            Message::Compare(Compare { task, at: Places::Roots(roots), .. }) => {
                self.judge_roots(id, from, to, roots);
                self.begin(task, from, to);
            }
            Message::Compare(Compare { task, at: Places::Inner(_), .. }) => {
                let exchange = self.exchanges.get_mut(&from);
                let is_open = exchange.is_some_and(|it| {
                    it.question = task.clone();
                    it.differed.len() + it.changed.len() > 0
                });
                if !is_open && !self.elsewhere.contains(&from) {
                    self.violate(id, from, None);
                }
            }
            Message::Hashes(Hashes { task, found: Found::Below(below) }) => {
                if self.exchanges.get(&to).is_none_or(|it| it.question != *task) {
                    return;
                }
                let mut built: Option<(Partition, Tree)> = None;
                for (partition, path, below) in below {
                    let last = built.take().filter(|(of, _)| of == partition);
                    let (_, tree) = built
                        .insert(last.unwrap_or_else(|| (*partition, self.tree(from, *partition))));
                    if tree.below(*path) != *below && !self.is_rotten(from, *partition) {
                        self.violate(id, from, None);
                    }
                }
                let is_of_roots = self.exchanges.get(&to).is_some_and(|it| it.roots == *task);
                if is_of_roots {
                    let named = below.iter().map(|(partition, ..)| *partition).collect();
                    self.judge_answer(id, from, to, &named);
                }
            }
            Message::Mend(write) => {
                let Subject::Task(Task { kind: TaskKind::Repair { key, .. }, .. }) = &write.subject
                else {
                    return;
                };
                let exchange = self.exchanges.get(&from);
                let is_open = exchange.is_some_and(|it| it.peer == to && it.may_mend(key));
                let partition = self.partition_of(key);
                let is_judged = !self.elsewhere.contains(&from)
                    && !self.is_rotten(from, partition)
                    && !self.is_rotten(to, partition);
                if !is_open && is_judged {
                    self.violate(id, from, Some(key.clone()));
                }
            }
            _ => {}
        }
    }

    /// The roots that are named are those of all ranges in which the sender holds something.
    fn judge_roots(&mut self, id: EventId, from: NodeId, to: NodeId, roots: &[(Partition, Hash)]) {
        let named: Map<Partition, Hash> = dynamo_core::collections::map(roots.iter().copied());
        let all: Set<Partition> =
            self.shared(from, to).into_iter().chain(named.keys().copied()).collect();
        for partition in all {
            let told = named.get(&partition).copied().unwrap_or_default();
            let is_true = self.tree(from, partition).root() == told;
            if !is_true && !self.is_rotten(from, partition) {
                self.violate(id, from, None);
            }
        }
    }

    fn begin(&mut self, task: &Task, from: NodeId, to: NodeId) {
        let mut differed = Set::new();
        for partition in self.shared(from, to) {
            let (mine, theirs) = (self.contents(from, partition), self.contents(to, partition));
            differed.extend(differing(&mine, &theirs));
        }
        self.elsewhere.remove(&from);
        let (roots, question, changed) = (task.clone(), task.clone(), Set::new());
        let exchange = Exchange { peer: to, roots, question, differed, changed };
        self.exchanges.insert(from, exchange);
    }

    /// The ranges that are named are those that differ. What has changed since the roots were
    /// sent may be seen either way.
    fn judge_answer(&mut self, id: EventId, from: NodeId, to: NodeId, named: &Set<Partition>) {
        let Some(exchange) = self.exchanges.get(&to).cloned() else { return };
        let ranges = |keys: &Set<Key>| -> Set<Partition> {
            keys.iter().map(|key| self.partition_of(key)).collect()
        };
        let (differed, changed) = (ranges(&exchange.differed), ranges(&exchange.changed));
        for partition in self.shared(from, to) {
            if self.is_rotten(from, partition) || self.is_rotten(to, partition) {
                continue;
            }
            let is_right = named.contains(&partition) == differed.contains(&partition);
            if !is_right && !changed.contains(&partition) {
                self.violate(id, from, None);
            }
        }
    }
}

/// The keys that only one side has, or that hold different things.
fn differing(a: &Contents, b: &Contents) -> Set<Key> {
    let all = a.keys().chain(b.keys());
    all.filter(|key| a.get(key) != b.get(key)).cloned().collect()
}

impl Check for Merkle {
    fn see(&mut self, id: EventId, record: &Record, _: &Known) {
        match &record.event {
            TraceEvent::DiskAsked { node, operation, .. } => {
                self.asked.insert(id, (*node, operation.clone()));
            }
            TraceEvent::DiskCompleted { asked, outcome, .. } => self.complete(id, *asked, outcome),
            TraceEvent::DiskAnswered { completed, .. } => {
                if let Some(change) = self.completed.remove(completed) {
                    self.change(change);
                }
            }
            TraceEvent::NodeCrashed { node } => self.crash(*node),
            TraceEvent::DiskChanged { node, fault, slots } => {
                for (slot, content) in slots.iter().filter(|(it, _)| it.store == Store::Main) {
                    if *fault == DiskFault::Rotten {
                        self.rotten.insert((*node, slot.key.clone()));
                    } else {
                        let hash = content.as_ref().map(|versions| versions.fingerprint());
                        self.change((*node, slot.key.clone(), hash));
                    }
                }
            }
            TraceEvent::MessageSent { name, message, .. } => {
                if let (Endpoint::Node(from), Endpoint::Node(to)) = (name.from, name.to) {
                    self.judge(id, from, to, message);
                }
            }
            _ => {}
        }
    }

    fn finding(&self, _: Time, _: &Known) -> Finding {
        self.violated.clone().unwrap_or_else(|| Finding::plain(NAME, Status::Holds))
    }

    fn is_violated(&self) -> bool {
        self.violated.is_some()
    }

    fn clone_box(&self) -> Box<dyn Check> {
        Box::new(self.clone())
    }
}
