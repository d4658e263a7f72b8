//! The browser's storage, which may be blocked: then nothing is remembered, and nothing else
//! changes.

use web_sys::Storage;

fn store() -> Option<Storage> {
    web_sys::window()?.local_storage().ok().flatten()
}

/// The storage of this tab alone, for as long as it is open.
fn here() -> Option<Storage> {
    web_sys::window()?.session_storage().ok().flatten()
}

/// What was kept under a name.
pub fn read(name: &str) -> Option<String> {
    store()?.get_item(name).ok().flatten()
}

/// Keeps a text under a name, if that is allowed.
pub fn keep(name: &str, text: &str) {
    keep_in(store(), name, text);
}

/// What was kept under a name in this tab.
pub fn read_here(name: &str) -> Option<String> {
    here()?.get_item(name).ok().flatten()
}

/// Keeps a text under a name in this tab, if that is allowed.
pub fn keep_here(name: &str, text: &str) {
    keep_in(here(), name, text);
}

fn keep_in(store: Option<Storage>, name: &str, text: &str) {
    if let Some(store) = store {
        // Blocked or full: the page works the same without it, and nothing old is left.
        let _ = store.set_item(name, text).or_else(|_| store.remove_item(name));
    }
}
