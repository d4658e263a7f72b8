//! The world: nodes, disks, network, clients and time. The only mutable heart.
//!
//! [`World::step`] carries out one counting event: an input, a send, a disk operation. The
//! effects of one input are carried out one by one, so that a crash can fall between any two.

mod commands;
mod flights;
mod hosts;
mod libraries;
mod machines;
mod membership;
mod messages;
mod settings;
mod workloads;

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use dynamo_core::collections::Map;

use dynamo_core::{
    Boot, ClientId, Config, Detector, Effect, Effects, Endpoint, Fact, Input, LocalTime, Node,
    NodeId, RequestId, Ring, Shared, Timer,
};

use crate::agenda::Agenda;
use crate::client::Clients;
use crate::disk::Asked;
use crate::network::Network;
use crate::script::{Command, Line, MAX_TIME, Script, Setup, Trigger};
use crate::table::Table;
use crate::time::{Moment, Time};
use crate::trace::{EventId, Loss, Record, Recorder, TraceEvent};
use crate::view::Settings;
use flights::{FlightId, FlightState, Flights};
use hosts::Host;

/// The most records that a run may have, unless nobody keeps them.
pub const MAX_RECORDS: u32 = 1_000_000;

/// Whatever can stand where a node stands: the node itself, or a wrapper that tampers with it.
pub trait Actor {
    /// Starts a process.
    fn boot(boot: Boot, config: Shared<Config>, ring: Shared<Ring>) -> Self;

    /// Takes one input and says what is to be done.
    fn step(&mut self, now: LocalTime, input: Input, effects: &mut Effects);
}

impl Actor for Node {
    fn boot(boot: Boot, config: Shared<Config>, ring: Shared<Ring>) -> Self {
        Node::new(boot, config, ring)
    }

    fn step(&mut self, now: LocalTime, input: Input, effects: &mut Effects) {
        Node::step(self, now, input, effects);
    }
}

/// A simulated cluster and everything around it.
#[derive(Clone, Debug)]
pub struct World<A = Node> {
    setup: Setup,
    config: Shared<Config>,
    ring: Shared<Ring>,
    settings: Settings,
    moment: Moment,
    agenda: Agenda<Happening>,
    outbox: VecDeque<Pending>,
    /// Always empty here: a step fills it and the outbox takes all, so it grows only once.
    effects: Effects,
    nodes: Table<NodeId, Host<A>>,
    network: Network,
    clients: Clients,
    libraries: Map<ClientId, libraries::Host>,
    flights: Flights,
    scheduled: Scheduled,
    waiting: Vec<(u32, Line)>,
    records: u32,
    most_records: u32,
}

/// An effect that is still to be carried out, and the input that it answers.
#[derive(Clone, Debug)]
struct Pending {
    from: Endpoint,
    cause: EventId,
    effect: Effect,
}

/// What the agenda holds.
#[derive(Clone, Debug)]
enum Happening {
    Arrival(FlightId),
    Vanishing(FlightId, Loss),
    DiskDone { node: NodeId, boots: u32 },
    DiskAnswer { node: NodeId, boots: u32 },
    TimerDue { node: NodeId, timer: Timer },
    Patience { request: RequestId },
    LibraryTimer { client: ClientId, timer: Timer },
    Work(workloads::Running),
}

/// What a step did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// An event was carried out.
    Stepped,
    /// Nothing happens until the given time.
    Reached,
    /// The run has as many records as it may have.
    Full,
}

/// Lines still to be carried out, by their places in time, then by their order in the script.
type Scheduled = VecDeque<(u32, Moment, Command)>;

fn schedule(scheduled: &mut Scheduled, line: (u32, Moment, Command)) {
    let place = scheduled.partition_point(|(index, at, _)| (*at, *index) < (line.1, line.0));
    scheduled.insert(place, line);
}

impl World {
    /// The world of a script before anything happened, with real nodes.
    pub fn new(script: &Script, recorder: &mut dyn Recorder) -> World {
        World::with_actors(script, recorder)
    }
}

