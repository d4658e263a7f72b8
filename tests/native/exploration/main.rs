//! Small worlds, explored to their ends: every order of messages, disks and timers, a crash between
//! any two effects, a message lost or doubled. stateright walks; the nodes are the real ones.
//!
//! The number of states is part of each test: a world that can suddenly do less, or more, is not
//! the world that was explored.

mod ghost;
mod machine;
mod promises;
mod state;
mod world;

use std::env;
use std::fmt::Debug;

use dynamo_core::{Config, CoordinatorChoice, Effects, Input, Message, Node};
use dynamo_sim::Actor;
use dynamo_tests::planted::hints::ForgetsHints;
use dynamo_tests::planted::reads::AnswersNothing;
use dynamo_tests::planted::replicas::ThrowsAway;
use dynamo_tests::planted::writes::{
    AnswersBeforeItsDisk, ForgetsItsCounters, ForgetsSiblings, IgnoresContexts,
    SaysStoredAtTheDeadline,
};
use dynamo_tests::planted::{Tamper, Wrapped};
use stateright::{Checker, HasDiscoveries, Model};

use crate::ghost::{DROPPED_RIGHTLY, ENDS_ONCE, FRESH, ONE_NAME};
use crate::promises::{CONCURRENT, COVERED, HELD, KNOWS_NO_MORE};
use crate::state::Faults;
use crate::world::Call::{self, Get, Put};
use crate::world::World;

type Calls<'a> = &'a [&'a [Call]];

const NO_FAULTS: Faults = Faults { crashes: 0, losses: 0, copies: 0, timers: 0 };

const PUT: Calls = &[&[Put("a", 1)]];
const PUT_PUT: Calls = &[&[Put("a", 1), Put("a", 1)]];
const PUT_GET: Calls = &[&[Put("a", 1), Get("a", 2)]];

/// N = 3: every node keeps every key.
fn all_keep_all() -> Config {
    Config { exchange_every: None, seeds: Vec::new(), ..Config::default() }
}

/// N = 2: there is one node that can stand in for another.
fn two_keep_each() -> Config {
    Config { replicas: 2, ..all_keep_all() }
}

/// Walks through worlds of sound nodes, in which nothing may go wrong, and counts their states.
/// The second is walked through on demand.
fn explore(config: &Config, calls: Calls, worlds: [(Faults, usize); 2]) {
    let is_full = env::var_os("DYNAMO_FULL").is_some();
    for (faults, states) in worlds.into_iter().take(if is_full { 2 } else { 1 }) {
        let world = World::<Node>::new(config.clone(), calls, faults);
        let checker = world.checker().threads(2).spawn_bfs().join();
        checker.assert_properties();
        assert_eq!(checker.unique_state_count(), states, "{calls:?} {faults:?}");
    }
}

/// Whether some run of these nodes breaks a promise.
fn breaks<A: Actor + Clone + Debug + Send + Sync + 'static>(
    promise: &'static str,
    config: Config,
    calls: Calls,
    faults: Faults,
) -> bool {
    let enough = HasDiscoveries::AnyOf([promise].into());
    let checker = World::<A>::new(config, calls, faults).checker().threads(2).finish_when(enough);
    checker.spawn_bfs().join().discovery(promise).is_some()
}

/// Whether nodes with a bug break a promise where all keep all.
fn bug_breaks<T: Tamper + Debug + Send + Sync>(
    promise: &'static str,
    calls: Calls,
    faults: Faults,
) -> bool {
    breaks::<Wrapped<T>>(promise, all_keep_all(), calls, faults)
}

/// The coordinator has stored a put and tells the two others: it can die with nobody told, though
/// its disk has the put, with one told, or with both.
#[test]
fn a_crash_falls_between_any_two_effects() {
    let world = World::<Node>::new(all_keep_all(), PUT, Faults { crashes: 1, ..NO_FAULTS });
    let asked = &world.next_states(&world.init_states()[0])[0];
    let mut actions = Vec::new();
    world.actions(asked, &mut actions);
    let texts: Vec<String> = actions.iter().map(|action| format!("{action:?}")).collect();
    let expected = [
        "n1  the disk is done, and it dies after 0 messages",
        "n1  the disk is done, and it dies after 1 messages",
        "n1  the disk is done",
        "n1  dies",
        "n2  dies",
        "n3  dies",
    ];
    assert_eq!(texts, expected);
    let told = |action| world.next_state(asked, action).map(|state| state.flying.len());
    let told: Vec<_> = actions.into_iter().map(told).collect();
    assert_eq!(told, [0, 1, 2, 0, 0, 0].map(Some));
}

#[test]
fn one_put() {
    let faults = Faults { crashes: 1, losses: 1, copies: 1, timers: 2 };
    let more = Faults { timers: 3, ..faults };
    explore(&all_keep_all(), PUT, [(faults, 248_763), (more, 1_776_503)]);
}

#[test]
fn two_puts_side_by_side() {
    let calls: Calls = &[&[Put("a", 1)], &[Put("a", 2)]];
    let faults = Faults { crashes: 1, timers: 1, ..NO_FAULTS };
    let others = Faults { crashes: 1, losses: 1, copies: 1, timers: 0 };
    explore(&all_keep_all(), calls, [(faults, 187_532), (others, 2_016_902)]);
}

