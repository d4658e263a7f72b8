//! Playing scripts without a browser: `run` prints a transcript, `transcripts` keeps the
//! committed ones.

use std::fs;

use dynamo_check::{findings, report, unmet};
use dynamo_sim::{Run, Script};
use dynamo_tests::{hashes, hashes_path, transcripts};

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
    let hashes = hashes();
    if fs::read_to_string(hashes_path()).unwrap_or_default() != hashes {
        differing.push("trace-hashes.txt".into());
        if write {
            store(&hashes_path(), &hashes)?;
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
