//! How well the three strategies share the load, as in section 6.2 and Figure 8 of the paper: with
//! metadata of one size, strategy 3 does best and strategy 2 worst.
//!
//! Pure computation: keys are even over the ring, a node's load is the part of the ring that it
//! is one of the first N for. Efficiency is the mean load over the greatest. Metadata is counted
//! in entries that say where something lies: a token, or a partition with its owner. Strategy 1
//! keeps its S*T tokens, strategy 3 its Q partitions, strategy 2 both, and its Q is far larger
//! than S*T (6.2).

use dynamo_core::{Member, NodeId, Ring, Strategy};

/// How many times as many partitions as tokens strategy 2 has.
const PARTITIONS_PER_TOKEN: u16 = 8;

/// Mean load over greatest load, in thousandths.
fn efficiency(ring: &Ring, n: u8) -> u128 {
    let load = |member: &Member| -> u128 {
        let held = ring.held_by(member.node, n).into_iter();
        // 2^128 does not fit: count in units of 2^64 positions.
        held.map(|partition| {
            let range = ring.range(partition);
            range.end.0.wrapping_sub(range.start.0) >> 64
        })
        .sum()
    };
    let loads: Vec<u128> = ring.members().iter().map(load).collect();
    let greatest = loads.iter().max().unwrap();
    loads.iter().sum::<u128>() * 1_000 / loads.len() as u128 / greatest
}

/// The strategies 1, 2 and 3 for this many nodes with about as many entries each.
fn with_entries(nodes: u16, entries: u16) -> [Strategy; 3] {
    // Of Q + S*T = Q + Q/8 entries Q is the power of two that fits.
    let partitions = 1 << (entries * PARTITIONS_PER_TOKEN / (PARTITIONS_PER_TOKEN + 1)).ilog2();
    let tokens = (partitions / PARTITIONS_PER_TOKEN / nodes).max(1);
    [
        Strategy::RandomRanges { tokens: (entries / nodes).max(1) },
        Strategy::RandomOwners { tokens, partitions },
        Strategy::EqualShares { partitions: entries },
    ]
}

#[test]
fn with_metadata_of_one_size_strategy_3_shares_the_load_best_and_strategy_2_worst() {
    let mut sums = [0; 3];
    let mut configurations = 0;
    for nodes in [8, 15, 30, 60] {
        for entries in [256, 512, 1024] {
            for first_name in [1, 101, 201] {
                let members: Vec<Member> =
                    (first_name..first_name + nodes).map(|node| NodeId(node).into()).collect();
                let reached = with_entries(nodes, entries)
                    .map(|strategy| efficiency(&Ring::new(&members, strategy).unwrap(), 3));
                assert!(reached[2] >= reached[0] && reached[2] >= reached[1], "{reached:?}");
                assert!(reached[2] > 800, "{reached:?}");
                configurations += 1;
                for (sum, one) in sums.iter_mut().zip(reached) {
                    *sum += one;
                }
            }
        }
    }
    let [first, second, third] = sums.map(|sum| sum / configurations);
    assert!(third > first + 100 && first > second + 50, "{first} {second} {third}");
}
