//! Merging values by hand: values are read as sets, their items parted by commas.

use crate::order;

/// The items of a value, in order.
pub fn items(value: &str) -> Vec<&str> {
    order::set(value.split(',').map(str::trim).filter(|item| !item.is_empty()))
}

/// All items of all values, in the order in which they are met.
pub fn union(values: &[String]) -> String {
    let mut met = Vec::new();
    for item in values.iter().flat_map(|value| value.split(',')) {
        let item = item.trim();
        if !item.is_empty() && !met.contains(&item) {
            met.push(item);
        }
    }
    met.join(", ")
}

/// What a merge does to what was written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Price {
    /// Items of some sibling that the merge drops.
    pub loses: Vec<String>,
    /// Items that some sibling had removed and the merge brings back.
    pub revives: Vec<String>,
}

/// A value in conflict, and the values that its writer had seen and replaced.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Branch {
    /// The value.
    pub value: String,
    /// What it replaced.
    pub replaced: Vec<String>,
}

/// The price of a merge of these branches.
pub fn price(merge: &str, branches: &[Branch]) -> Price {
    let merged = items(merge);
    let (mut written, mut removed) = (Vec::new(), Vec::new());
    for Branch { value, replaced } in branches {
        let kept = items(value);
        let old = replaced.iter().flat_map(|old| items(old));
        old.filter(|it| !kept.contains(it)).for_each(|it| order::add(&mut removed, it));
        kept.into_iter().for_each(|it| order::add(&mut written, it));
    }
    let owned = |item: &str| item.to_string();
    // What one side removed on purpose is not lost by leaving it out.
    written.retain(|it| !merged.contains(it) && !removed.contains(it));
    removed.retain(|it| merged.contains(it));
    Price {
        loses: written.into_iter().map(owned).collect(),
        revives: removed.into_iter().map(owned).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| text.to_string()).collect()
    }

    fn branch(value: &str, replaced: &[&str]) -> Branch {
        Branch { value: value.to_string(), replaced: values(replaced) }
    }

    #[test]
    fn a_union_keeps_every_item_once_in_the_order_met() {
        assert_eq!(union(&values(&["milk, eggs", "bread,milk", " "])), "milk, eggs, bread");
    }

    #[test]
    fn last_write_wins_loses_what_the_other_side_added() {
        let branches = [branch("milk, eggs", &["milk"]), branch("milk, bread", &["milk"])];
        let price = price("milk, bread", &branches);
        assert_eq!(price, Price { loses: values(&["eggs"]), revives: vec![] });
    }

    #[test]
    fn a_union_brings_the_deleted_item_back() {
        let branches =
            [branch("milk", &["milk, eggs"]), branch("milk, eggs, bread", &["milk, eggs"])];
        let price = price("milk, eggs, bread", &branches);
        assert_eq!(price, Price { loses: vec![], revives: values(&["eggs"]) });
    }

    #[test]
    fn who_never_saw_an_item_has_not_removed_it() {
        let branches = [branch("milk, eggs", &["milk"]), branch("bread", &[])];
        let lost = price("bread", &branches);
        assert_eq!(lost, Price { loses: values(&["eggs", "milk"]), revives: vec![] });
        assert_eq!(price("milk, eggs, bread", &branches), Price::default());
    }
}
