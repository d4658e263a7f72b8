//! Draws one moment of a run as an SVG file:
//!
//! ```text
//! cargo run -p dynamo-scene --example picture -- \
//!     run.txt cart 2.034s web/styles/stage.css > picture.svg
//! ```

use std::process::ExitCode;

use dynamo_core::Key;
use dynamo_scene::{latest, stage, svg};
use dynamo_sim::script::duration;
use dynamo_sim::{Moment, Run, Script, Time};

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match picture(&args) {
        Ok(document) => {
            print!("{document}");
            ExitCode::SUCCESS
        }
        Err(sentence) => {
            eprintln!("{sentence}");
            ExitCode::FAILURE
        }
    }
}

fn picture(args: &[String]) -> Result<String, String> {
    let [script, key, time, style] = args else {
        return Err(
            "Expected four words: a script, a key, a time such as 2.034s, a style sheet".into()
        );
    };
    let read = |path: &String| {
        std::fs::read_to_string(path).map_err(|error| format!("{path} cannot be read: {error}"))
    };
    let script: Script = read(script)?.parse().map_err(|error| format!("{error}"))?;
    let key = Key::new(key.as_str()).map_err(|error| error.to_string())?;
    let time = duration(time).map_err(|_| format!("{time} is no time such as 2.034s"))?;
    let run = Run::new(script);
    let moment = Moment { time: Time::ZERO + time, after: u32::MAX };
    let view = run.view_at(moment);
    let title = latest(run.trace(), &view).map_or("A run".into(), |caption| caption.text);
    Ok(svg::document(&stage(&view, Some(&key), None), &title, &read(style)?))
}
