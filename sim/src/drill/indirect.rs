//! Two that do not reach each other, neither by packets nor by streams: only the helpers keep them
//! from suspecting each other (SWIM section 3.1).

use memberlist_core::config::{Config, Options};
use memberlist_core::types::State;

use super::judge::Judge;
use super::log::{Log, Part};
use super::{Drill, acquainted, seconds};
use crate::deed::Deed;
use crate::plan::Plan;

pub(super) const DRILL: Drill =
    Drill { name: "drill-indirect", options: Options::lan, plan, judge };

/// The same with only one helper, which is the only other member.
pub(super) const DOWN: Drill =
    Drill { name: "drill-indirect-three", options: Options::local, plan: three, judge };

fn cut(mut plan: Plan) -> Plan {
    for (from, to) in [(0, 1), (1, 0)] {
        plan.at(seconds(10), Deed::Cut { from, to });
    }
    plan
}

fn plan(seed: u64, config: &Config) -> Plan {
    cut(acquainted(seed, 6, config, 80))
}

fn three(seed: u64, config: &Config) -> Plan {
    cut(acquainted(seed, 3, config, 80))
}

fn judge(log: &Log, judge: &mut Judge) {
    judge.nobody(log, State::Suspect);
    judge.all_are_healthy(log);
    for host in [0, 1] {
        let saved = log.stat(host, "probes_indirect");
        judge.claim(host, saved >= 5, || format!("helpers have helped {saved} times"));
        let direct = log.stat(host, "probes") - saved;
        judge.claim(host, direct > saved, || format!("{direct} probes needed no help"));
    }
    // A helper that has passed an ack on says nothing more.
    let nack = log.sent.iter().find(|it| matches!(it.parts.first(), Some(Part::Nack { .. })));
    judge.claim(0, nack.is_none(), || "a nack after an ack".to_owned());
}

#[cfg(test)]
mod tests {
    use super::super::tests::fails;
    use super::*;

    #[test]
    fn probes_without_helpers_are_found() {
        assert!(fails(&DRILL, |options| options.indirect_checks = 0));
        assert!(fails(&DOWN, |options| options.indirect_checks = 0));
    }
}
