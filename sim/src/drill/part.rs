//! A partition that lasts less long than the dead are remembered heals by itself, without full
//! exchanges: whoever is held dead is told so again and again.

use memberlist_core::config::{Config, Options};
use memberlist_core::types::State;

use super::judge::Judge;
use super::log::Log;
use super::{Drill, acquainted, lan, millis, seconds};
use crate::HostNo;
use crate::deed::Deed;
use crate::plan::{Plan, id_of};

pub(super) const DRILL: Drill =
    Drill { name: "drill-partition", options: without_exchanges, plan, judge };

const N: HostNo = 8;

fn without_exchanges() -> Options {
    lan(|options| options.push_pull_interval = millis(0))
}

fn plan(seed: u64, config: &Config) -> Plan {
    let mut plan = acquainted(seed, N as usize, config, 70);
    let sides = (0..N).map(|host| (host, host % 2)).collect();
    plan.at(seconds(10), Deed::Part(sides));
    plan.at(seconds(40), Deed::Unite);
    plan
}

fn judge(log: &Log, judge: &mut Judge) {
    let dead = log.count(State::Dead);
    let other_side = N as usize / 2;
    judge.claim(0, dead == N as usize * other_side, || format!("{dead} deaths were told"));
    for host in 0..N {
        judge.all_believe(log, 0..N, &id_of(host), Some(State::Alive));
    }
    let back = log.changes.iter().filter(|it| it.turns() && it.state() == Some(State::Alive));
    let last = back.map(|it| it.at).max();
    judge.claim(0, last < Some(seconds(50)), || format!("all agree only at {last:?}"));
}

#[cfg(test)]
mod tests {
    use super::super::tests::fails;
    use super::*;

    #[test]
    fn two_sides_that_have_forgotten_each_other_are_found() {
        assert!(fails(&DRILL, |options| options.gossip_to_the_dead_time = millis(3_000)));
    }
}
