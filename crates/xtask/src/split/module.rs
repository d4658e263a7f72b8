//! The text of a WebAssembly module, as wasm-opt prints it: every top-level item begins a line
//! of its own, set in by one space.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::Outcome;

/// A module as a list of its items.
pub struct Module<'a> {
    items: Vec<Item<'a>>,
}

/// One item.
#[derive(Clone, Copy)]
pub struct Item<'a> {
    text: &'a str,
}

impl<'a> Module<'a> {
    /// Reads a whole text.
    pub fn read(text: &'a str) -> Self {
        let body = text.strip_suffix(")\n").unwrap_or(text);
        let starts: Vec<usize> = body.match_indices("\n (").map(|(at, _)| at + 1).collect();
        let ends = starts.iter().skip(1).copied().chain([body.len()]);
        let items = starts.iter().zip(ends).map(|(&start, end)| Item { text: &body[start..end] });
        Module { items: items.collect() }
    }

    fn of_kind(&self, kind: &str) -> impl Iterator<Item = Item<'a>> {
        self.items.iter().copied().filter(move |item| item.kind() == kind)
    }

    /// All functions that the module defines, in their order.
    pub fn functions(&self) -> impl Iterator<Item = Item<'a>> {
        self.of_kind("func")
    }

    /// What it defines and imports.
    fn all_functions(&self) -> impl Iterator<Item = Item<'a>> {
        let imported = self.of_kind("import").filter(|import| import.text.contains(" (func $"));
        imported.chain(self.functions())
    }
}

impl<'a> Item<'a> {
    fn kind(self) -> &'a str {
        let text = self.text.trim_start_matches([' ', '(']);
        text.split(' ').next().unwrap_or_default()
    }

    /// What is defined or imported, from its name on.
    fn named_part(self) -> &'a str {
        let inner = match self.kind() {
            "import" => self.text.find("\" (").map_or("", |at| &self.text[at..]),
            _ => self.text,
        };
        inner.find('$').map_or("", |at| &inner[at..])
    }

    /// Its name, with the dollar sign.
    pub fn name(self) -> &'a str {
        name(self.named_part())
    }

    /// How many lines it has.
    pub fn lines(self) -> usize {
        self.text.lines().count()
    }

    fn head(self) -> &'a str {
        let text = &self.named_part()[self.name().len()..];
        text.lines().next().unwrap_or_default()
    }

    /// The types of what a function takes.
    fn takes(self) -> Vec<&'a str> {
        let groups = self.head().split('(').filter_map(|group| group.strip_prefix("param "));
        groups
            .flat_map(|group| group.split(')').next().unwrap_or_default().split(' '))
            .filter(|word| !word.starts_with('$'))
            .collect()
    }

    /// What a function takes and gives, without names.
    fn signature(self) -> String {
        let mut text = String::new();
        let takes = self.takes();
        if !takes.is_empty() {
            let _ = write!(text, " (param {})", takes.join(" "));
        }
        if let Some((_, gives)) = self.head().split_once("(result ") {
            let _ = write!(text, " (result {})", gives.split(')').next().unwrap_or_default());
        }
        text
    }

    /// Every function that is called by its name.
    fn calls(self) -> impl Iterator<Item = &'a str> {
        const CALL: &str = "(call ";
        self.text.match_indices(CALL).map(move |(at, _)| name(&self.text[at + CALL.len()..]))
    }

    /// The declaration of a memory, table or global, as its user writes it.
    fn declaration(self) -> String {
        if self.kind() != "global" {
            return self.text.trim().to_owned();
        }
        let head = self.head().trim_start();
        let end = if head.starts_with("(mut ") {
            head.find(')').map(|at| at + 1)
        } else {
            head.find(' ')
        };
        format!("(global {} {})", self.name(), &head[..end.unwrap_or(head.len())])
    }
}

fn name(text: &str) -> &str {
    let quoted = text.strip_prefix("$\"");
    let end = match quoted {
        Some(quoted) => {
            let mut is_escaped = false;
            let ends = |letter| {
                let ends = letter == '"' && !is_escaped;
                is_escaped = letter == '\\' && !is_escaped;
                ends
            };
            quoted.find(ends).map(|at| "$\"".len() + at + 1)
        }
        None => text.find([' ', ')', '\n']),
    };
    &text[..end.unwrap_or(text.len())]
}

