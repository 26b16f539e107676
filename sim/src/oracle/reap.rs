//! Who is gone is forgotten after `gossip_to_the_dead_time`, not before and not much later.

use core::time::Duration;
use std::collections::BTreeMap;

use memberlist_core::engine::Notice;
use memberlist_core::swim::Event;
use memberlist_core::time::Instant;

use super::violation::Findings;
use super::{Oracle, Scene};
use crate::host::Status;
use crate::observe::Seen;
use crate::{HostNo, Id};

/// Since when each is gone, on the observer's clock and on the world's.
#[derive(Default)]
pub(super) struct Reap {
    gone: BTreeMap<(HostNo, Id), (Instant, Instant)>,
}

/// A busy host is late.
const LATE: Duration = Duration::from_millis(250);

impl Reap {
    fn look(&self, scene: &Scene<'_>, host: HostNo, found: &mut Findings<'_>) {
        let here = &scene.view.hosts[host as usize];
        if here.status() != Status::Up {
            return;
        }
        let local = here.clock().read(scene.view.now);
        let most = scene.facts.config.gossip_to_the_dead_time + LATE;
        let range = (host, Id::default())..(host + 1, Id::default());
        for ((_, id), (since, began)) in self.gone.range(range) {
            let upset = scene.memory.of(host).upset;
            let undisturbed = upset.is_none_or(|upset| upset < *began);
            if undisturbed && local.since(*since) > most && here.id() != id {
                let gone = local.since(*since);
                found.add(host, || format!("{id} is gone for {gone:?} and not forgotten"));
            }
        }
    }
}

impl Oracle for Reap {
    fn name(&self) -> &'static str {
        "reap"
    }

    fn see(&mut self, scene: &Scene<'_>, seen: &Seen<'_>, found: &mut Findings<'_>) {
        match seen {
            Seen::Started(host) | Seen::Stopped(host) => {
                self.gone.retain(|(of, _), _| of != host);
            }
            Seen::Stepped(host) => self.look(scene, *host, found),
            Seen::Told { host, notice: Notice::Machine(Event::Member { old, new }) } => {
                let Some(subject) = new.as_ref().or(old.as_ref()) else { return };
                let key = (*host, subject.id().clone());
                let here = &scene.view.hosts[*host as usize];
                let local = here.clock().read(scene.view.now);
                match new {
                    Some(new) if new.state().is_gone() => {
                        self.gone.entry(key).or_insert((local, scene.view.now));
                    }
                    Some(_) => {
                        self.gone.remove(&key);
                    }
                    None => {
                        let since = self.gone.remove(&key).map(|(since, _)| since);
                        let least = scene.facts.config.gossip_to_the_dead_time;
                        if since.is_none_or(|since| local.since(since) < least) {
                            found.add(*host, || format!("{} was forgotten early", subject.id()));
                        }
                    }
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::stage::{Stage, told};
    use super::*;

    #[test]
    fn one_that_is_forgotten_early_or_never_is_found() {
        for (wait, late, early) in [(29_000, 0, 1), (30_000, 0, 0), (31_000, 1, 0)] {
            let mut stage = Stage::new();
            let [alive, _, dead, ..] = stage.records();
            let mut oracle = Reap::default();
            stage.shows_and_learns(&mut oracle, &told(0, Some(&alive), Some(&dead)));
            stage.wait(wait);
            assert_eq!(stage.shows(&mut oracle, &Seen::Stepped(0)).len(), late);
            assert_eq!(stage.shows(&mut oracle, &told(0, Some(&dead), None)).len(), early);
        }
    }
}
