//! Every check is able to fail: deliberately broken nodes make it, sound ones do not.
//!
//! A broken node is a sound one in a wrapper that tampers with its inputs and effects.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use dynamo_check::determinism::Determinism;
use dynamo_core::node::get::GetOutcome;
use dynamo_core::node::put::{Write, WriteAck};
use dynamo_core::node::sync::{Found, Places};
use dynamo_core::{
    Boot, CausalContext, Config, Duration, Effect, Effects, Endpoint, Input, Key, LocalTime,
    Message, Node, Operation, Outcome, Ring, Slot, Store, Subject, Task, TaskKind, Ticket, Value,
    Versions,
};
use dynamo_sim::trace::Recorder;
use dynamo_sim::{Actor, EventId, Record, Script, Status, TraceEvent, Watch, World};

const SCRIPT: &str = "dynamo 1
setup nodes=5 n=3 r=2 w=2 seed=7
at 0s crash n3
at 100ms c1.1 put basket \"milk\" via n1
at 500ms c2.1 put basket \"eggs\" via n1
at 1s restart n3
at 3s c3.1 get basket via n3
until 20s
";

/// Feeds all checks directly, without a stored trace.
struct Judges(Vec<Box<dyn dynamo_sim::Watch>>);

impl Recorder for Judges {
    fn record(&mut self, id: EventId, record: Record) {
        for check in &mut self.0 {
            check.see(id, &record);
        }
    }
}

/// A hint must come home although nobody reads and nobody compares trees.
const UNREAD: &str = "dynamo 1
setup nodes=5 n=3 r=2 w=2 seed=7 exchange-every=never
at 0s crash n3
at 100ms c1.1 put basket \"milk\" via n1
at 1s restart n3
until 20s
";

/// Nobody else has a copy.
const ALONE: &str = "dynamo 1
setup nodes=1 n=1 r=1 w=1 seed=7
at 100ms c1.1 put basket \"milk\" via n1
until 20s
";

fn judge<A: Actor + Clone + 'static>(script: &str) -> BTreeMap<&'static str, Status> {
    let script: Script = script.parse().expect("a script");
    let mut judges = Judges(dynamo_check::all::<A>(&script));
    let mut world = World::<A>::with_actors(&script, &mut judges);
    world.run_until(script.horizon(), &mut judges);
    judges.0.iter().map(|check| (check.name(), check.finding(script.horizon()).status)).collect()
}

/// A node and what its wrapper changes.
#[derive(Clone)]
struct Wrapped<T> {
    node: Node,
    tamper: T,
}

/// What a wrapper can change.
trait Tamper: Default + Clone + 'static {
    /// Sees every input before the node does.
    fn input(&mut self, _input: &Input) {}

    /// Replaces an effect; may feed the node further inputs.
    fn effect(&mut self, effect: Effect, further: &mut Vec<Input>) -> Vec<Effect>;
}

impl<T: Tamper> Actor for Wrapped<T> {
    fn boot(boot: Boot, config: Arc<Config>, ring: Arc<Ring>) -> Self {
        Wrapped { node: Node::new(boot, config, ring), tamper: T::default() }
    }

    fn step(&mut self, now: LocalTime, input: Input, effects: &mut Effects) {
        let mut inputs = vec![input];
        while let Some(input) = inputs.pop() {
            self.tamper.input(&input);
            let mut own = Effects::default();
            self.node.step(now, input, &mut own);
            for effect in own.drain() {
                for effect in self.tamper.effect(effect, &mut inputs) {
                    effects.push(effect);
                }
            }
        }
    }
}

/// Writes as if its clients had seen everything that it holds: last write wins.
#[derive(Clone, Default)]
struct ForgetsSiblings {
    asked: BTreeMap<Ticket, Key>,
    known: BTreeMap<Key, CausalContext>,
}

impl Tamper for ForgetsSiblings {
    fn input(&mut self, input: &Input) {
        if let Input::Done { ticket, outcome } = input
            && let Some(key) = self.asked.remove(ticket)
            && let Outcome::Updated { versions, .. } | Outcome::Merged { versions, .. } = outcome
        {
            self.known.insert(key, versions.context().clone());
        }
    }

    fn effect(&mut self, effect: Effect, _: &mut Vec<Input>) -> Vec<Effect> {
        match effect {
            Effect::Disk { ticket, operation: Operation::Update { slot, value, request, .. } } => {
                self.asked.insert(ticket, slot.key.clone());
                let context = self.known.get(&slot.key).cloned().unwrap_or_default();
                vec![Effect::Disk {
                    ticket,
                    operation: Operation::Update { slot, context, value, request },
                }]
            }
            other => vec![other],
        }
    }
}

