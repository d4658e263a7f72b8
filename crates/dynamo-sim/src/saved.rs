//! A run as a file: the script, then its branches, then where somebody looked.
//!
//! ```text
//! until 8s
//! branch "crash n2" at 1.2s
//! at 1.2s crash n2
//! branch "heal" at 3s of "crash n2"
//! at 3s heal
//! show at 2.0004s+3 of "crash n2" key=cart pick=n3 eyes=n5
//! ```
//!
//! A plain script is such a file, too.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use dynamo_core::collections::Set;
use dynamo_core::{Key, RequestId};

use crate::script::{
    Line, MAX_TEXT_BYTES, ParseError, Quoted, Script, Word, Words, node, read_branch_line,
};
use crate::sight::{PickName, Sight};
use crate::tree::{Branch, Place, Tree, Unfit};

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// The run and its branches.
    pub tree: Tree,
    /// Which of them was shown.
    pub shown: Place,
    /// Where somebody looked; nobody did in a plain script.
    pub sight: Option<Sight>,
}

impl From<Script> for Saved {
    fn from(script: Script) -> Self {
        Saved { tree: Tree::new(script), shown: Place::Trunk, sight: None }
    }
}

impl Saved {
    /// The script of the run that was shown.
    pub fn script(&self) -> Script {
        self.tree.script(self.shown)
    }
}

struct Of<'a>(Option<&'a Branch>);

impl fmt::Display for Of<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |parent| write!(f, " of {}", Quoted(&parent.name)))
    }
}

