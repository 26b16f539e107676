//! QUIC by quinn.

mod connection;
mod socket;

use core::fmt;
use core::future::Future;
use core::marker::PhantomData;
use core::time::Duration;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;

use agnostic::{Runtime, RuntimeLite};
use memberlist_net::TlsConfig;
use parking_lot::RwLock;
use quinn::crypto::rustls::{QuicClientConfig, QuicServerConfig};
use quinn::{ClientConfig, Connecting, EndpointConfig, IdleTimeout, ServerConfig};
use quinn::{TransportConfig, VarInt};

pub use connection::{QuinnConnection, QuinnStream};

use crate::layer::{Endpoint, Incoming, QuicLayer};
use crate::options::{MAX_DATAGRAM, QuicOptions};
use crate::tls::{UnfitTls, for_quic};
use socket::Socket;

/// Handshakes that may wait until the transport looks at them. It looks at once.
const INCOMING_MAX: usize = 1_024;

/// Bytes that are kept of all of those together.
const INCOMING_BYTES_MAX: u64 = 4 << 20;

/// Bytes of datagrams that may wait in one connection, for the network or for the transport. The
/// oldest are dropped.
const DATAGRAMS_MAX: usize = 256 << 10;

/// Bytes that a peer may send ahead of what is read, per stream.
const STREAM_WINDOW: u32 = 1 << 20;

/// The same for all streams of a connection.
const CONNECTION_WINDOW: u32 = 4 << 20;

/// How long the last words of an endpoint have.
const LAST_WORDS: Duration = Duration::from_millis(100);

/// QUIC by quinn, on the runtime `R`.
///
/// Which certificates are shown and accepted is in its [`TlsConfig`], and with them the crypto
/// provider. Cheap to clone; all clones are one.
pub struct Quinn<R> {
    tls: Shared,
    runtime: PhantomData<fn() -> R>,
}

/// What is shown and accepted at the moment.
type Shared = Arc<RwLock<Tls>>;

#[derive(Clone)]
struct Tls {
    server: Arc<QuicServerConfig>,
    client: Arc<QuicClientConfig>,
    config: TlsConfig,
}

impl TryFrom<TlsConfig> for Tls {
    type Error = UnfitTls;

    fn try_from(config: TlsConfig) -> Result<Self, UnfitTls> {
        let (server, client) = for_quic(&config);
        let server = QuicServerConfig::try_from(server).map_err(|_| UnfitTls::Cipher)?;
        let client = QuicClientConfig::try_from(client).map_err(|_| UnfitTls::Cipher)?;
        Ok(Self { server: Arc::new(server), client: Arc::new(client), config })
    }
}

impl<R: Runtime> Quinn<R> {
    /// A layer with these certificates. An empty list of ALPN protocols becomes `memberlist`.
    ///
    /// # Errors
    ///
    /// The configuration has no TLS 1.3, or its provider has no cipher for the first packets of
    /// QUIC (AES-128-GCM with SHA-256).
    pub fn new(config: TlsConfig) -> Result<Self, UnfitTls> {
        let tls = Arc::new(RwLock::new(Tls::try_from(config)?));
        Ok(Self { tls, runtime: PhantomData })
    }

    /// Takes other certificates, keys or authorities from now on. Connections that are open go on
    /// with what they began with.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new); nothing has changed then.
    pub fn reload(&self, config: TlsConfig) -> Result<(), UnfitTls> {
        *self.tls.write() = Tls::try_from(config)?;
        Ok(())
    }
}

impl<R> Clone for Quinn<R> {
    fn clone(&self) -> Self {
        Self { tls: self.tls.clone(), runtime: PhantomData }
    }
}

impl<R> fmt::Debug for Quinn<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Quinn")
    }
}

impl<R: Runtime> QuicLayer for Quinn<R> {
    type Runtime = R;
    type Endpoint = QuinnEndpoint<R>;

