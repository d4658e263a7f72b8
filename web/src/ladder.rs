//! The ladder: a stretch of the run around the playhead, as a picture or as a table.
//!
//! `dynamo-scene` says what stands where. Here a window of the run follows the playhead, pages on
//! when the playhead leaves it, and is scrolled, zoomed and clicked (`ladder/hand.rs`); the table
//! says the same in rows (`ladder/table.rs`).

mod hand;
mod table;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use dynamo_core::{Endpoint, Key};
use dynamo_scene::Pick;
use dynamo_scene::ladder::{Ladder, Source, USUAL, Window, ladder};
use dynamo_scene::shape::number;
use dynamo_scene::svg::Picture;
use dynamo_sim::{EventId, Moment, Time};
use gloo_timers::callback::Timeout;
use yew::prelude::*;

use crate::media;
use crate::part::{Hooks, Kept, Part};
use crate::shared_run::SharedRun;
use crate::shown::{Dispatch, Shown};
use crate::stage::element;
use crate::words;
use hand::Hand;

/// Where in the window the playhead is put when the window goes to it.
const RESTS_AT: f64 = 0.4;
/// The size of a room that does not stand yet.
const NO_SIZE: (f64, f64) = (0.0, 0.0);
/// The table shows at least what a picture of this height does.
const TABLE: f64 = 900.0;
/// The window stays while the playhead is within these shares of it.
const ROAMS: std::ops::Range<f64> = 0.05..0.88;

/// The picture or the table, with what is set for them.
pub struct LadderRoom {
    /// The run at its place.
    pub shown: Shown,
    /// The playhead.
    pub moment: Moment,
    /// Whether it moves.
    pub playing: bool,
    /// Told what was clicked: its event, and what it picks.
    pub on_show: Callback<(EventId, Option<Pick>)>,
    /// Whom to tell of everything else.
    pub dispatch: Dispatch,
    /// What is drawn.
    pub keeps: Keeps,
}

/// What a person has set.
#[derive(Clone)]
struct Looks {
    level: Kept<usize>,
    with_background: Kept<bool>,
    hidden: Kept<Vec<Endpoint>>,
    as_table: Kept<bool>,
    size: Kept<(f64, f64)>,
    /// Counts the turns of the window by hand.
    turns: Kept<u32>,
}

/// All that a picture is made from.
#[derive(Clone, PartialEq)]
struct Asked {
    run: SharedRun,
    focus: Option<Key>,
    pick: Option<Pick>,
    because: Vec<(EventId, Option<usize>)>,
    window: Window,
}

/// The window that is drawn, and what it was drawn from.
#[derive(Default)]
pub struct Drawn {
    top: (Time, f64),
    /// Where the playhead was when it was drawn last and whether it moved, and how high the window.
    at: Option<(Moment, bool, f64)>,
    last: Option<(Asked, Rc<Ladder>)>,
}

/// What the ladder shows while it is open, for whoever takes a picture along.
pub type Keeps = Rc<RefCell<Drawn>>;

impl Drawn {
    /// The ladder as it stands, as a picture; nothing while it is closed.
    pub fn picture(&self) -> Option<Picture> {
        let (asked, ladder) = self.last.as_ref()?;
        let (moment, ..) = self.at?;
        let mut items = ladder.items.clone();
        items.extend(ladder.playhead(moment.time));
        items.extend(ladder.head.iter().cloned());
        Some(Picture { items, width: asked.window.width, height: asked.window.height })
    }
}

impl PartialEq for LadderRoom {
    fn eq(&self, other: &Self) -> bool {
        let place = |it: &Self| (it.moment, it.playing);
        self.shown == other.shown && place(self) == place(other) && self.dispatch == other.dispatch
    }
}

