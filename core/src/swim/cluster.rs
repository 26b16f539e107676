//! What all parts of the machine share: the members, the queues and the way out.

use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use bytes::Bytes;

use super::awareness::Awareness;
use super::counters::Counters;
use super::gossip::{Budget, Gossip, complete_all};
use super::math;
use super::members::{Members, Slot};
use super::output::{Action, Event, Outcome, Token};
use super::precedence::Claim;
use super::rng::Rng;
use super::suspicion::Suspicion;
use super::timers::Timers;
use super::transmit::{Fill, Transmit};
use crate::config::Config;
use crate::time::Instant;
use crate::types::limits::OUTBOX_PACKETS_MAX;
use crate::types::{Address, Id, Member, Node, SequenceNumber, State};
use crate::wire::{Accusation, Ack, Message, Ping};

/// How a message is written: `Wire::encode` of the format that the node speaks.
pub type Encode<I, A> = fn(&Message<'_, I, A>, &mut Vec<u8>);

/// What a deadline is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    /// The next probe is due.
    ProbeTick,
    /// The direct probe was not answered.
    ProbeDirect,
    /// Nothing answered the probe.
    ProbeVerdict,
    /// The next round of gossip is due.
    GossipTick,
    /// The next full exchange is due.
    PushPull,
    /// A newcomer's next exchange with its seed is due.
    CatchUp,
    /// A suspect has not refuted.
    Suspicion(Slot),
    /// A member that is gone may be forgotten.
    Reap(Slot),
    /// A helper owes its asker a nack.
    RelayNack(SequenceNumber),
    /// A helper has waited long enough.
    RelayEnd(SequenceNumber),
    /// A user's ping was not answered.
    Ping(SequenceNumber),
    /// News about this node itself was not acknowledged yet.
    Announce(Token),
    /// Origins of broadcasts that nothing was heard of may be forgotten.
    SweepOrigins,
}

/// Where this node stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lifecycle {
    /// It takes part.
    Running,
    /// It has said goodbye: it judges nobody and answers whoever asks.
    Left,
}

/// The parts of the machine that claims, probes and gossip work on.
pub(super) struct Cluster<I, A> {
    pub(super) config: Config,
    pub(super) encode: Encode<I, A>,
    pub(super) rng: Rng,
    pub(super) members: Members<I, A>,
    /// This node's own slot.
    pub(super) me: Slot,
    pub(super) lifecycle: Lifecycle,
    pub(super) seq: SequenceNumber,
    pub(super) suspicions: BTreeMap<Slot, Suspicion<I>>,
    pub(super) awareness: Awareness,
    pub(super) gossip: Gossip<I>,
    /// What is taken in now is no news to anybody whom this node could tell it.
    pub(super) muted: bool,
    /// When some tick of gossip is, or was, due: ticks keep this phase while there is nothing to
    /// say.
    pub(super) tick_phase: Instant,
    /// Whether ticks go on while there is nothing to say, for the application may have something.
    pub(super) ticks_idle: bool,
    /// What fits a packet.
    pub(super) packet: Budget,
    pub(super) timers: Timers<Timer>,
    pub(super) outbox: VecDeque<Transmit<I, A>>,
    pub(super) actions: VecDeque<Action<I, A>>,
    pub(super) events: VecDeque<Event<I, A>>,
    /// Conflicts that were told lately, and when.
    pub(super) conflicts: Vec<(Node<I, A>, Instant)>,
    /// Members that were lately reminded of what is known of them, and when.
    pub(super) reminded: Vec<(Slot, Instant)>,
    pub(super) counters: Counters,
}

impl<I: Id, A: Address> Cluster<I, A> {
    /// Replaces a member's record and tells it, if anything is new: the only way in which a record
    /// changes.
    pub(super) fn change(&mut self, slot: Slot, change: impl FnOnce(&mut Member<I, A>)) {
        let Some(old) = self.members.at(slot).cloned() else { return };
        let mut new = Member::clone(&old);
        change(&mut new);
        if new == *old {
            return;
        }
        debug_assert!(slot == self.me || new.incarnation >= old.incarnation || old.state.is_gone());
        let new = Arc::new(new);
        self.members.replace(slot, Arc::clone(&new));
        self.events.push_back(Event::Member { old: Some(old), new: Some(new) });
    }

