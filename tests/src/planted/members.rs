//! Bugs in how members come and go.

use dynamo_core::{Effect, Input, Message, Subject};

use super::{Tamper, ack_of, heard};

/// Keeps to itself what it knows of the members.
#[derive(Clone, Default)]
pub struct KeepsNewsToItself;

impl Tamper for KeepsNewsToItself {
    fn effect(&mut self, effect: Effect, _: &mut Vec<Input>) -> Vec<Effect> {
        match effect {
            Effect::Send { message: Message::History(_), .. } => vec![],
            other => vec![other],
        }
    }
}

/// Says that what it is to bring to other nodes is there, and brings nothing.
#[derive(Clone, Default)]
pub struct GivesNothing;

impl Tamper for GivesNothing {
    fn effect(&mut self, effect: Effect, further: &mut Vec<Input>) -> Vec<Effect> {
        match effect {
            Effect::Send { to, message: Message::Write(write) }
                if matches!(&write.subject, Subject::Task(_)) =>
            {
                further.push(heard(to, ack_of(&write)));
                vec![]
            }
            other => vec![other],
        }
    }
}
