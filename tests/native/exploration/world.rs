//! A small world in which everything that can happen does: stateright walks through all its states.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, RwLock};

use dynamo_core::node::get::{Get, GetOutcome};
use dynamo_core::node::put::{Hop, Put, PutOutcome};
use dynamo_core::{
    ClientId, Config, ContextToken, Endpoint, Key, Member, Message, NodeId, NotFound, Operation,
    Outcome, RequestId, Ring, Strategy, Strictness, Value, Versions,
};
use dynamo_sim::Actor;
use stateright::{Model, Property};

use crate::ghost::{DROPPED_RIGHTLY, ENDS_ONCE, Events, FRESH, Ghost, ONE_NAME, STORED_BY_W};
use crate::state::{Client, Event, Held, Machine, Packet, Setup, Shared, Step, hash_of};

const NODES: usize = 3;
/// R and W.
const NEEDED: u8 = 2;

/// Promises that can be seen in every state.
pub const HELD: &str = "a disk has or covers what is acknowledged";
pub const COVERED: &str = "all disks together cover what is acknowledged";
pub const KNOWS_NO_MORE: &str = "a context covers what was seen and nothing else";
pub const CONCURRENT: &str = "of two siblings none had seen the other";

/// How often the world may be unkind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Hash)]
pub struct Faults {
    pub crashes: u8,
    pub losses: u8,
    pub copies: u8,
    /// Timers that run out, of nodes and of clients, too early or too late or in between. All
    /// others run out after everything else has happened.
    pub timers: u8,
}

/// One operation of a client.
#[derive(Clone, Copy, Debug)]
pub enum Call {
    /// Writes a value of its own to a key, with what its client has seen of it, through a node.
    Put(&'static str, u16),
    Get(&'static str, u16),
}

impl Call {
    fn key(self) -> &'static str {
        match self {
            Call::Put(key, _) | Call::Get(key, _) => key,
        }
    }
}

/// What happens next.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Something happens to a node; if a number stands behind it, the node dies after so many of
    /// the messages that it sends.
    Step(usize, Event, Option<usize>),
    /// An answer reaches its client.
    Answer(Shared<Packet>),
    Lose(Shared<Packet>),
    Copy(Shared<Packet>),
    /// A client waits no longer.
    GiveUp(usize),
}

/// All that there is at one moment.
pub struct State<A> {
    machines: [Shared<Machine<A>>; NODES],
    clients: Vec<Shared<Client>>,
    /// In the order of their hashes.
    flying: Vec<Shared<Packet>>,
    ghost: Shared<Ghost>,
    left: Faults,
}

impl<A> Clone for State<A> {
    fn clone(&self) -> Self {
        State {
            machines: self.machines.clone(),
            clients: self.clients.clone(),
            flying: self.flying.clone(),
            ghost: self.ghost.clone(),
            left: self.left,
        }
    }
}

impl<A> PartialEq for State<A> {
    fn eq(&self, other: &Self) -> bool {
        self.machines == other.machines
            && self.clients == other.clients
            && self.flying == other.flying
            && self.ghost == other.ghost
            && self.left == other.left
    }
}

impl<A> Hash for State<A> {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.machines.hash(hasher);
        self.clients.hash(hasher);
        self.flying.hash(hasher);
        self.ghost.hash(hasher);
        self.left.hash(hasher);
    }
}

impl<A> Debug for State<A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} {:?} {:?}", self.flying, self.ghost, self.left)
    }
}

/// A machine, what happens to it, and after how many messages it dies.
type Cause = (u64, u64, Option<usize>);

/// Three nodes that all keep all keys, R = W = 2, and clients that do one thing after the other.
pub struct World<A> {
    calls: Vec<Vec<Call>>,
    faults: Faults,
    keys: Vec<Key>,
    setup: Setup,
    /// What a machine becomes hangs on nothing else, so it is found out once.
    known: RwLock<BTreeMap<Cause, Arc<Step<A>>>>,
}

impl<A: Actor + Clone + Debug> World<A> {
    pub fn new(calls: &[&[Call]], faults: Faults) -> Self {
        let members: Vec<Member> = (1..=NODES as u16).map(|node| NodeId(node).into()).collect();
        let strategy = Strategy::EqualShares { partitions: 4 };
        let ring = Arc::new(Ring::new(&members, strategy).expect("a ring"));
        let config = Config {
            replicas: NODES as u8,
            exchange_every: None,
            seeds: Vec::new(),
            ..Config::default()
        };
        let calls: Vec<Vec<Call>> = calls.iter().map(|calls| calls.to_vec()).collect();
        let mut names: Vec<&str> = calls.iter().flatten().map(|call| call.key()).collect();
        names.sort();
        names.dedup();
        let keys = names.into_iter().map(|name| Key::new(name).expect("a key")).collect();
        let setup = Setup { config: Arc::new(config), ring };
        World { calls, faults, keys, setup, known: RwLock::default() }
    }