impl<A: Actor> World<A> {
    /// The world of a script, with whatever stands in for its nodes.
    pub fn with_actors(script: &Script, recorder: &mut dyn Recorder) -> World<A> {
        let setup = script.setup.clone();
        let ring = setup.ring();
        let mut scheduled = Scheduled::new();
        let mut waiting = Vec::new();
        for (index, line) in script.lines.iter().enumerate() {
            match &line.trigger {
                Trigger::At(moment) => {
                    schedule(&mut scheduled, (index as u32, *moment, line.command.clone()));
                }
                Trigger::When(_) => waiting.push((index as u32, line.clone())),
            }
        }
        let mut world = World {
            config: Shared::new(setup.config.clone()),
            ring: Shared::new(ring),
            settings: Settings::of(&setup),
            setup,
            moment: Moment::default(),
            agenda: Agenda::default(),
            outbox: VecDeque::new(),
            effects: Effects::default(),
            nodes: Table::default(),
            network: Network::default(),
            clients: Clients::default(),
            libraries: Map::new(),
            flights: Flights::default(),
            scheduled,
            waiting,
            records: 0,
            most_records: MAX_RECORDS,
        };
        for number in 1..=world.setup.nodes {
            let node = NodeId(number);
            world.nodes.insert(node, Host::new());
            world.start(node, None, recorder);
            while world.carry_out_effects(recorder) {}
        }
        world
    }

    /// Who owns what.
    pub fn ring(&self) -> &Shared<Ring> {
        &self.ring
    }

    /// Goes on until record numbers run out: for whoever keeps no trace.
    pub fn lift_limits(&mut self) {
        self.most_records = u32::MAX;
    }

    /// Where the world stands.
    pub fn moment(&self) -> Moment {
        self.moment
    }

    /// Takes in one line more, as if the script had always had it. The line's place in time must
    /// not have passed.
    pub fn insert_line(&mut self, index: u32, at: Moment, command: Command) {
        let shift = |line: &mut u32| *line += u32::from(*line >= index);
        self.scheduled.iter_mut().for_each(|(line, ..)| shift(line));
        self.waiting.iter_mut().for_each(|(line, _)| shift(line));
        schedule(&mut self.scheduled, (index, at, command));
    }

    /// About how many bytes a copy of this world takes, given that a trace of it is kept.
    pub fn weight(&self) -> usize {
        let hosts = self.nodes.values().map(|host| {
            512 + host.disk.weight() + host.timers.len() * 32 + host.firings.len() * 24
        });
        // A library is a node without a disk; under phi every node keeps samples of every other.
        let nodes = self.nodes.len();
        let samples = if self.config.detector == Detector::Phi { 640 * nodes * nodes } else { 0 };
        hosts.sum::<usize>()
            + self.libraries.len() * 1_024
            + samples
            + self.clients.weight()
            + self.agenda.weight()
            + self.flights.len() * 192
            + (self.scheduled.len() + self.waiting.len()) * 96
    }

    /// Steps until everything up to and including this instant has happened.
    pub fn run_until(&mut self, time: Time, recorder: &mut dyn Recorder) -> Progress {
        loop {
            match self.step(time, recorder) {
                Progress::Stepped => {}
                other => return other,
            }
        }
    }

    /// Carries out the next event, if there is one up to and including `limit`.
    pub fn step(&mut self, limit: Time, recorder: &mut dyn Recorder) -> Progress {
        if self.records >= self.most_records {
            return Progress::Full;
        }
        let is_busy = !self.outbox.is_empty();
        let next = if is_busy { Some(self.moment.time) } else { self.agenda.next_time() };
        if let Some((line, command)) = self.due_command(limit, next) {
            self.command(line, command, None, recorder);
            return Progress::Stepped;
        }
        if is_busy {
            self.carry_out_effects(recorder);
            return Progress::Stepped;
        }
        match next {
            Some(time) if time <= limit && time <= MAX_TIME => {
                if let Some((time, happening)) = self.agenda.take_next() {
                    self.advance_to(time);
                    self.happen(happening, recorder);
                }
                Progress::Stepped
            }
            _ => {
                self.advance_to(limit.min(MAX_TIME));
                Progress::Reached
            }
        }
    }

    fn advance_to(&mut self, time: Time) {
        if time > self.moment.time {
            self.moment = Moment::at(time);
        }
    }

    /// The next line of the script, if its place in time is reached. Whatever is not a line
    /// happens next at the given time.
    fn due_command(&mut self, limit: Time, next: Option<Time>) -> Option<(u32, Command)> {
        let (_, moment, _) = self.scheduled.front()?;
        let moment = *moment;
        if moment.time > limit {
            return None;
        }
        let next = next.unwrap_or(Time(u64::MAX));
        let reached = if next == self.moment.time { self.moment.after } else { 0 };
        let due = moment.time < next || (moment.time == next && moment.after <= reached);
        if !due {
            return None;
        }
        self.advance_to(moment.time);
        self.scheduled.pop_front().map(|(line, _, command)| (line, command))
    }

