//! A steady mix of reads and writes from several clients: one line instead of hundreds.

use alloc::format;
use alloc::string::{String, ToString};
use core::fmt;

use dynamo_core::{ClientId, Duration, Key, RequestId, Value};
use serde::{Deserialize, Serialize};

use super::MAX_CLIENTS;
use super::command::{Command, ContextChoice, OperationCommand, OperationKind};
use super::setup::Rate;
use super::words::{ParseError, Words, duration};
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
        (u64::from(self.rate) * self.length.as_micros()).div_ceil(1_000_000)
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
    let within = |text: &str, most: u16| {
        let number = text.parse::<u16>().ok().filter(|number| (1..=most).contains(number));
        number.ok_or_else(|| format!("a whole number from 1 to {most}"))
    };
    while let Some(token) = words.tokens.next() {
        let read: Result<(), String> = match token.text.split_once('=') {
            Some(("clients", text)) => within(text, MAX_CLIENTS).map(|it| workload.clients = it),
            Some(("rate", text)) => within(text, MAX_RATE).map(|it| workload.rate = it),
            Some(("keys", text)) => within(text, MAX_KEYS).map(|it| workload.keys = it),
            Some(("reads", text)) => Rate::share(text).map(|it| workload.reads = it),
            Some(("length", text)) => duration(text).map(|it| workload.length = it),
            Some(("skew", text)) => match text.parse().ok().filter(|skew| *skew <= 1) {
                Some(skew) => {
                    workload.skew = skew;
                    Ok(())
                }
                None => Err("0 or 1".to_string()),
            },
            _ => Err("clients=3, rate=20, reads=0.5, keys=5, skew=1 or length=10s".to_string()),
        };
        let read = read.and_then(|()| match workload.most() <= MAX_WORKLOAD {
            true => Ok(()),
            false => Err(format!("rate x length of at most {MAX_WORKLOAD} operations")),
        });
        read.map_err(|expected| words.error(&token, expected))?;
    }
    Ok(Command::Workload(workload))
}
