//! What is measured: the definitions of the paper's section V.

use std::collections::{BTreeMap, BTreeSet};

use memberlist_core::engine::Notice;
use memberlist_core::swim::Event;
use memberlist_core::time::Instant;
use memberlist_core::types::{Member, State};

use crate::experiment::Figures;
use crate::observe::{Observer, Seen, View};
use crate::plan::host_at;
use crate::stream::Purpose;
use crate::{Addr, HostNo, Id};

/// Looks on from the experiment's begin to its end.
#[derive(Debug)]
pub(super) struct Watch {
    members: usize,
    anomalous: BTreeSet<HostNo>,
    begin: Instant,
    first_block: Instant,
    last_end: Instant,
    /// Deaths of members that never blocked, whoever declared them.
    false_deaths: u64,
    /// Those that a member declared that never blocked.
    false_deaths_at_healthy: u64,
    /// How often a member that never blocked was suspected by anybody.
    suspicions: u64,
    messages: u64,
    bytes: u64,
    /// Of each blocked member: who has found it dead, and when first.
    found: BTreeMap<HostNo, BTreeMap<HostNo, Instant>>,
    /// Pairs of which one does not see the other alive.
    apart: i64,
    /// Since when there are none.
    whole_since: Instant,
}

/// What each run gives.
pub(super) const COLUMNS: &[&str] =
    &["fp", "fp-", "suspicions", "messages", "bytes", "seconds", "healed", "first", "full"];

impl Watch {
    /// `chosen` block from `first_block` on, for the last time until `last_end`.
    pub(super) fn new(
        members: usize,
        chosen: &[HostNo],
        begin: Instant,
        first_block: Instant,
        last_end: Instant,
    ) -> Self {
        Self {
            members,
            anomalous: chosen.iter().copied().collect(),
            begin,
            first_block,
            last_end,
            false_deaths: 0,
            false_deaths_at_healthy: 0,
            suspicions: 0,
            messages: 0,
            bytes: 0,
            found: BTreeMap::new(),
            apart: 0,
            whole_since: begin,
        }
    }

    /// The place of a column.
    pub(super) fn column(name: &str) -> usize {
        COLUMNS.iter().position(|column| *column == name).expect("it is one of the columns")
    }

    /// Figures in the order of [`COLUMNS`]; times in seconds.
    pub(super) fn figures(self) -> Figures {
        let count = |count: u64| vec![count as f64];
        let first = self.found.values().filter_map(|by| by.values().min().copied());
        let first = first.map(|at| self.since_block(at)).collect();
        let full = self.found.values().filter_map(|by| self.known_to_all(by));
        let full = full.map(|at| self.since_block(at)).collect();
        let whole = self.apart == 0;
        let healed = self.whole_since.max(self.last_end) - self.last_end;
        vec![
            count(self.false_deaths),
            count(self.false_deaths_at_healthy),
            count(self.suspicions),
            count(self.messages),
            count(self.bytes),
            vec![(self.last_end - self.begin).as_secs_f64()],
            if whole { vec![healed.as_secs_f64()] } else { Vec::new() },
            first,
            full,
        ]
    }

    fn since_block(&self, at: Instant) -> f64 {
        (at - self.first_block).as_secs_f64()
    }

    /// When the last of those that never blocked has found it dead; `None` if one of them has not.
    fn known_to_all(&self, by: &BTreeMap<HostNo, Instant>) -> Option<Instant> {
        let healthy = by.iter().filter(|(observer, _)| !self.anomalous.contains(observer));
        let times: Vec<Instant> = healthy.map(|(_, at)| *at).collect();
        let all = times.len() == self.members - self.anomalous.len();
        if all { times.into_iter().max() } else { None }
    }

    fn on_member(
        &mut self,
        now: Instant,
        observer: HostNo,
        old: Option<&Member<Id, Addr>>,
        new: Option<&Member<Id, Addr>>,
    ) {
        let state = |member: Option<&Member<Id, Addr>>| member.map(Member::state);
        let (was, is) = (state(old), state(new));
        if was == is {
            return;
        }
        let (was_alive, is_alive) = (was == Some(State::Alive), is == Some(State::Alive));
        self.apart += i64::from(was_alive) - i64::from(is_alive);
        if self.apart == 0 && is_alive {
            self.whole_since = now;
        }
        let Some((subject, _)) = new.and_then(|member| host_at(member.address())) else { return };
        let healthy = !self.anomalous.contains(&subject);
        match is {
            Some(State::Suspect) if healthy => self.suspicions += 1,
            Some(State::Dead) => self.on_death(now, observer, subject),
            _ => {}
        }
    }

    fn on_death(&mut self, now: Instant, observer: HostNo, subject: HostNo) {
        if self.anomalous.contains(&subject) {
            self.found.entry(subject).or_default().entry(observer).or_insert(now);
        } else {
            self.false_deaths += 1;
            let at_healthy = !self.anomalous.contains(&observer);
            self.false_deaths_at_healthy += u64::from(at_healthy);
        }
    }
}

impl Observer for Watch {
    fn see(&mut self, view: View<'_>, seen: &Seen<'_>) {
        if view.now < self.begin {
            return;
        }
        match *seen {
            Seen::Sent { bytes, .. } => {
                self.messages += 1;
                self.bytes += bytes.len() as u64;
            }
            Seen::Dialled { purpose: Purpose::Ping, .. } => self.messages += 1,
            Seen::Told { host, notice: Notice::Machine(Event::Member { old, new }) } => {
                self.on_member(view.now, host, old.as_deref(), new.as_deref());
            }
            _ => {}
        }
    }
}
