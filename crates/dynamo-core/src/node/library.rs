//! A client's library: it coordinates requests where they begin (paper 6.4).
//!
//! ```text
//! c1 -> n4   ring-poll          a random node, every `ring_poll_every`
//! n4 -> c1   ring-reply         who is a member, who owns what
//! c1 -> n1   read               a read is coordinated here: the first N nodes are asked
//! c1 -> n2   read
//! n2 -> c1   read-reply         R answered, and no hop more
//! c1 -> n1   put                a write goes straight to a node of the list: only who owns an
//!                               actor may name a version (INV-C2)
//! ```
//!
//! What coordinates is the node's own code, without a disk and without a place on the ring. What
//! the library believes of nodes is its own, until the next poll that is due.

use crate::shared::Shared;
use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::config::Config;
use crate::coordinator::Round;
use crate::effect::{Effect, Effects, Fact, Input, Timer};
use crate::id::{Boot, ClientId, Endpoint, NodeId, Poll, RequestId, Subject};
use crate::knob::{Interval, Knob};
use crate::membership::Membership;
use crate::message::Message;
use crate::node::Node;
use crate::node::choice::CoordinatorChoice;
use crate::node::opinion::{Detector, Opinions};
use crate::node::put::{Put, PutOutcome, PutReply};
use crate::node::retry::Attempt;
use crate::quorum::{Demand, NotFound};
use crate::ring::{Ring, RingCopy};
use crate::time::LocalTime;

/// From a node: who is a member and who owns what, as it sees it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct RingReply {
    /// Which poll.
    pub poll: Poll,
    /// The node's ring.
    pub ring: Box<RingCopy>,
}

/// What a library is told.
#[derive(Clone, Debug)]
pub enum Call {
    /// Its client wants this done: a get or a put.
    Begin(Message),
    /// The client waits no longer for a write that went to this node.
    Silent(NodeId, RequestId),
    /// A message arrived.
    Received(Endpoint, Message),
    /// A timer ran out.
    Fired(Timer),
    /// A value of its configuration is another from here on.
    Turned(Knob),
}

/// The library of one client.
#[derive(Clone, Debug)]
pub struct Library {
    client: ClientId,
    reader: Node,
    contacts: Vec<NodeId>,
    /// Whether a ring has been seen; until then requests wait.
    is_ready: bool,
    waiting: Vec<Message>,
    polls: u32,
    /// When the next poll is due.
    due: LocalTime,
    /// The poll that is under way: who was asked, and whether it was due.
    asked: Option<(NodeId, bool)>,
}

/// The name of whoever stands in no ring.
const NOWHERE: NodeId = NodeId(0);

impl Library {
    /// A library that knows whom it can ask for a ring, and nothing else.
    pub fn new(client: ClientId, config: Shared<Config>, contacts: Shared<Ring>) -> Self {
        let boot = Boot { node: NOWHERE, nonce: 0 };
        // Nobody sends heartbeats to a client.
        let config = Shared::new(Config { detector: Detector::Timeouts, ..(*config).clone() });
        let nodes = contacts.members().iter().map(|member| member.node).collect();
        Library {
            client,
            reader: Node::new(boot, config, contacts),
            contacts: nodes,
            is_ready: false,
            waiting: Vec::new(),
            polls: 0,
            due: LocalTime::default(),
            asked: None,
        }
    }

