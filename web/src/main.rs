//! Starts the page.
fn main() {
    dynamo_web::trap::set();
    yew::Renderer::<dynamo_web::App>::new().render();
}