/// Counts every write as acknowledged as soon as it is sent.
#[derive(Clone, Default)]
struct CountsBeforeTheAnswer;

impl Tamper for CountsBeforeTheAnswer {
    fn effect(&mut self, effect: Effect, further: &mut Vec<Input>) -> Vec<Effect> {
        if let Effect::Send { to, message: Message::Write(write) } = &effect {
            let ack = WriteAck { subject: write.subject.clone(), slot: write.slot.clone() };
            further.push(Input::Received { from: *to, message: Message::WriteAck(ack) });
        }
        vec![effect]
    }
}

/// Forgets a hint when it has sent it, or rather, would have sent it.
#[derive(Clone, Default)]
struct DropsHints;

impl Tamper for DropsHints {
    fn effect(&mut self, effect: Effect, further: &mut Vec<Input>) -> Vec<Effect> {
        match effect {
            Effect::Send { to, message: Message::Write(write) } if is_handoff(&write.subject) => {
                let ack = WriteAck { subject: write.subject, slot: write.slot };
                further.push(Input::Received { from: to, message: Message::WriteAck(ack) });
                vec![]
            }
            other => vec![other],
        }
    }
}

fn is_handoff(subject: &Subject) -> bool {
    matches!(subject, Subject::Task(task) if matches!(task.kind, TaskKind::Handoff { .. }))
}

/// Acknowledges what it is sent and stores nothing of it.
#[derive(Clone, Default)]
struct StoresNothing;

impl Tamper for StoresNothing {
    fn effect(&mut self, effect: Effect, _: &mut Vec<Input>) -> Vec<Effect> {
        match effect {
            Effect::Disk { ticket, operation: Operation::Merge { slot, .. } } => {
                let versions = Versions::default();
                vec![Effect::Disk { ticket, operation: Operation::Merge { slot, versions } }]
            }
            other => vec![other],
        }
    }
}

/// Answers a read as soon as its own disk has answered, in the name of a second node.
#[derive(Clone, Default)]
struct InventsAnAnswer;

impl Tamper for InventsAnAnswer {
    fn effect(&mut self, effect: Effect, further: &mut Vec<Input>) -> Vec<Effect> {
        if let Effect::Send { to: to @ Endpoint::Node(_), message: Message::Read(read) } = &effect {
            let reply = dynamo_core::node::get::ReadReply {
                request: read.request,
                key: read.slot.key.clone(),
                versions: Versions::default(),
            };
            further.push(Input::Received { from: *to, message: Message::ReadReply(reply) });
        }
        vec![effect]
    }
}

#[test]
fn sound_nodes_break_nothing() {
    for script in [SCRIPT, UNREAD, ALONE, TWICE, STRICT, LEFT_BEHIND] {
        let found = judge::<Node>(script);
        assert!(found.values().all(|status| *status == Status::Holds), "{found:?}");
    }
}

#[test]
fn durability_and_domination_notice_a_node_that_forgets_siblings() {
    let found = judge::<Wrapped<ForgetsSiblings>>(SCRIPT);
    assert_eq!(found["domination"], Status::Violated);
    assert_eq!(found["durability"], Status::Violated);
}

#[test]
fn quorum_notices_a_write_that_is_counted_before_its_answer() {
    assert_eq!(judge::<Wrapped<CountsBeforeTheAnswer>>(SCRIPT)["quorum"], Status::Violated);
}

#[test]
fn quorum_notices_an_answer_that_nobody_gave() {
    assert_eq!(judge::<Wrapped<InventsAnAnswer>>(SCRIPT)["quorum"], Status::Violated);
}

#[test]
fn quorum_notices_an_acknowledgement_without_a_copy() {
    assert_eq!(judge::<Wrapped<StoresNothing>>(SCRIPT)["quorum"], Status::Violated);
}

#[test]
fn convergence_notices_a_hint_that_never_came_home() {
    assert_eq!(judge::<Wrapped<DropsHints>>(UNREAD)["convergence"], Status::Violated);
}

/// Answers reads with values that nobody wrote.
#[derive(Clone, Default)]
struct AltersValues;

impl Tamper for AltersValues {
    fn effect(&mut self, mut effect: Effect, _: &mut Vec<Input>) -> Vec<Effect> {
        if let Effect::Send { message: Message::GetReply(reply), .. } = &mut effect
            && let GetOutcome::Found { siblings, .. } = &mut reply.outcome
        {
            for sibling in siblings {
                sibling.value = Value::new("altered").ok();
            }
        }
        vec![effect]
    }
}

