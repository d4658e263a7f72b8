//! Two runs side by side: the other one at the same place in time, both rings with what differs
//! marked, and the tables of what came of either.

use std::cell::RefCell;
use std::rc::Rc;

use dynamo_core::RequestId;
use dynamo_scene::twins::{Aspect, differences, marks};
use dynamo_scene::words::tally::counter;
use dynamo_scene::{Letters, Pick};
use dynamo_sim::tally::{Counter, Tallies, differs_since};
use dynamo_sim::transcript::millis;
use dynamo_sim::{Command, Cursor, Moment, Place, View};
use yew::prelude::*;

use crate::part::{Hooks, Part};
use crate::parts;
use crate::session::{Action, Session, Twin};
use crate::shared_run::SharedRun;
use crate::shown::{Dispatch, Shown};
use crate::stage::{Sight, Stage};
use crate::words::{self, twins as said};

/// The run beside the shown one, at the same place in time.
#[derive(Debug)]
pub struct Beside {
    /// Which run of the tree; the shown one itself while nothing was changed yet.
    pub place: Place,
    /// Whether it stands before the shown one.
    pub is_first: bool,
    /// Its state there.
    pub view: Rc<View>,
    /// In what the two differ there.
    pub differences: Rc<[Aspect]>,
    /// What came of the shown one and of this.
    counts: Vec<Count>,
    order: Rc<[RequestId]>,
    letters: Rc<Letters>,
    of: Of,
}

/// A counter of the shown run and of the other, and since when they differ.
#[derive(Clone, Debug)]
struct Count {
    what: Counter,
    counts: [u64; 2],
    since: Option<Moment>,
}

/// What all of it but the view was computed from.
#[derive(Clone, Debug, PartialEq)]
struct Of {
    runs: [SharedRun; 2],
    events: [usize; 2],
    focus: Option<dynamo_core::Key>,
}

impl PartialEq for Beside {
    fn eq(&self, other: &Self) -> bool {
        self.place == other.place && self.is_first == other.is_first && self.of == other.of
    }
}

/// What is kept from one drawing to the next.
#[derive(Default)]
struct Keeps {
    cursor: Option<(SharedRun, Cursor)>,
    tallies: Vec<(SharedRun, Tallies)>,
    last: Option<Rc<Beside>>,
}

/// The other run, if two are looked at.
pub fn beside(
    hooks: &mut Hooks<'_>,
    session: &Session,
    shown: &Rc<View>,
    events: usize,
) -> Option<Rc<Beside>> {
    let keeps: Rc<RefCell<Keeps>> = hooks.run(use_mut_ref(Keeps::default));
    let mut keeps = keeps.borrow_mut();
    let Some(Twin { place, run, is_first }) = session.twin.clone() else {
        *keeps = Keeps::default();
        return None;
    };
    let mut cursor = match keeps.cursor.take() {
        Some((of, cursor)) if of.is_same_run(&run) => cursor,
        _ => run.get().cursor(),
    };
    cursor.seek(&run.get(), session.playhead);
    let mut view = cursor.view().clone();
    keeps.cursor = Some((run.clone(), cursor));
    let of = Of {
        events: [events, run.events_at(session.playhead)],
        runs: [session.run.clone(), run],
        focus: session.focus.clone(),
    };
    let last = keeps.last.take();
    let same_puts = |last: &&Rc<Beside>| last.of.runs == of.runs && last.of.focus == of.focus;
    let (order, letters) = match last.as_ref().filter(same_puts) {
        Some(last) => (last.order.clone(), last.letters.clone()),
        None => in_one_order(&of),
    };
    if let Some(key) = &of.focus {
        // One put has one letter on both rings.
        view.minted.insert(key.clone(), order.to_vec().into());
    }
    let (differences, counts) = match last.filter(|last| last.of == of) {
        Some(last) => (last.differences.clone(), last.counts.clone()),
        None => (differences(shown, &view).into(), counts(&mut keeps.tallies, &of)),
    };
    let view = Rc::new(view);
    let beside = Rc::new(Beside { place, is_first, view, differences, counts, order, letters, of });
    keeps.last = Some(beside.clone());
    Some(beside)
}

/// The puts of the key in focus: those of the shown run, then those that only the other has.
fn in_one_order(of: &Of) -> (Rc<[RequestId]>, Rc<Letters>) {
    let [shown, other] = of.runs.each_ref().map(SharedRun::digest);
    let key = of.focus.as_ref();
    let letters = shown.letters(key);
    let more = other.puts(key).iter().filter(|put| letters.index(**put).is_none());
    let order: Rc<[RequestId]> = shown.puts(key).iter().chain(more).copied().collect();
    let letters = Letters::among(key, &order);
    (order, Rc::new(letters))
}

