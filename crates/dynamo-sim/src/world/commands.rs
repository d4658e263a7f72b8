//! Commands carried out. Parsing judged their form; here their meaning is judged.

use alloc::vec::Vec;

use dynamo_core::node::get::Get;
use dynamo_core::node::put::{Hop, Put};
use dynamo_core::{
    Call, Duration, Endpoint, EngineKind, Input, Key, Message, NodeId, RequestId, Shared, Subject,
    Zone,
};

use super::{Actor, FlightState, Happening, World};
use crate::client::{Clients, Held, Open};
use crate::disk::{DiskFault, Tear};
use crate::network::Fate;
use crate::script::{
    Command, Cut, Driven, FateChange, MessageRef, OperationCommand, OperationKind,
};
use crate::trace::{Access, EventId, Loss, Recorder, Refused, Started, TraceEvent};

/// What an operation that may begin goes by: what its client holds, and whom it asks.
type Prepared = (Shared<Held>, Option<NodeId>);

impl<A: Actor> World<A> {
    pub(super) fn command(
        &mut self,
        line: u32,
        command: Command,
        cause: Option<EventId>,
        recorder: &mut dyn Recorder,
    ) {
        let judged = self.spelled_out(&command);
        let judged = judged.and_then(|command| Ok((self.judge(&command)?, command)));
        let (prepared, command) = match judged {
            Ok(judged) => judged,
            Err(why) => {
                let event = TraceEvent::CommandRefused { line, command, why };
                self.record(cause, event, recorder);
                return;
            }
        };
        let event = TraceEvent::CommandApplied { line, command: command.clone() };
        let applied = self.record(cause, event, recorder);
        match command {
            Command::Operation(operation) => {
                if let Some((held, via)) = prepared {
                    self.begin(operation, held, via, applied, recorder);
                }
            }
            Command::Crash(node) => self.crash_by_chance(node, applied, recorder),
            Command::Tear(node, bytes) => self.crash(node, Tear::Bytes(bytes), applied, recorder),
            Command::Wipe(node) => self.wipe(node, applied, recorder),
            Command::Rot(node, key) => self.rot(node, &key, applied, recorder),
            Command::Misplace(node, key, over) => {
                self.misplace(node, &key, over.as_ref(), applied, recorder);
            }
            Command::Restart(node) => self.start(node, Some(applied), recorder),
            Command::CrashZone(zone) => {
                for node in self.of_zone(&zone, |up| up) {
                    self.crash_by_chance(node, applied, recorder);
                }
            }
            Command::RestartZone(zone) => {
                for node in self.of_zone(&zone, |up| !up) {
                    self.start(node, Some(applied), recorder);
                }
            }
            Command::Cut(_)
            | Command::Clog(_)
            | Command::Heal
            | Command::HealLinks(_)
            | Command::Link(_) => {
                self.network.links.obey(&command);
                self.unclog();
            }
            Command::Membership { change, via } => {
                if let Some(via) = via {
                    self.order(change, via, applied, recorder);
                }
            }
            Command::Set(setting) => self.set(setting, applied),
            Command::Fate(message, change) => self.change_fate(message, change, applied, recorder),
            Command::Machine(node, ailment) => self.befall(node, ailment, applied, recorder),
            Command::Gossip(node, peer) => self.input(node, applied, Input::GossipWith(peer)),
            Command::Workload(workload) => self.work(line, workload, applied),
        }
    }

    fn judge(&mut self, command: &Command) -> Result<Option<Prepared>, Refused> {
        match command {
            Command::Operation(operation) => self.judge_operation(operation).map(Some),
            Command::Crash(node) => {
                self.known(*node)?;
                if self.is_up(*node) { Ok(None) } else { Err(Refused::AlreadyDown(*node)) }
            }
            Command::Restart(node) => {
                self.known(*node)?;
                if self.is_up(*node) { Err(Refused::AlreadyUp(*node)) } else { Ok(None) }
            }
            Command::CrashZone(zone) => match self.of_zone(zone, |up| up)[..] {
                [] => Err(self.idle_zone(zone, Refused::AlreadyDown)),
                _ => Ok(None),
            },
            Command::RestartZone(zone) => match self.of_zone(zone, |up| !up)[..] {
                [] => Err(self.idle_zone(zone, Refused::AlreadyUp)),
                _ => Ok(None),
            },
            Command::Cut(links) | Command::Clog(links) | Command::HealLinks(links) => {
                self.judge_links(links).map(|()| None)
            }
            Command::Link(link) => self.judge_ends(&[link.from, link.to]).map(|()| None),
            Command::Heal | Command::Workload(_) => Ok(None),
            Command::Set(setting) => self.judge_setting(*setting).map(|()| None),
            Command::Membership { change, via } => self.judge_change(change, *via).map(|()| None),
            Command::Wipe(node) => self.known(*node).map(|()| None),
            Command::Gossip(node, peer) => {
                self.known(*node)?;
                self.known(*peer)?;
                if self.is_up(*node) { Ok(None) } else { Err(Refused::AlreadyDown(*node)) }
            }
            Command::Rot(node, key) => self.judge_rot(*node, key).map(|()| None),
            Command::Misplace(node, key, over) => {
                let mut keys = core::iter::once(key).chain(over);
                keys.try_for_each(|key| self.judge_rot(*node, key)).map(|()| None)
            }
            Command::Tear(node, _) => self.judge_tear(*node).map(|()| None),
            Command::Machine(node, ailment) => self.judge_ailment(*node, *ailment).map(|()| None),
            Command::Fate(message, _) => {
                self.judge_ends(&[message.from, message.to]).map(|()| None)
            }
        }
    }

