//! Everything that decides a run, as data: the same plan gives the same run.

use core::time::Duration;

use bytes::Bytes;
use memberlist_core::config::Config;
use memberlist_core::time::Instant;

use crate::deed::Deed;
use crate::net::Weather;
use crate::{Addr, HostNo, Id};

/// Everything that decides a run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Decides every choice, of the network and of the machines.
    pub seed: u64,
    /// The hosts; none is started before its [`Deed::Start`].
    pub hosts: Vec<HostPlan>,
    /// The network to begin with.
    pub weather: Weather,
    /// How long a host works on one packet; a stream comes in as many as its bytes need.
    pub packet_cost: Duration,
    /// Bytes of datagrams that a host's kernel keeps for it while it is busy or paused; what is
    /// beyond is lost.
    pub receive_buffer: usize,
    /// What happens when, in any order.
    pub deeds: Vec<(Instant, Deed)>,
    /// When the run ends.
    pub end: Instant,
    /// When the cluster must be well again, if the plan says so.
    pub calm: Option<Calm>,
}

/// The end of a run, in which nothing is wrong any more: what the liveness oracles go by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calm {
    /// The last fault has ended.
    pub healed: Instant,
    /// By now all agree. Work goes on: metadata and broadcasts.
    pub settled: Instant,
    /// From now on nobody does anything,
    pub quiet_from: Instant,
    /// until now, when a host crashes.
    pub quiet_until: Instant,
}

/// One host.
#[derive(Clone, Debug)]
pub struct HostPlan {
    /// Its name. Two hosts with one name are a conflict.
    pub id: Id,
    /// The protocol's knobs.
    pub config: Config,
    /// What its application gives.
    pub app: AppPlan,
}

/// What an application gives when it is asked.
#[derive(Clone, Debug, Default)]
pub struct AppPlan {
    /// Metadata at start: so many bytes.
    pub meta_len: usize,
    /// Goes with each ack.
    pub ack_payload: Bytes,
    /// Goes with each push/pull.
    pub local_state: Bytes,
}

/// Linux's usual `rmem_default`.
pub const RECEIVE_BUFFER: usize = 212_992;

impl Plan {
    /// `n` hosts with the same options on a calm LAN, none of them started yet.
    pub fn new(seed: u64, n: usize, config: &Config, end: Instant) -> Self {
        let host = |no| HostPlan { id: id_of(no), config: config.clone(), app: AppPlan::default() };
        Self {
            seed,
            hosts: (0..n as HostNo).map(host).collect(),
            weather: Weather::lan(),
            packet_cost: Duration::from_micros(20),
            receive_buffer: RECEIVE_BUFFER,
            deeds: Vec::new(),
            end,
            calm: None,
        }
    }

    /// As [`new`](Self::new); all hosts start at once and know each other.
    pub fn acquainted(seed: u64, n: usize, config: &Config, end: Instant) -> Self {
        let mut plan = Self::new(seed, n, config, end);
        let all: Vec<HostNo> = (0..n as HostNo).collect();
        all.iter().for_each(|&host| plan.at(Instant::ZERO, Deed::Start(host)));
        plan.at(Instant::ZERO, Deed::Acquaint(all));
        plan
    }

    /// Adds a deed.
    pub fn at(&mut self, at: Instant, deed: Deed) {
        self.deeds.push((at, deed));
    }
}

/// The name of a host that has one of its own.
pub fn id_of(no: HostNo) -> Id {
    smol_str::format_smolstr!("node-{no}")
}

/// Where a host listens after it has moved `moves` times.
pub fn address_of(no: HostNo, moves: u16) -> Addr {
    let [_, a, b, c] = no.to_be_bytes();
    Addr::from(([10, a, b, c], PORT.wrapping_add(moves)))
}

/// Which host is at an address, and how often it had moved when it was there.
pub fn host_at(address: &Addr) -> Option<(HostNo, u16)> {
    let Addr::V4(address) = address else { return None };
    let [ten, a, b, c] = address.ip().octets();
    let no = HostNo::from_be_bytes([0, a, b, c]);
    (ten == 10).then(|| (no, address.port().wrapping_sub(PORT)))
}

const PORT: u16 = 7_946;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_tells_its_host() {
        for (no, moves) in [(0, 0), (1, 3), (70_000, 65_535)] {
            assert_eq!(host_at(&address_of(no, moves)), Some((no, moves)));
        }
        assert_eq!(host_at(&"11.0.0.1:7946".parse().unwrap()), None);
        assert_eq!(address_of(258, 0).to_string(), "10.0.1.2:7946");
    }
}
