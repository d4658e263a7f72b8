//! The words for people: one short sentence for everything that a run can hold. Typed values and
//! keys come in from below; nothing below knows these words.

pub mod tally;
pub mod until;

use alloc::format;
use alloc::string::String;

use dynamo_core::node::sync::ExchangeEnd;
use dynamo_core::{
    BadContext, CoordinatorChoice, Duration, Endpoint, Fact, MessageKind, NodeId, Recovery,
    Refusal, Replica, Subject, TaskKind,
};
use dynamo_sim::Settled;
use dynamo_sim::disk::DiskFault;
use dynamo_sim::machine::{Ailment, Drift};
use dynamo_sim::script::Workload;
use dynamo_sim::trace::{Doubt, Ended, Loss, Refused};

use crate::members;
use crate::stage::{listed, shortened};

/// The most characters of a key that a sentence spells out.
const KEY_SHOWN: usize = 40;

/// Which of the three ends an operation had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// It succeeded.
    Good,
    /// It certainly had no effect.
    Bad,
    /// Nobody can say.
    Unknown,
}

impl Tone {
    /// The CSS class.
    pub fn class(self) -> &'static str {
        match self {
            Tone::Good => "good",
            Tone::Bad => "bad",
            Tone::Unknown => "warn",
        }
    }

    /// The sign beside the colour.
    pub fn sign(self) -> &'static str {
        match self {
            Tone::Good => "✓",
            Tone::Bad => "✗",
            Tone::Unknown => "?",
        }
    }

    /// The short name.
    pub fn name(self) -> &'static str {
        match self {
            Tone::Good => "ok",
            Tone::Bad => "certainly failed",
            Tone::Unknown => "unknown",
        }
    }
}

/// Which of the three ends this is.
pub fn tone(ended: &Ended) -> Tone {
    match ended {
        Ended::Stored | Ended::Found { .. } => Tone::Good,
        Ended::Failed(_) => Tone::Bad,
        Ended::Unknown(_) => Tone::Unknown,
    }
}

/// How an operation ended.
pub fn ended(ended: &Ended) -> String {
    match ended {
        Ended::Stored => "Stored: enough nodes have acknowledged it.".into(),
        Ended::Found { siblings } => match siblings.len() {
            0 => "Found nothing: the key was never written, as far as these nodes know.".into(),
            1 if siblings[0].value.is_none() => "Found a tombstone: the key is deleted.".into(),
            1 => "Found one value.".into(),
            many => format!(
                "Found {many} values in conflict: none was written knowing another. The client \
                 decides."
            ),
        },
        Ended::Failed(why) => format!("Certainly failed, nothing was stored: {}.", refusal(why)),
        Ended::Unknown(doubt) => format!("Unknown, it may be stored: {}.", self::doubt(*doubt)),
    }
}

/// Why the end of a write is unknown; goes on in a sentence.
pub fn doubt(doubt: Doubt) -> String {
    match doubt {
        Doubt::TooFewAcks { answers, needed } => {
            format!("only {answers} of {needed} needed nodes acknowledged in time")
        }
        Doubt::NoAnswer => "the client heard nothing in time".into(),
    }
}

/// Why a request certainly had no effect; goes on in a sentence.
pub fn refusal(why: &Refusal) -> String {
    match why {
        Refusal::TooFewReachable { reachable, needed } => {
            format!("only {reachable} of {needed} needed nodes seem up, so nobody was asked")
        }
        Refusal::TooFewAnswers { answers, needed } => {
            format!("only {answers} of {needed} needed nodes answered in time")
        }
        Refusal::BadContext(BadContext::Damaged) => "the context that came along is damaged".into(),
        Refusal::BadContext(BadContext::OtherKey) => {
            "the context that came along belongs to another key".into()
        }
        Refusal::BadContext(BadContext::Ahead) => {
            "the context names writes that this node never made".into()
        }
        Refusal::NoAnswer => "no answer came in time".into(),
        Refusal::TooFewPrimaries { reachable, needed } => format!(
            "only {reachable} of {needed} needed nodes of the key's own seem up, so nobody was asked"
        ),
        Refusal::NoRoom => "the disk of its coordinator is full, so nobody was told".into(),
    }
}

