//! The stage: the ring, drawn from a view.
//!
//! `dynamo-scene` says what stands where; here its shapes become keyed SVG elements
//! (`stage/paint.rs`), and pointers and keys become picks and acts (`stage/pointer.rs`).

mod hand;
mod paint;
mod pointer;

use std::rc::Rc;

use dynamo_core::{Key, NodeId};
use dynamo_scene::why::on_the_ring;
use dynamo_scene::{Item, Pick, Touch, seen, svg};
use dynamo_sim::{Command, View};
use web_sys::Element;
use yew::prelude::*;

use crate::part::{Hooks, Part};
use crate::shared_run::SharedRun;
use crate::why::Why;
use hand::Hand;
pub use paint::element;
use paint::{Layer, layer, touch_of};
use pointer::{Press, item_at, place_in};

/// The ring with everything on it.
pub struct Stage {
    /// The state at the playhead; its `moment` is the playhead.
    pub view: Rc<View>,
    /// The key whose versions give the hues.
    pub focus: Option<Key>,
    /// What is picked.
    pub pick: Option<Pick>,
    /// Through whose eyes; nobody's are how things stand.
    pub eyes: Option<NodeId>,
    /// What is explained, of which run.
    pub why: Option<(Rc<Why>, SharedRun)>,
    /// What differs from the run beside it, over everything.
    pub marks: Rc<Vec<Item>>,
    /// Which of two runs it shows.
    pub name: Option<String>,
    /// Told when something is picked.
    pub on_pick: Callback<Pick>,
    /// Told when an act is asked for: crash, restart, cut, heal.
    pub on_command: Callback<Command>,
}

impl PartialEq for Stage {
    fn eq(&self, other: &Self) -> bool {
        let why = |it: &Self| it.why.as_ref().map(|(why, _)| Rc::as_ptr(why));
        Rc::ptr_eq(&self.view, &other.view)
            && self.focus == other.focus
            && self.pick == other.pick
            && self.eyes == other.eyes
            && self.name == other.name
            && self.marks == other.marks
            && why(self) == why(other)
    }
}

