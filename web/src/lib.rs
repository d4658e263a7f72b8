//! The playground page.
pub mod stage;

use yew::prelude::*;

/// The whole page.
#[component]
pub fn App() -> Html {
    html! { <main><h1>{ "Dynamo Playground" }</h1></main> }
}
