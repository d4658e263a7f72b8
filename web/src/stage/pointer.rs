//! Pointers: what they press, where, and when a press becomes a stroke.

use dynamo_scene::layout::{HEIGHT, WIDTH};
use dynamo_scene::shape::Point;
use dynamo_scene::{Layer, Touch, in_crowd};
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, MouseEvent, PointerEvent};

use super::Sight;

/// So near to a message of a crowd a pointer means it, in the scene.
const REACH: f64 = 14.0;
/// A pointer that moved less than this, in pixels of the page, has clicked.
const CLICK: f64 = 8.0;

/// Places on its way are at least so far apart, in the scene.
const STEP: f64 = 5.0;

/// A pointer that is down.
#[derive(Clone, Debug)]
pub struct Press {
    pointer: i32,
    x: f64,
    y: f64,
    /// Where it went down, in the scene.
    pub place: Point,
    /// What a click does, by what was under it or, in a crowd, near: that may move on meanwhile.
    pub touch: Option<Touch>,
    /// Its way in the scene, if it draws.
    pub line: Vec<Point>,
}

impl Press {
    /// A press begins.
    pub fn begin(event: &PointerEvent, field: Option<Element>, sight: &Sight) -> Option<Press> {
        let place = place_in(&field?, event);
        let (x, y) = (f64::from(event.client_x()), f64::from(event.client_y()));
        let touch = match item_at(event) {
            Some(item) => sight.touch(&item),
            None => {
                let view = &sight.views[Layer::Messages as usize];
                in_crowd(view, place, REACH).map(Touch::Pick)
            }
        };
        Some(Press { pointer: event.pointer_id(), x, y, place, touch, line: Vec::new() })
    }

    /// It draws on to a place.
    pub fn draw_to(&mut self, place: Point) {
        if self.line.is_empty() {
            self.line.push(self.place);
        }
        if self.line.last().is_none_or(|last| last.distance(place) >= STEP) {
            self.line.push(place);
        }
    }

    /// Whether the same pointer has moved too far for a click.
    pub fn is_drag(&self, event: &PointerEvent) -> bool {
        let (dx, dy) = (f64::from(event.client_x()) - self.x, f64::from(event.client_y()) - self.y);
        event.pointer_id() == self.pointer && dx * dx + dy * dy > CLICK * CLICK
    }
}

/// Where a pointer is in the scene, which is centred in its element as large as it fits.
pub fn place_in(field: &Element, event: &MouseEvent) -> Point {
    let area = field.get_bounding_client_rect();
    let scale = (area.width() / WIDTH).min(area.height() / HEIGHT).max(1e-6);
    let left = area.left() + (area.width() - WIDTH * scale) / 2.0;
    let top = area.top() + (area.height() - HEIGHT * scale) / 2.0;
    let (x, y) = (f64::from(event.client_x()), f64::from(event.client_y()));
    Point::new((x - left) / scale, (y - top) / scale)
}

/// The item that an event happened to, if it can be touched.
pub fn item_at(event: &Event) -> Option<String> {
    let target = event.target()?.dyn_into::<Element>().ok()?;
    target.closest("[data-id]").ok().flatten()?.get_attribute("data-id")
}
