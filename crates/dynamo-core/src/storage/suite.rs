//! One suite that every engine passes, and what each promises beyond it.

use super::*;
use crate::clock::Dot;
use crate::id::{ClientId, RequestId, Value};
use alloc::collections::BTreeMap;
use alloc::format;
use proptest::prelude::*;

const NOW: LocalTime = LocalTime(0);

fn boot(nonce: u64) -> Boot {
    Boot { node: NodeId(1), nonce }
}

fn engine(engine: EngineKind, boot: Boot) -> Engine {
    Engine::new(&Config { engine, ..Config::default() }, boot)
}

fn slot(store: Store, key: &str) -> Slot {
    Slot { store, key: Key::new(key).unwrap() }
}

fn cart() -> Slot {
    slot(Store::Main, "cart")
}

fn put(slot: Slot, context: &CausalContext, operation: u32) -> Operation {
    Operation::Update {
        slot,
        context: context.clone(),
        value: Value::new(format!("v{operation}")).ok(),
        request: RequestId { client: ClientId(1), operation },
    }
}

fn update(disk: &mut Engine, context: &CausalContext, operation: u32) -> (Dot, Versions) {
    match disk.apply(NOW, put(cart(), context, operation)) {
        Outcome::Updated { dot, versions } => (dot, versions),
        other => panic!("not updated: {other:?}"),
    }
}

fn merge(disk: &mut Engine, slot: Slot, versions: &Versions) -> Outcome {
    disk.apply(NOW, Operation::Merge { slot, versions: versions.clone() })
}

fn read(disk: &mut Engine, key: &str) -> Versions {
    match disk.apply(NOW, Operation::Read { key: Key::new(key).unwrap() }) {
        Outcome::Read(versions) => versions,
        other => panic!("not read: {other:?}"),
    }
}

fn none() -> CausalContext {
    CausalContext::default()
}

