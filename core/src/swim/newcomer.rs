//! A node that has just come: what it does besides waiting for gossip.
//!
//! What was on its way as gossip while it joined went past it. So it exchanges everything with its
//! seed once more, soon, and again as long as the cluster grows. When hundreds join one seed at the
//! same moment it is this that makes them all meet: the seed knows them all, and gossip alone needs
//! as many packets again for the last few.
//!
//! And what it hears in its very first exchange is no news to those around its seed: it is not
//! passed on.

use super::cluster::{Cluster, Timer};
use super::output::Action;
use crate::time::Instant;
use crate::types::{Address, Id};

/// How far a node has come in.
pub(super) struct Newcomer<A> {
    /// Whom it exchanged everything with first, knowing only itself.
    seed: Option<A>,
    /// Exchanges with that one that may still follow.
    left: u32,
    /// How many it knew after the last of these.
    known: usize,
}

impl<A: Address> Newcomer<A> {
    /// It has not met anybody.
    pub(super) const fn new() -> Self {
        Self { seed: None, left: 0, known: 0 }
    }

    /// A full exchange with `from` is about to be merged. Whether it is the first one of a
    /// newcomer.
    pub(super) fn greet<I: Id>(&mut self, cluster: &Cluster<I, A>, from: &A) -> bool {
        if self.seed.is_some() {
            return false;
        }
        self.seed = Some(from.cheap_clone());
        let newcomer = cluster.members.len() == 1;
        self.left = if newcomer { RETURNS_MAX } else { 0 };
        newcomer
    }

    /// An exchange has been merged. If it was with the seed, and somebody has come since the last
    /// one, there may be more: the next one is due soon, at a random time so that a crowd does not
    /// come back as a crowd.
    pub(super) fn on_merged<I: Id>(&mut self, cluster: &mut Cluster<I, A>, now: Instant, from: &A) {
        let with_seed = self.seed.as_ref().is_some_and(|seed| seed.same_place(from));
        let grows = cluster.members.len() > self.known;
        let is_on = !cluster.config.push_pull_interval.is_zero();
        if is_on && with_seed && grows && self.left > 0 {
            self.left -= 1;
            self.known = cluster.members.len();
            let half = cluster.config.gossip_interval / 2;
            let soon = now + half + cluster.rng.within(half);
            cluster.timers.set(Timer::CatchUp, soon);
        }
    }

    /// The next exchange is due.
    pub(super) fn on_catch_up<I: Id>(&self, cluster: &mut Cluster<I, A>) {
        let Some(seed) = &self.seed else { return };
        let is_seed = cluster.members.iter().find(|member| member.address().same_place(seed));
        if let Some(member) = is_seed.filter(|member| member.state().is_alive()) {
            let to = member.node().clone();
            cluster.actions.push_back(Action::PushPull { to });
        }
    }
}

/// How often it returns at most: once as a rule, and that brings nothing; in a crowd some times
/// more.
const RETURNS_MAX: u32 = 6;