    fn open(&self, socket: UdpSocket, options: &QuicOptions) -> io::Result<QuinnEndpoint<R>> {
        let runtime: Arc<dyn quinn::Runtime> = Arc::new(R::quinn());
        let socket = Arc::new(Socket::new(runtime.wrap_udp_socket(socket)?));
        let transport = Arc::new(transport(options)?);
        let mut server = ServerConfig::with_crypto(self.tls.read().server.clone());
        server.transport_config(transport.clone()).max_incoming(INCOMING_MAX);
        server.incoming_buffer_size_total(INCOMING_BYTES_MAX).migration(false);
        let endpoint = quinn::Endpoint::new_with_abstract_socket(
            EndpointConfig::default(),
            Some(server.clone()),
            socket.clone(),
            runtime,
        )?;
        let tls = self.tls.clone();
        Ok(QuinnEndpoint { endpoint, tls, server, transport, socket, runtime: PhantomData })
    }
}

fn transport(options: &QuicOptions) -> io::Result<TransportConfig> {
    let idle = IdleTimeout::try_from(options.idle_timeout);
    let idle = idle.map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
    // One more stream, for the greeting.
    let streams = VarInt::from_u32(options.max_streams.saturating_add(1));
    let mut transport = TransportConfig::default();
    transport
        .max_idle_timeout(Some(idle))
        .max_concurrent_bidi_streams(streams)
        .max_concurrent_uni_streams(VarInt::from_u32(0))
        .stream_receive_window(VarInt::from_u32(STREAM_WINDOW))
        .receive_window(VarInt::from_u32(CONNECTION_WINDOW))
        .send_window(u64::from(CONNECTION_WINDOW))
        .datagram_receive_buffer_size(Some(DATAGRAMS_MAX))
        .datagram_send_buffer_size(DATAGRAMS_MAX);
    Ok(transport)
}

/// A socket of quinn.
pub struct QuinnEndpoint<R> {
    endpoint: quinn::Endpoint,
    tls: Shared,
    /// Everything of it but TLS.
    server: ServerConfig,
    transport: Arc<TransportConfig>,
    socket: Arc<Socket>,
    runtime: PhantomData<fn() -> R>,
}

impl<R: Runtime> Endpoint for QuinnEndpoint<R> {
    type Connection = QuinnConnection;
    type Incoming = QuinnIncoming;

    fn dial(
        &self,
        to: SocketAddr,
    ) -> impl Future<Output = io::Result<QuinnConnection>> + Send + 'static {
        let tls = self.tls.read().clone();
        let mut client = ClientConfig::new(tls.client);
        client.transport_config(self.transport.clone());
        let name = tls.config.name_of(to.ip());
        let connecting = self.endpoint.connect_with(client, to, &name.to_str());
        async move {
            let invalid = |error| io::Error::new(io::ErrorKind::InvalidInput, error);
            shaken(connecting.map_err(invalid)?).await
        }
    }

    async fn accept(&self) -> Option<QuinnIncoming> {
        let incoming = self.endpoint.accept().await?;
        let mut server = self.server.clone();
        server.crypto = self.tls.read().server.clone();
        Some(QuinnIncoming { incoming, server: Arc::new(server) })
    }

    fn stop(&self) {
        self.endpoint.close(VarInt::from_u32(0), b"the node has shut down");
    }

    async fn free(&self) {
        let _ = <R as RuntimeLite>::timeout(LAST_WORDS, self.endpoint.wait_idle()).await;
        self.socket.free();
    }
}

async fn shaken(connecting: Connecting) -> io::Result<QuinnConnection> {
    let connection = connecting.await?;
    // Without datagrams, or with short ones, gossip would be lost in silence.
    if connection.max_datagram_size().is_none_or(|size| size < MAX_DATAGRAM) {
        let words = format!("the peer takes no datagrams of {MAX_DATAGRAM} bytes");
        return Err(io::Error::new(io::ErrorKind::Unsupported, words));
    }
    Ok(QuinnConnection(connection))
}

/// A handshake that a peer has begun.
pub struct QuinnIncoming {
    incoming: quinn::Incoming,
    server: Arc<ServerConfig>,
}

impl Incoming for QuinnIncoming {
    type Connection = QuinnConnection;

    fn from(&self) -> SocketAddr {
        self.incoming.remote_address()
    }

    fn may_retry(&self) -> bool {
        self.incoming.may_retry() && !self.incoming.remote_address_validated()
    }

    fn retry(self) {
        // An error only hands it back, where it may not be retried, and then it is refused.
        let _ = self.incoming.retry();
    }

    fn ignore(self) {
        self.incoming.ignore();
    }

    async fn shake(self) -> io::Result<QuinnConnection> {
        shaken(self.incoming.accept_with(self.server)?).await
    }
}
