//! Every planted bug is found among the first thousand seeds, and its run is made small.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use dynamo_sim::{Command, Script, swarm};
use dynamo_tests::planted::{BUGS, Bug};

/// Seeds among which a bug must show.
const SEEDS: u64 = 1_000;
/// Plays that making one run small may take.
const MOST_TRIES: u32 = 3_000;

/// How large a run is: what a person has to read.
#[derive(Debug)]
struct Size {
    nodes: u16,
    operations: usize,
    faults: usize,
}

impl Size {
    fn of(script: &Script) -> Self {
        let is_operation = |command: &Command| matches!(command, Command::Operation(_));
        let operations = script.lines.iter().filter(|it| is_operation(&it.command)).count();
        let setup = &script.setup;
        let rates = [setup.loss, setup.copies];
        let by_chance =
            rates.iter().filter(|rate| **rate != dynamo_sim::script::Rate::NEVER).count();
        let faults = script.lines.len() - operations + by_chance;
        Size { nodes: setup.nodes, operations, faults }
    }

    fn is_small(&self) -> bool {
        self.nodes <= 5 && self.operations <= 10 && self.faults <= 3
    }
}

/// The first seed that shows a bug, and how large its run is once made small.
fn hunt(bug: &Bug) -> (u64, Size) {
    let seed = (0..SEEDS).find(|seed| bug.shows_in(&swarm::script(*seed)));
    let Some(seed) = seed else { panic!("no seed shows a node that {}", bug.name) };
    let failure = bug.small(swarm::script(seed), &format!("seed {seed}"), MOST_TRIES);
    assert!(bug.shows_in(&failure.small), "{}", failure.small);
    let size = Size::of(&failure.small);
    if !size.is_small() {
        println!("a node that {}\n{}", bug.name, failure.small);
    }
    (seed, size)
}

#[test]
fn every_planted_bug_is_found_and_nine_of_ten_are_made_small() {
    let (next, found) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                while let Some(bug) = BUGS.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let (seed, size) = hunt(bug);
                    println!("{}: {}, seed {seed}, {size:?}", bug.name, bug.noticed_by);
                    found.lock().expect("no panic").push(size.is_small());
                }
            });
        }
    });
    let found = found.into_inner().expect("no panic");
    let small = found.iter().filter(|small| **small).count();
    assert_eq!(found.len(), BUGS.len());
    assert!(small * 10 >= found.len() * 9, "{small} of {} are small", found.len());
}
