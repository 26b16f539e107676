//! The hub that all in-memory transports of one test share.

use core::task::{Context, Poll, Waker};
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;

use super::endpoint::Endpoint;
use super::pipe::{MemoryStream, Valve};
use crate::types::Address;

/// What a cut takes away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cut {
    /// Datagrams are lost; streams go on.
    Datagrams,
    /// Datagrams are lost, bytes of streams stand still, and dialling waits. Nobody is told, as in
    /// a network that swallows packets.
    All,
}

/// A network inside one process. Clones are the same network.
///
/// Faults are between addresses, bound or not, and hold until they are healed. Addresses that are
/// the same place (see [`Address::same_place`]) must be given in one spelling.
#[derive(Debug)]
pub struct MemoryNetwork<A>(Arc<Mutex<Hub<A>>>);

#[derive(Debug)]
struct Hub<A> {
    endpoints: BTreeMap<A, Arc<Endpoint<A>>>,
    cuts: BTreeMap<(A, A), Cut>,
    /// By (writer, reader), to hold up streams that are already open.
    valves: BTreeMap<(A, A), Vec<Valve>>,
    /// Dials that wait for a cut to be healed.
    waiting: Vec<Waker>,
    loss: f64,
    chance: SplitMix,
    delivered: u64,
    lost: u64,
}

impl<A> Clone for MemoryNetwork<A> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<A: Address> MemoryNetwork<A> {
    /// An empty network without faults. `seed` decides which datagrams are lost once a loss is set.
    pub fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(Hub {
            endpoints: BTreeMap::new(),
            cuts: BTreeMap::new(),
            valves: BTreeMap::new(),
            waiting: Vec::new(),
            loss: 0.0,
            chance: SplitMix(seed),
            delivered: 0,
            lost: 0,
        })))
    }

    /// Takes away the way from `from` to `to`; the way back stays. Replaces an earlier cut.
    pub fn cut(&self, from: &A, to: &A, cut: Cut) {
        self.set_cut(from, to, Some(cut));
    }

    /// Takes away both ways between `a` and `b`.
    pub fn cut_both(&self, a: &A, b: &A, cut: Cut) {
        self.cut(a, b, cut);
        self.cut(b, a, cut);
    }

    /// Gives back the way from `from` to `to`. What streams held up arrives, lost datagrams do not.
    pub fn heal(&self, from: &A, to: &A) {
        self.set_cut(from, to, None);
    }

    /// Gives back all ways.
    pub fn heal_all(&self) {
        let cuts: Vec<_> = self.0.lock().cuts.keys().cloned().collect();
        cuts.iter().for_each(|(from, to)| self.heal(from, to));
    }

    /// Loses each datagram with this probability, 0 (the default) to 1; what is outside is taken as
    /// the nearer end. Injected ones are not lost.
    pub fn set_loss(&self, probability: f64) {
        self.0.lock().loss = probability.clamp(0.0, 1.0);
    }

    /// Delivers a datagram as if `from` had sent it, past all faults; false if nobody is at `to` or
    /// its queue is full. Empty ones are dropped, as a transport must.
    pub fn inject(&self, from: A, to: &A, datagram: &[u8]) -> bool {
        let endpoint = self.0.lock().find(to);
        let datagram = Bytes::copy_from_slice(datagram);
        !datagram.is_empty() && endpoint.is_some_and(|endpoint| endpoint.deliver(datagram, from))
    }

    /// Datagrams that were put into somebody's queue, injected ones apart.
    pub fn delivered(&self) -> u64 {
        self.0.lock().delivered
    }

    /// Datagrams that were lost: by chance, at a cut, at a full queue, or because nobody was there.
    pub fn lost(&self) -> u64 {
        self.0.lock().lost
    }

    pub(super) fn add(&self, address: &A) -> io::Result<Arc<Endpoint<A>>> {
        let mut hub = self.0.lock();
        if hub.find(address).is_some() {
            let text = format!("{address} is taken");
            return Err(io::Error::new(io::ErrorKind::AddrInUse, text));
        }
        let endpoint = Arc::new(Endpoint::new());
        hub.endpoints.insert(address.clone(), endpoint.clone());
        Ok(endpoint)
    }

    /// Frees an address, unless somebody else has bound it meanwhile.
    pub(super) fn remove(&self, address: &A, endpoint: &Arc<Endpoint<A>>) {
        let mut hub = self.0.lock();
        if hub.endpoints.get(address).is_some_and(|there| Arc::ptr_eq(there, endpoint)) {
            hub.endpoints.remove(address);
        }
    }

    pub(super) fn send(&self, from: &A, to: &A, datagram: &[u8]) {
        let endpoint = self.0.lock().on_the_way(from, to);
        // The hub is free meanwhile: the reader that is woken may want it at once.
        let delivered = !datagram.is_empty()
            && endpoint.is_some_and(|endpoint| {
                endpoint.deliver(Bytes::copy_from_slice(datagram), from.clone())
            });
        let mut hub = self.0.lock();
        *(if delivered { &mut hub.delivered } else { &mut hub.lost }) += 1;
    }

    /// Opens a stream, or waits for the ways there and back to be healed.
    pub(super) fn poll_dial(
        &self,
        cx: &mut Context<'_>,
        from: &A,
        to: &A,
    ) -> Poll<io::Result<MemoryStream>> {
        let mut hub = self.0.lock();
        if hub.is_cut(from, to) || hub.is_cut(to, from) {
            if !hub.waiting.iter().any(|waker| waker.will_wake(cx.waker())) {
                hub.waiting.push(cx.waker().clone());
            }
            return Poll::Pending;
        }
        let Some(endpoint) = hub.find(to) else {
            return Poll::Ready(Err(io::ErrorKind::ConnectionRefused.into()));
        };
        let (near, far) = MemoryStream::pair();
        hub.watch((from.clone(), to.clone()), near.valve());
        hub.watch((to.clone(), from.clone()), far.valve());
        drop(hub);
        Poll::Ready(endpoint.offer(far, from.clone()).map(|()| near))
    }

    fn set_cut(&self, from: &A, to: &A, cut: Option<Cut>) {
        let way = (from.clone(), to.clone());
        let mut hub = self.0.lock();
        match cut {
            Some(cut) => hub.cuts.insert(way.clone(), cut),
            None => hub.cuts.remove(&way),
        };
        let valves = hub.valves.entry(way).or_default();
        valves.retain(|valve| !valve.is_useless());
        let held_up = valves.iter().flat_map(|valve| valve.set(cut == Some(Cut::All))).flatten();
        let mut waiting: Vec<_> = held_up.collect();
        waiting.append(&mut hub.waiting);
        drop(hub);
        waiting.into_iter().for_each(Waker::wake);
    }
}

