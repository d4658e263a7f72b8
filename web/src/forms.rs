//! From what a person typed to a command, or to what is wrong with it.

use dynamo_core::{Key, NodeId, Value};
use dynamo_sim::script::{
    ContextChoice, FIELDS, OperationCommand, OperationKind, ParseError, Setting,
};
use dynamo_sim::{Command, Setup};

use crate::words::capital;

/// What can be wrong with the fields of an operation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OperationErrors {
    /// With the key.
    pub key: Option<String>,
    /// With the value.
    pub value: Option<String>,
    /// With R or W.
    pub needed: Option<String>,
}

/// The fields of an operation, as typed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OperationForm {
    /// The key.
    pub key: String,
    /// The value.
    pub value: String,
    /// The node that is asked; empty for any.
    pub via: String,
    /// R of a get; empty for the current one.
    pub r: String,
    /// W of a put; empty for the current one.
    pub w: String,
    /// Whether a put goes without the held context.
    pub forgets: bool,
}

/// Read or write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// A read.
    Get,
    /// A write.
    Put,
    /// A deletion.
    Delete,
}

impl OperationForm {
    /// The command, or what is wrong with the fields.
    pub fn command(
        &self,
        verb: Verb,
        request: dynamo_core::RequestId,
        n: u8,
    ) -> Result<Command, OperationErrors> {
        let mut errors = OperationErrors::default();
        if self.key.is_empty() {
            errors.key = Some("A key is missing: type one, such as cart.".to_string());
        }
        let key = keep(Key::new(self.key.as_str()), &mut errors.key);
        let value = keep(Value::new(self.value.as_str()), &mut errors.value);
        let (letter, number) = match verb {
            Verb::Get => ("R", &self.r),
            Verb::Put | Verb::Delete => ("W", &self.w),
        };
        let needed = keep(quorum_number(letter, number, n), &mut errors.needed).flatten();
        let (Some(key), Some(value)) = (key, value) else { return Err(errors) };
        if errors != OperationErrors::default() {
            return Err(errors);
        }
        let context = if self.forgets { ContextChoice::None } else { ContextChoice::Held };
        let kind = match verb {
            Verb::Get => OperationKind::Get { not_found: None },
            Verb::Put => OperationKind::Put { value: Some(value), context },
            Verb::Delete => OperationKind::Put { value: None, context },
        };
        let via = node(&self.via);
        let strictness = None;
        let operation = OperationCommand { request, kind, key, via, needed, strictness };
        Ok(Command::Operation(operation))
    }
}

fn keep<T, E: ToString>(result: Result<T, E>, error: &mut Option<String>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(wrong) => {
            *error = Some(sentence(&wrong.to_string()));
            None
        }
    }
}

/// A capital at the start, a full stop at the end.
pub fn sentence(text: &str) -> String {
    let stop = if text.ends_with('.') { "" } else { "." };
    format!("{}{stop}", capital(text))
}

/// The node of this name.
pub fn node(name: &str) -> Option<NodeId> {
    name.strip_prefix('n')?.parse().ok().map(NodeId)
}

fn quorum_number(letter: &str, text: &str, n: u8) -> Result<Option<u8>, String> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let number = text.trim().parse::<u8>().ok().filter(|number| (1..=n).contains(number));
    let wrong = || format!("{letter} must be a whole number from 1 to {n}, as N is {n}");
    number.map(Some).ok_or_else(wrong)
}

/// What changes a live setting to what was typed; another N is an order to a node.
pub fn setting(name: &str, text: &str, n: u8) -> Result<Command, String> {
    let text = text.trim();
    let number = |letter: &str| match quorum_number(letter, text, n) {
        Ok(Some(_)) => Ok(()),
        Ok(None) => Err(format!("{letter} is missing: type a number from 1 to {n}.")),
        Err(wrong) => Err(sentence(&wrong)),
    };
    let line = match name {
        "n" => format!("replicas {text}"),
        "r" => number("R").map(|()| format!("set r={text}"))?,
        "w" => number("W").map(|()| format!("set w={text}"))?,
        _ => format!("set {name}={text}"),
    };
    let command = line.parse().map_err(|wrong: ParseError| format!("Expected {}.", wrong.expected));
    match command? {
        Command::Set(Setting::Mode(mode)) if mode.primaries(1) > n => {
            Err(format!("Only {n} nodes are the key's own, as N is {n}."))
        }
        command => Ok(command),
    }
}

