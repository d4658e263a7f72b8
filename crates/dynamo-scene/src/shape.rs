//! The shapes that a scene is made of, each with a stable id, and how numbers are written.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::pick::Pick;

/// A place in the scene: x to the right, y down.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// To the right.
    pub x: f64,
    /// Down.
    pub y: f64,
}

impl Point {
    /// This place.
    pub const fn new(x: f64, y: f64) -> Self {
        Point { x, y }
    }

    /// The place that lies this far along `dx`, `dy` from here.
    pub fn shifted(self, dx: f64, dy: f64) -> Self {
        Point { x: self.x + dx, y: self.y + dy }
    }

    /// How far apart two places are.
    pub fn distance(self, other: Point) -> f64 {
        libm::hypot(other.x - self.x, other.y - self.y)
    }
}

/// Where a text stands relative to its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// The text begins there.
    Start,
    /// The text is centred there.
    Middle,
    /// The text ends there.
    End,
}

impl Anchor {
    /// As the SVG attribute `text-anchor`.
    pub fn name(self) -> &'static str {
        match self {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        }
    }
}

/// What is drawn.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// A circle.
    Circle {
        /// Its centre.
        at: Point,
        /// Its radius.
        radius: f64,
    },
    /// A straight line.
    Line {
        /// From here.
        from: Point,
        /// To there.
        to: Point,
    },
    /// An upright rectangle.
    Rectangle {
        /// Its centre.
        at: Point,
        /// Its width.
        width: f64,
        /// Its height.
        height: f64,
        /// The radius of its corners.
        corner: f64,
    },
    /// Anything else, in SVG path commands.
    Path {
        /// The commands.
        d: String,
    },
    /// A line of text, centred vertically on its place.
    Text {
        /// Its place.
        at: Point,
        /// What it says.
        text: String,
        /// The size of its type.
        size: f64,
        /// How it stands to its place.
        anchor: Anchor,
    },
}

/// What happens when an item is clicked or tapped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Touch {
    /// It is picked.
    Pick(Pick),
    /// All cuts are healed.
    Heal,
}

/// One shape of a scene.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Made from names and event ids: the same thing keeps its id while it lasts.
    pub id: String,
    /// The CSS classes that give the look.
    pub class: String,
    /// What is drawn.
    pub shape: Shape,
    /// A sentence that says what it is.
    pub title: Option<String>,
    /// What a click does.
    pub touch: Option<Touch>,
    /// Whether the keyboard stops here. What can only be clicked is listed elsewhere for it.
    pub is_stop: bool,
    /// How much of it has faded, in percent.
    pub faded: u8,
}

impl Item {
    /// A plain item.
    pub fn new(id: impl Into<String>, class: impl Into<String>, shape: Shape) -> Self {
        let (id, class) = (id.into(), class.into());
        Item { id, class, shape, title: None, touch: None, is_stop: false, faded: 0 }
    }

    /// With a sentence.
    pub fn titled(self, title: impl Into<String>) -> Self {
        Item { title: Some(title.into()), ..self }
    }

    /// With something to pick.
    pub fn picking(self, pick: Pick) -> Self {
        Item { touch: Some(Touch::Pick(pick)), ..self }
    }

    /// What a click picks, if it picks something.
    pub fn pick(&self) -> Option<&Pick> {
        match &self.touch {
            Some(Touch::Pick(pick)) => Some(pick),
            Some(Touch::Heal) | None => None,
        }
    }

    /// A place where the keyboard stops.
    pub fn stopping(self) -> Self {
        Item { is_stop: true, ..self }
    }

    /// The SVG attribute `opacity`, if it is not fully visible.
    pub fn opacity(&self) -> Option<String> {
        (self.faded > 0).then(|| number(1.0 - f64::from(self.faded.min(100)) / 100.0))
    }
}

