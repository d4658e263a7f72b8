//! What changes while a run goes on: every setting is a line of the script, nodes that run follow at
//! once, nodes that start later start with it, and no promise is broken by it.

use dynamo_core::{Detector, Duration, Interval, Knob, NodeId, Shared, Timer};
use dynamo_sim::script::{COMMANDS, FIELDS, Line, Setting, Trigger};
use dynamo_sim::trace::Ended;
use dynamo_sim::view::{NodeView, Settings};
use dynamo_sim::{Command, Moment, Run, Script, Setup, Status, Time, TraceEvent};

const USUAL: &str = "nodes=5 n=3 r=2 w=2 seed=7";

fn play(setup: &str, lines: &str) -> Run {
    let text = format!("dynamo 1\nsetup {setup}\n{lines}until 20s\n");
    let script: Script = text.parse().unwrap_or_else(|error| panic!("{error}\n{text}"));
    Run::new(script)
}

/// How often a node was woken for this, from one second to another.
fn wakes(run: &Run, timer: Timer, from: u64, to: u64) -> usize {
    let seconds = from * 1_000_000..to * 1_000_000;
    let woken = run.trace().iter().filter(|(_, record)| {
        let is_it = |it: &Timer| *it == timer;
        matches!(&record.event, TraceEvent::TimerFired { timer, .. } if is_it(timer))
            && seconds.contains(&record.moment.time.as_micros())
    });
    woken.count()
}

fn rows(run: &Run, text: &str) -> Vec<String> {
    let rows = dynamo_sim::transcript::rows(run.trace(), Time(20_000_000));
    let shown = rows.into_iter().map(|row| format!("{} {} {}", row.who, row.what, row.note));
    shown.filter(|row| row.contains(text)).collect()
}

fn assert_safe(run: &Run) {
    for finding in dynamo_check::findings(run) {
        assert_ne!(finding.status, Status::Violated, "{finding}\n{}", run.script());
    }
}

/// What can be set at the start and while the run goes on has one name and one form in both; every
/// other field of the setup is refused as what it is.
#[test]
fn a_setting_has_one_name_and_one_form_in_setup_and_in_set() {
    let setup = Setup::default();
    let live: Vec<String> =
        Settings::of(&setup).all().iter().map(|setting| setting.to_string()).collect();
    let only_live = ["late", "corruption", "checksums", "capacity"];
    for text in &live {
        let (name, value) = text.split_once('=').expect("NAME=VALUE");
        match FIELDS.iter().find(|field| field.name == name) {
            Some(field) => assert_eq!((field.show)(&setup), value, "{name}"),
            None => assert!(only_live.contains(&name), "{name}"),
        }
        let read: Command = format!("set {text}").parse().unwrap_or_else(|it| panic!("{it}"));
        assert_eq!(read.to_string(), format!("set {text}"));
    }
    let is_live = |name: &str| live.iter().any(|text| text.split('=').next() == Some(name));
    let whole_run: Vec<&str> =
        FIELDS.iter().map(|field| field.name).filter(|name| !is_live(name)).collect();
    assert_eq!(
        whole_run,
        [
            "nodes",
            "n",
            "driven",
            "seed",
            "strategy",
            "tokens",
            "partitions",
            "weights",
            "zones",
            "latencies",
            "disk-write",
            "disk-read",
            "engine",
            "buffer-write",
            "versions",
            "clock-pairs",
            "seeds"
        ]
    );
    for name in whole_run {
        let wrong = format!("set {name}=1").parse::<Command>().expect_err("not live");
        if ["n", "strategy", "tokens", "partitions"].contains(&name) {
            assert!(wrong.expected.contains("by the command"), "{}", wrong.expected);
            continue;
        }
        assert!(
            wrong.expected.contains(&format!("{name} holds for a whole")),
            "{}",
            wrong.expected
        );
    }
    let wrong = "set detektor=phi".parse::<Command>().expect_err("no such name");
    assert!(wrong.expected.contains("detector=phi"), "{}", wrong.expected);
    let wrong = "set gossip-every=never".parse::<Command>().expect_err("no such length");
    assert_eq!(wrong.expected, "a length of time from 1us to 60s, such as 25ms");
    assert!(COMMANDS.iter().any(|spec| spec.name == "set" && spec.args.contains("detector")));
}

