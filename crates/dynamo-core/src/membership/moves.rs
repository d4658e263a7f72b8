//! Which ranges a change moves, and from whom to whom (paper 4.9).

use alloc::vec::Vec;

use crate::collections::{Map, Set};
use crate::id::NodeId;
use crate::ring::{Position, Ring};

/// How many ranges go from whom to whom. Where both rings end a range, a piece ends: all keys of
/// a piece have the same old and the same new owners.
pub(super) fn moves(
    old: &Ring,
    next: &Ring,
    gone: &Set<NodeId>,
    n: u8,
) -> Map<(NodeId, NodeId), u32> {
    let ends = |ring: &Ring| ring.partitions().map(|(it, _)| ring.token(it)).collect::<Vec<_>>();
    let mut pieces: Set<Position> = ends(old).into();
    pieces.extend(ends(next));
    let mut moves: Map<(NodeId, NodeId), u32> = Map::new();
    for at in &pieces {
        for pair in moves_at(old, next, gone, n, *at) {
            *moves.entry(pair).or_default() += 1;
        }
    }
    moves
}

/// Whose replica goes to whom, at one place of the ring. The first new owner gets what the first
/// leaving owner has, and so on: it takes its place, so that R + W > N stays true across the
/// change. Where the leaving owner is gone, all others give.
pub(super) fn moves_at(
    old: &Ring,
    next: &Ring,
    gone: &Set<NodeId>,
    n: u8,
    at: Position,
) -> Vec<(NodeId, NodeId)> {
    let list = |ring: &Ring| ring.preference_of(ring.partition_of(at), n).primaries().to_vec();
    let (before, after) = (list(old), list(next));
    let mut leaving = before.iter().filter(|node| !after.contains(node));
    let mut pairs = Vec::new();
    for taker in after.iter().filter(|node| !before.contains(node)) {
        let source = leaving.next();
        if gone.contains(taker) {
            continue;
        }
        match source.filter(|source| !gone.contains(source)) {
            Some(source) => pairs.push((*source, *taker)),
            None => {
                let others = before.iter().filter(|node| !gone.contains(node));
                pairs.extend(others.map(|source| (*source, *taker)));
            }
        }
    }
    pairs
}
