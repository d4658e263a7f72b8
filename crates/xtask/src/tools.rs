//! The tools the workshop stands on: which versions, how to tell, how to install.
//!
//! [`ensure`] installs what is missing and says so; nothing is installed twice. Tools go where
//! `cargo install` puts them, so that plain `trunk serve` works afterwards.

use std::env;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use crate::Outcome;
use crate::browser;
use crate::shell::{self, capture, command, find};

/// Something that a verb needs.
#[derive(Clone, Copy, PartialEq)]
pub enum Tool {
    /// The standard library for the page and for the `no_std` proof.
    Targets,
    /// Builds and serves the page.
    Trunk,
    /// Writes the JavaScript around the wasm file, and runs wasm tests.
    WasmBindgen,
    /// Judges licences and sources.
    CargoDeny,
    /// Builds and runs the fuzzer.
    CargoFuzz,
    /// Changes the program and sees whether a test notices.
    CargoMutants,
    /// wasm-opt, Playwright, axe: what `tests/browser/package.json` names.
    NodePackages,
    /// Chromium and its driver.
    Browser,
}

const TRUNK: &str = "0.21.14";
const CARGO_DENY: &str = "0.20.2";
const CARGO_FUZZ: &str = "0.13.2";
const CARGO_MUTANTS: &str = "27.1.0";
const TARGETS: [&str; 2] = ["wasm32-unknown-unknown", "wasm32v1-none"];

/// Installs those of the tools that are missing, in order, saying which and how long it takes.
pub fn ensure(tools: &[Tool]) -> Outcome {
    let mut missing = Vec::new();
    for tool in tools {
        if !tool.is_present()? {
            missing.push(*tool);
        }
    }
    let count = missing.len();
    for (index, tool) in missing.into_iter().enumerate() {
        let name = tool.name()?;
        eprintln!("[{}/{count}] {name} ({}, once)", index + 1, tool.duration());
        tool.install()?;
        if !tool.is_present()? {
            return Err(format!(
                "{name} is installed, but PATH finds another version first: remove that one."
            ));
        }
    }
    Ok(())
}

impl Tool {
    fn is_present(self) -> Outcome<bool> {
        Ok(match self {
            Tool::Targets => missing_targets()?.is_empty(),
            Tool::Trunk => version("trunk").is_some_and(|found| at_least(&found, TRUNK)),
            Tool::WasmBindgen => {
                let wanted = Some(wasm_bindgen()?);
                version("wasm-bindgen") == wanted && version("wasm-bindgen-test-runner") == wanted
            }
            Tool::CargoDeny => version("cargo-deny").is_some_and(|v| at_least(&v, CARGO_DENY)),
            Tool::CargoFuzz => version("cargo-fuzz").is_some_and(|v| at_least(&v, CARGO_FUZZ)),
            Tool::CargoMutants => {
                // It takes itself for a part of Cargo.
                version_of("cargo-mutants", &["mutants", "--version"])
                    .is_some_and(|v| at_least(&v, CARGO_MUTANTS))
            }
            Tool::NodePackages => browser::packages_are_current(),
            Tool::Browser => browser::chromium().is_some() && browser::driver().is_some(),
        })
    }

    fn name(self) -> Outcome<String> {
        Ok(match self {
            Tool::Targets => format!("Rust targets {}", TARGETS.join(" ")),
            Tool::Trunk => format!("trunk {TRUNK}"),
            Tool::WasmBindgen => format!("wasm-bindgen-cli {}", wasm_bindgen()?),
            Tool::CargoDeny => format!("cargo-deny {CARGO_DENY}"),
            Tool::CargoFuzz => format!("cargo-fuzz {CARGO_FUZZ}"),
            Tool::CargoMutants => format!("cargo-mutants {CARGO_MUTANTS}"),
            Tool::NodePackages => "npm packages of tests/browser".to_owned(),
            Tool::Browser => "Chromium and its driver".to_owned(),
        })
    }

    /// Measured on two cores.
    fn duration(self) -> &'static str {
        match self {
            Tool::Targets | Tool::NodePackages => "seconds",
            Tool::Trunk => "about 2 minutes",
            Tool::WasmBindgen
            | Tool::CargoDeny
            | Tool::CargoFuzz
            | Tool::CargoMutants
            | Tool::Browser => "about 1 minute",
        }
    }

    fn install(self) -> Outcome {
        match self {
            Tool::Targets => add_targets(),
            Tool::Trunk => cargo_install("trunk", TRUNK),
            Tool::WasmBindgen => cargo_install("wasm-bindgen-cli", &wasm_bindgen()?),
            Tool::CargoDeny => cargo_install("cargo-deny", CARGO_DENY),
            Tool::CargoFuzz => cargo_install("cargo-fuzz", CARGO_FUZZ),
            Tool::CargoMutants => cargo_install("cargo-mutants", CARGO_MUTANTS),
            Tool::NodePackages => browser::install_packages(),
            Tool::Browser => browser::install(),
        }
    }
}