#[test]
fn what_is_set_is_seen_from_then_on_and_not_before() {
    let settings = Settings::of(&Setup::default());
    for (index, setting) in settings.all().into_iter().enumerate() {
        let other = match setting {
            Setting::R(_) => "r=1",
            Setting::W(_) => "w=1",
            Setting::Mode(_) => "mode=strict",
            Setting::NotFound(_) => "not-found=waits",
            Setting::Latency(_) => "latency=constant-5ms",
            Setting::ZoneLatency(_) => "zone-latency=constant-9ms",
            Setting::Loss(_) => "loss=0.1",
            Setting::Copies(_) => "copies=0.1",
            Setting::Late(_) => "late=1s",
            Setting::Corruption(_) => "corruption=0.1",
            Setting::Checksums(_) => "checksums=off",
            Setting::Capacity(_) => "capacity=9",
            Setting::ClientTimeout(_) => "client-timeout=300ms",
            Setting::Retries(_) => "retries=2",
            Setting::Knob(Knob::Detector(_)) => "detector=phi",
            Setting::Knob(Knob::Coordinator(_)) => "coordinator=first",
            Setting::Knob(Knob::ExchangeEvery(_)) => "exchange-every=never",
            Setting::Knob(Knob::BackgroundSlices(_)) => "background-slices=3",
            Setting::Knob(Knob::Interval(interval, _)) => &format!("{}=777ms", interval.name()),
        };
        let run = play(USUAL, &format!("at 1s set {other}\n"));
        let at = |seconds: u64| {
            let view = run.view_at(Moment::end_of(Time(seconds * 1_000_000 - 1)));
            view.settings.all()[index].to_string()
        };
        assert_eq!(at(1), setting.to_string());
        assert_eq!(at(2), other);
    }
}

#[test]
fn a_period_that_is_set_begins_at_once_at_every_node() {
    let run = play(USUAL, "at 10s set hint-scan-every=500ms\n");
    assert_eq!(wakes(&run, Timer::HintScan, 0, 10), 5 * 5, "every 2 s");
    let quick = wakes(&run, Timer::HintScan, 10, 15);
    assert!((5 * 9..=5 * 10).contains(&quick), "{quick}");
    // Nobody waits for the end of a long period.
    let run = play(&format!("{USUAL} hint-scan-every=60s"), "at 5s set hint-scan-every=1s\n");
    let begun = wakes(&run, Timer::HintScan, 5, 6);
    assert!(begun >= 4, "{begun}");
    // A longer one is followed, too.
    let run = play(USUAL, "at 4s set hint-scan-every=60s\n");
    assert!(wakes(&run, Timer::HintScan, 6, 20) < 5);
}

#[test]
fn trees_are_compared_from_when_it_is_asked_until_it_is_forbidden() {
    // What n3 missed is mended by nobody else: hints are lost with their keeper's disk.
    let missed = "at 0s crash n3\nat 100ms c1.1 put cart \"milk\" via n1\n\
                  at 1s wipe n4\nat 1s wipe n5\nat 1100ms restart n3\nat 1100ms restart n4\n\
                  at 1100ms restart n5\n";
    let never = format!("{USUAL} exchange-every=never");
    let mended = |run: &Run| rows(run, "trees").iter().chain(&rows(run, "compare")).count() > 0;
    let run = play(&never, missed);
    assert!(!mended(&run));
    let run = play(&never, &format!("{missed}at 5s set exchange-every=1s\n"));
    assert!(mended(&run), "{}", run.script());
    assert!(wakes(&run, Timer::Exchange, 5, 20) > 5 * 12);
    assert_safe(&run);
    let run = play(USUAL, &format!("{missed}at 8s set exchange-every=never\n"));
    assert!(wakes(&run, Timer::Exchange, 0, 8) > 0);
    assert_eq!(wakes(&run, Timer::Exchange, 8, 20), 0);
    // And back, with writes in between that no tree had seen.
    let back = format!(
        "{missed}at 6s set exchange-every=never\nat 7s c1.2 put cart \"eggs\" via n1\n\
         at 8s c1.3 put cart \"bread\" via n2\nat 9s set exchange-every=1s\n"
    );
    let run = play(USUAL, &back);
    assert!(wakes(&run, Timer::Exchange, 9, 20) > 5 * 8);
    assert_safe(&run);
}

