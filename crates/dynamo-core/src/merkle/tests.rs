//! INV-M1 to INV-M5, with a map as the naive model.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::ToString;
use alloc::vec;

use super::*;
use proptest::prelude::*;

fn whole() -> Range {
    Range { start: Position(0), end: Position(0) }
}

/// A sixty-fourth of the ring, across its top.
fn narrow() -> Range {
    let half = 1u128 << 121;
    Range { start: Position(0u128.wrapping_sub(half)), end: Position(half) }
}

fn key(number: u32) -> Key {
    Key::new(format!("k{number}")).unwrap()
}

fn tree(range: Range, keys: &BTreeMap<u32, u64>) -> Tree {
    let mut tree = Tree::new(range);
    for (number, hash) in keys {
        tree.set(&key(*number), Some(Hash(*hash)));
    }
    tree
}

/// Compares as two nodes do: one asks for what stands below, the other answers. Says which keys
/// differ, how many hashes were sent, and how many questions it took.
fn descend(mine: &Tree, theirs: &Tree) -> (BTreeSet<Key>, usize, usize) {
    let (mut found, mut sent, mut rounds) = (BTreeSet::new(), 1, 0);
    if mine.root() == theirs.root() {
        return (found, sent, rounds);
    }
    let mut open = vec![Path::ROOT];
    while !open.is_empty() {
        rounds += 1;
        let mut next = Vec::new();
        for path in open {
            let below = theirs.below(path);
            sent += below.len();
            let difference = mine.difference(path, &below);
            next.extend(difference.paths);
            for key in difference.keys {
                assert!(found.insert(key), "a key is found twice");
            }
        }
        open = next;
    }
    (found, sent, rounds)
}

fn symmetric_difference(a: &BTreeMap<u32, u64>, b: &BTreeMap<u32, u64>) -> BTreeSet<Key> {
    let all: BTreeSet<u32> = a.keys().chain(b.keys()).copied().collect();
    all.into_iter().filter(|it| a.get(it) != b.get(it)).map(key).collect()
}

fn contents(most: u32) -> impl Strategy<Value = BTreeMap<u32, u64>> {
    proptest::collection::btree_map(0..most, 1u64..4, 0..200)
}

proptest! {
    /// INV-M1, INV-M4: the tree that grew and shrank is the one that is built at once.
    #[test]
    fn p28_any_order_of_changes_gives_the_tree_of_what_is_left(
        changes in proptest::collection::vec((0u32..80, proptest::option::of(1u64..5)), 0..400),
    ) {
        let (mut grown, mut model) = (Tree::new(whole()), BTreeMap::new());
        for (number, hash) in changes {
            let before = match hash {
                Some(hash) => model.insert(number, hash),
                None => model.remove(&number),
            };
            prop_assert_eq!(grown.set(&key(number), hash.map(Hash)), before.map(Hash));
            prop_assert_eq!(grown.root(), tree(whole(), &model).root());
            prop_assert_eq!(grown.len(), model.len());
            prop_assert_eq!(grown.get(&key(number)), hash.map(Hash));
        }
    }

    /// INV-M2, INV-M5: exactly the differing keys, and no more hashes than d x depth x fan-out.
    #[test]
    fn the_difference_is_exactly_the_symmetric_difference(
        a in contents(150),
        b in contents(150),
    ) {
        let (mine, theirs) = (tree(whole(), &a), tree(whole(), &b));
        prop_assert_eq!(mine.root() == theirs.root(), a == b);
        let expected = symmetric_difference(&a, &b);
        let (found, sent, rounds) = descend(&mine, &theirs);
        prop_assert!(sent <= 1 + expected.len() * rounds * FAN_OUT, "{sent} hashes");
        prop_assert_eq!(&found, &expected);
        prop_assert_eq!(descend(&theirs, &mine).0, expected);
    }

    /// INV-M3: what is taken in is found no more.
    #[test]
    fn p27_after_the_differences_are_mended_there_are_none(
        a in contents(100),
        b in contents(100),
    ) {
        let (mut mine, mut theirs) = (tree(whole(), &a), tree(whole(), &b));
        for key in descend(&mine, &theirs).0 {
            let merged = mine.get(&key).max(theirs.get(&key));
            mine.set(&key, merged);
            theirs.set(&key, merged);
        }
        prop_assert_eq!(descend(&mine, &theirs), (BTreeSet::new(), 1, 0));
    }

    #[test]
    fn what_nobody_would_send_changes_nothing(
        digits in any::<u32>(),
        depth in any::<u8>(),
        hashes in proptest::collection::vec(any::<u64>(), 0..40),
    ) {
        let full = tree(whole(), &(0..100).map(|number| (number, 1)).collect());
        let path = Path { depth, digits };
        full.below(path);
        full.difference(path, &Below::Branches(hashes.into_iter().map(Hash).collect()));
    }
}