#[test]
fn two_puts_of_one_client() {
    let calls: Calls = &[&[Put("a", 1), Put("a", 2)]];
    let faults = Faults { crashes: 1, losses: 1, copies: 1, timers: 0 };
    let others = Faults { crashes: 1, losses: 1, copies: 0, timers: 1 };
    explore(&all_keep_all(), calls, [(faults, 200_393), (others, 130_475)]);
}

#[test]
fn two_puts_of_two_keys() {
    let calls: Calls = &[&[Put("a", 1)], &[Put("b", 2)]];
    let faults = Faults { crashes: 1, timers: 1, ..NO_FAULTS };
    let others = Faults { crashes: 1, losses: 1, copies: 1, timers: 0 };
    explore(&all_keep_all(), calls, [(faults, 108_212), (others, 931_690)]);
}

#[test]
fn a_read_of_what_was_written() {
    let faults = Faults { crashes: 1, timers: 1, ..NO_FAULTS };
    let others = Faults { crashes: 1, losses: 1, copies: 1, timers: 0 };
    explore(&all_keep_all(), PUT_GET, [(faults, 146_930), (others, 549_192)]);
}

#[test]
fn a_read_beside_a_put() {
    let calls: Calls = &[&[Put("a", 1)], &[Get("a", 2)]];
    let faults = Faults { crashes: 1, ..NO_FAULTS };
    let more = Faults { timers: 1, ..faults };
    explore(&all_keep_all(), calls, [(faults, 78_968), (more, 650_709)]);
}

#[test]
fn a_put_of_what_was_read_beside_another() {
    let calls: Calls = &[&[Get("a", 1), Put("a", 1)], &[Put("a", 2)]];
    let crash = Faults { crashes: 1, ..NO_FAULTS };
    explore(&all_keep_all(), calls, [(NO_FAULTS, 94_758), (crash, 1_807_357)]);
}

#[test]
fn a_put_that_is_handed_on() {
    let config = Config { coordinator: CoordinatorChoice::First, ..all_keep_all() };
    let faults = Faults { crashes: 1, losses: 1, copies: 1, timers: 1 };
    let more = Faults { timers: 2, ..faults };
    explore(&config, &[&[Put("a", 3)]], [(faults, 205_384), (more, 1_413_219)]);
}

#[test]
fn a_hint_and_its_way_home() {
    let faults = Faults { crashes: 1, losses: 1, copies: 0, timers: 3 };
    let more = Faults { timers: 4, ..faults };
    explore(&two_keep_each(), PUT, [(faults, 168_061), (more, 1_422_841)]);
}

/// A read may begin with a node that is replaced, and end with one that has brought its hint home
/// meanwhile: W + R > N is no promise where others may stand in.
#[test]
fn p16_a_sloppy_read_that_misses_a_write_is_found() {
    let faults = Faults { timers: 3, ..NO_FAULTS };
    assert!(breaks::<Node>(FRESH, two_keep_each(), PUT_GET, faults));
}

/// Takes a request that comes again for a question how it ended.
#[derive(Clone, Debug, Default)]
struct AnswersAgain;

impl Tamper for AnswersAgain {
    fn input(&mut self, input: Input, _: &mut Effects) -> Vec<Input> {
        match input {
            Input::Received { from, message: Message::Put(put) } => {
                vec![Input::Received { from, message: Message::PutAgain(put) }]
            }
            other => vec![other],
        }
    }
}

#[test]
fn broken_nodes_are_found() {
    let two: Calls = &[&[Put("a", 1)], &[Put("a", 1)]];
    assert!(bug_breaks::<AnswersBeforeItsDisk>(HELD, PUT, NO_FAULTS));
    for promise in [COVERED, DROPPED_RIGHTLY] {
        assert!(bug_breaks::<ThrowsAway>(promise, PUT, NO_FAULTS), "{promise}");
    }
    for promise in [HELD, COVERED, KNOWS_NO_MORE, DROPPED_RIGHTLY] {
        assert!(bug_breaks::<ForgetsSiblings>(promise, two, NO_FAULTS), "{promise}");
    }
    assert!(bug_breaks::<IgnoresContexts>(CONCURRENT, PUT_PUT, NO_FAULTS));
    assert!(bug_breaks::<AnswersNothing>(FRESH, PUT_GET, NO_FAULTS));
}

#[test]
fn broken_nodes_are_found_by_the_fault_that_they_cannot_stand_and_not_without_it() {
    let crash = Faults { crashes: 1, ..NO_FAULTS };
    let copy = Faults { copies: 1, ..NO_FAULTS };
    let timer = Faults { timers: 1, ..NO_FAULTS };
    for (faults, is_found) in [(NO_FAULTS, false), (timer, true)] {
        assert_eq!(bug_breaks::<SaysStoredAtTheDeadline>(HELD, PUT, faults), is_found);
    }
    for (faults, is_found) in [(NO_FAULTS, false), (copy, true)] {
        assert_eq!(bug_breaks::<AnswersAgain>(ENDS_ONCE, PUT, faults), is_found);
    }
    for (faults, is_found) in [(NO_FAULTS, false), (crash, true)] {
        assert_eq!(bug_breaks::<ForgetsItsCounters>(ONE_NAME, PUT_PUT, faults), is_found);
    }
    // One for the silence that leaves a hint, one for the scan that finds it.
    for (timers, is_found) in [(1, false), (2, true)] {
        let faults = Faults { timers, ..NO_FAULTS };
        let found = breaks::<Wrapped<ForgetsHints>>(HELD, two_keep_each(), PUT, faults);
        assert_eq!(found, is_found);
    }
}