    pub(super) fn judge_operation(
        &mut self,
        operation: &OperationCommand,
    ) -> Result<Prepared, Refused> {
        let request = operation.request;
        let via = match operation.via {
            Some(node) => {
                self.known(node)?;
                Some(node)
            }
            None if self.setup.driven == Driven::Client => None,
            None => Some(self.balanced(&request, None)),
        };
        let n = self.settings.quorum.n();
        let primaries = operation.strictness.map(|strictness| strictness.primaries(1));
        let given = [operation.needed, primaries].into_iter().flatten().max();
        if let Some(given) = given.filter(|given| *given > n) {
            return Err(Refused::OutsideN { given, n });
        }
        let held = self.clients.admit(request, &operation.key, &operation.kind)?;
        Ok((held, via))
    }

    /// The nodes of a zone that are up, or down, as wanted.
    fn of_zone(&self, zone: &Zone, wanted: impl Fn(bool) -> bool) -> Vec<NodeId> {
        let zone_of = |node: &NodeId| self.setup.zone(*node).cloned().unwrap_or_default();
        let here = self.nodes.names().filter(|node| zone_of(node) == *zone);
        here.filter(|node| wanted(self.is_up(*node))).collect()
    }

    /// Why nothing can be done to a zone: its first node is so already, or there is no such zone.
    fn idle_zone(&self, zone: &Zone, already: fn(NodeId) -> Refused) -> Refused {
        let first = self.of_zone(zone, |_| true).first().copied();
        first.map_or_else(|| Refused::NoSuchZone(zone.clone()), already)
    }

    /// The same command with the nodes of a zone in its place, where links are cut.
    fn spelled_out(&self, command: &Command) -> Result<Command, Refused> {
        if let Command::Membership { change, via: None } = command {
            let via = self.usual_via();
            return Ok(Command::Membership { change: change.clone(), via });
        }
        let (Command::Cut(links) | Command::Clog(links) | Command::HealLinks(links)) = command
        else {
            return Ok(command.clone());
        };
        let Cut::Zones(zones) = links else { return Ok(command.clone()) };
        let mut groups = Vec::new();
        for zone in zones {
            let nodes = self.of_zone(zone, |_| true);
            if nodes.is_empty() {
                return Err(Refused::NoSuchZone(zone.clone()));
            }
            groups.push(nodes.into_iter().map(Endpoint::Node).collect());
        }
        let links = Cut::Groups(groups);
        Ok(match command {
            Command::Clog(_) => Command::Clog(links),
            Command::HealLinks(_) => Command::HealLinks(links),
            _ => Command::Cut(links),
        })
    }

    fn judge_ends(&self, ends: &[Endpoint]) -> Result<(), Refused> {
        let mut nodes = ends.iter().filter_map(|end| match end {
            Endpoint::Node(node) => Some(*node),
            Endpoint::Client(_) => None,
        });
        nodes.try_for_each(|node| self.known(node))
    }

    fn judge_links(&self, links: &Cut) -> Result<(), Refused> {
        let groups: Vec<&Vec<Endpoint>> = match links {
            Cut::Groups(groups) => groups.iter().collect(),
            Cut::OneWay(from, to) => Vec::from([from, to]),
            Cut::Zones(_) => Vec::new(),
        };
        for (index, group) in groups.iter().enumerate() {
            self.judge_ends(group)?;
            for endpoint in group.iter() {
                if groups[..index].iter().any(|other| other.contains(endpoint)) {
                    return Err(Refused::InTwoGroups(*endpoint));
                }
            }
        }
        Ok(())
    }

    pub(super) fn known(&self, node: NodeId) -> Result<(), Refused> {
        if self.nodes.has(node) { Ok(()) } else { Err(Refused::NoSuchNode(node)) }
    }

