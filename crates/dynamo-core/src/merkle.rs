//! A hash tree over the keys of one range (paper 4.7).
//!
//! ```text
//! root            hash of 16 hashes      the whole range
//!  |- 3           hash of 16 hashes      its fourth sixteenth
//!  |  |- 30       hash of (key, hash)s   no more than 16 keys: not divided further
//! ```
//!
//! Every node covers a part of the range; its children cover a sixteenth of it each. A node with at
//! most 16 keys is a leaf. The hash of a key's content is that of its versions, clocks included and
//! times not ([`crate::Versions::fingerprint`], P28). Shape and hashes follow from the keys and
//! their hashes alone, so equal contents have equal roots whatever came first (INV-M1), and two
//! trees of unlike shape can still be compared node by node.

use crate::shared::Shared;
use alloc::vec::Vec;
use core::{fmt, mem};

use serde::{Deserialize, Serialize};

use crate::id::Key;
use crate::ring::{Position, Range};
use crate::wire::{self, Hash};

/// Children of a node, and the most keys of a leaf.
pub const FAN_OUT: usize = 16;
/// Steps from the root to the deepest node, which is a leaf whatever it holds.
pub const MAX_DEPTH: u8 = 8;

/// The way from the root to a node: one hexadecimal digit a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Path {
    depth: u8,
    /// The first digit stands highest; behind the last there are zeros.
    digits: u32,
}

impl Path {
    /// The way to the root itself.
    pub const ROOT: Path = Path { depth: 0, digits: 0 };

    /// The way to its child of this number, from 0 to 15.
    pub fn child(self, digit: usize) -> Path {
        let digits = self.digits | (digit as u32) << (28 - 4 * u32::from(self.depth));
        Path { depth: self.depth + 1, digits }
    }

    /// How many steps it has.
    pub fn depth(self) -> u8 {
        self.depth
    }

    /// Whether the way of a key leads through here.
    fn leads_to(self, way: u32) -> bool {
        let other = u32::MAX.checked_shr(4 * u32::from(self.depth)).unwrap_or(0);
        way & !other == self.digits & !other
    }
}

impl fmt::Display for Path {
    /// Its digits: `3`, `3a`; nothing for the root.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (0..self.depth).try_for_each(|depth| write!(f, "{:x}", digit(self.digits, depth)))
    }
}

fn digit(way: u32, depth: u8) -> usize {
    (way >> (28 - 4 * u32::from(depth)) & 0xf) as usize
}

/// What stands below a node, as it is sent to whoever compares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Below {
    /// The hashes of its sixteen children; zero where there is nothing.
    Branches(Vec<Hash>),
    /// The keys themselves, with the hashes of what they hold: it is a leaf.
    Keys(Vec<(Key, Hash)>),
}

impl Below {
    /// How many hashes that is.
    pub fn len(&self) -> usize {
        match self {
            Below::Branches(hashes) => hashes.len(),
            Below::Keys(keys) => keys.len(),
        }
    }

    /// Whether nothing stands there.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// In what two trees differ below a node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Nodes below which something differs: to be looked into.
    pub paths: Vec<Path>,
    /// Keys that only one side has, or that hold different things.
    pub keys: Vec<Key>,
}

/// The tree of one range. A copy shares all nodes until one of the two changes.
#[derive(Clone, Debug)]
pub struct Tree {
    range: Range,
    root: Node,
}

#[derive(Clone, Debug, Default)]
struct Node {
    hash: Hash,
    keys: usize,
    content: Content,
}

#[derive(Clone, Debug)]
enum Content {
    // Invariant: in order of (way, key).
    Leaf(Shared<Vec<Entry>>),
    Split(Shared<[Node; FAN_OUT]>),
}

impl Default for Content {
    fn default() -> Self {
        Content::Leaf(Shared::default())
    }
}

#[derive(Clone, Debug)]
struct Entry {
    /// The digits of the key's path, all of them.
    way: u32,
    key: Key,
    hash: Hash,
}

impl Tree {
    /// The tree of a range in which nothing is held.
    pub fn new(range: Range) -> Self {
        Tree { range, root: Node::default() }
    }

    /// The hash of everything in it; zero if nothing is.
    pub fn root(&self) -> Hash {
        self.root.hash
    }

    /// How many keys are in it.
    pub fn len(&self) -> usize {
        self.root.keys
    }

    /// Whether no key is in it.
    pub fn is_empty(&self) -> bool {
        self.root.keys == 0
    }

    /// A key holds something else now, or nothing; answers the hash of what it held. Touches the
    /// nodes on one way and no other.
    pub fn set(&mut self, key: &Key, hash: Option<Hash>) -> Option<Hash> {
        self.set_at(Position::of(key), key, hash)
    }

    /// The same for whoever knows where the key lies.
    pub fn set_at(&mut self, at: Position, key: &Key, hash: Option<Hash>) -> Option<Hash> {
        self.root.set(0, self.way(at), key, hash)
    }

    /// The hash of what a key holds, if it is in the tree.
    pub fn get(&self, key: &Key) -> Option<Hash> {
        let way = self.way(Position::of(key));
        let (mut node, mut depth) = (&self.root, 0);
        loop {
            match &node.content {
                Content::Leaf(entries) => {
                    return place(entries, way, key).ok().map(|at| entries[at].hash);
                }
                Content::Split(children) => node = &children[digit(way, depth)],
            }
            depth += 1;
        }
    }

    /// What stands below a node.
    pub fn below(&self, path: Path) -> Below {
        match self.part(path) {
            Part::Split(children) => Below::Branches(children.iter().map(|it| it.hash).collect()),
            Part::Entries(entries) => {
                Below::Keys(entries.iter().map(|it| (it.key.clone(), it.hash)).collect())
            }
        }
    }

