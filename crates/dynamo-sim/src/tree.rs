//! A run and its branches: what was done otherwise, kept beside what was.
//!
//! An act at a place where the shown run goes on makes a branch: the same run with one line more;
//! later lines stay. As a file, branches follow the script:
//!
//! ```text
//! until 8s
//! branch "n2 dies too" at 1.2s
//! at 1.2s crash n2
//! branch second at 3s of "n2 dies too"
//! at 3s heal
//! ```

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;
use dynamo_core::collections::Set;

use dynamo_core::RequestId;
use serde::{Deserialize, Serialize};

use crate::script::{
    Command, Line, MAX_COMMANDS, MAX_TEXT_BYTES, ParseError, Script, Trigger, read_branch,
    read_branch_line,
};
use crate::time::Moment;

/// The most branches of a run.
pub const MAX_BRANCHES: usize = 64;
/// The longest name of a branch, in characters.
pub const MAX_NAME: usize = 60;

/// A run with its branches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tree {
    trunk: Script,
    branches: Vec<Branch>,
}

/// A run that differs from another by some acts of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Branch {
    /// What it is called; no two are called the same.
    pub name: String,
    /// What it branches from.
    pub parent: Place,
    /// Its own acts, in the order in which they were given. Never empty.
    pub lines: Vec<Line>,
}

/// Which run of a tree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Place {
    /// The run that was opened.
    #[default]
    Trunk,
    /// A branch, by its index.
    Branch(usize),
}

/// Why a tree cannot be changed so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// There are as many branches as there may be.
    TooMany,
    /// The name is empty, too long, or taken.
    Name,
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unfit::TooMany => write!(f, "a run has at most {MAX_BRANCHES} branches; drop one"),
            Unfit::Name => {
                write!(f, "a name has from 1 to {MAX_NAME} characters and no two are the same")
            }
        }
    }
}

fn moment(line: &Line) -> Moment {
    match line.trigger {
        Trigger::At(moment) => moment,
        Trigger::When(_) => Moment::default(),
    }
}

impl Branch {
    /// Where it leaves its parent: its first own act.
    pub fn at(&self) -> Moment {
        self.lines.iter().map(moment).min().unwrap_or_default()
    }

    /// The place of its last own act.
    pub fn last(&self) -> Moment {
        self.lines.last().map(moment).unwrap_or_default()
    }
}

impl Tree {
    /// A run without branches.
    pub fn new(trunk: Script) -> Self {
        Tree { trunk, branches: Vec::new() }
    }

    /// The run that was opened.
    pub fn trunk(&self) -> &Script {
        &self.trunk
    }

    /// All branches.
    pub fn branches(&self) -> &[Branch] {
        &self.branches
    }

    /// A branch, if the place is one.
    pub fn branch(&self, place: Place) -> Option<&Branch> {
        match place {
            Place::Trunk => None,
            Place::Branch(index) => self.branches.get(index),
        }
    }

    /// The whole script of a run of the tree.
    pub fn script(&self, place: Place) -> Script {
        match self.branch(place) {
            None => self.trunk.clone(),
            Some(branch) => {
                let mut script = self.script(branch.parent);
                for line in &branch.lines {
                    script.insert(moment(line), line.command.clone());
                }
                script
            }
        }
    }

    /// One act more. It extends the shown branch if it comes after all its own acts and nothing
    /// branches from it; otherwise it begins a branch of its own.
    pub fn act(&mut self, shown: Place, at: Moment, command: Command) -> Result<Place, Unfit> {
        let line = Line { comments: Vec::new(), trigger: Trigger::At(at), command };
        let has_children = self.branches.iter().any(|branch| branch.parent == shown);
        if let Place::Branch(index) = shown
            && let Some(branch) = self.branches.get_mut(index)
            && at >= branch.last()
            && !has_children
        {
            branch.lines.push(line);
            return Ok(shown);
        }
        if self.branches.len() >= MAX_BRANCHES {
            return Err(Unfit::TooMany);
        }
        let name = self.free_name();
        self.branches.push(Branch { name, parent: shown, lines: Vec::from([line]) });
        Ok(Place::Branch(self.branches.len() - 1))
    }

    fn free_name(&self) -> String {
        let taken = |name: &String| self.branches.iter().any(|branch| branch.name == *name);
        (self.branches.len() + 1..)
            .map(|number| format!("branch-{number}"))
            .find(|name| !taken(name))
            .unwrap_or_default()
    }