/// Agrees to erase every tombstone, whatever it holds.
#[derive(Clone, Default)]
struct AgreesToAll;

impl Tamper for AgreesToAll {
    fn effect(&mut self, mut effect: Effect, _: &mut Vec<Input>) -> Vec<Effect> {
        if let Effect::Send { message: Message::ReapVote(vote), .. } = &mut effect {
            vote.agrees = true;
        }
        vec![effect]
    }
}

/// n3 misses the deletion, and what n4 keeps for it cannot come home.
const MISSED_DELETION: &str = "dynamo 1
setup nodes=5 n=3 r=2 w=2 seed=7 tombstone-life=2s exchange-every=never
at 0s c1.1 put basket \"milk\" via n1
at 1s cut n4 to n3
at 1s lose write c1.2 n1 n3
at 1s c1.2 delete basket via n1
at 12s c2.1 get basket r=3 via n1
until 20s
";

#[test]
fn resurrection_notices_a_value_that_comes_back_behind_its_tombstone() {
    let found = judge::<Wrapped<AgreesToAll>>(MISSED_DELETION);
    assert_eq!(found["resurrection"], Status::Violated);
    assert_eq!(judge::<Node>(MISSED_DELETION)["resurrection"], Status::Holds);
}

/// Does not look at what its clients had seen.
#[derive(Clone, Default)]
struct IgnoresContexts;

impl Tamper for IgnoresContexts {
    fn effect(&mut self, mut effect: Effect, _: &mut Vec<Input>) -> Vec<Effect> {
        if let Effect::Disk { operation: Operation::Update { context, .. }, .. } = &mut effect {
            *context = CausalContext::default();
        }
        vec![effect]
    }
}

/// A client writes twice, the second time knowing the first.
const TWICE: &str = "dynamo 1
setup nodes=5 n=3 r=2 w=2 seed=7
at 100ms c1.1 put basket \"milk\" via n1
at 500ms c1.2 put basket \"milk,eggs\" via n1
at 1s c1.3 get basket via n2
until 20s
";

/// A client reads what it wrote, strictly, from one replica out of three.
const STRICT: &str = "dynamo 1
setup nodes=5 n=3 r=1 w=3 seed=7 mode=strict
at 100ms c1.1 put basket \"milk\" via n1
at 500ms c1.2 get basket via n2
until 20s
";

#[test]
fn provenance_notices_a_value_that_nobody_wrote() {
    assert_eq!(judge::<Wrapped<AltersValues>>(TWICE)["provenance"], Status::Violated);
}

#[test]
fn concurrency_notices_an_outdated_sibling() {
    assert_eq!(judge::<Wrapped<IgnoresContexts>>(TWICE)["concurrency"], Status::Violated);
}

#[test]
fn hints_notices_a_hint_that_is_forgotten_before_its_owner_has_it() {
    assert_eq!(judge::<Wrapped<DropsHints>>(UNREAD)["hints"], Status::Violated);
}

#[test]
fn sessions_notices_a_client_that_cannot_read_its_own_write() {
    assert_eq!(judge::<Wrapped<StoresNothing>>(STRICT)["sessions"], Status::Violated);
}

/// Counts its starts across all plays of the process, and takes its time accordingly.
#[derive(Clone)]
struct RemembersOtherPlays {
    node: Node,
    starts: u64,
}

static STARTS: AtomicU64 = AtomicU64::new(0);

impl Actor for RemembersOtherPlays {
    fn boot(boot: Boot, config: Arc<Config>, ring: Arc<Ring>) -> Self {
        let starts = STARTS.fetch_add(1, Ordering::Relaxed);
        RemembersOtherPlays { node: Node::new(boot, config, ring), starts }
    }

    fn step(&mut self, now: LocalTime, input: Input, effects: &mut Effects) {
        let mut own = Effects::default();
        self.node.step(now, input, &mut own);
        for mut effect in own.drain() {
            if let Effect::Arm { after, .. } = &mut effect {
                *after = Duration::micros(after.as_micros() + self.starts);
            }
            effects.push(effect);
        }
    }
}

#[test]
fn determinism_notices_a_node_that_remembers_other_plays() {
    let script: Script = SCRIPT.parse().expect("a script");
    let verdict = dynamo_lab::judge_with::<RemembersOtherPlays>(&script);
    let finding = verdict.violation().expect("a violation");
    assert_eq!(finding.check, "determinism");
    // The first timer of the first node is the first thing that differs.
    assert_eq!(finding.guilty.len(), 1);
    let mut trace = dynamo_sim::Trace::default();
    World::new(&script, &mut trace).run_until(script.horizon(), &mut trace);
    let first = trace.iter().find(|(_, it)| matches!(it.event, TraceEvent::TimerArmed { .. }));
    assert_eq!(first.map(|(id, _)| id), finding.guilty.first().copied());
}

