//! Reads a script. Every error names line, column and what was expected.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::str::FromStr;
use dynamo_core::collections::{Map, Set};

use dynamo_core::{Change, ClientId, Endpoint, Fact, Key, Member, RequestId, Zone};

use super::command::{Command, ContextChoice, Cut, LinkCommand, OperationCommand, OperationKind};
use super::lists::{self, MAX_WEIGHT};
use super::setup::{self, FIELDS, Rate, Setup};
use super::specs::{self, COMMANDS};
use super::ways;
use super::words::{ParseError, Token, Words, client, quorum_number, request};
use super::{Expectation, Line, MAX_COMMANDS, MAX_TEXT_BYTES, Pattern, Script, Trigger};

/// Endpoints up to one of these words or the end.
fn group(words: &mut Words<'_>) -> Result<Vec<Endpoint>, ParseError> {
    let mut group = Vec::from([words.endpoint()?]);
    while words.peek().is_some_and(|word| word != "from" && word != "to") {
        group.push(words.endpoint()?);
    }
    Ok(group)
}

/// The links of a command: between groups, one way, or between zones.
pub(super) fn links(words: &mut Words<'_>) -> Result<Cut, ParseError> {
    if let Some(first) = words.zone_after_its_mark()? {
        return zones(words, first);
    }
    let first = group(words)?;
    if words.peek() == Some("to") {
        words.exactly("to")?;
        return Ok(Cut::OneWay(first, group(words)?));
    }
    let mut groups = Vec::from([first]);
    loop {
        words.exactly("from")?;
        groups.push(group(words)?);
        if words.tokens.peek().is_none() {
            return Ok(Cut::Groups(groups));
        }
    }
}

fn zones(words: &mut Words<'_>, first: Zone) -> Result<Cut, ParseError> {
    let mut zones = Vec::from([first]);
    while zones.len() < 2 || words.tokens.peek().is_some() {
        words.exactly("from")?;
        match words.zone_after_its_mark()? {
            Some(zone) => zones.push(zone),
            None => words.exactly("zone")?,
        }
    }
    Ok(Cut::Zones(zones))
}

pub(super) fn heal(words: &mut Words<'_>) -> Result<Command, ParseError> {
    match words.tokens.peek() {
        None => Ok(Command::Heal),
        Some(_) => Ok(Command::HealLinks(links(words)?)),
    }
}

pub(super) fn misplace(words: &mut Words<'_>) -> Result<Command, ParseError> {
    let (node, key) = (words.node()?, words.key()?);
    let over = match words.tokens.peek() {
        None => None,
        Some(_) => {
            words.exactly("over")?;
            let other = |text: &str| Key::new(text).ok().filter(|over| *over != key);
            Some(words.read_as("another key", other)?)
        }
    };
    Ok(Command::Misplace(node, key, over))
}

pub(super) fn link(words: &mut Words<'_>) -> Result<Command, ParseError> {
    let from = words.endpoint()?;
    words.exactly("to")?;
    let to = words.endpoint()?;
    let mut link = LinkCommand::usual(from, to);
    while let Some(token) = words.tokens.next() {
        let read = match token.text.split_once('=') {
            Some(("latency", text)) => text.parse().map(|it| link.latency = Some(it)),
            Some(("loss", text)) => Rate::parse(text).map(|it| link.loss = Some(it)),
            Some(("copies", text)) => Rate::parse(text).map(|it| link.copies = Some(it)),
            _ => Err("latency=constant-5ms, loss=0.05 or copies=0.05".to_string()),
        };
        read.map_err(|expected| words.error(&token, expected))?;
    }
    Ok(Command::Link(link))
}

pub(super) fn join(words: &mut Words<'_>) -> Result<Command, ParseError> {
    let mut member = Member::from(words.node()?);
    while let Some(token) = words.tokens.next_if(|token| token.text.contains('=')) {
        match token.text.split_once('=') {
            Some(("weight", weight)) => {
                let weight = weight.parse().ok().filter(|it| (1..=MAX_WEIGHT).contains(it));
                let expected = || format!("a weight from 1 to {MAX_WEIGHT}");
                member.weight = weight.ok_or_else(|| words.error(&token, expected()))?;
            }
            Some(("zone", zone)) => {
                let expected = "the name of a zone, such as east";
                member.zone = lists::zone(zone).ok_or_else(|| words.error(&token, expected))?;
            }
            _ => return Err(words.error(&token, "weight=2, zone=east or via NODE")),
        }
    }
    let change = Change::Join(member);
    Ok(Command::Membership { change, via: words.via()? })
}

