//! Bugs in how trees are built, compared and acted on.

use dynamo_core::node::put::Write;
use dynamo_core::node::sync::{Found, Places};
use dynamo_core::{
    Boot, Config, Effect, Hash, Input, Key, Message, Slot, Store, Subject, Task, TaskKind, Versions,
};

use super::Tamper;

/// Answers that all trees are equal, whatever they are.
#[derive(Clone, Default)]
pub struct SeesNoDifference;

impl Tamper for SeesNoDifference {
    fn effect(&mut self, mut effect: Effect, _: &mut Vec<Input>) -> Vec<Effect> {
        if let Effect::Send { message: Message::Hashes(hashes), .. } = &mut effect {
            hashes.found = Found::Below(vec![]);
        }
        vec![effect]
    }
}

/// Never mends what its trees say.
#[derive(Clone, Default)]
pub struct OffersNothing;

impl Tamper for OffersNothing {
    fn effect(&mut self, effect: Effect, _: &mut Vec<Input>) -> Vec<Effect> {
        match effect {
            Effect::Send { message: Message::Mend(_), .. } => vec![],
            other => vec![other],
        }
    }
}

/// Changes the roots that a node sends.
fn change_roots(effect: &mut Effect, change: impl Fn(&Task, &mut Hash)) {
    if let Effect::Send { message: Message::Compare(compare), .. } = effect
        && let Places::Roots(roots) = &mut compare.at
    {
        for (_, root) in roots {
            change(&compare.task, root);
        }
    }
}

/// Hashes the number of the question along, as a time of day would be (P28).
#[derive(Clone, Default)]
pub struct HashesTheMoment;

impl Tamper for HashesTheMoment {
    fn effect(&mut self, mut effect: Effect, _: &mut Vec<Input>) -> Vec<Effect> {
        change_roots(&mut effect, |task, root| root.0 ^= u64::from(task.firing));
        vec![effect]
    }
}

/// Hashes its keys in an order that no other process has, as an unordered map does.
#[derive(Clone, Default)]
pub struct HashesInItsOwnOrder {
    order: u32,
}

impl Tamper for HashesInItsOwnOrder {
    fn boot(&mut self, boot: Boot, _: &mut Config) {
        self.order = (boot.nonce % 64) as u32;
    }

    fn effect(&mut self, mut effect: Effect, _: &mut Vec<Input>) -> Vec<Effect> {
        change_roots(&mut effect, |_, root| root.0 = root.0.rotate_left(self.order));
        vec![effect]
    }
}

/// Offers the first keys in every exchange, whether they differ or not.
#[derive(Clone, Default)]
pub struct MendsForEver;

impl Tamper for MendsForEver {
    fn effect(&mut self, effect: Effect, _: &mut Vec<Input>) -> Vec<Effect> {
        let Effect::Send { to, message: Message::Compare(compare) } = &effect else {
            return vec![effect];
        };
        let TaskKind::Exchange(peer) = compare.task.kind else { return vec![effect] };
        let (to, task) = (*to, compare.task.clone());
        let offer = |name: &str| {
            let key = Key::new(name).expect("short");
            let kind = TaskKind::Repair { peer, key: key.clone() };
            let subject = Subject::Task(Task { kind, ..task.clone() });
            let slot = Slot { store: Store::Main, key };
            let message = Message::Mend(Write { subject, slot, versions: Versions::default() });
            Effect::Send { to, message }
        };
        let offers = ["basket", "k1"].map(offer);
        [effect].into_iter().chain(offers).collect()
    }
}