/// The module with a call at the beginning of each function that tells its number.
pub fn noting(module: &Module<'_>) -> String {
    let mut text =
        "(module\n (import \"./rest.js\" \"note\" (func $note (param i32)))\n".to_owned();
    let mut number = 0;
    for item in &module.items {
        if item.kind() != "func" {
            text.push_str(item.text);
            continue;
        }
        let is_head = |line: &&str| line.starts_with(" (func ") || line.starts_with("  (local ");
        let head: usize = item.text.split_inclusive('\n').take_while(is_head).map(str::len).sum();
        let (head, body) = item.text.split_at(head);
        let _ = writeln!(text, "{head}  (call $note (i32.const {number}))\n{body}");
        number += 1;
    }
    text.push_str(")\n");
    text
}

/// The module without the functions that move, and the module that brings them.
pub fn halves(module: &Module<'_>, moved: &BTreeSet<&str>) -> Outcome<(String, String)> {
    let (gone, kept): (Vec<Item<'_>>, Vec<Item<'_>>) =
        module.functions().partition(|function| moved.contains(function.name()));
    let table = Table::of(module, &gone, &kept)?;
    let mut first = "(module\n (import \"./rest.js\" \"need\" (func $bring))\n".to_owned();
    let mut rest = "(module\n".to_owned();
    for item in &module.items {
        match item.kind() {
            "type" | "rec" => {
                first.push_str(item.text);
                rest.push_str(item.text);
            }
            "func" if moved.contains(item.name()) => first.push_str(&table.stand_in(*item)),
            "table" if item.name() == table.name => first.push_str(&table.text()),
            _ => first.push_str(item.text),
        }
    }
    let mut share = |kind: &str, name: &str, declaration: &str, number: usize| {
        let short = format!("{}{number}", &kind[..1]);
        let _ = writeln!(first, " (export \"{short}\" ({kind} {name}))");
        let _ = writeln!(rest, " (import \"first\" \"{short}\" {declaration})");
    };
    for kind in ["memory", "table", "global"] {
        for (number, item) in module.of_kind(kind).enumerate() {
            let is_ours = kind == "table" && item.name() == table.name;
            let declaration = if is_ours { table.text() } else { item.declaration() };
            share(kind, item.name(), declaration.trim(), number);
        }
    }
    let called: BTreeSet<&str> = gone.iter().flat_map(|function| function.calls()).collect();
    for (number, function) in module.all_functions().enumerate() {
        let name = function.name();
        if called.contains(name) && !moved.contains(name) {
            share("func", name, &format!("(func {name}{})", function.signature()), number);
        }
    }
    let (name, seal) = (table.name, table.size - 1);
    let _ = writeln!(
        first,
        " (func $need (if (ref.is_null (table.get {name} (i32.const {seal}))) (then (call $bring))))\n)"
    );
    for (place, function) in table.places.iter().chain([&(seal, table.seal)]) {
        let _ = writeln!(rest, " (elem (table {name}) (i32.const {place}) func {function})");
    }
    rest.extend(gone.iter().map(|function| function.text));
    rest.push_str(")\n");
    Ok((first, rest))
}

/// The table of functions, with a place for each function that moves and is still asked for.
struct Table<'a> {
    name: &'a str,
    places: Vec<(usize, &'a str)>,
    size: usize,
    /// Stands in the last place as soon as the rest has arrived.
    seal: &'a str,
}

