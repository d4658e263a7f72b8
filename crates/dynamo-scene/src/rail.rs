//! A history of versions as lines beside a list: one row a version, the older above. Lines that
//! run down lead from a version to those that are newer; a conflict is a broken line on the right.

use alloc::vec;
use alloc::vec::Vec;

use crate::history::History;

/// The most broken lines beside each other; what has no line is still said in words.
pub const TRACKS: usize = 5;

/// The lines of one row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// The lane in which the version stands.
    pub lane: usize,
    /// Lanes with a line from the row's top to its middle.
    pub above: Vec<usize>,
    /// Lanes with a line from the row's middle to its bottom.
    pub below: Vec<usize>,
    /// Lanes that a line in the middle joins to the version.
    pub across: Vec<usize>,
    /// The same for conflicts, in tracks to the right of all lanes.
    pub conflict: Conflict,
}

/// The broken lines of one row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conflict {
    /// Tracks with a line from the row's top to its middle.
    pub above: Vec<usize>,
    /// Tracks with a line from the row's middle to its bottom.
    pub below: Vec<usize>,
    /// Tracks that a line in the middle joins to the version.
    pub across: Vec<usize>,
}

/// A history as lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rail {
    /// One row for each version.
    pub rows: Vec<Row>,
    /// How many lanes there are.
    pub lanes: usize,
    /// How many tracks there are.
    pub tracks: usize,
}

/// Draws a history.
pub fn rail(history: &History) -> Rail {
    let mut rows = vec![Row::default(); history.versions.len()];
    let lanes = lay_lanes(history, &mut rows);
    let tracks = lay_tracks(history, &mut rows);
    Rail { rows, lanes, tracks }
}

/// From the last row up: every lane in use waits for a version further up.
fn lay_lanes(history: &History, rows: &mut [Row]) -> usize {
    let mut waits: Vec<Option<usize>> = Vec::new();
    for (at, version) in history.versions.iter().enumerate().rev() {
        let row = &mut rows[at];
        row.below = used(&waits);
        let mine: Vec<usize> = (0..waits.len()).filter(|it| waits[*it] == Some(at)).collect();
        for lane in &mine {
            waits[*lane] = None;
        }
        row.lane = mine.first().copied().unwrap_or_else(|| free(&mut waits));
        row.across = mine.iter().copied().filter(|lane| *lane != row.lane).collect();
        // Its own lane stays its own until all lines have theirs.
        let mut own = Some(row.lane);
        waits[row.lane] = Some(at);
        for older in &version.newer_than {
            let same = waits.iter().position(|it| *it == Some(*older));
            let lane = own.take().or(same).unwrap_or_else(|| free(&mut waits));
            waits[lane] = Some(*older);
            if lane != row.lane && !row.across.contains(&lane) {
                row.across.push(lane);
            }
        }
        if own.is_some() {
            waits[row.lane] = None;
        }
        row.above = used(&waits);
    }
    waits.len()
}

fn used(waits: &[Option<usize>]) -> Vec<usize> {
    (0..waits.len()).filter(|lane| waits[*lane].is_some()).collect()
}

fn free(waits: &mut Vec<Option<usize>>) -> usize {
    waits.iter().position(Option::is_none).unwrap_or_else(|| {
        waits.push(None);
        waits.len() - 1
    })
}

/// Every version leads all its conflicts with those above through one track.
fn lay_tracks(history: &History, rows: &mut [Row]) -> usize {
    // The row from which on a track is free.
    let mut taken: Vec<usize> = Vec::new();
    for (at, version) in history.versions.iter().enumerate() {
        let others: Vec<usize> =
            version.in_conflict.iter().copied().filter(|other| *other < at).collect();
        let Some(first) = others.first().copied() else { continue };
        let free = taken.iter().position(|until| *until <= first);
        let track = free.unwrap_or(taken.len());
        if track == TRACKS {
            continue;
        }
        if track == taken.len() {
            taken.push(0);
        }
        taken[track] = at;
        for (row, lines) in rows.iter_mut().enumerate().take(at + 1).skip(first) {
            let lines = &mut lines.conflict;
            if row > first {
                lines.above.push(track);
            }
            if row < at {
                lines.below.push(track);
            }
            if row == at || others.contains(&row) {
                lines.across.push(track);
            }
        }
    }
    taken.len()
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use dynamo_core::{ClientId, RequestId};

    use super::*;
    use crate::history::Version;

    /// A history from what each version replaced and what it is in conflict with.
    fn history(versions: &[(&[usize], &[usize])]) -> History {
        let version =
            |(number, (newer_than, in_conflict)): (usize, &(&[usize], &[usize]))| Version {
                put: RequestId { client: ClientId(1), operation: number as u32 + 1 },
                number,
                is_tombstone: false,
                births: Vec::new(),
                newer_than: newer_than.to_vec(),
                in_conflict: in_conflict.to_vec(),
                holders: Vec::new(),
            };
        History { versions: versions.iter().enumerate().map(version).collect(), older: 0 }
    }

    /// The lanes from top to bottom, as a person would draw them with letters.
    fn drawn(rail: &Rail) -> Vec<String> {
        let row = |row: &Row| {
            let lane = |lane: usize| match lane {
                _ if lane == row.lane => 'o',
                _ if row.across.contains(&lane) => '+',
                _ if row.above.contains(&lane) && row.below.contains(&lane) => '|',
                _ => '.',
            };
            (0..rail.lanes).map(lane).collect()
        };
        rail.rows.iter().map(row).collect()
    }

    /// A line that leaves a row at the bottom enters the next one at the top.
    fn is_whole(rail: &Rail) -> bool {
        let first = rail.rows.first().is_none_or(|row| row.above.is_empty());
        let last = rail.rows.last().is_none_or(|row| row.below.is_empty());
        let meet = |two: &[Row]| {
            two[0].below == two[1].above && two[0].conflict.below == two[1].conflict.above
        };
        first && last && rail.rows.windows(2).all(meet)
    }

    #[test]
    fn a_chain_is_one_lane() {
        let rail = rail(&history(&[(&[], &[]), (&[0], &[]), (&[1], &[])]));
        assert_eq!(drawn(&rail), ["o", "o", "o"]);
        assert!(is_whole(&rail));
    }

    #[test]
    fn branches_run_beside_each_other_until_they_are_merged() {
        let diamond = rail(&history(&[(&[], &[]), (&[0], &[2]), (&[0], &[1]), (&[1, 2], &[])]));
        assert_eq!(drawn(&diamond), ["o+", "o|", "|o", "o+"]);
        assert_eq!(diamond.tracks, 1);
        assert!(is_whole(&diamond));
        assert_eq!(diamond.rows[1].conflict.across, [0]);
    }

    #[test]
    fn what_nobody_replaced_and_replaces_nothing_stands_alone() {
        let rail = rail(&history(&[(&[], &[1]), (&[], &[0]), (&[0], &[])]));
        assert!(is_whole(&rail));
        assert_ne!(rail.rows[0].lane, rail.rows[1].lane);
    }

    #[test]
    fn many_in_conflict_take_no_more_than_their_tracks() {
        let all: Vec<Vec<usize>> =
            (0..12).map(|at| (0..12).filter(|other| *other != at).collect()).collect();
        let each: Vec<(&[usize], &[usize])> =
            all.iter().map(|others| (&[][..], others.as_slice())).collect();
        let rail = rail(&history(&each));
        assert_eq!(rail.tracks, TRACKS);
        assert!(is_whole(&rail));
    }
}
