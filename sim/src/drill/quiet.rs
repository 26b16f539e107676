//! A cluster to which nothing happens says no more than its probes, and no less: two packets per
//! node and probe interval (SWIM section 3.2), each member once per round, full exchanges in their
//! intervals.

use bytes::Bytes;
use memberlist_core::config::{Config, Options};
use memberlist_core::time::Instant;
use memberlist_core::types::State;

use super::judge::Judge;
use super::log::{Log, Part};
use super::{Drill, acquainted, seconds};
use crate::HostNo;
use crate::plan::{Plan, id_of};
use crate::stream::Purpose;

pub(super) const DRILL: Drill =
    Drill { name: "drill-quiet", options: Options::lan, plan: small, judge: judge_small };

/// Above 32 members full exchanges take twice as long.
pub(super) const LARGE: Drill =
    Drill { name: "drill-quiet-large", options: Options::lan, plan: large, judge: judge_large };

fn small(seed: u64, config: &Config) -> Plan {
    let mut plan = acquainted(seed, 16, config, 91);
    for host in &mut plan.hosts {
        host.app.ack_payload = Bytes::copy_from_slice(host.id.as_bytes());
        host.app.local_state = Bytes::from_static(b"state");
    }
    plan
}

fn large(seed: u64, config: &Config) -> Plan {
    acquainted(seed, 40, config, 181)
}

fn judge_small(log: &Log, judge: &mut Judge) {
    judge_all(log, judge, 16, (30, 90));
    let wrong = log.pinged.iter().find(|(_, id, payload)| payload[..] != *id.as_bytes());
    let is_so = wrong.is_none() && log.pinged.len() > 16 * 80;
    judge.claim(0, is_so, || {
        format!("{} were answered, one of them by {wrong:?}", log.pinged.len())
    });
    // Both sides of each exchange are told what the other adds.
    let (told, dials) = (log.states, log.dialled.len());
    judge.claim(0, told.abs_diff(2 * dials) <= 2, || format!("{told} states in {dials} exchanges"));
}

fn judge_large(log: &Log, judge: &mut Judge) {
    judge_all(log, judge, 40, (60, 180));
}

fn judge_all(log: &Log, judge: &mut Judge, n: HostNo, (from, until): (u64, u64)) {
    judge.nobody(log, State::Suspect);
    judge.all_are_healthy(log);
    let span = seconds(from)..seconds(until);
    let ticks = (until - from) as usize;
    for host in 0..n {
        let own = || log.sent_in(span.clone()).filter(|packet| packet.host == host);
        let pings = own().filter(|it| matches!(it.parts[..], [Part::Ping { .. }])).count();
        judge.claim(host, pings.abs_diff(ticks) <= 1, || format!("{pings} pings, not {ticks}"));
        let other =
            own().find(|it| !matches!(it.parts[..], [Part::Ping { .. } | Part::Ack { .. }]));
        judge.claim(host, other.is_none(), || {
            format!("it says {:?}", other.map(|packet| &packet.parts))
        });
        rounds(log, judge, n, host);
    }
    let acks = log.sent_in(span.clone()).filter(|it| matches!(it.parts[..], [Part::Ack { .. }]));
    let (acks, all) = (acks.count(), n as usize * ticks);
    judge.claim(0, acks.abs_diff(all) <= n as usize, || format!("{acks} acks, not {all}"));
    // Two exchanges each: the phase may put one of them just outside.
    let exchange = Purpose::PushPull { join: false };
    let dials = log.dialled.iter().filter(|(at, _, what)| span.contains(at) && *what == exchange);
    let (dials, two) = (dials.count(), 2 * n as usize);
    judge.claim(0, dials.abs_diff(two) <= 1, || format!("{dials} exchanges, not {two}"));
}

/// Each other member is pinged once per round: twice in a row at most, when one round ends with it
/// and the next begins with it, and never with more than two rounds between.
fn rounds(log: &Log, judge: &mut Judge, n: HostNo, host: HostNo) {
    let targets: Vec<HostNo> = log.probes(host).map(|packet| packet.to).collect();
    let others = n as usize - 1;
    let steady = targets.chunks_exact(others).collect::<Vec<_>>();
    for target in (0..n).filter(|target| *target != host) {
        let places = || targets.iter().enumerate().filter(|(_, to)| **to == target);
        let gaps = places().zip(places().skip(1)).map(|((one, _), (other, _))| other - one);
        let longest = gaps.max().unwrap_or(0);
        let (count, rounds) = (places().count(), steady.len());
        let is_so = longest < 2 * others && count.abs_diff(rounds) <= 1;
        judge.claim(host, is_so, || {
            format!("pings {} {count} times in {rounds} rounds, {longest} apart", id_of(target))
        });
    }
    let first = log.probes(host).next().map(|packet| packet.at);
    judge.claim(host, first.is_some_and(|at| at <= Instant::from_millis(1_001)), || {
        format!("its first probe is at {first:?}")
    });
}

#[cfg(test)]
mod tests {
    use super::super::tests::fails;
    use super::*;

    #[test]
    fn a_cluster_without_exchanges_is_found() {
        let never = core::time::Duration::ZERO;
        assert!(fails(&DRILL, |options| options.push_pull_interval = never));
        assert!(fails(&LARGE, |options| options.push_pull_interval *= 2));
    }

    #[test]
    fn a_cluster_that_probes_too_often_is_found() {
        assert!(fails(&DRILL, |options| options.probe_interval = super::super::millis(900)));
    }
}