/// Why a message did not arrive.
pub fn loss(why: Loss) -> &'static str {
    match why {
        Loss::Dropped => "The network dropped it. The sender is not told.",
        Loss::Taken => "You dropped it. The sender is not told.",
        Loss::Cut => "The link is cut. The sender hears only silence.",
        Loss::ReceiverDown => "The receiver is down. The sender hears only silence.",
        Loss::Corrupt => {
            "A bit was turned on its way; the receiver drops it. The sender is not told."
        }
        Loss::Overflow => "The link carried as many as it can. The sender is not told.",
    }
}

/// Why a command could not be carried out.
pub fn refused(why: &Refused) -> String {
    match why {
        Refused::NoSuchNode(node) => format!("There is no {node} in this cluster."),
        Refused::AlreadyDown(node) => format!("{node} is down already."),
        Refused::AlreadyUp(node) => format!("{node} is up already."),
        Refused::OutsideN { given, n } => {
            format!("R and W run from 1 to N: {given} does not fit N = {n}.")
        }
        Refused::InTwoGroups(endpoint) => format!("{endpoint} stands in two groups of the cut."),
        Refused::NoContext(request) => {
            format!("{request} has returned no context for this key so far.")
        }
        Refused::NothingSeen => "A deletion covers what its client has seen of the key, and this one has seen nothing: let it get the key first.".into(),
        Refused::NumberTaken(request) => format!("There is an operation {request} already."),
        Refused::TooManyPuts => "The key has had as many puts as a run may have.".into(),
        Refused::OnlyEngine(engine) => {
            format!("This cannot happen here: it needs a run with engine={engine}.")
        }
        Refused::NothingStored(node) => format!("{node} stores nothing of this key that is whole."),
        Refused::NothingUnderWay(node) => {
            format!("{node} is not appending anything to its log at this moment.")
        }
        Refused::Membership(why) => members::bad_change(*why),
        Refused::NoSuchZone(zone) => format!("There is no zone {zone} in this cluster."),
        Refused::AlreadySo(node) => format!("{node} is so already."),
        Refused::NoBackup(node) => {
            format!("There is no backup of {node}'s disk: take a snapshot first.")
        }
    }
}

/// What a workload is.
pub fn workload(workload: &Workload) -> String {
    let Workload { clients, rate, keys, length, .. } = workload;
    format!(
        "{} begin to read and write: {rate} operations a second for {length}, of {}.",
        counted(*clients, "client"),
        counted(*keys, "key")
    )
}

/// How the world came to rest, as a sentence behind others.
pub fn settled(Settled { took, bound }: Settled) -> String {
    let millis = |it: Duration| it.as_micros().div_ceil(1_000);
    format!(
        " It came to rest {} ms after the last act; judged after {} ms of quiet.",
        millis(took),
        millis(bound)
    )
}

/// What a fault did to a node's disk.
pub fn disk_fault(node: NodeId, fault: DiskFault, slots: usize) -> String {
    match fault {
        DiskFault::BufferLost => {
            format!("{node} loses what was only in its write buffer: {}.", places(slots))
        }
        DiskFault::Finished => {
            format!("The record that {node} was appending is whole all the same.")
        }
        DiskFault::Wiped => {
            format!("{node} loses its disk and {}. It keeps its name.", places(slots))
        }
        DiskFault::Rotten => {
            format!("A sector goes bad under {node}. It does not know, until it reads.")
        }
        DiskFault::Restored => {
            format!("{node} is set back to an old backup: {} as they were then.", places(slots))
        }
        DiskFault::Outdated => {
            format!(
                "What {node} wrote last never reached its place: it will serve what was there before."
            )
        }
    }
}

/// The section of the paper behind a fault of a disk.
pub fn fault_section(fault: DiskFault) -> &'static str {
    match fault {
        DiskFault::BufferLost => "6.1",
        DiskFault::Wiped => "4.7",
        DiskFault::Finished | DiskFault::Rotten | DiskFault::Restored | DiskFault::Outdated => "5",
    }
}

