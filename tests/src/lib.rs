//! What tests share: the committed transcripts, bugs planted in sound nodes, and everything that
//! reads bytes from outside.

pub mod decoders;
pub mod planted;

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use dynamo_sim::{Run, Script, swarm};

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

/// Seeds whose traces are committed as hashes.
const SEEDS: u64 = 50;

/// Where the hashes of the traces of the first seeds are committed.
pub fn seed_hashes_path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("seed-hashes.txt")
}

/// For each of the first seeds its number and the hash of the wire bytes of its trace.
pub fn seed_hashes() -> String {
    (0..SEEDS).fold(String::new(), |lines, seed| {
        format!("{lines}{seed} {}\n", Run::new(swarm::script(seed)).trace().hash())
    })
}

/// A busy run of seven nodes with crashes and losses: some 34 records for each of its acts, one
/// act every 11 ms. 900 acts go beyond several checkpoints, 3,000 make 100,000 records.
pub fn long_run(acts: u32) -> Script {
    let mut text = String::from("dynamo 1\nsetup nodes=7 n=3 r=2 w=2 seed=3 loss=0.02\n");
    text.push_str("when hint-kept key=k3 c9 put noted \"x\"\n");
    for act in 0..acts {
        let (time, key, client) = (act * 11, act % 5, 1 + act % 4);
        let _ = match act % 45 {
            17 => writeln!(text, "at {time}ms crash n{}", 1 + act % 7),
            40 => writeln!(text, "at {time}ms restart n{}", 1 + (act - 23) % 7),
            _ if act % 2 == 0 => writeln!(text, "at {time}ms c{client} put k{key} \"{act}\""),
            _ => writeln!(text, "at {time}ms c{client} get k{key}"),
        };
    }
    let _ = writeln!(text, "until {}ms", acts * 11 + 2_100);
    match text.parse() {
        Ok(script) => script,
        Err(error) => panic!("a long run: {error}"),
    }
}
