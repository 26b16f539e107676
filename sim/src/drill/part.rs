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

/// One side has renewed its claims meanwhile: what the other side accuses it of is old.
pub(super) const RENEWED: Drill =
    Drill { name: "drill-partition-renewed", options: without_exchanges, plan: renewed, judge };

/// One says goodbye to its side while the other side takes it for dead. That is no news to those
/// who have heard the goodbye.
pub(super) const GOODBYE: Drill =
    Drill { name: "drill-partition-goodbye", options: plain, plan: goodbye, judge: judge_goodbye };

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

fn renewed(seed: u64, config: &Config) -> Plan {
    let mut plan = plan(seed, config);
    for host in (1..N).step_by(2) {
        plan.at(seconds(12), Deed::SetMeta { host, len: 3 });
    }
    plan
}

const LONELY: HostNo = 4;
const GOES: HostNo = 1;

fn plain() -> Options {
    let mut options = without_exchanges();
    options.suspicion_scaling = false;
    options.local_health = false;
    options
}

fn goodbye(seed: u64, config: &Config) -> Plan {
    let mut plan = acquainted(seed, 5, config, 38);
    plan.at(seconds(10), Deed::Part(vec![(LONELY, 1)]));
    plan.at(seconds(12), Deed::Leave(GOES));
    // By then the lonely one has declared all dead, and nobody was there to hear it.
    plan.at(seconds(26), Deed::Unite);
    plan
}

fn judge_goodbye(log: &Log, judge: &mut Judge) {
    let id = id_of(GOES);
    for host in [0, 2, 3] {
        judge.all_believe(log, [host], &id, Some(State::Left));
        judge.all_believe(log, [host], &id_of(LONELY), Some(State::Alive));
        let dead = log.turns(&id, Some(State::Dead)).filter(|it| it.host == host).count();
        judge.claim(host, dead == 0, || format!("{id} has left and was declared dead"));
    }
    let dead = log.turns(&id, Some(State::Dead)).filter(|it| it.host == LONELY).count();
    judge.claim(LONELY, dead == 1, || format!("the lonely one declared {id} dead {dead} times"));
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
        for drill in [&DRILL, &RENEWED, &GOODBYE] {
            assert!(fails(drill, |options| options.gossip_to_the_dead_time = millis(3_000)));
        }
    }
}
