//! The trace folded up to a place in time: everything that a picture or a table shows.

mod descent;
mod settings;
mod trees;

pub use descent::{Beneath, Descent, Fork};
pub use settings::Settings;
pub use trees::TreeView;

use alloc::vec::Vec;
use dynamo_core::collections::{self, Map, Set};

use dynamo_core::storage::Content;
use dynamo_core::{
    Boot, ClientId, Dot, Duration, Endpoint, EngineKind, Fact, Key, Membership, Message,
    MessageName, NodeId, Operation, Outcome, Recovery, Removal, Replica, RequestId, Ring, Shared,
    Slot, Store, Subject, Ticket, Timer, Versions,
};

use crate::by_request::ByRequest;
use crate::disk::DiskFault;
use crate::machine::Condition;
use crate::network::Links;
use crate::script::{Command, Setup};
use crate::time::{Moment, Time};
use crate::trace::{Access, Ended, EventId, Loss, Record, Started, TraceEvent};

/// How long the end of an operation is remembered apart from all others.
pub const LATELY: Duration = Duration::millis(120);

/// The state of a run at a place in time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// The place.
    pub moment: Moment,
    /// Who owns what, as the node believes that has seen the most changes take effect.
    pub ring: Shared<Ring>,
    /// How many changes are in effect in that ring.
    pub age: usize,
    /// What all nodes start from.
    pub founding: Shared<Membership>,
    /// Which engine keeps what nodes store.
    pub engine: EngineKind,
    /// What is set by now.
    pub settings: Settings,
    /// Every node. What did not change is shared with earlier views, as of all that follows.
    pub nodes: Map<NodeId, Shared<NodeView>>,
    /// Every client that acted so far.
    pub clients: Map<ClientId, Shared<ClientView>>,
    /// Every message on its way, by the event that sent it.
    pub flights: Map<EventId, Shared<Flight>>,
    /// The last messages that were lost, oldest first.
    pub losses: Vec<LostFlight>,
    /// Every operation so far.
    pub requests: ByRequest<Shared<RequestView>>,
    /// Which of them have not ended.
    pub under_way: Set<RequestId>,
    /// Which ended last, and when: all within [`LATELY`] of the last end.
    pub ends: Vec<(Time, RequestId)>,
    /// Links that are not as all others.
    pub links: Links,
    /// The puts of every key in the order in which their dots were minted: version A, B, C, ...
    pub minted: Map<Key, Shared<Vec<RequestId>>>,
    /// The events in which disks minted the dots of every key, in order. One put has several where
    /// it was taken more than once (P37).
    pub births: Map<Key, Shared<Vec<EventId>>>,
}

/// One node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeView {
    /// The running process; none while the node is down.
    pub process: Option<Boot>,
    /// How often it has started.
    pub boots: u32,
    /// What its disk has completed.
    pub disk: Map<Slot, Versions>,
    /// What its disk is asked and has not done, with the asking event and the due time.
    pub disk_queue: Map<Ticket, (EventId, Operation, Time)>,
    /// Whom it believes to be down, and since when.
    pub suspects: Map<NodeId, Time>,
    /// Its timers: when each was armed and when it fires.
    pub timers: Map<Timer, (Time, Time)>,
    /// Whom it is told to gossip with in its next round.
    pub named_peer: Option<NodeId>,
    /// Slots that only its write buffer holds as they are.
    pub unflushed: Set<Slot>,
    /// Records in its log.
    pub records: u32,
    /// What its process found when it read its log.
    pub recovered: Option<Recovery>,
    /// The peer with which it compares trees, and since when.
    pub exchange: Option<(NodeId, Time)>,
    /// Slices of background time in a second, if clients had to wait at this boot (6.5).
    pub slices: Option<u16>,
    /// What it knows of the membership, by what its disk has kept; nothing if that is only who
    /// the founders are.
    pub membership: Option<Shared<Membership>>,
    /// How its machine is.
    pub machine: Condition,
}

impl NodeView {
    /// Whether a process runs.
    pub fn is_up(&self) -> bool {
        self.process.is_some()
    }

