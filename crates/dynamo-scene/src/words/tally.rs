//! What is counted in a run, in words.

use dynamo_sim::tally::Counter;

/// A counter's name, and in a sentence what it counts.
pub fn counter(counter: Counter) -> (&'static str, &'static str) {
    match counter {
        Counter::Ok => ("ok", "Operations that succeeded."),
        Counter::Failed => ("failed", "Operations that certainly failed."),
        Counter::Unknown => ("unknown", "Puts of which nobody can say how they ended."),
        Counter::Stale => {
            ("stale reads", "Reads that missed a write which was acknowledged before they began.")
        }
        Counter::Siblings => ("reads with siblings", "Reads that found versions in conflict."),
        Counter::HintsKept => ("hints kept", "Copies that a stand-in took for another node."),
        Counter::HintsHome => ("hints home", "Hints that their owners have acknowledged."),
        Counter::HintsLost => ("hints lost", "Hints that went with their keeper's disk."),
        Counter::ReadRepairs => ("read repairs", "Replicas that a read found behind and mended."),
        Counter::KeysMended => ("keys mended", "Keys that a comparison of trees mended."),
        Counter::Suspicions => {
            ("suspicions", "Times that a node came to believe of another that it is down.")
        }
        Counter::Messages => ("messages", "All that were sent, copies and background talk too."),
        Counter::Lost => ("messages lost", "Those that never arrived, background talk left out."),
        Counter::Bytes => ("bytes", "The bytes of all messages that were sent."),
    }
}
