//! Anti-entropy between nodes without a world: disks answer at once, messages arrive in order.

use std::collections::{BTreeMap, VecDeque};

use dynamo_core::merkle::{Below, Path};
use dynamo_core::node::put::Write;
use dynamo_core::node::sync::{Compare, ExchangeEnd, Found, Hashes, Places};
use dynamo_core::{
    Boot, ClientId, Config, Duration, Effect, Effects, Endpoint, Engine, Fact, Input, Key,
    LocalTime, Message, Node, NodeId, Operation, Outcome, RequestId, Ring, Shared, Slot, Store,
    Strategy, Subject, Task, TaskKind, Timer, Value, Versions, wire,
};

const A: NodeId = NodeId(1);
const B: NodeId = NodeId(2);

/// Nodes, their disks, and what they have said.
struct Cluster {
    nodes: BTreeMap<NodeId, (Node, Engine)>,
    facts: Vec<(NodeId, Fact)>,
    sent: Vec<Message>,
    /// Offers that are not yet answered, now and at most.
    offered: (usize, usize),
}

fn config(replicas: u8) -> Config {
    Config { replicas, ..Config::default() }
}

fn ring(count: u16) -> Ring {
    let members: Vec<_> = (1..=count).map(|node| NodeId(node).into()).collect();
    Ring::new(&members, Strategy::EqualShares { partitions: 64 }).expect("a ring")
}

fn key(number: u32) -> Key {
    Key::new(format!("key-{number}")).expect("short")
}

fn slot(key: &Key) -> Slot {
    Slot { store: Store::Main, key: key.clone() }
}

/// One value of 100 bytes, written by some node that is not here.
fn versions(key: &Key, operation: u32) -> Versions {
    let boot = Boot { node: NodeId(9), nonce: operation.into() };
    let mut elsewhere = Engine::new(&config(3), boot);
    let update = Operation::Update {
        slot: slot(key),
        context: Default::default(),
        value: Value::new("x".repeat(100)).ok(),
        request: RequestId { client: ClientId(1), operation },
    };
    match elsewhere.apply(LocalTime(0), update) {
        Outcome::Updated { versions, .. } => versions,
        other => panic!("{other:?}"),
    }
}

impl Cluster {
    /// A node for each ring and N.
    fn new(nodes: &[(NodeId, Ring, u8)]) -> Self {
        let mut cluster = Cluster {
            nodes: BTreeMap::new(),
            facts: Vec::new(),
            sent: Vec::new(),
            offered: (0, 0),
        };
        for (id, ring, replicas) in nodes {
            let boot = Boot { node: *id, nonce: u64::from(id.0) };
            let config = Shared::new(config(*replicas));
            let engine = Engine::new(&config, boot);
            let node = Node::new(boot, config, Shared::new(ring.clone()));
            cluster.nodes.insert(*id, (node, engine));
        }
        cluster
    }

    /// Three nodes that keep everything.
    fn of_three() -> Self {
        Cluster::new(&[(A, ring(3), 3), (B, ring(3), 3), (NodeId(3), ring(3), 3)])
    }

    /// Puts something on a disk, past the node.
    fn store(&mut self, node: NodeId, key: &Key, versions: &Versions) {
        let operation = Operation::Merge { slot: slot(key), versions: versions.clone() };
        self.nodes.get_mut(&node).expect("known").1.apply(LocalTime(0), operation);
    }

    fn held(&mut self, node: NodeId, key: &Key) -> Versions {
        let operation = Operation::ReadSlot { slot: slot(key) };
        match self.nodes.get_mut(&node).expect("known").1.apply(LocalTime(0), operation) {
            Outcome::Read(versions) => versions,
            other => panic!("{other:?}"),
        }
    }