/// What befalls a machine; nothing if what follows tells it.
pub fn ailment(node: NodeId, ailment: Ailment) -> Option<String> {
    Some(match ailment {
        Ailment::Pause => format!("{node} stands still. What is sent to it waits."),
        Ailment::Resume => format!("{node} goes on, and finds out how late it is."),
        Ailment::Slow(1) => format!("{node} is as fast as it was."),
        Ailment::Slow(times) => {
            format!("{node} takes {times} times as long for data, while its pings are on time.")
        }
        Ailment::Clock(drift) if drift == Drift::default() => {
            format!("The clock of {node} is right again.")
        }
        Ailment::Clock(drift) => format!("The clock of {node} is wrong: {drift}."),
        Ailment::Fill => format!("The disk of {node} is full."),
        Ailment::Free => format!("The disk of {node} has room again."),
        Ailment::Snapshot => format!("A backup is made of the disk of {node}."),
        Ailment::Restore => return None,
        Ailment::Reuse => format!("The next process of {node} takes the name of the last."),
    })
}

pub(crate) fn places(slots: usize) -> String {
    if slots == 1 { "1 entry".into() } else { format!("{slots} entries") }
}

/// What a process found in its log, if it found anything but whole records.
pub fn recovery(node: NodeId, found: &Recovery) -> Option<String> {
    recovery_found(found).map(|found| format!("{node} reads its log and {found}."))
}

/// The same as it goes on in a sentence.
pub fn recovery_found(found: &Recovery) -> Option<String> {
    let torn = (found.torn_bytes > 0)
        .then(|| format!("drops {} bytes of a record that a crash cut short", found.torn_bytes));
    let broken = found.broken.len() as u32 + found.nameless;
    let broken = (broken > 0).then(|| format!("finds {} broken", counted(broken, "record")));
    let told: alloc::vec::Vec<String> = [torn, broken].into_iter().flatten().collect();
    (!told.is_empty()).then(|| told.join(" and "))
}

/// What a kind of message is called and what it is for.
pub struct KindWords {
    /// Its name, as in scripts.
    pub name: &'static str,
    /// What it is for.
    pub sentence: &'static str,
    /// The section of the paper; empty if it is ours.
    pub section: &'static str,
}

/// The words for a kind of message.
pub fn kind(kind: MessageKind) -> KindWords {
    let (sentence, section) = match kind {
        MessageKind::Put => {
            ("A client's write, on its way to the node that takes it in hand.", "5")
        }
        MessageKind::PutReply => ("The end of a write, on its way to the client.", "4.5"),
        MessageKind::Get => ("A client's read, on its way to the node that takes it in hand.", "5"),
        MessageKind::GetReply => ("The end of a read: all values that are in conflict.", "4.4"),
        MessageKind::Taken => {
            ("\u{201c}Your request is in my hands\u{201d}, to the node that handed it on.", "")
        }
        MessageKind::Write => ("A copy for a replica: take this in.", "4.5"),
        MessageKind::WriteAck => ("\u{201c}It is on my disk\u{201d}, from a replica.", "4.5"),
        MessageKind::Read => ("A question to a replica: what do you hold?", "4.5"),
        MessageKind::ReadReply => ("What a replica holds of the key.", "4.5"),
        MessageKind::Ping => ("\u{201c}Are you back?\u{201d}, to a node that seems down.", "4.8.3"),
        MessageKind::NotMine => {
            ("\u{201c}This key is not mine\u{201d}, from a node that was asked as an owner.", "4.9")
        }
        MessageKind::Gossip => (
            "\u{201c}Is this what you know of the members, too?\u{201d}, to a random peer.",
            "4.8.1",
        ),
        MessageKind::History => ("All joins and leaves that a node knows of.", "4.8.1"),
        MessageKind::RangeOffer => ("\u{201c}Shall I give you these ranges?\u{201d}", "4.9"),
        MessageKind::RangeConfirm => ("\u{201c}Yes, give them to me.\u{201d}", "4.9"),
        MessageKind::Pong => ("\u{201c}I am here.\u{201d}", "4.8.3"),
        MessageKind::ReapQuery => {
            ("To every node: is this tombstone all that is left of the key with you?", "")
        }
        MessageKind::ReapVote => ("\u{201c}Yes\u{201d} or \u{201c}not yet\u{201d}.", ""),
        MessageKind::Reap => ("All have agreed twice: erase the tombstone.", ""),
        MessageKind::DurableWrite => {
            ("A copy for a replica: take this in, and answer when it is on your disk.", "6.1")
        }
        MessageKind::PutAgain => {
            ("A client's write once more, under the same name: it has heard nothing.", "4.5")
        }
        MessageKind::GetAgain => {
            ("A client's read once more, under the same name: it has heard nothing.", "4.5")
        }
        MessageKind::RingPoll => {
            ("A client's library asks a node who is a member and who owns what.", "6.4")
        }
        MessageKind::RingReply => ("A node's ring, for a client's library.", "6.4"),
        MessageKind::BufferedAck => (
            "\u{201c}It is in my write buffer\u{201d}, from a replica: a crash would lose it.",
            "6.1",
        ),
        MessageKind::Compare => (
            "The hashes of one tree, for a node that keeps the same ranges: is yours equal?",
            "4.7",
        ),
        MessageKind::Hashes => ("What stands below the nodes of a tree that differ.", "4.7"),
        MessageKind::Mend => {
            ("A key that differs: take this in, and send back what you have beyond it.", "4.7")
        }
    };
    KindWords { name: kind.name(), sentence, section }
}

