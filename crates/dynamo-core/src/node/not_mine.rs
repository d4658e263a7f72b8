//! Asked as an owner of a key, and none: the coordinator believes in another ring (paper 4.9).
//!
//! ```text
//! n7 -> n5   read           n7 has not heard that n5 gave this key to n9
//! n5 -> n7   not-mine       n5 counts for nothing here; n7 does not take it for down
//! n7 -> n2   read           whoever stands in, if the others do not make R
//! ```

use serde::{Deserialize, Serialize};

use crate::effect::{Effects, Fact};
use crate::id::{Endpoint, Key, Subject};
use crate::message::Message;
use crate::node::Node;
use crate::storage::Slot;

/// From a replica that was asked as an owner: the key is not its own (any more, or yet).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotMine {
    /// On whose behalf it was asked.
    pub subject: Subject,
    /// What it was asked for.
    pub slot: Slot,
}

impl Node {
    /// Whether a replica of this key is taken in here as its own. Where nothing has changed since
    /// the founding, all nodes believe in one ring.
    pub(super) fn takes_in(&self, key: &Key) -> bool {
        self.membership.history.is_empty()
            || (self.membership.keeps(self.id(), key) && !self.is_giving_up(key))
    }

    pub(super) fn say_not_mine(
        &self,
        from: Endpoint,
        subject: Subject,
        slot: Slot,
        effects: &mut Effects,
    ) {
        effects.note(Fact::NotMine { subject: subject.clone(), key: slot.key.clone() });
        effects.send(from, Message::NotMine(NotMine { subject, slot }));
    }

    pub(super) fn take_not_mine(&mut self, from: Endpoint, answer: NotMine, effects: &mut Effects) {
        let Endpoint::Node(node) = from else { return };
        match answer.subject {
            Subject::Request(request) => {
                self.write_declined(request, node, effects);
                self.read_declined(request, node, effects);
            }
            Subject::Task(task) => self.not_taken(&task),
            Subject::Poll(_) => {}
        }
    }
}
