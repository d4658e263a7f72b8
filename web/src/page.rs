//! The page: the rooms and where they stand.

use std::rc::Rc;

use dynamo_scene::Pick;
use dynamo_sim::Cursor;
use gloo_timers::callback::Timeout;
use yew::prelude::*;

use crate::api::Door;
use crate::header::{Header, Help};
use crate::keyboard::use_keyboard;
use crate::media::{self, use_media};
use crate::panels::console::Console;
use crate::panels::findings::FindingsRoom;
use crate::panels::inspector::Inspector;
use crate::panels::log::LogPanel;
use crate::panels::nodes::NodesPanel;
use crate::panels::run_text::RunText;
use crate::panels::siblings::{SiblingsPanel, conflicts};
use crate::parts::Tabs;
use crate::playback::use_playback;
use crate::session::{Action, Notice, Session};
use crate::shared_run::SharedRun;
use crate::shown::{Dispatch, Shown};
use crate::stage::Stage;
use crate::stage_bar::StageBar;
use crate::timebar::TimeBar;
use crate::{caption, trap, words};

/// The dialog that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Open {
    /// None.
    Nothing,
    /// The run's text.
    Text,
    /// The help.
    Help,
}

/// The tabs beside the stage, or under it; the console is one of them only on a small screen.
const TABS: [&str; 6] = ["Console", "Inspector", "Siblings", "Nodes", "Findings", "Log"];
const INSPECTOR: usize = 1;

/// The whole page.
#[component]
pub fn App() -> Html {
    let session = use_reducer(Session::default);
    let dispatch = session.dispatcher();
    let open = use_state_eq(|| Open::Nothing);
    let draft = use_state_eq(|| None::<String>);
    let shown = use_shown(&session);
    use_door(&session);
    use_playback(&session);
    use_keyboard(&dispatch, &open);

    let title = session.run.get().script().title().unwrap_or("A run without a title").to_string();
    let opener = |what: Open| {
        let open = open.setter();
        Callback::from(move |()| open.set(what))
    };
    let close = opener(Open::Nothing);
    html! {
        <div class="page">
            <Header {title} can_undo={session.can_undo()} dispatch={dispatch.clone()}
                on_text={opener(Open::Text)} on_help={opener(Open::Help)} />
            <Rooms shown={shown.clone()} moment={session.playhead} dispatch={dispatch.clone()}>
                <TimeBar run={session.run.clone()} moment={session.playhead} playing={session.playing}
                    speed={session.speed} rate={session.rate} caption={caption::latest(&shown)} dispatch={dispatch.clone()} />
            </Rooms>
            <Notices notice={session.notice.clone()} dispatch={dispatch.clone()} />
            <p class="hidden" role="status">{ spoken(&shown, session.playing) }</p>
            if *open == Open::Text {
                <RunText script={session.run.get().script().to_string()} {draft}
                    dispatch={dispatch} on_close={close} />
            } else if *open == Open::Help {
                <Help on_close={close} />
            }
        </div>
    }
}

/// The state at the playhead: folded on as time passes, anew when the run changes.
#[hook]
fn use_shown(session: &Session) -> Shown {
    let cursor = use_mut_ref(|| None::<(SharedRun, Cursor)>);
    let run = &session.run;
    let mut kept = cursor.borrow_mut();
    let mut cursor = match kept.take() {
        Some((of, cursor)) if of.is_same_run(run) => cursor,
        _ => run.get().cursor(),
    };
    cursor.seek(&run.get(), session.playhead);
    let view = Rc::new(cursor.view().clone());
    *kept = Some((run.clone(), cursor));
    Shown {
        run: run.clone(),
        view,
        events: run.events_at(session.playhead),
        focus: session.focus.clone(),
        pick: session.pick.clone(),
    }
}

/// `window.dynamo`, and the text that a card would show after a trap.
#[hook]
fn use_door(session: &UseReducerHandle<Session>) {
    let now = Rc::new(Session::clone(session));
    let door = use_memo((), {
        let (now, dispatch) = (now.clone(), session.dispatcher());
        move |()| Door::new(now, dispatch)
    });
    door.drawn(now);
    use_effect_with((), {
        let door = door.clone();
        move |()| Door::clone(&door).open()
    });
    use_effect_with(session.run.clone(), |run| trap::remember(run.get().script().to_string()));
}

/// What a screen reader is told: every event that a person stops at; while time passes only what
/// the time bar marks.
fn spoken(shown: &Shown, playing: bool) -> String {
    let caption = if playing { caption::latest_marked(shown) } else { caption::latest(shown) };
    caption.map(|told| format!("{} {} {}", told.who, told.text, told.note)).unwrap_or_default()
}

