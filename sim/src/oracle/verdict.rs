//! How long a suspect has (Lifeguard section IV.B): nobody is declared dead before that time, and
//! nobody stays a suspect after it.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use memberlist_core::engine::Notice;
use memberlist_core::swim::Event;
use memberlist_core::time::Instant;
use memberlist_core::types::State;

use super::bounds::suspicion_time;
use super::memory::Record;
use super::violation::Findings;
use super::{Oracle, Scene};
use crate::host::Status;
use crate::observe::Seen;
use crate::{HostNo, Id};

/// The suspicions of all hosts.
#[derive(Default)]
pub(super) struct Verdict {
    open: BTreeMap<(HostNo, Id), Suspicion>,
}

/// One suspicion, as far as it can be seen from outside.
struct Suspicion {
    /// On the host's clock, and on the world's.
    since: Instant,
    began: Instant,
    members: usize,
    incarnation: u32,
    accusers: BTreeSet<Id>,
    /// When the last of them came.
    changed: Instant,
}

/// Times are cut to milliseconds, logarithms to thousandths.
fn slack(time: Duration) -> Duration {
    time / 100 + Duration::from_millis(2)
}

/// A busy host is late.
const LATE: Duration = Duration::from_millis(250);

impl Verdict {
    fn begin(&mut self, scene: &Scene<'_>, host: HostNo, new: &Record) {
        let memory = scene.memory.of(host);
        let incarnation = new.incarnation().get();
        let here = &scene.view.hosts[host as usize];
        let mut accusers: BTreeSet<Id> = heard(scene, host, new.id(), incarnation).collect();
        if accusers.is_empty() {
            accusers.insert(here.id().clone());
        }
        let since = here.clock().read(scene.view.now);
        let began = scene.view.now;
        let members = memory.beliefs.len();
        let suspicion = Suspicion { since, began, members, incarnation, accusers, changed: began };
        self.open.insert((host, new.id().clone()), suspicion);
    }

    /// By its own judgement and by nobody's word: not too early.
    fn judge(&self, scene: &Scene<'_>, host: HostNo, new: &Record, found: &mut Findings<'_>) {
        let told = scene.memory.of(host).step.deads.iter().any(|dead| dead.node == *new.id());
        let Some(suspicion) = self.open.get(&(host, new.id().clone())) else { return };
        if told {
            return;
        }
        let here = &scene.view.hosts[host as usize];
        // Its own probes may have confirmed it.
        let confirmed = suspicion.accusers.iter().filter(|id| *id != here.id()).count() as u32;
        let least = suspicion_time(&scene.facts.config, suspicion.members, confirmed);
        let had = here.clock().read(scene.view.now).since(suspicion.since);
        if had + slack(least) < least {
            found.add(host, || format!("{} had {had:?} of {least:?}", new.id()));
        }
    }

    /// Whoever's time is over is no suspect any more.
    fn look(&mut self, scene: &Scene<'_>, host: HostNo, found: &mut Findings<'_>) {
        let range = (host, Id::default())..(host + 1, Id::default());
        for ((_, id), suspicion) in self.open.range_mut(range) {
            let before = suspicion.accusers.len();
            suspicion.accusers.extend(heard(scene, host, id, suspicion.incarnation));
            if suspicion.accusers.len() > before {
                suspicion.changed = scene.view.now;
            }
            let memory = scene.memory.of(host);
            let here = &scene.view.hosts[host as usize];
            let undisturbed = memory.upset.is_none_or(|upset| upset < suspicion.began);
            if here.status() != Status::Up || memory.has_left || !undisturbed {
                continue;
            }
            let confirmed = suspicion.accusers.len().saturating_sub(1) as u32;
            let most = suspicion_time(&scene.facts.config, suspicion.members, confirmed);
            let had = here.clock().read(scene.view.now).since(suspicion.since);
            let new = scene.view.now.since(suspicion.changed) <= LATE;
            if !new && had > most + slack(most) + LATE {
                let accusers = suspicion.accusers.len();
                let words = || format!("{id} is suspect for {had:?}, {most:?} by {accusers}");
                found.add(host, words);
            }
        }
    }
}

/// Who has accused a member in this step, at the incarnation that is known.
fn heard<'a>(
    scene: &Scene<'a>,
    host: HostNo,
    id: &'a Id,
    incarnation: u32,
) -> impl Iterator<Item = Id> + 'a {
    let heard = scene.memory.of(host).step.suspects.iter();
    let about = heard.filter(move |it| it.node == *id && it.incarnation.get() == incarnation);
    about.map(|it| it.from.clone())
}

impl Oracle for Verdict {
    fn name(&self) -> &'static str {
        "verdict"
    }

    fn see(&mut self, scene: &Scene<'_>, seen: &Seen<'_>, found: &mut Findings<'_>) {
        match seen {
            Seen::Started(host) | Seen::Stopped(host) => {
                self.open.retain(|(of, _), _| of != host);
            }
            Seen::Stepped(host) => self.look(scene, *host, found),
            Seen::Told { host, notice: Notice::Machine(Event::Member { old, new }) } => {
                let was = old.as_ref().map(|old| (old.state(), old.incarnation()));
                let Some(new) = new else {
                    let id = old.as_ref().map(|old| old.id().clone()).unwrap_or_default();
                    self.open.remove(&(*host, id));
                    return;
                };
                if was == Some((new.state(), new.incarnation())) {
                    return;
                }
                if new.state() == State::Suspect {
                    return self.begin(scene, *host, new);
                }
                if new.state() == State::Dead {
                    self.judge(scene, *host, new, found);
                }
                self.open.remove(&(*host, new.id().clone()));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::stage::{Stage, told};
    use super::*;

    /// LAN options and three members: 4 s, for there are too few to confirm more quickly.
    #[test]
    fn a_verdict_before_its_time_is_found_and_one_that_does_not_come() {
        for (wait, early, late) in [(0, 1, 0), (3_900, 1, 0), (4_000, 0, 0), (25_000, 0, 1)] {
            let mut stage = Stage::new();
            let [alive, suspect, dead, ..] = stage.records();
            let mut oracle = Verdict::default();
            stage.shows_and_learns(&mut oracle, &told(0, None, Some(&alive)));
            stage.shows_and_learns(&mut oracle, &told(0, Some(&alive), Some(&suspect)));
            stage.wait(wait);
            assert_eq!(stage.shows(&mut oracle, &Seen::Stepped(0)).len(), late, "{wait}");
            let found = stage.shows(&mut oracle, &told(0, Some(&suspect), Some(&dead)));
            assert_eq!(found.len(), early, "{wait}: {found:?}");
        }
    }
}