    /// Compares a node with what somebody else holds below the same one. Keys of theirs that do
    /// not lie there are left out (P29).
    pub fn difference(&self, path: Path, theirs: &Below) -> Difference {
        let mut found = Difference::default();
        match theirs {
            Below::Branches(hashes) if path.depth < MAX_DEPTH => {
                for (digit, theirs) in hashes.iter().enumerate().take(FAN_OUT) {
                    let child = path.child(digit);
                    if self.hash_at(child) != *theirs {
                        found.paths.push(child);
                    }
                }
            }
            Below::Branches(_) => {}
            Below::Keys(keys) => {
                let here = |key: &Key| {
                    let at = Position::of(key);
                    self.range.contains(at) && path.leads_to(self.way(at))
                };
                for (key, hash) in keys.iter().filter(|(key, _)| here(key)) {
                    if self.get(key) != Some(*hash) {
                        found.keys.push(key.clone());
                    }
                }
                self.each(path, &mut |entry| {
                    if !keys.iter().any(|(key, _)| *key == entry.key) {
                        found.keys.push(entry.key.clone());
                    }
                });
            }
        }
        found
    }

    /// The first digits of where a position lies in the range, as if the range began at zero and its
    /// length filled the first digit at least by half.
    fn way(&self, at: Position) -> u32 {
        let offset = |it: Position| it.0.wrapping_sub(self.range.start.0).wrapping_sub(1);
        let shift = offset(self.range.end).leading_zeros();
        (offset(at).checked_shl(shift).unwrap_or(0) >> 96) as u32
    }

    fn part(&self, path: Path) -> Part<'_> {
        let mut node = &self.root;
        for depth in 0..path.depth.min(MAX_DEPTH) {
            match &node.content {
                Content::Split(children) => node = &children[digit(path.digits, depth)],
                Content::Leaf(entries) => {
                    let from = entries.partition_point(|it| it.way < path.digits);
                    let here = entries[from..].iter().take_while(|it| path.leads_to(it.way));
                    return Part::Entries(&entries[from..from + here.count()]);
                }
            }
        }
        match &node.content {
            Content::Split(children) => Part::Split(children),
            Content::Leaf(entries) => Part::Entries(entries),
        }
    }

    /// The hash of what stands at the end of a way.
    pub fn hash_at(&self, path: Path) -> Hash {
        match self.part(path) {
            Part::Split(children) => hash_of_children(children),
            Part::Entries(entries) => hash_of_entries(entries),
        }
    }

    fn each<'a>(&'a self, path: Path, look: &mut dyn FnMut(&'a Entry)) {
        match self.part(path) {
            Part::Split(children) => children.iter().for_each(|child| child.each(look)),
            Part::Entries(entries) => entries.iter().for_each(look),
        }
    }
}

/// What a path leads to: a node that is divided, or some of the keys of a leaf.
enum Part<'a> {
    Split(&'a [Node; FAN_OUT]),
    Entries(&'a [Entry]),
}

fn place(entries: &[Entry], way: u32, key: &Key) -> Result<usize, usize> {
    entries.binary_search_by(|it| (it.way, &it.key).cmp(&(way, key)))
}

fn hash_of_entries(entries: &[Entry]) -> Hash {
    if entries.is_empty() {
        return Hash::default();
    }
    wire::hash_of_all(entries.iter().map(|it| (&it.key, it.hash)))
}

fn hash_of_children(children: &[Node; FAN_OUT]) -> Hash {
    wire::hash_of_all(children.iter().map(|it| it.hash))
}

impl Node {
    fn set(&mut self, depth: u8, way: u32, key: &Key, hash: Option<Hash>) -> Option<Hash> {
        let before = match &mut self.content {
            Content::Leaf(entries) => {
                let entries = Shared::make_mut(entries);
                match (place(entries, way, key), hash) {
                    (Ok(at), Some(hash)) => Some(mem::replace(&mut entries[at].hash, hash)),
                    (Ok(at), None) => Some(entries.remove(at).hash),
                    (Err(at), Some(hash)) => {
                        entries.insert(at, Entry { way, key: key.clone(), hash });
                        None
                    }
                    (Err(_), None) => return None,
                }
            }
            Content::Split(children) => {
                let child = &mut Shared::make_mut(children)[digit(way, depth)];
                child.set(depth + 1, way, key, hash)
            }
        };
        self.keys += usize::from(hash.is_some());
        self.keys -= usize::from(before.is_some());
        self.reshape(depth);
        before
    }

    /// Divides a leaf that is too full, makes a leaf of what has become small, and hashes anew.
    fn reshape(&mut self, depth: u8) {
        let divides = self.keys > FAN_OUT && depth < MAX_DEPTH;
        match &self.content {
            Content::Leaf(entries) if divides => {
                let mut children: [Node; FAN_OUT] = Default::default();
                for entry in entries.iter() {
                    let child = &mut children[digit(entry.way, depth)];
                    child.set(depth + 1, entry.way, &entry.key, Some(entry.hash));
                }
                self.content = Content::Split(Shared::new(children));
            }
            Content::Split(_) if !divides => {
                let mut entries = Vec::with_capacity(self.keys);
                self.each(&mut |entry| entries.push(entry.clone()));
                self.content = Content::Leaf(Shared::new(entries));
            }
            _ => {}
        }
        self.hash = match &self.content {
            Content::Leaf(entries) => hash_of_entries(entries),
            Content::Split(children) => hash_of_children(children),
        };
    }

    fn each<'a>(&'a self, look: &mut dyn FnMut(&'a Entry)) {
        match &self.content {
            Content::Leaf(entries) => entries.iter().for_each(look),
            Content::Split(children) => children.iter().for_each(|child| child.each(look)),
        }
    }
}

#[cfg(test)]
mod tests;
