//! What the world starts with: one table of fields, read and written by the same entries.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use dynamo_core::collections::Map;
use dynamo_core::{
    BadRing, Config, Duration, Endpoint, EngineKind, Member, MessageName, NodeId, NotFound, Quorum,
    Ring, Strategy, Strictness, Versioning, Zone,
};
use serde::{Deserialize, Serialize};

use super::lists::{self, Rule};
use super::ways::{self, Driven};
use super::words::{Word, duration};
use crate::chance::Seed;
use crate::latency::{Latency, Model, fixed, show_fixed};

/// A probability in parts per million, so that no float enters a script.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Rate(u32);

impl Rate {
    /// Never.
    pub const NEVER: Rate = Rate(0);

    /// Whether an even draw of 64 bits falls below the rate.
    pub fn hits(self, bits: u64) -> bool {
        (u128::from(bits) * 1_000_000) >> 64 < u128::from(self.0)
    }

    /// Reads a share, from 0 to 1.
    pub fn share(text: &str) -> Result<Rate, String> {
        let millionths = fixed(text, 6).filter(|millionths| *millionths <= 1_000_000);
        millionths.map(Rate).ok_or_else(|| "a share from 0 to 1, such as 0.5".to_string())
    }

    /// Reads a decimal from 0 to 0.9, at most six digits behind the point.
    pub fn parse(text: &str) -> Result<Rate, String> {
        let millionths = fixed(text, 6).filter(|millionths| *millionths <= 900_000);
        millionths.map(Rate).ok_or_else(|| "a rate from 0 to 0.9, such as 0.05".to_string())
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&show_fixed(self.0, 6))
    }
}

/// What the world starts with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setup {
    /// Nodes n1, n2, ..., from 1 to 64.
    pub nodes: u16,
    /// N, R and W.
    pub quorum: Quorum,
    /// Whose copies count, unless a request says otherwise.
    pub strictness: Strictness,
    /// What the answer of a replica that has nothing means, unless a read says otherwise. The
    /// paper does not say; Riak counts it.
    pub not_found: NotFound,
    /// Who coordinates what clients ask for without naming a node (6.4).
    pub driven: Driven,
    /// The root of all chance.
    pub seed: Seed,
    /// 1, 2 or 3: how the ring is cut and shared out (6.2).
    pub strategy: u8,
    /// T, the tokens for a unit of weight in strategies 1 and 2.
    pub tokens: u16,
    /// Q, the number of partitions in strategies 2 and 3.
    pub partitions: u16,
    /// The shares of the nodes whose share is not 1.
    pub weights: Map<NodeId, u8>,
    /// The zone of every node; empty if all stand in one.
    pub zones: Map<NodeId, Zone>,
    /// How long messages travel.
    pub latency: Latency,
    /// How long messages between nodes in different zones travel, if it is another time.
    pub zone_latency: Option<Latency>,
    /// Other times for some links and kinds of messages: the first rule that fits counts.
    pub latencies: Vec<Rule>,
    /// How many messages are lost.
    pub loss: Rate,
    /// How many messages arrive twice.
    pub copies: Rate,
    /// How long a disk write takes.
    pub disk_write: Duration,
    /// How long a disk read takes.
    pub disk_read: Duration,
    /// How long a write into a write buffer takes.
    pub buffer_write: Duration,
    /// How long a client waits for an answer.
    pub client_timeout: Duration,
    /// How often a client that has heard nothing asks again. The paper does not say.
    pub retries: u8,
    /// The knobs of every node; its `replicas` is N above.
    pub config: Config,
}

