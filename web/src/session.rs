//! What the page is about at this moment: a run, a place in it, and what a person has chosen.

use std::rc::Rc;

use dynamo_core::{Duration, Key};
use dynamo_scene::Pick;
use dynamo_sim::script::{Line, Trigger};
use dynamo_sim::trace::TraceEvent;
use dynamo_sim::{Command, EventId, Moment, Run, Script, Setup, Time};
use yew::Reducible;

use crate::digest::Digest;
use crate::playback::{self, Rate, Speed};
use crate::shared_run::SharedRun;
use crate::{famous, words};

/// The one state of the page.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    /// What is looked at.
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

#[derive(Clone, Debug, PartialEq)]
struct Step {
    script: Rc<Script>,
    playhead: Moment,
    known_until: Time,
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
    /// Another run, from its start.
    Open(Box<Script>),
    /// A new run without acts.
    NewRun(Setup),
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
    /// Another key.
    Focus(Key),
    /// Back to before the last own act.
    Undo,
    /// Something to tell.
    Say(String),
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
        let script = famous::run().parse().unwrap_or_else(|_| Script::new(Setup::default()));
        let mut session = Session::of(SharedRun::play(script));
        session.focus = Key::new(famous::FOCUS).ok();
        session
    }
}

impl Session {
    fn of(run: SharedRun) -> Self {
        let focus = run.digest().keys.first().cloned().or_else(|| Key::new(famous::FOCUS).ok());
        Session {
            playhead: run.start(),
            run,
            playing: false,
            speed: Speed::Automatic,
            rate: Rate::default(),
            focus,
            pick: None,
            notice: None,
            undo: Vec::new(),
            notices: 0,
        }
    }

    /// Whether there is an act to undo.
    pub fn can_undo(&self) -> bool {
        !self.undo.is_empty()
    }

    /// The same run with one act more at the playhead, or why that act is refused.
    pub fn act(&self, command: Command) -> Result<Session, String> {
        let at = self.playhead;
        let before = self.run.get();
        let run = before.with_act(at, command.clone());
        let is_new = |line: &Line| line.trigger == Trigger::At(at) && line.command == command;
        let line = run.script().lines.iter().rposition(is_new);
        let step = Step {
            script: Rc::new(before.script().clone()),
            playhead: at,
            known_until: before.known_until(),
        };
        drop(before);
        let run = SharedRun::new(run);
        if let Some(why) = line.and_then(|line| refusal(&run, line)) {
            return Err(why);
        }
        let playhead = line.map_or(at, |line| consequences(&run, line, at));
        let mut next = Session { run, playhead, notice: None, ..self.clone() };
        next.undo.push(step);
        if next.undo.len() > UNDO_STEPS {
            next.undo.remove(0);
        }
        if let Command::Operation(operation) = &command {
            next.focus = Some(operation.key.clone());
        }
        Ok(next)
    }

    /// Another run in place of this one; undo leads back.
    pub fn open(&self, script: Script) -> Session {
        let mut next = Session::of(SharedRun::play(script));
        next.speed = self.speed;
        next.notices = self.notices;
        next.undo.clone_from(&self.undo);
        next.undo.push(Step {
            script: Rc::new(self.run.get().script().clone()),
            playhead: self.playhead,
            known_until: self.run.known_until(),
        });
        next
    }

    /// The same page at another place.
    pub fn seek(&self, moment: Moment) -> Session {
        let time = moment.time.min(self.run.limit());
        let moment = if time < moment.time { Moment::at(time) } else { moment };
        let run = self.run.clone().known_to(moment.time);
        Session { run, playhead: moment, ..self.clone() }
    }

    /// The same page at another place of the same run, as time passes.
    pub fn moved(&self, run: SharedRun, playhead: Moment, playing: bool) -> Session {
        Session { run, playhead, playing, ..self.clone() }
    }

    fn undone(&self) -> Session {
        let mut next = self.clone();
        let Some(step) = next.undo.pop() else {
            return self.say(words::NOTHING_TO_UNDO.to_string(), false);
        };
        let mut run = Run::new(Script::clone(&step.script));
        run.extend_to(step.known_until);
        next.run = SharedRun::new(run);
        next.playhead = step.playhead;
        next.playing = false;
        next.pick = None;
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
        let at_end = self.playhead.time >= self.run.limit();
        Session { playing: !self.playing && !at_end, ..self.clone() }
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
            Action::Open(script) => self.open(*script),
            Action::NewRun(setup) => {
                let mut script = Script::new(setup);
                script.until = Some(FRESH_RUN);
                let focus = self.focus.clone();
                Session { focus, ..self.open(script) }
            }
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
            Action::Focus(key) => Session { focus: Some(key), ..self.clone() },
            Action::Undo => self.undone(),
            Action::Say(text) => self.say(text, false),
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
        Session { pick, focus, ..self.clone() }
    }
}

impl Reducible for Session {
    type Action = Action;

    fn reduce(self: Rc<Self>, action: Action) -> Rc<Self> {
        Rc::new(self.reduced(action))
    }
}

/// Why a line was refused, in words, if it was.
fn refusal(run: &SharedRun, line: usize) -> Option<String> {
    let run_ref = run.get();
    let (id, command) = run_ref.trace().iter().find_map(|(id, record)| match &record.event {
        TraceEvent::CommandRefused { line: index, command, .. } if *index as usize == line => {
            Some((id, command.to_string()))
        }
        _ => None,
    })?;
    let note = run.row_of(id).map(|row| row.row.note).unwrap_or_default();
    Some(words::refused(&command, &note))
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
