//! A failing run made small: fewer lines, fewer nodes, no chance, an earlier end, as long as the
//! same check is broken.
//!
//! Chance is hashed from names, so removing a line leaves the fates of all other messages in
//! place; that is what makes this work.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use dynamo_core::Quorum;
use dynamo_sim::script::{Expectation, Rate, Trigger};
use dynamo_sim::{Moment, Script, Setup, Time};

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

    fn plainer_setup(&mut self) {
        let usual = Setup::default();
        let changes: [fn(&mut Setup, &Setup); 11] = [
            |setup, _| setup.loss = Rate::NEVER,
            |setup, _| setup.copies = Rate::NEVER,
            |setup, usual| setup.latency = usual.latency,
            |setup, usual| setup.zone_latency = usual.zone_latency,
            |setup, usual| setup.zones = usual.zones.clone(),
            |setup, usual| setup.weights = usual.weights.clone(),
            |setup, usual| setup.strategy = usual.strategy,
            |setup, usual| setup.strictness = usual.strictness,
            |setup, usual| setup.config.engine = usual.config.engine,
            |setup, usual| setup.config.versions = usual.config.versions,
            |setup, _| setup.seed = dynamo_sim::Seed(1),
        ];
        for change in changes {
            let mut candidate = self.best.clone();
            change(&mut candidate.setup, &usual);
            self.try_out(candidate);
        }
    }

    fn fewer_nodes(&mut self) {
        while self.best.setup.nodes > 1 {
            let mut candidate = self.best.clone();
            let fewer = candidate.setup.nodes - 1;
            candidate.setup = candidate.setup.with_nodes(fewer);
            let nodes = candidate.setup.nodes.min(u16::from(u8::MAX)) as u8;
            let (n, r, w) = candidate.setup.quorum.into();
            let n = n.min(nodes);
            let Ok(quorum) = Quorum::new(n, r.min(n), w.min(n)) else { return };
            candidate.setup.quorum = quorum;
            candidate.setup.config.replicas = n;
            if !self.try_out(candidate) {
                return;
            }
        }
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

/// Marks a shrunk run with what it shows: its first comment and its expectation.
pub fn label(mut script: Script, check: &str, about: String) -> Script {
    script.about = Vec::from([about]);
    script.expect = Vec::from([Expectation { check: check.to_string(), status: "ok".into() }]);
    script
}