impl Default for Setup {
    fn default() -> Self {
        Setup {
            nodes: 5,
            quorum: Quorum::USUAL,
            strictness: Strictness::Sloppy,
            not_found: NotFound::Counts,
            driven: Driven::Server,
            seed: Seed(1),
            strategy: 3,
            tokens: 16,
            partitions: 64,
            weights: Map::new(),
            zones: Map::new(),
            latency: Model::Lognormal { median: Duration::millis(4), p99: Duration::millis(15) }
                .into(),
            zone_latency: None,
            latencies: Vec::new(),
            loss: Rate::NEVER,
            copies: Rate::NEVER,
            disk_write: Duration::millis(1),
            disk_read: Duration::micros(300),
            buffer_write: Duration::micros(50),
            client_timeout: Duration::millis(250),
            retries: 0,
            config: Config::default(),
        }
    }
}

/// One field of the setup as text.
pub struct Field {
    /// Its name before the equals sign.
    pub name: &'static str,
    /// Writes it.
    pub show: fn(&Setup) -> String,
    /// Reads it; the error says what was expected.
    pub read: fn(&mut Setup, &str) -> Result<(), String>,
    /// Written even when it has its default.
    pub always: bool,
}

pub(super) fn number(text: &str, from: u64, to: u64) -> Result<u64, String> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let value = text.parse::<u64>().ok().filter(|value| plain && (from..=to).contains(value));
    value.ok_or_else(|| format!("a number from {from} to {to}"))
}

/// Reads a length of time within the bounds of every interval: 1us to 60s.
pub(super) fn interval(text: &str) -> Result<Duration, String> {
    let length = duration(text).ok().filter(|it| (1..=60_000_000).contains(&it.as_micros()));
    length.ok_or_else(|| "a length of time from 1us to 60s, such as 25ms".to_string())
}

/// Reads `never` or how often something is done: every 100ms to 60s.
pub(super) fn period(text: &str) -> Result<Option<Duration>, String> {
    let length = interval(text).ok().filter(|it| it.as_micros() >= 100_000);
    let expected = || "never or a length of time from 100ms to 60s, such as 5s".to_string();
    if text == "never" { Ok(None) } else { length.map(Some).ok_or_else(expected) }
}

macro_rules! interval_field {
    ($name:literal, $($path:ident).+) => {
        Field {
            name: $name,
            show: |setup| setup.$($path).+.to_string(),
            read: |setup, text| { setup.$($path).+ = interval(text)?; Ok(()) },
            always: false,
        }
    };
}

/// N, R and W are read into this and checked together, whatever their order.
fn replace_quorum(setup: &mut Setup, change: impl FnOnce(&mut (u8, u8, u8))) -> Result<(), String> {
    let mut three = <(u8, u8, u8)>::from(setup.quorum);
    change(&mut three);
    setup.quorum = Quorum::new(three.0, three.1, three.2).map_err(|bad| bad.to_string())?;
    setup.config.replicas = three.0;
    Ok(())
}

fn byte(text: &str) -> Result<u8, String> {
    number(text, 1, 64).map(|value| value as u8)
}

