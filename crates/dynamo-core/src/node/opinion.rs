//! Who seems down: one node's own opinion, formed from silence alone (paper 4.8.3).
//!
//! ```text
//! n1 -> n3   write          no answer within `answer_within`
//! n1  !      n3 seems down  requests go to a substitute, a probe is armed
//! n1 -> n3   ping           every `probe_every`, until
//! n3 -> n1   pong           n3 seems up: hints go home
//! ```
//!
//! Invariant (INV-F1): opinions choose substitutes; they never change the ring.

use crate::collections::Map;

use crate::effect::{Effects, Fact, Timer};
use crate::id::{NodeId, Subject, Task, TaskKind};
use crate::message::Message;
use crate::node::Node;
use crate::time::LocalTime;

/// A node that did not answer.
#[derive(Clone, Debug)]
pub struct Suspect {
    /// Since when it seems down.
    pub since: LocalTime,
}

/// Whom a node believes to be down. Whoever is not in here seems up.
#[derive(Clone, Debug, Default)]
pub struct Opinions {
    suspects: Map<NodeId, Suspect>,
    // Counts over the whole boot, so that no two probes share a name.
    probes: Map<NodeId, u32>,
}

impl Opinions {
    /// Whether this node is believed to be down.
    pub fn seems_down(&self, node: NodeId) -> bool {
        self.suspects.contains_key(&node)
    }
}

impl Node {
    /// A node did not answer in time.
    pub(super) fn suspect(
        &mut self,
        now: LocalTime,
        node: NodeId,
        because: Subject,
        effects: &mut Effects,
    ) {
        if node == self.id() || self.opinions.seems_down(node) {
            return;
        }
        self.opinions.suspects.insert(node, Suspect { since: now });
        effects.note(Fact::SeemsDown { node, because });
        effects.arm(Timer::Probe(node), self.config.probe_every);
    }

    /// A node answered something.
    pub(super) fn hears(&mut self, node: NodeId, effects: &mut Effects) {
        if self.opinions.suspects.remove(&node).is_some() {
            effects.note(Fact::SeemsUp { node });
            effects.disarm(Timer::Probe(node));
            self.start_hint_scan(effects);
        }
    }

    pub(super) fn probe(&mut self, node: NodeId, effects: &mut Effects) {
        if !self.opinions.seems_down(node) {
            return;
        }
        let firing = self.opinions.probes.entry(node).or_default();
        *firing += 1;
        let task = Task { boot: self.boot, kind: TaskKind::Probe(node), firing: *firing };
        effects.send(node, Message::Ping(task));
        effects.arm(Timer::Probe(node), self.config.probe_every);
    }
}
