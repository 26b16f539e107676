//! The state machine: SWIM (Das, Gupta and Motivala, DSN 2002) with Lifeguard (Dadgar, Phillips and
//! Currey, DSN 2018), as HashiCorp's memberlist runs it.
//!
//! No socket, clock, task, lock or callback is in here: messages, commands and time go in, packets,
//! actions and events come out. One seed and one order of inputs give one order of outputs.
//!
//! ```text
//!   handle_*  ──► alive, accuse ──► precedence: does the claim win? ──► members ──► Event
//!   commands  ──► announce, broadcast, pings                             │
//!   time      ──► probe, rounds, sync, reap                              ▼
//!                                                          gossip queue, outbox ──► Transmit
//! ```
//!
//! The parts do not know the whole: `probe`, `relay`, `gossip` and the others work on the `Cluster`
//! that they share, and none of them imports this file.

#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod accuse;
mod alive;
mod announce;
mod awareness;
mod broadcast;
mod claims;
mod cluster;
mod counters;
mod gossip;
mod math;
mod members;
mod newcomer;
mod origins;
mod output;
mod pings;
mod precedence;
mod probe;
mod queue;
mod reap;
mod refute;
mod relay;
mod ring;
mod rng;
mod rounds;
mod suspicion;
mod sync;
mod timers;
mod transmit;

use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use bytes::Bytes;

use crate::codec::Parts;
use crate::config::Config;
use crate::time::Instant;
use crate::types::{
    Address, Id, Incarnation, Member, Meta, Node, SequenceNumber, StartId, State, Versions,
};
use crate::wire::{Accusation, Alive, Broadcast, IndirectPing, Message, Ping, RemoteState};

use announce::Announcements;
use awareness::Awareness;
use broadcast::Broadcasts;
use cluster::{Cluster, Lifecycle, Timer};
use counters::Counters;
use gossip::{Gossip, complete_all};
use members::Members;
use newcomer::Newcomer;
use pings::Pings;
use probe::Prober;
use relay::Relays;
use timers::Timers;

pub use cluster::Encode;
pub use gossip::Budget;
pub use output::{Action, Event, Outcome, Token};
pub use rng::Rng;
pub use transmit::{Fill, Transmit};

/// What a machine is built from.
pub struct Setup<I, A> {
    /// The checked options.
    pub config: Config,
    /// This node: its name, and the address that others are told.
    pub node: Node<I, A>,
    /// What it tells about itself.
    pub meta: Meta,
    /// Which start of it this is; not 0.
    pub start: StartId,
    /// Decides every choice of the machine.
    pub seed: u64,
    /// `Wire::encode` of the format that the node speaks: gossip is written once, when it is
    /// queued.
    pub encode: Encode<I, A>,
    /// `Wire::RELAYS_BROADCASTS` of that format.
    pub relays_broadcasts: bool,
    /// What fits a packet.
    pub packet: Budget,
    /// Whether packets of gossip are made on every tick, also with nothing to say: for an
    /// application that adds something of its own.
    pub ticks_idle: bool,
}

/// The machine of one node.
///
/// # Contract
///
/// **Mutate once, then drain.** After each call that takes input
/// ([`handle_alive`](Self::handle_alive) and the other `handle_*`, [`leave`](Self::leave) and the
/// other commands) call [`poll_transmit`](Self::poll_transmit), [`poll_action`](Self::poll_action)
/// and [`poll_event`](Self::poll_event) until each gives `None`; several messages of one packet
/// count as one input. Then wait for input, or until [`poll_timeout`](Self::poll_timeout), which is
/// when [`handle_timeout`](Self::handle_timeout) is due. Time, `now`, must not go back.
///
/// Hand over everything that has arrived **before** `handle_timeout`: what has arrived may be the
/// answer that the timer was waiting for.
///
/// Nothing here fails: a message that is wrong, late or hostile changes nothing and is counted in
/// [`stats`](Self::stats) by its reason.
pub struct Swim<I, A> {
    cluster: Cluster<I, A>,
    prober: Prober<I, A>,
    relays: Relays<I, A>,
    pings: Pings,
    announcements: Announcements,
    broadcasts: Broadcasts<I>,
    newcomer: Newcomer<A>,
    /// While sends block: what was due and would have sent something.
    held: Option<Vec<(Instant, Timer)>>,
}

