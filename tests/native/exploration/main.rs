//! Small worlds, explored to their ends: every order of messages, disks and timers, a crash between
//! any two effects, a message lost or doubled. stateright walks; the nodes are the real ones.

mod ghost;
mod state;
mod world;

use std::fmt::Debug;

use dynamo_core::{Effect, Effects, Input, Message, Node};
use dynamo_tests::planted::reads::AnswersNothing;
use dynamo_tests::planted::replicas::ThrowsAway;
use dynamo_tests::planted::writes::{
    AnswersBeforeItsDisk, ForgetsItsCounters, ForgetsSiblings, IgnoresContexts,
    SaysStoredAtTheDeadline,
};
use dynamo_tests::planted::{Tamper, Wrapped};
use stateright::{Checker, HasDiscoveries, Model};

use crate::ghost::{DROPPED_RIGHTLY, ENDS_ONCE, FRESH, ONE_NAME, STORED_BY_W};
use crate::world::Call::{self, Get, Put};
use crate::world::{CONCURRENT, COVERED, Faults, HELD, KNOWS_NO_MORE, World};

const NONE: Faults = Faults { crashes: 0, losses: 0, copies: 0, timers: 0 };

/// Walks through a world of sound nodes, in which nothing may go wrong, and counts its states.
fn explore(calls: &[&[Call]], faults: Faults) -> usize {
    let checker = World::<Node>::new(calls, faults).checker().threads(2).spawn_bfs().join();
    checker.assert_properties();
    checker.unique_state_count()
}

/// Whether a world of nodes with this bug breaks this promise.
fn breaks<T: Tamper + Debug + Send + Sync>(
    promise: &'static str,
    calls: &[&[Call]],
    faults: Faults,
) -> bool {
    let world = World::<Wrapped<T>>::new(calls, faults);
    let enough = HasDiscoveries::AnyOf([promise].into());
    let checker = world.checker().threads(2).finish_when(enough).spawn_bfs().join();
    checker.discovery(promise).is_some()
}

#[test]
fn one_put_and_all_faults() {
    let faults = Faults { crashes: 1, losses: 1, copies: 1, timers: 2 };
    assert_eq!(explore(&[&[Put("a", 1)]], faults), 262_039);
}

#[test]
fn two_puts_side_by_side_a_crash_and_a_timer() {
    let faults = Faults { crashes: 1, timers: 1, ..NONE };
    assert_eq!(explore(&[&[Put("a", 1)], &[Put("a", 2)]], faults), 187_532);
}

#[test]
fn two_puts_of_one_client_and_a_crash_a_loss_and_a_copy() {
    let faults = Faults { crashes: 1, losses: 1, copies: 1, timers: 0 };
    assert_eq!(explore(&[&[Put("a", 1), Put("a", 2)]], faults), 223_387);
}

#[test]
fn a_read_of_what_was_written_a_crash_and_a_timer() {
    let faults = Faults { crashes: 1, timers: 1, ..NONE };
    assert_eq!(explore(&[&[Put("a", 1), Get("a", 2)]], faults), 156_907);
}

#[test]
fn a_read_beside_a_put_and_a_crash() {
    let faults = Faults { crashes: 1, ..NONE };
    assert_eq!(explore(&[&[Put("a", 1)], &[Get("a", 2)]], faults), 73_624);
}

#[test]
fn a_put_of_what_was_read_beside_another() {
    assert_eq!(explore(&[&[Get("a", 1), Put("a", 1)], &[Put("a", 2)]], NONE), 94_408);
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

    fn effect(&mut self, effect: Effect, _: &mut Vec<Input>) -> Vec<Effect> {
        vec![effect]
    }
}

#[test]
fn broken_nodes_are_found() {
    let put: &[&[Call]] = &[&[Put("a", 1)]];
    let two: &[&[Call]] = &[&[Put("a", 1)], &[Put("a", 1)]];
    let read: &[&[Call]] = &[&[Put("a", 1), Get("a", 2)]];
    let again: &[&[Call]] = &[&[Put("a", 1), Put("a", 1)]];
    assert!(breaks::<AnswersBeforeItsDisk>(STORED_BY_W, put, NONE));
    for promise in [COVERED, DROPPED_RIGHTLY] {
        assert!(breaks::<ThrowsAway>(promise, put, NONE), "{promise}");
    }
    for promise in [HELD, COVERED, KNOWS_NO_MORE, DROPPED_RIGHTLY] {
        assert!(breaks::<ForgetsSiblings>(promise, two, NONE), "{promise}");
    }
    assert!(breaks::<IgnoresContexts>(CONCURRENT, again, NONE));
    assert!(breaks::<AnswersNothing>(FRESH, read, NONE));
}

#[test]
fn broken_nodes_are_found_only_by_the_fault_that_they_cannot_stand() {
    let put: &[&[Call]] = &[&[Put("a", 1)]];
    let again: &[&[Call]] = &[&[Put("a", 1), Put("a", 1)]];
    let (crash, copy) = (Faults { crashes: 1, ..NONE }, Faults { copies: 1, ..NONE });
    let timer = Faults { timers: 1, ..NONE };
    for (faults, is_found) in [(NONE, false), (timer, true)] {
        assert_eq!(breaks::<SaysStoredAtTheDeadline>(STORED_BY_W, put, faults), is_found);
    }
    for (faults, is_found) in [(NONE, false), (copy, true)] {
        assert_eq!(breaks::<AnswersAgain>(ENDS_ONCE, put, faults), is_found);
    }
    for (faults, is_found) in [(NONE, false), (crash, true)] {
        assert_eq!(breaks::<ForgetsItsCounters>(ONE_NAME, again, faults), is_found);
    }
}
