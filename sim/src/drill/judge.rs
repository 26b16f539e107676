//! Where a drill puts what it claims.

use memberlist_core::time::Instant;
use memberlist_core::types::State;

use super::log::Log;
use crate::oracle::Violation;
use crate::{HostNo, Id};

/// What was claimed and is not so.
pub(super) struct Judge {
    name: &'static str,
    at: Instant,
    violations: Vec<Violation>,
}

impl Judge {
    pub(super) fn new(name: &'static str, at: Instant) -> Self {
        Self { name, at, violations: Vec::new() }
    }

    pub(super) fn into_violations(self) -> Vec<Violation> {
        self.violations
    }

    /// That something is so.
    pub(super) fn claim(&mut self, host: HostNo, holds: bool, words: impl FnOnce() -> String) {
        if !holds {
            let (oracle, at) = (self.name, self.at);
            self.violations.push(Violation { oracle, at, host, words: words() });
        }
    }

    /// That nobody was ever in this state.
    pub(super) fn nobody(&mut self, log: &Log, state: State) {
        let is_so = |it: &&super::log::Change| it.turns() && it.state() == Some(state);
        if let Some(change) = log.changes.iter().find(is_so) {
            let (host, at) = (change.host, change.at);
            let who = change.id().map(ToString::to_string).unwrap_or_default();
            self.claim(host, false, || format!("{who} is {state} at {at}, and need not be"));
        }
    }

    /// That health was never bad.
    pub(super) fn all_are_healthy(&mut self, log: &Log) {
        if let Some((at, host, score)) = log.health.first() {
            self.claim(*host, false, || format!("its health is {score} at {at}"));
        }
    }

    /// That each of `hosts` believes of `id` at the end that it is in this state.
    pub(super) fn all_believe(
        &mut self,
        log: &Log,
        hosts: impl IntoIterator<Item = HostNo>,
        id: &Id,
        state: Option<State>,
    ) {
        for host in hosts {
            let believed = log.last[host as usize].get(id).map(|member| member.state());
            self.claim(host, believed == state, || {
                format!("in the end {id} is {believed:?}, it ought to be {state:?}")
            });
        }
    }
}
