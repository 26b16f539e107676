//! The connections of a transport at work: dialled, taken in, served, ended.

use core::sync::atomic::{AtomicUsize, Ordering};
use core::task::Poll;
use core::time::Duration;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use agnostic::RuntimeLite;
use async_channel::Sender;
use bytes::Bytes;
use futures_util::future::{AbortRegistration, Abortable, Aborted, select};
use memberlist_core::types::Cidrs;
use memberlist_net::shared::{Routes, canonical};
use parking_lot::Mutex;

use crate::counters::Counters;
use crate::handshakes::Handshakes;
use crate::hello;
use crate::inbox::Inbox;
use crate::layer::{Connection, Endpoint, Incoming, QuicLayer};
use crate::options::{MAX_DATAGRAM, QuicOptions};
use crate::stream::QuicStream;
use crate::table::{Admitted, Link, Sent, Table, Want};

pub(crate) type EndpointOf<L> = <L as QuicLayer>::Endpoint;
pub(crate) type ConnectionOf<L> = <EndpointOf<L> as Endpoint>::Connection;
pub(crate) type StreamOf<L> = <ConnectionOf<L> as Connection>::Stream;
type LinkOf<L> = Arc<Link<ConnectionOf<L>>>;
type Accepted<L> = (QuicStream<StreamOf<L>>, SocketAddr);

/// How long a connection that is not needed any more stays after its last stream, so that what is
/// under way arrives.
const LINGER: Duration = Duration::from_secs(1);

/// What the peer hears then.
const REPLACED: &str = "another connection to this peer is used";

/// What all tasks of a transport share.
pub(crate) struct Links<L: QuicLayer> {
    pub(crate) endpoints: Vec<EndpointOf<L>>,
    pub(crate) routes: Routes,
    pub(crate) allowed: Cidrs,
    pub(crate) options: QuicOptions,
    pub(crate) own: SocketAddr,
    pub(crate) table: Mutex<Table<ConnectionOf<L>>>,
    pub(crate) handshakes: Handshakes,
    pub(crate) inbox: Inbox,
    pub(crate) streams: Sender<Accepted<L>>,
    /// Connections that are being served.
    pub(crate) open: AtomicUsize,
    pub(crate) counters: Counters,
}

impl<L: QuicLayer> Links<L> {
    /// Hands a datagram to the connection to `to`, opening it if there is none.
    pub(crate) fn send(self: &Arc<Self>, to: SocketAddr, datagram: &[u8]) -> Poll<io::Result<()>> {
        let to = canonical(to);
        let sent = self.table.lock().send(to, datagram);
        match sent {
            Sent::Over(link) => Poll::Ready(link.connection.send(Bytes::copy_from_slice(datagram))),
            Sent::Queued => Poll::Ready(Ok(())),
            Sent::Dial(number, registration) => {
                self.spawn_dial(to, number, registration);
                Poll::Ready(Ok(()))
            }
            Sent::Full => Poll::Pending,
        }
    }

    /// Opens a stream over the connection to `to`.
    pub(crate) async fn open(
        self: &Arc<Self>,
        to: SocketAddr,
    ) -> io::Result<QuicStream<StreamOf<L>>> {
        let to = canonical(to);
        let link = self.link_to(to).await?;
        let hold = link.streams.clone();
        match link.connection.open().await {
            Ok(stream) => Ok(QuicStream::new(stream, &hold)),
            // It has ended since, perhaps a moment ago, of idleness: once more, with a new one.
            Err(_) => {
                self.table.lock().remove(to, &link);
                let link = self.link_to(to).await?;
                let hold = link.streams.clone();
                Ok(QuicStream::new(link.connection.open().await?, &hold))
            }
        }
    }

    async fn link_to(self: &Arc<Self>, to: SocketAddr) -> io::Result<LinkOf<L>> {
        let want = self.table.lock().want(to);
        let waiting = match want {
            Want::Open(link) => return Ok(link),
            Want::Wait(waiting) => waiting,
            Want::Dial(waiting, number, registration) => {
                self.spawn_dial(to, number, registration);
                waiting
            }
            Want::Full => return Err(self.full()),
        };
        waiting.await.unwrap_or_else(|_| Err(crate::closed()))
    }

    fn full(&self) -> io::Error {
        if self.table.lock().is_closed() {
            return crate::closed();
        }
        let max = self.options.max_connections;
        io::Error::other(format!("all {max} connections are in use (`max_connections`)"))
    }

