//! News reaches everybody: at once where it may, in a few ticks where it must wait, and each node
//! says it exactly as often as the limit says, to nobody twice before everybody has had it.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use memberlist_core::config::{Config, Options};
use memberlist_core::swim::Outcome;
use memberlist_core::time::Instant;

use super::judge::Judge;
use super::log::{Log, Part};
use super::{Drill, acquainted, lan, millis};
use crate::HostNo;
use crate::deed::Deed;
use crate::plan::{Plan, id_of};

/// What was never sent does not wait for the tick.
pub(super) const EAGER: Drill =
    Drill { name: "drill-spread", options: without_exchanges, plan, judge: judge_eager };

/// Without eager rounds all wait for their ticks.
pub(super) const TICKS: Drill =
    Drill { name: "drill-spread-ticks", options: ticks, plan, judge: judge_ticks };

/// New metadata: proven by an ack, and everywhere soon.
pub(super) const META: Drill =
    Drill { name: "drill-spread-meta", options: without_exchanges, plan: meta, judge: judge_meta };

/// With ten members the limit has two digits for the first time.
pub(super) const TEN: Drill =
    Drill { name: "drill-spread-ten", options: ticks, plan: ten, judge: judge_ten };

/// The dead are told, too, and the living do not pay for it.
pub(super) const DEAD: Drill =
    Drill { name: "drill-spread-dead", options: ticks, plan: dead, judge: judge_dead };

const N: HostNo = 32;
const ORIGIN: HostNo = 5;
const BEGIN: Instant = Instant::from_millis(30_000);
/// 4 times the digits of 33, and of 11.
const LIMIT: usize = 8;

fn without_exchanges() -> Options {
    lan(|options| options.push_pull_interval = millis(0))
}

fn ticks() -> Options {
    let mut options = without_exchanges();
    options.eager_gossip = false;
    options
}

fn plan(seed: u64, config: &Config) -> Plan {
    let mut plan = acquainted(seed, N as usize, config, 60);
    plan.at(BEGIN, Deed::Broadcast { host: ORIGIN, len: 40, key: 0 });
    plan
}

fn ten(seed: u64, config: &Config) -> Plan {
    let mut plan = acquainted(seed, 10, config, 40);
    plan.at(BEGIN, Deed::Broadcast { host: ORIGIN, len: 40, key: 0 });
    plan
}

/// Half of twelve have crashed, and are not forgotten yet.
fn dead(seed: u64, config: &Config) -> Plan {
    let mut plan = acquainted(seed, 12, config, 33);
    for host in 6..12 {
        plan.at(Instant::from_millis(5_000), Deed::Crash { host, silent: true });
    }
    plan.at(BEGIN, Deed::Broadcast { host: ORIGIN, len: 40, key: 0 });
    plan
}

fn judge_dead(log: &Log, judge: &mut Judge) {
    let mut sends: BTreeMap<(HostNo, bool), usize> = BTreeMap::new();
    for packet in &log.sent {
        let says = |part: &&Part| matches!(part, Part::Broadcast { .. });
        let count = packet.parts.iter().filter(says).count();
        *sends.entry((packet.host, packet.to < 6)).or_default() += count;
    }
    for host in 0..6 {
        let living = sends.get(&(host, true)).copied().unwrap_or(0);
        judge.claim(host, living == LIMIT, || format!("said {living} times to the living"));
    }
    let dead: usize = (0..6).filter_map(|host| sends.get(&(host, false))).sum();
    judge.claim(ORIGIN, dead > 0, || "nothing was said to the dead".to_owned());
}

fn judge_ten(log: &Log, judge: &mut Judge) {
    exact_sends(log, judge, 10);
}

fn judge_eager(log: &Log, judge: &mut Judge) {
    let times = delivered(log, judge);
    let first = times.first().copied().unwrap_or_default();
    judge.claim(ORIGIN, first - BEGIN < millis(2), || format!("it waits until {first}"));
    let at_once = log.sent.iter().filter(|packet| {
        let says = packet.parts.iter().any(|part| matches!(part, Part::Broadcast { .. }));
        packet.host == ORIGIN && packet.at == BEGIN && says
    });
    let at_once = at_once.count();
    judge.claim(ORIGIN, at_once == 3, || format!("said to {at_once} at once"));
    // Two eager hops at once and the rest on ticks: three rounds of 200 ms are plenty for half.
    let half = times.get(times.len() / 2).copied().unwrap_or_default();
    judge.claim(ORIGIN, half - BEGIN < millis(100), || format!("half have it only at {half}"));
    within(judge, &times, millis(1_500));
    exact_sends(log, judge, N);
}

