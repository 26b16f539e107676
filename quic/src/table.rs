//! Which connections there are, and which one is used.
//!
//! There is one per peer. Two nodes that dial at the same time have two for a moment; both keep the
//! one that the node with the smaller address dialled. The other side uses the second one only
//! until it is gone: the node that dialled it closes it.
//!
//! What was replaced ends soon, one per peer at a time. So a peer has three at most, and only peers
//! with any are counted against the limit.

use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use core::time::Duration;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use futures_channel::oneshot;
use futures_util::future::{AbortHandle, AbortRegistration};

/// Datagrams that wait for one connection at most. The newest are dropped.
pub(crate) const QUEUED_MAX: usize = 32;

/// A connection and its use.
pub(crate) struct Link<C> {
    pub(crate) connection: C,
    /// No two links of a table have the same one.
    id: u64,
    /// This node opened it.
    dialled: bool,
    since: Instant,
    /// When it was used last: the value of the table's clock.
    used: AtomicU64,
    /// The peer opens no more streams over it.
    ending: AtomicBool,
    /// Held by each of its streams.
    pub(crate) streams: Arc<()>,
}

impl<C> Link<C> {
    pub(crate) fn is_busy(&self) -> bool {
        Arc::strong_count(&self.streams) > 1
    }

    pub(crate) fn is_ending(&self) -> bool {
        self.ending.load(Ordering::Relaxed)
    }

    /// Streams that the peer opens from now on are refused.
    pub(crate) fn end(&self) {
        self.ending.store(true, Ordering::Relaxed);
    }
}

pub(crate) type Waiter<C> = oneshot::Sender<io::Result<Arc<Link<C>>>>;
pub(crate) type Waiting<C> = oneshot::Receiver<io::Result<Arc<Link<C>>>>;

/// A dial that is under way, and what waits for it.
struct Dial<C> {
    number: u64,
    queued: Vec<Bytes>,
    waiters: Vec<Waiter<C>>,
    abort: AbortHandle,
}

struct Peer<C> {
    main: Option<Arc<Link<C>>>,
    /// The peer dialled it while this node dialled too.
    spare: Option<Arc<Link<C>>>,
    /// Another one is used in its place; it ends soon.
    retired: Option<Arc<Link<C>>>,
    dial: Option<Dial<C>>,
}

impl<C> Default for Peer<C> {
    fn default() -> Self {
        Self { main: None, spare: None, retired: None, dial: None }
    }
}

/// How to get a connection.
pub(crate) enum Want<C> {
    /// It is there.
    Open(Arc<Link<C>>),
    /// Somebody is dialling.
    Wait(Waiting<C>),
    /// Dial, under this number and until aborted.
    Dial(Waiting<C>, u64, AbortRegistration),
    /// There is no room.
    Full,
}

/// What became of a datagram.
pub(crate) enum Sent<C> {
    /// Hand it to this one.
    Over(Arc<Link<C>>),
    /// It waits.
    Queued,
    /// It waits; dial, under this number and until aborted.
    Dial(u64, AbortRegistration),
    /// There is no room.
    Full,
}

/// What has to be done with a new connection.
pub(crate) struct Admitted<C> {
    /// The connection as it is in the table, to be served.
    pub(crate) link: Arc<Link<C>>,
    /// One that is not needed any more once its streams have ended.
    pub(crate) retired: Option<Arc<Link<C>>>,
    /// The one that was to end before it: to end at once.
    pub(crate) surplus: Option<Arc<Link<C>>>,
    /// Connections to end at once, to make room.
    pub(crate) evicted: Vec<Arc<Link<C>>>,
    /// What has waited for it.
    pub(crate) queued: Vec<Bytes>,
    pub(crate) waiters: Vec<Waiter<C>>,
}

/// All peers of a transport.
pub(crate) struct Table<C> {
    own: SocketAddr,
    max: usize,
    /// For how long two connections may be taken for a double dial.
    window: Duration,
    peers: HashMap<SocketAddr, Peer<C>>,
    next: u64,
    clock: AtomicU64,
    closed: bool,
}

