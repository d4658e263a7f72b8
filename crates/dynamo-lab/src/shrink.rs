//! A failing run made small: fewer lines, fewer nodes, no chance, an earlier end, as long as the
//! same check is broken.
//!
//! Chance is hashed from names, so removing a line leaves the fates of all other messages in
//! place; that is what makes this work.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use dynamo_core::Quorum;
use dynamo_sim::script::{Expectation, FIELDS, OperationCommand, Trigger};
use dynamo_sim::{Command, Moment, Script, Setup, Time};

/// Shrinks a run step by step, so that a caller can show how far it is and stop.
pub struct Shrinker<F> {
    best: Script,
    /// Whether a script still breaks the same check.
    fails: F,
    tries: u32,
    most_tries: u32,
}

/// The smallest run found within `most_tries` plays that still fails.
pub fn shrink(script: Script, most_tries: u32, fails: impl FnMut(&Script) -> bool) -> Script {
    let mut shrinker = Shrinker { best: script, fails, tries: 0, most_tries };
    loop {
        let before = shrinker.best.clone();
        shrinker.fewer_lines();
        shrinker.plainer_lines();
        shrinker.plainer_setup();
        shrinker.fewer_nodes();
        shrinker.plainer_times();
        if shrinker.best == before || shrinker.tries >= most_tries {
            return shrinker.best;
        }
    }
}

impl<F: FnMut(&Script) -> bool> Shrinker<F> {
    /// Keeps the candidate if it still fails.
    fn try_out(&mut self, candidate: Script) -> bool {
        if candidate == self.best || self.tries >= self.most_tries {
            return false;
        }
        self.tries += 1;
        let fails = (self.fails)(&candidate);
        if fails {
            self.best = candidate;
        }
        fails
    }

    /// Delta debugging on the lines: halves first, single lines last.
    fn fewer_lines(&mut self) {
        let mut size = self.best.lines.len().div_ceil(2);
        while size > 0 {
            let mut from = 0;
            while from < self.best.lines.len() {
                let mut candidate = self.best.clone();
                let to = (from + size).min(candidate.lines.len());
                candidate.lines.drain(from..to);
                if !self.try_out(candidate) {
                    from += size;
                }
            }
            size /= 2;
        }
    }

    /// Operations without a word on whom they ask and what they ask for, one by one.
    fn plainer_lines(&mut self) {
        let changes: [fn(&mut OperationCommand); 3] = [
            |operation| operation.via = None,
            |operation| operation.needed = None,
            |operation| operation.strictness = None,
        ];
        for index in 0..self.best.lines.len() {
            for change in changes {
                let mut candidate = self.best.clone();
                if let Command::Operation(operation) = &mut candidate.lines[index].command {
                    change(operation);
                    self.try_out(candidate);
                }
            }
        }
    }

    /// One field of the setup after the other as it usually is.
    fn plainer_setup(&mut self) {
        let usual = Setup::default();
        for field in &FIELDS {
            let mut candidate = self.best.clone();
            let is_read = (field.read)(&mut candidate.setup, &(field.show)(&usual)).is_ok();
            let grows = candidate.setup.nodes > self.best.setup.nodes;
            if is_read && !grows && candidate.setup.contradiction().is_none() {
                self.try_out(candidate);
            }
        }
    }

    /// The fewest nodes that will do, as many replicas as there are nodes or one node to spare for
    /// a hint. Lines that name others are refused, or name those that are left in their place.
    fn fewer_nodes(&mut self) {
        for fewer in 1..self.best.setup.nodes {
            let most = u16::from(self.best.setup.quorum.n()).min(fewer);
            let fewest = most.min(fewer - 1).max(1);
            for n in (fewest..=most).rev() {
                for turn in core::iter::once(None).chain((0..fewer).map(Some)) {
                    if self.try_nodes(fewer, n as u8, turn) {
                        return;
                    }
                }
            }
        }
    }

    fn try_nodes(&mut self, nodes: u16, n: u8, turn: Option<u16>) -> bool {
        let folded = turn.and_then(|turn| fold(&self.best, nodes, turn));
        let mut candidate = folded.unwrap_or_else(|| self.best.clone());
        candidate.setup = candidate.setup.with_nodes(nodes);
        let (_, r, w) = candidate.setup.quorum.into();
        let Ok(quorum) = Quorum::new(n, r.min(n), w.min(n)) else { return false };
        candidate.setup.quorum = quorum;
        candidate.setup.config.replicas = n;
        self.try_out(candidate)
    }

    /// Earlier ends, and places in time without a count of events.
    fn plainer_times(&mut self) {
        for index in 0..self.best.lines.len() {
            let mut candidate = self.best.clone();
            if let Trigger::At(moment) = candidate.lines[index].trigger
                && moment.after > 0
            {
                candidate.lines[index].trigger = Trigger::At(Moment::at(moment.time));
                self.try_out(candidate);
            }
        }
        let mut cut = self.best.horizon().as_micros() / 2;
        while cut > 1_000 {
            let mut candidate = self.best.clone();
            candidate.until = Some(Time(candidate.horizon().as_micros().saturating_sub(cut)));
            if !self.try_out(candidate) {
                cut /= 2;
            }
        }
    }
}

/// The same lines with names of the first nodes only, in turn and beginning with one of them.
fn fold(script: &Script, nodes: u16, turn: u16) -> Option<Script> {
    let rename = |word: &str| {
        let number = word.strip_prefix('n').and_then(|number| number.parse::<u16>().ok());
        match number.and_then(|number| number.checked_sub(1)) {
            Some(number) => format!("n{}", (number % nodes + turn) % nodes + 1),
            None => word.to_string(),
        }
    };
    let text = script.to_string();
    let lines = text.lines().map(|line| match line.starts_with("at ") {
        true => line.split(' ').map(rename).collect::<Vec<_>>().join(" "),
        false => line.to_string(),
    });
    lines.collect::<Vec<_>>().join("\n").parse().ok()
}

/// Marks a shrunk run with what it shows: its first comment and its expectation.
pub fn label(mut script: Script, check: &str, about: String) -> Script {
    script.about = Vec::from([about]);
    script.expect = Vec::from([Expectation { check: check.to_string(), status: "ok".into() }]);
    script
}
