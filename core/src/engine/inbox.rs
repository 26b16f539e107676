//! Datagrams to the machine.

use bytes::Bytes;

use super::counters::{ACK_PAYLOAD_TOO_LARGE, REFUSED_ADDRESS, REFUSED_CLAIM, REFUSED_VERSIONLESS};
use super::{Admission, Engine, Notice};
use crate::delegate::{Delegate, Plane, UserMessage};
use crate::frame::{Scratch, stranger};
use crate::time::Instant;
use crate::types::{Address, Id, State};
use crate::wire::{Alive, Broadcast, IndirectPing, Message, Ping, Wire};

impl<I: Id, A: Address, W: Wire<I, A>, D: Delegate<I, A>> Engine<I, A, W, D> {
    /// Takes in one datagram. What is wrong with it, or with a message in it, is counted by reason
    /// and changes nothing; the other messages in it are taken in.
    pub fn handle_datagram(&mut self, now: Instant, from: A, datagram: &[u8]) {
        self.counters.received(datagram.len());
        let mut scratch = core::mem::take(&mut self.scratch);
        self.open_datagram(now, &from, datagram, &mut scratch);
        scratch.tidy();
        self.scratch = scratch;
    }

    fn open_datagram(&mut self, now: Instant, from: &A, datagram: &[u8], scratch: &mut Scratch) {
        let opened = match self.framer.open(datagram, scratch) {
            Ok(opened) => opened,
            Err(error) => return self.count_refused(now, from, error, datagram),
        };
        for message in opened.messages() {
            match message {
                Ok(bytes) => self.handle_message(now, from, bytes),
                Err(error) => self.count_refused(now, from, error, &[]),
            }
        }
    }

    fn handle_message(&mut self, now: Instant, from: &A, bytes: &[u8]) {
        match W::decode(bytes) {
            Ok(message) => self.dispatch(now, from, message),
            Err(error) => {
                let stranger = stranger(bytes);
                self.drop_input(from, stranger.unwrap_or(error.reason()));
            }
        }
    }

    fn dispatch(&mut self, now: Instant, from: &A, message: Message<'_, I, A>) {
        match message {
            Message::Ping(ping) => self.on_ping(from, &ping),
            Message::IndirectPing(ping) => self.on_indirect_ping(now, from, &ping),
            Message::Ack(ack) => self.swim.handle_ack(now, ack.seq, &ack.payload),
            Message::Nack(nack) => self.swim.handle_nack(from, nack.seq),
            Message::Suspect(suspect) => self.swim.handle_suspect(now, &suspect),
            Message::Alive(alive) => self.on_alive(now, from, &alive),
            Message::Dead(dead) => self.swim.handle_dead(now, &dead),
            Message::User(payload) => self.on_user(from, &payload),
            Message::Broadcast(broadcast) => self.on_broadcast(now, from, &broadcast),
        }
    }

    fn on_ping(&mut self, from: &A, ping: &Ping<I, A>) {
        if !self.admission.allows_if_any(ping.reply_to.as_ref()) {
            return self.drop_input(from, REFUSED_ADDRESS);
        }
        let payload = if self.is_meant(ping) { self.ack_payload() } else { Bytes::new() };
        self.swim.handle_ping(from.cheap_clone(), ping, payload);
    }

    fn on_indirect_ping(&mut self, now: Instant, from: &A, ping: &IndirectPing<I, A>) {
        let allows_reply = self.admission.allows_if_any(ping.reply_to.as_ref());
        if !allows_reply || !self.admission.allows(ping.target.address()) {
            return self.drop_input(from, REFUSED_ADDRESS);
        }
        self.swim.handle_indirect_ping(now, from.cheap_clone(), ping);
    }

    fn on_alive(&mut self, now: Instant, from: &A, alive: &Alive<'_, I, A>) {
        if self.admits(from, alive) {
            self.swim.handle_alive(now, alive);
        }
    }

    fn on_user(&mut self, from: &A, payload: &[u8]) {
        self.deliver(UserMessage {
            payload: Bytes::copy_from_slice(payload),
            sender: None,
            address: Some(from.cheap_clone()),
            plane: Plane::Packet,
        });
    }

    fn on_broadcast(&mut self, now: Instant, from: &A, broadcast: &Broadcast<'_, I>) {
        // What happened before it has another origin.
        self.collect_events(None);
        self.swim.handle_broadcast(now, broadcast);
        self.collect_events(Some(from));
    }

    /// Whether this node is the one that a ping asks.
    pub(super) fn is_meant(&self, ping: &Ping<I, A>) -> bool {
        ping.target.as_ref().is_none_or(|target| target == self.swim.local().id())
    }

    /// Whether a claim that somebody is alive may reach the machine.
    pub(super) fn admits(&mut self, from: &A, alive: &Alive<'_, I, A>) -> bool {
        if !self.admission.allows(alive.node.address()) {
            self.counters.count(REFUSED_ADDRESS);
            tracing::debug!(%from, claim = %alive.node, "address not allowed");
            return false;
        }
        // The Go library would write zeros for it, and refuse all full exchanges because of it.
        if W::GO_ALGORITHMS_ONLY && alive.versions.is_none() {
            self.counters.count(REFUSED_VERSIONLESS);
            return false;
        }
        // Old news cannot change anything: only the machine needs to see it.
        if !self.swim.is_news(alive) {
            return true;
        }
        match Admission::ask(&*self.delegate, alive, State::Alive) {
            Ok(()) => true,
            Err(refused) => {
                self.counters.count(REFUSED_CLAIM);
                tracing::debug!(%from, claim = %alive.node, %refused, "claim refused");
                false
            }
        }
    }

    /// Passes on a message of the application, behind everything that happened before it.
    pub(super) fn deliver(&mut self, message: UserMessage<I, A>) {
        self.collect_events(None);
        self.notices.push_back(Notice::Message(message));
    }

    fn ack_payload(&mut self) -> Bytes {
        let payload = self.delegate.ack_payload();
        if payload.len() > self.packer.max_ack_payload() {
            self.counters.count(ACK_PAYLOAD_TOO_LARGE);
            return Bytes::new();
        }
        payload
    }

    /// Counts and says no more: whoever sends nonsense sends much of it.
    fn drop_input(&mut self, from: &A, reason: &'static str) {
        self.counters.count(reason);
        tracing::trace!(%from, reason, "input dropped");
    }
}