/// The same tests for every engine.
macro_rules! for_every_engine {
    ($($name:ident)+) => {
        mod memory { $(#[test] fn $name() { super::$name(super::EngineKind::Memory) })+ }
        mod buffered { $(#[test] fn $name() { super::$name(super::EngineKind::Buffered) })+ }
        mod log { $(#[test] fn $name() { super::$name(super::EngineKind::Log) })+ }
    };
}

for_every_engine! {
    p10_a_node_that_lost_its_disk_never_issues_a_dot_again
    p12_two_processes_of_one_node_are_two_actors
    p11_a_key_found_behind_what_was_issued_begins_a_new_creation
    p45_a_crash_at_any_moment_never_leads_to_a_dot_that_was_issued_before
    p37_a_put_that_is_taken_twice_gets_one_dot
    p39_a_context_ahead_of_its_own_coordinator_is_rejected
    p25_p30_a_replica_write_merges_and_never_overwrites
    a_hint_that_grew_is_not_removed
    a_read_finds_the_hints_and_a_scan_pages_through_them_in_order
    a_scan_of_keys_and_a_read_of_a_slot_leave_hints_out
    what_is_synced_survives_a_crash
}

fn p10_a_node_that_lost_its_disk_never_issues_a_dot_again(kind: EngineKind) {
    let (first, _) = update(&mut engine(kind, boot(1)), &none(), 1);
    assert_ne!(update(&mut engine(kind, boot(2)), &none(), 2).0, first);
}

fn p12_two_processes_of_one_node_are_two_actors(kind: EngineKind) {
    let [(first, _), (second, _)] =
        [1, 2].map(|nonce| update(&mut engine(kind, boot(nonce)), &none(), 1));
    assert_eq!((first.counter, first.actor.creation), (second.counter, second.actor.creation));
    assert_eq!(first.actor.node(), second.actor.node());
    assert_ne!(first.actor, second.actor);
}

fn p11_a_key_found_behind_what_was_issued_begins_a_new_creation(kind: EngineKind) {
    let mut disk = engine(kind, boot(1));
    let (_, old) = update(&mut disk, &none(), 1);
    let (second, _) = update(&mut disk, old.context(), 2);
    assert_eq!(second.counter, 2);
    // The slot falls back to an older state of itself, as after a repair from an old copy.
    disk.kept.set(cart(), Some(old.clone()));
    let (third, _) = update(&mut disk, old.context(), 3);
    assert_ne!(third, second);
    assert_eq!(third.actor.creation, second.actor.creation + 1);
}

/// INV-S3: the boot's nonce is in every dot, so nothing that a crash forgets is issued again.
fn p45_a_crash_at_any_moment_never_leads_to_a_dot_that_was_issued_before(kind: EngineKind) {
    let mut disk = engine(kind, boot(1));
    let mut issued = BTreeMap::new();
    for operation in 1..20u32 {
        let context = read(&mut disk, "cart").context().clone();
        let (dot, _) = update(&mut disk, &context, operation);
        assert_eq!(issued.insert(dot, operation), None, "{dot:?} names two puts");
        if operation % 3 == 0 {
            disk.crash();
            disk = disk.reopen(boot(u64::from(operation) + 1)).0;
        }
    }
}

fn p37_a_put_that_is_taken_twice_gets_one_dot(kind: EngineKind) {
    let mut disk = engine(kind, boot(1));
    let first = update(&mut disk, &none(), 1);
    assert_eq!(update(&mut disk, &none(), 1), first);
}

fn p39_a_context_ahead_of_its_own_coordinator_is_rejected(kind: EngineKind) {
    let mut disk = engine(kind, boot(1));
    let (issued, _) = update(&mut disk, &none(), 1);
    let mut forged = none();
    forged.insert(issued);
    forged.insert(Dot { counter: 2, ..issued });
    let outcome = disk.apply(NOW, put(cart(), &forged, 2));
    assert_eq!(outcome, Outcome::Rejected(BadContext::Ahead));
}

fn p25_p30_a_replica_write_merges_and_never_overwrites(kind: EngineKind) {
    let (_, old) = update(&mut engine(kind, boot(1)), &none(), 1);
    let mut disk = engine(kind, boot(2));
    let (_, newer) = update(&mut disk, old.context(), 2);
    // An old hint arrives after the newer write, and a stranger's beside it.
    let outcome = merge(&mut disk, cart(), &old);
    assert_eq!(outcome, Outcome::Merged { versions: newer.clone(), changed: false });
    let (_, stranger) = update(&mut engine(kind, boot(3)), &none(), 3);
    merge(&mut disk, cart(), &stranger);
    assert_eq!(read(&mut disk, "cart").siblings().len(), 2);
}

fn a_hint_that_grew_is_not_removed(kind: EngineKind) {
    let mut disk = engine(kind, boot(1));
    let hints = slot(Store::Hints(NodeId(3)), "cart");
    let (_, versions) = update(&mut disk, &none(), 1);
    merge(&mut disk, hints.clone(), &versions);
    let (_, newer) = update(&mut disk, versions.context(), 2);
    merge(&mut disk, hints.clone(), &newer);
    let remove = |expected| Operation::Remove { slot: hints.clone(), expected, for_good: false };
    let mut remove = |versions: &Versions| match disk.apply(NOW, remove(versions.fingerprint())) {
        Outcome::Removal(removal) => removal,
        other => panic!("not removed: {other:?}"),
    };
    assert_eq!(remove(&versions), Removal::Changed);
    assert_eq!(remove(&newer), Removal::Removed);
    assert_eq!(remove(&newer), Removal::Absent);
}

fn a_read_finds_the_hints_and_a_scan_pages_through_them_in_order(kind: EngineKind) {
    let mut disk = engine(kind, boot(1));
    let (_, mine) = update(&mut disk, &none(), 1);
    let (_, others) = update(&mut engine(kind, boot(2)), &none(), 2);
    let places: Vec<Slot> = [(2, "cart"), (2, "list"), (3, "cart")]
        .map(|(owner, key)| slot(Store::Hints(NodeId(owner)), key))
        .into();
    for place in places.iter().rev() {
        merge(&mut disk, place.clone(), &others);
    }
    let mut both = mine.clone();
    both.merge(&others);
    assert_eq!(read(&mut disk, "cart"), both);
    assert_eq!(read(&mut disk, "nothing"), Versions::default());
    let mut scan =
        |after: Option<Slot>| match disk.apply(NOW, Operation::ScanHints { after, limit: 2 }) {
            Outcome::Hints { found, more } => {
                (found.into_iter().map(|(slot, _)| slot).collect::<Vec<_>>(), more)
            }
            other => panic!("not scanned: {other:?}"),
        };
    assert_eq!(scan(None), (places[..2].to_vec(), true));
    assert_eq!(scan(Some(places[1].clone())), (places[2..].to_vec(), false));
    assert_eq!(disk.len(), 4);
}

fn a_scan_of_keys_and_a_read_of_a_slot_leave_hints_out(kind: EngineKind) {
    let mut disk = engine(kind, boot(1));
    let (_, mine) = update(&mut disk, &none(), 1);
    let (_, others) = update(&mut engine(kind, boot(2)), &none(), 2);
    for key in ["list", "apple"] {
        merge(&mut disk, slot(Store::Main, key), &others);
    }
    merge(&mut disk, slot(Store::Hints(NodeId(2)), "cart"), &others);
    let read = Operation::ReadSlot { slot: cart() };
    assert_eq!(disk.apply(NOW, read), Outcome::Read(mine.clone()));
    let mut scan = |after: Option<&str>| {
        let after = after.map(|key| Key::new(key).unwrap());
        match disk.apply(NOW, Operation::ScanKeys { after, limit: 2 }) {
            Outcome::Keys { found, more, .. } => (found, more),
            other => panic!("not scanned: {other:?}"),
        }
    };
    let entry = |key: &str, held: &Versions| (Key::new(key).unwrap(), held.fingerprint());
    assert_eq!(scan(None), (vec![entry("apple", &others), entry("cart", &mine)], true));
    assert_eq!(scan(Some("cart")), (vec![entry("list", &others)], false));
    assert_eq!(scan(Some("list")), (vec![], false));
}

fn what_is_synced_survives_a_crash(kind: EngineKind) {
    let mut disk = engine(kind, boot(1));
    let (_, first) = update(&mut disk, &none(), 1);
    disk.apply(NOW, Operation::Sync);
    assert_eq!(disk.crash(), []);
    let (mut disk, _) = disk.reopen(boot(2));
    assert_eq!(read(&mut disk, "cart"), first);
}

#[test]
fn a_crash_loses_what_was_only_buffered_and_says_so() {
    let mut disk = engine(EngineKind::Buffered, boot(1));
    let (_, first) = update(&mut disk, &none(), 1);
    assert_eq!(disk.apply(NOW, Operation::Sync), Outcome::Synced { entries: 1 });
    let (_, second) = update(&mut disk, first.context(), 2);
    merge(&mut disk, slot(Store::Main, "list"), &second);
    assert_eq!(disk.buffered(), 2);
    assert_eq!(read(&mut disk, "cart"), second, "reads look into the buffer first");
    let lost = disk.crash();
    assert_eq!(lost, [(cart(), Some(first.clone())), (slot(Store::Main, "list"), None)]);
    assert_eq!(read(&mut disk, "cart"), first);
    assert_eq!(disk.slots(), [cart()]);
}

#[test]
fn a_log_recovers_from_a_crash_at_any_byte_of_an_unfinished_record() {
    let mut disk = engine(EngineKind::Log, boot(1));
    let (_, first) = update(&mut disk, &none(), 1);
    let operation = put(cart(), first.context(), 2);
    let whole = disk.appends(NOW, &operation);
    let before = disk.log_bytes().len();
    for keep in 0..=whole {
        let mut torn = disk.clone();
        let changed = torn.tear(NOW, &operation, keep);
        assert_eq!(changed.len(), usize::from(keep == whole), "at {keep}");
        let (mut torn, found) = torn.reopen(boot(2));
        let found = found.unwrap();
        let unfinished = if keep == whole { 0 } else { keep as u32 };
        assert_eq!((found.torn_bytes, found.broken.len()), (unfinished, 0), "at {keep}");
        assert_eq!(read(&mut torn, "cart") == first, keep < whole, "at {keep}");
        assert_eq!(torn.log_bytes().len(), if keep == whole { before + whole } else { before });
        // The next append stands where the unfinished one was cut off, and is found again.
        let (_, next) = update(&mut torn, first.context(), 3);
        let (mut again, found) = torn.reopen(boot(3));
        assert_eq!(found.unwrap().torn_bytes, 0);
        assert_eq!(read(&mut again, "cart"), next);
    }
}

#[test]
fn a_bad_sector_is_reported_and_never_served_nor_is_anything_older() {
    let mut disk = engine(EngineKind::Log, boot(1));
    let (_, first) = update(&mut disk, &none(), 1);
    let (_, second) = update(&mut disk, first.context(), 2);
    merge(&mut disk, slot(Store::Main, "list"), &second);
    let question = Operation::Read { key: cart().key };
    for sector in 0..400u64 {
        let mut rotten = disk.clone();
        assert!(rotten.rot(&cart(), sector << 32 | sector));
        assert!(!rotten.rot(&cart(), 0), "there is nothing left to break");
        let damaged = Outcome::Damaged { slot: cart(), operation: Box::new(question.clone()) };
        // While the process runs, and by the next one, which finds it when it reads the log.
        let (mut reopened, found) = rotten.clone().reopen(boot(2));
        let found = found.unwrap();
        assert_eq!(found.broken, [cart()], "at {sector}");
        assert_eq!((found.torn_bytes, found.nameless), (0, 0), "at {sector}");
        for disk in [&mut rotten, &mut reopened] {
            assert_eq!(disk.apply(NOW, question.clone()), damaged, "at {sector}");
            assert!(read(disk, "cart").is_empty(), "set aside");
            assert_eq!(read(disk, "list"), second, "others are whole");
            merge(disk, cart(), &second);
            assert_eq!(read(disk, "cart"), second, "repaired");
        }
    }
}

#[test]
fn a_record_ends_where_its_own_label_says_whatever_stands_behind_it() {
    let mut disk = engine(EngineKind::Log, boot(1));
    let (_, first) = update(&mut disk, &none(), 1);
    let record = disk.log_bytes().to_vec();
    merge(&mut disk, slot(Store::Main, "a longer name"), &first);
    let other = &disk.log_bytes()[record.len()..];
    let label = |record: &[u8]| 2 + usize::from(u16::from_le_bytes([record[0], record[1]])) + 8;
    // In place of its closing label stands the opening label of another record.
    let forged = [&record[..record.len() - label(&record)], &other[..label(other)]].concat();
    let beyond = forged.len() - record.len();
    let (mut disk, found) = Engine::open(&Config::default(), boot(2), forged);
    assert_eq!((found.records, found.torn_bytes), (1, beyond as u32));
    assert_eq!(read(&mut disk, "cart"), first);
    assert_eq!(disk.log_bytes().len(), record.len());
}

#[test]
fn a_write_that_never_reached_its_place_leaves_the_one_before_it() {
    let mut disk = engine(EngineKind::Log, boot(1));
    let (_, first) = update(&mut disk, &none(), 1);
    merge(&mut disk, slot(Store::Main, "list"), &first);
    let (_, second) = update(&mut disk, first.context(), 2);
    assert_eq!(read(&mut disk, "cart"), second);
    disk.misplace(&cart(), None);
    assert_eq!(disk.as_found().whole(&cart()), Some(first.clone()));
    let (mut disk, found) = disk.reopen(boot(2));
    assert_eq!(read(&mut disk, "cart"), first);
    let found = found.expect("a log");
    assert_eq!((found.records, found.nameless, found.broken), (2, 0, vec![]), "the end of the log");
    // In the middle of the log it leaves a hole.
    merge(&mut disk, cart(), &second);
    let list = slot(Store::Main, "list");
    merge(&mut disk, list.clone(), &second);
    disk.misplace(&cart(), None);
    let (mut disk, found) = disk.reopen(boot(3));
    assert_eq!((read(&mut disk, "cart"), read(&mut disk, "list")), (first, second.clone()));
    assert_eq!(found.map(|it| (it.records, it.nameless)), Some((3, 1)));
}

#[test]
fn a_write_that_went_to_another_place_breaks_what_was_there() {
    let mut disk = engine(EngineKind::Log, boot(1));
    // So long that its closing label is beyond what is written over its record.
    let list = slot(
        Store::Main,
        "a name that is longer than the whole record of a cart, ".repeat(2).trim(),
    );
    let (_, first) = update(&mut disk, &none(), 1);
    merge(&mut disk, list.clone(), &first);
    let (_, second) = update(&mut disk, first.context(), 2);
    disk.misplace(&cart(), Some(&list));
    let anew = disk.as_found();
    assert_eq!((anew.whole(&cart()), anew.is_broken(&list)), (Some(first.clone()), true));
    let (mut disk, found) = disk.reopen(boot(2));
    assert_eq!(found.map(|it| it.broken), Some(vec![list.clone()]));
    assert_eq!(read(&mut disk, "cart"), first);
    let question = Operation::Read { key: list.key.clone() };
    assert!(matches!(disk.apply(NOW, question), Outcome::Damaged { .. }));
    // Over a slot that holds nothing it is only gone.
    merge(&mut disk, cart(), &second);
    disk.misplace(&cart(), Some(&slot(Store::Main, "none")));
    assert_eq!(disk.as_found().whole(&cart()), Some(first));
}

#[derive(Clone, Debug)]
enum Act {
    Put { key: usize, seen: bool },
    Merge { owner: u16, key: usize },
    Remove { owner: u16, key: usize },
    Sync,
    Reopen,
}

fn any_act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (0usize..3, any::<bool>()).prop_map(|(key, seen)| Act::Put { key, seen }),
        3 => (0u16..3, 0usize..3).prop_map(|(owner, key)| Act::Merge { owner, key }),
        2 => (0u16..3, 0usize..3).prop_map(|(owner, key)| Act::Remove { owner, key }),
        1 => Just(Act::Sync),
        1 => Just(Act::Reopen),
    ]
}

const KEYS: [&str; 3] = ["a", "b", "c"];

/// Plays acts on an engine; before it is opened again, everything is synced.
fn play(kind: EngineKind, acts: &[Act]) -> (Vec<Outcome>, Engine) {
    let mut disk = engine(kind, boot(1));
    let mut outcomes = Vec::new();
    for (number, act) in acts.iter().enumerate() {
        let number = number as u32 + 1;
        let held = |disk: &mut Engine, key: usize| read(disk, KEYS[key]);
        let operation = match act {
            Act::Put { key, seen } => {
                let seen = if *seen { held(&mut disk, *key).context().clone() } else { none() };
                put(slot(Store::Main, KEYS[*key]), &seen, number)
            }
            Act::Merge { owner, key } => Operation::Merge {
                slot: slot(Store::Hints(NodeId(*owner)), KEYS[*key]),
                versions: held(&mut disk, *key),
            },
            Act::Remove { owner, key } => {
                let slot = slot(Store::Hints(NodeId(*owner)), KEYS[*key]);
                let expected = held(&mut disk, *key).fingerprint();
                Operation::Remove { slot, expected, for_good: false }
            }
            Act::Sync => {
                disk.apply(NOW, Operation::Sync);
                continue;
            }
            Act::Reopen => {
                disk.apply(NOW, Operation::Sync);
                disk = disk.reopen(boot(u64::from(number) + 1)).0;
                continue;
            }
        };
        outcomes.push(disk.apply(NOW, operation));
        outcomes.push(disk.apply(NOW, Operation::ScanHints { after: None, limit: 4 }));
    }
    (outcomes, disk)
}

proptest! {
    #[test]
    fn all_engines_answer_alike(acts in proptest::collection::vec(any_act(), 0..40)) {
        let (outcomes, memory) = play(EngineKind::Memory, &acts);
        for kind in [EngineKind::Buffered, EngineKind::Log] {
            let (others, disk) = play(kind, &acts);
            prop_assert_eq!(&others, &outcomes);
            prop_assert_eq!(disk.slots(), memory.slots());
            prop_assert_eq!(disk.len(), memory.len());
        }
    }

    #[test]
    fn hostile_logs_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert_eq!(Log::open(bytes).1.records, 0);
    }
}
