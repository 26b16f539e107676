//! From a seed to a plan: cluster, options, faults and schedule.
//!
//! ```text
//!  0           chaos: weather and episodes             heal   settle          calm work    end
//!  ├─ starts, ─┬───────────────────────────────────────┬───────────────────┬─────────────┤
//!  │  joins    │ crashes, cuts, pauses, leaves, …      │ joins, if needed  │ meta, crash │
//! ```
//!
//! An episode is a fault with its end, and can be left out by itself: that is how a case that fails
//! is made smaller.

mod case;
mod episode;
mod options;
mod weather;

use core::time::Duration;

use memberlist_core::config::Config;
use memberlist_core::time::Instant;

pub use case::Case;
pub use episode::Episode;

use crate::HostNo;
use crate::deed::Deed;
use crate::dice::Dice;
use crate::net::Weather;
use crate::plan::{Calm, Plan};

/// When chaos begins: all have joined by then, if nothing hinders them.
const CHAOS_FROM: Instant = Instant::from_millis(2_000);

/// What a seed decides, before anything is left out.
pub(crate) struct Draw {
    pub(crate) plan: Plan,
    /// Hosts that start at the beginning.
    pub(crate) nodes: usize,
    pub(crate) episodes: Vec<Episode>,
    pub(crate) chaos: Duration,
    /// Whether operators help after the faults have ended: everybody joins again.
    pub(crate) helped: bool,
    storm: Weather,
    dice: Dice,
}

/// Draws all that `seed` decides.
pub(crate) fn draw(seed: u64) -> Draw {
    let mut dice = Dice::new(seed);
    let n = size(&mut dice);
    let config = options::draw(&mut dice);
    let mut plan = Plan::new(seed, n, &config, Instant::ZERO);
    plan.packet_cost = Duration::from_micros(dice.between(0, 100) as u64);
    plan.weather = weather::calm(&mut dice);
    for host in &mut plan.hosts {
        host.app.meta_len = dice.between(0, 40);
    }
    let chaos = chaos(&mut dice, &config);
    let helped = chaos > config.gossip_to_the_dead_time / 2 || dice.chance(0.3);
    let storm = weather::stormy(&mut dice);
    let episodes = episode::draw_all(&mut dice, &mut plan, CHAOS_FROM, chaos);
    Draw { plan, nodes: n, episodes, chaos, helped, storm, dice }
}

/// Mostly small, for small rings are where every single message counts; sometimes large.
fn size(dice: &mut Dice) -> usize {
    match dice.below(20) {
        0 => dice.between(30, 80),
        1..=4 => dice.between(10, 29),
        5 => 2,
        _ => dice.between(3, 9),
    }
}

/// How long the faults last: at times shorter than members are remembered, so that everything must
/// heal by itself, at times longer.
fn chaos(dice: &mut Dice, config: &Config) -> Duration {
    let remembered = config.gossip_to_the_dead_time;
    if dice.chance(0.5) {
        dice.time(remembered / 8, remembered / 2)
    } else {
        dice.time(remembered / 2, remembered * 3)
    }
}

impl Draw {
    /// The plan, with starts and joins, `episodes`, the heal after `chaos`, and what follows.
    pub(crate) fn finish(mut self, episodes: &[Episode], chaos: Duration, nodes: usize) -> Plan {
        let heal = CHAOS_FROM + chaos;
        // Whoever starts in chaos may reach nobody, and then only an operator can help.
        self.helped |= episodes.iter().any(Episode::has_starts);
        self.begin(nodes);
        for episode in episodes {
            for (at, deed) in &episode.deeds {
                if *at < heal {
                    self.plan.at(*at, deed.clone());
                }
            }
        }
        self.plan.at(CHAOS_FROM, Deed::Turn(Box::new(self.storm.clone())));
        self.calm_down(heal);
        self.plan
    }

