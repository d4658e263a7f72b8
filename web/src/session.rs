//! What the page is about at this moment: a run, a place in it, and what a person has chosen.

use std::rc::Rc;

use dynamo_core::{Duration, Key, NodeId};
use dynamo_scene::Pick;
use dynamo_sim::explain::Question;
use dynamo_sim::link::{Link, Recorded};
use dynamo_sim::script::{Line, Trigger};
use dynamo_sim::trace::TraceEvent;
use dynamo_sim::transcript;
use dynamo_sim::{Command, EventId, Moment, Place, Run, Saved, Script, Setup, Sight, Time, Tree};
use yew::Reducible;

use crate::digest::Digest;
use crate::playback::{self, Rate, Speed};
use crate::shared_run::SharedRun;
use crate::{famous, words};

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
    /// The run this many rows further down in the list of branches.
    SwitchBy(isize),
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
        let focus = sight.key.or_else(|| first_key(run.get().script()));
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
            eyes: None,
            why: None,
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
        Sight { moment: self.playhead, key: self.focus.clone(), pick }
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
        });
        if next.undo.len() > UNDO_STEPS {
            next.undo.remove(0);
        }
        next
    }

    /// The same run with one act more at the playhead, or why that act is refused. In the past of
    /// an opened run this makes a branch.
    pub fn act(&self, command: Command) -> Result<Session, String> {
        let at = self.playhead;
        let mut tree = Tree::clone(&self.tree);
        let place = tree.act(self.place, at, command.clone()).map_err(words::unfit)?;
        let run = SharedRun::new(self.run.get().with_act(at, command.clone()));
        let is_new = |line: &Line| line.trigger == Trigger::At(at) && line.command == command;
        let line = run.get().script().lines.iter().rposition(is_new);
        let refused = refusals(&run);
        if let Some(refused) = refused.iter().find(|refused| Some(refused.line) == line) {
            return Err(words::refused(refused));
        }
        let playhead = line.map_or(at, |line| consequences(&run, line, at));
        let mut next = Session { playhead, ..self.changed(tree, place, run) };
        if let Command::Operation(operation) = &command {
            next.focus = Some(operation.key.clone());
        }
        // Lines behind the new one have moved on by one.
        let before = refusals(&self.run);
        let moved = |index: usize| index + usize::from(line.is_some_and(|line| index >= line));
        let was_refused = |line: usize| before.iter().any(|other| moved(other.line) == line);
        let newly: Vec<_> = refused.into_iter().filter(|it| !was_refused(it.line)).collect();
        if !newly.is_empty() {
            return Ok(next.say(words::no_longer_apply(&newly), false));
        }
        Ok(next)
    }

    /// Another run in place of this one; undo leads back.
    pub fn open(&self, saved: Saved) -> Session {
        let opened = Session::of(saved);
        let Session { tree, place, run, playhead, focus, pick, .. } = opened;
        let next = self.changed(Tree::clone(&tree), place, run);
        Session { playhead, focus, pick, playing: false, ..next }
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
        self.shows(place)
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
        next.say(words::dropped(&name), false)
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
        let Some(Step { tree, place, playhead, known_until, focus }) = next.undo.pop() else {
            return self.say(words::NOTHING_TO_UNDO.to_string(), false);
        };
        let mut run = Run::new(tree.script(place));
        run.extend_to(known_until);
        let (pick, run) = (None, SharedRun::new(run));
        let (why, playing) = (None, false);
        let next = Session { tree, place, run, playhead, focus, pick, why, playing, ..next };
        next.say(words::UNDONE.to_string(), false)
    }

    fn say(&self, text: String, is_error: bool) -> Session {
        let number = self.notices + 1;
        let notice = Some(Notice { number, is_error, text });
        Session { notice, notices: number, ..self.clone() }
    }

    fn step(&self, way: Way, stops: impl Fn(&Digest) -> Vec<Moment>) -> Session {
        let mut run = self.run.clone();
        let find = |run: &SharedRun| {
            let stops = stops(run.digest());
            match way {
                Way::Forward => stops.into_iter().find(|stop| *stop > self.playhead),
                Way::Back => stops.into_iter().rev().find(|stop| *stop < self.playhead),
            }
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
            Action::SwitchBy(rows) => self.switch_by(rows),
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
        let next = self.reduced(action);
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

/// A line of a run that could not be carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedLine {
    /// Its index in the script.
    pub line: usize,
    /// Its act.
    pub act: String,
    /// Why.
    pub why: String,
}

/// The lines of a run that were refused.
pub fn refusals(run: &SharedRun) -> Vec<RefusedLine> {
    let run = run.get();
    let refused = run.trace().iter().filter_map(|(_, record)| match &record.event {
        TraceEvent::CommandRefused { line, command, why } => Some(RefusedLine {
            line: *line as usize,
            act: command.to_string(),
            why: transcript::refused(why),
        }),
        _ => None,
    });
    refused.collect()
}

/// The place behind everything that follows from a line at the same instant: a person who acts
/// while time stands still sees what came of it.
fn consequences(run: &SharedRun, line: usize, at: Moment) -> Moment {
    let run = run.get();
    let trace = run.trace();
    let applied = trace.iter().find(|(_, record)| {
        matches!(&record.event,
            TraceEvent::CommandApplied { line: index, .. } if *index as usize == line)
    });
    let Some((first, applied)) = applied else { return at };
    let mut followers = vec![first];
    let mut place = at.max(applied.moment);
    for (id, record) in trace.iter().skip(first.0 as usize + 1) {
        if record.moment.time != at.time {
            break;
        }
        if record.cause.is_some_and(|cause| followers.contains(&cause)) {
            followers.push(id);
            place = place.max(record.moment);
        }
    }
    place
}
