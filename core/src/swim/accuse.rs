//! Claims that a member is suspect, dead or gone (SWIM section 4.2, Lifeguard section IV.B).

use core::ops::ControlFlow;
use core::time::Duration;

use super::claims::accused;
use super::cluster::{Cluster, Lifecycle, Timer};
use super::math;
use super::members::Slot;
use super::precedence::supersedes;
use super::refute::refute;
use super::suspicion::Suspicion;
use crate::time::Instant;
use crate::types::{Address, Id, State};
use crate::wire::{Accusation, Alive, Message};

/// Takes in a claim that somebody cannot be reached.
pub(super) fn on_suspect<I: Id, A: Address>(
    cluster: &mut Cluster<I, A>,
    now: Instant,
    suspect: &Accusation<I>,
) {
    let ControlFlow::Continue(slot) = accused(cluster, &suspect.node, suspect.incarnation) else {
        return;
    };
    if slot == cluster.me {
        return about_me(cluster, now, suspect);
    }
    let Some(known) = cluster.known(slot) else { return };
    if supersedes(known, (State::Suspect, suspect.incarnation)) {
        start_suspicion(cluster, now, slot, suspect);
    } else if known == (State::Suspect, suspect.incarnation) {
        confirm(cluster, now, slot, suspect);
    } else {
        cluster.counters.claims_stale += 1;
    }
}

/// Takes in what the other side of a full exchange believes: that a member is suspect or dead. Dead
/// is taken as suspect, so that it can refute. Who has accused it first is not told, so this begins
/// a suspicion but never confirms one.
pub(super) fn on_report<I: Id, A: Address>(
    cluster: &mut Cluster<I, A>,
    now: Instant,
    suspect: &Accusation<I>,
) {
    let slot = cluster.members.slot_of(&suspect.node);
    let known = slot.and_then(|slot| cluster.known(slot));
    if known == Some((State::Suspect, suspect.incarnation)) {
        cluster.counters.claims_stale += 1;
    } else {
        on_suspect(cluster, now, suspect);
    }
}

/// Takes in a claim that somebody is dead, or, from itself, that it has left.
pub(super) fn on_dead<I: Id, A: Address>(
    cluster: &mut Cluster<I, A>,
    now: Instant,
    dead: &Accusation<I>,
) {
    let ControlFlow::Continue(slot) = accused(cluster, &dead.node, dead.incarnation) else {
        return;
    };
    if slot == cluster.me {
        return about_me(cluster, now, dead);
    }
    let state = if dead.node == dead.from { State::Left } else { State::Dead };
    let Some(known) = cluster.known(slot) else { return };
    if !supersedes(known, (state, dead.incarnation)) {
        cluster.counters.claims_stale += 1;
        return;
    }
    bury(cluster, now, slot, dead, state);
}

/// A suspect's time is over: it is dead, unless something has happened to it meanwhile.
pub(super) fn on_suspicion_timeout<I: Id, A: Address>(
    cluster: &mut Cluster<I, A>,
    now: Instant,
    slot: Slot,
) {
    let Some(suspicion) = cluster.suspicions.remove(&slot) else { return };
    let Some(member) = cluster.members.at(slot) else { return };
    if member.state() != State::Suspect || cluster.lifecycle == Lifecycle::Left {
        return;
    }
    let dead = Accusation {
        incarnation: member.incarnation(),
        node: member.id().cheap_clone(),
        from: cluster.local().id().cheap_clone(),
    };
    if suspicion.confirmations() < suspicion.expected() {
        cluster.counters.degraded_timeout += 1;
    }
    on_dead(cluster, now, &dead);
}

/// This node was not running, `absent` until `now`: the suspects have that much longer to refute.
pub(super) fn forgive<I: Id, A: Address>(
    cluster: &mut Cluster<I, A>,
    now: Instant,
    absent: Duration,
) {
    for (&slot, suspicion) in &mut cluster.suspicions {
        suspicion.forgive(now, absent);
        cluster.timers.set(Timer::Suspicion(slot), suspicion.deadline());
    }
}

