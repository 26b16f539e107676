//! A crash is told by everybody within the bound, not before the least time, and forgotten.
//!
//! With eight members and the LAN options a suspicion lasts 4 s at least and 24 s at most, and two
//! confirmations bring it down to the least. All helpers are well, so nobody's health suffers.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use memberlist_core::config::{Config, Options};
use memberlist_core::time::Instant;
use memberlist_core::types::State;

use super::judge::Judge;
use super::log::{Change, Log, Packet, Part};
use super::{Drill, acquainted, lan, millis, seconds};
use crate::HostNo;
use crate::deed::Deed;
use crate::plan::{Plan, id_of};

pub(super) const DRILL: Drill = Drill { name: "drill-crash", options: Options::lan, plan, judge };

/// Plain SWIM: the least time at once.
pub(super) const PLAIN: Drill =
    Drill { name: "drill-crash-plain", options: without_scaling, plan, judge: judge_plain };

fn without_scaling() -> Options {
    lan(|options| options.suspicion_scaling = false)
}

const N: HostNo = 8;
const VICTIM: HostNo = 3;
const CRASH: Instant = Instant::from_millis(30_000);
const INTERVAL: Duration = Duration::from_secs(1);
const LEAST: Duration = Duration::from_secs(4);
const REMEMBERED: Duration = Duration::from_secs(30);

fn plan(seed: u64, config: &Config) -> Plan {
    let mut plan = acquainted(seed, N as usize, config, 95);
    plan.at(CRASH, Deed::Crash { host: VICTIM, silent: true });
    plan
}

fn survivors() -> impl Iterator<Item = HostNo> {
    (0..N).filter(|host| *host != VICTIM)
}

fn first(log: &Log, host: HostNo, state: Option<State>) -> Option<&Change> {
    log.changes.iter().find(|it| {
        it.host == host && it.turns() && it.state() == state && it.id() == Some(&id_of(VICTIM))
    })
}

fn judge(log: &Log, judge: &mut Judge) {
    judge.all_are_healthy(log);
    // Everybody has probed it within two rounds; then it is confirmed.
    let latest = CRASH + INTERVAL * (2 * N + 1) + LEAST + millis(500);
    let earliest = before(CRASH + INTERVAL + LEAST, 10);
    for host in survivors() {
        let dead = first(log, host, Some(State::Dead)).map(|it| it.at);
        let in_time = dead.is_some_and(|at| (earliest..=latest).contains(&at));
        judge.claim(host, in_time, || {
            format!("dead at {dead:?}, it ought to be from {earliest} to {latest}")
        });
    }
    let is_dead = |part: &Part| matches!(part, Part::Dead(it) if it.node == id_of(VICTIM));
    let told = log.sent.iter().filter(|it| it.to != VICTIM && it.parts.iter().any(is_dead)).count();
    judge.claim(0, told >= N as usize, || format!("the death is told only {told} times"));
    confirmed(log, judge);
    let own = own_verdicts(log);
    judge.claim(0, !own.is_empty(), || "nobody has found it out by itself".to_owned());
    helpers(log, judge);
    forgotten(log, judge);
    others_are_well(log, judge);
}

/// So many milliseconds before.
const fn before(at: Instant, millis: u64) -> Instant {
    Instant::from_nanos(at.as_nanos().saturating_sub(millis * 1_000_000))
}

/// How long the suspicion was at each host that came to its verdict before it heard of another's.
fn own_verdicts(log: &Log) -> Vec<(HostNo, Duration)> {
    let heard = |host: HostNo, at: Instant| {
        log.received.iter().any(|packet| {
            let is_dead = |part: &Part| matches!(part, Part::Dead(it) if it.node == id_of(VICTIM));
            packet.to == host && packet.at <= at && packet.parts.iter().any(is_dead)
        })
    };
    let verdict = |host| {
        let dead = first(log, host, Some(State::Dead))?;
        let suspect = first(log, host, Some(State::Suspect))?;
        (!heard(host, dead.at)).then(|| (host, dead.at - suspect.at))
    };
    survivors().filter_map(verdict).collect()
}

