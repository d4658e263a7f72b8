//! What the page is about at this moment: a run, a place in it, and what a person has chosen.
//!
//! `session/acts.rs` is what an act does to it, `session/twins.rs` a second run beside the first,
//! `session/until.rs` running on until something happens.

mod acts;
mod twins;
mod until;

use std::rc::Rc;

use dynamo_core::{Duration, Key, NodeId};
use dynamo_scene::Pick;
use dynamo_sim::explain::Question;
use dynamo_sim::link::{Link, Recorded};
use dynamo_sim::until::Condition;
use dynamo_sim::{Command, EventId, Moment, Place, Run, Saved, Script, Setup, Sight, Time, Tree};
use yew::Reducible;

use crate::digest::Digest;
use crate::playback::{self, Rate, Speed};
use crate::shared_run::SharedRun;
use crate::{famous, words};
pub use acts::{RefusedLine, refusals};
pub use twins::Twin;
pub use until::Search;

/// The one state of the page.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    /// The run that was opened or begun, and its branches.
    pub tree: Rc<Tree>,
    /// Which of them is looked at.
    pub place: Place,
    /// That run, played.
    pub run: SharedRun,
    /// Where.
    pub playhead: Moment,
    /// Whether time passes.
    pub playing: bool,
    /// How fast time shall pass.
    pub speed: Speed,
    /// How fast it passes just now.
    pub rate: Rate,
    /// The key whose versions give the hues.
    pub focus: Option<Key>,
    /// What is picked.
    pub pick: Option<Pick>,
    /// Through whose eyes the stage is seen; without a node, as things stand.
    pub eyes: Option<NodeId>,
    /// What somebody wants explained.
    pub why: Option<Question>,
    /// The run beside it, if two are looked at.
    pub twin: Option<Twin>,
    /// What time runs on to, while it does.
    pub search: Option<Search>,
    /// Something to tell.
    pub notice: Option<Notice>,
    undo: Vec<Step>,
    notices: u32,
}

/// A sentence for the person.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// Tells this one from one with the same words.
    pub number: u32,
    /// Whether something did not work.
    pub is_error: bool,
    /// The words.
    pub text: String,
}

/// What a change of the tree can be undone to.
#[derive(Clone, Debug, PartialEq)]
struct Step {
    tree: Rc<Tree>,
    place: Place,
    playhead: Moment,
    known_until: Time,
    focus: Option<Key>,
    twin: Option<(Place, bool)>,
}

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Later.
    Forward,
    /// Earlier.
    Back,
}

/// What can be asked of the page.
#[derive(Clone, Debug)]
pub enum Action {
    /// An act at the playhead.
    Act(Command),
    /// Another run, where somebody looked or from its start.
    Open(Box<Saved>),
    /// Another run, from a link.
    OpenLink(Box<Link>),
    /// A new run without acts.
    NewRun(Box<Setup>),
    /// To a place.
    Seek(Moment),
    /// To a record, and pick it.
    Show(EventId, Option<Pick>),
    /// To the next event.
    Step(Way),
    /// To the next event that the time bar marks.
    Jump(Way),
    /// To the start.
    Rewind,
    /// Time passes, or stops.
    Toggle,
    /// Time stops.
    Pause,
    /// How fast.
    Speed(Speed),
    /// So many milliseconds of real time went by.
    Tick(f64),
    /// One still frame on, instead of motion.
    Still,
    /// Pick something or nothing.
    Pick(Option<Pick>),
    /// Explain something, or no more.
    Why(Option<Question>),
    /// Another key.
    Focus(Key),
    /// Through the eyes of a node, or as things stand.
    Eyes(Option<NodeId>),
    /// Another run of the tree.
    Switch(Place),
    /// Another run of the tree at another place, as a track is dragged.
    Visit(Place, Moment),
    /// The run this many rows further down in the list of branches.
    SwitchBy(isize),
    /// A second run beside the shown one: the same, until something is changed.
    Fork,
    /// A run of the tree beside the shown one.
    Compare(Place),
    /// Acts go to the other of the two from now on.
    Swap,
    /// One run again: the one that acts go to.
    Part,
    /// To the first event that fulfils a condition.
    RunUntil(Condition),
    /// A slice further on the way there.
    SearchOn,
    /// Another name for a branch.
    Rename(usize, String),
    /// A branch, and what branches from it, goes.
    Drop(usize),
    /// Back to before the last own act.
    Undo,
    /// Something to tell.
    Say(String),
    /// Something that did not work.
    Fail(String),
    /// This notice was seen.
    Quiet(u32),
    /// As computed elsewhere.
    Become(Rc<Session>),
}

