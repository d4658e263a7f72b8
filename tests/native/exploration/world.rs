//! A small world in which everything that can happen does.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, RwLock};

use dynamo_core::node::get::Get;
use dynamo_core::node::put::{Hop, Put};
use dynamo_core::{
    ClientId, Config, Endpoint, Key, Member, Message, NodeId, NotFound, RequestId, Ring, Strategy,
    Strictness, Value,
};
use dynamo_sim::Actor;
use stateright::{Model, Property};

use crate::ghost::Ghost;
use crate::machine::{Event, Machine, Setup, Step};
use crate::state::{Action, Client, Faults, Held, NODES, Packet, Shared, State};

/// R and W.
pub const NEEDED: u8 = 2;

/// One operation of a client, on a key and through a node.
#[derive(Clone, Copy, Debug)]
pub enum Call {
    /// Writes a value of its own, with what its client has seen of the key.
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

/// A machine, what happens to it, and after how many messages it dies.
type Cause = (u64, u64, Option<usize>);

/// Three nodes, and clients that each do one thing after the other.
pub struct World<A> {
    pub calls: Vec<Vec<Call>>,
    pub keys: Vec<Key>,
    faults: Faults,
    setup: Setup,
    /// What becomes of a machine hangs on nothing else, so it is found out once.
    known: RwLock<BTreeMap<Cause, Arc<Step<A>>>>,
}

impl<A: Actor + Clone + Debug> World<A> {
    pub fn new(config: Config, calls: &[&[Call]], faults: Faults) -> Self {
        let members: Vec<Member> = (1..=NODES as u16).map(|node| NodeId(node).into()).collect();
        let ring = Ring::new(&members, Strategy::EqualShares { partitions: 4 }).expect("a ring");
        let setup = Setup { config: Arc::new(config), ring: Arc::new(ring) };
        let calls: Vec<Vec<Call>> = calls.iter().map(|calls| calls.to_vec()).collect();
        let mut names: Vec<&str> = calls.iter().flatten().map(|call| call.key()).collect();
        names.sort();
        names.dedup();
        let keys = names.into_iter().map(|name| Key::new(name).expect("a key")).collect();
        World { calls, keys, faults, setup, known: RwLock::default() }
    }

    /// Which of the keys a request is about.
    pub fn key_of(&self, request: RequestId) -> usize {
        let calls = &self.calls[usize::from(request.client.0) - 1];
        let name = calls[request.operation as usize - 1].key();
        self.keys.iter().position(|key| key.as_str() == name).expect("a key of this world")
    }

    fn step(
        &self,
        machine: &Shared<Machine<A>>,
        event: &Event,
        dies: Option<usize>,
    ) -> Arc<Step<A>> {
        let cause = (machine.digest(), event.digest(), dies);
        if let Some(step) = self.known.read().expect("no panic before").get(&cause) {
            return step.clone();
        }
        let step = Arc::new(machine.after(event, dies, &self.setup));
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

    fn happen(&self, state: &mut State<A>, node: usize, event: &Event, dies: Option<usize>) {
        let before = state.machines[node].clone();
        if let Event::Arrives(packet) = event {
            state.take(packet);
            if let (Message::Get(get), Some(_)) = (&packet.message, &before.process)
                && state.awaits(get.request)
            {
                let is_of_key = |put| self.key_of(put) == self.key_of(get.request);
                state.note(|ghost| ghost.reads(get.request, is_of_key));
            }
        }
        let step = self.step(&before, event, dies);
        state.machines[node] = step.machine.clone();
        if let Some((operation, outcome)) = &step.stored {
            self.judge_disk(state, &before, operation, outcome);
        }
        for packet in &step.sent {
            self.judge_answer(state, before.boot(), &packet.message);
            state.send(packet.clone());
        }
    }

    /// A client has heard how its call ended, or does not wait for it any longer, and goes on.
    fn go_on(&self, state: &mut State<A>, number: usize, heard: Option<&Message>) {
        let mut client = Client::clone(&state.clients[number]);
        client.waits = false;
        let ended = client.newest();
        state.note(|ghost| ghost.goes_on(ended));
        if let Some((seen, token)) = heard.and_then(|answer| self.shown(state, answer)) {
            client.held[self.key_of(ended)] = Held { token, seen };
        }
        let Some(call) = self.calls[number].get(client.begun as usize) else {
            return state.set_client(number, client);
        };
        client.begun += 1;
        client.waits = true;
        let request = client.newest();
        let place = self.key_of(request);
        let key = self.keys[place].clone();
        let (needed, strictness) = (NEEDED, Strictness::Sloppy);
        let (to, message) = match *call {
            Call::Put(_, via) => {
                let Held { token: context, seen } = client.held[place].clone();
                state.note(|ghost| ghost.asks(request, seen));
                let value = Some(Value::new(request.to_string()).expect("a value"));
                let hop = Hop::Direct;
                (via, Message::Put(Put { request, key, value, context, needed, strictness, hop }))
            }
            Call::Get(_, via) => {
                let not_found = NotFound::Counts;
                (via, Message::Get(Get { request, key, needed, strictness, not_found }))
            }
        };
        let packet = Packet { from: client.id.into(), to: NodeId(to).into(), message };
        state.set_client(number, client);
        state.send(Shared::new(packet));
    }
}

impl<A: Actor + Clone + Debug> Model for World<A> {
    type State = State<A>;
    type Action = Action;

    fn init_states(&self) -> Vec<State<A>> {
        let machine = |node: usize| Shared::new(Machine::new(NodeId(node as u16 + 1), &self.setup));
        let client = |number: usize| {
            let id = ClientId(number as u16 + 1);
            let held = vec![Held::default(); self.keys.len()];
            Shared::new(Client { id, begun: 0, waits: false, held })
        };
        let mut state = State {
            machines: std::array::from_fn(machine),
            clients: (0..self.calls.len()).map(client).collect(),
            flying: Vec::new(),
            ghost: Shared::new(Ghost::default()),
            left: self.faults,
        };
        (0..self.calls.len()).for_each(|number| self.go_on(&mut state, number, None));
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
            for timer in machine.timers.iter().filter(|_| state.left.timers > 0) {
                self.with_deaths(state, node, Event::Fires(*timer), actions);
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
            Action::Step(node, event, dies) => {
                state.left.crashes -= u8::from(event == Event::Dies || dies.is_some());
                state.left.timers -= u8::from(matches!(event, Event::Fires(_)));
                self.happen(&mut state, node, &event, dies);
            }
            Action::Answer(packet) => {
                let Endpoint::Client(ClientId(id)) = packet.to else { return None };
                self.go_on(&mut state, usize::from(id) - 1, Some(&packet.message));
            }
            Action::Lose(packet) => {
                state.left.losses -= 1;
                state.take(&packet);
            }
            Action::Copy(packet) => {
                state.left.copies -= 1;
                state.send(packet);
            }
            Action::GiveUp(number) => {
                state.left.timers -= 1;
                self.go_on(&mut state, number, None);
            }
        }
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        Self::promises()
    }
}
