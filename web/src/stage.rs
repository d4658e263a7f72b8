//! The stage: the ring, drawn from a view.
//!
//! `dynamo-scene` says what stands where; here its shapes become keyed SVG elements
//! (`stage/paint.rs`), and pointers and keys become picks and acts (`stage/pointer.rs`).

mod crowd;
mod hand;
mod paint;
mod pointer;

use std::rc::Rc;

use dynamo_core::{Key, NodeId};
use dynamo_scene::why::on_the_ring;
use dynamo_scene::{Item, LAYERS, Layer, Pick, Touch, svg};
use dynamo_sim::{Command, View};
use web_sys::Element;
use yew::prelude::*;

use crate::part::{Hooks, Part};
use crate::shared_run::SharedRun;
use crate::shown::Shown;
use crate::why::Why;
pub use crowd::Crowd;
use hand::Hand;
pub use paint::element;
use pointer::{Press, item_at, place_in};

/// The ring with everything on it.
pub struct Stage {
    /// What is seen.
    pub sight: Sight,
    /// The messages, if there is a crowd of them.
    pub crowd: Crowd,
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

/// A state, and how it is seen.
#[derive(Clone)]
pub struct Sight {
    /// The state at the playhead of each layer; its `moment` is the playhead. While a crowd of
    /// messages moves, some are behind others, and the messages where the crowd is.
    pub views: Views,
    /// The key whose versions give the hues.
    pub focus: Option<Key>,
    /// What is picked.
    pub pick: Option<Pick>,
    /// Through whose eyes; nobody's are how things stand.
    pub eyes: Option<NodeId>,
}

/// A state for each layer, from the back to the front.
pub type Views = [Rc<View>; LAYERS.len()];

impl Sight {
    /// A state as it is shown.
    pub fn of(shown: &Shown, view: &Rc<View>) -> Self {
        let (focus, pick, eyes) = (shown.focus.clone(), shown.pick.clone(), shown.eyes);
        Sight { views: LAYERS.map(|_| view.clone()), focus, pick, eyes }
    }

    /// The state of the ring.
    fn view(&self) -> &Rc<View> {
        &self.views[Layer::Ring as usize]
    }

    fn items(&self, which: Layer) -> Vec<Item> {
        let view = &self.views[which as usize];
        dynamo_scene::layer(which, view, self.eyes, self.focus.as_ref(), self.pick.as_ref())
    }

    /// Whether a layer looks as it does there.
    fn is_as(&self, other: &Self, which: Layer) -> bool {
        Rc::ptr_eq(&self.views[which as usize], &other.views[which as usize])
            && self.focus == other.focus
            && self.pick == other.pick
            && self.eyes == other.eyes
    }

    /// The same, with the messages of a crowd where they are by now.
    fn with(self, crowd: &Crowd) -> Self {
        let mut sight = self;
        if let Some(view) = crowd.view() {
            sight.views[Layer::Messages as usize] = view;
        }
        sight
    }

