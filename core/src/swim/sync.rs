//! Full exchanges: when, with whom, and what may be merged.

use super::accuse::{on_dead, on_report};
use super::alive::on_alive;
use super::cluster::{Cluster, Lifecycle, Timer};
use super::math;
use super::output::Action;
use crate::time::Instant;
use crate::types::{Address, Id, State, Versions};
use crate::wire::{Accusation, RemoteState};

/// Sets the first exchange a random part of the interval ahead.
pub(super) fn schedule<I: Id, A: Address>(cluster: &mut Cluster<I, A>, now: Instant) {
    let interval = cluster.config.push_pull_interval;
    if !interval.is_zero() {
        let wait = cluster.rng.within(interval);
        cluster.timers.set(Timer::PushPull, now + wait);
    }
}

/// The next exchange is due: with one other member that is alive, by chance.
pub(super) fn on_push_pull<I: Id, A: Address>(cluster: &mut Cluster<I, A>, now: Instant) {
    let scale = math::push_pull_scale(cluster.members.len());
    cluster.timers.set(Timer::PushPull, now + cluster.config.push_pull_interval * scale);
    if cluster.lifecycle == Lifecycle::Left {
        return;
    }
    let partner = cluster.pick(1, State::is_alive, &[]).first().copied();
    if let Some(partner) = partner.and_then(|slot| cluster.members.at(slot)) {
        cluster.actions.push_back(Action::PushPull { to: partner.node().clone() });
    }
}

/// Takes in one member as the other side knows it. Dead is not believed at once: the member gets
/// the time of a suspect to refute.
pub(super) fn on_remote_state<I: Id, A: Address>(
    cluster: &mut Cluster<I, A>,
    now: Instant,
    remote: &RemoteState<'_, I, A>,
) {
    let claim = &remote.claim;
    let accusation = |from: &I| Accusation {
        incarnation: claim.incarnation,
        node: claim.node.id().cheap_clone(),
        from: from.cheap_clone(),
    };
    match remote.state {
        State::Alive => on_alive(cluster, now, claim),
        State::Left => on_dead(cluster, now, &accusation(claim.node.id())),
        State::Suspect | State::Dead => {
            let report = accusation(cluster.local().id());
            on_report(cluster, now, &report);
        }
    }
}

/// Whether the other side of a full exchange may be one that can be understood. Which entry is its
/// own is not told, but it is alive in its own table: if any entry fits, it may be that one, and if
/// none does, it does not fit. The Go library's `verifyProtocol` asks that everybody on both sides
/// understands everybody, so two made-up members that do not fit each other stop all exchanges.
/// Here each entry that does not fit is left out when it is its turn. Who never told its versions,
/// and who is not alive, has no say.
pub(super) fn check_versions<I: Id, A: Address>(
    cluster: &Cluster<I, A>,
    remote: &[RemoteState<'_, I, A>],
) -> Result<(), String> {
    let Some(ours) = cluster.local().versions() else { return Ok(()) };
    let is_other = |member: &&RemoteState<'_, I, A>| {
        member.state == State::Alive && member.claim.node.id() != cluster.local().id()
    };
    let mut misfit = None;
    for claim in remote.iter().filter(is_other).map(|member| &member.claim) {
        match claim.versions {
            Some(theirs) if !ours.fits(theirs) => {
                misfit = misfit.or(Some((claim.node.id(), theirs)));
            }
            _ => return Ok(()),
        }
    }
    misfit.map_or(Ok(()), |(id, theirs)| {
        Err(format!("{id} speaks {}; this node speaks {}", in_words(theirs), in_words(ours)))
    })
}

fn in_words(versions: Versions) -> String {
    let Versions { protocol, protocol_min, protocol_max, .. } = versions;
    let Versions { delegate, delegate_min, delegate_max, .. } = versions;
    format!(
        "protocol {protocol} and understands {protocol_min} to {protocol_max}, \
         delegate protocol {delegate} and understands {delegate_min} to {delegate_max}"
    )
}
