//! What befalls machines: they stand still, are slow, go by a wrong clock, have no room, are set back.

use dynamo_core::{Endpoint, NodeId};

use super::{Actor, Happening, Host, World};
use crate::disk::{DiskFault, Tear};
use crate::machine::Ailment;
use crate::trace::{EventId, Recorder, Refused, TraceEvent};

impl<A: Actor> World<A> {
    pub(super) fn judge_ailment(&self, node: NodeId, ailment: Ailment) -> Result<(), Refused> {
        self.known(node)?;
        let Some(host) = self.nodes.get(node) else { return Ok(()) };
        if ailment == Ailment::Pause && host.process.is_none() {
            return Err(Refused::AlreadyDown(node));
        }
        if ailment == Ailment::Restore && !host.disk.is_backed_up() {
            return Err(Refused::NoBackup(node));
        }
        if host.machine.is_so(ailment) { Err(Refused::AlreadySo(node)) } else { Ok(()) }
    }

    pub(super) fn befall(
        &mut self,
        node: NodeId,
        ailment: Ailment,
        cause: EventId,
        recorder: &mut dyn Recorder,
    ) {
        let now = self.moment.time;
        let Some(host) = self.nodes.get_mut(node) else { return };
        host.machine.befall(now, ailment);
        match ailment {
            Ailment::Resume => self.let_in(node),
            Ailment::Snapshot => host.disk.snapshot(),
            Ailment::Restore => self.set_back(node, cause, recorder),
            Ailment::Pause
            | Ailment::Slow(_)
            | Ailment::Clock(_)
            | Ailment::Fill
            | Ailment::Free
            | Ailment::Reuse => {}
        }
    }

    /// The machine on which this would reach a process that stands still, if it does.
    pub(super) fn standing_still(&mut self, happening: &Happening) -> Option<&mut Host<A>> {
        let node = match happening {
            Happening::Arrival(flight) => match self.flights.get(*flight)?.name.to {
                Endpoint::Node(node) => node,
                Endpoint::Client(_) => return None,
            },
            Happening::DiskAnswer { node, .. } | Happening::TimerDue { node, .. } => *node,
            // The network and the disk go on by themselves.
            Happening::Vanishing(..)
            | Happening::DiskDone { .. }
            | Happening::Patience { .. }
            | Happening::Work(_)
            | Happening::LibraryTimer { .. } => return None,
        };
        self.nodes.get_mut(node).filter(|host| host.machine.paused)
    }

    /// What waited for a process happens now, in its order. If the process is gone, its timers are.
    pub(super) fn let_in(&mut self, node: NodeId) {
        let Some(host) = self.nodes.get_mut(node) else { return };
        let is_up = host.process.is_some();
        for happening in core::mem::take(&mut host.held) {
            match &happening {
                Happening::TimerDue { timer, .. } => {
                    let timer = *timer;
                    if is_up {
                        let entry = self.agenda.enter(self.moment.time, happening);
                        host.timers.insert(timer, entry);
                    }
                }
                Happening::Arrival(flight) => {
                    if let Some(flight) = self.flights.get_mut(*flight) {
                        flight.entry = self.agenda.enter(self.moment.time, happening);
                    }
                }
                _ => {
                    self.agenda.enter(self.moment.time, happening);
                }
            }
        }
    }

    /// An old backup takes the place of what the disk has stored; a process that runs dies.
    fn set_back(&mut self, node: NodeId, cause: EventId, recorder: &mut dyn Recorder) {
        if self.is_up(node) {
            self.crash(node, Tear::Bytes(0), cause, recorder);
        }
        let Some(host) = self.nodes.get_mut(node) else { return };
        for (fault, slots) in host.disk.restore() {
            if fault == DiskFault::Restored || !slots.is_empty() {
                let event = TraceEvent::DiskChanged { node, fault, slots };
                self.record(Some(cause), event, recorder);
            }
        }
    }
}