/// The most acts that can be undone.
const UNDO_STEPS: usize = 100;

/// Where the script of a fresh setup pauses.
const FRESH_RUN: Time = Time(10_000_000);

impl Default for Session {
    fn default() -> Self {
        // The famous run is a constant that a test parses; a plain run stands in for it.
        let script = famous::RUNS[0].script.parse();
        Session::of(script.unwrap_or_else(|_| Script::new(Setup::default())).into())
    }
}

impl Session {
    fn of(saved: Saved) -> Self {
        let run = SharedRun::play(saved.script());
        let Saved { tree, shown, sight } = saved;
        let sight = sight.unwrap_or_default();
        let playhead = sight.moment.max(run.start());
        let run = run.known_to(playhead.time);
        // A load names its keys only as it goes on.
        let focus = sight.key.or_else(|| first_key(run.get().script()));
        let focus = focus.or_else(|| run.digest().keys.first().cloned());
        let pick = sight.pick.and_then(|name| Pick::named(&name, focus.as_ref()));
        let session = Session {
            tree: Rc::new(tree),
            place: shown,
            run,
            playhead,
            playing: false,
            speed: Speed::Automatic,
            rate: Rate::default(),
            focus,
            pick,
            eyes: sight.eyes,
            why: None,
            twin: None,
            search: None,
            notice: None,
            undo: Vec::new(),
            notices: 0,
        };
        // A place behind the last one that can be played is as far as one can look.
        session.seek(playhead)
    }

    /// The page as it begins with something: there is nothing before it to go back to.
    pub fn begun_by(&self, action: Action) -> Session {
        Session { undo: Vec::new(), ..self.reduced(action) }
    }

    /// The page as it was left: a run that differs from the one that it begins with can be undone to
    /// that.
    pub fn resumed(&self, saved: Saved) -> Session {
        if saved.tree == *self.tree && saved.shown == self.place {
            return Session { notice: self.notice.clone(), ..Session::of(saved) };
        }
        self.open(saved).say(words::RESUMED.to_string(), false)
    }

    /// Whether there is something to undo.
    pub fn can_undo(&self) -> bool {
        !self.undo.is_empty()
    }

    /// What a file would hold.
    pub fn saved(&self) -> Saved {
        Saved { tree: Tree::clone(&self.tree), shown: self.place, sight: Some(self.sight()) }
    }

    /// What a link would hold: the run that is shown.
    pub fn link(&self) -> Link {
        let run = self.run.get();
        let recorded = Some(Recorded::of(&run));
        Link { script: run.script().clone(), sight: Some(self.sight()), recorded }
    }

    fn sight(&self) -> Sight {
        let pick = self.pick.as_ref().and_then(|pick| pick.name(self.focus.as_ref()));
        Sight { moment: self.playhead, key: self.focus.clone(), pick, eyes: self.eyes }
    }

    /// The page with something done to the tree, so that it can be undone.
    fn changed(&self, tree: Tree, place: Place, run: SharedRun) -> Session {
        // The events of another run have other numbers.
        let (tree, why, notice) = (Rc::new(tree), None, None);
        let mut next = Session { tree, place, run, why, notice, ..self.clone() };
        next.undo.push(Step {
            tree: self.tree.clone(),
            place: self.place,
            playhead: self.playhead,
            known_until: self.run.known_until(),
            focus: self.focus.clone(),
            twin: self.twin.as_ref().map(|twin| (twin.place, twin.is_first)),
        });
        if next.undo.len() > UNDO_STEPS {
            next.undo.remove(0);
        }
        next
    }

    /// Another run in place of this one; undo leads back.
    pub fn open(&self, saved: Saved) -> Session {
        let opened = Session::of(saved);
        let Session { tree, place, run, playhead, focus, pick, eyes, .. } = opened;
        let next = self.changed(Tree::clone(&tree), place, run);
        Session { playhead, focus, pick, eyes, playing: false, twin: None, ..next }
    }

    /// The run of a link; says so if it does otherwise than when the link was made.
    pub fn open_link(&self, link: Link) -> Session {
        let Link { script, sight, recorded } = link;
        let next = self.open(Saved { sight, ..script.into() });
        let difference = recorded.and_then(|recorded| recorded.difference(&next.run.get()));
        match difference {
            None => next,
            Some(difference) => next.say(words::differs(&difference), true),
        }
    }

    /// Another run of the tree, at the same time.
    pub fn switch(&self, place: Place) -> Session {
        if place == self.place || (place != Place::Trunk && self.tree.branch(place).is_none()) {
            return self.clone();
        }
        match &self.twin {
            Some(twin) if twin.place == place => self.swapped(),
            _ => self.shows(place),
        }
    }

