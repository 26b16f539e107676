//! What each host believes of the others.

use std::collections::{BTreeMap, BTreeSet};

use memberlist_core::engine::Notice;
use memberlist_core::swim::Event;
use memberlist_core::time::Instant;
use memberlist_core::types::{Member, State};

use crate::observe::{Observer, Seen, View};
use crate::plan::host_at;
use crate::{Addr, HostNo, Id};

/// A host has changed its mind about another for the worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// When.
    pub at: Instant,
    /// Who.
    pub observer: HostNo,
    /// About whom.
    pub subject: HostNo,
    /// What it believes now: suspect, dead or left.
    pub state: State,
    /// The subject's incarnation that is accused. Each refutation raises it.
    pub incarnation: u32,
    /// Whether the subject ran then: the verdict is false.
    pub ran: bool,
}

/// When a host that had ended was found dead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// By whom, each time for the first time, in the order of time.
    pub by: Vec<(HostNo, Instant)>,
}

impl Found {
    /// By the first.
    pub fn first(&self) -> Option<Instant> {
        self.by.first().map(|(_, at)| *at)
    }

    /// By the last of `all`, if all of them did.
    pub fn everywhere(&self, all: &[HostNo]) -> Option<Instant> {
        let times: BTreeMap<HostNo, Instant> = self.by.iter().copied().collect();
        let times: Option<Vec<Instant>> =
            all.iter().map(|observer| times.get(observer).copied()).collect();
        times?.into_iter().max()
    }
}

/// Follows the member lists of all hosts.
#[derive(Clone, Debug, Default)]
pub struct Views {
    /// In the order of time.
    pub verdicts: Vec<Verdict>,
    /// How many members each host sees alive or suspect, itself included.
    live: Vec<u32>,
    /// How many running hosts see so many.
    sizes: BTreeMap<u32, u32>,
    /// Every change of a size, for those who follow them.
    pub changes: u64,
    /// Since when all running hosts see the same number.
    level_since: Option<Instant>,
}

impl Views {
    /// How many members a host sees, itself included.
    pub fn live(&self, host: HostNo) -> u32 {
        self.live.get(host as usize).copied().unwrap_or(0)
    }

    /// How many running hosts see how many members.
    pub fn sizes(&self) -> &BTreeMap<u32, u32> {
        &self.sizes
    }

    /// Since when every running host sees `n` members. `None` if one does not.
    pub fn all_see(&self, n: u32) -> Option<Instant> {
        let (size, _) = self.sizes.first_key_value()?;
        if self.sizes.len() == 1 && *size == n { self.level_since } else { None }
    }

    /// Suspicions of hosts that ran, from `from` on. However many share one, it counts once.
    pub fn false_suspicions(&self, from: Instant) -> usize {
        let suspicions = self.wrong(from, State::Suspect);
        let accused: BTreeSet<_> = suspicions.map(|v| (v.subject, v.incarnation)).collect();
        accused.len()
    }

    /// Deaths of hosts that ran, from `from` on; each observer counts.
    pub fn false_deaths(&self, from: Instant) -> usize {
        self.wrong(from, State::Dead).count()
    }

    fn wrong(&self, from: Instant, state: State) -> impl Iterator<Item = &Verdict> {
        self.verdicts.iter().filter(move |v| v.ran && v.state == state && v.at >= from)
    }

    /// When and by whom `subject` was found dead from `from` on.
    pub fn found(&self, subject: HostNo, from: Instant) -> Found {
        let is_one = |v: &&Verdict| {
            v.subject == subject && v.state == State::Dead && v.at >= from && v.observer != subject
        };
        let mut by: Vec<(HostNo, Instant)> = Vec::new();
        let mut known = BTreeSet::new();
        for verdict in self.verdicts.iter().filter(is_one) {
            if known.insert(verdict.observer) {
                by.push((verdict.observer, verdict.at));
            }
        }
        Found { by }
    }

    fn resize(&mut self, now: Instant, host: HostNo, to: u32) {
        let at = host as usize;
        if self.live.len() <= at {
            self.live.resize(at + 1, 0);
        }
        let was = core::mem::replace(&mut self.live[at], to);
        if was == to {
            return;
        }
        self.changes += 1;
        if let Some(count) = self.sizes.get_mut(&was) {
            *count -= 1;
            if *count == 0 {
                self.sizes.remove(&was);
            }
        }
        if to > 0 {
            *self.sizes.entry(to).or_default() += 1;
        }
        self.level_since = Some(now);
    }

    fn on_member(
        &mut self,
        view: View<'_>,
        observer: HostNo,
        old: Option<&Member<Id, Addr>>,
        new: Option<&Member<Id, Addr>>,
    ) {
        let state = |member: Option<&Member<Id, Addr>>| member.map(Member::state);
        let (was, is) = (state(old), state(new));
        if was == is {
            return;
        }
        let lives = |state: Option<State>| state.is_some_and(State::is_live);
        let live = self.live(observer);
        match (lives(was), lives(is)) {
            (false, true) => self.resize(view.now, observer, live + 1),
            (true, false) => self.resize(view.now, observer, live.saturating_sub(1)),
            _ => {}
        }
        let Some(member) = new.filter(|member| !member.state().is_alive()) else { return };
        let Some((subject, _)) = host_at(member.address()) else { return };
        let (state, incarnation) = (member.state(), member.incarnation().get());
        let ran = view.hosts.get(subject as usize).is_some_and(crate::host::Host::is_running);
        self.verdicts.push(Verdict { at: view.now, observer, subject, state, incarnation, ran });
    }
}

impl Observer for Views {
    fn see(&mut self, view: View<'_>, seen: &Seen<'_>) {
        match *seen {
            // What a new process tells first is that it knows itself.
            Seen::Started(host) | Seen::Stopped(host) => self.resize(view.now, host, 0),
            Seen::Told { host, notice: Notice::Machine(Event::Member { old, new }) } => {
                self.on_member(view, host, old.as_deref(), new.as_deref());
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: fn(u64) -> Instant = Instant::from_millis;

    #[test]
    fn sizes_are_level_once_all_see_the_same() {
        let mut views = Views::default();
        views.resize(MS(1), 0, 1);
        views.resize(MS(2), 1, 1);
        assert_eq!(views.all_see(1), Some(MS(2)));
        views.resize(MS(3), 0, 2);
        assert_eq!((views.all_see(1), views.all_see(2)), (None, None));
        views.resize(MS(4), 1, 2);
        assert_eq!(views.all_see(2), Some(MS(4)));
        views.resize(MS(5), 1, 0);
        assert_eq!((views.sizes().len(), views.changes), (1, 5));
    }

    #[test]
    fn everywhere_is_when_the_last_has_found_it() {
        let verdict = |ms, observer, state| Verdict {
            at: MS(ms),
            observer,
            subject: 9,
            state,
            incarnation: 1,
            ran: false,
        };
        let verdicts = vec![
            verdict(1, 0, State::Dead),
            verdict(5, 1, State::Suspect),
            verdict(6, 1, State::Dead),
            verdict(7, 0, State::Dead),
            verdict(8, 2, State::Dead),
        ];
        let found = Views { verdicts, ..Views::default() }.found(9, MS(2));
        assert_eq!(found.first(), Some(MS(6)));
        assert_eq!(found.everywhere(&[0, 1]), Some(MS(7)));
        assert_eq!(found.everywhere(&[0, 1, 3]), None);
    }
}
