//! Lines taken apart into words, and words read as nodes, times, keys and the rest.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use dynamo_core::{ClientId, Duration, Endpoint, Key, MessageKind, NodeId, RequestId, Value, Zone};

use super::command::MessageRef;
use super::lists;
use super::setting::{self, Setting};
use super::{MAX_CLIENTS, MAX_TIME};
use crate::machine::{Drift, MAX_DRIFT, MAX_SKEW, MAX_SLOWNESS};
use crate::time::{Moment, Time};

/// Why a text is not a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What stands there; empty at the end of a line.
    pub found: String,
    /// What was expected.
    pub expected: String,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ParseError { line, column, found, expected } = self;
        write!(f, "line {line}, column {column}: expected {expected}, found ")?;
        if found.is_empty() { f.write_str("the end of the line") } else { write!(f, "{found}") }
    }
}

impl core::error::Error for ParseError {}

/// Reads a length of time with its unit: `2s`, `2.5ms`, `300us`; exact or refused.
pub fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "a time with its unit, such as 2s, 25ms or 300us".to_string();
    let split = text.find(|c: char| c.is_ascii_alphabetic()).ok_or_else(wrong)?;
    let (number, unit) = text.split_at(split);
    let scale = match unit {
        "us" => 0,
        "ms" => 3,
        "s" => 6,
        _ => return Err(wrong()),
    };
    let (whole, rest) = number.split_once('.').unwrap_or((number, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let pointed = number.contains('.');
    if whole.is_empty() || !digits(whole) || !digits(rest) || (pointed && rest.is_empty()) {
        return Err(wrong());
    }
    if rest.len() > scale {
        return Err("a time in whole microseconds".to_string());
    }
    let micros = format!("{whole}{rest:0<scale$}").parse::<u64>().map_err(|_| wrong())?;
    Ok(Duration::micros(micros))
}

/// Text as one word of a script: bare if it can be, else quoted.
pub(crate) struct Word<'a>(pub &'a str);

impl fmt::Display for Word<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bare = !self.0.is_empty() && self.0.chars().all(is_bare);
        if bare { f.write_str(self.0) } else { Quoted(self.0).fmt(f) }
    }
}

/// Text as a JSON string.
pub(crate) struct Quoted<'a>(pub &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        for c in self.0.chars() {
            match c {
                '"' => f.write_str("\\\"")?,
                '\\' => f.write_str("\\\\")?,
                '\n' => f.write_str("\\n")?,
                '\r' => f.write_str("\\r")?,
                '\t' => f.write_str("\\t")?,
                c if is_hidden(c) => write!(f, "\\u{:04x}", c as u32)?,
                c => write!(f, "{c}")?,
            }
        }
        f.write_str("\"")
    }
}

/// Characters that would break a line or turn its direction.
fn is_hidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn is_bare(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_.+=-".contains(c)
}

/// One word of a line, with its column.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) text: String,
    pub(super) column: usize,
    /// Where a quoted part begins within the text, if it has one.
    pub(super) quoted_from: Option<usize>,
}

/// The words of one line, taken from left to right.
pub(crate) struct Words<'a> {
    line: usize,
    pub(crate) tokens: core::iter::Peekable<alloc::vec::IntoIter<Token>>,
    pub(super) end: usize,
    source: core::marker::PhantomData<&'a str>,
}

impl<'a> Words<'a> {
    pub(crate) fn read(line: usize, source: &'a str) -> Result<Self, ParseError> {
        let characters: Vec<char> = source.chars().collect();
        let mut tokens = Vec::new();
        let mut at = 0;
        while at < characters.len() {
            if characters[at] == ' ' || characters[at] == '\t' {
                at += 1;
                continue;
            }
            let (token, next) = read_token(line, &characters, at)?;
            tokens.push(token);
            at = next;
        }
        let end = characters.len() + 1;
        Ok(Words {
            line,
            tokens: tokens.into_iter().peekable(),
            end,
            source: core::marker::PhantomData,
        })
    }

    pub(super) fn error_at(
        &self,
        column: usize,
        found: &str,
        expected: impl Into<String>,
    ) -> ParseError {
        let mut shown: String = found.chars().take(40).collect();
        if shown.len() < found.len() {
            shown.push_str("...");
        }
        ParseError { line: self.line, column, found: shown, expected: expected.into() }
    }

    pub(crate) fn error(&self, token: &Token, expected: impl Into<String>) -> ParseError {
        self.error_at(token.column, &token.text, expected)
    }

    pub(crate) fn take(&mut self, expected: &str) -> Result<Token, ParseError> {
        match self.tokens.next() {
            Some(token) => Ok(token),
            None => Err(self.error_at(self.end, "", expected)),
        }
    }