fn counts(kept: &mut Vec<(SharedRun, Tallies)>, of: &Of) -> Vec<Count> {
    kept.retain(|(run, _)| of.runs.iter().any(|other| other.is_same_run(run)));
    for run in &of.runs {
        let index = kept.iter().position(|(other, _)| other.is_same_run(run));
        let index = index.unwrap_or_else(|| {
            kept.push((run.clone(), Tallies::default()));
            kept.len() - 1
        });
        kept[index].1.read_on(run.get().trace());
    }
    let side = |side: usize| kept.iter().find(|(run, _)| run.is_same_run(&of.runs[side]));
    let (Some((one, a)), Some((other, b))) = (side(0), side(1)) else { return Vec::new() };
    let (one, other) = (one.get(), other.get());
    let sides = [(a, one.trace(), of.events[0]), (b, other.trace(), of.events[1])];
    let count = |what| Count {
        what,
        counts: sides.map(|(tallies, _, events)| tallies.at(what, events)),
        since: differs_since(what, sides),
    };
    Counter::ALL.map(count).to_vec()
}

/// One of the two, in the order in which they stand.
struct Side {
    name: String,
    view: Rc<View>,
    is_shown: bool,
}

fn sides(shown: &Shown, beside: &Beside) -> [Side; 2] {
    let name = words::run_name(&shown.tree, shown.place);
    let name = if beside.place == shown.place { said::NOT_YET.to_string() } else { name };
    let here = Side { name, view: shown.view.clone(), is_shown: true };
    let name = words::run_name(&shown.tree, beside.place);
    let there = Side { name, view: beside.view.clone(), is_shown: false };
    if beside.is_first { [there, here] } else { [here, there] }
}

/// Both rings. A touch on the one that acts do not go to makes them go there.
#[derive(PartialEq)]
pub struct Rings {
    /// What is shown.
    pub shown: Shown,
    /// Tells these rings from those of another moment.
    pub moment: Moment,
    /// The other run.
    pub beside: Rc<Beside>,
    /// Told when something is picked.
    pub on_pick: Callback<Pick>,
    /// Told when an act is asked for.
    pub on_command: Callback<Command>,
    /// Whom to tell.
    pub dispatch: Dispatch,
}

impl Part for Rings {
    fn draw(&self, _: &mut Hooks<'_>) -> Html {
        let sides = sides(&self.shown, &self.beside);
        html! {
            <div class="twin-rings" role="group" aria-label={said::ACTS_GO_TO}>
                { for sides.into_iter().enumerate().map(|(index, side)| self.side(index, side)) }
            </div>
        }
    }
}

impl Rings {
    fn side(&self, index: usize, side: Side) -> Html {
        let Side { name, view, is_shown } = side;
        let shown = &self.shown;
        let here = {
            let dispatch = self.dispatch.clone();
            move || {
                if !is_shown {
                    dispatch.dispatch(Action::Swap);
                }
            }
        };
        let on_pick = {
            let (here, on_pick) = (here.clone(), self.on_pick.clone());
            Callback::from(move |pick: Pick| {
                here();
                // The events of the other run have other numbers.
                if is_shown || !matches!(pick, Pick::Message(_)) {
                    on_pick.emit(pick);
                }
            })
        };
        let on_command = {
            let (here, on_command) = (here.clone(), self.on_command.clone());
            Callback::from(move |command| {
                here();
                on_command.emit(command);
            })
        };
        let onclick = Callback::from(move |_: MouseEvent| here());
        let stage = Stage {
            marks: Rc::new(marks(&view, &self.beside.differences)),
            sight: Sight::of(shown, &view),
            crowd: Default::default(),
            why: shown.why.clone().filter(|_| is_shown).map(|why| (why, shown.run.clone())),
            name: Some(name.clone()),
            on_pick,
            on_command,
        };
        let is_here = is_shown.then_some("is-shown");
        html! {
            <div key={index} class={classes!("twin-side", is_here)}>
                <button type="button" class="twin-name" aria-pressed={is_shown.to_string()} title={name.clone()} {onclick}>
                    { name }
                </button>
                <div class="twin-ring">{ stage.keyed(index) }</div>
            </div>
        }
    }
}

/// The most rows of differences.
const MOST: usize = 60;