    /// Takes the last own act of a branch back. A branch without own acts vanishes. Answers which
    /// run is shown then and where the act stood; nothing if there is none to take back.
    pub fn undo(&mut self, shown: Place) -> Option<(Place, Moment)> {
        let Place::Branch(index) = shown else { return None };
        let branch = self.branches.get_mut(index)?;
        let line = branch.lines.pop()?;
        let place = if branch.lines.is_empty() {
            let parent = branch.parent;
            self.drop_branch(index);
            after_drop(parent, index)
        } else {
            shown
        };
        Some((place, moment(&line)))
    }

    /// Drops a branch and whatever branches from it.
    pub fn drop_branch(&mut self, index: usize) {
        while let Some(child) =
            self.branches.iter().position(|branch| branch.parent == Place::Branch(index))
        {
            // A child is younger than its parent, so the index of the parent stays.
            self.drop_branch(child);
        }
        if index < self.branches.len() {
            self.branches.remove(index);
        }
        for branch in &mut self.branches {
            branch.parent = after_drop(branch.parent, index);
        }
    }

    /// Gives a branch another name.
    pub fn rename(&mut self, index: usize, name: &str) -> Result<(), Unfit> {
        let name = name.trim();
        let taken = self.branches.iter().enumerate().any(|(at, it)| at != index && it.name == name);
        let length = name.chars().count();
        if taken || length == 0 || length > MAX_NAME {
            return Err(Unfit::Name);
        }
        if let Some(branch) = self.branches.get_mut(index) {
            branch.name = name.to_string();
        }
        Ok(())
    }

    fn named(&self, name: &str) -> Option<usize> {
        self.branches.iter().position(|branch| branch.name == name)
    }
}

/// Where a run stands when the branch of this index is gone.
fn after_drop(place: Place, dropped: usize) -> Place {
    match place {
        Place::Branch(index) if index > dropped => Place::Branch(index - 1),
        other => other,
    }
}

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.trunk.fmt(f)?;
        for branch in &self.branches {
            let name = crate::script::Quoted(&branch.name);
            write!(f, "branch {name} at {}", branch.at())?;
            if let Some(parent) = self.branch(branch.parent) {
                write!(f, " of {}", crate::script::Quoted(&parent.name))?;
            }
            writeln!(f)?;
            for line in &branch.lines {
                writeln!(f, "{line}")?;
            }
        }
        Ok(())
    }
}

impl FromStr for Tree {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Tree, ParseError> {
        let wrong = |line: usize, found: &str, expected: &str| ParseError {
            line,
            column: 1,
            found: found.to_string(),
            expected: expected.to_string(),
        };
        if text.len() > MAX_TEXT_BYTES {
            return Err(wrong(1, "more", &format!("a run text of at most {MAX_TEXT_BYTES} bytes")));
        }
        let is_head = |line: &str| line.split_whitespace().next() == Some("branch");
        let head = text.lines().position(is_head).unwrap_or(usize::MAX);
        let trunk: Vec<&str> = text.lines().take(head).collect();
        let mut tree = Tree::new(trunk.join("\n").parse()?);
        let rest = text.lines().enumerate().skip(head);
        let mut taken = Set::new();
        let mut commands = tree.trunk.lines.len();
        for (index, source) in rest {
            let number = index + 1;
            if source.trim().is_empty() || source.starts_with('#') {
                continue;
            }
            if source.starts_with("----") {
                break;
            }
            if is_head(source) {
                taken = tree.begin_branch(number, source)?;
                continue;
            }
            let line = read_branch_line(number, source)?;
            commands += 1;
            if commands > MAX_COMMANDS {
                return Err(wrong(number, "more", &format!("at most {MAX_COMMANDS} commands")));
            }
            if let Some(request) = line.command.request()
                && !taken.insert(request)
            {
                let found = request.to_string();
                let expected = "a request number that is not taken in this branch";
                return Err(wrong(number, &found, expected));
            }
            if let Some(branch) = tree.branches.last_mut() {
                branch.lines.push(line);
            }
        }
        match tree.branches.iter().find(|branch| branch.lines.is_empty()) {
            None => Ok(tree),
            Some(branch) => {
                let last = text.lines().count() + 1;
                Err(wrong(last, "", &format!("at least one act in branch {}", branch.name)))
            }
        }
    }
}

