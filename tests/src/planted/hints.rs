//! Bugs in how hints are kept and brought home.

use std::collections::BTreeSet;

use dynamo_core::{
    Effect, Effects, Input, Message, Operation, Slot, Store, Subject, TaskKind, Timer, Versions,
};

use super::{Known, Tamper, ack_of, heard, siblings_of, versions_of};

fn is_handoff(subject: &Subject) -> bool {
    matches!(subject, Subject::Task(task) if matches!(task.kind, TaskKind::Handoff { .. }))
}

/// Forgets a hint when it should send it.
#[derive(Clone, Default)]
pub struct DropsHints;

impl Tamper for DropsHints {
    fn effect(&mut self, effect: Effect, further: &mut Vec<Input>) -> Vec<Effect> {
        match effect {
            Effect::Send { to, message: Message::Write(write) } if is_handoff(&write.subject) => {
                further.push(heard(to, ack_of(&write)));
                vec![]
            }
            other => vec![other],
        }
    }
}

/// Forgets a hint as soon as it has sent it.
#[derive(Clone, Debug, Default)]
pub struct ForgetsHints;

impl Tamper for ForgetsHints {
    fn effect(&mut self, effect: Effect, further: &mut Vec<Input>) -> Vec<Effect> {
        if let Effect::Send { to, message } = &effect
            && let Some(write) = message.as_write().filter(|write| is_handoff(&write.subject))
        {
            further.push(heard(*to, ack_of(write)));
        }
        vec![effect]
    }
}

/// Never looks through its hints.
#[derive(Clone, Default)]
pub struct NeverLooksForHints;

impl Tamper for NeverLooksForHints {
    fn input(&mut self, input: Input, _: &mut Effects) -> Vec<Input> {
        match input {
            Input::Fired { timer: Timer::HintScan, .. } => Vec::new(),
            other => vec![other],
        }
    }
}

/// Takes what is brought home for all that there is.
#[derive(Clone, Default)]
pub struct OverwritesAtHandoff {
    known: Known,
    home: BTreeSet<Slot>,
}

impl Tamper for OverwritesAtHandoff {
    fn input(&mut self, input: Input, _: &mut Effects) -> Vec<Input> {
        self.known.hear(&input);
        if let Input::Received { message, .. } = &input
            && let Some(write) = message.as_write().filter(|write| is_handoff(&write.subject))
            && write.slot.store == Store::Main
        {
            self.home.insert(write.slot.clone());
        }
        vec![input]
    }

    fn effect(&mut self, mut effect: Effect, _: &mut Vec<Input>) -> Vec<Effect> {
        self.known.ask(&effect);
        if let Effect::Disk { operation: Operation::Merge { slot, versions }, .. } = &mut effect
            && self.home.remove(slot)
            && let Versions::Dotted(_) = versions
        {
            let mut context = versions.context().clone();
            context.absorb(&self.known.context(slot));
            *versions = versions_of(&context, &siblings_of(versions));
        }
        vec![effect]
    }
}