#[test]
fn determinism_notices_an_event_that_is_missing_at_the_end() {
    let script: Script = SCRIPT.parse().expect("a script");
    let run = dynamo_sim::Run::new(script.clone());
    let mut check = Determinism::<Node>::new(&script);
    let shown = run.trace().len() - 1;
    for (id, record) in run.trace().iter().take(shown) {
        check.see(id, record);
    }
    let missing = run.trace().records()[shown].moment.time;
    assert_eq!(check.finding(missing).status, Status::Holds, "it may still come");
    let later = missing + Duration::micros(1);
    assert_eq!(check.finding(later).status, Status::Violated);
}

/// A primary is down and nobody stands in for it.
const LEFT_BEHIND: &str = "dynamo 1
setup nodes=5 n=3 r=2 w=2 seed=7 mode=strict exchange-every=1s
at 0s crash n3
at 100ms c1.1 put basket \"milk\" via n1
at 1s restart n3
until 30s
";

/// Answers that all trees are equal, whatever they are.
#[derive(Clone, Default)]
struct SeesNoDifference;

impl Tamper for SeesNoDifference {
    fn effect(&mut self, mut effect: Effect, _: &mut Vec<Input>) -> Vec<Effect> {
        if let Effect::Send { message: Message::Hashes(hashes), .. } = &mut effect {
            hashes.found = Found::Below(vec![]);
        }
        vec![effect]
    }
}

#[test]
fn convergence_and_merkle_notice_a_difference_that_nobody_sees() {
    let found = judge::<Wrapped<SeesNoDifference>>(LEFT_BEHIND);
    assert_eq!(found["convergence"], Status::Violated);
    assert_eq!(found["merkle"], Status::Violated);
}

/// Never mends what its trees say.
#[derive(Clone, Default)]
struct OffersNothing;

impl Tamper for OffersNothing {
    fn effect(&mut self, effect: Effect, _: &mut Vec<Input>) -> Vec<Effect> {
        match effect {
            Effect::Send { message: Message::Mend(_), .. } => vec![],
            other => vec![other],
        }
    }
}

#[test]
fn convergence_notices_a_difference_that_nobody_mends() {
    let found = judge::<Wrapped<OffersNothing>>(LEFT_BEHIND);
    assert_eq!(found["convergence"], Status::Violated);
    assert_eq!(found["merkle"], Status::Holds);
}

/// Hashes the number of the question along, as a time of day would be (P28).
#[derive(Clone, Default)]
struct HashesTheMoment;

impl Tamper for HashesTheMoment {
    fn effect(&mut self, mut effect: Effect, _: &mut Vec<Input>) -> Vec<Effect> {
        if let Effect::Send { message: Message::Compare(compare), .. } = &mut effect
            && let Places::Roots(roots) = &mut compare.at
        {
            for (_, root) in roots {
                root.0 ^= u64::from(compare.task.firing);
            }
        }
        vec![effect]
    }
}

#[test]
fn p28_merkle_notices_a_hash_that_covers_more_than_the_contents() {
    assert_eq!(judge::<Wrapped<HashesTheMoment>>(TWICE)["merkle"], Status::Violated);
}

/// Offers its basket in every exchange, whether it differs or not.
#[derive(Clone, Default)]
struct MendsForEver;

impl Tamper for MendsForEver {
    fn effect(&mut self, effect: Effect, _: &mut Vec<Input>) -> Vec<Effect> {
        let Effect::Send { to, message: Message::Compare(compare) } = &effect else {
            return vec![effect];
        };
        let TaskKind::Exchange(peer) = compare.task.kind else { return vec![effect] };
        let key = Key::new("basket").expect("short");
        let kind = TaskKind::Repair { peer, key: key.clone() };
        let task = Task { kind, ..compare.task.clone() };
        let slot = Slot { store: Store::Main, key };
        let offer = Write { subject: Subject::Task(task), slot, versions: Versions::default() };
        let to = *to;
        vec![effect, Effect::Send { to, message: Message::Mend(offer) }]
    }
}

#[test]
fn p27_merkle_notices_equal_keys_that_are_mended_for_ever() {
    assert_eq!(judge::<Wrapped<MendsForEver>>(TWICE)["merkle"], Status::Violated);
}

