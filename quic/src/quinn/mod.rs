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
use quinn::crypto::rustls::{QuicClientConfig, QuicServerConfig};
use quinn::{ClientConfig, Connecting, EndpointConfig, IdleTimeout, ServerConfig};
use quinn::{TransportConfig, VarInt};

pub use connection::{QuinnConnection, QuinnStream};

use crate::layer::{Endpoint, Incoming, QuicLayer};
use crate::options::{MAX_DATAGRAM, QuicOptions};
use crate::tls;
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
/// Which certificates are shown and accepted is in the two configurations of rustls, and with them
/// the crypto provider. For a cluster whose members know each other, both sides have to show one:
/// [`Mutual`](crate::Mutual) makes such a pair.
pub struct Quinn<R> {
    server: Arc<QuicServerConfig>,
    client: Arc<QuicClientConfig>,
    runtime: PhantomData<fn() -> R>,
}

impl<R: Runtime> Quinn<R> {
    /// Uses these configurations. An empty list of ALPN protocols becomes `memberlist`.
    ///
    /// # Errors
    ///
    /// A configuration has no TLS 1.3, or its provider has no cipher for the first packets of QUIC
    /// (AES-128-GCM with SHA-256).
    pub fn new(
        server: rustls::ServerConfig,
        client: rustls::ClientConfig,
    ) -> Result<Self, UnfitTls> {
        let (server, client) = tls::for_quic(server, client);
        let server = QuicServerConfig::try_from(server).map_err(|_| UnfitTls)?;
        let client = QuicClientConfig::try_from(client).map_err(|_| UnfitTls)?;
        Ok(Self { server: Arc::new(server), client: Arc::new(client), runtime: PhantomData })
    }
}

impl<R> fmt::Debug for Quinn<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Quinn")
    }
}

/// The configuration of TLS cannot be used for QUIC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("QUIC needs TLS 1.3 with TLS13_AES_128_GCM_SHA256: the TLS configuration lacks it")]
pub struct UnfitTls;

impl<R: Runtime> QuicLayer for Quinn<R> {
    type Runtime = R;
    type Endpoint = QuinnEndpoint<R>;

    fn open(&self, socket: UdpSocket, options: &QuicOptions) -> io::Result<QuinnEndpoint<R>> {
        let runtime: Arc<dyn quinn::Runtime> = Arc::new(R::quinn());
        let socket = Arc::new(Socket::new(runtime.wrap_udp_socket(socket)?));
        let transport = Arc::new(transport(options)?);
        let mut server = ServerConfig::with_crypto(self.server.clone());
        server.transport_config(transport.clone()).max_incoming(INCOMING_MAX);
        server.incoming_buffer_size_total(INCOMING_BYTES_MAX).migration(false);
        let mut client = ClientConfig::new(self.client.clone());
        client.transport_config(transport);
        let endpoint = quinn::Endpoint::new_with_abstract_socket(
            EndpointConfig::default(),
            Some(server),
            socket.clone(),
            runtime,
        )?;
        let name = options.server_name.clone();
        Ok(QuinnEndpoint { endpoint, client, name, socket, runtime: PhantomData })
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
    client: ClientConfig,
    name: Option<String>,
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
        let name = self.name.clone().unwrap_or_else(|| to.ip().to_canonical().to_string());
        let connecting = self.endpoint.connect_with(self.client.clone(), to, &name);
        async move {
            let invalid = |error| io::Error::new(io::ErrorKind::InvalidInput, error);
            shaken(connecting.map_err(invalid)?).await
        }
    }

    async fn accept(&self) -> Option<QuinnIncoming> {
        self.endpoint.accept().await.map(QuinnIncoming)
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
pub struct QuinnIncoming(quinn::Incoming);

impl Incoming for QuinnIncoming {
    type Connection = QuinnConnection;

    fn from(&self) -> SocketAddr {
        self.0.remote_address()
    }

    fn may_retry(&self) -> bool {
        self.0.may_retry() && !self.0.remote_address_validated()
    }

    fn retry(self) {
        // An error only hands it back, where it may not be retried, and then it is refused.
        let _ = self.0.retry();
    }

    fn ignore(self) {
        self.0.ignore();
    }

    async fn shake(self) -> io::Result<QuinnConnection> {
        shaken(self.0.accept()?).await
    }
}
