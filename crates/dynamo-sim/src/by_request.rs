//! Something about every operation of a run. What did not change is shared with earlier copies:
//! there may be thousands of operations, and a view is copied for every frame.

use core::ops::Index;

use dynamo_core::collections::Map;
use dynamo_core::{ClientId, RequestId, Shared};

/// Values by operation, in the order of clients and of their operations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByRequest<T>(Map<ClientId, Shared<Map<u32, T>>>);

impl<T> Default for ByRequest<T> {
    fn default() -> Self {
        ByRequest(Map::new())
    }
}

impl<T: Clone> ByRequest<T> {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.values().map(|own| own.len()).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.values().all(|own| own.is_empty())
    }

    /// The one of an operation.
    pub fn get(&self, id: &RequestId) -> Option<&T> {
        self.0.get(&id.client)?.get(&id.operation)
    }

    /// The same, to change it.
    pub fn get_mut(&mut self, id: &RequestId) -> Option<&mut T> {
        Shared::make_mut(self.0.get_mut(&id.client)?).get_mut(&id.operation)
    }

    /// Sets the one of an operation.
    pub fn insert(&mut self, id: RequestId, value: T) {
        Shared::make_mut(self.0.entry(id.client).or_default()).insert(id.operation, value);
    }

    /// Leaves only those that this says yes to.
    pub fn retain(&mut self, mut keeps: impl FnMut(&T) -> bool) {
        for (_, own) in self.0.iter_mut() {
            Shared::make_mut(own).retain(|_, value| keeps(value));
        }
    }

    /// The last operation of a client.
    pub fn last_of(&self, client: ClientId) -> Option<(RequestId, &T)> {
        let (operation, value) = self.0.get(&client)?.last()?;
        Some((RequestId { client, operation: *operation }, value))
    }

    /// All, in order.
    pub fn iter(&self) -> impl Iterator<Item = (RequestId, &T)> {
        self.0.iter().flat_map(|(client, own)| {
            let id = |operation: u32| RequestId { client: *client, operation };
            own.iter().map(move |(operation, value)| (id(*operation), value))
        })
    }

    /// All operations, in order.
    pub fn keys(&self) -> impl Iterator<Item = RequestId> {
        self.iter().map(|(id, _)| id)
    }

    /// All values, in the order of their operations.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.0.values().flat_map(|own| own.values())
    }
}

impl<T: Clone> Index<&RequestId> for ByRequest<T> {
    type Output = T;

    fn index(&self, id: &RequestId) -> &T {
        &self.0[&id.client][&id.operation]
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn a_copy_shares_what_did_not_change() {
        let id = |client, operation| RequestId { client: ClientId(client), operation };
        let mut all = ByRequest::default();
        for (client, operation) in [(2, 1), (1, 1), (1, 2), (1, 10)] {
            all.insert(id(client, operation), operation);
        }
        let before = all.clone();
        if let Some(value) = all.get_mut(&id(1, 2)) {
            *value = 20;
        }
        let in_order = |of: &ByRequest<u32>| of.iter().map(|(_, it)| *it).collect::<Vec<_>>();
        assert_eq!((in_order(&before), in_order(&all)), (vec![1, 2, 10, 1], vec![1, 20, 10, 1]));
        let is_shared =
            |client| Shared::ptr_eq(&before.0[&ClientId(client)], &all.0[&ClientId(client)]);
        assert!(is_shared(2) && !is_shared(1));
        assert_eq!(all.last_of(ClientId(1)), Some((id(1, 10), &10)));
        assert_eq!((all.last_of(ClientId(3)), all.get(&id(2, 2)), all.len()), (None, None, 4));
        all.retain(|it| *it == 10);
        assert_eq!((all.keys().collect::<Vec<_>>(), all.is_empty()), (vec![id(1, 10)], false));
    }
}
