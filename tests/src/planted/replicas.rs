//! Bugs in how a replica takes in and lets go.

use std::collections::BTreeMap;

use dynamo_core::node::put::PutOutcome;
use dynamo_core::{
    Boot, CausalContext, Config, Duration, Effect, Input, Message, NodeId, Operation, Slot, Store,
    Ticket, Versions,
};

use super::{Tamper, siblings_of, versions_of};

/// On one node a context is cut down to the values that are there.
#[derive(Clone, Default)]
pub struct PrunesOnOneReplica {
    is_pruner: bool,
}

impl Tamper for PrunesOnOneReplica {
    fn boot(&mut self, boot: Boot, _: &mut Config) {
        self.is_pruner = boot.node == NodeId(2);
    }

    fn effect(&mut self, mut effect: Effect, _: &mut Vec<Input>) -> Vec<Effect> {
        if let Effect::Disk { operation: Operation::Merge { versions, .. }, .. } = &mut effect
            && self.is_pruner
            && let Versions::Dotted(_) = versions
        {
            let siblings = siblings_of(versions);
            let mut context = CausalContext::default();
            for dot in siblings.keys() {
                context.insert(*dot);
            }
            *versions = versions_of(&context, &siblings);
        }
        vec![effect]
    }
}

/// Agrees to erase every tombstone, whatever it holds.
#[derive(Clone, Default)]
pub struct AgreesToAll;

impl Tamper for AgreesToAll {
    fn effect(&mut self, mut effect: Effect, _: &mut Vec<Input>) -> Vec<Effect> {
        if let Effect::Send { message: Message::ReapVote(vote), .. } = &mut effect {
            vote.agrees = true;
        }
        vec![effect]
    }
}

/// The same, and does not wait long for what may still be on its way.
#[derive(Clone, Default)]
pub struct ReapsEarly {
    agrees: AgreesToAll,
}

impl Tamper for ReapsEarly {
    fn boot(&mut self, _: Boot, config: &mut Config) {
        config.tombstone_life = Duration::millis(100);
    }

    fn effect(&mut self, effect: Effect, further: &mut Vec<Input>) -> Vec<Effect> {
        self.agrees.effect(effect, further)
    }
}

/// Empties the slot that it has just written, with a set that claims to have seen the write and
/// holds nothing of it.
#[derive(Clone, Debug, Default)]
pub struct ThrowsAway;

impl Tamper for ThrowsAway {
    fn effect(&mut self, effect: Effect, _: &mut Vec<Input>) -> Vec<Effect> {
        let mut effects = Vec::new();
        if let Effect::Send { message: Message::PutReply(reply), .. } = &effect
            && let PutOutcome::Stored(token) = &reply.outcome
        {
            let seen = token.open(&reply.key).unwrap_or_default();
            let slot = Slot { store: Store::Main, key: reply.key.clone() };
            let versions = versions_of(&seen, &BTreeMap::new());
            let operation = Operation::Merge { slot, versions };
            effects.push(Effect::Disk { ticket: Ticket(u64::MAX), operation });
        }
        effects.push(effect);
        effects
    }
}
