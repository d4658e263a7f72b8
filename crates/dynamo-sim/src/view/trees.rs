//! The Merkle trees of a node as its disk gives them (paper 4.7). What nodes say of their trees is
//! judged by the check *merkle*.

use alloc::vec::Vec;
use dynamo_core::collections::Map;

use dynamo_core::merkle::Tree;
use dynamo_core::{Hash, NodeId, Partition, Position, Store};

use super::View;

/// The tree of one range at one node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeView {
    /// The range.
    pub partition: Partition,
    /// Its root.
    pub root: Hash,
    /// Keys in it.
    pub keys: usize,
    /// The others that keep this range, each with whether its root is the same.
    pub peers: Vec<(NodeId, bool)>,
}

impl View {
    /// The trees of a node, of all ranges in which it holds something as one of the first N.
    pub fn trees(&self, node: NodeId) -> Vec<TreeView> {
        let n = self.founding.n();
        let mut others: Map<NodeId, Map<Partition, Tree>> = Map::new();
        let mut trees = Vec::new();
        for (partition, tree) in self.built_from(node) {
            let list = self.ring.preference_of(partition, n);
            if !list.primaries().contains(&node) {
                continue;
            }
            let mut peers = Vec::new();
            for peer in list.primaries().iter().filter(|peer| **peer != node) {
                let theirs = others.entry(*peer).or_insert_with(|| self.built_from(*peer));
                let root = theirs.get(&partition).map_or_else(Hash::default, Tree::root);
                peers.push((*peer, root == tree.root()));
            }
            trees.push(TreeView { partition, root: tree.root(), keys: tree.len(), peers });
        }
        trees
    }

    pub(super) fn built_from(&self, node: NodeId) -> Map<Partition, Tree> {
        let mut trees: Map<Partition, Tree> = Map::new();
        for (slot, versions) in self.nodes.get(&node).into_iter().flat_map(|it| it.disk.iter()) {
            if slot.store == Store::Main {
                let partition = self.ring.partition_of(Position::of(&slot.key));
                let empty = || Tree::new(self.ring.range(partition));
                let tree = trees.entry(partition).or_insert_with(empty);
                tree.set(&slot.key, Some(versions.fingerprint()));
            }
        }
        trees
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use dynamo_core::NodeId;

    use crate::time::{Moment, Time};
    use crate::timeline::Run;

    #[test]
    fn a_view_shows_which_roots_differ_until_an_exchange_has_mended_them() {
        let script = "dynamo 1\nsetup nodes=3 n=3 r=1 w=1 seed=7 mode=strict exchange-every=1s\n\
                      at 0s crash n3\nat 100ms c1.1 put basket \"milk\" via n1\nat 1s restart n3\n\
                      until 20s\n";
        let run = Run::new(script.parse().expect("a script"));
        let seen = |seconds: u64| {
            let view = run.view_at(Moment::at(Time(seconds * 1_000_000)));
            let trees = view.trees(NodeId(1));
            assert_eq!(trees.len(), 1);
            assert_eq!(trees[0].keys, 1);
            trees[0].peers.iter().map(|(node, equal)| (node.0, *equal)).collect::<Vec<_>>()
        };
        assert_eq!(seen(1), [(2, true), (3, false)]);
        assert_eq!(seen(20), [(2, true), (3, true)]);
    }
}