impl<'a> Table<'a> {
    fn of(module: &Module<'a>, gone: &[Item<'a>], kept: &[Item<'a>]) -> Outcome<Self> {
        let tables: Vec<Item<'_>> =
            module.of_kind("table").filter(|table| table.text.contains(" funcref)")).collect();
        let [table] = tables[..] else {
            return Err("The program must have exactly one table of functions.".to_owned());
        };
        let Some(last) = gone.last() else {
            return Err("The first picture needs every function.".to_owned());
        };
        let moved: BTreeSet<&str> = gone.iter().map(|function| function.name()).collect();
        let mut places = Vec::new();
        for elements in module.of_kind("elem") {
            let number = elements
                .text
                .split_once("(i32.const ")
                .and_then(|(_, after)| after.split(')').next()?.parse::<usize>().ok());
            let (Some(from), Some((_, mut names))) = (number, elements.text.split_once(" func "))
            else {
                continue;
            };
            for place in from.. {
                let Some(at) = names.find('$') else { break };
                let found = name(&names[at..]);
                names = &names[at + found.len()..];
                if moved.contains(found) {
                    places.push((place, found));
                }
            }
        }
        let size = table.head().split(' ').find_map(|word| word.parse().ok());
        let mut size = size.ok_or("A table must have a size.")?;
        let has_place: BTreeSet<&str> = places.iter().map(|&(_, name)| name).collect();
        let exported = module.of_kind("export").map(Item::name);
        let asked: BTreeSet<&str> =
            kept.iter().flat_map(|function| function.calls()).chain(exported).collect();
        let new = gone.iter().map(|function| function.name());
        for name in new.filter(|name| asked.contains(name) && !has_place.contains(name)) {
            places.push((size, name));
            size += 1;
        }
        Ok(Table { name: table.name(), places, size: size + 1, seal: last.name() })
    }

    fn text(&self) -> String {
        format!(" (table {} {size} {size} funcref)\n", self.name, size = self.size)
    }

    /// A function that sees to it that the rest is here and calls what came; nothing if nobody
    /// asks for it.
    fn stand_in(&self, function: Item<'_>) -> String {
        let place = self.places.iter().find(|(_, name)| *name == function.name());
        let Some((place, name)) = place else { return String::new() };
        let signature = function.signature();
        let handed: String =
            (0..function.takes().len()).map(|number| format!("(local.get {number}) ")).collect();
        format!(
            " (func {name}{signature} (call $need)\n  (call_indirect {}{signature} {handed}(i32.const {place})))\n",
            self.name
        )
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Item, Module, halves, noting};

    const TEXT: &str = r#"(module $playground
 (type $0 (func (param i32)))
 (import "./glue.js" "say" (func $say (param i32)))
 (global $top (mut i32) (i32.const 1024))
 (memory $0 17)
 (table $0 3 3 funcref)
 (elem $0 (table $0) (i32.const 1) func $"a \"(b)\"" $c)
 (export "start" (func $start))
 (func $start (param $0 i32) (param $1 f64) (result i32)
  (local $2 i32)
  (call $"a \"(b)\""
   (local.get $0)
  )
 )
 (func $"a \"(b)\"" (param $0 i32)
  (call $say
   (local.get $0)
  )
 )
 (func $c
  (call $d)
 )
 (func $d
  (nop)
 )
)
"#;

    #[test]
    fn functions_are_told_by_their_names_and_signatures() {
        let module = Module::read(TEXT);
        let names: Vec<_> = module.all_functions().map(Item::name).collect();
        assert_eq!(names, ["$say", "$start", r#"$"a \"(b)\"""#, "$c", "$d"]);
        let signatures: Vec<_> = module.all_functions().map(Item::signature).collect();
        assert_eq!(
            signatures,
            [" (param i32)", " (param i32 f64) (result i32)", " (param i32)", "", ""]
        );
    }

    #[test]
    fn a_noting_function_tells_its_number_behind_its_locals() {
        let text = noting(&Module::read(TEXT));
        assert!(text.contains("  (local $2 i32)\n  (call $note (i32.const 0))\n"));
        assert!(text.contains(" (func $d\n  (call $note (i32.const 3))\n"));
    }

    #[test]
    fn a_function_that_moves_keeps_its_place_in_the_table() {
        let moved: BTreeSet<_> = ["$c", "$d", r#"$"a \"(b)\"""#].into();
        let (first, rest) = halves(&Module::read(TEXT), &moved).expect("halves");
        assert!(first.contains("(func $c (call $need)\n  (call_indirect $0 (i32.const 2)))"));
        assert!(first.contains(" (table $0 4 4 funcref)\n"));
        assert!(first.contains(" (export \"f0\" (func $say))"));
        assert!(rest.contains(" (elem (table $0) (i32.const 1) func $\"a"));
        assert!(rest.contains(" (import \"first\" \"g0\" (global $top (mut i32)))"));
        assert!(rest.contains(" (import \"first\" \"f0\" (func $say (param i32)))"));
        // Nobody in the first half asks for it: it needs no stand-in.
        assert!(!first.contains("$d") && rest.contains("(func $d"));
    }
}
