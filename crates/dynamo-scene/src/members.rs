//! Words for joins and leaves, and how a node stands to the ring.

use alloc::format;
use alloc::string::{String, ToString};

use dynamo_core::{BadChange, Change, Endpoint, Fact, NodeId, Stage};
use dynamo_sim::View;

use crate::words::{counted, key_words};

/// What is ordered, as the middle of a sentence: `the joining of n6`.
pub fn change(change: &Change) -> String {
    match change {
        Change::Join(member) => format!("the joining of {}", member.node),
        Change::Leave(node) => format!("the leaving of {node}"),
        Change::Remove(node) => format!("the removal of {node}"),
        Change::Replicas(n) => format!("the change to N = {n}"),
        Change::Strategy(strategy) => format!("the change to strategy {strategy}"),
    }
}

/// Why a change cannot be.
pub fn bad_change(why: BadChange) -> String {
    match why {
        BadChange::Member(node) => format!("{node} is a member already, or is about to be."),
        BadChange::NoMember(node) => format!("{node} is no member, or is about to leave."),
        BadChange::TooFewLeft(n) => {
            format!("Fewer members than replicas would be left: N is {n}.")
        }
        BadChange::Same => "The ring is shared out so already, or is about to be.".into(),
        BadChange::NoRing => "The ring has no room for so many shares.".into(),
    }
}

/// A decision about members and ranges.
pub(crate) fn fact(by: Endpoint, fact: &Fact) -> String {
    match fact {
        Fact::ChangeHeard { change: it } => format!("{by} hears of {}.", change(it)),
        Fact::ChangeAgreed { change: it } => {
            format!("{by} knows that all members have seen {}: its data may move.", change(it))
        }
        Fact::ChangeInEffect { change: it, .. } => {
            format!("For {by}, {} is in effect: it believes in the new ring.", change(it))
        }
        Fact::ChangeRefused { change: it, why } => {
            format!("{by} refuses {}. {}", change(it), bad_change(*why))
        }
        Fact::RangesOffered { to, ranges } => {
            format!("{by} loses {} to {to} and offers what it has.", counted(*ranges, "range"))
        }
        Fact::RangesConfirmed { from, ranges } => {
            format!("{by} confirms that it wants {} from {from}.", counted(*ranges, "range"))
        }
        Fact::RangesGiven { keys } => format!(
            "{by} has given all that it loses, {}, and answers for it no more.",
            counted(*keys, "key")
        ),
        Fact::NotMine { key, .. } => {
            format!("{by} is asked as an owner of {} and is none.", key_words(key))
        }
        Fact::ReplicaDropped { key } => {
            format!("{by} drops {}: all its owners have it.", key_words(key))
        }
        Fact::HintRerouted { owner, key } => {
            format!("{by} sends its hint of {} for {owner} another way.", key_words(key))
        }
        Fact::Emptied => format!("{by} has left the ring, and nothing is left on it."),
        _ => fact.name().to_string(),
    }
}

/// How a node stands to the ring, if it is no member or about to change: `joining`.
pub fn standing(view: &View, node: NodeId) -> Option<&'static str> {
    let known = view.newest();
    let open = known.history.iter().filter(|(_, entry)| entry.stage != Stage::InEffect);
    let change = open.map(|(_, entry)| &entry.change).find(|it| it.node() == Some(node));
    match (change, view.ring.member(node)) {
        (Some(Change::Join(_)), None) => Some("joining"),
        (Some(Change::Leave(_) | Change::Remove(_)), Some(_)) => Some("leaving"),
        (_, Some(_)) => None,
        (_, None) if known.has_left(node) => Some("has left"),
        (_, None) => Some("no member"),
    }
}