/// Another N.
pub(super) fn replicas(words: &mut Words<'_>) -> Result<Command, ParseError> {
    let n = words.read_as("N, a number from 1 to 64", |text| setup::number(text, 1, 64).ok())?;
    Ok(Command::Membership { change: Change::Replicas(n as u8), via: words.via()? })
}

/// Another strategy; T and Q are the usual ones if they are not given.
pub(super) fn strategy(words: &mut Words<'_>) -> Result<Command, ParseError> {
    let number = |text: &str| setup::number(text, 1, 3).ok();
    let chosen = words.read_as("a strategy: 1, 2 or 3", number)?;
    let mut setup = Setup { strategy: chosen as u8, ..Setup::default() };
    let takes = match chosen {
        1 => &["tokens"][..],
        2 => &["tokens", "partitions"],
        _ => &["partitions"],
    };
    while let Some(token) = words.tokens.next_if(|token| token.text.contains('=')) {
        let (name, value) = token.text.split_once('=').unwrap_or_default();
        let field = FIELDS.iter().find(|field| field.name == name && takes.contains(&name));
        let read = match field {
            Some(field) => (field.read)(&mut setup, value),
            None => Err(format!("{}=NUMBER or via NODE", takes.join("=NUMBER, "))),
        };
        read.map_err(|expected| words.error(&token, expected))?;
    }
    let change = Change::Strategy(setup.placement());
    Ok(Command::Membership { change, via: words.via()? })
}

fn operation(words: &mut Words<'_>, client: ClientId, number: u32) -> Result<Command, ParseError> {
    let verb = words.read_as("put, get or delete", |text| {
        ["put", "get", "delete"].into_iter().find(|verb| *verb == text)
    })?;
    let is_write = verb != "get";
    let key = words.key()?;
    let mut context = ContextChoice::Held;
    let value = if verb == "put" { Some(words.value()?) } else { None };
    let mut operation = OperationCommand {
        request: RequestId { client, operation: number },
        kind: OperationKind::Get { not_found: None },
        key,
        via: None,
        needed: None,
        strictness: None,
    };
    let (quorum, expected) = match is_write {
        true => {
            ("w", "via NODE, context none, context forged, context of REQUEST, w=2 or mode=strict")
        }
        false => ("r", "via NODE, r=2, mode=strict or not-found=waits"),
    };
    let mut not_found = None;
    while let Some(token) = words.tokens.next() {
        match token.text.split_once('=') {
            None if token.text == "via" => operation.via = Some(words.node()?),
            None if token.text == "context" && is_write => {
                context = match words.peek() {
                    Some("none") => words.exactly("none").map(|()| ContextChoice::None)?,
                    Some("forged") => words.exactly("forged").map(|()| ContextChoice::Forged)?,
                    _ => {
                        words.exactly("of").map_err(|error| ParseError {
                            expected: "none, forged, or of REQUEST".to_owned(),
                            ..error
                        })?;
                        ContextChoice::Of(words.request()?)
                    }
                };
            }
            Some((name, number)) if name == quorum => {
                let needed = quorum_number(number).map_err(|it| words.error(&token, it))?;
                operation.needed = Some(needed);
            }
            Some(("mode", mode)) => {
                let mode = ways::strictness(mode).map_err(|it| words.error(&token, it))?;
                operation.strictness = Some(mode);
            }
            Some(("not-found", choice)) if !is_write => {
                let choice = ways::not_found(choice).map_err(|it| words.error(&token, it))?;
                not_found = Some(choice);
            }
            _ => return Err(words.error(&token, expected)),
        }
    }
    operation.kind = match is_write {
        true => OperationKind::Put { value, context },
        false => OperationKind::Get { not_found },
    };
    Ok(Command::Operation(operation))
}