pub(crate) fn key_words(key: &dynamo_core::Key) -> String {
    shortened(key.as_str(), KEY_SHOWN)
}

fn names(replicas: &[Replica]) -> String {
    let names: alloc::vec::Vec<NodeId> = replicas.iter().map(|replica| replica.node).collect();
    listed(&names)
}

fn standing_in(replicas: &[Replica]) -> String {
    let told: alloc::vec::Vec<String> = replicas
        .iter()
        .filter_map(|replica| {
            replica.hint().map(|missing| format!("{} stands in for {missing}", replica.node))
        })
        .collect();
    if told.is_empty() { String::new() } else { format!("; {}", told.join(", ")) }
}

/// What a node decided and why.
pub fn fact(by: Endpoint, fact: &Fact) -> String {
    match fact {
        Fact::Coordinates { request, key, replicas, needed, .. } => format!(
            "{by} coordinates {request} for {}: it asks {} and needs {needed} of them{}.",
            key_words(key),
            names(replicas),
            standing_in(replicas)
        ),
        Fact::HandsOn { request, to } => {
            format!("{by} is not one of the key's nodes and hands {request} on to {to}.")
        }
        Fact::KnowsAlready { request } => {
            format!("{by} has {request} already and ignores the second copy.")
        }
        Fact::Refuses { request, why } => format!("{by} refuses {request}: {}.", refusal(why)),
        Fact::QuorumMet { request, answers } => {
            format!("{by} has {}: {request} succeeds.", counted(*answers, "answer"))
        }
        Fact::QuorumMissed { request, answers, needed } => format!(
            "{by} runs out of time for {request}: {answers} of {needed} needed answers came."
        ),
        Fact::LateAnswer { request, from } => {
            format!("{from} answers {request} late: the client has its answer already.")
        }
        Fact::LeavesBehind { request, key, primary } => format!(
            "{by} ends {request} without {primary}: {primary} may lack this write of {} for now.",
            key_words(key)
        ),
        Fact::SeemsDown { node, because } => {
            format!(
                "{by} believes that {node} is down: it was silent on {}.",
                because_words(because)
            )
        }
        Fact::SeemsUp { node } => {
            format!("{by} hears from {node} again and believes that it is up.")
        }
        Fact::StandsIn { request, fallback, missing } => {
            format!("{by} asks {fallback} to stand in for {missing} in {request}.")
        }
        Fact::HintKept { owner, key } => {
            format!("{by} keeps {} for {owner}: a hint.", key_words(key))
        }
        Fact::HintOffered { owner, key } => {
            format!("{by} sends {owner} its parcel of {}.", key_words(key))
        }
        Fact::HintDelivered { owner, key } => {
            format!("{owner} has its parcel of {}; {by} need not keep it.", key_words(key))
        }
        Fact::HintForgotten { owner, key } => {
            format!("{by} forgets the hint of {} for {owner}: it is home.", key_words(key))
        }
        Fact::HintGrew { owner, key } => format!(
            "The hint of {} for {owner} grew while it was on its way: {by} keeps it for now.",
            key_words(key)
        ),
        Fact::Conflict { request, siblings } => format!(
            "{by} finds {siblings} values in conflict for {request}: the client gets them all."
        ),
        Fact::ReadRepair { key, node, .. } => {
            format!(
                "{by} saw that {node} was behind and sends it what it lacks of {}.",
                key_words(key)
            )
        }
        Fact::AsksDurably { request, node } => {
            format!("{node} is the one that stores {request} before it answers; the others buffer.")
        }
        Fact::BufferFlushed { entries } => {
            format!(
                "{by} stores its write buffer: {} are safe from a crash now.",
                counted(*entries, "key")
            )
        }
        Fact::ClockTruncated { request, node, counter } => format!(
            "The clock of {request} grows too long: {by} drops its oldest pair, {node}:{counter}."
        ),
        Fact::Overruled { request } => {
            format!("{by} drops {request}: a write with a later stamp is here. Nobody is told.")
        }
        Fact::Chooses { request, to, choice: CoordinatorChoice::Fastest } => format!(
            "{by} leaves {request} to {to}: it answered the client's last read of the key first."
        ),
        Fact::Chooses { request, to, .. } => {
            format!("{by} leaves {request} to {to}, the first of the key's nodes.")
        }
        Fact::PhiCrossed { node, phi, mean } => format!(
            "{by} has not heard from {node} for so much longer than usual (every {mean}) that its \
             suspicion phi is {}.{}.",
            phi / 1000,
            phi / 100 % 10
        ),
        Fact::AnswersAgain { request } => {
            format!("{by} has carried out {request} before and answers as it did then.")
        }
        Fact::Drives { request, to } => {
            format!("{by} sends {request} straight to {to}, a node of the key's list.")
        }
        Fact::LearnsRing { from, epoch } => {
            format!("{by} has the ring of {from}, epoch {epoch}: it finds the key's nodes itself.")
        }
        Fact::NothingThere { request, places } => {
            format!("{by} answers {request}: nothing is there, {places} nodes say so.")
        }
        Fact::OutOfReach { request, answers, needed } => format!(
            "{by} gives {request} up: only {answers} of {needed} needed nodes can have something."
        ),
        Fact::TombstoneStays { key, node } => format!(
            "{by} keeps the tombstone of {}: {node} does not agree to erase it, or is silent.",
            key_words(key)
        ),
        Fact::TombstoneReaped { key } => format!(
            "{by} erases its tombstone of {}: nothing that it covers is left anywhere.",
            key_words(key)
        ),
        Fact::BackgroundSlows { slices } => format!(
            "The disk of {by} keeps clients waiting: its background work gets {} a second.",
            counted(*slices, "slice")
        ),
        Fact::BackgroundRecovers { slices } => format!(
            "The disk of {by} is quick enough: its background work gets {} a second.",
            counted(*slices, "slice")
        ),
        Fact::ChangeHeard { .. }
        | Fact::ChangeAgreed { .. }
        | Fact::ChangeInEffect { .. }
        | Fact::ChangeRefused { .. }
        | Fact::RangesOffered { .. }
        | Fact::RangesConfirmed { .. }
        | Fact::RangesGiven { .. }
        | Fact::NotMine { .. }
        | Fact::ReplicaDropped { .. }
        | Fact::HintRerouted { .. }
        | Fact::Emptied => members::fact(by, fact),
        Fact::NoRoom => {
            format!("{by} has no room on its disk: it stores nothing and says nothing.")
        }
        Fact::SectorBroken { slot } => format!(
            "{by} finds its copy of {} broken and goes on without it, until it is repaired.",
            key_words(&slot.key)
        ),
        Fact::TreesBuilt { keys } => {
            format!("{by} builds its trees from what its disk holds: {}.", counted(*keys, "key"))
        }
        Fact::ExchangeBegun { with, ranges } => format!(
            "{by} compares its trees with those of {with}: {} in which it holds something.",
            counted(*ranges, "range")
        ),
        Fact::KeyRepaired { key, with } => {
            format!("{by} and {with} hold the same of {} now.", key_words(key))
        }
        Fact::ExchangeEnded { with, end, keys, hashes, bytes } => match end {
            ExchangeEnd::Agreed if *keys == 0 => {
                format!("The trees of {by} and {with} are equal: {bytes} bytes told them so.")
            }
            ExchangeEnd::Agreed => format!(
                "{by} and {with} differed in {}: {} and {bytes} bytes mended it.",
                counted(*keys, "key"),
                if *hashes == 1 { "1 hash".into() } else { format!("{hashes} hashes") }
            ),
            ExchangeEnd::Silent => {
                format!("{by} hears nothing more from {with} and stops comparing.")
            }
            ExchangeEnd::OtherScope => format!(
                "{with} has trees of another ring or another N: {by} compares nothing with it."
            ),
        },
    }
}