/// The version of wasm-bindgen that the page is built with: its CLI must be the same.
fn wasm_bindgen() -> Outcome<String> {
    let lock = shell::read(&shell::root().join("Cargo.lock"))?;
    locked_version(&lock, "wasm-bindgen").ok_or("Cargo.lock does not name wasm-bindgen.".to_owned())
}

fn locked_version(lock: &str, package: &str) -> Option<String> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name);
    let version = lines.nth(1)?.strip_prefix("version = \"")?;
    Some(version.trim_end_matches('"').to_owned())
}

/// The version a program says it has: the first word of `--version` that starts with a digit.
fn version(program: &str) -> Option<String> {
    version_of(program, &["--version"])
}

fn version_of(program: &str, question: &[&str]) -> Option<String> {
    find(program)?;
    let said = capture(command(program).args(question)).ok()?.ok().ok()?;
    let word = said.stdout.split_whitespace().find(|w| w.starts_with(|c: char| c.is_ascii_digit()));
    word.map(str::to_owned)
}

fn at_least(found: &str, wanted: &str) -> bool {
    let numbers = |text: &str| -> Vec<u64> {
        let digits = |part: &str| part.chars().take_while(char::is_ascii_digit).collect::<String>();
        text.split('.').map(|part| digits(part).parse().unwrap_or(0)).collect()
    };
    numbers(found) >= numbers(wanted)
}

fn missing_targets() -> Outcome<Vec<&'static str>> {
    let mut missing = Vec::new();
    for target in TARGETS {
        let mut ask = command("rustc");
        ask.args(["--print", "target-libdir", "--target", target]);
        let dir = capture(&mut ask)?.ok()?.stdout;
        if !Path::new(dir.trim()).is_dir() {
            missing.push(target);
        }
    }
    Ok(missing)
}

fn add_targets() -> Outcome {
    let missing = missing_targets()?;
    if find("rustup").is_none() {
        return Err(format!(
            "The Rust standard library for {} is missing and there is no rustup to add it: \
             install it the way Rust was installed, or use rustup.",
            missing.join(" and ")
        ));
    }
    shell::run(command("rustup").args(["target", "add"]).args(missing))
}

/// These programs run for seconds but compile for minutes, so they are built without optimising:
/// on two cores trunk takes 2 min 20 s in place of 5 min 44 s.
fn cargo_install(package: &str, version: &str) -> Outcome {
    let mut install = command("cargo");
    install.args(["install", "--locked", "--force", package, "--version", version]);
    if !std::io::stderr().is_terminal() {
        install.arg("--quiet");
    }
    for (key, value) in
        [("OPT_LEVEL", "0"), ("LTO", "off"), ("CODEGEN_UNITS", "64"), ("DEBUG", "0")]
    {
        install.env(format!("CARGO_PROFILE_RELEASE_{key}"), value);
    }
    // Inside the workspace rustup would pick its toolchain, which is wanted; its target
    // directory and flags are not.
    install.env_remove("CARGO_TARGET_DIR").env_remove("RUSTFLAGS");
    shell::run(&mut install)
}

/// The first of these programs that exists: the one an environment variable names, then by name.
pub fn locate(variable: &str, names: &[&str]) -> Option<PathBuf> {
    let named = env::var_os(variable).map(PathBuf::from).filter(|path| path.is_file());
    named.or_else(|| names.iter().find_map(|name| find(name)))
}

#[cfg(test)]
mod tests {
    use super::{at_least, locked_version};

    #[test]
    fn versions_compare_by_number_not_by_letter() {
        assert!(at_least("0.21.14", "0.21.14"));
        assert!(at_least("0.22.1", "0.21.14"));
        assert!(at_least("1.0.0-rc.1", "0.21.14"));
        assert!(!at_least("0.21.9", "0.21.14"));
    }

    #[test]
    fn the_lock_file_tells_the_version_of_exactly_the_named_package() {
        let lock = "name = \"wasm-bindgen-x\"\nversion = \"9.9.9\"\n\n\
                    name = \"wasm-bindgen\"\nversion = \"0.2.129\"\n";
        assert_eq!(locked_version(lock, "wasm-bindgen").as_deref(), Some("0.2.129"));
        assert_eq!(locked_version(lock, "yew"), None);
    }
}