    pub(crate) fn peek(&mut self) -> Option<&str> {
        self.tokens.peek().filter(|token| token.quoted_from.is_none()).map(|it| it.text.as_str())
    }

    pub(crate) fn finish(&mut self) -> Result<(), ParseError> {
        match self.tokens.next() {
            None => Ok(()),
            Some(token) => Err(self.error(&token, "nothing more on this line")),
        }
    }

    pub(super) fn read_as<T>(
        &mut self,
        expected: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, ParseError> {
        let token = self.take(expected)?;
        read(&token.text).ok_or_else(|| self.error(&token, expected))
    }

    pub(crate) fn exactly(&mut self, word: &str) -> Result<(), ParseError> {
        self.read_as(word, |text| (text == word).then_some(()))
    }

    pub(super) fn node(&mut self) -> Result<NodeId, ParseError> {
        self.read_as("a node, such as n3", node)
    }

    pub(super) fn other_node(&mut self, than: NodeId) -> Result<NodeId, ParseError> {
        self.read_as("another node, such as n3", |text| node(text).filter(|it| *it != than))
    }

    /// A zone, if the word `zone` says that one follows.
    pub(super) fn zone_after_its_mark(&mut self) -> Result<Option<Zone>, ParseError> {
        if self.peek() != Some("zone") {
            return Ok(None);
        }
        self.exactly("zone")?;
        self.read_as("the name of a zone, such as east", lists::zone).map(Some)
    }

    /// A node behind the word `via`, if that follows.
    pub(super) fn via(&mut self) -> Result<Option<NodeId>, ParseError> {
        if self.peek() != Some("via") {
            return Ok(None);
        }
        self.exactly("via")?;
        self.node().map(Some)
    }

    pub(super) fn endpoint(&mut self) -> Result<Endpoint, ParseError> {
        self.read_as("a node or a client, such as n3 or c1", endpoint)
    }

    pub(super) fn request(&mut self) -> Result<RequestId, ParseError> {
        self.read_as("a request, such as c1.2", request)
    }

    pub(super) fn bytes(&mut self) -> Result<u32, ParseError> {
        self.read_as("a number of bytes, such as 12", count)
    }

    pub(super) fn length(&mut self) -> Result<Duration, ParseError> {
        let token = self.take("a time, such as 25ms")?;
        let length = duration(&token.text).map_err(|expected| self.error(&token, expected))?;
        if length.as_micros() > MAX_TIME.as_micros() {
            return Err(self.error(&token, format!("at most {MAX_TIME}")));
        }
        Ok(length)
    }

    pub(super) fn slowness(&mut self) -> Result<u16, ParseError> {
        let expected = format!("how many times as slow, from 1 to {MAX_SLOWNESS}");
        let fits = |times: &u16| (1..=MAX_SLOWNESS).contains(times);
        self.read_as(&expected, |text| u16::try_from(count(text)?).ok().filter(fits))
    }

    /// A signed time, and how fast a clock goes on from it if that follows.
    pub(super) fn drift(&mut self) -> Result<Drift, ParseError> {
        let expected = "how far a clock is ahead or behind, such as +2s or -25ms, at most a day";
        let ahead = self.read_as(expected, |text| {
            let (sign, length) = match text.strip_prefix('-') {
                Some(length) => (-1, length),
                None => (1, text.strip_prefix('+').unwrap_or(text)),
            };
            let micros = i64::try_from(duration(length).ok()?.as_micros()).ok()?;
            (micros <= MAX_SKEW).then_some(sign * micros)
        })?;
        if !self.peek().is_some_and(|word| word.starts_with("drift=")) {
            return Ok(Drift { ahead, gains: 0 });
        }
        let expected = format!("drift=PPM, from -{MAX_DRIFT} to {MAX_DRIFT}");
        let fits = |gains: &i32| gains.unsigned_abs() <= MAX_DRIFT.unsigned_abs();
        let gains = self.read_as(&expected, |text| {
            text.strip_prefix("drift=")?.parse::<i32>().ok().filter(fits)
        })?;
        Ok(Drift { ahead, gains })
    }

    pub(crate) fn moment(&mut self) -> Result<Moment, ParseError> {
        let expected = "a place in time, such as 2s or 2.0004s+3";
        let token = self.take(expected)?;
        let moment = read_moment(&token.text).ok_or_else(|| self.error(&token, expected))?;
        if moment.time > MAX_TIME {
            return Err(self.error(&token, format!("at most {MAX_TIME}")));
        }
        Ok(moment)
    }

    pub(super) fn key(&mut self) -> Result<Key, ParseError> {
        let token = self.take("a key, such as cart or \"shopping list\"")?;
        Key::new(token.text.as_str())
            .map_err(|long| self.error(&token, format!("a key of at most {} bytes", long.most)))
    }

    pub(super) fn value(&mut self) -> Result<Value, ParseError> {
        let token = self.take("a value in quotes, such as \"milk\"")?;
        Value::new(token.text.as_str())
            .map_err(|long| self.error(&token, format!("a value of at most {} bytes", long.most)))
    }

    pub(super) fn message(&mut self) -> Result<MessageRef, ParseError> {
        let kinds: Vec<&str> = MessageKind::ALL.iter().map(|kind| kind.name()).collect();
        let kind = self.read_as(&format!("a kind of message: {}", kinds.join(", ")), |text| {
            MessageKind::ALL.into_iter().find(|kind| kind.name() == text)
        })?;
        let request = self.request()?;
        Ok(MessageRef { kind, request, from: self.endpoint()?, to: self.endpoint()? })
    }

    pub(super) fn setting(&mut self) -> Result<Setting, ParseError> {
        let token = self.take(setting::EXPECTED)?;
        setting::read(&token.text).map_err(|expected| self.error(&token, expected))
    }
}

fn read_moment(text: &str) -> Option<Moment> {
    let (time, after) = match text.split_once('+') {
        Some((time, after)) => (time, count(after)?),
        None => (text, 0),
    };
    let time = Time(duration(time).ok()?.as_micros());
    Some(Moment { time, after })
}

/// Reads a place in time within the limits of a run.
pub(crate) fn moment(text: &str) -> Option<Moment> {
    read_moment(text).filter(|moment| moment.time <= MAX_TIME)
}

fn read_token(
    line: usize,
    characters: &[char],
    start: usize,
) -> Result<(Token, usize), ParseError> {
    let error = |at: usize, expected: &str| ParseError {
        line,
        column: at + 1,
        found: characters.get(at).map(char::to_string).unwrap_or_default(),
        expected: expected.to_string(),
    };
    let mut text = String::new();
    let mut quoted_from = None;
    let mut at = start;
    while at < characters.len() && is_bare(characters[at]) {
        text.push(characters[at]);
        at += 1;
    }
    if characters.get(at) == Some(&'"') {
        quoted_from = Some(text.len());
        at += 1;
        loop {
            match characters.get(at) {
                None => return Err(error(at, "a closing quote")),
                Some('"') => break at += 1,
                Some('\\') => {
                    let (c, next) = read_escape(characters, at + 1)
                        .ok_or_else(|| error(at, "a JSON escape, such as \\n or \\u00e9"))?;
                    text.push(c);
                    at = next;
                }
                Some(c) => {
                    text.push(*c);
                    at += 1;
                }
            }
        }
    }
    match characters.get(at) {
        None | Some(' ' | '\t') => Ok((Token { text, column: start + 1, quoted_from }, at)),
        Some(_) => Err(error(at, "a word of letters, digits and _.+=-, or text in quotes")),
    }
}

fn read_escape(characters: &[char], at: usize) -> Option<(char, usize)> {
    let hex = |at: usize| {
        let digits: String = characters.get(at..at + 4)?.iter().collect();
        u16::from_str_radix(&digits, 16).ok()
    };
    let c = match characters.get(at)? {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'b' => '\u{8}',
        'f' => '\u{c}',
        c @ ('"' | '\\' | '/') => *c,
        'u' => {
            let first = hex(at + 1)?;
            if let Some(c) = char::from_u32(first.into()) {
                return Some((c, at + 5));
            }
            if characters.get(at + 5..at + 7)? != ['\\', 'u'] {
                return None;
            }
            let c = char::decode_utf16([first, hex(at + 7)?]).next()?.ok()?;
            return Some((c, at + 11));
        }
        _ => return None,
    };
    Some((c, at + 1))
}

pub(super) fn count(text: &str) -> Option<u32> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

fn named(text: &str, letter: char) -> Option<u16> {
    let number = count(text.strip_prefix(letter)?)?;
    u16::try_from(number).ok().filter(|number| *number > 0)
}

pub(crate) fn node(text: &str) -> Option<NodeId> {
    named(text, 'n').map(NodeId)
}

pub(super) fn client(text: &str) -> Option<ClientId> {
    named(text, 'c').filter(|number| *number <= MAX_CLIENTS).map(ClientId)
}

pub(super) fn endpoint(text: &str) -> Option<Endpoint> {
    node(text).map(Endpoint::Node).or_else(|| client(text).map(Endpoint::Client))
}

pub(super) fn request(text: &str) -> Option<RequestId> {
    let (name, operation) = text.split_once('.')?;
    let operation = count(operation).filter(|number| *number > 0)?;
    Some(RequestId { client: client(name)?, operation })
}

pub(super) fn quorum_number(text: &str) -> Result<u8, String> {
    let number = count(text).and_then(|number| u8::try_from(number).ok()).filter(|it| *it > 0);
    number.ok_or_else(|| "a number of nodes from 1 up".to_string())
}
