//! The one state of the page and how it changes; runs without a browser.
#![cfg(not(target_arch = "wasm32"))]

use std::rc::Rc;

use dynamo_core::NodeId;
use dynamo_sim::{Command, Moment, Time};
use dynamo_web::famous;
use dynamo_web::session::{Action, Session, Way};
use yew::Reducible;

fn page() -> Rc<Session> {
    Rc::new(Session::default())
}

fn at(micros: u64) -> Action {
    Action::Seek(Moment::at(Time(micros)))
}

fn text(session: &Session) -> String {
    session.run.get().script().to_string()
}

fn is_up(session: &Session, node: u16) -> bool {
    session.run.get().view_at(session.playhead).nodes[&NodeId(node)].is_up()
}

#[test]
fn the_page_opens_with_the_famous_run_word_for_word() {
    let page = page();
    assert_eq!(text(&page), famous::run());
    assert!(is_up(&page, 1) && !is_up(&page, 3), "processes run, the dead primary is dead");
    assert!(!page.playing);
}

#[test]
fn what_an_act_does_at_once_is_seen_while_time_stands_still() {
    let page = page().reduce(at(500_000)).reduce(Action::Act(Command::Restart(NodeId(3))));
    assert!(is_up(&page, 3));
    assert_eq!(page.playhead.time, Time(500_000));
    let page = page.reduce(Action::Act(Command::Crash(NodeId(3))));
    assert!(!is_up(&page, 3), "and the next act comes after what the last one did");
}

#[test]
fn a_refused_act_says_why_and_changes_nothing() {
    let before = page();
    let after = before.clone().reduce(Action::Act(Command::Crash(NodeId(9))));
    assert_eq!(text(&after), text(&before));
    let notice = after.notice.clone().expect("a sentence");
    assert!(notice.is_error && notice.text.contains("there is no n9"), "{}", notice.text);
    assert!(!after.can_undo());
}

#[test]
fn undo_leads_back_to_just_before_the_act_and_no_further() {
    let page = page().reduce(at(3_000_000)).reduce(Action::Act(Command::Crash(NodeId(2))));
    let page = page.reduce(at(7_000_000)).reduce(Action::Undo);
    assert_eq!(text(&page), famous::run());
    assert_eq!(page.playhead, Moment::at(Time(3_000_000)));
    let page = page.reduce(Action::Undo);
    assert_eq!(text(&page), famous::run());
    assert!(page.notice.is_some());
}

#[test]
fn a_step_forward_and_a_step_back_meet() {
    let mut page = page();
    let mut places = vec![page.playhead];
    for _ in 0..30 {
        page = page.reduce(Action::Step(Way::Forward));
        assert!(page.playhead > places[places.len() - 1]);
        places.push(page.playhead);
    }
    for place in places.iter().rev().skip(1) {
        page = page.reduce(Action::Step(Way::Back));
        assert_eq!(page.playhead, *place);
    }
}

#[test]
fn automatic_time_shows_every_event_and_wastes_none_on_silence() {
    let mut page = page().reduce(Action::Toggle);
    let told = page.run.digest().told.clone();
    let (mut frames, mut shown) = (0, 0);
    while page.playing {
        page = page.reduce(Action::Tick(1000.0 / 60.0));
        frames += 1;
        if told.iter().any(|moment| moment.time == page.playhead.time) {
            shown += 1;
        }
        assert!(frames < 60 * 60, "the run takes more than a minute");
    }
    assert_eq!(page.playhead, Moment::at(Time(8_000_000)), "it pauses where the script does");
    let mut instants: Vec<Time> = told.iter().map(|moment| moment.time).collect();
    instants.dedup();
    instants.retain(|time| *time > Time::ZERO && *time < Time(8_000_000));
    assert!(shown >= instants.len(), "{shown} of {} instants had a frame", instants.len());
    assert!(frames > 5 * 60, "the run takes less than five seconds");
}

#[test]
fn behind_the_end_of_the_script_the_world_goes_on() {
    let mut page = page().reduce(at(8_000_000)).reduce(Action::Toggle);
    for _ in 0..2_000 {
        page = page.reduce(Action::Tick(100.0));
    }
    assert!(page.playing && page.playhead.time > Time(12_000_000), "{:?}", page.playhead);
    assert!(page.run.known_until() > page.playhead.time);
}
