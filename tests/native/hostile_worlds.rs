//! Random worlds: clients, crashes, cuts, losses and copies by chance, then peace. No check is
//! ever violated.

use std::fmt::Write;

use dynamo_check::findings;
use dynamo_sim::{Moment, Run, Script, Seed, Status};

/// Draws numbers for one world.
struct Draw {
    seed: Seed,
    count: u32,
}

impl Draw {
    fn below(&mut self, bound: u64) -> u64 {
        self.count += 1;
        self.seed.draw("world", &self.count).below(bound)
    }

    fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }
}

/// The configuration is drawn first, then what happens.
fn world(seed: u64) -> String {
    let mut draw = Draw { seed: Seed(seed), count: 0 };
    let nodes = 1 + draw.below(8);
    let n = 1 + draw.below(nodes.min(5));
    let (r, w) = (1 + draw.below(n), 1 + draw.below(n));
    let mode = ["sloppy", "sloppy", "strict"][draw.below(3) as usize];
    let latency = ["constant-3ms", "uniform-1ms-30ms", "lognormal-4ms-15ms"];
    let latency = latency[draw.below(3) as usize];
    let (loss, copies) = (draw.below(3) * 7, draw.below(3) * 15);
    let mut text = format!(
        "dynamo 1\nsetup nodes={nodes} n={n} r={r} w={w} seed={seed} mode={mode} \
         latency={latency} loss=0.{loss:02} copies=0.{copies:02}\n"
    );
    let keys = ["basket", "list"];
    let clients = 1 + draw.below(4);
    let mut time = 0;
    for step in 0..10 + draw.below(40) {
        time += 1 + draw.below(300);
        let node = 1 + draw.below(nodes);
        let client = 1 + draw.below(clients);
        let key = keys[draw.below(2) as usize];
        let _ = match draw.below(20) {
            0..=5 => writeln!(text, "at {time}ms c{client} get {key}"),
            6 => writeln!(text, "at {time}ms c{client} put {key} \"{step}\" context none"),
            7..=12 => writeln!(text, "at {time}ms c{client} put {key} \"{step}\""),
            13 | 14 => {
                let after = draw.below(4);
                writeln!(text, "at {time}ms+{after} crash n{node}")
            }
            15 | 16 => writeln!(text, "at {time}ms restart n{node}"),
            17 if nodes > 1 => {
                let groups: Vec<bool> = (0..nodes).map(|_| draw.percent(50)).collect();
                let side = |which: bool| {
                    let side = (1..=nodes).filter(|it| groups[*it as usize - 1] == which);
                    side.map(|node| format!("n{node}")).collect::<Vec<_>>().join(" ")
                };
                let word = if draw.percent(50) { "from" } else { "to" };
                match (side(true), side(false)) {
                    (a, b) if a.is_empty() || b.is_empty() => Ok(()),
                    (a, b) => writeln!(text, "at {time}ms cut {a} {word} {b}"),
                }
            }
            18 => writeln!(text, "at {time}ms heal"),
            _ => Ok(()),
        };
    }
    time += 100;
    for line in ["heal", "set loss=0", "set copies=0"] {
        let _ = writeln!(text, "at {time}ms {line}");
    }
    for node in 1..=nodes {
        let _ = writeln!(text, "at {time}ms restart n{node}");
    }
    let _ = writeln!(text, "until {}ms", time + 20_000);
    text
}

#[test]
fn no_check_is_violated_in_random_worlds() {
    let (mut due, mut counted) = (0, 0);
    let worlds = if std::env::var_os("DYNAMO_FULL").is_some() { 100_000 } else { 2_000 };
    for seed in 0..worlds {
        let text = world(seed);
        let script: Script = text.parse().unwrap_or_else(|error| panic!("{error}\n{text}"));
        let at = Moment::end_of(script.horizon());
        let run = Run::new(script);
        for finding in findings(&run.script().setup, run.trace(), at) {
            match finding.status {
                Status::Holds => due += u32::from(finding.check == "convergence"),
                Status::Counted(_) if finding.check == "convergence" => counted += 1,
                Status::Counted(_) if finding.check == "sessions" => {}
                _ => panic!("seed {seed}: {finding}\n{text}"),
            }
        }
    }
    // Convergence was really judged, and most worlds leave nobody behind.
    assert!(due > 100, "{due} converged, {counted} counted");
}