/// What is wrong with a field of the setup: its name and a sentence.
pub type SetupError = (&'static str, String);

/// A setup from named fields as typed, over another, judged by the table that reads scripts.
pub fn setup(
    mut setup: Setup,
    fields: &[(&'static str, String)],
) -> Result<Setup, Vec<SetupError>> {
    let mut errors = Vec::new();
    for field in &FIELDS {
        let Some((name, text)) = fields.iter().find(|(name, _)| *name == field.name) else {
            continue;
        };
        if let Err(expected) = (field.read)(&mut setup, text.trim()) {
            errors.push((*name, format!("Expected {}.", readable(&expected))));
        }
    }
    if errors.is_empty()
        && let Some((name, expected)) = setup.contradiction()
    {
        errors.push((name, format!("Expected {}.", readable(&expected))));
    }
    if errors.is_empty() { Ok(setup) } else { Err(errors) }
}

fn readable(expected: &str) -> String {
    expected.replace("n=", "N, which is ").replace("nodes=", "the number of nodes, ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use dynamo_core::{ClientId, RequestId};

    fn command(form: OperationForm, verb: Verb) -> Result<String, OperationErrors> {
        let request = RequestId { client: ClientId(1), operation: 4 };
        form.command(verb, request, 3).map(|command| command.to_string())
    }

    fn form() -> OperationForm {
        OperationForm { key: "cart".into(), value: "milk".into(), ..OperationForm::default() }
    }

    #[test]
    fn what_is_typed_becomes_the_line_that_a_script_would_have() {
        let put = OperationForm { via: "n2".into(), w: " 3 ".into(), forgets: true, ..form() };
        let line = "c1.4 put cart \"milk\" via n2 context none w=3";
        assert_eq!(command(put, Verb::Put).as_deref(), Ok(line));
        assert_eq!(command(form(), Verb::Get).as_deref(), Ok("c1.4 get cart"));
    }

    #[test]
    fn every_wrong_field_is_named_at_once() {
        let wrong = OperationForm {
            key: String::new(),
            value: "x".repeat(5000),
            w: "4".into(),
            ..OperationForm::default()
        };
        let errors = command(wrong, Verb::Put).unwrap_err();
        assert_eq!(errors.key.as_deref(), Some("A key is missing: type one, such as cart."));
        assert_eq!(
            errors.value.as_deref(),
            Some("The value has 5000 bytes, at most 4096 are accepted.")
        );
        assert_eq!(
            errors.needed.as_deref(),
            Some("W must be a whole number from 1 to 3, as N is 3.")
        );
    }

    #[test]
    fn a_setting_is_read_or_told_what_it_can_be() {
        let line = |name, text| setting(name, text, 3).map(|command| command.to_string());
        let reads =
            |name, text, expected: &str| assert_eq!(line(name, text).as_deref(), Ok(expected));
        reads("capacity", " 20 ", "set capacity=20");
        reads("checksums", "off", "set checksums=off");
        reads("late", "2s", "set late=2s");
        reads("w", "3", "set w=3");
        reads("mode", "primaries-3", "set mode=primaries-3");
        reads("exchange-every", "never", "set exchange-every=never");
        reads("n", "4", "replicas 4");
        let wrong = |name, text, expected: &str| {
            assert_eq!(line(name, text), Err(expected.to_string()));
        };
        wrong("capacity", "0", "Expected any, or a number of messages from 1 to 65535.");
        wrong("gossip-every", "", "Expected a length of time from 1us to 60s, such as 25ms.");
        wrong("r", "", "R is missing: type a number from 1 to 3.");
        wrong("mode", "primaries-4", "Only 3 nodes are the key's own, as N is 3.");
        wrong("n", "0", "Expected N, a number from 1 to 64.");
        assert!(line("corruption", "0.1 late=2s").is_err());
    }

    #[test]
    fn every_setting_has_words_and_every_field_of_the_forms_is_in_the_table() {
        let settings = dynamo_sim::view::Settings::of(&Setup::default());
        let mut live: Vec<String> = settings.all().iter().map(|it| it.to_string()).collect();
        live.push("n=3".to_string());
        live.sort_unstable();
        let words = || crate::words::SETTINGS.iter().flat_map(|(_, group)| group.iter());
        let mut told: Vec<String> = words()
            .map(|words| {
                let now = live.iter().find(|it| it.split('=').next() == Some(words.name));
                let now = now.unwrap_or_else(|| panic!("{} is no setting", words.name));
                let value = now.split_once('=').expect("a value").1;
                assert!(words.choices.is_empty() || words.choices.contains(&value), "{now}");
                let ours = words.paper.rsplit(": ").next().unwrap_or_default();
                let is_ours = words.paper.contains("urs: ") || words.paper.contains("ours is");
                assert!(!is_ours || ours.contains(value), "{now}: {}", words.paper);
                now.clone()
            })
            .collect();
        told.sort_unstable();
        assert_eq!(told, live);
        for words in &crate::words::WHOLE {
            assert!(FIELDS.iter().any(|field| field.name == words.name), "{}", words.name);
            assert!(live.iter().all(|it| it.split('=').next() != Some(words.name)));
        }
    }

    #[test]
    fn a_setup_is_judged_as_in_a_script() {
        let fields = |nodes: &str, n: &str, r: &str| {
            [("nodes", nodes.to_string()), ("n", n.to_string()), ("r", r.to_string())]
        };
        assert_eq!(setup(Setup::default(), &fields("7", "5", "4")).unwrap().quorum.r(), 4);
        let errors = setup(Setup::default(), &fields("3", "5", "2")).unwrap_err();
        assert_eq!(errors[0].0, "n");
        assert!(errors[0].1.contains("3"), "{errors:?}");
        assert_eq!(setup(Setup::default(), &fields("x", "3", "9")).unwrap_err().len(), 2);
    }
}
