//! Slots in order, for all engines: a search tree costs kilobytes of code for every type that it
//! holds, so there is one.

use crate::shared::Shared;
use alloc::collections::BTreeMap;
use core::ops::Bound;

use super::Slot;
use crate::versions::Versions;

/// What an engine notes of a slot.
#[derive(Clone, Debug)]
pub(super) enum Cell {
    /// It holds this.
    Holds(Versions),
    /// It is emptied, whatever is stored beneath.
    Emptied,
    /// Its newest record begins here.
    At(usize),
}

impl Cell {
    pub(super) fn of(content: Option<Versions>) -> Cell {
        content.map_or(Cell::Emptied, Cell::Holds)
    }

    pub(super) fn content(&self) -> Option<&Versions> {
        match self {
            Cell::Holds(versions) => Some(versions),
            Cell::Emptied | Cell::At(_) => None,
        }
    }
}

/// Slots in order. A copy shares them until one of the two changes.
#[derive(Clone, Debug, Default)]
pub(super) struct Tree(Shared<BTreeMap<Slot, Cell>>);

impl Tree {
    pub(super) fn get(&self, slot: &Slot) -> Option<&Cell> {
        self.0.get(slot)
    }

    pub(super) fn put(&mut self, slot: Slot, cell: Cell) {
        Shared::make_mut(&mut self.0).insert(slot, cell);
    }

    pub(super) fn remove(&mut self, slot: &Slot) {
        Shared::make_mut(&mut self.0).remove(slot);
    }

    pub(super) fn from<'a>(
        &'a self,
        from: Bound<&Slot>,
    ) -> impl Iterator<Item = &'a Slot> + use<'a> {
        self.0.range((from, Bound::Unbounded)).map(|(slot, _)| slot)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Slot, &Cell)> {
        self.0.iter()
    }
}
