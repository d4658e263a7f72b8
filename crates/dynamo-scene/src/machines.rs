//! What is not usual about a node: its machine, its write buffer, its background work.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use dynamo_sim::view::NodeView;

use crate::words::{counted, places};

/// Something that is not usual.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sign {
    /// The class of its shape.
    pub class: &'static str,
    /// In a word or two.
    pub word: String,
    /// As the end of a sentence about the node.
    pub said: String,
}

/// All that is not usual about a node, what hinders it first.
pub fn signs(view: &NodeView) -> Vec<Sign> {
    let mut signs = Vec::new();
    let mut add = |class, word: String, said: String| signs.push(Sign { class, word, said });
    let machine = &view.machine;
    if machine.paused {
        add("condition", "paused".into(), "its process stands still".into());
    }
    if machine.slow > 1 {
        let times = machine.slow;
        let said = format!("it takes {times} times as long for data");
        add("condition", format!("slow ×{times}"), said);
    }
    if machine.full {
        add("condition", "disk full".into(), "its disk is full".into());
    }
    if !machine.clock.is_right() {
        let drift = machine.clock.drift();
        add("condition", format!("clock {drift}"), format!("its clock is wrong: {drift}"));
    }
    if machine.reuses {
        let said = "its next process takes the name of the last";
        add("condition", "cloned".into(), said.into());
    }
    if machine.backed_up {
        add("condition", "backup".into(), "there is a backup of its disk".into());
    }
    if !view.unflushed.is_empty() {
        let held = view.unflushed.len();
        let are = if held == 1 { "is" } else { "are" };
        let said = format!("{} {are} only in its write buffer", places(held));
        add("condition buffer", format!("{held} unsaved"), said);
    }
    if let Some(slices) = view.slices {
        let said = format!("background work has {} a second", counted(slices, "slice"));
        add("condition slices", format!("{slices} slices/s"), said);
    }
    signs
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use dynamo_core::NodeId;
    use dynamo_sim::{Moment, Run, Time};

    use super::*;

    fn words(script: &str, millis: u64) -> String {
        let run = Run::new(script.parse().expect("a script"));
        let view = run.view_at(Moment::at(Time(millis * 1_000)));
        let words = signs(&view.nodes[&NodeId(1)]).into_iter().map(|sign| sign.word);
        words.collect::<Vec<String>>().join(", ").to_string()
    }

    #[test]
    fn everything_that_befalls_a_machine_is_seen_and_ends() {
        let script = "dynamo 1\nsetup nodes=3 n=3 r=2 w=2 seed=7\nat 1s pause n1\nat 1s slow n1 10\n\
            at 1s fill n1\nat 1s clock n1 +2s\nat 1s snapshot n1\nat 2s resume n1\n\
            at 2s slow n1 1\nat 2s free n1\nat 2s clock n1 0s\nuntil 4s\n";
        assert_eq!(words(script, 500), "");
        assert_eq!(words(script, 1_500), "paused, slow ×10, disk full, clock +2s, backup");
        assert_eq!(words(script, 3_000), "backup");
    }

    #[test]
    fn what_only_a_buffer_holds_is_counted_until_it_is_stored() {
        let script = "dynamo 1\nsetup nodes=3 n=3 r=2 w=2 seed=7 engine=buffered flush-every=1s\n\
            at 100ms c1.1 put cart \"a\" via n1\nuntil 4s\n";
        assert_eq!(words(script, 300), "1 unsaved");
        assert_eq!(words(script, 3_000), "");
    }
}