/// Every field in the order in which it is written and judged: N before R and W.
pub static FIELDS: [Field; 41] = [
    Field {
        name: "nodes",
        show: |setup| setup.nodes.to_string(),
        read: |setup, text| {
            setup.nodes = number(text, 1, super::MAX_NODES.into())? as u16;
            Ok(())
        },
        always: true,
    },
    Field {
        name: "n",
        show: |setup| setup.quorum.n().to_string(),
        read: |setup, text| {
            let n = byte(text)?;
            replace_quorum(setup, |three| *three = (n, three.1.min(n), three.2.min(n)))
        },
        always: true,
    },
    Field {
        name: "r",
        show: |setup| setup.quorum.r().to_string(),
        read: |setup, text| {
            let r = byte(text).map_err(|_| expected_up_to_n(setup))?;
            replace_quorum(setup, |three| three.1 = r).map_err(|_| expected_up_to_n(setup))
        },
        always: true,
    },
    Field {
        name: "w",
        show: |setup| setup.quorum.w().to_string(),
        read: |setup, text| {
            let w = byte(text).map_err(|_| expected_up_to_n(setup))?;
            replace_quorum(setup, |three| three.2 = w).map_err(|_| expected_up_to_n(setup))
        },
        always: true,
    },
    Field {
        name: "mode",
        show: |setup| setup.strictness.to_string(),
        read: |setup, text| {
            setup.strictness = ways::strictness(text)?;
            Ok(())
        },
        always: false,
    },
    Field {
        name: "not-found",
        show: |setup| setup.not_found.to_string(),
        read: |setup, text| {
            setup.not_found = ways::not_found(text)?;
            Ok(())
        },
        always: false,
    },
    Field {
        name: "coordinator",
        show: |setup| setup.config.coordinator.to_string(),
        read: |setup, text| {
            setup.config.coordinator = ways::coordinator(text)?;
            Ok(())
        },
        always: false,
    },
    Field {
        name: "driven",
        show: |setup| setup.driven.to_string(),
        read: |setup, text| {
            setup.driven = ways::driven(text)?;
            Ok(())
        },
        always: false,
    },
    interval_field!("ring-poll-every", config.ring_poll_every),
    Field {
        name: "seed",
        show: |setup| setup.seed.0.to_string(),
        read: |setup, text| {
            setup.seed = Seed(number(text, 0, u64::MAX)?);
            Ok(())
        },
        always: true,
    },
    Field {
        name: "strategy",
        show: |setup| setup.strategy.to_string(),
        read: |setup, text| {
            setup.strategy = number(text, 1, 3)? as u8;
            Ok(())
        },
        always: false,
    },
    Field {
        name: "tokens",
        show: |setup| setup.tokens.to_string(),
        read: |setup, text| {
            setup.tokens = number(text, 1, 256)? as u16;
            Ok(())
        },
        always: false,
    },
    Field {
        name: "partitions",
        show: |setup| setup.partitions.to_string(),
        read: |setup, text| {
            let expected = || "a power of two from 2 to 1024".to_string();
            let count = number(text, 2, 1024).map_err(|_| expected())? as u16;
            setup.partitions = count;
            if count.is_power_of_two() { Ok(()) } else { Err(expected()) }
        },
        always: false,
    },
    Field {
        name: "weights",
        show: |setup| lists::show_weights(&setup.weights),
        read: |setup, text| {
            setup.weights = lists::weights(text)?;
            Ok(())
        },
        always: false,
    },
    Field {
        name: "zones",
        show: |setup| lists::show_zones(&setup.zones),
        read: |setup, text| {
            setup.zones = lists::zones(text)?;
            Ok(())
        },
        always: false,
    },
    Field {
        name: "latency",
        show: |setup| setup.latency.to_string(),
        read: |setup, text| {
            setup.latency = text.parse()?;
            Ok(())
        },
        always: false,
    },
    Field {
        name: "zone-latency",
        show: |setup| setup.zone_latency.map_or("same".to_string(), |it| it.to_string()),
        read: |setup, text| {
            setup.zone_latency = if text == "same" { None } else { Some(text.parse()?) };
            Ok(())
        },
        always: false,
    },
    Field {
        name: "latencies",
        show: |setup| lists::show_rules(&setup.latencies),
        read: |setup, text| {
            setup.latencies = lists::rules(text)?;
            Ok(())
        },
        always: false,
    },
    Field {
        name: "loss",
        show: |setup| setup.loss.to_string(),
        read: |setup, text| {
            setup.loss = Rate::parse(text)?;
            Ok(())
        },
        always: false,
    },
    Field {
        name: "copies",
        show: |setup| setup.copies.to_string(),
        read: |setup, text| {
            setup.copies = Rate::parse(text)?;
            Ok(())
        },
        always: false,
    },
    interval_field!("disk-write", disk_write),
    interval_field!("disk-read", disk_read),
    interval_field!("client-timeout", client_timeout),
    Field {
        name: "retries",
        show: |setup| setup.retries.to_string(),
        read: |setup, text| {
            setup.retries = number(text, 0, 5)? as u8;
            Ok(())
        },
        always: false,
    },
    interval_field!("answer-within", config.answer_within),
    Field {
        name: "detector",
        show: |setup| setup.config.detector.to_string(),
        read: |setup, text| {
            setup.config.detector = ways::detector(text)?;
            Ok(())
        },
        always: false,
    },
    interval_field!("probe-every", config.probe_every),
    interval_field!("hint-scan-every", config.hint_scan_every),
    Field {
        name: "exchange-every",
        show: |setup| setup.config.exchange_every.map_or("never".to_string(), |it| it.to_string()),
        read: |setup, text| {
            setup.config.exchange_every = period(text)?;
            Ok(())
        },
        always: false,
    },
    Field {
        name: "engine",
        show: |setup| setup.config.engine.to_string(),
        read: |setup, text| {
            setup.config.engine = EngineKind::ALL
                .into_iter()
                .find(|kind| kind.to_string() == text)
                .ok_or_else(|| "memory, buffered or log".to_string())?;
            Ok(())
        },
        always: false,
    },
    interval_field!("flush-every", config.flush_every),
    interval_field!("buffer-write", buffer_write),
    Field {
        name: "versions",
        show: |setup| setup.config.versions.to_string(),
        read: |setup, text| {
            setup.config.versions = Versioning::ALL
                .into_iter()
                .find(|mode| mode.to_string() == text)
                .ok_or_else(|| "dotted, clocks or lww".to_string())?;
            Ok(())
        },
        always: false,
    },
    Field {
        name: "clock-pairs",
        show: |setup| setup.config.clock_pairs.to_string(),
        read: |setup, text| {
            setup.config.clock_pairs = number(text, 1, 64)? as u16;
            Ok(())
        },
        always: false,
    },
    interval_field!("tombstone-life", config.tombstone_life),
    interval_field!("foreground-target", config.foreground_target),
    interval_field!("health-window", config.health_window),
    Field {
        name: "background-slices",
        show: |setup| setup.config.background_slices.to_string(),
        read: |setup, text| {
            setup.config.background_slices = number(text, 1, 10_000)? as u16;
            Ok(())
        },
        always: false,
    },
    interval_field!("gossip-every", config.gossip_every),
    interval_field!("transfer-retry", config.transfer_retry),
    Field {
        name: "seeds",
        show: |setup| lists::show_nodes(&setup.config.seeds),
        read: |setup, text| {
            let seeds = lists::nodes(text).filter(|seeds| seeds.len() <= 8);
            setup.config.seeds = seeds.ok_or("up to 8 nodes, such as \"n1 n2\"")?;
            Ok(())
        },
        always: false,
    },
];

