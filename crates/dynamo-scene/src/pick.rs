//! What can be picked in one face of a run and is marked in all.

use alloc::format;

use dynamo_core::{ClientId, Key, NodeId, RequestId};
use dynamo_sim::{EventId, PickName};

/// A thing that can be picked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pick {
    /// A node.
    Node(NodeId),
    /// A client.
    Client(ClientId),
    /// A key.
    Key(Key),
    /// A message, by the event that sent it.
    Message(EventId),
    /// A client's operation.
    Request(RequestId),
}

impl Pick {
    /// Its name in links and files; a key has one while it is in focus.
    pub fn name(&self, focus: Option<&Key>) -> Option<PickName> {
        match self {
            Pick::Node(node) => PickName::new(&format!("{node}")),
            Pick::Client(client) => PickName::new(&format!("{client}")),
            Pick::Key(key) if focus == Some(key) => PickName::new("key"),
            Pick::Key(_) => None,
            Pick::Message(event) => PickName::new(&format!("m{}", event.0)),
            Pick::Request(request) => PickName::new(&format!("{request}")),
        }
    }

    /// What a name from a link or a file means.
    pub fn named(name: &PickName, focus: Option<&Key>) -> Option<Pick> {
        let name = name.as_str();
        if name == "key" {
            return focus.cloned().map(Pick::Key);
        }
        let (kind, number) = name.split_at_checked(1)?;
        match kind {
            "n" => number.parse().ok().map(|number| Pick::Node(NodeId(number))),
            "m" => number.parse().ok().map(|number| Pick::Message(EventId(number))),
            "c" => match number.split_once('.') {
                None => number.parse().ok().map(|number| Pick::Client(ClientId(number))),
                Some((client, operation)) => {
                    let client = ClientId(client.parse().ok()?);
                    let operation = operation.parse().ok()?;
                    Some(Pick::Request(RequestId { client, operation }))
                }
            },
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pick_is_found_again_by_its_name() {
        let key = Key::new("cart").unwrap();
        let request = RequestId { client: ClientId(2), operation: 7 };
        for pick in [
            Pick::Node(NodeId(3)),
            Pick::Client(ClientId(1)),
            Pick::Key(key.clone()),
            Pick::Message(EventId(123)),
            Pick::Request(request),
        ] {
            let name = pick.name(Some(&key)).unwrap();
            assert_eq!(Pick::named(&name, Some(&key)), Some(pick));
        }
        assert_eq!(Pick::Key(key.clone()).name(None), None);
        for nothing in ["key", "x3", "n", "n-3", "c1.2.3", "m99999999999"] {
            assert_eq!(Pick::named(&PickName::new(nothing).unwrap(), None), None, "{nothing}");
        }
    }
}
