//! What the handle asks for.
//!
//! Each `token` ends in exactly one [`Action::Complete`](crate::swim::Action::Complete), unless it
//! is cancelled first or the call gives an error.

use std::borrow::Cow;

use bytes::Bytes;

use super::room::largest_payload;
use super::{Engine, TooLarge};
use crate::delegate::Delegate;
use crate::swim::Token;
use crate::time::Instant;
use crate::types::{Address, Id, Meta, StartId};
use crate::wire::{Broadcast, Message, Wire};

impl<I: Id, A: Address, W: Wire<I, A>, D: Delegate<I, A>> Engine<I, A, W, D> {
    /// Pings whoever is at `address`; with an `id`, only that node answers.
    pub fn ping(&mut self, now: Instant, token: Token, id: Option<I>, address: A) {
        self.swim.ping(now, token, id, address);
    }

    /// Sends `payload` to the application of whoever is at `to`, in one packet that may be lost.
    ///
    /// # Errors
    ///
    /// It does not fit: nothing is sent.
    pub fn send_packet(&mut self, to: A, payload: &[u8]) -> Result<(), TooLarge> {
        let (len, max) = (payload.len(), self.max_packet_payload());
        if len > max {
            return Err(TooLarge { len, max });
        }
        self.swim.send_user(to, Bytes::copy_from_slice(payload));
        Ok(())
    }

    /// Sends `payload` to the application of every node. With a `key` that is not empty, a newer
    /// one with the same key takes its place in the queues.
    ///
    /// # Errors
    ///
    /// It does not fit a packet beside its key: nothing is sent.
    pub fn broadcast(&mut self, token: Token, key: Bytes, payload: Bytes) -> Result<(), TooLarge> {
        let mut encoded = Vec::new();
        self.encode_largest_broadcast(&key, &payload, &mut encoded);
        if encoded.len() > self.packer.part_max() {
            let max = self.max_broadcast_payload(key.len());
            return Err(TooLarge { len: payload.len(), max });
        }
        self.swim.broadcast(token, &key, &payload);
        Ok(())
    }

    /// Tells everybody new metadata. Complete once a live member is known to have heard it.
    pub fn update_meta(&mut self, now: Instant, token: Token, meta: Meta) {
        self.swim.update_meta(now, token, meta);
    }

    /// Asks the `node_meta` hook; `None` if it gives nothing.
    pub fn refreshed_meta(&mut self) -> Option<Meta> {
        self.delegate.node_meta()
    }

    /// Says goodbye. Complete once live members are known to have heard it.
    pub fn leave(&mut self, now: Instant, token: Token) {
        self.swim.leave(now, token);
    }

    /// After [`leave`](Engine::leave): alive again with a higher incarnation. To be called before a
    /// join; nothing happens when this node has not left.
    pub fn rejoin(&mut self, now: Instant) {
        self.swim.rejoin(now);
    }

    /// Declares a member that is gone or suspect left and forgets it; false if it is unknown or
    /// alive.
    pub fn forget(&mut self, now: Instant, id: &I) -> bool {
        self.swim.forget(now, id)
    }

    /// Nobody waits for the outcome any more. What has been sent stays sent.
    pub fn cancel(&mut self, token: Token) {
        self.swim.cancel(token);
    }

    /// Bytes of the largest payload that [`send_packet`](Engine::send_packet) takes.
    pub fn max_packet_payload(&self) -> usize {
        self.packer.max_packet_payload()
    }

    /// Bytes of the largest payload that [`broadcast`](Engine::broadcast) takes beside a key of
    /// `key_len` bytes. It stays the same for the node's whole life: the largest broadcast number
    /// is allowed for.
    pub fn max_broadcast_payload(&self, key_len: usize) -> usize {
        let key = vec![0; key_len];
        let encode = |payload: &[u8], out: &mut Vec<u8>| {
            self.encode_largest_broadcast(&key, payload, out);
        };
        largest_payload(self.packer.part_max(), encode).unwrap_or(0)
    }

    fn encode_largest_broadcast(&self, key: &[u8], payload: &[u8], out: &mut Vec<u8>) {
        let broadcast = Broadcast {
            origin: self.swim.local().id().cheap_clone(),
            start: StartId::new(u32::MAX),
            number: u64::MAX,
            key: Cow::Borrowed(key),
            payload: Cow::Borrowed(payload),
        };
        W::encode(&Message::Broadcast(broadcast), out);
    }
}
