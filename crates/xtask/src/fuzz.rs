//! The verb `fuzz`: looks for bytes that lead a decoder somewhere new, or astray, guided by what
//! they execute. Works on the stable toolchain: nothing but coverage is instrumented.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use dynamo_tests::decoders::{DECODERS, Decoder};

use crate::Outcome;
use crate::shell::{capture, command, root};
use crate::tools::{self, Tool};

/// Good bytes that a decoder begins with, beside its corpus.
const GOOD: u64 = 64;
/// The longest bytes that are tried.
const MOST_BYTES: u32 = 16_384;
/// The longest bytes that are kept as a test.
const MOST_KEPT: u32 = 1_024;

/// Lines of the fuzzer that are shown when something goes wrong.
const LAST_WORDS: usize = 40;

struct Asked {
    decoders: Vec<&'static Decoder>,
    seconds: u32,
    keep: bool,
}

fn parse(args: &[String]) -> Outcome<Asked> {
    let mut asked = Asked { decoders: Vec::new(), seconds: 60, keep: false };
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--keep" => asked.keep = true,
            "--seconds" => {
                let seconds = args.next().and_then(|text| text.parse().ok());
                asked.seconds = seconds.ok_or("--seconds needs a whole number")?;
            }
            name => asked.decoders.push(Decoder::named(name).ok_or_else(|| unknown(name))?),
        }
    }
    if asked.decoders.is_empty() {
        asked.decoders.extend(DECODERS);
    }
    Ok(asked)
}

fn unknown(name: &str) -> String {
    let known: Vec<_> = DECODERS.iter().map(|decoder| decoder.name).collect();
    format!("fuzz knows --seconds, --keep and the decoders {}, not {name}", known.join(", "))
}

/// Each decoder in turn, all if none is named.
pub fn run(args: &[String]) -> Outcome {
    let asked = parse(args)?;
    tools::ensure(&[Tool::CargoFuzz])?;
    if tools::locate("CXX", &["c++"]).is_none() {
        return Err("libFuzzer is C++: install a C++ compiler, or let CXX name one.".to_owned());
    }
    for decoder in asked.decoders {
        let name = decoder.name;
        let found = root().join("tests/fuzz/corpus").join(name);
        write_good(decoder, &found)?;
        print!("{name:<10}");
        let _ = io::stdout().flush();
        // What leads astray goes straight to the corpus, where a test replays it.
        let astray = format!("-artifact_prefix={}/", decoder.corpus().display());
        let limits = [
            format!("-max_total_time={}", asked.seconds),
            format!("-max_len={MOST_BYTES}"),
            "-timeout=10".to_owned(),
            "-print_final_stats=1".to_owned(),
            astray,
        ];
        let said = fuzz(decoder, [&found, &decoder.corpus()], &limits).map_err(|error| {
            format!(
                "{error}\n\nWhat led astray is in tests/corpora/{name} now; this replays it:\n\
                 cargo test -p dynamo-tests --test hostile_bytes what_once"
            )
        })?;
        let number = |what| said.lines().find_map(|line| line.strip_prefix(what)).unwrap_or("?");
        let tried = number("stat::number_of_executed_units:").trim();
        println!("{tried:>12} tried in {} s: none leads astray", asked.seconds);
        if asked.keep {
            let kept = keep(decoder, &found)?;
            println!("{kept:>22} kept in tests/corpora/{name}");
        }
    }
    Ok(())
}

/// Adds to the corpus what is read and executes something that neither it nor good bytes execute.
/// What is not read is plenty: changed bytes of every test run are such.
fn keep(decoder: &Decoder, found: &Path) -> Outcome<usize> {
    let [known, read] = ["known", "read"].map(|ending| found.with_extension(ending));
    for folder in [&known, &read] {
        let _ = fs::remove_dir_all(folder);
    }
    for name in names(found)? {
        let bytes = fs::read(found.join(&name)).map_err(|error| error.to_string())?;
        if (decoder.read)(&bytes).is_some() {
            write(&read.join(name), &bytes)?;
        }
    }
    for file in decoder.files() {
        let bytes = fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        write(&known.join(file.file_name().unwrap_or_default()), &bytes)?;
    }
    write_good(decoder, &known)?;
    let before = names(&known)?;
    // Counted once each, not by how often it is executed: few files, and small ones.
    let flags = ["-set_cover_merge=1", "-use_counters=0"].map(str::to_owned);
    let flags = [&flags[..], &[format!("-max_len={MOST_KEPT}")]].concat();
    fuzz(decoder, [&known, &read], &flags)?;
    let mut new = names(&known)?;
    new.retain(|name| !before.contains(name));
    for name in &new {
        let bytes = fs::read(known.join(name)).map_err(|error| error.to_string())?;
        write(&decoder.corpus().join(name), &bytes)?;
    }
    Ok(new.len())
}

fn names(folder: &Path) -> Outcome<BTreeSet<OsString>> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(entries.flatten().map(|entry| entry.file_name()).collect())
}

fn write_good(decoder: &Decoder, folder: &Path) -> Outcome {
    (0..GOOD)
        .try_for_each(|seed| write(&folder.join(format!("good-{seed}")), &(decoder.good)(seed)))
}

/// What the fuzzer said; its last words if something went wrong.
fn fuzz(decoder: &Decoder, corpora: [&Path; 2], flags: &[String]) -> Outcome<String> {
    let mut run = command("cargo");
    run.args(["fuzz", "run", "--fuzz-dir", "tests/fuzz", "--sanitizer", "none", "decode"]);
    run.args(corpora).arg("--").args(flags).env("DYNAMO_DECODER", decoder.name);
    let said = capture(&mut run)?;
    if said.success {
        return Ok(said.all);
    }
    let lines: Vec<&str> = said.all.lines().collect();
    Err(lines[lines.len().saturating_sub(LAST_WORDS)..].join("\n"))
}

fn write(path: &Path, bytes: &[u8]) -> Outcome {
    let made = path.parent().map_or(Ok(()), fs::create_dir_all);
    made.and_then(|()| fs::write(path, bytes))
        .map_err(|error| format!("Cannot write {}: {error}.", path.display()))
}

#[cfg(test)]
mod tests {
    use super::parse;

    fn asked(line: &str) -> Result<(usize, u32, bool), String> {
        let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        parse(&args).map(|asked| (asked.decoders.len(), asked.seconds, asked.keep))
    }

    #[test]
    fn all_decoders_are_fuzzed_unless_some_are_named() {
        assert_eq!(asked(""), Ok((7, 60, false)));
        assert_eq!(asked("log --seconds 5 link --keep"), Ok((2, 5, true)));
        assert!(asked("lock").unwrap_err().ends_with("not lock"));
    }
}
