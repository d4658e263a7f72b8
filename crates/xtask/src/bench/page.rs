//! The release page in Chromium, on the same run and the same places as natively.

use dynamo_sim::Run;

use super::{Row, SEEK_BAR, long_run, places};
use crate::Outcome;
use crate::browser;
use crate::dist;
use crate::shell::{self, capture, root};
use crate::tools::{self, Tool};

/// Each time is from the call of `window.dynamo` at the start of a frame to the first task after
/// that frame: the page has drawn, laid out and painted; rastering, which other threads do, and
/// waiting for the screen are left out.
pub fn rows() -> Outcome<Vec<Row>> {
    tools::ensure(&[Tool::Browser])?;
    dist::build()?;
    let run = Run::new(long_run());
    let folder = root().join("target/bench");
    let script = folder.join("long-run.txt");
    shell::write(&script, &run.script().to_string())?;
    let micros: Vec<_> = places(&run).iter().map(|at| at.time.as_micros().to_string()).collect();
    let mut node = browser::node(&["bench.mjs"]);
    let said = capture(node.arg(script).args(micros))?.ok()?.stdout;
    said.lines().map(row).collect()
}

/// Reads `seek, Log open: 1.5 2.25`.
fn row(line: &str) -> Outcome<Row> {
    let wrong = || format!("bench.mjs printed what nobody understands: {line}");
    let (what, times) = line.split_once(": ").ok_or_else(wrong)?;
    let times = times.split(' ').map(|time| time.parse::<f64>().map_err(|_| wrong()));
    let row = Row::spread(what, times.collect::<Outcome<Vec<f64>>>()?);
    Ok(if what.starts_with("seek") { row.with_bar(SEEK_BAR) } else { row })
}
