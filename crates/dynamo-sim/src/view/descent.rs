//! The trees of two nodes side by side, opened where they differ and nowhere else (paper 4.7).

use alloc::vec::Vec;

use dynamo_core::collections::Map;
use dynamo_core::merkle::{Below, FAN_OUT, Path, Tree};
use dynamo_core::{Hash, Key, NodeId, Partition, Position, Store, wire};

use super::View;

/// What two nodes hold of one range that both keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Descent {
    /// The range.
    pub partition: Partition,
    /// The keys that each holds there.
    pub keys: [usize; 2],
    /// The bytes of what each holds there.
    pub bytes: [usize; 2],
    /// The roots and what differs below them.
    pub root: Fork,
}

/// The same node of two trees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fork {
    /// The way to it.
    pub path: Path,
    /// Its hash in each tree.
    pub hashes: [Hash; 2],
    /// What stands below it.
    pub beneath: Beneath,
}

/// What stands below the same node of two trees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Beneath {
    /// The same in both: nobody looks.
    Equal,
    /// Sixteen children.
    Forks(Vec<Fork>),
    /// The keys of a leaf, each with the hash of what it holds in either tree.
    Keys(Vec<(Key, [Option<Hash>; 2])>),
}

impl Fork {
    /// Whether both trees are the same here.
    pub fn is_equal(&self) -> bool {
        self.beneath == Beneath::Equal
    }

    fn of(trees: [&Tree; 2], path: Path) -> Fork {
        let hashes = trees.map(|tree| tree.hash_at(path));
        let beneath = match trees.map(|tree| tree.below(path)) {
            _ if hashes[0] == hashes[1] => Beneath::Equal,
            [Below::Keys(one), Below::Keys(other)] => {
                let mut keys: Map<Key, [Option<Hash>; 2]> = Map::new();
                for (side, held) in [one, other].into_iter().enumerate() {
                    for (key, hash) in held {
                        keys.entry(key).or_default()[side] = Some(hash);
                    }
                }
                Beneath::Keys(keys.into_iter().collect())
            }
            _ => {
                let child = |digit| Fork::of(trees, path.child(digit));
                Beneath::Forks((0..FAN_OUT).map(child).collect())
            }
        };
        Fork { path, hashes, beneath }
    }
}

impl View {
    /// The ranges that two nodes both keep and in which one of them holds something.
    pub fn descents(&self, nodes: [NodeId; 2]) -> Vec<Descent> {
        let trees = nodes.map(|node| self.built_from(node));
        let n = self.founding.n();
        let mut descents = Vec::new();
        for (partition, _) in self.ring.partitions() {
            let found = [trees[0].get(&partition), trees[1].get(&partition)];
            let list = self.ring.preference_of(partition, n);
            let keep = nodes.iter().all(|node| list.primaries().contains(node));
            if !keep || found.iter().all(Option::is_none) {
                continue;
            }
            let empty = Tree::new(self.ring.range(partition));
            let found = found.map(|tree| tree.unwrap_or(&empty));
            descents.push(Descent {
                partition,
                keys: found.map(Tree::len),
                bytes: nodes.map(|node| self.bytes_in(node, partition)),
                root: Fork::of(found, Path::ROOT),
            });
        }
        descents
    }

    /// The bytes that it takes to send all that a node holds in a range.
    fn bytes_in(&self, node: NodeId, partition: Partition) -> usize {
        let disk = self.nodes.get(&node).into_iter().flat_map(|node| node.disk.iter());
        let held = disk.filter(|(slot, _)| {
            slot.store == Store::Main
                && self.ring.partition_of(Position::of(&slot.key)) == partition
        });
        held.map(|(slot, versions)| wire::bytes(&(&slot.key, versions)).len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::{String, ToString};

    use super::*;
    use crate::time::{Moment, Time};
    use crate::timeline::Run;

    /// Twenty-two keys in one range; the last write, of `k7`, does not reach n2.
    fn damaged() -> Run {
        let mut script = String::from(
            "dynamo 1\nsetup nodes=2 n=2 r=1 w=1 seed=7 partitions=2 latency=constant-3ms \
             exchange-every=4s\n",
        );
        for number in 1..=40 {
            script.push_str(&format!("at {number}00ms c1.{number} put k{number} \"1\" via n1\n"));
        }
        script.push_str("at 5s lose write c1.41 n1 n2\nat 5s c1.41 put k7 \"2\" via n1\n");
        script.push_str("until 20s\n");
        Run::new(script.parse().expect("a script"))
    }

    fn differing(fork: &Fork, found: &mut Vec<String>) {
        match &fork.beneath {
            Beneath::Equal => {}
            Beneath::Forks(forks) => forks.iter().for_each(|fork| differing(fork, found)),
            Beneath::Keys(keys) => {
                let keys = keys.iter().filter(|(_, [one, other])| one != other);
                found.extend(keys.map(|(key, _)| format!("{} {key}", fork.path)));
            }
        }
    }

    #[test]
    fn only_the_way_to_the_key_that_differs_is_open_and_it_shuts_when_the_key_is_mended() {
        let run = damaged();
        let at = |millis: u64| {
            let view = run.view_at(Moment::at(Time(millis * 1_000)));
            let mut found = Vec::new();
            let descents = view.descents([NodeId(1), NodeId(2)]);
            assert_eq!(descents.iter().map(|it| it.keys[0]).sum::<usize>(), 40);
            descents.iter().for_each(|descent| differing(&descent.root, &mut found));
            (descents, found)
        };
        let (descents, found) = at(5_020);
        let [only] = found.as_slice() else { panic!("{found:?}") };
        assert!(only.ends_with(" k7") && only.len() > " k7".len(), "a digit leads to it: {only}");
        let open = descents.iter().find(|it| !it.root.is_equal()).expect("one range differs");
        let Beneath::Forks(children) = &open.root.beneath else { panic!("it is divided") };
        assert_eq!(children.iter().filter(|child| !child.is_equal()).count(), 1);
        assert!(open.bytes[0] > 20 * open.keys[0].min(20), "{:?}", open.bytes);
        assert_eq!(at(19_000).1, Vec::<String>::new());
        assert_eq!(Path::ROOT.to_string(), "");
    }

    #[test]
    fn a_leaf_beside_a_node_that_is_divided_is_compared_part_by_part() {
        let range = dynamo_core::ring::Range { start: Position(0), end: Position(0) };
        let key = |number: u32| Key::new(format!("k{number}")).expect("short");
        let tree = |count| {
            let mut tree = Tree::new(range);
            for number in 0..count {
                tree.set(&key(number), Some(Hash(1)));
            }
            tree
        };
        let (large, small) = (tree(30), tree(10));
        let mut found = Vec::new();
        differing(&Fork::of([&large, &small], Path::ROOT), &mut found);
        assert_eq!(found.len(), 20);
    }
}
