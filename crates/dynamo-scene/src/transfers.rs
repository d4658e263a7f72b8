//! Ranges that move to new owners: who gives how many to whom, and who has (4.9).

use alloc::format;
use alloc::vec::Vec;

use crate::shape::{Anchor, Item, Shape};
use crate::stage::Stage;
use crate::words::counted;

/// The most moves that are drawn with their number of ranges.
const WORDED: usize = 12;

/// Draws the moves of the change under way.
pub(crate) fn paint(stage: &Stage<'_>, items: &mut Vec<Item>) {
    let Some(pending) = stage.view.newest().agreed() else { return };
    for ((from, to), ranges) in &pending.moves {
        let Some(way) = stage.layout.way((*from).into(), (*to).into()) else { continue };
        let (state, done) =
            if pending.given.contains(from) { (" given", ": done") } else { ("", "") };
        let title = format!("{from} gives {} to {to}{done}", counted(*ranges, "range"));
        let id = format!("transfer.{from}.{to}");
        let d = format!("{}{}", way.path(), way.arrow(0.93, 14.0));
        let item = Item::new(id.clone(), format!("transfer{state}"), Shape::Path { d });
        items.push(item.titled(title));
        if pending.moves.len() <= WORDED && !stage.layout.is_crowded() {
            let text = format!("{}{}", ranges, if done.is_empty() { "" } else { " ✓" });
            let (at, anchor) = (way.at(0.72), Anchor::Middle);
            let shape = Shape::Text { at, text, size: 17.0, anchor };
            items.push(Item::new(format!("{id}.word"), "transfer-word", shape));
        }
    }
}
