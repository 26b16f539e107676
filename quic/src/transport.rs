//! Both planes as one [`Transport`].

use core::fmt;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::task::{Context, Poll};
use core::time::Duration;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use agnostic::RuntimeLite;
use async_channel::{Receiver, bounded};
use memberlist_core::transport::Transport;
use memberlist_core::types::Cidrs;
use memberlist_net::shared::{Routes, Udp, canonical, choose, open_udp};
use memberlist_net::{BindError, NetOptions, Plane};
use parking_lot::Mutex;
use rustls::client::verify_server_name;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::server::ParsedCertificate;

use crate::closed;
use crate::counters::Counters;
use crate::handshakes::Handshakes;
use crate::inbox::Inbox;
use crate::layer::{Connection, Endpoint, QuicLayer};
use crate::links::{Links, StreamOf};
use crate::options::{MAX_DATAGRAM, QuicOptions};
use crate::stream::QuicStream;
use crate::table::Table;

/// Streams that peers opened and that were not yet taken by the node. More wait in their
/// connections.
const ACCEPTED_MAX: usize = 16;

/// How long datagrams that were just handed over have until the connections are ended.
const PARTING: Duration = Duration::from_millis(20);

/// What peers hear then.
const PARTED: &str = "the node has shut down";

/// Datagrams and streams over QUIC by the library `L`: one connection per peer.
///
/// After [`shutdown`](Transport::shutdown) every call fails with the kind `NotConnected`. Dropping
/// the transport ends its connections too, soon but not at once.
pub struct QuicTransport<L: QuicLayer> {
    bound: Vec<SocketAddr>,
    links: Arc<Links<L>>,
    accepted: Receiver<(QuicStream<StreamOf<L>>, SocketAddr)>,
}

impl<L: QuicLayer> QuicTransport<L> {
    /// Listens. Must be called inside the runtime. Of `net`, what concerns TCP and the longest
    /// datagram is not looked at.
    ///
    /// # Errors
    ///
    /// Says which address or option is at fault. Nothing stays open.
    // Async although nothing waits: tokio must be entered.
    #[allow(clippy::unused_async)]
    pub async fn bind(layer: L, net: NetOptions, options: QuicOptions) -> Result<Self, BindError> {
        options.check()?;
        let sockets = open_udp(&net)?;
        let own = choose(net.advertise, sockets[0].address, sockets[0].dual)?;
        let bound: Vec<_> = sockets.iter().map(|udp| udp.address).collect();
        let kinds: Vec<_> = sockets.iter().map(|udp| (udp.address, udp.dual)).collect();
        tracing::debug!(bound = %bound[0], advertised = %own, "listening for QUIC");
        let open = |Udp { address, socket, .. }: Udp| {
            let failed = |source| BindError::Listen { plane: Plane::Datagrams, address, source };
            layer.open(socket, &options).map_err(failed)
        };
        let endpoints = sockets.into_iter().map(open).collect::<Result<Vec<_>, _>>()?;
        let (streams, accepted) = bounded(ACCEPTED_MAX);
        let window = options.handshake_timeout;
        let links = Arc::new(Links {
            endpoints,
            routes: Routes::new(&kinds),
            allowed: net.allowed,
            own,
            table: Mutex::new(Table::new(canonical(own), options.max_connections, window)),
            handshakes: Handshakes::new(options.max_handshakes),
            options,
            inbox: Inbox::default(),
            streams,
            open: AtomicUsize::new(0),
            counters: Counters::default(),
        });
        for index in 0..bound.len() {
            L::Runtime::spawn_detach(links.clone().accept_all(index));
        }
        Ok(Self { bound, links, accepted })
    }

    /// Whose connections are taken.
    pub fn allowed(&self) -> &Cidrs {
        &self.links.allowed
    }

    /// A view of the peers that stays valid beside the transport, for delegates.
    pub fn peers(&self) -> Peers {
        let peers = Peers::default();
        self.show(&peers);
        peers
    }

    /// Lets `peers` look at the peers of this transport from now on, unless it already looks at
    /// those of another one.
    pub fn show(&self, peers: &Peers) {
        let links = Arc::downgrade(&self.links);
        let look: Look = Box::new(move |address: &SocketAddr| {
            let links = links.upgrade()?;
            let table = links.table.lock();
            Some(table.peek(canonical(*address))?.connection.certificates())
        });
        let _ = peers.0.set(look);
    }
}

