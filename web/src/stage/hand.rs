//! What is cut by hand: by a line across the ring, by a line around some, or by marking them one by
//! one.

use std::rc::Rc;

use dynamo_core::Endpoint;
use dynamo_scene::shape::Point;
use dynamo_scene::{Item, Shape};
use dynamo_scene::{Knife, Lasso, NoCut, Pick, Stops, Touch, cut_off, knife, lasso, marks};
use dynamo_sim::{Command, View};
use yew::prelude::*;

use crate::part::{Hooks, Kept, Part};
use crate::parts::Choice;
use crate::stage::element;
use crate::words::hand as words;

/// What is kept of a hand that cuts.
#[derive(Clone)]
pub struct Hand {
    /// The stroke that is being drawn; empty if none is.
    pub stroke: Kept<Vec<Point>>,
    /// Whether a press marks whom it meets, and a finger draws instead of scrolling.
    pub is_out: Kept<bool>,
    marked: Kept<Vec<Endpoint>>,
    stops: Kept<Stops>,
    said: Kept<String>,
}

/// What a stroke means.
enum Stroke {
    Nothing,
    Across(Knife),
    Around(Lasso),
}

fn meaning(view: &View, line: &[Point]) -> Stroke {
    if let Some(lasso) = lasso(view, line) {
        return Stroke::Around(lasso);
    }
    let (Some(from), Some(to)) = (line.first(), line.last()) else { return Stroke::Nothing };
    knife(view, *from, *to).map_or(Stroke::Nothing, Stroke::Across)
}

impl Hand {
    /// Of a stage.
    pub fn of(hooks: &mut Hooks<'_>) -> Self {
        Hand {
            stroke: hooks.keep(Vec::new),
            is_out: hooks.keep(|| false),
            marked: hooks.keep(Vec::new),
            stops: hooks.keep(Stops::default),
            said: hooks.keep(String::new),
        }
    }

    /// Takes the hand out, or away.
    pub fn toggle(&self) {
        let is_out = !*self.is_out;
        self.is_out.set(is_out);
        self.marked.set(Vec::new());
        self.said.set(if is_out { words::ABOUT.to_string() } else { String::new() });
    }

    /// Nothing is being drawn any more; what was said is over.
    pub fn rest(&self) {
        self.stroke.set(Vec::new());
    }

    /// Marks whoever was pressed, or no more; false if that is nobody who can be cut off.
    pub fn mark(&self, touch: Option<&Touch>) -> bool {
        let pressed = match touch {
            Some(Touch::Pick(Pick::Node(node))) => Endpoint::Node(*node),
            Some(Touch::Pick(Pick::Client(client))) => Endpoint::Client(*client),
            _ => return false,
        };
        let mut marked = (*self.marked).clone();
        marked.retain(|other| *other != pressed);
        if marked.len() == self.marked.len() {
            marked.push(pressed);
            marked.sort_unstable();
        }
        self.is_out.set(true);
        self.said.set(words::marked(&marked));
        self.marked.set(marked);
        true
    }

    /// Cuts off whoever is marked.
    pub fn cut_marked(&self, view: &View, on_command: &Callback<Command>) {
        match self.marked.is_empty() {
            true => self.said.set(words::marked(&[])),
            false => self.cut(view, &self.marked, on_command),
        }
    }

    /// A stroke has ended.
    pub fn finish(&self, view: &View, line: &[Point], on_command: &Callback<Command>) {
        self.rest();
        match meaning(view, line) {
            Stroke::Nothing => {}
            Stroke::Around(lasso) => self.cut(view, &lasso.inside, on_command),
            Stroke::Across(knife) if *self.stops == Stops::Both || !*self.is_out => {
                on_command.emit(knife.command());
                self.put_away();
            }
            Stroke::Across(knife) => {
                let smaller: Vec<_> = knife.smaller().iter().copied().map(Endpoint::Node).collect();
                self.cut(view, &smaller, on_command);
            }
        }
    }

    fn cut(&self, view: &View, these: &[Endpoint], on_command: &Callback<Command>) {
        let stops = if *self.is_out { *self.stops } else { Stops::Both };
        match cut_off(view, these, stops) {
            Ok(command) => {
                on_command.emit(command);
                self.put_away();
            }
            Err(NoCut::Nobody) => self.said.set(words::NOBODY.to_string()),
            Err(NoCut::Everybody) => self.said.set(words::EVERYBODY.to_string()),
        }
    }

    fn put_away(&self) {
        self.is_out.set(false);
        self.marked.set(Vec::new());
        self.said.set(String::new());
    }

    /// The line that is being drawn, and whom it would cut off.
    pub fn preview(&self, view: &View) -> Html {
        let mut items = marks(view, &self.marked);
        match (meaning(view, &self.stroke), self.stroke.first(), self.stroke.last()) {
            (Stroke::Across(knife), ..) => items = knife.preview(view),
            (Stroke::Around(lasso), ..) => items = lasso.preview(view),
            (Stroke::Nothing, Some(from), Some(to)) => {
                let line = Shape::Line { from: *from, to: *to };
                items.push(Item::new("knife", "knife idle", line));
            }
            _ => {}
        }
        html! { <g key="knife">{ for items.iter().map(element) }</g> }
    }

    /// The button that takes the hand out, and what it offers then.
    pub fn bar(&self, view: &Rc<View>, on_command: &Callback<Command>) -> Html {
        let toggle = {
            let hand = self.clone();
            Callback::from(move |_: MouseEvent| hand.toggle())
        };
        let name = |of: Stops| words::STOPS.iter().find(|it| it.0 == of).map_or("", |it| it.1);
        let choose = {
            let stops = self.stops.clone();
            Callback::from(move |name: String| {
                let chosen = words::STOPS.iter().find(|(_, other)| *other == name);
                stops.set(chosen.map(|(stops, _)| *stops).unwrap_or_default());
            })
        };
        let which = Choice {
            id: "hand-stops".to_string(),
            label: Some(words::WHICH),
            of: words::STOPS.iter().map(|(_, name)| (*name, *name)).collect(),
            now: name(*self.stops).to_string(),
            on_choose: choose,
        };
        let cut = {
            let (hand, view, on_command) = (self.clone(), view.clone(), on_command.clone());
            Callback::from(move |_: MouseEvent| hand.cut_marked(&view, &on_command))
        };
        html! {
            <div class={classes!("hand", self.is_out.then_some("is-out"))}>
                <p class="hand-said" role="status">{ (*self.said).clone() }</p>
                <button type="button" class="button" aria-pressed={self.is_out.to_string()}
                    aria-label={words::BY_HAND} onclick={toggle}>{ words::CUT }</button>
                if *self.is_out {
                    { which.html() }
                    if !self.marked.is_empty() {
                        <button type="button" class="button is-main" onclick={cut}>{ words::cut_off(&self.marked) }</button>
                    }
                }
            </div>
        }
    }
}