    fn call(&self, request: RequestId) -> Call {
        self.calls[usize::from(request.client.0) - 1][request.operation as usize - 1]
    }

    /// Which of the keys a request is about.
    fn key_of(&self, request: RequestId) -> usize {
        let name = self.call(request).key();
        self.keys.iter().position(|key| key.as_str() == name).expect("a key of this world")
    }

    fn step(
        &self,
        machine: &Shared<Machine<A>>,
        event: &Event,
        dies_after: Option<usize>,
    ) -> Arc<Step<A>> {
        let cause = (machine.digest(), hash_of(event), dies_after);
        if let Some(step) = self.known.read().expect("no panic before").get(&cause) {
            return step.clone();
        }
        let step = Arc::new(machine.after(event, dies_after, &self.setup));
        self.known.write().expect("no panic before").insert(cause, step.clone());
        step
    }

    /// An event, and all the ways to die in the middle of it. To die before it is to die, and to
    /// die after it is to do so then; but a disk may have written what nobody hears of any more.
    fn with_deaths(&self, state: &State<A>, node: usize, event: Event, actions: &mut Vec<Action>) {
        if state.left.crashes > 0 && state.machines[node].process.is_some() {
            let step = self.step(&state.machines[node], &event, None);
            let first = usize::from(step.stored.is_none());
            let deaths = (first..step.sent.len()).map(Some);
            actions.extend(deaths.map(|sends| Action::Step(node, event.clone(), sends)));
        }
        actions.push(Action::Step(node, event, None));
    }

    /// The client begins its next call, if it has one.
    fn call_next(&self, state: &mut State<A>, number: usize) {
        let mut client = Client::clone(&state.clients[number]);
        let Some(call) = self.calls[number].get(client.begun as usize) else { return };
        client.begun += 1;
        client.waits = true;
        let id = ClientId(number as u16 + 1);
        let request = RequestId { client: id, operation: client.begun };
        let place = self.key_of(request);
        let key = self.keys[place].clone();
        let (needed, strictness) = (NEEDED, Strictness::Sloppy);
        let (to, message) = match *call {
            Call::Put(_, via) => {
                let Held { token: context, seen } = client.held[place].clone();
                let value = Some(Value::new(request.to_string()).expect("a value"));
                note(state, |ghost| ghost.asks(request, seen));
                let hop = Hop::Direct;
                (via, Message::Put(Put { request, key, value, context, needed, strictness, hop }))
            }
            Call::Get(_, via) => {
                let not_found = NotFound::Counts;
                (via, Message::Get(Get { request, key, needed, strictness, not_found }))
            }
        };
        state.clients[number] = Shared::new(client);
        send(state, Shared::new(Packet { from: id.into(), to: NodeId(to).into(), message }));
    }

    /// An answer reaches a client, which goes on.
    fn answer(&self, state: &mut State<A>, packet: &Packet) {
        let Endpoint::Client(id) = packet.to else { return };
        let number = usize::from(id.0) - 1;
        let mut client = Client::clone(&state.clients[number]);
        client.waits = false;
        if let Some((request, puts, token)) = shows(&packet.message) {
            let place = self.key_of(request);
            let seen = self.shown(state, request, &puts, &token);
            client.held[place] = Held { token, seen };
        }
        state.clients[number] = Shared::new(client);
        self.call_next(state, number);
    }

    /// The writes that an answer shows.
    fn shown(
        &self,
        state: &State<A>,
        request: RequestId,
        puts: &[RequestId],
        token: &ContextToken,
    ) -> Events {
        let context = token.open(&self.keys[self.key_of(request)]).unwrap_or_default();
        state.ghost.shown(puts, &context)
    }

    fn happen(&self, state: &mut State<A>, node: usize, event: &Event, dies_after: Option<usize>) {
        let before = state.machines[node].clone();
        let boot = before.boot();
        if let Event::Arrives(packet) = event {
            take(state, packet);
            if let (Message::Get(get), Some(_)) = (&packet.message, &before.process) {
                let is_of_key = |put| self.key_of(put) == self.key_of(get.request);
                note(state, |ghost| ghost.reads(boot, get.request, is_of_key));
            }
        }
        let step = self.step(&before, event, dies_after);
        state.machines[node] = step.machine.clone();
        if let Some((operation, outcome)) = &step.stored {
            self.judge_disk(state, &before, operation, outcome);
        }
        for packet in &step.sent {
            if let Endpoint::Client(client) = packet.to {
                self.judge_answer(state, node, packet);
                let Endpoint::Client(_) = packet.to else { continue };
                let number = usize::from(client.0) - 1;
                if !is_awaited(&state.clients[number], client, &packet.message) {
                    continue;
                }
            }
            send(state, packet.clone());
        }
        if dies_after.is_some() || *event == Event::Dies {
            note(state, |ghost| ghost.dies(boot));
        }
    }

