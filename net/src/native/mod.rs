//! Streams guarded by the system's TLS: OpenSSL, Secure Transport or SChannel.

mod config;
mod stream;

use core::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use parking_lot::RwLock;

use crate::guard::Handshakes;
use crate::handshake::Handshake;
use crate::layer::{RawStream, StreamLayer};

pub use config::NativeTlsConfig;
pub use stream::NativeTlsStream;

/// A layer that guards streams by the system's TLS. Cheap to clone; all clones are one.
///
/// The dialling side checks the certificate of the other. **The accepting side cannot ask for one**
/// through the systems' common interface: without a keyring anybody may open streams. Where
/// certificates must decide on both sides, use rustls.
///
/// It guards streams only. A node on it does not start unless its datagrams are encrypted by a
/// keyring, or it is told that they may go in the clear.
#[derive(Clone)]
pub struct NativeTls(Arc<Shared>);

struct Shared {
    config: RwLock<NativeTlsConfig>,
    handshakes: Handshakes,
}

impl NativeTls {
    /// A layer with these certificates.
    pub fn new(config: NativeTlsConfig) -> Self {
        let handshakes = Handshakes::default();
        Self(Arc::new(Shared { config: RwLock::new(config), handshakes }))
    }

    /// Takes other certificates, keys or authorities from now on. Streams that are open go on with
    /// what they began with.
    pub fn reload(&self, config: NativeTlsConfig) {
        *self.0.config.write() = config;
    }
}

impl StreamLayer for NativeTls {
    type Stream<S: RawStream> = Handshake<NativeTlsStream<S>>;

    async fn dial<S: RawStream>(&self, tcp: S, to: SocketAddr) -> io::Result<Self::Stream<S>> {
        let NativeTlsConfig { connector, name, .. } = self.0.config.read().clone();
        let name = name.unwrap_or_else(|| to.ip().to_string());
        let dialled = stream::shake_hands(move |raw| connector.connect(&name, raw), tcp).await;
        dialled.map(Handshake::done)
    }

    fn accept<S: RawStream>(&self, tcp: S, from: SocketAddr) -> Self::Stream<S> {
        let shared = Arc::clone(&self.0);
        let acceptor = self.0.config.read().acceptor.clone();
        Handshake::new(async move {
            let accepted = stream::shake_hands(move |raw| acceptor.accept(raw), tcp).await;
            match &accepted {
                Ok(_) => shared.handshakes.succeeded(),
                Err(error) => shared.handshakes.failed(from, error),
            }
            accepted
        })
    }

    fn guards_streams(&self) -> bool {
        true
    }

    fn counters(&self) -> Vec<(&'static str, u64)> {
        self.0.handshakes.counters()
    }
}

impl fmt::Debug for NativeTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("NativeTls").field(&*self.0.config.read()).finish()
    }
}
