//! The page: the rooms and where they stand.

use std::rc::Rc;

use dynamo_scene::Pick;
use dynamo_sim::{Cursor, EventId};
use gloo_timers::callback::Timeout;
use yew::prelude::*;

use crate::address::{self, Form};
use crate::api::Door;
use crate::embed::{self, Embed};
use crate::files;
use crate::header::{Header, help};
use crate::ladder::{self, LadderRoom};
use crate::panels::run_text::RunText;
use crate::panels::share::Share;
use crate::panels::siblings::{self, conflicts};
use crate::panels::{console, explanation, findings, inspector, log, nodes, runs};
use crate::part::{Hooks, Kept, Part, room};
use crate::parts::tabs;
use crate::session::{Action, Notice, Session};
use crate::shared_run::SharedRun;
use crate::shown::{Dispatch, Shown};
use crate::stage::{Crowd, Sight, Stage};
use crate::timebar::TimeBar;
use crate::twins::{self, Rings};
use crate::{caption, keyboard, media, playback, reload, stage_bar, trap, turns, why, words};

/// The dialog that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Open {
    /// None.
    Nothing,
    /// What can be shared.
    Share,
    /// The run's text.
    Text,
    /// The help.
    Help,
}

/// The tabs beside the stage, or under it. The console and the ladder are tabs only on a small
/// screen, the console also beside two rings; explanation and twins while there are some.
const TABS: [&str; 10] = [
    EXPLANATION,
    TWINS,
    CONSOLE,
    LADDER,
    "Runs",
    INSPECTOR,
    "Siblings",
    "Nodes",
    "Findings",
    "Log",
];
/// So many clients fit on a phone between the clock and the choice of speed.
const FEW_CLIENTS: usize = 3;
const LEGEND: &str = "Legend";
const CONSOLE: &str = "Console";
const LADDER: &str = "Ladder";
const TWINS: &str = words::twins::TWINS;
const INSPECTOR: &str = "Inspector";
const EXPLANATION: &str = "Why?";

/// The whole page.
#[derive(PartialEq)]
pub struct Page;

impl Part for Page {
    fn draw(&self, hooks: &mut Hooks<'_>) -> Html {
        let session = hooks.run(use_reducer(address::session));
        let dispatch = session.dispatcher();
        let form = *hooks.keep(|| if address::is_embedded() { Form::Embed } else { Form::Page });
        let open = hooks.keep(|| Open::Nothing);
        let draft = reload::draft(hooks);
        let shown = shown(hooks, &session);
        let door = door(hooks, &session);
        let is_seen = embed::is_seen(hooks);
        let crowd = hooks.run(use_mut_ref(Crowd::default)).borrow().clone();
        playback::play(hooks, session.playing && is_seen, &crowd, &dispatch);
        playback::search(hooks, session.search.is_some(), &dispatch);
        keyboard::listen(hooks, &dispatch, &open, form);
        address::listen(hooks, &dispatch);
        reload::listen(hooks, &door);
        let is_held_over = files::dropped(hooks, &dispatch);
        let ladder: ladder::Keeps = hooks.run(use_mut_ref(Default::default));

        let title =
            session.run.get().script().title().unwrap_or("A run without a title").to_string();
        let bar = TimeBar {
            shown: shown.clone(),
            told: shown.clone(),
            twin: session.twin.as_ref().map(|twin| twin.place),
            search: session.search,
            moment: session.playhead,
            playing: session.playing,
            speed: session.speed,
            rate: session.rate,
            is_whole: form == Form::Page,
            unfold: None,
            dispatch: dispatch.clone(),
        };
        let notices = Notices { notice: session.notice.clone(), dispatch: dispatch.clone() };
        let spoken = html! { <div class="hidden"><p class="framed" role="status">{ spoken(&shown, session.playing) }</p></div> };
        if form == Form::Embed {
            let embed = Embed { title, shown, bar, dispatch, door };
            return html! { <div class="page is-embed">{ embed.html() }{ notices.html() }{ spoken }</div> };
        }
        let header = header(&session, title, &open, &door);
        html! {
            <div class="page">
                { header.html() }
                { Rooms { shown: shown.clone(), dispatch: dispatch.clone(), bar, ladder: ladder.clone(), crowd }.html() }
                { notices.html() }
                { spoken }
                if is_held_over { <p class="drop-here">{ words::DROP_HERE }</p> }
                { dialog(&session, &open, draft, &ladder) }
            </div>
        }
    }
}