#[test]
fn phi_that_is_set_live_convicts_a_dead_node_and_heartbeats_end_with_it() {
    let lines = "at 1s set detector=phi\nat 1s set probe-every=100ms\nat 3s crash n3\n\
                 at 9s restart n3\nat 12s set detector=timeouts\n";
    let run = play(USUAL, lines);
    assert_eq!(rows(&run, "n3 seems down").len(), 4);
    assert_eq!(rows(&run, "n3 seems up").len(), 4);
    // Four are up all the time; n3 starts with what was set while it was down.
    assert!(wakes(&run, Timer::Heartbeat, 10, 12) > 5 * 18);
    assert_eq!(wakes(&run, Timer::Heartbeat, 12, 20), 0);
    assert_eq!(wakes(&run, Timer::Heartbeat, 0, 1), 0);
    assert_safe(&run);
}

#[test]
fn whoever_is_suspected_is_asked_again_in_the_new_period() {
    let lines = "at 0s crash n3\nat 100ms c1.1 put basket \"milk\" via n1\n\
                 at 2s set probe-every=50ms\n";
    let run = play(&format!("{USUAL} probe-every=60s"), lines);
    assert_eq!(wakes(&run, Timer::Probe(NodeId(3)), 0, 2), 0);
    assert!(wakes(&run, Timer::Probe(NodeId(3)), 2, 3) >= 19);
}

#[test]
fn a_node_that_starts_later_starts_with_what_is_set() {
    let lines = "at 0s crash n2\nat 1s set hint-scan-every=250ms\nat 2s restart n2\n\
                 at 3s join n6\n";
    let run = play(USUAL, lines);
    assert!(wakes(&run, Timer::HintScan, 4, 5) >= 6 * 3);
    assert!(wakes(&run, Timer::Gossip, 4, 5) >= 5);
    assert_safe(&run);
}

#[test]
fn gossip_and_transfers_follow_their_periods() {
    let slow = format!("{USUAL} gossip-every=60s transfer-retry=60s");
    let lines = "at 1s join n6\nat 2s set gossip-every=200ms\nat 2s set transfer-retry=200ms\n";
    let run = play(&slow, lines);
    assert!(rows(&run, "in effect: join n6").len() >= 6, "{:?}", rows(&run, "join n6"));
    let run = play(&slow, "at 1s join n6\n");
    assert!(rows(&run, "in effect: join n6").len() < 6, "without it, nobody hears in time");
}

#[test]
fn a_library_polls_as_often_as_is_set() {
    let polls = |lines: &str| {
        let run = play(&format!("{USUAL} driven=client"), lines);
        rows(&run, "ring-poll").len()
    };
    let get = "at 100ms c1.1 get cart\n";
    let usual = polls(get);
    assert!(polls(&format!("{get}at 1s set ring-poll-every=1s\n")) > usual + 12);
}

#[test]
fn an_operation_waits_for_as_long_as_was_set_when_it_began() {
    let lines = "at 0s cut c1 to n1 n2 n3 n4 n5\nat 100ms c1.1 get cart\n\
                 at 150ms set client-timeout=1s\nat 150ms set retries=0\nat 2s c1.2 get cart\n";
    let run = play(&format!("{USUAL} retries=1"), lines);
    let ends: Vec<u64> = run
        .trace()
        .iter()
        .filter(|(_, record)| {
            matches!(&record.event, TraceEvent::OperationEnded { ended: Ended::Failed(_), .. })
        })
        .map(|(_, record)| record.moment.time.as_micros())
        .collect();
    assert_eq!(ends, [600_000, 3_000_000], "twice 250 ms, then once 1 s");
    assert_safe(&run);
}

#[test]
fn latency_between_zones_changes_for_what_is_sent_from_then_on() {
    let zones = "zones=\"east: n1-n2, west: n3-n5\" latency=constant-1ms";
    let run = play(
        &format!("nodes=5 n=3 r=2 w=3 seed=7 {zones}"),
        "at 1s c1.1 put cart \"milk\" via n1\nat 2s set zone-latency=constant-40ms\n\
         at 3s c1.2 put cart \"eggs\" via n1\n",
    );
    let slowest = |from: u64, to: u64| {
        let times = run.trace().iter().filter_map(|(_, record)| match &record.event {
            TraceEvent::OperationEnded { .. } => Some(record.moment.time.as_micros()),
            _ => None,
        });
        times.filter(|time| (from..to).contains(time)).map(|time| time - from).max()
    };
    let (before, after) = (slowest(1_000_000, 2_000_000), slowest(3_000_000, 4_000_000));
    assert!(before.expect("an end") < 10_000, "{before:?}");
    assert!(after.expect("an end") > 20_000, "{after:?}");
}

