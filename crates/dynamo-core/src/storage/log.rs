//! The engine that only ever appends (paper 5: the engine is pluggable): every change is a record
//! at the end of a log, and the index of the newest record of every slot is rebuilt by reading.
//!
//! ```text
//! label  content  label      label = its length, (where, slot, length and checksum of the
//!                                    content), checksum of the label
//! ```
//!
//! A record says before and behind its content whose it is, so one bad sector leaves a name: the
//! slot is then known to be broken, and no older record of it is served in its place. A record
//! that a crash cut short has no readable end: it is dropped, whole.

use crate::shared::Shared;
use alloc::vec::Vec;
use core::ops::{Bound, Range};

use serde::{Deserialize, Serialize};

use super::tree::{Cell, Tree};
use super::{Broken, Slot};
use crate::collections::Set;
use crate::versions::Versions;
use crate::wire;

/// What a log found when it was read from its beginning.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recovery {
    /// Records that were read.
    pub records: u32,
    /// Bytes of a record that a crash left unfinished; they are dropped.
    pub torn_bytes: u32,
    /// Slots whose newest record is broken.
    pub broken: Vec<Slot>,
    /// Records that are so broken that nobody can say whose they were.
    pub nameless: u32,
}

/// A log and where in it every slot stands. A copy shares the bytes until one of the two changes.
#[derive(Clone, Debug, Default)]
pub struct Log {
    bytes: Shared<Vec<u8>>,
    index: Tree,
}

/// Stands before and behind the content of a record.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Label {
    /// Where the record begins.
    at: u32,
    slot: Slot,
    length: u32,
    checksum: wire::Hash,
}

/// What stands at a place of the log.
enum Found {
    Record {
        slot: Slot,
        content: Option<Versions>,
        end: usize,
    },
    Broken {
        slot: Slot,
        end: usize,
    },
    /// Nothing readable up to `end`, where a record begins.
    Nameless {
        end: usize,
    },
    /// Nothing readable follows.
    Unfinished,
}

const LENGTH_BYTES: usize = 2;
const CHECKSUM_BYTES: usize = 8;

impl Label {
    fn to_bytes(&self) -> Vec<u8> {
        let body = wire::bytes(self);
        let mut bytes = (body.len() as u16).to_le_bytes().to_vec();
        bytes.extend_from_slice(&body);
        bytes.extend_from_slice(&wire::checksum(&body).0.to_le_bytes());
        bytes
    }

    /// The label that stands at a place, and where it ends.
    fn read(bytes: &[u8], at: usize) -> Option<(Label, usize)> {
        let (length, rest) = bytes.get(at..)?.split_at_checked(LENGTH_BYTES)?;
        let length = usize::from(u16::from_le_bytes(length.try_into().ok()?));
        let (body, rest) = rest.split_at_checked(length)?;
        let checksum = rest.get(..CHECKSUM_BYTES)?;
        if checksum != wire::checksum(body).0.to_le_bytes() {
            return None;
        }
        Some((wire::read(body)?, at + LENGTH_BYTES + length + CHECKSUM_BYTES))
    }
}

impl Log {
    /// A log that was written before, and what was found when it was read.
    pub(super) fn open(bytes: Vec<u8>) -> (Self, Recovery) {
        let mut log = Log { bytes: Shared::new(bytes), index: Tree::default() };
        let found = log.recover();
        (log, found)
    }

    pub(super) fn get(&self, slot: &Slot) -> Result<Option<Versions>, Broken> {
        let Some(at) = self.place(slot) else { return Ok(None) };
        match self.find(at) {
            Found::Record { slot: of, content, .. } if of == *slot => Ok(content),
            _ => Err(Broken(slot.clone())),
        }
    }

    pub(super) fn set(&mut self, slot: Slot, content: Option<Versions>) {
        let at = self.bytes.len();
        let body = wire::bytes(&content);
        let (length, checksum) = (body.len() as u32, wire::checksum(&body));
        let label = Label { at: at as u32, slot: slot.clone(), length, checksum }.to_bytes();
        let bytes = Shared::make_mut(&mut self.bytes);
        for part in [&label, &body, &label] {
            bytes.extend_from_slice(part);
        }
        match content {
            Some(_) => self.index.put(slot, Cell::At(at)),
            None => self.index.remove(&slot),
        }
    }

    /// Where the newest record of a slot begins.
    fn place(&self, slot: &Slot) -> Option<usize> {
        match self.index.get(slot)? {
            Cell::At(at) => Some(*at),
            Cell::Holds(_) | Cell::Emptied => None,
        }
    }

