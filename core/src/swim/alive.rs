//! A claim that a member is alive.

use core::time::Duration;
use std::sync::Arc;

use super::cluster::{Cluster, Lifecycle, Timer};
use super::members::Slot;
use super::output::Event;
use super::precedence::supersedes;
use super::refute::refute;
use crate::time::Instant;
use crate::types::{Address, Id, Member, Meta, Node, State};
use crate::wire::{Alive, Message};

/// Takes in a claim that somebody is alive.
pub(super) fn on_alive<I: Id, A: Address>(
    cluster: &mut Cluster<I, A>,
    now: Instant,
    alive: &Alive<'_, I, A>,
) {
    match cluster.members.slot_of(alive.node.id()) {
        Some(slot) if slot == cluster.me => about_me(cluster, now, alive),
        Some(slot) => about_known(cluster, now, slot, alive),
        None => about_stranger(cluster, now, alive),
    }
}

/// Whether a claim is more than a repetition of what is known. Nothing changes.
pub(super) fn is_news<I: Id, A: Address>(cluster: &Cluster<I, A>, alive: &Alive<'_, I, A>) -> bool {
    let known = cluster.members.slot_of(alive.node.id()).and_then(|slot| cluster.members.at(slot));
    known.is_none_or(|known| {
        alive.incarnation > known.incarnation() || !known.address().same_place(alive.node.address())
    })
}

/// Somebody passes on what this node said of itself, or said before it was started anew, or a
/// stranger has taken its name.
fn about_me<I: Id, A: Address>(cluster: &mut Cluster<I, A>, now: Instant, alive: &Alive<'_, I, A>) {
    let local = Arc::clone(cluster.local());
    if cluster.lifecycle == Lifecycle::Left || alive.incarnation < local.incarnation() {
        cluster.counters.claims_stale += 1;
    } else if !alive.node.address().same_place(local.address()) {
        conflict(cluster, now, local, alive);
    } else if says_the_same(&local, alive) {
        cluster.counters.claims_stale += 1;
    } else {
        cluster.counters.msg_alive += 1;
        refute(cluster, alive.incarnation);
    }
}

fn says_the_same<I: Id, A: Address>(local: &Member<I, A>, alive: &Alive<'_, I, A>) -> bool {
    let same_start = alive.start == local.start() || alive.start.get() == 0;
    alive.incarnation == local.incarnation()
        && *alive.meta == *local.meta().as_bytes()
        && alive.versions.is_none_or(|versions| local.versions() == Some(versions))
        && same_start
}

fn about_known<I: Id, A: Address>(
    cluster: &mut Cluster<I, A>,
    now: Instant,
    slot: Slot,
    alive: &Alive<'_, I, A>,
) {
    let Some(known) = cluster.members.at(slot) else { return };
    let here = known.address().same_place(alive.node.address());
    let claim = (known.state(), known.incarnation());
    if here && !supersedes(claim, (State::Alive, alive.incarnation)) {
        // The usual case in a busy cluster, so it is decided before anything is copied.
        return stale(cluster, now, slot, alive);
    }
    let known = Arc::clone(known);
    if !sound(cluster, alive) {
        return;
    }
    if !here && !reclaimable(cluster, now, &known) {
        return elsewhere(cluster, now, known, alive);
    }
    accept(cluster, now, slot, alive);
}

/// An old claim. When it is of another start at the same place, its owner does not know that it is
/// known from before: tell it, so that it refutes at once. Not more often than it could answer, and
/// not many: anybody can make up such claims, and the answers go to a third.
fn stale<I: Id, A: Address>(
    cluster: &mut Cluster<I, A>,
    now: Instant,
    slot: Slot,
    alive: &Alive<'_, I, A>,
) {
    cluster.counters.claims_stale += 1;
    let Some(known) = cluster.members.at(slot) else { return };
    let told = alive.start.get() != 0 && known.start().get() != 0;
    if !told || known.start() == alive.start {
        return;
    }
    let reminder = Message::Alive(Alive::from(&**known).into_owned());
    cluster.remind(now, slot, reminder);
}

/// Whether the name may be taken from another address: of one that left at once, of one that failed
/// after `dead_node_reclaim_time`.
fn reclaimable<I: Id, A: Address>(
    cluster: &Cluster<I, A>,
    now: Instant,
    known: &Member<I, A>,
) -> bool {
    let wait = cluster.config.dead_node_reclaim_time;
    match known.state() {
        State::Left => true,
        State::Dead => !wait.is_zero() && now.since(known.since()) > wait,
        State::Alive | State::Suspect => false,
    }
}

