//! The page's program in two files: what its first picture runs, and the rest.
//!
//! A browser takes the first picture once with a program that notes which functions run. They
//! stay; every other function moves to a second file, which fills its places in the table of
//! functions when it arrives. Who calls such a function before asks `need` for the file
//! (`web/assets/rest.js`). Both files share one memory, so nothing but the moment of loading
//! differs from the program in one piece.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Outcome;
use crate::browser;
use crate::shell::{self, browser_tests, capture, command_with, root};

mod module;

use module::{Module, halves, noting};

/// Functions that look alike have like names: side by side they pack better.
const PASSES: [&str; 2] = ["-Oz", "--reorder-functions-by-name"];
/// Of functions with no more lines than this, a stand-in is not smaller.
const TINY: usize = 12;

/// Where a browser is asked to take the first picture.
fn workshop() -> PathBuf {
    root().join("target").join("first-picture")
}

/// Splits the program that Trunk has put into `dist`.
pub fn split(dist: &Path) -> Outcome {
    let stem = stem(dist)?;
    // Trunk leaves here what wasm-bindgen made, with the names of all functions.
    let whole = root().join("target/wasm-bindgen/release/playground_bg.wasm");
    let features = capture(wasm_opt().arg(&whole).arg("--print-features"))?.ok()?.stdout;
    let features: Vec<&str> = features.split_whitespace().collect();
    let work = workshop();
    // A folder that is not there needs no removing.
    let _ = fs::remove_dir_all(&work);
    let text = work.join("whole.wat");
    shell::write(&text, "")?;
    // Functions with one caller stay apart: many of them the first picture does not need.
    let small = ["-Oz", "-g", "-S", "--one-caller-inline-max-function-size=30", "-o"];
    capture(wasm_opt().arg(&whole).args(small).arg(&text))?.ok()?;
    let text = shell::read(&text)?;
    let module = Module::read(&text);

    let seen = first_picture(dist, &stem, &features, &module)?;
    let moved: BTreeSet<&str> = (module.functions().enumerate())
        .filter(|(number, function)| !seen.contains(number) && function.lines() > TINY)
        .map(|(_, function)| function.name())
        .collect();
    let (first, rest) = halves(&module, &moved)?;
    let assemble = |name: &str, text: &str, to: PathBuf| {
        let from = work.join(name);
        shell::write(&from, text)?;
        capture(wasm_opt().args(&features).args(PASSES).arg(from).arg("-o").arg(to))?.ok()
    };
    assemble("rest.wat", &rest, dist.join(format!("{stem}_rest.wasm")))?;
    let names = long_names(&first);
    assemble("first.wat", &shorten(&first, &names), dist.join(format!("{stem}_bg.wasm")))?;
    let glue = dist.join(format!("{stem}.js"));
    let bring = shell::read(&root().join("web/assets/rest.js"))?;
    let bring = bring.replace("REST_FILE", &format!("{stem}_rest.wasm"));
    let linked = link(&shell::read(&glue)?, "{ need: needRest }")?;
    shell::write(&glue, &shorten(&format!("{linked}\n{bring}"), &names))
}

fn wasm_opt() -> Command {
    command_with("wasm-opt", &[browser_tests().join("node_modules/.bin")])
}

/// `playground-` and the hash of this build.
fn stem(dist: &Path) -> Outcome<String> {
    let files = fs::read_dir(dist).into_iter().flatten().flatten();
    let names = files.filter_map(|file| file.file_name().into_string().ok());
    let mut stems = names.filter_map(|name| name.strip_suffix("_bg.wasm").map(str::to_owned));
    match (stems.next(), stems.next()) {
        (Some(stem), None) => Ok(stem),
        _ => Err("dist must hold exactly one program.".to_owned()),
    }
}

/// Gives the program one more thing to import.
fn link(glue: &str, import: &str) -> Outcome<String> {
    let own = "\"./playground_bg.js\": import0,";
    if glue.matches(own).count() != 1 {
        return Err(format!("The script of wasm-bindgen must have exactly one `{own}`."));
    }
    Ok(glue.replace(own, &format!("{own} \"./rest.js\": {import},")))
}

/// What the program and its script call each other by: names with hashes in them, which say nothing
/// to a browser and do not pack. Each gets a short one.
fn long_names(module: &str) -> BTreeMap<&str, String> {
    let names = module.lines().flat_map(|line| match line.trim_start().split_once(' ') {
        Some(("(import" | "(export", line)) => line.split('"').collect(),
        _ => Vec::new(),
    });
    let is_long = |name: &&str| name.starts_with("__wb") || name.starts_with("wasm_bindgen__");
    names.filter(is_long).zip(0..).map(|(name, number)| (name, format!("_{number}"))).collect()
}

fn shorten(text: &str, names: &BTreeMap<&str, String>) -> String {
    let mut short = String::new();
    for word in text.split_inclusive(|letter: char| !is_of_name(letter)) {
        let name = word.trim_end_matches(|letter| !is_of_name(letter));
        short.push_str(names.get(name).map_or(name, String::as_str));
        short.push_str(&word[name.len()..]);
    }
    short
}

fn is_of_name(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '$')
}

/// The numbers of the functions that the first picture runs, in any form of the page.
fn first_picture(
    dist: &Path,
    stem: &str,
    features: &[&str],
    module: &Module<'_>,
) -> Outcome<BTreeSet<usize>> {
    let pages = workshop().join("dist");
    for file in fs::read_dir(dist).into_iter().flatten().flatten() {
        let to = pages.join(file.file_name());
        fs::create_dir_all(&pages)
            .and_then(|()| fs::copy(file.path(), to))
            .map_err(|error| format!("Cannot copy the page: {error}."))?;
    }
    let glue = pages.join(format!("{stem}.js"));
    let note = "{ note: (number) => { (globalThis.noted ??= new Set()).add(number); } }";
    shell::write(&glue, &link(&shell::read(&glue)?, note)?)?;
    let text = workshop().join("noting.wat");
    shell::write(&text, &noting(module))?;
    let program = pages.join(format!("{stem}_bg.wasm"));
    capture(wasm_opt().args(features).arg(text).arg("-o").arg(program))?.ok()?;
    let said = capture(browser::node(&["first.mjs"]).arg(&pages))?.ok()?.stdout;
    said.split_whitespace()
        .map(|word| word.parse().map_err(|_| format!("{word} is not the number of a function.")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{long_names, shorten};

    #[test]
    fn program_and_script_call_each_other_by_the_same_short_names() {
        let module = r#"(module
 (import "./glue.js" "__wbg_new_0123456789abcdef" (func $new))
 (import "./rest.js" "need" (func $bring))
 (export "memory" (memory $0))
 (export "__wbindgen_malloc" (func $__wbindgen_malloc))
 (func $__wbindgen_malloc
  (call $new)
 )
"#;
        let names = long_names(module);
        let short = shorten(module, &names);
        assert!(short.contains(r#""./glue.js" "_0" (func $new)"#));
        assert!(short.contains(r#"(export "_1" (func $__wbindgen_malloc))"#));
        assert!(short.contains(r#""need""#) && short.contains(r#""memory""#));
        let glue = "__wbg_new_0123456789abcdef: () => wasm.__wbindgen_malloc(__wbg_ptr)";
        assert_eq!(shorten(glue, &names), "_0: () => wasm._1(__wbg_ptr)");
    }
}