    fn record(
        &mut self,
        cause: Option<EventId>,
        event: TraceEvent,
        recorder: &mut dyn Recorder,
    ) -> EventId {
        if event.counts() {
            self.moment.after += 1;
        }
        let id = EventId(self.records);
        self.records += 1;
        recorder.record(id, Record { moment: self.moment, cause, event });
        id
    }
}

// Nodes: inputs in, effects out.
impl<A: Actor> World<A> {
    fn start(&mut self, node: NodeId, cause: Option<EventId>, recorder: &mut dyn Recorder) {
        let Some(host) = self.nodes.get_mut(node) else { return };
        host.boots += 1;
        if !host.machine.reuses {
            host.named = host.boots;
        }
        host.machine.start();
        let nonce = self.setup.seed.draw("boot", &(node, host.named)).bits();
        let boot = Boot { node, nonce };
        let found = host.disk.open(&self.config, boot);
        host.process = Some(A::boot(boot, self.config.clone(), self.ring.clone()));
        let started = self.record(cause, TraceEvent::NodeStarted { boot }, recorder);
        if let Some(found) = found {
            self.record(Some(started), TraceEvent::DiskRecovered { node, found }, recorder);
        }
        let kept = self.nodes.get(node).and_then(|host| host.disk.history().cloned());
        self.input(node, started, Input::Started { kept });
    }

    /// Gives a node its next input. The effects wait in the outbox.
    fn input(&mut self, node: NodeId, cause: EventId, input: Input) {
        let Some(host) = self.nodes.get_mut(node) else { return };
        let now = host.machine.clock.local(self.moment.time);
        let Some(process) = host.process.as_mut() else { return };
        process.step(now, input, &mut self.effects);
        let from = node.into();
        for effect in self.effects.drain() {
            self.outbox.push_back(Pending { from, cause, effect });
        }
    }

    /// Carries out effects up to and including the next one that counts; false if none is left.
    fn carry_out_effects(&mut self, recorder: &mut dyn Recorder) -> bool {
        while let Some(Pending { from, cause, effect }) = self.outbox.pop_front() {
            let counts = matches!(effect, Effect::Send { .. } | Effect::Disk { .. });
            match from {
                Endpoint::Node(node) => self.carry_out(node, cause, effect, recorder),
                Endpoint::Client(client) => self.carry_out_for(client, cause, effect, recorder),
            }
            if counts {
                return true;
            }
        }
        false
    }

    fn carry_out(
        &mut self,
        node: NodeId,
        cause: EventId,
        effect: Effect,
        recorder: &mut dyn Recorder,
    ) {
        let cause = Some(cause);
        match effect {
            Effect::Send { to, message } => {
                self.send(node.into(), to, message.into(), cause, recorder);
            }
            Effect::Disk { ticket, operation } => {
                let Some(host) = self.nodes.get_mut(node) else { return };
                let boots = host.boots;
                let now = self.moment.time;
                let (begins, due) = host.disk.span(now, &self.setup, &host.machine, &operation);
                let asked = operation.clone();
                let event = TraceEvent::DiskAsked { node, ticket, operation, due };
                let event = self.record(cause, event, recorder);
                self.agenda.enter(due, Happening::DiskDone { node, boots });
                if let Some(host) = self.nodes.get_mut(node) {
                    host.disk.enqueue(Asked { event, ticket, operation: asked, begins, due });
                }
            }
            Effect::Arm { timer, after } => {
                let due = self.moment.time + after;
                let entry = self.agenda.enter(due, Happening::TimerDue { node, timer });
                let host = self.nodes.get_mut(node);
                if let Some(before) = host.and_then(|host| host.timers.insert(timer, entry)) {
                    self.agenda.take_back(before);
                }
                self.record(cause, TraceEvent::TimerArmed { node, timer, due }, recorder);
            }
            Effect::Disarm { timer } => {
                if self.disarm(node, timer) {
                    self.record(cause, TraceEvent::TimerDisarmed { node, timer }, recorder);
                }
            }
            Effect::Note(fact) => {
                let fired = self.waiting_for(node.into(), &fact);
                let noted = self.record(cause, TraceEvent::Noted { node, fact }, recorder);
                self.fire(noted, fired, recorder);
            }
        }
    }