    pub(super) fn from<'a>(
        &'a self,
        from: Bound<&Slot>,
    ) -> impl Iterator<Item = &'a Slot> + use<'a> {
        self.index.from(from)
    }

    pub(super) fn len(&self) -> usize {
        self.index.len()
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// A broken slot counts as empty from here on.
    pub(super) fn set_aside(&mut self, slot: &Slot) {
        self.index.remove(slot);
    }

    /// Appends the first bytes of what a longer copy of this log has appended.
    pub(super) fn append_prefix(&mut self, longer: &Log, keep: usize) {
        let from = self.bytes.len();
        let prefix = longer.bytes.get(from..from + keep).unwrap_or_default();
        Shared::make_mut(&mut self.bytes).extend_from_slice(prefix);
    }

    /// Turns one byte of the slot's newest record into another.
    pub(super) fn rot(&mut self, slot: &Slot, chance: u64) -> bool {
        let Some(at) = self.place(slot) else { return false };
        if self.get(slot).is_err() {
            return false;
        }
        let Some(content) = Label::read(&self.bytes, at).map(|(label, end)| content(&label, end))
        else {
            return false;
        };
        let sector = at + (chance % (content.end - at) as u64) as usize;
        Shared::make_mut(&mut self.bytes)[sector] ^= 1 << ((chance >> 32) % 8);
        true
    }

    /// The newest record of a slot never reached its place. It lies over the newest record of
    /// another slot, if one is named, as far as there is room for it.
    pub(super) fn misplace(&mut self, slot: &Slot, over: Option<&Slot>) {
        let Some(hole) = self.whole(slot) else { return };
        let bytes = Shared::make_mut(&mut self.bytes);
        let record = bytes[hole.clone()].to_vec();
        bytes[hole].fill(0);
        if let Some(there) = over.and_then(|slot| self.whole(slot)) {
            let length = record.len().min(there.len());
            let place = &mut Shared::make_mut(&mut self.bytes)[there.start..there.start + length];
            place.copy_from_slice(&record[..length]);
        }
    }

    /// Where the newest record of a slot stands, if it can be read.
    fn whole(&self, slot: &Slot) -> Option<Range<usize>> {
        let at = self.place(slot)?;
        match self.find(at) {
            Found::Record { slot: of, end, .. } if of == *slot => Some(at..end),
            _ => None,
        }
    }

    /// Reads the log from its beginning: rebuilds the index and drops an unfinished end.
    pub(super) fn recover(&mut self) -> Recovery {
        let mut index = Tree::default();
        let mut broken = Set::new();
        let mut found = Recovery::default();
        let mut at = 0;
        while at < self.bytes.len() {
            let here = at;
            at = match self.find(at) {
                Found::Record { slot, content, end } => {
                    found.records += 1;
                    broken.remove(&slot);
                    match content {
                        Some(_) => index.put(slot, Cell::At(here)),
                        None => index.remove(&slot),
                    }
                    end
                }
                // It stays in the index: whoever asks for it hears that it is broken.
                Found::Broken { slot, end } => {
                    index.put(slot.clone(), Cell::At(here));
                    broken.insert(slot);
                    end
                }
                Found::Nameless { end } => {
                    found.nameless += 1;
                    end
                }
                Found::Unfinished => {
                    found.torn_bytes = (self.bytes.len() - here) as u32;
                    Shared::make_mut(&mut self.bytes).truncate(here);
                    here
                }
            };
        }
        found.broken = broken.into();
        self.index = index;
        found
    }

    fn find(&self, at: usize) -> Found {
        let bytes = &self.bytes;
        let Some((label, end)) = Label::read(bytes, at).filter(|(label, _)| label.begins(at))
        else {
            return self.find_behind(at);
        };
        let content = content(&label, end);
        // The closing label is as long as this one.
        let end = content.end.saturating_add(end - at);
        if end > bytes.len() {
            return Found::Unfinished;
        }
        let slot = label.slot;
        let Some(body) = bytes.get(content).filter(|it| wire::checksum(it) == label.checksum)
        else {
            return Found::Broken { slot, end };
        };
        match wire::read(body) {
            Some(content) => Found::Record { slot, content, end },
            None => Found::Broken { slot, end },
        }
    }

    /// Looks for the next label behind an unreadable one: the closing label of the same record or
    /// the opening one of a later record.
    fn find_behind(&self, at: usize) -> Found {
        for place in at + 1..self.bytes.len() {
            match Label::read(&self.bytes, place) {
                Some((label, end)) if label.begins(at) => {
                    return Found::Broken { slot: label.slot, end };
                }
                Some((label, _)) if label.begins(place) => return Found::Nameless { end: place },
                _ => {}
            }
        }
        Found::Unfinished
    }
}

impl Label {
    fn begins(&self, at: usize) -> bool {
        self.at as usize == at
    }
}

/// Where the content stands behind a label that ends here.
fn content(label: &Label, end: usize) -> Range<usize> {
    end..end.saturating_add(label.length as usize)
}
