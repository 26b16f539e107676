//! QUIC for memberlist: gossip in datagrams, exchanges in streams, over one connection per pair of
//! peers, all of it encrypted.

mod counters;
mod handshakes;
mod hello;
mod inbox;
pub mod layer;
mod links;
mod options;
#[cfg(feature = "quinn")]
mod quinn;
mod stream;
mod table;
mod tls;
mod transport;

pub use layer::QuicLayer;
pub use options::{MAX_DATAGRAM, QuicOptions};
#[cfg(feature = "quinn")]
pub use quinn::{Quinn, QuinnConnection, QuinnEndpoint, QuinnIncoming, QuinnStream, UnfitTls};
pub use rustls;
pub use stream::QuicStream;
pub use tls::{Mutual, UnreadablePem};
pub use transport::{Peers, QuicTransport};

/// What every call gets after `shutdown`.
fn closed() -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::NotConnected, "the transport is shut down")
}