    /// Queues a claim about `subject` for gossip; an older one about it is replaced. Of its own
    /// news a node sees to it that a small ring hears it whole.
    pub(super) fn spread(&mut self, subject: I, message: &Message<'_, I, A>) {
        let own = subject == *self.local().id();
        if self.muted && !own {
            return;
        }
        let mut bytes = Vec::with_capacity(TYPICAL_CLAIM);
        (self.encode)(message, &mut bytes);
        if bytes.len() > self.packet.part_max() {
            self.counters.gossip_too_large += 1;
            return;
        }
        // Who is alive need not be told; who is accused must be.
        let is_praise = matches!(message, Message::Alive(_));
        let had = self.members.slot_of(&subject).filter(|_| is_praise && !own);
        let reach = if own { OWN_REACH } else { 0 };
        self.gossip.update(subject, bytes.into_boxed_slice(), reach, had);
    }

    /// Puts a packet into the way out.
    pub(super) fn transmit(&mut self, transmit: Transmit<I, A>) {
        if self.outbox.len() >= OUTBOX_PACKETS_MAX {
            self.counters.outbox_full += 1;
            return;
        }
        self.outbox.push_back(transmit);
    }

    /// Sends one message to a member with whatever gossip still fits beside it.
    pub(super) fn send(&mut self, slot: Slot, message: Message<'static, I, A>) {
        let Some(to) = self.members.at(slot).map(|member| member.address().cheap_clone()) else {
            return;
        };
        self.transmit(Transmit::message(to, Some(slot), message, Fill::Piggyback));
    }

    /// Answers whoever asked from `address`. Gossip rides along only to a member at its own
    /// address: a stranger who asks a lot must not use up the sends of the queue.
    pub(super) fn answer(
        &mut self,
        asker: Option<&I>,
        address: A,
        message: Message<'static, I, A>,
    ) {
        let member = asker.and_then(|id| self.members.slot_of(id)).filter(|&slot| {
            self.members.at(slot).is_some_and(|member| member.address().same_place(&address))
        });
        let fill = if member.is_some() { Fill::Piggyback } else { Fill::Nothing };
        self.transmit(Transmit::message(address, member, message, fill));
    }

    /// A ping from this node; if `target` is given, only the node of that name answers.
    pub(super) fn ping(&self, seq: SequenceNumber, target: Option<I>) -> Ping<I, A> {
        let local = self.local();
        let (source, reply_to) = (local.id().cheap_clone(), local.address().cheap_clone());
        Ping { seq, target, source: Some(source), reply_to: Some(reply_to) }
    }

    /// Answers a ping, if this node is meant.
    pub(super) fn answer_ping(&mut self, from: A, ping: &Ping<I, A>, payload: Bytes) {
        if ping.target.as_ref().is_some_and(|target| target != self.local().id()) {
            self.counters.pings_misdirected += 1;
            return;
        }
        self.counters.pings_answered += 1;
        let to = self.reply_address(from, ping.source.as_ref(), ping.reply_to.as_ref());
        let ack = Message::Ack(Ack { seq: ping.seq, payload: payload.to_vec().into() });
        let asker = ping.source.as_ref();
        match asker.and_then(|id| self.accusation_of(id, &to)) {
            Some((slot, accusation)) => self.transmit(Transmit::pair(to, slot, [ack, accusation])),
            None => self.answer(asker, to, ack),
        }
    }

    /// What this node holds against a member that asks from its own address, so that it can refute:
    /// as the buddy system does with pings (Lifeguard section IV.C).
    fn accusation_of(&self, id: &I, address: &A) -> Option<(Slot, Message<'static, I, A>)> {
        let slot = self.members.slot_of(id)?;
        let member = self.members.at(slot)?;
        if !member.address().same_place(address) {
            return None;
        }
        let held = self.accusation(slot);
        match member.state() {
            State::Suspect if self.config.buddy_system => Some((slot, Message::Suspect(held?))),
            State::Dead => Some((slot, Message::Dead(held?))),
            _ => None,
        }
    }

    /// What this node says against a member, at the incarnation that it knows.
    pub(super) fn accusation(&self, slot: Slot) -> Option<Accusation<I>> {
        let member = self.members.at(slot)?;
        Some(Accusation {
            incarnation: member.incarnation(),
            node: member.id().cheap_clone(),
            from: self.local().id().cheap_clone(),
        })
    }

    /// Where an answer goes: to the place that the asker names, if that is where the packet came
    /// from or where the member of that name is known to be; otherwise back to where the packet
    /// came from. Else anybody could have answers sent to anybody.
    pub(super) fn reply_address(&self, from: A, asker: Option<&I>, wanted: Option<&A>) -> A {
        let Some(wanted) = wanted else { return from };
        let known =
            asker.and_then(|id| self.members.slot_of(id)).and_then(|slot| self.members.at(slot));
        let at_home = known.is_some_and(|member| member.address().same_place(wanted));
        if at_home || wanted.same_place(&from) { wanted.cheap_clone() } else { from }
    }

