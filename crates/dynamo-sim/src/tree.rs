//! A run and its branches: what was done otherwise, kept beside what was.
//!
//! An act at a place where the shown run goes on makes a branch: the same run with one line more;
//! later lines stay. `saved.rs` has the form that a tree takes as a file.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use crate::script::{Command, Line, MAX_COMMANDS, Script, Trigger};
use crate::time::Moment;
use dynamo_core::Shared;

/// The most branches of a run.
pub const MAX_BRANCHES: usize = 64;
/// The longest name of a branch, in characters.
pub const MAX_NAME: usize = 60;

/// A run with its branches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    trunk: Shared<Script>,
    /// Whether acts at its end go into the trunk itself.
    trunk_grows: bool,
    // Invariant: a parent stands before its children.
    branches: Vec<Branch>,
}

/// A run that differs from another by some acts of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// What it is called; no two are called the same.
    pub name: String,
    /// What it branches from.
    pub parent: Place,
    /// Its own acts, in the order in which they were given. Never empty.
    pub lines: Vec<Line>,
}

/// Which run of a tree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
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
    /// The run has as many acts as it may have.
    TooManyActs,
    /// The name is empty, too long, or taken.
    Name,
}

impl fmt::Display for Unfit {
    /// What was expected instead.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unfit::TooMany => write!(f, "at most {MAX_BRANCHES} branches: drop one first"),
            Unfit::TooManyActs => write!(f, "at most {MAX_COMMANDS} acts in a run"),
            Unfit::Name => {
                write!(f, "a name of 1 to {MAX_NAME} characters that no other branch has")
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
    /// An opened run: acts never change it, they make branches.
    pub fn new(trunk: Script) -> Self {
        Tree { trunk: Shared::new(trunk), trunk_grows: false, branches: Vec::new() }
    }

    /// A run that is just being made: acts at its end belong to it.
    pub fn begin(trunk: Script) -> Self {
        Tree { trunk_grows: true, ..Tree::new(trunk) }
    }

    /// The run that was opened or begun.
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
            None => Script::clone(&self.trunk),
            Some(branch) => {
                let mut script = self.script(branch.parent);
                for line in &branch.lines {
                    let index = script.insert(moment(line), line.command.clone());
                    script.lines[index].comments.clone_from(&line.comments);
                }
                script
            }
        }
    }

    /// The acts that only one of two runs has.
    pub fn apart(&self, one: Place, other: Place) -> [Vec<&Line>; 2] {
        let [here, there] = [one, other].map(|place| self.ancestry(place));
        let own = |these: &[Place], those: &[Place]| {
            let own = these.iter().filter(|place| !those.contains(place));
            let lines = own.filter_map(|place| self.branch(*place)).map(|branch| &branch.lines);
            lines.rev().flatten().collect()
        };
        [own(&here, &there), own(&there, &here)]
    }

    /// A run, what it branches from, and so on to the trunk.
    fn ancestry(&self, place: Place) -> Vec<Place> {
        let mut all = Vec::from([place]);
        let mut place = place;
        while let Some(branch) = self.branch(place) {
            place = branch.parent;
            all.push(place);
        }
        all
    }

    /// How many acts a run of the tree has.
    fn acts(&self, place: Place) -> usize {
        match self.branch(place) {
            None => self.trunk.lines.len(),
            Some(branch) => self.acts(branch.parent) + branch.lines.len(),
        }
    }

    /// One act more; answers which run has it. It goes into the shown run if it comes after all
    /// of that run's own acts and nothing branches from it; otherwise it begins a branch, named
    /// after the act.
    pub fn act(&mut self, shown: Place, at: Moment, command: Command) -> Result<Place, Unfit> {
        let has_children = self.branches.iter().any(|branch| branch.parent == shown);
        let grows = !has_children && at >= self.last(shown);
        match shown {
            _ if self.acts(shown) >= MAX_COMMANDS => Err(Unfit::TooManyActs),
            Place::Trunk if grows && self.trunk_grows => {
                Shared::make_mut(&mut self.trunk).insert(at, command);
                Ok(shown)
            }
            Place::Branch(index) if grows => {
                let line = Line { comments: Vec::new(), trigger: Trigger::At(at), command };
                self.branches[index].lines.push(line);
                Ok(shown)
            }
            _ => self.fork(shown, at, command),
        }
    }

    /// The place of a run's last own act.
    fn last(&self, place: Place) -> Moment {
        match self.branch(place) {
            None => self.trunk.lines.iter().map(moment).max().unwrap_or_default(),
            Some(branch) => branch.last(),
        }
    }

    /// A branch that begins with this act, also where the act could go into the run itself.
    pub fn fork(&mut self, parent: Place, at: Moment, command: Command) -> Result<Place, Unfit> {
        if self.acts(parent) >= MAX_COMMANDS {
            return Err(Unfit::TooManyActs);
        }
        let name = self.free_name(&command.to_string());
        let line = Line { comments: Vec::new(), trigger: Trigger::At(at), command };
        self.add_branch(Branch { name, parent, lines: Vec::from([line]) })
    }

    /// Takes in a branch of a run that is there.
    pub(crate) fn add_branch(&mut self, branch: Branch) -> Result<Place, Unfit> {
        if self.branches.len() >= MAX_BRANCHES {
            return Err(Unfit::TooMany);
        }
        if !is_name(&branch.name) || self.named(&branch.name).is_some() {
            return Err(Unfit::Name);
        }
        self.branches.push(branch);
        Ok(Place::Branch(self.branches.len() - 1))
    }

    /// Adds a line to the youngest branch.
    pub(crate) fn add_line(&mut self, line: Line) -> Result<(), Unfit> {
        let last = self.branches.len().saturating_sub(1);
        if self.acts(Place::Branch(last)) >= MAX_COMMANDS {
            return Err(Unfit::TooManyActs);
        }
        self.branches.iter_mut().skip(last).for_each(|branch| branch.lines.push(line.clone()));
        Ok(())
    }

    /// A name that is not taken, as near to the wanted one as can be.
    fn free_name(&self, wanted: &str) -> String {
        // Leaves room for a number.
        let stem: String = wanted.chars().take(MAX_NAME - 5).collect();
        let numbered = (2..).map(|number| format!("{stem} ({number})"));
        core::iter::once(stem.clone())
            .chain(numbered)
            .find(|name| self.named(name).is_none())
            .unwrap_or_default()
    }

    /// Drops a branch and whatever branches from it; answers where `shown` stands now: its own
    /// run, or what the dropped branch had branched from.
    pub fn drop_branch(&mut self, index: usize, shown: Place) -> Place {
        let Some(parent) = self.branches.get(index).map(|branch| branch.parent) else {
            return shown;
        };
        let mut shown = shown;
        // A child is younger than its parent, so the index of the parent stays.
        let is_child = |branch: &Branch| branch.parent == Place::Branch(index);
        while let Some(child) = self.branches.iter().position(is_child) {
            shown = self.drop_branch(child, shown);
        }
        self.branches.remove(index);
        for branch in &mut self.branches {
            branch.parent = after_drop(branch.parent, index);
        }
        if shown == Place::Branch(index) { parent } else { after_drop(shown, index) }
    }

    /// Gives a branch another name.
    pub fn rename(&mut self, index: usize, name: &str) -> Result<(), Unfit> {
        let name = name.trim();
        let is_taken = self.named(name).is_some_and(|at| at != Place::Branch(index));
        if is_taken || !is_name(name) {
            return Err(Unfit::Name);
        }
        if let Some(branch) = self.branches.get_mut(index) {
            branch.name = name.to_string();
        }
        Ok(())
    }

    /// The branch of this name.
    pub fn named(&self, name: &str) -> Option<Place> {
        self.branches.iter().position(|branch| branch.name == name).map(Place::Branch)
    }

    /// Every run of the tree, each before what branches from it, with how deep it stands.
    pub fn places(&self) -> Vec<(Place, usize)> {
        let mut places = Vec::new();
        self.collect(Place::Trunk, 0, &mut places);
        places
    }

    fn collect(&self, place: Place, depth: usize, into: &mut Vec<(Place, usize)>) {
        into.push((place, depth));
        for (index, branch) in self.branches.iter().enumerate() {
            if branch.parent == place {
                self.collect(Place::Branch(index), depth + 1, into);
            }
        }
    }
}

