//! One that was stopped for long has heard nobody's answers: that is no evidence against anybody.

use memberlist_core::config::{Config, Options};
use memberlist_core::types::State;

use super::judge::Judge;
use super::log::Log;
use super::{Drill, acquainted, lan, millis, seconds};
use crate::HostNo;
use crate::deed::Deed;
use crate::plan::{Plan, id_of};

/// It judges nobody when it is back, and everybody has it back.
pub(super) const DRILL: Drill = Drill { name: "drill-pause", options: Options::lan, plan, judge };

/// One that it suspected before it was stopped gets all its time to refute.
pub(super) const SUSPECT: Drill = Drill {
    name: "drill-pause-suspect",
    options: without_helpers,
    plan: suspect,
    judge: judge_suspect,
};

const N: HostNo = 6;
const STOPPED: HostNo = 4;

fn plan(seed: u64, config: &Config) -> Plan {
    let mut plan = acquainted(seed, N as usize, config, 60);
    plan.at(seconds(10), Deed::Pause(STOPPED));
    plan.at(seconds(35), Deed::Resume(STOPPED));
    plan
}

fn judge(log: &Log, judge: &mut Judge) {
    let blamed = log.changes.iter().find(|it| {
        it.host == STOPPED && it.turns() && it.state().is_some_and(|state| state != State::Alive)
    });
    judge.claim(STOPPED, blamed.is_none(), || "the stopped one accuses others".to_owned());
    for host in 0..N {
        judge.all_believe(log, 0..N, &id_of(host), Some(State::Alive));
    }
    let dead = log.turns(&id_of(STOPPED), Some(State::Dead)).count();
    judge.claim(STOPPED, dead == N as usize - 1, || format!("{dead} have found it out"));
    let back = log.turns(&id_of(STOPPED), Some(State::Alive)).map(|it| it.at).max();
    judge.claim(STOPPED, back.is_some_and(|at| at < seconds(38)), || format!("back at {back:?}"));
}

/// Nobody can clear the suspect for the one that is cut off from it.
fn without_helpers() -> Options {
    lan(|options| {
        options.indirect_checks = 0;
        options.suspicion_scaling = false;
    })
}

const ACCUSED: HostNo = 1;

fn suspect(seed: u64, config: &Config) -> Plan {
    let mut plan = acquainted(seed, N as usize, config, 80);
    for (from, to) in [(STOPPED, ACCUSED), (ACCUSED, STOPPED)] {
        plan.at(seconds(10), Deed::Cut { from, to });
    }
    // What it accuses of is told by the others, and the refutation comes back the same way; but
    // soon it is stopped.
    for second in (11..70).step_by(2) {
        plan.at(seconds(second), Deed::Pause(STOPPED));
        plan.at(seconds(second) + millis(1_700), Deed::Resume(STOPPED));
    }
    plan
}

fn judge_suspect(log: &Log, judge: &mut Judge) {
    let id = id_of(ACCUSED);
    let dead = log.turns(&id, Some(State::Dead)).filter(|it| it.host == STOPPED).count();
    judge.claim(STOPPED, dead == 0, || "an accused had no time to refute".to_owned());
    let pauses = log.stat(STOPPED, "pauses");
    judge.claim(STOPPED, pauses >= 10, || format!("it has noticed {pauses} pauses"));
}

#[cfg(test)]
mod tests {
    use super::super::tests::fails;
    use super::*;

    #[test]
    fn one_that_is_found_dead_too_soon_or_never_is_found() {
        assert!(fails(&DRILL, |options| options.suspicion_mult = 100));
        assert!(fails(&SUSPECT, |options| options.probe_timeout = millis(999)));
    }
}