fn command(words: &mut Words<'_>) -> Result<Command, ParseError> {
    let expected = format!("one of: {}", specs::names());
    let token = words.take(&expected)?;
    if let Some(request) = request(&token.text) {
        return operation(words, request.client, request.operation);
    }
    if let Some(client) = client(&token.text) {
        return operation(words, client, 0);
    }
    match COMMANDS.iter().find(|spec| spec.name == token.text) {
        Some(spec) => (spec.parse)(words),
        None => Err(words.error(&token, expected)),
    }
}

fn pattern(words: &mut Words<'_>) -> Result<Pattern, ParseError> {
    let expected = format!("a fact: {}", Fact::NAMES.join(", "));
    let fact =
        words.read_as(&expected, |text| Fact::NAMES.contains(&text).then(|| text.to_string()))?;
    let mut fields = Vec::new();
    while let Some(token) = words.tokens.next_if(|token| {
        let name_end = token.quoted_from.unwrap_or(token.text.len());
        token.text[..name_end].contains('=')
    }) {
        if let Some((name, value)) = token.text.split_once('=') {
            fields.push((name.to_string(), value.to_string()));
        }
    }
    Ok(Pattern { fact, fields })
}

fn read_setup(words: &mut Words<'_>) -> Result<Setup, ParseError> {
    let names: Vec<&str> = FIELDS.iter().map(|field| field.name).collect();
    let mut setup = Setup::default();
    let mut given: Vec<(Token, &'static super::Field)> = Vec::new();
    while let Some(token) = words.tokens.next() {
        let name = token.text.split_once('=').map_or("", |(name, _)| name);
        let Some(field) = FIELDS.iter().find(|field| field.name == name) else {
            let expected = format!("NAME=VALUE with a name of: {}", names.join(", "));
            return Err(words.error(&token, expected));
        };
        if given.iter().any(|(_, other)| other.name == field.name) {
            return Err(words.error(&token, format!("{name} only once")));
        }
        given.push((token, field));
    }
    // In the order of the table, so that R and W are judged by the N that is given.
    let named = |field: &super::Field| given.iter().find(|(_, it)| it.name == field.name);
    for (token, field) in FIELDS.iter().filter_map(named) {
        let value = token.text.split_once('=').map_or("", |(_, value)| value);
        (field.read)(&mut setup, value)
            .map_err(|expected| words.error(token, format!("{} to be {expected}", field.name)))?;
    }
    if let Some((name, expected)) = setup.contradiction() {
        let blamed = given.iter().find(|(_, field)| field.name == name);
        let (column, found) = blamed
            .map_or((words.end, String::new()), |(token, _)| (token.column, token.text.clone()));
        return Err(words.error_at(column, &found, format!("{name} to be {expected}")));
    }
    Ok(setup)
}

fn expectations(words: &mut Words<'_>) -> Result<Vec<Expectation>, ParseError> {
    let mut expect = Vec::new();
    while let Some(token) = words.tokens.next() {
        let (check, status) = token.text.split_once('=').unwrap_or((&token.text, "ok"));
        let known = ["ok", "not-yet-due", "counted", "excused", "violated"];
        if !known.contains(&status) {
            return Err(words.error(&token, format!("CHECK or CHECK=STATUS: {}", known.join(", "))));
        }
        expect.push(Expectation { check: check.to_string(), status: status.to_string() });
    }
    Ok(expect)
}

/// What may still follow.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Version,
    Setup,
    Lines,
    End,
}

impl FromStr for Script {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Script, ParseError> {
        if text.len() > MAX_TEXT_BYTES {
            let expected = format!("a run text of at most {MAX_TEXT_BYTES} bytes");
            let found = format!("{} bytes", text.len());
            return Err(ParseError { line: 1, column: 1, found, expected });
        }
        let mut script = Script::new(Setup::default());
        let mut part = Part::Version;
        let mut comments: Vec<String> = Vec::new();
        let mut taken_requests = Set::new();
        let mut last = 0;
        for (index, source) in text.lines().enumerate() {
            let line = index + 1;
            last = line;
            if source.trim().is_empty() {
                continue;
            }
            if source.starts_with("----") {
                break;
            }
            if source.starts_with('#') {
                comments.push(source.trim_end().to_string());
                continue;
            }
            let mut words = Words::read(line, source)?;
            let before = core::mem::take(&mut comments);
            part = read_line(&mut script, &mut taken_requests, part, before, &mut words)?;
            words.finish()?;
        }
        if part < Part::Lines {
            let expected = if part == Part::Version { "dynamo 1" } else { "setup nodes=5 ..." };
            let expected = expected.to_string();
            return Err(ParseError { line: last + 1, column: 1, found: String::new(), expected });
        }
        script.closing = comments;
        number_operations(&mut script);
        Ok(script)
    }
}

