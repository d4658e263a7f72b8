//! Two runs in step, and running on until something happens; runs without a browser.
#![cfg(not(target_arch = "wasm32"))]

use std::rc::Rc;

use dynamo_core::NodeId;
use dynamo_sim::script::Setting;
use dynamo_sim::until::Condition;
use dynamo_sim::{Command, Moment, Place, Saved, Time, TraceEvent};
use dynamo_web::session::{Action, Session, Twin, Way};
use yew::Reducible;

fn page() -> Rc<Session> {
    Rc::new(Session::default())
}

fn at(micros: u64) -> Action {
    Action::Seek(Moment::at(Time(micros)))
}

fn crash(node: u16) -> Action {
    Action::Act(Command::Crash(NodeId(node)))
}

fn text(session: &Session) -> String {
    session.run.get().script().to_string()
}

fn twin(session: &Session) -> &Twin {
    session.twin.as_ref().expect("two runs")
}

fn says(session: &Session) -> &str {
    session.notice.as_ref().map_or("", |notice| &notice.text)
}

fn until(name: &'static str, node: Option<u16>) -> Action {
    Action::RunUntil(Condition { name, node: node.map(NodeId) })
}

#[test]
fn a_fork_is_the_same_run_until_one_thing_is_changed_and_then_a_branch_beside_it() {
    let before = page();
    let forked = before.clone().reduce(at(500_000)).reduce(Action::Fork);
    assert!(forked.is_about_to_fork() && forked.tree.branches().is_empty());
    let two = forked.reduce(Action::Act(Command::Set(Setting::W(1))));
    assert_eq!((two.place, twin(&two).place), (Place::Branch(0), Place::Trunk));
    assert!(twin(&two).is_first, "what was stands before what it becomes");
    assert_eq!(
        text(&two),
        text(&before).replace("at 1s restart", "at 500ms set w=1\nat 1s restart")
    );
    assert_eq!(twin(&two).run.get().script().to_string(), text(&before));
    let one = two.clone().reduce(Action::Part);
    assert!(one.twin.is_none());
    assert_eq!((&one.tree, one.place), (&two.tree, two.place), "both stay");
    let same = two.reduce(Action::Undo);
    assert!(same.is_about_to_fork() && same.tree.branches().is_empty());
}

#[test]
fn at_the_end_of_an_own_run_a_fork_leaves_that_run_as_it_is() {
    let page = page().reduce(Action::NewRun(Box::default())).reduce(at(1_000_000));
    let page = page.reduce(Action::Fork).reduce(crash(1));
    assert_eq!((page.place, twin(&page).place), (Place::Branch(0), Place::Trunk));
    assert!(page.tree.trunk().lines.is_empty());
}

#[test]
fn two_runs_go_on_in_step_and_stop_at_the_events_of_either() {
    let page = page().reduce(at(500_000)).reduce(Action::Fork).reduce(crash(2));
    let mut page = page.reduce(Action::Toggle);
    let mut frames = 0;
    while page.playing {
        page = page.reduce(Action::Tick(1000.0 / 60.0));
        assert!(twin(&page).run.known_until() >= page.playhead.time);
        frames += 1;
        assert!(frames < 60 * 60);
    }
    let mut stops: Vec<Moment> = Vec::new();
    for run in [&page.run, &twin(&page).run] {
        stops.extend(run.digest().told.iter().filter(|it| it.time > Time(500_000)));
    }
    stops.sort();
    stops.dedup();
    let mut page = page.reduce(at(500_001));
    assert!(stops.len() > 30);
    for stop in &stops {
        page = page.reduce(Action::Step(Way::Forward));
        assert_eq!(page.playhead, *stop);
    }
    for stop in stops.iter().rev().skip(1) {
        page = page.reduce(Action::Step(Way::Back));
        assert_eq!(page.playhead, *stop);
    }
}

#[test]
fn acts_go_to_the_run_that_was_chosen_last_and_the_order_of_the_two_stays() {
    let page = page().reduce(at(500_000)).reduce(Action::Fork).reduce(crash(2));
    let other = page.clone().reduce(Action::Swap);
    assert_eq!((other.place, twin(&other).place), (Place::Trunk, Place::Branch(0)));
    assert!(!twin(&other).is_first);
    assert_eq!(other.clone().reduce(Action::Swap).place, page.place);
    assert_eq!(page.reduce(Action::Switch(Place::Trunk)).place, other.place, "a track swaps, too");
    let third = other.reduce(crash(4));
    assert_eq!((third.place, twin(&third).place), (Place::Branch(1), Place::Branch(0)));
}

