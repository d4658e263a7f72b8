//! A run as the end of an address: `run=1.<text, deflated, base64url>&t=2.0004s&key=basket`.
//!
//! Beside the run travel the playhead, the selection, and marks of what the run did when it was
//! shared, so that a later version can say where it does otherwise.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dynamo_core::{Key, wire};
use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec_with_limit;

use crate::script::{MAX_TEXT_BYTES, ParseError, Script, moment, node};
use crate::sight::{PickName, Sight};
use crate::time::Moment;
use crate::timeline::Run;
use crate::trace::Trace;

/// The longest link that is written or read, in characters behind the `#`.
pub const MAX_CHARACTERS: usize = 8_000;
/// The version of the coding.
const VERSION: &str = "1";
/// How hard to deflate: the hardest, texts are short.
const LEVEL: u8 = 10;
/// Marks that a link carries.
const MARKS: usize = 8;

/// A run to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The run.
    pub script: Script,
    /// Where somebody looked.
    pub sight: Option<Sight>,
    /// What the run did when it was shared.
    pub recorded: Option<Recorded>,
}

/// What a run did: for every eighth of its records a short hash of it and of all that came before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The version that played it.
    pub version: String,
    /// Its records.
    pub records: usize,
    /// The hash of every eighth.
    pub marks: Vec<u16>,
}

/// A run does otherwise than when it was shared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The version that played it then.
    pub version: String,
    /// At or before this event it differs.
    pub event: usize,
}

/// A run that is too long for a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong {
    /// The characters that it would take.
    pub characters: usize,
}

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TooLong { characters } = self;
        write!(
            f,
            "this run takes {characters} characters and a link has at most {MAX_CHARACTERS}; save \
             it as a file instead"
        )
    }
}

/// Why a link cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadLink {
    /// It has more characters than any link of ours.
    TooLong(usize),
    /// It was written in another coding.
    Version(String),
    /// Part of it is missing or changed.
    Damaged,
    /// It unpacks to more than a run text may have.
    TooLarge,
    /// It holds a text that is not a run.
    Script(ParseError),
    /// A part beside the run is wrong.
    Part(&'static str),
}

impl fmt::Display for BadLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BadLink::TooLong(characters) => {
                write!(f, "the link has {characters} characters, at most {MAX_CHARACTERS} are read")
            }
            BadLink::Version(version) => write!(
                f,
                "the link is of version {version:?}, this playground reads version {VERSION}"
            ),
            BadLink::Damaged => {
                f.write_str("the link is damaged: part of it is missing or changed; copy it again")
            }
            BadLink::TooLarge => {
                write!(f, "the link unpacks to more than {MAX_TEXT_BYTES} bytes")
            }
            BadLink::Script(error) => write!(f, "the link holds no run: {error}"),
            BadLink::Part(part) => write!(f, "the link has a wrong part: {part}"),
        }
    }
}

impl Recorded {
    /// The marks of a run up to its horizon, played by this version.
    pub fn of(run: &Run) -> Self {
        let records = records_of(run);
        let marks = marks(run.trace(), records).collect();
        Recorded { version: env!("CARGO_PKG_VERSION").to_string(), records, marks }
    }

    /// Where a run does otherwise than it did then, if it does.
    pub fn difference(&self, run: &Run) -> Option<Difference> {
        let records = records_of(run);
        let now = marks(run.trace(), self.records);
        let same = now.zip(&self.marks).take_while(|(now, then)| now == *then).count();
        let event = if same < self.marks.len() {
            eighth(self.records, same + 1)
        } else if records != self.records {
            self.records.min(records)
        } else {
            return None;
        };
        Some(Difference { version: self.version.clone(), event })
    }
}

/// The records up to the horizon; a run may be known further.
fn records_of(run: &Run) -> usize {
    run.trace().count_until(Moment::end_of(run.script().horizon()))
}

fn eighth(records: usize, number: usize) -> usize {
    records.saturating_mul(number) / MARKS
}

/// The marks of the first `records` records; they end where the trace does.
fn marks(trace: &Trace, records: usize) -> impl Iterator<Item = u16> {
    let mut before = wire::Hash::default();
    (1..=MARKS).map_while(move |number| {
        let (from, to) = (eighth(records, number - 1), eighth(records, number));
        let part = trace.iter_from(from).take(to - from).map(|(_, record)| record);
        before = wire::hash(&(before, part.collect::<Vec<_>>()));
        (to <= trace.len()).then_some(before.0 as u16)
    })
}

