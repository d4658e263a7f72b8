//! Strategy 3: every node owns its share of Q equal partitions, also after joins and leaves
//! (paper 6.2).
//!
//! Fair means: no node has more partitions for a unit of its weight than another would have with
//! one partition more. With equal weights that is floor(Q/S) or ceil(Q/S).

use alloc::vec;
use alloc::vec::Vec;

/// Partitions in a row whose owners are distinct where that can be: the usual N and one to stand
/// in. Lists of more nodes walk on; they never need it to be larger.
pub(super) const SPACING: usize = 4;
/// Up to this distance partitions of one node are kept apart where nothing else decides.
const FAR: usize = 64;

/// The owners of Q partitions at the birth of a ring, as indexes into the weights. In rounds: in
/// each, every unit of weight has its turn, the turns of a heavy node spread over the round.
/// Turns that are too many are left out, each in another round: that keeps neighbouring owners
/// distinct, also across position 0.
pub(super) fn deal(weights: &[u8], order: &[usize], q: usize) -> Vec<u16> {
    let turns = turns(weights, order);
    let rounds = q.div_ceil(turns.len());
    let fair = fair(weights, order, q);
    let mut short: Vec<usize> =
        (0..weights.len()).map(|it| usize::from(weights[it]) * rounds - fair[it]).collect();
    let mut left_out = vec![None; turns.len()];
    let mut count = 0;
    for (index, member) in turns.iter().enumerate().rev() {
        if short[*member] > 0 {
            short[*member] -= 1;
            left_out[index] = Some(count % rounds);
            count += 1;
        }
    }
    let mut owners: Vec<u16> = (0..rounds)
        .flat_map(|round| (0..turns.len()).map(move |index| (round, index)))
        .filter(|(round, index)| left_out[*index] != Some(*round))
        .map(|(_, index)| turns[index] as u16)
        .collect();
    mend(&mut owners, SPACING.min(weights.len()));
    owners
}

/// How many of q partitions each gets: one after the other goes to whoever would have the fewest
/// for a unit of weight.
fn fair(weights: &[u8], order: &[usize], q: usize) -> Vec<usize> {
    let mut counts = vec![0; weights.len()];
    for _ in 0..q {
        let mut least = order[0];
        for it in order {
            if load(counts[*it] + 1, weights[*it]) < load(counts[least] + 1, weights[least]) {
                least = *it;
            }
        }
        counts[least] += 1;
    }
    counts
}

/// One round: every member as often as it weighs, evenly spread. The heaviest choose first.
fn turns(weights: &[u8], order: &[usize]) -> Vec<usize> {
    let sum: usize = weights.iter().map(|weight| usize::from(*weight)).sum();
    let mut turns = vec![None; sum];
    let heaviest = weights.iter().copied().max().unwrap_or(0);
    for weight in (1..=heaviest).rev() {
        for member in order.iter().filter(|it| weights[**it] == weight) {
            let free = |turns: &[Option<usize>], from: usize| {
                (from..from + sum).map(|at| at % sum).find(|at| turns[*at].is_none())
            };
            let first = free(&turns, 0).unwrap_or(0);
            for turn in 0..usize::from(weight) {
                if let Some(at) = free(&turns, first + turn * sum / usize::from(weight)) {
                    turns[at] = Some(*member);
                }
            }
        }
    }
    turns.into_iter().flatten().collect()
}

/// Partitions for a unit of weight, in 65,536ths.
fn load(partitions: usize, weight: u8) -> u64 {
    ((partitions as u64) << 16) / u64::from(weight.max(1))
}

/// Owners after a change of the members: those who have too few take from those who have the
/// most, and orphaned partitions first. Of what it may take a node takes what lies farthest from
/// its own.
pub(super) fn rebalance(mut owners: Vec<Option<u16>>, weights: &[u8]) -> Vec<u16> {
    let mut counts = vec![0; weights.len()];
    owners.iter().flatten().for_each(|owner| counts[usize::from(*owner)] += 1);
    while let Some((partition, taker)) = next_move(&owners, &counts, weights) {
        if let Some(donor) = owners[partition].replace(taker) {
            counts[usize::from(donor)] -= 1;
        }
        counts[usize::from(taker)] += 1;
    }
    let mut owners: Vec<u16> = owners.into_iter().flatten().collect();
    mend(&mut owners, SPACING.min(weights.len()));
    owners
}

/// Which partition goes to whom next, if the shares are not fair yet.
fn next_move(owners: &[Option<u16>], counts: &[usize], weights: &[u8]) -> Option<(usize, u16)> {
    let with_one_more = |member: usize| load(counts[member] + 1, weights[member]);
    let least = (0..weights.len()).map(with_one_more).min()?;
    let orphans = owners.contains(&None);
    let sum: usize = weights.iter().map(|weight| usize::from(*weight)).sum();
    let mut best: Option<((usize, u64, usize), usize, u16)> = None;
    for taker in (0..weights.len()).filter(|taker| with_one_more(*taker) == least) {
        let ideal = (sum / usize::from(weights[taker].max(1))).clamp(SPACING, FAR);
        for (partition, owner) in owners.iter().enumerate() {
            let held = owner.map_or(u64::MAX, |owner| {
                load(counts[usize::from(owner)], weights[usize::from(owner)])
            });
            if held <= least || (orphans && owner.is_some()) {
                continue;
            }
            let room = room(owners, partition, taker as u16, ideal);
            let score = (room.min(SPACING), held, room);
            if best.is_none_or(|(other, ..)| score > other) {
                best = Some((score, partition, taker as u16));
            }
        }
    }
    best.map(|(_, partition, taker)| (partition, taker))
}

/// The distance from here to the nearest partition of this member, at most `far`.
fn room(owners: &[Option<u16>], partition: usize, member: u16, far: usize) -> usize {
    let q = owners.len();
    let far = far.min(q);
    let there = |at: usize| owners[at % q] == Some(member);
    let near = |step: &usize| there(partition + step) || there(partition + q - step);
    (1..far).find(near).unwrap_or(far)
}

/// Swaps owners as long as that keeps equal ones farther apart.
fn mend(owners: &mut [u16], spacing: usize) {
    let mut swapped = true;
    while core::mem::take(&mut swapped) {
        for partition in 0..owners.len() {
            let crowded = crowding(owners, partition, spacing);
            if crowded == 0 {
                continue;
            }
            let mut best = (0, partition);
            for other in 0..owners.len() {
                let before = crowded + crowding(owners, other, spacing);
                if owners[other] == owners[partition] || before <= best.0 {
                    continue;
                }
                owners.swap(partition, other);
                let after = crowding(owners, partition, spacing) + crowding(owners, other, spacing);
                owners.swap(partition, other);
                if before.saturating_sub(after) > best.0 {
                    best = (before - after, other);
                }
            }
            if best.0 > 0 {
                owners.swap(partition, best.1);
                swapped = true;
            }
        }
    }
}

/// How close the nearest partitions of the same owner are: 0 if none is within the spacing.
fn crowding(owners: &[u16], partition: usize, spacing: usize) -> usize {
    let q = owners.len();
    let same = |at: usize| owners[at % q] == owners[partition];
    (1..spacing.min(q))
        .map(|step| {
            let pairs =
                usize::from(same(partition + step)) + usize::from(same(partition + q - step));
            pairs * (spacing - step)
        })
        .sum()
}