/// Two confirmations bring a suspicion down to its least time. Not everybody hears all of them:
/// when the fourth probe has failed, each has heard two, and the suspicion is over if its least
/// time is.
fn confirmed(log: &Log, judge: &mut Judge) {
    let helps = |ping: &Packet| {
        let asks = |part: &Part| matches!(part, Part::Indirect { .. });
        let request = |it: &&Packet| it.to == ping.host && it.at == ping.at;
        log.received.iter().filter(request).any(|it| it.parts.iter().any(asks))
    };
    let probe = |host| log.probes(host).find(|it| it.to == VICTIM && it.at >= CRASH && !helps(it));
    let mut failed: Vec<_> =
        survivors().filter_map(|host| Some(probe(host)?.at + INTERVAL)).collect();
    failed.sort_unstable();
    let fourth = failed.get(3).copied().unwrap_or(log.end);
    for host in survivors() {
        let suspect = first(log, host, Some(State::Suspect)).map(|it| it.at + LEAST);
        let dead = first(log, host, Some(State::Dead)).map(|it| it.at);
        let due = suspect.map(|least| least.max(fourth) + millis(1_500));
        let in_time = suspect.is_none() || dead.is_some_and(|at| Some(at) <= due);
        judge.claim(host, in_time, || format!("four have accused it, dead only at {dead:?}"));
    }
}

/// Each failed ping is followed by requests to three different others, and each of those by a nack.
fn helpers(log: &Log, judge: &mut Judge) {
    let mut asked: BTreeMap<(HostNo, u32), BTreeSet<HostNo>> = BTreeMap::new();
    let mut nacks = 0;
    for packet in &log.sent {
        for part in &packet.parts {
            match part {
                Part::Indirect { seq, nack: true, .. } => {
                    asked.entry((packet.host, *seq)).or_default().insert(packet.to);
                }
                Part::Nack { .. } => nacks += 1,
                _ => {}
            }
        }
    }
    judge.claim(0, !asked.is_empty(), || "nobody was asked to help".to_owned());
    for ((host, _), helpers) in &asked {
        let legal = helpers.len() == 3 && !helpers.contains(&VICTIM) && !helpers.contains(host);
        judge.claim(*host, legal, || format!("asks {helpers:?}"));
    }
    let requests = 3 * asked.len();
    judge.claim(0, nacks == requests, || format!("{nacks} nacks to {requests} requests"));
    let relays = survivors().map(|host| log.stat(host, "relays_pending")).sum::<u64>();
    judge.claim(0, relays == 0, || format!("{relays} relays are never given up"));
}

fn forgotten(log: &Log, judge: &mut Judge) {
    for host in survivors() {
        let dead = first(log, host, Some(State::Dead)).map(|it| it.at + REMEMBERED);
        let gone = first(log, host, None).map(|it| it.at);
        let late = dead.zip(gone).map(|(due, at)| at - due);
        let in_time = dead <= gone && late.is_some_and(|late| late < millis(20));
        judge.claim(host, in_time, || format!("forgotten at {gone:?}, due at {dead:?}"));
    }
    judge.all_believe(log, survivors(), &id_of(VICTIM), None);
}

fn others_are_well(log: &Log, judge: &mut Judge) {
    let victim = id_of(VICTIM);
    let wrong = log.changes.iter().find(|it| {
        it.id() != Some(&victim) && it.state().is_none_or(|state| state != State::Alive)
    });
    if let Some(change) = wrong {
        judge.claim(change.host, false, || {
            format!("{:?} is {:?} at {}", change.id(), change.state(), change.at)
        });
    }
    judge.all_believe(log, survivors(), &id_of(0), Some(State::Alive));
}

fn judge_plain(log: &Log, judge: &mut Judge) {
    for (host, lasted) in own_verdicts(log) {
        let exact = lasted >= LEAST && lasted < LEAST + millis(5);
        judge.claim(host, exact, || format!("suspect for {lasted:?}, not {LEAST:?}"));
    }
    let all = survivors().all(|host| first(log, host, Some(State::Dead)).is_some());
    let latest = seconds(30) + INTERVAL * (2 * N + 1) + LEAST;
    let last = log.turns(&id_of(VICTIM), Some(State::Dead)).map(|it| it.at).max();
    judge.claim(0, all && last <= Some(latest), || format!("the last one knows it at {last:?}"));
    judge.claim(0, !own_verdicts(log).is_empty(), || "nobody has found it out".to_owned());
}

#[cfg(test)]
mod tests {
    use super::super::tests::fails;
    use super::*;

    #[test]
    fn what_is_missing_is_found() {
        assert!(fails(&DRILL, |options| options.suspicion_mult = 1), "no confirmations, too soon");
        assert!(fails(&DRILL, |options| options.suspicion_mult = 40), "too late");
        assert!(fails(&DRILL, |options| options.nacks = false), "blame");
        assert!(fails(&DRILL, |options| options.indirect_checks = 2));
        assert!(fails(&DRILL, |options| options.gossip_to_the_dead_time *= 2));
        assert!(fails(&PLAIN, |options| options.suspicion_mult = 5));
    }
}
