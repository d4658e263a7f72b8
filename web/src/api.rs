//! `window.dynamo`: what journeys and embedding pages can ask of the page. Whatever is asked
//! wrongly throws an `Error` that says what was expected.

use std::cell::RefCell;
use std::rc::Rc;
use std::str::FromStr;

use dynamo_sim::{Command, Moment, ParseError, Place, Run, Saved, Script, Time, transcript};
use js_sys::{Array, BigInt, Error, Map, Number, Object, Reflect};
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::prelude::*;
use yew::UseReducerDispatcher;

use crate::session::{Action, Session};

/// The page as scripts see it.
#[wasm_bindgen]
pub struct Dynamo {
    door: Door,
}

/// The session as last drawn, and the way to change it.
#[derive(Clone)]
pub struct Door {
    session: Rc<RefCell<Rc<Session>>>,
    dispatch: UseReducerDispatcher<Session>,
}

impl PartialEq for Door {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.session, &other.session)
    }
}

impl Door {
    /// A door to this session.
    pub fn new(session: Rc<Session>, dispatch: UseReducerDispatcher<Session>) -> Self {
        Door { session: Rc::new(RefCell::new(session)), dispatch }
    }

    /// The session was drawn.
    pub fn drawn(&self, session: Rc<Session>) {
        self.session.replace(session);
    }

    /// The session as last drawn.
    pub fn session(&self) -> Rc<Session> {
        self.session.borrow().clone()
    }

    /// The answer is known at once; the page draws it soon.
    fn become_session(&self, next: Session) {
        let next = Rc::new(next);
        self.session.replace(next.clone());
        self.dispatch.dispatch(Action::Become(next));
    }

    /// Sets `window.dynamo`.
    pub fn open(self) {
        if let Some(window) = web_sys::window() {
            // A page that froze its window goes without.
            let _ = Reflect::set(&window, &"dynamo".into(), &Dynamo { door: self }.into());
        }
    }
}

fn error(text: impl AsRef<str>) -> JsValue {
    Error::new(text.as_ref()).into()
}

fn parse<T: FromStr<Err = ParseError>>(text: &str) -> Result<T, JsValue> {
    text.parse().map_err(|wrong: ParseError| error(wrong.to_string()))
}

fn whole(number: f64, name: &str, most: f64) -> Result<u64, JsValue> {
    if number.fract() == 0.0 && (0.0..=most).contains(&number) {
        Ok(number as u64)
    } else {
        let (most, found) = (most as u64, String::from(Number::from(number).to_js_string()));
        Err(error(format!("{name}: expected a whole number from 0 to {most}, found {found}")))
    }
}

#[wasm_bindgen]
impl Dynamo {
    /// Opens a run from its text, with its branches if it has some.
    pub fn open(&self, text: &str) -> Result<(), JsValue> {
        let saved: Saved = parse(text)?;
        self.door.become_session(self.door.session().open(saved));
        Ok(())
    }

    /// What a file would hold: the run, its branches, where somebody looks.
    pub fn file(&self) -> String {
        self.door.session().saved().to_string()
    }

    /// What stands behind the `#` of a link to the run that is shown.
    pub fn link(&self) -> Result<String, JsValue> {
        self.door.session().link().fragment().map_err(|long| error(long.to_string()))
    }

    /// The names of the branches; the run that was opened has none.
    pub fn branches(&self) -> Vec<String> {
        self.door.session().tree.branches().iter().map(|branch| branch.name.clone()).collect()
    }

    /// Shows the branch of this name; without a name, the run that was opened.
    pub fn switch(&self, name: Option<String>) -> Result<(), JsValue> {
        let session = self.door.session();
        let place = match name {
            None => Place::Trunk,
            Some(name) => session.tree.named(&name).ok_or_else(|| {
                error(format!("there is no branch {name:?}; branches() lists them"))
            })?,
        };
        self.door.become_session(session.switch(place));
        Ok(())
    }

    /// The text of the run that is shown.
    pub fn text(&self) -> String {
        self.door.session().run.get().script().to_string()
    }

    /// Where the playhead is: `{ micros, after }`.
    pub fn moment(&self) -> Result<JsValue, JsValue> {
        let moment = self.door.session().playhead;
        let object = Object::new();
        Reflect::set(&object, &"micros".into(), &(moment.time.as_micros() as f64).into())?;
        Reflect::set(&object, &"after".into(), &moment.after.into())?;
        Ok(object.into())
    }

