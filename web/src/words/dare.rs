//! The words of a search for a world that reaches a goal.

use dynamo_core::Quorum;
use dynamo_lab::Goal;
use dynamo_sim::swarm::Trouble;

/// What the panel is for.
pub const ABOUT: &str = "State a goal. Worlds with the setup and the settings of the run that is shown \
     are drawn and played, one seed after the other, until one reaches it. It opens at that event, \
     without the acts that it does not need.";
/// Names the list of goals.
pub const GOALS: &str = "Goal";
/// Names the list of troubles.
pub const TROUBLES: &str = "What may happen beside reads and writes";
/// What may happen and how many worlds are tried, while that is folded away.
pub fn means(troubles: &[Trouble], bound: &str) -> String {
    let names = Trouble::ALL.iter().filter(|it| troubles.contains(it)).map(|it| trouble(*it).0);
    let names: Vec<_> = names.collect();
    let names = if names.is_empty() { "No troubles".to_string() } else { names.join(", ") };
    let bound: String = bound.trim().chars().take(12).collect();
    format!("{}; at most {bound} worlds", super::capital(&names.to_ascii_lowercase()))
}

/// Names the bound.
pub const BOUND: &str = "Worlds at most";
/// The most worlds of a search.
pub const MOST: u32 = 100_000;
/// What the bound may be.
pub const BOUND_HINT: &str = "From 1 to 100,000.";
/// What was typed is no bound.
pub const BAD_BOUND: &str = "Expected a whole number from 1 to 100000.";
/// Begins.
pub const START: &str = "Dare the network";
/// Ends early.
pub const STOP: &str = "Stop";
/// Names the bar.
pub const PROGRESS: &str = "Worlds tried";
/// One is found.
pub const SHRINKING: &str = "Found. Every act that it can do without is left out.";

/// What a goal is called, and what it means.
pub fn goal(goal: Goal) -> (&'static str, &'static str) {
    match goal {
        Goal::StaleRead => (
            "A stale read although R + W > N",
            "A read returns nothing, or only what is older than a write that had succeeded before.",
        ),
        Goal::ThreeSiblings => {
            ("Three siblings", "A read returns three values of which none replaces another.")
        }
        Goal::LostWrite => (
            "An acknowledged write that nobody holds",
            "Its client was told “stored”; no disk has it, nor any write that had seen it.",
        ),
        Goal::LostHint => (
            "A hint that dies with its keeper",
            "The stand-in loses its disk before the hint is home.",
        ),
        Goal::RisenValue => (
            "A deleted item that returns",
            "A deletion had succeeded, and a later read returns what it deleted.",
        ),
    }
}

/// What a trouble is called, and what it does.
pub fn trouble(trouble: Trouble) -> (&'static str, &'static str) {
    match trouble {
        Trouble::Crashes => ("Crashes", "nodes die and start again"),
        Trouble::Links => ("Bad links", "cut, one-way, slow, lossy or full for a while"),
        Trouble::Messages => ("Single messages", "lost, late or doubled"),
        Trouble::Machines => ("Bad machines", "paused, slow, with a wrong clock or a full disk"),
        Trouble::Disks => ("Lost disks", "wiped, rotten, or set back to a backup"),
    }
}

/// Why there is nothing to look for.
pub fn void(quorum: Quorum) -> String {
    let (n, r, w) = quorum.into();
    format!(
        "Here R + W = {} is not more than N = {n}, so any read may be stale. Raise R or W under \
         “Settings” first.",
        r + w
    )
}

/// 1,000 for 1000.
pub fn thousands(number: u32) -> String {
    match number {
        0..1_000 => number.to_string(),
        _ => format!("{},{:03}", thousands(number / 1_000), number % 1_000),
    }
}

/// How far a search is.
pub fn progress(tried: u32, bound: u32, rate: u32) -> String {
    let (tried, bound, rate) = (thousands(tried), thousands(bound), thousands(rate));
    format!("{tried} of {bound} worlds, {rate} a second")
}

/// Nothing was found.
pub fn not_found(bound: u32) -> String {
    format!(
        "Not found within the bound: {} played, none reached the goal. That is no proof: raise the \
         bound, or let more happen.",
        worlds(bound)
    )
}

/// Somebody stopped it.
pub fn stopped(tried: u32) -> String {
    format!("Stopped. {} played, none reached the goal.", worlds(tried))
}

fn worlds(count: u32) -> String {
    if count == 1 { "1 world".to_string() } else { format!("{} worlds", thousands(count)) }
}

/// One was found and opened.
pub fn found(tried: u32) -> String {
    format!(
        "Found in world {} and opened. Undo (Ctrl Z) leads back to your run.",
        thousands(tried + 1)
    )
}

/// The title of what was found.
pub fn title(sought: Goal) -> String {
    format!("# {}: found by daring the network", goal(sought).0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_search_says_is_exact() {
        assert_eq!(progress(0, 100_000, 1_234), "0 of 100,000 worlds, 1,234 a second");
        assert_eq!(
            not_found(1_000),
            "Not found within the bound: 1,000 worlds played, none reached the goal. That is no \
             proof: raise the bound, or let more happen."
        );
        assert_eq!(stopped(1), "Stopped. 1 world played, none reached the goal.");
    }
}
