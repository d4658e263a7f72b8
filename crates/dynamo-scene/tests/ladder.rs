//! Windows of whole runs as ladders.

use std::collections::BTreeSet;

use dynamo_core::{ClientId, Endpoint, EngineKind, Key, NodeId, RequestId};
use dynamo_scene::ladder::{HEAD, LEVELS, Ladder, Life, Source, USUAL, Window, ladder};
use dynamo_scene::shape::{Point, Shape};
use dynamo_scene::{Item, Letters, Pick};
use dynamo_sim::{EventId, Moment, Run, Script, Time, TraceEvent};

const HINT: &str = include_str!("../../../tests/transcripts/a-write-survives-a-dead-primary.txt");

fn run(text: &str) -> Run {
    let script = text.split("----").next().unwrap_or_default();
    Run::new(script.parse::<Script>().expect("the script is well formed"))
}

fn lives(run: &Run) -> Vec<Life> {
    run.trace().iter().filter_map(|(_, record)| Life::of(record)).collect()
}

fn lines(clients: u16, nodes: u16) -> Vec<Endpoint> {
    let clients = (1..=clients).map(|it| Endpoint::Client(ClientId(it)));
    clients.chain((1..=nodes).map(|it| Endpoint::Node(NodeId(it)))).collect()
}

fn window(top: u64, lines: Vec<Endpoint>) -> Window {
    let (width, height) = (900.0, 600.0);
    Window {
        top: Time(top),
        above: 0.0,
        level: USUAL,
        width,
        height,
        lines,
        with_background: false,
    }
}

/// Draws a window with what is picked.
fn draw(run: &Run, window: &Window, pick: Option<&Pick>) -> Ladder {
    with(run, pick, &[], |source| ladder(source, window))
}

fn with<T>(
    run: &Run,
    pick: Option<&Pick>,
    because: &[(EventId, Option<usize>)],
    then: impl FnOnce(&Source<'_>) -> T,
) -> T {
    let key = Key::new("basket").expect("the key is short");
    let mut cursor = run.cursor();
    cursor.seek(run, Moment::end_of(run.known_until()));
    let letters = Letters::of(cursor.view(), Some(&key));
    let lives = lives(run);
    let (trace, engine) = (run.trace(), EngineKind::Memory);
    then(&Source { trace, lives: &lives, engine, letters: &letters, pick, because })
}

fn of<'a>(ladder: &'a Ladder, name: &str) -> Vec<&'a Item> {
    let name = format!("{name}.");
    ladder.items.iter().filter(|item| item.id.starts_with(&name)).collect()
}

fn ends(item: &Item) -> (Point, Point) {
    match &item.shape {
        Shape::Line { from, to } => (*from, *to),
        other => panic!("{} is a line, found {other:?}", item.id),
    }
}

#[test]
fn every_told_message_of_a_window_is_an_arrow_that_ends_where_the_trace_says() {
    let run = run(HINT);
    let drawn = draw(&run, &window(99_000, lines(2, 5)), None);
    // A put, three writes, two acknowledgements, the reply, and the write to the stand-in.
    let messages = run.trace().iter().filter(|(_, record)| {
        let time = record.moment.time.as_micros();
        let told = matches!(&record.event,
            TraceEvent::MessageSent { message, .. } if !message.is_background());
        told && (99_000..=drawn.time(600.0).as_micros()).contains(&time)
    });
    let sent: Vec<EventId> = messages.map(|(id, _)| id).collect();
    assert!(sent.len() >= 7, "{}", sent.len());
    let rungs: BTreeSet<&str> = of(&drawn, "rung").iter().map(|item| &item.id[..]).collect();
    for id in &sent {
        assert!(rungs.contains(&format!("rung.{}", id.0)[..]), "{id:?} is drawn");
    }
    // Down the page is later, and an arrival is lower than its sending.
    for thing in &drawn.things {
        assert!(thing.to.y >= thing.from.y, "{thing:?}");
        for id in &thing.events {
            let time = run.trace().get(*id).expect("it exists").moment.time;
            let at = drawn.time(if *id == thing.events[0] { thing.from.y } else { thing.to.y });
            let is_bead = thing.from == thing.to;
            assert!(is_bead || at.as_micros().abs_diff(time.as_micros()) < 60, "{id:?} at {at}");
        }
    }
}

