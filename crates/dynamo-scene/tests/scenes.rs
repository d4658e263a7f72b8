//! Scenes of whole runs.

use std::collections::BTreeSet;

use dynamo_core::{Key, NodeId};
use dynamo_scene::layout::Layout;
use dynamo_scene::shape::{Point, Shape, number};
use dynamo_scene::{Item, Pick, Touch, caption, in_crowd, latest, stage, svg};
use dynamo_sim::{Moment, Run, Script, Time, View};
use expect_test::expect;

/// A write whose third node is down: a hint is kept and comes home.
const HINT: &str = "\
dynamo 1
setup nodes=5 n=3 r=2 w=2 seed=7
at 0s crash n5
at 2s c1.1 put cart \"milk\" via n1
when hint-kept restart n5
until 8s
";

/// Two sides write; cuts of every form; lost, late and doubled messages; markup in key and value.
const TROUBLE: &str = "\
dynamo 1
setup nodes=5 n=3 r=2 w=2 seed=3 loss=0.05 copies=0.1
at 1s c1.1 put cart \"milk\" via n1
at 2s cut n1 n2 c1 from n3 n4 n5 c2
at 2s c2.1 get cart via n4
at 2.5s c1.2 put cart \"milk, eggs\" via n1
at 2.5s c2.2 put cart \"milk, tea\" via n4
at 2.6s crash n4
at 3s heal
at 3s restart n4
at 5s c3.1 get cart via n5
at 6s cut n1 to n3
at 6s cut n3 n4 from c2
at 6s c2.3 put \"<b>&\\\"key\\\"</b>\" \"</text><script>\" via n5
at 7s cut n1 from n2 n3 n4 n5
at 7s c1.3 get cart via n1
until 9s
";

fn run(text: &str) -> Run {
    Run::new(text.parse::<Script>().expect("the script is well formed"))
}

fn key(text: &str) -> Key {
    Key::new(text).expect("the key is short")
}

/// Sixty-four nodes, many clients, more messages at once than are drawn one by one.
fn crowd() -> Run {
    let mut text =
        String::from("dynamo 1\nsetup nodes=64 n=5 r=3 w=3 seed=1 latency=constant-30ms\n");
    text.push_str("at 0s crash n5\nat 0s crash n17\n");
    for client in 1..=64 {
        for operation in 1..=3 {
            let via = client % 64 + 1;
            text.push_str(&format!("at 1s c{client}.{operation} put k{client} \"v\" via n{via}\n"));
        }
    }
    let half = |from: u16, to: u16| (from..=to).map(|n| format!(" n{n}")).collect::<String>();
    text.push_str(&format!("at 1.5s cut{} from{}\nuntil 2s\n", half(1, 20), half(30, 64)));
    run(&text)
}

/// Every place in time where something happens, and one between each two.
fn moments(run: &Run) -> Vec<Moment> {
    let mut moments: Vec<Moment> = run.trace().records().iter().map(|it| it.moment).collect();
    moments.dedup();
    let between =
        |two: &[Moment]| Moment::at(Time((two[0].time.as_micros() + two[1].time.as_micros()) / 2));
    let extra: Vec<Moment> = moments.windows(2).map(between).collect();
    moments.extend(extra);
    moments.sort();
    moments
}

/// Draws a run at every `step`-th of its moments and checks what holds of every scene.
fn walk(run: &Run, focus: Option<&Key>, pick: Option<&Pick>, step: usize) {
    let mut cursor = run.cursor();
    for moment in moments(run).into_iter().step_by(step) {
        cursor.seek(run, moment);
        let items = stage(cursor.view(), focus, pick);
        let ids: BTreeSet<&str> = items.iter().map(|item| item.id.as_str()).collect();
        assert_eq!(ids.len(), items.len(), "an id stands twice at {moment}");
        for item in &items {
            let attributes = item.shape.attributes();
            let wrong = |text: &str| text.contains("NaN") || text.contains("922337203685");
            assert!(attributes.iter().all(|(_, value)| !wrong(value)), "{item:?}");
            assert!(!item.is_stop || item.title.is_some(), "{} has no words", item.id);
            assert!(!item.is_stop || item.touch.is_some(), "{} does nothing", item.id);
        }
        let stops: Vec<bool> = items.iter().map(|item| item.is_stop).collect();
        let first = stops.iter().position(|stop| *stop).unwrap_or(0);
        let last = stops.iter().rposition(|stop| *stop).unwrap_or(0);
        let gaps = stops[first..=last].iter().filter(|stop| !**stop).count();
        assert_eq!(gaps, 0, "the keyboard's stops follow each other");
        let _ = latest(run.trace(), cursor.view());
    }
}

