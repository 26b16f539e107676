//! A crowd that comes in by one seed at the same moment meets, and at once.

use memberlist_core::config::{Config, Options};
use memberlist_core::types::State;

use super::judge::Judge;
use super::log::Log;
use super::{Drill, lan, millis, seconds};
use crate::HostNo;
use crate::deed::Deed;
use crate::plan::{Plan, id_of};

pub(super) const DRILL: Drill = Drill { name: "drill-join", options: seldom, plan, judge };

const N: HostNo = 48;

/// The next exchange of the usual ones is far away.
fn seldom() -> Options {
    lan(|options| options.push_pull_interval = millis(600_000))
}

fn plan(seed: u64, config: &Config) -> Plan {
    let mut plan = Plan::new(seed, N as usize, config, seconds(4));
    for host in 0..N {
        plan.at(seconds(0), Deed::Start(host));
        if host > 0 {
            plan.at(seconds(0) + millis(1), Deed::Join { host, seeds: vec![0] });
        }
    }
    plan
}

fn judge(log: &Log, judge: &mut Judge) {
    judge.nobody(log, State::Suspect);
    for host in 0..N {
        let known = log.last[host as usize].len();
        judge.claim(host, known == N as usize, || format!("it knows {known} of {N}"));
        judge.all_believe(log, [host], &id_of((host + 1) % N), Some(State::Alive));
    }
    // Once more each, and some more for those that came in a crowd; never more than seven.
    let dials = log.dialled.len();
    judge.claim(0, (94..=7 * 47).contains(&dials), || format!("{dials} exchanges"));
    // What a newcomer is told first is no news: it does not say it on.
    let said = log.sent.iter().map(|packet| packet.parts.len()).sum::<usize>();
    judge.claim(0, said < SAID_MAX, || format!("{said} messages, at most {SAID_MAX}"));
}

/// Each of 48 members is news, said at most 8 times by each of 48.
const SAID_MAX: usize = 48 * 48 * 8;

#[cfg(test)]
mod tests {
    use super::super::tests::fails;
    use super::*;

    #[test]
    fn a_crowd_that_never_returns_to_its_seed_is_found() {
        assert!(fails(&DRILL, |options| options.push_pull_interval = millis(0)));
    }
}