#[test]
fn one_key_of_ten_thousand_costs_a_few_levels_of_hashes() {
    let mut all: BTreeMap<u32, u64> = (0..10_000).map(|number| (number, 1)).collect();
    let mine = tree(whole(), &all);
    all.insert(77, 2);
    let (found, sent, rounds) = descend(&mine, &tree(whole(), &all));
    assert_eq!(found, BTreeSet::from([key(77)]));
    assert!(rounds <= 5 && sent <= rounds * FAN_OUT + 1, "{sent} hashes in {rounds} rounds");
}

#[test]
fn p29_keys_outside_the_range_are_no_difference() {
    let range = narrow();
    let inside = |number: &u32| range.contains(Position::of(&key(*number)));
    let (here, beyond): (Vec<u32>, Vec<u32>) = (0..2_000).partition(inside);
    assert!(here.len() > 16, "{} keys", here.len());
    let mine = tree(range, &here.iter().map(|number| (*number, 1)).collect());
    let theirs = here.iter().chain(&beyond).map(|number| (key(*number), Hash(1))).collect();
    assert_eq!(mine.difference(Path::ROOT, &Below::Keys(theirs)), Difference::default());
}

#[test]
fn keys_of_a_narrow_range_spread_over_its_tree() {
    let range = narrow();
    let inside = |number: &u32| range.contains(Position::of(&key(*number)));
    let tree = tree(range, &(0..5_000).filter(inside).map(|number| (number, 1)).collect());
    let Below::Branches(hashes) = tree.below(Path::ROOT) else { panic!("a leaf") };
    assert!(hashes.iter().filter(|hash| **hash != Hash(0)).count() >= 8);
}

#[test]
fn a_copy_of_a_tree_is_not_changed_by_the_original() {
    let mut tree = tree(whole(), &(0..100).map(|number| (number, 1)).collect());
    let copy = tree.clone();
    tree.set(&key(5), Some(Hash(9)));
    assert_eq!((copy.get(&key(5)), tree.get(&key(5))), (Some(Hash(1)), Some(Hash(9))));
    assert_ne!(copy.root(), tree.root());
}

#[test]
fn nobody_looks_below_the_deepest_node() {
    let tree = tree(whole(), &(0..100).map(|number| (number, 1)).collect());
    let deepest = Path { depth: MAX_DEPTH, digits: tree.way(Position::of(&key(5))) };
    let branches = Below::Branches(vec![Hash(7); FAN_OUT]);
    assert_eq!(tree.difference(deepest, &branches), Difference::default());
    let parent = Path { depth: MAX_DEPTH - 1, ..deepest };
    assert_eq!(tree.difference(parent, &branches).paths.len(), FAN_OUT);
}

#[test]
fn a_leaf_answers_for_every_way_that_would_lead_below_it() {
    let tree = tree(whole(), &(0..16).map(|number| (number, 1)).collect());
    let keys = |path| match tree.below(path) {
        Below::Keys(keys) => keys,
        Below::Branches(_) => panic!("a leaf"),
    };
    let parts: Vec<_> = (0..FAN_OUT).flat_map(|digit| keys(Path::ROOT.child(digit))).collect();
    assert_eq!((parts.len(), &parts), (16, &keys(Path::ROOT)));
    for (key, hash) in parts {
        let way = Path { depth: MAX_DEPTH, digits: tree.way(Position::of(&key)) };
        assert_eq!(keys(way), [(key, hash)]);
    }
}

#[test]
fn what_is_empty_says_so() {
    let mut tree = Tree::new(whole());
    assert!(tree.is_empty() && tree.below(Path::ROOT).is_empty());
    tree.set(&key(1), Some(Hash(1)));
    tree.set(&key(2), Some(Hash(2)));
    assert!(!tree.is_empty() && !tree.below(Path::ROOT).is_empty());
    assert_eq!((tree.len(), tree.below(Path::ROOT).len()), (2, 2));
}

#[test]
fn keys_that_lie_close_together_go_down_together_and_the_deepest_leaf_holds_any_number() {
    let grown = |way: &dyn Fn(u32) -> u32, numbers: &mut dyn Iterator<Item = u32>| {
        let mut node = Node::default();
        for it in numbers {
            node.set(0, way(it), &key(it), Some(Hash(1)));
        }
        node
    };
    let close = |number: u32| 0x1000_0000 | number << 20;
    let same = |_: u32| 0x1234_5678;
    for way in [&close as &dyn Fn(u32) -> u32, &same] {
        let (up, down) = (grown(way, &mut (0..40)), grown(way, &mut (0..40).rev()));
        assert_eq!((up.keys, up.hash), (40, down.hash));
        let mut found = 0;
        up.each(&mut |_| found += 1);
        assert_eq!(found, 40);
    }
}

#[test]
fn a_path_is_written_with_its_digits() {
    assert_eq!(Path::ROOT.to_string(), "");
    assert_eq!(Path::ROOT.child(3).child(10).to_string(), "3a");
}

#[test]
fn a_path_is_as_deep_as_its_steps() {
    let paths = [Path::ROOT, Path::ROOT.child(3), Path::ROOT.child(3).child(10)];
    assert_eq!(paths.map(Path::depth), [0, 1, 2]);
    assert_eq!(paths.map(|path| format!("{path}")), ["", "3", "3a"]);
}