/// Wrong, as long as this node has not left. Whoever accuses at an old number has missed the
/// refutation, and nothing else would bring it to it before it has forgotten this node.
fn about_me<I: Id, A: Address>(
    cluster: &mut Cluster<I, A>,
    now: Instant,
    accusation: &Accusation<I>,
) {
    let old = accusation.incarnation < cluster.local().incarnation();
    if !old && cluster.lifecycle == Lifecycle::Running {
        return refute(cluster, accusation.incarnation);
    }
    cluster.counters.claims_stale += 1;
    let accuser = cluster.members.slot_of(&accusation.from).filter(|slot| *slot != cluster.me);
    if let Some(accuser) = accuser.filter(|_| cluster.lifecycle == Lifecycle::Running) {
        let record = Message::Alive(Alive::from(&**cluster.local()).into_owned());
        cluster.remind(now, accuser, record);
    }
}

/// One more says so: the time-out shrinks, and the news is worth passing on (Lifeguard section
/// IV.B).
fn confirm<I: Id, A: Address>(
    cluster: &mut Cluster<I, A>,
    now: Instant,
    slot: Slot,
    suspect: &Accusation<I>,
) {
    let Some(suspicion) = cluster.suspicions.get_mut(&slot) else {
        // Its time ran out while this node had left; now that somebody asks again, it runs anew.
        // Not before this node is back: it judges nobody, and would only pass the claim on again
        // each time that it comes round.
        if cluster.lifecycle == Lifecycle::Left {
            cluster.counters.claims_stale += 1;
            return;
        }
        return start_suspicion(cluster, now, slot, suspect);
    };
    if !suspicion.confirm(&suspect.from) {
        cluster.counters.claims_stale += 1;
        return;
    }
    cluster.counters.msg_suspect += 1;
    // The shorter time may be over: due now, for a timer that is late tells of a pause.
    cluster.timers.set(Timer::Suspicion(slot), suspicion.deadline().max(now));
    cluster.spread(suspect.node.cheap_clone(), &Message::Suspect(suspect.clone()));
}

fn start_suspicion<I: Id, A: Address>(
    cluster: &mut Cluster<I, A>,
    now: Instant,
    slot: Slot,
    suspect: &Accusation<I>,
) {
    cluster.counters.msg_suspect += 1;
    cluster.change(slot, |member| {
        member.incarnation = suspect.incarnation;
        member.state = State::Suspect;
        member.since = now;
    });
    let suspicion = new_suspicion(cluster, now, suspect);
    cluster.timers.set(Timer::Suspicion(slot), suspicion.deadline());
    cluster.suspicions.insert(slot, suspicion);
    cluster.spread(suspect.node.cheap_clone(), &Message::Suspect(suspect.clone()));
}

fn new_suspicion<I: Id, A: Address>(
    cluster: &Cluster<I, A>,
    now: Instant,
    suspect: &Accusation<I>,
) -> Suspicion<I> {
    let (config, n) = (&cluster.config, cluster.members.len());
    let least = math::suspicion_min(config.suspicion_mult, n, config.probe_interval);
    let (expected, most) = if config.suspicion_scaling {
        let expected =
            math::expected_confirmations(config.suspicion_confirmations, config.suspicion_mult, n);
        (expected, least.saturating_mul(config.suspicion_max_timeout_mult))
    } else {
        (0, least)
    };
    Suspicion::new(suspect.from.cheap_clone(), expected, least, most, now)
}

fn bury<I: Id, A: Address>(
    cluster: &mut Cluster<I, A>,
    now: Instant,
    slot: Slot,
    dead: &Accusation<I>,
    state: State,
) {
    let was = cluster.state(slot);
    cluster.counters.msg_dead += 1;
    cluster.change(slot, |member| {
        member.incarnation = dead.incarnation;
        member.state = state;
        if was.is_some_and(State::is_live) {
            member.since = now;
        }
    });
    if was.is_some_and(State::is_live) {
        cluster.bury(slot, now);
    } else if was == Some(state) {
        // Only the number is new: nobody who knows it gone learns anything from it.
        return;
    }
    cluster.spread(dead.node.cheap_clone(), &Message::Dead(dead.clone()));
}