/// The tables: what came of either run so far, and in what they differ now.
pub fn draw(shown: &Shown, dispatch: &Dispatch, _: &mut Hooks<'_>) -> Html {
    let Some(beside) = &shown.twin else { return html! {} };
    let names = sides(shown, beside).map(|side| side.name);
    let part = {
        let dispatch = dispatch.clone();
        Callback::from(move |_: MouseEvent| dispatch.dispatch(Action::Part))
    };
    html! {
        <div class="twins">
            <h2 class="hidden">{ said::TWINS }</h2>
            <div class="actions">
                <button type="button" class="button is-small" title={said::PART_HINT} onclick={part}>{ said::PART }</button>
            </div>
            { own_acts(shown, beside) }
            <table class="table twin-counts">
                <caption>{ said::COUNTED }</caption>
                { head(said::COUNTER, &names, true) }
                <tbody>{ for beside.counts.iter().map(|row| count_row(row, beside.is_first, dispatch)) }</tbody>
            </table>
            <table class="table twin-differences">
                <caption>{ said::DIFFERS }</caption>
                if beside.differences.is_empty() {
                    <tbody><tr><td>{ said::ALIKE }</td></tr></tbody>
                } else {
                    { head(said::WHAT, &names, false) }
                    <tbody>{ for beside.differences.iter().take(MOST).map(|aspect| aspect_row(aspect, shown, beside, dispatch)) }</tbody>
                }
            </table>
            if beside.differences.len() > MOST {
                <p class="hint">{ said::more(beside.differences.len() - MOST) }</p>
            }
        </div>
    }
}

/// The acts that only one of the two has: what was changed.
fn own_acts(shown: &Shown, beside: &Beside) -> Html {
    let acts = ordered(shown.tree.apart(shown.place, beside.place), beside.is_first);
    let acts = acts.into_iter().zip(sides(shown, beside)).filter(|(lines, _)| !lines.is_empty());
    html! {
        <dl class="facts">
            { for acts.map(|(lines, side)| parts::fact(&said::only(&side.name), html! {
                <ul class="plain branch-acts">
                    { for lines.into_iter().map(|line| html! { <li><code>{ line.to_string() }</code></li> }) }
                </ul>
            })) }
        </dl>
    }
}

fn head(first: &'static str, names: &[String; 2], has_difference: bool) -> Html {
    html! {
        <thead><tr>
            <th scope="col">{ first }</th>
            { for names.iter().map(|name| html! { <th scope="col"><span class="twin-run" title={name.clone()}>{ name }</span></th> }) }
            if has_difference {
                <th scope="col"><span aria-hidden="true">{ "≠" }</span><span class="hidden">{ said::DIFFERENCE }</span></th>
            }
        </tr></thead>
    }
}

/// Puts what is of the shown run and what is of the other in the order in which they stand.
fn ordered<T>([shown, other]: [T; 2], other_is_first: bool) -> [T; 2] {
    if other_is_first { [other, shown] } else { [shown, other] }
}

fn count_row(count: &Count, other_is_first: bool, dispatch: &Dispatch) -> Html {
    let [first, second] = ordered(count.counts, other_is_first);
    let (name, sentence) = counter(count.what);
    let difference = said::difference(first, second);
    let class = count.since.is_some().then_some("is-different");
    let difference = match count.since {
        None => html! { difference },
        Some(moment) => {
            let dispatch = dispatch.clone();
            let label = said::since(&difference, &millis(moment.time));
            let onclick =
                Callback::from(move |_: MouseEvent| dispatch.dispatch(Action::Seek(moment)));
            html! { <button type="button" class="link" aria-label={label.clone()} title={label} {onclick}>{ difference }</button> }
        }
    };
    html! {
        <tr key={name} {class}>
            <th scope="row" title={sentence}>{ name }</th>
            <td>{ first }</td><td>{ second }</td><td>{ difference }</td>
        </tr>
    }
}

fn aspect_row(aspect: &Aspect, shown: &Shown, beside: &Beside, dispatch: &Dispatch) -> Html {
    let name = aspect.name(&shown.view, &beside.view);
    let states = [&shown.view, &beside.view].map(|view| aspect.state(view, &beside.letters));
    let [first, second] = ordered(states, beside.is_first);
    let what = match aspect.pick() {
        Some(pick) => parts::link(dispatch, pick, &name),
        None => html! { &name },
    };
    html! {
        <tr key={name.clone()}><th scope="row">{ what }</th><td>{ first }</td><td>{ second }</td></tr>
    }
}
