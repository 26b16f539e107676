//! A node that is up and reachable is not declared dead; in calm it is not even suspected.

use memberlist_core::engine::Notice;
use memberlist_core::swim::Event;
use memberlist_core::types::State;

use super::bounds::suspicion_max;
use super::memory::Record;
use super::violation::Findings;
use super::{Oracle, Scene};
use crate::HostNo;
use crate::host::{Host, Status};
use crate::observe::Seen;

/// Where nothing was lost, nobody judged by a clock of its own, and nobody has taken the name.
#[derive(Default)]
pub(super) struct Healthy;

impl Healthy {
    /// The host of that name and address, if it runs freely and has done so for long.
    fn subject<'a>(scene: &Scene<'a>, record: &Record) -> Option<&'a Host> {
        let mut hosts = scene.view.hosts.iter();
        let is_it = |host: &&Host| host.id() == record.id() && host.address() == *record.address();
        let host = hosts.find(is_it).filter(|host| host.status() == Status::Up)?;
        let memory = scene.memory.of(host.no());
        let unnamed = !scene.facts.twins.contains(&host.no());
        let steady = !scene.facts.movers.contains(&host.no());
        (unnamed && steady && !memory.has_left).then_some(host)
    }

    fn is_calm(scene: &Scene<'_>) -> bool {
        scene.facts.calm.is_some_and(|calm| scene.view.now >= calm.settled)
    }

    /// Nothing has been wrong for as long as a suspicion can last.
    fn is_sound(scene: &Scene<'_>, observer: HostNo, subject: HostNo) -> bool {
        let config = &scene.facts.config;
        let span = 2 * suspicion_max(config, scene.facts.members_max) + 10 * config.probe_interval;
        let now = scene.view.now;
        let memory = scene.memory;
        memory.network.is_over_for(span, now)
            && memory.last_hold.is_none_or(|last| now.since(last) > span)
            && memory.of(observer).is_well_for(span, now)
            && memory.of(subject).is_well_for(span, now)
    }
}

impl Oracle for Healthy {
    fn name(&self) -> &'static str {
        "healthy"
    }

    fn see(&mut self, scene: &Scene<'_>, seen: &Seen<'_>, found: &mut Findings<'_>) {
        let Seen::Told { host, notice: Notice::Machine(event) } = seen else { return };
        let Event::Member { old: Some(old), new: Some(new) } = event else { return };
        if old.state() == new.state() || !matches!(new.state(), State::Suspect | State::Dead) {
            return;
        }
        let Some(subject) = Self::subject(scene, new) else { return };
        let is_dead = new.state() == State::Dead;
        if Self::is_calm(scene) || (is_dead && Self::is_sound(scene, *host, subject.no())) {
            found.add(*host, || format!("{} is well and held {}", new.id(), new.state()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::stage::{Stage, told};
    use super::*;

    #[test]
    fn the_death_of_one_that_is_well_is_found() {
        let mut stage = Stage::new();
        let [alive, suspect, dead, ..] = stage.records();
        let [.., again, left] = stage.records();
        stage.learn(&told(1, Some(&again), Some(&left)));
        assert!(stage.shows(&mut Healthy, &told(0, Some(&alive), Some(&dead))).is_empty());
        let mut stage = Stage::of_three(200);
        assert_eq!(stage.shows(&mut Healthy, &told(0, Some(&suspect), Some(&dead))).len(), 1);
        assert!(stage.shows(&mut Healthy, &told(0, Some(&alive), Some(&suspect))).is_empty());
    }
}
