//! Nodes over QUIC: all that is sent is encrypted, gossip too, and each side shows a certificate.
//!
//! ```
//! # #[cfg(all(feature = "tokio", feature = "quinn"))]
//! # async fn start(
//! #     authorities: Vec<memberlist::quic::rustls::pki_types::CertificateDer<'static>>,
//! #     chain: Vec<memberlist::quic::rustls::pki_types::CertificateDer<'static>>,
//! #     key: memberlist::quic::rustls::pki_types::PrivateKeyDer<'static>,
//! #     provider: std::sync::Arc<memberlist::quic::rustls::crypto::CryptoProvider>,
//! # ) -> Result<memberlist::Memberlist, Box<dyn std::error::Error>> {
//! use memberlist::net::NetOptions;
//! use memberlist::quic::{self, Mutual, QuicOptions, QuicTransport};
//!
//! let (server, client) = Mutual { authorities, chain, key }.configure(provider)?;
//! let quinn = memberlist::tokio::Quinn::new(server, client)?;
//! let net = NetOptions::new(["127.0.0.1:7946".parse()?]);
//! let options = QuicOptions::new().server_name("cluster.internal");
//! let transport = QuicTransport::bind(quinn, net, options).await?;
//! let node = quic::node("a", transport).start().await?;
//! # Ok(node)
//! # }
//! ```

use core::net::SocketAddr;

use memberlist_core::delegate::VoidDelegate;
use memberlist_core::node::Builder;
use memberlist_core::transport::Transport;
use memberlist_core::wire::Lpe;
use memberlist_net::resolve::HostResolver;
use smol_str::SmolStr;

use crate::bind::DEFAULT_PORT;

pub use memberlist_quic::*;

/// A node over QUIC by the library `L`, before it starts. Seeds may be names, which the system
/// looks up.
pub type QuicBuilder<L> =
    Builder<SmolStr, QuicTransport<L>, Lpe, VoidDelegate, HostResolver<<L as QuicLayer>::Runtime>>;

/// A node of that name on a bound transport; addresses that it does not allow are no members
/// either. Every other choice is at its default.
pub fn node<L: QuicLayer>(id: impl Into<SmolStr>, transport: QuicTransport<L>) -> QuicBuilder<L> {
    let port = transport.bound().first().map_or(DEFAULT_PORT, SocketAddr::port);
    let allowed = transport.allowed().clone();
    Builder::new(id.into(), transport).allowed(allowed).resolver(HostResolver::new(port))
}