#[test]
fn durability_notices_the_last_copy_being_thrown_away() {
    /// Empties the slot that it has just written.
    #[derive(Clone, Default)]
    struct ThrowsAway;
    impl Tamper for ThrowsAway {
        fn effect(&mut self, effect: Effect, _: &mut Vec<Input>) -> Vec<Effect> {
            match effect {
                Effect::Send { to, message: Message::PutReply(reply) } => {
                    // A set that claims to have seen the write and holds nothing of it.
                    let key = reply.key.clone();
                    let remove = Operation::Merge {
                        slot: Slot { store: Store::Main, key },
                        versions: emptied(&reply),
                    };
                    vec![
                        Effect::Disk { ticket: Ticket(u64::MAX), operation: remove },
                        Effect::Send { to, message: Message::PutReply(reply) },
                    ]
                }
                other => vec![other],
            }
        }
    }
    fn emptied(reply: &dynamo_core::node::put::PutReply) -> Versions {
        let dynamo_core::node::put::PutOutcome::Stored(token) = &reply.outcome else {
            return Versions::default();
        };
        let context = token.open(&reply.key).unwrap_or_default();
        let bytes = dynamo_core::wire::bytes(&(context, BTreeMap::<u8, u8>::new()));
        dynamo_core::wire::read(&bytes).unwrap_or_default()
    }
    let found = judge::<Wrapped<ThrowsAway>>(ALONE);
    assert_eq!(found["domination"], Status::Violated);
    assert_eq!(found["durability"], Status::Violated);
}

/// A node joins, and a client reads half of what it had written.
fn join() -> String {
    let mut text = String::from(
        "dynamo 1\nsetup nodes=3 n=2 r=1 w=2 mode=strict seed=7 partitions=16 gossip-every=200ms\n",
    );
    for key in 0..20 {
        text += &format!("at {}ms c1 put k{key} \"milk\" via n1\n", 100 + key * 20);
    }
    text += "at 1s join n4 via n1\n";
    for key in 0..10 {
        text += &format!("at 9s c1 get k{key} via n4\n");
    }
    text + "until 40s\n"
}

/// Keeps to itself what it knows of the members.
#[derive(Clone, Default)]
struct KeepsNewsToItself;

impl Tamper for KeepsNewsToItself {
    fn effect(&mut self, effect: Effect, _: &mut Vec<Input>) -> Vec<Effect> {
        match effect {
            Effect::Send { message: Message::History(_), .. } => vec![],
            other => vec![other],
        }
    }
}

/// Says that what it is to bring to other nodes is there, and brings nothing.
#[derive(Clone, Default)]
struct GivesNothing;

impl Tamper for GivesNothing {
    fn effect(&mut self, effect: Effect, further: &mut Vec<Input>) -> Vec<Effect> {
        match effect {
            Effect::Send { to, message: Message::Write(write) }
                if matches!(&write.subject, Subject::Task(_)) =>
            {
                let ack = WriteAck { subject: write.subject, slot: write.slot };
                further.push(Input::Received { from: to, message: Message::WriteAck(ack) });
                vec![]
            }
            other => vec![other],
        }
    }
}

#[test]
fn nodes_that_join_and_give_as_they_should_break_nothing() {
    let found = judge::<Node>(&join());
    assert!(found.values().all(|status| *status == Status::Holds), "{found:?}");
}

#[test]
fn ring_notices_a_node_that_keeps_news_to_itself() {
    assert_eq!(judge::<Wrapped<KeepsNewsToItself>>(&join())["ring"], Status::Violated);
}

#[test]
fn convergence_and_sessions_notice_ranges_that_are_given_without_their_keys() {
    // Comparing trees would mend it.
    let alone = join().replace(" gossip", " exchange-every=never gossip");
    let found = judge::<Wrapped<GivesNothing>>(&alone);
    assert_eq!(found["convergence"], Status::Violated);
    assert_eq!(found["sessions"], Status::Violated);
}

#[test]
fn hints_notices_a_hint_of_a_removed_node_that_reaches_nobody() {
    const REMOVED: &str = "dynamo 1
setup nodes=5 n=3 r=2 w=2 seed=7 partitions=16 gossip-every=300ms
at 0s crash n3
at 1s c1.1 put basket \"eggs\" via n1
at 3s remove n3 via n1
until 12s
";
    assert_eq!(judge::<Node>(REMOVED)["hints"], Status::Holds);
    assert_eq!(judge::<Wrapped<GivesNothing>>(REMOVED)["hints"], Status::Violated);
}