    /// One call, a list of effects. What is sent to its own client is an answer, and travels
    /// nowhere.
    pub fn step(&mut self, now: LocalTime, call: Call, chance: u64, effects: &mut Effects) {
        match call {
            Call::Begin(request) if self.is_ready => {
                self.execute(now, request, chance, effects);
            }
            Call::Begin(request) => {
                // Of a request that waits here already it is still the first attempt.
                if self.waiting.iter().all(|other| other.subject() != request.subject()) {
                    self.waiting.push(request);
                }
                if self.polls == 0 {
                    self.poll(chance, true, effects);
                }
            }
            Call::Silent(node, request) => {
                let mut wanted = Effects::default();
                self.reader.suspect(now, node, Subject::Request(request), &mut wanted);
                self.keep(wanted, chance, effects);
            }
            Call::Received(_, Message::RingReply(reply)) => {
                self.learn(now, reply, chance, effects);
            }
            Call::Received(from, message) => {
                if matches!(message, Message::NotMine(_)) {
                    self.refresh(chance, effects);
                }
                self.read(now, Input::Received { from, message }, chance, effects);
            }
            Call::Turned(knob) => self.turned(now, knob, effects),
            Call::Fired(Timer::RingPoll) => self.poll(chance, true, effects),
            Call::Fired(timer) => {
                self.read(now, Input::Fired { timer, chance }, chance, effects);
            }
        }
    }

    /// As at a node ([`crate::node`]): what is under way ends as it began, a period begins anew.
    fn turned(&mut self, now: LocalTime, knob: Knob, effects: &mut Effects) {
        match knob {
            // Nobody sends heartbeats to a client.
            Knob::Detector(_) => return,
            Knob::Interval(Interval::RingPollEvery, length) if self.asked.is_none() => {
                self.due = now + length;
                effects.arm(Timer::RingPoll, length);
            }
            _ => {}
        }
        Shared::make_mut(&mut self.reader.config).turn(knob);
    }

    fn execute(&mut self, now: LocalTime, request: Message, chance: u64, effects: &mut Effects) {
        match request {
            Message::Put(put) => self.send_put(put, Attempt::First, chance, effects),
            Message::PutAgain(put) => self.send_put(put, Attempt::Again, chance, effects),
            message => {
                let from = self.client.into();
                self.read(now, Input::Received { from, message }, chance, effects);
            }
        }
    }

    /// Sends a write to a node that may coordinate it; answers it if there is none.
    fn send_put(&mut self, put: Put, attempt: Attempt, chance: u64, effects: &mut Effects) {
        let Put { request, needed, strictness, .. } = put;
        let demand = Demand { needed, strictness, not_found: NotFound::Counts };
        let list = self.reader.preference(&put.key);
        match Round::plan(list, demand, |node| self.reader.opinions.seems_down(node)) {
            Ok(round) => {
                let to = self.coordinator(&put, &round, chance);
                effects.note(Fact::Drives { request, to });
                effects.send(to, attempt.put(put));
            }
            Err(why) => {
                effects.note(Fact::Refuses { request, why });
                let outcome = PutOutcome::Failed(why);
                let reply = PutReply { request, key: put.key, outcome };
                effects.send(self.client, Message::PutReply(reply));
            }
        }
    }

    fn coordinator(&self, put: &Put, round: &Round, chance: u64) -> NodeId {
        if self.reader.config.coordinator == CoordinatorChoice::Any {
            let all: Vec<NodeId> = round.replicas().map(|it| it.node).collect();
            return all[(chance % all.len() as u64) as usize];
        }
        self.reader.chosen(put.context.fastest(), round)
    }

    /// Lets the node's own code go on with the reads.
    fn read(&mut self, now: LocalTime, input: Input, chance: u64, effects: &mut Effects) {
        let mut wanted = Effects::default();
        self.reader.step(now, input, &mut wanted);
        self.keep(wanted, chance, effects);
    }

    /// Leaves out what only a node on the ring would do: it has no disk, and it does not probe,
    /// since it polls.
    fn keep(&mut self, mut wanted: Effects, chance: u64, effects: &mut Effects) {
        let mut noticed = false;
        for effect in wanted.drain() {
            match effect {
                Effect::Disk { .. } | Effect::Arm { timer: Timer::Probe(_), .. } => {}
                Effect::Note(Fact::SeemsDown { .. }) => {
                    noticed = true;
                    effects.push(effect);
                }
                _ => effects.push(effect),
            }
        }
        if noticed {
            self.refresh(chance, effects);
        }
    }

