//! What a plan promises.

use core::time::Duration;
use std::collections::BTreeSet;

use memberlist_core::config::Config;

use crate::HostNo;
use crate::deed::Deed;
use crate::plan::{Calm, Plan};

/// What a plan promises.
pub(super) struct Facts {
    /// The options of all hosts.
    pub(super) config: Config,
    /// The most members that anybody can know.
    pub(super) members_max: usize,
    pub(super) calm: Option<Calm>,
    /// Hosts that share their name with another.
    pub(super) twins: BTreeSet<HostNo>,
    /// Hosts that come back at another address.
    pub(super) movers: BTreeSet<HostNo>,
    /// From the moment that something is sent until it is taken in, in calm: with a queue of some
    /// packets before it.
    pub(super) passage: Duration,
}

/// Packets that may be before another one in a calm host's queue.
const QUEUE: u32 = 40;

impl Facts {
    pub(super) fn new(plan: &Plan) -> Self {
        let hosts = || plan.hosts.iter().enumerate();
        let has_twin =
            |at: usize| hosts().any(|(other, host)| other != at && host.id == plan.hosts[at].id);
        let movers = plan.deeds.iter().filter_map(|(_, deed)| match deed {
            Deed::Restart { host, moved: true } => Some(*host),
            _ => None,
        });
        Self {
            config: plan.hosts[0].config.clone(),
            members_max: plan.hosts.len(),
            calm: plan.calm,
            twins: hosts()
                .map(|(at, _)| at as HostNo)
                .filter(|at| has_twin(*at as usize))
                .collect(),
            movers: movers.collect(),
            passage: plan.weather.latency.most() + plan.packet_cost * QUEUE,
        }
    }
}
