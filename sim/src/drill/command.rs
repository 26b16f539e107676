//! Commands end: news that nobody could hear is said again until somebody has.

use memberlist_core::config::{Config, Options};
use memberlist_core::swim::Outcome;
use memberlist_core::types::State;

use super::judge::Judge;
use super::log::Log;
use super::{Drill, acquainted, lan, millis, seconds};
use crate::HostNo;
use crate::deed::Deed;
use crate::plan::Plan;

pub(super) const DRILL: Drill = Drill { name: "drill-announce", options: slow_probes, plan, judge };

/// The bucket of eager rounds: two, and one more with each tick.
pub(super) const BUCKET: Drill =
    Drill { name: "drill-bucket", options: Options::lan, plan: stream, judge: judge_bucket };

const N: HostNo = 6;

/// Nobody is suspected for the cut.
fn slow_probes() -> Options {
    lan(|options| {
        options.probe_interval = millis(20_000);
        options.push_pull_interval = millis(0);
    })
}

fn plan(seed: u64, config: &Config) -> Plan {
    let mut plan = acquainted(seed, N as usize, config, 60);
    let sides = (0..N).map(|host| (host, host)).collect();
    plan.at(seconds(40), Deed::Part(sides));
    plan.at(seconds(40) + millis(1), Deed::SetMeta { host: 2, len: 50 });
    plan.at(seconds(42) + millis(300), Deed::Unite);
    plan
}

fn judge(log: &Log, judge: &mut Judge) {
    judge.nobody(log, State::Dead);
    let end = log.completed.iter().find(|(_, host, _)| *host == 2);
    // Every half second three are told, and one of the answers is enough.
    let proven = end.is_some_and(|(at, _, outcome)| {
        let in_time = *at > seconds(42) + millis(300) && *at < seconds(42) + millis(850);
        *outcome == Outcome::Heard(1) && in_time
    });
    judge.claim(2, proven, || format!("proven: {end:?}"));
}

/// A message every five milliseconds for a second.
fn stream(seed: u64, config: &Config) -> Plan {
    let mut plan = acquainted(seed, N as usize, config, 30);
    let mut at = seconds(20);
    while at < seconds(21) {
        plan.at(at, Deed::Broadcast { host: 0, len: 20, key: 0 });
        at = at + millis(5);
    }
    plan
}

fn judge_bucket(log: &Log, judge: &mut Judge) {
    judge.nobody(log, State::Suspect);
    let delivered = log.delivered.len();
    judge.claim(0, delivered == 200 * 5, || format!("{delivered} of 1000 were delivered"));
    // Five or six ticks in a second, and the start of all.
    let rounds = log.stat(0, "gossip_eager");
    judge.claim(0, (6..=12).contains(&rounds), || format!("{rounds} eager rounds"));
}

#[cfg(test)]
mod tests {
    use super::super::tests::fails;
    use super::*;

    #[test]
    fn what_is_missing_is_found() {
        assert!(fails(&DRILL, |options| options.probe_timeout = millis(1_900)));
        assert!(fails(&BUCKET, |options| options.gossip_interval = millis(20)));
    }
}
