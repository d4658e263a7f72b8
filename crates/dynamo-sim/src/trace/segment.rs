//! Records that lie behind: packed, and unpacked again where somebody looks.

use alloc::vec::Vec;
use core::cell::OnceCell;

use dynamo_core::Shared;
use dynamo_core::wire;
use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec;

use super::Record;
use crate::time::Moment;

/// Records of a full segment: few enough that one is unpacked while nobody notices.
pub(super) const SEGMENT: usize = 1 << 10;

/// The fastest: records are much alike, so little is left of them all the same.
const LEVEL: u8 = 1;

/// A part of a trace that is full. What it holds is shared between a run and those that an act in
/// the past makes of it.
#[derive(Debug)]
pub(super) struct Segment {
    /// The records, as long as they are kept beside their packed form.
    records: OnceCell<Shared<[Record]>>,
    /// None where the records share so much that packing would make more of them.
    packed: Option<Shared<[u8]>>,
    /// Where its last record stands.
    pub last: Moment,
    /// The highest line of the script that it carries out or refuses.
    pub last_line: Option<u32>,
    /// What this segment and those before it weigh once they are closed.
    pub closed_weight: usize,
    /// What its records weigh beside that, while they are kept.
    pub kept_weight: usize,
}

impl Clone for Segment {
    fn clone(&self) -> Self {
        let mut copy =
            Segment { records: self.records.clone(), packed: self.packed.clone(), ..*self };
        copy.close();
        copy
    }
}

impl Segment {
    /// Packs records of this weight; those before them weigh so much. They are kept until it is
    /// closed.
    pub fn new(records: Vec<Record>, weight: usize, before: usize) -> Segment {
        let packed = pack(&records, weight);
        let closed_weight = packed.as_ref().map_or(weight, |packed| packed.len());
        Segment {
            last: records.last().map(|record| record.moment).unwrap_or_default(),
            last_line: records.iter().filter_map(Record::line).max(),
            closed_weight: before + closed_weight + FIXED_WEIGHT,
            kept_weight: packed.as_ref().map_or(0, |_| weight),
            records: OnceCell::from(Shared::from(records)),
            packed,
        }
    }

    /// Its records, which are kept from then on.
    pub fn records(&self) -> &[Record] {
        self.records.get_or_init(|| self.unpack().into())
    }

    /// Shows its records, and keeps nothing that was not kept before.
    pub fn show(&self, show: &mut dyn FnMut(&[Record])) {
        match self.records.get() {
            Some(records) => show(records),
            None => show(&self.unpack()),
        }
    }

    fn unpack(&self) -> Vec<Record> {
        // These are our own bytes: reading them cannot fail.
        let bytes = self.packed.as_ref().and_then(|packed| decompress_to_vec(packed).ok());
        bytes.and_then(|bytes| wire::read(&bytes)).unwrap_or_default()
    }

    /// Whether its records are kept beside their packed form.
    pub fn is_open(&self) -> bool {
        self.packed.is_some() && self.records.get().is_some()
    }

    /// Keeps the packed form alone, if there is one.
    pub fn close(&mut self) {
        if self.packed.is_some() {
            self.records.take();
        }
    }
}

/// What a segment takes besides its records.
const FIXED_WEIGHT: usize = 96;

/// Packs records unless their bytes would be more than they weigh as they are: one value that is
/// in many of them is kept once as they are, and written many times.
fn pack(records: &[Record], weight: usize) -> Option<Shared<[u8]>> {
    let bytes = wire::bytes_within(records, weight)?;
    Some(compress_to_vec(&bytes, LEVEL).into())
}
