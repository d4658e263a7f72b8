//! Short lists in order. They are put in order by inserting: the sorts and the trees of the
//! standard library are made for long lists, and a page that is loaded has to carry each of them
//! once for every type that is sorted.

/// The items by their keys; equal ones stay as they come.
pub fn by<T, K: Ord>(items: impl Iterator<Item = T>, key: impl Fn(&T) -> K) -> Vec<T> {
    let mut list = Vec::new();
    for item in items {
        let own = key(&item);
        // From behind: most lists come almost in order.
        let place = list.iter().rposition(|other| key(other) <= own).map_or(0, |last| last + 1);
        list.insert(place, item);
    }
    list
}

/// Adds an item to an ordered list, unless it is there.
pub fn add<T: Ord>(list: &mut Vec<T>, item: T) {
    if let Err(place) = list.binary_search(&item) {
        list.insert(place, item);
    }
}

/// The items in order, each once.
pub fn set<T: Ord>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut list = Vec::new();
    items.for_each(|item| add(&mut list, item));
    list
}

#[cfg(test)]
mod tests {
    use super::{by, set};

    #[test]
    fn equal_items_stay_as_they_come() {
        let items = [(2, 'a'), (1, 'b'), (2, 'c'), (0, 'd'), (1, 'e')];
        let ordered: String = by(items.into_iter(), |item| item.0).iter().map(|it| it.1).collect();
        assert_eq!(ordered, "dbeac");
    }

    #[test]
    fn a_set_has_everything_once_and_in_order() {
        assert_eq!(set([3, 1, 2, 3, 1].into_iter()), [1, 2, 3]);
    }
}
