//! Many changes in one program: where something can be changed, the program looks which change is
//! asked for. So all of them are built once, and each costs no more than a run of the tests.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::iter::Peekable;
use std::ops::Range;

use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Arm, Expr, ExprBinary, ExprUnary, ImplItemConst, ImplItemFn, ItemConst, ItemFn, Pat};

use super::changes::{Change, Genre};
use crate::Outcome;

/// The variable that names a change by its number, from 1.
pub const VARIABLE: &str = "DYNAMO_MUTANT";

/// Ends the root of the crate that is changed: which change is asked for.
pub fn root() -> String {
    let read = format!("env::var({VARIABLE:?}).ok()?.parse().ok()");
    format!(
        "
extern crate std as std_of_mutants;
pub fn mutant() -> u32 {{
    use std_of_mutants::{{env, sync::OnceLock}};
    static ASKED: OnceLock<u32> = OnceLock::new();
    *ASKED.get_or_init(|| (|| {read})().unwrap_or(0))
}}
"
    )
}

/// A file whose changes can be asked for.
pub struct Switched {
    /// The program.
    pub text: String,
    /// Which change stands in a line, counted from 1.
    pub lines: BTreeMap<usize, u32>,
    /// The changes that are not in it.
    pub left_out: Vec<u32>,
}

/// What is written around a part of the text.
struct Edit {
    range: Range<usize>,
    before: String,
    after: &'static str,
}

/// Rewrites a file so that each of these changes can be asked for by its number.
pub fn switched(text: &str, changes: &[(u32, &Change)]) -> Outcome<Switched> {
    let file = syn::parse_file(text).map_err(|error| format!("Not Rust: {error}."))?;
    let mut sites = Sites::default();
    sites.visit_file(&file);
    let mut places: BTreeMap<(usize, usize), Vec<(u32, &Change)>> = BTreeMap::new();
    for &(number, change) in changes {
        let Range { start, end } = change.range(text);
        places.entry((start, end)).or_default().push((number, change));
    }
    let (mut edits, mut left_out) = (Vec::new(), Vec::new());
    for ((start, end), here) in places {
        match sites.edit(text, start..end, &here) {
            Some(edit) => edits.push(edit),
            None => left_out.extend(here.iter().map(|(number, _)| *number)),
        }
    }
    // What is put in comes first, then what stands around the rest.
    edits.sort_by_key(|Edit { range, .. }| (range.start, !range.is_empty(), Reverse(range.end)));
    let mut written = String::new();
    write(text, 0..text.len(), &mut edits.iter().peekable(), &mut written);
    let number = |line: &str| line.split_once(" => ")?.0.parse().ok();
    let numbers = written.lines().map(number).zip(1..);
    let lines = numbers.filter_map(|(number, line)| Some((line, number?))).collect();
    Ok(Switched { text: written, lines, left_out })
}

fn write<'a>(
    text: &str,
    range: Range<usize>,
    edits: &mut Peekable<impl Iterator<Item = &'a Edit>>,
    to: &mut String,
) {
    let mut at = range.start;
    while let Some(edit) = edits.next_if(|it| it.range.end <= range.end) {
        to.push_str(&text[at..edit.range.start]);
        to.push_str(&edit.before);
        write(text, edit.range.clone(), edits, to);
        to.push_str(edit.after);
        at = edit.range.end;
    }
    to.push_str(&text[at..range.end]);
}

/// The alternatives, each in a line of its own that begins with its number. None if a comment in
/// one would hide the rest of its line.
fn choice(here: &[(u32, &Change)], what: impl Fn(&Change) -> String) -> Option<String> {
    let mut written = String::from("match crate::mutant() {\n");
    for (number, change) in here {
        let what = what(change);
        if what.contains("//") {
            return None;
        }
        written += &format!("{number} => {{ {} }}\n", what.replace('\n', " "));
    }
    Some(written)
}

/// Where something can be changed, by where cargo-mutants says that it begins.
#[derive(Default)]
struct Sites {
    /// Operators, with what stands before and behind.
    binary: BTreeMap<usize, [Range<usize>; 2]>,
    /// Operators, with all of the value and what they stand before.
    unary: BTreeMap<usize, [Range<usize>; 2]>,
    guards: BTreeMap<usize, Range<usize>>,
    /// Arms, with their guard or the place where one would stand.
    arms: BTreeMap<usize, Range<usize>>,
    /// What has to be known when the program is built.
    constant: Vec<Range<usize>>,
}

