//! Finding failures: one member after the other is probed (SWIM sections 3.1 and 4.3, Lifeguard
//! section IV.A).
//!
//! ```text
//!          tick                  probe_timeout            scaled probe_interval
//!   Idle ───────► Direct ──────────────────────► Indirect ─────────────────────► suspect it
//!     ▲   ping      │   ask others, ping by stream   │      judge myself by the nacks
//!     └──── ack ────┴─────────── ack, relayed ack ───┘
//! ```
//!
//! Whom to probe, what a failed direct probe sets off, and what the end means for the target and
//! for this node's own health are three separate functions: `choose_target`, `ask_others` and
//! `verdict`.

use core::time::Duration;
use std::sync::Arc;

use bytes::Bytes;
use smallvec::SmallVec;

use super::accuse::on_suspect;
use super::cluster::{Cluster, Lifecycle, Timer};
use super::members::Slot;
use super::output::{Action, Event};
use super::transmit::{Fill, Transmit};
use crate::time::Instant;
use crate::types::{Address, Id, Member, SequenceNumber, State};
use crate::wire::{Accusation, IndirectPing, Message, Ping};

/// The one probe that is under way.
pub(super) struct Prober<I, A> {
    phase: Phase<I, A>,
    /// A tick came while a probe was under way: the next one starts when it ends.
    late: bool,
}

enum Phase<I, A> {
    /// No probe is under way.
    Idle,
    /// The target was pinged.
    Direct(Probe<I, A>),
    /// Others were asked to ping it.
    Indirect(Probe<I, A>, Helpers<A>),
}

/// A probe of one member as it was known when the probe began.
struct Probe<I, A> {
    seq: SequenceNumber,
    slot: Slot,
    target: Arc<Member<I, A>>,
    started: Instant,
    deadline: Instant,
}

/// Those who owe this node an ack or a nack.
struct Helpers<A> {
    nacks_expected: usize,
    /// Where nacks came from, each counted once.
    nacks: SmallVec<[A; 3]>,
}

impl<I: Id, A: Address> Prober<I, A> {
    /// Idle. The first probe comes after a random part of the interval, so that nodes started
    /// together do not probe together.
    pub(super) fn new(cluster: &mut Cluster<I, A>, now: Instant) -> Self {
        let first = now + cluster.rng.within(cluster.config.probe_interval);
        cluster.timers.set(Timer::ProbeTick, first);
        Self { phase: Phase::Idle, late: false }
    }

    /// The next probe is due, at `due`.
    pub(super) fn on_tick(&mut self, cluster: &mut Cluster<I, A>, now: Instant, due: Instant) {
        let interval = cluster.config.probe_interval;
        let next = due + interval;
        cluster.timers.set(Timer::ProbeTick, if next > now { next } else { now + interval });
        remind_a_dead_one(cluster);
        if matches!(self.phase, Phase::Idle) {
            self.start(cluster, now);
        } else {
            self.late = true;
        }
    }

    /// The target has not answered the ping.
    pub(super) fn on_direct_timeout(&mut self, cluster: &mut Cluster<I, A>) {
        let Phase::Direct(probe) = core::mem::replace(&mut self.phase, Phase::Idle) else { return };
        let nacks_expected = ask_others(cluster, &probe);
        ping_by_stream(cluster, &probe);
        let helpers = Helpers { nacks_expected, nacks: SmallVec::new() };
        self.phase = Phase::Indirect(probe, helpers);
    }

    /// Nothing has answered.
    pub(super) fn on_verdict(&mut self, cluster: &mut Cluster<I, A>, now: Instant) {
        match core::mem::replace(&mut self.phase, Phase::Idle) {
            Phase::Idle => return,
            Phase::Direct(probe) => verdict(cluster, now, &probe, 1),
            Phase::Indirect(probe, helpers) => verdict(cluster, now, &probe, helpers.blame()),
        }
        self.finish(cluster, now);
    }

    /// Whether this ack belongs to the probe; then the probe has ended well.
    pub(super) fn on_ack(
        &mut self,
        cluster: &mut Cluster<I, A>,
        now: Instant,
        seq: SequenceNumber,
        payload: &[u8],
    ) -> bool {
        if self.seq() != Some(seq) {
            return false;
        }
        match core::mem::replace(&mut self.phase, Phase::Idle) {
            Phase::Direct(probe) => answered(cluster, &probe, now - probe.started, payload),
            _ => cluster.counters.probes_indirect += 1,
        }
        cluster.health(-1);
        self.finish(cluster, now);
        true
    }