#[derive(Properties, PartialEq)]
struct RoomsProps {
    shown: Shown,
    moment: dynamo_sim::Moment,
    dispatch: Dispatch,
    children: Html,
}

/// The rooms. One tree for all screens, so that turning a phone loses nothing typed.
#[component]
fn Rooms(props: &RoomsProps) -> Html {
    let RoomsProps { shown, moment: _, dispatch, children } = props;
    let is_wide = use_media(media::WIDE);
    let tab = use_state_eq(|| 0usize);
    // On a wide screen the console has its own room.
    let first = usize::from(is_wide);
    let current = (*tab).max(first);
    let on_pick = {
        let (dispatch, tab) = (dispatch.clone(), tab.setter());
        Callback::from(move |pick: Pick| {
            dispatch.dispatch(Action::Pick(Some(pick)));
            tab.set(INSPECTOR);
        })
    };
    let on_command = {
        let dispatch = dispatch.clone();
        Callback::from(move |command| dispatch.dispatch(Action::Act(command)))
    };
    let in_conflict = conflicts(shown).len();
    let names = TABS[first..].iter().map(|name| {
        let mark = (*name == "Siblings" && in_conflict > 0)
            .then(|| AttrValue::from(in_conflict.to_string()));
        ((*name).into(), mark)
    });
    let on_select = {
        let tab = tab.setter();
        Callback::from(move |index| tab.set(index + first))
    };
    // The time bar stands before the panels, where a phone shows it.
    let shows_console = is_wide || current == 0;
    html! {
        <main class="rooms">
            <section class="stage-room" aria-label="Stage">
                <StageBar shown={shown.clone()} dispatch={dispatch.clone()} />
                <Stage view={shown.view.clone()} focus={shown.focus.clone()} pick={shown.pick.clone()} {on_pick} {on_command} />
            </section>
            { children.clone() }
            <div class="sheet-tabs">
                <Tabs prefix="side" label="Panels" names={names.collect::<Vec<_>>()} selected={current - first} {on_select} />
            </div>
            <section class="console room" hidden={!shows_console} aria-label="Console"
                role={(!is_wide).then_some("tabpanel")} id={if is_wide { "console" } else { "side-panel-0" }}>
                <Console shown={shown.clone()} dispatch={dispatch.clone()} />
            </section>
            { panel(shown, dispatch, current, first) }
        </main>
    }
}

/// The panel of a tab. The console is shown elsewhere: it must keep its place in the tree.
fn panel(shown: &Shown, dispatch: &Dispatch, tab: usize, first: usize) -> Html {
    let (shown, dispatch) = (shown.clone(), dispatch.clone());
    let body = match TABS.get(tab).copied() {
        Some("Inspector") => html! { <Inspector {shown} {dispatch} /> },
        Some("Siblings") => html! { <SiblingsPanel {shown} {dispatch} /> },
        Some("Nodes") => html! { <NodesPanel {shown} {dispatch} /> },
        Some("Findings") => html! { <FindingsRoom {shown} {dispatch} /> },
        Some("Log") => html! { <LogPanel {shown} {dispatch} /> },
        _ => return html! {},
    };
    let index = tab - first;
    html! {
        <section key={tab} class="side room" role="tabpanel" tabindex="0" id={format!("side-panel-{index}")}
            aria-labelledby={format!("side-tab-{index}")}>
            { body }
        </section>
    }
}

#[derive(Properties, PartialEq)]
struct NoticesProps {
    notice: Option<Notice>,
    dispatch: Dispatch,
}

/// How long good news stays.
const FADES_AFTER: u32 = 5_000;

/// The last thing to tell: an error stays until it is seen, anything else fades.
#[component]
fn Notices(props: &NoticesProps) -> Html {
    let NoticesProps { notice, dispatch } = props;
    let passing = notice.as_ref().filter(|notice| !notice.is_error).map(|notice| notice.number);
    use_effect_with(passing, {
        let dispatch = dispatch.clone();
        move |passing| {
            let timeout = passing.map(|number| {
                Timeout::new(FADES_AFTER, move || dispatch.dispatch(Action::Quiet(number)))
            });
            move || drop(timeout)
        }
    });
    let Some(Notice { number, is_error, text }) = notice.clone() else { return html! {} };
    let quiet = {
        let dispatch = dispatch.clone();
        Callback::from(move |_: MouseEvent| dispatch.dispatch(Action::Quiet(number)))
    };
    html! {
        <aside key={number} class={classes!("notice", is_error.then_some("is-error"))} aria-label={words::NOTICE}>
            <p role={if is_error { "alert" } else { "status" }}>{ text }</p>
            <button type="button" class="button is-small" onclick={quiet}>{ "Dismiss" }</button>
        </aside>
    }
}
