use std::time::Instant;
use dynamo_check::Bench;
use dynamo_sim::{Moment, Run, Seed, Time, Command};
use dynamo_tests::long_run;
use super::Row;

fn stats(mut v: Vec<f64>) -> String {
    v.sort_by(f64::total_cmp);
    let at = |q: f64| v[((v.len() - 1) as f64 * q) as usize];
    format!("p50 {:.2} p95 {:.2} max {:.2} ms", at(0.5), at(0.95), at(1.0))
}

pub fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    let script = long_run(3_000);
    let t = Instant::now();
    let run = Run::new(script);
    let s = t.elapsed().as_secs_f64();
    let n = run.trace().len();
    rows.push(Row { what: "play".into(), figure: format!("{n} in {s:.3} s, {:.0}/s", n as f64 / s) });
    let places: Vec<Moment> = (0..200u32).map(|i| Moment::at(Time(Seed(1).draw("place", &i).below(run.known_until().as_micros())))).collect();
    let mut cursor = run.cursor();
    let v = places.iter().map(|m| { let t = Instant::now(); cursor.seek(&run, *m); std::hint::black_box(cursor.view().clone()); t.elapsed().as_secs_f64() * 1e3 }).collect();
    rows.push(Row { what: "seek".into(), figure: stats(v) });
    let mut bench = Bench::new(run.script());
    let t = Instant::now();
    bench.findings(&run, Moment::at(run.known_until()));
    rows.push(Row { what: "all checks once".into(), figure: format!("{:.1} ms", t.elapsed().as_secs_f64() * 1e3) });
    let v = places.iter().map(|m| { let t = Instant::now(); std::hint::black_box(bench.findings(&run, *m)); t.elapsed().as_secs_f64() * 1e3 }).collect();
    rows.push(Row { what: "findings".into(), figure: stats(v) });
    let v = places.iter().map(|m| { let t = Instant::now(); std::hint::black_box(run.with_act(*m, Command::Heal)); t.elapsed().as_secs_f64() * 1e3 }).collect();
    rows.push(Row { what: "act anywhere".into(), figure: stats(v) });
    let v = (0..50).map(|i| { let m = Moment::at(Time(run.known_until().as_micros() - i * 1000)); let t = Instant::now(); std::hint::black_box(run.with_act(m, Command::Heal)); t.elapsed().as_secs_f64() * 1e3 }).collect();
    rows.push(Row { what: "act at the end".into(), figure: stats(v) });
    rows
}
pub fn each() {
    let run = Run::new(long_run(3_000));
    for mut check in dynamo_check::all::<dynamo_core::Node>(run.script()) {
        let t = Instant::now();
        for (id, record) in run.trace().iter() { check.see(id, record); }
        let a = t.elapsed().as_secs_f64() * 1e3;
        let t = Instant::now();
        let c = check.clone_box();
        let b = t.elapsed().as_secs_f64() * 1e3;
        let t = Instant::now();
        let f = c.finding(run.known_until());
        println!("{} {a:.1} clone {b:.2} finding {:.2} {f}", check.name(), t.elapsed().as_secs_f64() * 1e3);
    }
}