fn expected_up_to_n(setup: &Setup) -> String {
    format!("a number from 1 to n={}", setup.quorum.n())
}

impl Setup {
    /// What cannot be true of several fields together, if anything.
    pub fn contradiction(&self) -> Option<(&'static str, String)> {
        if u16::from(self.quorum.n()) > self.nodes {
            return Some(("n", format!("a number from 1 to nodes={}", self.nodes)));
        }
        if self.strictness.primaries(1) > self.quorum.n() {
            let expected = format!("at most n={} primaries", self.quorum.n());
            return Some(("mode", expected));
        }
        self.placement_contradiction()
    }

    /// What a coordinator has in hand or a link on its way when all agree that a tombstone may
    /// go is gone after this long. A tombstone with a shorter life may come too early.
    pub fn shortest_tombstone_life(&self) -> Duration {
        let travel = self.slowest(self.latency).as_micros().saturating_mul(2);
        let config = &self.config;
        let hand = config.deadline.as_micros() + config.stragglers.as_micros();
        let disks = 4 * (self.disk_read.as_micros() + self.disk_write.as_micros());
        Duration::micros(travel.saturating_add(hand + disks))
    }

    fn placement_contradiction(&self) -> Option<(&'static str, String)> {
        let known = |node: &NodeId| node.0 <= self.nodes;
        if !self.weights.keys().all(known) {
            return Some(("weights", format!("nodes from n1 to n{}", self.nodes)));
        }
        let named = self.zones.keys().filter(|node| known(node)).count();
        let all = if self.zones.is_empty() { 0 } else { usize::from(self.nodes) };
        if self.zones.len() != named || named != all {
            return Some(("zones", format!("every node from n1 to n{}", self.nodes)));
        }
        if !self.latencies.iter().all(|rule| rule.nodes().iter().all(known)) {
            return Some(("latencies", format!("of nodes from n1 to n{}", self.nodes)));
        }
        match self.placement().judge(self.members().iter().map(|it| u32::from(it.weight)).sum()) {
            Ok(()) => None,
            Err(BadRing::TooFewPartitions { .. }) if self.weights.is_empty() => {
                Some(("partitions", format!("at least nodes={}", self.nodes)))
            }
            Err(BadRing::TooFewPartitions { weights, .. }) => {
                Some(("partitions", format!("at least {weights}, the sum of the weights")))
            }
            Err(bad) => Some(("tokens", format!("fewer: {bad}"))),
        }
    }