    fn put(&mut self, slot: Slot, versions: &Versions, engine: EngineKind) {
        if self.disk.get(&slot) == Some(versions) {
            return;
        }
        match engine {
            EngineKind::Memory => {}
            EngineKind::Buffered => {
                self.unflushed.insert(slot.clone());
            }
            EngineKind::Log => self.records += 1,
        }
        self.disk.insert(slot, versions.clone());
    }

    /// What it keeps as its own, or nothing.
    pub fn replica(&self, key: &Key) -> Option<&Versions> {
        self.disk.get(&Slot { store: Store::Main, key: key.clone() })
    }

    /// The hints it keeps: owner, key, content.
    pub fn hints(&self) -> impl Iterator<Item = (NodeId, &Key, &Versions)> {
        self.disk.iter().filter_map(|(slot, versions)| match slot.store {
            Store::Main => None,
            Store::Hints(owner) => Some((owner, &slot.key, versions)),
        })
    }
}

/// One client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientView {
    /// For every key the puts that the context it holds covers at the front: what it saw last.
    pub held: Map<Key, Set<RequestId>>,
    /// What its last read of a key returned.
    pub answers: Map<Key, RequestId>,
    /// The ring that its library goes by: whose it was, its epoch, and since when.
    pub ring: Option<(NodeId, u32, Time)>,
}

/// A message on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flight {
    /// Its name.
    pub name: MessageName,
    /// What it says.
    pub message: Shared<Message>,
    /// When it left.
    pub sent: Time,
    /// When it arrives, or would arrive if it were not lost on its way.
    pub due: Time,
    /// Whether it is a copy of another flight.
    pub copy_of: Option<EventId>,
}

/// A message that did not arrive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostFlight {
    /// The event that sent it.
    pub id: EventId,
    /// The flight as it was.
    pub flight: Shared<Flight>,
    /// When it was lost.
    pub at: Time,
    /// Why.
    pub why: Loss,
}

/// Lost messages that a view remembers.
const LOSSES_REMEMBERED: usize = 32;

/// One operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestView {
    /// As it began.
    pub started: Started,
    /// The event at which it began.
    pub event: EventId,
    /// When it began.
    pub at: Time,
    /// How often its client has asked.
    pub attempts: u32,
    /// The node that coordinates it, if one took it; the last one of several.
    pub coordinator: Option<NodeId>,
    /// Who was asked, in which role, substitutes included.
    pub replicas: Vec<Replica>,
    /// Who answered, as the coordinator heard it.
    pub answered: Set<NodeId>,
    /// The dot of a put, once a disk has minted it.
    pub dot: Option<Dot>,
    /// Its end.
    pub ended: Option<(Time, Ended, EventId)>,
}

impl View {
    /// A world in which nothing happened yet.
    pub fn new(setup: &Setup, ring: Shared<Ring>) -> Self {
        let founding = Shared::new(Membership::founding(ring.clone(), setup.config.replicas));
        let nodes = ring.members().iter().map(|member| (member.node, Shared::default()));
        let nodes = collections::map(nodes);
        View {
            moment: Moment::default(),
            ring,
            age: 0,
            founding,
            engine: setup.config.engine,
            settings: Settings::of(setup),
            nodes,
            clients: Map::new(),
            flights: Map::new(),
            losses: Vec::new(),
            requests: ByRequest::default(),
            under_way: Set::new(),
            ends: Vec::new(),
            links: Links::default(),
            minted: Map::new(),
            births: Map::new(),
        }
    }

    /// About how many bytes it takes beside an earlier view of the run, with which it shares what
    /// did not change, and the trace.
    pub fn weight(&self, before: Option<&View>) -> usize {
        let nodes = self.nodes.values().map(|node| {
            256 + node.disk.len() * 32 + node.disk_queue.len() * 128 + node.timers.len() * 32
        });
        let held = self.clients.values().flat_map(|client| client.held.values());
        let held: usize = held.map(|seen| 64 + seen.len() * 8).sum();
        let requests = self.requests.len();
        let new = requests - before.map_or(0, |before| before.requests.len()).min(requests);
        nodes.sum::<usize>() + held + self.flights.len() * 192 + requests * 24 + new * 430
    }

