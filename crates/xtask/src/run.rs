//! Playing scripts without a browser: `run` prints a transcript, `transcripts` keeps the
//! committed ones.

use std::fs;

use dynamo_check::{findings, report, unmet};
use dynamo_sim::{Run, Script};
use dynamo_tests::{hashes, hashes_path, seed_hashes, seed_hashes_path, transcripts};

use crate::Outcome;

/// Script in, transcript out. An expectation that is not met is an error.
pub fn run(args: &[String]) -> Outcome {
    let [file] = args else {
        return Err("run takes one file: cargo xtask run FILE".into());
    };
    let text = fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
    let script: Script = text.parse().map_err(|error| format!("{file}: {error}"))?;
    let run = Run::new(script);
    print!("{}", report(&run));
    let found = findings(&run);
    match unmet(run.script(), &found).first() {
        None => Ok(()),
        Some(unmet) => Err(format!("{file}: an expectation is not met: {unmet}")),
    }
}

/// Says which committed transcripts differ from what their scripts do now, or rewrites them.
pub fn run_transcripts(args: &[String]) -> Outcome {
    let write = match args {
        [] => false,
        [flag] if flag == "--write" => true,
        _ => return Err("transcripts takes nothing or --write".into()),
    };
    let mut differing = Vec::new();
    for transcript in transcripts() {
        let now = transcript.rewritten();
        if now != transcript.text {
            differing.push(transcript.name.clone());
            if write {
                store(&transcript.path, &now)?;
            }
        }
    }
    for (path, now) in [(hashes_path(), hashes()), (seed_hashes_path(), seed_hashes())] {
        if fs::read_to_string(&path).unwrap_or_default() != now {
            differing.push(path.file_name().unwrap_or_default().to_string_lossy().into_owned());
            if write {
                store(&path, &now)?;
            }
        }
    }
    let list = differing.join("\n  ");
    match (differing.is_empty(), write) {
        (true, _) => println!("All transcripts are what their scripts do."),
        (false, true) => println!("Rewritten, please read the difference:\n  {list}"),
        (false, false) => return Err(format!("these differ, --write rewrites them:\n  {list}")),
    }
    Ok(())
}

fn store(path: &std::path::Path, text: &str) -> Outcome {
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}