#[test]
fn every_moment_of_a_run_can_be_drawn() {
    let (hint, trouble) = (run(HINT), run(TROUBLE));
    walk(&hint, Some(&key("cart")), None, 1);
    walk(&hint, None, Some(&Pick::Node(NodeId(2))), 3);
    walk(&trouble, Some(&key("cart")), Some(&Pick::Node(NodeId(4))), 1);
    walk(&trouble, Some(&key("<b>&\"key\"</b>")), Some(&Pick::Node(NodeId(99))), 1);
}

/// The setup with one write of `cart`, drawn when it is done.
fn drawn(setup: &str, pick: Option<&Pick>) -> Vec<Item> {
    let write = "at 1s c1.1 put cart \"milk\" via n1\nuntil 2s\n";
    let run = run(&format!("dynamo 1\nsetup {setup}\n{write}"));
    stage(&run.view_at(Moment::at(Time(1_500_000))), Some(&key("cart")), pick)
}

/// The partitions that are drawn one by one.
fn arcs(items: &[Item]) -> Vec<&Item> {
    items.iter().filter(|item| item.id.starts_with("vnode.")).collect()
}

#[test]
fn a_ring_cut_by_tokens_shows_every_range_in_its_own_length() {
    let items = drawn("nodes=5 n=3 r=2 w=2 seed=7 strategy=1 tokens=4", None);
    let lengths: BTreeSet<String> = arcs(&items)
        .iter()
        .map(|item| match &item.shape {
            Shape::Path { d } => d.clone(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(lengths.len(), 20);
    let equal = drawn("nodes=5 n=3 r=2 w=2 seed=7 strategy=2 tokens=4", None);
    assert_eq!(arcs(&equal).len(), 64);
}

#[test]
fn thousands_of_tokens_do_not_flood_the_picture() {
    let pick = Pick::Node(NodeId(9));
    let items = drawn("nodes=64 n=3 r=2 w=2 seed=7 strategy=1 tokens=256", Some(&pick));
    assert!(arcs(&items).len() <= 3, "only where the key and its primaries lie");
    assert!(items.len() < 300, "{}", items.len());
    assert!(items.iter().any(|item| item.id == "vnodes"), "what the picked node owns is lit");
}

#[test]
fn a_walk_that_spreads_over_zones_numbers_its_primaries_in_each() {
    let items = drawn("nodes=6 n=3 r=2 w=2 seed=7 zones=\"east: n1-n5, west: n6\"", None);
    let walked = items.iter().filter(|it| it.id.starts_with("walk.") && it.id.ends_with(".disc"));
    let primaries: Vec<&str> =
        walked.filter(|item| item.class.contains("primary")).map(|item| item.id.as_str()).collect();
    assert_eq!(primaries, ["walk.1.disc", "walk.2.disc", "walk.3.disc"]);
}

#[test]
fn sixty_four_nodes_and_hundreds_of_messages_can_be_drawn() {
    let run = crowd();
    walk(&run, Some(&key("k1")), Some(&Pick::Node(NodeId(64))), 97);
    let view = run.view_at(Moment::at(Time(1_020_000)));
    assert!(view.flights.len() <= 300, "{}", view.flights.len());
    let most = moments(&run).into_iter().step_by(301).map(|moment| {
        let view = run.view_at(moment);
        (view.flights.len(), stage(&view, None, None).len())
    });
    let (flights, items) = most.max().expect("the run is not empty");
    assert!(flights > 300, "{flights} messages at once");
    assert!(items < 1_200, "{items} items");
}

#[test]
fn a_crowd_of_messages_is_one_shape_for_each_look_and_each_can_still_be_picked() {
    let run = crowd();
    let views = moments(&run).into_iter().step_by(97).map(|moment| run.view_at(moment));
    let crowds = views.filter(|view| (81..=1_000).contains(&view.flights.len()));
    let crowds: Vec<_> = crowds.map(|view| (stage(&view, None, None), view)).collect();
    let (items, view) = crowds.first().expect("a crowd that is not too large");
    let looks = items.iter().filter(|item| item.id.starts_with("crowd.")).count();
    let single = items.iter().filter(|item| item.id.starts_with("message.")).count();
    assert!((1..=20).contains(&looks), "{looks}");
    assert_eq!(single, 0, "of {}", view.flights.len());
    let has_parcels =
        |(items, _): &(Vec<Item>, _)| items.iter().any(|it| it.id == "crowd.parcel.plain");
    assert!(crowds.iter().any(has_parcels), "hints are parcels in a crowd, too");
    // What carries versions of the key in focus has their hue; letters would be too small.
    let key = key("k1");
    let in_hue = |item: &Item| item.id.starts_with("crowd.") && item.class.contains(" v");
    let hued = |view: &View| stage(view, Some(&key), None).iter().filter(|it| in_hue(it)).count();
    assert!(crowds.iter().any(|(_, view)| hued(view) > 0), "a put of k1 is on its way");
    // Which one is meant says its place.
    let (id, flight) = view.flights.iter().next().expect("a message");
    let way = Layout::of(view).way(flight.name.from, flight.name.to).expect("two ends");
    let part = view.moment.time.since(flight.sent).as_micros() as f64
        / flight.due.since(flight.sent).as_micros() as f64;
    let near = in_crowd(view, way.at(part), 0.5).expect("it is there");
    assert_eq!(near, Pick::Message(*id));
    assert_eq!(in_crowd(view, Point::new(-500.0, -500.0), 14.0), None);
    // It is drawn by itself while it is picked, with its words.
    let picked = stage(view, None, Some(&Pick::Message(*id)));
    let drawn = picked.iter().find(|item| item.id == format!("message.{}", id.0));
    assert!(drawn.is_some_and(|item| item.title.is_some()));
}

#[test]
fn one_node_alone_and_few_or_many_partitions_can_be_drawn() {
    for setup in ["nodes=1 n=1 r=1 w=1 partitions=2", "nodes=3 n=3 r=2 w=2 partitions=1024"] {
        let text =
            format!("dynamo 1\nsetup {setup} seed=1\nat 1s c1.1 put a \"b\" via n1\nuntil 2s\n");
        walk(&run(&text), Some(&key("a")), Some(&Pick::Node(NodeId(1))), 1);
    }
}

#[test]
fn every_record_that_has_a_caption_has_a_short_sentence() {
    for text in [HINT, TROUBLE] {
        let run = run(text);
        let view = run.view_at(Moment::at(run.known_until()));
        for (id, _) in run.trace().iter() {
            if let Some(caption) = caption(run.trace(), &view, id) {
                assert!(caption.text.ends_with(['.', '?', '!']), "{}", caption.text);
                assert!(caption.text.chars().count() < 200, "{}", caption.text);
            }
        }
    }
}

fn circle(item: &Item) -> Point {
    match item.shape {
        Shape::Circle { at, .. } | Shape::Rectangle { at, .. } | Shape::Text { at, .. } => at,
        _ => panic!("{} has no middle", item.id),
    }
}

#[test]
fn a_message_stands_at_its_part_of_the_way_and_keeps_its_id() {
    let run = run(HINT);
    let start = run.view_at(Moment { time: Time(2_000_000), after: u32::MAX });
    let (id, flight) = start.flights.first().expect("the put is on its way");
    let way = Layout::of(&start).way(flight.name.from, flight.name.to).expect("both are there");
    let length = flight.due.as_micros() - flight.sent.as_micros();
    for percent in [0, 25, 50, 99] {
        let time = Time(flight.sent.as_micros() + length * percent / 100);
        let view = run.view_at(Moment { time, after: u32::MAX });
        let items = stage(&view, Some(&key("cart")), None);
        let name = format!("message.{}", id.0);
        let item = items.iter().find(|item| item.id == name).expect("it is drawn");
        let part = (time.as_micros() - flight.sent.as_micros()) as f64 / length as f64;
        assert!(circle(item).distance(way.at(part)) < 0.01, "at {percent} percent");
        assert_eq!(item.pick(), Some(&Pick::Message(*id)));
    }
}

#[test]
fn a_loss_fades_over_400_ms() {
    let run = run(HINT);
    let lost = run.view_at(Moment::at(Time(2_030_000))).losses.pop().expect("n5 is down");
    let faded = |after: u64| {
        let view = run.view_at(Moment::at(Time(lost.at.as_micros() + after)));
        let name = format!("lost.{}", lost.id.0);
        stage(&view, None, None).iter().find(|item| item.id == name).map(|item| item.faded)
    };
    assert_eq!([faded(1_000), faded(200_000), faded(400_000)], [Some(0), Some(50), None]);
}

/// The items whose id starts so, one a line.
fn told(items: &[Item], starts: &[&str]) -> String {
    let chosen = |item: &&Item| starts.iter().any(|start| item.id.starts_with(start));
    let line = |item: &Item| {
        let text = item.shape.text().map(|text| format!(" {text:?}")).unwrap_or_default();
        format!("{} [{}]{text}\n", item.id, item.class)
    };
    items.iter().filter(chosen).map(line).collect()
}

#[test]
fn a_hint_is_a_parcel_that_travels_home_and_is_gone() {
    let run = run(HINT);
    let view = run.view_at(Moment::at(Time(6_000_000)));
    let items = stage(&view, Some(&key("cart")), None);
    expect![""].assert_eq(&told(&items, &["hint."]));
    let view = run.view_at(Moment::at(Time(8_000_000)));
    let items = stage(&view, Some(&key("cart")), None);
    expect![[r#"
        chip.n1.0 [chip v0]
        chip.n1.0.letter [chip-letter v0] "A"
        chip.n4.0 [chip v0]
        chip.n4.0.letter [chip-letter v0] "A"
        chip.n5.0 [chip v0]
        chip.n5.0.letter [chip-letter v0] "A"
        stop.key [stop]
        stop.n1 [stop]
        stop.n2 [stop]
        stop.n3 [stop]
        stop.n4 [stop]
        stop.n5 [stop]
        stop.c1 [stop]
    "#]]
    .assert_eq(&told(&items, &["hint.", "chip.", "stop."]));
}

#[test]
fn a_node_says_its_state_in_words() {
    let run = run(HINT);
    let view = run.view_at(Moment::at(Time(2_050_000)));
    let items = stage(&view, Some(&key("cart")), None);
    let told: Vec<&str> = items
        .iter()
        .filter(|item| item.is_stop)
        .map(|item| item.title.as_deref().unwrap_or_default())
        .collect();
    expect![[r#"
        The key cart lies here. Clockwise from it: n4, n5 and n1
        n1: up; number 3 of the primaries of cart; holds version A; believes that n5 is down
        n2: up; not a primary of cart, may stand in; keeps hints for n5
        n3: up; not a primary of cart, may stand in
        n4: up; number 1 of the primaries of cart; holds version A
        n5: up; number 2 of the primaries of cart; holds no version of cart; seems down to n1
        c1: a client. c1.1 writes cart = "milk". Stored: enough nodes have acknowledged it."#]]
    .assert_eq(&told.join("\n"));
}

#[test]
fn the_story_of_a_hint_in_captions() {
    let run = run(HINT);
    let view = run.view_at(Moment::at(Time(8_000_000)));
    let told: Vec<String> = run
        .trace()
        .iter()
        .filter_map(|(id, _)| caption(run.trace(), &view, id))
        .map(|caption| format!("{} ({})", caption.text, caption.section))
        .collect();
    expect![[r#"
        n5 is down. Nobody is told; others will notice its silence. (4.6)
        c1 asks n1 to store cart = “milk”. (5)
        n1 coordinates c1.1 for cart: it asks n4, n5 and n1 and needs 2 of them. (4.5)
        n1 has version A of cart on disk: “milk”. (4.4)
        n4 has version A of cart on disk. (4.4)
        Lost: write of cart with A, n1 to n5. The receiver is down. The sender hears only silence. ()
        n1 has 2 answers: c1.1 succeeds. (4.5)
        c1.1 ends. Stored: enough nodes have acknowledged it. (4.5)
        n1 believes that n5 is down: it was silent on c1.1. (4.8.3)
        n1 asks n2 to stand in for n5 in c1.1. (4.6)
        n2 gets cart with a note: it belongs to n5. (4.6)
        n2 has version A of cart for n5 on disk. (4.4)
        n2 keeps cart for n5: a hint. (4.6)
        n5 starts with what is on its disk. (4.6)
        n1 hears from n5 again and believes that it is up. (4.8.3)
        n5 has version A of cart on disk. (4.4)
        n4 and n5 hold the same of cart now. (4.7)
        n4 and n5 differed in 1 key: 1 hash and 125 bytes mended it. (4.7)
        n2 sends n5 its parcel of cart. (4.6)
        The parcel with cart reaches its owner n5. (4.6)
        n5 has its parcel of cart; n2 need not keep it. (4.6)
        n2 forgets the hint of cart for n5: it is home. (4.6)"#]].assert_eq(&told.join("\n"));
}

#[test]
fn a_cut_is_one_torn_line_that_heals_at_a_touch() {
    let run = run(TROUBLE);
    let cut = stage(&run.view_at(Moment::at(Time(2_400_000))), None, None);
    assert_eq!(cut.iter().filter(|item| item.class == "tear").count(), 1);
    let heal = cut.iter().find(|item| item.touch == Some(Touch::Heal)).expect("it can be healed");
    let words = "The network is cut: n1 and n2 on one side, n3, n4 and n5 on the other. \
                 Press to heal all cuts.";
    assert_eq!(heal.title.as_deref(), Some(words));
    let healed = stage(&run.view_at(Moment::at(Time(4_000_000))), None, None);
    assert!(healed.iter().all(|item| item.touch != Some(Touch::Heal) && item.class != "tear"));
    let one_way = stage(&run.view_at(Moment::at(Time(6_500_000))), None, None);
    assert!(one_way.iter().any(|item| item.id == "cut.link.n1.n3.head"));
}

#[test]
fn keys_and_values_never_become_markup() {
    let run = run(TROUBLE);
    let focus = key("<b>&\"key\"</b>");
    for moment in moments(&run).into_iter().step_by(5) {
        let items = stage(&run.view_at(moment), Some(&focus), None);
        let document = svg::document(&items, "<title>", ".a > .b {}");
        assert!(!document.contains("<b>") && !document.contains("<script"));
        assert_eq!(document.matches("<title>").count(), document.matches("</title>").count());
    }
}

#[test]
fn a_scene_in_a_file_names_its_place() {
    let below = svg::Picture { items: Vec::new(), width: 470.0, height: 100.0 };
    let two = svg::document_above(&[], Some(&below), "A run", "");
    assert!(two.contains("viewBox=\"0 0 470 100\""), "{two}");
    assert_eq!(svg::height_above(Some(&below)) - svg::height_above(None), 200.0);
    let document = svg::document(&[], "A run", "");
    expect![[r#"
        <svg xmlns="http://www.w3.org/2000/svg" class="stage standalone" role="img" width="940" height="910" viewBox="0 0 940 910" aria-label="A run">
        <title>A run</title>
        <style></style>
        <rect class="paper" width="940" height="910"/>
        </svg>
    "#]].assert_eq(&document);
    assert_eq!(number(0.5), "0.5");
}

#[test]
fn whoever_is_no_member_is_drawn_outside_and_says_how_it_stands() {
    let run = run("dynamo 1\nsetup nodes=3 n=2 r=1 w=2 seed=7 partitions=16 gossip-every=200ms\n\
                   at 1s join n4 via n1\nat 9s leave n1 via n2\nuntil 20s\n");
    let node = |time: u64, name: &str| {
        let view = run.view_at(Moment::at(Time(time * 1_000)));
        let items = stage(&view, None, None);
        let item = items.into_iter().find(|item| item.id == format!("node.{name}")).expect("drawn");
        (item.class.contains("outside"), item.title.unwrap_or_default())
    };
    assert_eq!(node(1_100, "n4"), (true, "n4: joining".into()));
    assert_eq!(node(8_000, "n4"), (false, String::new()));
    assert_eq!(node(8_000, "n1"), (false, String::new()));
    assert_eq!(node(19_000, "n1"), (true, "n1: has left".into()));
}

/// Everything that can befall a node, a join, and a look through the eyes of one.
const ODD: &str = "\
dynamo 1
setup nodes=6 n=3 r=2 w=2 seed=7 gossip-every=300ms seeds=n1 engine=buffered flush-every=2s exchange-every=3s
at 100ms c1.1 put cart \"a\" via n1
at 200ms slow n2 10
at 200ms clock n2 +2s
at 200ms fill n3
at 500ms crash n5
at 1s join n9 via n2
at 2s restart n5
at 3s c1.2 delete cart via n1
until 20s
";

#[test]
fn every_kind_of_thing_that_is_drawn_has_a_badge() {
    for (text, key_name) in [(HINT, "cart"), (TROUBLE, "cart"), (ODD, "cart")] {
        let (run, key) = (run(text), key(key_name));
        for millis in (0..9_000).step_by(50) {
            let view = run.view_at(Moment::at(Time(millis * 1_000)));
            for eyes in [None, Some(NodeId(2))] {
                let pick = Pick::Node(NodeId(1));
                for item in dynamo_scene::seen(&view, eyes, Some(&key), Some(&pick)) {
                    let badge = dynamo_scene::badges::badge_of(&item.class);
                    assert!(badge.is_some(), "{} at {millis} ms: {}", item.id, item.class);
                }
            }
        }
    }
}

#[test]
fn what_is_not_usual_moves_or_may_be_lost_is_seen() {
    let (run, key) = (run(ODD), key("cart"));
    let mut seen = BTreeSet::new();
    for millis in (0..12_000).step_by(20) {
        let view = run.view_at(Moment::at(Time(millis * 1_000)));
        let pick = Pick::Node(NodeId(1));
        for item in stage(&view, Some(&key), Some(&pick)) {
            let class = item.class.as_str();
            if class.contains("tombstone") || class.contains("unflushed") {
                seen.insert(if class.contains("tombstone") { "tombstone" } else { "unflushed" });
            }
            for kind in ["condition", "transfer", "timer gossip", "timer flush", "timer exchange"] {
                if class.starts_with(kind) {
                    seen.insert(kind);
                }
            }
        }
    }
    let all: Vec<&str> = seen.into_iter().collect();
    let wanted = ["condition", "timer exchange", "timer flush", "timer gossip"];
    let wanted: Vec<&str> =
        wanted.into_iter().chain(["tombstone", "transfer", "unflushed"]).collect();
    assert_eq!(all, wanted);
}

#[test]
fn through_the_eyes_of_a_node_the_others_hold_nothing_that_it_could_see() {
    let (run, key) = (run(HINT), key("cart"));
    let view = run.view_at(Moment::at(Time(3_000_000)));
    let chips = |eyes| {
        let items = dynamo_scene::seen(&view, eyes, Some(&key), None);
        let chips = items.into_iter().filter(|item| item.id.starts_with("chip."));
        chips.map(|item| item.id).collect::<BTreeSet<String>>()
    };
    let own = chips(Some(NodeId(1)));
    assert!(!own.is_empty() && own.iter().all(|id| id.starts_with("chip.n1")), "{own:?}");
    assert!(chips(None).len() > own.len());
}
