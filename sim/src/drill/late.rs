//! Slow links and clocks that jump: answers that come late, and time that has not passed.

use memberlist_core::config::{Config, Options};
use memberlist_core::types::State;

use super::judge::Judge;
use super::log::Log;
use super::{Drill, acquainted, millis, seconds};
use crate::HostNo;
use crate::deed::Deed;
use crate::net::{Latency, Weather};
use crate::plan::Plan;

/// An answer to the last probe is none to this one.
pub(super) const ACKS: Drill =
    Drill { name: "drill-late-acks", options: Options::lan, plan: slow, judge: judge_slow };

/// A clock that jumps in the middle of a probe is no evidence.
pub(super) const JUMPS: Drill =
    Drill { name: "drill-jumps", options: Options::lan, plan: jumps, judge: judge_jumps };

const N: HostNo = 4;

/// There and back takes longer than a probe of a healthy node, and less than two.
fn slow(seed: u64, config: &Config) -> Plan {
    let mut plan = acquainted(seed, N as usize, config, 20);
    plan.weather = Weather::calm(Latency::Fixed(millis(600)));
    plan
}

fn judge_slow(log: &Log, judge: &mut Judge) {
    for host in 0..N {
        let failed = log.stat(host, "probes_failed");
        judge.claim(host, failed >= 1, || "late answers count for later probes".to_owned());
        let measured = log.last[host as usize].values().filter_map(|member| member.round_trip());
        let least = measured.min().unwrap_or(millis(1_200));
        judge.claim(host, least >= millis(1_200), || format!("a round trip of {least:?}"));
        let health = log.health.iter().any(|(_, who, score)| *who == host && *score > 0);
        judge.claim(host, health, || "it does not doubt itself".to_owned());
    }
    judge.nobody(log, State::Dead);
}

fn jumps(seed: u64, config: &Config) -> Plan {
    let mut plan = acquainted(seed, N as usize, config, 60);
    plan.weather = Weather::calm(Latency::Fixed(millis(200)));
    let mut at = seconds(5);
    while at < seconds(55) {
        plan.at(at, Deed::Jump { host: 1, by: millis(10_000) });
        at = at + millis(1_370);
    }
    plan
}

fn judge_jumps(log: &Log, judge: &mut Judge) {
    judge.nobody(log, State::Suspect);
    judge.all_are_healthy(log);
    let pauses = log.stat(1, "pauses");
    judge.claim(1, pauses > 20, || format!("it has noticed {pauses} jumps"));
}

#[cfg(test)]
mod tests {
    use super::super::tests::fails;
    use super::*;

    #[test]
    fn probes_that_last_as_long_as_the_answers_are_found() {
        assert!(fails(&ACKS, |options| options.probe_interval *= 2));
    }

    #[test]
    fn answers_that_come_too_late_are_found() {
        assert!(fails(&JUMPS, |options| {
            options.probe_interval = millis(390);
            options.probe_timeout = millis(380);
        }));
    }
}