impl<I: Id, A: Address> Swim<I, A> {
    /// A machine that knows only itself, alive at incarnation 1.
    pub fn new(setup: Setup<I, A>, now: Instant) -> Self {
        let relays = setup.relays_broadcasts;
        let mut cluster = cluster(setup, now);
        rounds::draw_phase(&mut cluster, now);
        sync::schedule(&mut cluster, now);
        let local = Arc::clone(cluster.local());
        cluster.spread(local.id().cheap_clone(), &Message::Alive(Alive::from(&*local)));
        cluster.events.push_back(Event::Member { old: None, new: Some(local) });
        Self {
            prober: Prober::new(&mut cluster, now),
            cluster,
            relays: Relays::new(),
            pings: Pings::new(),
            announcements: Announcements::new(),
            broadcasts: Broadcasts::new(relays),
            newcomer: Newcomer::new(),
            held: None,
        }
    }

    // ---- input: messages of packets ------------------------------------------------------------

    /// A claim that somebody is alive. The caller has asked the application, if
    /// [`is_news`](Self::is_news).
    pub fn handle_alive(&mut self, now: Instant, alive: &Alive<'_, I, A>) {
        alive::on_alive(&mut self.cluster, now, alive);
    }

    /// A claim that somebody cannot be reached.
    pub fn handle_suspect(&mut self, now: Instant, suspect: &Accusation<I>) {
        accuse::on_suspect(&mut self.cluster, now, suspect);
    }

    /// A claim that somebody has failed, or, from itself, has left.
    pub fn handle_dead(&mut self, now: Instant, dead: &Accusation<I>) {
        accuse::on_dead(&mut self.cluster, now, dead);
    }

    /// Somebody asks whether this node is there. `payload` goes back with the answer.
    pub fn handle_ping(&mut self, from: A, ping: &Ping<I, A>, payload: Bytes) {
        self.cluster.answer_ping(from, ping, payload);
    }

    /// Somebody asks to ping a member for it.
    pub fn handle_indirect_ping(&mut self, now: Instant, from: A, request: &IndirectPing<I, A>) {
        self.relays.on_request(&mut self.cluster, now, from, request);
    }

    /// Somebody answers a ping. Only the number matters, not where it came from: hosts with several
    /// addresses answer from another one than they were asked at.
    pub fn handle_ack(&mut self, now: Instant, seq: SequenceNumber, payload: &[u8]) {
        let cluster = &mut self.cluster;
        let expected = self.prober.on_ack(cluster, now, seq, payload)
            || self.relays.on_ack(cluster, seq)
            || self.announcements.on_ack(cluster, seq)
            || self.pings.on_ack(cluster, now, seq, payload);
        cluster.counters.acks_unexpected += u64::from(!expected);
    }

    /// A helper could not reach the target of this node's probe.
    pub fn handle_nack(&mut self, from: &A, seq: SequenceNumber) {
        self.prober.on_nack(&mut self.cluster, from, seq);
    }

    /// Somebody passes on a message of the application.
    pub fn handle_broadcast(&mut self, now: Instant, broadcast: &Broadcast<'_, I>) {
        self.broadcasts.on_broadcast(&mut self.cluster, now, broadcast);
    }

    // ---- input: streams ------------------------------------------------------------------------

    /// One member of a full exchange that was let in. `muted`: what it says of others is not passed
    /// on.
    pub fn handle_remote_state(
        &mut self,
        now: Instant,
        remote: &RemoteState<'_, I, A>,
        muted: bool,
    ) {
        self.cluster.muted = muted;
        sync::on_remote_state(&mut self.cluster, now, remote);
        self.cluster.muted = false;
    }

    /// A full exchange with `from` is about to be merged. Whether it is to be `muted`: this node is
    /// a newcomer, and what it hears is no news to those whom it hears it from.
    ///
    /// `joins`: it is the answer to this node's own join.
    pub fn greet(&mut self, from: &A, joins: bool) -> bool {
        if joins {
            return self.newcomer.greet(from);
        }
        self.newcomer.meet();
        false
    }

    /// A full exchange with `from` has come to its end.
    pub fn handle_merged(&mut self, now: Instant, from: &A) {
        self.newcomer.on_merged(&mut self.cluster, now, from);
    }

    /// An answer to the ping of an [`Action::StreamPing`].
    pub fn handle_stream_ack(&mut self, now: Instant, seq: SequenceNumber) {
        self.prober.on_stream_ack(&mut self.cluster, now, seq);
    }

    // ---- input: time ---------------------------------------------------------------------------

