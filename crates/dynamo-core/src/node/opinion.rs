//! Who seems down: one node's own opinion, formed from silence alone (paper 4.8.3).
//!
//! ```text
//! n1 -> n3   write          no answer within `answer_within`
//! n1  !      n3 seems down  requests go to a substitute, a probe is armed
//! n1 -> n3   ping           every `probe_every`, until
//! n3 -> n1   pong           n3 seems up: hints go home
//! ```
//!
//! How an opinion is formed is a knob: from the silence of single requests as above, or by
//! `phi`. Two more are there to show that nothing but speed hangs on opinions (INV-F3):
//! one believes the contrary of everything, one changes its mind at every input (P43).
//!
//! Invariant (INV-F1): opinions choose substitutes; they never change the ring. Nothing here can:
//! [`Opinions`] does not know it.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::collections::Map;

use crate::effect::{Effects, Fact, Timer};
use crate::id::{NodeId, Subject, Task, TaskKind};
use crate::message::Message;
use crate::node::Node;
use crate::time::LocalTime;
use crate::wire;

/// How a node judges whether another is up (4.8.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Detector {
    /// Whoever does not answer a request in time is down until it answers something.
    #[default]
    Timeouts,
    /// Whoever has been silent for much longer than usual is down: phi accrual.
    Phi,
    /// As timeouts, and everything the other way round: to show that no promise rests on it.
    Contrary,
    /// Everybody is up or down as it comes, and otherwise at the next input: to show the same.
    Erratic,
}

impl Detector {
    /// Every choice.
    pub const ALL: [Detector; 4] =
        [Detector::Timeouts, Detector::Phi, Detector::Contrary, Detector::Erratic];
}

impl fmt::Display for Detector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Detector::Timeouts => "timeouts",
            Detector::Phi => "phi",
            Detector::Contrary => "contrary",
            Detector::Erratic => "erratic",
        })
    }
}

/// A node that did not answer.
#[derive(Clone, Debug)]
pub struct Suspect {
    /// Since when it seems down.
    pub since: LocalTime,
}

/// Whom a node believes to be down. Whoever is not in here seems up.
#[derive(Clone, Debug)]
pub struct Opinions {
    of: NodeId,
    detector: Detector,
    /// Inputs so far.
    inputs: u64,
    suspects: Map<NodeId, Suspect>,
    // Counts over the whole boot, so that no two probes share a name.
    probes: Map<NodeId, u32>,
}

impl Opinions {
    /// Of a process that believes everybody to be up.
    pub fn new(of: NodeId, detector: Detector) -> Self {
        Opinions { of, detector, inputs: 0, suspects: Map::new(), probes: Map::new() }
    }

    /// From here on opinions are formed in this way; whoever was silent is still asked again.
    pub(super) fn judge_by(&mut self, detector: Detector) {
        self.detector = detector;
    }

    /// Whoever is asked again until it answers.
    pub(super) fn suspected(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.suspects.keys().copied()
    }

    /// One input more.
    pub(super) fn count(&mut self) {
        self.inputs += 1;
    }

    /// Whether this node is treated as down.
    pub fn seems_down(&self, node: NodeId) -> bool {
        match self.detector {
            Detector::Timeouts | Detector::Phi => self.suspects(node),
            _ if node == self.of => false,
            Detector::Contrary => !self.suspects(node),
            Detector::Erratic => wire::hash(&(self.of, node, self.inputs)).0 & 1 == 1,
        }
    }

    /// Whether this node was silent for too long.
    pub(super) fn suspects(&self, node: NodeId) -> bool {
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
        // Under phi one silent request is no more than a sample that is missing.
        if self.config.detector != Detector::Phi {
            self.believe_down(now, node, because, effects);
        }
    }

    pub(super) fn believe_down(
        &mut self,
        now: LocalTime,
        node: NodeId,
        because: Subject,
        effects: &mut Effects,
    ) {
        if node == self.id() || self.opinions.suspects(node) {
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
        if !self.opinions.suspects(node) {
            return;
        }
        let firing = self.opinions.probes.entry(node).or_default();
        *firing += 1;
        let task = Task { boot: self.boot, kind: TaskKind::Probe(node), firing: *firing };
        effects.send(node, Message::Ping(task));
        effects.arm(Timer::Probe(node), self.config.probe_every);
    }
}
