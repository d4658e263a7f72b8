//! The page's script and its styles without what only readers need; all styles in one file.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Outcome;
use crate::shell::{self, browser_tests, capture, command_with, root};

/// What the head of the page says of a style, up to its file and behind it.
const STYLE: (&str, &str) = ("<link rel=\"stylesheet\" href=\"./", "\"/>");

/// Packs what Trunk has put into `dist`.
pub fn pack(dist: &Path) -> Outcome {
    for file in files(dist, ".js")? {
        // What has no hash in its name belongs to the example, which is there to be read.
        if name(&file).contains('-') {
            capture(esbuild().args(["--format=esm", "--allow-overwrite"]).args(into(&file)))?
                .ok()?;
        }
    }
    let index = dist.join("index.html");
    let page = shell::read(&index)?;
    let (page, names) = take_styles(&page);
    let styles: Outcome<String> = names.iter().map(|name| shell::read(&dist.join(name))).collect();
    let all = root().join("target").join("styles").join("page.css");
    shell::write(&all, &styles?)?;
    for name in &names {
        fs::remove_file(dist.join(name))
            .map_err(|error| format!("Cannot remove {name}: {error}."))?;
    }
    let out = format!("--outdir={}", dist.display());
    capture(esbuild().arg("--entry-names=[name]-[hash]").arg(out).arg(all))?.ok()?;
    let [packed] = &files(dist, ".css")?[..] else {
        return Err("Every style of the page must be named in index.html.".to_owned());
    };
    let (before, behind) = STYLE;
    let style = format!("</title>\n    {before}{}{behind}", name(packed));
    shell::write(&index, &page.replacen("</title>", &style, 1))
}

fn esbuild() -> Command {
    let mut esbuild = command_with("esbuild", &[browser_tests().join("node_modules/.bin")]);
    esbuild.args(["--minify", "--log-level=warning"]);
    esbuild
}

fn into(file: &Path) -> [String; 2] {
    [file.display().to_string(), format!("--outfile={}", file.display())]
}

fn files(dist: &Path, ending: &str) -> Outcome<Vec<PathBuf>> {
    let entries = fs::read_dir(dist).map_err(|error| format!("Cannot read dist: {error}."))?;
    let paths = entries.flatten().map(|entry| entry.path());
    Ok(paths.filter(|path| path.to_string_lossy().ends_with(ending)).collect())
}

fn name(file: &Path) -> &str {
    file.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

/// The page without its styles, and the names of these in their order.
fn take_styles(page: &str) -> (String, Vec<&str>) {
    let (mut rest, mut names) = (String::new(), Vec::new());
    for line in page.split_inclusive('\n') {
        let (before, behind) = STYLE;
        match line.trim().strip_prefix(before).and_then(|name| name.strip_suffix(behind)) {
            Some(name) => names.push(name),
            None => rest.push_str(line),
        }
    }
    (rest, names)
}

#[cfg(test)]
mod tests {
    use super::take_styles;

    #[test]
    fn styles_are_taken_in_their_order() {
        let page = "<title>x</title>\n    <link rel=\"stylesheet\" href=\"./b.css\"/>\n\
                    <link rel=\"icon\" href=\"./i.svg\"/>\n<link rel=\"stylesheet\" href=\"./a.css\"/>\n";
        let (rest, names) = take_styles(page);
        assert_eq!(names, ["b.css", "a.css"]);
        assert_eq!(rest, "<title>x</title>\n<link rel=\"icon\" href=\"./i.svg\"/>\n");
    }
}
