//! QUIC for memberlist: gossip in datagrams, exchanges in streams, over one connection per pair of
//! peers, all of it encrypted.
//!
//! [`QuicTransport`] decides which connections there are; a [`QuicLayer`] under it brings the
//! library: `Quinn` or `S2n`. It is made
//! with a [`TlsConfig`], like TLS over TCP. The facade, `memberlist::quic`, shows how a node is
//! started on one.
//!
//! ```text
//!   datagrams  streams        dialled, accepted
//!        │        │                  │
//!        ▼        ▼                  ▼
//!   ┌─────────────────────┐   ┌─────────────┐   TLS 1.3, then a greeting: who
//!   │ one link per peer   │◄──│ handshakes  │   listens where, and a word that
//!   │ (table)             │   └─────────────┘   the other side is let in
//!   └─────────────────────┘
//!        │ idle for `idle_timeout`, or gives way to another: closed
//! ```
//!
//! - Two that dial one another at the same time keep one connection, both the same one.
//! - A datagram for a peer without a connection waits until it is there, up to 32 of them.
//! - Handshakes of peers run beside one another, each with a deadline; the oldest gives way when
//!   there are too many.
//! - Everything that a peer can make grow has a limit: [`QuicOptions`] and the constants beside
//!   what they bound. What is dropped is counted.
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `quinn` | `Quinn`: QUIC by quinn, on each of the runtimes below |
//! | `s2n` | `S2n`: QUIC by s2n-quic, on tokio; brings `tokio` |
//! | `tokio`, `smol`, `async-std` | sockets, timers and tasks |
//!
//! None is on by default.

mod counters;
mod handshakes;
mod hello;
mod inbox;
pub mod layer;
mod links;
mod options;
#[cfg(feature = "quinn")]
mod quinn;
#[cfg(feature = "s2n")]
mod s2n;
mod stream;
mod table;
mod tls;
mod transport;

pub use layer::QuicLayer;
pub use memberlist_net::{TlsConfig, TlsError, TlsFiles};
pub use options::{MAX_DATAGRAM, QuicOptions};
#[cfg(feature = "quinn")]
pub use quinn::{Quinn, QuinnConnection, QuinnEndpoint, QuinnIncoming, QuinnStream};
pub use rustls;
#[cfg(feature = "s2n")]
pub use s2n::{S2n, S2nConnection, S2nEndpoint, S2nIncoming, S2nStream};
pub use stream::QuicStream;
pub use tls::{UnfitTls, for_quic};
pub use transport::{Peers, QuicTransport};

/// What every call gets after `shutdown`.
fn closed() -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::NotConnected, "the transport is shut down")
}