    /// Does everything that is due at `now`.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.forgive_pause(now);
        while let Some((due, timer)) = self.cluster.timers.pop(now) {
            if self.must_wait(timer) {
                self.held.get_or_insert_default().push((due, timer));
            } else {
                self.on_timer(now, due, timer);
            }
        }
    }

    /// Sends block from now on, as in Lifeguard's experiments (section V.B): whatever would send
    /// waits where it stands, at most once of each kind; deadlines of suspicions do not wait. The
    /// caller does not drain packets and actions until [`release`](Self::release).
    pub fn hold(&mut self) {
        self.held.get_or_insert_default();
    }

    /// Sends go through again: what waited goes on, in the order in which it was due.
    pub fn release(&mut self, now: Instant) {
        for (due, timer) in self.held.take().unwrap_or_default() {
            self.on_timer(now, due, timer);
        }
    }

    // ---- commands: each token ends in exactly one `Action::Complete`, unless it is cancelled
    // first

    /// Pings `address`; if `id` is given, only the node of that name answers. Ends in
    /// [`Outcome::Pong`] or, after `probe_timeout`, in [`Outcome::NoAnswer`].
    pub fn ping(&mut self, now: Instant, token: Token, id: Option<I>, address: A) {
        self.pings.start(&mut self.cluster, now, token, id, address);
    }

    /// Sends a message of the application to one node. The caller has checked that it fits a
    /// packet.
    pub fn send_user(&mut self, to: A, payload: Bytes) {
        let message = Message::User(payload.to_vec().into());
        self.cluster.transmit(Transmit::message(to, None, message, Fill::Nothing));
    }

    /// Sends a message of the application to everybody. With a key that is not empty it replaces an
    /// older one of the same key that is still on its way. Ends in [`Outcome::Spent`] or
    /// [`Outcome::Replaced`]. The caller has checked that it fits a packet.
    pub fn broadcast(&mut self, token: Token, key: &[u8], payload: &[u8]) {
        self.broadcasts.start(&mut self.cluster, token, key, payload);
    }

    /// Changes what this node tells about itself. Ends in [`Outcome::Heard`] as soon as a live
    /// member has it. Ends in [`Outcome::NoAnswer`] if this node leaves before, or at the last
    /// incarnation, where nobody would believe it: it is told when this node has started over.
    pub fn update_meta(&mut self, now: Instant, token: Token, meta: Meta) {
        if self.cluster.lifecycle == Lifecycle::Left {
            // Nobody may hear of it before the node is back; it is told then.
            self.cluster.change(self.cluster.me, |member| member.meta = meta);
            return self.cluster.complete(token, Outcome::Heard(0));
        }
        let change = |member: &mut Member<I, A>| member.meta = meta;
        if refute::renew(&mut self.cluster, Incarnation::default(), change) {
            self.announcements.start(&mut self.cluster, now, token);
        } else {
            self.cluster.complete(token, Outcome::NoAnswer);
        }
    }

    /// Says goodbye. Ends in [`Outcome::Heard`] as soon as a live member has heard it, or in
    /// [`Outcome::NoAnswer`] if this node is [back](Self::rejoin) before. It then judges nobody and
    /// still answers whoever asks.
    pub fn leave(&mut self, now: Instant, token: Token) {
        if self.cluster.lifecycle == Lifecycle::Running {
            self.cluster.lifecycle = Lifecycle::Left;
            self.announcements.give_up(&mut self.cluster);
            self.prober.stop(&mut self.cluster);
            self.cluster.change(self.cluster.me, |member| {
                member.state = State::Left;
                member.since = now;
            });
            let id = self.cluster.local().id().cheap_clone();
            let incarnation = self.cluster.local().incarnation();
            let dead = Accusation { incarnation, node: id.cheap_clone(), from: id.cheap_clone() };
            self.cluster.spread(id, &Message::Dead(dead));
        }
        self.announcements.start(&mut self.cluster, now, token);
    }

    /// After [`leave`](Self::leave): alive again, with a higher incarnation. Nothing when not left.
    pub fn rejoin(&mut self, now: Instant) {
        if self.cluster.lifecycle == Lifecycle::Running {
            return;
        }
        self.cluster.lifecycle = Lifecycle::Running;
        self.announcements.give_up(&mut self.cluster);
        self.newcomer = Newcomer::new();
        if self.cluster.members.len() > 1 {
            self.newcomer.meet();
        }
        refute::renew(&mut self.cluster, Incarnation::default(), |member| {
            member.state = State::Alive;
            member.since = now;
        });
    }

    /// Forgets a member that is suspect or gone, and tells the others that it has left. `false`,
    /// and nothing happens, if it is not known or alive.
    pub fn forget(&mut self, now: Instant, id: &I) -> bool {
        let Some(slot) = self.cluster.members.slot_of(id) else { return false };
        let Some((state, incarnation)) = self.cluster.known(slot) else { return false };
        if slot == self.cluster.me || state == State::Alive {
            return false;
        }
        let left = Accusation { incarnation, node: id.cheap_clone(), from: id.cheap_clone() };
        accuse::on_dead(&mut self.cluster, now, &left);
        reap::on_reap(&mut self.cluster, slot);
        true
    }

    /// The waiter of a command has gone: it ends without [`Action::Complete`]. What it has begun
    /// goes on.
    pub fn cancel(&mut self, token: Token) {
        self.pings.cancel(token);
        self.cluster.gossip.cancel(token);
        self.announcements.cancel(&mut self.cluster, token);
    }

    // ---- output: drain all three after each input ----------------------------------------------

    /// The next packet. Write its `messages`, then let [`fill`](Self::fill) add gossip. A packet
    /// that stays empty is not sent.
    pub fn poll_transmit(&mut self, now: Instant) -> Option<Transmit<I, A>> {
        if self.cluster.outbox.is_empty() {
            rounds::arm(&mut self.cluster, now);
            rounds::start_eager(&mut self.cluster);
        }
        self.cluster.outbox.pop_front()
    }

    /// Adds gossip to `parts`, which hold what the packet says already, as the packet allows. Each
    /// item counts one more transmission.
    pub fn fill(&mut self, packet: &Transmit<I, A>, parts: &mut Parts) {
        let from = match packet.fill {
            Fill::Nothing => return,
            Fill::Piggyback => 0,
            Fill::Gossip { from } => from,
        };
        let Some(slot) = packet.slot else { return };
        let fetch = rounds::fetch_for(&self.cluster, slot, from);
        let spent = self.cluster.gossip.fill(fetch, parts, self.cluster.packet);
        complete_all(spent, &Outcome::Spent, &mut self.cluster.actions);
    }

    /// The next thing to do with streams, or the end of a command.
    pub fn poll_action(&mut self) -> Option<Action<I, A>> {
        self.cluster.actions.pop_front()
    }

    /// What has happened next.
    pub fn poll_event(&mut self) -> Option<Event<I, A>> {
        let event = self.cluster.events.pop_front();
        if event.is_none() {
            // A merge of thousands must not leave its memory behind.
            self.cluster.events.shrink_to(EVENTS_KEPT);
        }
        event
    }

    /// When [`handle_timeout`](Self::handle_timeout) is due next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.cluster.timers.next()
    }

    // ---- reads ---------------------------------------------------------------------------------

    /// Whether an alive claim is more than a repetition: only then the application need be asked.
    pub fn is_news(&self, alive: &Alive<'_, I, A>) -> bool {
        alive::is_news(&self.cluster, alive)
    }

    /// Whether the other side of a full exchange can be one that this node understands, and that
    /// understands it: at least one that is alive there fits. Entries that do not fit are no reason
    /// to refuse it; they are dropped one by one.
    ///
    /// # Errors
    ///
    /// Who does not fit, in words.
    pub fn check_versions(&self, remote: &[RemoteState<'_, I, A>]) -> Result<(), String> {
        sync::check_versions(&self.cluster, remote)
    }

    /// This node's own record.
    pub fn local(&self) -> &Arc<Member<I, A>> {
        self.cluster.local()
    }

    /// The member of this name, in any state.
    pub fn member(&self, id: &I) -> Option<&Arc<Member<I, A>>> {
        self.cluster.members.at(self.cluster.members.slot_of(id)?)
    }

    /// The member to which a packet goes, if it goes to one that is known.
    pub fn receiver(&self, packet: &Transmit<I, A>) -> Option<&Arc<Member<I, A>>> {
        self.cluster.members.at(packet.slot?)
    }

    /// All members in any state, this node among them.
    pub fn members(&self) -> impl Iterator<Item = &Arc<Member<I, A>>> {
        self.cluster.members.iter()
    }

    /// The local health score: 0 is healthy (Lifeguard section IV.A).
    pub fn health(&self) -> u32 {
        self.cluster.awareness.score()
    }

    /// Bytes of gossip that wait for at least one more send.
    pub fn gossip_bytes(&self) -> usize {
        self.cluster.gossip.bytes()
    }

    /// Counters and lengths by name.
    pub fn stats(&self) -> impl Iterator<Item = (&'static str, u64)> + use<I, A> {
        let (updates, broadcasts) = self.cluster.gossip.len();
        let lengths = [
            ("queue_updates", updates),
            ("queue_broadcasts", broadcasts),
            ("members_known", self.cluster.members.len()),
            ("members_live", self.cluster.members.live()),
            ("suspicions", self.cluster.suspicions.len()),
            ("relays_pending", self.relays.len()),
            ("broadcast_origins", self.broadcasts.origins()),
        ];
        let lengths = lengths.into_iter().map(|(name, n)| (name, n as u64));
        let health = ("health", u64::from(self.health()));
        self.cluster.counters.list().chain(lengths).chain([health])
    }

    fn on_timer(&mut self, now: Instant, due: Instant, timer: Timer) {
        let cluster = &mut self.cluster;
        match timer {
            Timer::ProbeTick => self.prober.on_tick(cluster, now, due),
            Timer::ProbeDirect => self.prober.on_direct_timeout(cluster),
            Timer::ProbeVerdict => self.prober.on_verdict(cluster, now),
            Timer::GossipTick => rounds::on_tick(cluster, now),
            Timer::PushPull => sync::on_push_pull(cluster, now),
            Timer::CatchUp => self.newcomer.on_catch_up(cluster),
            Timer::Suspicion(slot) => accuse::on_suspicion_timeout(cluster, now, slot),
            Timer::Reap(slot) => reap::on_reap(cluster, slot),
            Timer::RelayNack(seq) => self.relays.on_nack_due(cluster, seq),
            Timer::RelayEnd(seq) => self.relays.on_end(seq),
            Timer::Ping(seq) => self.pings.on_timeout(cluster, seq),
            Timer::Announce(token) => self.announcements.retry(cluster, now, token),
            Timer::SweepOrigins => self.broadcasts.on_sweep(cluster, now),
        }
    }

    /// Whether sends block, and this timer's activity is one that waits for them. A probe may still
    /// begin: its ping is what then waits.
    fn must_wait(&self, timer: Timer) -> bool {
        if self.held.is_none() {
            return false;
        }
        match timer {
            Timer::Suspicion(_) | Timer::Reap(_) | Timer::SweepOrigins => false,
            Timer::ProbeTick => !self.prober.is_idle(),
            _ => true,
        }
    }

    /// A node that was stopped or starved has not heard the answers of its peers, so the time in
    /// which it did not run is no evidence against them: what waited for an answer waits that much
    /// longer.
    fn forgive_pause(&mut self, now: Instant) {
        let absent = self.cluster.timers.next().map_or(Duration::ZERO, |due| now - due);
        if absent <= self.cluster.config.probe_timeout {
            return;
        }
        self.cluster.counters.pauses += 1;
        self.prober.forgive(&mut self.cluster, now, absent);
        accuse::forgive(&mut self.cluster, now, absent);
    }
}

