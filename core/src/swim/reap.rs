//! Members that are gone are forgotten on a timer of their own, never by the prober.

use super::cluster::{Cluster, Timer};
use super::members::Slot;
use super::output::Event;
use crate::types::{Address, Id};

/// Forgets a member that has been gone for `gossip_to_the_dead_time`. Never this node itself.
pub(super) fn on_reap<I: Id, A: Address>(cluster: &mut Cluster<I, A>, slot: Slot) {
    let gone = cluster.state(slot).is_some_and(|state| state.is_gone());
    if slot == cluster.me || !gone {
        return;
    }
    cluster.timers.clear(Timer::Reap(slot));
    if let Some(old) = cluster.members.remove(slot) {
        cluster.gossip.forget(slot);
        cluster.counters.reaped += 1;
        cluster.events.push_back(Event::Member { old: Some(old), new: None });
    }
}