impl<A: Address> Hub<A> {
    fn find(&self, address: &A) -> Option<Arc<Endpoint<A>>> {
        let other_spelling = || self.endpoints.iter().find(|(there, _)| there.same_place(address));
        let exact = self.endpoints.get(address);
        exact.or_else(|| other_spelling().map(|(_, endpoint)| endpoint)).cloned()
    }

    /// Who gets a datagram, unless it is lost on its way.
    fn on_the_way(&mut self, from: &A, to: &A) -> Option<Arc<Endpoint<A>>> {
        // The dice are always rolled, so that a cut does not change what is lost elsewhere.
        let lost = self.chance.unit() < self.loss;
        let cut = self.cuts.contains_key(&(from.clone(), to.clone()));
        if lost || cut { None } else { self.find(to) }
    }

    fn is_cut(&self, from: &A, to: &A) -> bool {
        self.cuts.get(&(from.clone(), to.clone())) == Some(&Cut::All)
    }

    fn watch(&mut self, way: (A, A), valve: Valve) {
        let valves = self.valves.entry(way).or_default();
        valves.retain(|valve| !valve.is_useless());
        valves.push(valve);
    }
}

/// Steele, Lea and Flood's SplitMix64: a few lines, and the same on every machine.
#[derive(Debug)]
struct SplitMix(u64);

impl SplitMix {
    /// Evenly from 0 up to, not including, 1.
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        // A float holds 53 bits exactly.
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}