fn cluster<I: Id, A: Address>(setup: Setup<I, A>, now: Instant) -> Cluster<I, A> {
    let Setup { config, node, meta, start, seed, encode, packet, ticks_idle, .. } = setup;
    let mut rng = Rng::new(seed);
    let mut members = Members::new(&mut rng);
    let local = Member {
        node,
        meta,
        state: State::Alive,
        incarnation: Incarnation::new(1),
        start,
        versions: Some(versions(&config)),
        since: now,
        round_trip: None,
    };
    let me = members.insert(Arc::new(local), &mut rng).expect("the table is empty");
    // Not from 1: a stranger should not be able to guess which acks are waited for.
    let seq = SequenceNumber::new(rng.next_u64() as u32);
    Cluster {
        encode,
        me,
        lifecycle: Lifecycle::Running,
        seq,
        suspicions: BTreeMap::new(),
        awareness: Awareness::new(config.awareness_max_multiplier),
        gossip: Gossip::new(
            members.key(),
            config.eager_gossip,
            config.user_share_percent,
            config.broadcast_queue_depth,
        ),
        muted: false,
        tick_phase: now,
        ticks_idle,
        packet,
        timers: Timers::new(),
        outbox: VecDeque::new(),
        actions: VecDeque::new(),
        events: VecDeque::new(),
        conflicts: Vec::new(),
        reminded: Vec::new(),
        counters: Counters::default(),
        rng,
        members,
        config,
    }
}

/// Events that there is room for while nothing happens.
const EVENTS_KEPT: usize = 16;

fn versions(config: &Config) -> Versions {
    Versions {
        protocol: config.protocol_version,
        delegate_min: config.delegate_protocol_min,
        delegate_max: config.delegate_protocol_max,
        delegate: config.delegate_protocol_version,
        ..Versions::DEFAULT
    }
}

#[cfg(test)]
mod tests;
