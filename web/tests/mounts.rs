//! The page as a component, in a real browser.
#![cfg(target_arch = "wasm32")]

use std::time::Duration;

use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use yew::platform::time::sleep;

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
async fn the_page_mounts_into_any_element_and_leaves_it_empty_when_it_goes() {
    let document = web_sys::window().unwrap().document().unwrap();
    let host = document.create_element("section").unwrap();
    document.body().unwrap().append_child(&host).unwrap();

    let page = yew::Renderer::<dynamo_web::App>::with_root(host.clone()).render();
    sleep(Duration::from_millis(50)).await;
    assert_eq!(host.query_selector_all("main").unwrap().length(), 1);

    page.destroy();
    sleep(Duration::from_millis(50)).await;
    assert_eq!(host.child_element_count(), 0);
}
