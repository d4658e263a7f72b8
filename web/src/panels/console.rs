//! The console: what a person can do to the run.

use yew::prelude::*;

use super::{client, dare, faults, load, new_run, settings};
use crate::part::{DrawRoom, Hooks, room};
use crate::parts::tabs;
use crate::reload;
use crate::shown::{Dispatch, Shown};

const TABS: [(&str, DrawRoom); 6] = [
    ("Clients", client::draw),
    ("Faults", faults::draw),
    ("Settings", settings::draw),
    ("Load", load::draw),
    ("Dare", dare::draw),
    ("New run", new_run::draw),
];

/// A panel that was shown once stays in place, so that nothing typed is lost; one is shown.
pub fn draw(shown: &Shown, dispatch: &Dispatch, hooks: &mut Hooks<'_>) -> Html {
    let tab = hooks.keep(|| 0usize);
    let stays = hooks.keep(|| TABS.map(|(name, _)| name == "Clients" || reload::is_resumed()));
    let on_select = {
        let (tab, stays) = (tab.clone(), stays.clone());
        Callback::from(move |index| {
            tab.set(index);
            stays.set(std::array::from_fn(|at| at == index || stays[at]));
        })
    };
    let drawn = hooks.painted(*stays);
    let names = TABS.map(|(name, _)| (name, None));
    html! {
        <>
            { tabs("console", "Console", &names, *tab, &on_select) }
            { for TABS.iter().enumerate().map(|(index, (name, draw))| html! {
                <div key={index} class="panel" role="tabpanel" id={format!("console-panel-{index}")}
                    aria-labelledby={format!("console-tab-{index}")} hidden={index != *tab}>
                    if drawn[index] { { room(name, *draw, shown, dispatch) } }
                </div>
            }) }
        </>
    }
}