    /// One input and everything that follows from it.
    fn input(&mut self, node: NodeId, input: Input) {
        let mut inputs = VecDeque::from([(node, input)]);
        while let Some((node, input)) = inputs.pop_front() {
            let Some((process, engine)) = self.nodes.get_mut(&node) else { continue };
            let mut effects = Effects::default();
            process.step(LocalTime(0), input, &mut effects);
            for effect in effects.drain() {
                match effect {
                    Effect::Send { to: Endpoint::Node(to), message } => {
                        if let Message::Mend(_) = message {
                            self.offered.0 += 1;
                            self.offered.1 = self.offered.1.max(self.offered.0);
                        }
                        self.sent.push(message.clone());
                        inputs.push_back((to, Input::Received { from: node.into(), message }));
                    }
                    Effect::Disk { ticket, operation } => {
                        let outcome = engine.apply(LocalTime(0), operation);
                        inputs.push_back((node, Input::Done { ticket, outcome }));
                    }
                    Effect::Note(fact) => {
                        if let Fact::KeyRepaired { .. } = fact {
                            self.offered.0 -= 1;
                        }
                        self.facts.push((node, fact));
                    }
                    _ => {}
                }
            }
        }
    }

    /// The node's next exchange, from its tick to its end.
    fn exchange(&mut self, node: NodeId) -> Ended {
        self.facts.clear();
        self.sent.clear();
        self.input(node, Input::Fired { timer: Timer::Exchange, chance: 0 });
        let ended = self.facts.iter().find_map(|(_, fact)| match fact {
            Fact::ExchangeEnded { with, end, keys, hashes, bytes } => {
                Some(Ended { with: *with, end: *end, keys: *keys, hashes: *hashes, bytes: *bytes })
            }
            _ => None,
        });
        ended.expect("an exchange ends")
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Ended {
    with: NodeId,
    end: ExchangeEnd,
    keys: u32,
    hashes: u32,
    bytes: u32,
}

fn is_of_roots(message: &Message) -> bool {
    match message {
        Message::Compare(Compare { at, .. }) => matches!(at, Places::Roots(_)),
        Message::Hashes(Hashes { found: Found::Below(below), .. }) => below.is_empty(),
        _ => false,
    }
}

#[test]
fn all_three_kinds_of_difference_are_mended_in_both_directions() {
    let mut cluster = Cluster::of_three();
    let (here, there, both) = (key(1), key(2), key(3));
    cluster.store(A, &here, &versions(&here, 1));
    cluster.store(B, &there, &versions(&there, 2));
    cluster.store(A, &both, &versions(&both, 3));
    let mut other = versions(&both, 4);
    other.merge(&versions(&both, 3));
    cluster.store(B, &both, &other);
    let ended = cluster.exchange(A);
    assert_eq!((ended.with, ended.end, ended.keys), (B, ExchangeEnd::Agreed, 3));
    for key in [&here, &there, &both] {
        let held = cluster.held(A, key);
        assert!(!held.is_empty());
        assert_eq!(held, cluster.held(B, key), "{key}");
    }
}

#[test]
fn p27_p48_a_long_repair_goes_in_small_steps_and_the_next_exchange_sends_roots_alone() {
    let mut cluster = Cluster::of_three();
    for number in 0..300 {
        let key = key(number);
        cluster.store(if number % 2 == 0 { A } else { B }, &key, &versions(&key, number + 1));
    }
    assert_eq!(cluster.exchange(A).keys, 300);
    assert_eq!(cluster.offered, (0, 16));
    // Its other peer first, then the same one again.
    cluster.exchange(A);
    let again = cluster.exchange(A);
    assert_eq!((again.with, again.end, again.keys), (B, ExchangeEnd::Agreed, 0));
    assert!(cluster.sent.iter().all(is_of_roots), "{:?}", cluster.sent);
    let back = cluster.exchange(B);
    assert_eq!(back.keys, 0);
}

#[test]
fn p27_a_tree_that_disagrees_with_its_disk_is_set_right_by_the_attempt_to_mend() {
    let mut cluster = Cluster::of_three();
    let key = key(1);
    cluster.store(A, &key, &versions(&key, 1));
    cluster.store(B, &key, &versions(&key, 1));
    cluster.exchange(B);
    assert_eq!(cluster.exchange(A).keys, 0);
    // Behind the back of both nodes their disks come to hold the same, which no tree says.
    cluster.store(B, &key, &versions(&key, 2));
    let update = Operation::Merge { slot: slot(&key), versions: versions(&key, 2) };
    cluster.nodes.get_mut(&A).expect("known").1.apply(LocalTime(0), update);
    let third = Input::Received {
        from: NodeId(3).into(),
        message: Message::Write(dynamo_core::node::put::Write {
            subject: dynamo_core::Subject::Request(RequestId { client: ClientId(1), operation: 2 }),
            slot: slot(&key),
            versions: versions(&key, 2),
        }),
    };
    cluster.input(B, third);
    while cluster.exchange(A).with != B {}
    let mended = cluster.facts.iter().filter(|(_, it)| matches!(it, Fact::KeyRepaired { .. }));
    assert_eq!(mended.count(), 1, "the tree of {A} is behind its disk");
    while cluster.exchange(A).with != B {}
    assert!(cluster.sent.iter().all(is_of_roots));
}

#[test]
fn p26_trees_of_unlike_rings_are_never_compared() {
    let joined = ring(3).with_member(NodeId(4).into()).expect("a ring");
    let mut cluster = Cluster::new(&[(A, ring(3), 3), (B, joined, 3), (NodeId(3), ring(3), 3)]);
    cluster.store(A, &key(1), &versions(&key(1), 1));
    cluster.store(B, &key(2), &versions(&key(2), 2));
    let ended = cluster.exchange(A);
    assert_eq!((ended.with, ended.end, ended.keys), (B, ExchangeEnd::OtherScope, 0));
    assert!(cluster.held(A, &key(2)).is_empty() && cluster.held(B, &key(1)).is_empty());
}

#[test]
fn p26_two_rings_of_one_epoch_are_told_apart() {
    let [left, right] =
        [4, 5].map(|node| ring(3).with_member(NodeId(node).into()).expect("a ring"));
    assert_eq!(left.epoch(), right.epoch());
    assert_ne!(left.fingerprint(), right.fingerprint());
}

#[test]
fn p47_trees_for_unlike_n_are_never_compared() {
    let mut cluster = Cluster::new(&[(A, ring(2), 2), (B, ring(2), 1)]);
    let held: Vec<Key> = (0..40).map(key).collect();
    for (number, key) in held.iter().enumerate() {
        cluster.store(A, key, &versions(key, number as u32 + 1));
    }
    let ended = cluster.exchange(A);
    assert_eq!((ended.end, ended.keys), (ExchangeEnd::OtherScope, 0));
    assert!(held.iter().all(|key| cluster.held(B, key).is_empty()));
}

#[test]
fn p29_keys_of_ranges_that_are_not_ours_are_never_offered() {
    let six = ring(6);
    let all: Vec<(NodeId, Ring, u8)> = (1..=6).map(|it| (NodeId(it), six.clone(), 3)).collect();
    let mut cluster = Cluster::new(&all);
    let keys: Vec<Key> = (0..200).map(key).collect();
    // As if everything had been its own once.
    for (number, key) in keys.iter().enumerate() {
        cluster.store(A, key, &versions(key, number as u32 + 1));
    }
    for _ in 0..6 {
        cluster.exchange(A);
    }
    for key in &keys {
        let list = six.preference(key, 3);
        for node in (2..=6).map(NodeId) {
            let is_shared = list.primaries().contains(&A) && list.primaries().contains(&node);
            assert_eq!(!cluster.held(node, key).is_empty(), is_shared, "{key} on {node}");
        }
    }
}

#[test]
fn a_peer_that_is_silent_ends_the_exchange() {
    let mut cluster = Cluster::of_three();
    cluster.store(A, &key(1), &versions(&key(1), 1));
    cluster.nodes.remove(&B);
    let tick = || Input::Fired { timer: Timer::Exchange, chance: 0 };
    cluster.input(A, tick());
    cluster.input(A, tick());
    let ended = |end, with| move |(_, fact): &(NodeId, Fact)| matches!(fact, Fact::ExchangeEnded { with: w, end: e, .. } if *w == with && *e == end);
    assert!(cluster.facts.iter().any(ended(ExchangeEnd::Silent, B)));
    assert!(cluster.facts.iter().any(ended(ExchangeEnd::Agreed, NodeId(3))));
}

#[test]
fn an_exchange_that_goes_on_is_not_ended_by_a_tick() {
    let mut cluster = Cluster::of_three();
    cluster.store(A, &key(1), &versions(&key(1), 1));
    cluster.nodes.remove(&B);
    let tick = || Input::Fired { timer: Timer::Exchange, chance: 0 };
    cluster.input(A, tick());
    let Some(Message::Compare(Compare { task, at: Places::Roots(roots), .. })) =
        cluster.sent.last().cloned()
    else {
        panic!("no question for roots");
    };
    // The peer answers shortly before the next tick that something differs, and then dies.
    let below = Below::Branches(vec![wire::Hash(1); 16]);
    let found = Found::Below(vec![(roots[0].0, Path::ROOT, below)]);
    let message = Message::Hashes(Hashes { task, found });
    cluster.input(A, Input::Received { from: B.into(), message });
    let is_over = |cluster: &Cluster| {
        let mut facts = cluster.facts.iter();
        facts.any(|(_, fact)| matches!(fact, Fact::ExchangeEnded { with: B, .. }))
    };
    cluster.input(A, tick());
    assert!(!is_over(&cluster), "it was heard of in this period");
    cluster.input(A, tick());
    assert!(is_over(&cluster), "a whole period passed in silence");
}

/// Answers to what was not asked: from a stranger, to another process, to another question.
#[test]
fn only_the_peer_that_was_asked_answers() {
    let mut cluster = Cluster::of_three();
    cluster.store(A, &key(1), &versions(&key(1), 1));
    cluster.nodes.remove(&B);
    cluster.input(A, Input::Fired { timer: Timer::Exchange, chance: 0 });
    let Some(Message::Compare(Compare { task, scope, .. })) = cluster.sent.last().cloned() else {
        panic!("no question");
    };
    let stranger = Boot { node: A, nonce: task.boot.nonce + 1 };
    let answers = [
        (NodeId(3), task.clone()),
        (B, Task { boot: stranger, ..task.clone() }),
        (B, Task { firing: task.firing + 1, ..task.clone() }),
        (B, task),
    ];
    for (number, (from, task)) in answers.into_iter().enumerate() {
        let message = Message::Hashes(Hashes { task, found: Found::OtherScope(scope) });
        cluster.input(A, Input::Received { from: from.into(), message });
        let mut facts = cluster.facts.iter();
        let is_over = facts.any(|(_, fact)| matches!(fact, Fact::ExchangeEnded { with: B, .. }));
        assert_eq!(is_over, number == 3, "{number}");
    }
}

/// A key that this node owns, and one that it does not.
fn own_and_other(ring: &Ring, node: NodeId) -> [Key; 2] {
    let owns = |key: &Key| ring.preference(key, 3).primaries().contains(&node);
    [true, false].map(|wanted| (0..).map(key).find(|key| owns(key) == wanted).expect("some"))
}

#[test]
fn what_is_offered_is_taken_into_the_main_store_by_an_owner_and_by_nobody_else() {
    let six = ring(6);
    let [own, other] = own_and_other(&six, B);
    let hint = Slot { store: Store::Hints(A), key: own.clone() };
    for (place, is_taken) in [(slot(&own), true), (slot(&other), false), (hint, false)] {
        let mut cluster = Cluster::new(&[(B, six.clone(), 3)]);
        let kind = TaskKind::Repair { peer: B, key: place.key.clone() };
        let task = Task { boot: Boot { node: A, nonce: 1 }, kind, firing: 1 };
        let (subject, versions) = (Subject::Task(task), versions(&place.key, 1));
        let message = Message::Mend(Write { subject, slot: place.clone(), versions });
        cluster.input(B, Input::Received { from: A.into(), message });
        assert_eq!(!cluster.held(B, &place.key).is_empty(), is_taken, "{place:?}");
        assert_eq!(!cluster.sent.is_empty(), is_taken, "{place:?}");
    }
}

#[test]
fn what_comes_back_of_an_offer_is_of_its_key_its_process_and_its_owner() {
    let six = ring(6);
    let [own, other] = own_and_other(&six, A);
    let now = Boot { node: A, nonce: 1 };
    let before = Boot { node: A, nonce: 9 };
    for (boot, offered, sent, is_taken) in [
        (now, &own, &own, true),
        (before, &own, &own, false),
        (now, &other, &own, false),
        (now, &other, &other, false),
    ] {
        let mut cluster = Cluster::new(&[(A, six.clone(), 3)]);
        let kind = TaskKind::Repair { peer: B, key: offered.clone() };
        let subject = Subject::Task(Task { boot, kind, firing: 1 });
        let write = Write { subject, slot: slot(sent), versions: versions(sent, 1) };
        cluster.input(A, Input::Received { from: B.into(), message: Message::Write(write) });
        assert_eq!(!cluster.held(A, sent).is_empty(), is_taken, "{offered} {sent} {boot:?}");
    }
}

#[test]
fn nothing_is_compared_where_nothing_is_held_or_exchanges_are_off() {
    let mut cluster = Cluster::of_three();
    cluster.input(A, Input::Fired { timer: Timer::Exchange, chance: 0 });
    assert!(cluster.sent.is_empty() && cluster.facts.is_empty());
    let boot = Boot { node: A, nonce: 1 };
    let off = Config { exchange_every: None, ..config(3) };
    let mut effects = Effects::default();
    Node::new(boot, Shared::new(off), Shared::new(ring(3))).step(
        LocalTime(0),
        Input::Started { kept: None },
        &mut effects,
    );
    let arms = |effect: &Effect| matches!(effect, Effect::Arm { timer: Timer::Exchange, .. });
    assert!(!effects.drain().any(|effect| arms(&effect)));
}

/// The figures in ARCHITECTURE.md: what an exchange sends, against a copy of everything.
#[test]
fn an_exchange_sends_what_differs_and_not_what_is_held() {
    const KEYS: u32 = 10_000;
    let whole = ring(2);
    let mut full = 0;
    let contents: Vec<(Key, Versions)> = (0..KEYS)
        .map(|number| {
            let (key, versions) = (key(number), versions(&key(number), number + 1));
            full += wire::bytes(&(&key, &versions)).len() as u32;
            (key, versions)
        })
        .collect();
    println!("{KEYS} keys, a full copy: {full} bytes");
    for differing in [0, 1, 10, 100, 1_000] {
        let mut cluster = Cluster::new(&[(A, whole.clone(), 2), (B, whole.clone(), 2)]);
        for (number, (key, versions)) in contents.iter().enumerate() {
            cluster.store(A, key, versions);
            // Spread over all ranges.
            if differing == 0 || !(number as u32).is_multiple_of(KEYS / differing) {
                cluster.store(B, key, versions);
            }
        }
        let ended = cluster.exchange(A);
        let Ended { keys, hashes, bytes, .. } = ended;
        println!("{differing:>5} differing: {hashes} hashes, {bytes} bytes");
        assert_eq!((ended.end, keys), (ExchangeEnd::Agreed, differing));
        // INV-M5, with the roots of 64 ranges.
        assert!(hashes <= 64 + differing * 3 * 16, "{hashes} hashes for {differing} keys");
        assert!(bytes < full / 2, "{bytes} bytes for {differing} of {KEYS} keys");
    }
    assert!(Config::default().exchange_every == Some(Duration::seconds(5)));
}