pub(crate) fn counted(count: impl Into<u32>, what: &str) -> String {
    let count = count.into();
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

fn because_words(because: &Subject) -> String {
    match because {
        Subject::Request(request) => format!("{request}"),
        Subject::Poll(_) => "a poll of its ring".into(),
        Subject::Task(task) => match &task.kind {
            TaskKind::Probe(_) => "a ping".into(),
            TaskKind::Heartbeat(_) => "every heartbeat".into(),
            TaskKind::Reap(key) => format!("the tombstone of {}", key_words(key)),
            TaskKind::Gossip(_) | TaskKind::Ranges(_) => "gossip".into(),
            TaskKind::Transfer { key, .. } => format!("a replica of {}", key_words(key)),
            TaskKind::Return { slot, .. } => format!("a replica of {}", key_words(&slot.key)),
            TaskKind::Handoff { key, .. } => format!("a hint of {}", key_words(key)),
            TaskKind::Exchange(_) => "a comparison of trees".into(),
            TaskKind::Repair { key, .. } => format!("an offer of {}", key_words(key)),
        },
    }
}

/// What a command does, by the key that the command table names.
pub fn command_help(help: &str) -> &'static str {
    match help {
        "command-crash" => "Kills a process, or all of a zone. Disks stay; nobody is told.",
        "command-restart" => "Starts dead processes again with what is on their disks.",
        "command-cut" => "Cuts links: between groups or zones, or one way only. All live on.",
        "command-heal" => "Lets all links carry messages again.",
        "command-set" => "Changes a setting from here on.",
        "command-lose" => "Drops one message. The sender is not told.",
        "command-delay" => "Lets one message arrive later.",
        "command-copy" => "Lets one message arrive twice.",
        "command-deliver" => "Lets one message arrive at once.",
        "command-strategy" => {
            "Shares the ring out in another way: what has other owners then is moved."
        }
        "command-replicas" => {
            "Another N: so many nodes keep every key. Who becomes one gets what it lacks."
        }
        "command-wipe" => "Takes a node's disk away, and its process with it. The name stays.",
        "command-misplace" => {
            "Cuts a node's power; its last write of a key was never where the disk said it was."
        }
        "command-rot" => "Breaks what a node stores of a key. It notices when it reads.",
        "command-clog" => "Lets links hold back what they carry until they are healed.",
        "command-link" => "Makes one link, one way, other than all others; without a word, as all.",
        "command-workload" => "Lets clients read and write by chance for a while.",
        "command-pause" => "Lets a process stand still, as a long collection of garbage does.",
        "command-resume" => "Lets a paused process go on; its timers are late.",
        "command-slow" => "Makes a machine so many times as slow for data; 1 is usual.",
        "command-clock" => "Sets a machine's clock wrong by this; +0s sets it right.",
        "command-fill" => "Fills a node's disk: it stores nothing more.",
        "command-free" => "Gives a full disk room again.",
        "command-snapshot" => "Makes a backup of what a node's disk has stored.",
        "command-restore" => "Sets a node's disk back to its backup. Its process dies.",
        "command-reuse" => "Gives a node's next process the name of its last, as a clone has it.",
        "command-join" => {
            "Lets a node join: a new machine, or one that has left. One node is told."
        }
        "command-gossip" => {
            "Names whom a node gossips with next. Nodes gossip once the members change."
        }
        "command-leave" => "Lets a member leave, once others have its data. One node is told.",
        "command-remove" => "Gives a dead member up: nobody waits for it any more.",
        "command-tear" => "Kills a process in the middle of an append to its log.",
        _ => "",
    }
}

