//! Bugs in how a write is coordinated and named.

use std::collections::BTreeMap;

use dynamo_core::node::put::{PutOutcome, Write};
use dynamo_core::{
    Actor, Boot, CausalContext, ClientId, Config, ContextToken, Dot, Effect, Effects, Endpoint,
    Input, Key, Message, NodeId, Operation, Outcome, Sibling, Subject, Ticket, Versioning,
    Versions,
};

use super::{Known, Tamper, ack_of, heard, versions_of};

/// Counts every write as acknowledged as soon as it is sent.
#[derive(Clone, Default)]
pub struct CountsBeforeTheAnswer;

impl Tamper for CountsBeforeTheAnswer {
    fn effect(&mut self, effect: Effect, further: &mut Vec<Input>) -> Vec<Effect> {
        if let Effect::Send { to, message: Message::Write(write) } = &effect {
            further.push(heard(*to, ack_of(write)));
        }
        vec![effect]
    }
}

/// Takes the acknowledgement of one replica for that of another, too.
#[derive(Clone, Default)]
pub struct CountsAnAnswerTwice {
    told: BTreeMap<Subject, Vec<(Endpoint, Write)>>,
}

impl Tamper for CountsAnAnswerTwice {
    fn input(&mut self, input: Input, _: &mut Effects) -> Vec<Input> {
        let mut inputs = Vec::new();
        if let Input::Received { from, message: Message::WriteAck(ack) } = &input {
            let told = self.told.remove(&ack.subject).unwrap_or_default();
            let other = told.into_iter().find(|(to, _)| to != from);
            inputs.extend(other.map(|(to, write)| heard(to, ack_of(&write))));
        }
        inputs.push(input);
        inputs
    }

    fn effect(&mut self, effect: Effect, _: &mut Vec<Input>) -> Vec<Effect> {
        if let Effect::Send { to, message: Message::Write(write) } = &effect {
            self.told.entry(write.subject.clone()).or_default().push((*to, write.clone()));
        }
        vec![effect]
    }
}

/// Who was told of a write first, and what the second would have been told.
type Told = (Endpoint, Option<(Endpoint, Write)>);

/// Sends nothing to the second replica of a write: its place is on the node of the first.
#[derive(Clone, Default)]
pub struct TwoPlacesOnOneNode {
    told: BTreeMap<Subject, Told>,
}

impl Tamper for TwoPlacesOnOneNode {
    fn input(&mut self, input: Input, _: &mut Effects) -> Vec<Input> {
        let mut inputs = Vec::new();
        if let Input::Received { from, message: Message::WriteAck(ack) } = &input
            && let Some((first, second)) = self.told.get(&ack.subject)
            && first == from
        {
            inputs.extend(second.as_ref().map(|(to, write)| heard(*to, ack_of(write))));
        }
        inputs.push(input);
        inputs
    }

    fn effect(&mut self, effect: Effect, _: &mut Vec<Input>) -> Vec<Effect> {
        if let Effect::Send { to, message: Message::Write(write) } = &effect {
            match self.told.get_mut(&write.subject) {
                None => {
                    self.told.insert(write.subject.clone(), (*to, None));
                }
                Some((first, second)) if second.is_none() && first != to => {
                    *second = Some((*to, write.clone()));
                    return Vec::new();
                }
                Some(_) => {}
            }
        }
        vec![effect]
    }
}

/// Says that a write is stored where it must say that it does not know.
#[derive(Clone, Debug, Default)]
pub struct SaysStoredAtTheDeadline;

impl Tamper for SaysStoredAtTheDeadline {
    fn effect(&mut self, mut effect: Effect, _: &mut Vec<Input>) -> Vec<Effect> {
        if let Effect::Send { message: Message::PutReply(reply), .. } = &mut effect
            && matches!(reply.outcome, PutOutcome::Unknown { .. })
        {
            let nothing = ContextToken::seal(&reply.key, &CausalContext::default(), None);
            reply.outcome = PutOutcome::Stored(nothing);
        }
        vec![effect]
    }
}

/// Acknowledges what it is sent before its disk has it.
#[derive(Clone, Debug, Default)]
pub struct AnswersBeforeItsDisk;

impl Tamper for AnswersBeforeItsDisk {
    fn input(&mut self, input: Input, effects: &mut Effects) -> Vec<Input> {
        if let Input::Received { from, message: Message::Write(write) } = &input {
            effects.send(*from, ack_of(write));
        }
        vec![input]
    }
}

/// Acknowledges what it is sent and stores nothing of it.
#[derive(Clone, Default)]
pub struct StoresNothing;

impl Tamper for StoresNothing {
    fn effect(&mut self, effect: Effect, _: &mut Vec<Input>) -> Vec<Effect> {
        match effect {
            Effect::Disk { ticket, operation: Operation::Merge { slot, .. } } => {
                let versions = Versions::default();
                vec![Effect::Disk { ticket, operation: Operation::Merge { slot, versions } }]
            }
            other => vec![other],
        }
    }
}

/// Writes as if its clients had seen everything that it holds: last write wins.
#[derive(Clone, Debug, Default)]
pub struct ForgetsSiblings {
    known: Known,
}

