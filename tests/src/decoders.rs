//! Everything that reads text or bytes from outside, in one table: for the tests with hostile
//! bytes and for the fuzzer.

mod good;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::{fs, str};

use dynamo_core::{
    Boot, Config, ContextToken, Engine, EngineKind, Hash, LocalTime, Message, NodeId, Operation,
    Outcome, Recovery, Ring, Slot, Versions, wire,
};
use dynamo_sim::link::Link;
use dynamo_sim::{Saved, Script};
use twox_hash::XxHash64;

/// One way in.
pub struct Decoder {
    /// What is read, in one word; also the name of its folder in `tests/corpora`.
    pub name: &'static str,
    /// Reads; nothing if these are no such bytes.
    pub read: fn(&[u8]) -> Option<Check>,
    /// Good bytes, others for every seed.
    pub good: fn(u64) -> Vec<u8>,
    /// How many bytes of memory one reading may ask for in all.
    pub memory: Memory,
}

/// A bound on what is asked for.
pub struct Memory {
    /// Whatever is read.
    pub flat: usize,
    /// For every byte that is read.
    pub per_byte: usize,
}

/// Panics unless what was read is as it should be, and what is written of it is read back.
pub type Check = Box<dyn FnOnce()>;

/// Every way in.
pub const DECODERS: &[Decoder] = &[
    Decoder {
        name: "script",
        read: script,
        good: good::script,
        memory: Memory { flat: 20_000, per_byte: 200 },
    },
    Decoder {
        name: "saved",
        read: saved,
        good: good::saved,
        memory: Memory { flat: 20_000, per_byte: 200 },
    },
    // It unpacks to at most a megabyte of text.
    Decoder {
        name: "link",
        read: link,
        good: good::link,
        memory: Memory { flat: 80_000_000, per_byte: 0 },
    },
    Decoder {
        name: "context",
        read: context,
        good: good::context,
        memory: Memory { flat: 20_000, per_byte: 200 },
    },
    Decoder {
        name: "log",
        read: log,
        good: good::log,
        memory: Memory { flat: 20_000, per_byte: 200 },
    },
    Decoder {
        name: "versions",
        read: versions,
        good: good::versions,
        memory: Memory { flat: 20_000, per_byte: 200 },
    },
    // A copy of a ring becomes a ring of at most 65,536 tokens.
    Decoder {
        name: "message",
        read: message,
        good: good::message,
        memory: Memory { flat: 8_000_000, per_byte: 200 },
    },
];

impl Decoder {
    /// Reads, and panics where a promise is broken. `asked` says how many bytes of memory were
    /// ever asked for. Answers whether it was read.
    pub fn judge(&self, bytes: &[u8], asked: impl Fn() -> usize) -> bool {
        let most = self.memory.flat + self.memory.per_byte * bytes.len();
        let before = asked();
        let read = (self.read)(bytes);
        let asked = asked() - before;
        assert!(asked <= most, "{} bytes ask for {asked}, more than {most}", bytes.len());
        read.map(|check| check()).is_some()
    }

    /// The decoder of this name.
    pub fn named(name: &str) -> Option<&'static Decoder> {
        DECODERS.iter().find(|decoder| decoder.name == name)
    }

    /// Where its corpus is committed: bytes that once led somewhere new, or astray.
    pub fn corpus(&self) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("corpora").join(self.name)
    }

    /// The files of its corpus, in the order of their names.
    pub fn files(&self) -> Vec<PathBuf> {
        let folder = self.corpus();
        let entries =
            fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let mut files: Vec<PathBuf> =
            entries.map(|entry| entry.expect("a readable folder").path()).collect();
        files.sort();
        files
    }
}

fn assert_same<T: PartialEq + Debug>(again: Option<T>, read: T, written: &[u8]) {
    let shown = String::from_utf8_lossy(written);
    assert_eq!(again.as_ref(), Some(&read), "written as {shown:?}");
}

fn script(bytes: &[u8]) -> Option<Check> {
    let read: Script = str::from_utf8(bytes).ok()?.parse().ok()?;
    Some(Box::new(move || {
        let written = read.to_string();
        assert_same(written.parse().ok(), read, written.as_bytes());
    }))
}

fn saved(bytes: &[u8]) -> Option<Check> {
    let read: Saved = str::from_utf8(bytes).ok()?.parse().ok()?;
    Some(Box::new(move || {
        let written = read.to_string();
        assert_same(written.parse().ok(), read, written.as_bytes());
    }))
}

fn link(bytes: &[u8]) -> Option<Check> {
    let mut read = Link::read(str::from_utf8(bytes).ok()?)?.ok()?;
    Some(Box::new(move || {
        read.script = read.script.without_comments();
        // Whoever packs worse than we do sends what we would not.
        let Ok(written) = read.fragment() else { return };
        assert_same(Link::read(&written).and_then(Result::ok), read, written.as_bytes());
    }))
}