    /// What a click on the item of this id does.
    fn touch(&self, id: &str) -> Option<Touch> {
        let mut items = LAYERS.into_iter().flat_map(|which| self.items(which));
        items.find(|item| item.id == id)?.touch
    }
}

impl PartialEq for Stage {
    fn eq(&self, other: &Self) -> bool {
        let why = |it: &Self| it.why.as_ref().map(|(why, _)| Rc::as_ptr(why));
        LAYERS.into_iter().all(|which| self.sight.is_as(&other.sight, which))
            && self.name == other.name
            && self.marks == other.marks
            && why(self) == why(other)
    }
}

impl Part for Stage {
    fn draw(&self, hooks: &mut Hooks<'_>) -> Html {
        let field = hooks.node();
        let press = hooks.run(use_mut_ref(|| None::<Press>));
        let hand = Hand::of(hooks);
        let Stage { sight, .. } = self;

        let act = {
            let (on_pick, on_command) = (self.on_pick.clone(), self.on_command.clone());
            let hand = hand.clone();
            move |touched: Option<Touch>| {
                if *hand.is_out && hand.mark(touched.as_ref()) {
                    return;
                }
                match touched {
                    Some(Touch::Pick(pick)) => on_pick.emit(pick),
                    Some(Touch::Heal) => on_command.emit(Command::Heal),
                    None => {}
                }
            }
        };
        let touched = {
            let (sight, crowd) = (sight.clone(), self.crowd.clone());
            move |id: &str| sight.clone().with(&crowd).touch(id)
        };

        let onpointerdown = {
            let (press, field, sight, crowd) =
                (press.clone(), field.clone(), sight.clone(), self.crowd.clone());
            Callback::from(move |event: PointerEvent| {
                if event.is_primary() && event.button() == 0 {
                    let sight = sight.clone().with(&crowd);
                    *press.borrow_mut() = Press::begin(&event, field.cast::<Element>(), &sight);
                }
            })
        };
        let onpointermove = {
            let (press, field, hand) = (press.clone(), field.clone(), hand.clone());
            Callback::from(move |event: PointerEvent| {
                let mut press = press.borrow_mut();
                let (Some(press), Some(field)) = (press.as_mut(), field.cast::<Element>()) else {
                    return;
                };
                if event.buttons() != 0 && (!press.line.is_empty() || press.is_drag(&event)) {
                    // From here on moves are ours, also outside the stage; a refusal costs nothing.
                    let _ = field.set_pointer_capture(event.pointer_id());
                    press.draw_to(place_in(&field, &event));
                    hand.stroke.set(press.line.clone());
                }
            })
        };
        let onpointerup = {
            let (press, hand, act) = (press.clone(), hand.clone(), act.clone());
            let on_command = self.on_command.clone();
            let view = sight.view().clone();
            Callback::from(move |_: PointerEvent| {
                let Some(press) = press.borrow_mut().take() else { return };
                if press.line.is_empty() {
                    act(press.touch);
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
            let (act, touched) = (act.clone(), touched.clone());
            Callback::from(move |event: MouseEvent| {
                // Clicks by pointers were taken when they were let go; this one is by a machine that
                // reads the page aloud, or by a script.
                if event.detail() == 0 {
                    item_at(&event).iter().for_each(|id| act(touched(id)));
                }
            })
        };
        let onkeydown = {
            let (press, hand, sight) = (press.clone(), hand.clone(), sight.clone());
            let on_command = self.on_command.clone();
            Callback::from(move |event: KeyboardEvent| {
                if event.ctrl_key() || event.meta_key() || event.alt_key() {
                    return;
                }
                let item = item_at(&event);
                match event.key().as_str() {
                    "Enter" | " " => item.iter().for_each(|id| {
                        event.prevent_default();
                        act(touched(id));
                    }),
                    "x" | "X" => item.iter().for_each(|id| {
                        hand.mark(touched(id).as_ref());
                    }),
                    "c" | "C" if *hand.is_out => hand.cut_marked(sight.view(), &on_command),
                    "Escape" if press.borrow_mut().take().is_some() => hand.rest(),
                    "Escape" if *hand.is_out => {
                        event.prevent_default();
                        hand.toggle();
                    }
                    _ => {}
                }
            })
        };

        let shapes = |which| {
            Shapes { which, sight: sight.clone(), crowd: self.crowd.clone() }.keyed(which as usize)
        };
        let is_drawn = !hand.stroke.is_empty();
        html! {
            <div class="stage-frame">
            { hand.bar(sight.view(), &self.on_command) }
            <div
                ref={field}
                class={classes!("stage-field", (is_drawn || *hand.is_out).then_some("cutting"))}
                role="group"
                // Takes the focus while a line is drawn, so that Escape reaches it.
                tabindex="-1"
                aria-label={label(sight.view(), self.name.as_deref())}
                data-nodes={sight.view().nodes.len().to_string()}
                {onpointerdown} {onpointermove} {onpointerup} {onpointercancel} {onclick} {onkeydown}
            >
                { for LAYERS.map(shapes) }
                <svg class="stage is-over" viewBox={svg::view_box()} aria-hidden="true">
                    { self.explanation() }
                    <g key="twins" class="twins-differ">{ for self.marks.iter().map(element) }</g>
                    { hand.preview(sight.view()) }
                </svg>
            </div>
            </div>
        }
    }
}

/// The shapes of a layer. Each is in a picture of its own, so that a browser looks at nothing else
/// when only one has changed. What the keyboard does not stop at, screen readers skip: it is said
/// elsewhere in words.
struct Shapes {
    which: Layer,
    sight: Sight,
    crowd: Crowd,
}

impl PartialEq for Shapes {
    fn eq(&self, other: &Self) -> bool {
        self.which == other.which && self.sight.is_as(&other.sight, self.which)
    }
}

impl Part for Shapes {
    fn draw(&self, hooks: &mut Hooks<'_>) -> Html {
        let again = hooks.run(use_force_update());
        let mut sight = self.sight.clone();
        if self.which == Layer::Messages {
            self.crowd.is_drawn_by(again);
            sight = sight.with(&self.crowd);
        }
        let is_over = (self.which != Layer::Ring).then_some("is-over");
        let hidden = (self.which != Layer::Stops).then_some("true");
        html! {
            <svg class={classes!("stage", is_over)} viewBox={svg::view_box()} aria-hidden={hidden}>
                // Always as large, whatever moves: so a browser keeps its layers as they are.
                <rect class="field" width="100%" height="100%" />
                { paint::runs(sight.items(self.which)) }
            </svg>
        }
    }
}

impl Stage {
    /// What is explained, over everything: it is said in words beside the stage.
    fn explanation(&self) -> Html {
        let Some((why, run)) = &self.why else { return html! {} };
        let items = on_the_ring(self.sight.view(), run.get().trace(), &why.told);
        html! { <g key="why" class="explains">{ for items.iter().map(element) }</g> }
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
