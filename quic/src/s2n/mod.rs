//! QUIC by s2n-quic.

mod connection;
mod gossip;
mod incoming;
mod limits;
mod seen;
mod server;
mod watch;
mod words;

use core::fmt;
use core::future::Future;
use core::time::Duration;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;

use agnostic::tokio::TokioRuntime;
use async_channel::Receiver;
use parking_lot::Mutex;
use s2n_quic::Client;
use s2n_quic::client::Connect;
use s2n_quic::provider::io::tokio::Builder as Io;
use s2n_quic::provider::tls::rustls as s2n_tls;
use tokio::runtime::Runtime;

pub use connection::{S2nConnection, S2nStream};
pub use incoming::S2nIncoming;

use crate::layer::{Endpoint, QuicLayer};
use crate::options::QuicOptions;
use crate::tls;
use limits::limits;
use watch::Watch;

/// How long the last words of an endpoint have.
const LAST_WORDS: Duration = Duration::from_millis(100);

/// QUIC by s2n-quic, on tokio.
///
/// Its datagrams are behind an unstable feature of its own, so gossip goes over streams here: one
/// each, in one direction. They arrive if they can, later than a datagram where packets get lost.
/// An endpoint of s2n-quic either dials or accepts, so dialled connections leave from a port of
/// their own.
///
/// Proofs of address are not counted: s2n-quic asks for them by itself.
#[derive(Clone)]
pub struct S2n {
    server: Arc<rustls::ServerConfig>,
    client: Arc<rustls::ClientConfig>,
}

impl S2n {
    /// Uses these configurations, which must have TLS 1.3. An empty list of ALPN protocols becomes
    /// `memberlist`.
    pub fn new(server: rustls::ServerConfig, client: rustls::ClientConfig) -> Self {
        let (server, client) = tls::for_quic(server, client);
        Self { server: Arc::new(server), client: Arc::new(client) }
    }
}

impl fmt::Debug for S2n {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("S2n")
    }
}

impl QuicLayer for S2n {
    type Runtime = TokioRuntime;
    type Endpoint = S2nEndpoint;

    fn open(&self, socket: UdpSocket, options: &QuicOptions) -> io::Result<S2nEndpoint> {
        let own = socket.local_addr()?;
        // What s2n-quic spawns ends only with its runtime, and only then is the port free.
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("memberlist-s2n")
            .enable_all()
            .build()?;
        let tls = s2n_tls::Server::from(self.server.clone());
        let accepted = server::start(&runtime, socket, tls, options)?;
        let client = self.client(&runtime, SocketAddr::new(own.ip(), 0), options)?;
        let (name, running) = (options.server_name.clone(), Mutex::new(Some(runtime)));
        Ok(S2nEndpoint { client, accepted, name, running })
    }
}

impl S2n {
    /// Its own limit of handshakes comes second: whoever dials has one, and words for it.
    fn client(
        &self,
        runtime: &Runtime,
        from: SocketAddr,
        options: &QuicOptions,
    ) -> io::Result<Client> {
        let io = Io::default().with_handle(runtime.handle().clone()).with_receive_address(from)?;
        let client = Client::builder()
            .with_tls(s2n_tls::Client::from(self.client.clone()))
            .map_err(io::Error::other)?
            .with_io(io.build()?)
            .map_err(io::Error::other)?
            .with_event(Watch { failed: None })
            .map_err(io::Error::other)?
            .with_limits(limits(options, 2 * options.handshake_timeout)?)
            .map_err(io::Error::other)?;
        client.start().map_err(io::Error::other)
    }
}

/// Two sockets of s2n-quic: one accepts, one dials.
pub struct S2nEndpoint {
    client: Client,
    accepted: Receiver<S2nIncoming>,
    name: Option<String>,
    /// `None` after its end.
    running: Mutex<Option<Runtime>>,
}

impl Endpoint for S2nEndpoint {
    type Connection = S2nConnection;
    type Incoming = S2nIncoming;

    fn dial(
        &self,
        to: SocketAddr,
    ) -> impl Future<Output = io::Result<S2nConnection>> + Send + 'static {
        let name = self.name.clone().unwrap_or_else(|| to.ip().to_canonical().to_string());
        let connecting = self.client.connect(Connect::new(to).with_server_name(name));
        async move { S2nConnection::new(connecting.await.map_err(words::words)?) }
    }

    async fn accept(&self) -> Option<S2nIncoming> {
        self.accepted.recv().await.ok()
    }

    fn stop(&self) {
        self.accepted.close();
    }

    async fn free(&self) {
        let Some(runtime) = self.running.lock().take() else { return };
        tokio::time::sleep(LAST_WORDS).await;
        let ended = tokio::task::spawn_blocking(move || runtime.shutdown_timeout(LAST_WORDS));
        let _ = ended.await;
    }
}

impl Drop for S2nEndpoint {
    fn drop(&mut self) {
        if let Some(runtime) = self.running.lock().take() {
            runtime.shutdown_background();
        }
    }
}
