//! The console: what a person can do to the run.

use yew::prelude::*;

use super::client::ClientPanel;
use super::faults::FaultsPanel;
use super::new_run::NewRunPanel;
use super::settings::SettingsPanel;
use crate::parts::Tabs;
use crate::shown::PanelProps;

const TABS: [&str; 4] = ["Clients", "Faults", "Settings", "New run"];

/// All panels stay in place, so that nothing typed is lost; one is shown.
#[component]
pub fn Console(props: &PanelProps) -> Html {
    let tab = use_state_eq(|| 0usize);
    let on_select = {
        let tab = tab.setter();
        Callback::from(move |index| tab.set(index))
    };
    let names = TABS.iter().map(|name| ((*name).into(), None)).collect::<Vec<_>>();
    let PanelProps { shown, dispatch } = props.clone();
    let panels = [
        html! { <ClientPanel shown={shown.clone()} dispatch={dispatch.clone()} /> },
        html! { <FaultsPanel shown={shown.clone()} dispatch={dispatch.clone()} /> },
        html! { <SettingsPanel shown={shown.clone()} dispatch={dispatch.clone()} /> },
        html! { <NewRunPanel {shown} {dispatch} /> },
    ];
    html! {
        <>
            <Tabs prefix="console" label="Console" {names} selected={*tab} {on_select} />
            { for panels.into_iter().enumerate().map(|(index, panel)| html! {
                <div key={index} class="panel" role="tabpanel" id={format!("console-panel-{index}")}
                    aria-labelledby={format!("console-tab-{index}")} hidden={index != *tab}>
                    { panel }
                </div>
            }) }
        </>
    }
}