    /// Who does not answer may have left: the ring may be stale (6.4).
    fn refresh(&mut self, chance: u64, effects: &mut Effects) {
        if self.asked.is_none() {
            self.poll(chance, false, effects);
        }
    }

    /// Asks a node for its ring; another one, if the last that was asked did not answer.
    fn poll(&mut self, chance: u64, is_due: bool, effects: &mut Effects) {
        let silent = self.asked.map(|(node, _)| node);
        let is_due = is_due && self.asked.is_none_or(|(_, was_due)| was_due);
        let others = self.contacts.iter().filter(|node| Some(**node) != silent);
        let others: Vec<NodeId> = others.copied().collect();
        let among = if others.is_empty() { &self.contacts } else { &others };
        let Some(node) = among.get((chance % among.len().max(1) as u64) as usize).copied() else {
            return;
        };
        self.polls += 1;
        self.asked = Some((node, is_due));
        effects.send(node, Message::RingPoll(Poll { client: self.client, number: self.polls }));
        effects.arm(Timer::RingPoll, self.reader.config.answer_within);
    }

    fn learn(&mut self, now: LocalTime, reply: RingReply, chance: u64, effects: &mut Effects) {
        let Some((from, was_due)) = self.asked.filter(|_| reply.poll.number == self.polls) else {
            return;
        };
        let Ok(ring) = Ring::try_from(*reply.ring) else { return };
        self.asked = None;
        // Whoever was asked may know less than whoever was asked before.
        let epoch = ring.epoch();
        if !self.is_ready || epoch >= self.reader.membership.ring.epoch() {
            effects.note(Fact::LearnsRing { from, epoch });
            self.contacts = ring.members().iter().map(|member| member.node).collect();
            self.reader.adopt(Shared::new(ring));
        }
        if was_due {
            // Whoever was silent is asked again (4.8.3: "periodically retries").
            self.reader.opinions = Opinions::new(NOWHERE, Detector::Timeouts);
            self.due = now + self.reader.config.ring_poll_every;
        }
        self.is_ready = true;
        effects.arm(Timer::RingPoll, self.due.since(now));
        for request in core::mem::take(&mut self.waiting) {
            self.execute(now, request, chance, effects);
        }
    }
}

impl Node {
    /// Goes by a ring that somebody told, without the history behind it.
    fn adopt(&mut self, ring: Shared<Ring>) {
        self.membership = Membership::founding(ring, self.config.replicas);
    }

