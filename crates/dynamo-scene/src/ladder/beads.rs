//! What happens at one place: beads that count, chips with what a disk holds, how operations begin
//! and end, crashes and starts.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use dynamo_core::Store;
use dynamo_sim::EventId;

use super::Thing;
use super::paint::{Painter, cross, endpoint_pick};
use super::read::{Local, What};
use crate::letters::{hue, spelled};
use crate::pick::Pick;
use crate::shape::{Anchor, Item, Point, Shape};
use crate::words;

/// Events at one place nearer than this are one bead.
const BEAD: f64 = 14.0;
/// The most versions in one chip.
const CHIPS: usize = 3;

impl Painter<'_> {
    /// What happens at one place, from top to bottom; what is close together becomes one bead.
    pub(super) fn locals(&mut self) {
        let reading = self.reading;
        for end in &self.window.lines {
            let Some(x) = self.x(*end) else { continue };
            let mut bead: Vec<(&Local<'_>, bool)> = Vec::new();
            let mut first = 0.0;
            for local in reading.locals.iter().filter(|local| local.at == *end) {
                let at = Point::new(x, reading.axis.y(local.time));
                if let What::Else(is_bad) = local.what {
                    if !bead.is_empty() && at.y - first > BEAD {
                        self.bead(&core::mem::take(&mut bead), Point::new(x, first));
                    }
                    if bead.is_empty() {
                        first = at.y;
                    }
                    bead.push((local, is_bad));
                } else {
                    self.local(local, at);
                }
            }
            if !bead.is_empty() {
                self.bead(&bead, Point::new(x, first));
            }
        }
    }

    fn bead(&mut self, bead: &[(&Local<'_>, bool)], at: Point) {
        let events: Vec<EventId> = bead.iter().map(|(local, _)| local.id).collect();
        let (Some(first), Some((local, _))) = (events.first(), bead.first()) else { return };
        let id = format!("bead.{}", first.0);
        let bad = if bead.iter().any(|(_, is_bad)| *is_bad) { " bad" } else { "" };
        let radius = if bead.len() > 1 { 7.5 } else { 4.0 };
        let class = format!("bead{bad}{}", self.because(&events));
        let told = events.iter().map(|id| self.source.words(*id));
        let title = told.collect::<Vec<String>>().join(" ");
        let shape = Shape::Circle { at, radius };
        self.items.push(Item::new(id.clone(), class, shape).titled(title));
        if bead.len() > 1 {
            let text = bead.len().to_string();
            let shape = Shape::Text { at, text, size: 10.5, anchor: Anchor::Middle };
            self.items.push(Item::new(format!("{id}.count"), "bead-count", shape));
        }
        let pick = Some(endpoint_pick(local.at));
        self.things.push(Thing { events: events.clone(), pick, from: at, to: at });
        self.badge(&events, at.shifted(17.0, -8.0));
    }

    fn local(&mut self, local: &Local<'_>, at: Point) {
        let id = local.id;
        let title = self.source.words(id);
        let name = format!("local.{}", id.0);
        let because = self.because(&[id]);
        let mut pick = endpoint_pick(local.at);
        let mut place = at;
        match &local.what {
            What::Crashes => {
                let item = Item::new(name, format!("cross{because}"), cross(at, 8.0));
                self.items.push(item.titled(title));
            }
            What::Starts => {
                let shape = Shape::Circle { at, radius: 5.5 };
                self.items.push(Item::new(name, format!("start{because}"), shape).titled(title));
            }
            What::Begins(request) => {
                pick = Pick::Request(*request);
                let class = if self.is_picked(&pick) { "begins picked" } else { "begins" };
                let shape = Shape::Rectangle { at, width: 15.0, height: 9.0, corner: 3.0 };
                let item = Item::new(name.clone(), format!("{class}{because}"), shape);
                self.items.push(item.titled(title));
                let (text, anchor) = (request.to_string(), Anchor::End);
                let shape = Shape::Text { at: at.shifted(-10.0, 0.0), text, size: 11.5, anchor };
                self.items.push(Item::new(format!("{name}.words"), "ladder-words", shape));
            }
            What::Ends(request, ended) => {
                pick = Pick::Request(*request);
                let tone = words::tone(ended);
                let picked = if self.is_picked(&pick) { " picked" } else { "" };
                let class = format!("outcome {}{picked}{because}", tone.class());
                let shape = Shape::Circle { at, radius: 8.0 };
                self.items.push(Item::new(name.clone(), class, shape).titled(title));
                let (text, anchor) = (tone.sign().to_string(), Anchor::Middle);
                let shape = Shape::Text { at, text, size: 11.0, anchor };
                self.items.push(Item::new(format!("{name}.sign"), "outcome-letter", shape));
            }
            What::Stores(slot, versions) => {
                place = at.shifted(12.0, 0.0);
                let held = match self.source.letters.is_about(&slot.key) {
                    true => self.source.letters.versions(versions),
                    false => Vec::new(),
                };
                let hint = if slot.store == Store::Main { "" } else { " hint" };
                self.chip(&name, place, &held, &format!("{hint}{because}"), title);
            }
            What::Else(_) => {}
        }
        let events = alloc::vec![id];
        self.badge(&events, place.shifted(14.0, -9.0));
        self.things.push(Thing { events, pick: Some(pick), from: place, to: place });
    }

    /// What a disk holds from here on, beside the lifeline.
    fn chip(&mut self, id: &str, at: Point, held: &[usize], state: &str, title: String) {
        let hued = held.first().map_or("plain", |number| hue(*number));
        let text = spelled(&held[..held.len().min(CHIPS)]);
        let width = (7.0 * text.chars().count() as f64 + 7.0).max(10.0);
        let at = at.shifted(width / 2.0 - 6.0, 0.0);
        let shape = Shape::Rectangle { at, width, height: 14.0, corner: 3.0 };
        let class = format!("stored {hued}{state}");
        self.items.push(Item::new(id.to_string(), class, shape).titled(title));
        if !text.is_empty() {
            let shape = Shape::Text { at, text, size: 11.0, anchor: Anchor::Middle };
            let class = format!("stored-letter {hued}{state}");
            self.items.push(Item::new(format!("{id}.letter"), class, shape));
        }
    }
}