impl Part for LadderRoom {
    fn draw(&self, hooks: &mut Hooks<'_>) -> Html {
        let node = hooks.node();
        let looks = Looks {
            level: hooks.keep(|| USUAL),
            with_background: hooks.keep(|| false),
            hidden: hooks.keep(Vec::new),
            as_table: hooks.keep(|| false),
            size: hooks.keep(|| NO_SIZE),
            turns: hooks.keep(|| 0),
        };
        let keeps = self.keeps.clone();
        hooks.after((), {
            let keeps = keeps.clone();
            move || move || *keeps.borrow_mut() = Drawn::default()
        });
        let (size, is_first) = (looks.size.clone(), Cell::new(true));
        media::resized(hooks, &node, move |area| {
            let (size, now) = (size.clone(), (area.client_width(), area.client_height()));
            let set = move || size.set((f64::from(now.0), f64::from(now.1)));
            // A room that opens stands before it is filled.
            if is_first.replace(false) {
                Timeout::new(0, set).forget();
            } else {
                set();
            }
        });
        let (window, ladder) = self.drawn(&looks, &keeps);
        let hand = Hand {
            shown: self.shown.clone(),
            moment: self.moment,
            on_show: self.on_show.clone(),
            dispatch: self.dispatch.clone(),
            looks: looks.clone(),
            press: hooks.run(use_mut_ref(|| None)),
            keeps,
            window: window.clone(),
            ladder: ladder.clone(),
        };
        let onkeydown = hand.on_key();
        let body = if *looks.as_table {
            table::table(&self.shown, self.moment, &ladder, &self.on_show)
        } else if *looks.size == NO_SIZE {
            html! {}
        } else {
            let picture = Shapes { ladder: ladder.clone() };
            let view_box = format!("0 0 {} {}", number(window.width), number(window.height));
            html! {
                <div class="framed">
                <svg class="stage ladder-picture" viewBox={view_box.clone()} aria-hidden="true"
                    onclick={hand.on_click()} onwheel={hand.on_wheel()}
                    onpointerdown={hand.on_press()} onpointermove={hand.on_drag()}>
                    { picture.html() }
                </svg>
                // What moves is a picture of its own: a browser looks at nothing else while it does.
                <svg class="stage ladder-picture is-over" viewBox={view_box} aria-hidden="true">
                    <rect class="field" width="100%" height="100%" />
                    { for ladder.playhead(self.moment.time).iter().map(element) }
                    { for ladder.head.iter().map(element) }
                </svg>
                </div>
            }
        };
        html! {
            <>
            { self.bar(&looks, &hand, &ladder) }
            // The picture as one stop of the keyboard; what it shows is said by the table.
            <div ref={node} class="ladder-field" tabindex="0" role="group" aria-label={words::LADDER_FIELD}
                data-shapes={(ladder.items.len() + ladder.head.len()).to_string()} {onkeydown}>
                { body }
            </div>
            </>
        }
    }
}

impl LadderRoom {
    /// All lifelines that there are: clients, then nodes.
    fn ends(&self) -> Vec<Endpoint> {
        let clients = self.shown.run.digest().clients.iter().copied().map(Endpoint::Client);
        clients.chain(self.shown.nodes().into_iter().map(Endpoint::Node)).collect()
    }

    /// The window as it is now, drawn anew only if it shows something else. It goes to the playhead
    /// when the playhead has left it; scrolled by hand, it stays.
    fn drawn(&self, looks: &Looks, keeps: &Keeps) -> (Window, Rc<Ladder>) {
        let mut keeps = keeps.borrow_mut();
        let (width, height) = *looks.size;
        // A table has rows as many as it needs; it is scrolled itself.
        let height = if *looks.as_table { height.max(TABLE) } else { height };
        let mut lines = self.ends();
        lines.retain(|end| !looks.hidden.contains(end));
        let window = Window {
            top: keeps.top.0,
            above: keeps.top.1,
            level: *looks.level,
            width: width.max(200.0),
            height: height.max(120.0),
            lines,
            with_background: *looks.with_background,
        };
        let shown = &self.shown;
        let now = self.moment.time;
        let (moment, playing) = (self.moment, self.playing);
        let before = keeps.at.replace((moment, playing, height));
        let has_moved = before.is_none_or(|(at, moved, _)| (at, moved) != (moment, playing));
        let has_grown = before.is_none_or(|(.., before)| before != height);
        with_source(shown, |source| {
            let mut draw = |window: Window| {
                let asked = Asked {
                    run: shown.run.clone(),
                    focus: shown.focus.clone(),
                    pick: shown.pick.clone(),
                    because: shown.because().to_vec(),
                    window,
                };
                match &keeps.last {
                    Some((before, ladder)) if *before == asked => (asked.window, ladder.clone()),
                    _ => {
                        let fitting = asked.window.clone().fitting(source);
                        let ladder = Rc::new(ladder(source, &fitting));
                        let window = asked.window.clone();
                        keeps.last = Some((asked, ladder.clone()));
                        (window, ladder)
                    }
                }
            };
            let (mut window, mut drawn) = draw(window);
            // Where more happens than can be drawn the playhead runs through the empty rest, and
            // comes back to what is drawn when it rests.
            let (share, is_full) = (drawn.share(now), drawn.is_full);
            let stays = is_full && (0.0..ROAMS.start).contains(&share) || ROAMS.contains(&share);
            let has_left = !stays || is_full && !playing && !drawn.holds(now);
            if has_grown || (has_moved && has_left) {
                (window, drawn) = draw(window.around(source, now, RESTS_AT));
            }
            keeps.top = (window.top, window.above);
            (window, drawn)
        })
    }

