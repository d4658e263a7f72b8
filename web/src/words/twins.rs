//! The words of two runs side by side.

/// Begins a second run at the playhead.
pub const FORK: &str = "Fork";
/// What that does.
pub const FORK_TITLE: &str = "Fork: a second run beside this one, from here on";
/// It has begun, and nothing differs yet.
pub const FORKED: &str =
    "Two runs, still the same. Change one thing, then play: both go on in step.";
/// Names the tab and the group of rings.
pub const TWINS: &str = "Twins";
/// Names the run that is forked and not changed so far.
pub const NOT_YET: &str = "Fork, not changed yet";
/// The choice of the run that acts go to.
pub const ACTS_GO_TO: &str = "Acts go to";
/// Leaves the view of two.
pub const PART: &str = "Leave the twin view";
/// What happens to both.
pub const PART_HINT: &str = "Both stay as runs of the tree.";
/// Puts a run beside the shown one.
pub const COMPARE: &str = "Compare";
/// Names the table of counters.
pub const COUNTED: &str = "What came of it so far";
/// Names the table of differences.
pub const DIFFERS: &str = "In what they differ now";
/// Heads the first column.
pub const COUNTER: &str = "Count";
/// Heads the column of differences.
pub const DIFFERENCE: &str = "Difference";
/// Heads the first column.
pub const WHAT: &str = "What";
/// Nothing differs.
pub const ALIKE: &str = "In nothing: at this moment both are the same.";
/// Heads the acts that only one of the two has.
pub fn only(name: &str) -> String {
    format!("Only in “{name}”")
}

/// Differences for which there is no room.
pub fn more(left_out: usize) -> String {
    format!("and {left_out} more")
}

/// Leads to the moment since which a count differs.
pub fn since(difference: &str, moment: &str) -> String {
    format!("{difference}: to {moment} ms, since when they differ")
}

/// How much more the second has than the first.
pub fn difference(first: u64, second: u64) -> String {
    match second.cmp(&first) {
        std::cmp::Ordering::Equal => "=".to_string(),
        std::cmp::Ordering::Greater => format!("+{}", second - first),
        std::cmp::Ordering::Less => format!("−{}", first - second),
    }
}
