//! One trial: a cluster's life for one seed.

use core::time::Duration;

use indicatif::ProgressBar;
use memberlist_core::config::Config;
use memberlist_core::time::Instant;

use super::cluster::{Cluster, EstimateError, Phases};
use super::crew::{Crew, STEPS};
use super::measured::{Measured, Phase};
use crate::HostNo;
use crate::meter::{Meter, Tally};
use crate::world::World;

/// Simulates a cluster for each of `seeds`, several at a time.
///
/// # Errors
///
/// It makes no sense.
pub fn estimate(cluster: &Cluster, seeds: &[u64], crew: &Crew) -> Result<Measured, EstimateError> {
    let config = cluster.check()?;
    let name = format!("of {} trials", seeds.len());
    let trials = crew.map(&name, seeds, |&seed, bar| live(cluster, &config, seed, Some(bar)));
    let mut all = Measured::default();
    trials.into_iter().for_each(|measured| all.merge(measured));
    Ok(all)
}

/// Simulates a cluster for one seed.
///
/// # Errors
///
/// It makes no sense.
pub fn trial(cluster: &Cluster, seed: u64) -> Result<Measured, EstimateError> {
    let config = cluster.check()?;
    Ok(live(cluster, &config, seed, None))
}

fn live(cluster: &Cluster, config: &Config, seed: u64, bar: Option<&ProgressBar>) -> Measured {
    let phases = cluster.phases(config);
    let (plan, crashes) = cluster.plan(seed, config);
    let mut life = Life { world: World::new(plan, Meter::default()), bar, moved: 0 };
    let mut measured = Measured { trials: 1, ..Measured::default() };
    let mut before = Tally::default();
    let mut phase = |life: &mut Life<'_>, from: Instant, until: Instant| {
        life.run_until(until, phases.end);
        let total = life.meter().load.total();
        let tally = total - core::mem::replace(&mut before, total);
        let node_seconds = f64::from(cluster.nodes) * (until - from).as_secs_f64();
        Phase { tally, node_seconds }
    };
    measured.joining = phase(&mut life, Instant::ZERO, phases.quiet);
    measured.unseen = unseen(life.meter(), cluster.nodes);
    let level = life.meter().views.all_see(cluster.nodes);
    measured.joined.add(level.map(|at| (at.max(phases.joined) - phases.joined).as_secs_f64()));
    measured.quiet = phase(&mut life, phases.quiet, phases.news);
    measured.busy = phase(&mut life, phases.news, phases.crashes);
    measured.crashing = phase(&mut life, phases.crashes, phases.end);
    life.finish();
    judge(cluster, phases, &crashes, life.meter(), &mut measured);
    measured
}

fn unseen(meter: &Meter, nodes: u32) -> u64 {
    let missing = |host| u64::from(nodes.saturating_sub(meter.views.live(host)));
    (0..nodes).map(missing).sum()
}

/// A world on its way, and the bar that shows how far it is.
struct Life<'a> {
    world: World<Meter>,
    bar: Option<&'a ProgressBar>,
    moved: u64,
}

impl Life<'_> {
    fn meter(&self) -> &Meter {
        self.world.observer()
    }

    fn run_until(&mut self, until: Instant, end: Instant) {
        while self.world.now() < until {
            let next = self.world.now() + Duration::from_secs(1);
            self.world.run_until(next.min(until));
            let done = self.world.now().as_nanos() as f64 / end.as_nanos().max(1) as f64;
            self.move_to((done * STEPS as f64) as u64);
        }
    }

    fn finish(&mut self) {
        self.move_to(STEPS);
    }

    fn move_to(&mut self, step: u64) {
        if let Some(bar) = self.bar {
            bar.inc(step - self.moved);
        }
        self.moved = step;
    }
}

/// What the whole life has shown.
fn judge(
    cluster: &Cluster,
    phases: Phases,
    crashes: &[(HostNo, Instant)],
    meter: &Meter,
    measured: &mut Measured,
) {
    let others = cluster.nodes as usize - 1;
    let m = &mut *measured;
    let spread = &meter.spread;
    Measured::add_news(&mut m.update_half, &mut m.update_all, &spread.updates, others);
    Measured::add_news(&mut m.broadcast_half, &mut m.broadcast_all, &spread.broadcasts, others);
    let crashed = |host: &HostNo| crashes.iter().any(|(crashed, _)| crashed == host);
    let staying: Vec<HostNo> = (0..cluster.nodes).filter(|host| !crashed(host)).collect();
    for &(host, at) in crashes {
        let found = meter.views.found(host, at);
        let since = |found: Option<Instant>| found.map(|found| (found - at).as_secs_f64());
        m.first.add(since(found.first()));
        m.everywhere.add(since(found.everywhere(&staying)));
    }
    m.suspicions = meter.views.false_suspicions(phases.quiet);
    m.false_deaths = meter.views.false_deaths(phases.quiet);
    let lasted = (phases.end - phases.quiet).as_secs_f64();
    m.node_seconds = f64::from(cluster.nodes) * lasted;
}

#[cfg(test)]
mod tests {
    use super::super::cluster::Profile;
    use super::*;

    fn small() -> Cluster {
        let cluster = Cluster::new(16, Profile::Lan);
        Cluster { quiet: Duration::from_secs(10), updates: 2, broadcasts: 3, crashes: 2, ..cluster }
    }

    /// Two packets sent for each node and second, and the least suspicion of 4 * 1.204 s.
    #[test]
    fn a_small_cluster_is_as_the_formulas_say() {
        let measured = estimate(&small(), &[1, 2], &Crew::new(2)).unwrap();
        assert_eq!((measured.trials, measured.joined.missed), (2, 0));
        assert_eq!((measured.first.len(), measured.everywhere.missed), (4, 0));
        assert!(measured.first.seconds.iter().all(|time| (5.8..30.0).contains(time)));
        assert_eq!((measured.update_all.missed, measured.broadcast_all.missed), (0, 0));
        assert_eq!((measured.suspicions, measured.false_deaths), (0, 0));
        let packets = measured.quiet.packets();
        assert!((1.9..2.2).contains(&packets), "{packets}");
    }

    #[test]
    fn one_seed_gives_one_trial() {
        let run = || trial(&small(), 7).unwrap();
        assert_eq!(run(), run());
        assert_ne!(run(), trial(&small(), 8).unwrap());
    }
}