/// What a check is called and what it promises.
pub struct CheckWords {
    /// Its title.
    pub title: &'static str,
    /// What it checks.
    pub sentence: &'static str,
    /// The section of the paper; empty if it is ours.
    pub section: &'static str,
}

/// The words for a check, by its name in scripts.
pub fn check(name: &str) -> Option<CheckWords> {
    let (title, sentence, section) = match name {
        "durability" => (
            "No acknowledged write is lost",
            "A write whose client was told \u{201c}stored\u{201d} stays on some disk until a newer one \
             replaces it.",
            "2.3",
        ),
        "convergence" => (
            "Replicas come to agree",
            "Some time after the last fault and the last write all replicas of a key hold the \
             same.",
            "4.7",
        ),
        "resurrection" => (
            "What is deleted stays deleted",
            "Once a tombstone was erased, no value that it covered comes back.",
            "",
        ),
        "domination" => (
            "No conflict is swept away",
            "A node drops a value only for one that was written knowing it.",
            "4.4",
        ),
        "concurrency" => (
            "No overwritten value comes back",
            "No node holds a value beside one that was written knowing it.",
            "4.4",
        ),
        "provenance" => (
            "Nothing is made up",
            "Every value that is read or stored was written by some client.",
            "",
        ),
        "quorum" => (
            "Success means enough copies",
            "A write that succeeds is on W nodes, a read that succeeds has heard R.",
            "4.5",
        ),
        "identity" => (
            "A name is given once",
            "No process gives two writes of a key one name, and none uses the name of another.",
            "4.4",
        ),
        "repair" => (
            "Reads mend only what is behind",
            "A read writes only to nodes whose answers were behind, and only what others had told \
             it.",
            "5",
        ),
        "hints" => (
            "Every parcel comes home",
            "A hint stays with its keeper until its owner has it.",
            "4.6",
        ),
        "sessions" => (
            "Clients see what they saw",
            "A client finds its own writes and what it read before. Promised only to strict \
             requests with R + W > N; otherwise counted.",
            "2.3",
        ),
        "register" => (
            "As if there were one copy",
            "Whoever reads later reads nothing older. Dynamo does not promise it, even with \
             R + W > N; it is counted, for keys that never answer with siblings.",
            "2.3",
        ),
        "liveness" => (
            "Every operation ends",
            "Every operation of a client has an end within its time.",
            "4.5",
        ),
        "storage" => (
            "Disks give back what they took",
            "What a node reads is what its disk stored last, or the disk says that it is damaged.",
            "",
        ),
        "metadata" => (
            "Clocks grow with nodes, not with clients",
            "What is kept beside a value names only processes that coordinated a write of its key.",
            "4.4",
        ),
        "merkle" => (
            "Trees say what disks hold",
            "Every hash that a node sends is that of a tree built anew from its disk; trees are \
             equal where keys are, and only what differs is mended.",
            "4.7",
        ),
        "determinism" => (
            "The run is what its script gives",
            "Played again from the start, the script gives the same events, one by one.",
            "",
        ),
        _ => return None,
    };
    Some(CheckWords { title, sentence, section })
}

