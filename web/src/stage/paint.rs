//! Shapes as keyed SVG elements: from frame to frame only what differs is touched.

use dynamo_scene::Item;
use yew::prelude::*;
use yew::virtual_dom::{Key, VTag};

/// A group of shapes that the keyboard and screen readers meet.
pub fn layer(name: &'static str, items: &[Item]) -> Html {
    html! { <g key={name}>{ for items.iter().map(element) }</g> }
}

/// A group of shapes that screen readers skip: what they show is said elsewhere in words.
pub fn silent_layer(name: &'static str, items: &[Item]) -> Html {
    html! { <g key={name} aria-hidden="true">{ for items.iter().map(element) }</g> }
}

fn element(item: &Item) -> Html {
    let mut tag = VTag::new(item.shape.tag());
    tag.key = Some(Key::from(item.id.clone()));
    tag.add_attribute("class", item.class.clone());
    for (name, value) in item.shape.attributes() {
        tag.add_attribute(name, value);
    }
    if let Some(opacity) = item.opacity() {
        tag.add_attribute("opacity", opacity);
    }
    if item.touch.is_some() {
        tag.add_attribute("data-id", item.id.clone());
    }
    let words = item.shape.text().map(ToString::to_string);
    if item.is_stop {
        tag.add_attribute("tabindex", "0");
        tag.add_attribute("role", "button");
        if let Some(title) = &item.title {
            tag.add_attribute("aria-label", title.clone());
        }
    } else if let Some(title) = &item.title {
        tag.add_child(html! { <title>{ title.clone() }</title> });
    }
    if let Some(words) = words {
        tag.add_child(html! { { words } });
    }
    tag.into()
}