/// Who is at the other end of each connection. By default nobody, until a transport
/// [shows](QuicTransport::show) its peers. Cheap to clone; all clones are one.
#[derive(Clone, Default)]
pub struct Peers(Arc<OnceLock<Look>>);

type Look = Box<dyn Fn(&SocketAddr) -> Option<Vec<CertificateDer<'static>>> + Send + Sync>;

impl Peers {
    /// The certificates that the peer at `address` has shown, its own first; `None` while there is
    /// no connection to it.
    pub fn certificates(&self, address: &SocketAddr) -> Option<Vec<CertificateDer<'static>>> {
        self.0.get()?(address)
    }

    /// Whether the certificate of the peer at `address` carries this DNS name or IP address;
    /// `None` while there is no connection to it.
    pub fn carries(&self, address: &SocketAddr, name: &str) -> Option<bool> {
        let chain = self.certificates(address)?;
        Some(chain.first().is_some_and(|own| carries(own, name)))
    }
}

fn carries(certificate: &CertificateDer<'_>, name: &str) -> bool {
    let (Ok(parsed), Ok(name)) =
        (ParsedCertificate::try_from(certificate), ServerName::try_from(name))
    else {
        return false;
    };
    verify_server_name(&parsed, &name).is_ok()
}

impl fmt::Debug for Peers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Peers")
    }
}

impl<L: QuicLayer> Transport for QuicTransport<L> {
    type Address = SocketAddr;
    type Runtime = L::Runtime;
    type Stream = QuicStream<StreamOf<L>>;

    fn advertised(&self) -> &SocketAddr {
        &self.links.own
    }

    fn bound(&self) -> Vec<SocketAddr> {
        self.bound.clone()
    }

    fn max_datagram(&self) -> usize {
        MAX_DATAGRAM
    }

    fn poll_recv(
        &self,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<(usize, SocketAddr)>> {
        self.links.inbox.poll_pop(cx).map(|popped| {
            let (datagram, from) = popped.ok_or_else(closed)?;
            let len = datagram.len().min(buf.len());
            buf[..len].copy_from_slice(&datagram[..len]);
            Ok((len, from))
        })
    }

    fn poll_send(
        &self,
        _: &mut Context<'_>,
        to: &SocketAddr,
        datagram: &[u8],
    ) -> Poll<io::Result<()>> {
        if self.links.table.lock().is_closed() {
            return Poll::Ready(Err(closed()));
        }
        if datagram.len() > MAX_DATAGRAM {
            let words = format!("{} bytes, the largest datagram is {MAX_DATAGRAM}", datagram.len());
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidInput, words)));
        }
        self.links.send(*to, datagram)
    }

    async fn dial(&self, to: &SocketAddr) -> io::Result<Self::Stream> {
        self.links.open(*to).await
    }

    async fn accept(&self) -> io::Result<(Self::Stream, SocketAddr)> {
        self.accepted.recv().await.map_err(|_| closed())
    }

    async fn shutdown(&self) {
        let open = self.links.table.lock().close();
        self.accepted.close();
        while self.accepted.try_recv().is_ok() {}
        self.links.inbox.close();
        self.links.handshakes.abort_all();
        if !open.is_empty() {
            L::Runtime::sleep(PARTING).await;
        }
        for link in open {
            link.connection.close(PARTED);
        }
        for endpoint in &self.links.endpoints {
            endpoint.stop();
        }
        for endpoint in &self.links.endpoints {
            endpoint.free().await;
        }
    }

    fn counters(&self) -> Vec<(&'static str, u64)> {
        let mut counters = self.links.counters.snapshot();
        counters.push(("connections_open", self.links.open.load(Ordering::Relaxed) as u64));
        counters
    }
}

impl<L: QuicLayer> Drop for QuicTransport<L> {
    fn drop(&mut self) {
        for link in self.links.table.lock().close() {
            link.connection.close(PARTED);
        }
        self.accepted.close();
        self.links.inbox.close();
        self.links.handshakes.abort_all();
        self.links.endpoints.iter().for_each(Endpoint::stop);
    }
}
