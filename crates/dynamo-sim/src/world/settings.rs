//! A setting changes: the world goes by it from here on, and every process hears what concerns it.

use alloc::vec::Vec;

use dynamo_core::{Call, ClientId, Input, NodeId};

use super::{Actor, World};
use crate::script::Setting;
use crate::trace::{EventId, Refused};

impl<A: Actor> World<A> {
    pub(super) fn judge_setting(&self, setting: Setting) -> Result<(), Refused> {
        let n = self.settings.quorum.n();
        let given = match setting {
            Setting::R(given) | Setting::W(given) => given,
            Setting::Mode(strictness) => strictness.primaries(1),
            _ => 0,
        };
        if given > n { Err(Refused::OutsideN { given, n }) } else { Ok(()) }
    }

    /// A process that starts later starts with it.
    pub(super) fn set(&mut self, setting: Setting, cause: EventId) {
        self.settings.change(setting);
        self.setup = self.settings.over(&self.setup);
        let Setting::Knob(knob) = setting else { return };
        self.config = self.settings.config.clone();
        let nodes: Vec<NodeId> = self.nodes.names().collect();
        for node in nodes {
            self.input(node, cause, Input::Turned(knob));
        }
        let clients: Vec<ClientId> = self.libraries.keys().copied().collect();
        for client in clients {
            self.call(client, Call::Turned(knob), cause);
        }
    }
}