    fn spawn_dial(self: &Arc<Self>, to: SocketAddr, number: u64, until: AbortRegistration) {
        let links = self.clone();
        L::Runtime::spawn_detach(async move {
            match Abortable::new(links.dial(to), until).await {
                Ok(Ok(connection)) => links.dialled(to, connection),
                Ok(Err(error)) => links.not_dialled(to, number, &error),
                // A connection of the peer has come about, or the transport is shut down.
                Err(Aborted) => {}
            }
        });
    }

    async fn dial(&self, to: SocketAddr) -> io::Result<ConnectionOf<L>> {
        let Some((index, address)) = self.routes.find(to) else {
            let words = format!("no socket of the family of {to} is bound");
            return Err(io::Error::new(io::ErrorKind::AddrNotAvailable, words));
        };
        let dialling = self.endpoints[index].dial(address);
        let work = async {
            let connection = dialling.await?;
            hello::dialler(&connection, self.own).await?;
            Ok(connection)
        };
        let limit = self.options.handshake_timeout;
        L::Runtime::timeout(limit, work).await.unwrap_or_else(|_| {
            let words = format!("{to} did not finish the handshake within {limit:?}");
            Err(io::Error::new(io::ErrorKind::TimedOut, words))
        })
    }

    fn dialled(self: &Arc<Self>, to: SocketAddr, connection: ConnectionOf<L>) {
        self.counters.connections_dialled.add_one();
        self.admit(to, connection, true);
    }

    fn not_dialled(&self, to: SocketAddr, number: u64, error: &io::Error) {
        self.counters.connections_failed.add_one();
        tracing::debug!(%to, %error, "no connection");
        let (queued, waiters, link) = self.table.lock().give_up(to, number);
        for waiter in waiters {
            let copy = || Err(io::Error::new(error.kind(), error.to_string()));
            // Who waits no more needs no answer.
            let _ = waiter.send(link.clone().map_or_else(copy, Ok));
        }
        self.flush(queued, link.as_deref());
    }

    /// Sends what has waited.
    fn flush(&self, queued: Vec<Bytes>, link: Option<&Link<ConnectionOf<L>>>) {
        for datagram in queued {
            if link.is_none_or(|link| link.connection.send(datagram).is_err()) {
                self.counters.datagrams_undelivered.add_one();
            }
        }
    }

    /// Takes in the connections that peers begin, until the endpoint is closed.
    pub(crate) async fn accept_all(self: Arc<Self>, index: usize) {
        while let Some(incoming) = self.endpoints[index].accept().await {
            if !self.allowed.allows(canonical(incoming.from()).ip()) {
                self.counters.connections_not_allowed.add_one();
                incoming.ignore();
            } else if self.handshakes.is_crowded() && incoming.may_retry() {
                self.counters.handshakes_retried.add_one();
                incoming.retry();
            } else {
                self.spawn_handshake(incoming);
            }
        }
    }

    fn spawn_handshake(self: &Arc<Self>, incoming: <EndpointOf<L> as Endpoint>::Incoming) {
        let (number, until, gave_way) = self.handshakes.begin();
        if gave_way {
            self.counters.handshakes_evicted.add_one();
        }
        let links = self.clone();
        L::Runtime::spawn_detach(async move {
            let from = incoming.from();
            let work = L::Runtime::timeout(links.options.handshake_timeout, shake(incoming));
            let done = Abortable::new(work, until).await;
            links.handshakes.end(number);
            match done {
                Ok(Ok(Ok((peer, connection)))) => {
                    links.counters.connections_accepted.add_one();
                    links.admit(peer, connection, false);
                }
                Ok(Ok(Err(error))) if error.kind() == io::ErrorKind::TimedOut => {
                    links.counters.handshakes_timed_out.add_one();
                }
                Ok(Ok(Err(error))) => links.not_accepted(from, &error),
                Ok(Err(_)) => links.counters.handshakes_timed_out.add_one(),
                Err(Aborted) => {}
            }
        });
    }

    /// The operator hears of the first, the second, the fourth… one: whoever wants to cannot fill
    /// the log.
    fn not_accepted(&self, from: SocketAddr, error: &io::Error) {
        self.counters.handshakes_failed.add_one();
        let failed = self.counters.handshakes_failed.get();
        if failed.is_power_of_two() {
            tracing::warn!(%from, %error, failed, "a peer could not be let in");
        } else {
            tracing::debug!(%from, %error, "a peer could not be let in");
        }
    }

