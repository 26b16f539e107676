//! Options that may find failures in time, by formula, the cheapest first.

use core::time::Duration;

use memberlist_core::config::{Config, Options};

use super::cluster::Cluster;
use super::forecast::Forecast;

/// What options must achieve.
#[derive(Clone, Debug, PartialEq)]
pub struct Goal {
    /// Everybody has declared a crash within so long,
    pub within: Duration,
    /// in this part of the crashes, 0 to 1.
    pub share: f64,
    /// False deaths that are borne in the cluster in a day, each observer counted.
    pub false_deaths: f64,
    /// Nodes that stand still for so long are not declared dead.
    pub pause: Duration,
    /// Names of options that stay as they are.
    pub keep: Vec<String>,
}

impl Goal {
    fn keeps(&self, name: &str) -> bool {
        self.keep.iter().any(|kept| kept == name)
    }
}

/// Options, and what formulas say about them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Candidate {
    pub(super) options: Options,
    /// Bytes per second and node.
    pub(super) bytes: f64,
}

/// What is tried of each option besides the probe interval. Full exchanges stay as they are: what
/// they are for, nodes that missed something, is no part of the goal.
const SUSPICIONS: [u32; 6] = [1, 2, 3, 4, 5, 6];
const RETRANSMITS: [u32; 4] = [2, 3, 4, 6];
const INDIRECTS: [usize; 4] = [1, 3, 5, 8];
const GOSSIP_MILLIS: [u64; 4] = [50, 100, 200, 500];
const FANS: [usize; 3] = [2, 3, 4];

/// Members that miss an update in the mean, until the next full exchange.
const MISSED_MAX: f64 = 0.01;

/// Shorter intervals are not proposed.
const INTERVAL_MIN: Duration = Duration::from_millis(20);
/// Longer ones are no cheaper to speak of.
const INTERVAL_MAX: Duration = Duration::from_secs(60);

/// A ping must be answered within so many times the usual longest way there and back: receivers
/// have other work as well.
const ROUND_TRIPS: u32 = 3;

/// All that may do by formula.
pub(super) fn candidates(cluster: &Cluster, goal: &Goal) -> Vec<Candidate> {
    let own = &cluster.options;
    let millis = GOSSIP_MILLIS.map(Duration::from_millis);
    let mut all = vec![own.clone()];
    all = vary(goal, all, "suspicion_mult", &SUSPICIONS, |o, n| o.suspicion_mult = n);
    all = vary(goal, all, "retransmit_mult", &RETRANSMITS, |o, n| o.retransmit_mult = n);
    all = vary(goal, all, "indirect_checks", &INDIRECTS, |o, n| o.indirect_checks = n);
    all = vary(goal, all, "gossip_interval", &millis, |o, time| o.gossip_interval = time);
    all = vary(goal, all, "gossip_nodes", &FANS, |o, n| o.gossip_nodes = n);
    let fitted = all.into_iter().filter_map(|options| fitted(cluster, goal, options));
    let mut found: Vec<Candidate> = fitted.collect();
    found.sort_by(|a, b| cost(cluster, a).total_cmp(&cost(cluster, b)));
    found
}

/// Each set with each of `values`, or as it is if the user has chosen.
fn vary<T: Copy>(
    goal: &Goal,
    sets: Vec<Options>,
    name: &str,
    values: &[T],
    set: impl Fn(&mut Options, T),
) -> Vec<Options> {
    if goal.keeps(name) {
        return sets;
    }
    let with = |options: &Options, value: T| {
        let mut options = options.clone();
        set(&mut options, value);
        options
    };
    sets.iter().flat_map(|options| values.iter().map(|&value| with(options, value))).collect()
}

/// The longest probe interval with which these options do, if there is one.
fn fitted(cluster: &Cluster, goal: &Goal, options: Options) -> Option<Candidate> {
    let any = options.clone().check().ok()?;
    let forecast = Forecast::new(cluster.nodes, cluster.loss, &any);
    // Everything but the spread is proportional to the interval.
    let spread = forecast.spread();
    let left = goal.within.as_secs_f64() - spread;
    let intervals = (forecast.detection(goal.share) - spread) / any.probe_interval.as_secs_f64();
    let config = with_interval(cluster, goal, &options, left / intervals)?;
    let forecast = Forecast::new(cluster.nodes, cluster.loss, &config);
    let in_time = forecast.detection(goal.share) <= goal.within.as_secs_f64();
    let refuted = forecast.suspicion() >= goal.pause.as_secs_f64() + 2.0 * forecast.spread();
    let rare = forecast.deaths_per_day() <= goal.false_deaths;
    let heard = forecast.missed() <= MISSED_MAX;
    let bytes = forecast.quiet_bytes();
    (in_time && refuted && rare && heard).then(|| Candidate { options: (*config).clone(), bytes })
}

