//! The state machine (being built).
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]
#![allow(unused_variables, missing_docs, dead_code, clippy::needless_pass_by_value)]

mod members;
mod output;
mod transmit;

use std::sync::Arc;

use bytes::Bytes;

use crate::codec::Parts;
use crate::config::Config;
use crate::time::Instant;
use crate::types::{Address, Id, Member, Meta, Node, SequenceNumber, StartId};
use crate::wire::{Accusation, Alive, Broadcast, IndirectPing, Message, Ping, RemoteState};

pub use output::{Action, Event, Outcome, Token};
pub use transmit::{Fill, Transmit};

/// How a message is written: `Wire::encode` of the format that the node speaks.
pub type Encode<I, A> = fn(&Message<'_, I, A>, &mut Vec<u8>);

/// What a machine is built from.
pub struct Setup<I, A> {
    pub config: Config,
    pub node: Node<I, A>,
    pub meta: Meta,
    pub start: StartId,
    pub seed: u64,
    pub encode: Encode<I, A>,
    /// `Wire::RELAYS_BROADCASTS`.
    pub relays_broadcasts: bool,
}

/// How much fits a packet, for `fill`: the frame's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Bytes that messages and what packs them may take together.
    pub bytes: usize,
    /// Bytes that a compound adds once.
    pub head: usize,
    /// Bytes that a compound adds per part.
    pub part: usize,
    /// Parts that fit a compound.
    pub parts: usize,
}

pub struct Swim<I, A> {
    p: core::marker::PhantomData<(I, A)>,
}

impl<I: Id, A: Address> Swim<I, A> {
    pub fn new(setup: Setup<I, A>, now: Instant) -> Self {
        todo!()
    }

    // ---- input: messages of packets
    /// Whether an alive claim is more than old news: only then `notify_alive` is worth asking.
    pub fn is_news(&self, alive: &Alive<'_, I, A>) -> bool {
        todo!()
    }
    pub fn handle_alive(&mut self, now: Instant, alive: &Alive<'_, I, A>) {
        todo!()
    }
    pub fn handle_suspect(&mut self, now: Instant, suspect: &Accusation<I>) {
        todo!()
    }
    pub fn handle_dead(&mut self, now: Instant, dead: &Accusation<I>) {
        todo!()
    }
    /// `payload` is what the `ack_payload` hook gave.
    pub fn handle_ping(&mut self, from: A, ping: &Ping<I, A>, payload: Bytes) {
        todo!()
    }
    pub fn handle_indirect_ping(&mut self, now: Instant, from: A, ping: &IndirectPing<I, A>) {
        todo!()
    }
    pub fn handle_ack(&mut self, now: Instant, seq: SequenceNumber, payload: &[u8]) {
        todo!()
    }
    pub fn handle_nack(&mut self, from: &A, seq: SequenceNumber) {
        todo!()
    }
    pub fn handle_broadcast(&mut self, now: Instant, broadcast: &Broadcast<'_, I>) {
        todo!()
    }

    // ---- input: streams
    /// One member of a push/pull that was let in. Alive entries were asked about like alive claims.
    pub fn handle_remote_state(&mut self, now: Instant, state: &RemoteState<'_, I, A>) {
        todo!()
    }
    /// An ack to a stream ping that `Action::StreamPing` asked for.
    pub fn handle_stream_ack(&mut self, now: Instant, seq: SequenceNumber) {
        todo!()
    }
    /// Whether protocol and delegate versions of both sides fit; the error says whose do not.
    pub fn check_versions(&self, states: &[RemoteState<'_, I, A>]) -> Result<(), String> {
        todo!()
    }

    // ---- input: time
    pub fn handle_timeout(&mut self, now: Instant) {
        todo!()
    }

    // ---- commands; each token ends in exactly one `Action::Complete`, unless it is cancelled first
    pub fn ping(&mut self, now: Instant, token: Token, id: Option<I>, address: A) {
        todo!()
    }
    /// The caller has checked that it fits a packet.
    pub fn send_user(&mut self, to: A, payload: Bytes) {
        todo!()
    }
    /// The caller has checked that it fits a packet. Keyed when `key` is not empty.
    pub fn broadcast(&mut self, token: Token, key: Bytes, payload: Bytes) {
        todo!()
    }
    pub fn update_meta(&mut self, now: Instant, token: Token, meta: Meta) {
        todo!()
    }
    pub fn leave(&mut self, now: Instant, token: Token) {
        todo!()
    }
    /// After `leave`: alive again with a higher incarnation; nothing when not left.
    pub fn rejoin(&mut self, now: Instant) {
        todo!()
    }
    pub fn forget(&mut self, now: Instant, id: &I) -> bool {
        todo!()
    }
    pub fn cancel(&mut self, token: Token) {
        todo!()
    }

    // ---- output: drain all of these after each input, transmits first
    /// The next packet. Encode its `messages`, then let `fill` add gossip if its `fill` is not
    /// `Nothing`; a packet that stays empty is not sent.
    pub fn poll_transmit(&mut self, now: Instant) -> Option<Transmit<I, A>> {
        todo!()
    }
    /// Adds gossip to `parts` as the packet allows, within the budget that `parts` has not used yet.
    /// `reserved` bytes of it (parts overhead included) are left free: for the `broadcast_messages` hook.
    pub fn fill(&mut self, to: &Transmit<I, A>, parts: &mut Parts, budget: Budget) {
        todo!()
    }
    /// Bytes of gossip (membership and user) that wait for at least one more send.
    pub fn gossip_bytes(&self) -> usize {
        todo!()
    }
    pub fn poll_action(&mut self) -> Option<Action<I, A>> {
        todo!()
    }
    pub fn poll_event(&mut self) -> Option<Event<I, A>> {
        todo!()
    }
    /// When `handle_timeout` is due next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        todo!()
    }

    // ---- reads
    pub fn local(&self) -> &Arc<Member<I, A>> {
        todo!()
    }
    pub fn member(&self, id: &I) -> Option<&Arc<Member<I, A>>> {
        todo!()
    }
    /// All members in any state, this node among them.
    pub fn members(&self) -> impl Iterator<Item = &Arc<Member<I, A>>> {
        core::iter::empty()
    }
    pub fn health(&self) -> u32 {
        todo!()
    }
    /// Counters and queue lengths by name.
    pub fn stats(&self) -> Vec<(&'static str, u64)> {
        todo!()
    }
}