    fn shows(&self, place: Place) -> Session {
        let run = SharedRun::play(self.tree.script(place));
        // The events of another run have other numbers.
        let pick = self.pick.clone().filter(|pick| !matches!(pick, Pick::Message(_)));
        let playhead = self.playhead.max(run.start());
        Session { place, run, pick, why: None, ..self.clone() }.seek(playhead)
    }

    fn switch_by(&self, rows: isize) -> Session {
        let places = self.tree.places();
        let row = places.iter().position(|(place, _)| *place == self.place).unwrap_or_default();
        let next = row.checked_add_signed(rows).and_then(|row| places.get(row));
        next.map_or_else(|| self.clone(), |(place, _)| self.switch(*place))
    }

    fn rename(&self, index: usize, name: &str) -> Session {
        let mut tree = Tree::clone(&self.tree);
        match tree.rename(index, name) {
            Ok(()) if tree == *self.tree => self.clone(),
            Ok(()) => self.changed(tree, self.place, self.run.clone()),
            Err(unfit) => self.say(words::unfit(unfit), true),
        }
    }

    fn drop_branch(&self, index: usize) -> Session {
        let mut tree = Tree::clone(&self.tree);
        let Some(name) = tree.branches().get(index).map(|branch| branch.name.clone()) else {
            return self.clone();
        };
        let shown = self.tree.script(self.place);
        let place = tree.drop_branch(index, self.place);
        let next = self.changed(tree, place, self.run.clone());
        let is_same = next.tree.script(place) == shown;
        let next = if is_same { next } else { next.shows(place) };
        let are_two = |twin: &Twin| twin.place != next.place || self.is_about_to_fork();
        let twin = self.twin_without(index).filter(are_two);
        Session { twin, ..next }.say(words::dropped(&name), false)
    }

    /// The same page at another place.
    pub fn seek(&self, moment: Moment) -> Session {
        let run = self.run.clone().known_to(moment.time);
        // Whether a run goes on as far as that is known only now.
        let time = moment.time.min(run.limit());
        let moment = if time < moment.time { Moment::at(time) } else { moment };
        Session { run, playhead: moment, ..self.clone() }
    }

    /// The same page at another place of the same run, as time passes.
    pub fn moved(&self, run: SharedRun, playhead: Moment, playing: bool) -> Session {
        Session { run, playhead, playing, ..self.clone() }
    }

    /// Whether the playhead stands where no run goes on.
    fn is_at_limit(&self) -> bool {
        self.playhead.time >= self.run.limit()
    }

    fn undone(&self) -> Session {
        let mut next = self.clone();
        let Some(Step { tree, place, playhead, known_until, focus, twin }) = next.undo.pop() else {
            return self.say(words::NOTHING_TO_UNDO.to_string(), false);
        };
        let mut run = Run::new(tree.script(place));
        run.extend_to(known_until);
        let (pick, run) = (None, SharedRun::new(run));
        let (why, playing) = (None, false);
        let twin = twin.map(|(at, is_first)| match at == place {
            true => Twin { place, run: run.clone(), is_first },
            false => Twin { place: at, run: SharedRun::play(tree.script(at)), is_first },
        });
        let next = Session { tree, place, run, playhead, focus, pick, why, twin, playing, ..next };
        next.say(words::UNDONE.to_string(), false)
    }

    fn say(&self, text: String, is_error: bool) -> Session {
        let number = self.notices + 1;
        let notice = Some(Notice { number, is_error, text });
        Session { notice, notices: number, ..self.clone() }
    }

    fn step(&self, way: Way, stops: impl Fn(&Digest) -> Vec<Moment>) -> Session {
        let mut run = self.run.clone();
        let nearest = |run: &SharedRun| {
            let stops = stops(run.digest());
            match way {
                Way::Forward => stops.into_iter().find(|stop| *stop > self.playhead),
                Way::Back => stops.into_iter().rev().find(|stop| *stop < self.playhead),
            }
        };
        let find = |run: &SharedRun| {
            let twin = self.twin.as_ref().map(|twin| twin.run.clone().known_to(run.known_until()));
            let both = [nearest(run), twin.as_ref().and_then(nearest)].into_iter().flatten();
            if way == Way::Forward { both.min() } else { both.max() }
        };
        let mut found = find(&run);
        // Behind what is known there may be more: a hint, a probe that is answered.
        if found.is_none() && way == Way::Forward {
            run = run.clone().known_to(run.known_until() + Duration::micros(1));
            found = find(&run);
        }
        let playhead = found.unwrap_or_else(|| match way {
            Way::Forward => Moment::at(run.known_until()),
            Way::Back => run.start(),
        });
        let playhead = playhead.max(run.start());
        Session { run, playhead, playing: false, ..self.clone() }
    }