    fn node_mut(&mut self, node: &NodeId) -> Option<&mut NodeView> {
        self.nodes.get_mut(node).map(Shared::make_mut)
    }

    /// The first N nodes of a key, whoever is up.
    pub fn primaries(&self, key: &Key) -> Vec<NodeId> {
        self.ring.preference(key, self.founding.n()).primaries().to_vec()
    }

    /// What a node knows of the membership.
    pub fn membership(&self, node: NodeId) -> &Membership {
        let kept = self.nodes.get(&node).and_then(|node| node.membership.as_ref());
        kept.unwrap_or(&self.founding)
    }

    /// What the node knows that has seen the most changes of the membership.
    pub fn newest(&self) -> &Membership {
        let kept = self.nodes.values().filter_map(|node| node.membership.as_deref());
        let first: &Membership = &self.founding;
        let rank = |it: &Membership| (it.age(), it.history.len());
        kept.fold(first, |most, it| if rank(it) > rank(most) { it } else { most })
    }

    /// Takes in the next record.
    pub fn apply(&mut self, id: EventId, record: &Record) {
        self.moment = record.moment;
        let now = record.moment.time;
        match &record.event {
            TraceEvent::CommandApplied { command, .. } => {
                self.links.obey(command);
                self.settings.obey(command);
                if let Command::Machine(node, ailment) = command
                    && let Some(node) = self.node_mut(node)
                {
                    node.machine.befall(now, *ailment);
                }
                if let Command::Gossip(node, peer) = command
                    && let Some(node) = self.node_mut(node)
                {
                    node.named_peer = Some(*peer);
                }
            }
            TraceEvent::CommandRefused { .. } | TraceEvent::DiskAnswered { .. } => {}
            TraceEvent::NodeStarted { boot } => {
                let node = Shared::make_mut(self.nodes.entry(boot.node).or_default());
                node.process = Some(*boot);
                node.named_peer = None;
                node.boots += 1;
                node.machine.start();
            }
            TraceEvent::NodeCrashed { node } => self.crash(*node),
            TraceEvent::OperationStarted(started) => self.begin(id, now, started),
            TraceEvent::OperationEnded { request, ended } => self.end(id, now, *request, ended),
            TraceEvent::MessageSent { name, message, due } => {
                let (name, message) = (name.clone(), message.clone());
                let flight = Flight { name, message, sent: now, due: *due, copy_of: None };
                self.flights.insert(id, Shared::new(flight));
            }
            TraceEvent::MessageCopied { original, due } => self.copy(id, now, *original, *due),
            TraceEvent::MessageArrived { sent } => self.arrive(*sent),
            TraceEvent::MessageLost { sent, why } => self.lose(now, *sent, *why),
            TraceEvent::MessageAltered { sent, message } => {
                if let Some(flight) = self.flights.get_mut(sent).map(Shared::make_mut) {
                    flight.message = message.clone();
                }
            }
            TraceEvent::MessageDelayed { sent, due } => {
                if let Some(flight) = self.flights.get_mut(sent).map(Shared::make_mut) {
                    flight.due = *due;
                }
            }
            TraceEvent::DiskAsked { node, ticket, operation, due } => {
                if let Some(node) = self.node_mut(node) {
                    node.disk_queue.insert(*ticket, (id, operation.clone(), *due));
                }
            }
            TraceEvent::DiskCompleted { asked, node, outcome } => {
                self.complete(id, *asked, *node, outcome);
            }
            TraceEvent::TimerArmed { node, timer, due } => {
                if let Some(node) = self.node_mut(node) {
                    node.timers.insert(*timer, (now, *due));
                }
            }
            TraceEvent::TimerDisarmed { node, timer } | TraceEvent::TimerFired { node, timer } => {
                if let Some(node) = self.node_mut(node) {
                    node.timers.remove(timer);
                    // Only a round that begins uses it up.
                    let is_fired = matches!(record.event, TraceEvent::TimerFired { .. });
                    let is_round = is_fired && *timer == Timer::Gossip;
                    node.named_peer = node.named_peer.filter(|_| !is_round);
                }
            }
            TraceEvent::Noted { node, fact } => self.note(*node, now, fact),
            TraceEvent::ClientNoted { client, fact } => self.client_notes(*client, now, fact),
            TraceEvent::ClientTimerFired { .. } => {}
            TraceEvent::OperationRetried { request, attempt, .. } => {
                if let Some(request) = self.requests.get_mut(request).map(Shared::make_mut) {
                    request.attempts = *attempt;
                }
            }
            TraceEvent::DiskChanged { node, fault, slots } => {
                self.disk_changed(*node, *fault, slots)
            }
            TraceEvent::DiskRecovered { node, found } => {
                if let Some(node) = self.node_mut(node) {
                    node.records = found.records + found.broken.len() as u32 + found.nameless;
                    node.recovered = Some(found.clone());
                }
            }
        }
    }