impl Shape {
    /// The name of its SVG element.
    pub fn tag(&self) -> &'static str {
        match self {
            Shape::Circle { .. } => "circle",
            Shape::Line { .. } => "line",
            Shape::Rectangle { .. } => "rect",
            Shape::Path { .. } => "path",
            Shape::Text { .. } => "text",
        }
    }

    /// The SVG attributes that say where it is.
    pub fn attributes(&self) -> Vec<(&'static str, String)> {
        match self {
            Shape::Circle { at, radius } => {
                alloc::vec![("cx", number(at.x)), ("cy", number(at.y)), ("r", number(*radius)),]
            }
            Shape::Line { from, to } => alloc::vec![
                ("x1", number(from.x)),
                ("y1", number(from.y)),
                ("x2", number(to.x)),
                ("y2", number(to.y)),
            ],
            Shape::Rectangle { at, width, height, corner } => alloc::vec![
                ("x", number(at.x - width / 2.0)),
                ("y", number(at.y - height / 2.0)),
                ("width", number(*width)),
                ("height", number(*height)),
                ("rx", number(*corner)),
            ],
            Shape::Path { d } => alloc::vec![("d", d.clone())],
            Shape::Text { at, size, anchor, .. } => alloc::vec![
                ("x", number(at.x)),
                // Most digits and capitals are about 0.7 of the type size high.
                ("y", number(at.y + size * 0.35)),
                ("font-size", number(*size)),
                ("text-anchor", anchor.name().to_string()),
            ],
        }
    }

    /// It as path commands; nothing for a text.
    pub fn path(&self) -> String {
        match self {
            Shape::Circle { at, radius } => {
                let (r, across) = (number(*radius), number(radius * 2.0));
                let left = place(at.shifted(-radius, 0.0));
                format!("M{left}a{r} {r} 0 1 0 {across} 0a{r} {r} 0 1 0 -{across} 0Z")
            }
            Shape::Line { from, to } => format!("M{}L{}", place(*from), place(*to)),
            Shape::Rectangle { at, width, height, .. } => {
                let corner = place(at.shifted(-width / 2.0, -height / 2.0));
                let (width, height) = (number(*width), number(*height));
                format!("M{corner}h{width}v{height}h-{width}Z")
            }
            Shape::Path { d } => d.clone(),
            Shape::Text { .. } => String::new(),
        }
    }

    /// The words of a text.
    pub fn text(&self) -> Option<&str> {
        match self {
            Shape::Text { text, .. } => Some(text),
            _ => None,
        }
    }
}

/// A number with at most two decimals, never `-0`.
pub fn number(value: f64) -> String {
    let mut text = String::new();
    push_number(&mut text, value);
    text
}

/// Writes a number as [`number`] does. By hand: a scene writes thousands for every frame.
fn push_number(text: &mut String, value: f64) {
    let hundredths = libm::round(value * 100.0) as i64;
    let mut digits = [0u8; 24];
    let mut at = digits.len();
    let mut rest = hundredths.unsigned_abs();
    let mut place = 0;
    let mut is_begun = false;
    while rest > 0 || place < 3 {
        let digit = (rest % 10) as u8;
        rest /= 10;
        // Zeros at the end behind the point are left out, and the point with them.
        is_begun |= digit != 0 || place >= 2;
        if is_begun {
            at -= 1;
            digits[at] = b'0' + digit;
            if place == 1 {
                at -= 1;
                digits[at] = b'.';
            }
        }
        place += 1;
    }
    if hundredths < 0 {
        at -= 1;
        digits[at] = b'-';
    }
    text.push_str(core::str::from_utf8(&digits[at..]).unwrap_or_default());
}

/// A place as it stands in path commands.
pub fn place(point: Point) -> String {
    let mut text = String::with_capacity(16);
    push_place(&mut text, point);
    text
}

/// Writes a place as [`place`] does.
pub(crate) fn push_place(text: &mut String, point: Point) {
    push_number(text, point.x);
    text.push(' ');
    push_number(text, point.y);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_at_most_two_decimals_and_no_negative_zero() {
        let written: Vec<String> =
            [0.0, -0.001, 1.0, -2.5, 3.1234, 0.05, 99.999].iter().map(|it| number(*it)).collect();
        assert_eq!(written, ["0", "0", "1", "-2.5", "3.12", "0.05", "100"]);
    }

    #[test]
    fn numbers_are_written_as_they_read_back() {
        for hundredths in (-100_500..100_500).step_by(7) {
            let value = f64::from(hundredths) / 100.0;
            assert_eq!(number(value).parse::<f64>(), Ok(value));
            assert!(!number(value).ends_with('.'));
        }
    }

    #[test]
    fn what_is_not_a_number_does_not_panic() {
        assert_eq!(number(f64::NAN), "0");
        let _ = (number(f64::INFINITY), number(f64::NEG_INFINITY), number(f64::MAX));
    }
}
