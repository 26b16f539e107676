//! A sixth of all packets is lost, and nobody is declared dead: helpers, streams, refutations and
//! Lifeguard together.

use memberlist_core::config::{Config, Options};
use memberlist_core::types::State;

use super::judge::Judge;
use super::log::Log;
use super::{Drill, acquainted, seconds};
use crate::HostNo;
use crate::deed::Deed;
use crate::net::Weather;
use crate::plan::{Plan, id_of};

pub(super) const DRILL: Drill = Drill { name: "drill-loss", options: Options::lan, plan, judge };

const N: HostNo = 12;

fn plan(seed: u64, config: &Config) -> Plan {
    let mut plan = acquainted(seed, N as usize, config, 130);
    let rain = Weather { loss: 0.16, ..Weather::lan() };
    plan.at(seconds(5), Deed::Turn(Box::new(rain)));
    plan.at(seconds(120), Deed::Heal(Box::new(Weather::lan())));
    plan
}

fn judge(log: &Log, judge: &mut Judge) {
    judge.nobody(log, State::Dead);
    for host in 0..N {
        judge.all_believe(log, 0..N, &id_of(host), Some(State::Alive));
    }
    let saved = (0..N).map(|host| log.stat(host, "probes_indirect")).sum::<u64>();
    judge.claim(0, saved > 100, || format!("helpers have helped {saved} times"));
    let failed = (0..N).map(|host| log.stat(host, "probes_failed")).sum::<u64>();
    judge.claim(0, failed < 60, || format!("{failed} probes have failed"));
}

#[cfg(test)]
mod tests {
    use super::super::tests::fails;
    use super::*;

    #[test]
    fn probes_without_helpers_are_found() {
        assert!(fails(&DRILL, |options| options.indirect_checks = 0));
    }
}
