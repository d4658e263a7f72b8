//! Running other programs: where, with which PATH, and what they said.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Outcome;

/// The root of the repository.
pub fn root() -> &'static Path {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.ancestors().nth(2).unwrap_or(manifest)
}

/// Where the browser tests and the packages from npm are.
pub fn browser_tests() -> PathBuf {
    root().join("tests").join("browser")
}

/// Cargo's home: `CARGO_HOME`, or `.cargo` in the home directory.
pub fn cargo_home() -> PathBuf {
    let home = env::home_dir().unwrap_or_default();
    env::var_os("CARGO_HOME").map_or_else(|| home.join(".cargo"), PathBuf::from)
}

/// A command that runs in the root and finds what `cargo install` has installed.
pub fn command(program: &str) -> Command {
    command_with(program, &[])
}

/// Like [`command`], with some directories put first on PATH.
pub fn command_with(program: &str, first: &[PathBuf]) -> Command {
    let path = search_path(first);
    let found = find_in(program, &path);
    let mut command = Command::new(found.unwrap_or_else(|| PathBuf::from(program)));
    command.current_dir(root()).env("PATH", path);
    command
}

/// The program of that name that [`command`] would run.
pub fn find(program: &str) -> Option<PathBuf> {
    find_in(program, &search_path(&[]))
}

fn search_path(first: &[PathBuf]) -> OsString {
    let inherited = env::var_os("PATH").unwrap_or_default();
    let mut dirs = first.to_vec();
    dirs.push(cargo_home().join("bin"));
    dirs.extend(env::split_paths(&inherited));
    env::join_paths(dirs).unwrap_or(inherited)
}

fn find_in(program: &str, path: &OsString) -> Option<PathBuf> {
    let name = format!("{program}{}", env::consts::EXE_SUFFIX);
    // npm is a batch file on Windows, and only a full name starts one.
    let batch = format!("{program}.cmd");
    let names = if cfg!(windows) { vec![name, batch] } else { vec![name] };
    env::split_paths(path)
        .flat_map(|dir| names.iter().map(move |name| dir.join(name)))
        .find(|candidate| candidate.is_file())
}

/// Runs a command on this terminal; anything but success is an error.
pub fn run(command: &mut Command) -> Outcome {
    let status = command.status().map_err(|error| not_started(command, &error))?;
    match status.success() {
        true => Ok(()),
        false => Err(format!("{} failed ({status}).", name(command))),
    }
}

/// What a finished command left.
pub struct Finished {
    /// Whether it ended with success.
    pub success: bool,
    /// Its standard output.
    pub stdout: String,
    /// Its standard output, then its standard error.
    pub all: String,
}

impl Finished {
    /// The whole output as the error unless the command succeeded.
    pub fn ok(self) -> Outcome<Self> {
        if self.success { Ok(self) } else { Err(self.all) }
    }
}

/// Runs a command to its end, keeping what it prints.
pub fn capture(command: &mut Command) -> Outcome<Finished> {
    let output =
        command.stdin(Stdio::null()).output().map_err(|error| not_started(command, &error))?;
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    let stderr = String::from_utf8_lossy(&output.stderr);
    let all = format!("{stdout}{stderr}");
    Ok(Finished { success: output.status.success(), stdout, all })
}

/// Reads a text file of the repository.
pub fn read(path: &Path) -> Outcome<String> {
    fs::read_to_string(path).map_err(|error| format!("Cannot read {}: {error}.", path.display()))
}

/// Writes a text file, creating its directory when need be.
pub fn write(path: &Path, text: &str) -> Outcome {
    let made = path.parent().map_or(Ok(()), fs::create_dir_all);
    made.and_then(|()| fs::write(path, text))
        .map_err(|error| format!("Cannot write {}: {error}.", path.display()))
}

fn name(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_stem().unwrap_or_default();
    let first = command.get_args().next().unwrap_or_default();
    format!("`{} {}`", program.to_string_lossy(), first.to_string_lossy())
}

fn not_started(command: &Command, error: &std::io::Error) -> String {
    format!("{} cannot be started: {error}.", name(command))
}