    /// What can be set, and what is left out.
    fn bar(&self, looks: &Looks, hand: &Hand, ladder: &Ladder) -> Html {
        let turn = |label: &'static str, sign: &'static str, key: &'static str| {
            let hand = hand.clone();
            let onclick = Callback::from(move |_: MouseEvent| {
                hand.key(key);
            });
            html! {
                <button type="button" class="button is-small is-sign" aria-label={label} title={format!("{label} ({key})")} {onclick}>{ sign }</button>
            }
        };
        html! {
            <div class="ladder-bar">
                <h2>{ words::LADDER }</h2>
                <span class="ladder-turns">
                    { turn("Earlier", "\u{2191}", "PageUp") }
                    { turn("Later", "\u{2193}", "PageDown") }
                    { turn("Zoom in", "+", "+") }
                    { turn("Zoom out", "\u{2212}", "-") }
                </span>
                { Shows { ends: self.ends(), looks: looks.clone() }.html() }
                <span class="hint">{ words::left_out(hand.window.lines.len() - ladder.count(), ladder.folded, ladder.is_full) }</span>
            </div>
        }
    }
}

/// What the ladder shows.
struct Shows {
    ends: Vec<Endpoint>,
    looks: Looks,
}

impl PartialEq for Shows {
    fn eq(&self, other: &Self) -> bool {
        let (one, two) = (&self.looks, &other.looks);
        self.ends == other.ends
            && one.as_table == two.as_table
            && one.with_background == two.with_background
            && one.hidden == two.hidden
    }
}

impl Part for Shows {
    fn draw(&self, _: &mut Hooks<'_>) -> Html {
        let check = |label: &'static str, kept: &Kept<bool>| {
            let kept = kept.clone();
            let checked = *kept;
            let onchange = Callback::from(move |_: Event| kept.set(!*kept));
            html! { <label class="check"><input type="checkbox" {checked} {onchange} /><span>{ label }</span></label> }
        };
        html! {
            <details class="shows">
                <summary class="button is-small">{ "Show" }</summary>
                <div class="shows-list">
                    { check("As a table", &self.looks.as_table) }
                    { check("Background messages", &self.looks.with_background) }
                    { self.lifelines() }
                </div>
            </details>
        }
    }
}

impl Shows {
    /// Whose lifelines are drawn.
    fn lifelines(&self) -> Html {
        let toggle = |end: Endpoint| {
            let hidden = self.looks.hidden.clone();
            Callback::from(move |_: Event| {
                let mut next = (*hidden).clone();
                match next.iter().position(|other| *other == end) {
                    Some(at) => drop(next.remove(at)),
                    None => next.push(end),
                }
                hidden.set(next);
            })
        };
        html! {
            <fieldset class="lifelines">
                <legend>{ words::LIFELINES }</legend>
                <div class="lifelines-list">
                    { for self.ends.iter().copied().map(|end| html! {
                        <label key={end.to_string()} class="check">
                            <input type="checkbox" checked={!self.looks.hidden.contains(&end)} onchange={toggle(end)} />
                            <span>{ end.to_string() }</span>
                        </label>
                    }) }
                </div>
            </fieldset>
        }
    }
}

/// Lends what a ladder is drawn from.
fn with_source<T>(shown: &Shown, then: impl FnOnce(&Source<'_>) -> T) -> T {
    let run = shown.run.get();
    let digest = shown.run.digest();
    let letters = &digest.letters(shown.focus.as_ref());
    then(&Source {
        trace: run.trace(),
        lives: &digest.lives,
        engine: shown.view.engine,
        letters,
        pick: shown.pick.as_ref(),
        because: shown.because(),
    })
}

/// The part of the picture that stays while time passes.
struct Shapes {
    ladder: Rc<Ladder>,
}

impl PartialEq for Shapes {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.ladder, &other.ladder)
    }
}

impl Part for Shapes {
    fn draw(&self, _: &mut Hooks<'_>) -> Html {
        html! { <g>{ for self.ladder.items.iter().map(element) }</g> }
    }
}
