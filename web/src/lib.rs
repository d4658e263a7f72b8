//! The playground page.
use yew::prelude::*;

/// The whole page.
#[component]
pub fn App() -> Html {
    html! { <main>{ "Dynamo Playground" }</main> }
}