impl fmt::Display for Saved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.tree.trunk().fmt(f)?;
        for branch in self.tree.branches() {
            let parent = Of(self.tree.branch(branch.parent));
            writeln!(f, "branch {} at {}{parent}", Quoted(&branch.name), branch.at())?;
            for line in &branch.lines {
                line.comments.iter().try_for_each(|comment| writeln!(f, "{comment}"))?;
                writeln!(f, "{line}")?;
            }
        }
        if let Some(Sight { moment, key, pick, eyes }) = &self.sight {
            write!(f, "show at {moment}{}", Of(self.tree.branch(self.shown)))?;
            if let Some(key) = key {
                write!(f, " key={}", Word(key.as_str()))?;
            }
            if let Some(pick) = pick {
                write!(f, " pick={}", pick.as_str())?;
            }
            if let Some(eyes) = eyes {
                write!(f, " eyes={eyes}")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

/// What stands behind the script, line by line.
struct Reader {
    saved: Saved,
    /// Operations that the branch being read has, or inherits.
    taken: Set<RequestId>,
    comments: Vec<String>,
    ended: bool,
}

impl FromStr for Saved {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Saved, ParseError> {
        if text.len() > MAX_TEXT_BYTES {
            let expected = format!("a run text of at most {MAX_TEXT_BYTES} bytes");
            return Err(error(1, &format!("{} bytes", text.len()), &expected));
        }
        let is_behind = |line: &str| {
            let first = line.split_whitespace().next();
            first == Some("branch") || first == Some("show") || line.starts_with("----")
        };
        let head = text.lines().position(is_behind).unwrap_or(usize::MAX);
        // The script is read in its place, so that its errors name their lines.
        let end = text.split_inclusive('\n').take(head).map(str::len).sum();
        let saved = Saved::from(text[..end].parse::<Script>()?);
        let mut reader = Reader { saved, taken: Set::new(), comments: Vec::new(), ended: false };
        for (index, source) in text.lines().enumerate().skip(head) {
            if source.starts_with("----") {
                break;
            }
            reader.read(index + 1, source)?;
        }
        reader.finish(text.lines().count() + 1)
    }
}

fn error(line: usize, found: &str, expected: &str) -> ParseError {
    ParseError { line, column: 1, found: found.to_string(), expected: expected.to_string() }
}

impl Reader {
    fn read(&mut self, number: usize, source: &str) -> Result<(), ParseError> {
        let first = source.split_whitespace().next();
        match first {
            None => Ok(()),
            Some(first) if self.ended => Err(error(number, first, "nothing behind show")),
            Some("branch") => self.branch(number, source),
            Some("show") => self.show(number, source),
            Some(_) if source.starts_with('#') => {
                self.comments.push(source.trim_end().to_string());
                Ok(())
            }
            Some(_) => self.line(number, source),
        }
    }

    /// The head of a branch: its name, and what it branches from. Where it does so follows from
    /// its acts; the place stands there for people.
    fn branch(&mut self, number: usize, source: &str) -> Result<(), ParseError> {
        self.complete(number)?;
        let mut words = Words::read(number, source)?;
        words.exactly("branch")?;
        let name = words.take("a name")?.text;
        words.exactly("at")?;
        words.moment()?;
        let parent = self.of(number, &mut words)?;
        words.finish()?;
        let lines = self.saved.tree.script(parent).lines;
        self.taken = lines.iter().filter_map(|line| line.command.request()).collect();
        let branch = Branch { name: name.clone(), parent, lines: Vec::new() };
        let added = self.saved.tree.add_branch(branch);
        added.map(drop).map_err(|unfit| error(number, &name, &unfit.to_string()))
    }

    /// The run that `of NAME` names; the trunk if nothing is named.
    fn of(&self, number: usize, words: &mut Words<'_>) -> Result<Place, ParseError> {
        if words.peek() != Some("of") {
            return Ok(Place::Trunk);
        }
        words.exactly("of")?;
        let name = words.take("the name of a branch")?.text;
        let place = self.saved.tree.named(&name);
        place.ok_or_else(|| error(number, &name, "the name of a branch that stands above"))
    }

    fn line(&mut self, number: usize, source: &str) -> Result<(), ParseError> {
        let line = read_branch_line(number, source)?;
        if let Some(request) = line.command.request()
            && !self.taken.insert(request)
        {
            let expected = "a request number that is not taken in this branch";
            return Err(error(number, &request.to_string(), expected));
        }
        let line = Line { comments: core::mem::take(&mut self.comments), ..line };
        let added = self.saved.tree.add_line(line);
        added.map_err(|unfit: Unfit| error(number, "one more", &unfit.to_string()))
    }

    fn show(&mut self, number: usize, source: &str) -> Result<(), ParseError> {
        self.complete(number)?;
        let mut words = Words::read(number, source)?;
        words.exactly("show")?;
        words.exactly("at")?;
        let mut sight = Sight { moment: words.moment()?, ..Sight::default() };
        self.saved.shown = self.of(number, &mut words)?;
        while let Some(token) = words.tokens.next() {
            let expected = "key=KEY, pick=NAME, such as pick=n3, or eyes=NODE, such as eyes=n3";
            let read = match token.text.split_once('=') {
                Some(("key", key)) => Key::new(key).ok().map(|key| sight.key = Some(key)),
                Some(("pick", name)) => PickName::new(name).map(|name| sight.pick = Some(name)),
                Some(("eyes", name)) => node(name).map(|node| sight.eyes = Some(node)),
                _ => None,
            };
            read.ok_or_else(|| words.error(&token, expected))?;
        }
        self.saved.sight = Some(sight);
        self.ended = true;
        Ok(())
    }

    /// A branch without acts of its own would be the run that it branches from.
    fn complete(&self, number: usize) -> Result<(), ParseError> {
        match self.saved.tree.branches().last().filter(|branch| branch.lines.is_empty()) {
            None => Ok(()),
            Some(branch) => {
                Err(error(number, "", &format!("at least one act in branch {}", branch.name)))
            }
        }
    }

    fn finish(self, number: usize) -> Result<Saved, ParseError> {
        self.complete(number)?;
        Ok(self.saved)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::Command;
    use crate::time::{Moment, Time};
    use dynamo_core::NodeId;

    const TEXT: &str = "dynamo 1\nsetup nodes=5 n=3 r=2 w=2 seed=7\nat 1s c1.1 put a \"x\"\n\
                        at 3s crash n1\nuntil 8s\n";

    fn at(seconds: u64) -> Moment {
        Moment::at(Time(seconds * 1_000_000))
    }

    fn crash(node: u16) -> Command {
        Command::Crash(NodeId(node))
    }

    #[test]
    fn a_file_with_branches_is_read_back_with_where_somebody_looked() {
        let mut saved: Saved = TEXT.parse().unwrap();
        assert_eq!(saved.to_string(), TEXT, "a plain script stays as it is");
        let first = saved.tree.act(Place::Trunk, at(2), crash(2)).unwrap();
        saved.tree.rename(0, "n2 dies \"too\"").unwrap();
        let second = saved.tree.act(first, at(1), crash(4)).unwrap();
        saved.tree.act(second, at(2), Command::Heal).unwrap();
        saved.shown = second;
        saved.sight = Some(Sight {
            moment: Moment { time: Time(2_000_400), after: 3 },
            key: Some(Key::new("ключ =").unwrap()),
            pick: PickName::new("c1.2"),
            eyes: Some(NodeId(4)),
        });
        let text = saved.to_string();
        assert_eq!(text.parse::<Saved>().as_ref(), Ok(&saved), "{text}");
        let transcript = format!("{text}----\nwhat happened\n");
        assert_eq!(transcript.parse::<Saved>().as_ref(), Ok(&saved));
    }

    #[test]
    fn comments_before_acts_of_a_branch_stay() {
        let text = format!("{TEXT}branch a at 2s\n# why\nat 2s heal\n");
        let saved: Saved = text.parse().unwrap();
        assert_eq!(saved.tree.script(Place::Branch(0)).lines[1].comments, ["# why"]);
        assert!(saved.to_string().contains("# why\nat 2s heal\n"));
    }

    #[test]
    fn a_wrong_file_is_refused_with_its_line() {
        let wrong = |rest: &str| format!("{TEXT}{rest}").parse::<Saved>().unwrap_err().to_string();
        for (rest, expected) in [
            ("branch a at 2s\n", "line 7, column 1: expected at least one act in branch a"),
            (
                "branch a at 2s of b\nat 2s heal\n",
                "line 6, column 1: expected the name of a branch",
            ),
            ("branch a at 2s\nat 2s fly\n", "line 7, column 7: expected one of"),
            ("branch a at 2s\nat 2s c1.1 get a\n", "line 7, column 1: expected a request number"),
            ("branch at\n", "line 6, column 10: expected at"),
            (
                "branch a at 2s\nat 2s heal\nbranch a at 2s\nat 3s heal\n",
                "line 8, column 1: expected a name of 1 to 60",
            ),
            ("show at 2s of b\n", "line 6, column 1: expected the name of a branch"),
            ("show at 2s pick=<b>\n", "line 6, column 17: expected a word of letters"),
            ("show at 2s eyes=m4\n", "line 6, column 12: expected key=KEY, pick=NAME, such as"),
            ("show at 2s pick=\n", "line 6, column 12: expected key=KEY, pick=NAME"),
            ("show at 2s\nat 3s heal\n", "line 7, column 1: expected nothing behind show"),
        ] {
            assert!(wrong(rest).starts_with(expected), "{}", wrong(rest));
        }
        let text = "dynamo 1\nsetup nodes=x\nbranch a at 1s\n";
        assert!(text.parse::<Saved>().unwrap_err().to_string().starts_with("line 2, column 7"));
    }

    proptest::proptest! {
        #[test]
        fn hostile_ends_of_a_file_never_panic(rest in "(branch|show|at|[a-z#=\" .0-9-]|\n){0,60}") {
            let _ = format!("{TEXT}{rest}").parse::<Saved>();
        }
    }
}
