//! The browser's storage, which may be blocked: then nothing is remembered, and nothing else
//! changes.

fn store() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok().flatten()
}

/// What was kept under a name.
pub fn read(name: &str) -> Option<String> {
    store()?.get_item(name).ok().flatten()
}

/// Keeps a text under a name, if that is allowed.
pub fn keep(name: &str, text: &str) {
    if let Some(store) = store() {
        // Blocked or full: the page works the same without it.
        let _ = store.set_item(name, text);
    }
}
