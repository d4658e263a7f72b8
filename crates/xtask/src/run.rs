//! Playing scripts without a browser: `run` prints a transcript, `transcripts` keeps the
//! committed ones.

use std::fs;

use dynamo_check::{findings, report, unmet};
use dynamo_sim::{Finding, ParseError, Run, Saved, Script, Status};
use dynamo_tests::{hashes, hashes_path, seed_hashes, seed_hashes_path, transcripts};

use crate::Outcome;

/// Script in, transcript out. An expectation that is not met is an error.
pub fn run(args: &[String]) -> Outcome {
    let (file, branch) = file_and_branch("run", args)?;
    let run = Run::new(read(file, branch)?);
    print!("{}", report(&run));
    expect(file, &run)
}

/// Script in, findings out.
pub fn check(args: &[String]) -> Outcome {
    let (file, branch) = file_and_branch("check", args)?;
    let run = Run::new(read(file, branch)?);
    for finding in findings(&run) {
        println!("{finding}");
    }
    expect(file, &run)
}

fn file_and_branch<'a>(verb: &str, args: &'a [String]) -> Outcome<(&'a str, Option<&'a str>)> {
    match args {
        [file] => Ok((file, None)),
        [file, branch] => Ok((file, Some(branch))),
        _ => Err(format!("{verb} takes a file, and a branch if it has some: FILE [BRANCH]")),
    }
}

/// The run of a file.
pub fn read(file: &str, branch: Option<&str>) -> Outcome<Script> {
    let text = fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
    choose(&text, branch).map_err(|error| format!("{file}: {error}"))
}

/// What a run expects must be, and no check may be violated that it does not speak of.
fn expect(file: &str, run: &Run) -> Outcome {
    let found = findings(run);
    if let Some(unmet) = unmet(run.script(), &found).first() {
        return Err(format!("{file}: an expectation is not met: {unmet}"));
    }
    let is_expected = |finding: &Finding| {
        run.script().expect.iter().any(|expectation| expectation.check == finding.check)
    };
    let violated = found.iter().filter(|finding| finding.status == Status::Violated);
    match violated.into_iter().find(|finding| !is_expected(finding)) {
        None => Ok(()),
        Some(finding) => Err(format!("{file}: {finding}")),
    }
}

/// The script of a file: the branch of this name, or the run that was shown when it was saved.
fn choose(text: &str, branch: Option<&str>) -> Outcome<Script> {
    let saved: Saved = text.parse().map_err(|error: ParseError| error.to_string())?;
    let Some(name) = branch else { return Ok(saved.script()) };
    let place = saved.tree.named(name).ok_or_else(|| {
        let names = saved.tree.branches().iter().map(|branch| branch.name.as_str());
        let names = names.collect::<Vec<_>>().join(", ");
        format!("there is no branch {name}; there are: {names}")
    })?;
    Ok(saved.tree.script(place))
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

#[cfg(test)]
mod tests {
    use super::choose;

    #[test]
    fn a_saved_file_plays_the_run_that_was_shown_or_the_branch_that_is_named() {
        let text = "dynamo 1\nsetup nodes=5\nbranch one at 1s\nat 1s crash n1\n\
                    branch two at 2s\nat 2s crash n2\nshow at 1s of two\n";
        let acts = |branch| choose(text, branch).map(|script| script.lines[0].to_string());
        assert_eq!(acts(None).as_deref(), Ok("at 2s crash n2"));
        assert_eq!(acts(Some("one")).as_deref(), Ok("at 1s crash n1"));
        assert_eq!(acts(Some("six")), Err("there is no branch six; there are: one, two".into()));
    }
}
