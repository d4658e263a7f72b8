//! Bugs planted in sound nodes, so that every check can be seen to fail.
//!
//! A broken node is a sound one in a wrapper that tampers with its inputs and effects; the chapters
//! of the core know nothing of it.

pub mod hints;
pub mod members;
pub mod reads;
pub mod replicas;
pub mod trees;
pub mod writes;

use std::collections::BTreeMap;

use dynamo_core::node::put::{Write, WriteAck};
use dynamo_core::{
    Boot, CausalContext, Config, Dot, Effect, Effects, Endpoint, Input, LocalTime, Message, Node,
    Operation, Outcome, Ring, Shared, Sibling, Slot, Ticket, Versions, wire,
};
use dynamo_lab::{Failure, breaks_with, small_with};
use dynamo_sim::{Actor, Script};

/// A node and what its wrapper changes.
#[derive(Clone, Debug)]
pub struct Wrapped<T> {
    node: Node,
    tamper: T,
}

/// What a wrapper can change.
pub trait Tamper: Default + Clone + 'static {
    /// A process starts; may change what it is told.
    fn boot(&mut self, _boot: Boot, _config: &mut Config) {}

    /// Replaces an input; may have effects of its own.
    fn input(&mut self, input: Input, _effects: &mut Effects) -> Vec<Input> {
        vec![input]
    }

    /// Replaces an effect; may feed the node further inputs.
    fn effect(&mut self, effect: Effect, _further: &mut Vec<Input>) -> Vec<Effect> {
        vec![effect]
    }
}

impl<T: Tamper> Actor for Wrapped<T> {
    fn boot(boot: Boot, config: Shared<Config>, ring: Shared<Ring>) -> Self {
        let (mut tamper, mut config) = (T::default(), config.as_ref().clone());
        tamper.boot(boot, &mut config);
        Wrapped { node: Node::new(boot, Shared::new(config), ring), tamper }
    }

    fn step(&mut self, now: LocalTime, input: Input, effects: &mut Effects) {
        let mut inputs = vec![input];
        while let Some(input) = inputs.pop() {
            for input in self.tamper.input(input, effects) {
                let mut own = Effects::default();
                self.node.step(now, input, &mut own);
                for effect in own.drain() {
                    for effect in self.tamper.effect(effect, &mut inputs) {
                        effects.push(effect);
                    }
                }
            }
        }
    }
}

/// A planted bug.
pub struct Bug {
    /// What the broken node does.
    pub name: &'static str,
    /// The check that has to notice it.
    pub noticed_by: &'static str,
    breaks: fn(&Script, &str) -> bool,
    small: fn(Script, &str, &'static str, u32) -> Failure,
}

impl Bug {
    const fn of<T: Tamper>(name: &'static str, noticed_by: &'static str) -> Self {
        let (breaks, small) = (breaks_with::<Wrapped<T>>, small_with::<Wrapped<T>>);
        Bug { name, noticed_by, breaks, small }
    }

    /// Whether its check notices it in this run.
    pub fn shows_in(&self, script: &Script) -> bool {
        (self.breaks)(script, self.noticed_by)
    }

