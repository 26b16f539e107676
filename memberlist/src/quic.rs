//! Nodes over QUIC: all that is sent is encrypted, gossip too, and each side shows a certificate.
//!
//! ```
//! # #[cfg(all(feature = "tokio", feature = "quinn"))]
//! # async fn start(
//! #     provider: std::sync::Arc<memberlist::quic::rustls::crypto::CryptoProvider>,
//! #     files: memberlist::quic::TlsFiles,
//! # ) -> Result<memberlist::Memberlist, Box<dyn std::error::Error>> {
//! use memberlist::quic::TlsConfig;
//! use memberlist::tokio::{Quinn, quic};
//!
//! let tls = TlsConfig::from_files(provider, &files)?.server_name("cluster.internal")?;
//! let node = quic("a", Quinn::new(tls)?).bind("127.0.0.1:7946").start().await?;
//! # Ok(node)
//! # }
//! ```
//!
//! Keep a clone of the layer, and other certificates can be taken while the node runs:
//! [`Quinn::reload`], [`S2n::reload`].
// Both can be followed only where both are built in.
#![cfg_attr(not(all(feature = "quinn", feature = "s2n")), allow(rustdoc::broken_intra_doc_links))]

use memberlist_net::{BindError, NetOptions};

pub use memberlist_quic::*;

use crate::{Builder, Carrier};

/// A node's QUIC by the library `L`, before it is bound: what `quic` in the module of a runtime
/// makes a [`Builder`] with.
#[derive(Debug)]
pub struct Quic<L> {
    layer: L,
    options: QuicOptions,
    peers: Peers,
}

impl<L: QuicLayer> Quic<L> {
    /// With every option at its default.
    pub fn new(layer: L) -> Self {
        Self { layer, options: QuicOptions::new(), peers: Peers::default() }
    }
}

impl<L: QuicLayer> Carrier<L::Runtime> for Quic<L> {
    type Transport = QuicTransport<L>;

    async fn bind(self, net: NetOptions) -> Result<Self::Transport, BindError> {
        let transport = QuicTransport::bind(self.layer, net, self.options).await?;
        transport.show(&self.peers);
        Ok(transport)
    }
}

impl<I, W, D, S, L> Builder<I, L::Runtime, W, D, S, Quic<L>>
where
    I: crate::types::Id,
    L: QuicLayer,
{
    /// How long handshakes take, connections stay, and how many there may be of each.
    pub fn quic(mut self, options: QuicOptions) -> Self {
        self.carrier.options = options;
        self
    }

    /// Who is at the other end of each connection, from the start of the node on: for a delegate
    /// that asks for certificates.
    pub fn peers(&self) -> Peers {
        self.carrier.peers.clone()
    }
}