#[test]
fn a_lost_message_ends_in_a_mark_and_a_crash_cuts_the_lifeline() {
    let run = run(HINT);
    let before = Window { height: 300.0, ..window(0, lines(2, 5)) };
    let drawn = draw(&run, &before, None);
    assert_eq!(of(&drawn, "loss").len(), 1, "the write to n3");
    assert!(of(&drawn, "line.n3").iter().all(|item| item.class.contains("down")), "n3 is down");
    let back = draw(&run, &window(990_000, lines(2, 5)), None);
    let alive = of(&back, "line.n3");
    let alive = alive.iter().find(|item| !item.class.contains("down")).expect("it runs again");
    let n2 = of(&back, "line.n2");
    let n2 = n2.iter().find(|item| !item.class.contains("down")).expect("it runs");
    assert!(ends(alive).0.y > ends(n2).0.y + 20.0, "its life begins within the window");
    assert_eq!(ends(alive).1.y, ends(n2).1.y);
}

#[test]
fn silence_and_what_goes_on_for_ever_are_folded_and_can_be_unfolded() {
    let run = run(HINT);
    let folded = draw(&run, &window(140_000, lines(2, 5)), None);
    let words: Vec<&str> =
        of(&folded, "silence").iter().filter_map(|item| item.shape.text()).collect();
    assert!(words.iter().any(|it| it.contains("background messages")), "{words:?}");
    assert!(folded.folded > 0);
    let shown = Window { with_background: true, ..window(140_000, lines(2, 5)) };
    let shown = draw(&run, &shown, None);
    assert_eq!(shown.folded, 0);
    assert!(shown.items.iter().any(|item| item.class.contains(" background")));
}

#[test]
fn local_events_are_beads_that_count() {
    let run = run(HINT);
    let drawn = draw(&run, &window(99_000, lines(2, 5)), None);
    let counts: Vec<&str> = of(&drawn, "bead").iter().filter_map(|it| it.shape.text()).collect();
    assert!(counts.contains(&"2"), "n3 seems down, n4 stands in: {counts:?}");
    // Every told event of a shown place belongs to exactly one thing.
    let mut all: Vec<EventId> = drawn.things.iter().flat_map(|it| it.events.clone()).collect();
    let count = all.len();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), count);
}

#[test]
fn a_hidden_lifeline_leaves_dashed_edges() {
    let run = run(HINT);
    let mut shown = lines(2, 5);
    shown.retain(|line| *line != Endpoint::Node(NodeId(2)));
    let drawn = draw(&run, &window(99_000, shown), None);
    let stubs: Vec<&Item> =
        drawn.items.iter().filter(|item| item.class.contains("hidden-end")).collect();
    assert_eq!(stubs.len(), 2, "the write to n2 and its acknowledgement");
    assert!(drawn.items.iter().any(|item| item.shape.text() == Some("n2")), "it is named");
    assert!(of(&drawn, "line.n2").is_empty());
}

#[test]
fn what_is_near_a_point_leads_to_its_moment() {
    let run = run(HINT);
    let drawn = draw(&run, &window(99_000, lines(2, 5)), None);
    for thing in &drawn.things {
        let ends =
            [(thing.from, thing.events[0]), (thing.to, thing.events[thing.events.len() - 1])];
        for (point, event) in ends {
            let (found, meant) = drawn.near(point, 5.0).expect("something is there");
            let same = found == thing && (meant == event || thing.from == thing.to);
            let beside =
                found.from.distance(point).min(found.to.distance(point)) < 30.0 || found != thing;
            assert!(same || beside, "{thing:?} at {point:?} found {found:?}");
        }
    }
    assert!(drawn.near(Point::new(2.0, 20.0), 5.0).is_none());
}

#[test]
fn what_is_picked_and_what_explains_is_marked() {
    let run = run(HINT);
    let put = run.trace().iter().find(|(_, record)| {
        matches!(&record.event, TraceEvent::MessageSent { name, .. } if name.kind.name() == "put")
    });
    let (id, _) = put.expect("there is a put");
    let pick = Pick::Message(id);
    let marked = |pick: &Pick| {
        let drawn = draw(&run, &window(99_000, lines(2, 5)), Some(pick));
        let picked = drawn.items.iter().chain(&drawn.head);
        picked.filter(|it| it.class.contains(" picked")).map(|it| it.id.clone()).collect::<Vec<_>>()
    };
    assert_eq!(marked(&pick), [format!("rung.{}", id.0), format!("mark.{}", id.0)]);
    assert!(marked(&Pick::Node(NodeId(4))).contains(&"name.n4".to_string()));
    let request = RequestId { client: ClientId(1), operation: 1 };
    assert!(marked(&Pick::Request(request)).len() > 12, "all that belongs to it");
    with(&run, None, &[(id, Some(1))], |source| {
        let drawn = ladder(source, &window(99_000, lines(2, 5)));
        let badge = drawn.items.iter().find(|it| it.id == format!("because.{}.number", id.0));
        assert_eq!(badge.and_then(|it| it.shape.text()), Some("1"));
    });
}