    fn crash(&mut self, node: NodeId) {
        if let Some(node) = self.node_mut(&node) {
            node.process = None;
            node.machine.crash();
            node.disk_queue.clear();
            node.suspects.clear();
            node.exchange = None;
            node.slices = None;
            node.timers.clear();
            node.unflushed.clear();
        }
    }

    fn disk_changed(&mut self, node: NodeId, fault: DiskFault, slots: &[Content]) {
        let Some(node) = self.node_mut(&node) else { return };
        if fault == DiskFault::Wiped {
            (node.records, node.recovered, node.membership) = (0, None, None);
        }
        for (slot, content) in slots {
            match content {
                Some(versions) => node.disk.insert(slot.clone(), versions.clone()),
                None => node.disk.remove(slot),
            };
        }
    }

    fn begin(&mut self, id: EventId, at: Time, started: &Started) {
        self.clients.entry(started.request.client).or_default();
        let request = RequestView {
            started: started.clone(),
            event: id,
            at,
            attempts: 1,
            coordinator: None,
            replicas: Vec::new(),
            answered: Set::new(),
            dot: None,
            ended: None,
        };
        self.requests.insert(started.request, Shared::new(request));
        self.under_way.insert(started.request);
    }

    fn end(&mut self, id: EventId, at: Time, request: RequestId, ended: &Ended) {
        let Some(view) = self.requests.get_mut(&request).map(Shared::make_mut) else { return };
        view.ended = Some((at, ended.clone(), id));
        self.under_way.remove(&request);
        self.ends.retain(|(before, _)| at.since(*before) <= LATELY);
        self.ends.push((at, request));
        let client = Shared::make_mut(self.clients.entry(request.client).or_default());
        let key = view.started.key.clone();
        match (ended, &view.started.access) {
            (Ended::Stored, Access::Put { .. }) => {
                // The answer returns what was sent along, plus this put, which replaced it.
                client.held.insert(key, Set::from([request]));
            }
            (Ended::Found { siblings }, Access::Get { .. }) => {
                client.answers.insert(key.clone(), request);
                let seen = siblings.iter().map(|sibling| sibling.request).collect();
                client.held.insert(key, seen);
            }
            _ => {}
        }
    }

    fn copy(&mut self, id: EventId, now: Time, original: EventId, due: Time) {
        if let Some(flight) = self.flights.get(&original) {
            let flight = Flight { sent: now, due, copy_of: Some(original), ..(**flight).clone() };
            self.flights.insert(id, Shared::new(flight));
        }
    }

    fn arrive(&mut self, sent: EventId) {
        let Some(flight) = self.flights.remove(&sent) else { return };
        if let (Endpoint::Node(from), Subject::Request(request)) =
            (flight.name.from, &flight.name.subject)
            && matches!(
                *flight.message,
                Message::WriteAck(_) | Message::BufferedAck(_) | Message::ReadReply(_)
            )
            && let Some(request) = self.requests.get_mut(request).map(Shared::make_mut)
        {
            request.answered.insert(from);
        }
    }

    fn lose(&mut self, at: Time, id: EventId, why: Loss) {
        let Some(flight) = self.flights.remove(&id) else { return };
        if self.losses.len() == LOSSES_REMEMBERED {
            self.losses.remove(0);
        }
        self.losses.push(LostFlight { id, flight, at, why });
    }

