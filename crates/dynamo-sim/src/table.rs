//! What nodes and clients have, found by their numbers.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::marker::PhantomData;

use dynamo_core::{ClientId, NodeId};

/// A name that is a small number.
pub trait Numbered: Copy {
    /// The number.
    fn number(self) -> u16;
    /// Whose number this is.
    fn of_number(number: u16) -> Self;
}

impl Numbered for NodeId {
    fn number(self) -> u16 {
        self.0
    }

    fn of_number(number: u16) -> Self {
        NodeId(number)
    }
}

impl Numbered for ClientId {
    fn number(self) -> u16 {
        self.0
    }

    fn of_number(number: u16) -> Self {
        ClientId(number)
    }
}

/// A map in which every name has a place of its own: looking up costs one step.
#[derive(Clone, Debug)]
pub struct Table<K, T> {
    places: Vec<Option<Box<T>>>,
    names: PhantomData<K>,
}

impl<K, T> Default for Table<K, T> {
    fn default() -> Self {
        Table { places: Vec::new(), names: PhantomData }
    }
}

impl<K: Numbered, T> Table<K, T> {
    /// Puts something in, in place of what was there.
    pub fn insert(&mut self, name: K, item: T) {
        *self.place(name) = Some(Box::new(item));
    }

    /// What is there.
    pub fn get(&self, name: K) -> Option<&T> {
        self.places.get(usize::from(name.number()))?.as_deref()
    }

    /// What is there.
    pub fn get_mut(&mut self, name: K) -> Option<&mut T> {
        self.places.get_mut(usize::from(name.number()))?.as_deref_mut()
    }

    /// What is there, after something was put in if nothing was.
    pub fn get_or_default(&mut self, name: K) -> &mut T
    where
        T: Default,
    {
        self.place(name).get_or_insert_default()
    }

    /// Whether something is there.
    pub fn has(&self, name: K) -> bool {
        self.get(name).is_some()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.values().count()
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All, in the order of their names.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.places.iter().flatten().map(Box::as_ref)
    }

    /// All names, in order.
    pub fn names(&self) -> impl Iterator<Item = K> {
        let places = (0..).zip(&self.places).filter(|(_, item)| item.is_some());
        places.map(|(number, _)| K::of_number(number))
    }

    fn place(&mut self, name: K) -> &mut Option<Box<T>> {
        let place = usize::from(name.number());
        if place >= self.places.len() {
            self.places.resize_with(place + 1, || None);
        }
        &mut self.places[place]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_in_is_found_in_order_and_nothing_else() {
        let mut table = Table::default();
        table.insert(NodeId(7), 'b');
        table.insert(NodeId(2), 'a');
        *table.get_or_default(NodeId(9)) = 'c';
        assert_eq!(table.names().collect::<Vec<_>>(), [NodeId(2), NodeId(7), NodeId(9)]);
        assert_eq!(table.values().copied().collect::<Vec<_>>(), ['a', 'b', 'c']);
        assert_eq!((table.get(NodeId(7)), table.get(NodeId(3))), (Some(&'b'), None));
        assert_eq!((table.has(NodeId(u16::MAX)), table.len()), (false, 3));
    }
}
