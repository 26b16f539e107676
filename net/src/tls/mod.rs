//! Streams guarded by rustls.

mod stream;
mod words;

use core::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use futures_rustls::{TlsAcceptor, TlsConnector};
use futures_util::io::{AsyncReadExt, AsyncWriteExt};
use parking_lot::RwLock;

use crate::certificates::TlsConfig;
use crate::guard::Handshakes;
use crate::handshake::Handshake;
use crate::layer::{RawStream, StreamLayer};

pub use stream::TlsStream;

/// Bytes that a peer whose handshake has failed may still have under way: they are read and thrown
/// away, so that it gets to read why. The largest request of an ordinary cluster fits.
const DISCARDED_MAX: u64 = 1024 * 1024;

/// A layer that guards streams by TLS, with rustls. Cheap to clone; all clones are one.
///
/// It guards streams only. A node on it does not start unless its datagrams are encrypted by a
/// keyring, or it is told that they may go in the clear.
///
/// Handshakes of peers run in the first read of their own stream: they are bounded in time and in
/// number by the node, which lets the oldest silent one give way.
#[derive(Clone)]
pub struct Tls(Arc<Shared>);

struct Shared {
    config: RwLock<TlsConfig>,
    handshakes: Handshakes,
}

impl Tls {
    /// A layer with these certificates.
    pub fn new(config: TlsConfig) -> Self {
        let handshakes = Handshakes::default();
        Self(Arc::new(Shared { config: RwLock::new(config), handshakes }))
    }

    /// Takes other certificates, keys or authorities from now on. Streams that are open go on with
    /// what they began with.
    pub fn reload(&self, config: TlsConfig) {
        *self.0.config.write() = config;
    }
}

impl StreamLayer for Tls {
    type Stream<S: RawStream> = Handshake<TlsStream<S>>;

    async fn dial<S: RawStream>(&self, tcp: S, to: SocketAddr) -> io::Result<Self::Stream<S>> {
        let config = self.0.config.read().clone();
        let connector = TlsConnector::from(config.client().clone());
        let dialled = connector.connect(config.name_of(to.ip()), tcp).await;
        dialled.map(|stream| Handshake::done(stream.into())).map_err(words::explain)
    }

    fn accept<S: RawStream>(&self, tcp: S, from: SocketAddr) -> Self::Stream<S> {
        let shared = Arc::clone(&self.0);
        let accepted = TlsAcceptor::from(self.0.config.read().server().clone()).accept(tcp);
        Handshake::new(async move {
            match accepted.into_fallible().await {
                Ok(stream) => {
                    shared.handshakes.succeeded();
                    Ok(stream.into())
                }
                Err((error, tcp)) => {
                    let error = words::explain(error);
                    shared.handshakes.failed(from, &error);
                    hear_out(tcp).await;
                    Err(error)
                }
            }
        })
    }

    fn guards_streams(&self) -> bool {
        true
    }

    fn counters(&self) -> Vec<(&'static str, u64)> {
        self.0.handshakes.counters()
    }
}

/// Ends a stream whose peer has been told why by an alert. With TLS 1.3 it has sent its request
/// already; closing with that unread would reset the connection, and the alert would be lost.
async fn hear_out<S: RawStream>(mut tcp: S) {
    if tcp.close().await.is_ok() {
        let rest = tcp.take(DISCARDED_MAX);
        let _ = futures_util::io::copy(rest, &mut futures_util::io::sink()).await;
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Tls").field(&*self.0.config.read()).finish()
    }
}
