//! One that was stopped is suspected, comes back before its time is over and says that it lives
//! (SWIM section 4.2). Nothing else may clear it: its incarnation goes up by as many as it refutes.

use memberlist_core::config::{Config, Options};
use memberlist_core::types::State;

use super::judge::Judge;
use super::log::Log;
use super::{Drill, acquainted, lan, millis, seconds};
use crate::HostNo;
use crate::deed::Deed;
use crate::plan::{Plan, id_of};

pub(super) const DRILL: Drill =
    Drill { name: "drill-refute", options: without_exchanges, plan, judge };

const N: HostNo = 8;
const STOPPED: HostNo = 2;

fn without_exchanges() -> Options {
    lan(|options| options.push_pull_interval = millis(0))
}

fn plan(seed: u64, config: &Config) -> Plan {
    let mut plan = acquainted(seed, N as usize, config, 60);
    plan.at(seconds(10), Deed::Pause(STOPPED));
    // 1 s until a probe fails and 4 s at least: nobody's time is over.
    plan.at(seconds(10) + millis(4_900), Deed::Resume(STOPPED));
    plan
}

fn judge(log: &Log, judge: &mut Judge) {
    judge.nobody(log, State::Dead);
    let id = id_of(STOPPED);
    let suspected = log.turns(&id, Some(State::Suspect)).count();
    if suspected == 0 {
        // Once in some hundred seeds nobody has probed it in that time.
        return;
    }
    let cleared = log.turns(&id, Some(State::Alive)).map(|it| it.at).max();
    let back = seconds(10) + millis(4_900);
    let in_time = cleared.is_some_and(|at| at > back && at < back + millis(1_200));
    judge.claim(STOPPED, in_time, || format!("back at {back}, cleared at {cleared:?}"));
    let refuted = log.stat(STOPPED, "refutations");
    for host in 0..N {
        let number = log.last[host as usize].get(&id).map(|it| u64::from(it.incarnation().get()));
        judge.claim(host, number == Some(1 + refuted), || {
            format!("{id} has refuted {refuted} times, its incarnation is {number:?}")
        });
    }
    judge.all_believe(log, 0..N, &id, Some(State::Alive));
    let scores: Vec<u32> = log
        .health
        .iter()
        .filter(|(_, host, _)| *host == STOPPED)
        .map(|(.., score)| *score)
        .collect();
    // Each refutation costs one point, each answered probe gives one back.
    let costs = scores.first() == Some(&1) && scores.last() == Some(&0);
    judge.claim(STOPPED, costs, || format!("its health goes {scores:?}"));
    let blamed = log
        .changes
        .iter()
        .find(|it| it.host == STOPPED && it.turns() && it.state() == Some(State::Suspect));
    judge.claim(STOPPED, blamed.is_none(), || "the stopped one accuses others".to_owned());
}

#[cfg(test)]
mod tests {
    use super::super::tests::fails;
    use super::*;

    #[test]
    fn it_is_suspected_at_all() {
        let config = without_exchanges().check().unwrap();
        let mut world = crate::world::World::new(plan(1, &config), Log::default());
        world.run();
        assert!(world.observer().count(State::Suspect) > 3);
    }

    #[test]
    fn a_death_before_its_time_is_found() {
        assert!(fails(&DRILL, |options| options.suspicion_mult = 1));
        assert!(fails(&DRILL, |options| options.local_health = false));
    }
}