    fn admit(self: &Arc<Self>, peer: SocketAddr, connection: ConnectionOf<L>, dialled: bool) {
        let mut table = self.table.lock();
        if !dialled && is_contested(&table, peer, &connection) {
            drop(table);
            return self.contested(peer, &connection);
        }
        let admitted = table.admit(peer, connection.clone(), dialled, Instant::now());
        drop(table);
        let Some(Admitted { link, retired, surplus, evicted, queued, waiters }) = admitted else {
            self.counters.connections_refused.add_one();
            connection.close("all places are taken");
            return;
        };
        for link in evicted {
            self.counters.connections_evicted.add_one();
            link.connection.close("gave way to another peer");
        }
        self.flush(queued, Some(&link));
        for waiter in waiters {
            let _ = waiter.send(Ok(link.clone()));
        }
        self.serve(peer, link);
        if let Some(link) = retired {
            self.retire(link);
        }
        if let Some(link) = surplus {
            link.connection.close(REPLACED);
        }
    }

    /// The operator hears of it as seldom as of handshakes that fail.
    fn contested(&self, peer: SocketAddr, connection: &ConnectionOf<L>) {
        self.counters.connections_contested.add_one();
        let (from, contested) = (connection.remote(), self.counters.connections_contested.get());
        if contested.is_power_of_two() {
            tracing::warn!(%from, %peer, contested, "two certificates claim one address");
        }
        connection.close("a peer with another certificate is connected from this address");
    }

    /// Takes what comes over a connection, until it ends.
    fn serve(self: &Arc<Self>, peer: SocketAddr, link: LinkOf<L>) {
        self.open.fetch_add(1, Ordering::Relaxed);
        let links = self.clone();
        L::Runtime::spawn_detach(async move {
            let datagrams = core::pin::pin!(links.take_datagrams(peer, &link));
            let streams = core::pin::pin!(links.take_streams(peer, &link));
            select(datagrams, streams).await;
            links.table.lock().remove(peer, &link);
            links.open.fetch_sub(1, Ordering::Relaxed);
            links.counters.connections_closed.add_one();
        });
    }

    async fn take_datagrams(&self, peer: SocketAddr, link: &Link<ConnectionOf<L>>) {
        while let Ok(datagram) = link.connection.receive().await {
            if datagram.len() > MAX_DATAGRAM {
                self.counters.datagrams_too_long.add_one();
            } else if !datagram.is_empty() && !self.inbox.push(datagram, peer) {
                self.counters.datagrams_overflowed.add_one();
            }
        }
    }

    async fn take_streams(&self, peer: SocketAddr, link: &Link<ConnectionOf<L>>) {
        while let Ok(stream) = link.connection.accept().await {
            if link.is_ending() {
                // The peer hears that it is refused.
                continue;
            }
            let stream = QuicStream::new(stream, &link.streams);
            if self.streams.send((stream, peer)).await.is_err() {
                return;
            }
        }
    }

    /// Ends a connection that is one too many, when nothing uses it any more; after as long as a
    /// handshake may take, whatever still does.
    fn retire(&self, link: LinkOf<L>) {
        self.counters.connections_twice.add_one();
        let limit = self.options.handshake_timeout;
        L::Runtime::spawn_detach(async move {
            let unused = async {
                L::Runtime::sleep(LINGER).await;
                link.end();
                while link.is_busy() {
                    L::Runtime::sleep(LINGER).await;
                }
            };
            // In time or not: it ends.
            let _ = L::Runtime::timeout(limit, unused).await;
            link.connection.close(REPLACED);
        });
    }
}

/// Whether a connection may not take the place of the one to `peer`: it only says that it is there,
/// and another certificate is connected. Whose packets come from that very port holds it now.
fn is_contested<C: Connection>(table: &Table<C>, peer: SocketAddr, newcomer: &C) -> bool {
    table.peek(peer).is_some_and(|link| {
        let present = &link.connection;
        canonical(newcomer.remote()) != peer
            && newcomer.certificates().first() != present.certificates().first()
            && present.ended().is_none()
    })
}

/// Shakes hands with a peer and hears where it is reached.
async fn shake<I: Incoming>(incoming: I) -> io::Result<(SocketAddr, I::Connection)>
where
    I::Connection: Connection,
{
    let connection = incoming.shake().await?;
    let peer = hello::acceptor(&connection).await?;
    Ok((peer, connection))
}
