//! Starts the page.
fn main() {
    yew::Renderer::<dynamo_web::App>::new().render();
}