    pub(super) fn begin(
        &mut self,
        operation: OperationCommand,
        held: Shared<Held>,
        via: Option<NodeId>,
        cause: EventId,
        recorder: &mut dyn Recorder,
    ) {
        let OperationCommand { request, kind, key, needed, strictness, .. } = operation;
        let strictness = strictness.unwrap_or(self.settings.strictness);
        let quorum = self.settings.quorum;
        let (message, access, needed) = match kind {
            OperationKind::Get { not_found } => {
                let needed = needed.unwrap_or(quorum.r());
                let not_found = not_found.unwrap_or(self.setup.not_found);
                let get = Get { request, key: key.clone(), needed, strictness, not_found };
                (Message::Get(get), Access::Get { not_found }, needed)
            }
            OperationKind::Put { value, context } => {
                let needed = needed.unwrap_or(quorum.w());
                let replaces = Clients::replaces(&held);
                let access = Access::Put { value: value.clone(), context, replaces };
                let put = Put {
                    request,
                    key: key.clone(),
                    value,
                    context: held.token.clone(),
                    needed,
                    strictness,
                    hop: Hop::Direct,
                };
                (Message::Put(put), access, needed)
            }
        };
        let attempts = u32::from(self.setup.retries) + 1;
        let wait = self.setup.client_timeout;
        let patience = Duration::micros(wait.as_micros() * u64::from(attempts));
        let started = Started { request, key, access, via, needed, strictness, patience };
        let event = TraceEvent::OperationStarted(started.clone());
        let began = self.record(Some(cause), event, recorder);
        let timeout = self.agenda.enter(self.moment.time + wait, Happening::Patience { request });
        let message = Shared::new(message);
        let (again, asked) = (message.clone(), via);
        let open = Open { started, timeout, message: again, asked, attempt: 1, attempts, wait };
        self.clients.open(open);
        match via {
            Some(via) => {
                self.send(request.client.into(), via.into(), message, Some(began), recorder);
            }
            None => {
                self.call(request.client, Call::Begin(Shared::unwrap_or_clone(message)), began);
            }
        }
    }

    /// The client has heard nothing and asks again, under the same name and with the same context.
    pub(super) fn retry(&mut self, request: RequestId, recorder: &mut dyn Recorder) {
        let Some(open) = self.clients.open_of(request) else { return };
        let due = self.moment.time + open.wait;
        let timeout = self.agenda.enter(due, Happening::Patience { request });
        (open.timeout, open.attempt) = (timeout, open.attempt + 1);
        let (attempt, asked, message) = (open.attempt, open.asked, (*open.message).clone().again());
        let via = asked.map(|silent| self.balanced(&(request, attempt), Some(silent)));
        if let Some(open) = self.clients.open_of(request) {
            open.asked = via;
        }
        let event = TraceEvent::OperationRetried { request, attempt, via };
        let retried = self.record(None, event, recorder);
        match via {
            Some(via) => {
                let message = message.into();
                self.send(request.client.into(), via.into(), message, Some(retried), recorder);
            }
            None => {
                self.tell_silence(request, retried);
                self.call(request.client, Call::Begin(message), retried);
            }
        }
    }

    /// A node as a load balancer would choose it: another than the one that was silent.
    fn balanced<T: serde::Serialize>(&self, name: &T, silent: Option<NodeId>) -> NodeId {
        let chance = self.setup.seed.draw("balance", name);
        let machines = || self.nodes.names();
        let others = machines().filter(|node| Some(*node) != silent);
        let others: Vec<_> = others.chain(machines().filter(|_| self.nodes.len() == 1)).collect();
        others[chance.below(others.len() as u64) as usize]
    }

    pub(super) fn crash(
        &mut self,
        node: NodeId,
        tear: Tear,
        cause: EventId,
        recorder: &mut dyn Recorder,
    ) {
        let Some(host) = self.nodes.get_mut(node) else { return };
        host.process = None;
        host.answers.clear();
        let changed = host.disk.crash(self.moment.time, &host.machine, tear);
        host.machine.crash();
        for (_, entry) in core::mem::take(&mut host.timers) {
            self.agenda.take_back(entry);
        }
        self.outbox.retain(|pending| pending.from != node.into());
        let crashed = self.record(Some(cause), TraceEvent::NodeCrashed { node }, recorder);
        for (fault, slots) in changed {
            let event = TraceEvent::DiskChanged { node, fault, slots };
            self.record(Some(crashed), event, recorder);
        }
        self.let_in(node);
    }

