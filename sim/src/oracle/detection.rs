//! A crash is told by everybody in time (SWIM section 4.3: time-bounded completeness).

use core::time::Duration;

use memberlist_core::time::Instant;

use super::agreement::present;
use super::bounds::{spread_time, suspicion_max};
use super::violation::Findings;
use super::{Oracle, Scene};
use crate::HostNo;
use crate::deed::Deed;
use crate::observe::Seen;

/// The crashes of a calm cluster.
#[derive(Default)]
pub(super) struct Detection {
    /// Who, and by when everybody must know.
    crashed: Vec<(HostNo, Instant)>,
}

/// Somebody probes it within two rounds less one, the probe takes one interval, stretched while
/// helpers are asked in vain, then the suspicion runs, and the news spreads.
fn bound(scene: &Scene<'_>) -> Duration {
    let (config, n) = (&scene.facts.config, scene.facts.members_max);
    let probes = config.probe_interval * (2 * n as u32 + config.awareness_max_multiplier);
    let news = spread_time(config, n) + 20 * scene.facts.passage;
    probes + suspicion_max(config, n).mul_f64(1.01) + news
}

impl Detection {
    fn look(&mut self, scene: &Scene<'_>, found: &mut Findings<'_>) {
        while let Some((no, due)) = self.crashed.first().copied() {
            if scene.view.now < due {
                return;
            }
            self.crashed.remove(0);
            let victim = &scene.view.hosts[no as usize];
            for host in present(scene).filter(|_| !victim.is_running()) {
                let belief = scene.memory.belief(host.no(), victim.id());
                if belief.is_some_and(|belief| belief.state().is_live()) {
                    found.add(host.no(), || format!("{} has crashed and lives", victim.id()));
                }
            }
        }
    }
}

impl Oracle for Detection {
    fn name(&self) -> &'static str {
        "detection"
    }

    fn see(&mut self, scene: &Scene<'_>, seen: &Seen<'_>, found: &mut Findings<'_>) {
        self.look(scene, found);
        let Seen::Done(Deed::Crash { host, .. }) = seen else { return };
        let calm = scene.facts.calm.is_some_and(|calm| scene.view.now >= calm.settled);
        if calm && scene.view.hosts[*host as usize].is_running() {
            self.crashed.push((*host, scene.view.now + bound(scene)));
        }
    }

    fn finish(&mut self, scene: &Scene<'_>, found: &mut Findings<'_>) {
        self.look(scene, found);
    }
}

#[cfg(test)]
mod tests {
    use super::super::stage::Stage;
    use super::*;

    #[test]
    fn a_crash_that_nobody_tells_is_found() {
        let mut stage = Stage::of_three(5);
        let crash = Deed::Crash { host: 1, silent: true };
        let mut oracle = Detection::default();
        stage.shows_and_learns(&mut oracle, &Seen::Done(&crash));
        // Its peers do not learn of it here.
        stage.stop(1);
        stage.wait(10_000);
        assert!(stage.shows(&mut oracle, &Seen::Stepped(0)).is_empty());
        stage.wait(40_000);
        assert_eq!(stage.shows(&mut oracle, &Seen::Stepped(0)).len(), 2);
    }
}
