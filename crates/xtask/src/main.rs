//! Everything a person or CI runs, one list of verbs.
//!
//! A verb is one line in [`VERBS`] and one function that takes the remaining arguments.
//! Help, the usage line and the error for an unknown verb all come from that list.
#![forbid(unsafe_code)]
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "these rules keep runs reproducible; this program runs tools and measures time"
)]

use std::env;
use std::process::ExitCode;

mod bench;
mod browser;
mod dist;
mod fuzz;
mod mutants;
mod pack;
mod picture;
mod run;
mod seeds;
mod serve;
mod shell;
mod sizes;
mod split;
mod steps;
mod test;
mod tools;

/// What a verb answers; the error is a sentence for the person at the terminal.
pub type Outcome<T = ()> = Result<T, String>;

/// Something this program can be asked to do.
struct Verb {
    name: &'static str,
    args: &'static str,
    help: &'static str,
    run: fn(&[String]) -> Outcome,
}

const VERBS: &[Verb] = &[
    Verb {
        name: "serve",
        args: "[--port N] [--open] [...]",
        help: "install what is missing, then serve the page and reload it on every change; \
               arguments go to `trunk serve`",
        run: serve::run,
    },
    Verb {
        name: "test",
        args: "[--full] [STEP ...]",
        help: "every check and every test, or only the steps named; --full tries more seeds",
        run: test::run,
    },
    Verb {
        name: "run",
        args: "FILE [BRANCH]",
        help: "script in, transcript out; of a saved run what was shown, or a branch",
        run: run::run,
    },
    Verb {
        name: "check",
        args: "FILE [BRANCH]",
        help: "script in, findings out: what every check says at the end of the run",
        run: run::check,
    },
    Verb {
        name: "shrink",
        args: "FILE",
        help: "make a run that breaks a check small, and write it to target/seeds/",
        run: seeds::shrink,
    },
    Verb {
        name: "transcripts",
        args: "[--write]",
        help: "play all committed transcripts again; --write makes today's the committed ones",
        run: run::run_transcripts,
    },
    Verb {
        name: "seeds",
        args: "[--count N] [--from SEED] [--seed SEED]",
        help: "play random worlds on all cores until a check is broken, and shrink what broke it; \
               goes on where it was stopped",
        run: seeds::run,
    },
    Verb {
        name: "fuzz",
        args: "[DECODER ...] [--seconds N] [--keep]",
        help: "look for bytes that lead a decoder astray, guided by coverage; --keep adds those \
               that led somewhere new to tests/corpora",
        run: fuzz::run,
    },
    Verb {
        name: "mutants",
        args: "[CHAPTER ...]",
        help: "change the core in small ways and see whether a test notices; writes \
               tests/mutants.md, goes on where it was stopped",
        run: mutants::run,
    },
    Verb { name: "picture", args: "", help: "draw the README's picture anew", run: picture::run },
    Verb { name: "dist", args: "", help: "build the release page into dist/", run: dist::run },
    Verb {
        name: "sizes",
        args: "[--write]",
        help: "weigh dist/ against the committed numbers; --write makes today's the committed ones",
        run: sizes::run,
    },
    Verb {
        name: "bench",
        args: "[engines] [native] [page]",
        help: "how fast: the engine beside simcore, natively and as wasm; play, seek, judge and act \
               in a long run; the release page against its budgets, which fails where one is missed",
        run: bench::run,
    },
    Verb {
        name: "shots",
        args: "[SCENE ...]",
        help: "photograph every room and state of the release page into tests/shots/: wide and \
               phone, light and dark; or only the scenes named",
        run: browser::shots,
    },
];

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let Some((name, rest)) = args.split_first() else {
        print!("{}", help());
        return ExitCode::SUCCESS;
    };
    if matches!(name.as_str(), "help" | "--help" | "-h") {
        print!("{}", help());
        return ExitCode::SUCCESS;
    }
    let Some(verb) = VERBS.iter().find(|verb| verb.name == name) else {
        eprint!("There is no verb `{name}`.\n\n{}", help());
        return ExitCode::FAILURE;
    };
    match (verb.run)(rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            if !sentence.is_empty() {
                eprintln!("{sentence}");
            }
            ExitCode::FAILURE
        }
    }
}

fn help() -> String {
    let usage = |verb: &Verb| format!("{} {}", verb.name, verb.args).trim_end().to_owned();
    let width = VERBS.iter().map(|verb| usage(verb).len()).max().unwrap_or(0);
    let mut text = String::from("cargo xtask VERB\n\n");
    for verb in VERBS {
        text += &format!("  {:width$}  {}\n", usage(verb), verb.help);
    }
    text
}
