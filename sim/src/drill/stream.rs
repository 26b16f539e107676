//! No datagram arrives whole: only pings over streams tell that the others live.

use memberlist_core::config::{Config, Options};
use memberlist_core::types::State;

use super::judge::Judge;
use super::log::Log;
use super::{Drill, acquainted, seconds};
use crate::deed::Deed;
use crate::net::Weather;
use crate::plan::Plan;

pub(super) const DRILL: Drill = Drill { name: "drill-stream", options: Options::lan, plan, judge };

fn plan(seed: u64, config: &Config) -> Plan {
    let mut plan = acquainted(seed, 5, config, 60);
    let noise = Weather { corrupt: 1.0, ..Weather::lan() };
    plan.at(seconds(10), Deed::Turn(Box::new(noise)));
    plan
}

fn judge(log: &Log, judge: &mut Judge) {
    judge.nobody(log, State::Suspect);
    judge.all_are_healthy(log);
    for host in 0..5 {
        let (saved, probes) = (log.stat(host, "probes_stream"), log.stat(host, "probes"));
        let is_so = (47..=52).contains(&saved) && (58..=62).contains(&probes);
        judge.claim(host, is_so, || format!("{saved} of {probes} probes answered by stream"));
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::fails;
    use super::*;

    #[test]
    fn probes_without_streams_are_found() {
        assert!(fails(&DRILL, |options| options.disable_reliable_pings = true));
    }
}
