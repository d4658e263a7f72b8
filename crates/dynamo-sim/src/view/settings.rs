//! What commands can change during a run, as it is now.

use alloc::vec::Vec;

use dynamo_core::{Change, Config, Duration, Interval, Knob, NotFound, Quorum, Shared, Strictness};

use crate::latency::Latency;
use crate::script::{Command, Rate, Setting, Setup};

/// What commands can change during a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// N, R and W.
    pub quorum: Quorum,
    /// Whose copies count.
    pub strictness: Strictness,
    /// What the answer of a replica that has nothing means.
    pub not_found: NotFound,
    /// How long messages travel.
    pub latency: Latency,
    /// How long messages between nodes in different zones travel, if it is another time.
    pub zone_latency: Option<Latency>,
    /// How many are lost.
    pub loss: Rate,
    /// How many arrive twice.
    pub copies: Rate,
    /// How much later than usual a copy may come.
    pub late: Duration,
    /// How many have a bit turned on their way.
    pub corruption: Rate,
    /// Whether receivers notice a turned bit.
    pub checksums: bool,
    /// How many messages a link carries at one time; 0 is any number.
    pub capacity: u16,
    /// How long a client waits for an answer.
    pub client_timeout: Duration,
    /// How often a client that has heard nothing asks again.
    pub retries: u8,
    /// The knobs of every node.
    pub config: Shared<Config>,
}

impl Settings {
    /// The settings that a run starts with.
    pub fn of(setup: &Setup) -> Self {
        Settings {
            quorum: setup.quorum,
            strictness: setup.strictness,
            not_found: setup.not_found,
            latency: setup.latency,
            zone_latency: setup.zone_latency,
            loss: setup.loss,
            copies: setup.copies,
            late: Duration::micros(0),
            corruption: Rate::NEVER,
            checksums: true,
            capacity: 0,
            client_timeout: setup.client_timeout,
            retries: setup.retries,
            config: Shared::new(setup.config.clone()),
        }
    }

    /// The setup of a run that starts with these settings, as far as a run can start with them.
    pub fn over(&self, setup: &Setup) -> Setup {
        Setup {
            quorum: self.quorum,
            strictness: self.strictness,
            not_found: self.not_found,
            latency: self.latency,
            zone_latency: self.zone_latency,
            loss: self.loss,
            copies: self.copies,
            client_timeout: self.client_timeout,
            retries: self.retries,
            config: Config { replicas: self.quorum.n(), ..(*self.config).clone() },
            ..setup.clone()
        }
    }

    /// All of them, in one order.
    pub fn all(&self) -> Vec<Setting> {
        let mut config = (*self.config).clone();
        let intervals = Interval::ALL.map(|it| Knob::Interval(it, *it.of(&mut config)));
        let mut all = Vec::from([
            Setting::R(self.quorum.r()),
            Setting::W(self.quorum.w()),
            Setting::Mode(self.strictness),
            Setting::NotFound(self.not_found),
            Setting::Latency(self.latency),
            Setting::ZoneLatency(self.zone_latency),
            Setting::Loss(self.loss),
            Setting::Copies(self.copies),
            Setting::Late(self.late),
            Setting::Corruption(self.corruption),
            Setting::Checksums(self.checksums),
            Setting::Capacity(self.capacity),
            Setting::ClientTimeout(self.client_timeout),
            Setting::Retries(self.retries),
            Setting::Knob(Knob::Detector(config.detector)),
            Setting::Knob(Knob::Coordinator(config.coordinator)),
            Setting::Knob(Knob::ExchangeEvery(config.exchange_every)),
            Setting::Knob(Knob::BackgroundSlices(config.background_slices)),
        ]);
        all.extend(intervals.map(Setting::Knob));
        all
    }

    /// Whether nothing is lost on its way by chance.
    pub fn loses_nothing(&self) -> bool {
        self.loss == Rate::NEVER && self.corruption == Rate::NEVER && self.capacity == 0
    }

    /// Follows a command that was carried out. Another N is one from when it is ordered: for what
    /// clients may ask.
    pub fn obey(&mut self, command: &Command) {
        let (_, r, w) = self.quorum.into();
        match command {
            Command::Set(setting) => drop(self.change(*setting)),
            Command::Membership { change: Change::Replicas(n), .. } => {
                self.count(Quorum::new(*n, r, w));
            }
            _ => {}
        }
    }

    /// Changes one; false, without a change, if R or W would be outside 1..N.
    pub fn change(&mut self, setting: Setting) -> bool {
        let (n, r, w) = self.quorum.into();
        match setting {
            Setting::R(r) => return self.count(Quorum::new(n, r, w)),
            Setting::W(w) => return self.count(Quorum::new(n, r, w)),
            Setting::Mode(strictness) => self.strictness = strictness,
            Setting::NotFound(choice) => self.not_found = choice,
            Setting::Latency(latency) => self.latency = latency,
            Setting::ZoneLatency(latency) => self.zone_latency = latency,
            Setting::Loss(rate) => self.loss = rate,
            Setting::Copies(rate) => self.copies = rate,
            Setting::Late(length) => self.late = length,
            Setting::Corruption(rate) => self.corruption = rate,
            Setting::Checksums(checksums) => self.checksums = checksums,
            Setting::Capacity(most) => self.capacity = most,
            Setting::ClientTimeout(length) => self.client_timeout = length,
            Setting::Retries(times) => self.retries = times,
            Setting::Knob(knob) => Shared::make_mut(&mut self.config).turn(knob),
        }
        true
    }

    fn count<E>(&mut self, quorum: Result<Quorum, E>) -> bool {
        quorum.map(|quorum| self.quorum = quorum).is_ok()
    }
}