    fn disarm(&mut self, node: NodeId, timer: Timer) -> bool {
        let armed = self.nodes.get_mut(node).and_then(|host| host.timers.remove(&timer));
        armed.is_some_and(|entry| self.agenda.take_back(entry).is_some())
    }

    /// The lines that waited for this fact; they wait no more.
    fn waiting_for(&mut self, by: Endpoint, fact: &Fact) -> Vec<(u32, Line)> {
        if self.waiting.is_empty() {
            return Vec::new();
        }
        let matches = |line: &Line| match &line.trigger {
            Trigger::At(_) => false,
            Trigger::When(pattern) => pattern.matches(by, fact),
        };
        let (fired, waiting) =
            core::mem::take(&mut self.waiting).into_iter().partition(|(_, line)| matches(line));
        self.waiting = waiting;
        fired
    }

    /// Gives the commands that this fact was waited for.
    fn fire(&mut self, noted: EventId, fired: Vec<(u32, Line)>, recorder: &mut dyn Recorder) {
        for (index, line) in fired {
            self.command(index, line.command, Some(noted), recorder);
        }
    }

    fn happen(&mut self, happening: Happening, recorder: &mut dyn Recorder) {
        if let Some(host) = self.standing_still(&happening) {
            return host.held.push(happening);
        }
        match happening {
            Happening::Arrival(flight) => self.arrive(flight, flight.sent, recorder),
            Happening::Vanishing(flight, why) => self.lose(flight, why, recorder),
            Happening::DiskDone { node, boots } if self.runs(node, boots) => {
                self.disk_done(node, boots, recorder);
            }
            Happening::DiskAnswer { node, boots } if self.runs(node, boots) => {
                let host = self.nodes.get_mut(node);
                let answer = host.and_then(|host| host.answers.pop_front());
                let Some((completed, input)) = answer else { return };
                let event = TraceEvent::DiskAnswered { completed, node };
                let answered = self.record(Some(completed), event, recorder);
                self.input(node, answered, input);
            }
            // Whoever asked has died.
            Happening::DiskDone { .. } | Happening::DiskAnswer { .. } => {}
            Happening::TimerDue { node, timer } => self.timer_due(node, timer, recorder),
            Happening::Patience { request } => {
                if self.clients.may_ask_again(request) {
                    return self.retry(request, recorder);
                }
                if let Some(ended) = self.clients.give_up(request) {
                    let event = TraceEvent::OperationEnded { request, ended };
                    let ended = self.record(None, event, recorder);
                    self.tell_silence(request, ended);
                }
            }
            Happening::LibraryTimer { client, timer } => {
                self.library_timer_due(client, timer, recorder);
            }
            Happening::Work(running) => self.next_of_workload(running, recorder),
        }
    }

    fn runs(&self, node: NodeId, boots: u32) -> bool {
        self.nodes.get(node).is_some_and(|host| host.process.is_some() && host.boots == boots)
    }

    /// The operation is carried out; the node hears of it in an event of its own, so that a crash
    /// fits between.
    fn disk_done(&mut self, node: NodeId, boots: u32, recorder: &mut dyn Recorder) {
        let Some(host) = self.nodes.get_mut(node) else { return };
        let Some((asked, outcome)) = host.disk.complete(self.moment.time, &host.machine) else {
            return;
        };
        let input = Input::Done { ticket: asked.ticket, outcome: outcome.clone() };
        let event = TraceEvent::DiskCompleted { asked: asked.event, node, outcome };
        let completed = self.record(Some(asked.event), event, recorder);
        if let Some(host) = self.nodes.get_mut(node) {
            host.answers.push_back((completed, input));
        }
        self.agenda.enter(self.moment.time, Happening::DiskAnswer { node, boots });
    }

    fn timer_due(&mut self, node: NodeId, timer: Timer, recorder: &mut dyn Recorder) {
        let Some(host) = self.nodes.get_mut(node) else { return };
        host.timers.remove(&timer);
        let firing = host.firings.entry(timer).or_default();
        *firing += 1;
        let chance = self.setup.seed.draw("timer", &(node, timer, *firing)).bits();
        let fired = self.record(None, TraceEvent::TimerFired { node, timer }, recorder);
        self.input(node, fired, Input::Fired { timer, chance });
    }
}
