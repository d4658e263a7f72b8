//! Fields of the setup that are lists, each written as one text in quotes: weights, zones, and
//! the latencies of links and kinds of messages.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use dynamo_core::collections::Map;
use dynamo_core::{Endpoint, MessageKind, MessageName, NodeId, Zone};
use serde::{Deserialize, Serialize};

use super::words::{endpoint, node};
use crate::latency::Latency;

/// The largest share of a node.
pub const MAX_WEIGHT: u8 = 16;

/// How long some messages travel: those of a kind, those on a link, or those of a kind on a link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// The kind of message; all if none.
    pub kind: Option<MessageKind>,
    /// From whom to whom; all if none.
    pub link: Option<(Endpoint, Endpoint)>,
    /// How long they travel.
    pub latency: Latency,
}

impl Rule {
    /// Whether a message of this name travels by it.
    pub fn fits(&self, name: &MessageName) -> bool {
        self.kind.is_none_or(|kind| kind == name.kind)
            && self.link.is_none_or(|link| link == (name.from, name.to))
    }

    /// The nodes that it names.
    pub fn nodes(&self) -> Vec<NodeId> {
        let ends = self.link.map(|(from, to)| [from, to]).into_iter().flatten();
        ends.filter_map(|end| match end {
            Endpoint::Node(node) => Some(node),
            Endpoint::Client(_) => None,
        })
        .collect()
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut space = "";
        if let Some(kind) = self.kind {
            kind.fmt(f)?;
            space = " ";
        }
        if let Some((from, to)) = self.link {
            write!(f, "{space}{from} to {to}")?;
        }
        write!(f, ": {}", self.latency)
    }
}

/// Splits `left: right, left: right`; nothing if a part has no colon. No text, no parts.
fn parts(text: &str) -> Option<Vec<(&str, &str)>> {
    let mut parts = Vec::new();
    for part in text.split(',').filter(|_| !text.trim().is_empty()) {
        let (left, right) = part.split_once(':')?;
        parts.push((left.trim(), right.trim()));
    }
    Some(parts)
}

/// Reads `n1 n4-n6`.
pub(super) fn nodes(text: &str) -> Option<Vec<NodeId>> {
    let mut nodes = Vec::new();
    for word in text.split_whitespace() {
        match word.split_once('-') {
            None => nodes.push(node(word)?),
            Some((first, last)) => {
                let (first, last) = (node(first)?.0, node(last)?.0);
                if first >= last || last > super::MAX_NODES {
                    return None;
                }
                nodes.extend((first..=last).map(NodeId));
            }
        }
    }
    (!nodes.is_empty()).then_some(nodes)
}

/// Writes what [`nodes`] reads; three or more in a row as a range.
pub(super) fn show_nodes(nodes: &[NodeId]) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut at = 0;
    while at < nodes.len() {
        let follows = |two: &[NodeId]| two[0].0 + 1 == two[1].0;
        let more = nodes[at..].windows(2).take_while(|two| follows(two)).count();
        match more {
            0 | 1 => words.push(nodes[at].to_string()),
            _ => words.push(format!("{}-{}", nodes[at], nodes[at + more])),
        }
        at += if more > 1 { more + 1 } else { 1 };
    }
    words.join(" ")
}

pub(super) fn weights(text: &str) -> Result<Map<NodeId, u8>, String> {
    let wrong =
        || format!("nodes and their shares from 1 to {MAX_WEIGHT}, such as \"n1: 2, n4-n6: 3\"");
    let mut weights = Map::new();
    for (left, right) in parts(text).ok_or_else(wrong)? {
        let weight = right.parse().ok().filter(|weight| (1..=MAX_WEIGHT).contains(weight));
        let weight = weight.ok_or_else(wrong)?;
        for node in nodes(left).ok_or_else(wrong)? {
            if weights.insert(node, weight).is_some() {
                return Err(format!("{node} only once"));
            }
        }
    }
    weights.retain(|_, weight| *weight != 1);
    Ok(weights)
}

pub(super) fn show_weights(weights: &Map<NodeId, u8>) -> String {
    show_groups(weights, |nodes, weight| format!("{nodes}: {weight}"))
}

