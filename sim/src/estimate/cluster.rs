//! The cluster in question, and its life in a trial.

use core::time::Duration;

use memberlist_core::config::{Config, Options, OptionsError};
use memberlist_core::engine::SetupError;
use memberlist_core::time::Instant;

use super::forecast::Forecast;
use crate::HostNo;
use crate::deed::Deed;
use crate::dice::Dice;
use crate::host;
use crate::net::{Latency, Weather};
use crate::plan::Plan;

/// Why a cluster cannot be simulated: one sentence.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EstimateError {
    /// An option is wrong.
    #[error(transparent)]
    Options(#[from] OptionsError),
    /// No node could start with these options.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// Something else is wrong.
    #[error("{what} must be {allowed}, it is {value}")]
    Range {
        /// What.
        what: &'static str,
        /// What is allowed, in words.
        allowed: &'static str,
        /// What was given.
        value: String,
    },
}

/// A set of options, and the network that it is meant for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// One data centre: 50 to 500 us from node to node.
    Lan,
    /// Several data centres: 20 ms and an exponential tail of 15 ms on top.
    Wan,
    /// One machine: 20 to 50 us.
    Local,
}

impl Profile {
    /// Its options.
    pub fn options(self) -> Options {
        match self {
            Self::Lan => Options::lan(),
            Self::Wan => Options::wan(),
            Self::Local => Options::local(),
        }
    }

    /// The name of the function that gives its options.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lan => "lan",
            Self::Wan => "wan",
            Self::Local => "local",
        }
    }

    /// The delay of its network, one way.
    pub fn latency(self) -> Latency {
        let micros = Duration::from_micros;
        match self {
            Self::Lan => Latency::Uniform { low: micros(50), high: micros(500) },
            Self::Wan => Latency::Tail { least: micros(20_000), mean: micros(15_000) },
            Self::Local => Latency::Uniform { low: micros(20), high: micros(50) },
        }
    }
}

/// A cluster, and what happens to it in a trial.
#[derive(Clone, Debug, PartialEq)]
pub struct Cluster {
    /// Nodes.
    pub nodes: u32,
    /// Part of the packets that are lost, 0 to 1.
    pub loss: f64,
    /// One-way delay.
    pub latency: Latency,
    /// The protocol's knobs.
    pub options: Options,
    /// Bytes of metadata of each node.
    pub meta: usize,
    /// How long nothing happens, so that quiet traffic can be measured.
    pub quiet: Duration,
    /// Metadata changes, each of another node.
    pub updates: u32,
    /// Broadcasts of the application.
    pub broadcasts: u32,
    /// Nodes that crash.
    pub crashes: u32,
}

/// Nodes of the largest cluster.
const NODES_MAX: u32 = 16_384;

/// Bytes of a broadcast.
const BROADCAST_BYTES: usize = 100;

/// Nodes join at random moments of this time.
const JOIN_TIME: Duration = Duration::from_secs(5);

/// When what happens in a trial. Each phase lasts until the next one begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Phases {
    /// All joins have begun.
    pub(super) joined: Instant,
    pub(super) quiet: Instant,
    pub(super) news: Instant,
    pub(super) crashes: Instant,
    pub(super) end: Instant,
}

impl Cluster {
    /// A cluster of a profile.
    pub fn new(nodes: u32, profile: Profile) -> Self {
        Self {
            nodes,
            loss: 0.0,
            latency: profile.latency(),
            options: profile.options(),
            meta: 32,
            quiet: Duration::from_secs(60),
            updates: nodes.min(10),
            broadcasts: 10,
            crashes: (nodes / 10).clamp(1, 20),
        }
    }

    /// Whether it can be simulated, and with what.
    ///
    /// # Errors
    ///
    /// What makes no sense.
    pub fn check(&self) -> Result<Config, EstimateError> {
        let range = |what, allowed, holds: bool, value: String| match holds {
            true => Ok(()),
            false => Err(EstimateError::Range { what, allowed, value }),
        };
        let nodes = self.nodes;
        let fits = (2..=NODES_MAX).contains(&nodes);
        range("the number of nodes", "from 2 to 16384", fits, nodes.to_string())?;
        let loss = (0.0..=0.9).contains(&self.loss);
        range("loss", "from 0 % to 90 %", loss, format!("{} %", self.loss * 100.0))?;
        let meta = self.meta <= memberlist_core::types::limits::META_BYTES_MAX;
        range("metadata", "at most 512 bytes", meta, format!("{} bytes", self.meta))?;
        let crashes = self.crashes;
        range("crashes", "fewer than the nodes", crashes < nodes, crashes.to_string())?;
        let updates = self.updates;
        range("updates", "at most the nodes", updates <= nodes, updates.to_string())?;
        let quiet = self.quiet <= Duration::from_secs(86_400);
        range("quiet time", "at most a day", quiet, format!("{:?}", self.quiet))?;
        let config = self.options.clone().check()?;
        host::check(&self.bare_plan(1, 0, &config))?;
        Ok(config)
    }