impl Tree {
    /// Reads the head of a branch; answers the operations that its parent has.
    fn begin_branch(&mut self, number: usize, source: &str) -> Result<Set<RequestId>, ParseError> {
        let (name, parent) = read_branch(number, source)?;
        let wrong = |found: &str, expected: String| ParseError {
            line: number,
            column: 1,
            found: found.to_string(),
            expected,
        };
        if self.branches.len() >= MAX_BRANCHES {
            return Err(wrong(&name, format!("at most {MAX_BRANCHES} branches")));
        }
        let parent = match parent {
            None => Place::Trunk,
            Some(parent) => Place::Branch(self.named(&parent).ok_or_else(|| {
                wrong(&parent, "the name of a branch that stands above".to_string())
            })?),
        };
        if self.named(&name).is_some() || name.is_empty() || name.chars().count() > MAX_NAME {
            return Err(wrong(&name, Unfit::Name.to_string()));
        }
        self.branches.push(Branch { name, parent, lines: Vec::new() });
        let lines = self.script(parent).lines;
        Ok(lines.iter().filter_map(|line| line.command.request()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Time;
    use dynamo_core::NodeId;

    const TEXT: &str = "dynamo 1\nsetup nodes=5 n=3 r=2 w=2 seed=7\nat 1s c1.1 put a \"x\"\n\
                        at 3s crash n1\nuntil 8s\n";

    fn tree() -> Tree {
        TEXT.parse().unwrap()
    }

    fn at(seconds: u64) -> Moment {
        Moment::at(Time(seconds * 1_000_000))
    }

    fn crash(node: u16) -> Command {
        Command::Crash(NodeId(node))
    }

    #[test]
    fn the_opened_run_survives_the_first_act_and_later_acts_stay() {
        let mut tree = tree();
        let shown = tree.act(Place::Trunk, at(2), crash(2)).unwrap();
        assert_eq!(tree.script(Place::Trunk).to_string(), TEXT);
        let lines: Vec<String> = tree.script(shown).lines.iter().map(ToString::to_string).collect();
        assert_eq!(lines, ["at 1s c1.1 put a \"x\"", "at 2s crash n2", "at 3s crash n1"]);
    }

    #[test]
    fn later_acts_extend_a_branch_and_earlier_ones_begin_another() {
        let mut tree = tree();
        let first = tree.act(Place::Trunk, at(2), crash(2)).unwrap();
        assert_eq!(tree.act(first, at(4), crash(3)), Ok(first));
        let second = tree.act(first, at(1), crash(4)).unwrap();
        assert_ne!(second, first);
        assert_eq!(tree.branch(second).unwrap().parent, first);
        assert_eq!(tree.script(second).lines.len(), 5);
        // What others branch from does not change any more.
        assert_ne!(tree.act(first, at(7), crash(5)), Ok(first));
    }

    #[test]
    fn undo_takes_the_last_own_act_back_and_an_empty_branch_vanishes() {
        let mut tree = tree();
        let shown = tree.act(Place::Trunk, at(2), crash(2)).unwrap();
        tree.act(shown, at(4), crash(3)).unwrap();
        assert_eq!(tree.undo(shown), Some((shown, at(4))));
        assert_eq!(tree.undo(shown), Some((Place::Trunk, at(2))));
        assert_eq!(tree, super::tests::tree());
        assert_eq!(tree.undo(Place::Trunk), None);
    }

    #[test]
    fn dropping_a_branch_drops_what_branches_from_it_and_keeps_the_others() {
        let mut tree = tree();
        let first = tree.act(Place::Trunk, at(2), crash(2)).unwrap();
        let other = tree.act(Place::Trunk, at(2), crash(5)).unwrap();
        let child = tree.act(first, at(1), crash(4)).unwrap();
        tree.act(child, at(0), crash(3)).unwrap();
        let text = tree.script(other).to_string();
        tree.drop_branch(0);
        assert_eq!(tree.branches().len(), 1);
        assert_eq!(tree.script(Place::Branch(0)).to_string(), text);
    }

    #[test]
    fn a_file_with_branches_is_read_back() {
        let mut tree = tree();
        let first = tree.act(Place::Trunk, at(2), crash(2)).unwrap();
        tree.rename(0, "n2 dies \"too\"").unwrap();
        let second = tree.act(first, at(1), crash(4)).unwrap();
        tree.act(second, at(2), Command::Heal).unwrap();
        let text = tree.to_string();
        assert_eq!(text.parse::<Tree>().as_ref(), Ok(&tree), "{text}");
    }

    #[test]
    fn a_file_with_a_wrong_branch_is_refused_with_its_line() {
        let error = |rest: &str| format!("{TEXT}{rest}").parse::<Tree>().unwrap_err().to_string();
        for (rest, expected) in [
            ("branch a at 2s\n", "line 7, column 1: expected at least one act in branch a"),
            (
                "branch a at 2s of b\nat 2s heal\n",
                "line 6, column 1: expected the name of a branch",
            ),
            ("branch a at 2s\nat 2s fly\n", "line 7, column 7: expected one of"),
            ("branch a at 2s\nat 2s c1.1 get a\n", "line 7, column 1: expected a request number"),
            ("branch at\n", "line 6, column 10: expected at"),
        ] {
            assert!(error(rest).starts_with(expected), "{}", error(rest));
        }
    }
}
