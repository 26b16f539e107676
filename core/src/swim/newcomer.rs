//! A node that has just come: what it does besides waiting for gossip.
//!
//! What was on its way as gossip while it joined went past it. So it exchanges everything with its
//! seed once more, soon, and again as long as that brings somebody new. When hundreds join one seed at the same moment it is this that makes them all
//! meet: the seed knows them all, and gossip alone needs as many packets again for the last few. And
//! what it hears in those exchanges is no news to those around its seed: it is not passed on.

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
    /// How many it knew when the last of these began.
    known: usize,
}

impl<A: Address> Newcomer<A> {
    /// It has not met anybody.
    pub(super) const fn new() -> Self {
        Self { seed: None, muted: EXCHANGES_MAX, known: 0 }
    }

    /// A full exchange with `from` is about to be merged. Whether what it says of others is no news to
    /// anybody that this node could tell it.
    pub(super) fn greet<I: Id>(&mut self, cluster: &Cluster<I, A>, from: &A) -> bool {
        if self.seed.is_none() {
            self.seed = Some(from.cheap_clone());
            self.muted = if cluster.members.len() == 1 { EXCHANGES_MAX } else { 0 };
        }
        self.known = cluster.members.len();
        let muted = self.muted > 0 && self.is_seed(from);
        self.muted -= u32::from(muted);
        muted
    }

    /// An exchange has been merged. If it was with the seed and brought somebody new, there may be more:
    /// the next one is due soon, at a random time so that a crowd does not come back as a crowd.
    pub(super) fn on_merged<I: Id>(&self, cluster: &mut Cluster<I, A>, now: Instant, from: &A) {
        let brought_news = cluster.members.len() > self.known;
        let is_on = !cluster.config.push_pull_interval.is_zero();
        if is_on && brought_news && self.muted > 0 && self.is_seed(from) {
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

    fn is_seed(&self, address: &A) -> bool {
        self.seed.as_ref().is_some_and(|seed| seed.same_place(address))
    }
}

/// The join itself and those soon after it: mostly one, which brings nothing; in a crowd some more.
const EXCHANGES_MAX: u32 = 5;
