//! What is promised, and how it is judged: in every state, or while it comes about.

use std::fmt::Debug;

use dynamo_core::node::get::GetOutcome;
use dynamo_core::node::put::PutOutcome;
use dynamo_core::{Boot, ContextToken, Key, Message, Operation, Outcome, RequestId, Versions};
use dynamo_sim::Actor;
use stateright::Property;

use crate::ghost::{DROPPED_RIGHTLY, ENDS_ONCE, Events, FRESH, Ghost, ONE_NAME};
use crate::machine::Machine;
use crate::state::{Shared, State};
use crate::world::{NEEDED, World};

pub const HELD: &str = "W nodes have stored what is acknowledged, or what covers it";
pub const COVERED: &str = "all disks together cover what is acknowledged";
pub const KNOWS_NO_MORE: &str = "a context covers what was seen and nothing else";
pub const CONCURRENT: &str = "of two siblings none had seen the other";

impl<A: Actor + Clone + Debug> World<A> {
    pub fn promises() -> Vec<Property<Self>> {
        vec![
            Property::always(HELD, |world, state| world.all_are_held(state)),
            Property::always(COVERED, |world, state| world.all_are_covered(state)),
            Property::always(KNOWS_NO_MORE, |world, state| {
                world.all_sets(state, Ghost::knows_no_more)
            }),
            Property::always(CONCURRENT, |world, state| {
                world.all_sets(state, Ghost::are_concurrent)
            }),
            Property::always(ENDS_ONCE, |_, state| is_kept(state, ENDS_ONCE)),
            Property::always(FRESH, |_, state| is_kept(state, FRESH)),
            Property::always(DROPPED_RIGHTLY, |_, state| is_kept(state, DROPPED_RIGHTLY)),
            Property::always(ONE_NAME, |_, state| is_kept(state, ONE_NAME)),
            Property::sometimes("all is done", |world, state| world.is_done(state)),
        ]
    }

    fn all_are_held(&self, state: &State<A>) -> bool {
        let needed = usize::from(NEEDED);
        state.ghost.acknowledged.iter().all(|put| self.holders(state, *put) >= needed)
    }

    fn all_are_covered(&self, state: &State<A>) -> bool {
        let together = |key: &Key| {
            let mut all = Versions::default();
            let sets = state.machines.iter().flat_map(|machine| machine.holds(key));
            sets.for_each(|versions| all.merge(&versions));
            all
        };
        let all: Vec<Versions> = self.keys.iter().map(together).collect();
        let mut puts = state.ghost.acknowledged.iter();
        puts.all(|put| is_in(&state.ghost, *put, &all[self.key_of(*put)]))
    }

    fn is_done(&self, state: &State<A>) -> bool {
        let mut clients = state.clients.iter().zip(&self.calls);
        clients.all(|(client, calls)| !client.waits && client.begun as usize == calls.len())
    }

    /// Whether this is true of every set of versions on any disk.
    fn all_sets(&self, state: &State<A>, is_true: impl Fn(&Ghost, &Versions) -> bool) -> bool {
        let machines = state.machines.iter();
        let mut sets = machines.flat_map(|it| self.keys.iter().flat_map(|key| it.holds(key)));
        sets.all(|versions| is_true(&state.ghost, &versions))
    }

    /// How many nodes have stored a put, or one whose writer had seen it.
    fn holders(&self, state: &State<A>, put: RequestId) -> usize {
        let key = &self.keys[self.key_of(put)];
        let has = |machine: &&Shared<Machine<A>>| {
            machine.holds(key).any(|versions| is_in(&state.ghost, put, &versions))
        };
        state.machines.iter().filter(has).count()
    }

    /// A disk has done something.
    pub fn judge_disk(
        &self,
        state: &mut State<A>,
        before: &Machine<A>,
        operation: &Operation,
        outcome: &Outcome,
    ) {
        match (operation, outcome) {
            (Operation::Update { slot, request, .. }, Outcome::Updated { dot, versions }) => {
                state.note(|ghost| {
                    ghost.writes(*request, *dot);
                    ghost.changes(&before.at(slot), &Versions::default(), versions);
                });
            }
            (Operation::Merge { slot, versions: offered }, Outcome::Merged { versions, .. }) => {
                state.note(|ghost| {
                    // A node may be so broken that it names its writes itself.
                    offered.siblings().for_each(|(dot, it)| ghost.writes(it.request, *dot));
                    ghost.changes(&before.at(slot), offered, versions);
                });
            }
            _ => {}
        }
    }

    /// A process answers a client.
    pub fn judge_answer(&self, state: &mut State<A>, by: Boot, message: &Message) {
        let request = match message {
            Message::PutReply(reply) => reply.request,
            Message::GetReply(reply) => reply.request,
            _ => return,
        };
        match (message, self.shown(state, message)) {
            (Message::PutReply(_), Some(_)) => {
                state.note(|ghost| ghost.acknowledges(request));
            }
            (_, Some((shown, _))) => state.note(|ghost| ghost.finds(request, shown)),
            (_, None) => {}
        }
        state.note(|ghost| ghost.ends(by, request));
    }

    /// The writes that a good answer shows, and its context.
    pub fn shown(&self, state: &State<A>, answer: &Message) -> Option<(Events, ContextToken)> {
        let (request, puts, token) = match answer {
            Message::PutReply(reply) => match &reply.outcome {
                PutOutcome::Stored(token) => (reply.request, vec![reply.request], token),
                PutOutcome::Failed(_) | PutOutcome::Unknown { .. } => return None,
            },
            Message::GetReply(reply) => match &reply.outcome {
                GetOutcome::Found { siblings, context } => {
                    let puts = siblings.iter().map(|sibling| sibling.request).collect();
                    (reply.request, puts, context)
                }
                GetOutcome::Failed(_) => return None,
            },
            _ => return None,
        };
        let context = token.open(&self.keys[self.key_of(request)]).unwrap_or_default();
        Some((state.ghost.shown(&puts, &context), token.clone()))
    }
}

/// Whether a set has a put, or one whose writer had seen it.
fn is_in(ghost: &Ghost, put: RequestId, versions: &Versions) -> bool {
    Ghost::is_in(put, ghost.closed(ghost.live(versions)))
}

fn is_kept<A>(state: &State<A>, promise: &str) -> bool {
    !state.ghost.broken.contains(promise)
}