    /// A client asks for the ring.
    pub(super) fn tell_ring(&self, from: Endpoint, poll: Poll, effects: &mut Effects) {
        let ring = Box::new(RingCopy::of(&self.membership.ring));
        effects.send(from, Message::RingReply(RingReply { poll, ring }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{Key, Value};
    use crate::node::not_mine::NotMine;
    use crate::node::put::Hop;
    use crate::quorum::Strictness;
    use crate::ring::Strategy;
    use crate::storage::{Slot, Store};
    use crate::wire::ContextToken;

    fn ring(nodes: u16) -> Shared<Ring> {
        let members: Vec<_> = (1..=nodes).map(|node| NodeId(node).into()).collect();
        Shared::new(Ring::new(&members, Strategy::EqualShares { partitions: 64 }).unwrap())
    }

    fn put(operation: u32) -> Message {
        Message::Put(Put {
            request: RequestId { client: ClientId(1), operation },
            key: Key::new("cart").unwrap(),
            value: Value::new("milk").ok(),
            context: ContextToken::none(),
            needed: 2,
            strictness: Strictness::Sloppy,
            hop: Hop::Direct,
        })
    }

    fn sent(effects: &mut Effects) -> Vec<(Endpoint, Message)> {
        let sent = effects.drain().filter_map(|effect| match effect {
            Effect::Send { to, message } => Some((to, message)),
            _ => None,
        });
        sent.collect()
    }

    #[test]
    fn requests_wait_for_the_first_ring_and_a_silent_contact_is_not_asked_twice_in_a_row() {
        let mut library = Library::new(ClientId(1), Shared::default(), ring(3));
        let (mut effects, now) = (Effects::default(), LocalTime(0));
        library.step(now, Call::Begin(put(1)), 0, &mut effects);
        let first = sent(&mut effects);
        assert!(matches!(first[..], [(_, Message::RingPoll(_))]), "{first:?}");
        library.step(now, Call::Fired(Timer::RingPoll), 0, &mut effects);
        let second = sent(&mut effects);
        let (to, Message::RingPoll(poll)) = &second[0] else { panic!("{second:?}") };
        assert_ne!(first[0].0, *to);
        let ring = Box::new(RingCopy::of(&ring(3)));
        let reply = Message::RingReply(RingReply { poll: poll.clone(), ring });
        library.step(now, Call::Received(*to, reply), 0, &mut effects);
        assert!(matches!(sent(&mut effects)[..], [(_, Message::Put(_))]));
    }

    #[test]
    fn a_stale_ring_costs_one_hop_and_never_a_write() {
        // The library has seen five nodes; three more have joined, and the list is another.
        let cart = Key::new("cart").unwrap();
        let (old, mut new) = (ring(5), (*ring(5)).clone());
        for node in 6..=40 {
            new = new.with_member(NodeId(node).into()).unwrap();
        }
        let strangers = |node: &NodeId| !new.preference(&cart, 3).primaries().contains(node);
        assert!(old.preference(&cart, 3).primaries().iter().all(strangers));
        let mut library = Library::new(ClientId(1), Shared::default(), old);
        library.is_ready = true;
        let mut effects = Effects::default();
        library.step(LocalTime(0), Call::Begin(put(1)), 0, &mut effects);
        let (to, message) = sent(&mut effects).remove(0);
        let Endpoint::Node(asked) = to else { panic!("{to}") };
        let boot = Boot { node: asked, nonce: 1 };
        let mut node = Node::new(boot, Shared::default(), Shared::new(new.clone()));
        let from = ClientId(1).into();
        node.step(LocalTime(0), Input::Received { from, message }, &mut effects);
        let handed = sent(&mut effects);
        let [(Endpoint::Node(owner), Message::Put(put))] = &handed[..] else {
            panic!("{handed:?}")
        };
        assert_eq!(put.hop, Hop::HandedOn { by: asked });
        assert!(!strangers(owner));
    }

    #[test]
    fn whoever_says_not_mine_makes_a_library_ask_at_once_and_an_older_ring_is_not_taken() {
        let mut library = Library::new(ClientId(1), Shared::default(), ring(5));
        let (mut effects, now) = (Effects::default(), LocalTime(0));
        let newer = ring(5).with_member(NodeId(9).into()).unwrap();
        library.is_ready = true;
        for (told, known) in [(newer.clone(), 1), ((*ring(5)).clone(), 1), (newer, 1)] {
            let request = RequestId { client: ClientId(1), operation: 1 };
            let slot = Slot { store: Store::Main, key: Key::new("cart").unwrap() };
            let answer = NotMine { subject: Subject::Request(request), slot };
            let received = Call::Received(NodeId(1).into(), Message::NotMine(answer));
            library.step(now, received, 0, &mut effects);
            let asked = sent(&mut effects);
            let [(to, Message::RingPoll(poll))] = &asked[..] else { panic!("{asked:?}") };
            let ring = Box::new(RingCopy::of(&told));
            let reply = Message::RingReply(RingReply { poll: poll.clone(), ring });
            library.step(now, Call::Received(*to, reply), 0, &mut effects);
            assert_eq!(library.reader.membership.ring.epoch(), known);
        }
    }

    #[test]
    fn a_ring_that_travels_is_the_same_ring() {
        let grown = ring(5).with_member(NodeId(9).into()).unwrap();
        assert_eq!(Ring::try_from(RingCopy::of(&grown)).as_ref(), Ok(&grown));
        let mut bad = RingCopy::of(&grown);
        bad.owners[0] = 77;
        assert!(Ring::try_from(bad).is_err());
    }
}