    /// Everybody starts and joins somebody that started before.
    fn begin(&mut self, nodes: usize) {
        for no in 0..nodes as HostNo {
            let at = Instant::from_millis(self.dice.below(500) as u64);
            self.plan.at(at, Deed::Start(no));
            if no > 0 {
                let seeds = vec![self.dice.below(no as usize) as HostNo];
                self.plan.at(Instant::from_millis(600), Deed::Join { host: no, seeds });
            }
        }
    }

    fn calm_down(&mut self, heal: Instant) {
        let calm: Weather = self.plan.weather.clone();
        self.plan.at(heal, Deed::Heal(Box::new(calm)));
        for host in self.impostors() {
            self.plan.at(heal, Deed::Crash { host, silent: false });
        }
        let (up, here) = episode::who_is_up(&self.plan, heal);
        let up: Vec<_> = up.into_iter().filter(|host| !self.impostors().contains(host)).collect();
        let first = up.iter().copied().find(|host| here.contains(host));
        if let Some(seed) = first.filter(|_| self.helped) {
            for &host in up.iter().filter(|host| **host != seed && here.contains(host)) {
                let at = heal + self.dice.time(Duration::ZERO, Duration::from_secs(1));
                self.plan.at(at, Deed::Join { host, seeds: vec![seed] });
            }
        }
        let config = self.plan.hosts[0].config.clone();
        let mut settled = heal + settle_time(&config, self.plan.hosts.len());
        if self.names_move() {
            // A name is free once the one that had it is forgotten; then two exchanges bring it.
            settled = settled + config.gossip_to_the_dead_time + 2 * config.push_pull_interval;
        }
        let quiet_from = settled + Duration::from_secs(3) + 40 * config.gossip_interval;
        let quiet_until = quiet_from + 10 * config.probe_interval;
        self.plan.calm = Some(Calm { healed: heal, settled, quiet_from, quiet_until });
        let here: Vec<HostNo> = up.iter().copied().filter(|host| here.contains(host)).collect();
        self.work(settled, quiet_until, &here);
        self.plan.end = quiet_until + settle_time(&config, self.plan.hosts.len());
    }

    /// Whether a name is claimed from two addresses.
    fn names_move(&self) -> bool {
        let moves = |deed: &Deed| matches!(deed, Deed::Restart { moved: true, .. });
        !self.impostors().is_empty() || self.plan.deeds.iter().any(|(_, deed)| moves(deed))
    }

    /// Hosts with a name that an earlier one has.
    fn impostors(&self) -> Vec<HostNo> {
        let hosts = &self.plan.hosts;
        let is_taken = |at: usize| hosts[..at].iter().any(|host| host.id == hosts[at].id);
        (0..hosts.len()).filter(|at| is_taken(*at)).map(|at| at as HostNo).collect()
    }

    /// What a calm cluster does: metadata, a broadcast, and later a crash.
    fn work(&mut self, settled: Instant, quiet_until: Instant, here: &[HostNo]) {
        let second = Duration::from_secs(1);
        if let Some(&host) = self.dice.pick(here) {
            let len = self.dice.between(1, 200);
            self.plan.at(settled + second, Deed::SetMeta { host, len });
        }
        if let Some(&host) = self.dice.pick(here) {
            let len = self.dice.between(8, 100);
            self.plan.at(settled + 2 * second, Deed::Broadcast { host, len, key: 0 });
        }
        if here.len() > 1
            && let Some(&host) = self.dice.pick(here)
        {
            let silent = self.dice.chance(0.5);
            self.plan.at(quiet_until, Deed::Crash { host, silent });
        }
    }
}

/// Within this time of the last fault a cluster agrees again: the longest suspicion ends, two full
/// exchanges follow, and everybody has been probed by somebody.
pub fn settle_time(config: &Config, n: usize) -> Duration {
    let digits = libm::log10(n.max(10) as f64);
    let suspicion = config.probe_interval.mul_f64(digits)
        * config.suspicion_mult
        * config.suspicion_max_timeout_mult;
    let mut scale = 1;
    while 32 << (scale - 1) < n {
        scale += 1;
    }
    let probes = config.probe_interval * (2 * n as u32 + 10);
    suspicion + config.push_pull_interval * scale * 2 + probes + Duration::from_secs(5)
}
