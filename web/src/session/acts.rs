//! An act at the playhead, and what comes of it.

use dynamo_sim::script::{Line, Trigger};
use dynamo_sim::trace::TraceEvent;
use dynamo_sim::transcript;
use dynamo_sim::{Command, Moment, Tree};

use super::Session;
use crate::shared_run::SharedRun;
use crate::words;

impl Session {
    /// The same run with one act more at the playhead, or why that act is refused. In the past of
    /// an opened run this makes a branch.
    pub fn act(&self, command: Command) -> Result<Session, String> {
        let at = self.playhead;
        let mut tree = Tree::clone(&self.tree);
        let acted = match self.is_about_to_fork() {
            true => tree.fork(self.place, at, command.clone()),
            false => tree.act(self.place, at, command.clone()),
        };
        let place = acted.map_err(words::unfit)?;
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
    for (id, record) in trace.iter_from(first.0 as usize + 1) {
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