fn opener(open: &Kept<Open>, what: Open) -> Callback<()> {
    let open = open.clone();
    Callback::from(move |()| open.set(what))
}

fn header(
    session: &UseReducerHandle<Session>,
    title: String,
    open: &Kept<Open>,
    door: &Door,
) -> Header {
    let dispatch = session.dispatcher();
    let on_open = {
        let dispatch = dispatch.clone();
        Callback::from(move |()| files::choose(&dispatch))
    };
    let on_save = {
        let (dispatch, door) = (dispatch.clone(), door.clone());
        Callback::from(move |()| dispatch.dispatch(files::save(&door.session())))
    };
    let on_share = {
        let (dispatch, open) = (dispatch.clone(), open.clone());
        Callback::from(move |()| {
            // What is shared is what is seen.
            dispatch.dispatch(Action::Pause);
            open.set(Open::Share);
        })
    };
    Header {
        title,
        can_undo: session.can_undo(),
        on_open,
        on_save,
        on_share,
        on_text: opener(open, Open::Text),
        on_help: opener(open, Open::Help),
        dispatch,
    }
}

fn dialog(
    session: &UseReducerHandle<Session>,
    open: &Kept<Open>,
    draft: Kept<Option<String>>,
    ladder: &ladder::Keeps,
) -> Html {
    let dispatch = session.dispatcher();
    let on_close = opener(open, Open::Nothing);
    match **open {
        Open::Nothing => html! {},
        Open::Share => {
            let ladder = ladder.borrow().picture().map(Rc::new);
            Share { session: Rc::new(Session::clone(session)), ladder, dispatch, on_close }.html()
        }
        Open::Text => {
            let script = session.run.get().script().to_string();
            RunText { script, draft, dispatch, on_close }.html()
        }
        Open::Help => help(on_close),
    }
}

/// The state at the playhead: folded on as time passes, anew when the run changes.
fn shown(hooks: &mut Hooks<'_>, session: &Session) -> Shown {
    let cursor = hooks.run(use_mut_ref(|| None::<(SharedRun, Cursor)>));
    let run = &session.run;
    let mut kept = cursor.borrow_mut();
    let mut cursor = match kept.take() {
        Some((of, cursor)) if of.is_same_run(run) => cursor,
        _ => run.get().cursor(),
    };
    cursor.seek(&run.get(), session.playhead);
    let view = Rc::new(cursor.view().clone());
    *kept = Some((run.clone(), cursor));
    drop(kept);
    let events = run.events_at(session.playhead);
    let twin = twins::beside(hooks, session, &view, events);
    Shown {
        tree: session.tree.clone(),
        place: session.place,
        run: run.clone(),
        view,
        events,
        focus: session.focus.clone(),
        pick: session.pick.clone(),
        eyes: session.eyes,
        why: why::kept(hooks, session),
        twin,
    }
}

/// `window.dynamo`, and the text that a card would show after a trap.
fn door(hooks: &mut Hooks<'_>, session: &UseReducerHandle<Session>) -> Door {
    let now = Rc::new(Session::clone(session));
    let door = hooks.run(use_mut_ref(|| Door::new(now.clone(), session.dispatcher())));
    let door = door.borrow().clone();
    door.drawn(now);
    hooks.after((), {
        let door = door.clone();
        move || door.open()
    });
    let run = session.run.clone();
    hooks.after(run.clone(), move || trap::remember(run.get().script().to_string()));
    door
}

/// What a screen reader is told: every event that a person stops at; while time passes only what
/// the time bar marks.
fn spoken(shown: &Shown, playing: bool) -> String {
    let caption = if playing { caption::latest_marked(shown) } else { caption::latest(shown) };
    caption.map(|told| format!("{} {} {}", told.who, told.text, told.note)).unwrap_or_default()
}

