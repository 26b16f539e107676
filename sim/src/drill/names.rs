//! Names: one that lives is not taken over, one that failed may be, in time.

use memberlist_core::config::{Config, Options};
use memberlist_core::time::Instant;
use memberlist_core::types::State;

use super::judge::Judge;
use super::log::Log;
use super::{Drill, acquainted, lan, millis, seconds};
use crate::HostNo;
use crate::deed::Deed;
use crate::plan::{Plan, address_of, id_of};

/// The name is that of a live member.
pub(super) const CONFLICT: Drill =
    Drill { name: "drill-conflict", options: Options::lan, plan: conflict, judge: judge_conflict };

/// The name is that of one that failed.
pub(super) const RECLAIM: Drill =
    Drill { name: "drill-reclaim", options: reclaiming, plan: reclaim, judge: judge_reclaim };

const N: HostNo = 6;
const REAL: HostNo = 1;
const OTHER: HostNo = 5;

fn conflict(seed: u64, config: &Config) -> Plan {
    let mut plan = Plan::new(seed, N as usize, config, seconds(40));
    plan.hosts[OTHER as usize].id = id_of(REAL);
    let all: Vec<HostNo> = (0..N - 1).collect();
    for &host in &all {
        plan.at(Instant::ZERO, Deed::Start(host));
    }
    plan.at(Instant::ZERO, Deed::Acquaint(all));
    plan.at(seconds(10), Deed::Start(OTHER));
    plan.at(seconds(10), Deed::Join { host: OTHER, seeds: vec![0] });
    plan
}

fn judge_conflict(log: &Log, judge: &mut Judge) {
    judge.nobody(log, State::Dead);
    for host in 0..N - 1 {
        let address = log.last[host as usize].get(&id_of(REAL)).map(|member| *member.address());
        judge.claim(host, address == Some(address_of(REAL, 0)), || {
            format!("{} is at {address:?}", id_of(REAL))
        });
        let told = log.conflicts.iter().filter(|(_, who)| *who == host).count();
        judge.claim(host, told <= 1, || {
            format!("a conflict of half a minute was told {told} times")
        });
    }
    let seed = log.conflicts.iter().filter(|(_, who)| *who == 0).count();
    judge.claim(0, seed == 1, || format!("{seed} conflicts were told to the seed"));
}

fn reclaiming() -> Options {
    lan(|options| options.dead_node_reclaim_time = millis(5_000))
}

/// When the other one comes for the first time: the name is dead, but not for long enough.
const EARLY: Instant = Instant::from_millis(30_000);

fn reclaim(seed: u64, config: &Config) -> Plan {
    let mut plan = acquainted(seed, N as usize, config, 60);
    plan.hosts[OTHER as usize].id = id_of(REAL);
    plan.deeds.clear();
    let all: Vec<HostNo> = (0..N - 1).collect();
    for &host in &all {
        plan.at(Instant::ZERO, Deed::Start(host));
    }
    plan.at(Instant::ZERO, Deed::Acquaint(all));
    plan.at(seconds(10), Deed::Crash { host: REAL, silent: true });
    plan.at(seconds(10), Deed::Start(OTHER));
    let mut at = seconds(10);
    while at < seconds(45) {
        plan.at(at, Deed::Join { host: OTHER, seeds: vec![0] });
        at = at + millis(500);
    }
    plan
}

fn judge_reclaim(log: &Log, judge: &mut Judge) {
    let taken = log.changes.iter().find(|it| {
        let at_other = it.new.as_ref().is_some_and(|new| *new.address() == address_of(OTHER, 0));
        it.host == 0 && it.id() == Some(&id_of(REAL)) && at_other
    });
    let dead = log.turns(&id_of(REAL), Some(State::Dead)).find(|it| it.host == 0).map(|it| it.at);
    let waited = taken.map(|it| it.at).zip(dead).map(|(taken, dead)| taken - dead);
    let in_time = waited.is_some_and(|waited| waited > millis(5_000) && waited < millis(5_700));
    judge.claim(0, in_time, || format!("taken {waited:?} after the death at {dead:?}"));
    judge.claim(0, dead < Some(EARLY), || format!("dead only at {dead:?}"));
    judge.all_believe(log, (0..N).filter(|host| *host != REAL), &id_of(REAL), Some(State::Alive));
}

#[cfg(test)]
mod tests {
    use super::super::tests::fails;
    use super::*;

    #[test]
    fn a_name_that_is_never_free_or_too_soon_is_found() {
        assert!(fails(&RECLAIM, |options| options.dead_node_reclaim_time = millis(0)));
        assert!(fails(&RECLAIM, |options| options.dead_node_reclaim_time = millis(1_000)));
    }

    #[test]
    fn a_conflict_that_nobody_is_told_of_is_found() {
        let log = Log { last: vec![Default::default(); N as usize], ..Log::default() };
        let mut judge = Judge::new("drill-conflict", seconds(1));
        judge_conflict(&log, &mut judge);
        assert!(!judge.into_violations().is_empty());
    }
}
