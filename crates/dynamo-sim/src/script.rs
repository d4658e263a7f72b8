//! A run as text: setup, seed, commands. One text form is the link, the file, the lesson, the
//! test and the bug report.
//!
//! ```text
//! dynamo 1
//! # A write survives a dead primary (paper 4.6).
//! setup nodes=5 n=3 r=2 w=2 seed=7
//! at 0s crash n3
//! at 2s c1.1 put cart "milk" via n1
//! when hint-kept by=n4 restart n3
//! until 8s
//! expect durability
//! ```
//!
//! Parsing judges form; whether a node exists is judged by the world. For every script
//! `parse(display(x)) == x`.

mod command;
mod lists;
mod parse;
mod setting;
mod setup;
mod specs;
mod ways;
mod words;
mod workload;

pub use command::{
    Command, ContextChoice, Cut, FateChange, LinkCommand, MessageRef, OperationCommand,
    OperationKind,
};
pub use lists::{MAX_WEIGHT, Rule};
pub(crate) use parse::read_branch_line;
pub use setting::Setting;
pub use setup::{FIELDS, Field, Rate, Setup};
pub use specs::{COMMANDS, CommandSpec};
pub use ways::{Driven, strictness};
pub use words::{ParseError, duration};
pub(crate) use words::{Quoted, Word, Words, moment, node};
pub use workload::{MAX_WORKLOAD, Workload};

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use dynamo_core::{Duration, Endpoint, Fact};
use serde::{Deserialize, Serialize};

use crate::time::{Moment, Time};

/// The longest run text, in bytes.
pub const MAX_TEXT_BYTES: usize = 1_000_000;
/// The most lines with commands.
pub const MAX_COMMANDS: usize = 10_000;
/// The most nodes.
pub const MAX_NODES: u16 = 64;
/// The most nodes of a world whose setup was made by hand, for the lab.
pub const MAX_LAB_NODES: u16 = 1_000;
/// The most clients.
pub const MAX_CLIENTS: u16 = 64;
/// The latest simulated time.
pub const MAX_TIME: Time = Time(3_600_000_000);

/// A run: everything that is needed to replay it to the last byte.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Script {
    /// Comment lines before the setup; the first is the title.
    pub about: Vec<String>,
    /// What the world starts with.
    pub setup: Setup,
    /// What is done to it.
    pub lines: Vec<Line>,
    /// Where the transcript ends and the page pauses.
    pub until: Option<Time>,
    /// What the checks are expected to find there.
    pub expect: Vec<Expectation>,
    /// Comment lines at the end.
    pub closing: Vec<String>,
}

/// One command and when it is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Comment lines before it.
    pub comments: Vec<String>,
    /// When.
    pub trigger: Trigger,
    /// What.
    pub command: Command,
}

/// When a command is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Trigger {
    /// At a place in time.
    At(Moment),
    /// When a fact is noted for the first time.
    When(Pattern),
}

/// Matches a fact by its name and some of its fields; `by` is the node that notes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pattern {
    /// The fact's name.
    pub fact: String,
    /// Fields that must be as given.
    pub fields: Vec<(String, String)>,
}

/// What a check is expected to find at the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expectation {
    /// The check's name.
    pub check: String,
    /// The expected status; `ok` if none is written.
    pub status: String,
}

impl Script {
    /// A run without any acts.
    pub fn new(setup: Setup) -> Self {
        Script {
            about: Vec::new(),
            setup,
            lines: Vec::new(),
            until: None,
            expect: Vec::new(),
            closing: Vec::new(),
        }
    }

    /// The first comment, without its mark.
    pub fn title(&self) -> Option<&str> {
        self.about.first().map(|line| line.trim_start_matches('#').trim())
    }

    /// Where the run pauses: `until`, or ten seconds after the last command.
    pub fn horizon(&self) -> Time {
        self.until.unwrap_or_else(|| {
            let end = |line: &Line| match (&line.trigger, &line.command) {
                (Trigger::At(moment), Command::Workload(it)) => moment.time + it.length,
                (Trigger::At(moment), _) => moment.time,
                (Trigger::When(_), _) => Time::ZERO,
            };
            self.lines.iter().map(end).max().unwrap_or_default() + Duration::seconds(10)
        })
    }

    /// The number for a client's next operation.
    pub fn next_operation(&self, client: dynamo_core::ClientId) -> u32 {
        let number = |line: &Line| match &line.command {
            Command::Operation(operation) if operation.request.client == client => {
                operation.request.operation
            }
            _ => 0,
        };
        self.lines.iter().map(number).max().unwrap_or(0).saturating_add(1)
    }

    /// The same run without comments but the title: what a link carries.
    pub fn without_comments(&self) -> Script {
        let mut script = self.clone();
        script.about.truncate(1);
        script.closing.clear();
        for line in &mut script.lines {
            line.comments.clear();
        }
        script
    }

    /// Takes in one act more, behind the acts that are given at the same place. Answers the index
    /// of its line. An act behind the end of the run takes the end away.
    pub fn insert(&mut self, at: Moment, command: Command) -> usize {
        self.until = self.until.filter(|until| *until > at.time);
        let later = |line: &Line| matches!(line.trigger, Trigger::At(moment) if moment > at);
        let index = self.lines.iter().position(later).unwrap_or(self.lines.len());
        let line = Line { comments: Vec::new(), trigger: Trigger::At(at), command };
        self.lines.insert(index, line);
        index
    }
}

impl Pattern {
    /// Whether it matches a fact that `by` notes.
    pub fn matches(&self, by: Endpoint, fact: &Fact) -> bool {
        if self.fact != fact.name() {
            return false;
        }
        let fields = fields(by, fact);
        self.fields
            .iter()
            .all(|(name, value)| fields.iter().any(|(has, is)| has == name && is == value))
    }
}

/// The fields of a fact, with who notes it.
pub(crate) fn fields(by: Endpoint, fact: &Fact) -> Vec<(&'static str, String)> {
    let mut fields = fact.fields();
    fields.push(("by", alloc::format!("{by}")));
    fields
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "dynamo 1")?;
        for comment in &self.about {
            writeln!(f, "{comment}")?;
        }
        writeln!(f, "setup {}", self.setup)?;
        for line in &self.lines {
            for comment in &line.comments {
                writeln!(f, "{comment}")?;
            }
            writeln!(f, "{line}")?;
        }
        if let Some(until) = self.until {
            writeln!(f, "until {until}")?;
        }
        if !self.expect.is_empty() {
            f.write_str("expect")?;
            for expectation in &self.expect {
                write!(f, " {}", expectation.check)?;
                if expectation.status != "ok" {
                    write!(f, "={}", expectation.status)?;
                }
            }
            writeln!(f)?;
        }
        for comment in &self.closing {
            writeln!(f, "{comment}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.trigger {
            Trigger::At(moment) => write!(f, "at {moment} ")?,
            Trigger::When(pattern) => write!(f, "when {pattern} ")?,
        }
        self.command.fmt(f)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.fact)?;
        for (name, value) in &self.fields {
            write!(f, " {name}={}", words::Word(value))?;
        }
        Ok(())
    }
}