/// The bytes are a token without its checksum, and with whatever stands in its place.
fn context(bytes: &[u8]) -> Option<Check> {
    let sealed = XxHash64::oneshot(1, bytes).to_be_bytes().into_iter().chain(bytes.iter().copied());
    let tokens = [bytes.to_vec(), sealed.collect()].map(ContextToken::from_bytes);
    let opened = tokens.iter().find_map(|token| {
        let open = |key| token.open(&key).ok().map(|context| (key, context, token.fastest()));
        good::keys().find_map(open)
    });
    let (key, read, fastest) = opened?;
    Some(Box::new(move || {
        let written = ContextToken::seal(&key, &read, fastest);
        assert_eq!(written.fastest(), fastest);
        assert_same(written.open(&key).ok(), read, written.as_bytes());
    }))
}

fn versions(bytes: &[u8]) -> Option<Check> {
    let read: Versions = wire::read(bytes)?;
    Some(Box::new(move || {
        if !matches!(read, Versions::Newest(_)) {
            assert!(read.siblings().all(|(dot, _)| read.context().covers(dot)), "INV-V5: {read:?}");
        }
        assert!(read.includes(&read) && read.includes(&Versions::default()));
        let written = wire::bytes(&read);
        assert_same(wire::read(&written), read, &written);
    }))
}

fn message(bytes: &[u8]) -> Option<Check> {
    let read: Message = wire::read(bytes)?;
    if let Message::RingReply(reply) = &read {
        let _ = Ring::try_from(reply.ring.as_ref().clone());
    }
    Some(Box::new(move || {
        let written = wire::bytes(&read);
        assert_same(wire::read(&written), read, &written);
    }))
}

/// The bytes are read as they are, and once more with every label's checksum put right.
fn log(bytes: &[u8]) -> Option<Check> {
    let logs = [bytes.to_vec(), with_right_checksums(bytes)].map(open);
    Some(Box::new(move || logs.into_iter().for_each(check_log)))
}

type Opened = (Engine, Recovery);

fn open(log: Vec<u8>) -> Opened {
    let config = Config { engine: EngineKind::Log, ..Config::default() };
    Engine::open(&config, Boot { node: NodeId(1), nonce: 9 }, log)
}

/// What each slot holds; nothing if it is broken.
fn contents((disk, _): &Opened) -> BTreeMap<Slot, Option<Versions>> {
    let read = |slot: Slot| {
        let operation = Operation::ReadSlot { slot: slot.clone() };
        match disk.clone().apply(LocalTime(0), operation) {
            Outcome::Read(versions) => (slot, Some(versions)),
            _ => (slot, None),
        }
    };
    disk.slots().into_iter().map(read).collect()
}

fn check_log(log: Opened) {
    let (disk, found) = &log;
    let mut held = contents(&log);
    let broken = held.iter().filter(|(_, held)| held.is_none()).map(|(slot, _)| slot);
    assert!(broken.eq(&found.broken), "whoever asks for a broken slot hears that it is");
    // What was read once is read again. Nameless bytes before an end that was unfinished are such
    // an end now.
    let mut again = open(disk.log_bytes().to_vec());
    assert_eq!((again.1.records, &again.1.broken), (found.records, &found.broken));
    assert_same(Some(&contents(&again)), &held, disk.log_bytes());
    // What is appended is found, and nothing is lost by it.
    let (slot, versions) = (good::slot(), good::set());
    let merge = Operation::Merge { slot: slot.clone(), versions: versions.clone() };
    again.0.apply(LocalTime(0), merge);
    held.insert(slot, Some(versions));
    let bytes = again.0.log_bytes();
    assert_same(Some(contents(&open(bytes.to_vec()))), held, bytes);
}

/// Walks from label to label, as long as there are any.
fn with_right_checksums(bytes: &[u8]) -> Vec<u8> {
    let mut log = bytes.to_vec();
    let (mut at, mut is_opening) = (0, true);
    while let Some(length) = log.get(at..at + 2) {
        let end = at + 2 + usize::from(u16::from_le_bytes([length[0], length[1]]));
        let Some(body) = log.get(at + 2..end) else { break };
        let (label, checksum) = (wire::read::<(u32, Slot, u32, Hash)>(body), wire::checksum(body));
        let Some(place) = log.get_mut(end..end + 8) else { break };
        place.copy_from_slice(&checksum.0.to_le_bytes());
        let Some((_, _, length, _)) = label else { break };
        at = end + 8 + if is_opening { length as usize } else { 0 };
        is_opening = !is_opening;
    }
    log
}