fn is_name(name: &str) -> bool {
    (1..=MAX_NAME).contains(&name.chars().count())
}

/// Where a run stands when the branch of this index is gone.
fn after_drop(place: Place, dropped: usize) -> Place {
    match place {
        Place::Branch(index) if index > dropped => Place::Branch(index - 1),
        other => other,
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
        Tree::new(TEXT.parse().unwrap())
    }

    fn at(seconds: u64) -> Moment {
        Moment::at(Time(seconds * 1_000_000))
    }

    fn crash(node: u16) -> Command {
        Command::Crash(NodeId(node))
    }

    fn lines(tree: &Tree, place: Place) -> Vec<String> {
        tree.script(place).lines.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_opened_run_survives_the_first_act_and_later_acts_stay() {
        let mut tree = tree();
        let shown = tree.act(Place::Trunk, at(2), crash(2)).unwrap();
        assert_eq!(tree.script(Place::Trunk).to_string(), TEXT);
        let with = ["at 1s c1.1 put a \"x\"", "at 2s crash n2", "at 3s crash n1"];
        assert_eq!(lines(&tree, shown), with);
        assert_eq!(tree.branch(shown).unwrap().name, "crash n2");
    }

    #[test]
    fn a_run_that_was_begun_takes_acts_at_its_end_and_branches_in_its_past() {
        let mut tree = Tree::begin(TEXT.parse().unwrap());
        assert_eq!(tree.act(Place::Trunk, at(4), crash(2)), Ok(Place::Trunk));
        let branch = tree.act(Place::Trunk, at(2), crash(3)).unwrap();
        assert_ne!(branch, Place::Trunk);
        assert_eq!(tree.trunk().lines.len(), 3);
        // What others branch from does not change any more.
        assert_ne!(tree.act(Place::Trunk, at(5), crash(3)), Ok(Place::Trunk));
    }

    #[test]
    fn a_fork_is_a_branch_even_at_the_end_of_a_run_that_grows() {
        let mut tree = Tree::begin(TEXT.parse().unwrap());
        let fork = tree.fork(Place::Trunk, at(9), crash(2)).unwrap();
        assert_eq!(tree.branch(fork).unwrap().parent, Place::Trunk);
        assert_eq!(tree.trunk().to_string(), TEXT);
        assert_eq!(tree.script(fork).lines.len(), 3);
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
        assert_ne!(tree.act(first, at(7), crash(5)), Ok(first));
    }

    #[test]
    fn what_only_one_of_two_runs_has_is_what_it_did_since_they_parted() {
        let mut tree = tree();
        let first = tree.act(Place::Trunk, at(2), crash(2)).unwrap();
        let child = tree.act(first, at(1), crash(4)).unwrap();
        let other = tree.act(Place::Trunk, at(2), crash(5)).unwrap();
        let apart = |one, other| {
            tree.apart(one, other).map(|lines| {
                lines.into_iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
            })
        };
        assert_eq!(apart(Place::Trunk, first), ["", "at 2s crash n2"]);
        assert_eq!(apart(child, first), ["at 1s crash n4", ""]);
        assert_eq!(apart(child, other), ["at 2s crash n2, at 1s crash n4", "at 2s crash n5"]);
        assert_eq!(apart(first, first), ["", ""]);
    }

    #[test]
    fn dropping_a_branch_drops_what_branches_from_it_and_keeps_the_others() {
        let mut tree = tree();
        let first = tree.act(Place::Trunk, at(2), crash(2)).unwrap();
        let other = tree.act(Place::Trunk, at(2), crash(5)).unwrap();
        let child = tree.act(first, at(1), crash(4)).unwrap();
        let grandchild = tree.act(child, at(0), crash(3)).unwrap();
        let text = tree.script(other).to_string();
        let mut twin = tree.clone();
        assert_eq!(twin.drop_branch(0, grandchild), Place::Trunk);
        let place = tree.drop_branch(0, other);
        assert_eq!(tree.branches().len(), 1);
        assert_eq!(tree.script(place).to_string(), text);
        assert_eq!(tree.drop_branch(7, place), place, "there is no such branch");
    }

    #[test]
    fn names_are_free_fit_and_are_told_apart() {
        let mut tree = tree();
        let first = tree.act(Place::Trunk, at(2), crash(2)).unwrap();
        let second = tree.act(Place::Trunk, at(2), crash(2)).unwrap();
        assert_eq!(tree.branch(second).unwrap().name, "crash n2 (2)");
        assert_eq!(tree.rename(0, "crash n2 (2)"), Err(Unfit::Name));
        assert_eq!(tree.rename(0, " "), Err(Unfit::Name));
        assert_eq!(tree.rename(0, &"x".repeat(61)), Err(Unfit::Name));
        assert_eq!(tree.rename(0, " two die "), Ok(()));
        assert_eq!(tree.named("two die"), Some(first));
    }

    #[test]
    fn there_are_at_most_so_many_branches_and_acts() {
        let mut tree = tree();
        for _ in 0..MAX_BRANCHES {
            tree.act(Place::Trunk, at(2), crash(2)).unwrap();
        }
        assert_eq!(tree.act(Place::Trunk, at(2), crash(2)), Err(Unfit::TooMany));
        let mut script: Script = TEXT.parse().unwrap();
        script.lines = alloc::vec![script.lines[0].clone(); MAX_COMMANDS];
        let mut full = Tree::new(script);
        assert_eq!(full.act(Place::Trunk, at(2), crash(2)), Err(Unfit::TooManyActs));
    }

    #[test]
    fn every_run_is_listed_before_what_branches_from_it() {
        let mut tree = tree();
        let first = tree.act(Place::Trunk, at(2), crash(2)).unwrap();
        let other = tree.act(Place::Trunk, at(2), crash(5)).unwrap();
        let child = tree.act(first, at(1), crash(4)).unwrap();
        assert_eq!(tree.places(), [(Place::Trunk, 0), (first, 1), (child, 2), (other, 1)]);
    }
}