impl Link {
    /// What stands behind the `#`.
    pub fn fragment(&self) -> Result<String, TooLong> {
        let text = self.script.without_comments().to_string();
        let packed = URL_SAFE_NO_PAD.encode(compress_to_vec(text.as_bytes(), LEVEL));
        let mut fragment = format!("run={VERSION}.{packed}");
        if let Some(Sight { moment, key, pick, eyes }) = &self.sight {
            fragment.push_str(&format!("&t={moment}"));
            if let Some(key) = key {
                fragment.push_str(&format!("&key={}", URL_SAFE_NO_PAD.encode(key.as_str())));
            }
            if let Some(pick) = pick {
                fragment.push_str(&format!("&pick={}", pick.as_str()));
            }
            if let Some(eyes) = eyes {
                fragment.push_str(&format!("&eyes={eyes}"));
            }
        }
        if let Some(Recorded { version, records, marks }) = &self.recorded {
            let marks: String = marks.iter().map(|mark| format!("{mark:04x}")).collect();
            fragment.push_str(&format!("&by={version}.{records}.{marks}"));
        }
        match fragment.len() {
            characters if characters > MAX_CHARACTERS => Err(TooLong { characters }),
            _ => Ok(fragment),
        }
    }

    /// Reads what stands behind the `#`; nothing if it names no run.
    pub fn read(fragment: &str) -> Option<Result<Link, BadLink>> {
        let fragment = fragment.trim_start_matches('#');
        let run = fragment.split('&').find_map(|part| part.strip_prefix("run="))?;
        Some(Self::read_parts(fragment, run))
    }

    fn read_parts(fragment: &str, run: &str) -> Result<Link, BadLink> {
        if fragment.len() > MAX_CHARACTERS {
            return Err(BadLink::TooLong(fragment.chars().count()));
        }
        let (version, packed) = run.split_once('.').ok_or(BadLink::Damaged)?;
        if version != VERSION {
            return Err(BadLink::Version(version.chars().take(8).collect()));
        }
        Self::of(unpack(packed)?.parse().map_err(BadLink::Script)?, fragment)
    }

    /// This run, with what else a fragment says: where to look, and what the run did.
    pub fn of(script: Script, fragment: &str) -> Result<Link, BadLink> {
        let mut link = Link { script, sight: None, recorded: None };
        for part in fragment.split('&') {
            let Some((name, text)) = part.split_once('=') else { continue };
            link.read_part(name, text).map_err(BadLink::Part)?;
        }
        Ok(link)
    }

    fn read_part(&mut self, name: &str, text: &str) -> Result<(), &'static str> {
        let sight = &mut self.sight;
        match name {
            "t" => {
                let moment = moment(text).ok_or("t, a place in time")?;
                sight.get_or_insert_default().moment = moment;
            }
            "key" => sight.get_or_insert_default().key = Some(key(text).ok_or("key")?),
            "pick" => {
                sight.get_or_insert_default().pick = Some(PickName::new(text).ok_or("pick")?);
            }
            "eyes" => {
                sight.get_or_insert_default().eyes = Some(node(text).ok_or("eyes, a node")?);
            }
            "by" => self.recorded = Some(recorded(text).ok_or("by, the recording")?),
            // Other parts belong to the page.
            _ => {}
        }
        Ok(())
    }
}

fn unpack(packed: &str) -> Result<String, BadLink> {
    let deflated = URL_SAFE_NO_PAD.decode(packed).map_err(|_| BadLink::Damaged)?;
    let bytes =
        decompress_to_vec_with_limit(&deflated, MAX_TEXT_BYTES).map_err(|error| {
            match error.status {
                miniz_oxide::inflate::TINFLStatus::HasMoreOutput => BadLink::TooLarge,
                _ => BadLink::Damaged,
            }
        })?;
    String::from_utf8(bytes).map_err(|_| BadLink::Damaged)
}

fn key(text: &str) -> Option<Key> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    Key::new(String::from_utf8(bytes).ok()?).ok()
}