    /// How the ring is cut and shared out.
    pub fn placement(&self) -> Strategy {
        let (tokens, partitions) = (self.tokens, self.partitions);
        match self.strategy {
            1 => Strategy::RandomRanges { tokens },
            2 => Strategy::RandomOwners { tokens, partitions },
            _ => Strategy::EqualShares { partitions },
        }
    }

    /// The nodes with their weights and zones.
    pub fn members(&self) -> Vec<Member> {
        let member = |number| {
            let node = NodeId(number);
            let weight = self.weights.get(&node).copied().unwrap_or(1);
            Member { node, weight, zone: self.zone(node).cloned().unwrap_or_default() }
        };
        (1..=self.nodes).map(member).collect()
    }

    /// The zone of a node, if zones are named.
    pub fn zone(&self, node: NodeId) -> Option<&Zone> {
        self.zones.get(&node)
    }

    /// The first ring of a run. A setup that was read has one; where one made by hand contradicts
    /// itself, equal shares of as many partitions as can be.
    pub fn ring(&self) -> Ring {
        Ring::new(&self.members(), self.placement()).unwrap_or_else(|_| {
            let equal: Vec<Member> =
                (1..=self.nodes.max(1)).map(|node| NodeId(node).into()).collect();
            let widest = Strategy::EqualShares { partitions: 1 << 15 };
            Ring::new(&equal, widest).expect("a setup has from 1 to 64 nodes")
        })
    }

    /// How long a message of this name travels, where `usual` is what holds for all.
    pub fn latency_of(&self, usual: Latency, name: &MessageName) -> Latency {
        if let Some(rule) = self.latencies.iter().find(|rule| rule.fits(name)) {
            return rule.latency;
        }
        match (self.zone_latency, name.from, name.to) {
            (Some(latency), Endpoint::Node(from), Endpoint::Node(to))
                if self.zone(from) != self.zone(to) =>
            {
                latency
            }
            _ => usual,
        }
    }

    /// No message travels longer, where `usual` is what holds for all.
    pub fn slowest(&self, usual: Latency) -> Duration {
        let others = self.latencies.iter().map(|rule| rule.latency).chain(self.zone_latency);
        others.fold(usual.slowest(), |most, latency| most.max(latency.slowest()))
    }

    /// The same with this many nodes; of the others nothing is said any more.
    pub fn with_nodes(mut self, nodes: u16) -> Self {
        self.nodes = nodes;
        self.weights.retain(|node, _| node.0 <= nodes);
        self.zones.retain(|node, _| node.0 <= nodes);
        self.latencies.retain(|rule| rule.nodes().iter().all(|node| node.0 <= nodes));
        self
    }
}

impl fmt::Display for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let usual = Setup::default();
        let mut space = "";
        for field in &FIELDS {
            let shown = (field.show)(self);
            if field.always || shown != (field.show)(&usual) {
                write!(f, "{space}{}={}", field.name, Word(&shown))?;
                space = " ";
            }
        }
        Ok(())
    }
}
