//! The verb `bench`: how fast, as a table. Figures are printed for people to read and never
//! asserted in a test: they belong to a machine. The page has budgets, and the verb fails where one
//! is missed.
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

/// One line of the table: what, how fast, how fast it has to be, and whether it is.
pub struct Row {
    what: String,
    figure: String,
    bar: String,
    holds: Option<bool>,
}

impl Row {
    fn new(what: impl Into<String>, figure: impl Into<String>) -> Self {
        Row { what: what.into(), figure: figure.into(), bar: String::new(), holds: None }
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
        Row { bar: bar.to_owned(), ..self }
    }

    /// With a bar, and whether the figure clears it.
    fn against(self, bar: String, holds: bool) -> Self {
        Row { bar, holds: Some(holds), ..self }
    }
}

/// The median of some ratios, the least and the greatest.
fn spread(mut ratios: Vec<f64>) -> String {
    ratios.sort_by(f64::total_cmp);
    let at = |index: usize| ratios.get(index).copied().unwrap_or(f64::NAN);
    let (least, median, most) = (at(0), at(ratios.len() / 2), at(ratios.len().saturating_sub(1)));
    format!("{median:7.3} ({least:.3} to {most:.3})")
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
    let mut missed = Vec::new();
    for bench in BENCHES.iter().filter(|it| names.is_empty() || names.iter().any(|n| n == it.name))
    {
        println!("{}", bench.name);
        for Row { what, figure, bar, holds } in (bench.rows)()? {
            let verdict = match holds {
                None => "",
                Some(true) => "holds",
                Some(false) => "MISSED",
            };
            println!("{}", format!("  {what:<40} {figure:<44} {bar:<16} {verdict}").trim_end());
            missed.extend((holds == Some(false)).then_some(what));
        }
    }
    if missed.is_empty() {
        return Ok(());
    }
    Err(format!("Missed: {}.", missed.join("; ")))
}