fn judge_ticks(log: &Log, judge: &mut Judge) {
    let times = delivered(log, judge);
    // Nobody has an eager round: on the way to all there are several ticks.
    let all = times.last().copied().unwrap_or_default() - BEGIN;
    judge.claim(ORIGIN, all > millis(40), || format!("all have it after {all:?}"));
    within(judge, &times, millis(3_400));
    let eager = (0..N).map(|host| log.stat(host, "gossip_eager")).sum::<u64>();
    judge.claim(ORIGIN, eager == 0, || format!("{eager} eager rounds"));
    exact_sends(log, judge, N);
}

/// Everybody else hears it, and once.
fn delivered(log: &Log, judge: &mut Judge) -> Vec<Instant> {
    let mut times: Vec<_> = log.delivered.iter().map(|(at, ..)| *at).collect();
    times.sort_unstable();
    let hosts: BTreeSet<_> = log.delivered.iter().map(|(_, host, _)| *host).collect();
    let is_so = times.len() == N as usize - 1 && hosts.len() == N as usize - 1;
    judge.claim(ORIGIN, is_so && !hosts.contains(&ORIGIN), || {
        format!("{} have it, {} were told", hosts.len(), times.len())
    });
    times
}

fn within(judge: &mut Judge, times: &[Instant], bound: Duration) {
    let all = times.last().copied().unwrap_or_default();
    judge.claim(ORIGIN, all - BEGIN < bound, || format!("all have it only at {all}"));
}

/// Its own news goes to each of the others, what is passed on as often as the limit says.
fn exact_sends(log: &Log, judge: &mut Judge, n: HostNo) {
    let mut sends: BTreeMap<HostNo, Vec<HostNo>> = BTreeMap::new();
    for packet in &log.sent {
        let says = |part: &&Part| matches!(part, Part::Broadcast { .. });
        let count = packet.parts.iter().filter(says).count();
        sends.entry(packet.host).or_default().extend(core::iter::repeat_n(packet.to, count));
    }
    for host in 0..n {
        let to = sends.remove(&host).unwrap_or_default();
        let due = if host == ORIGIN { n as usize - 1 } else { LIMIT };
        let different: BTreeSet<_> = to.iter().collect();
        let is_so = to.len() == due && different.len() == due && !to.contains(&ORIGIN);
        judge.claim(host, is_so, || {
            format!("sent {} times to {} others, not {due}", to.len(), different.len())
        });
    }
    let spent = log
        .completed
        .iter()
        .filter(|(_, host, outcome)| *host == ORIGIN && *outcome == Outcome::Spent);
    let spent: Vec<_> = spent.map(|(at, ..)| *at).collect();
    judge.claim(ORIGIN, spent.len() == 1, || format!("it was told {} ends", spent.len()));
}

fn meta(seed: u64, config: &Config) -> Plan {
    let mut plan = acquainted(seed, N as usize, config, 60);
    plan.at(BEGIN, Deed::SetMeta { host: ORIGIN, len: 123 });
    plan
}

fn judge_meta(log: &Log, judge: &mut Judge) {
    let news = log.changes.iter().filter(|it| {
        let has_it = it.new.as_ref().is_some_and(|new| new.meta().as_bytes().len() == 123);
        has_it && it.old.as_ref().is_some_and(|old| old.incarnation().get() == 1)
    });
    let times: Vec<_> = news.filter(|it| it.id() == Some(&id_of(ORIGIN))).map(|it| it.at).collect();
    judge.claim(ORIGIN, times.len() == N as usize, || format!("{} have it", times.len()));
    within(judge, &times, millis(1_500));
    let number = log.last[0].get(&id_of(ORIGIN)).map(|it| it.incarnation().get());
    judge.claim(0, number == Some(2), || format!("its incarnation is {number:?}"));
    let heard = log.completed.iter().find(|(_, host, _)| *host == ORIGIN);
    let proven = heard
        .is_some_and(|(at, _, outcome)| *outcome == Outcome::Heard(1) && *at - BEGIN < millis(5));
    judge.claim(ORIGIN, proven, || format!("proven: {heard:?}"));
}

#[cfg(test)]
mod tests {
    use super::super::tests::fails;
    use super::*;

    #[test]
    fn what_is_missing_is_found() {
        assert!(fails(&EAGER, |options| options.eager_gossip = false));
        assert!(fails(&EAGER, |options| options.retransmit_mult = 3));
        assert!(fails(&DEAD, |options| options.retransmit_mult = 3));
        assert!(fails(&TEN, |options| options.retransmit_mult = 3));
        assert!(fails(&TICKS, |options| options.eager_gossip = true));
        assert!(fails(&TICKS, |options| options.gossip_interval *= 30));
        assert!(fails(&META, |options| {
            options.gossip_nodes = 0;
            options.probe_interval *= 3;
        }));
    }
}
