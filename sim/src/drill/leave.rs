//! Who says goodbye has left, everywhere, and nobody takes it for a failure.

use memberlist_core::config::{Config, Options};
use memberlist_core::swim::Outcome;
use memberlist_core::types::State;

use super::judge::Judge;
use super::log::Log;
use super::{Drill, acquainted, lan, millis, seconds};
use crate::HostNo;
use crate::deed::Deed;
use crate::plan::{Plan, id_of};

pub(super) const DRILL: Drill = Drill { name: "drill-leave", options: Options::lan, plan, judge };

/// One that missed the goodbye learns of it by a full exchange.
pub(super) const MISSED: Drill =
    Drill { name: "drill-leave-missed", options: slow_probes, plan: missed, judge: judge_missed };

const N: HostNo = 8;
const GOES: HostNo = 3;

fn plan(seed: u64, config: &Config) -> Plan {
    let mut plan = acquainted(seed, N as usize, config, 100);
    plan.at(seconds(20), Deed::Leave(GOES));
    plan.at(seconds(80), Deed::Join { host: GOES, seeds: vec![0] });
    plan
}

fn judge(log: &Log, judge: &mut Judge) {
    judge.nobody(log, State::Suspect);
    judge.nobody(log, State::Dead);
    let id = id_of(GOES);
    for host in 0..N {
        let left = log.turns(&id, Some(State::Left)).find(|it| it.host == host).map(|it| it.at);
        judge.claim(host, left.is_some_and(|at| at < seconds(21)), || format!("left: {left:?}"));
        let gone = log.turns(&id, None).find(|it| it.host == host).map(|it| it.at);
        let kept = left.zip(gone).map(|(left, gone)| gone - left);
        let in_time = kept.is_some_and(|kept| kept.abs_diff(millis(30_000)) < millis(20));
        // Nobody forgets itself.
        judge.claim(host, in_time != (host == GOES), || format!("kept for {kept:?}"));
        let number =
            log.last[host as usize].get(&id).map(|it| (it.state(), it.incarnation().get()));
        judge.claim(host, number == Some((State::Alive, 2)), || format!("back as {number:?}"));
    }
    let heard = log.completed.iter().find(|(_, host, _)| *host == GOES);
    let proven = heard.is_some_and(|(at, _, outcome)| {
        *outcome == Outcome::Heard(1) && *at - seconds(20) < millis(5)
    });
    judge.claim(GOES, proven, || format!("proven: {heard:?}"));
    // It judges nobody any more.
    let probes = log.probes(GOES).filter(|it| it.at > seconds(20) && it.at < seconds(80)).count();
    judge.claim(GOES, probes == 0, || format!("it has left and probes {probes} times"));
    let asked = log.sent_in(seconds(22)..seconds(80)).filter(|packet| packet.to == GOES).count();
    judge.claim(GOES, asked == 0, || format!("it has left and is spoken to {asked} times"));
}

/// A probe outlasts the cut, so that nobody is suspected.
fn slow_probes() -> Options {
    lan(|options| {
        options.probe_interval = millis(20_000);
        options.probe_timeout = millis(4_000);
        options.push_pull_interval = millis(2_000);
    })
}

const LOST: HostNo = 6;

fn missed(seed: u64, config: &Config) -> Plan {
    let mut plan = acquainted(seed, N as usize, config, 50);
    plan.at(seconds(30), Deed::Part(vec![(LOST, 1)]));
    plan.at(seconds(30), Deed::Leave(GOES));
    plan.at(seconds(31) + millis(500), Deed::Unite);
    plan
}

fn judge_missed(log: &Log, judge: &mut Judge) {
    judge.nobody(log, State::Suspect);
    judge.nobody(log, State::Dead);
    let id = id_of(GOES);
    let left = log.turns(&id, Some(State::Left)).find(|it| it.host == LOST).map(|it| it.at);
    let in_time = left.is_some_and(|at| at > seconds(31) + millis(500) && at < seconds(35));
    judge.claim(LOST, in_time, || format!("it learns of the goodbye at {left:?}"));
}

#[cfg(test)]
mod tests {
    use super::super::tests::fails;
    use super::*;

    #[test]
    fn one_that_is_remembered_for_too_long_is_found() {
        assert!(fails(&DRILL, |options| options.gossip_to_the_dead_time *= 2));
    }

    #[test]
    fn one_that_never_learns_of_a_goodbye_is_found() {
        assert!(fails(&MISSED, |options| options.push_pull_interval = millis(0)));
    }
}