impl Tamper for ForgetsSiblings {
    fn input(&mut self, input: Input, _: &mut Effects) -> Vec<Input> {
        self.known.hear(&input);
        vec![input]
    }

    fn effect(&mut self, mut effect: Effect, _: &mut Vec<Input>) -> Vec<Effect> {
        self.known.ask(&effect);
        if let Effect::Disk { operation: Operation::Update { slot, context, .. }, .. } = &mut effect
        {
            *context = self.known.context(slot);
        }
        vec![effect]
    }
}

/// Does not look at what its clients had seen.
#[derive(Clone, Debug, Default)]
pub struct IgnoresContexts;

impl Tamper for IgnoresContexts {
    fn effect(&mut self, mut effect: Effect, _: &mut Vec<Input>) -> Vec<Effect> {
        if let Effect::Disk { operation: Operation::Update { context, .. }, .. } = &mut effect {
            *context = CausalContext::default();
        }
        vec![effect]
    }
}

/// Names writes by itself instead of leaving it to the storage engine.
#[derive(Clone, Debug, Default)]
struct Mint {
    asked: BTreeMap<Ticket, Dot>,
    is_dotted: bool,
}

impl Mint {
    /// A write under the counter that follows `last` of its actor.
    fn write(&mut self, effect: Effect, actor: Actor, last: u64) -> Effect {
        let Effect::Disk {
            ticket,
            operation: Operation::Update { slot, mut context, value, request },
        } = effect
        else {
            return effect;
        };
        let dot = Dot { actor, counter: last + 1 };
        context.insert(dot);
        self.asked.insert(ticket, dot);
        let siblings = BTreeMap::from([(dot, Sibling { value, request })]);
        let versions = versions_of(&context, &siblings);
        Effect::Disk { ticket, operation: Operation::Merge { slot, versions } }
    }

    fn answer(&mut self, input: Input) -> Input {
        match input {
            Input::Done { ticket, outcome: Outcome::Merged { versions, changed } } => {
                let outcome = match self.asked.remove(&ticket) {
                    Some(dot) => Outcome::Updated { dot, versions },
                    None => Outcome::Merged { versions, changed },
                };
                Input::Done { ticket, outcome }
            }
            other => other,
        }
    }
}

/// The counter of a new dot follows what the client had seen, not what is held.
#[derive(Clone, Default)]
pub struct CountsFromTheContext {
    mint: Mint,
    boot: Option<Boot>,
}

impl Tamper for CountsFromTheContext {
    fn boot(&mut self, boot: Boot, config: &mut Config) {
        self.boot = Some(boot);
        self.mint.is_dotted = config.versions == Versioning::Dotted;
    }

    fn input(&mut self, input: Input, _: &mut Effects) -> Vec<Input> {
        vec![self.mint.answer(input)]
    }

    fn effect(&mut self, effect: Effect, _: &mut Vec<Input>) -> Vec<Effect> {
        let Effect::Disk { operation: Operation::Update { context, .. }, .. } = &effect else {
            return vec![effect];
        };
        let Some(boot) = self.boot.filter(|_| self.mint.is_dotted) else { return vec![effect] };
        let actor = Actor { boot, creation: 1 };
        let last = context.highest(&actor);
        vec![self.mint.write(effect, actor, last)]
    }
}

/// One name for all processes of a node, and counters that a restart sets back.
#[derive(Clone, Debug, Default)]
pub struct ForgetsItsCounters {
    mint: Mint,
    node: Option<NodeId>,
    last: BTreeMap<Key, u64>,
}

impl Tamper for ForgetsItsCounters {
    fn boot(&mut self, boot: Boot, config: &mut Config) {
        self.node = Some(boot.node);
        self.mint.is_dotted = config.versions == Versioning::Dotted;
    }

    fn input(&mut self, input: Input, _: &mut Effects) -> Vec<Input> {
        vec![self.mint.answer(input)]
    }

    fn effect(&mut self, effect: Effect, _: &mut Vec<Input>) -> Vec<Effect> {
        let Effect::Disk { operation: Operation::Update { slot, .. }, .. } = &effect else {
            return vec![effect];
        };
        let Some(node) = self.node.filter(|_| self.mint.is_dotted) else { return vec![effect] };
        let last = self.last.entry(slot.key.clone()).or_default();
        *last += 1;
        let before = *last - 1;
        vec![self.mint.write(effect, Actor::named(node), before)]
    }
}

/// The first number of a node that stands for a client.
const CLIENTS: u16 = 50_000;

/// A pair in every clock for the client that writes, as some stores have it.
#[derive(Clone, Default)]
pub struct NamesClients;

impl Tamper for NamesClients {
    fn effect(&mut self, mut effect: Effect, _: &mut Vec<Input>) -> Vec<Effect> {
        if let Effect::Disk { operation: Operation::Update { context, request, .. }, .. } =
            &mut effect
        {
            let ClientId(client) = request.client;
            let actor = Actor::named(NodeId(CLIENTS.saturating_add(client)));
            context.insert(Dot { actor, counter: 1 });
        }
        vec![effect]
    }
}
