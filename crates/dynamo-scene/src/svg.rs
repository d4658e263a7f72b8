//! A scene as a standalone SVG file.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::layout::{HEIGHT, WIDTH};
use crate::shape::{Item, number};

/// The SVG attribute `viewBox` of every scene.
pub fn view_box() -> String {
    format!("0 0 {} {}", number(WIDTH), number(HEIGHT))
}

/// The items as an SVG document with this title and this style sheet.
pub fn document(items: &[Item], title: &str, style: &str) -> String {
    document_above(items, None, title, style)
}

/// A picture of its own size.
#[derive(Clone, Debug)]
pub struct Picture {
    /// Its shapes.
    pub items: Vec<Item>,
    /// Its width.
    pub width: f64,
    /// Its height.
    pub height: f64,
}

/// The height of a document with a picture under the scene, as wide as the scene.
pub fn height_above(below: Option<&Picture>) -> f64 {
    HEIGHT + below.map_or(0.0, |below| below.height * WIDTH / below.width.max(1.0))
}

/// The items as an SVG document, with another picture below.
pub fn document_above(items: &[Item], below: Option<&Picture>, title: &str, style: &str) -> String {
    let (width, height) = (number(WIDTH), number(height_above(below)));
    let title = escaped(title);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"stage standalone\" role=\"img\" \
         width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         aria-label=\"{title}\">\n\
         <title>{title}</title>\n<style>{}</style>\n\
         <rect class=\"paper\" width=\"{width}\" height=\"{height}\"/>\n",
        // Within an element `>` stays as it is, and selectors need it.
        style.replace('&', "&amp;").replace('<', "&lt;"),
    );
    push(&mut text, items);
    if let Some(below) = below {
        let view_box = format!("0 0 {} {}", number(below.width), number(below.height));
        let (top, height) = (number(HEIGHT), number(height_above(Some(below)) - HEIGHT));
        text.push_str(&format!(
            "<svg y=\"{top}\" width=\"{width}\" height=\"{height}\" viewBox=\"{view_box}\">\n"
        ));
        push(&mut text, &below.items);
        text.push_str("</svg>\n");
    }
    text.push_str("</svg>\n");
    text
}

fn push(text: &mut String, items: &[Item]) {
    for item in items {
        text.push_str(&element(item));
        text.push('\n');
    }
}

/// One item as an SVG element.
pub fn element(item: &Item) -> String {
    let tag = item.shape.tag();
    let mut text =
        format!("<{tag} id=\"{}\" class=\"{}\"", escaped(&item.id), escaped(&item.class));
    for (name, value) in item.shape.attributes() {
        text.push_str(&format!(" {name}=\"{}\"", escaped(&value)));
    }
    if let Some(opacity) = item.opacity() {
        text.push_str(&format!(" opacity=\"{opacity}\""));
    }
    let title = item.title.as_ref().map(|title| format!("<title>{}</title>", escaped(title)));
    let inside = match item.shape.text() {
        Some(words) => title.unwrap_or_default() + &escaped(words),
        None => title.unwrap_or_default(),
    };
    if inside.is_empty() {
        text.push_str("/>");
    } else {
        text.push_str(&format!(">{inside}</{tag}>"));
    }
    text
}

/// Text that can stand in an element or in quotes. What XML cannot hold becomes a replacement
/// character.
pub fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\t' | '\n' | '\r' => safe.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => safe.push('\u{fffd}'),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::{Anchor, Point, Shape};

    #[test]
    fn text_from_a_run_never_becomes_markup() {
        let text = "</text><script>alert('1') & \"2\"\u{0}</script>";
        let shape = Shape::Text {
            at: Point::new(1.0, 2.0),
            text: text.into(),
            size: 10.0,
            anchor: Anchor::Middle,
        };
        let drawn = element(&Item::new(text, "name", shape).titled(text));
        assert_eq!(drawn.matches('<').count(), 4, "{drawn}");
        assert!(!drawn.contains("<script") && !drawn.contains('\u{0}'));
    }
}
