//! Ways of carrying out requests, as words of a script.

use alloc::string::{String, ToString};
use core::fmt::{self, Display};

use dynamo_core::{CoordinatorChoice, Detector, NotFound, Strictness};

use serde::{Deserialize, Serialize};

use super::setup::number;

/// Who coordinates what clients ask for without naming a node (6.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Driven {
    /// A node, chosen as a load balancer would: by chance.
    #[default]
    Server,
    /// The client's own library, by the ring that it polls.
    Client,
}

impl Driven {
    /// Both.
    pub const ALL: [Driven; 2] = [Driven::Server, Driven::Client];
}

impl Display for Driven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Driven::Server => "server",
            Driven::Client => "client",
        })
    }
}

/// Reads `server` or `client`.
pub(super) fn driven(text: &str) -> Result<Driven, String> {
    one_of(&Driven::ALL, text, "server or client")
}

/// Reads `sloppy`, `strict` or `primaries-2`.
pub fn strictness(text: &str) -> Result<Strictness, String> {
    match text {
        "sloppy" => Ok(Strictness::Sloppy),
        "strict" => Ok(Strictness::Strict),
        _ => {
            let count = text.strip_prefix("primaries-").and_then(|it| number(it, 1, 64).ok());
            let count = count.map(|count| Strictness::Primaries(count as u8));
            count.ok_or_else(|| "sloppy, strict or primaries-2".to_string())
        }
    }
}

/// Reads `counts`, `waits` or `majority`.
pub(super) fn not_found(text: &str) -> Result<NotFound, String> {
    one_of(&NotFound::ALL, text, "counts, waits or majority")
}

/// Reads `any`, `first` or `fastest`.
pub(super) fn coordinator(text: &str) -> Result<CoordinatorChoice, String> {
    one_of(&CoordinatorChoice::ALL, text, "any, first or fastest")
}

/// Reads `timeouts`, `phi`, `contrary` or `erratic`.
pub(super) fn detector(text: &str) -> Result<Detector, String> {
    one_of(&Detector::ALL, text, "timeouts, phi, contrary or erratic")
}

fn one_of<T: Copy + Display>(all: &[T], text: &str, expected: &str) -> Result<T, String> {
    let found = all.iter().find(|choice| choice.to_string() == text);
    found.copied().ok_or_else(|| expected.to_string())
}