impl<C> Table<C> {
    pub(crate) fn new(own: SocketAddr, max: usize, window: Duration) -> Self {
        let (peers, clock) = (HashMap::new(), AtomicU64::new(0));
        Self { own, max, window, peers, next: 0, clock, closed: false }
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    /// The connection to `peer`, if there is one.
    pub(crate) fn find(&self, peer: SocketAddr) -> Option<&Arc<Link<C>>> {
        let link = self.peers.get(&peer)?.main.as_ref()?;
        link.used.store(self.clock.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
        Some(link)
    }

    /// Any connection to `peer`, to look at.
    pub(crate) fn peek(&self, peer: SocketAddr) -> Option<&Arc<Link<C>>> {
        let peer = self.peers.get(&peer)?;
        peer.main.as_ref().or(peer.spare.as_ref())
    }

    /// A connection to `peer` for a stream.
    pub(crate) fn want(&mut self, peer: SocketAddr) -> Want<C> {
        if let Some(link) = self.find(peer) {
            return Want::Open(link.clone());
        }
        let (waiter, waiting) = oneshot::channel();
        if let Some(dial) = self.dial_to(peer) {
            dial.waiters.push(waiter);
            return Want::Wait(waiting);
        }
        match self.begin(peer) {
            Some((dial, registration)) => {
                dial.waiters.push(waiter);
                Want::Dial(waiting, dial.number, registration)
            }
            None => Want::Full,
        }
    }

    /// A connection to `peer` for a datagram, or a place to wait for one.
    pub(crate) fn send(&mut self, peer: SocketAddr, datagram: &[u8]) -> Sent<C> {
        if let Some(link) = self.find(peer) {
            return Sent::Over(link.clone());
        }
        if let Some(dial) = self.dial_to(peer) {
            if dial.queued.len() >= QUEUED_MAX {
                return Sent::Full;
            }
            dial.queued.push(Bytes::copy_from_slice(datagram));
            return Sent::Queued;
        }
        match self.begin(peer) {
            Some((dial, registration)) => {
                dial.queued.push(Bytes::copy_from_slice(datagram));
                Sent::Dial(dial.number, registration)
            }
            None => Sent::Full,
        }
    }

    fn dial_to(&mut self, peer: SocketAddr) -> Option<&mut Dial<C>> {
        self.peers.get_mut(&peer)?.dial.as_mut()
    }

    /// A new dial, if there is room or something that gives way by the time it is done.
    fn begin(&mut self, peer: SocketAddr) -> Option<(&mut Dial<C>, AbortRegistration)> {
        let full = self.peers.len() >= self.max && !self.peers.contains_key(&peer);
        if self.closed || (full && self.idlest().is_none()) || self.peers.len() >= 2 * self.max {
            return None;
        }
        self.next += 1;
        let (abort, registration) = AbortHandle::new_pair();
        let dial = Dial { number: self.next, queued: Vec::new(), waiters: Vec::new(), abort };
        let dial = self.peers.entry(peer).or_default().dial.insert(dial);
        Some((dial, registration))
    }

    /// Takes in a connection that a peer has opened, or this node; `None` when there is no room for
    /// it or no need.
    pub(crate) fn admit(
        &mut self,
        peer: SocketAddr,
        connection: C,
        dialled: bool,
        now: Instant,
    ) -> Option<Admitted<C>> {
        let evicted = self.make_room(peer)?;
        self.next += 1;
        let used = AtomicU64::new(self.clock.fetch_add(1, Ordering::Relaxed));
        let (id, streams) = (self.next, Arc::new(()));
        let ending = AtomicBool::new(false);
        let link = Arc::new(Link { connection, id, dialled, since: now, used, ending, streams });
        let preferred = (self.own < peer) == dialled;
        let window = self.window;
        let entry = self.peers.entry(peer).or_default();
        let mut admitted = entry.place(link, preferred, now, window);
        admitted.evicted = evicted;
        Some(admitted)
    }

    /// Takes out the idlest connections until there is room for one to `peer`; `None` if all are
    /// busy.
    fn make_room(&mut self, peer: SocketAddr) -> Option<Vec<Arc<Link<C>>>> {
        let mut evicted = Vec::new();
        if self.closed {
            return None;
        }
        if self.peers.get(&peer).is_some_and(Peer::is_linked) {
            return Some(evicted);
        }
        while self.peers.values().filter(|peer| peer.is_linked()).count() >= self.max {
            let peer = self.idlest()?;
            evicted.extend(self.peers.remove(&peer)?.into_links());
        }
        Some(evicted)
    }

    /// The peer whose connection was not used for longest, of those without streams.
    fn idlest(&self) -> Option<SocketAddr> {
        let idle = self.peers.iter().filter_map(|(address, peer)| {
            let link = peer.main.as_ref().filter(|link| !link.is_busy())?;
            let alone = peer.dial.is_none() && peer.spare.is_none() && peer.retired.is_none();
            alone.then(|| (link.used.load(Ordering::Relaxed), *address))
        });
        idle.min().map(|(_, address)| address)
    }

    /// A connection has ended.
    pub(crate) fn remove(&mut self, peer: SocketAddr, link: &Link<C>) {
        let Entry::Occupied(mut entry) = self.peers.entry(peer) else { return };
        entry.get_mut().remove(link.id);
        if entry.get().is_empty() {
            entry.remove();
        }
    }

    /// A dial has failed: gives what has waited for it, and the connection to use in its place.
    pub(crate) fn give_up(
        &mut self,
        peer: SocketAddr,
        number: u64,
    ) -> (Vec<Bytes>, Vec<Waiter<C>>, Option<Arc<Link<C>>>) {
        let Entry::Occupied(mut entry) = self.peers.entry(peer) else { return Default::default() };
        let found = entry.get_mut();
        let Some(dial) = found.dial.take_if(|dial| dial.number == number) else {
            return Default::default();
        };
        if found.main.is_none() {
            found.main = found.spare.take();
        }
        let link = found.main.clone();
        if found.is_empty() {
            entry.remove();
        }
        (dial.queued, dial.waiters, link)
    }

    /// Forgets all of them and gives those that are open. Whoever waits hears of it.
    pub(crate) fn close(&mut self) -> Vec<Arc<Link<C>>> {
        self.closed = true;
        let mut open = Vec::new();
        for (_, peer) in self.peers.drain() {
            if let Some(dial) = &peer.dial {
                dial.abort.abort();
            }
            open.extend(peer.into_links());
        }
        open
    }
}

impl<C> Peer<C> {
    fn is_empty(&self) -> bool {
        !self.is_linked() && self.dial.is_none()
    }

    /// It has a connection, be it one that ends soon.
    fn is_linked(&self) -> bool {
        self.main.is_some() || self.spare.is_some() || self.retired.is_some()
    }

    fn into_links(self) -> impl Iterator<Item = Arc<Link<C>>> {
        self.main.into_iter().chain(self.spare).chain(self.retired)
    }

    /// Decides between the connection that is there and a new one.
    fn place(
        &mut self,
        link: Arc<Link<C>>,
        preferred: bool,
        now: Instant,
        window: Duration,
    ) -> Admitted<C> {
        let twice = self.main.as_ref().is_some_and(|main| {
            main.dialled != link.dialled && now.saturating_duration_since(main.since) < window
        });
        let dialling = self.dial.is_some() && !link.dialled;
        let retired = if !preferred && (twice || dialling) {
            // The other one is kept, or will be.
            if link.dialled { Some(link.clone()) } else { self.spare.replace(link.clone()) }
        } else {
            match self.main.replace(link.clone()) {
                // The peer closes what it has dialled itself, as soon as it is done with it.
                Some(old) if twice && !old.dialled => self.spare.replace(old),
                old => old,
            }
        };
        let surplus = retired.clone().and_then(|retired| self.retired.replace(retired));
        let (evicted, queued, waiters) = (vec![], vec![], vec![]);
        let mut admitted = Admitted { link, retired, surplus, evicted, queued, waiters };
        if self.main.is_some()
            && let Some(dial) = self.dial.take()
        {
            // Ours is not needed any more, or it is the one that has just come about.
            dial.abort.abort();
            (admitted.queued, admitted.waiters) = (dial.queued, dial.waiters);
        }
        admitted
    }

    fn remove(&mut self, id: u64) {
        self.spare.take_if(|link| link.id == id);
        self.retired.take_if(|link| link.id == id);
        if self.main.take_if(|link| link.id == id).is_some() {
            self.main = self.spare.take();
        }
    }
}

#[cfg(test)]
mod tests;