/// The rooms. One tree for all screens, so that turning a phone loses nothing typed.
struct Rooms {
    shown: Shown,
    dispatch: Dispatch,
    /// Tells these rooms from those of another moment, too.
    bar: TimeBar,
    ladder: ladder::Keeps,
    crowd: Crowd,
}

impl PartialEq for Rooms {
    fn eq(&self, other: &Self) -> bool {
        self.shown == other.shown && self.dispatch == other.dispatch && self.bar == other.bar
    }
}

impl Part for Rooms {
    fn draw(&self, hooks: &mut Hooks<'_>) -> Html {
        let Rooms { shown, dispatch, bar, ladder: keeps, crowd } = self;
        let is_wide = media::holds(hooks, media::WIDE);
        let tab = hooks.keep(|| CONSOLE);
        let unfolded = hooks.keep(|| false);
        // Two rings take the room of the console.
        let has_console = is_wide && shown.twin.is_none();
        let has_room = |name: &&'static str| match *name {
            CONSOLE => !has_console,
            LADDER => !is_wide,
            TWINS => shown.twin.is_some(),
            EXPLANATION => shown.why.is_some(),
            _ => true,
        };
        let tabs_now: Vec<&'static str> = TABS.into_iter().filter(has_room).collect();
        let selected = tabs_now.iter().position(|name| *name == *tab);
        // Without it the first that is always there.
        let selected = selected.unwrap_or(usize::from(shown.why.is_some()));
        let current = tabs_now.get(selected).copied().unwrap_or(CONSOLE);
        // An explanation shows itself, and the ladder on which it stands.
        hooks.after(shown.why.as_ref().map(|why| why.question.clone()), {
            let (tab, unfolded, is_asked) = (tab.clone(), unfolded.clone(), shown.why.is_some());
            move || {
                if is_asked {
                    tab.set(EXPLANATION);
                    unfolded.set(true);
                }
            }
        });
        // Who forks is about to change something; who compares wants to see in what they differ.
        let pair = shown.twin.as_ref().map(|twin| twin.place == shown.place);
        let opens = hooks.keep(|| None::<bool>);
        hooks.after(pair, {
            let tab = tab.clone();
            move || {
                if opens.is_none()
                    && let Some(is_fork) = pair
                {
                    tab.set(if is_fork { CONSOLE } else { TWINS });
                }
                opens.set(pair);
            }
        });
        let on_pick = {
            let (dispatch, tab) = (dispatch.clone(), tab.clone());
            Callback::from(move |pick: Pick| {
                dispatch.dispatch(Action::Pick(Some(pick)));
                tab.set(INSPECTOR);
            })
        };
        let on_show = {
            let (dispatch, tab) = (dispatch.clone(), tab.clone());
            Callback::from(move |(event, pick): (EventId, Option<Pick>)| {
                dispatch.dispatch(Action::Show(event, pick));
                // Where the ladder is a tab itself, it stays.
                if is_wide {
                    tab.set(INSPECTOR);
                }
            })
        };
        let on_fold = {
            let unfolded = unfolded.clone();
            Callback::from(move |()| unfolded.set(!*unfolded))
        };
        // What was chosen is marked at once; the room itself comes when that is painted.
        let (room_now, is_unfolded) = hooks.painted((current, *unfolded));
        let waits = (room_now, is_unfolded) != (current, *unfolded);
        let place = tabs_now.iter().position(|name| *name == room_now);
        let (current, place) = place.map_or((current, selected), |place| (room_now, place));
        // The time bar stands before the panels, where a phone shows it.
        let shows_console = has_console || current == CONSOLE;
        let shows_ladder = if is_wide { is_unfolded } else { current == LADDER };
        let open = [CONSOLE, current, if shows_ladder { LADDER } else { "" }, LEGEND];
        let drawn = turns::taken(hooks, crowd, shown, bar, open);
        let [console, panel, ladder, legend] = &drawn.rooms;
        let (moment, playing) = drawn.playhead;
        let unfold = is_wide.then(|| (*unfolded, on_fold));
        let bar = TimeBar { told: drawn.told, unfold, ..drawn.bar };
        let on_command = {
            let dispatch = dispatch.clone();
            Callback::from(move |command| dispatch.dispatch(Action::Act(command)))
        };
        let in_conflict = hooks.made(panel, || conflicts(panel).len());
        let mark = |name: &&'static str| {
            let count = match *name {
                "Siblings" => in_conflict,
                TWINS => shown.twin.as_ref().map_or(0, |twin| twin.differences.len()),
                _ => 0,
            };
            (*name, (count > 0).then(|| count.to_string()))
        };
        let names: Vec<_> = tabs_now.iter().map(mark).collect();
        let on_select = {
            let tab = tab.clone();
            Callback::from(move |index: usize| {
                tab.set(tabs_now.get(index).copied().unwrap_or(CONSOLE))
            })
        };
        let ring = match shown.twin.clone() {
            Some(beside) => {
                let (shown, dispatch) = (shown.clone(), dispatch.clone());
                Rings { shown, moment: self.bar.moment, beside, on_pick, on_command, dispatch }
                    .html()
            }
            None => Stage {
                sight: Sight { views: drawn.stage, ..Sight::of(shown, &shown.view) },
                crowd: crowd.clone(),
                why: shown.why.clone().map(|why| (why, shown.run.clone())),
                marks: Rc::default(),
                name: None,
                on_pick,
                on_command,
            }
            .html(),
        };
        let has_many = shown.view.clients.len() > FEW_CLIENTS;
        let pairs = shown.twin.is_some().then_some("is-pair");
        let unfolds = (is_wide && is_unfolded).then_some("is-unfolded");
        html! {
            <main class={classes!("rooms", unfolds, pairs)} data-late={(drawn.asks || waits).then_some("")}>
                <section class={classes!("stage-room", has_many.then_some("has-many"))} aria-label="Stage">
                    { room(LEGEND, stage_bar::draw, legend, dispatch) }
                    { ring }
                </section>
                { bar.html() }
                <div class="sheet-tabs">
                    { tabs("side", "Panels", &names, selected, &on_select) }
                </div>
                <section class="console room" hidden={!shows_console} aria-label="Console"
                    role={(!has_console).then_some("tabpanel")} id={if has_console || !shows_console { "console".to_string() } else { format!("side-panel-{place}") }}>
                    { room(CONSOLE, console::draw, console, dispatch) }
                </section>
                if shows_ladder {
                    <section key="ladder" class="ladder-room" aria-label={words::LADDER}
                        role={(!is_wide).then_some("tabpanel")} id={if is_wide { "ladder".to_string() } else { format!("side-panel-{place}") }}>
                        { LadderRoom { shown: ladder.clone(), moment, playing, on_show, dispatch: dispatch.clone(), keeps: keeps.clone() }.html() }
                    </section>
                }
                { self::panel(panel, dispatch, current, place) }
            </main>
        }
    }
}