    /// Makes a run in which it shows small, in at most so many plays.
    pub fn small(&self, script: Script, from: &str, most_tries: u32) -> Failure {
        (self.small)(script, from, self.noticed_by, most_tries)
    }
}

/// All planted bugs.
pub const BUGS: &[Bug] = &[
    Bug::of::<writes::CountsBeforeTheAnswer>("counts a replica as soon as it is told", "quorum"),
    Bug::of::<writes::CountsAnAnswerTwice>(
        "counts a second acknowledgement of one replica for another",
        "quorum",
    ),
    Bug::of::<writes::TwoPlacesOnOneNode>("puts two places of a list on one node", "quorum"),
    Bug::of::<writes::SaysStoredAtTheDeadline>("calls a write stored that is not", "quorum"),
    Bug::of::<writes::AnswersBeforeItsDisk>("acknowledges before its disk has stored", "quorum"),
    Bug::of::<writes::StoresNothing>("acknowledges and stores nothing", "quorum"),
    Bug::of::<writes::ForgetsSiblings>("writes as if its clients had seen all", "domination"),
    Bug::of::<writes::IgnoresContexts>("writes as if its clients had seen nothing", "concurrency"),
    Bug::of::<writes::CountsFromTheContext>(
        "takes a dot's counter from the client's context",
        "provenance",
    ),
    Bug::of::<writes::ForgetsItsCounters>("counts again from one when it starts", "provenance"),
    Bug::of::<writes::NamesClients>("keeps a pair for every client in its clocks", "metadata"),
    Bug::of::<reads::InventsAnAnswer>("answers a read in another's name", "quorum"),
    Bug::of::<reads::AltersValues>("answers with values that nobody wrote", "provenance"),
    Bug::of::<reads::AnswersNothing>("reads nothing of what it holds", "sessions"),
    Bug::of::<reads::RepairsEverybody>("repairs whoever has answered", "repair"),
    Bug::of::<reads::RepairsWithOneSibling>("repairs with one sibling of many", "domination"),
    Bug::of::<hints::DropsHints>("forgets a hint instead of sending it", "hints"),
    Bug::of::<hints::ForgetsHints>("forgets a hint once it is sent", "hints"),
    Bug::of::<hints::NeverLooksForHints>("never looks through its hints", "hints"),
    Bug::of::<hints::OverwritesAtHandoff>("overwrites with what comes home", "domination"),
    Bug::of::<replicas::PrunesOnOneReplica>("prunes a context on one replica", "concurrency"),
    Bug::of::<replicas::ReapsEarly>("erases a tombstone as soon as it is asked to", "resurrection"),
    Bug::of::<replicas::ThrowsAway>("throws away what it has written", "domination"),
    Bug::of::<trees::SeesNoDifference>("finds all trees equal", "merkle"),
    Bug::of::<trees::OffersNothing>("mends nothing of what differs", "convergence"),
    Bug::of::<trees::HashesTheMoment>("hashes a time along", "merkle"),
    Bug::of::<trees::HashesInItsOwnOrder>("hashes in an order of its own", "merkle"),
    Bug::of::<trees::MendsForEver>("mends what is equal", "merkle"),
    Bug::of::<members::KeepsNewsToItself>("tells nobody of new members", "ring"),
    Bug::of::<members::GivesNothing>("says that a range is given and gives nothing", "convergence"),
];

/// The acknowledgement of a write.
fn ack_of(write: &Write) -> Message {
    Message::WriteAck(WriteAck { subject: write.subject.clone(), slot: write.slot.clone() })
}

/// The node hears this, as if it had come from there.
fn heard(from: Endpoint, message: Message) -> Input {
    Input::Received { from, message }
}

/// A set with dots, as its bytes would give it.
fn versions_of(context: &CausalContext, siblings: &BTreeMap<Dot, Sibling>) -> Versions {
    wire::read(&wire::bytes(&(context, siblings))).unwrap_or_default()
}

/// The values of a set by their dots.
fn siblings_of(versions: &Versions) -> BTreeMap<Dot, Sibling> {
    versions.siblings().map(|(dot, sibling)| (*dot, sibling.clone())).collect()
}

/// What a node's disk has said that it holds.
#[derive(Clone, Debug, Default)]
struct Known {
    asked: BTreeMap<Ticket, Slot>,
    held: BTreeMap<Slot, Versions>,
}

impl Known {
    fn ask(&mut self, effect: &Effect) {
        if let Effect::Disk { ticket, operation } = effect
            && let Operation::Update { slot, .. } | Operation::Merge { slot, .. } = operation
        {
            self.asked.insert(*ticket, slot.clone());
        }
    }

    fn hear(&mut self, input: &Input) {
        if let Input::Done { ticket, outcome } = input
            && let Some(slot) = self.asked.remove(ticket)
            && let Outcome::Updated { versions, .. } | Outcome::Merged { versions, .. } = outcome
        {
            self.held.insert(slot, versions.clone());
        }
    }

    /// All that the disk knows of a slot.
    fn context(&self, slot: &Slot) -> CausalContext {
        self.held.get(slot).map(|versions| versions.context().clone()).unwrap_or_default()
    }
}