pub(super) fn zones(text: &str) -> Result<Map<NodeId, Zone>, String> {
    let wrong = || "zones and their nodes, such as \"east: n1-n3, west: n4 n5\"".to_string();
    let mut zones = Map::new();
    for (left, right) in parts(text).ok_or_else(wrong)? {
        let zone = zone(left).ok_or_else(wrong)?;
        if zones.values().any(|other| *other == zone) {
            return Err(format!("{zone} only once"));
        }
        for node in nodes(right).ok_or_else(wrong)? {
            if zones.insert(node, zone.clone()).is_some() {
                return Err(format!("{node} only once"));
            }
        }
    }
    Ok(zones)
}

pub(super) fn show_zones(zones: &Map<NodeId, Zone>) -> String {
    show_groups(zones, |nodes, zone| format!("{zone}: {nodes}"))
}

/// Writes the nodes that have one value together, in the order of their first nodes.
fn show_groups<V: PartialEq>(all: &Map<NodeId, V>, show: impl Fn(&str, &V) -> String) -> String {
    let mut shown = String::new();
    for (first, value) in all.iter() {
        let same = all.iter().filter(|(_, other)| *other == value);
        let nodes: Vec<NodeId> = same.map(|(node, _)| *node).collect();
        if nodes.first() == Some(first) {
            shown.push_str(if shown.is_empty() { "" } else { ", " });
            shown.push_str(&show(&show_nodes(&nodes), value));
        }
    }
    shown
}

/// Reads the name of a zone: a letter, then letters, digits, `_` and `-`.
pub(super) fn zone(text: &str) -> Option<Zone> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let named = text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(plain);
    named.then(|| Zone::new(text).ok()).flatten()
}

pub(super) fn rules(text: &str) -> Result<Vec<Rule>, String> {
    let wrong = || {
        "kinds of messages or links and how long they travel, such as \
         \"write: exponential-6ms, n1 to n3: constant-40ms, read n1 to n2: constant-9ms\""
            .to_string()
    };
    let read = |(left, right): (&str, &str)| {
        let mut words: Vec<&str> = left.split_whitespace().collect();
        let kind = MessageKind::ALL
            .into_iter()
            .find(|kind| words.first().is_some_and(|word| *word == kind.name()));
        if kind.is_some() {
            words.remove(0);
        }
        let link = match words[..] {
            [] if kind.is_some() => None,
            [from, "to", to] => {
                Some((endpoint(from).ok_or_else(wrong)?, endpoint(to).ok_or_else(wrong)?))
            }
            _ => return Err(wrong()),
        };
        Ok(Rule { kind, link, latency: right.parse()? })
    };
    parts(text).ok_or_else(wrong)?.into_iter().map(read).collect()
}

pub(super) fn show_rules(rules: &[Rule]) -> String {
    let rules: Vec<String> = rules.iter().map(Rule::to_string).collect();
    rules.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::Script;
    use dynamo_core::{ClientId, Duration, RequestId, Subject};

    #[test]
    fn a_rule_comes_before_the_zones_and_they_before_what_holds_for_all() {
        let text = "dynamo 1\nsetup zones=\"east: n1-n3, west: n4 n5\" latency=constant-1ms \
                    zone-latency=constant-9ms \
                    latencies=\"write n1 to n4: constant-2ms, read: constant-3ms, n1 to n4: \
                    constant-4ms\"\n";
        let setup = text.parse::<Script>().unwrap().setup;
        let request = RequestId { client: ClientId(1), operation: 1 };
        let travels = |kind, from: u16, to: u16| {
            let subject = Subject::Request(request);
            let (from, to) = (NodeId(from).into(), NodeId(to).into());
            let name = MessageName { subject, kind, from, to };
            setup.latency_of(setup.latency, &name).slowest()
        };
        assert_eq!(travels(MessageKind::Write, 1, 4), Duration::millis(2));
        assert_eq!(travels(MessageKind::Read, 1, 4), Duration::millis(3));
        assert_eq!(travels(MessageKind::WriteAck, 1, 4), Duration::millis(4));
        assert_eq!(travels(MessageKind::WriteAck, 4, 1), Duration::millis(9));
        assert_eq!(travels(MessageKind::WriteAck, 4, 5), Duration::millis(1));
        assert_eq!(setup.slowest(setup.latency), Duration::millis(9), "what peace must wait for");
    }

    #[test]
    fn nodes_in_a_row_are_written_as_a_range() {
        let all = [1, 3, 4, 5, 6, 8, 9].map(NodeId);
        assert_eq!(show_nodes(&all), "n1 n3-n6 n8 n9");
        assert_eq!(nodes("n1 n3-n6 n8 n9").unwrap(), all);
        assert_eq!(nodes("n5-n99999"), None);
    }
}
