//! Bugs in how a read is answered and what it repairs.

use std::collections::{BTreeMap, BTreeSet};

use dynamo_core::node::get::{GetOutcome, ReadReply};
use dynamo_core::node::put::Write;
use dynamo_core::{
    Effect, Effects, Endpoint, Fact, Input, Key, Message, RequestId, Slot, Store, Subject, Value,
    Versions,
};

use super::{Tamper, heard, siblings_of, versions_of};

/// Answers a read as soon as its own disk has answered, in the name of a second node.
#[derive(Clone, Default)]
pub struct InventsAnAnswer;

impl Tamper for InventsAnAnswer {
    fn effect(&mut self, effect: Effect, further: &mut Vec<Input>) -> Vec<Effect> {
        if let Effect::Send { to: to @ Endpoint::Node(_), message: Message::Read(read) } = &effect {
            let (request, key) = (read.request, read.slot.key.clone());
            let reply = ReadReply { request, key, versions: Versions::default() };
            further.push(heard(*to, Message::ReadReply(reply)));
        }
        vec![effect]
    }
}

/// Answers reads with values that nobody wrote.
#[derive(Clone, Default)]
pub struct AltersValues;

impl Tamper for AltersValues {
    fn effect(&mut self, mut effect: Effect, _: &mut Vec<Input>) -> Vec<Effect> {
        if let Effect::Send { message: Message::GetReply(reply), .. } = &mut effect
            && let GetOutcome::Found { siblings, .. } = &mut reply.outcome
        {
            for sibling in siblings {
                sibling.value = Value::new("altered").ok();
            }
        }
        vec![effect]
    }
}

/// As a replica, says that it holds nothing.
#[derive(Clone, Debug, Default)]
pub struct AnswersNothing;

impl Tamper for AnswersNothing {
    fn effect(&mut self, mut effect: Effect, _: &mut Vec<Input>) -> Vec<Effect> {
        if let Effect::Send { message: Message::ReadReply(reply), .. } = &mut effect {
            reply.versions = Versions::default();
        }
        vec![effect]
    }
}

/// Sends what it was told to whoever has told it so.
#[derive(Clone, Default)]
pub struct RepairsEverybody {
    told: BTreeMap<RequestId, Vec<(Endpoint, Key, Versions)>>,
}

impl Tamper for RepairsEverybody {
    fn input(&mut self, input: Input, _: &mut Effects) -> Vec<Input> {
        if let Input::Received { from, message: Message::ReadReply(reply) } = &input {
            let told = (*from, reply.key.clone(), reply.versions.clone());
            self.told.entry(reply.request).or_default().push(told);
        }
        vec![input]
    }

    fn effect(&mut self, effect: Effect, _: &mut Vec<Input>) -> Vec<Effect> {
        let mut effects = Vec::new();
        if let Effect::Send { message: Message::GetReply(reply), .. } = &effect {
            let subject = Subject::Request(reply.request);
            for (to, key, versions) in self.told.remove(&reply.request).unwrap_or_default() {
                let slot = Slot { store: Store::Main, key };
                let message = Message::Write(Write { subject: subject.clone(), slot, versions });
                effects.push(Effect::Send { to, message });
            }
        }
        effects.push(effect);
        effects
    }
}

/// Repairs with the first sibling alone, under the context of all.
#[derive(Clone, Default)]
pub struct RepairsWithOneSibling {
    reads: BTreeSet<RequestId>,
}

impl Tamper for RepairsWithOneSibling {
    fn effect(&mut self, mut effect: Effect, _: &mut Vec<Input>) -> Vec<Effect> {
        if let Effect::Note(Fact::ReadRepair { request, .. }) = &effect {
            self.reads.insert(*request);
        }
        if let Effect::Send { message: Message::Write(write), .. } = &mut effect
            && let Subject::Request(request) = &write.subject
            && self.reads.contains(request)
            && let Versions::Dotted(_) = &write.versions
        {
            let first = siblings_of(&write.versions).into_iter().take(1).collect();
            write.versions = versions_of(write.versions.context(), &first);
        }
        vec![effect]
    }
}
