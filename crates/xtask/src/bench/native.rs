//! The engine and the checks without a page.

use std::hint::black_box;
use std::time::Instant;

use dynamo_check::Bench;
use dynamo_lab::judge;
use dynamo_sim::{Command, Moment, Run, Time};

use super::{Row, SEEK_BAR, long_run, places};
use crate::Outcome;

fn millis<T>(work: impl FnOnce() -> T) -> f64 {
    let began = Instant::now();
    black_box(work());
    began.elapsed().as_secs_f64() * 1e3
}

/// Playing, seeking, judging and acting in a run of 100,000 records.
pub fn rows() -> Outcome<Vec<Row>> {
    let run = Run::new(long_run());
    let records = run.trace().len() as f64;
    let rate = |millis: f64| format!("{:.0} records a second", records / millis * 1e3);
    let playing = millis(|| Run::new(long_run()));
    let judging = millis(|| judge(run.script()));
    let places = places(&run);
    let mut cursor = run.cursor();
    let seek = |at: &Moment| {
        millis(|| {
            cursor.seek(&run, *at);
            cursor.view().clone()
        })
    };
    let seeks = places.iter().map(seek).collect();
    let mut bench = Bench::new(run.script());
    let first = millis(|| bench.findings(&run, Moment::at(run.known_until())));
    let judge_at = |at: &Moment| millis(|| bench.findings(&run, *at));
    let findings = places.iter().map(judge_at).collect();
    let act = |at: Moment| millis(|| run.with_act(at, Command::Heal));
    let acts = places.iter().map(|at| act(*at)).collect();
    let end = run.known_until().as_micros();
    let last_acts = (1..=20).map(|back| act(Moment::at(Time(end - back * 1_000)))).collect();
    Ok(Vec::from([
        Row::new("a run", format!("{records} records")),
        Row::new("play it", rate(playing)),
        Row::new("play it under all checks, no trace kept", rate(judging)),
        Row::spread("seek", seeks).with_bar(SEEK_BAR),
        Row::new("judge all of it once", format!("{first:.1} ms")),
        Row::spread("seek and judge", findings).with_bar(SEEK_BAR),
        Row::spread("act anywhere", acts),
        Row::spread("act near the end", last_acts),
    ]))
}
