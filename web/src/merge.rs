//! Merging values by hand: values are read as sets, their items parted by commas.

use std::collections::BTreeSet;

/// The items of a value.
pub fn items(value: &str) -> BTreeSet<String> {
    value.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_string).collect()
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

/// The price of a merge, given the siblings and what they descend from.
pub fn price(merge: &str, siblings: &[String], ancestors: &[String]) -> Price {
    let merged = items(merge);
    let sets: Vec<BTreeSet<String>> = siblings.iter().map(|value| items(value)).collect();
    let written: BTreeSet<String> = sets.iter().flatten().cloned().collect();
    let before: BTreeSet<String> = ancestors.iter().flat_map(|value| items(value)).collect();
    let removed = |item: &&String| sets.iter().any(|set| !set.contains(*item));
    Price {
        // What one side removed on purpose is not lost by leaving it out.
        loses: written
            .difference(&merged)
            .filter(|item| !(before.contains(*item) && removed(item)))
            .cloned()
            .collect(),
        revives: merged.intersection(&before).filter(removed).cloned().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| text.to_string()).collect()
    }

    #[test]
    fn a_union_keeps_every_item_once_in_the_order_met() {
        assert_eq!(union(&values(&["milk, eggs", "bread,milk", " "])), "milk, eggs, bread");
    }

    #[test]
    fn last_write_wins_loses_what_the_other_side_added() {
        let price =
            price("milk, bread", &values(&["milk, eggs", "milk, bread"]), &values(&["milk"]));
        assert_eq!(price, Price { loses: values(&["eggs"]), revives: vec![] });
    }

    #[test]
    fn a_union_brings_the_deleted_item_back() {
        let siblings = values(&["milk", "milk, eggs, bread"]);
        let price = price(&union(&siblings), &siblings, &values(&["milk, eggs"]));
        assert_eq!(price, Price { loses: vec![], revives: values(&["eggs"]) });
    }
}