/// With this probe interval in seconds, and a time-out that belongs to it, unless the user has
/// chosen. `None` if it is too short, also for answers to come in time.
pub(super) fn with_interval(
    cluster: &Cluster,
    goal: &Goal,
    options: &Options,
    seconds: f64,
) -> Option<Config> {
    let least = cluster.latency.most() * 2 * ROUND_TRIPS;
    let mut options = options.clone();
    if !goal.keeps("probe_interval") {
        options.probe_interval = rounded(seconds)?;
    }
    if !goal.keeps("probe_timeout") {
        options.probe_timeout = (options.probe_interval / 2).max(least);
    }
    options.check().ok()
}

/// Down to whole hundredths of a second.
fn rounded(seconds: f64) -> Option<Duration> {
    let hundredths = (seconds * 100.0).floor();
    let interval = Duration::from_millis(10) * (hundredths.clamp(0.0, 1e6) as u32);
    (interval >= INTERVAL_MIN).then(|| interval.min(INTERVAL_MAX))
}

/// Among equally cheap ones, those that are nearest to the user's own come first.
fn cost(cluster: &Cluster, candidate: &Candidate) -> f64 {
    let (own, other) = (&cluster.options, &candidate.options);
    let apart = [
        ratio(own.suspicion_mult as f64, other.suspicion_mult as f64),
        ratio(own.retransmit_mult as f64, other.retransmit_mult as f64),
        ratio(own.indirect_checks.max(1) as f64, other.indirect_checks as f64),
        ratio(own.gossip_nodes.max(1) as f64, other.gossip_nodes as f64),
        ratio(own.gossip_interval.as_secs_f64().max(0.01), other.gossip_interval.as_secs_f64()),
    ];
    candidate.bytes * (1.0 + 0.01 * apart.iter().sum::<f64>())
}

fn ratio(a: f64, b: f64) -> f64 {
    (a / b).ln().abs()
}

#[cfg(test)]
mod tests {
    use super::super::cluster::Profile;
    use super::*;

    fn goal(within: u64) -> Goal {
        let within = Duration::from_secs(within);
        Goal { within, share: 0.99, false_deaths: 1.0, pause: Duration::ZERO, keep: Vec::new() }
    }

    #[test]
    fn every_candidate_does_by_formula_and_the_cheapest_comes_first() {
        let cluster = Cluster { loss: 0.02, ..Cluster::new(500, Profile::Lan) };
        let found = candidates(&cluster, &goal(5));
        assert!(found.len() > 10);
        for candidate in &found {
            let config = candidate.options.clone().check().unwrap();
            let forecast = Forecast::new(500, 0.02, &config);
            assert!(forecast.detection(0.99) <= 5.0 && forecast.deaths_per_day() <= 1.0);
        }
        let mut goal = goal(5);
        goal.keep = vec!["suspicion_mult".to_owned(), "gossip_nodes".to_owned()];
        let kept = candidates(&cluster, &goal);
        assert!(!kept.is_empty() && kept.len() < found.len());
        assert!(kept.iter().all(|c| (c.options.suspicion_mult, c.options.gossip_nodes) == (4, 3)));
        let cheapest = found.iter().map(|c| c.bytes).fold(f64::INFINITY, f64::min);
        assert!(found[0].bytes <= cheapest * 1.1);
    }

    #[test]
    fn nothing_does_what_cannot_be_done() {
        let cluster = Cluster::new(500, Profile::Wan);
        let goal = Goal { within: Duration::from_millis(500), ..goal(1) };
        assert_eq!(candidates(&cluster, &goal), []);
        let lossy = Cluster { loss: 0.5, ..Cluster::new(500, Profile::Lan) };
        assert_eq!(candidates(&lossy, &self::goal(5)), []);
    }
}
