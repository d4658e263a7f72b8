//! What a version of a key is called and which hue it has: A for the first put that a disk
//! stored, then B, C, ...

use alloc::string::String;
use alloc::vec::Vec;
use dynamo_core::collections::{Map, Set};

use dynamo_core::node::get::GetOutcome;
use dynamo_core::{Key, Message, RequestId, Versions};
use dynamo_sim::View;

/// How many hues there are before they repeat; the letter tells apart what the hue does not.
pub const HUES: usize = 8;

/// The letter of the version with this number: A to Z, then AA, AB, ...
pub fn letter(index: usize) -> String {
    let mut text = Vec::new();
    let mut rest = index + 1;
    while rest > 0 {
        rest -= 1;
        text.push((b'A' + (rest % 26) as u8) as char);
        rest /= 26;
    }
    text.iter().rev().collect()
}

/// The class of the hue of the version with this number: `v0` to `v7`.
pub fn hue(index: usize) -> &'static str {
    ["v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7"][index % HUES]
}

/// The versions of one key, in the order in which disks stored them.
#[derive(Clone, Debug, Default)]
pub struct Letters {
    key: Option<Key>,
    index: Map<RequestId, usize>,
}

impl Letters {
    /// The letters of a key, as far as its versions exist by now.
    pub fn of(view: &View, key: Option<&Key>) -> Self {
        let minted = key.and_then(|key| view.minted.get(key)).map(|puts| puts.as_slice());
        Letters::among(key, minted.unwrap_or_default())
    }

    /// The letters of a key with these puts, in the order in which they were stored.
    pub fn among(key: Option<&Key>, minted: &[RequestId]) -> Self {
        let index = minted.iter().enumerate().map(|(i, put)| (*put, i));
        Letters { key: key.cloned(), index: index.collect() }
    }

    /// The number of the version that a put wrote.
    pub fn index(&self, put: RequestId) -> Option<usize> {
        self.index.get(&put).copied()
    }

    /// The letter of the version that a put wrote.
    pub fn letter(&self, put: RequestId) -> Option<String> {
        self.index(put).map(letter)
    }

    /// Whether this is the key that has the letters.
    pub fn is_about(&self, key: &Key) -> bool {
        self.key.as_ref() == Some(key)
    }

    /// The numbers of the versions in a set, in order.
    pub fn versions(&self, versions: &Versions) -> Vec<usize> {
        self.numbers(versions.siblings().map(|(_, sibling)| sibling.request))
    }

    /// The numbers of the versions that these puts wrote, in order.
    pub fn numbers(&self, puts: impl Iterator<Item = RequestId>) -> Vec<usize> {
        let numbers: Set<usize> = puts.filter_map(|put| self.index(put)).collect();
        numbers.into_iter().collect()
    }

    /// The numbers of the versions that a message carries, in order.
    pub fn carried(&self, message: &Message) -> Vec<usize> {
        if !message.key().is_some_and(|key| self.is_about(key)) {
            return Vec::new();
        }
        match message {
            Message::Put(put) | Message::PutAgain(put) => {
                self.index(put.request).into_iter().collect()
            }
            Message::Write(write) | Message::DurableWrite(write) | Message::Mend(write) => {
                self.versions(&write.versions)
            }
            Message::ReadReply(reply) => self.versions(&reply.versions),
            Message::GetReply(reply) => match &reply.outcome {
                GetOutcome::Found { siblings, .. } => {
                    self.numbers(siblings.iter().map(|sibling| sibling.request))
                }
                GetOutcome::Failed(_) => Vec::new(),
            },
            Message::PutReply(_)
            | Message::Get(_)
            | Message::GetAgain(_)
            | Message::Taken(_)
            | Message::WriteAck(_)
            | Message::BufferedAck(_)
            | Message::Read(_)
            | Message::Ping(_)
            | Message::Pong(_)
            | Message::RingPoll(_)
            | Message::RingReply(_)
            | Message::ReapQuery(_)
            | Message::ReapVote(_)
            | Message::Reap(_)
            | Message::Compare(_)
            | Message::Hashes(_)
            | Message::NotMine(_)
            | Message::Gossip(_)
            | Message::History(_)
            | Message::RangeOffer(_)
            | Message::RangeConfirm(_) => Vec::new(),
        }
    }
}

/// Letters in a row, `A B`.
pub fn spelled(numbers: &[usize]) -> String {
    let letters: Vec<String> = numbers.iter().map(|number| letter(*number)).collect();
    letters.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_z_comes_aa() {
        let letters: Vec<String> =
            [0, 1, 25, 26, 27, 51, 52, 701, 702].iter().map(|it| letter(*it)).collect();
        assert_eq!(letters, ["A", "B", "Z", "AA", "AB", "AZ", "BA", "ZZ", "AAA"]);
    }

    #[test]
    fn hues_repeat_after_eight() {
        assert_eq!((hue(0), hue(7), hue(8)), ("v0", "v7", "v0"));
    }
}
