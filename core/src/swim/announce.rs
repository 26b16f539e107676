//! News about this node itself that somebody must be known to have heard: that it leaves, that its
//! metadata changed.
//!
//! The news goes out as gossip too. But gossip is never acknowledged, so three members get it
//! together with a ping: who answers the ping has read the news before it. Those who do not answer
//! are replaced by others until one does. The Go library waits until all sends of its queue are
//! spent instead, which proves nothing and takes seconds.

use std::collections::BTreeMap;

use super::cluster::{Cluster, Lifecycle, Timer};
use super::output::{Outcome, Token};
use super::transmit::Transmit;
use crate::time::Instant;
use crate::types::{Address, Id, SequenceNumber, State};
use crate::wire::{Accusation, Alive, Message};

/// The announcements that wait for their first ack.
pub(super) struct Announcements {
    /// By the number of each ping that carried it.
    pings: BTreeMap<SequenceNumber, Token>,
}

impl Announcements {
    /// None.
    pub(super) const fn new() -> Self {
        Self { pings: BTreeMap::new() }
    }

    /// Tells three members what this node says of itself now, again and again until one has
    /// answered. With nobody there to hear it, that is the end already.
    pub(super) fn start<I: Id, A: Address>(
        &mut self,
        cluster: &mut Cluster<I, A>,
        now: Instant,
        token: Token,
    ) {
        let listeners = cluster.pick(LISTENERS, State::is_live, &[]);
        if listeners.is_empty() {
            self.cancel(cluster, token);
            return cluster.complete(token, Outcome::Heard(0));
        }
        for slot in listeners {
            let Some(listener) = cluster.members.at(slot).cloned() else { continue };
            let seq = cluster.next_seq();
            let ping = cluster.ping(seq, Some(listener.id().cheap_clone()));
            let news = news(cluster);
            let to = listener.address().cheap_clone();
            // The news comes first: who answers the ping has read it.
            cluster.transmit(Transmit::pair(to, slot, [news, Message::Ping(ping)]));
            self.pings.insert(seq, token);
        }
        cluster.timers.set(Timer::Announce(token), now + cluster.config.probe_timeout);
    }

    /// Tries once more, unless it has come to its end meanwhile.
    pub(super) fn retry<I: Id, A: Address>(
        &mut self,
        cluster: &mut Cluster<I, A>,
        now: Instant,
        token: Token,
    ) {
        if self.pings.values().any(|waiting| *waiting == token) {
            self.start(cluster, now, token);
        }
    }

    /// This node has left, or is back: it says something else from now on, whose acks prove nothing
    /// for what it said before.
    pub(super) fn give_up<I: Id, A: Address>(&mut self, cluster: &mut Cluster<I, A>) {
        while let Some((_, &token)) = self.pings.first_key_value() {
            self.cancel(cluster, token);
            cluster.complete(token, Outcome::NoAnswer);
        }
    }

    /// Whether this ack belongs to an announcement; then it is done.
    pub(super) fn on_ack<I: Id, A: Address>(
        &mut self,
        cluster: &mut Cluster<I, A>,
        seq: SequenceNumber,
    ) -> bool {
        let Some(&token) = self.pings.get(&seq) else { return false };
        self.cancel(cluster, token);
        cluster.complete(token, Outcome::Heard(1));
        true
    }

    /// Nobody needs to know any more.
    pub(super) fn cancel<I: Id, A: Address>(&mut self, cluster: &mut Cluster<I, A>, token: Token) {
        self.pings.retain(|_, waiting| *waiting != token);
        cluster.timers.clear(Timer::Announce(token));
    }
}

fn news<I: Id, A: Address>(cluster: &Cluster<I, A>) -> Message<'static, I, A> {
    let local = cluster.local();
    if cluster.lifecycle == Lifecycle::Running {
        return Message::Alive(Alive::from(&**local).into_owned());
    }
    let id = local.id();
    let (node, from) = (id.cheap_clone(), id.cheap_clone());
    Message::Dead(Accusation { incarnation: local.incarnation(), node, from })
}

/// How many are told at a time: one of them may be just as dead as it looks alive.
const LISTENERS: usize = 3;