#[test]
fn a_window_scrolls_as_far_as_it_is_told_and_comes_back() {
    let run = run(HINT);
    with(&run, None, &[], |source| {
        let first = window(100_000, lines(2, 5));
        for down in [10.0, 60.0, 250.0, 900.0] {
            let moved = first.scrolled(source, down);
            assert!((moved.top, moved.above > 0.0) > (first.top, false));
            let back = moved.scrolled(source, -down);
            assert_eq!((back.top, back.above.round()), (first.top, 0.0), "{down} down and up");
            // Many small steps lead as far as a large one, also through silence.
            let steps = (0..40).fold(first.clone(), |it, _| it.scrolled(source, down / 40.0));
            assert_eq!(steps.top, moved.top);
            assert!((steps.above - moved.above).abs() < 0.01, "{down} in small steps");
        }
        let start = first.scrolled(source, -1e6);
        assert_eq!((start.top, start.above), (Time::ZERO, 0.0));
        for at in [105_851, 1_406_503, 3_019_069] {
            for level in 0..LEVELS {
                let around = Window { level, ..first.clone() }.around(source, Time(at), 0.4);
                let share = ladder(source, &around).share(Time(at));
                assert!((0.0..=0.55).contains(&share), "{at} stands at {share}, level {level}");
            }
        }
    });
}

/// More happens at once than can be drawn.
fn busy() -> Run {
    let mut text = String::from("dynamo 1\nsetup nodes=64 n=5 r=3 w=3 seed=1\nat 0s crash n5\n");
    for client in 1..=64 {
        for operation in 1..=6 {
            let via = client % 64 + 1;
            text.push_str(&format!("at 1s c{client}.{operation} put basket \"v\" via n{via}\n"));
        }
    }
    text.push_str("until 2s\n");
    run(&text)
}

#[test]
fn a_window_around_a_moment_draws_it_whatever_happens() {
    let run = busy();
    let mut full = 0;
    for level in 0..LEVELS {
        for now in [1_001_000, 1_010_000, 1_050_000].map(Time) {
            let window = Window { level, ..window(0, lines(64, 64)) };
            let drawn = with(&run, None, &[], |source| {
                let window = window.around(source, now, 0.4);
                ladder(source, &window.fitting(source))
            });
            assert!(drawn.holds(now), "level {level}, {now}");
            full += u32::from(drawn.is_full);
        }
    }
    assert!(full > 5, "more than can be drawn: {full} times");
}

#[test]
fn whatever_happens_a_window_has_a_bounded_number_of_shapes() {
    let run = busy();
    for level in 0..LEVELS {
        for with_background in [false, true] {
            for top in [0, 1_000_000, 1_004_000, 1_500_000] {
                for width in [360.0, 1200.0] {
                    let window = window(top, lines(64, 64));
                    let window = Window { level, width, with_background, ..window };
                    let drawn = with(&run, None, &[], |source| {
                        let window = window.fitting(source);
                        assert!(window.lines.len() <= 40);
                        ladder(source, &window)
                    });
                    let all = drawn.items.len() + drawn.head.len();
                    assert!(all <= 560, "{all} shapes at {top}, level {level}, {width} wide");
                    let ids: BTreeSet<&str> = drawn.items.iter().map(|it| &it.id[..]).collect();
                    assert_eq!(ids.len(), drawn.items.len(), "every shape has an id of its own");
                    for item in drawn.items.iter().filter(|it| it.id.starts_with("line.")) {
                        assert!(ends(item).0.y >= HEAD && ends(item).1.y <= 600.0);
                    }
                }
            }
        }
    }
}

#[test]
fn the_playhead_lies_where_its_time_is_and_hides_what_is_to_come() {
    let run = run(HINT);
    let drawn = draw(&run, &window(100_000, lines(2, 5)), None);
    let ids = |time: u64| {
        drawn.playhead(Time(time)).iter().map(|item| item.id.clone()).collect::<Vec<_>>()
    };
    assert_eq!(ids(110_000), ["veil", "playhead", "playhead.plate", "playhead.time"]);
    assert_eq!(ids(50_000), ["veil"], "it stands above");
    let line = &drawn.playhead(Time(124_377))[1];
    assert_eq!(drawn.time(ends(line).0.y), Time(124_377));
}
