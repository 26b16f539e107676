//! A node that has just come: what it does besides waiting for gossip.
//!
//! What was on its way as gossip while it joined went past it. So it exchanges everything with its
//! seed once more, soon. When hundreds join one seed at the same moment it is this that makes them
//! all meet: the seed knows them all by then, and gossip alone needs as many packets again for the
//! last few. And what it hears in those two exchanges is no news to those around its seed: it is
//! not passed on.

use super::cluster::{Cluster, Timer};
use super::output::Action;
use crate::time::Instant;
use crate::types::{Address, Id};

/// How far a node has come in.
pub(super) struct Newcomer<A> {
    /// Whom it exchanged everything with first, knowing only itself.
    seed: Option<A>,
    /// Exchanges with that one whose news are none to others.
    muted: u32,
}

impl<A: Address> Newcomer<A> {
    /// It has not met anybody.
    pub(super) const fn new() -> Self {
        Self { seed: None, muted: EXCHANGES }
    }

    /// A full exchange with `from` is about to be merged. Whether what it says of others is no news
    /// to anybody that this node could tell it.
    pub(super) fn greet<I: Id>(&mut self, cluster: &Cluster<I, A>, from: &A) -> bool {
        if self.seed.is_none() {
            self.seed = Some(from.cheap_clone());
            self.muted = if cluster.members.len() == 1 { EXCHANGES } else { 0 };
        }
        let again = self.seed.as_ref().is_some_and(|seed| seed.same_place(from));
        let muted = again && self.muted > 0;
        self.muted -= u32::from(muted);
        muted
    }

    /// It has joined: the second exchange is due soon, at a random time so that a crowd does not
    /// come back as a crowd.
    pub(super) fn on_joined<I: Id>(&self, cluster: &mut Cluster<I, A>, now: Instant) {
        let half = cluster.config.gossip_interval / 2;
        if self.muted > 0 && !cluster.config.push_pull_interval.is_zero() {
            let soon = now + half + cluster.rng.within(half);
            cluster.timers.set(Timer::CatchUp, soon);
        }
    }

    /// The second exchange is due.
    pub(super) fn on_catch_up<I: Id>(&self, cluster: &mut Cluster<I, A>) {
        let Some(seed) = &self.seed else { return };
        let is_seed = cluster.members.iter().find(|member| member.address().same_place(seed));
        if let Some(member) = is_seed.filter(|member| member.state().is_alive()) {
            let to = member.node().clone();
            cluster.actions.push_back(Action::PushPull { to });
        }
    }
}

/// The join itself and the one soon after it.
const EXCHANGES: u32 = 2;
