//! Rounds of gossip: whom this node talks to, on each tick and, when something is new, at once.

use super::cluster::{Cluster, Timer};
use super::gossip::everything;
use super::members::Slot;
use super::queue::Fetch;
use super::transmit::Transmit;
use crate::time::Instant;
use crate::types::{Address, Id, State};

/// Draws the phase of the ticks, a different one for each node.
pub(super) fn draw_phase<I: Id, A: Address>(cluster: &mut Cluster<I, A>, now: Instant) {
    cluster.tick_phase = now + cluster.rng.within(cluster.config.gossip_interval);
}

/// Sets the next tick if there is something to say, or may be. A quiet node has no ticks.
pub(super) fn arm<I: Id, A: Address>(cluster: &mut Cluster<I, A>, now: Instant) {
    let needed = cluster.ticks_idle || !cluster.gossip.is_empty();
    if !needed || !is_on(cluster) || cluster.timers.due(Timer::GossipTick).is_some() {
        return;
    }
    let interval = cluster.config.gossip_interval;
    if cluster.tick_phase <= now {
        let missed = (now - cluster.tick_phase).as_nanos() / interval.as_nanos() + 1;
        let missed = u32::try_from(missed).unwrap_or(u32::MAX);
        cluster.tick_phase = (cluster.tick_phase + interval * missed).max(now);
        cluster.gossip.refill(missed);
    }
    cluster.timers.set(Timer::GossipTick, cluster.tick_phase);
}

/// The tick: new and old items, also to the dead, so that one that lives hears how it is spoken of.
pub(super) fn on_tick<I: Id, A: Address>(cluster: &mut Cluster<I, A>, now: Instant) {
    arm(cluster, now);
    for slot in choose(cluster, 0, true) {
        transmit(cluster, slot, 0);
    }
}

/// What was never sent does not wait for the tick.
pub(super) fn start_eager<I: Id, A: Address>(cluster: &mut Cluster<I, A>) {
    if !is_on(cluster) || cluster.peers() == 0 {
        return;
    }
    let Some(from) = cluster.gossip.begin_eager() else { return };
    let chosen = choose(cluster, from, false);
    if chosen.is_empty() {
        return cluster.gossip.give_back();
    }
    cluster.counters.gossip_eager += 1;
    for slot in chosen {
        transmit(cluster, slot, from);
    }
}

/// What a packet to this member may take from the queues.
pub(super) fn fetch_for<I: Id, A: Address>(
    cluster: &Cluster<I, A>,
    slot: Slot,
    from: u64,
) -> Fetch {
    let counts = cluster.state(slot).is_some_and(State::is_live);
    Fetch { from, counts, ..everything(slot, cluster.peers(), cluster.retransmit_limit()) }
}

fn is_on<I: Id, A: Address>(cluster: &Cluster<I, A>) -> bool {
    !cluster.config.gossip_interval.is_zero() && cluster.config.gossip_nodes > 0
}

/// The next of the round that there is something to say to. Those that have heard everything are
/// passed over; when that goes on for too long, or nothing waits at all, the tick takes whoever is
/// next, for the application may have something.
fn choose<I: Id, A: Address>(cluster: &mut Cluster<I, A>, from: u64, tick: bool) -> Vec<Slot> {
    let k = cluster.config.gossip_nodes;
    let steps = cluster.members.len().min(STEPS_PER_TARGET * k);
    let silent = cluster.gossip.is_empty();
    let (mut chosen, mut spare) = (Vec::with_capacity(k), Vec::new());
    for _ in 0..steps {
        if chosen.len() == k || (silent && spare.len() == k) {
            break;
        }
        let Some(slot) = cluster.members.next_to_gossip(&mut cluster.rng) else { break };
        let hears = match cluster.state(slot) {
            Some(State::Alive | State::Suspect) => slot != cluster.me,
            Some(State::Dead) => tick,
            _ => false,
        };
        if !hears || chosen.contains(&slot) {
            continue;
        }
        if cluster.gossip.has_for(fetch_for(cluster, slot, from)) {
            chosen.push(slot);
        } else if spare.len() < k && !spare.contains(&slot) {
            spare.push(slot);
        }
    }
    if tick {
        let missing = k - chosen.len();
        chosen.extend(spare.into_iter().take(missing));
    }
    chosen
}

fn transmit<I: Id, A: Address>(cluster: &mut Cluster<I, A>, slot: Slot, from: u64) {
    let Some(member) = cluster.members.at(slot) else { return };
    let to = member.address().cheap_clone();
    cluster.transmit(Transmit::gossip(to, slot, from));
}

/// Members that are looked at per target before a round goes on with fewer.
const STEPS_PER_TARGET: usize = 8;