/// A claim that a member is where it is not. An older one is a memory of where it was; any other is
/// of somebody who has taken its name.
fn elsewhere<I: Id, A: Address>(
    cluster: &mut Cluster<I, A>,
    now: Instant,
    known: Arc<Member<I, A>>,
    alive: &Alive<'_, I, A>,
) {
    if alive.incarnation < known.incarnation() {
        cluster.counters.claims_stale += 1;
    } else {
        conflict(cluster, now, known, alive);
    }
}

fn about_stranger<I: Id, A: Address>(
    cluster: &mut Cluster<I, A>,
    now: Instant,
    alive: &Alive<'_, I, A>,
) {
    if !sound(cluster, alive) {
        return;
    }
    let Some(meta) = checked_meta(cluster, alive) else { return };
    let member = Arc::new(Member {
        node: alive.node.clone(),
        meta,
        state: State::Alive,
        incarnation: alive.incarnation,
        start: alive.start,
        versions: alive.versions,
        since: now,
        round_trip: None,
    });
    if cluster.members.insert(Arc::clone(&member), &mut cluster.rng).is_none() {
        cluster.counters.claims_table_full += 1;
        return;
    }
    cluster.counters.msg_alive += 1;
    cluster.events.push_back(Event::Member { old: None, new: Some(member) });
    cluster.spread(alive.node.id().cheap_clone(), &Message::Alive(alive.clone()));
}

/// Whether the claim can be meant at all. A member that could not speak with this node is none. Any
/// number but 0 may be the present one, of a stranger as of a member: an owner gets as far as it is
/// driven.
fn sound<I: Id, A: Address>(cluster: &mut Cluster<I, A>, alive: &Alive<'_, I, A>) -> bool {
    let ours = cluster.local().versions();
    let counters = &mut cluster.counters;
    if alive.incarnation.get() == 0 {
        counters.claims_bad_incarnation += 1;
        return false;
    }
    let fits = |theirs| ours.is_none_or(|ours| ours.fits(theirs));
    if alive.versions.is_some_and(|theirs| !theirs.is_sane() || !fits(theirs)) {
        counters.claims_bad_versions += 1;
        return false;
    }
    if !alive.node.address().is_reachable() {
        counters.claims_bad_address += 1;
        return false;
    }
    true
}

fn checked_meta<I: Id, A: Address>(
    cluster: &mut Cluster<I, A>,
    alive: &Alive<'_, I, A>,
) -> Option<Meta> {
    let meta = Meta::try_from(&*alive.meta);
    cluster.counters.claims_bad_meta += u64::from(meta.is_err());
    meta.ok()
}

fn accept<I: Id, A: Address>(
    cluster: &mut Cluster<I, A>,
    now: Instant,
    slot: Slot,
    alive: &Alive<'_, I, A>,
) {
    let Some(meta) = checked_meta(cluster, alive) else { return };
    cluster.counters.msg_alive += 1;
    cluster.clear_suspicion(slot);
    cluster.timers.clear(Timer::Reap(slot));
    cluster.change(slot, |member| {
        member.node = alive.node.clone();
        member.meta = meta;
        member.incarnation = alive.incarnation;
        if alive.start.get() != 0 {
            member.start = alive.start;
        }
        member.versions = alive.versions.or(member.versions);
        if member.state != State::Alive {
            member.state = State::Alive;
            member.since = now;
        }
    });
    cluster.spread(alive.node.id().cheap_clone(), &Message::Alive(alive.clone()));
}

/// A conflict goes on until somebody gives in, and anybody can make some up: each is told once, and
/// not many at a time. All are counted.
fn conflict<I: Id, A: Address>(
    cluster: &mut Cluster<I, A>,
    now: Instant,
    existing: Arc<Member<I, A>>,
    alive: &Alive<'_, I, A>,
) {
    cluster.counters.conflicts += 1;
    cluster.conflicts.retain(|(_, told)| now.since(*told) < CONFLICT_QUIET);
    let same = |(node, _): &(Node<I, A>, Instant)| {
        node.id() == alive.node.id() && node.address().same_place(alive.node.address())
    };
    if cluster.conflicts.len() < CONFLICTS_MAX && !cluster.conflicts.iter().any(same) {
        cluster.conflicts.push((alive.node.clone(), now));
        cluster.events.push_back(Event::Conflict { existing, other: alive.node.clone() });
    }
}

/// How long a conflict that was told is not told again.
const CONFLICT_QUIET: Duration = Duration::from_secs(60);

/// Conflicts that are told in that time: more names are not mixed up by accident.
const CONFLICTS_MAX: usize = 32;
