//! The verb `bench`: how fast, as a table. Figures are printed for people to read and never
//! asserted in a test: they belong to a machine.
//!
//! A bench is one line in [`BENCHES`] and one function that returns rows.

mod engines;
mod native;
mod page;
mod player;
mod scale;

use dynamo_sim::{Moment, Run, Script, Seed, Time};

use crate::Outcome;

/// Something that is measured.
struct Bench {
    name: &'static str,
    rows: fn() -> Outcome<Vec<Row>>,
}

const BENCHES: &[Bench] = &[
    Bench { name: "engines", rows: engines::rows },
    Bench { name: "scale", rows: scale::rows },
    Bench { name: "native", rows: native::rows },
    Bench { name: "page", rows: page::rows },
];

/// One line of the table: what, how fast, and how fast it has to be.
pub struct Row {
    what: String,
    figure: String,
    bar: &'static str,
}

impl Row {
    fn new(what: impl Into<String>, figure: impl Into<String>) -> Self {
        Row { what: what.into(), figure: figure.into(), bar: "" }
    }

    /// The spread of some times in milliseconds.
    fn spread(what: impl Into<String>, mut millis: Vec<f64>) -> Self {
        millis.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let index = (millis.len() as f64 * share).ceil() as usize;
            millis.get(index.saturating_sub(1)).copied().unwrap_or(f64::NAN)
        };
        let (median, high, most) = (at(0.5), at(0.95), at(1.0));
        Row::new(what, format!("p50 {median:6.1}   p95 {high:6.1}   max {most:6.1} ms"))
    }

    fn with_bar(self, bar: &'static str) -> Self {
        Row { bar, ..self }
    }
}

/// The median of some ratios, the least and the greatest.
fn spread(mut ratios: Vec<f64>) -> String {
    ratios.sort_by(f64::total_cmp);
    let at = |index: usize| ratios.get(index).copied().unwrap_or(f64::NAN);
    let (least, median, most) = (at(0), at(ratios.len() / 2), at(ratios.len().saturating_sub(1)));
    format!("{median:6.2} ({least:.2} to {most:.2})")
}

/// What a seek may take.
const SEEK_BAR: &str = "p95 < 50 ms";

/// Acts of the run that is looked at: enough for 100,000 records.
const ACTS: u32 = 3_000;
/// Places that are looked at in it.
const PLACES: u32 = 200;

fn long_run() -> Script {
    dynamo_tests::long_run(ACTS)
}

/// Random places of a run, the same every time and for every bench.
fn places(run: &Run) -> Vec<Moment> {
    let end = run.known_until().as_micros();
    let place = |number: u32| Moment::at(Time(Seed(1).draw("place", &number).below(end)));
    (0..PLACES).map(place).collect()
}

/// Measures all, or only what is named, and prints the table.
pub fn run(names: &[String]) -> Outcome {
    let is_known = |name: &&String| BENCHES.iter().any(|bench| bench.name == **name);
    if let Some(unknown) = names.iter().find(|name| !is_known(name)) {
        let known: Vec<_> = BENCHES.iter().map(|bench| bench.name).collect();
        return Err(format!("There is no bench `{unknown}`; there are: {}.", known.join(" ")));
    }
    for bench in BENCHES.iter().filter(|it| names.is_empty() || names.iter().any(|n| n == it.name))
    {
        println!("{}", bench.name);
        for Row { what, figure, bar } in (bench.rows)()? {
            println!("{}", format!("  {what:<44} {figure:<46} {bar}").trim_end());
        }
    }
    Ok(())
}
