//! The one state of the page and how it changes; runs without a browser.
#![cfg(not(target_arch = "wasm32"))]

use std::rc::Rc;

use dynamo_core::NodeId;
use dynamo_scene::Pick;
use dynamo_sim::link::Link;
use dynamo_sim::{Command, Moment, Place, Saved, Time};
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
    assert_eq!(text(&page), famous::RUNS[0].script);
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
    assert_eq!(text(&page), famous::RUNS[0].script);
    assert_eq!(page.playhead, Moment::at(Time(3_000_000)));
    let page = page.reduce(Action::Undo);
    assert_eq!(text(&page), famous::RUNS[0].script);
    assert!(page.notice.is_some());
}

#[test]
fn an_act_in_the_past_makes_a_branch_and_the_opened_run_survives_it() {
    let opened = page();
    let hash = opened.run.get().trace().hash();
    let branch = opened.reduce(at(500_000)).reduce(Action::Act(Command::Crash(NodeId(2))));
    assert_eq!(branch.place, Place::Branch(0));
    assert_ne!(branch.run.get().trace().hash(), hash);
    assert!(text(&branch).contains("at 1s restart n3"), "later acts stay");
    let back = branch.clone().reduce(Action::Switch(Place::Trunk));
    assert_eq!(text(&back), famous::RUNS[0].script);
    assert_eq!(back.run.get().trace().hash(), hash);
    assert_eq!(back.playhead.time, branch.playhead.time, "time stays where it was");
    let again = back.reduce(Action::SwitchBy(1));
    assert_eq!(text(&again), text(&branch));
    assert_eq!(again.clone().reduce(Action::SwitchBy(1)).place, again.place, "there is no more");
}

#[test]
fn the_run_that_is_shown_is_always_the_script_of_its_place() {
    let mut page = page();
    let acts = [(3_000_000, 1), (500_000, 2), (4_000_000, 5), (200_000, 4), (5_000_000, 3)];
    for (micros, node) in acts {
        page = page.reduce(at(micros)).reduce(Action::Act(Command::Crash(NodeId(node))));
        assert_eq!(*page.run.get().script(), page.tree.script(page.place));
    }
    assert!(page.tree.branches().len() > 2);
    while page.can_undo() {
        page = page.reduce(Action::Undo);
        assert_eq!(*page.run.get().script(), page.tree.script(page.place));
    }
    assert_eq!(text(&page), famous::RUNS[0].script);
}

#[test]
fn what_no_longer_applies_behind_an_act_is_told_with_its_reason() {
    let page = page().reduce(at(500_000)).reduce(Action::Act(Command::Restart(NodeId(3))));
    let notice = page.notice.clone().expect("a sentence");
    assert_eq!(
        notice.text,
        "1 later act in this branch no longer applies: “restart n3”: n3 is up."
    );
    assert_eq!(dynamo_web::session::refusals(&page.run).len(), 1);
}

#[test]
fn a_run_that_is_full_says_so_where_it_stops() {
    let busy = "dynamo 1\nsetup nodes=64 n=3 r=2 w=2 hint-scan-every=1ms\nuntil 1s\n";
    let saved: Saved = busy.parse().expect("a script");
    let page = page().reduce(Action::Open(Box::new(saved)));
    assert!(page.notice.is_none());
    let page = page.reduce(at(60_000_000));
    assert!(page.run.digest().full && page.playhead.time < Time(60_000_000));
    let notice = page.notice.clone().expect("a sentence");
    assert!(notice.text.starts_with("The run is full: it may have 1,000,000 events"), "{notice:?}");
    let page = page.reduce(Action::Toggle);
    assert!(!page.playing, "there is nothing to play");
    assert!(page.reduce(at(1_000_000)).playhead == Moment::at(Time(1_000_000)));
}

#[test]
fn a_new_run_grows_with_its_acts() {
    let page = page().reduce(Action::NewRun(Box::default())).reduce(at(1_000_000));
    let page = page.reduce(Action::Act(Command::Crash(NodeId(1))));
    assert_eq!(page.place, Place::Trunk);
    assert!(page.tree.branches().is_empty());
    assert!(page.reduce(Action::Undo).reduce(Action::Undo).tree.trunk().title().is_some());
}

#[test]
fn a_branch_is_named_and_dropped_and_undo_brings_it_back() {
    let page = page().reduce(at(500_000)).reduce(Action::Act(Command::Crash(NodeId(2))));
    let page = page.reduce(Action::Rename(0, "two dead".into()));
    assert_eq!(page.tree.branches()[0].name, "two dead");
    let refused = page.clone().reduce(Action::Rename(0, " ".into()));
    assert!(refused.notice.as_ref().is_some_and(|notice| notice.is_error));
    let dropped = page.clone().reduce(Action::Drop(0));
    assert_eq!(dropped.place, Place::Trunk);
    assert_eq!(text(&dropped), famous::RUNS[0].script);
    let back = dropped.reduce(Action::Undo);
    assert_eq!(back.tree, page.tree);
    assert_eq!(text(&back), text(&page));
}

#[test]
fn a_file_holds_the_branches_and_where_somebody_looked() {
    let page = page().reduce(at(500_000)).reduce(Action::Act(Command::Crash(NodeId(2))));
    let page = page.reduce(Action::Pick(Some(Pick::Node(NodeId(4)))));
    let saved: Saved = page.saved().to_string().parse().expect("a file");
    let opened = self::page().reduce(Action::Open(Box::new(saved)));
    assert_eq!(opened.tree, page.tree);
    assert_eq!(opened.playhead, page.playhead);
    assert_eq!((&opened.focus, &opened.pick), (&page.focus, &page.pick));
    assert_eq!(text(&opened), text(&page));
}

#[test]
fn a_link_opens_the_same_trace_at_the_same_place() {
    let page = page().reduce(at(500_000)).reduce(Action::Act(Command::Crash(NodeId(2))));
    let fragment = page.link().fragment().expect("a short run");
    let link = Link::read(&fragment).expect("a run").expect("a sound link");
    let opened = self::page().reduce(Action::OpenLink(Box::new(link.clone())));
    assert_eq!(opened.run.get().trace().hash(), page.run.get().trace().hash());
    assert_eq!((opened.playhead, &opened.focus), (page.playhead, &page.focus));
    assert!(opened.notice.is_none());
    // As if an older version had played it otherwise.
    let mut other = link;
    other.recorded.as_mut().expect("marks").marks[3] ^= 1;
    let told = self::page().reduce(Action::OpenLink(Box::new(other)));
    let notice = told.notice.clone().expect("a sentence");
    assert!(notice.text.contains("differs") && notice.text.contains("event"), "{}", notice.text);
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

#[test]
fn a_run_that_is_taken_up_again_stands_where_it_was_left() {
    let left = page().reduce(at(500_000)).reduce(Action::Act(Command::Crash(NodeId(2))));
    let left = left.reduce(at(700_000));
    let again = page().resumed(left.saved());
    assert_eq!(again.saved(), left.saved());
    let undone = Rc::new(again).reduce(Action::Undo);
    assert_eq!(text(&undone), famous::RUNS[0].script, "undo leads to what the address says");

    let looked = page().reduce(at(900_000));
    let again = page().resumed(looked.saved());
    assert_eq!(again.playhead, looked.playhead);
    assert!(!again.can_undo() && again.notice.is_none(), "nothing was done to it");
}