    /// Ends a command.
    pub(super) fn complete(&mut self, token: Token, outcome: Outcome) {
        self.actions.push_back(Action::Complete { token, outcome });
    }

    /// Changes the local health score and tells it when it moved.
    pub(super) fn health(&mut self, delta: i32) {
        if self.config.local_health && self.awareness.apply(delta) {
            self.events.push_back(Event::Health(self.awareness.score()));
        }
    }

    /// The next number to match an ack by.
    pub(super) fn next_seq(&mut self) -> SequenceNumber {
        self.seq = self.seq.next();
        self.seq
    }

    /// This node's own record.
    pub(super) fn local(&self) -> &Arc<Member<I, A>> {
        self.members.at(self.me).expect("this node is never forgotten")
    }

    /// What is known of a member, as far as claims are compared.
    pub(super) fn known(&self, slot: Slot) -> Option<Claim> {
        self.members.at(slot).map(|member| (member.state(), member.incarnation()))
    }

    /// The state of the member in a slot.
    pub(super) fn state(&self, slot: Slot) -> Option<State> {
        self.members.at(slot).map(|member| member.state())
    }

    /// How many other members are alive or suspect.
    pub(super) fn peers(&self) -> usize {
        self.members.live() - usize::from(self.local().state().is_live())
    }

    /// Up to `k` other members in a state that `fits`, by chance, without those in `except`.
    pub(super) fn pick(&mut self, k: usize, fits: fn(State) -> bool, except: &[Slot]) -> Vec<Slot> {
        let me = self.me;
        let fits = |slot, member: &Member<I, A>| {
            slot != me && fits(member.state()) && !except.contains(&slot)
        };
        self.members.pick(k, &mut self.rng, fits)
    }

    /// How often each item of gossip is sent.
    pub(super) fn retransmit_limit(&self) -> u32 {
        math::retransmit_limit(self.config.retransmit_mult, self.members.len())
    }

    /// After a member has gone: nothing is left of its suspicion, and the time of forgetting is
    /// set. With the last one goes whoever could hear what still waits to be sent.
    pub(super) fn bury(&mut self, slot: Slot, now: Instant) {
        self.clear_suspicion(slot);
        self.gossip.forget(slot);
        if slot != self.me {
            self.timers.set(Timer::Reap(slot), now + self.config.gossip_to_the_dead_time);
        }
        if self.peers() == 0 {
            complete_all(self.gossip.release(), &Outcome::Spent, &mut self.actions);
        }
    }

    /// Tells a member something that it must have missed: not more often than it could answer, and
    /// not many members, for strangers can make up what sets this off.
    pub(super) fn remind(&mut self, now: Instant, slot: Slot, reminder: Message<'static, I, A>) {
        self.reminded.retain(|(_, told)| now.since(*told) < REMINDER_QUIET);
        let is_full = self.reminded.len() >= REMINDERS_MAX;
        if is_full || self.reminded.iter().any(|(told, _)| *told == slot) {
            return;
        }
        let Some(member) = self.members.at(slot) else { return };
        let to = member.address().cheap_clone();
        self.reminded.push((slot, now));
        self.counters.reminders += 1;
        self.transmit(Transmit::message(to, Some(slot), reminder, Fill::Nothing));
    }

    /// Ends a suspicion, if there is one.
    pub(super) fn clear_suspicion(&mut self, slot: Slot) {
        if self.suspicions.remove(&slot).is_some() {
            self.timers.clear(Timer::Suspicion(slot));
        }
    }
}

/// Bytes of a claim with a short name: only a first guess for the buffer.
const TYPICAL_CLAIM: usize = 48;

/// Up to so many others hear a node's own news, claims and messages, from itself. Gossip alone
/// misses one delivery in fifty with Go's four sends in rings of up to nine nodes, and one in 3,000
/// with the eight of rings up to 99: a claim then comes with the next full exchange, a message
/// never.
pub(super) const OWN_REACH: usize = 64;

/// How long a member that was reminded is not reminded again.
const REMINDER_QUIET: Duration = Duration::from_secs(1);

/// Members that are reminded in that time: more do not restart, or miss a refutation, at once, or
/// hear of it by others.
const REMINDERS_MAX: usize = 32;
