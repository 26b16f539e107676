//! One that starts anew under its name, at incarnation 1, is taken for what it is at once.

use memberlist_core::config::{Config, Options};
use memberlist_core::types::State;

use super::judge::Judge;
use super::log::Log;
use super::{Drill, acquainted, lan, millis, seconds};
use crate::HostNo;
use crate::deed::Deed;
use crate::plan::{Plan, address_of, id_of};

/// So quickly that nobody has missed it.
pub(super) const DRILL: Drill =
    Drill { name: "drill-restart", options: without_exchanges, plan, judge };

/// After it has said goodbye.
pub(super) const GOODBYE: Drill = Drill {
    name: "drill-restart-goodbye",
    options: without_exchanges,
    plan: goodbye,
    judge: judge_goodbye,
};

/// It knows nobody, and nobody tells it: the first one that it hears of tells it what is known.
pub(super) const ALONE: Drill = Drill {
    name: "drill-restart-alone",
    options: without_exchanges,
    plan: alone,
    judge: judge_alone,
};

/// Old and new start have the same number.
pub(super) const SAME: Drill =
    Drill { name: "drill-restart-same", options: without_exchanges, plan: same, judge: judge_same };

/// After it has said goodbye, at another address: its name is free.
pub(super) const MOVED: Drill = Drill {
    name: "drill-restart-moved",
    options: without_exchanges,
    plan: moved,
    judge: judge_moved,
};

const N: HostNo = 6;
const AGAIN: HostNo = 2;

fn without_exchanges() -> Options {
    lan(|options| options.push_pull_interval = millis(0))
}

fn raise(plan: &mut Plan) {
    // Its number is above the one at which it starts anew.
    for second in [5, 6, 7] {
        plan.at(seconds(second), Deed::SetMeta { host: AGAIN, len: second as usize });
    }
}

fn restart(plan: &mut Plan, moved: bool) {
    plan.at(seconds(20), Deed::Restart { host: AGAIN, moved });
    plan.at(seconds(20) + millis(10), Deed::Join { host: AGAIN, seeds: vec![0] });
}

fn plan(seed: u64, config: &Config) -> Plan {
    let mut plan = acquainted(seed, N as usize, config, 30);
    raise(&mut plan);
    restart(&mut plan, false);
    plan
}

fn goodbye(seed: u64, config: &Config) -> Plan {
    let mut plan = acquainted(seed, N as usize, config, 30);
    raise(&mut plan);
    plan.at(seconds(12), Deed::Leave(AGAIN));
    restart(&mut plan, false);
    plan
}

fn alone(seed: u64, config: &Config) -> Plan {
    let mut plan = acquainted(seed, N as usize, config, 30);
    raise(&mut plan);
    plan.at(seconds(20), Deed::Restart { host: AGAIN, moved: false });
    // What it hears of is somebody to talk to.
    plan.at(seconds(20) + millis(100), Deed::SetMeta { host: 1, len: 9 });
    plan
}

fn judge_alone(log: &Log, judge: &mut Judge) {
    judge.nobody(log, State::Suspect);
    new_start(log, judge, 5);
}

fn same(seed: u64, config: &Config) -> Plan {
    let mut plan = acquainted(seed, N as usize, config, 30);
    restart(&mut plan, false);
    plan
}

fn judge_same(log: &Log, judge: &mut Judge) {
    judge.nobody(log, State::Suspect);
    new_start(log, judge, 2);
}

fn moved(seed: u64, config: &Config) -> Plan {
    let mut plan = acquainted(seed, N as usize, config, 30);
    plan.at(seconds(12), Deed::Leave(AGAIN));
    restart(&mut plan, true);
    plan
}

fn judge_moved(log: &Log, judge: &mut Judge) {
    judge.nobody(log, State::Dead);
    for host in 0..N {
        let last = log.last[host as usize].get(&id_of(AGAIN));
        let found = last.map(|it| (it.state(), *it.address()));
        let is_so = found == Some((State::Alive, address_of(AGAIN, 1)));
        judge.claim(host, is_so, || format!("it has moved and is found as {found:?}"));
    }
}

fn judge(log: &Log, judge: &mut Judge) {
    judge.nobody(log, State::Suspect);
    new_start(log, judge, 5);
}

fn judge_goodbye(log: &Log, judge: &mut Judge) {
    judge.nobody(log, State::Suspect);
    judge.nobody(log, State::Dead);
    new_start(log, judge, 5);
}

/// Everybody has its new start, with a number above the old one, within a second.
fn new_start(log: &Log, judge: &mut Judge, incarnation: u32) {
    let id = id_of(AGAIN);
    let own = &log.last[AGAIN as usize][&id];
    for host in 0..N {
        let news = log.changes.iter().find(|it| {
            let is_new = it.new.as_ref().is_some_and(|new| new.start() == own.start());
            it.host == host && it.id() == Some(&id) && is_new
        });
        let at = news.map(|it| it.at);
        let in_time = at.is_some_and(|at| at < seconds(21));
        judge.claim(host, in_time, || format!("it knows the new start at {at:?}"));
        let last = log.last[host as usize].get(&id);
        let number = last.map(|it| (it.state(), it.incarnation().get()));
        judge.claim(host, number == Some((State::Alive, incarnation)), || {
            format!("back as {number:?}")
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::fails;
    use super::*;

    #[test]
    fn one_that_nobody_hears_of_is_found() {
        assert!(fails(&DRILL, |options| options.gossip_nodes = 0));
        assert!(fails(&GOODBYE, |options| options.gossip_nodes = 0));
        assert!(fails(&SAME, |options| options.gossip_nodes = 0));
        assert!(fails(&ALONE, |options| options.gossip_nodes = 0));
        // In so short a time nobody has heard of it otherwise.
        assert!(fails(&MOVED, |options| {
            options.gossip_nodes = 0;
            options.probe_interval = millis(20_000);
        }));
    }
}