    fn judge_disk(
        &self,
        state: &mut State<A>,
        before: &Machine<A>,
        operation: &Operation,
        outcome: &Outcome,
    ) {
        match (operation, outcome) {
            (Operation::Update { slot, request, .. }, Outcome::Updated { dot, versions }) => {
                note(state, |ghost| {
                    ghost.writes(*request, *dot);
                    ghost.changes(&before.holds(&slot.key), &Versions::default(), versions);
                });
            }
            (Operation::Merge { slot, versions: offered }, Outcome::Merged { versions, .. }) => {
                note(state, |ghost| {
                    // A node that names its writes itself is not to be trusted.
                    offered.siblings().for_each(|(dot, it)| ghost.writes(it.request, *dot));
                    ghost.changes(&before.holds(&slot.key), offered, versions);
                });
            }
            _ => {}
        }
    }

    fn judge_answer(&self, state: &mut State<A>, node: usize, packet: &Packet) {
        let boot = state.machines[node].boot();
        let request = match &packet.message {
            Message::PutReply(reply) => reply.request,
            Message::GetReply(reply) => reply.request,
            _ => return,
        };
        if let Some((_, puts, token)) = shows(&packet.message) {
            let shown = self.shown(state, request, &puts, &token);
            match &packet.message {
                Message::PutReply(_) => {
                    let stored_by = self.holders(state, request);
                    let needed = usize::from(NEEDED);
                    note(state, |ghost| ghost.acknowledges(request, stored_by, needed));
                }
                _ => note(state, |ghost| ghost.finds(boot, request, shown)),
            }
        }
        note(state, |ghost| ghost.ends(boot, request));
    }

    /// How many disks have a put, or one whose writer had seen it.
    fn holders(&self, state: &State<A>, put: RequestId) -> usize {
        let key = &self.keys[self.key_of(put)];
        let has = |machine: &&Shared<Machine<A>>| is_in(&state.ghost, put, &machine.holds(key));
        state.machines.iter().filter(has).count()
    }

    fn each_is_held(&self, state: &State<A>) -> bool {
        state.ghost.acknowledged.iter().all(|put| self.holders(state, *put) > 0)
    }

    fn all_are_covered(&self, state: &State<A>) -> bool {
        let together = |key: &Key| {
            let mut all = Versions::default();
            state.machines.iter().for_each(|machine| all.merge(&machine.holds(key)));
            all
        };
        let all: Vec<Versions> = self.keys.iter().map(together).collect();
        let mut puts = state.ghost.acknowledged.iter();
        puts.all(|put| is_in(&state.ghost, *put, &all[self.key_of(*put)]))
    }

    fn is_done(&self, state: &State<A>) -> bool {
        let mut clients = state.clients.iter().zip(&self.calls);
        clients.all(|(client, calls)| !client.waits && client.begun as usize == calls.len())
    }

    /// Whether this is true of all that all disks hold.
    fn all_disks(&self, state: &State<A>, is_true: impl Fn(&Ghost, &Versions) -> bool) -> bool {
        let mut disks =
            state.machines.iter().flat_map(|it| self.keys.iter().map(|key| it.holds(key)));
        disks.all(|versions| is_true(&state.ghost, &versions))
    }
}

/// Whether a set has a put, or one whose writer had seen it.
fn is_in(ghost: &Ghost, put: RequestId, versions: &Versions) -> bool {
    Ghost::is_in(put, ghost.closed(ghost.live(versions)))
}

/// What a good answer shows: its request, the puts that it stands for, and the context.
fn shows(message: &Message) -> Option<(RequestId, Vec<RequestId>, ContextToken)> {
    match message {
        Message::PutReply(reply) => match &reply.outcome {
            PutOutcome::Stored(token) => Some((reply.request, vec![reply.request], token.clone())),
            PutOutcome::Failed(_) | PutOutcome::Unknown { .. } => None,
        },
        Message::GetReply(reply) => match &reply.outcome {
            GetOutcome::Found { siblings, context } => {
                let puts = siblings.iter().map(|sibling| sibling.request).collect();
                Some((reply.request, puts, context.clone()))
            }
            GetOutcome::Failed(_) => None,
        },
        _ => None,
    }
}

/// Whether a client still waits for this answer.
fn is_awaited(client: &Client, id: ClientId, message: &Message) -> bool {
    let open = RequestId { client: id, operation: client.begun };
    client.waits && message.subject() == dynamo_core::Subject::Request(open)
}

fn note<A>(state: &mut State<A>, change: impl FnOnce(&mut Ghost)) {
    let mut ghost = Ghost::clone(&state.ghost);
    change(&mut ghost);
    if ghost != *state.ghost {
        state.ghost = Shared::new(ghost);
    }
}

