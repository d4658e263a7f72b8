//! What is explained: a question about the run that is shown, and its chain of causes. The one
//! door to explanations.

use std::rc::Rc;

use dynamo_core::Key;
use dynamo_scene::ladder::Source;
use dynamo_scene::why::{Told, numbered, told};
use dynamo_sim::EventId;
use dynamo_sim::explain::{Question, explain};

use crate::part::Hooks;
use crate::session::Session;
use crate::shared_run::SharedRun;

/// A question and its answer.
#[derive(Debug)]
pub struct Why {
    /// What was asked.
    pub question: Question,
    /// The answer, in order of time.
    pub told: Vec<Told>,
    /// All events that belong to it, with their numbers.
    pub events: Vec<(EventId, Option<usize>)>,
    of: (SharedRun, Option<Key>),
}

/// The explanation that is open; found once for each question, run and key in focus.
pub fn kept(hooks: &mut Hooks<'_>, session: &Session) -> Option<Rc<Why>> {
    let kept = hooks.run(yew::use_mut_ref(|| None::<Rc<Why>>));
    let question = session.why.as_ref()?;
    let is_it = |why: &&Rc<Why>| {
        why.question == *question && why.of.0.is_same_run(&session.run) && why.of.1 == session.focus
    };
    let known = kept.borrow().as_ref().filter(is_it).cloned();
    let why = known.unwrap_or_else(|| Rc::new(find(session, question)));
    *kept.borrow_mut() = Some(why.clone());
    Some(why)
}

fn find(session: &Session, question: &Question) -> Why {
    let run = session.run.get();
    let digest = session.run.digest();
    let letters = digest.letters(session.focus.as_ref());
    let source = Source {
        trace: run.trace(),
        lives: &digest.lives,
        engine: run.script().setup.config.engine,
        letters: &letters,
        pick: None,
        because: &[],
    };
    let told = told(&source, &explain(run.trace(), question));
    let events = numbered(&told);
    let of = (session.run.clone(), session.focus.clone());
    Why { question: question.clone(), told, events, of }
}
