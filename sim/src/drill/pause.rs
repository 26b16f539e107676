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

/// One that it suspected before it was stopped has all its time to refute.
pub(super) const SUSPECT: Drill =
    Drill { name: "drill-pause-suspect", options: plain, plan: suspect, judge: judge_suspect };

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

/// A suspicion lasts its least time, and nobody else is there to help or to accuse.
fn plain() -> Options {
    lan(|options| options.suspicion_scaling = false)
}

fn suspect(seed: u64, config: &Config) -> Plan {
    let mut plan = acquainted(seed, 2, config, 60);
    plan.at(seconds(10), Deed::Crash { host: 1, silent: true });
    // By then it is a suspect for half a second at least, and for less than two.
    plan.at(seconds(12) + millis(500), Deed::Pause(0));
    plan.at(seconds(32) + millis(500), Deed::Resume(0));
    plan
}

fn judge_suspect(log: &Log, judge: &mut Judge) {
    let id = id_of(1);
    let turn = |state| log.turns(&id, Some(state)).find(|it| it.host == 0).map(|it| it.at);
    let (suspect, dead) = (turn(State::Suspect), turn(State::Dead));
    let had = suspect.zip(dead).map(|(suspect, dead)| dead - suspect);
    // Its 4 s and the 20 s, less what passed until the first timer was due.
    let is_so = had.is_some_and(|had| had > millis(22_900) && had < millis(24_100));
    judge.claim(0, is_so, || format!("a suspect for {had:?}, 20 s of them stopped"));
    let pauses = log.stat(0, "pauses");
    judge.claim(0, pauses == 1, || format!("it has noticed {pauses} pauses"));
}

#[cfg(test)]
mod tests {
    use super::super::tests::fails;
    use super::*;

    #[test]
    fn one_that_is_found_dead_too_soon_or_never_is_found() {
        assert!(fails(&DRILL, |options| options.suspicion_mult = 100));
        assert!(fails(&SUSPECT, |options| options.suspicion_mult = 7));
    }
}
