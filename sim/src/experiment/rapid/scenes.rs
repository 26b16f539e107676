//! One run of one scenario.

use core::time::Duration;
use std::collections::BTreeSet;

use memberlist_core::config::{Config, Options};
use memberlist_core::time::Instant;
use memberlist_core::types::State;

use crate::HostNo;
use crate::deed::Deed;
use crate::dice::Dice;
use crate::experiment::Figures;
use crate::experiment::series::Case;
use crate::meter::{Meter, Tally};
use crate::plan::Plan;
use crate::world::World;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scene {
    /// One seed, and ten seconds later everybody else at once.
    Bootstrap,
    /// The same, but the others take ten seconds to start.
    Spread,
    /// Ten crash at once.
    Crash,
    /// Ten hear nothing for 20 s out of each 40.
    FlipFlop,
    /// Of what ten send, 80 % is lost.
    Egress,
}

pub(super) struct SceneCase {
    pub(super) scene: Scene,
    pub(super) members: u32,
    pub(super) repetition: u32,
}

/// What each run gives. Times in seconds from the fault (bootstrap: from the seed's start).
pub(super) const COLUMNS: &[&str] =
    &["first", "done", "sizes", "torn", "exact", "changes", "least", "benign", "received", "sent"];

pub(super) const FAULTY: usize = 10;

/// When faults begin.
const FAULT: u64 = 90;
const CRASH: u64 = 60;
/// Seconds of a run.
const LASTS: u64 = 900;
const CRASH_LASTS: u64 = 120;
const BOOTSTRAP_MOST: u64 = 240;
/// Seconds after the seed in which the others start.
const OTHERS: u64 = 10;
const START_SPREAD: Duration = Duration::from_secs(10);
const FLIP: u64 = 20;

impl Case for SceneCase {
    fn key(&self) -> String {
        format!("{:?} n={} rep={}", self.scene, self.members, self.repetition)
    }

    fn weight(&self) -> u64 {
        let members = u64::from(self.members);
        match self.scene {
            Scene::Bootstrap | Scene::Spread => members * members / 20,
            Scene::Crash => members * CRASH_LASTS,
            Scene::FlipFlop | Scene::Egress => members * LASTS,
        }
    }
}

impl SceneCase {
    pub(super) fn measure(&self, options: &Options, seed: u64) -> Figures {
        let config = options.clone().check().expect("a test checks it");
        match self.scene {
            Scene::Bootstrap => self.bootstrap(&config, seed, Duration::ZERO),
            Scene::Spread => self.bootstrap(&config, seed, START_SPREAD),
            Scene::Crash => self.fault(&config, seed, CRASH, CRASH_LASTS),
            Scene::FlipFlop | Scene::Egress => self.fault(&config, seed, FAULT, LASTS),
        }
    }

    fn bootstrap(&self, config: &Config, seed: u64, over: Duration) -> Figures {
        let n = self.members;
        let mut plan = Plan::new(seed, n as usize, config, seconds(BOOTSTRAP_MOST));
        plan.at(Instant::ZERO, Deed::Start(0));
        let mut dice = Dice::new(seed);
        for host in 1..n {
            let at = seconds(OTHERS) + dice.time(Duration::ZERO, over);
            plan.at(at, Deed::Start(host));
            plan.at(at, Deed::Join { host, seeds: vec![0] });
        }
        let mut world = World::new(plan, Meter::default());
        let everybody: Vec<HostNo> = (0..n).collect();
        let mut log = Log::new(n, &everybody);
        let mut second = 0;
        while second < BOOTSTRAP_MOST && world.observer().views.all_see(n).is_none() {
            second += 1;
            world.run_until(seconds(second));
            log.take(world.observer());
        }
        let done = world.observer().views.all_see(n);
        let mut figures = vec![Vec::new(); COLUMNS.len()];
        figures[1] = done.map(|at| (at - Instant::ZERO).as_secs_f64()).into_iter().collect();
        figures[2] = vec![log.sizes.len() as f64];
        figures
    }

    fn fault(&self, config: &Config, seed: u64, from: u64, lasts: u64) -> Figures {
        let n = self.members;
        let mut plan = Plan::acquainted(seed, n as usize, config, seconds(lasts));
        let faulty = Dice::new(seed).sample(n as usize, FAULTY);
        let faulty: BTreeSet<HostNo> = faulty.into_iter().map(|host| host as HostNo).collect();
        faulty.iter().for_each(|&host| self.plan_fault(&mut plan, host, from, lasts));
        let healthy: Vec<HostNo> = (0..n).filter(|host| !faulty.contains(host)).collect();
        let mut world = World::new(plan, Meter::default());
        world.run_until(seconds(SETTLE));
        let mut log = Log::new(n - FAULTY as u32, &healthy);
        log.skip(world.observer());
        for second in SETTLE + 1..=lasts {
            world.run_until(seconds(second));
            log.take(world.observer());
            if second == from {
                log.forget_views();
            }
        }
        log.figures(world.observer(), seconds(from), (lasts - from) as f64)
    }