    fn bare_plan(&self, hosts: usize, seed: u64, config: &Config) -> Plan {
        let mut plan = Plan::new(seed, hosts, config, Instant::ZERO);
        plan.hosts.iter_mut().for_each(|host| host.app.meta_len = self.meta);
        plan.weather = Weather { loss: self.loss, ..Weather::calm(self.latency) };
        plan
    }

    pub(super) fn phases(&self, config: &Config) -> Phases {
        let forecast = Forecast::new(self.nodes, self.loss, config);
        let second = Duration::from_secs(1);
        let spread = Duration::from_secs_f64(forecast.spread().max(1.0));
        let settle = 20 * second + 10 * spread;
        let news = second * (self.updates + self.broadcasts) + 5 * spread;
        let found = Duration::from_secs_f64(forecast.detection(0.9999).min(86_400.0));
        let joined = Instant::ZERO + JOIN_TIME;
        let quiet = joined + settle;
        let begin_news = quiet + self.quiet;
        let crashes = begin_news + news;
        let end = crashes + self.crash_time(config) + found + 5 * spread;
        Phases { joined, quiet, news: begin_news, crashes, end }
    }

    /// Crashes come at random moments of this time.
    fn crash_time(&self, config: &Config) -> Duration {
        config.probe_interval * 5
    }

    /// One trial, and who crashes in it when.
    pub(super) fn plan(&self, seed: u64, config: &Config) -> (Plan, Vec<(HostNo, Instant)>) {
        let phases = self.phases(config);
        let mut plan = self.bare_plan(self.nodes as usize, seed, config);
        plan.end = phases.end;
        let mut dice = Dice::new(seed ^ 0x7472_6961);
        plan.at(Instant::ZERO, Deed::Start(0));
        for host in 1..self.nodes {
            let at = Instant::ZERO + dice.time(Duration::ZERO, JOIN_TIME);
            plan.at(at, Deed::Start(host));
            plan.at(at, Deed::Join { host, seeds: vec![0] });
        }
        self.plan_news(&mut plan, &mut dice, phases.news);
        let chosen = dice.sample(self.nodes as usize, self.crashes as usize);
        let crash = |host: usize, dice: &mut Dice| {
            let at = phases.crashes + dice.time(Duration::ZERO, self.crash_time(config));
            (host as HostNo, at)
        };
        let crashes: Vec<_> = chosen.into_iter().map(|host| crash(host, &mut dice)).collect();
        for &(host, at) in &crashes {
            plan.at(at, Deed::Crash { host, silent: true });
        }
        (plan, crashes)
    }

    fn plan_news(&self, plan: &mut Plan, dice: &mut Dice, from: Instant) {
        let mut at = from;
        let next = |at: &mut Instant, dice: &mut Dice| {
            let now = *at + dice.time(Duration::ZERO, Duration::from_millis(500));
            *at = *at + Duration::from_secs(1);
            now
        };
        for host in dice.sample(self.nodes as usize, self.updates as usize) {
            let when = next(&mut at, dice);
            // Of another length: nothing is told when metadata stay as they are.
            let len = self.meta.checked_sub(1).unwrap_or(1);
            plan.at(when, Deed::SetMeta { host: host as HostNo, len });
        }
        for _ in 0..self.broadcasts {
            let (host, when) = (dice.below(self.nodes as usize) as HostNo, next(&mut at, dice));
            plan.at(when, Deed::Broadcast { host, len: BROADCAST_BYTES, key: 0 });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(change: impl FnOnce(&mut Cluster)) -> String {
        let mut cluster = Cluster::new(10, Profile::Lan);
        change(&mut cluster);
        cluster.check().map_or_else(|error| error.to_string(), |_| String::new())
    }

    #[test]
    fn what_makes_no_sense_is_refused_in_one_sentence() {
        assert_eq!(refused(|_| {}), "");
        let nodes = "the number of nodes must be from 2 to 16384, it is 1";
        assert_eq!(refused(|cluster| cluster.nodes = 1), nodes);
        let loss = "loss must be from 0 % to 90 %, it is 95 %";
        assert_eq!(refused(|cluster| cluster.loss = 0.95), loss);
        let crashes = "crashes must be fewer than the nodes, it is 10";
        assert_eq!(refused(|cluster| cluster.crashes = 10), crashes);
        let timeout = "option `probe_timeout` must be below `probe_interval`, it is 2s";
        let slow = |cluster: &mut Cluster| cluster.options.probe_timeout = Duration::from_secs(2);
        assert_eq!(refused(slow), timeout);
        let small = refused(|cluster| cluster.options.packet_size = 512);
        assert!(small.contains("raise `packet_size` to at least"), "{small}");
    }
}