    /// Chance says how much of an unfinished append a crash leaves, unless a command does.
    fn crash_by_chance(&mut self, node: NodeId, cause: EventId, recorder: &mut dyn Recorder) {
        let boots = self.nodes.get(node).map_or(0, |host| host.boots);
        let tear = Tear::ByChance(self.setup.seed.draw("tear", &(node, boots)));
        self.crash(node, tear, cause, recorder);
    }

    /// The machine loses its disk; a process that runs dies with it.
    fn wipe(&mut self, node: NodeId, cause: EventId, recorder: &mut dyn Recorder) {
        if self.is_up(node) {
            self.crash(node, Tear::Bytes(0), cause, recorder);
        }
        let Some(host) = self.nodes.get_mut(node) else { return };
        let (fault, slots) = (DiskFault::Wiped, host.disk.wipe());
        let event = TraceEvent::DiskChanged { node, fault, slots };
        self.record(Some(cause), event, recorder);
    }

    fn rot(&mut self, node: NodeId, key: &Key, cause: EventId, recorder: &mut dyn Recorder) {
        let chance = self.setup.seed.draw("rot", &(node, key, self.moment));
        let broken = self.nodes.get_mut(node).and_then(|host| host.disk.rot(key, chance));
        if let Some(slot) = broken {
            let (fault, slots) = (DiskFault::Rotten, Vec::from([slot]));
            let event = TraceEvent::DiskChanged { node, fault, slots };
            self.record(Some(cause), event, recorder);
        }
    }

    /// The machine loses power, and what it last wrote of a key is not where it should be.
    fn misplace(
        &mut self,
        node: NodeId,
        key: &Key,
        over: Option<&Key>,
        cause: EventId,
        recorder: &mut dyn Recorder,
    ) {
        if self.is_up(node) {
            self.crash(node, Tear::Bytes(0), cause, recorder);
        }
        let Some(host) = self.nodes.get_mut(node) else { return };
        for (fault, slots) in host.disk.misplace(key, over) {
            if !slots.is_empty() {
                let event = TraceEvent::DiskChanged { node, fault, slots };
                self.record(Some(cause), event, recorder);
            }
        }
    }

    fn judge_rot(&self, node: NodeId, key: &Key) -> Result<(), Refused> {
        self.known(node)?;
        self.only_engine(EngineKind::Log)?;
        let host = self.nodes.get(node);
        let is_whole = host.is_some_and(|host| host.disk.is_whole(key));
        if is_whole { Ok(()) } else { Err(Refused::NothingStored(node)) }
    }

    fn judge_tear(&self, node: NodeId) -> Result<(), Refused> {
        self.known(node)?;
        self.only_engine(EngineKind::Log)?;
        let host = self.nodes.get(node).filter(|_| self.is_up(node));
        let host = host.ok_or(Refused::AlreadyDown(node))?;
        let appends = host.disk.is_appending(self.moment.time, &host.machine);
        if appends { Ok(()) } else { Err(Refused::NothingUnderWay(node)) }
    }

    fn only_engine(&self, kind: EngineKind) -> Result<(), Refused> {
        if self.config.engine == kind { Ok(()) } else { Err(Refused::OnlyEngine(kind)) }
    }

    /// Changes a message in flight, or the next one of this name.
    fn change_fate(
        &mut self,
        message: MessageRef,
        change: FateChange,
        cause: EventId,
        recorder: &mut dyn Recorder,
    ) {
        let named = |flight: &FlightState| {
            flight.name.kind == message.kind
                && flight.name.subject == Subject::Request(message.request)
                && flight.name.from == message.from
                && flight.name.to == message.to
        };
        let Some(id) = self.flights.find(named).first().copied() else {
            return self.network.promise(message, change);
        };
        let Some(flight) = self.flights.get_mut(id) else { return };
        match change {
            FateChange::Lose => {
                self.agenda.take_back(flight.entry);
                self.lose(id, Loss::Taken, recorder);
            }
            FateChange::Delay(by) => {
                let Some((due, happening)) = self.agenda.take_back(flight.entry) else { return };
                let due = due + by;
                flight.entry = self.agenda.enter(due, happening);
                let event = TraceEvent::MessageDelayed { sent: id.sent, due };
                self.record(Some(cause), event, recorder);
            }
            FateChange::Deliver => {
                self.agenda.take_back(flight.entry);
                self.arrive(id, cause, recorder);
            }
            FateChange::Copy(after) => {
                let (name, message) = (flight.name.clone(), flight.message.clone());
                let due = self.moment.time + after;
                let event = TraceEvent::MessageCopied { original: id.sent, due };
                let copied = self.record(Some(cause), event, recorder);
                self.launch(copied, name, message, Fate::arrives(due));
            }
        }
    }
}
