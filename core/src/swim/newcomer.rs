//! A node that has just come: what it does besides waiting for gossip.
//!
//! What was on its way as gossip while it joined went past it. So it exchanges everything with its
//! seed once more, soon, and again as long as the cluster grows. When hundreds join one seed at the
//! same moment it is this that makes them all meet: the seed knows them all, and gossip alone needs
//! as many packets again for the last few.
//!
//! And what it hears in its very first exchange is no news to those around its seed: it is not
//! passed on.

use core::time::Duration;

use super::cluster::{Cluster, Timer};
use super::output::Action;
use crate::time::Instant;
use crate::types::{Address, Id};

/// How far a node has come in.
pub(super) struct Newcomer<A> {
    /// Whether it has exchanged everything with anybody.
    met: bool,
    /// Whom it joined first.
    seed: Option<A>,
    /// Exchanges with that one that may still follow.
    left: u32,
    /// How many it knew after the last of these; 0 before the first.
    known: usize,
    /// Whether it has come into a crowd: somebody came between two of these.
    crowd: bool,
}

impl<A: Address> Newcomer<A> {
    /// It has not met anybody.
    pub(super) const fn new() -> Self {
        Self { met: false, seed: None, left: 0, known: 0, crowd: false }
    }

    /// This node is about to merge what somebody has answered to its join. Whether it is its first
    /// exchange: then nobody but the cluster that it joins can have told it anything so far.
    pub(super) fn greet(&mut self, from: &A) -> bool {
        if self.met {
            return false;
        }
        self.met = true;
        self.seed = Some(from.cheap_clone());
        self.left = RETURNS_MAX;
        true
    }

    /// Somebody who dialled is about to be merged: this node is no newcomer any more.
    pub(super) const fn meet(&mut self) {
        self.met = true;
    }

    /// An exchange has been merged. If it was with the seed, and somebody has come since the last
    /// one, there may be more: the next one is due soon, at a random time so that a crowd does not
    /// come back as a crowd. When a crowd seems to be in, a last look for stragglers comes a little
    /// later.
    pub(super) fn on_merged<I: Id>(&mut self, cluster: &mut Cluster<I, A>, now: Instant, from: &A) {
        let with_seed = self.seed.as_ref().is_some_and(|seed| seed.same_place(from));
        if !with_seed || self.left == 0 || cluster.config.push_pull_interval.is_zero() {
            return;
        }
        let half = cluster.config.gossip_interval / 2;
        if cluster.members.len() > self.known {
            self.crowd = self.known > 0;
            self.known = cluster.members.len();
            self.return_after(cluster, now, half, half);
        } else if core::mem::take(&mut self.crowd) {
            self.return_after(cluster, now, 4 * half, 2 * half);
        }
    }

    fn return_after<I: Id>(
        &mut self,
        cluster: &mut Cluster<I, A>,
        now: Instant,
        wait: Duration,
        spread: Duration,
    ) {
        self.left -= 1;
        let due = now + wait + cluster.rng.within(spread);
        cluster.timers.set(Timer::CatchUp, due);
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
