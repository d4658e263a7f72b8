//! Parts of the page that keep something, or are drawn anew only when what they show changes.
//!
//! Yew compiles its whole lifecycle anew for every component and every type of state, some seven
//! kilobytes each. So all parts are one component to it, [`Memo`], and all that they keep is of
//! one type to it; the real types come back here, in a few lines each.

use std::any::{Any, type_name};
use std::fmt::Display;
use std::marker::PhantomData;
use std::ops::Deref;
use std::rc::Rc;

use wasm_bindgen::UnwrapThrowExt;
use yew::functional::{Hook, HookContext, TearDown};
use yew::prelude::*;

use crate::page::Page;
use crate::playback::behind_paint;
use crate::shown::{Dispatch, Shown};

/// Something that is drawn, and drawn again when it differs from what it was.
pub trait Part: PartialEq + 'static {
    /// What it looks like. Asks for what it keeps in the same order every time.
    fn draw(&self, hooks: &mut Hooks<'_>) -> Html;

    /// It as a part of the page.
    fn html(self) -> Html
    where
        Self: Sized,
    {
        // Two parts must never pass for one: what they keep differs.
        memo(type_name::<Self>().into(), Rc::new(self))
    }

    /// It as one of several of its kind, told apart by `key`.
    fn keyed(self, key: impl Display) -> Html
    where
        Self: Sized,
    {
        memo(format!("{} {key}", type_name::<Self>()).into(), Rc::new(self))
    }
}

fn memo(key: yew::virtual_dom::Key, part: Rc<dyn Drawn>) -> Html {
    html! { <Memo {key} {part} /> }
}

/// A value whose type was forgotten, but not how to compare it.
trait Value: Any {
    fn equals(&self, other: &dyn Any) -> bool;
}

impl<T: PartialEq + 'static> Value for T {
    fn equals(&self, other: &dyn Any) -> bool {
        other.downcast_ref::<T>().is_some_and(|other| self == other)
    }
}

/// A part whose type was forgotten.
trait Drawn: Value {
    fn drawn(&self, hooks: &mut Hooks<'_>) -> Html;
}

impl<T: Part> Drawn for T {
    fn drawn(&self, hooks: &mut Hooks<'_>) -> Html {
        self.draw(hooks)
    }
}

/// What a [`Memo`] draws.
#[derive(Clone, Properties)]
pub struct MemoProps {
    part: Rc<dyn Drawn>,
}

impl Default for MemoProps {
    fn default() -> Self {
        MemoProps { part: Rc::new(Page) }
    }
}

impl PartialEq for MemoProps {
    fn eq(&self, other: &Self) -> bool {
        let other: &dyn Any = &*other.part;
        self.part.equals(other)
    }
}

/// The page as a component.
pub type App = Memo;

/// The component that every part is; by itself it is the whole page.
#[component]
pub fn Memo(props: &MemoProps) -> Html {
    use_part(&*props.part)
}

fn use_part(part: &dyn Drawn) -> impl Hook<Output = Html> {
    struct Draws<'a>(&'a dyn Drawn);
    impl Hook for Draws<'_> {
        type Output = Html;
        fn run(self, context: &mut HookContext) -> Html {
            self.0.drawn(&mut Hooks(context))
        }
    }
    Draws(part)
}

/// Where a part keeps what it keeps.
#[derive(Debug)]
pub struct Hooks<'a>(&'a mut HookContext);

