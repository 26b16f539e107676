//! Messages of the application for everybody.
//!
//! Where the wire format tells origin and number, everybody passes each of them on once, so it
//! spreads like a claim. In the Go library's format it is a plain user message that only its origin
//! sends.

use std::borrow::Cow;

use bytes::Bytes;
use core::time::Duration;

use super::cluster::{Cluster, OWN_REACH, Timer};
use super::gossip::{UserName, complete_all};
use super::members::Slot;
use super::origins::{Origins, Verdict};
use super::output::{Event, Outcome, Token};
use super::queue::{Item, Terms};
use crate::time::Instant;
use crate::types::{Address, Id, State};
use crate::wire::{Broadcast, Message};

/// This node's own count, and what was seen of others.
pub(super) struct Broadcasts<I> {
    relays: bool,
    number: u64,
    origins: Origins<I>,
}

impl<I: Id> Broadcasts<I> {
    /// Nothing was sent or seen. `relays`: whether the wire format tells origin and number.
    pub(super) const fn new(relays: bool) -> Self {
        Self { relays, number: 0, origins: Origins::new() }
    }

    /// Queues a message of this node's application. Keyed when `key` is not empty.
    pub(super) fn start<A: Address>(
        &mut self,
        cluster: &mut Cluster<I, A>,
        token: Token,
        key: &[u8],
        payload: &[u8],
    ) {
        if cluster.peers() == 0 {
            return cluster.complete(token, Outcome::Spent);
        }
        self.number += 1;
        let local = cluster.local();
        let message = if self.relays {
            Message::Broadcast(Broadcast {
                origin: local.id().cheap_clone(),
                start: local.start(),
                number: self.number,
                key: Cow::Borrowed(key),
                payload: Cow::Borrowed(payload),
            })
        } else {
            Message::User(Cow::Borrowed(payload))
        };
        let (edition, name) = ((local.start(), self.number), name(local.id(), key));
        let terms = Terms { edition, token: Some(token), reach: OWN_REACH };
        queue(cluster, &message, name, None, terms);
    }

    /// Somebody passes a message on.
    pub(super) fn on_broadcast<A: Address>(
        &mut self,
        cluster: &mut Cluster<I, A>,
        now: Instant,
        heard: &Broadcast<'_, I>,
    ) {
        if heard.origin == *cluster.local().id() {
            cluster.counters.broadcasts_duplicate += 1;
            return;
        }
        let slot = cluster.members.slot_of(&heard.origin);
        let member = slot.and_then(|slot| cluster.members.at(slot));
        let is_member = member.is_some_and(|member| member.start() == heard.start);
        let origin = (&heard.origin, heard.start);
        match self.origins.see(now, origin, heard.number, is_member) {
            Verdict::Known => cluster.counters.broadcasts_duplicate += 1,
            Verdict::Refused => cluster.counters.broadcasts_refused += 1,
            Verdict::New => take_in(cluster, heard),
        }
        if self.origins.len() == 1 {
            cluster.timers.set(Timer::SweepOrigins, now + ORIGIN_IDLE);
        }
    }

    /// Forgets who has been silent.
    pub(super) fn on_sweep<A: Address>(&mut self, cluster: &mut Cluster<I, A>, now: Instant) {
        self.origins.sweep(now, ORIGIN_IDLE);
        if self.origins.len() > 0 {
            cluster.timers.set(Timer::SweepOrigins, now + ORIGIN_IDLE);
        }
    }

    /// Origins that are remembered.
    pub(super) fn origins(&self) -> usize {
        self.origins.len()
    }
}

fn take_in<I: Id, A: Address>(cluster: &mut Cluster<I, A>, heard: &Broadcast<'_, I>) {
    cluster.counters.broadcasts_received += 1;
    let origin = heard.origin.cheap_clone();
    let payload = Bytes::copy_from_slice(&heard.payload);
    cluster.events.push_back(Event::Broadcast { origin: origin.cheap_clone(), payload });
    let had = cluster.members.slot_of(&origin);
    let origin_lives = had.and_then(|slot| cluster.state(slot)).is_some_and(State::is_live);
    if cluster.peers() == usize::from(origin_lives) {
        // There is nobody but its origin.
        return;
    }
    let terms = Terms { edition: (heard.start, heard.number), ..Terms::default() };
    let name = name(&origin, &heard.key);
    queue(cluster, &Message::Broadcast(heard.clone()), name, had, terms);
}

fn name<I: Id>(origin: &I, key: &[u8]) -> Option<UserName<I>> {
    (!key.is_empty()).then(|| (origin.cheap_clone(), Box::from(key)))
}

fn queue<I: Id, A: Address>(
    cluster: &mut Cluster<I, A>,
    message: &Message<'_, I, A>,
    name: Option<UserName<I>>,
    had: Option<Slot>,
    terms: Terms,
) {
    let mut bytes = Vec::new();
    (cluster.encode)(message, &mut bytes);
    let item = Item::new(name, bytes.into_boxed_slice(), had).on(terms);
    let displaced = cluster.gossip.message(item);
    complete_all(displaced, &Outcome::Replaced, &mut cluster.actions);
}

/// An origin of which nothing was heard for so long is forgotten: a copy that a node kept in its
/// queue while it was stopped for longer would be told a second time.
const ORIGIN_IDLE: Duration = Duration::from_secs(3600);
