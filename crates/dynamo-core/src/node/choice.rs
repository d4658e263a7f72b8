//! Who coordinates a write: any node of its list may (paper 4.5, 5).
//!
//! ```text
//! c1 -> n5   get                n2 answers n5 first
//! n5 -> c1   get-reply          the context says: n2 was the fastest
//! c1 -> n1   put                with that context
//! n1 -> n2   put                n1 could, but n2 has just shown the data that was read
//! ```
//!
//! A write that was handed on is not handed on again (INV-C1), whoever would be chosen here.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::coordinator::Round;
use crate::effect::{Effects, Fact, Timer};
use crate::id::NodeId;
use crate::node::Node;
use crate::node::put::{Hop, Put};
use crate::node::retry::Attempt;

/// Which node of a key's list coordinates a write that a client sent to some node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum CoordinatorChoice {
    /// Whichever it reached; the first, if that one is not in the list (4.5).
    #[default]
    Any,
    /// The first of the key's own nodes that seems up (4.5: "typically").
    First,
    /// The one that answered the client's read before it first (5, 6.4); else as any.
    Fastest,
}

impl CoordinatorChoice {
    /// Every choice.
    pub const ALL: [CoordinatorChoice; 3] =
        [CoordinatorChoice::Any, CoordinatorChoice::First, CoordinatorChoice::Fastest];
}

impl fmt::Display for CoordinatorChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            CoordinatorChoice::Any => "any",
            CoordinatorChoice::First => "first",
            CoordinatorChoice::Fastest => "fastest",
        })
    }
}

impl Node {
    /// Who is to coordinate a write that came from its client.
    pub(super) fn chosen(&self, fastest: Option<NodeId>, round: &Round) -> NodeId {
        let first = round.first();
        let here = round.replica(self.id()).map_or(first, |own| own.node);
        match self.config.coordinator {
            CoordinatorChoice::Any => here,
            CoordinatorChoice::First => {
                let own = |node: &&NodeId| round.replica(**node).is_some();
                round.primaries().iter().find(own).copied().unwrap_or(first)
            }
            CoordinatorChoice::Fastest => {
                fastest.filter(|node| round.replica(*node).is_some()).unwrap_or(here)
            }
        }
    }

    /// What a context says of the fastest replier, where writes follow it.
    pub(super) fn remembered(&self, fastest: Option<NodeId>) -> Option<NodeId> {
        fastest.filter(|_| self.config.coordinator == CoordinatorChoice::Fastest)
    }

    pub(super) fn hand_on(
        &mut self,
        put: Put,
        attempt: Attempt,
        to: NodeId,
        round: &Round,
        effects: &mut Effects,
    ) {
        let request = put.request;
        let stranger = round.replica(self.id()).is_none();
        effects.note(if stranger && to == round.first() {
            Fact::HandsOn { request, to }
        } else {
            Fact::Chooses { request, to, choice: self.config.coordinator }
        });
        let hop = Hop::HandedOn { by: self.id() };
        effects.send(to, attempt.put(Put { hop, ..put }));
        self.handed_on.insert(request, to);
        effects.arm(Timer::Handover(request), self.config.answer_within);
    }
}
