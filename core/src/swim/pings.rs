//! Pings that the application asked for. They judge nobody.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::cluster::{Cluster, Timer};
use super::output::{Outcome, Token};
use super::transmit::{Fill, Transmit};
use crate::time::Instant;
use crate::types::{Address, Id, SequenceNumber};
use crate::wire::Message;

/// The pings under way: who waits, and since when.
pub(super) struct Pings(BTreeMap<SequenceNumber, (Token, Instant)>);

impl Pings {
    /// None.
    pub(super) const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Pings `address`; `id` is who must answer, if given.
    pub(super) fn start<I: Id, A: Address>(
        &mut self,
        cluster: &mut Cluster<I, A>,
        now: Instant,
        token: Token,
        id: Option<I>,
        address: A,
    ) {
        let seq = cluster.next_seq();
        let ping = cluster.ping(seq, id);
        cluster.transmit(Transmit::message(address, None, Message::Ping(ping), Fill::Nothing));
        cluster.timers.set(Timer::Ping(seq), now + cluster.config.probe_timeout);
        self.0.insert(seq, (token, now));
    }

    /// Whether this ack belongs to such a ping; then its waiter has been told.
    pub(super) fn on_ack<I: Id, A: Address>(
        &mut self,
        cluster: &mut Cluster<I, A>,
        now: Instant,
        seq: SequenceNumber,
        payload: &[u8],
    ) -> bool {
        let Some((token, sent)) = self.0.remove(&seq) else { return false };
        cluster.timers.clear(Timer::Ping(seq));
        let payload = Bytes::copy_from_slice(payload);
        cluster.complete(token, Outcome::Pong { round_trip: now - sent, payload });
        true
    }

    /// Nobody has answered in time.
    pub(super) fn on_timeout<I: Id, A: Address>(
        &mut self,
        cluster: &mut Cluster<I, A>,
        seq: SequenceNumber,
    ) {
        if let Some((token, _)) = self.0.remove(&seq) {
            cluster.complete(token, Outcome::NoAnswer);
        }
    }

    /// Its waiter has gone.
    pub(super) fn cancel(&mut self, token: Token) {
        self.0.retain(|_, (waiting, _)| *waiting != token);
    }
}
