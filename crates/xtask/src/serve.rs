//! The page while it is being worked on: `trunk serve`, with everything it needs in place.

use crate::Outcome;
use crate::shell::{self, command};
use crate::tools::{self, Tool};

/// The verb `serve`.
pub fn run(args: &[String]) -> Outcome {
    tools::ensure(&[Tool::Targets, Tool::WasmBindgen, Tool::Trunk])?;
    let mut trunk = command("trunk");
    // All that Trunk would look for elsewhere has just been put in place.
    trunk.env("TRUNK_SKIP_VERSION_CHECK", "true").arg("serve").args(args);
    shell::run(&mut trunk)
}
