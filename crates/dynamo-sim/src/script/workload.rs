//! A steady mix of reads and writes from several clients: one line instead of hundreds.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use dynamo_core::{ClientId, Duration, Key, RequestId, Value};
use serde::{Deserialize, Serialize};

use super::MAX_CLIENTS;
use super::command::{Command, ContextChoice, OperationCommand, OperationKind};
use super::setup::Rate;
use super::words::{ParseError, Token, Words, duration};
use crate::chance::Seed;
use crate::time::Time;

/// The most operations of one workload.
pub const MAX_WORKLOAD: u64 = 5_000;
/// The most keys of one workload.
const MAX_KEYS: u16 = 1_000;
/// The most operations a second.
const MAX_RATE: u16 = 1_000;

/// Who asks for what, how often and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workload {
    /// Clients c1, c2, ... take turns by chance.
    pub clients: u16,
    /// Operations a second, of all clients together, on average.
    pub rate: u16,
    /// The share of reads.
    pub reads: Rate,
    /// Keys k1, k2, ...
    pub keys: u16,
    /// 0: all keys are asked for alike; 1: the second half as often as the first, the third a third
    /// as often (Zipf).
    pub skew: u8,
    /// From its first to its last operation.
    pub length: Duration,
}

impl Default for Workload {
    fn default() -> Self {
        Workload {
            clients: 3,
            rate: 20,
            reads: Rate::share("0.5").unwrap_or_default(),
            keys: 5,
            skew: 1,
            length: Duration::seconds(10),
        }
    }
}

impl fmt::Display for Workload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Workload { clients, rate, reads, keys, skew, length } = self;
        write!(
            f,
            "workload clients={clients} rate={rate} reads={reads} keys={keys} skew={skew} \
             length={length}"
        )
    }
}

impl Workload {
    /// How many operations it may come to.
    fn most(&self) -> u64 {
        u64::from(self.rate).saturating_mul(self.length.as_micros()).div_ceil(1_000_000)
    }

    /// Takes in one field; the error says what was expected.
    fn read(&mut self, field: &str) -> Result<(), String> {
        let within = |text: &str, least: u16, most: u16| {
            let number = text.parse::<u16>().ok().filter(|it| (least..=most).contains(it));
            number.ok_or_else(|| format!("a whole number from {least} to {most}"))
        };
        match field.split_once('=') {
            Some(("clients", text)) => self.clients = within(text, 1, MAX_CLIENTS)?,
            Some(("rate", text)) => self.rate = within(text, 1, MAX_RATE)?,
            Some(("keys", text)) => self.keys = within(text, 1, MAX_KEYS)?,
            Some(("skew", text)) => self.skew = within(text, 0, 1)? as u8,
            Some(("reads", text)) => self.reads = Rate::share(text)?,
            Some(("length", text)) => self.length = duration(text)?,
            _ => return Err("clients=3, rate=20, reads=0.5, keys=5, skew=1 or length=10s".into()),
        }
        Ok(())
    }

    /// Until its next operation: on average 1 / rate.
    pub fn pause(&self, seed: Seed, began: Time, index: u32) -> Duration {
        let longest = 2_000_000 / u64::from(self.rate.max(1));
        Duration::micros(seed.draw("workload-pause", &(self, began, index)).below(longest + 1))
    }

    /// Its operation of this index; `numbered` names it for a client.
    pub fn operation(
        &self,
        seed: Seed,
        began: Time,
        index: u32,
        numbered: impl FnOnce(ClientId) -> RequestId,
    ) -> Option<OperationCommand> {
        let draw = |purpose| seed.draw(purpose, &(self, began, index));
        let client = draw("workload-client").below(self.clients.max(1).into()) as u16 + 1;
        let request = numbered(ClientId(client));
        let share = |key: u64| if self.skew == 0 { 1 } else { 1_000_000 / key };
        let all = (1..=u64::from(self.keys)).map(share).sum();
        let mut left = draw("workload-key").below(all);
        let key = (1..u64::from(self.keys)).find(|key| {
            let here = left < share(*key);
            left = left.saturating_sub(share(*key));
            here
        });
        let key = Key::new(format!("k{}", key.unwrap_or(self.keys.into()))).ok()?;
        let kind = match self.reads.hits(draw("workload-read").bits()) {
            true => OperationKind::Get { not_found: None },
            false => OperationKind::Put {
                value: Value::new(request.to_string()).ok(),
                context: ContextChoice::Held,
            },
        };
        let (via, needed, strictness) = (None, None, None);
        Some(OperationCommand { request, kind, key, via, needed, strictness })
    }
}

/// Reads what follows `workload`.
pub(super) fn read(words: &mut Words<'_>) -> Result<Command, ParseError> {
    let mut workload = Workload::default();
    let mut given: Vec<Token> = Vec::new();
    let name = |token: &Token| token.text.split('=').next().map(String::from);
    while let Some(token) = words.tokens.next() {
        if given.iter().any(|other| name(other) == name(&token)) {
            return Err(words.error(&token, "each field once"));
        }
        workload.read(&token.text).map_err(|expected| words.error(&token, expected))?;
        given.push(token);
    }
    // Fields are judged together, whatever comes first.
    match given.last().filter(|_| workload.most() > MAX_WORKLOAD) {
        Some(last) => {
            Err(words.error(last, format!("rate x length of at most {MAX_WORKLOAD} operations")))
        }
        None => Ok(Command::Workload(workload)),
    }
}