fn send<A>(state: &mut State<A>, packet: Shared<Packet>) {
    let place = state.flying.partition_point(|other| other.digest() < packet.digest());
    state.flying.insert(place, packet);
}

fn take<A>(state: &mut State<A>, packet: &Shared<Packet>) {
    if let Some(place) = state.flying.iter().position(|other| other == packet) {
        state.flying.remove(place);
    }
}

impl<A: Actor + Clone + Debug> Model for World<A> {
    type State = State<A>;
    type Action = Action;

    fn init_states(&self) -> Vec<State<A>> {
        let machine = |node: usize| Shared::new(Machine::new(NodeId(node as u16 + 1), &self.setup));
        let held = vec![Held::default(); self.keys.len()];
        let client = Shared::new(Client { begun: 0, waits: false, held });
        let mut state = State {
            machines: std::array::from_fn(machine),
            clients: vec![client; self.calls.len()],
            flying: Vec::new(),
            ghost: Shared::new(Ghost::default()),
            left: self.faults,
        };
        (0..self.calls.len()).for_each(|number| self.call_next(&mut state, number));
        vec![state]
    }

    fn actions(&self, state: &State<A>, actions: &mut Vec<Action>) {
        let mut last = None;
        for packet in &state.flying {
            if last.replace(packet) == Some(packet) {
                continue;
            }
            match packet.to {
                Endpoint::Node(NodeId(node)) => {
                    let event = Event::Arrives(packet.clone());
                    self.with_deaths(state, usize::from(node) - 1, event, actions);
                }
                Endpoint::Client(_) => actions.push(Action::Answer(packet.clone())),
            }
            if state.left.losses > 0 {
                actions.push(Action::Lose(packet.clone()));
            }
            if state.left.copies > 0 {
                actions.push(Action::Copy(packet.clone()));
            }
        }
        for (node, machine) in state.machines.iter().enumerate() {
            if !machine.asked.is_empty() {
                self.with_deaths(state, node, Event::DiskDone, actions);
            }
            if state.left.timers > 0 {
                for timer in &machine.timers {
                    self.with_deaths(state, node, Event::Fires(*timer), actions);
                }
            }
            if machine.process.is_none() {
                actions.push(Action::Step(node, Event::Starts, None));
            } else if state.left.crashes > 0 {
                actions.push(Action::Step(node, Event::Dies, None));
            }
        }
        for (number, client) in state.clients.iter().enumerate() {
            let has_more = (client.begun as usize) < self.calls[number].len();
            if client.waits && has_more && state.left.timers > 0 {
                actions.push(Action::GiveUp(number));
            }
        }
    }

    fn next_state(&self, last: &State<A>, action: Action) -> Option<State<A>> {
        let mut state = last.clone();
        match action {
            Action::Step(node, event, dies_after) => {
                let is_death = event == Event::Dies || dies_after.is_some();
                state.left.crashes -= u8::from(is_death);
                state.left.timers -= u8::from(matches!(event, Event::Fires(_)));
                self.happen(&mut state, node, &event, dies_after);
            }
            Action::Answer(packet) => {
                take(&mut state, &packet);
                self.answer(&mut state, &packet);
            }
            Action::Lose(packet) => {
                state.left.losses -= 1;
                take(&mut state, &packet);
            }
            Action::Copy(packet) => {
                state.left.copies -= 1;
                send(&mut state, packet);
            }
            Action::GiveUp(number) => {
                state.left.timers -= 1;
                let client = Client { waits: false, ..Client::clone(&state.clients[number]) };
                state.clients[number] = Shared::new(client);
                self.call_next(&mut state, number);
            }
        }
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(HELD, |world, state| world.each_is_held(state)),
            Property::always(COVERED, |world, state| world.all_are_covered(state)),
            Property::always(KNOWS_NO_MORE, |world, state| {
                world.all_disks(state, Ghost::knows_no_more)
            }),
            Property::always(CONCURRENT, |world, state| {
                world.all_disks(state, Ghost::are_concurrent)
            }),
            Property::always(ENDS_ONCE, |_, state| is_kept(state, ENDS_ONCE)),
            Property::always(STORED_BY_W, |_, state| is_kept(state, STORED_BY_W)),
            Property::always(FRESH, |_, state| is_kept(state, FRESH)),
            Property::always(DROPPED_RIGHTLY, |_, state| is_kept(state, DROPPED_RIGHTLY)),
            Property::always(ONE_NAME, |_, state| is_kept(state, ONE_NAME)),
            Property::sometimes("all is done", |world, state| world.is_done(state)),
        ]
    }
}

fn is_kept<A>(state: &State<A>, promise: &str) -> bool {
    !state.ghost.broken.contains(promise)
}