#[test]
fn runs_of_the_tree_are_compared_and_a_dropped_one_leaves_the_other_alone() {
    let page = page().reduce(at(500_000)).reduce(crash(2)).reduce(Action::Compare(Place::Trunk));
    assert!(twin(&page).is_first);
    let other = page.clone().reduce(Action::Drop(0));
    assert_eq!((other.place, other.twin.is_none()), (Place::Trunk, true));
    let back = page.reduce(Action::Swap).reduce(Action::Compare(Place::Branch(0)));
    assert!(!twin(&back).is_first);
    assert!(back.clone().reduce(Action::Drop(0)).twin.is_none());
    assert!(back.clone().reduce(Action::Compare(Place::Branch(9))).twin == back.twin);
    assert!(back.reduce(Action::NewRun(Box::default())).twin.is_none());
}

#[test]
fn a_dragged_track_leads_to_another_time_and_another_run_at_once() {
    let page = page().reduce(at(500_000)).reduce(crash(2));
    let page = page.reduce(Action::Visit(Place::Trunk, Moment::at(Time(1_500_000))));
    assert_eq!((page.place, page.playhead), (Place::Trunk, Moment::at(Time(1_500_000))));
    let page = page.reduce(Action::Visit(Place::Branch(0), Moment::default()));
    assert_eq!((page.place, page.playhead), (Place::Branch(0), page.run.start()));
}

#[test]
fn time_runs_on_to_the_first_event_that_matches_and_stands_there() {
    let page = page().reduce(until("hint-kept", None));
    assert!(page.search.is_none() && !page.playing);
    let here = page.playhead;
    let run = page.run.get();
    let kept = |micros: u64| {
        let all = run.trace().iter().filter(|(_, it)| it.moment.time <= Time(micros));
        let kept = |event: &TraceEvent| match event {
            TraceEvent::Noted { fact, .. } => fact.name() == "hint-kept",
            _ => false,
        };
        all.filter(|(_, it)| kept(&it.event)).count()
    };
    assert_eq!((kept(here.time.as_micros() - 1), kept(here.time.as_micros())), (0, 1));
    assert!(
        says(&page).contains("a hint is kept") && says(&page).contains("for n3"),
        "{}",
        says(&page)
    );
    drop(run);
    let later = page.clone().reduce(until("seems-up", Some(3)));
    assert!(later.playhead > here);
    let elsewhere = page.reduce(until("crashed", Some(2)));
    assert!(elsewhere.search.is_some(), "it goes on slice by slice");
}

#[test]
fn what_does_not_happen_is_said_with_the_bound_and_can_be_looked_for_further() {
    let mut page = page().reduce(until("hint-lost", None));
    let mut slices = 0;
    while let Some(search) = page.search {
        assert!(page.playhead.time <= search.bound);
        page = page.reduce(Action::SearchOn);
        slices += 1;
        assert!(slices < 100);
    }
    assert!(slices > 2, "a minute is more than a slice");
    assert_eq!(page.playhead, Moment::at(Time(60_000_000)));
    assert!(says(&page).starts_with("Not before 60000.000 ms"), "{}", says(&page));
    assert_eq!(
        page.reduce(until("hint-lost", None)).search.expect("goes on").bound,
        Time(120_000_000)
    );
}

#[test]
fn a_search_ends_where_somebody_stops_it_and_whatever_else_he_does() {
    let page = page().reduce(until("hint-lost", None)).reduce(Action::SearchOn);
    let far = page.playhead;
    let stopped = page.clone().reduce(Action::Pause);
    assert!(stopped.search.is_none() && stopped.playhead == far);
    assert!(stopped.clone().reduce(Action::SearchOn).playhead == far);
    assert!(page.reduce(crash(1)).search.is_none());
}

#[test]
fn a_search_ends_where_a_run_is_full() {
    let busy = "dynamo 1\nsetup nodes=64 n=3 r=2 w=2 hint-scan-every=1ms\nuntil 1s\n";
    let saved: Saved = busy.parse().expect("a script");
    let mut page = page().reduce(Action::Open(Box::new(saved))).reduce(until("hint-lost", None));
    while page.search.is_some() {
        page = page.reduce(Action::SearchOn);
    }
    assert!(page.run.digest().full);
    assert_eq!(page.playhead.time, page.run.limit());
}