/// Random worlds in which somebody plays with the knobs all the time.
#[test]
fn knobs_that_are_turned_all_the_time_break_no_promise() {
    let worlds = if std::env::var_os("DYNAMO_FULL").is_some() { 20_000 } else { 200 };
    let mut turned = 0;
    for seed in 0..worlds {
        let mut script = dynamo_sim::swarm::script(seed);
        let until = script.until.expect("an end").as_micros();
        let mut bits = seed;
        let mut draw = |most: u64| {
            bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
            (bits >> 33) % most
        };
        for _ in 0..12 {
            let length = Duration::micros(100_000 + draw(4_000_000));
            let knob = match draw(14) {
                0 => Knob::Detector([Detector::Timeouts, Detector::Phi][draw(2) as usize]),
                1 => Knob::ExchangeEvery(Some(length)),
                2 => Knob::ExchangeEvery(None),
                3 => Knob::BackgroundSlices(1 + draw(200) as u16),
                other => {
                    // A tombstone that lives for less than messages travel promises nothing.
                    let interval = Interval::ALL[(other - 4) as usize];
                    let is_life = interval == Interval::TombstoneLife;
                    let more = Duration::seconds(if is_life { 20 } else { 0 });
                    Knob::Interval(
                        interval,
                        Duration::micros(length.as_micros() + more.as_micros()),
                    )
                }
            };
            script.lines.push(Line {
                comments: Vec::new(),
                trigger: Trigger::At(Moment::at(Time(draw(until / 2)))),
                command: Command::Set(Setting::Knob(knob)),
            });
            turned += 1;
        }
        for finding in dynamo_lab::judge(&script).findings {
            assert_ne!(finding.status, Status::Violated, "seed {seed}: {finding}\n{script}");
        }
    }
    assert_eq!(turned, worlds * 12);
}

/// By which strategies nodes share the ring out, as each believes at the end.
fn believed(run: &Run) -> Vec<String> {
    let view = run.view_at(Moment::end_of(Time(20_000_000)));
    let ring = |node: &Shared<NodeView>| {
        let known = node.membership.as_ref().unwrap_or(&view.founding);
        known.ring.strategy().to_string()
    };
    view.nodes.values().map(ring).collect()
}

#[test]
fn another_strategy_is_a_change_of_the_ring_that_gossip_tells_and_that_moves_what_has_other_owners()
{
    let writes: String = (0..30)
        .map(|act| {
            let at = 100 + act * 20;
            format!("at {at}ms c1.{} put k{act} \"{act}\" via n{}\n", act + 1, act % 5 + 1)
        })
        .collect();
    let changes = "at 2s strategy 1 tokens=8\nat 2s strategy 2 tokens=8 partitions=32 via n2\n\
                   at 9s strategy 3 partitions=16\n";
    let reads: String = (0..30)
        .map(|act| {
            let at = 15_000 + act * 20;
            format!("at {at}ms c2.{} get k{act} via n{}\n", act + 1, act % 5 + 1)
        })
        .collect();
    let run = play(USUAL, &format!("{writes}{changes}{reads}"));
    assert_eq!(believed(&run), ["3 partitions=16"; 5]);
    assert_eq!(rows(&run, "in effect: strategy 1 tokens=8").len(), 5);
    assert_eq!(rows(&run, "in effect: strategy 2 tokens=8 partitions=32").len(), 5);
    assert!(!rows(&run, "has given").is_empty() || !rows(&run, "gave").is_empty());
    let found = rows(&run, "c2.").into_iter().filter(|row| row.contains("found")).count();
    assert_eq!(found, 30, "{:#?}", rows(&run, "c2."));
    assert_safe(&run);
}

#[test]
fn a_strategy_that_cannot_be_is_refused_with_its_reason() {
    let refused = |line: &str| {
        let run = play(USUAL, &format!("at 1s {line}\n"));
        rows(&run, "refused")
    };
    assert!(refused("strategy 3")[0].contains("the ring is so or about to be"));
    assert!(refused("strategy 3 partitions=2")[0].contains("the ring has no room for it"));
    let wrong = "strategy 1 partitions=64".parse::<Command>().expect_err("Q is not of strategy 1");
    assert_eq!(wrong.expected, "tokens=NUMBER or via NODE");
    let wrong = "strategy 4".parse::<Command>().expect_err("there are three");
    assert_eq!(wrong.expected, "a strategy: 1, 2 or 3");
    assert_eq!(
        "strategy 2".parse::<Command>().map(|it| it.to_string()).as_deref(),
        Ok("strategy 2 tokens=16 partitions=64")
    );
}

