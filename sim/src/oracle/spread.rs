//! An update of a calm cluster reaches all within `c * log n` rounds of gossip.

use memberlist_core::time::Instant;

use super::agreement::{agree, present};
use super::bounds::spread_time;
use super::violation::Findings;
use super::{Oracle, Scene};
use crate::HostNo;
use crate::deed::Deed;
use crate::observe::Seen;

/// New metadata.
#[derive(Default)]
pub(super) struct Spread {
    /// Whose, and by when everybody must have it.
    told: Vec<(HostNo, Instant)>,
}

impl Spread {
    fn look(&mut self, scene: &Scene<'_>, found: &mut Findings<'_>) {
        while let Some((no, due)) = self.told.first().copied() {
            if scene.view.now < due {
                return;
            }
            self.told.remove(0);
            let owner = &scene.view.hosts[no as usize];
            let Some(own) = scene.memory.belief(no, owner.id()) else { continue };
            let is_there = present(scene).any(|host| host.no() == no);
            for host in present(scene).filter(|_| is_there) {
                let belief = scene.memory.belief(host.no(), owner.id());
                if !belief.is_some_and(|belief| agree(belief, own)) {
                    found.add(host.no(), || format!("news of {} has not arrived", owner.id()));
                }
            }
        }
    }
}

impl Oracle for Spread {
    fn name(&self) -> &'static str {
        "spread"
    }

    fn see(&mut self, scene: &Scene<'_>, seen: &Seen<'_>, found: &mut Findings<'_>) {
        self.look(scene, found);
        let Seen::Done(Deed::SetMeta { host, .. }) = seen else { return };
        if scene.facts.calm.is_some_and(|calm| scene.view.now >= calm.settled) {
            let (config, n) = (&scene.facts.config, scene.facts.members_max);
            let due = scene.view.now + spread_time(config, n) + 20 * scene.facts.passage;
            self.told.push((*host, due));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::stage::{Stage, told};
    use super::*;

    #[test]
    fn news_that_do_not_arrive_are_found() {
        let mut stage = Stage::of_three(5);
        let [alive, .., again, _] = Stage::new().records();
        let mut oracle = Spread::default();
        stage.shows_and_learns(&mut oracle, &Seen::Done(&Deed::SetMeta { host: 1, len: 3 }));
        stage.learn(&told(1, Some(&alive), Some(&again)));
        stage.wait(500);
        assert!(stage.shows(&mut oracle, &Seen::Stepped(0)).is_empty());
        stage.wait(20_000);
        assert_eq!(stage.shows(&mut oracle, &Seen::Stepped(0)).len(), 2);
    }
}
