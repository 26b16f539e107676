//! QUIC by s2n-quic.

mod connection;
mod current;
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
use memberlist_net::TlsConfig;
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
use crate::tls::{UnfitTls, for_quic};
use current::Current;
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
///
/// Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct S2n {
    server: Arc<rustls::ServerConfig>,
    client: Arc<rustls::ClientConfig>,
    tls: Tls,
}

/// What is shown and accepted at the moment.
#[derive(Clone)]
enum Tls {
    /// Handshakes ask for it.
    Current(Arc<Current>),
    /// It stays as it is.
    MadeByHand(Arc<TlsConfig>),
}

impl S2n {
    /// A layer with these certificates. An empty list of ALPN protocols becomes `memberlist`.
    ///
    /// # Errors
    ///
    /// The configuration has no TLS 1.3.
    pub fn new(config: TlsConfig) -> Result<Self, UnfitTls> {
        let ((server, client), tls) = match Current::new(config.clone()).map(Arc::new) {
            Some(current) => {
                let pair = current.configure().map_err(|_| UnfitTls::Cipher)?;
                (pair, Tls::Current(current))
            }
            None => (for_quic(&config), Tls::MadeByHand(Arc::new(config))),
        };
        Ok(Self { server: Arc::new(server), client: Arc::new(client), tls })
    }

    /// Takes other certificates, keys or authorities from now on. Connections that are open go on
    /// with what they began with.
    ///
    /// # Errors
    ///
    /// This configuration, or the one that it began with, is not of [`TlsConfig::mutual`] or
    /// [`TlsConfig::from_files`]; nothing has changed then.
    pub fn reload(&self, config: TlsConfig) -> Result<(), UnfitTls> {
        match &self.tls {
            Tls::Current(current) => current.change(config),
            Tls::MadeByHand(_) => Err(UnfitTls::MadeByHand),
        }
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
        let (tls, running) = (self.tls.clone(), Mutex::new(Some(runtime)));
        Ok(S2nEndpoint { client, accepted, tls, running })
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
    tls: Tls,
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
        let name = match &self.tls {
            Tls::Current(current) => current.config().name_of(to.ip()),
            Tls::MadeByHand(config) => config.name_of(to.ip()),
        };
        let connecting = self.client.connect(Connect::new(to).with_server_name(&*name.to_str()));
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