    /// Moves the playhead.
    pub fn seek(&self, micros: f64, after: Option<f64>) -> Result<(), JsValue> {
        let most = dynamo_sim::script::MAX_TIME.as_micros() as f64;
        let time = Time(whole(micros, "micros", most)?);
        let after = whole(after.unwrap_or(0.0), "after", f64::from(u32::MAX))?;
        let after = u32::try_from(after).map_err(|_| error("after: too large"))?;
        let mut next = self.door.session().seek(Moment { time, after });
        next.playing = false;
        self.door.become_session(next);
        Ok(())
    }

    /// The records up to the playhead, as plain values.
    pub fn trace(&self) -> Result<JsValue, JsValue> {
        let session = self.door.session();
        let run = session.run.get();
        let count = run.trace().count_until(session.playhead);
        let serializer = Serializer::new().serialize_large_number_types_as_bigints(true);
        let value = run.trace().records()[..count].serialize(&serializer)?;
        plain(value)
    }

    /// A hash of every record of the run up to its horizon.
    #[wasm_bindgen(js_name = traceHash)]
    pub fn trace_hash(&self) -> String {
        let script = self.door.session().run.get().script().clone();
        hash(&Run::new(script))
    }

    /// The hash of a run that is not shown.
    pub fn play(&self, text: &str) -> Result<String, JsValue> {
        Ok(hash(&Run::new(parse::<Script>(text)?)))
    }

    /// The script and what came of it, up to its horizon.
    pub fn transcript(&self) -> String {
        let session = self.door.session();
        let run = session.run.get();
        transcript::transcript(run.script(), run.trace(), run.script().horizon())
    }

    /// Gives one act at the playhead, as it would stand in a script: `crash n3`.
    pub fn act(&self, line: &str) -> Result<(), JsValue> {
        let session = self.door.session();
        let command = read_act(session.run.get().script(), line).map_err(error)?;
        self.door.become_session(session.act(command).map_err(error)?);
        Ok(())
    }

    /// Traps on purpose, to show the card that a fault would show.
    pub fn trap(&self) {
        #[expect(clippy::panic, reason = "this is what the method is for")]
        {
            panic!("trapped on purpose");
        }
    }
}

fn hash(run: &Run) -> String {
    format!("{:016x}", run.trace().hash().0)
}

/// Reads one command; an operation without a number gets the client's next.
fn read_act(script: &Script, line: &str) -> Result<Command, String> {
    const BEFORE: &str = "at 0s ";
    if line.contains(['\n', '\r']) {
        return Err("expected one act on one line".to_string());
    }
    let text = format!("dynamo 1\nsetup nodes=1 n=1\n{BEFORE}{line}\n");
    let one: Script = text.parse().map_err(|wrong: ParseError| {
        let column = wrong.column.saturating_sub(BEFORE.len());
        let wrong = ParseError { line: 1, column, ..wrong };
        wrong.to_string()
    })?;
    let mut command = one.lines.into_iter().next().ok_or("expected an act")?.command;
    if let Command::Operation(operation) = &mut command {
        let name = line.split_whitespace().next().unwrap_or_default();
        if !name.contains('.') {
            operation.request.operation = script.next_operation(operation.request.client);
        }
    }
    Ok(command)
}

/// Numbers that a JavaScript number holds exactly become numbers, larger ones text; maps become
/// lists of pairs. What is left compares and prints as it looks.
fn plain(value: JsValue) -> Result<JsValue, JsValue> {
    if value.is_bigint() {
        let text = value.unchecked_into::<BigInt>().to_string(10)?;
        let number = js_sys::parse_float(&String::from(text.clone()));
        let is_safe = number.abs() <= Number::MAX_SAFE_INTEGER;
        return Ok(if is_safe { number.into() } else { text.into() });
    }
    if let Some(array) = value.dyn_ref::<Array>() {
        let list = Array::new();
        for item in array.iter() {
            list.push(&plain(item)?);
        }
        return Ok(list.into());
    }
    if let Some(map) = value.dyn_ref::<Map>() {
        return plain(Array::from(map).into());
    }
    if let Some(object) = value.dyn_ref::<Object>() {
        for name in Object::keys(object).iter() {
            let inner = plain(Reflect::get(object, &name)?)?;
            Reflect::set(object, &name, &inner)?;
        }
    }
    Ok(value)
}