/// The panel of a tab. Console and ladder are shown elsewhere: they keep their places in the tree.
fn panel(shown: &Shown, dispatch: &Dispatch, name: &'static str, index: usize) -> Html {
    let draw = match name {
        "Runs" => runs::draw,
        INSPECTOR => inspector::draw,
        "Siblings" => siblings::draw,
        "Nodes" => nodes::draw,
        "Findings" => findings::draw,
        "Log" => log::draw,
        EXPLANATION => explanation::draw,
        TWINS => twins::draw,
        _ => return html! {},
    };
    html! {
        <section key={name} class="side room" role="tabpanel" tabindex="0" id={format!("side-panel-{index}")}
            aria-labelledby={format!("side-tab-{index}")}>
            { room(name, draw, shown, dispatch) }
        </section>
    }
}

/// The last thing to tell: an error stays until it is seen, anything else fades.
#[derive(PartialEq)]
struct Notices {
    notice: Option<Notice>,
    dispatch: Dispatch,
}

/// How long good news stays.
const FADES_AFTER: u32 = 5_000;

impl Part for Notices {
    fn draw(&self, hooks: &mut Hooks<'_>) -> Html {
        let Notices { notice, dispatch } = self;
        let passing = notice.as_ref().filter(|notice| !notice.is_error).map(|notice| notice.number);
        hooks.after(passing, {
            let dispatch = dispatch.clone();
            move || {
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
}
