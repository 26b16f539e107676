//! News goes past one member while it is cut off for a moment, and when it is back nobody speaks of
//! it any more: only a full exchange can tell it.

use memberlist_core::config::{Config, Options};
use memberlist_core::time::Instant;
use memberlist_core::types::State;

use super::judge::Judge;
use super::log::Log;
use super::{Drill, acquainted, lan, millis, seconds};
use crate::HostNo;
use crate::deed::Deed;
use crate::plan::{Plan, id_of};

pub(super) const DRILL: Drill =
    Drill { name: "drill-push-pull", options: slow_probes, plan, judge };

const N: HostNo = 6;
const LOST: HostNo = 5;
const LEN: usize = 77;
const BACK: Instant = Instant::from_millis(31_500);

/// A probe outlasts the cut, so that nobody is suspected.
fn slow_probes() -> Options {
    lan(|options| {
        options.probe_interval = millis(10_000);
        options.probe_timeout = millis(4_000);
        options.gossip_interval = millis(100);
        options.push_pull_interval = millis(12_000);
    })
}

fn plan(seed: u64, config: &Config) -> Plan {
    let mut plan = acquainted(seed, N as usize, config, 60);
    plan.at(seconds(30), Deed::Part(vec![(LOST, 1)]));
    plan.at(seconds(30), Deed::SetMeta { host: 0, len: LEN });
    plan.at(BACK, Deed::Unite);
    plan
}

fn judge(log: &Log, judge: &mut Judge) {
    judge.nobody(log, State::Suspect);
    let known = |host: HostNo| {
        let news = log.changes.iter().find(|it| {
            let has_it = it.new.as_ref().is_some_and(|new| new.meta().as_bytes().len() == LEN);
            it.host == host && it.id() == Some(&id_of(0)) && has_it
        });
        news.map(|it| it.at)
    };
    for host in 1..N - 1 {
        let at = known(host);
        judge.claim(host, at.is_some_and(|at| at < BACK), || format!("it hears of it at {at:?}"));
    }
    let at = known(LOST);
    // Its own next exchange is at most one interval away.
    let in_time = at.is_some_and(|at| at > BACK && at < BACK + millis(12_100));
    judge.claim(LOST, in_time, || format!("cut off until {BACK}, it hears of it at {at:?}"));
}

#[cfg(test)]
mod tests {
    use super::super::tests::fails;
    use super::*;

    #[test]
    fn a_cluster_without_exchanges_is_found() {
        assert!(fails(&DRILL, |options| options.push_pull_interval = millis(0)));
        assert!(fails(&DRILL, |options| options.push_pull_interval = millis(400_000)));
    }
}
