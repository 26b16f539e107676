//! The cheapest options that find failures in time: by formula first, then simulated.

use memberlist_core::config::Options;

use super::candidates::{Candidate, Goal, candidates, with_interval};
use super::cluster::{Cluster, EstimateError};
use super::crew::Crew;
use super::forecast::Forecast;
use super::measured::Measured;
use super::trial::estimate;

/// Options that were simulated.
#[derive(Clone, Debug, PartialEq)]
pub struct Tried {
    /// Which.
    pub options: Options,
    /// What they have shown.
    pub measured: Measured,
    /// Seconds until everybody had declared the goal's share of the crashes. `None`: longer than
    /// the trial.
    pub found: Option<f64>,
    /// Whether they meet the goal.
    pub meets: bool,
    /// Bytes that each node sends each second while nothing happens.
    pub bytes: f64,
}

/// What was tried.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tuned {
    /// Sets of options that do by formula.
    pub candidates: usize,
    /// Those that were simulated, in this order.
    pub tried: Vec<Tried>,
}

/// Sets that are simulated, besides those that are mended.
const BEST: usize = 4;

/// How much shorter an interval is tried after one that was too long, beyond what it missed by.
const MARGIN: f64 = 0.97;

impl Tuned {
    /// The cheapest that meets the goal.
    pub fn best(&self) -> Option<&Tried> {
        let meets = self.tried.iter().filter(|tried| tried.meets);
        meets.min_by(|a, b| a.bytes.total_cmp(&b.bytes))
    }
}

/// Looks for the cheapest options for a cluster that meet a goal.
///
/// # Errors
///
/// The cluster makes no sense.
pub fn tune(
    cluster: &Cluster,
    goal: &Goal,
    seeds: &[u64],
    crew: &Crew,
) -> Result<Tuned, EstimateError> {
    cluster.check()?;
    let candidates = candidates(cluster, goal);
    let mut tuned = Tuned { candidates: candidates.len(), tried: Vec::new() };
    for candidate in chosen(&candidates) {
        let tried = try_out(cluster, goal, &candidate.options, seeds, crew)?;
        let mended = mended(cluster, goal, &tried);
        tuned.tried.push(tried);
        if let Some(options) = mended {
            tuned.tried.push(try_out(cluster, goal, &options, seeds, crew)?);
        }
    }
    Ok(tuned)
}

/// The best by formula, and no two that differ in the rarer exchanges only.
fn chosen(candidates: &[Candidate]) -> Vec<&Candidate> {
    let mut chosen: Vec<&Candidate> = Vec::new();
    let alike = |a: &Options, b: &Options| {
        a.suspicion_mult == b.suspicion_mult && a.gossip_interval == b.gossip_interval
    };
    for candidate in candidates {
        if !chosen.iter().any(|other| alike(&other.options, &candidate.options)) {
            chosen.push(candidate);
        }
        if chosen.len() == BEST {
            break;
        }
    }
    chosen
}

fn try_out(
    cluster: &Cluster,
    goal: &Goal,
    options: &Options,
    seeds: &[u64],
    crew: &Crew,
) -> Result<Tried, EstimateError> {
    let cluster = Cluster { options: options.clone(), ..cluster.clone() };
    let config = cluster.check()?;
    let forecast = Forecast::new(cluster.nodes, cluster.loss, &config);
    let measured = estimate(&cluster, seeds, crew)?;
    let found = measured.everywhere.quantile(goal.share);
    let in_time = found.is_some_and(|found| found <= goal.within.as_secs_f64());
    let days = measured.node_seconds / f64::from(cluster.nodes) / 86_400.0;
    let borne = measured.false_deaths as f64 <= (goal.false_deaths * days).ceil();
    let bytes = measured.quiet_bytes(forecast.exchanges_per_second());
    Ok(Tried { options: options.clone(), measured, found, meets: in_time && borne, bytes })
}

/// The same with a probe interval that is as much shorter as they were late.
fn mended(cluster: &Cluster, goal: &Goal, tried: &Tried) -> Option<Options> {
    let within = goal.within.as_secs_f64();
    let late = tried.found.filter(|found| *found > within)?;
    let interval = tried.options.probe_interval.as_secs_f64() * within / late * MARGIN;
    let config = with_interval(cluster, goal, &tried.options, interval)?;
    (config.probe_interval < tried.options.probe_interval).then(|| (*config).clone())
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::super::cluster::Profile;
    use super::*;

    #[test]
    fn a_small_cluster_is_tuned() {
        let cluster = Cluster { quiet: Duration::from_secs(5), ..Cluster::new(12, Profile::Lan) };
        let goal = Goal {
            within: Duration::from_secs(4),
            share: 0.9,
            false_deaths: 1.0,
            pause: Duration::ZERO,
            keep: Vec::new(),
        };
        let tuned = tune(&cluster, &goal, &[1, 2], &Crew::new(2)).unwrap();
        let best = tuned.best().unwrap();
        assert!(best.found.unwrap() <= 4.0);
        assert!(tuned.tried.iter().all(|tried| !tried.meets || tried.bytes >= best.bytes));
    }

    #[test]
    fn nothing_is_simulated_when_nothing_can_do() {
        let goal = Goal {
            within: Duration::from_millis(100),
            share: 0.99,
            false_deaths: 1.0,
            pause: Duration::ZERO,
            keep: Vec::new(),
        };
        let cluster = Cluster::new(100, Profile::Lan);
        let tuned = tune(&cluster, &goal, &[1], &Crew::new(1)).unwrap();
        assert_eq!(tuned, Tuned::default());
        assert_eq!(tuned.best(), None);
    }
}
