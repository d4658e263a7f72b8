//! The gallery: famous runs, each of them a transcript under test. The first opens with the page.

use crate::words;

/// A run of the gallery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Famous {
    /// Its script. The first comment is the title, the further ones say what happens.
    pub script: &'static str,
}

/// Takes the script out of a transcript while the page is compiled: what came of it would only
/// make the page larger, and the page plays it anyway.
macro_rules! famous {
    ($name:literal) => {{
        const TRANSCRIPT: &[u8] =
            include_bytes!(concat!("../../tests/transcripts/", $name, ".txt"));
        const SCRIPT: [u8; script_length(TRANSCRIPT)] = head(TRANSCRIPT);
        match std::str::from_utf8(&SCRIPT) {
            Ok(script) => Famous { script },
            Err(_) => panic!("a transcript is text"),
        }
    }};
}

/// Every run of the gallery.
pub const RUNS: [Famous; 12] = [
    famous!("a-write-survives-a-dead-primary"),
    famous!("two-writers-leave-siblings-that-a-client-merges-by-hand"),
    famous!("a-sloppy-read-misses-a-write-on-fallbacks-and-finds-it-after-handoff"),
    famous!("a-union-of-two-carts-brings-a-removed-item-back"),
    famous!("a-hint-that-dies-with-its-keepers-disk-is-mended-by-an-exchange"),
    famous!("writes-on-both-sides-of-a-partition-become-siblings"),
    famous!("a-coordinator-that-lost-its-disk-never-reuses-a-dot"),
    famous!("figure-2-a-node-joins-and-three-nodes-give-it-their-ranges"),
    famous!("strict-mode-refuses-the-write-that-sloppy-mode-accepts"),
    famous!("a-coordinator-that-dies-before-telling-anyone-leaves-the-write-unknown"),
    famous!("a-keeper-that-crashes-before-forgetting-its-hint-loses-and-doubles-nothing"),
    famous!("a-network-that-loses-and-doubles-messages-keeps-every-acknowledged-write"),
];

impl Famous {
    fn comments(self) -> impl Iterator<Item = &'static str> {
        let behind_version = self.script.lines().skip(1);
        behind_version.map_while(|line| line.strip_prefix('#')).map(str::trim)
    }

    /// What it is called.
    pub fn title(self) -> &'static str {
        self.comments().next().unwrap_or_default()
    }

    /// Its name in addresses: `the-write-that-survives`.
    pub fn slug(self) -> String {
        words::slug(self.title())
    }

    /// What happens in it.
    pub fn about(self) -> String {
        self.comments().skip(1).collect::<Vec<_>>().join(" ")
    }
}

/// How long the script of a transcript is: up to the line that begins with the rule.
const fn script_length(transcript: &[u8]) -> usize {
    let mut at = 1;
    while at + 4 <= transcript.len() {
        let (_, here) = transcript.split_at(at);
        if transcript[at - 1] == b'\n' && matches!(here, [b'-', b'-', b'-', b'-', ..]) {
            return at;
        }
        at += 1;
    }
    transcript.len()
}

const fn head<const LENGTH: usize>(bytes: &[u8]) -> [u8; LENGTH] {
    let mut head = [0; LENGTH];
    let mut at = 0;
    while at < LENGTH {
        head[at] = bytes[at];
        at += 1;
    }
    head
}

#[cfg(test)]
mod tests {
    use super::RUNS;
    use dynamo_sim::Script;

    #[test]
    fn every_run_of_the_gallery_is_a_script_with_a_short_title_and_a_story() {
        for run in RUNS {
            let script: Script = run.script.parse().expect("a script");
            assert_eq!(script.title(), Some(run.title()));
            assert_eq!(script.to_string(), run.script, "nothing is cut off");
            assert!(run.title().len() <= 40, "{}", run.title());
            assert!((40..400).contains(&run.about().len()), "{}", run.about());
            assert!(!script.expect.is_empty(), "{}: a checked claim", run.title());
        }
    }
}
