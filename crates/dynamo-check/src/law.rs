//! The one table that says how a breach of a check is judged under which versions, which engine
//! and after which fault (design: hard, counted or excused).
//!
//! Everything that is not in the table is hard: a breach is a violation.

use dynamo_sim::Setup;
use dynamo_sim::disk::DiskFault;

use crate::{durability, sessions};

/// How a breach is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// It had to hold.
    Violated,
    /// The protocol does not promise it here; it is counted.
    Counted,
    /// The last good copy was destroyed from outside.
    Excused,
}

/// One row: a check, what it applies to, how it is judged and why.
struct Row {
    check: &'static str,
    applies: fn(&Setup, Option<DiskFault>) -> bool,
    judgement: Judgement,
}

/// The first row that applies decides.
static TABLE: [Row; 3] = [
    // 6.1: a crash loses a write buffer, "trading durability for performance".
    Row {
        check: durability::NAME,
        applies: |_, fault| fault == Some(DiskFault::BufferLost),
        judgement: Judgement::Counted,
    },
    // 4.7, 5: no protocol brings a last copy back.
    Row {
        check: durability::NAME,
        applies: |_, fault| fault.is_some(),
        judgement: Judgement::Excused,
    },
    // R + W > N speaks of disks that keep what they have acknowledged.
    Row {
        check: sessions::NAME,
        applies: |_, fault| fault.is_some(),
        judgement: Judgement::Counted,
    },
];

/// How a breach of this check is judged. The fault is the one that took the copy concerned, if
/// one did.
pub fn judgement(check: &str, setup: &Setup, fault: Option<DiskFault>) -> Judgement {
    let row = TABLE.iter().find(|row| row.check == check && (row.applies)(setup, fault));
    row.map_or(Judgement::Violated, |row| row.judgement)
}
