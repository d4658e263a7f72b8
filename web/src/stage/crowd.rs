//! A crowd of messages: hundreds that all move. They are drawn by themselves, in frames in which
//! nothing else is; time stands still in these.

use std::cell::RefCell;
use std::rc::Rc;

use dynamo_sim::View;
use yew::functional::UseForceUpdateHandle;

/// Where a crowd is, and who draws it. All clones are one.
#[derive(Clone, Default)]
pub struct Crowd(Rc<RefCell<State>>);

#[derive(Default)]
struct State {
    view: Option<Rc<View>>,
    /// Whether it is still drawn where it was.
    is_late: bool,
    draws: Option<UseForceUpdateHandle>,
}

impl Crowd {
    /// It is as in this state by now; without a state there is none.
    pub fn set(&self, view: Option<&Rc<View>>) {
        let mut state = self.0.borrow_mut();
        let is_new = view
            .is_some_and(|view| state.view.as_ref().is_none_or(|before| !Rc::ptr_eq(before, view)));
        state.is_late |= is_new;
        state.view = view.cloned();
    }

    /// Draws it where it is by now; tells whether it was still drawn where it was.
    pub fn moves(&self) -> bool {
        let mut state = self.0.borrow_mut();
        let is_late = std::mem::take(&mut state.is_late) && state.view.is_some();
        let draws = state.draws.clone().filter(|_| is_late);
        drop(state);
        draws.iter().for_each(UseForceUpdateHandle::force_update);
        draws.is_some()
    }

    /// The state in which it is, if there is one.
    pub fn view(&self) -> Option<Rc<View>> {
        self.0.borrow().view.clone()
    }

    /// Who draws it.
    pub fn is_drawn_by(&self, draws: UseForceUpdateHandle) {
        self.0.borrow_mut().draws = Some(draws);
    }
}
