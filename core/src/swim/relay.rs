//! Pinging for others (SWIM section 3.1, "ping-req"; Lifeguard section IV.A, nacks).

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::cluster::{Cluster, Timer};
use super::transmit::{Fill, Transmit};
use crate::time::Instant;
use crate::types::limits::RELAYS_MAX;
use crate::types::{Address, Id, SequenceNumber};
use crate::wire::{Ack, IndirectPing, Message, Nack};

/// The pings that this node has sent for others.
pub(super) struct Relays<I, A> {
    /// By the number of our ping: who asked.
    askers: BTreeMap<SequenceNumber, Asker<I, A>>,
}

struct Asker<I, A> {
    id: Option<I>,
    address: A,
    /// The number of its request.
    seq: SequenceNumber,
}

impl<I: Id, A: Address> Relays<I, A> {
    /// Nobody has asked.
    pub(super) const fn new() -> Self {
        Self { askers: BTreeMap::new() }
    }

    /// Somebody asks to ping a member for it.
    pub(super) fn on_request(
        &mut self,
        cluster: &mut Cluster<I, A>,
        now: Instant,
        from: A,
        request: &IndirectPing<I, A>,
    ) {
        let address =
            cluster.reply_address(from, request.source.as_ref(), request.reply_to.as_ref());
        let asker = Asker { id: request.source.clone(), address, seq: request.seq };
        if request.target.id() == cluster.local().id() {
            return asker.ack(cluster);
        }
        if self.askers.len() >= RELAYS_MAX || !request.target.address().is_reachable() {
            cluster.counters.relays_refused += 1;
            return;
        }
        cluster.counters.relays += 1;
        let seq = cluster.next_seq();
        ping(cluster, seq, request);
        set_timers(cluster, now, seq, request.nack);
        self.askers.insert(seq, asker);
    }

    /// Whether this ack belongs to such a ping; then it has been passed on, without payload.
    pub(super) fn on_ack(&mut self, cluster: &mut Cluster<I, A>, seq: SequenceNumber) -> bool {
        let Some(asker) = self.askers.remove(&seq) else { return false };
        cluster.timers.clear(Timer::RelayNack(seq));
        cluster.timers.clear(Timer::RelayEnd(seq));
        asker.ack(cluster);
        true
    }

    /// The target has not answered so far: the asker is to know that at least this helper heard it.
    pub(super) fn on_nack_due(&self, cluster: &mut Cluster<I, A>, seq: SequenceNumber) {
        let Some(asker) = self.askers.get(&seq) else { return };
        let nack = Message::Nack(Nack { seq: asker.seq });
        cluster.answer(asker.id.as_ref(), asker.address.cheap_clone(), nack);
    }

    /// An answer would be of no use to anybody any more.
    pub(super) fn on_end(&mut self, seq: SequenceNumber) {
        self.askers.remove(&seq);
    }

    /// How many are under way.
    pub(super) fn len(&self) -> usize {
        self.askers.len()
    }
}

impl<I: Id, A: Address> Asker<I, A> {
    fn ack(&self, cluster: &mut Cluster<I, A>) {
        let ack = Message::Ack(Ack { seq: self.seq, payload: Cow::Borrowed(&[]) });
        cluster.answer(self.id.as_ref(), self.address.cheap_clone(), ack);
    }
}

fn ping<I: Id, A: Address>(
    cluster: &mut Cluster<I, A>,
    seq: SequenceNumber,
    request: &IndirectPing<I, A>,
) {
    let ping = cluster.ping(seq, Some(request.target.id().cheap_clone()));
    let to = request.target.address().cheap_clone();
    cluster.transmit(Transmit::message(to, None, Message::Ping(ping), Fill::Nothing));
}

/// The nack is due so early that it still counts at the asker, whose probe ends one interval after
/// its start: 0.8 * min(timeout, interval - timeout). The Go library waits one full timeout, which
/// with its LAN and WAN presets is always too late.
fn set_timers<I: Id, A: Address>(
    cluster: &mut Cluster<I, A>,
    now: Instant,
    seq: SequenceNumber,
    nack: bool,
) {
    let (timeout, interval) = (cluster.config.probe_timeout, cluster.config.probe_interval);
    if nack {
        let patience = timeout.min(interval.saturating_sub(timeout)) * 4 / 5;
        cluster.timers.set(Timer::RelayNack(seq), now + patience);
    }
    // The asker may have stretched its own interval; a late ack still helps it.
    cluster.timers.set(Timer::RelayEnd(seq), now + interval);
}