#[test]
fn another_n_is_a_change_of_the_ring_and_whoever_becomes_an_owner_gets_what_it_lacks() {
    let lines = "at 100ms c1.1 put basket \"milk\" via n1\nat 1s replicas 4\n\
                 at 8s c1.2 put basket \"eggs\" via n2 w=4\nat 9s replicas 2 via n3\n\
                 at 15s c1.3 get basket via n5\n";
    let run = play(&format!("{USUAL} exchange-every=never"), lines);
    let basket = dynamo_core::Key::new("basket").expect("short");
    let holders = |seconds: u64| {
        let view = run.view_at(Moment::end_of(Time(seconds * 1_000_000)));
        let holds = |(_, node): &(&NodeId, &Shared<NodeView>)| node.replica(&basket).is_some();
        let (held, owners) = (
            view.nodes.iter().filter(holds).count(),
            view.ring.preference(&basket, 3).primaries().len(),
        );
        (held, owners, view.settings.quorum.n())
    };
    assert_eq!(holders(0), (0, 3, 3));
    assert_eq!(holders(7), (4, 4, 4), "the fourth has got it");
    assert_eq!(holders(14), (2, 2, 2), "who is no owner any more has given it back");
    assert_eq!(rows(&run, "in effect: replicas 4").len(), 5);
    assert!(rows(&run, "c1.3")[0].contains("get basket"));
    assert_safe(&run);
}

#[test]
fn an_n_that_cannot_be_is_refused_with_its_reason() {
    let refused = |line: &str| rows(&play(USUAL, &format!("at 1s {line}\n")), "refused")[0].clone();
    assert!(refused("replicas 3").contains("the ring is so or about to be"));
    assert!(refused("replicas 6").contains("fewer than n=6 members"));
    assert!(refused("replicas 1").contains('2'), "{}", refused("replicas 1"));
    let wrong = "replicas 0".parse::<Command>().expect_err("none keeps it");
    assert_eq!(wrong.expected, "N, a number from 1 to 64");
    // R and W are judged by the N that is ordered.
    let run = play(USUAL, "at 1s replicas 5\nat 2s set r=5\nat 3s set w=6\n");
    assert_eq!(rows(&run, "refused").len(), 1);
}

/// Random worlds in which the strategy and N change while nodes crash, join and leave.
#[test]
fn a_strategy_and_an_n_that_change_in_a_random_world_break_no_promise() {
    let worlds = if std::env::var_os("DYNAMO_FULL").is_some() { 20_000 } else { 200 };
    let mut reached = 0;
    for seed in 0..worlds {
        let mut script = dynamo_sim::swarm::script(seed);
        let until = script.until.expect("an end").as_micros();
        let (n, ..) = <(u8, u8, u8)>::from(script.setup.quorum);
        let (more, fewer) = (format!("replicas {}", n + 1), format!("replicas {}", n.max(2) - 1));
        let strategies =
            ["strategy 1", &more, "strategy 2 partitions=128", &fewer, "strategy 3 partitions=256"];
        for act in 0..2 + seed % 2 {
            let line = strategies[((seed + act) % 5) as usize];
            script.lines.push(Line {
                comments: Vec::new(),
                trigger: Trigger::At(Moment::at(Time(until / 8 * (act + 1)))),
                command: line.parse().expect("a command"),
            });
        }
        // Each change takes its rounds of gossip.
        let news = Duration::micros(180 * script.setup.config.gossip_every.as_micros());
        script.until = script.until.map(|until| until + news);
        for finding in dynamo_lab::judge(&script).findings {
            assert_ne!(finding.status, Status::Violated, "seed {seed}: {finding}\n{script}");
        }
        if seed < 40 {
            let run = Run::new(script);
            reached += rows_until(&run, "in effect: strategy").min(1)
                + rows_until(&run, "in effect: replicas").min(1);
        }
    }
    assert!(reached > 10, "{reached} of 40");
}

/// How many rows of the whole run contain a text.
fn rows_until(run: &Run, text: &str) -> usize {
    let rows = dynamo_sim::transcript::rows(run.trace(), Time(3_600_000_000));
    rows.iter().filter(|row| row.what.contains(text)).count()
}