    fn complete(&mut self, id: EventId, asked: EventId, node: NodeId, outcome: &Outcome) {
        let Some(view) = self.nodes.get_mut(&node).map(Shared::make_mut) else { return };
        let ticket = view.disk_queue.iter().find(|(_, (id, ..))| *id == asked).map(|(it, _)| *it);
        let Some((_, operation, _)) = ticket.and_then(|ticket| view.disk_queue.remove(&ticket))
        else {
            return;
        };
        let engine = self.engine;
        match (operation, outcome) {
            (Operation::Update { slot, request, .. }, Outcome::Updated { dot, versions }) => {
                let minted = Shared::make_mut(self.minted.entry(slot.key.clone()).or_default());
                if !minted.contains(&request) {
                    minted.push(request);
                }
                Shared::make_mut(self.births.entry(slot.key.clone()).or_default()).push(id);
                view.put(slot, versions, engine);
                if let Some(request) = self.requests.get_mut(&request).map(Shared::make_mut) {
                    request.dot = Some(*dot);
                    request.answered.insert(node);
                }
            }
            (Operation::Merge { slot, .. }, Outcome::Merged { versions, .. }) => {
                view.put(slot, versions, engine);
            }
            (Operation::Remove { slot, .. }, Outcome::Removal(Removal::Removed)) => {
                view.disk.remove(&slot);
                view.records += u32::from(engine == EngineKind::Log);
                if engine == EngineKind::Buffered {
                    view.unflushed.insert(slot);
                }
            }
            (Operation::Keep { history }, Outcome::Kept) => {
                let before = view.membership.as_ref().unwrap_or(&self.founding);
                let now = before.with((*history).clone());
                if now.age() > self.age {
                    (self.ring, self.age) = (now.ring.clone(), now.age());
                }
                view.membership = Some(Shared::new(now));
            }
            (Operation::Sync, Outcome::Synced { .. }) => view.unflushed.clear(),
            _ => {}
        }
    }

    fn client_notes(&mut self, by: ClientId, now: Time, fact: &Fact) {
        match fact {
            Fact::LearnsRing { from, epoch } => {
                let client = Shared::make_mut(self.clients.entry(by).or_default());
                client.ring = Some((*from, *epoch, now));
            }
            Fact::Coordinates { request, replicas, .. } => {
                if let Some(request) = self.requests.get_mut(request).map(Shared::make_mut) {
                    request.replicas = replicas.clone();
                }
            }
            Fact::StandsIn { .. } => self.note(NodeId(0), now, fact),
            _ => {}
        }
    }

    fn note(&mut self, by: NodeId, now: Time, fact: &Fact) {
        match fact {
            Fact::Coordinates { request, replicas, .. } => {
                if let Some(request) = self.requests.get_mut(request).map(Shared::make_mut) {
                    request.coordinator = Some(by);
                    request.replicas = replicas.clone();
                }
            }
            Fact::StandsIn { request, fallback, missing } => {
                if let Some(request) = self.requests.get_mut(request).map(Shared::make_mut) {
                    let role = dynamo_core::Role::Fallback { missing: *missing };
                    request.replicas.push(Replica { node: *fallback, role });
                }
            }
            Fact::SeemsDown { node, .. } => {
                if let Some(view) = self.node_mut(&by) {
                    view.suspects.insert(*node, now);
                }
            }
            Fact::SeemsUp { node } => {
                if let Some(view) = self.node_mut(&by) {
                    view.suspects.remove(node);
                }
            }
            Fact::BackgroundSlows { slices } | Fact::BackgroundRecovers { slices } => {
                if let Some(view) = self.node_mut(&by) {
                    view.slices = Some(*slices);
                }
            }
            Fact::ExchangeBegun { with, .. } => {
                if let Some(view) = self.node_mut(&by) {
                    view.exchange = Some((*with, now));
                }
            }
            Fact::ExchangeEnded { .. } => {
                if let Some(view) = self.node_mut(&by) {
                    view.exchange = None;
                }
            }
            _ => {}
        }
    }
}
