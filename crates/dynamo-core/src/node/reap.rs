//! Tombstones and their end: our extension, the paper has no deletes.
//!
//! A deletion is a put of a tombstone, see [`super::put`]. A tombstone may be erased only when
//! nothing that it covers can come back: no replica, no hint and no message holds it any more
//! (INV-D2). The first primary of the key finds that out.
//!
//! ```text
//! n1  !      a tombstone    the first primary knows of one
//! n1 -> n2   reap-query     every `tombstone_life`, to all members: do you agree?
//! n2  ?      disk: examine  a primary holds this tombstone and no hint; anybody else, nothing
//! n2 -> n1   reap-vote      yes
//! n1 -> n3   reap           all agreed twice, a life apart: erase it
//! n3  ?      disk: remove   only if it is still this tombstone
//! ```
//!
//! Once is not enough: a message may have been on its way past those who had just agreed. What
//! travels, and what a coordinator has in hand, is gone a life later. A node that is down cannot
//! agree, so tombstones outlive every outage. A `reap` that is lost does no harm: the tombstone
//! stays there, covers what it covered, and is asked about again when it is met.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::collections::{Map, Set};
use crate::effect::{Effects, Fact, Timer};
use crate::id::{Endpoint, Key, NodeId, Task, TaskKind};
use crate::message::Message;
use crate::node::admission::Work;
use crate::node::{Node, Waiting};
use crate::storage::{Operation, Outcome, Removal, Slot, Store};
use crate::versions::Versions;
use crate::wire::Hash;

/// About a tombstone: whether it may be erased, or that it is to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reap {
    /// The round, and the key in it.
    pub task: Task,
    /// The fingerprint of the tombstone, so that nothing else is ever erased.
    pub tombstone: Hash,
}

/// From a member: whether nothing but this tombstone is left with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReapVote {
    /// The round that asked.
    pub task: Task,
    /// Whether it agrees.
    pub agrees: bool,
}

/// The tombstones of which this node is the first primary.
#[derive(Clone, Debug, Default)]
pub struct Reaping {
    rounds: u32,
    tombstones: Map<Key, Tombstone>,
}

impl Reaping {
    /// Whether a round is due.
    pub(super) fn is_waiting(&self) -> bool {
        !self.tombstones.is_empty()
    }
}

#[derive(Clone, Debug)]
struct Tombstone {
    content: Hash,
    /// Rounds in a row in which all agreed.
    agreed: u8,
    /// Who has not yet agreed in this round; nothing before the first.
    open: Option<Set<NodeId>>,
}

fn main_slot(key: &Key) -> Slot {
    Slot { store: Store::Main, key: key.clone() }
}

// The first primary.
impl Node {
    /// Remembers what a key holds, if it is a tombstone and it is for this node to see it off.
    pub(super) fn meet(&mut self, key: &Key, versions: &Versions, effects: &mut Effects) {
        let tombstone = versions.is_deleted().then(|| versions.fingerprint());
        self.meet_tombstone(key, tombstone, effects);
    }

    pub(super) fn meet_tombstone(
        &mut self,
        key: &Key,
        tombstone: Option<Hash>,
        effects: &mut Effects,
    ) {
        let Some(content) = tombstone else {
            self.reaping.tombstones.remove(key);
            return;
        };
        let is_first = self.preference(key).primaries().first() == Some(&self.id());
        let known = self.reaping.tombstones.get(key).is_some_and(|it| it.content == content);
        if !is_first || known {
            return;
        }
        if self.reaping.tombstones.is_empty() {
            effects.arm(Timer::Reap, self.config.tombstone_life);
        }
        let tombstone = Tombstone { content, agreed: 0, open: None };
        self.reaping.tombstones.insert(key.clone(), tombstone);
    }

