//! Random worlds by the thousand, on all cores. A failure is shrunk to a small run file and
//! printed with the one command that plays it; so is any run that breaks a check.

use std::fs;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use dynamo_lab::{Failure, Reached, failure, try_out};
use dynamo_sim::swarm;

use crate::shell::{self, root};
use crate::{Outcome, run};

/// Plays that one shrinking may take.
const MOST_TRIES: u32 = 5_000;
/// Seeds between two notes of how far a batch is.
const NOTE_EVERY: u64 = 1_000;

/// Seeds in which everything that has to come up must.
const WHOLE_BATCH: u64 = 10_000;

/// What was asked for.
struct Asked {
    count: u64,
    from: Option<u64>,
    seed: Option<u64>,
}

fn parse(args: &[String]) -> Outcome<Asked> {
    let mut asked = Asked { count: 10_000, from: None, seed: None };
    let mut args = args.iter();
    while let Some(name) = args.next() {
        let number = args.next().and_then(|text| text.parse::<u64>().ok());
        let number = number.ok_or_else(|| format!("{name} needs a whole number"))?;
        match name.as_str() {
            "--count" => asked.count = number,
            "--from" => asked.from = Some(number),
            "--seed" => asked.seed = Some(number),
            _ => return Err(format!("seeds knows --count, --from and --seed, not {name}")),
        }
    }
    Ok(asked)
}

/// Plays `--count` seeds, or one.
pub fn run(args: &[String]) -> Outcome {
    let asked = parse(args)?;
    if let Some(seed) = asked.seed {
        return match try_out(&swarm::script(seed)).violation() {
            None => {
                println!("seed {seed}: no check is broken");
                Ok(())
            }
            Some(_) => Err(explain(seed)),
        };
    }
    let note = root().join("target/seeds/next.txt");
    let noted = || fs::read_to_string(&note).ok()?.trim().parse::<u64>().ok();
    let from = asked.from.or_else(noted).unwrap_or(0);
    let to = from.saturating_add(asked.count);
    println!("seeds {from} to {}: stop at any time, the next call goes on", to.saturating_sub(1));
    match batch(from, to, &note)? {
        None => Ok(()),
        Some(seed) => Err(explain(seed)),
    }
}

/// Plays a batch on all cores; the lowest failing seed met, if one was.
fn batch(from: u64, to: u64, note: &PathBuf) -> Outcome<Option<u64>> {
    let cores = thread::available_parallelism().map_or(1, usize::from) as u64;
    let next = AtomicU64::new(from);
    let (played, records) = (AtomicU64::new(0), AtomicU64::new(0));
    let failed = Mutex::new(None::<u64>);
    let reached = Mutex::new(Reached::default());
    let stop = AtomicBool::new(false);
    let began = Instant::now();
    if let Some(folder) = note.parent() {
        fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                let mut here = Reached::default();
                while !stop.load(Ordering::Relaxed) {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= to {
                        break;
                    }
                    let verdict = try_out(&swarm::script(seed));
                    here.add(&verdict.reached);
                    records.fetch_add(verdict.records.into(), Ordering::Relaxed);
                    played.fetch_add(1, Ordering::Relaxed);
                    if verdict.violation().is_some() {
                        stop.store(true, Ordering::Relaxed);
                        if let Ok(mut failed) = failed.lock() {
                            *failed = Some(failed.map_or(seed, |other| other.min(seed)));
                        }
                    }
                }
                if let Ok(mut reached) = reached.lock() {
                    reached.add(&here);
                }
            });
        }
        let mut noted = 0;
        while played.load(Ordering::Relaxed) < to - from && !stop.load(Ordering::Relaxed) {
            thread::sleep(Duration::from_millis(100));
            let done = played.load(Ordering::Relaxed);
            if done >= noted + NOTE_EVERY {
                noted = done;
                // Up to `cores` seeds may still be under way: they are played again.
                let _ = fs::write(note, (from + done.saturating_sub(cores)).to_string());
                progress(done, to - from, began);
            }
        }
    });
    let done = played.into_inner();
    let seconds = began.elapsed().as_secs_f64().max(0.001);
    println!(
        "{done} seeds in {seconds:.1} s, {:.0} a second, {:.0} records a second on {cores} cores",
        done as f64 / seconds,
        records.into_inner() as f64 / seconds
    );
    let failed = failed.into_inner().unwrap_or_default();
    let reached = reached.into_inner().unwrap_or_default();
    print!("{}", table(&reached));
    let goes_on = failed.unwrap_or(from + done);
    fs::write(note, goes_on.to_string()).map_err(|error| format!("{}: {error}", note.display()))?;
    if failed.is_none() && done >= WHOLE_BATCH && !reached.missed().is_empty() {
        return Err(format!("never came up in {done} seeds: {}", reached.missed().join(", ")));
    }
    Ok(failed)
}

/// How often everything came up that has to, three in a row.
fn table(reached: &Reached) -> String {
    let cells: Vec<String> =
        reached.counts().iter().map(|(name, count)| format!("{name:<28}{count:>9}")).collect();
    cells.chunks(3).map(|row| format!("{}\n", row.join("   "))).collect()
}

fn progress(done: u64, of: u64, began: Instant) {
    let mut out = std::io::stdout();
    let rate = done as f64 / began.elapsed().as_secs_f64().max(0.001);
    let left = (of - done) as f64 / rate.max(0.001);
    let end = if out.is_terminal() { "\r" } else { "\n" };
    let _ = write!(out, "{done} of {of}, {rate:.0} a second, {left:.0} s left   {end}");
    let _ = out.flush();
}

/// Shrinks a failing seed, writes the small run down and says how to play it again.
fn explain(seed: u64) -> String {
    println!("seed {seed} breaks a check; making the run smaller");
    let Some(failure) = failure(swarm::script(seed), &format!("seed {seed}"), MOST_TRIES) else {
        return format!("seed {seed} failed once and does not again: the run is not determined");
    };
    let whole = format!("cargo xtask seeds --seed {seed}");
    tell(&failure, &format!("seed {seed}"), &whole, &format!("seed-{seed}"))
}

/// Writes a small run down and says how to play it and the whole one.
fn tell(failure: &Failure, what: &str, whole: &str, name: &str) -> String {
    let file = format!("target/seeds/{name}.txt");
    let told = failure.explain(what, &file, whole);
    match shell::write(&root().join(&file), &failure.small.to_string()) {
        Ok(()) => told,
        Err(error) => format!("{error}\n{told}"),
    }
}

/// Makes the run of a file that breaks a check small.
pub fn shrink(args: &[String]) -> Outcome {
    let [file] = args else { return Err("shrink takes a file: FILE".into()) };
    let script = run::read(file, None)?;
    let Some(failure) = failure(script, file, MOST_TRIES) else {
        return Err(format!("{file} breaks no check, so there is nothing to make smaller"));
    };
    let name = Path::new(file).file_stem().unwrap_or_default().to_string_lossy();
    println!(
        "{}",
        tell(&failure, file, &format!("cargo xtask run {file}"), &format!("{name}-small"))
    );
    Ok(())
}