/// What the status of a finding means, by its name: `holds`, `not-yet-due`, `counted`, `excused`,
/// `violated`.
pub fn status(name: &str) -> Option<(&'static str, &'static str)> {
    Some(match name {
        "ok" | "holds" => ("holds so far", "Nothing up to here speaks against it."),
        "not-yet-due" => ("not yet due", "It cannot be judged yet: the run must go on first."),
        "counted" => {
            ("counted", "It happens under these settings and is allowed; we only count how often.")
        }
        "excused" => {
            ("excused", "It broke, but the last good copy was destroyed: no protocol could help.")
        }
        "violated" => ("violated", "It broke although it had to hold. See the marked events."),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use dynamo_sim::script::COMMANDS;

    #[test]
    fn every_command_has_a_sentence() {
        for spec in &COMMANDS {
            assert!(!command_help(spec.help).is_empty(), "{}", spec.help);
        }
    }

    #[test]
    fn every_kind_of_message_has_a_sentence() {
        for each in MessageKind::ALL {
            assert!(kind(each).sentence.ends_with(['.', '?', '”']) || each == MessageKind::Ping);
            assert_eq!(kind(each).name, each.name());
        }
    }

    #[test]
    fn the_three_ends_look_and_read_differently() {
        let ends =
            [Ended::Stored, Ended::Failed(Refusal::NoAnswer), Ended::Unknown(Doubt::NoAnswer)];
        let tones: alloc::vec::Vec<&str> = ends.iter().map(|it| tone(it).class()).collect();
        assert_eq!(tones, ["good", "bad", "warn"]);
        let signs: alloc::vec::Vec<&str> = ends.iter().map(|it| tone(it).sign()).collect();
        assert_eq!(signs, ["✓", "✗", "?"]);
        assert!(ended(&ends[1]).starts_with("Certainly failed"));
        assert!(ended(&ends[2]).starts_with("Unknown"));
    }
}
