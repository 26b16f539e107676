//! Drills: small worlds in which exactly one mechanism can help, and must.
//!
//! The rules of [`oracle`](crate::oracle) say what may never happen, whatever the faults are. They
//! do not see that a mechanism is missing as long as another one makes up for it: without indirect
//! probes the stream saves the day, without refutation the dead are forgotten and learnt anew. A
//! drill takes the others away. Most figures are exact, for time is virtual.
//!
//! A drill proves that it can fail: its test takes away the mechanism itself, by an option.

mod command;
mod crash;
mod deaf;
mod indirect;
mod join;
mod judge;
mod late;
mod leave;
mod log;
mod loss;
mod names;
mod part;
mod pause;
mod pushpull;
mod queue;
mod quiet;
mod refute;
mod restart;
mod spread;
mod stream;

use core::time::Duration;

use memberlist_core::config::{Config, Options};
use memberlist_core::time::Instant;

use crate::HostNo;
use crate::deed::Deed;
use crate::guard;
use crate::oracle::{Oracles, Violation};
use crate::plan::Plan;
use crate::world::World;

use judge::Judge;
use log::Log;

/// One small world, and what must be so in it.
pub struct Drill {
    /// What it is called.
    pub name: &'static str,
    options: fn() -> Options,
    plan: fn(u64, &Config) -> Plan,
    judge: fn(&Log, &mut Judge),
}

/// All drills.
pub const DRILLS: &[Drill] = &[
    quiet::DRILL,
    quiet::LARGE,
    crash::DRILL,
    crash::PLAIN,
    deaf::DRILL,
    indirect::DRILL,
    indirect::DOWN,
    stream::DRILL,
    pushpull::DRILL,
    refute::DRILL,
    pause::DRILL,
    pause::SUSPECT,
    spread::EAGER,
    spread::TICKS,
    spread::META,
    leave::DRILL,
    leave::MISSED,
    restart::DRILL,
    restart::GOODBYE,
    restart::SAME,
    restart::ALONE,
    part::DRILL,
    part::RENEWED,
    part::GOODBYE,
    join::DRILL,
    names::CONFLICT,
    names::RECLAIM,
    queue::DEPTH,
    queue::KEYS,
    queue::SHARE,
    loss::DRILL,
    late::ACKS,
    late::JUMPS,
    command::DRILL,
    command::BUCKET,
    spread::TEN,
    spread::DEAD,
    restart::MOVED,
];

impl Drill {
    /// Runs it; what was wrong. The rules that hold everywhere are checked as well.
    pub fn run(&self, seed: u64) -> Vec<Violation> {
        self.run_with(seed, (self.options)())
    }

    fn run_with(&self, seed: u64, options: Options) -> Vec<Violation> {
        let Ok(config) = options.check() else { return Vec::new() };
        let plan = (self.plan)(seed, &config);
        let oracles = Oracles::new(&plan);
        let mut world = World::new(plan, (Log::default(), oracles));
        if let Some(end) = guard::run(&mut world, |_| false) {
            return world.into_observer().1.cut_short(end);
        }
        world.finish(|view, (mut log, oracles)| {
            log.close(view);
            let mut judge = Judge::new(self.name, view.now);
            (self.judge)(&log, &mut judge);
            let mut violations = judge.into_violations();
            violations.extend(oracles.finish(view));
            violations
        })
    }
}

/// `n` hosts that have known each other for long, until `end` seconds.
fn acquainted(seed: u64, n: usize, config: &Config, end: u64) -> Plan {
    let mut plan = Plan::new(seed, n, config, seconds(end));
    let all: Vec<HostNo> = (0..n as HostNo).collect();
    for &host in &all {
        plan.at(Instant::ZERO, Deed::Start(host));
    }
    plan.at(Instant::ZERO, Deed::Acquaint(all));
    plan
}

/// The LAN options with a change.
fn lan(change: impl FnOnce(&mut Options)) -> Options {
    let mut options = Options::lan();
    change(&mut options);
    options
}

fn seconds(seconds: u64) -> Instant {
    Instant::from_millis(1_000 * seconds)
}

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_wrong_with_the_machine() {
        for drill in DRILLS {
            for seed in 1..=3 {
                let found = drill.run(seed);
                let words: Vec<_> = found.iter().map(ToString::to_string).collect();
                assert!(found.is_empty(), "seed {seed}: {words:#?}");
            }
        }
    }

    /// Whether a drill finds something once `spoil` has taken its mechanism away.
    pub(super) fn fails(drill: &Drill, spoil: impl FnOnce(&mut Options)) -> bool {
        let mut options = (drill.options)();
        spoil(&mut options);
        drill.run_with(1, options).iter().any(|found| found.oracle == drill.name)
    }
}
