//! Light, dark, or as the system has it.

use crate::part::{Hooks, Kept};
use crate::{address, storage};

/// Which colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// As the system has it.
    System,
    /// Dark letters on light ground.
    Light,
    /// Light letters on dark ground.
    Dark,
}

const NAME: &str = "theme";

impl Theme {
    /// The choices.
    pub const ALL: [Theme; 3] = [Theme::System, Theme::Light, Theme::Dark];

    /// Its name, also as an attribute.
    pub fn name(self) -> &'static str {
        match self {
            Theme::System => "system",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }

    /// The theme of this name.
    pub fn named(name: &str) -> Option<Theme> {
        Theme::ALL.into_iter().find(|theme| theme.name() == name)
    }

    fn wear(self) {
        let root = web_sys::window()
            .and_then(|window| window.document())
            .and_then(|document| document.document_element());
        if let Some(root) = root {
            // Setting a plain attribute fails only for names that are none.
            let _ = root.set_attribute("data-theme", self.name());
        }
    }
}

/// The theme of the address, else the chosen one: worn by the document, remembered where that is
/// allowed.
pub fn worn(hooks: &mut Hooks<'_>) -> Kept<Theme> {
    let remembered = || storage::read(NAME).and_then(|name| Theme::named(&name));
    let theme = hooks.keep(|| address::theme().or_else(remembered).unwrap_or(Theme::System));
    let chosen = *theme;
    hooks.after(chosen, move || {
        chosen.wear();
        // What an address asks for holds for that page alone.
        if address::theme().is_none() {
            storage::keep(NAME, chosen.name());
        }
    });
    theme
}