impl Part for Stage {
    fn draw(&self, hooks: &mut Hooks<'_>) -> Html {
        let svg = hooks.node();
        let press = hooks.run(use_mut_ref(|| None::<Press>));
        let hand = Hand::of(hooks);
        let items = seen(&self.view, self.eyes, self.focus.as_ref(), self.pick.as_ref());
        let items = Rc::new(items);

        let touch = {
            let (items, on_pick, on_command) =
                (items.clone(), self.on_pick.clone(), self.on_command.clone());
            let hand = hand.clone();
            move |id: &str| {
                let touched = touch_of(&items, id);
                if *hand.is_out && hand.mark(touched) {
                    return;
                }
                match touched {
                    Some(Touch::Pick(pick)) => on_pick.emit(pick.clone()),
                    Some(Touch::Heal) => on_command.emit(Command::Heal),
                    None => {}
                }
            }
        };

        let onpointerdown = {
            let (press, svg, view) = (press.clone(), svg.clone(), self.view.clone());
            Callback::from(move |event: PointerEvent| {
                if event.is_primary() && event.button() == 0 {
                    *press.borrow_mut() = Press::begin(&event, svg.cast::<Element>(), &view);
                }
            })
        };
        let onpointermove = {
            let (press, svg, hand) = (press.clone(), svg.clone(), hand.clone());
            Callback::from(move |event: PointerEvent| {
                let mut press = press.borrow_mut();
                let (Some(press), Some(svg)) = (press.as_mut(), svg.cast::<Element>()) else {
                    return;
                };
                if event.buttons() != 0 && (!press.line.is_empty() || press.is_drag(&event)) {
                    // From here on moves are ours, also outside the stage; a refusal costs nothing.
                    let _ = svg.set_pointer_capture(event.pointer_id());
                    press.draw_to(place_in(&svg, &event));
                    hand.stroke.set(press.line.clone());
                }
            })
        };
        let onpointerup = {
            let (press, hand, touch) = (press.clone(), hand.clone(), touch.clone());
            let (on_command, on_pick) = (self.on_command.clone(), self.on_pick.clone());
            let view = self.view.clone();
            Callback::from(move |_: PointerEvent| {
                let Some(press) = press.borrow_mut().take() else { return };
                if press.line.is_empty() {
                    // What was pressed counts: a message may have moved on since.
                    press.item.iter().for_each(|id| touch(id));
                    press.near.into_iter().for_each(|pick| on_pick.emit(pick));
                } else {
                    hand.finish(&view, &press.line, &on_command);
                }
            })
        };
        let onpointercancel = {
            let (press, hand) = (press.clone(), hand.clone());
            Callback::from(move |_: PointerEvent| {
                *press.borrow_mut() = None;
                hand.rest();
            })
        };
        let onclick = {
            let touch = touch.clone();
            Callback::from(move |event: MouseEvent| {
                // Clicks by pointers were taken when they were let go; this one is by a machine that
                // reads the page aloud, or by a script.
                if event.detail() == 0 {
                    item_at(&event).iter().for_each(|id| touch(id));
                }
            })
        };
        let onkeydown = {
            let (press, hand, items) = (press.clone(), hand.clone(), items.clone());
            let (view, on_command) = (self.view.clone(), self.on_command.clone());
            Callback::from(move |event: KeyboardEvent| {
                if event.ctrl_key() || event.meta_key() || event.alt_key() {
                    return;
                }
                let item = item_at(&event);
                match event.key().as_str() {
                    "Enter" | " " => item.iter().for_each(|id| {
                        event.prevent_default();
                        touch(id);
                    }),
                    "x" | "X" => item.iter().for_each(|id| {
                        hand.mark(touch_of(&items, id));
                    }),
                    "c" | "C" if *hand.is_out => hand.cut_marked(&view, &on_command),
                    "Escape" if press.borrow_mut().take().is_some() => hand.rest(),
                    "Escape" if *hand.is_out => {
                        event.prevent_default();
                        hand.toggle();
                    }
                    _ => {}
                }
            })
        };

        let is_drawn = !hand.stroke.is_empty();
        html! {
            <div class="stage-frame">
            { hand.bar(&self.view, &self.on_command) }
            <svg
                ref={svg}
                class={classes!("stage", (is_drawn || *hand.is_out).then_some("cutting"))}
                viewBox={svg::view_box()}
                role="group"
                // Takes the focus while a line is drawn, so that Escape reaches it.
                tabindex="-1"
                aria-label={label(&self.view, self.name.as_deref())}
                data-nodes={self.view.nodes.len().to_string()}
                {onpointerdown} {onpointermove} {onpointerup} {onpointercancel} {onclick} {onkeydown}
            >
                <rect class="field" width="100%" height="100%" />
                { layers(&items) }
                { self.explanation() }
                <g key="twins" class="twins-differ" aria-hidden="true">{ for self.marks.iter().map(element) }</g>
                { hand.preview(&self.view) }
            </svg>
            </div>
        }
    }
}

impl Stage {
    /// What is explained, over everything: it is said in words beside the stage.
    fn explanation(&self) -> Html {
        let Some((why, run)) = &self.why else { return html! {} };
        let items = on_the_ring(&self.view, run.get().trace(), &why.told);
        html! { <g key="why" class="explains" aria-hidden="true">{ for items.iter().map(element) }</g> }
    }
}

/// Three layers: behind what the keyboard stops at, that itself, and in front of it.
fn layers(items: &Rc<Vec<Item>>) -> Html {
    let first = items.iter().position(|item| item.is_stop).unwrap_or(items.len());
    let last = items.iter().rposition(|item| item.is_stop).map_or(first, |last| last + 1);
    html! {
        <>
            { layer(Layer::Back, items, 0..first) }
            { layer(Layer::Stops, items, first..last) }
            { layer(Layer::Front, items, last..items.len()) }
        </>
    }
}

/// The whole stage in a sentence.
fn label(view: &View, name: Option<&str>) -> String {
    let up = view.nodes.values().filter(|node| node.is_up()).count();
    let all = view.nodes.len();
    let cut = if view.links.cuts.is_empty() { "" } else { ", the network is cut" };
    let name = name.map(|name| format!(" of “{name}”")).unwrap_or_default();
    format!("The ring{name}: {up} of {all} nodes are up{cut}")
}
