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

/// Whether all that are alive on both sides understand what each of them speaks (the Go library's
/// `verifyProtocol`). Who never told its versions, and who is not alive, has no say.
pub(super) fn check_versions<I: Id, A: Address>(
    cluster: &Cluster<I, A>,
    remote: &[RemoteState<'_, I, A>],
) -> Result<(), String> {
    let theirs = remote
        .iter()
        .filter(|member| member.state == State::Alive)
        .map(|member| (member.claim.node.id(), member.claim.versions));
    let ours = cluster
        .members
        .iter()
        .filter(|member| member.state() == State::Alive)
        .map(|member| (member.id(), member.versions()));
    let all: Vec<_> = theirs.chain(ours).filter_map(|(id, told)| Some((id, told?))).collect();
    let range = Common::of(all.iter().map(|(_, versions)| versions));
    let misfit = all.iter().find(|(_, versions)| !range.fits(versions));
    misfit.map_or(Ok(()), |(id, versions)| Err(range.complaint(id, versions)))
}

/// What everybody understands.
struct Common {
    protocol: (u8, u8),
    delegate: (u8, u8),
}

impl Common {
    fn of<'v>(all: impl Iterator<Item = &'v Versions>) -> Self {
        let widest = Self { protocol: (0, u8::MAX), delegate: (0, u8::MAX) };
        all.fold(widest, |common, v| Self {
            protocol: narrow(common.protocol, v.protocol_min, v.protocol_max),
            delegate: narrow(common.delegate, v.delegate_min, v.delegate_max),
        })
    }

    fn fits(&self, versions: &Versions) -> bool {
        let inside = |(min, max): (u8, u8), spoken| (min..=max).contains(&spoken);
        inside(self.protocol, versions.protocol) && inside(self.delegate, versions.delegate)
    }

    fn complaint(&self, id: &impl core::fmt::Display, spoken: &Versions) -> String {
        let (protocol, delegate) = (self.protocol, self.delegate);
        format!(
            "{id} speaks protocol {} and delegate protocol {}, \
             everybody understands {} to {} and {} to {}",
            spoken.protocol, spoken.delegate, protocol.0, protocol.1, delegate.0, delegate.1
        )
    }
}

fn narrow((low, high): (u8, u8), min: u8, max: u8) -> (u8, u8) {
    (low.max(min), high.min(max))
}
