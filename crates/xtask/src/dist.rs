//! The release page in `dist/`: a folder of files that any web server can put under any path.
//!
//! `trunk build --release` gives the same page as well; here its program is split in two, and what
//! only readers need is taken out.

use std::fs;

use crate::shell::{self, browser_tests, capture, cargo_home, command, command_with, root};
use crate::tools::{self, Tool};
use crate::{Outcome, browser, pack, split};

/// What the published page may do: its own files and nothing else. It stands here and not in
/// `index.html` because the live reload of `trunk serve` is an inline script.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; \
                      style-src 'self'; connect-src 'self'; img-src 'self' data:; \
                      base-uri 'none'; form-action 'none'";

/// The verb `dist`.
pub fn run(_: &[String]) -> Outcome {
    build()?;
    println!("{}", root().join("dist").display());
    Ok(())
}

/// Builds the page, small, with its policy, and with no path of this machine in it.
pub fn build() -> Outcome {
    tools::ensure(&[Tool::Targets, Tool::WasmBindgen, Tool::Trunk, Tool::NodePackages])?;
    capture(command("cargo").args(["fetch", "--locked"]))?.ok()?;
    // Trunk takes the first wasm-opt on PATH, and Debian's is too old for today's output.
    let mut trunk = command_with("trunk", &[browser_tests().join("node_modules/.bin")]);
    trunk.args(["build", "--release", "--locked", "--offline"]);
    trunk.env("TRUNK_SKIP_VERSION_CHECK", "true").env("RUST_BACKTRACE", "0");
    trunk.env_remove("RUSTFLAGS").env("CARGO_ENCODED_RUSTFLAGS", flags()?);
    capture(&mut trunk)?.ok()?;
    match browser::chromium() {
        Some(_) => split::split(&root().join("dist"))?,
        None => println!("Without Chromium the program stays in one file: everything comes first."),
    }
    pack::pack(&root().join("dist"))?;
    add_policy()
}

/// Code is copied into its callers only where that makes it smaller: even a function with a single
/// caller stays apart, so that it can move to the second file when the first picture does without.
const APART: [&str; 2] =
    ["-Cllvm-args=-inline-instr-cost=250", "-Cllvm-args=-inline-call-penalty=1250"];

/// Panic messages name source files. Without these flags the page would carry the builder's home
/// directory, and its size would depend on that name.
fn flags() -> Outcome<String> {
    let sysroot = capture(command("rustc").args(["--print", "sysroot"]))?.ok()?.stdout;
    let standard = format!("{}/lib/rustlib/src/rust", sysroot.trim());
    let crates = cargo_home().join("registry").join("src");
    let mut flags = APART.map(str::to_owned).to_vec();
    flags.push(format!("--remap-path-prefix={}=.", root().display()));
    flags.push(format!("--remap-path-prefix={standard}=std"));
    // One directory for each registry in use; its name differs from machine to machine.
    for registry in fs::read_dir(&crates).into_iter().flatten().flatten() {
        flags.push(format!("--remap-path-prefix={}=crates", registry.path().display()));
    }
    Ok(flags.join("\u{1f}"))
}

fn add_policy() -> Outcome {
    let index = root().join("dist").join("index.html");
    let page = shell::read(&index)?;
    let head = "<meta charset=\"utf-8\" />";
    if page.matches(head).count() != 1 {
        return Err(format!("index.html must have exactly one `{head}`: the policy goes there."));
    }
    let policy =
        format!("{head}\n    <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\" />");
    shell::write(&index, &page.replace(head, &policy))
}