    /// The target answers over a stream: it lives, but datagrams do not get through. Nobody's
    /// health changes by that.
    pub(super) fn on_stream_ack(
        &mut self,
        cluster: &mut Cluster<I, A>,
        now: Instant,
        seq: SequenceNumber,
    ) {
        if self.seq() != Some(seq) {
            cluster.counters.acks_unexpected += 1;
            return;
        }
        cluster.counters.probes_stream += 1;
        self.finish(cluster, now);
    }

    /// A helper could not reach the target either; but the helper was reached, and that speaks for
    /// this node's own health.
    pub(super) fn on_nack(&mut self, cluster: &mut Cluster<I, A>, from: &A, seq: SequenceNumber) {
        let expected = self.seq() == Some(seq);
        match &mut self.phase {
            Phase::Indirect(_, helpers) if expected && helpers.is_new(from) => {
                helpers.nacks.push(from.cheap_clone());
            }
            _ => cluster.counters.nacks_unexpected += 1,
        }
    }

    /// This node was not running, `absent` until `now`: what the probe waits for may come that much
    /// later.
    pub(super) fn forgive(&mut self, cluster: &mut Cluster<I, A>, now: Instant, absent: Duration) {
        let (Phase::Direct(probe) | Phase::Indirect(probe, _)) = &mut self.phase else { return };
        let by = absent.min(now - probe.started);
        probe.started = probe.started + by;
        probe.deadline = probe.deadline + by;
        cluster.timers.delay(Timer::ProbeDirect, by);
        cluster.timers.delay(Timer::ProbeVerdict, by);
    }

    /// Gives the probe up, for nobody is judged any more.
    pub(super) fn stop(&mut self, cluster: &mut Cluster<I, A>) {
        self.phase = Phase::Idle;
        self.late = false;
        cluster.timers.clear(Timer::ProbeDirect);
        cluster.timers.clear(Timer::ProbeVerdict);
    }

    fn start(&mut self, cluster: &mut Cluster<I, A>, now: Instant) {
        if cluster.lifecycle == Lifecycle::Left {
            return;
        }
        let Some((slot, target)) = choose_target(cluster) else { return };
        let span = cluster.awareness.scale(cluster.config.probe_interval);
        cluster.counters.probes += 1;
        cluster.counters.degraded_probe += u64::from(cluster.awareness.score() > 0);
        let deadline = now + span;
        let probe = Probe { seq: cluster.next_seq(), slot, target, started: now, deadline };
        ping(cluster, &probe);
        cluster.timers.set(Timer::ProbeDirect, now + cluster.config.probe_timeout);
        cluster.timers.set(Timer::ProbeVerdict, deadline);
        self.phase = Phase::Direct(probe);
    }

    fn finish(&mut self, cluster: &mut Cluster<I, A>, now: Instant) {
        let late = self.late;
        self.stop(cluster);
        if late {
            self.start(cluster, now);
        }
    }

    /// Whether no probe is under way.
    pub(super) fn is_idle(&self) -> bool {
        matches!(self.phase, Phase::Idle)
    }

    fn seq(&self) -> Option<SequenceNumber> {
        match &self.phase {
            Phase::Idle => None,
            Phase::Direct(probe) | Phase::Indirect(probe, _) => Some(probe.seq),
        }
    }
}

impl<A: Address> Helpers<A> {
    fn is_new(&self, from: &A) -> bool {
        self.nacks.len() < self.nacks_expected && !self.nacks.contains(from)
    }

    /// How much of the failure is this node's own: each nack that did not come, or one when there
    /// was nobody to send any.
    fn blame(&self) -> i32 {
        if self.nacks_expected == 0 { 1 } else { (self.nacks_expected - self.nacks.len()) as i32 }
    }
}

/// The next member of the round that is not gone. Looks at what is left of this round and at all of
/// the next, so that the one member that lives among many gone ones is found wherever it stands.
fn choose_target<I: Id, A: Address>(
    cluster: &mut Cluster<I, A>,
) -> Option<(Slot, Arc<Member<I, A>>)> {
    for _ in 0..2 * cluster.members.len() {
        let slot = cluster.members.next_to_probe(&mut cluster.rng)?;
        let member = cluster.members.at(slot)?;
        if slot != cluster.me && member.state().is_live() {
            return Some((slot, Arc::clone(member)));
        }
    }
    None
}

