//! The text form of a run: what is written is read back, and what is wrong is named.

use dynamo_core::{
    Change, ClientId, Config, CoordinatorChoice, Detector, Duration, Endpoint, Interval, Key, Knob,
    Member, MessageKind, NodeId, NotFound, RequestId, Strictness, Value, Zone,
};
use dynamo_sim::latency::Model;
use dynamo_sim::machine::{Ailment, Drift, MAX_DRIFT, MAX_SKEW, MAX_SLOWNESS};
use dynamo_sim::script::{
    Command, ContextChoice, Cut, Driven, FateChange, Line, LinkCommand, MessageRef,
    OperationCommand, OperationKind, Pattern, Rate, Rule, Setting, Trigger, Workload,
};
use dynamo_sim::{Latency, Moment, Script, Setup, Time};
use expect_test::expect;
use proptest::prelude::*;

fn error(text: &str) -> String {
    match text.parse::<Script>() {
        Ok(_) => "no error".into(),
        Err(error) => error.to_string(),
    }
}

fn with(line: &str) -> String {
    error(&format!("dynamo 1\nsetup nodes=5 n=3 r=2 w=2 seed=7\n{line}\n"))
}

fn setup(line: &str) -> String {
    error(&format!("dynamo 1\nsetup {line}\n"))
}

