//! The steps of `cargo xtask test`, cheap ones first.
//!
//! A step is one line in [`STEPS`] and a function that returns a [`Report`](crate::test::Report). Steps share Cargo's
//! target directory, and none builds what another has built in the same way.

use std::process::Command;

use crate::Outcome;
use crate::dist;
use crate::shell::{self, capture, command};
use crate::sizes;
use crate::test::Step;
use crate::tools::{self, Tool};

mod foreign;
mod layers;
mod suites;

/// Every step, in the order in which they run.
pub const STEPS: &[Step] = &[
    Step { name: "tools", needs: None, run: |_| install().into() },
    Step { name: "format", needs: None, run: |_| cargo("fmt --all --check").into() },
    Step { name: "layers", needs: None, run: |_| layers::check().into() },
    Step { name: "foreign", needs: None, run: |_| foreign::check().into() },
    Step { name: "deny", needs: None, run: |_| deny().into() },
    Step { name: "clippy", needs: None, run: |_| clippy().into() },
    Step { name: "clippy-wasm", needs: None, run: |_| clippy_wasm().into() },
    Step { name: "docs", needs: None, run: |_| docs().into() },
    Step { name: "no-std", needs: None, run: |_| no_std().into() },
    Step { name: "native", needs: None, run: suites::native },
    Step { name: "wasm", needs: None, run: |_| suites::wasm() },
    Step { name: "dist", needs: None, run: |_| dist::build().into() },
    Step { name: "sizes", needs: Some("dist"), run: |_| sizes::check().map(drop).into() },
    Step { name: "journeys", needs: Some("dist"), run: |_| suites::journeys() },
];

/// Later steps ask again for what they need, so that each can also run alone.
fn install() -> Outcome {
    use Tool::{Browser, CargoDeny, NodePackages, Targets, Trunk, WasmBindgen};
    tools::ensure(&[Targets, WasmBindgen, Trunk, CargoDeny, NodePackages, Browser])
}

fn cargo(args: &str) -> Outcome {
    quiet(command("cargo").args(args.split_whitespace()))
}

fn quiet(command: &mut Command) -> Outcome {
    capture(command.env("CARGO_TERM_QUIET", "true"))?.ok().map(drop)
}

fn deny() -> Outcome {
    tools::ensure(&[Tool::CargoDeny])?;
    cargo("deny --locked --log-level error check --hide-inclusion-graph licenses bans sources")
}

fn clippy() -> Outcome {
    cargo("clippy --locked --workspace --all-targets -- -D warnings")
}

/// The page and everything under it, then the tests that run in a browser.
fn clippy_wasm() -> Outcome {
    tools::ensure(&[Tool::Targets])?;
    let wasm = "clippy --locked --target wasm32-unknown-unknown";
    cargo(&format!(
        "{wasm} --workspace --exclude xtask --exclude dynamo-tests --lib --bins -- -D warnings"
    ))?;
    let packages = suites::with_wasm_tests()?.join(" --package ");
    cargo(&format!("{wasm} --package {packages} --lib --tests -- -D warnings"))
}

fn docs() -> Outcome {
    let mut doc = command("cargo");
    doc.args(["doc", "--locked", "--workspace", "--no-deps", "--document-private-items"]);
    quiet(doc.env("RUSTDOCFLAGS", "-D warnings"))
}

/// This target has no standard library: whoever reaches for it does not build.
fn no_std() -> Outcome {
    tools::ensure(&[Tool::Targets])?;
    let packages = layers::no_std_packages()?.join(" --package ");
    cargo(&format!("build --locked --target wasm32v1-none --package {packages}"))
}

/// The manifests of the workspace's members.
fn manifests() -> Outcome<Vec<Manifest>> {
    let mut manifests = Vec::new();
    for member in layers::members()? {
        let path = member.path.join("Cargo.toml");
        manifests.push(Manifest { package: member.name, text: shell::read(&path)? });
    }
    Ok(manifests)
}

struct Manifest {
    package: String,
    text: String,
}