    /// Ends the last round and begins the next.
    pub(super) fn reap(&mut self, effects: &mut Effects) {
        self.reaping.rounds += 1;
        let keys: Vec<Key> = self.reaping.tombstones.keys().cloned().collect();
        for key in keys {
            let Some(tombstone) = self.reaping.tombstones.get_mut(&key) else { continue };
            if let Some(open) = tombstone.open.take() {
                match open.iter().next() {
                    None => tombstone.agreed += 1,
                    Some(node) => {
                        tombstone.agreed = 0;
                        effects.note(Fact::TombstoneStays { key: key.clone(), node: *node });
                    }
                }
            }
            if tombstone.agreed == 2 {
                let content = tombstone.content;
                self.reaping.tombstones.remove(&key);
                self.erase_everywhere(key, content, effects);
            } else if self.take_slice(Work::Reaping, effects) {
                self.ask_all(key, effects);
            }
        }
        if !self.reaping.tombstones.is_empty() {
            effects.arm(Timer::Reap, self.config.tombstone_life);
        }
    }

    fn reap_task(&self, key: Key) -> Task {
        Task { boot: self.boot, kind: TaskKind::Reap(key), firing: self.reaping.rounds }
    }

    fn ask_all(&mut self, key: Key, effects: &mut Effects) {
        // While members come and go nobody knows who all are.
        if self.membership.pending.is_some() {
            return;
        }
        let members = self.membership.everybody();
        let task = self.reap_task(key.clone());
        let Some(tombstone) = self.reaping.tombstones.get_mut(&key) else { return };
        let content = tombstone.content;
        tombstone.open = Some(members.clone());
        for node in members {
            let query = Reap { task: task.clone(), tombstone: content };
            if node == self.id() {
                self.take_reap_query(node.into(), query, effects);
            } else {
                effects.send(node, Message::ReapQuery(query));
            }
        }
    }

    pub(super) fn take_reap_vote(&mut self, from: Endpoint, vote: ReapVote) {
        let (Endpoint::Node(node), Some(key)) = (from, vote.task.kind.key()) else { return };
        let is_current = vote.task.boot == self.boot && vote.task.firing == self.reaping.rounds;
        if let Some(tombstone) = self.reaping.tombstones.get_mut(key)
            && let Some(open) = &mut tombstone.open
            && is_current
            && vote.agrees
        {
            open.remove(&node);
        }
    }

    fn erase_everywhere(&mut self, key: Key, tombstone: Hash, effects: &mut Effects) {
        let task = self.reap_task(key.clone());
        let list = self.preference(&key);
        for node in list.primaries() {
            let reap = Reap { task: task.clone(), tombstone };
            if *node == self.id() {
                self.take_reap(reap, effects);
            } else {
                effects.send(*node, Message::Reap(reap));
            }
        }
    }
}

// Every member.
impl Node {
    /// The answer must survive a crash: what a buffer covers may come back without it.
    pub(super) fn take_reap_query(&mut self, from: Endpoint, query: Reap, effects: &mut Effects) {
        let Some(key) = query.task.kind.key().cloned() else { return };
        let waiting = Waiting::Examination { from, query };
        self.ask_disk_durably(Operation::Examine { key }, waiting, effects);
    }

    pub(super) fn examined(
        &mut self,
        from: Endpoint,
        query: Reap,
        outcome: Outcome,
        effects: &mut Effects,
    ) {
        let Outcome::Examined { own, hinted } = outcome else { return };
        let Some(key) = query.task.kind.key() else { return };
        let is_primary = self.preference(key).primaries().contains(&self.id());
        let is_all = match own {
            Some(content) => is_primary && content == query.tombstone,
            None => !is_primary,
        };
        let is_settled = self.membership.pending.is_none();
        let vote = ReapVote { task: query.task, agrees: is_all && is_settled && !hinted };
        if from == Endpoint::Node(self.id()) {
            self.take_reap_vote(from, vote);
        } else {
            effects.send(from, Message::ReapVote(vote));
        }
    }

    pub(super) fn take_reap(&mut self, reap: Reap, effects: &mut Effects) {
        let Some(key) = reap.task.kind.key().cloned() else { return };
        let (slot, expected) = (main_slot(&key), reap.tombstone);
        let operation = Operation::Remove { slot, expected, for_good: true };
        self.ask_disk(operation, Waiting::Reaping(key), effects);
    }

    pub(super) fn reaped(&mut self, key: Key, outcome: Outcome, effects: &mut Effects) {
        if matches!(outcome, Outcome::Removal(Removal::Removed)) {
            effects.note(Fact::TombstoneReaped { key });
        }
    }
}
