//! What the page weighs: every served file raw, with gzip, with brotli, against committed numbers.

use std::fmt::Write as _;
use std::path::PathBuf;

use crate::Outcome;
use crate::browser;
use crate::dist;
use crate::shell::{self, capture, root};

/// More than this over a committed sum fails.
const SLACK_PERCENT: u64 = 3;
/// What a first load should weigh at most, with brotli.
const AIM: u64 = 250_000;
/// What the first picture does without: the rest of the program comes with the first sign of a
/// hand, the example is a page of its own.
const LATER: [&str; 3] = ["playground_rest.wasm", "chapter.html", "frames.js"];

/// The verb `sizes`.
pub fn run(args: &[String]) -> Outcome {
    dist::build()?;
    let weighed = weigh()?;
    let write = args.iter().any(|arg| arg == "--write");
    if write {
        shell::write(&committed(), &table(&weighed))?;
    }
    let (text, verdict) = compare(&weighed)?;
    print!("{text}");
    verdict
}

/// What one served file weighs; its name is without the hash that changes with every build.
#[derive(Debug, PartialEq)]
struct File {
    name: String,
    raw: u64,
    gzip: u64,
    brotli: u64,
}

/// Weighs `dist/` as it is: the table to show, and whether it is light enough.
pub fn check() -> Outcome<String> {
    let (text, verdict) = compare(&weigh()?)?;
    verdict.map(|()| text.clone()).map_err(|sentence| format!("{text}{sentence}"))
}

fn committed() -> PathBuf {
    root().join("web").join("sizes.txt")
}

/// Node brings both compressors along; compiling them would slow every verb down.
fn weigh() -> Outcome<Vec<File>> {
    let said = capture(&mut browser::node(&["sizes.mjs"]))?.ok()?.stdout;
    let mut files = parse(&said);
    for file in &mut files {
        file.name = without_hash(&file.name);
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}

fn parse(text: &str) -> Vec<File> {
    let line = |line: &str| {
        let mut words = line.split_whitespace();
        let name = words.next()?.to_owned();
        let mut number = || words.next()?.parse().ok();
        Some(File { name, raw: number()?, gzip: number()?, brotli: number()? })
    };
    let is_file = |file: &File| ![TOTAL, FIRST].contains(&file.name.as_str());
    text.lines().filter_map(line).filter(is_file).collect()
}

const TOTAL: &str = "total";
const FIRST: &str = "first-load";

fn sum<'a>(name: &str, files: impl Iterator<Item = &'a File>) -> File {
    let none = File { name: name.to_owned(), raw: 0, gzip: 0, brotli: 0 };
    files.fold(none, |sum, file| File {
        raw: sum.raw + file.raw,
        gzip: sum.gzip + file.gzip,
        brotli: sum.brotli + file.brotli,
        ..sum
    })
}

fn total(files: &[File]) -> File {
    sum(TOTAL, files.iter())
}

fn first_load(files: &[File]) -> File {
    sum(FIRST, files.iter().filter(|file| !LATER.contains(&file.name.as_str())))
}

fn table(files: &[File]) -> String {
    let mut text = format!("{:<28}{:>10}{:>10}{:>10}\n", "file", "raw", "gzip", "brotli");
    for File { name, raw, gzip, brotli } in files.iter().chain(&[first_load(files), total(files)]) {
        let _ = writeln!(text, "{name:<28}{raw:>10}{gzip:>10}{brotli:>10}");
    }
    text
}

fn compare(files: &[File]) -> Outcome<(String, Outcome)> {
    let before = parse(&shell::read(&committed())?);
    let (was, is) = (first_load(&before).brotli, first_load(files).brotli);
    let mut text = table(files);
    for file in files {
        let old = before.iter().find(|old| old.name == file.name).map_or(0, |old| old.brotli);
        if old != file.brotli {
            let _ = writeln!(text, "{} was {old}, is {} with brotli", file.name, file.brotli);
        }
    }
    let _ = writeln!(text, "committed first load {was}");
    let _ = match is.checked_sub(AIM) {
        Some(over) if over > 0 => writeln!(text, "{over} bytes above the aim of {AIM}"),
        _ => writeln!(text, "within the aim of {AIM}"),
    };
    let whole = judge("The page", total(&before).brotli, total(files).brotli);
    Ok((text, judge("The first load", was, is).and(whole)))
}

fn judge(what: &str, was: u64, is: u64) -> Outcome {
    if is * 100 > was * (100 + SLACK_PERCENT) {
        return Err(format!(
            "{what} grew from {was} to {is} bytes with brotli, more than {SLACK_PERCENT} %. \
             If that is worth it: cargo xtask sizes --write, and commit web/sizes.txt."
        ));
    }
    Ok(())
}

fn without_hash(name: &str) -> String {
    let Some((stem, rest)) = name.rsplit_once('-') else { return name.to_owned() };
    let end = rest.find(['.', '_']).unwrap_or(rest.len());
    let (hash, ending) = rest.split_at(end);
    // Of Trunk, which leaves out zeros at the start, and of esbuild.
    let is_hash = match hash.len() {
        12..=16 => hash.bytes().all(|byte| byte.is_ascii_hexdigit()),
        8 => hash.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()),
        _ => false,
    };
    if is_hash { format!("{stem}{ending}") } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::{File, first_load, judge, parse, table, total, without_hash};

    #[test]
    fn the_hash_of_a_build_is_no_part_of_a_name() {
        assert_eq!(without_hash("main-ee7a29fa6c6f7812.css"), "main.css");
        assert_eq!(without_hash("page-4VQ7ZKXA.css"), "page.css");
        assert_eq!(without_hash("playground-eff2e24a85e62b2d_bg.wasm"), "playground_bg.wasm");
        assert_eq!(without_hash("playground-eff2e24a85e62b2d_rest.wasm"), "playground_rest.wasm");
        // Written without the zeros that it begins with.
        assert_eq!(without_hash("playground-a9d6b69ff395564_rest.wasm"), "playground_rest.wasm");
        assert_eq!(without_hash("index.html"), "index.html");
        assert_eq!(without_hash("snippets/a-b.js"), "snippets/a-b.js");
    }

    #[test]
    fn a_table_reads_back_as_the_files_it_was_made_of() {
        let files = [File { name: "a.js".to_owned(), raw: 3, gzip: 2, brotli: 1 }];
        assert_eq!(parse(&table(&files)), files);
    }

    #[test]
    fn growth_is_judged_against_the_committed_total_() {
        assert!(judge("It", 100_000, 103_000).is_ok());
        assert!(judge("It", 100_000, 103_001).is_err());
    }

    #[test]
    fn what_comes_later_is_no_part_of_the_first_load() {
        let file = |name: &str, brotli| File { name: name.to_owned(), raw: 0, gzip: 0, brotli };
        let files = [file("playground_bg.wasm", 5), file("playground_rest.wasm", 7)];
        assert_eq!((first_load(&files).brotli, total(&files).brotli), (5, 12));
    }
}