#[test]
fn an_error_names_line_column_and_what_was_expected() {
    let errors = [
        error(""),
        error("dynamo 2"),
        error("dynamo 1\nat 1s heal"),
        with("at 1s crash x3"),
        with("at 1s crash"),
        with("at soon crash n3"),
        with("at 1s c1 put basket milk via n9 now"),
        with("at 1s c1 put basket \"milk"),
        with("at 1s c1 put basket \"mi\\qlk\""),
        with("at 1s c1 get basket w=2"),
        with("at 1s frobnicate n3"),
        with("when hint-lost restart n3"),
        with("at 1.0000001s heal"),
        with("at 2h heal"),
        with("at 4000s heal"),
        with("at 1s set loss=1"),
        with("at 1s set latency=pareto-1ms"),
        with("at 1s cut n1 n2"),
        with("at 1s delay write c1.1 n1 n2 40ms"),
        with("at 1s heal now"),
        with("at 1s c1.1 get a\nat 2s c1.1 get b"),
        with("until 2s\nuntil 3s"),
        with("expect durability=maybe"),
        with("at 1s crash zone"),
        with("at 1s restart zone 9east"),
        with("at 1s cut zone east"),
        with("at 1s cut zone east from n3"),
        with("at 1s set latency=pareto-1ms-0.4"),
        with("at 1s set latency=exponential-14s"),
        with("at 1s set latency=constant-1ms+2-constant-2ms"),
    ];
    expect![[r#"
        line 1, column 1: expected dynamo 1, found the end of the line
        line 1, column 8: expected 1, the version of the text form that this playground reads, found 2
        line 2, column 1: expected setup nodes=5 ..., found at
        line 3, column 13: expected a node, such as n3, found x3
        line 3, column 12: expected a node, such as n3, found the end of the line
        line 3, column 4: expected a place in time, such as 2s or 2.0004s+3, found soon
        line 3, column 33: expected via NODE, context none, context forged, context of REQUEST, w=2 or mode=strict, found now
        line 3, column 26: expected a closing quote, found the end of the line
        line 3, column 24: expected a JSON escape, such as \n or \u00e9, found \
        line 3, column 21: expected via NODE, r=2, mode=strict or not-found=waits, found w=2
        line 3, column 7: expected one of: a client's put, get or delete (c1 put cart "milk"), crash, restart, cut, heal, set, lose, delay, copy, deliver, wipe, rot, misplace, tear, join, leave, remove, strategy, replicas, gossip, clog, link, workload, pause, resume, slow, clock, fill, free, snapshot, restore, reuse, found frobnicate
        line 3, column 6: expected a fact: coordinates, hands-on, knows-already, refuses, quorum-met, quorum-missed, late-answer, leaves-behind, seems-down, seems-up, stands-in, hint-kept, hint-offered, hint-delivered, hint-forgotten, hint-grew, conflict, read-repair, asks-durably, buffer-flushed, sector-broken, clock-truncated, overruled, tombstone-stays, tombstone-reaped, background-slows, background-recovers, trees-built, exchange-begun, key-repaired, exchange-ended, no-room, change-heard, change-agreed, change-in-effect, change-refused, ranges-offered, ranges-confirmed, ranges-given, not-mine, replica-dropped, hint-rerouted, emptied, chooses, nothing-there, out-of-reach, drives, learns-ring, answers-again, phi-crossed, found hint-lost
        line 3, column 4: expected a place in time, such as 2s or 2.0004s+3, found 1.0000001s
        line 3, column 4: expected a place in time, such as 2s or 2.0004s+3, found 2h
        line 3, column 4: expected at most 3600s, found 4000s
        line 3, column 11: expected a rate from 0 to 0.9, such as 0.05, found loss=1
        line 3, column 11: expected constant-5ms, uniform-1ms-9ms (low, high), lognormal-4ms-15ms (median, 99th percentile), exponential-6ms (mean) or pareto-1ms-2.5 (least, shape from 0.5 to 100), each time from 1us to 60s; a tail follows with its share, as in pareto-235us-10+0.0878-exponential-602us, found latency=pareto-1ms
        line 3, column 16: expected from, found the end of the line
        line 3, column 30: expected by, found 40ms
        line 3, column 12: expected a node or a client, such as n3 or c1, found now
        line 4, column 1: expected a request number that is not taken, found c1.1
        line 4, column 1: expected expect CHECK, or nothing more, found until
        line 3, column 8: expected CHECK or CHECK=STATUS: ok, not-yet-due, counted, excused, violated, found durability=maybe
        line 3, column 17: expected the name of a zone, such as east, found the end of the line
        line 3, column 20: expected the name of a zone, such as east, found 9east
        line 3, column 20: expected from, found the end of the line
        line 3, column 26: expected zone, found n3
        line 3, column 11: expected constant-5ms, uniform-1ms-9ms (low, high), lognormal-4ms-15ms (median, 99th percentile), exponential-6ms (mean) or pareto-1ms-2.5 (least, shape from 0.5 to 100), each time from 1us to 60s; a tail follows with its share, as in pareto-235us-10+0.0878-exponential-602us, found latency=pareto-1ms-0.4
        line 3, column 11: expected a model whose 99th percentile is at most 60s, found latency=exponential-14s
        line 3, column 11: expected a share of the tail between 0 and 1, such as 0.0878, found latency=constant-1ms+2-constant-2ms"#]].assert_eq(&errors.join("\n"));
}

#[test]
fn a_setup_that_cannot_be_is_refused() {
    let errors = [
        setup("nodes=3 n=4 r=1 w=1"),
        setup("nodes=5 n=3 r=0"),
        setup("nodes=5 n=3 w=4"),
        setup("w=3 n=2 nodes=5"),
        setup("nodes=65"),
        setup("engine=paper"),
        setup("versions=maybe"),
        setup("clock-pairs=0"),
        setup("flush-every=0s"),
        setup("nodes=0"),
        setup("nodes=5 nodes=6"),
        setup("nodes=five"),
        setup("colour=red"),
        setup("partitions=100"),
        setup("exchange-every=10ms"),
        setup("nodes=60 partitions=32"),
        setup("latency=uniform-9ms-1ms"),
        setup("seed=18446744073709551616"),
        setup("probe-every=0s"),
        setup("strategy=4"),
        setup("tokens=0"),
        setup("nodes=64 strategy=1 tokens=256 weights=\"n1-n64: 3\""),
        setup("partitions=8 weights=\"n1: 5\""),
        setup("weights=2"),
        setup("weights=\"n1: 17\""),
        setup("weights=\"n1: 2, n1: 3\""),
        setup("weights=\"n6: 2\""),
        setup("zones=east"),
        setup("zones=\"east: n1-n3, west: n4\""),
        setup("zones=\"east: n1-n3, west: n3-n5\""),
        setup("zones=\"east: n1-n3, east: n4 n5\""),
        setup("zones=\"9: n1-n5\""),
        setup("zones=\"east: n3-n1\""),
        setup("nodes=3 zones=\"east: n1-n3, west: n4\""),
        setup("zone-latency=far"),
        setup("latencies=\"shout: constant-1ms\""),
        setup("latencies=\"n1 to n9: constant-1ms\""),
        setup("latencies=\"write: constant\""),
    ];
    expect![[r#"
        line 2, column 15: expected n to be a number from 1 to nodes=3, found n=4
        line 2, column 19: expected r to be a number from 1 to n=3, found r=0
        line 2, column 19: expected w to be a number from 1 to n=3, found w=4
        line 2, column 7: expected w to be a number from 1 to n=2, found w=3
        line 2, column 7: expected nodes to be a number from 1 to 64, found nodes=65
        line 2, column 7: expected engine to be memory, buffered or log, found engine=paper
        line 2, column 7: expected versions to be dotted, clocks or lww, found versions=maybe
        line 2, column 7: expected clock-pairs to be a number from 1 to 64, found clock-pairs=0
        line 2, column 7: expected flush-every to be a length of time from 1us to 60s, such as 25ms, found flush-every=0s
        line 2, column 7: expected nodes to be a number from 1 to 64, found nodes=0
        line 2, column 15: expected nodes only once, found nodes=6
        line 2, column 7: expected nodes to be a number from 1 to 64, found nodes=five
        line 2, column 7: expected NAME=VALUE with a name of: nodes, n, r, w, mode, not-found, coordinator, driven, ring-poll-every, seed, strategy, tokens, partitions, weights, zones, latency, zone-latency, latencies, loss, copies, disk-write, disk-read, client-timeout, retries, answer-within, detector, probe-every, hint-scan-every, exchange-every, engine, flush-every, buffer-write, versions, clock-pairs, tombstone-life, foreground-target, health-window, background-slices, gossip-every, transfer-retry, seeds, found colour=red
        line 2, column 7: expected partitions to be a power of two from 2 to 1024, found partitions=100
        line 2, column 7: expected exchange-every to be never or a length of time from 100ms to 60s, such as 5s, found exchange-every=10ms
        line 2, column 16: expected partitions to be at least nodes=60, found partitions=32
        line 2, column 7: expected latency to be a low end that is not above the high end, found latency=uniform-9ms-1ms
        line 2, column 7: expected seed to be a number from 0 to 18446744073709551615, found seed=18446744073709551616
        line 2, column 7: expected probe-every to be a length of time from 1us to 60s, such as 25ms, found probe-every=0s
        line 2, column 7: expected strategy to be a number from 1 to 3, found strategy=4
        line 2, column 7: expected tokens to be a number from 1 to 256, found tokens=0
        line 2, column 27: expected tokens to be fewer: 49152 tokens of all nodes together, expected from 1 to 32768, found tokens=256
        line 2, column 7: expected partitions to be at least 9, the sum of the weights, found partitions=8
        line 2, column 7: expected weights to be nodes and their shares from 1 to 16, such as "n1: 2, n4-n6: 3", found weights=2
        line 2, column 7: expected weights to be nodes and their shares from 1 to 16, such as "n1: 2, n4-n6: 3", found weights=n1: 17
        line 2, column 7: expected weights to be n1 only once, found weights=n1: 2, n1: 3
        line 2, column 7: expected weights to be nodes from n1 to n5, found weights=n6: 2
        line 2, column 7: expected zones to be zones and their nodes, such as "east: n1-n3, west: n4 n5", found zones=east
        line 2, column 7: expected zones to be every node from n1 to n5, found zones=east: n1-n3, west: n4
        line 2, column 7: expected zones to be n3 only once, found zones=east: n1-n3, west: n3-n5
        line 2, column 7: expected zones to be east only once, found zones=east: n1-n3, east: n4 n5
        line 2, column 7: expected zones to be zones and their nodes, such as "east: n1-n3, west: n4 n5", found zones=9: n1-n5
        line 2, column 7: expected zones to be zones and their nodes, such as "east: n1-n3, west: n4 n5", found zones=east: n3-n1
        line 2, column 15: expected zones to be every node from n1 to n3, found zones=east: n1-n3, west: n4
        line 2, column 7: expected zone-latency to be constant-5ms, uniform-1ms-9ms (low, high), lognormal-4ms-15ms (median, 99th percentile), exponential-6ms (mean) or pareto-1ms-2.5 (least, shape from 0.5 to 100), each time from 1us to 60s; a tail follows with its share, as in pareto-235us-10+0.0878-exponential-602us, found zone-latency=far
        line 2, column 7: expected latencies to be kinds of messages or links and how long they travel, such as "write: exponential-6ms, n1 to n3: constant-40ms, read n1 to n2: constant-9ms", found latencies=shout: constant-1ms
        line 2, column 7: expected latencies to be of nodes from n1 to n5, found latencies=n1 to n9: constant-1ms
        line 2, column 7: expected latencies to be constant-5ms, uniform-1ms-9ms (low, high), lognormal-4ms-15ms (median, 99th percentile), exponential-6ms (mean) or pareto-1ms-2.5 (least, shape from 0.5 to 100), each time from 1us to 60s; a tail follows with its share, as in pareto-235us-10+0.0878-exponential-602us, found latencies=write: constant"#]].assert_eq(&errors.join("\n"));
}

#[test]
fn keys_and_values_that_are_too_long_are_refused_and_unicode_is_not() {
    assert_eq!(with(&format!("at 1s c1 put \"{}\" \"x\"", "k".repeat(256))), "no error");
    assert_eq!(with(&format!("at 1s c1 put k \"{}\"", "v".repeat(4096))), "no error");
    let errors = [
        with(&format!("at 1s c1 put \"{}\" \"x\"", "k".repeat(257))),
        with(&format!("at 1s c1 put k \"{}\"", "v".repeat(4097))),
    ];
    expect![[r#"
        line 3, column 14: expected a key of at most 256 bytes, found kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk...
        line 3, column 16: expected a value of at most 4096 bytes, found vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv..."#]].assert_eq(&errors.join("\n"));
    assert_eq!(
        with("at 1s c1 put \"🛒 \\u00e9\\ud83d\\ude00\" \"<b>x</b> \\\"q\\\"\""),
        "no error"
    );
}

#[test]
fn limits_on_text_and_commands_are_enforced() {
    let line = "at 1s heal\n";
    let many = format!("dynamo 1\nsetup nodes=5\n{}", line.repeat(10_001));
    expect!["line 10003, column 1: expected at most 10000 commands, found at"]
        .assert_eq(&error(&many));
    let long = format!("dynamo 1\nsetup nodes=5\n#{}\n", "x".repeat(1_000_000));
    expect!["line 1, column 1: expected a run text of at most 1000000 bytes, found 1000025 bytes"]
        .assert_eq(&error(&long));
}

#[test]
fn an_operation_without_a_number_is_numbered_once() {
    let text = "dynamo 1\nsetup nodes=5 n=3 r=2 w=2 seed=7\nat 1s c1 get a\nat 2s c1.1 get b\n\
                at 3s c1 get c\n";
    let script: Script = text.parse().expect("a script");
    expect![[r#"
        dynamo 1
        setup nodes=5 n=3 r=2 w=2 seed=7
        at 1s c1.2 get a
        at 2s c1.1 get b
        at 3s c1.3 get c
    "#]]
    .assert_eq(&script.to_string());
}

#[test]
fn comments_stay_with_the_lines_that_they_stand_before() {
    let text = "dynamo 1\n# title\n# more\nsetup nodes=5 n=3 r=2 w=2 seed=7\n# why\nat 1s heal\n\
                until 2s\nexpect durability convergence=counted\n# end\n";
    let script: Script = text.parse().expect("a script");
    assert_eq!(script.to_string(), text);
    assert_eq!(script.title(), Some("title"));
}

fn node() -> impl Strategy<Value = NodeId> {
    (1u16..100).prop_map(NodeId)
}

fn client() -> impl Strategy<Value = ClientId> {
    (1u16..=64).prop_map(ClientId)
}

fn endpoint() -> impl Strategy<Value = Endpoint> {
    prop_oneof![node().prop_map(Endpoint::Node), client().prop_map(Endpoint::Client)]
}

fn request() -> impl Strategy<Value = RequestId> {
    (client(), 1u32..1_000_000).prop_map(|(client, operation)| RequestId { client, operation })
}

fn length() -> impl Strategy<Value = Duration> {
    (0u64..3_600_000_000).prop_map(Duration::micros)
}

fn strictness() -> impl Strategy<Value = Strictness> {
    prop_oneof![
        Just(Strictness::Sloppy),
        Just(Strictness::Strict),
        (1u8..=64).prop_map(Strictness::Primaries),
    ]
}

/// Within the bounds of every interval.
fn interval() -> impl Strategy<Value = Duration> {
    (100_000u64..=60_000_000).prop_map(Duration::micros)
}

fn knob() -> impl Strategy<Value = Knob> {
    let intervals = proptest::sample::select(Interval::ALL.to_vec());
    prop_oneof![
        (intervals, interval()).prop_map(|(it, length)| Knob::Interval(it, length)),
        proptest::option::of(interval()).prop_map(Knob::ExchangeEvery),
        proptest::sample::select(Detector::ALL.to_vec()).prop_map(Knob::Detector),
        proptest::sample::select(CoordinatorChoice::ALL.to_vec()).prop_map(Knob::Coordinator),
        (1u16..=10_000).prop_map(Knob::BackgroundSlices),
    ]
}

fn not_found() -> impl Strategy<Value = NotFound> {
    proptest::sample::select(NotFound::ALL.to_vec())
}

fn zone() -> impl Strategy<Value = Zone> {
    "[a-zA-Z][a-z0-9_-]{0,15}".prop_map(|name| Zone::new(name).expect("short"))
}

fn order() -> impl Strategy<Value = Change> {
    let join = (node(), 1u8..=16, zone())
        .prop_map(|(node, weight, zone)| Change::Join(Member { node, weight, zone }));
    let strategy = (1u16..=256, 1u32..=10, 0u8..3).prop_map(|(tokens, q, which)| {
        let partitions = 1 << q;
        Change::Strategy(match which {
            0 => dynamo_core::Strategy::RandomRanges { tokens },
            1 => dynamo_core::Strategy::RandomOwners { tokens, partitions },
            _ => dynamo_core::Strategy::EqualShares { partitions },
        })
    });
    let [leave, remove] = [Change::Leave, Change::Remove];
    let replicas = (1u8..=64).prop_map(Change::Replicas);
    prop_oneof![join, node().prop_map(leave), node().prop_map(remove), strategy, replicas]
}

fn model() -> impl Strategy<Value = Model> {
    let length = || (1u64..=13_000_000).prop_map(Duration::micros);
    prop_oneof![
        length().prop_map(Model::Constant),
        (length(), length()).prop_map(|(a, b)| Model::Uniform(a.min(b), a.max(b))),
        (length(), length())
            .prop_map(|(a, b)| Model::Lognormal { median: a.min(b), p99: a.max(b) }),
        length().prop_map(Model::Exponential),
        (1u64..6_000, 500u32..=100_000)
            .prop_map(|(least, shape)| Model::Pareto { least: Duration::micros(least), shape }),
    ]
}

fn latency() -> impl Strategy<Value = Latency> {
    (model(), proptest::option::of((1u32..1_000_000, model())))
        .prop_map(|(body, tail)| Latency { body, tail })
}

/// A setup of five nodes with every way to lay out the ring and the links.
fn layout() -> impl Strategy<Value = Setup> {
    let weights = proptest::collection::vec(1u8..=16, 5);
    let zones = proptest::option::of(proptest::collection::vec(0usize..3, 5));
    let kind =
        proptest::option::of((0..MessageKind::ALL.len()).prop_map(|it| MessageKind::ALL[it]));
    let end = || {
        prop_oneof![
            (1u16..=5).prop_map(|it| NodeId(it).into()),
            client().prop_map(Endpoint::Client)
        ]
    };
    let rule = (kind, proptest::option::of((end(), end())), latency())
        .prop_filter("names something", |(kind, link, _)| kind.is_some() || link.is_some())
        .prop_map(|(kind, link, latency)| Rule { kind, link, latency });
    let rules = proptest::collection::vec(rule, 0..3);
    let numbers = (1u8..=3, 1u16..=256, 7u32..=10);
    (numbers, weights, zones, proptest::option::of(latency()), rules).prop_map(
        |((strategy, tokens, q), weights, zones, zone_latency, latencies)| {
            let mut setup = Setup {
                strategy,
                tokens,
                config: Config {
                    coordinator: CoordinatorChoice::ALL[usize::from(strategy) - 1],
                    detector: Detector::ALL[usize::from(strategy)],
                    ..Config::default()
                },
                retries: strategy,
                driven: Driven::ALL[usize::from(strategy) % 2],
                not_found: NotFound::ALL[usize::from(strategy) - 1],
                partitions: 1 << q,
                zone_latency,
                latencies,
                ..Setup::default()
            };
            for (number, weight) in (1..).zip(weights).filter(|(_, weight)| *weight > 1) {
                setup.weights.insert(NodeId(number), weight);
            }
            for (number, zone) in (1..).zip(zones.into_iter().flatten()) {
                let name = ["east", "west-2", "N"][zone];
                setup.zones.insert(NodeId(number), Zone::new(name).expect("short"));
            }
            setup
        },
    )
}

fn operation() -> impl Strategy<Value = Command> {
    let text = "\\PC{0,12}|[a-z]{1,8}|[\\x00-\\x7f\u{202e}é🛒]{0,9}";
    let context = prop_oneof![
        Just(ContextChoice::Held),
        Just(ContextChoice::None),
        Just(ContextChoice::Forged),
        request().prop_map(ContextChoice::Of),
    ];
    let kind = prop_oneof![
        proptest::option::of(not_found()).prop_map(|not_found| OperationKind::Get { not_found }),
        (proptest::option::of(text), context).prop_map(|(value, context)| OperationKind::Put {
            value: value.map(|value| Value::new(value).expect("short")),
            context,
        }),
    ];
    let needed = proptest::option::of(1u8..=255);
    (
        request(),
        kind,
        text,
        proptest::option::of(node()),
        needed,
        proptest::option::of(strictness()),
    )
        .prop_map(|(request, kind, key, via, needed, strictness)| {
            let key = Key::new(key).expect("short");
            Command::Operation(OperationCommand { request, kind, key, via, needed, strictness })
        })
}

fn command() -> impl Strategy<Value = Command> {
    let group = || proptest::collection::vec(endpoint(), 1..4);
    let message = (0..MessageKind::ALL.len(), request(), endpoint(), endpoint()).prop_map(
        |(kind, request, from, to)| MessageRef { kind: MessageKind::ALL[kind], request, from, to },
    );
    let change = prop_oneof![
        Just(FateChange::Lose),
        Just(FateChange::Deliver),
        length().prop_map(FateChange::Delay),
        length().prop_map(FateChange::Copy),
    ];
    let setting = prop_oneof![
        (1u8..=255).prop_map(Setting::R),
        (1u8..=255).prop_map(Setting::W),
        strictness().prop_map(Setting::Mode),
        latency().prop_map(Setting::Latency),
        rate().prop_map(Setting::Loss),
        rate().prop_map(Setting::Corruption),
        any::<bool>().prop_map(Setting::Checksums),
        any::<u16>().prop_map(Setting::Capacity),
        (0u64..=60_000_000).prop_map(|it| Setting::Late(Duration::micros(it))),
        proptest::option::of(latency()).prop_map(Setting::ZoneLatency),
        not_found().prop_map(Setting::NotFound),
        interval().prop_map(Setting::ClientTimeout),
        (0u8..=5).prop_map(Setting::Retries),
        knob().prop_map(Setting::Knob),
    ];
    prop_oneof![
        operation(),
        node().prop_map(Command::Crash),
        zone().prop_map(Command::CrashZone),
        (order(), proptest::option::of(node()))
            .prop_map(|(change, via)| Command::Membership { change, via }),
        zone().prop_map(Command::RestartZone),
        proptest::collection::vec(zone(), 2..4).prop_map(|it| Command::Cut(Cut::Zones(it))),
        node().prop_map(Command::Restart),
        proptest::collection::vec(group(), 2..4).prop_map(|it| Command::Cut(Cut::Groups(it))),
        (group(), group()).prop_map(|(a, b)| Command::Cut(Cut::OneWay(a, b))),
        Just(Command::Heal),
        setting.prop_map(Command::Set),
        (message, change).prop_map(|(message, change)| Command::Fate(message, change)),
        node().prop_map(Command::Wipe),
        (node(), "\\PC{0,8}")
            .prop_map(|(node, key)| Command::Rot(node, Key::new(key).expect("short"))),
        (node(), "[a-z]{1,5}", proptest::option::of("[f-j]{6,7}")).prop_map(|(node, key, over)| {
            let over = over.map(|over| Key::new(over).expect("short"));
            Command::Misplace(node, Key::new(key).expect("short"), over)
        }),
        (node(), any::<u32>()).prop_map(|(node, bytes)| Command::Tear(node, bytes)),
        workload().prop_map(Command::Workload),
        (1u16..=60, 61u16..=64)
            .prop_map(|(node, peer)| Command::Gossip(NodeId(node), NodeId(peer))),
        (node(), ailment()).prop_map(|(node, ailment)| Command::Machine(node, ailment)),
        (group(), group()).prop_map(|(a, b)| Command::Clog(Cut::OneWay(a, b))),
        proptest::collection::vec(group(), 2..4).prop_map(|it| Command::HealLinks(Cut::Groups(it))),
        link().prop_map(Command::Link),
    ]
}

fn rate() -> impl Strategy<Value = Rate> {
    (0u32..=900_000).prop_map(|it| Rate::parse(&format!("0.{it:06}")).unwrap())
}

fn link() -> impl Strategy<Value = LinkCommand> {
    use proptest::option::of;
    let link = (endpoint(), endpoint(), of(latency()), of(rate()), of(rate()));
    link.prop_map(|(from, to, latency, loss, copies)| LinkCommand {
        from,
        to,
        latency,
        loss,
        copies,
    })
}

fn workload() -> impl Strategy<Value = Workload> {
    let share = prop_oneof![Just("0"), Just("0.125"), Just("0.95"), Just("1")];
    (1u16..=64, 1u16..=1_000, share, 1u16..=1_000, 0u8..=1, 0u64..=50_000_000).prop_map(
        |(clients, rate, reads, keys, skew, length)| {
            let length = length.min(5_000_000_000 / u64::from(rate));
            let (reads, length) = (Rate::share(reads).expect("a share"), Duration::micros(length));
            Workload { clients, rate, reads, keys, skew, length }
        },
    )
}

fn ailment() -> impl Strategy<Value = Ailment> {
    let drift = (-MAX_SKEW..=MAX_SKEW, -MAX_DRIFT..=MAX_DRIFT);
    prop_oneof![
        Just(Ailment::Pause),
        Just(Ailment::Resume),
        (1..=MAX_SLOWNESS).prop_map(Ailment::Slow),
        drift.prop_map(|(ahead, gains)| Ailment::Clock(Drift { ahead, gains })),
        Just(Ailment::Fill),
        Just(Ailment::Free),
        Just(Ailment::Snapshot),
        Just(Ailment::Restore),
        Just(Ailment::Reuse),
    ]
}

fn line() -> impl Strategy<Value = Line> {
    let at = (0u64..3_600_000_000, 0u32..9)
        .prop_map(|(time, after)| Trigger::At(Moment { time: Time(time), after }));
    let fields = proptest::collection::vec(("[a-z]{1,5}", "\\PC{0,6}|[a-z]{1,6}"), 0..3);
    let when = (0..dynamo_core::Fact::NAMES.len(), fields).prop_map(|(fact, fields)| {
        Trigger::When(Pattern { fact: dynamo_core::Fact::NAMES[fact].into(), fields })
    });
    let comments = proptest::collection::vec("#[a-z ]{0,5}[a-z]", 0..2);
    (comments, prop_oneof![at, when], command()).prop_map(|(comments, trigger, command)| Line {
        comments,
        trigger,
        command,
    })
}

fn distinct(mut lines: Vec<Line>) -> Vec<Line> {
    let mut taken = Vec::new();
    lines.retain(|line| match &line.command {
        Command::Operation(operation) => {
            let new = !taken.contains(&operation.request);
            taken.push(operation.request);
            new
        }
        _ => true,
    });
    lines
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(
        setup in layout(), lines in proptest::collection::vec(line(), 0..8),
    ) {
        let mut script = Script::new(setup);
        script.lines = distinct(lines);
        let text = script.to_string();
        let read: Script = text.parse().map_err(|error| {
            TestCaseError::fail(format!("{error}\n{text}"))
        })?;
        prop_assert_eq!(read, script);
    }

    #[test]
    fn hostile_text_never_panics(text in "\\PC{0,200}", lines in proptest::collection::vec("\\PC{0,40}", 0..6)) {
        let _ = text.parse::<Script>();
        let _ = with(&lines.join("\n"));
        for line in &lines {
            let _ = with(&format!("at 1s {line}"));
            let _ = with(&format!("when {line}"));
            let _ = setup(line);
        }
    }

    #[test]
    fn a_script_with_characters_changed_never_panics(
        at in any::<prop::sample::Index>(), c in any::<char>(), lines in proptest::collection::vec(line(), 1..4),
    ) {
        let mut script = Script::new(Setup::default());
        script.lines = distinct(lines);
        let mut characters: Vec<char> = script.to_string().chars().collect();
        let at = at.index(characters.len());
        characters[at] = c;
        let _ = characters.into_iter().collect::<String>().parse::<Script>();
    }
}
