//! The browser side: Chromium, its driver, Node and the npm packages, and pictures of the page.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Outcome;
use crate::dist;
use crate::shell::{self, browser_tests, capture, command, find, root};
use crate::tools::{self, Tool, locate};

/// The Chromium to test with.
pub fn chromium() -> Option<PathBuf> {
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    locate("CHROME", &names)
}

/// The WebDriver for that Chromium.
pub fn driver() -> Option<PathBuf> {
    // GitHub's machines keep the driver that fits their Chrome in this directory.
    let beside = env::var_os("CHROMEWEBDRIVER").map(|dir| Path::new(&dir).join("chromedriver"));
    locate("CHROMEDRIVER", &[]).or(beside.filter(|path| path.is_file())).or(find("chromedriver"))
}

/// Installs both from Debian's packages, or says what a person has to install.
pub fn install() -> Outcome {
    let is_root = || capture(command("id").arg("-u")).is_ok_and(|said| said.stdout.trim() == "0");
    if find("apt-get").is_none() || !is_root() {
        return Err(
            "The browser tests need Chromium (or Chrome) and the chromedriver of the same \
                    version: install both, or name them in CHROME and CHROMEDRIVER."
                .to_owned(),
        );
    }
    let apt = |args: &[&str]| {
        let mut apt = command("apt-get");
        apt.env("DEBIAN_FRONTEND", "noninteractive").args(["-qq", "-o", "Dpkg::Use-Pty=0"]);
        capture(apt.args(args)).and_then(shell::Finished::ok)
    };
    apt(&["update"])?;
    // Without a font of its own a bare machine would show boxes for letters.
    let packages = ["chromium", "chromium-driver", "fonts-dejavu-core"];
    apt(&[&["install", "-y", "--no-install-recommends"], &packages[..]].concat()).map(drop)
}

/// Whether the installed npm packages are the ones the lock file names.
pub fn packages_are_current() -> bool {
    let dir = browser_tests();
    match (fs::read(dir.join("package-lock.json")), fs::read(dir.join(STAMP))) {
        (Ok(wanted), Ok(installed)) => wanted == installed,
        _ => false,
    }
}

/// A copy of the lock file that the packages were installed from.
const STAMP: &str = "node_modules/installed-lock.json";

/// Installs the npm packages that the lock file names.
pub fn install_packages() -> Outcome {
    if find("node").is_none() || find("npm").is_none() {
        return Err("Node.js 20 or newer with npm is needed for this verb: install it, \
                    and see that `node` and `npm` are on PATH."
            .to_owned());
    }
    let dir = browser_tests();
    capture(command("npm").args(["ci", "--loglevel=error"]).current_dir(&dir))?.ok()?;
    fs::copy(dir.join("package-lock.json"), dir.join(STAMP))
        .map(drop)
        .map_err(|error| format!("Cannot note what npm installed: {error}."))
}

/// Node running one script of `tests/browser`, knowing which Chromium to take.
pub fn node(args: &[&str]) -> Command {
    let mut node = command("node");
    node.args(args).current_dir(browser_tests());
    if let Some(chromium) = chromium() {
        node.env("CHROME", chromium);
    }
    node
}

/// The verb `shots`.
pub fn shots(args: &[String]) -> Outcome {
    tools::ensure(&[Tool::Browser])?;
    dist::build()?;
    shell::run(node(&["shots.mjs"]).args(args))?;
    println!("{}", root().join("tests").join("shots").display());
    Ok(())
}
