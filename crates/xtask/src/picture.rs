//! The picture in the README, drawn from a real run.

use std::fs;

use dynamo_scene::{stage, svg};
use dynamo_sim::{Moment, Run, Time};
use dynamo_tests::transcripts;

use crate::Outcome;
use crate::shell::root;

/// The run that the page opens with.
const RUN: &str = "a-write-survives-a-dead-primary";
/// A hint for n3 is kept and its acknowledgement travels back.
const AT: Time = Time(137_000);
/// Where the picture is kept.
const PATH: &str = "web/assets/the-write-that-survives.svg";

/// Draws the picture anew.
pub fn run(args: &[String]) -> Outcome {
    if !args.is_empty() {
        return Err("picture takes nothing".into());
    }
    let path = root().join(PATH);
    fs::write(&path, drawn()?).map_err(|error| format!("{}: {error}", path.display()))?;
    println!("{PATH}");
    Ok(())
}

fn drawn() -> Outcome<String> {
    let all = transcripts();
    let found = all.iter().find(|transcript| transcript.name == RUN);
    let transcript = found.ok_or_else(|| format!("there is no transcript {RUN}"))?;
    let run = Run::new(transcript.script());
    let view = run.view_at(Moment::at(AT));
    let focus = view.requests.values().next().map(|request| request.started.key.clone());
    let items = stage(&view, focus.as_ref(), None);
    let style_path = root().join("web/styles/stage.css");
    let style = fs::read_to_string(&style_path)
        .map_err(|error| format!("{}: {error}", style_path.display()))?;
    let title = run.script().title().unwrap_or("A run").to_owned();
    // The ladder is not in it.
    let style = style.split("/* The ladder:").next().unwrap_or_default();
    Ok(svg::document(&items, &title, style))
}

#[cfg(test)]
mod tests {
    use super::{PATH, drawn};
    use crate::shell::{read, root};

    #[test]
    fn the_picture_that_is_kept_is_what_would_be_drawn() {
        assert!(read(&root().join(PATH)) == drawn(), "`cargo xtask picture` draws it anew");
    }
}
