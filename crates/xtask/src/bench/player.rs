//! A process that plays loads: a line in, a line of numbers out.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::Outcome;

/// A running process; it ends when this is dropped.
pub struct Player {
    child: Child,
    asked: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// What a player answers, in this order; what it does not tell is 0.
#[derive(Clone, Copy, Default)]
pub struct Measured {
    pub micros: f64,
    pub delivered: f64,
    pub events: f64,
    pub simulated: f64,
    pub bytes: f64,
}

impl Measured {
    pub fn messages_a_second(&self) -> f64 {
        self.delivered / self.micros * 1e6
    }

    pub fn events_a_second(&self) -> f64 {
        self.events / self.micros * 1e6
    }

    /// Eight messages and a timer for each operation, and four milliseconds: whoever counts
    /// otherwise does other work.
    pub fn must_be_q8(&self, nodes: u64, operations: u64) -> Outcome {
        let all = (nodes * operations) as f64;
        let Measured { delivered, events, simulated, .. } = self;
        let each = simulated / operations as f64;
        if (*delivered, *events) == (8.0 * all, 9.0 * all) && (4_000.0..4_300.0).contains(&each) {
            return Ok(());
        }
        Err(format!(
            "Q8 with {all} operations gave {delivered} messages and {events} events in \
             {simulated} microseconds."
        ))
    }
}

impl Player {
    pub fn start(command: &mut Command) -> Outcome<Player> {
        let name = command.get_program().to_string_lossy().into_owned();
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = piped.map_err(|error| format!("{name} cannot be started: {error}."))?;
        let (Some(asked), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(format!("{name} has no input or output."));
        };
        Ok(Player { child, asked, answers: BufReader::new(answers) })
    }

    /// Has a load played.
    pub fn ask(&mut self, load: &str) -> Outcome<Measured> {
        let mut answer = String::new();
        let asked = writeln!(self.asked, "{load}").and_then(|()| self.asked.flush());
        asked
            .and_then(|()| self.answers.read_line(&mut answer))
            .map_err(|error| format!("Nobody plays {load}: {error}."))?;
        let numbers: Result<Vec<f64>, _> = answer.split_whitespace().map(str::parse).collect();
        let numbers = numbers.map_err(|_| format!("Asked for {load}: {}", answer.trim()))?;
        let at = |index: usize| numbers.get(index).copied().unwrap_or_default();
        if numbers.len() < 4 {
            return Err(format!("Asked for {load}: no answer."));
        }
        Ok(Measured {
            micros: at(0),
            delivered: at(1),
            events: at(2),
            simulated: at(3),
            bytes: at(4),
        })
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        // It may have ended by itself; either way nothing is left to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