fn recorded(text: &str) -> Option<Recorded> {
    let (rest, marks) = text.rsplit_once('.')?;
    let (version, records) = rest.rsplit_once('.')?;
    if marks.len() != 4 * MARKS || version.len() > 20 || !marks.is_ascii() {
        return None;
    }
    let marks = (0..MARKS)
        .map(|index| u16::from_str_radix(&marks[4 * index..4 * index + 4], 16).ok())
        .collect::<Option<Vec<u16>>>()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-+".contains(c);
    let records = records.parse().ok().filter(|records| *records <= u32::MAX as usize)?;
    version.chars().all(plain).then(|| Recorded { version: version.to_string(), records, marks })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TEXT: &str = "dynamo 1\n# Title\nsetup nodes=5 n=3 r=2 w=2 seed=7\nat 0s crash n3\n\
                        at 100ms c1.1 put \"ключ &=#\" \"<b>milk</b>\" via n1\nuntil 2s\n";

    fn link() -> Link {
        let script: Script = TEXT.parse().unwrap();
        let run = Run::new(script.clone());
        Link {
            script,
            sight: Some(Sight {
                moment: Moment { time: crate::Time(100_001), after: 3 },
                key: Some(Key::new("ключ &=#").unwrap()),
                pick: PickName::new("n3"),
                eyes: Some(dynamo_core::NodeId(2)),
            }),
            recorded: Some(Recorded::of(&run)),
        }
    }

    #[test]
    fn a_link_is_read_back_and_its_run_does_what_it_did() {
        let fragment = link().fragment().unwrap();
        assert!(fragment.chars().all(|c| c.is_ascii_alphanumeric() || "=.&-_+".contains(c)));
        let read = Link::read(&fragment).unwrap().unwrap();
        assert_eq!(read, link());
        let run = Run::new(read.script);
        assert_eq!(read.recorded.unwrap().difference(&run), None);
    }

    #[test]
    fn a_run_that_does_otherwise_says_from_where() {
        let mut script: Script = TEXT.parse().unwrap();
        script.setup.seed = crate::Seed(8);
        let run = Run::new(script);
        let difference = link().recorded.unwrap().difference(&run).unwrap();
        assert_eq!(difference.version, env!("CARGO_PKG_VERSION"));
        assert!(difference.event > 0);
    }

    #[test]
    fn a_link_that_is_cut_or_of_another_version_is_refused_with_a_reason() {
        let fragment = link().fragment().unwrap();
        let half = &fragment[..fragment.find('&').unwrap() / 2];
        assert_eq!(Link::read(half), Some(Err(BadLink::Damaged)));
        let other = fragment.replacen("run=1.", "run=2.", 1);
        assert_eq!(Link::read(&other), Some(Err(BadLink::Version("2".into()))));
        assert_eq!(Link::read("t=2s"), None);
        let long = format!("run=1.{}", "A".repeat(MAX_CHARACTERS));
        assert!(matches!(Link::read(&long), Some(Err(BadLink::TooLong(_)))));
    }

    #[test]
    fn a_bomb_is_not_unpacked() {
        let bomb = compress_to_vec(&alloc::vec![b'#'; MAX_TEXT_BYTES + 1], LEVEL);
        let fragment = format!("run=1.{}", URL_SAFE_NO_PAD.encode(bomb));
        assert_eq!(Link::read(&fragment), Some(Err(BadLink::TooLarge)));
    }

    #[test]
    fn a_run_that_is_too_long_for_a_link_says_how_long_it_is() {
        let mut long = link();
        for step in 0..3_000u64 {
            let chance = crate::Seed(step).draw("t", &step).bits();
            let node = dynamo_core::NodeId((chance % 60_000) as u16 + 1);
            let at = Moment::at(crate::Time(chance % 1_000_000));
            long.script.insert(at, crate::Command::Crash(node));
        }
        assert!(long.fragment().unwrap_err().characters > MAX_CHARACTERS);
    }

    proptest! {
        #[test]
        fn hostile_links_never_panic(text in "\\PC{0,80}", bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = Link::read(&text);
            let _ = Link::read(&format!("run={text}"));
            let _ = Link::read(&format!("run=1.{}", URL_SAFE_NO_PAD.encode(&bytes)));
            let good = link().fragment().unwrap_or_default();
            let _ = Link::read(&format!("{good}&by={text}&key={text}&t={text}&pick={text}&eyes={text}"));
        }

        #[test]
        fn a_link_with_a_character_changed_never_panics(at in any::<prop::sample::Index>(), c in "[A-Za-z0-9_=.&-]") {
            let mut fragment = link().fragment().unwrap_or_default();
            let at = at.index(fragment.len());
            fragment.replace_range(at..=at, &c);
            let _ = Link::read(&fragment);
        }
    }
}