    fn plan_fault(&self, plan: &mut Plan, host: HostNo, from: u64, lasts: u64) {
        match self.scene {
            Scene::Crash => plan.at(seconds(from), Deed::Crash { host, silent: true }),
            Scene::Egress => plan.at(seconds(from), Deed::LossFrom { host, loss: 0.8 }),
            Scene::FlipFlop => {
                let turns = (from..lasts).step_by(FLIP as usize).enumerate();
                turns.for_each(|(at, second)| {
                    plan.at(seconds(second), Deed::Deaf { host, deaf: at % 2 == 0 });
                });
            }
            Scene::Bootstrap | Scene::Spread => {}
        }
    }
}

/// Bandwidth is measured from here on: what members say of themselves has gone round.
const SETTLE: u64 = 20;

fn seconds(seconds: u64) -> Instant {
    Instant::from_millis(1_000 * seconds)
}

/// What the processes that are asked report, second by second.
struct Log<'a> {
    asked: &'a [HostNo],
    /// The size that is right.
    right: u32,
    last: Vec<u32>,
    before: Vec<Tally>,
    sizes: BTreeSet<u32>,
    seconds: u32,
    torn: u32,
    exact: u32,
    /// Seconds until all report the right size for the first time.
    done: Option<u32>,
    changes: u64,
    /// KB of each process and second.
    received: Vec<f64>,
    sent: Vec<f64>,
}

impl<'a> Log<'a> {
    fn new(right: u32, asked: &'a [HostNo]) -> Self {
        let before = vec![Tally::default(); asked.len()];
        let (sizes, received, sent) = (BTreeSet::new(), Vec::new(), Vec::new());
        let (seconds, torn, exact, done, changes) = (0, 0, 0, None, 0);
        let last = Vec::new();
        Self {
            asked,
            right,
            last,
            before,
            sizes,
            seconds,
            torn,
            exact,
            done,
            changes,
            received,
            sent,
        }
    }

    /// What was sent and received so far does not count.
    fn skip(&mut self, meter: &Meter) {
        self.before = self.asked.iter().map(|&host| meter.load.of(host)).collect();
    }

    /// What was seen so far does not count.
    fn forget_views(&mut self) {
        self.sizes.clear();
        (self.seconds, self.torn, self.exact, self.changes) = (0, 0, 0, 0);
        self.done = None;
    }

    fn take(&mut self, meter: &Meter) {
        self.seconds += 1;
        let now: Vec<u32> = self.asked.iter().map(|&host| meter.views.live(host)).collect();
        let different: BTreeSet<u32> = now.iter().copied().filter(|size| *size > 0).collect();
        self.torn += u32::from(different.len() > 1);
        if different.len() == 1 && different.contains(&self.right) {
            self.exact += 1;
            self.done.get_or_insert(self.seconds);
        }
        self.sizes.extend(different);
        self.changes += now.iter().zip(&self.last).filter(|(now, last)| now != last).count() as u64;
        self.last = now;
        for (at, &host) in self.asked.iter().enumerate() {
            let total = meter.load.of(host);
            let new = total - core::mem::replace(&mut self.before[at], total);
            self.received.push(new.bytes_in() as f64 / 1_000.0);
            self.sent.push(new.bytes_out() as f64 / 1_000.0);
        }
    }

    fn figures(self, meter: &Meter, from: Instant, lasts: f64) -> Figures {
        let asked: BTreeSet<HostNo> = self.asked.iter().copied().collect();
        let deaths = meter.views.verdicts.iter().filter(|v| v.state == State::Dead && v.at >= from);
        let by_asked: Vec<_> = deaths.filter(|v| asked.contains(&v.observer)).collect();
        let first = by_asked.first().map(|v| (v.at - from).as_secs_f64());
        let benign = by_asked.iter().filter(|v| asked.contains(&v.subject)).count();
        let minutes = lasts / 60.0 * self.asked.len() as f64;
        let least = self.sizes.first().map(|size| f64::from(*size));
        let share = |count: u32| vec![f64::from(count) / f64::from(self.seconds.max(1))];
        vec![
            first.into_iter().collect(),
            self.done.map(f64::from).into_iter().collect(),
            vec![self.sizes.len() as f64],
            share(self.torn),
            share(self.exact),
            vec![self.changes as f64 / minutes],
            least.into_iter().collect(),
            vec![benign as f64],
            spread(self.received),
            spread(self.sent),
        ]
    }
}

/// Mean, 99 % and maximum.
fn spread(samples: Vec<f64>) -> Vec<f64> {
    let samples = crate::report::sorted(samples);
    let mean = crate::report::mean(&samples);
    let quantile = |q| crate::report::quantile(&samples, q);
    [mean, quantile(0.99), quantile(1.0)].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measure(scene: Scene, members: u32) -> Figures {
        SceneCase { scene, members, repetition: 0 }.measure(&Options::lan(), 1)
    }

    #[test]
    fn a_cluster_comes_up_and_ten_crashes_are_seen() {
        let figures = measure(Scene::Spread, 24);
        assert!((15.0..30.0).contains(&figures[1][0]), "{figures:?}");
        let figures = measure(Scene::Bootstrap, 24);
        assert!((10.0..20.0).contains(&figures[1][0]), "{figures:?}");
        let figures = measure(Scene::Crash, 40);
        assert!((7.0..20.0).contains(&figures[0][0]) && figures[1][0] < 30.0, "{figures:?}");
        assert_eq!((figures[6][0], figures[7][0]), (30.0, 0.0));
    }
}