/// One of those that are dead, but not yet forgotten, is told so: if it lives, as after a
/// partition, it refutes. Gossip alone is spent within seconds.
fn remind_a_dead_one<I: Id, A: Address>(cluster: &mut Cluster<I, A>) {
    let anybody_gone = cluster.members.len() > cluster.members.live();
    if !anybody_gone || cluster.lifecycle == Lifecycle::Left {
        return;
    }
    let is_dead = |state| state == State::Dead;
    let Some(slot) = cluster.pick(1, is_dead, &[]).first().copied() else { return };
    let to = cluster.members.at(slot).map(|member| member.address().cheap_clone());
    if let Some((to, dead)) = to.zip(cluster.accusation(slot)) {
        cluster.transmit(Transmit::message(to, Some(slot), Message::Dead(dead), Fill::Nothing));
    }
}

/// A suspect is told of the suspicion in the same packet, so that it can refute at once (Lifeguard
/// section IV.C, buddy system).
fn ping<I: Id, A: Address>(cluster: &mut Cluster<I, A>, probe: &Probe<I, A>) {
    let ping = Message::Ping(ping_of(cluster, probe));
    let target = &probe.target;
    let to = target.address().cheap_clone();
    if target.state() == State::Suspect && cluster.config.buddy_system {
        let suspect = Message::Suspect(accusation(cluster, target));
        cluster.transmit(Transmit::pair(to, probe.slot, [ping, suspect]));
    } else {
        cluster.transmit(Transmit::message(to, Some(probe.slot), ping, Fill::Piggyback));
    }
}

fn ping_of<I: Id, A: Address>(cluster: &Cluster<I, A>, probe: &Probe<I, A>) -> Ping<I, A> {
    cluster.ping(probe.seq, Some(probe.target.id().cheap_clone()))
}

/// Asks some of the others to ping the target and gives the number of nacks that they owe.
fn ask_others<I: Id, A: Address>(cluster: &mut Cluster<I, A>, probe: &Probe<I, A>) -> usize {
    let helpers = cluster.pick(cluster.config.indirect_checks, State::is_alive, &[probe.slot]);
    let mut nacks_expected = 0;
    for slot in helpers {
        let versions = cluster.members.at(slot).and_then(|member| member.versions());
        let nack = cluster.config.nacks && versions.is_some_and(|versions| versions.has_nack());
        nacks_expected += usize::from(nack);
        let request = IndirectPing {
            seq: probe.seq,
            target: probe.target.node().clone(),
            nack,
            source: Some(cluster.local().id().cheap_clone()),
            reply_to: Some(cluster.local().address().cheap_clone()),
        };
        cluster.send(slot, Message::IndirectPing(request));
    }
    nacks_expected
}

fn ping_by_stream<I: Id, A: Address>(cluster: &mut Cluster<I, A>, probe: &Probe<I, A>) {
    let able = probe.target.versions().is_some_and(|versions| versions.has_stream_ping());
    if able && !cluster.config.disable_reliable_pings {
        let to = probe.target.node().clone();
        let ping = ping_of(cluster, probe);
        cluster.actions.push_back(Action::StreamPing { to, ping, deadline: probe.deadline });
    }
}

fn verdict<I: Id, A: Address>(
    cluster: &mut Cluster<I, A>,
    now: Instant,
    probe: &Probe<I, A>,
    blame: i32,
) {
    cluster.counters.probes_failed += 1;
    cluster.health(blame);
    let suspect = accusation(cluster, &probe.target);
    on_suspect(cluster, now, &suspect);
}

fn accusation<I: Id, A: Address>(cluster: &Cluster<I, A>, target: &Member<I, A>) -> Accusation<I> {
    Accusation {
        incarnation: target.incarnation(),
        node: target.id().cheap_clone(),
        from: cluster.local().id().cheap_clone(),
    }
}

/// The target answered the ping itself, in time.
fn answered<I: Id, A: Address>(
    cluster: &mut Cluster<I, A>,
    probe: &Probe<I, A>,
    round_trip: Duration,
    payload: &[u8],
) {
    let same = cluster.members.at(probe.slot).is_some_and(|now| now.id() == probe.target.id());
    if !same {
        return;
    }
    cluster.change(probe.slot, |member| member.round_trip = Some(round_trip));
    if let Some(member) = cluster.members.at(probe.slot).cloned() {
        let payload = Bytes::copy_from_slice(payload);
        cluster.events.push_back(Event::Pinged { member, round_trip, payload });
    }
}