impl Sites {
    /// None where nobody can be asked: in constants, and in conditions that bind names.
    fn edit(&self, text: &str, at: Range<usize>, here: &[(u32, &Change)]) -> Option<Edit> {
        if self.constant.iter().any(|it| it.start <= at.start && at.end <= it.end) {
            return None;
        }
        let around = |range: &Range<usize>, alternatives: Option<String>| {
            let before = format!("({}_ => {{ ", alternatives?);
            Some(Edit { range: range.clone(), before, after: " } })" })
        };
        match here.first()?.1.genre {
            Genre::FnValue => {
                let all = choice(here, |change| format!("return {};", change.replacement))?;
                let before = format!("{all}_ => {{}} }}\n");
                Some(Edit { range: at.start..at.start, before, after: "" })
            }
            Genre::BinaryOperator => {
                let [left, right] = self.binary.get(&at.start)?;
                let (a, b) = (&text[left.clone()], &text[right.clone()]);
                let all = choice(here, |change| format!("{a} {} {b}", change.replacement));
                around(&(left.start..right.end), all)
            }
            Genre::UnaryOperator => {
                let [whole, value] = self.unary.get(&at.start)?;
                around(whole, choice(here, |_| text[value.clone()].to_owned()))
            }
            Genre::MatchArmGuard => {
                around(self.guards.get(&at.start)?, choice(here, |it| it.replacement.clone()))
            }
            Genre::MatchArm => {
                let guard = self.arms.get(&at.start)?;
                let mut edit = around(guard, choice(here, |_| "false".to_owned()))?;
                if guard.is_empty() {
                    edit.before = format!(" if {}true", edit.before);
                }
                Some(edit)
            }
            Genre::StructField => None,
        }
    }

    fn note_constant(&mut self, constness: Option<impl Sized>, item: &impl Spanned) {
        if constness.is_some() {
            self.constant.push(range(item));
        }
    }
}

fn range(of: &impl Spanned) -> Range<usize> {
    of.span().byte_range()
}

impl<'ast> Visit<'ast> for Sites {
    fn visit_expr_binary(&mut self, it: &'ast ExprBinary) {
        if !binds(&it.left) && !binds(&it.right) {
            self.binary.insert(range(&it.op).start, [range(&*it.left), range(&*it.right)]);
        }
        visit::visit_expr_binary(self, it);
    }

    fn visit_expr_unary(&mut self, it: &'ast ExprUnary) {
        self.unary.insert(range(it).start, [range(it), range(&*it.expr)]);
        visit::visit_expr_unary(self, it);
    }

    fn visit_arm(&mut self, it: &'ast Arm) {
        let at = range(it).start;
        match &it.pat {
            Pat::Guard(it) if binds(&it.guard) => {}
            Pat::Guard(it) => {
                let guard = range(&*it.guard);
                self.arms.insert(at, guard.clone());
                self.guards.insert(guard.start, guard);
            }
            pattern => {
                let behind = range(pattern).end;
                self.arms.insert(at, behind..behind);
            }
        }
        visit::visit_arm(self, it);
    }

    fn visit_item_fn(&mut self, it: &'ast ItemFn) {
        self.note_constant(it.sig.constness, it);
        visit::visit_item_fn(self, it);
    }

    fn visit_impl_item_fn(&mut self, it: &'ast ImplItemFn) {
        self.note_constant(it.sig.constness, it);
        visit::visit_impl_item_fn(self, it);
    }

    fn visit_item_const(&mut self, it: &'ast ItemConst) {
        self.constant.push(range(it));
    }

    fn visit_impl_item_const(&mut self, it: &'ast ImplItemConst) {
        self.constant.push(range(it));
    }
}

/// Whether a condition binds names.
fn binds(condition: &Expr) -> bool {
    match condition {
        Expr::Let(_) => true,
        Expr::Binary(it) => binds(&it.left) || binds(&it.right),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::changes::tests::change;
    use super::*;

    #[test]
    fn every_alternative_stands_around_what_it_replaces() {
        let text = "\
fn f(a: u8, b: u8) -> bool {
    match a + 1 {
        2 if !(b == 3) => a < b,
        4 => true,
        _ => false,
    }
}
";
        let changes = [
            change(Genre::FnValue, (2, 5, 6), "true"),
            change(Genre::BinaryOperator, (2, 13, 14), "-"),
            change(Genre::BinaryOperator, (2, 13, 14), "*"),
            change(Genre::MatchArmGuard, (3, 14, 23), "true"),
            change(Genre::UnaryOperator, (3, 14, 15), ""),
            change(Genre::MatchArm, (4, 9, 19), ""),
            change(Genre::StructField, (5, 9, 9), ""),
        ];
        let numbered: Vec<(u32, &Change)> = (1..).zip(&changes).collect();
        let switched = switched(text, &numbered).unwrap();
        assert_eq!(switched.left_out, [7]);
        let expected = "\
fn f(a: u8, b: u8) -> bool {
    match crate::mutant() {
1 => { return true; }
_ => {} }
match (match crate::mutant() {
2 => { a - 1 }
3 => { a * 1 }
_ => { a + 1 } }) {
        2 if (match crate::mutant() {
5 => { (b == 3) }
_ => { (match crate::mutant() {
4 => { true }
_ => { !(b == 3) } }) } }) => a < b,
        4 if (match crate::mutant() {
6 => { false }
_ => { true } }) => true,
        _ => false,
    }
}
";
        assert_eq!(switched.text, expected);
        let lines = [(3, 1), (6, 2), (7, 3), (10, 5), (12, 4), (15, 6)];
        assert_eq!(switched.lines, BTreeMap::from(lines));
    }
}