impl Hooks<'_> {
    /// Any hook of Yew.
    pub fn run<H: Hook>(&mut self, hook: H) -> H::Output {
        hook.run(self.0)
    }

    /// A value that stays from one drawing to the next; another one draws the part anew.
    pub fn keep<T: PartialEq + 'static>(&mut self, first: impl FnOnce() -> T) -> Kept<T> {
        let state = self.state(Box::new(move || Same(Rc::new(first()))));
        Kept { state, of: PhantomData }
    }

    fn state(&mut self, first: Box<dyn FnOnce() -> Same + '_>) -> UseStateHandle<Same> {
        self.run(use_state_eq(first))
    }

    /// What was made for the same reason before, or else made now.
    pub fn made<B: Clone + PartialEq + 'static, T: Clone + 'static>(
        &mut self,
        because: &B,
        make: impl FnOnce() -> T,
    ) -> T {
        let last = self.run(use_mut_ref(|| None::<(B, T)>));
        let mut last = last.borrow_mut();
        if last.as_ref().is_none_or(|(before, _)| before != because) {
            *last = None;
        }
        last.get_or_insert_with(|| (because.clone(), make())).1.clone()
    }

    /// A place for an element of the part.
    pub fn node(&mut self) -> NodeRef {
        self.run(use_node_ref())
    }

    /// What to do once the part stands and whenever `because` changes, and how that ends.
    pub fn after<C: TearDown>(
        &mut self,
        because: impl PartialEq + 'static,
        then: impl FnOnce() -> C + 'static,
    ) {
        let then = move || -> End {
            let end = then();
            Box::new(move || end.tear_down())
        };
        self.effect(Same(Rc::new(because)), Box::new(then));
    }

    /// The value, once everything else that it changed is painted: who clicks sees at once that he
    /// was heard, and what takes long to draw is drawn after that.
    pub fn painted<T: Clone + PartialEq + 'static>(&mut self, value: T) -> T {
        let kept = self.keep(|| value.clone());
        let shown = (*kept).clone();
        self.after((value.clone(), shown.clone()), move || {
            let waits = *kept != value;
            let waits = waits.then(|| behind_paint(move || kept.set(value.clone())));
            move || drop(waits)
        });
        shown
    }

    fn effect(&mut self, because: Same, then: Box<dyn FnOnce() -> End>) {
        self.run(use_effect_with(because, move |_: &Same| then()));
    }
}

type End = Box<dyn FnOnce()>;

/// Equal to another value of the same type and look.
#[derive(Clone)]
struct Same(Rc<dyn Value>);

impl PartialEq for Same {
    fn eq(&self, other: &Self) -> bool {
        let other: &dyn Any = &*other.0;
        self.0.equals(other)
    }
}

/// A value that a part keeps.
pub struct Kept<T> {
    state: UseStateHandle<Same>,
    of: PhantomData<T>,
}

impl<T> Clone for Kept<T> {
    fn clone(&self) -> Self {
        Kept { state: self.state.clone(), of: PhantomData }
    }
}

impl<T> PartialEq for Kept<T> {
    fn eq(&self, other: &Self) -> bool {
        self.state == other.state
    }
}

impl<T: 'static> Deref for Kept<T> {
    type Target = T;

    fn deref(&self) -> &T {
        let value: &dyn Any = &*self.state.0;
        value.downcast_ref().expect_throw("a part keeps its values in one order")
    }
}

impl<T: PartialEq + 'static> Kept<T> {
    /// Keeps another value from now on.
    pub fn set(&self, value: T) {
        self.state.set(Same(Rc::new(value)));
    }
}

/// Draws a room from what is shown in it.
pub type DrawRoom = fn(&Shown, &Dispatch, &mut Hooks<'_>) -> Html;

/// A room: told by its name, drawn anew when what it shows has changed.
struct Room {
    name: &'static str,
    shown: Shown,
    dispatch: Dispatch,
    draw: DrawRoom,
}

impl PartialEq for Room {
    fn eq(&self, other: &Self) -> bool {
        // A name stands for one way to draw.
        self.name == other.name && self.shown == other.shown && self.dispatch == other.dispatch
    }
}

impl Part for Room {
    fn draw(&self, hooks: &mut Hooks<'_>) -> Html {
        (self.draw)(&self.shown, &self.dispatch, hooks)
    }
}

/// The room of this name.
pub fn room(name: &'static str, draw: DrawRoom, shown: &Shown, dispatch: &Dispatch) -> Html {
    Room { name, shown: shown.clone(), dispatch: dispatch.clone(), draw }.keyed(name)
}
