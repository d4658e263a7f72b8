//! Where somebody looks in a run. It travels along in links and files, so that whoever opens them
//! sees the same.

use alloc::string::{String, ToString};

use dynamo_core::{Key, NodeId};

use crate::time::Moment;

/// The longest name of something picked, in characters.
const MAX_PICK: usize = 40;

/// A playhead and a selection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sight {
    /// Where the playhead stands.
    pub moment: Moment,
    /// The key in focus.
    pub key: Option<Key>,
    /// What is picked, by its name: a node `n3`, a client `c1`, a request `c1.2`, ... Whoever
    /// draws the run knows more names; one that means nothing there picks nothing.
    pub pick: Option<PickName>,
    /// Through whose eyes; without a node, as things stand.
    pub eyes: Option<NodeId>,
}

/// The name of something picked: letters, digits, dots and dashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PickName(String);

impl PickName {
    /// Checks a name.
    pub fn new(name: &str) -> Option<Self> {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
        let fits = (1..=MAX_PICK).contains(&name.len()) && name.chars().all(plain);
        fits.then(|| PickName(name.to_string()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
