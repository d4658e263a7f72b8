//! Workloads under way: each brings its operations one after the other.

use dynamo_core::RequestId;

use super::{Actor, Happening, World};
use crate::script::{Command, Workload};
use crate::time::Time;
use crate::trace::{EventId, Recorder, TraceEvent};

/// The number of a client's first operation in a workload: acts have the smaller ones.
const FIRST_NUMBER: u32 = 10_001;

/// A workload and how far it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Running {
    workload: Workload,
    line: u32,
    cause: EventId,
    began: Time,
    index: u32,
}

impl<A: Actor> World<A> {
    /// A workload begins.
    pub(super) fn work(&mut self, line: u32, workload: Workload, cause: EventId) {
        let began = self.moment.time;
        self.go_on_working(Running { workload, line, cause, began, index: 0 });
    }

    fn go_on_working(&mut self, running: Running) {
        let Running { workload, began, index, .. } = running;
        let due = self.moment.time + workload.pause(self.setup.seed, began, index);
        if due <= began + workload.length {
            self.agenda.enter(due, Happening::Work(running));
        }
    }

    /// A workload's next operation is due.
    pub(super) fn next_of_workload(&mut self, running: Running, recorder: &mut dyn Recorder) {
        let Running { workload, line, cause, began, index } = running;
        let clients = &mut self.clients;
        let operation = workload.operation(self.setup.seed, began, index, |client| {
            let operation = clients.next_number(client, FIRST_NUMBER);
            RequestId { client, operation }
        });
        let Some(operation) = operation else { return };
        match self.judge_operation(&operation) {
            Ok((held, via)) => self.begin(operation, held, via, cause, recorder),
            Err(why) => {
                let command = Command::Operation(operation);
                let event = TraceEvent::CommandRefused { line, command, why };
                self.record(Some(cause), event, recorder);
            }
        }
        self.go_on_working(Running { index: index + 1, ..running });
    }
}
