//! The three kinds of tests: native, in the browser's wasm, and journeys through the page.

use std::fs;
use std::path::PathBuf;

use super::manifests;
use crate::Outcome;
use crate::browser;
use crate::shell::{self, Finished, browser_tests, capture, command, find, root};
use crate::test::{Effort, Report};
use crate::tools::{self, Tool};

/// Everything under `cargo test`, documentation examples included.
pub fn native(effort: Effort) -> Report {
    let mut test = command("cargo");
    test.args(["test", "--locked", "--workspace", "--no-fail-fast"]);
    if let Effort::Full = effort {
        test.env("DYNAMO_FULL", "1");
    }
    report(capture(&mut test), libtest)
}

/// The tests of all crates that use wasm-bindgen-test, in a headless Chromium.
pub fn wasm() -> Report {
    report(run_wasm(), libtest)
}

fn run_wasm() -> Outcome<Finished> {
    tools::ensure(&[Tool::Targets, Tool::WasmBindgen, Tool::Browser])?;
    let runner = find("wasm-bindgen-test-runner").ok_or("wasm-bindgen-test-runner is missing.")?;
    let driver = browser::driver().ok_or("chromedriver is missing.")?;
    let mut test = command("cargo");
    test.args(["test", "--locked", "--target", "wasm32-unknown-unknown", "--no-fail-fast"]);
    test.args(["--lib", "--tests"]);
    for package in with_wasm_tests()? {
        test.args(["--package", &package]);
    }
    test.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", runner)
        .env("CHROMEDRIVER", driver)
        .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", webdriver_settings()?)
        .env("WASM_BINDGEN_TEST_TIMEOUT", "120");
    capture(&mut test)
}

/// The crates that have tests to run in a browser.
pub fn with_wasm_tests() -> Outcome<Vec<String>> {
    let mut with = manifests()?;
    with.retain(|manifest| manifest.text.contains("wasm-bindgen-test"));
    if with.is_empty() {
        return Err("No crate names wasm-bindgen-test.".to_owned());
    }
    Ok(with.into_iter().map(|manifest| manifest.package).collect())
}

/// Tells the driver which Chromium to start and how; the journeys start it in the same way.
fn webdriver_settings() -> Outcome<PathBuf> {
    let chromium = browser::chromium().ok_or("Chromium is missing.")?;
    let flags = shell::read(&browser_tests().join("chromium-flags.json"))?;
    let path = root().join("target").join("webdriver.json");
    let settings = format!(
        "{{ \"goog:chromeOptions\": {{ \"binary\": {:?}, \"args\": {} }} }}\n",
        chromium.display().to_string(),
        flags.trim()
    );
    shell::write(&path, &settings).map(|()| path)
}

/// Journeys through the release page in a real Chromium.
pub fn journeys() -> Report {
    report(run_journeys(), tap)
}

fn run_journeys() -> Outcome<Finished> {
    tools::ensure(&[Tool::NodePackages, Tool::Browser])?;
    let entries = fs::read_dir(browser_tests()).map_err(|error| error.to_string())?;
    let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut files: Vec<_> = names.filter(|name| name.ends_with(".test.mjs")).collect();
    files.sort();
    let mut node = browser::node(&["--test", "--test-reporter=tap", "--test-timeout=300000"]);
    capture(node.args(files))
}

/// How many tests passed, and how many did not.
type Counts = (u64, u64);

fn report(finished: Outcome<Finished>, count: fn(&str) -> Counts) -> Report {
    let finished = match finished {
        Ok(finished) => finished,
        Err(sentence) => return Err(sentence).into(),
    };
    let (passed, mut failed) = count(&finished.stdout);
    let mut output = without_progress(&finished.all);
    if passed + failed == 0 {
        output += "\nNo test ran.";
    }
    // A test that did not compile or a crashed runner is in no count.
    if failed == 0 && (passed == 0 || !finished.success) {
        failed = 1;
    }
    Report { passed, failed, output }
}

/// What passed and what was compiled would bury what failed.
fn without_progress(output: &str) -> String {
    let dull = |line: &&str| {
        let progress = ["   Compiling ", " Downloading ", "  Downloaded ", "running 0 tests"];
        let passed = line.starts_with("test ") && line.ends_with(" ... ok");
        passed || line.is_empty() || progress.iter().any(|start| line.starts_with(start))
    };
    output.lines().filter(|line| !dull(line)).map(|line| format!("{line}\n")).collect()
}

/// Adds up lines like `test result: ok. 3 passed; 0 failed; 0 ignored; ...`; an ignored test is
/// one that nobody runs, so it counts as failed.
fn libtest(output: &str) -> Counts {
    let lines = output.lines().filter(|line| line.starts_with("test result: "));
    lines.fold((0, 0), |(passed, failed), line| {
        let number = |what| before(line, what);
        (passed + number("passed"), failed + number("failed") + number("ignored"))
    })
}

fn before(line: &str, what: &str) -> u64 {
    let words: Vec<_> = line.split_whitespace().collect();
    let at = words.iter().position(|word| word.trim_end_matches(';') == what);
    at.and_then(|at| words.get(at.checked_sub(1)?)?.parse().ok()).unwrap_or(0)
}

/// Reads Node's closing lines: `# pass 3`, `# fail 0`, and the ways of not running a test.
fn tap(output: &str) -> Counts {
    let number = |what: &str| -> u64 {
        let mut lines =
            output.lines().filter_map(|line| line.strip_prefix("# ")?.strip_prefix(what));
        lines.next_back().and_then(|rest| rest.trim().parse().ok()).unwrap_or(0)
    };
    let not_run = number("cancelled ") + number("skipped ") + number("todo ");
    (number("pass "), number("fail ") + not_run)
}

#[cfg(test)]
mod tests {
    use super::{libtest, tap};

    #[test]
    fn results_of_several_test_programs_add_up_and_an_ignored_test_is_a_failure() {
        let output = "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured\n\
                      test result: FAILED. 4 passed; 1 failed; 2 ignored; 0 measured\n";
        assert_eq!(libtest(output), (7, 3));
    }

    #[test]
    fn a_journey_that_was_skipped_is_a_failure() {
        let output = "# tests 4\n# pass 2\n# fail 1\n# cancelled 0\n# skipped 1\n# todo 0\n";
        assert_eq!(tap(output), (2, 2));
    }
}
