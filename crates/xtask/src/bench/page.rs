//! The release page in Chromium against its budgets; each of [`MEASURES`] is a row.

use std::fs;

use dynamo_sim::Run;

use super::{Row, engines, long_run, places};
use crate::Outcome;
use crate::browser;
use crate::dist;
use crate::shell::{self, capture, command, root};
use crate::tools::{self, Tool};

/// How many numbers become one.
enum Of {
    /// The 95th percentile.
    Most,
    /// The greatest.
    Worst,
    /// The one in the middle.
    Middle,
}

/// What `bench.mjs` measures under a name, and what it has to be.
struct Measure {
    name: &'static str,
    what: &'static str,
    unit: &'static str,
    of: Of,
    bar: Option<(&'static str, f64)>,
}

const fn measure(
    name: &'static str,
    what: &'static str,
    unit: &'static str,
    of: Of,
    bar: Option<(&'static str, f64)>,
) -> Measure {
    Measure { name, what, unit, of, bar }
}

/// A frame of a screen that shows sixty in a second.
const FRAME: f64 = 16.7;
/// What a tab may keep once a run has all the events that it may have: 131 MB were measured, other
/// runs may have more. The trace alone may have 192 MB.
const MEMORY: f64 = 320.0;

/// The slowed ones run with a CPU four times slower than this one.
const MEASURES: &[Measure] = &[
    measure("lcp", "first visit, slowed: LCP", "ms", Of::Worst, Some(("<=", 1_200.0))),
    measure("inp", "first visit, slowed: INP", "ms", Of::Worst, Some(("<=", 100.0))),
    measure("cls", "first visit, slowed: CLS", "", Of::Worst, Some(("<=", 0.0))),
    measure("answer", "click to painted answer, slowed", "ms", Of::Worst, Some(("<", 100.0))),
    measure("all answer", "until it stands in every room", "ms", Of::Worst, None),
    measure("frame automatic", "frame, crowd, ladder, slowed", "ms", Of::Most, Some(("<", FRAME))),
    measure("frame wall automatic", "the same by the clock on the wall", "ms", Of::Most, None),
    measure("frame 1:20", "frame, crowd, at 1:20, slowed", "ms", Of::Most, None),
    measure("flights automatic", "messages on their way in it", "", Of::Middle, None),
    measure("loop", "a loop of 20 M sums, slowed", "ms", Of::Middle, None),
    measure("open", "open a run of 100,000 events", "ms", Of::Worst, None),
    measure("seek Inspector", "seek in it", "ms", Of::Most, Some(("<", 50.0))),
    measure("all seek Inspector", "all rooms, inspector", "ms", Of::Most, Some(("<", 50.0))),
    measure("all seek Log", "all rooms, log", "ms", Of::Most, Some(("<", 50.0))),
    measure("all seek Findings", "all rooms, findings", "ms", Of::Most, Some(("<", 50.0))),
    measure("seek Ladder", "seek in it, findings and ladder", "ms", Of::Most, Some(("<", 50.0))),
    measure("all seek Ladder", "all rooms of these", "ms", Of::Most, None),
    measure("act", "act near its end", "ms", Of::Most, None),
    measure("engine rate", "engine in the tab, Q8", "M events/s", Of::Middle, Some((">=", 1.0))),
    measure("engine slower", "times slower than outside", "", Of::Middle, Some(("<=", 1.6))),
    measure("memory fresh", "memory of a fresh page", "MB", Of::Worst, None),
    measure("memory minute", "after a minute at full speed", "MB", Of::Worst, Some(("<=", MEMORY))),
    measure("seconds minute", "seconds of the run by then", "s", Of::Worst, None),
    measure("memory cap", "with all events of a run", "MB", Of::Worst, Some(("<=", MEMORY))),
];

/// Measures all; what a sentence explains stands under the table.
pub fn rows() -> Outcome<Vec<Row>> {
    tools::ensure(&[Tool::Browser])?;
    dist::build()?;
    let run = Run::new(long_run());
    let folder = root().join("target/bench");
    let script = folder.join("long-run.txt");
    shell::write(&script, &run.script().to_string())?;
    let micros: Vec<_> = places(&run).iter().map(|at| at.time.as_micros().to_string()).collect();
    let (native, speed) = (engines::built("dynamo-speed")?, speed_for_a_tab()?);
    let mut node = browser::node(&["bench.mjs"]);
    let said = capture(node.arg(script).arg(native).arg(speed).args(micros))?.ok()?.stdout;
    let mut rows = Vec::new();
    for measure in MEASURES {
        rows.push(measure.row(&said)?);
    }
    for line in said.lines() {
        if let Some((name, words)) = line.split_once("= ") {
            rows.push(Row::new(name, words));
        }
    }
    Ok(rows)
}

impl Measure {
    /// Reads `seek Log: 1.5 2.25`.
    fn row(&self, said: &str) -> Outcome<Row> {
        let Measure { name, what, unit, of, bar } = self;
        let numbers = said.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        let numbers = numbers.ok_or_else(|| format!("bench.mjs did not measure {name}."))?;
        let numbers: Result<Vec<f64>, _> = numbers.split(' ').map(str::parse).collect();
        let mut numbers = numbers.map_err(|_| format!("bench.mjs measured no numbers: {name}."))?;
        numbers.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let index = (numbers.len() as f64 * share).ceil() as usize;
            numbers.get(index.saturating_sub(1)).copied().unwrap_or(f64::NAN)
        };
        let measured = match of {
            Of::Most => at(0.95),
            Of::Worst => at(1.0),
            Of::Middle => at(0.5),
        };
        let figure = match of {
            Of::Most => {
                format!("p50 {:.1}   p95 {measured:.1}   max {:.1} {unit}", at(0.5), at(1.0))
            }
            Of::Worst | Of::Middle => format!("{measured:.2} {unit}"),
        };
        let row = Row::new(*what, figure);
        Ok(match bar {
            None => row,
            Some((sign, bar)) => {
                let holds = match *sign {
                    "<" => measured < *bar,
                    ">=" => measured >= *bar,
                    _ => measured <= *bar,
                };
                row.against(format!("{sign} {bar} {unit}"), holds)
            }
        })
    }
}

/// The loads as wasm that a page can import, and a page to do so.
fn speed_for_a_tab() -> Outcome<std::path::PathBuf> {
    engines::wasm()?;
    let folder = root().join("target/speed-tab");
    let mut bindgen = command("wasm-bindgen");
    bindgen.args(["--target", "web", "--no-typescript", "--out-dir"]).arg(&folder);
    capture(bindgen.arg("target/wasm32-unknown-unknown/release/dynamo_speed.wasm"))?.ok()?;
    let page = "<!doctype html><link rel=\"icon\" href=\"data:,\"><title>Speed</title>";
    fs::write(folder.join("index.html"), page).map_err(|error| format!("{error}"))?;
    Ok(folder)
}