impl FromStr for Command {
    type Err = ParseError;

    /// Reads one command as it stands behind a place in time; an operation without a number keeps 0.
    fn from_str(text: &str) -> Result<Command, ParseError> {
        let mut words = Words::read(1, text)?;
        let command = command(&mut words)?;
        words.finish()?;
        Ok(command)
    }
}

/// An act of a branch in a file: numbered, and at a place in time.
pub(crate) fn read_branch_line(line: usize, source: &str) -> Result<Line, ParseError> {
    let mut words = Words::read(line, source)?;
    words.exactly("at")?;
    let trigger = Trigger::At(words.moment()?);
    let command = command(&mut words)?;
    if let Command::Operation(operation) = &command
        && operation.request.operation == 0
    {
        let name = operation.request.client.to_string();
        return Err(words.error_at(1, &name, "an operation with its number, such as c1.2"));
    }
    words.finish()?;
    Ok(Line { comments: Vec::new(), trigger, command })
}

fn read_line(
    script: &mut Script,
    taken: &mut Set<RequestId>,
    part: Part,
    comments: Vec<String>,
    words: &mut Words<'_>,
) -> Result<Part, ParseError> {
    let expected = match part {
        Part::Version => "dynamo 1",
        Part::Setup => "setup nodes=5 ...",
        Part::Lines => "at TIME COMMAND, when FACT COMMAND, until TIME or expect CHECK",
        Part::End => "expect CHECK, or nothing more",
    };
    let token = words.take(expected)?;
    match (part, token.text.as_str()) {
        (Part::Version, "dynamo") => {
            words.exactly("1").map_err(|error| ParseError {
                expected: "1, the version of the text form that this playground reads".to_owned(),
                ..error
            })?;
            Ok(Part::Setup)
        }
        (Part::Setup, "setup") => {
            script.setup = read_setup(words)?;
            script.about = comments;
            Ok(Part::Lines)
        }
        (Part::Lines, "at" | "when") => {
            if script.lines.len() == MAX_COMMANDS {
                return Err(words.error(&token, format!("at most {MAX_COMMANDS} commands")));
            }
            let trigger = match token.text.as_str() {
                "at" => Trigger::At(words.moment()?),
                _ => Trigger::When(pattern(words)?),
            };
            let command = command(words)?;
            if let Some(request) = command.request()
                && request.operation > 0
                && !taken.insert(request)
            {
                let name = request.to_string();
                return Err(words.error_at(1, &name, "a request number that is not taken"));
            }
            script.lines.push(Line { comments, trigger, command });
            Ok(Part::Lines)
        }
        (Part::Lines, "until") if script.until.is_none() => {
            script.until = Some(words.moment()?.time);
            script.closing = comments;
            Ok(Part::End)
        }
        (Part::Lines | Part::End, "expect") if script.expect.is_empty() => {
            script.expect = expectations(words)?;
            Ok(Part::End)
        }
        _ => Err(words.error(&token, expected)),
    }
}

/// Numbers the operations that were written without a number, once; they keep it.
fn number_operations(script: &mut Script) {
    let mut last: Map<ClientId, u32> = Map::new();
    for request in script.lines.iter().filter_map(|line| line.command.request()) {
        let last = last.entry(request.client).or_default();
        *last = request.operation.max(*last);
    }
    for line in &mut script.lines {
        if let Command::Operation(OperationCommand { request, .. }) = &mut line.command
            && request.operation == 0
        {
            let last = last.entry(request.client).or_default();
            *last = last.saturating_add(1);
            request.operation = *last;
        }
    }
}
