//! The common workload Q8 on simcore: closed-loop clients, a coordinator that asks three replicas
//! and waits for two. For every line `q8 NODES OPERATIONS` on its input it answers with one line:
//! microseconds taken, messages delivered, events, microseconds simulated.

use std::cell::RefCell;
use std::io::{self, BufRead, Write};
use std::rc::Rc;
use std::time::Instant;

use rustc_hash::FxHashMap;
use serde::Serialize;
use simcore::{Event, EventHandler, EventId, Id, Simulation, SimulationContext, cast};

const KEYS: u32 = 1_000;
const REPLICAS: u32 = 3;
const QUORUM: u32 = 2;

#[derive(Clone, Serialize)]
struct Request {
    key: u32,
    is_put: bool,
}

#[derive(Clone, Serialize)]
struct Store {
    operation: u64,
    key: u32,
    /// None for a get.
    version: Option<u64>,
}

#[derive(Clone, Serialize)]
struct Reply {
    operation: u64,
    version: u64,
}

#[derive(Clone, Serialize)]
struct Answer {
    version: u64,
}

#[derive(Clone, Serialize)]
struct Expiry {
    operation: u64,
}

/// What all share.
#[derive(Default)]
struct Shared {
    delivered: u64,
    timers: u64,
    version: u64,
}

fn send<T: simcore::event::EventData>(ctx: &SimulationContext, message: T, to: Id) {
    let micros: u32 = ctx.gen_range(500..1_500);
    ctx.emit(message, to, f64::from(micros) * 1e-6);
}

struct Pending {
    client: Id,
    replies: u32,
    newest: u64,
    timer: EventId,
}

struct Node {
    ctx: SimulationContext,
    shared: Rc<RefCell<Shared>>,
    nodes: u32,
    operations: u64,
    pending: FxHashMap<u64, Pending>,
    stored: FxHashMap<u32, u64>,
}

impl EventHandler for Node {
    fn on(&mut self, event: Event) {
        let from = event.src;
        cast!(match event.data {
            Request { key, is_put } => {
                self.operations += 1;
                let operation = self.operations;
                let version = {
                    let mut shared = self.shared.borrow_mut();
                    shared.delivered += 1;
                    shared.timers += 1;
                    shared.version += 1;
                    shared.version
                };
                for place in 0..REPLICAS {
                    let store = Store { operation, key, version: is_put.then_some(version) };
                    send(&self.ctx, store, (key + place) % self.nodes);
                }
                let timer = self.ctx.emit_self(Expiry { operation }, 1.0);
                let pending = Pending { client: from, replies: 0, newest: 0, timer };
                self.pending.insert(operation, pending);
            }
            Store { operation, key, version } => {
                self.shared.borrow_mut().delivered += 1;
                let version = match version {
                    Some(version) => {
                        let stored = self.stored.entry(key).or_default();
                        *stored = version.max(*stored);
                        *stored
                    }
                    None => self.stored.get(&key).copied().unwrap_or_default(),
                };
                send(&self.ctx, Reply { operation, version }, from);
            }
            Reply { operation, version } => {
                self.shared.borrow_mut().delivered += 1;
                let Some(pending) = self.pending.get_mut(&operation) else { return };
                pending.replies += 1;
                pending.newest = pending.newest.max(version);
                if pending.replies == QUORUM {
                    self.ctx.cancel_event(pending.timer);
                    send(&self.ctx, Answer { version: pending.newest }, pending.client);
                    self.pending.remove(&operation);
                }
            }
            Expiry { operation } => {
                self.pending.remove(&operation);
            }
        })
    }
}

struct Client {
    ctx: SimulationContext,
    shared: Rc<RefCell<Shared>>,
    node: Id,
    left: u32,
    newest: u64,
}

impl Client {
    fn begin(&mut self) {
        if self.left > 0 {
            self.left -= 1;
            let (key, is_put) = (self.ctx.gen_range(0..KEYS), self.ctx.gen_range(0..2u32) == 1);
            send(&self.ctx, Request { key, is_put }, self.node);
        }
    }
}

impl EventHandler for Client {
    fn on(&mut self, event: Event) {
        cast!(match event.data {
            Answer { version } => {
                self.shared.borrow_mut().delivered += 1;
                self.newest = self.newest.max(version);
                self.begin();
            }
        })
    }
}

fn q8(nodes: u32, operations: u32) -> String {
    let mut simulation = Simulation::new(1);
    let shared = Rc::new(RefCell::new(Shared::default()));
    for number in 0..nodes {
        let name = format!("n{number}");
        let node = Node {
            ctx: simulation.create_context(&name),
            shared: shared.clone(),
            nodes,
            operations: 0,
            pending: FxHashMap::default(),
            stored: FxHashMap::default(),
        };
        let id = simulation.add_handler(&name, Rc::new(RefCell::new(node)));
        assert_eq!(id, number, "nodes have the first names");
    }
    let mut clients = Vec::new();
    for node in 0..nodes {
        let name = format!("c{node}");
        let ctx = simulation.create_context(&name);
        let client = Client { ctx, shared: shared.clone(), node, left: operations, newest: 0 };
        let client = Rc::new(RefCell::new(client));
        simulation.add_handler(&name, client.clone());
        clients.push(client);
    }
    let began = Instant::now();
    for client in &clients {
        client.borrow_mut().begin();
    }
    simulation.step_until_no_events();
    let micros = began.elapsed().as_micros();
    let shared = shared.borrow();
    let events = shared.delivered + shared.timers;
    let simulated = (simulation.time() * 1e6).round();
    format!("{micros} {} {events} {simulated}", shared.delivered)
}

fn main() -> io::Result<()> {
    for line in io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split(' ').collect();
        let answer = match words[..] {
            ["q8", nodes, operations] => match (nodes.parse(), operations.parse()) {
                (Ok(nodes), Ok(operations)) => q8(nodes, operations),
                _ => "two numbers belong behind q8".to_owned(),
            },
            _ => "only q8 is known".to_owned(),
        };
        println!("{answer}");
        io::stdout().flush()?;
    }
    Ok(())
}
