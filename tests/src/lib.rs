//! The committed transcripts, for every test that plays them.

use std::fs;
use std::path::{Path, PathBuf};

use dynamo_sim::{Run, Script};

/// One committed transcript.
pub struct Transcript {
    /// Its file name without the ending: a claim.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// The file as committed.
    pub text: String,
}

impl Transcript {
    /// Its script.
    pub fn script(&self) -> Script {
        match self.text.parse() {
            Ok(script) => script,
            Err(error) => panic!("{}: {error}", self.path.display()),
        }
    }

    /// The file as it would be written now.
    pub fn rewritten(&self) -> String {
        dynamo_check::report(&Run::new(self.script()))
    }
}

/// All committed transcripts, by name.
pub fn transcripts() -> Vec<Transcript> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("transcripts");
    let mut paths: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "txt"))
        .collect();
    paths.sort();
    paths
        .into_iter()
        .map(|path| Transcript {
            name: path.file_stem().expect("a name").to_string_lossy().into_owned(),
            text: fs::read_to_string(&path).expect("a readable transcript"),
            path,
        })
        .collect()
}

/// Where the hashes of all traces are committed.
pub fn hashes_path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("trace-hashes.txt")
}

/// For every transcript its name, the hash of the wire bytes of its trace and their number.
pub fn hashes() -> String {
    let mut lines = String::new();
    for transcript in transcripts() {
        let run = Run::new(transcript.script());
        let (hash, bytes) = (run.trace().hash(), run.trace().bytes().len());
        lines.push_str(&format!("{} {hash} {bytes}\n", transcript.name));
    }
    lines
}