    fn toggle(&self) -> Session {
        Session { playing: !self.playing && !self.is_at_limit(), ..self.clone() }
    }

    fn show(&self, id: EventId, pick: Option<Pick>) -> Session {
        let moment = self.run.get().trace().get(id).map(|record| record.moment);
        let next = moment.map_or_else(|| self.clone(), |moment| self.seek(moment));
        Session { pick: pick.or(next.pick.clone()), playing: false, ..next }
    }

    fn reduced(&self, action: Action) -> Session {
        match action {
            Action::Act(command) => match self.act(command) {
                Ok(next) => next,
                Err(why) => self.say(why, true),
            },
            Action::Open(saved) => self.open(*saved),
            Action::OpenLink(link) => self.open_link(*link),
            Action::NewRun(setup) => {
                let mut script = Script::new(*setup);
                script.until = Some(FRESH_RUN);
                let focus = self.focus.clone();
                let tree = Tree::begin(script);
                Session { focus, ..self.open(Saved { tree, shown: Place::Trunk, sight: None }) }
            }
            Action::Switch(place) => self.switch(place),
            Action::Visit(place, moment) => {
                let next = self.switch(place);
                let moment = moment.max(next.run.start());
                Session { playing: false, ..next.seek(moment) }
            }
            Action::SwitchBy(rows) => self.switch_by(rows),
            Action::Fork => self.forked(),
            Action::Compare(place) => self.compared(place),
            Action::Swap => self.swapped(),
            Action::Part => self.parted(),
            Action::RunUntil(condition) => self.run_until(condition),
            Action::SearchOn => self.search_on(),
            Action::Rename(index, name) => self.rename(index, &name),
            Action::Drop(index) => self.drop_branch(index),
            Action::Seek(moment) => {
                Session { playing: false, ..self.seek(moment.max(self.run.start())) }
            }
            Action::Show(id, pick) => self.show(id, pick),
            Action::Step(way) => self.step(way, |digest| digest.told.clone()),
            Action::Jump(way) => {
                self.step(way, |digest| digest.marks.iter().map(|mark| mark.moment).collect())
            }
            Action::Rewind => Session { playing: false, ..self.seek(self.run.start()) },
            Action::Toggle => self.toggle(),
            Action::Pause => Session { playing: false, ..self.clone() },
            Action::Speed(speed) => Session { speed, ..self.clone() },
            Action::Tick(millis) => playback::tick(self, millis),
            Action::Still => playback::still(self),
            Action::Pick(pick) => self.picked(pick),
            Action::Why(why) => Session { why, playing: false, ..self.clone() },
            Action::Focus(key) => Session { focus: Some(key), ..self.clone() },
            Action::Eyes(eyes) => Session { eyes, ..self.clone() },
            Action::Undo => self.undone(),
            Action::Say(text) => self.say(text, false),
            Action::Fail(text) => self.say(text, true),
            Action::Quiet(number) => {
                let notice = self.notice.clone().filter(|notice| notice.number != number);
                Session { notice, ..self.clone() }
            }
            Action::Become(session) => Session::clone(&session),
        }
    }

    fn picked(&self, pick: Option<Pick>) -> Session {
        let focus = match &pick {
            Some(Pick::Key(key)) => Some(key.clone()),
            _ => self.focus.clone(),
        };
        // Letting go of nothing ends the explanation.
        let ends = pick.is_none() && self.pick.is_none();
        let why = self.why.clone().filter(|_| !ends);
        Session { pick, focus, why, ..self.clone() }
    }
}

impl Reducible for Session {
    type Action = Action;

    fn reduce(self: Rc<Self>, action: Action) -> Rc<Self> {
        // Whoever does something else has what he waited for.
        let goes_on = matches!(action, Action::SearchOn | Action::Quiet(_) | Action::Become(_));
        let search = self.search.filter(|_| goes_on);
        let next = Session { search, ..Session::clone(&self) }.reduced(action).in_step();
        let is_stopped = next.is_at_limit() && !(self.is_at_limit() && self.run == next.run);
        Rc::new(if is_stopped { next.say(words::run_ends(&next.run), true) } else { next })
    }
}

/// The key that is read or written first.
fn first_key(script: &Script) -> Option<Key> {
    script.lines.iter().find_map(|line| match &line.command {
        Command::Operation(operation) => Some(operation.key.clone()),
        _ => None,
    })
}
